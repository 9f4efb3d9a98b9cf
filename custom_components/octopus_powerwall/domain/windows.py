"""Where the London wall clock and the instants of a plan meet: daily windows, allowance days, settlement half hours.

Tariffs name their hours by the clock on the wall in Europe/London (facts/octopus.md 5.3), and days there have 23, 24 or
25 hours (design 3.8). Everything here takes aware times and answers in UTC.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from .model import Interval, join

LONDON: Final = ZoneInfo("Europe/London")

HALF_HOUR: Final = timedelta(minutes=30)

_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, order=True)
class DailyWindow:
    """The same hours of every day, by the wall clock in Europe/London; it holds ``start`` and not ``end``.

    An ``end`` at or before ``start`` is on the next day. It covers exactly the instants at which a London clock shows
    a time inside it, so nothing is ever called cheap while the clock says otherwise. 23:30 to 05:30 therefore lasts
    five hours on the night the clocks go forward and seven on the night they go back. For an edge inside the hour that
    is skipped or repeated (01:00 to 02:00; no tariff has one) it follows that

    * the skipped hour belongs to no window: an edge inside it acts at the jump, and a window wholly inside it does not
      occur that night;
    * the repeated hour is in the window twice, and what lies between the two is not: 00:30 to 01:30 occurs as 00:30 to
      01:30 BST and, half an hour later, as 01:00 to 01:30 GMT.

    Raises ``ValueError`` where ``start`` equals ``end``: nothing or everything would be meant.
    """

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ValueError("A daily window cannot start and end at the same time")

    def __str__(self) -> str:
        return f"{self.start:%H:%M} to {self.end:%H:%M}"

    def occurrences(self, first: datetime, last: datetime) -> tuple[Interval, ...]:
        """Every occurrence that shares time with ``first`` (included) to ``last`` (excluded), whole, sorted, in UTC."""
        span = Interval(first.astimezone(UTC), last.astimezone(UTC))
        days = self._of_days(first.astimezone(LONDON).date() - 2 * _DAY, last.astimezone(LONDON).date() + _DAY)
        return tuple(occurrence for occurrence in days if occurrence.overlaps(span))

    def covering(self, at: datetime) -> Interval | None:
        """Return the occurrence that an instant lies in, in UTC; ``None`` outside the window."""
        # By what the class promises, no occurrence has to be looked for outside the hours.
        clock = at.astimezone(LONDON).time()
        begun, not_over = self.start <= clock, clock < self.end
        if not (begun and not_over if self.start < self.end else begun or not_over):
            return None
        return next(iter(self.occurrences(at, at + timedelta.resolution)), None)

    @lru_cache(maxsize=256)  # noqa: B019 (windows are few and live as long as the program)
    def _of_days(self, first: date, last: date) -> tuple[Interval, ...]:
        """Return what begins on the local days from ``first`` to ``last``, both included."""
        days = (first + count * _DAY for count in range((last - first).days + 1))
        return join(piece for day in days for piece in self._pieces(day))

    @lru_cache(maxsize=256)  # noqa: B019 (as above)
    def _pieces(self, day: date) -> tuple[Interval, ...]:
        """Return the instants of the window that begins on a local day; pieces may be empty or reversed."""
        start = datetime.combine(day, self.start, UTC)
        end = datetime.combine(day if self.start < self.end else day + _DAY, self.end, UTC)
        before, after = _offset(start - 2 * _HOUR), _offset(end + 2 * _HOUR)
        if before == after:
            return (Interval(start - before, end - before),)
        change = _clock_change(start - 2 * _HOUR, after)
        return Interval(start - before, min(end - before, change)), Interval(max(start - after, change), end - after)


def _offset(at: datetime) -> timedelta:
    """How far London's wall clock is ahead of UTC at an instant."""
    return at.astimezone(LONDON).replace(tzinfo=UTC) - at.astimezone(UTC)


def _clock_change(at: datetime, after: timedelta) -> datetime:
    """Return the first full UTC hour after ``at`` from which the offset is ``after``.

    Clocks there change on such an hour.
    """
    hour = at.replace(minute=0, second=0, microsecond=0)
    while _offset(hour) != after:
        hour += _HOUR
    return hour


OFF_PEAK: Final = DailyWindow(time(23, 30), time(5, 30))
"""Intelligent Octopus Go's cheap hours (seed 002, 2.4.1). Built in: newer products publish no window (5.3)."""


def midday_before(at: datetime) -> datetime:
    """Return the last 12:00 in London at or before an instant, in UTC: the day of the allowance begins there (3.7)."""
    local = at.astimezone(LONDON)
    day = local.date() if local.hour >= 12 else local.date() - _DAY
    return datetime.combine(day, time(12), LONDON).astimezone(UTC)


def half_hour_of(at: datetime) -> Interval:
    """Return the settlement half hour, in UTC, that an instant lies in: it begins at :00 or :30."""
    utc = at.astimezone(UTC)
    start = utc.replace(minute=utc.minute - utc.minute % 30, second=0, microsecond=0)
    return Interval(start, start + HALF_HOUR)


def half_hours_in(interval: Interval) -> tuple[datetime, ...]:
    """Return the starts, in UTC, of all settlement half hours that an interval touches; none if it is empty."""
    starts: list[datetime] = []
    start = half_hour_of(interval.start).start
    while interval.start < interval.end and start < interval.end:
        starts.append(start)
        start += HALF_HOUR
    return tuple(starts)


def widen(interval: Interval) -> Interval:
    """Return an interval stretched outwards to the settlement half hours that it touches.

    An empty one stays as it is.
    """
    if interval.start >= interval.end:
        return interval
    return Interval(half_hour_of(interval.start).start, half_hour_of(interval.end - timedelta.resolution).end)
