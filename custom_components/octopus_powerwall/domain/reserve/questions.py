"""When the battery is asked for a fresh reading (design 4.3, 5.3)."""

from dataclasses import replace
from datetime import timedelta

from ..reason import Reason
from .memory import Memory
from .phases import Holding
from .situation import Situation
from .writing import CONFIRMED_AFTER

ASKED_AFTER = timedelta(seconds=90)
ASKED_EVERY = timedelta(seconds=60)
ANSWERED_WITHIN = timedelta(seconds=15)


def choose_question(memory: Memory, situation: Situation, obstacle: Reason | None) -> tuple[Memory, bool]:
    """Decide whether the battery's entities are asked for a fresh reading, at most once a minute."""
    if not (
        obstacle in (Reason.RESERVE_UNAVAILABLE, Reason.LEVEL_UNKNOWN)
        or _wants_level(memory, situation)
        or _is_reading_overdue(memory, situation)
    ):
        return memory, False
    asked_at = memory.senses.asked_at
    if asked_at is not None and situation.now - asked_at < ASKED_EVERY:
        return memory, False
    return replace(memory, senses=replace(memory.senses, asked_at=situation.now)), True


def is_asked(memory: Memory, situation: Situation) -> bool:
    """Whether the battery was asked for its readings and has had time to answer."""
    asked_at = memory.senses.asked_at
    return asked_at is not None and ANSWERED_WITHIN <= situation.now - asked_at <= 2 * ASKED_EVERY


def _wants_level(memory: Memory, situation: Situation) -> bool:
    if not isinstance(memory.phase, Holding):
        return False
    frozen = memory.phase.frozen
    return frozen is None or frozen.intent is not situation.demand.intent


def _is_reading_overdue(memory: Memory, situation: Situation) -> bool:
    if memory.senses.foreign is not None and situation.now - memory.senses.foreign.at >= ASKED_AFTER:
        return True
    attempt = memory.attempt
    if attempt is None or attempt.settled or attempt.returned_at is None:
        return False
    if situation.now < attempt.returned_at + ASKED_AFTER:
        return False
    reported = situation.reading.reported_at
    return reported is None or reported < attempt.returned_at + CONFIRMED_AFTER
