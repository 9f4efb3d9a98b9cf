"""What must be written, and what stands in the way (design 4, 5.3 and 5.13)."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from ..reason import Reason
from ..settings import Intent
from .budget import can_afford, spend
from .limits import FULL
from .memory import ForeignReserve, Memory
from .obedience import NOTICEABLE_W
from .phases import (
    Claim,
    FrozenLevel,
    Holding,
    Idle,
    Overridden,
    PuttingBack,
    RepeatingRestore,
    Restoring,
    TooLong,
    UndoingLateLanding,
)
from .questions import is_asked
from .readings import is_answered
from .situation import Situation
from .target import choose_reserve
from .writing import (
    CONFIRMED_AFTER,
    Attempt,
    begin_attempt,
    find_resend_time,
    find_unseen_resends,
    is_fresh,
    send_again,
    shows,
)

# A level this far below the one that is kept has not only been read a little differently.
SUNK_PCT = 5.0

type Write = tuple[Memory, int | None, Reason | None]
"""What is remembered then, the value to send now, and what stands in the way of one that is due."""


def choose_write(memory: Memory, situation: Situation) -> Write:
    """Choose the value to send now, if any."""
    match memory.phase:
        case Idle():
            return memory, None, find_obstacle_to_start(memory, situation) if situation.may_begin else None
        case Holding() as phase:
            return _choose_for_hold(memory, phase, situation)
        case Restoring() | UndoingLateLanding() | RepeatingRestore() as phase:
            return _choose_for_restore(memory, phase, situation)
        case Overridden() | TooLong():
            return memory, None, None
        case _ as unknown:
            assert_never(unknown)


def choose_target(memory: Memory, situation: Situation) -> int | None:
    """Choose what to show as the reserve that is to stand; in a dry run what would be asked for (design 5.11)."""
    if not (isinstance(memory.phase, Holding) and situation.settings.dry_run):
        return memory.target
    return memory.target if _obstacle_to_write(memory, situation) else _wanted(memory, memory.phase, situation)[1]


def find_obstacle_to_start(memory: Memory, situation: Situation) -> Reason | None:
    """Return what keeps a hold from starting (design 5.1, 5.8)."""
    if situation.battery.block is not None:
        return situation.battery.block
    if situation.reading.value is None:
        return Reason.RESERVE_UNAVAILABLE
    if situation.battery.backup_mode:
        return Reason.BACKUP_MODE
    if memory.senses.slept_until is not None or not situation.is_reading_recent(memory.senses.asked_at):
        return Reason.READING_AWAITED
    if _is_call_open(memory.senses.call, memory.senses.asked_at, situation):
        return Reason.READING_AWAITED
    return None


def _is_call_open(call: ForeignReserve | None, asked_at: datetime | None, situation: Situation) -> bool:
    """Whether nobody knows yet what has become of a value that somebody has just set (design 5.1).

    The entity shows it at once, read or not. Where the old value is read again the cloud lags, or the call was lost.
    """
    value = situation.reading.value
    if call is None or not call.shown or value is None:
        return False
    if not is_answered(situation, call.at, asked_at):
        return True
    return not situation.limits.is_reading_of(value, call.value) and value not in situation.limits.fallbacks(
        (call.value,)
    )


def _obstacle_to_write(memory: Memory, situation: Situation) -> Reason | None:
    if situation.battery.block is not None:
        return situation.battery.block
    if situation.reading.value is None:
        # Home Assistant would drop the call without a word (facts/powerwall.md 2.2).
        return Reason.RESERVE_UNAVAILABLE
    if memory.senses.slept_until is not None:
        return Reason.READING_AWAITED
    return Reason.OWNER_CHECK if memory.senses.foreign is not None else None


def _choose_for_hold(memory: Memory, phase: Holding, situation: Situation) -> Write:
    phase, wanted = _wanted(memory, phase, situation)
    memory = replace(memory, phase=phase)
    obstacle = _obstacle_to_write(memory, situation)
    if obstacle is not None:
        return memory, None, obstacle
    claim, standing = phase.claim, situation.reading.value
    if wanted is None:
        return _choose_without_level(memory, claim, situation)
    if situation.settings.dry_run or (not claim.written and standing is not None and standing >= wanted):
        return memory, None, None
    return _send_within_budget(memory, claim, situation, wanted)


def _choose_without_level(memory: Memory, claim: Claim, situation: Situation) -> Write:
    """Choose where the level is unknown: nothing is raised, and what stands must not buy (design 4.3)."""
    if claim.attempt is None:
        return memory, None, Reason.LEVEL_UNKNOWN
    if situation.settings.dry_run or not is_asked(memory, situation):
        return memory, None, Reason.LEVEL_UNKNOWN
    memory, write = _send(memory, claim, situation, claim.baseline)
    return memory, write, Reason.LEVEL_UNKNOWN


def _send_within_budget(memory: Memory, claim: Claim, situation: Situation, wanted: int) -> Write:
    sent, write = _send(memory, claim, situation, wanted)
    if write is None:
        return sent, None, Reason.WRITE_REFUSED if _is_given_up(sent, situation) else None
    if claim.puts_back(wanted):
        return sent, write, None
    lowers = claim.attempt is not None and wanted < claim.attempt.value
    if can_afford(memory.spent, situation.now, lowers=lowers, certain=situation.demand.certain):
        return replace(sent, spent=spend(memory.spent, situation.now)), write, None
    if not lowers:
        return memory, None, Reason.WRITES_SPENT
    # What stands is too much now: what is put back is never counted.
    memory, write = _send(memory, claim, situation, claim.baseline)
    return memory, write, Reason.WRITES_SPENT


def _choose_for_restore(memory: Memory, phase: PuttingBack, situation: Situation) -> Write:
    obstacle = _obstacle_to_write(memory, situation)
    if obstacle is not None:
        return memory, None, obstacle
    memory, write = _send(memory, phase.claim, situation, phase.claim.baseline, is_restore=True)
    return memory, write, None


def _is_given_up(memory: Memory, situation: Situation) -> bool:
    attempt = memory.attempt
    if attempt is None or attempt.settled or attempt.in_flight or shows(attempt, situation.reading, situation.limits):
        return False
    return find_resend_time(attempt, endless=False) is None


def _wanted(memory: Memory, phase: Holding, situation: Situation) -> tuple[Holding, int | None]:
    intent = situation.demand.intent
    if phase.frozen is None or phase.frozen.intent is not intent or _has_sunk(phase.frozen, situation):
        level = _level_to_go_by(memory, situation)
        if level is not None:
            phase = replace(phase, frozen=FrozenLevel(intent, level))
    frozen = phase.frozen if phase.frozen is not None and phase.frozen.intent is intent else None
    is_level_awaited = frozen is None and phase.claim.attempt is None and not is_asked(memory, situation)
    frees = situation.demand.frees
    if is_level_awaited and situation.settings.charge_target < FULL and not frees:
        # A target below 100 must not be less than preserving would ask for: that takes the level, which is on its way.
        return phase, None
    wanted = choose_reserve(
        intent,
        situation.limits,
        certain=situation.demand.certain,
        charge_target_pct=situation.settings.charge_target,
        level_pct=frozen.level_pct if frozen else None,
        floor_pct=_floor(phase.claim, situation),
        keeps_level=not frees,
    )
    return phase, wanted


def _floor(claim: Claim, situation: Situation) -> int:
    """Return the least to ask for: the baseline.

    On a guess not even that, where the owner's usual reserve is above it.
    """
    return claim.baseline if situation.demand.certain else min(claim.found, claim.baseline)


def _has_sunk(frozen: FrozenLevel, situation: Situation) -> bool:
    """Whether the battery has lost so much that what keeps the level of before buys, on a guess, as after a power cut.

    One that discharges although it is to keep its charge is told once more instead (design 5.6).
    """
    level, battery_w = situation.battery.level, situation.battery.battery_w
    if situation.demand.certain or frozen.intent is Intent.CHARGE or not level.is_fresh(situation.now):
        return False
    has_lost = level.value is not None and level.value <= frozen.level_pct - SUNK_PCT
    return has_lost and not (battery_w is not None and battery_w > NOTICEABLE_W)


def _level_to_go_by(memory: Memory, situation: Situation) -> float | None:
    """Return a fresh level.

    Failing that the last trusted one, once the battery was asked and did not answer (design 4.3).
    """
    if situation.battery.level.is_fresh(situation.now):
        return situation.battery.level.value
    trusted = memory.senses.level
    return trusted.value if trusted is not None and is_asked(memory, situation) else None


def _send(
    memory: Memory, claim: Claim, situation: Situation, value: int, *, is_restore: bool = False
) -> tuple[Memory, int | None]:
    attempt = claim.attempt
    if attempt is None:
        attempt = begin_attempt(value, situation.now)
    elif attempt.in_flight:
        return memory, None
    elif attempt.value != value:
        attempt = begin_attempt(value, situation.now)
    elif _is_resend_due(memory, claim, attempt, situation, is_restore=is_restore or claim.puts_back(value)):
        attempt = send_again(attempt, situation.now)
    else:
        return memory, None
    written = (*(earlier for earlier in claim.written if earlier != value), value)
    raised_since = claim.raised_since or situation.now
    return memory.with_claim(replace(claim, attempt=attempt, written=written, raised_since=raised_since)), value


def _is_resend_due(memory: Memory, claim: Claim, attempt: Attempt, situation: Situation, *, is_restore: bool) -> bool:
    if attempt.settled:
        return False
    now, told_again = situation.now, memory.senses.disobedience
    if told_again is not None and told_again.nudged_at == now and attempt.sent_at < now:
        return True
    due = find_resend_time(attempt, endless=is_restore)
    if is_restore and attempt.accepted_at is None:
        # Until a call has come back without an error nothing that is read can stand for it.
        return due is not None and now >= max(due, (attempt.returned_at or now) + CONFIRMED_AFTER)
    if is_restore and not claim.raise_seen and any(attempt.sent_at < at <= now for at in find_unseen_resends(attempt)):
        return True
    if due is None or now < due or shows(attempt, situation.reading, situation.limits):
        return False
    return is_fresh(attempt, situation.reading) or not situation.battery.reports
