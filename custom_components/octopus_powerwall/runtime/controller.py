"""One entry's shell: clock, plan, evidence and the owner's wishes in, decisions out and one snapshot published."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..coordinator import OctopusCoordinator, failure_key
from ..domain.decide import Outcome
from ..domain.model import Interval, Poll
from ..domain.plan.timeline import Slot, find_meant_slot
from ..domain.price.evidence import Evidence
from ..domain.reserve.memory import put_back_by_owner, release_by_owner
from ..domain.reserve.phases import hands_off_of
from ..domain.reserve.situation import Activity
from ..domain.settings import Intent, Mode, OwnerHold, Wishes
from ..domain.status import Snapshot
from ..domain.world import Inputs, World, with_charger_poll, with_poll
from ..powerwall.discovery import Binding
from ..powerwall.driver import PowerwallDriver
from ..sources.charger import make_charger_source
from ..sources.octopus import AccountPoller
from .charger import Charger
from .choices import OptionsReader
from .decision_loop import DecisionLoop, MadeDecision
from .house_money import HouseMoney
from .schedule import activity_as_json, find_known_edges, slot_span_as_json
from .store import EntryStore, Knobs, NotSavedError, StoreContents
from .test_write import async_test_write

_LOGGER = logging.getLogger(__name__)

LONGEST_OWNER_HOLD = timedelta(hours=24)
EDGE_REMEMBERED = timedelta(minutes=2)

type OctopusPowerwallConfigEntry = ConfigEntry[Controller]
type ActivityListener = Callable[[Activity, dict[str, Any]], None]


class Controller:
    """What entities, actions and diagnostics talk to. It works with every entity disabled and while polling fails."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        poller: AccountPoller,
        store: EntryStore,
        kept: StoreContents,
        money: Callable[[Callable[[], None]], HouseMoney],
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._store = store
        self._knobs = kept.knobs
        self._listeners: list[Callable[[], None]] = []
        self._activity_listeners: list[ActivityListener] = []
        self._unsubscribes: list[CALLBACK_TYPE] = []
        self.charger = Charger(hass, entry, self._charger_changed)
        self._edges: tuple[datetime, ...] = ()
        self._last_poll: Poll | None = None
        self._options = OptionsReader(entry)
        self._leaving = False
        self.snapshot = Snapshot()
        self.coordinator = OctopusCoordinator(hass, entry, poller, lambda: self._edges)
        self.decision_loop = DecisionLoop(
            hass,
            Binding.from_entry_data(entry.data),
            store,
            kept.world,
            knobs=lambda: self._knobs,
            inputs=self._inputs,
            on_outcome=self._take_outcome,
        )
        decide = self.decision_loop.decide_now
        self.charger_source = make_charger_source(
            hass, self._options.settings, on_read=self._charger_read, on_power=decide
        )
        self.money = money(decide)

    # --- life -------------------------------------------------------------------------------------------

    @callback
    def async_start(self) -> None:
        """Take over the battery. Octopus is not needed for it: what was begun is settled first (design 5.10)."""
        self.charger.async_start()
        self._unsubscribes.append(self.charger.async_stop)
        # The controller itself listens, or a coordinator whose entities are all disabled would stop to poll.
        self._unsubscribes.append(self.coordinator.async_add_listener(self._polled))
        self._take_account()
        self.decision_loop.async_start()
        if self.charger_source is not None:
            self._unsubscribes.append(self.charger_source.async_start())

    async def async_stop(self) -> None:
        """Stop everything and keep what is known; a hold that runs goes on with the next start."""
        # Whatever goes wrong with the rest, no timer of the loop outlives its entry (design 5.7).
        self.decision_loop.async_stop()
        try:
            for unsubscribe in self._unsubscribes:
                unsubscribe()
            self._unsubscribes.clear()
            await self.coordinator.async_shutdown()
        finally:
            await self.decision_loop.async_write_done()
            await self._async_save()
            await self.money.async_stop()

    async def async_leave(self, *, for_good: bool) -> None:
        """Home Assistant stops: for good, then a hold ends and its reserve goes back; or to restart (design 5.7).

        An override is no hold: it stays, for the next start.
        """
        if for_good:
            self._leaving = hands_off_of(self.world.memory.phase) is None
            await self.decision_loop.async_settle_up()
        self.decision_loop.async_stop()
        await self._async_save()
        await self.money.async_stop()

    @property
    def driver(self) -> PowerwallDriver:
        """What reads and writes the battery."""
        return self.decision_loop.driver

    @property
    def world(self) -> World:
        """Everything that is remembered."""
        return self.decision_loop.world

    @property
    def knobs(self) -> Knobs:
        """What the owner has set from the dashboard."""
        return self._knobs

    @property
    def decisions(self) -> tuple[MadeDecision, ...]:
        """The last decisions that changed something, oldest first."""
        return tuple(self.decision_loop.decisions)

    # --- publishing -------------------------------------------------------------------------------------

    @callback
    def async_add_listener(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Be called whenever the snapshot has changed."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def async_add_activity_listener(self, listener: ActivityListener) -> CALLBACK_TYPE:
        """Be called whenever something has happened, with its details as JSON values."""
        self._activity_listeners.append(listener)
        return lambda: self._activity_listeners.remove(listener)

    @callback
    def async_show_attention(self, problems: tuple[str, ...]) -> None:
        """Take note of what wants the owner, by the names of the repairs that say so."""
        if problems != self.snapshot.attention:
            self.snapshot = replace(self.snapshot, attention=problems)
            self._tell_listeners()

    def _tell_listeners(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    @callback
    def _take_outcome(self, outcome: Outcome) -> None:
        money = self.money.async_take(dt_util.utcnow(), outcome.snapshot, self.decision_loop.battery, outcome.world)
        before = self.snapshot
        self.snapshot = replace(outcome.snapshot, attention=before.attention, money=money)
        changed = before != self.snapshot
        edges = self._with_passed_edges(find_known_edges(outcome.snapshot))
        if edges != self._edges:
            self._edges = edges
            self.coordinator.async_reschedule()
        if changed:
            self._tell_listeners()
        for activity in outcome.activities:
            details = activity_as_json(outcome.snapshot)
            details["reserve"] = self.driver.read(dt_util.utcnow()).reserve.value
            if activity is Activity.SLOT_STARTED:
                details |= slot_span_as_json(outcome.snapshot)
            if activity is Activity.SLOT_ENDED:
                details |= self.money.brought_by(before)
            if activity in (Activity.RESERVE_RESTORED, Activity.OVERRIDDEN):
                # Nothing is to be put back any more, but what it was is the news.
                details["baseline"] = before.baseline
            _LOGGER.debug("%s: %s", activity.value, details)
            for listener in tuple(self._activity_listeners):
                listener(activity, details)

    def _with_passed_edges(self, edges: tuple[datetime, ...]) -> tuple[datetime, ...]:
        """Keep an edge in mind until the poll after it: what has ended is in no plan any more."""
        now = dt_util.utcnow()
        passed = (edge for edge in self._edges if now - EDGE_REMEMBERED < edge <= now)
        return tuple(sorted({*edges, *passed}))

    # --- what comes in ----------------------------------------------------------------------------------

    def _inputs(self, now: datetime) -> Inputs:
        evidence = self.charger.evidence(now)
        charger = self.charger_source.evidence(now) if self.charger_source is not None else Evidence()
        wakes = (at for at in (evidence.wake_at, charger.wake_at) if at is not None)
        return Inputs(
            settings=replace(
                self._options.settings,
                automation=self._knobs.automation and not self._leaving,
                mode=self._knobs.mode,
                charge_target=self._knobs.charge_target,
            ),
            evidence=evidence.value,
            evidence_wake_at=min(wakes, default=None),
            charger_evidence=charger.value,
            evidence_key=self.charger.key,
            car_stopped_at=(evidence if evidence.said is not None else charger).stopped_at,
            sun_target=self.money.async_sun_target(now),
        )

    @callback
    def _charger_changed(self, is_news: bool) -> None:
        self.decision_loop.decide_now()
        if is_news:
            # Octopus plans within a minute or two of a plug-in, and what it has planned may begin at once.
            self.coordinator.async_poll_soon()

    @callback
    def _polled(self) -> None:
        if self.coordinator.last_update_success and self.coordinator.data is not None:
            self._take_account()
            # The same answer may be given again, to a refresh within the minute. It is no second one.
            if self.coordinator.data is not self._last_poll:
                self._last_poll = self.coordinator.data
                self.decision_loop.world = with_poll(
                    self.decision_loop.world, self._last_poll, self._options.settings.home
                )
        self.decision_loop.decide_now()

    @callback
    def _charger_read(self, poll: Poll) -> None:
        self.decision_loop.world = with_charger_poll(self.decision_loop.world, poll)
        self.decision_loop.decide_now()

    def _take_account(self) -> None:
        account, known = self.coordinator.account, self.decision_loop.world.account
        if account is None:
            return
        # After a restart nobody else remembers what Octopus said of a product that cannot be asked for now.
        account = account.with_known_from(known)
        if account != known:
            self.decision_loop.world = replace(self.decision_loop.world, account=account)

    # --- what the owner does ----------------------------------------------------------------------------

    async def async_set_automation(self, on: bool) -> None:
        """Switch everything on or off; off puts the reserve back."""
        if not on:
            self.decision_loop.world = replace(self.world, wishes=replace(self.world.wishes, owner_hold=None))
        self._end_override()
        await self._async_set(replace(self._knobs, automation=on))

    async def async_set_mode(self, mode: Mode) -> None:
        """Charge up or preserve, from now on, also inside a slot."""
        self._end_override()
        await self._async_set(replace(self._knobs, mode=mode))

    async def async_set_charge_target(self, percent: int) -> None:
        """Set how far to charge.

        Raises:
            ServiceValidationError: Tesla does not take this value.
        """
        if percent < 1 or not self.driver.limits.accepts(percent):
            raise _refused("charge_target_refused", value=str(percent))
        await self._async_set(replace(self._knobs, charge_target=percent))

    async def async_refresh(self) -> None:
        """Ask Octopus now, unless it was asked less than a minute ago.

        Raises:
            HomeAssistantError: Octopus could not be asked.
        """
        await self.coordinator.async_refresh()
        failure = self.coordinator.failure
        if not self.coordinator.last_update_success and failure is not None:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key=failure_key(failure))

    async def async_skip_slot(self, start: datetime | None) -> Slot:
        """Leave one slot alone: the one that begins at or covers ``start``, else the running one, else the next by day.

        Asked twice it is the same slot. Its own tail goes with it, and nothing else (design 3.9).

        Raises:
            ServiceValidationError: There is no such slot.
        """
        slots, skipped = self.snapshot.slots, self.world.wishes.skipped
        slot = find_meant_slot(slots, start, now=dt_util.utcnow(), by_day=True)
        if slot is None:
            raise _refused("no_slot_to_skip" if start is None else "no_such_slot")
        if slot.interval not in skipped:
            wishes = replace(self.world.wishes, skipped=(*skipped, slot.interval))
            await self._async_wish(replace(self.world, wishes=wishes))
        return slot

    async def async_resume(self) -> None:
        """Go on as planned: an override, skipped slots and a hold that the owner asked for are over at once."""
        self._end_override()
        await self._async_wish(replace(self.world, wishes=Wishes()))

    async def async_unskip_slot(self, start: datetime | None) -> Slot:
        """Take the skipping of one slot back; raises ``ServiceValidationError`` where no such slot is skipped."""
        skipped = self.world.wishes.skipped
        slots = [slot for slot in self.snapshot.slots if any(slot.interval.overlaps(skip) for skip in skipped)]
        slot = find_meant_slot(slots, start, now=dt_util.utcnow())
        if slot is None:
            raise _refused("no_slot_to_unskip")
        left = tuple(skip for skip in skipped if not skip.overlaps(slot.interval))
        await self._async_wish(replace(self.world, wishes=replace(self.world.wishes, skipped=left)))
        return slot

    async def async_hold(self, intent: Intent, until: datetime) -> None:
        """Hold the reserve from now on, for whatever reason the owner has.

        Raises:
            ServiceValidationError: The time is past or too far ahead, or nothing may be held.
        """
        now, until = dt_util.utcnow(), dt_util.as_utc(until)
        if until <= now:
            raise _refused("until_in_past")
        if until > now + LONGEST_OWNER_HOLD:
            raise _refused("until_too_far")
        if self.snapshot.tariff.is_refused:
            raise _refused("not_supported_tariff", tariff=self.snapshot.tariff.name)
        if not self._knobs.automation:
            raise _refused("automation_off")
        wishes = replace(self.world.wishes, owner_hold=OwnerHold(Interval(now, until), intent))
        await self._async_wish(replace(self.world, wishes=wishes, memory=release_by_owner(self.world.memory)))

    async def async_test_powerwall(self) -> dict[str, Any]:
        """Raise the reserve by one point, read it back, restore it, and report.

        Raises:
            HomeAssistantError: It cannot be tried now, or it did not work.
            ServiceValidationError: By its terms the battery is somebody else's.
        """
        if self.snapshot.tariff.is_refused:
            raise _refused("not_supported_tariff", tariff=self.snapshot.tariff.name)
        return await async_test_write(self._hass, self.driver, self.decision_loop)

    async def async_put_back(self, reserve_pct: int) -> None:
        """Put a reserve back that an old hold has left raised, as the owner asks for now (design 5.1)."""
        now = dt_util.utcnow()
        standing = self.driver.read(now).reserve.value
        memory = put_back_by_owner(self.world.memory, reserve_pct, standing, now)
        await self._async_wish(replace(self.world, memory=memory))

    def _end_override(self) -> None:
        """End the override: the owner wants us to act again (design 5.5)."""
        self.decision_loop.world = replace(self.world, memory=release_by_owner(self.world.memory))

    async def _async_set(self, knobs: Knobs) -> None:
        self._knobs = knobs
        self.decision_loop.decide_now()
        await self._async_save()

    async def _async_wish(self, world: World) -> None:
        self.decision_loop.world = world
        self.decision_loop.decide_now()
        await self._async_save()

    async def _async_save(self) -> None:
        try:
            await self.decision_loop.async_save()
        except NotSavedError:
            _LOGGER.warning("The state could not be saved to disk")


def _refused(key: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders or None
    )
