"""How far to charge while the sun is still to come (design 9.6). Pure; times in UTC, energies in kWh.

What a battery takes at night it does not take from the roof by day. Where export pays less than a kWh bought at night
costs with its losses, the charge target is lowered: so far that the sun expected until the next cheap hours fits, and
no further than the home needs until then, with a sun as weak as a careful buyer would take it for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import NormalDist, mean
from typing import Final

from ..price.tariffs import Tariff
from ..reserve.limits import FULL, Limits
from ..windows import HALF_HOUR, LONDON, half_hour_of
from .half_hour import HalfHour
from .shadow import Traits

# How far a forecast of the evening before is off: the standard deviation of a day's sun, as a part of what is promised;
# the replay's own assumption (docs/money.md), where it is put in doubt.
FORECAST_ERROR: Final = 0.35
# Fewer days tell too little of a home's habits.
LEAST_DAYS: Final = 4
HALF_HOURS_OF_DAY: Final = 48
# A half hour of which less was measured says nothing.
LEAST_SEEN_S: Final = 1500
# The horizon of a forecast; no tariff lets its house wait as long for cheap hours.
FURTHEST: Final = timedelta(hours=36)
# Less is no reason to write to a battery again.
LEAST_CHANGE_PCT: Final = 5
_HOUR: Final = timedelta(hours=1)
# Sums of half hours are not exact, and a whole percent is not to become the next one by it.
_DIGITS: Final = 6


class SunReason(StrEnum):
    """Why room is left for the sun, or none; each has a sentence in the translations."""

    OFF = "off"
    NO_FORECAST = "no_forecast"
    NO_HISTORY = "no_history"
    NO_RATES = "no_rates"
    EXPORT_PAYS = "export_pays"
    NO_WINDOW = "no_window"
    FITS = "fits"
    ROOM_LEFT = "room_left"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a kWh costs in the cheap hours and outside them, and what an exported one earns, GBP."""

    cheap: float
    dear: float
    export: float

    def too_much(self, round_trip: float) -> float:
        """Return what a kWh is lost for that was bought although the sun would have given it.

        Negative: it is a gain.
        """
        return self.cheap / round_trip - self.export

    def too_little(self, round_trip: float) -> float:
        """Return what a kWh is lost for that was not bought and is then missing."""
        return self.dear - self.cheap / round_trip


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected in each half hour from ``start``, when cheap hours end, to when they begin again."""

    start: datetime
    use_kwh: tuple[float, ...]
    sun_kwh: tuple[float, ...]

    @property
    def end(self) -> datetime:
        """When power is cheap again."""
        return self.start + len(self.use_kwh) * HALF_HOUR


@dataclass(frozen=True, slots=True)
class SunRoom:
    """What was decided, why, and by which figures.

    ``target_pct`` is how far the battery is charged at most; ``None`` where the owner's own target stands.
    """

    why: SunReason = SunReason.NO_FORECAST
    target_pct: int | None = None
    sun_kwh: float | None = None
    use_kwh: float | None = None
    until: datetime | None = None


def find_dear_hours(tariff: Tariff, now: datetime) -> tuple[datetime, datetime] | None:
    """From when to when the battery has to last: from the end of the cheap hours, or now, to the next of them."""
    windows = sorted(
        (window.start, window.end)
        for daily in tariff.cheap
        for window in daily.occurrences(now, now + FURTHEST)
        if window.end > now
    )
    running = next((end for start, end in windows if start <= now), None)
    start = now if running is None else running
    following = next((begin for begin, _ in windows if begin > start), None)
    return None if following is None else (start, following)


def average_use(rows: Iterable[HalfHour], now: datetime) -> tuple[float, ...] | None:
    """Return what the home uses in each half hour of a London day, by the half hours measured.

    ``None`` if they are too few.

    Those in a slot are left out: the car charges in them. A half hour of the day that was never seen is taken for an
    average one.
    """
    seen: dict[int, list[float]] = {}
    days = set()
    for row in rows:
        if row.in_slot or row.seen_s < LEAST_SEEN_S or row.start >= now:
            continue
        days.add(row.start.astimezone(LONDON).date())
        seen.setdefault(_of_day(row.start), []).append(row.home_kwh * HALF_HOUR.total_seconds() / row.seen_s)
    if len(days) < LEAST_DAYS:
        return None
    means = {index: mean(values) for index, values in seen.items()}
    average = mean(means.values())
    return tuple(means.get(index, average) for index in range(HALF_HOURS_OF_DAY))


def outlook_of(
    span: tuple[datetime, datetime], use_kwh: tuple[float, ...], sun_wh: Iterable[tuple[datetime, float]]
) -> Outlook | None:
    """Return what is expected in a span; ``None`` where the forecast says nothing of any hour of it.

    ``sun_wh`` are Wh by the time at which their hour begins, as Home Assistant's energy platforms give them; several
    in one hour are parts of it.
    """
    start, end = half_hour_of(span[0]).start, span[1]
    by_hour: dict[datetime, float] = {}
    for at, energy_wh in sun_wh:
        hour = at.replace(minute=0, second=0, microsecond=0)
        by_hour[hour] = by_hour.get(hour, 0.0) + energy_wh
    halves = [start + number * HALF_HOUR for number in range(int((end - start) / HALF_HOUR))]
    hours = [half.replace(minute=0) for half in halves]
    if not any(hour in by_hour for hour in hours):
        return None
    return Outlook(
        start,
        tuple(use_kwh[_of_day(half)] for half in halves),
        tuple(max(by_hour.get(hour, 0.0), 0.0) / 2000 for hour in hours),
    )


def choose_room(outlook: Outlook, terms: Terms, traits: Traits, reserve_pct: float, limits: Limits) -> SunRoom:
    """Choose how far to charge until the outlook begins; ``reserve_pct`` is what the owner keeps.

    How weak a sun to reckon with follows from what is lost by a kWh too much and by one too few, as for any buyer who
    does not know what will be asked for.
    """
    found = SunRoom(
        SunReason.FITS,
        sun_kwh=round(sum(outlook.sun_kwh), 2),
        use_kwh=round(sum(outlook.use_kwh), 2),
        until=outlook.end,
    )
    too_much, too_little = terms.too_much(traits.round_trip), terms.too_little(traits.round_trip)
    if too_much <= 0:
        return SunRoom(SunReason.EXPORT_PAYS, sun_kwh=found.sun_kwh, use_kwh=found.use_kwh, until=found.until)
    if too_little <= 0:
        return found
    weak = 1 - FORECAST_ERROR * NormalDist().inv_cdf(too_little / (too_little + too_much))
    floor_kwh = traits.energy_kwh(reserve_pct)
    needed_kwh, fits_kwh = floor_kwh, traits.capacity_kwh
    for use, sun in zip(reversed(outlook.use_kwh), reversed(outlook.sun_kwh), strict=True):
        needed_kwh = _clamp(needed_kwh - _change(use, sun * max(weak, 0.0), traits), floor_kwh, traits)
        fits_kwh = _clamp(fits_kwh - _change(use, sun, traits), floor_kwh, traits)
    if fits_kwh >= traits.capacity_kwh:
        return found
    percent = 100 / traits.capacity_kwh
    needed_pct = limits.lowest_from(round(needed_kwh * percent, _DIGITS))
    fits_pct = limits.highest_up_to(round(fits_kwh * percent, _DIGITS))
    target = max(FULL if needed_pct is None else needed_pct, fits_pct or 0)
    if target >= FULL:
        return found
    return SunRoom(SunReason.ROOM_LEFT, target, found.sun_kwh, found.use_kwh, found.until)


def steady_room(before: SunRoom, room: SunRoom) -> SunRoom:
    """Keep what was decided while the same hours are looked at and it has hardly moved: writes and news are few."""
    if (before.why, before.until) != (room.why, room.until):
        return room
    moved_pct = abs((before.target_pct or 0) - (room.target_pct or 0))
    return room if moved_pct >= LEAST_CHANGE_PCT else before


def _change(use_kwh: float, sun_kwh: float, traits: Traits) -> float:
    """Return what a half hour adds to the battery, or takes out of it."""
    most_kwh = traits.power_kw * (HALF_HOUR / _HOUR)
    surplus_kwh = sun_kwh - use_kwh
    if surplus_kwh > 0:
        return min(surplus_kwh, most_kwh) * traits.round_trip
    return max(surplus_kwh, -most_kwh)


def _clamp(energy_kwh: float, floor_kwh: float, traits: Traits) -> float:
    return min(max(energy_kwh, floor_kwh), traits.capacity_kwh)


def _of_day(at: datetime) -> int:
    local = at.astimezone(LONDON)
    return local.hour * 2 + local.minute // 30
