"""When Octopus is asked next (design 6)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from ..windows import half_hour_of

NORMAL = timedelta(seconds=180)
JITTER = timedelta(seconds=15)
APART = timedelta(seconds=60)
AROUND_EDGE = timedelta(seconds=30)
# Everybody's clients wake at :00 and :30; ours does not, but for the polls around an edge.
OFF_THE_MARK = timedelta(seconds=20)
BACK_OFF = (timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=20), timedelta(minutes=30))


def back_off(times_limited: int) -> timedelta:
    """How long to leave Octopus alone after being told so for the n-th time in a row (1 is the first)."""
    return BACK_OFF[min(max(times_limited, 1), len(BACK_OFF)) - 1]


def choose_next_poll(last: datetime, edges: Iterable[datetime], jitter: timedelta) -> datetime:
    """When to poll after a poll at ``last``: in three minutes, or about 30 s before or after an edge, if sooner.

    Args:
        last: the poll before; nothing is due within a minute of it.
        edges: starts and ends of slots and holds, in any order.
        jitter: a random -15 s to 15 s, so that not all clients ask at the same moment.
    """
    due = _off_the_mark(last + NORMAL + max(-JITTER, min(JITTER, jitter)))
    soonest = last + APART
    for edge in edges:
        for wanted, latest in ((edge - AROUND_EDGE, edge), (edge + AROUND_EDGE, edge + 3 * AROUND_EDGE)):
            candidate = max(wanted, soonest)
            if wanted > last and candidate < latest:
                due = min(due, candidate)
    return due


def _off_the_mark(at: datetime) -> datetime:
    mark = half_hour_of(at)
    if at - mark.start < OFF_THE_MARK:
        return mark.start + OFF_THE_MARK
    if mark.end - at < OFF_THE_MARK:
        return mark.end + OFF_THE_MARK
    return at
