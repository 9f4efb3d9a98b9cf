"""A year of one house with everything that no policy can change: loads, sun, slots, and what a kWh costs when."""

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum

from .assumptions import Assumptions
from .car import CarYear, Row, car_year
from .clock import HALF_HOUR_S, STEP_S, Spans, middays, nights, widened
from .house import STEPS_A_DAY, forecasts, home_kw, sun_kw

ALLOWED_HALF_HOURS = 12


class Regime(StrEnum):
    """How slots by day are billed (facts/octopus.md 6)."""

    WHOLE_SLOT = "whole_slot"
    CHARGE_CAP = "charge_cap"


class Ghosts(StrEnum):
    """What the house pays in a slot for a car that is not there, where slots are cheap as a whole."""

    CHEAP = "cheap"
    DEAR = "dear"


@dataclass(frozen=True, slots=True)
class Year:
    """What happens in a year. Lists hold one value for each five minutes: kW, or pence per kWh for ``price``.

    ``forecast`` holds for each day how many times the true sun the forecast of the evening before promises.
    """

    given: Assumptions
    days: int
    home: list[float]
    sun: list[float]
    car_kw: list[float]
    car: CarYear
    drawing: Spans
    price: list[float]
    export: float
    regime: Regime
    forecast: list[float]
    nights: Spans

    @property
    def end_s(self) -> float:
        """When it is over, in seconds of the year."""
        return float(self.days * STEPS_A_DAY * STEP_S)


def make_year(
    given: Assumptions,
    *,
    days: int = 365,
    seed: int = 1,
    regime: Regime = Regime.WHOLE_SLOT,
    sun: bool = False,
    export: float = 15.0,
    ghosts: Ghosts = Ghosts.CHEAP,
) -> Year:
    """Make a year. The same seed is the same weather, family and car in every regime."""
    steps = days * STEPS_A_DAY
    car = car_year(given, days, seed)
    roof = sun_kw(given, days, seed) if sun else [0.0] * steps
    off_peak = Spans.of([(start, end) for start, end in nights(days) if end > 0])
    ahead = given.meter_ahead_s
    cheap = cheap_half_hours(car, regime, ghosts, days)
    price = []
    for step in range(steps):
        at = step * STEP_S
        is_cheap = off_peak.covers(at - ahead) or at // HALF_HOUR_S in cheap
        price.append(given.night_price if is_cheap else given.day_price)
    return Year(
        given,
        days,
        home_kw(given, days, seed),
        roof,
        _car_power(given, car, steps),
        car,
        Spans.of(list(car.drawing())),
        price,
        export,
        regime,
        forecasts(given, roof, seed),
        off_peak,
    )


def cheap_half_hours(car: CarYear, regime: Regime, ghosts: Ghosts, days: int) -> frozenset[int]:
    """The settlement half hours that slots make cheap for the house, as numbers from the start of the year."""
    if regime is Regime.WHOLE_SLOT:
        rows = [row for row in car.rows if row.is_run and (row.plugged or ghosts is Ghosts.CHEAP)]
        return frozenset(half for row in rows for half in _touched(row.start, row.ran_to))
    noons = middays(days)
    used: dict[int, int] = {}
    cheap: set[int] = set()
    for half in sorted({half for start, end in car.drawing() for half in _touched(start, end)}):
        allowance_day = bisect_right(noons, half * HALF_HOUR_S)
        used[allowance_day] = used.get(allowance_day, 0) + 1
        if used[allowance_day] <= ALLOWED_HALF_HOURS:
            cheap.add(half)
    return frozenset(cheap)


def _touched(start: float, end: float) -> range:
    first, last = widened(start, end)
    return range(int(first // HALF_HOUR_S), int(last // HALF_HOUR_S))


def _car_power(given: Assumptions, car: CarYear, steps: int) -> list[float]:
    """The car's mean power in each five minutes."""
    powers = [0.0] * steps
    for start, end in car.drawing():
        step = int(start // STEP_S)
        while step * STEP_S < end and step < steps:
            begin = max(start, step * STEP_S)
            powers[step] += given.car_kw * (min(end, (step + 1) * STEP_S) - begin) / STEP_S
            step += 1
    return powers


def listed_at(rows: tuple[Row, ...], at_s: float) -> tuple[Row, ...]:
    """What Octopus lists at an instant: rows that have ended are gone."""
    return tuple(row for row in rows if row.listed_from <= at_s < row.listed_to)
