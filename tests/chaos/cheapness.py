"""Whether power is certainly cheap in a stretch that is held: the truth of the car, its charger and its allowance."""

from datetime import datetime, timedelta

from .stretches import Held, half_hour_of
from .truth import LONDON, NEWS, Time, Truth, Where, nights_around

HALF_HOUR = timedelta(minutes=30)


def certainties_of(truth: Truth, now: datetime, held: Held) -> set[bool]:
    """Whether power is certainly cheap now by the right of one stretch; both where a moment decides."""
    if held.why != "slot" or any(now in night for night in nights_around(now)):
        return {True}
    if truth.ohme:
        # Certain only while Ohme shows the car charging, on either kind of account.
        if not truth.charging:
            return {False}
        if not truth.capped:
            return {True}
    elif truth.cheap_as_a_whole:
        # An entity that shows an idle car for long makes the slot doubtful, and so does a boost beside it.
        is_idle = truth.has_charger and truth.charging is False
        return {True, False} if is_idle or _is_boosting(truth, now) else {True}
    if not truth.charging:
        return {False}
    if truth.felt(now, Where.EVIDENCE):
        return {True, False}
    midday = _midday_before(now)
    before = half_hour_of(now)
    least = sum(1 for start in truth.charged if midday <= start < before)
    seen = {start for start in truth.charged_at_all if midday <= start < before}
    most = len(seen | _slept_through(truth, midday, before)) + 1
    return ({True} if least < 12 else set()) | ({False} if most >= 12 else set())


def _slept_through(truth: Truth, start: datetime, end: datetime) -> set[datetime]:
    """The half hours of slots in which the computer was off: Octopus tells later that the car has charged in them."""
    times = [time for slot in truth.slots for time in slot.all_times()]
    away = [Time(since, until or end) for since, until in truth.off]
    halves = [start + HALF_HOUR * number for number in range((end - start) // HALF_HOUR)]
    return {
        half
        for half in halves
        if any(Time(half, half + HALF_HOUR).touches(time) for time in times)
        and any(Time(half, half + HALF_HOUR).touches(time) for time in away)
    }


def _is_boosting(truth: Truth, now: datetime) -> bool:
    """Whether a car is boosting, or was so lately that it may not be known to be over."""
    boosts = [time for slot in truth.slots if not slot.is_smart for time in slot.all_times()]
    return any(time.start - NEWS <= now < time.end + truth.news(now) for time in boosts)


def _midday_before(at: datetime) -> datetime:
    local = at.astimezone(LONDON)
    midday = local.replace(hour=12, minute=0, second=0, microsecond=0)
    if midday > local:
        midday = (midday.replace(tzinfo=None) - timedelta(days=1)).replace(tzinfo=LONDON)
    return midday.astimezone(at.tzinfo)
