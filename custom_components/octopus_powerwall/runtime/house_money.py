"""The money of one entry: its rates, its books and their file, made of the entry's options (design 9)."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..const import CONF_BATTERY_CAPACITY
from ..domain.money.ledger import Flows
from ..domain.money.sun_room import SunRoom
from ..domain.money.view import Money
from ..domain.price.agreements import choose_home
from ..domain.price.tariffs import SlotPolicy
from ..domain.reserve.situation import Battery
from ..domain.status import Snapshot
from ..domain.windows import half_hour_of
from ..domain.world import World, policy_of
from ..powerwall.const import TESLA_INTEGRATIONS
from ..powerwall.discovery import Binding
from ..powerwall.picked_powers import PickedPowers
from ..sources.octopus import AccountPoller
from .bookkeeper import Bookkeeper, Measures, make_powerwall_measures
from .books_store import BooksStore, StoredBooks
from .choices import OptionsReader, number_of
from .rates_updater import RatesUpdater
from .schedule import gain_as_json, to_london_iso
from .store import SAVE_TIMEOUT_S
from .sun_room_planner import SunRoomInputs, SunRoomPlanner

_LOGGER = logging.getLogger(__name__)


class HouseMoney:
    """What the controller asks after every decision. ``on_change`` is called when rates are known that were not."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        poller: AccountPoller,
        store: BooksStore,
        stored: StoredBooks,
        on_change: Callable[[], None],
    ) -> None:
        self._options = OptionsReader(entry)
        self._on_change = on_change
        self._money = Money()
        self._has_failed = False
        self._taken: tuple[Snapshot, Battery] | None = None
        self._sun_asked: tuple[object, ...] = ()
        self.rates_updater = RatesUpdater(
            hass,
            poller,
            home=lambda: choose_home(poller.account, self._options.settings.home).property_id,
            typed=lambda: self._options.settings.rates,
            known=stored.rates,
            on_change=self._rates_changed,
        )
        self.sun_room_planner = SunRoomPlanner(hass, lambda: self._options.settings, on_change)
        self.bookkeeper = Bookkeeper(store, stored, self.rates_updater, _measures(hass, entry))

    @callback
    def async_take(self, now: datetime, snapshot: Snapshot, battery: Battery, world: World) -> Money:
        """Take in a decision; what is to be published after it. Nothing that goes wrong here stops a decision."""
        try:
            choice = snapshot.settings.slot_policy
            agreement = snapshot.account.standing.agreement if snapshot.account else None
            self.rates_updater.async_update_if_due(now, agreement.product_code if agreement else None)
            money = self.bookkeeper.async_take(
                now,
                snapshot,
                battery,
                world.completed,
                charge_cap=policy_of(snapshot.tariff, choice, cap_seen=world.cap_seen) is SlotPolicy.CHARGE_CAP,
            )
            self._taken = snapshot, battery
            self._money = replace(money, sun_room=self._sun_room(now))
        except Exception:
            if not self._has_failed:
                _LOGGER.exception("Unexpected error while counting energy and money")
            self._has_failed = True
        return self._money

    @callback
    def async_sun_target(self, now: datetime) -> int | None:
        """How far guard and slots charge at most, in percent, where room is left for the sun.

        It is asked before a decision: what was worked out before an edge was about the hours up to that edge. Within
        a half hour only other rates or another forecast could change what was worked out after the decision before.
        """
        try:
            asked = (half_hour_of(now).start, self.rates_updater.rates, self.sun_room_planner.read_at)
            if asked != self._sun_asked:
                self._sun_room(now)
                self._sun_asked = asked
        except Exception:
            if not self._has_failed:
                _LOGGER.exception("Unexpected error while leaving room for the sun")
            self._has_failed = True
            return None
        return self.sun_room_planner.room.target_pct

    def _sun_room(self, now: datetime) -> SunRoom:
        if self._taken is None:
            return SunRoom()
        snapshot, battery = self._taken
        self.sun_room_planner.async_update_if_due(now)
        house = SunRoomInputs(
            snapshot.tariff,
            self.rates_updater.rates,
            self.bookkeeper.traits,
            snapshot.baseline if snapshot.holding else battery.reserve.value,
            battery.limits,
        )
        return self.sun_room_planner.async_decide(now, house, self.bookkeeper.books.ledger.rows)

    def brought_by(self, before: Snapshot) -> dict[str, Any]:
        """Return what the slot that ran in the snapshot ``before`` brought, for the event of its end."""
        if not before.smart_slot:
            return {}
        slot = before.slots[0].interval
        (gain,) = self.bookkeeper.gains((slot,))
        return {"slot_start": to_london_iso(slot.start), "slot_end": to_london_iso(slot.end), **gain_as_json(gain)}

    async def async_stop(self) -> None:
        """Ask no more, and put everything on disk. Nothing that goes wrong here stops a stop."""
        try:
            self.rates_updater.async_stop()
            self.sun_room_planner.async_stop()
            async with asyncio.timeout(SAVE_TIMEOUT_S):
                await self.bookkeeper.async_save()
        except Exception:
            _LOGGER.exception("Unexpected error while saving energy and money")

    @callback
    def _rates_changed(self) -> None:
        self.bookkeeper.async_rates_changed()
        self._on_change()


def _measures(hass: HomeAssistant, entry: ConfigEntry) -> Measures:
    if Binding.from_entry_data(entry.data).kind in TESLA_INTEGRATIONS:
        return make_powerwall_measures()
    picked = PickedPowers.from_options(entry.options)

    def flows(_: Battery, now: datetime) -> Flows | None:
        return picked.flows(hass, now) if picked is not None else None

    return Measures(flows, number_of(entry.options, CONF_BATTERY_CAPACITY), is_powerwall=False)
