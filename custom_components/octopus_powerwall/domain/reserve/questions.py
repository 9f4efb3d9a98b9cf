"""When the battery is asked for a fresh reading (design 4.3, 5.1, 5.3, 5.15)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from ..reason import Reason
from .memory import Memory
from .phases import PUTTING_BACK, Claim, Holding, Idle, Overridden, Phase
from .readings import CALL_LANDS_WITHIN
from .situation import ANSWERED_WITHIN, Situation
from .writing import CONFIRMED_AFTER, UNSEEN_ASKED

ASKED_AFTER = timedelta(seconds=90)
ASKED_EVERY = timedelta(seconds=60)
DOUBT_ASKED_EVERY = timedelta(minutes=10)
# A battery out of reach: an integration that a stream serves need not read again by itself.
SILENT_ASKED_EVERY = timedelta(minutes=10)
# Before an edge that is known, so that nothing has to be waited for at it.
ASKED_AHEAD = timedelta(seconds=90)
_UNKNOWN = frozenset({Reason.RESERVE_UNAVAILABLE, Reason.LEVEL_UNKNOWN, Reason.READING_AWAITED})


def choose_question(memory: Memory, situation: Situation, obstacle: Reason | None) -> tuple[Memory, bool]:
    """Decide whether the battery's entities are asked for a fresh reading, at most once a minute."""
    is_due = (
        obstacle in _UNKNOWN
        or memory.senses.slept_until is not None
        or wants_level(memory, situation)
        or any(at <= situation.now for at in find_question_times(memory, situation))
    )
    asked_at = memory.senses.asked_at
    if not is_due or (asked_at is not None and situation.now - asked_at < ASKED_EVERY):
        return memory, False
    watch = memory.watch
    if watch is not None:
        watch = replace(watch, questions=tuple(at for at in watch.questions if at > situation.now))
    return replace(memory, watch=watch, senses=replace(memory.senses, asked_at=situation.now)), True


def is_asked(memory: Memory, situation: Situation) -> bool:
    """Whether the battery was asked for its readings and has had time to answer."""
    asked_at = memory.senses.asked_at
    return asked_at is not None and ANSWERED_WITHIN <= situation.now - asked_at <= 2 * ASKED_EVERY


def find_question_times(memory: Memory, situation: Situation) -> Iterable[datetime]:
    """When the battery is to be asked, as far as it has not answered since."""
    reported_at = situation.reading.reported_at
    if situation.reading.value is None:
        yield situation.now if memory.senses.asked_at is None else memory.senses.asked_at + SILENT_ASKED_EVERY
    if memory.watch is not None:
        yield from memory.watch.questions
    for since in (memory.senses.drift_since, memory.senses.foreign.at if memory.senses.foreign else None):
        if since is not None and (reported_at is None or reported_at <= since + CONFIRMED_AFTER):
            yield since + ASKED_AFTER
    claim = memory.claim
    if claim is not None:
        yield from (at for at in _proof_times(memory.phase, claim) if not situation.reading.answers_since(at))
    if isinstance(memory.phase, Overridden) and memory.phase.doubt is not None:
        due, asked_at = memory.phase.doubt.at + CALL_LANDS_WITHIN, memory.senses.asked_at
        yield due if asked_at is None or asked_at < due else asked_at + DOUBT_ASKED_EVERY
    start = situation.demand.next_start
    if isinstance(memory.phase, Idle) and situation.settings.automation and start is not None:
        ahead = start - ASKED_AHEAD
        asked_at = memory.senses.asked_at
        if asked_at is None or asked_at < ahead:
            yield ahead


def _proof_times(phase: Phase, claim: Claim) -> Iterable[datetime]:
    attempt = claim.attempt
    if attempt is None or attempt.settled or attempt.returned_at is None:
        return
    yield attempt.returned_at + CONFIRMED_AFTER
    is_restore = isinstance(phase, PUTTING_BACK) or claim.puts_back(attempt.value)
    if is_restore and not claim.raise_seen and attempt.accepted_at is not None:
        yield from (attempt.accepted_at + delay for delay in UNSEEN_ASKED)


def wants_level(memory: Memory, situation: Situation) -> bool:
    """Whether a hold has no level to go by yet."""
    if not isinstance(memory.phase, Holding):
        return False
    frozen = memory.phase.frozen
    return frozen is None or frozen.intent is not situation.demand.intent
