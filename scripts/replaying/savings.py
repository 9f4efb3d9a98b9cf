"""How far the savings that the integration shows are from the truth: the difference of two bills of simulated years.

The books are kept as in a house: the powers are read about once a minute, at no moment that has to do with slots, and
Octopus' completed rows come half an hour late. The truth is one year played twice, with this integration and without.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from custom_components.octopus_powerwall.domain.measurement import make_measurement
from custom_components.octopus_powerwall.domain.money.books import Books, settle, sum_up, take_measurement
from custom_components.octopus_powerwall.domain.money.half_hour import Prices
from custom_components.octopus_powerwall.domain.money.ledger import Flows
from custom_components.octopus_powerwall.domain.money.shadow import Traits
from custom_components.octopus_powerwall.domain.reserve.situation import OperationMode
from custom_components.octopus_powerwall.domain.reserve.target import Level
from custom_components.octopus_powerwall.domain.settings import propose_guard

from ..progress import progress_of
from .battery import Mode
from .clock import instant
from .core import Product, Setup
from .policies import NOTHING, RIVALS, Case, year_of
from .simulate import Clockwork, Simulation
from .year import Regime, Year

# A coordinator waits a minute after each answer: its readings wander through the minutes of the clock.
_READ_S = 61.0
_MODES = {Mode.TIME_BASED: OperationMode.TIME_BASED, Mode.SELF_POWERED: OperationMode.SELF_POWERED}


class Meter:
    """The powers of the battery's own sensors: read about once a minute, and standing until the next reading."""

    def __init__(self, phase_s: float = 20.0) -> None:
        self.flows = Flows(0.0, 0.0, 0.0, 0.0)
        self.on_reading: Callable[[float, float], None] = lambda _at, _later: None
        self._next_s = phase_s

    def watch(self, start_s: float, end_s: float, battery: float, grid: float, home: float, sun: float) -> None:
        """Hear of powers that stayed the same for a while, and read them as often as a minute begins in it.

        The battery has lived through all of it by then: a reading is told what it gives (negative: takes) only later.
        """
        while self._next_s < end_s:
            self.flows = Flows(battery, grid, sun, home)
            at = max(self._next_s, start_s)
            self.on_reading(at, battery * (end_s - at) / 3600)
            self._next_s += _READ_S


class MeasuredProduct(Product):
    """The core with its books beside it."""

    def __init__(self, setup: Setup, seed: int, meter: Meter) -> None:
        super().__init__(setup, seed)
        self._meter = meter
        self._level = Level()
        self.books = Books()

    def start(self, clockwork: Clockwork) -> None:
        """Move in, and read the meter once a minute."""
        super().start(clockwork)
        self._level = Level(clockwork.battery.level_pct, instant(0))
        self._meter.on_reading = self._read

    def _poll_times(self) -> set[float]:
        """The completed rows are news too: for them Octopus is asked every half hour."""
        return super()._poll_times() | {float(when) for when in range(0, int(self._clockwork.year.end_s), 1800)}

    def _look(self, now: float) -> None:
        super()._look(now)
        self._take_in(now)

    def _read(self, now: float, later_kwh: float) -> None:
        """Take a reading: the battery's level besides its powers."""
        given = self._clockwork.year.given
        stored_kwh = self._clockwork.battery.energy_kwh + later_kwh * (1.0 if later_kwh > 0 else given.round_trip)
        self._level = Level(round(100 * stored_kwh / given.battery_kwh, 1), instant(now))
        self._take_in(now)

    def _take_in(self, now: float) -> None:
        clockwork, moment = self._clockwork, instant(now)
        year = clockwork.year
        given = year.given
        battery = replace(self._readings(now), level=self._level, mode=_MODES[clockwork.mode])
        traits = Traits(given.battery_kwh, given.battery_kw, given.slow_kw, given.round_trip)
        look = make_measurement(moment, self.snapshot, battery, self._meter.flows, traits)
        self.books, closed = take_measurement(self.books, look)
        if closed:
            charge_cap = year.regime is Regime.CHARGE_CAP
            self.books = settle(
                self.books, moment, lambda at: _prices(year, at), self._world.completed, charge_cap=charge_cap
            )


def _prices(year: Year, at: datetime) -> Prices:
    given = year.given
    night = year.nights.covers((at - instant(0)).total_seconds())
    own = given.night_price if night else given.day_price
    return Prices(own / 100, given.night_price / 100, year.export / 100)


@dataclass(frozen=True, slots=True)
class Agreement:
    """The true saving of a year and what the sensor shows, in pounds."""

    case: Case
    true_gbp: float
    shown_gbp: float
    bill_gbp: float

    @property
    def error(self) -> float:
        """By how much of the truth the sensor is off."""
        return (self.shown_gbp - self.true_gbp) / self.true_gbp

    def __str__(self) -> str:
        return (
            f"{self.case.column:24} saved {self.true_gbp:8.2f} of {self.bill_gbp:8.2f}, "
            f"shown {self.shown_gbp:8.2f}: {self.error:+.1%}"
        )


def agreement(case: Case) -> Agreement:
    """Play one year as the flow sets this integration up, with its books, and once without it."""
    year = year_of(case)
    setup = Setup(night_guard=propose_guard(self_powered=case.mode is Mode.SELF_POWERED).value)
    meter = Meter()
    product = MeasuredProduct(setup, case.seed, meter)
    ours = Simulation(year, case.mode, case.seed, meter.watch).play(product)
    nothing = Simulation(year, case.mode, case.seed).play(RIVALS[NOTHING](case))
    # What is left in the battery at the end is in the costs at the night's rate, and in the books not yet.
    left = product.books.ledger.ahead_kwh / case.given.round_trip * case.given.night_price / 100
    shown = sum_up(product.books, instant(year.end_s)).saved_gbp + left
    return Agreement(case, nothing.cost - ours.cost, shown, nothing.cost)


def agreements(cases: Sequence[Case], *, workers: int) -> list[Agreement]:
    """Play one year for each case."""
    found = []
    with progress_of("savings", total=len(cases)) as part_done:
        if workers == 1:
            for case in cases:
                found.append(agreement(case))
                part_done(str(found[-1]))
            return found
        with ProcessPoolExecutor(workers) as pool:
            for one in pool.map(agreement, cases):
                found.append(one)
                part_done(str(one))
    return found
