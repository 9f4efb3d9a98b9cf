"""Keeps one Powerwall's reserve: the only place where clock, store, timers and battery meet (design 5).

A decision loop needs neither Octopus nor any entity. It reads, decides through the pure core, saves, writes, and starts
over; it also outlives its config entry when a reserve is still to be put back (``restore_after_unload.py``).
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
import logging

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..domain.decide import Outcome, decide
from ..domain.reserve.memory import note_call_by_another, note_write_returned, repeat_call
from ..domain.reserve.phases import PUTTING_BACK, Holding, Idle
from ..domain.reserve.situation import Battery
from ..domain.snapshot import show_unsaved
from ..domain.status import Snapshot
from ..domain.world import Inputs, World
from ..powerwall.discovery import Binding
from ..powerwall.driver import PowerwallDriver
from ..powerwall.errors import PowerwallWriteError
from .store import EntryStore, Knobs, NotSavedError

_LOGGER = logging.getLogger(__name__)

TICK = timedelta(seconds=60)
MOST_ROUNDS = 3
DECIDED_AGAIN_AFTER = timedelta(seconds=1)
DECISIONS_KEPT = 50


@dataclass(frozen=True, slots=True)
class MadeDecision:
    """A decision that changed something, for the diagnostics."""

    at: datetime
    status: str
    reason: str
    write: int | None
    activities: tuple[str, ...]


class DecisionLoop:
    """Looks, decides, saves, writes. ``inputs`` gives what comes from outside; the battery is read by the driver."""

    def __init__(
        self,
        hass: HomeAssistant,
        binding: Binding,
        store: EntryStore,
        world: World,
        *,
        knobs: Callable[[], Knobs],
        inputs: Callable[[datetime], Inputs],
        on_outcome: Callable[[Outcome], None],
    ) -> None:
        self._hass = hass
        self.driver = PowerwallDriver(hass, binding, on_change=self.decide_soon, on_call_by_another=self.note_call)
        self._store = store
        self.world = world
        self._knobs = knobs
        self._inputs = inputs
        self._on_outcome = on_outcome
        self.snapshot = Snapshot()
        self.battery = Battery()
        self.decisions: deque[MadeDecision] = deque(maxlen=DECISIONS_KEPT)
        self.failing_since: datetime | None = None
        self._timer: CALLBACK_TYPE | None = None
        self._soon: asyncio.Handle | None = None
        self._write_task: asyncio.Task[None] | None = None
        self._unsaved_until: datetime | None = None
        self._stopped = False
        self._is_deciding = False
        self._decides_again = False
        self.is_paused = False
        self._listeners: list[Callable[[], None]] = []
        self._saved = _worth_saving(world)

    @callback
    def async_start(self) -> None:
        """Begin to look: now, at every edge, and at least once a minute."""
        self.driver.start()
        self.decide_now()

    @callback
    def async_stop(self) -> None:
        """Decide no more. A write under way is given up: its outcome is unknown, which is what the store says of it."""
        self._stopped = True
        self._cancel_timer()
        self._cancel_soon()
        self.driver.stop()
        if self._write_task is not None:
            self._write_task.cancel()

    async def async_settle_up(self) -> None:
        """While Home Assistant stops for good: what is to be put back goes out at once, whatever was tried before.

        Nothing that is not held yet is begun now: it would not be on disk in time.
        """
        if self._write_task is not None:
            self._write_task.cancel()
        await self.async_write_done()
        memory = self.world.memory
        if memory.owed is None:
            return
        # Nothing will run any more that could see whether a call of the owner's took effect.
        memory = repeat_call(memory, dt_util.utcnow())
        self.world = replace(self.world, memory=memory)
        claim = memory.claim
        if isinstance(memory.phase, PUTTING_BACK) and claim and claim.attempt and claim.attempt.failed:
            self.world = replace(self.world, memory=memory.with_claim(replace(claim, attempt=None)))
        self.is_paused = False
        self.decide_now()
        await self.async_write_done()

    async def async_save(self) -> None:
        """Put everything on disk now.

        Raises:
            NotSavedError: It is not there.
        """
        worth = _worth_saving(self.world)
        await self._store.async_save(self.world, self._knobs())
        self._saved = worth

    async def async_write_done(self) -> None:
        """Wait until no write is under way; each ends after a minute at the latest."""
        while self._write_task is not None:
            await asyncio.wait({self._write_task})

    @callback
    def async_add_listener(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Be called at every look."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Decide nothing for a while, because the battery is being tried out."""
        self.is_paused = True
        try:
            yield
        finally:
            self.is_paused = False

    @callback
    def note_call(self, value: int) -> None:
        """Note that somebody else has asked for a reserve through Home Assistant, and decide anew."""
        self.world = replace(self.world, memory=note_call_by_another(self.world.memory, value, dt_util.utcnow()))
        self.decide_now()

    @callback
    def decide_soon(self) -> None:
        """Decide once on all that one answer changes: an integration writes the state of each entity by itself.

        What the deciding itself changes at the battery is looked at as ``decide_now`` does.
        """
        if self._is_deciding:
            self._decides_again = True
        elif self._soon is None and not self._stopped:
            self._soon = self._hass.loop.call_soon(self.decide_now)

    @callback
    def decide_now(self) -> None:
        """Decide on everything known now, and see to what follows from it.

        What it brings about may ask for another look, as a write does that is over at once: that one follows. If it
        goes on like that, the next comes a little later.
        """
        self._cancel_soon()
        if self._stopped:
            return
        if self._is_deciding:
            self._decides_again = True
            return
        self._is_deciding = True
        try:
            for _ in range(MOST_ROUNDS):
                self._decides_again = False
                self._decide_once()
                if self._stopped or not self._decides_again:
                    break
            self.failing_since = None
        except Exception:
            self.failing_since = self.failing_since or dt_util.utcnow()
            raise
        finally:
            self._is_deciding = False
            if self._decides_again and not self._stopped:
                now = dt_util.utcnow()
                self._arm(now, now + DECIDED_AGAIN_AFTER)
            self._decides_again = False

    def _decide_once(self) -> None:
        now = dt_util.utcnow()
        # Whatever happens below, there is another look in a minute.
        self._arm(now, None)
        for listener in tuple(self._listeners):
            listener()
        if self.is_paused:
            return
        before = self._without_orphan(now)
        self.battery = self.driver.read(now)
        inputs = replace(self._inputs(now), battery=self.battery)
        outcome = decide(before, now, inputs)
        if outcome.decision.write is not None and self._is_waiting_to_save(now, before, outcome):
            outcome = replace(outcome, snapshot=show_unsaved(outcome.snapshot, before.memory), activities=())
        else:
            self.world = outcome.world
            if self._tries_to_save_again(now, before, outcome):
                outcome = replace(outcome, snapshot=show_unsaved(outcome.snapshot, before.memory))
        changed = outcome.snapshot != self.snapshot
        _log_dry_run(self.snapshot, outcome.snapshot)
        self.snapshot = outcome.snapshot
        self._note(now, outcome, changed=changed)
        self._arm(now, outcome.wake_at)
        self._publish(outcome)
        if self.world is outcome.world and not self._stopped:
            self._follow(before, outcome)

    def _publish(self, outcome: Outcome) -> None:
        """Show the outcome. An error in what shows it must not keep the battery from being written."""
        try:
            self._on_outcome(outcome)
        except Exception:
            _LOGGER.exception("Unexpected error while showing the state")

    def _without_orphan(self, now: datetime) -> World:
        """Return the world; a write that is said to be under way without anybody sending it has an unknown outcome."""
        if self._write_task is not None:
            return self.world
        memory = note_write_returned(self.world.memory, now, failed=True)
        return self.world if memory is self.world.memory else replace(self.world, memory=memory)

    def _is_waiting_to_save(self, now: datetime, before: World, outcome: Outcome) -> bool:
        """Whether a raise of the reserve has to wait because the disk refused to take note of it a moment ago."""
        if self._unsaved_until is None or _needs_no_disk(before, outcome):
            return False
        # A clock that was set back makes a minute no longer.
        return timedelta(0) < self._unsaved_until - now <= TICK

    def _tries_to_save_again(self, now: datetime, before: World, outcome: Outcome) -> bool:
        """Whether a raise goes out only if the disk, which refused a moment ago, now takes note: till then it waits."""
        if self._unsaved_until is None or now >= self._unsaved_until + TICK:
            return False
        memory = outcome.world.memory
        return (
            isinstance(memory.phase, Holding)
            and memory.attempt is not None
            and memory.attempt.in_flight
            and not _needs_no_disk(before, outcome)
        )

    def _follow(self, before: World, outcome: Outcome) -> None:
        decision = outcome.decision
        if decision.write is not None:
            self._write_task = self._hass.async_create_background_task(
                self._async_write(decision.write, before, needs_no_disk=_needs_no_disk(before, outcome)),
                "octopus_powerwall write",
                eager_start=True,
            )
            if self._write_task.done():
                self._write_task = None
        elif _worth_saving(self.world) != self._saved or self._store.has_failed:
            self._saved = _worth_saving(self.world)
            self._store.save_soon(self.world, self._knobs())
        for listener in tuple(self._listeners):
            listener()
        if decision.refresh:
            self._hass.async_create_background_task(
                self.driver.async_refresh(), "octopus_powerwall refresh", eager_start=True
            )

    async def _async_write(self, value: int, before: World, *, needs_no_disk: bool) -> None:
        """Save, send, and note how it came back. Nothing is raised that is not on disk; what lowers goes out."""
        failed = True
        try:
            try:
                await self.async_save()
                self._unsaved_until = None
            except NotSavedError:
                _LOGGER.warning("The state could not be saved to disk")
                if not needs_no_disk:
                    self._not_saved(before)
            if self._unsaved_until is None or needs_no_disk:
                await self.driver.async_write(value)
                failed = False
        except PowerwallWriteError as err:
            _LOGGER.warning("The backup reserve could not be set to %s %%: %s %s", value, err, err.words or "")
        finally:
            self._write_task = None
            self.world = replace(
                self.world, memory=note_write_returned(self.world.memory, dt_util.utcnow(), failed=failed)
            )
        self.decide_now()

    def _not_saved(self, before: World) -> None:
        """Undo the decision that could not be kept, and decide again in a minute."""
        self.world = replace(self.world, memory=before.memory)
        self._unsaved_until = dt_util.utcnow() + TICK

    def _note(self, now: datetime, outcome: Outcome, *, changed: bool) -> None:
        if outcome.activities or outcome.decision.write is not None or changed:
            self.decisions.append(
                MadeDecision(
                    now,
                    outcome.snapshot.status.value,
                    outcome.snapshot.reason.value,
                    outcome.decision.write,
                    tuple(activity.value for activity in outcome.activities),
                )
            )

    def _arm(self, now: datetime, wake_at: datetime | None) -> None:
        self._cancel_timer()
        due = min(now + TICK, wake_at) if wake_at is not None else now + TICK
        # By the time that passes, not by the clock on the wall: one that is set back must not put off the next look.
        self._timer = async_call_later(self._hass, due - now, HassJob(self._on_timer, cancel_on_shutdown=True))

    @callback
    def _on_timer(self, _now: datetime) -> None:
        self._timer = None
        self.decide_now()

    def _cancel_soon(self) -> None:
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None


def _log_dry_run(before: Snapshot, now: Snapshot) -> None:
    """Tell what would be done (design 5.11)."""
    if not now.settings.dry_run or now.target == before.target:
        return
    if now.target is not None:
        _LOGGER.info("Dry run: the backup reserve would be set to %s %%", now.target)
    elif before.settings.dry_run:
        _LOGGER.info("Dry run: the backup reserve would be put back")


def _needs_no_disk(before: World, outcome: Outcome) -> bool:
    """Whether the value puts back, or lowers one of ours that may stand: that must not wait for a disk (design 5.1)."""
    claim, write, standing = outcome.world.memory.claim, outcome.decision.write, before.memory.target
    if claim is None or write is None:
        return False
    return write == claim.baseline or (standing is not None and write < standing)


def _worth_saving(world: World) -> tuple[object, ...]:
    """Say what has to differ before anything is saved: not the passing of time, nor a plan that was merely confirmed.

    While a hold runs the plan's age is saved now and then, so that a restart knows how far to trust it.
    """
    plan = world.plan
    read_at = plan.read_at
    quarter = read_at.timestamp() // 900 if read_at and not isinstance(world.memory.phase, Idle) else None
    memory = world.memory.strip_for_disk()
    if memory.watch is not None:
        # Which of its questions were asked is no news for the disk.
        memory = replace(memory, watch=replace(memory.watch, questions=()))
    return (
        memory,
        world.wishes,
        world.account.agreements if world.account else None,
        world.charged,
        world.record,
        world.car_session,
        world.held_for,
        world.charger_record.strip_for_disk(),
        world.owners_reserve,
        tuple(row.dispatch for row in plan.rows),
        tuple(row.dispatch for row in world.charger_plan.rows),
        quarter,
    )
