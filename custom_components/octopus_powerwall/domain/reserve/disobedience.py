"""What follows from a battery's behaviour: it is told once more, then the owner is told (design 5.6)."""

from dataclasses import replace
from datetime import timedelta

from .memory import Memory
from .obedience import (
    RESTORE_WATCHED_FOR,
    TOLD_AGAIN_AFTER_HOLD,
    TOLD_AGAIN_AFTER_RESTORE,
    Verdict,
    buys_after_restore,
    drains_in_hold,
    reach_verdict,
)
from .phases import Claim, Holding, Idle, Overridden, Phase, RepeatingRestore
from .situation import Situation

CLEARED_AFTER = timedelta(minutes=5)


def patience_in(phase: Phase) -> timedelta:
    """How long the opposite is watched before the battery is told once more."""
    return TOLD_AGAIN_AFTER_HOLD if isinstance(phase, Holding) else TOLD_AGAIN_AFTER_RESTORE


def judge_behaviour(memory: Memory, situation: Situation) -> Memory:
    """Judge the battery by what it does. To tell it again, the value that stands is opened, so that it is sent anew."""
    found = _verdict(memory, situation)
    if found is None:
        return _drop_complaint(memory, situation)
    goes_on = memory.senses.not_obeying and not _is_cleared(memory, situation, found)
    not_obeying = found.report or _has_snapped(memory) or goes_on
    senses = replace(memory.senses, disobedience=found.disobedience, not_obeying=not_obeying)
    memory = replace(memory, senses=senses)
    if not found.nudge:
        return memory
    claim, standing = memory.claim, situation.reading.value
    if claim is not None and claim.attempt is not None:
        return memory.with_claim(replace(claim, attempt=replace(claim.attempt, confirmed_at=None)))
    if standing is None:
        return memory
    claim = Claim(found=standing, baseline=standing, proven=True)
    return replace(memory, phase=RepeatingRestore(claim, since=situation.now))


def _drop_complaint(memory: Memory, situation: Situation) -> Memory:
    """Forget a complaint that nothing can prove or disprove any more: no hold, and no restore that is watched."""
    over = isinstance(memory.phase, Idle | Overridden) and not _watches_restore(memory, situation)
    if not (over and memory.senses.not_obeying):
        return memory
    return replace(memory, senses=replace(memory.senses, not_obeying=False, disobedience=None))


def _has_snapped(memory: Memory) -> bool:
    return memory.attempt is not None and memory.attempt.snapped


def _is_cleared(memory: Memory, situation: Situation, found: Verdict) -> bool:
    """Whether an earlier complaint is over: a value stood for a while and the battery did what it says."""
    if found.disobedience is not None:
        return False
    if isinstance(memory.phase, Holding):
        confirmed_at = memory.attempt.confirmed_at if memory.attempt else None
        return confirmed_at is not None and situation.now - confirmed_at >= CLEARED_AFTER
    return True


def _verdict(memory: Memory, situation: Situation) -> Verdict | None:
    """Reach the verdict on this look, or ``None`` where there is nothing to judge."""
    battery, standing = situation.battery, situation.reading.value
    level_pct = battery.level.value if battery.level.is_fresh(situation.now) else None
    attempt = memory.attempt
    if battery.block is not None or (attempt is not None and attempt.in_flight):
        return None
    disobedience = memory.senses.disobedience
    is_holding = isinstance(memory.phase, Holding)
    if is_holding and attempt is not None and (standing == attempt.value or attempt.snapped):
        disobeys = drains_in_hold(level_pct, standing, battery.battery_w)
        return reach_verdict(disobedience, situation.now, TOLD_AGAIN_AFTER_HOLD, disobeys=disobeys)
    if _watches_restore(memory, situation):
        disobeys = buys_after_restore(level_pct, standing, battery.battery_w, battery.grid_w)
        return reach_verdict(disobedience, situation.now, TOLD_AGAIN_AFTER_RESTORE, disobeys=disobeys)
    return None


def _watches_restore(memory: Memory, situation: Situation) -> bool:
    restored_at = memory.senses.restored_at
    if (
        not isinstance(memory.phase, Idle)
        or restored_at is None
        or situation.battery.backup_mode
        or situation.settings.dry_run
    ):
        return False
    return situation.now - restored_at <= RESTORE_WATCHED_FOR
