"""Keeps the books of one entry: takes in what is decided and measured; prices, tells and saves it (design 9)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from homeassistant.core import callback

from ..domain.measurement import flows_of, make_measurement, traits_of
from ..domain.model import Dispatch, Interval
from ..domain.money.books import Books, Figures, settle, sum_up, take_measurement
from ..domain.money.half_hour import Cheapness, HalfHour, Prices, is_at_slot_rate
from ..domain.money.ledger import Flows
from ..domain.money.shadow import Traits
from ..domain.money.slot_gains import SlotGain, share_out_gains
from ..domain.money.view import Missing, Money, choose_figures_to_tell, is_news, round_figures
from ..domain.price.rates import HouseRates
from ..domain.price.tariffs import FLAT, Tariff
from ..domain.reserve.situation import Battery
from ..domain.status import Snapshot
from ..domain.windows import LONDON, half_hour_of
from .books_store import BooksStore, StoredBooks
from .rates_updater import RatesUpdater

# What a computer that loses its power may forget of a hold, and of all other time. What was told is saved at once.
HOLD_SAVED_EVERY = timedelta(hours=1)
SAVED_EVERY = timedelta(hours=4)
_DIGITS = 4

# The rates that were asked, for which half hour, tariff and slot, and what import and export were.
type _RatesFound = tuple[HouseRates, tuple[datetime, Tariff, bool], tuple[float | None, float | None]]


@dataclass(frozen=True, slots=True)
class Measures:
    """Where powers and size of the battery come from: its own integration, or what the owner picked and typed."""

    flows: Callable[[Battery, datetime], Flows | None]
    capacity_kwh: float | None = None
    is_powerwall: bool = True


def make_powerwall_measures() -> Measures:
    """Those of a Tesla Powerwall."""
    return Measures(lambda battery, _: flows_of(battery))


class Bookkeeper:
    """The books and whom they are told to. Nothing here decides anything, and nothing here may stop a decision."""

    def __init__(self, store: BooksStore, stored: StoredBooks, rates: RatesUpdater, measures: Measures) -> None:
        self._store = store
        self._rates = rates
        self._measures = measures
        self.traits = stored.traits
        self._highest_kw = stored.highest_kw
        self._told: Figures | None = None
        self._told_on: str | None = None
        self._has_held = False
        self._tariff = FLAT
        self._saved_at: datetime | None = None
        self._has_flows = False
        self._prices_again = True
        self._rates_found: _RatesFound | None = None
        self.books: Books = stored.books

    @property
    def half_hours(self) -> tuple[HalfHour, ...]:
        """The half hours of the last two weeks, the one that runs last."""
        ledger = self.books.ledger
        return ledger.rows if ledger.open is None else (*ledger.rows, ledger.open)

    def gains(self, slots: Iterable[Interval]) -> tuple[SlotGain, ...]:
        """Return what slots of the last two weeks have brought, oldest first."""
        *over, running = self.half_hours or (None,)
        if running is not None and running.prices is None:
            # The half hour that runs is priced for good when it is over.
            prices = self._prices_at(running.start, self._tariff)
            running = replace(running, prices=prices, is_slot_rate=is_at_slot_rate(running.band))
        rows = [row for row in (*over, running) if row is not None]
        return share_out_gains(rows, slots)

    @callback
    def async_rates_changed(self) -> None:
        """Price what had no price yet."""
        self._prices_again = True

    @callback
    def async_take(
        self,
        now: datetime,
        snapshot: Snapshot,
        battery: Battery,
        completed: tuple[Dispatch, ...],
        *,
        charge_cap: bool,
    ) -> Money:
        """Take in a decision; what is to be published after it."""
        self._tariff = snapshot.tariff
        flows = self._measures.flows(battery, now)
        self._has_flows = flows is not None
        if flows is not None:
            self._highest_kw = max(self._highest_kw, round(abs(flows.battery_kw), 1))
        self.traits = self._traits_now(battery)
        measurement = make_measurement(now, snapshot, battery, flows, self.traits)
        self.books, closed = take_measurement(self.books, measurement)
        self._has_held = self._has_held or measurement.course.held
        has_news = self._prices_again
        if closed or self._prices_again:
            self._prices_again = False
            self._settle(now, snapshot, completed, charge_cap=charge_cap)
        if closed or self._told is None:
            has_news |= self._tell(now, is_hold_over=self._has_held and not measurement.course.held)
            self._has_held = measurement.course.held
        if has_news or closed:
            is_hold = any(row.charged_kwh or row.kept_kwh for row in closed)
            self._save(now, timedelta() if has_news else HOLD_SAVED_EVERY if is_hold else SAVED_EVERY)
        return self._money(now, snapshot.tariff, measurement.course.band)

    async def async_save(self) -> None:
        """Put everything on disk, with the half hour that runs."""
        await self._store.async_save(self._stored())

    def _traits_now(self, battery: Battery) -> Traits | None:
        if self._measures.is_powerwall:
            return traits_of(battery, self._highest_kw, self.traits)
        if self._measures.capacity_kwh is None:
            return None
        return Traits(self._measures.capacity_kwh, max(self._highest_kw, self._measures.capacity_kwh / 4))

    def _settle(self, now: datetime, snapshot: Snapshot, completed: tuple[Dispatch, ...], *, charge_cap: bool) -> None:
        def prices_at(at: datetime) -> Prices | None:
            return self._prices_at(at, snapshot.tariff)

        self.books = settle(self.books, now, prices_at, completed, charge_cap=charge_cap)

    def _prices_at(self, at: datetime, tariff: Tariff) -> Prices | None:
        rates = self._rates.rates
        own = rates.import_rate_at(at, tariff)
        if own is None:
            return None
        slot = rates.slot_rate_at(at)
        return Prices(own, own if slot is None else slot, rates.export_rate_at(at))

    def _tell(self, now: datetime, *, is_hold_over: bool) -> bool:
        """Have new figures published where they are news, after a hold, and on a new day; whether there are any."""
        told = round_figures(sum_up(self.books, now))
        day = now.astimezone(LONDON).date().isoformat()
        is_new_day = day != self._told_on
        if not (is_hold_over or is_new_day or is_news(told, self._told)):
            return False
        self._told, self._told_on = choose_figures_to_tell(told, self._told, is_new_day=is_new_day), day
        return True

    def _money(self, now: datetime, tariff: Tariff, band: Cheapness) -> Money:
        imported, exported = self._rates_now(now, tariff, band)
        energy_missing = None
        if not self._has_flows and self.books.ledger.last is None:
            energy_missing = Missing.POWERS
        savings_missing = energy_missing or (Missing.CAPACITY if self.traits is None else None)
        if savings_missing is None and imported is None and (self._told is None or not self._told.is_priced):
            savings_missing = Missing.RATES
        return Money(
            import_rate=None if imported is None else round(imported, _DIGITS),
            export_rate=None if exported is None else round(exported, _DIGITS),
            figures=self._told,
            energy_missing=energy_missing,
            savings_missing=savings_missing,
        )

    def _rates_now(self, now: datetime, tariff: Tariff, band: Cheapness) -> tuple[float | None, float | None]:
        """Return what the house pays and gets in this half hour, by the rule that the half hours are priced by.

        The cheapest moment names the whole half hour. It is looked for once, since prices hold for half hours.
        """
        rates, start, running = self._rates.rates, half_hour_of(now).start, self.books.ledger.open
        if running is not None and running.start == start:
            band = max(band, running.band)
        asked = (start, tariff, is_at_slot_rate(band))
        if self._rates_found is None or self._rates_found[0] is not rates or self._rates_found[1] != asked:
            imported = rates.slot_rate_at(start) if asked[2] else rates.import_rate_at(start, tariff)
            self._rates_found = rates, asked, (imported, rates.export_rate_at(start))
        return self._rates_found[2]

    def _save(self, now: datetime, every: timedelta) -> None:
        if self._saved_at is None or abs(now - self._saved_at) >= every:
            self._saved_at = now
            self._store.save_soon(self._stored())

    def _stored(self) -> StoredBooks:
        return StoredBooks(self.books, self._rates.rates, self.traits, self._highest_kw)
