"""A clock that was set back must not let the past lie ahead: waits would last for ever (design 5.3, 5.7)."""

from dataclasses import replace
from datetime import datetime, timedelta

from .reserve.memory import WATCHED_FOR, Memory, Phase, Senses
from .reserve.writing import Attempt

# The farthest end of an override: a dispatch begins at most 7 days ahead and is a day long at most (design 3.1).
FURTHEST_END = timedelta(days=8)


def not_ahead(memory: Memory, now: datetime) -> Memory:
    """The same memory with everything that happened before ``now``, as it must have; the same object if it has."""
    attempt = memory.attempt
    watch = memory.watch
    if watch is not None and watch.until > now + WATCHED_FOR:
        watch = replace(watch, until=now + WATCHED_FOR)
    ends_at = memory.ends_at
    if memory.phase is Phase.OVERRIDDEN and ends_at is not None and ends_at > now + FURTHEST_END:
        ends_at = now
    mended = replace(
        memory,
        began_at=_past(memory.began_at, now),
        ends_at=ends_at,
        restoring_since=_past(memory.restoring_since, now),
        slot_seen_at=_past(memory.slot_seen_at, now),
        attempt=_attempt(attempt, now) if attempt is not None else None,
        watch=watch,
        senses=_senses(memory.senses, now),
    )
    return memory if mended == memory else mended


def _attempt(attempt: Attempt, now: datetime) -> Attempt:
    return replace(
        attempt,
        first_at=min(attempt.first_at, now),
        sent_at=min(attempt.sent_at, now),
        returned_at=_past(attempt.returned_at, now),
        confirmed_at=_past(attempt.confirmed_at, now),
    )


def _senses(senses: Senses, now: datetime) -> Senses:
    """What was observed on another clock is observed anew; what the owner was told of stays."""
    disobedience = senses.disobedience
    times = (
        senses.level.reported_at if senses.level else None,
        senses.foreign.at if senses.foreign else None,
        senses.call.at if senses.call else None,
        senses.drift_since,
        senses.refreshed_at,
        disobedience.since if disobedience else None,
        disobedience.nudged_at if disobedience else None,
        senses.restored_at,
    )
    if all(at is None or at <= now for at in times):
        return senses
    return replace(
        senses,
        level=None,
        foreign=None,
        call=None,
        drift_since=None,
        refreshed_at=None,
        disobedience=None,
        restored_at=_past(senses.restored_at, now),
    )


def _past(at: datetime | None, now: datetime) -> datetime | None:
    return at if at is None else min(at, now)
