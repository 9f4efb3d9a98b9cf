"""Few writes: what raising and re-aiming may cost (design 5.13). What is put back is never counted."""

from collections.abc import Iterable
from datetime import datetime, timedelta

MOST_IN_HOUR = 6
MOST_IN_DAY = 40
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
# Kept back of the hour's and the day's writes: one for going down again, and more where power is only perhaps cheap.
_KEPT_BY_CERTAIN = (1, 1)
_KEPT_BY_PERHAPS = (2, 10)


def can_afford(spent: Iterable[datetime], now: datetime, *, lowers: bool, certain: bool) -> bool:
    """Whether one more value may be sent. Going down may use the last write, what is certain comes before a guess."""
    recent = tuple(at for at in spent if at > now - _DAY)
    of_hour, of_day = (0, 0) if lowers else _KEPT_BY_CERTAIN if certain else _KEPT_BY_PERHAPS
    in_hour = sum(at > now - _HOUR for at in recent)
    return in_hour < MOST_IN_HOUR - of_hour and len(recent) < MOST_IN_DAY - of_day


def spend(spent: Iterable[datetime], now: datetime) -> tuple[datetime, ...]:
    """Count a value that is sent now, and forget those of more than a day ago."""
    return (*(at for at in spent if at > now - _DAY), now)
