"""Outside every slot the battery never feeds the car: when it is held for that, and for how long (design 5.14)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..model import Interval
from ..settings import CarGuard, Intent
from ..windows import half_hour_of
from .timeline import SHORTEST_START, Span, SpanKind

# Cars pause for moments; a hold that ended at once would be written back and raised again.
LINGERS_FOR = timedelta(minutes=2)
# No car takes longer: an entity that never goes off again is stuck.
LONGEST = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class CarSession:
    """A stretch in which the car has charged without a pause of ``LINGERS_FOR``.

    Attributes:
        began_at: when it was first seen charging.
        stopped_at: since when it has not been; ``None`` while it charges.
    """

    began_at: datetime
    stopped_at: datetime | None = None

    @property
    def over_at(self) -> datetime | None:
        """When nothing is held for it any more; ``None`` while that is not known."""
        return self.stopped_at + LINGERS_FOR if self.stopped_at is not None else None


def follow_car(
    session: CarSession | None, now: datetime, *, charging: bool | None, stopped_at: datetime | None = None
) -> CarSession | None:
    """Return the session after one more look.

    ``charging`` is what the picked entity says; nothing is not "charging". ``stopped_at`` is since when it has said so,
    where that is known: it is believed a while later only.

    A clock that was set back leaves none of it in the future.
    """
    if session is not None and session.began_at > now:
        session = replace(session, began_at=now)
    if session is not None and session.stopped_at is not None and session.stopped_at > now:
        session = replace(session, stopped_at=now)
    if session is not None and session.over_at is not None and session.over_at <= now:
        session = None
    if session is None:
        return CarSession(now) if charging else None
    if charging:
        return replace(session, stopped_at=None)
    if session.stopped_at is not None:
        return session
    is_known = stopped_at is not None and session.began_at <= stopped_at <= now
    return replace(session, stopped_at=stopped_at if is_known else now)


def is_end_open(session: CarSession | None, end: datetime) -> bool:
    """Whether an end of the guard is only as far as one can see, since the car still charges."""
    return session is not None and session.over_at is None and end < session.began_at + LONGEST


def find_guard_span(
    session: CarSession | None, guard: CarGuard, slots: Iterable[Interval], now: datetime
) -> Span | None:
    """Return the stretch around ``now`` that is held for the car, cut by the slots on either side; ``None`` in a slot.

    While the car charges nobody knows the end: the span then reaches to the end of the half hour, and is longer at the
    next look.
    """
    if guard is CarGuard.OFF or session is None:
        return None
    start, end = session.began_at, session.over_at or half_hour_of(now + SHORTEST_START).end
    end = min(end, session.began_at + LONGEST)
    for slot in slots:
        if slot.end <= now:
            start = max(start, slot.end)
        else:
            end = min(end, slot.start)
    if not start <= now < end:
        return None
    intent = Intent.CHARGE if guard is CarGuard.CHARGE_UP else Intent.PRESERVE
    return Span(Interval(start, end), SpanKind.CAR_GUARD, intent)
