"""What must be written, and what stands in the way (design 4 and 5.3)."""

from dataclasses import replace
from typing import assert_never

from ..reason import Reason
from .limits import FULL
from .memory import Memory
from .phases import (
    Claim,
    Frozen,
    Holding,
    Idle,
    Overridden,
    PuttingBack,
    RepeatingRestore,
    Restoring,
    UndoingLateLanding,
)
from .questions import is_asked
from .situation import Situation
from .target import wanted_reserve
from .writing import Attempt, begin_attempt, is_fresh, resend_due, send_again

type Write = tuple[Memory, int | None, Reason | None]
"""What is remembered then, the value to send now, and what stands in the way of one that is due."""


def choose_write(memory: Memory, situation: Situation) -> Write:
    """Choose the value to send now, if any."""
    match memory.phase:
        case Idle():
            return memory, None, obstacle_to_start(situation) if situation.may_begin else None
        case Holding() as phase:
            return _choose_for_hold(memory, phase, situation)
        case Restoring() | UndoingLateLanding() | RepeatingRestore() as phase:
            return _choose_for_restore(memory, phase, situation)
        case Overridden():
            return memory, None, None
        case _ as unknown:
            assert_never(unknown)


def choose_target(memory: Memory, situation: Situation) -> int | None:
    """Choose what to show as the reserve that is to stand; in a dry run what would be asked for (design 5.11)."""
    if not (isinstance(memory.phase, Holding) and situation.settings.dry_run):
        return memory.target
    return memory.target if _obstacle_to_write(memory, situation) else _wanted(memory, memory.phase, situation)[1]


def obstacle_to_start(situation: Situation) -> Reason | None:
    """What keeps a hold from starting (design 5.8)."""
    if situation.battery.block is not None:
        return situation.battery.block
    if situation.reading.value is None:
        return Reason.RESERVE_UNAVAILABLE
    return Reason.BACKUP_MODE if situation.battery.backup_mode else None


def _obstacle_to_write(memory: Memory, situation: Situation) -> Reason | None:
    if situation.battery.block is not None:
        return situation.battery.block
    if situation.reading.value is None:
        # Home Assistant would drop the call without a word (facts/powerwall.md 2.2).
        return Reason.RESERVE_UNAVAILABLE
    return Reason.OWNER_CHECK if memory.senses.foreign is not None else None


def _choose_for_hold(memory: Memory, phase: Holding, situation: Situation) -> Write:
    phase, wanted = _wanted(memory, phase, situation)
    memory = replace(memory, phase=phase)
    obstacle = _obstacle_to_write(memory, situation)
    if obstacle is not None:
        return memory, None, obstacle
    if wanted is None:
        return memory, None, Reason.LEVEL_UNKNOWN if memory.target is None else None
    standing = situation.reading.value
    if situation.settings.dry_run or (not phase.claim.written and standing is not None and standing >= wanted):
        return memory, None, None
    memory, write = _send(memory, phase.claim, situation, wanted, endless=False)
    return memory, write, Reason.WRITE_REFUSED if write is None and _is_given_up(memory, situation) else None


def _choose_for_restore(memory: Memory, phase: PuttingBack, situation: Situation) -> Write:
    obstacle = _obstacle_to_write(memory, situation)
    if obstacle is not None:
        return memory, None, obstacle
    memory, write = _send(memory, phase.claim, situation, phase.claim.baseline, endless=True)
    return memory, write, None


def _is_given_up(memory: Memory, situation: Situation) -> bool:
    attempt = memory.attempt
    if attempt is None or attempt.settled or attempt.in_flight or situation.reading.value == attempt.value:
        return False
    return resend_due(attempt, endless=False) is None


def _wanted(memory: Memory, phase: Holding, situation: Situation) -> tuple[Holding, int | None]:
    intent = situation.demand.intent
    if phase.frozen is None or phase.frozen.intent is not intent:
        level = _level_to_go_by(memory, situation)
        if level is not None:
            phase = replace(phase, frozen=Frozen(intent, level))
    frozen = phase.frozen if phase.frozen is not None and phase.frozen.intent is intent else None
    is_level_awaited = frozen is None and phase.claim.attempt is None and not is_asked(memory, situation)
    if is_level_awaited and situation.settings.charge_target < FULL:
        # A target below 100 must not be less than preserving would ask for: that takes the level, which is on its way.
        return phase, None
    wanted = wanted_reserve(
        intent,
        situation.limits,
        certain=situation.demand.certain,
        charge_target_pct=situation.settings.charge_target,
        level_pct=frozen.level_pct if frozen else None,
        baseline_pct=phase.claim.baseline,
    )
    return phase, wanted


def _level_to_go_by(memory: Memory, situation: Situation) -> float | None:
    """A fresh level; failing that the last trusted one, once the battery was asked and did not answer (design 4.3)."""
    if situation.battery.level.is_fresh(situation.now):
        return situation.battery.level.value
    trusted = memory.senses.level
    return trusted.value if trusted is not None and is_asked(memory, situation) else None


def _send(
    memory: Memory, claim: Claim, situation: Situation, value: int, *, endless: bool
) -> tuple[Memory, int | None]:
    attempt = claim.attempt
    if attempt is None:
        attempt = begin_attempt(value, situation.now)
    elif attempt.in_flight:
        return memory, None
    elif attempt.value != value:
        attempt = begin_attempt(value, situation.now)
    elif _is_resend_due(memory, attempt, situation, endless=endless):
        attempt = send_again(attempt, situation.now)
    else:
        return memory, None
    written = (*(earlier for earlier in claim.written if earlier != value), value)
    return memory.with_claim(replace(claim, attempt=attempt, written=written)), value


def _is_resend_due(memory: Memory, attempt: Attempt, situation: Situation, *, endless: bool) -> bool:
    if attempt.settled:
        return False
    told_again = memory.senses.disobedience
    if told_again is not None and told_again.nudged_at == situation.now and attempt.sent_at < situation.now:
        return True
    due = resend_due(attempt, endless=endless)
    if due is None or situation.now < due or situation.reading.value == attempt.value:
        return False
    return is_fresh(attempt, situation.reading) or not situation.battery.reports
