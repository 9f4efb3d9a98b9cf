"""The year's clock: seconds from its first midnight in UTC, and where London's nights and noons lie in them."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
FIRST_DAY = date(2026, 1, 1)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
STEP_S = 300
HALF_HOUR_S = 1800
DAY_S = 86400


def instant(at_s: float) -> datetime:
    """A second of the year as an aware time in UTC."""
    return BEGIN + timedelta(seconds=at_s)


def local(day: int, hours: float) -> float:
    """A London wall-clock time of a day of the year, in seconds of the year; ``hours`` may exceed 24."""
    whole, rest = divmod(round(hours * 3600), DAY_S)
    moment = datetime.combine(FIRST_DAY + timedelta(days=day + whole), time(), LONDON).replace(
        hour=rest // 3600, minute=rest % 3600 // 60, second=rest % 60
    )
    return (moment.astimezone(UTC) - BEGIN).total_seconds()


@cache
def nights(days: int) -> tuple[tuple[float, float], ...]:
    """The off-peak windows, 23:30 to 05:30 in London, that touch the first ``days`` days."""
    return tuple((local(day - 1, 23.5), local(day, 5.5)) for day in range(days + 1))


@cache
def middays(days: int) -> tuple[float, ...]:
    """Noon in London of every day, from the one before the first."""
    return tuple(local(day, 12) for day in range(-1, days + 1))


@dataclass(frozen=True, slots=True)
class Spans:
    """Disjoint, sorted spans of time, asked often whether an instant lies in one."""

    starts: tuple[float, ...]
    ends: tuple[float, ...]

    @classmethod
    def of(cls, spans: list[tuple[float, float]], gap_s: float = 0.0) -> Spans:
        """Merge spans that overlap, abut or lie at most ``gap_s`` apart."""
        merged: list[list[float]] = []
        for start, end in sorted(span for span in spans if span[0] < span[1]):
            if merged and start - merged[-1][1] <= gap_s:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([start, end])
        return cls(tuple(start for start, _ in merged), tuple(end for _, end in merged))

    def covers(self, at_s: float) -> bool:
        """Whether an instant lies in one."""
        index = bisect_right(self.starts, at_s) - 1
        return index >= 0 and at_s < self.ends[index]

    def pairs(self) -> tuple[tuple[float, float], ...]:
        """Start and end of each."""
        return tuple(zip(self.starts, self.ends, strict=True))


def widened(start_s: float, end_s: float) -> tuple[float, float]:
    """A span stretched to the settlement half hours that it touches."""
    return start_s // HALF_HOUR_S * HALF_HOUR_S, -(-end_s // HALF_HOUR_S) * HALF_HOUR_S
