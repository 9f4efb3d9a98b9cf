"""The life of one value that is to stand in the battery: sent, doubted, sent again, confirmed (design 5.3)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..codec import Percent

CONFIRMED_AFTER = timedelta(seconds=60)
UNCHANGED_AFTER = timedelta(seconds=90)
# After the first send: when to send again after an error, and after a success that shows no effect.
AFTER_ERROR = (timedelta(minutes=1), timedelta(minutes=3), timedelta(minutes=10))
AFTER_NO_EFFECT = (timedelta(minutes=3), timedelta(minutes=8), timedelta(minutes=20))
SLOWEST = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Reading:
    """The backup reserve as Home Assistant shows it, in percent; ``None`` when the entity is unusable.

    ``reported_at`` moves with every report of the battery's integration, also of an equal value.
    """

    value: int | None = None
    reported_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """The effort to make one value stand.

    Attributes:
        value: what was asked for.
        first_at: when it was first sent.
        sent: how often it was sent.
        sent_at: when it was last sent.
        returned_at: when that call came back; ``None`` while it is under way.
        failed: it came back with an error or not in time: its outcome is unknown.
        confirmed_at: when a reading proved it.
        snapped: the battery answered 100 with 80.
    """

    value: Percent
    first_at: datetime
    sent_at: datetime
    sent: int = 1
    returned_at: datetime | None = None
    failed: bool = False
    confirmed_at: datetime | None = None
    snapped: bool = False

    @property
    def in_flight(self) -> bool:
        """Whether the call has not come back yet."""
        return self.returned_at is None

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be done for it."""
        return self.confirmed_at is not None


def begin_attempt(value: int, now: datetime) -> Attempt:
    """Send a value for the first time."""
    return Attempt(value, now, now)


def send_again(attempt: Attempt, now: datetime) -> Attempt:
    """Send the same value once more."""
    return replace(attempt, sent=attempt.sent + 1, sent_at=now, returned_at=None, failed=False, confirmed_at=None)


def mark_returned(attempt: Attempt, now: datetime, *, failed: bool) -> Attempt:
    """Note that the call came back."""
    return replace(attempt, returned_at=now, failed=failed)


def is_fresh(attempt: Attempt, reading: Reading) -> bool:
    """Whether a reading is the battery's word after the call, and not the echo of the call itself."""
    return (
        reading.value is not None
        and reading.reported_at is not None
        and attempt.returned_at is not None
        and reading.reported_at > attempt.returned_at
    )


def is_proven(attempt: Attempt, reading: Reading, now: datetime, *, reports: bool) -> bool:
    """Whether the value stands: read a minute or more after the call, or unchanged for 90 s where nothing re-reports.

    ``reports`` tells whether the battery's integration reports equal values again.
    """
    if reading.value is None or attempt.returned_at is None or reading.value != attempt.value:
        return False
    if reading.reported_at is not None and reading.reported_at >= attempt.returned_at + CONFIRMED_AFTER:
        return True
    return not reports and now >= attempt.returned_at + UNCHANGED_AFTER


def resend_due(attempt: Attempt, *, endless: bool) -> datetime | None:
    """When the value is sent again if a fresh reading still differs; ``None`` when it is not.

    A hold's value is given up after the last of its tries, a restore never (``endless``).
    """
    delays = AFTER_ERROR if attempt.failed else AFTER_NO_EFFECT
    if attempt.sent <= len(delays):
        # Counted from the first send, but never sooner than the shortest wait after the last: a call that hung for
        # a minute is not answered with another at once.
        return max(attempt.first_at + delays[attempt.sent - 1], attempt.sent_at + delays[0])
    if not endless:
        return None
    slower = attempt.sent - len(delays)
    return attempt.sent_at + min(SLOWEST, delays[-1] * (slower + 1))
