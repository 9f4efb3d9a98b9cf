"""The life of one value that is to stand in the battery: sent, doubted, sent again, confirmed (design 5.3)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..codec import Percent
from .limits import Limits

CONFIRMED_AFTER = timedelta(seconds=60)
UNCHANGED_AFTER = timedelta(seconds=90)
# After the first send: when to send again after an error, and after a success that shows no effect.
AFTER_ERROR = (timedelta(minutes=1), timedelta(minutes=3), timedelta(minutes=10))
AFTER_NO_EFFECT = (timedelta(minutes=3), timedelta(minutes=8), timedelta(minutes=20))
SLOWEST = timedelta(minutes=30)
# A restore whose raise was never seen: when it is sent once more and when it is asked for, counted from the first call
# that returned without an error; then when the reserve is looked at again once it is taken for restored.
UNSEEN_SENT_AGAIN = (timedelta(minutes=3), timedelta(minutes=10))
UNSEEN_ASKED = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
UNSEEN_WATCHED = (timedelta(minutes=60), *(timedelta(hours=hours) for hours in range(2, 7)))


@dataclass(frozen=True, slots=True)
class Reading:
    """The backup reserve as Home Assistant shows it, in percent; ``None`` when the entity is unusable.

    Attributes:
        value: the reserve.
        reported_at: when its integration last reported it, also with an equal value.
        answers: when we last asked a question that was answered: the reserve was reported while the question was being
            answered, so that what is read is at least as new as the question.
    """

    value: int | None = None
    reported_at: datetime | None = None
    answers: datetime | None = None

    def answers_since(self, at: datetime) -> bool:
        """Whether it answers a question that was asked at ``at`` or later."""
        return self.answers is not None and self.answers >= at


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
        accepted_at: when a call first came back without an error.
        confirmed_at: when a reading proved it.
        snapped: the battery answered with another value, as 80 for 100.
        echoed: what a battery that scales makes of it has been read.
    """

    value: Percent
    first_at: datetime
    sent_at: datetime
    sent: int = 1
    returned_at: datetime | None = None
    failed: bool = False
    accepted_at: datetime | None = None
    confirmed_at: datetime | None = None
    snapped: bool = False
    echoed: bool = False

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
    accepted_at = attempt.accepted_at if failed or attempt.accepted_at is not None else now
    return replace(attempt, returned_at=now, failed=failed, accepted_at=accepted_at)


def is_fresh(attempt: Attempt, reading: Reading) -> bool:
    """Whether a reading is the battery's word after the call, and not the echo of the call itself."""
    return (
        reading.value is not None
        and reading.reported_at is not None
        and attempt.returned_at is not None
        and reading.reported_at > attempt.returned_at
    )


def is_proof(attempt: Attempt, reading: Reading, now: datetime, *, reports: bool) -> bool:
    """Whether a reading, whatever its value, can prove what stands after the call.

    It must answer a question that was asked a minute or more after the call had returned. Where an integration stays
    silent while the value is the same (not ``reports``), a minute and a half without a change will do.
    """
    if reading.value is None or attempt.returned_at is None:
        return False
    if reading.answers_since(attempt.returned_at + CONFIRMED_AFTER):
        return True
    return not reports and now >= attempt.returned_at + UNCHANGED_AFTER


def shows(attempt: Attempt, reading: Reading, limits: Limits) -> bool:
    """Whether a reading shows the value of the attempt, rounding allowed for."""
    return reading.value is not None and limits.is_reading_of(reading.value, attempt.value)


def find_resend_time(attempt: Attempt, *, endless: bool) -> datetime | None:
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


def find_unseen_resends(attempt: Attempt) -> Iterable[datetime]:
    """When a restore whose raise was never seen is sent once more, whatever is read."""
    return () if attempt.accepted_at is None else (attempt.accepted_at + delay for delay in UNSEEN_SENT_AGAIN)


def find_unseen_proof_start(attempt: Attempt) -> datetime | None:
    """From when on a question can prove a restore whose raise was never seen; ``None`` before a call was accepted."""
    return None if attempt.accepted_at is None else attempt.accepted_at + UNSEEN_ASKED[-1]
