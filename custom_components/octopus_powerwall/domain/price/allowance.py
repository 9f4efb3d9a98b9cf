"""The six hours of cheap charging that an Intelligent Octopus Go account has from midday to midday (design 3.7)."""

from collections.abc import Iterable
from datetime import datetime

from ..model import Dispatch, DispatchType, Interval
from ..windows import HALF_HOUR, half_hour_of, half_hours_in, midday_before

HALF_HOURS_A_DAY = 12
# Completed rows below this are spill-over of a neighbouring half hour, not charging (facts/users.md 5).
LEAST_ENERGY_KWH = 0.05


def find_used_half_hours(
    now: datetime,
    own: Iterable[datetime],
    completed: Iterable[Dispatch],
    boosted: Iterable[Interval] = (),
    smart: Iterable[Interval] = (),
) -> tuple[datetime, ...]:
    """Return the starts, in order, of the half hours since local midday in which the car charged in a smart dispatch.

    Args:
        now: the instant whose midday-to-midday is asked for.
        own: half hours in which we saw the car charge inside a smart dispatch.
        completed: what Octopus says was charged; it seldom tells smart from boost and comes up to an hour late.
        boosted: time known to have been a boost or a test, which is not part of the allowance.
        smart: time known to have been a smart dispatch: where it shares a half hour with a boost, that counts.
    """
    midday = midday_before(now)
    used = {start for start in own if midday <= start <= now}
    day = Interval(midday, now)
    boosts, smart_ones = _by_half_hour(boosted, day), _by_half_hour(smart, day)

    def counts(start: datetime, part: Interval) -> bool:
        return not _touches(part, boosts.get(start, ())) or _touches(part, smart_ones.get(start, ()))

    for dispatch in completed:
        if dispatch.type in (DispatchType.BOOST, DispatchType.TEST):
            continue
        if dispatch.energy_kwh is not None and dispatch.energy_kwh < LEAST_ENERGY_KWH:
            continue
        # What lies outside is not asked for, and however long a row is, counting it must cost next to nothing.
        charged = _within(dispatch.interval, day)
        used.update(
            start for start in half_hours_in(charged) if start not in used and counts(start, _part(charged, start))
        )
    return tuple(sorted(used))


def _within(interval: Interval, day: Interval) -> Interval:
    return Interval(max(interval.start, day.start), min(interval.end, day.end))


def _by_half_hour(intervals: Iterable[Interval], day: Interval) -> dict[datetime, list[Interval]]:
    """Sort intervals by the half hours of a day that they touch, so that nobody looks through all of them for each."""
    found: dict[datetime, list[Interval]] = {}
    for interval in intervals:
        for start in half_hours_in(_within(interval, day)):
            found.setdefault(start, []).append(interval)
    return found


def _part(interval: Interval, start: datetime) -> Interval:
    """Return what of an interval lies in the half hour that begins at ``start``."""
    return Interval(max(interval.start, start), min(interval.end, start + HALF_HOUR))


def _touches(part: Interval, others: Iterable[Interval]) -> bool:
    return any(part.overlaps(other) for other in others)


def is_within_allowance(now: datetime, used: Iterable[datetime]) -> bool:
    """Whether the half hour of ``now`` is among the first twelve of its midday-to-midday that count."""
    this = half_hour_of(now).start
    return sum(1 for start in used if start < this) < HALF_HOURS_A_DAY


def count_hours_used(used: Iterable[datetime]) -> float:
    """Return the hours of the allowance that are gone, 6 at most."""
    return min(sum(1 for _ in used), HALF_HOURS_A_DAY) / 2
