"""Told once more, then reported: what follows from a battery's behaviour (design 5.6)."""

from dataclasses import replace
from datetime import timedelta

from .memory import Memory, Phase
from .obedience import (
    RESTORE_WATCHED_FOR,
    TOLD_AGAIN_AFTER_HOLD,
    TOLD_AGAIN_AFTER_RESTORE,
    Verdict,
    buys_after_restore,
    drains_in_hold,
    verdict,
)
from .situation import Situation

CLEARED_AFTER = timedelta(minutes=5)


def told_again_after(phase: Phase) -> timedelta:
    """How long the opposite is watched before the battery is told once more."""
    return TOLD_AGAIN_AFTER_HOLD if phase is Phase.HOLDING else TOLD_AGAIN_AFTER_RESTORE


def judged(memory: Memory, situation: Situation) -> Memory:
    """Judge the battery by what it does. A nudge reopens the value that stands, so that it is sent once more."""
    found = _verdict(memory, situation)
    if found is None:
        return _let_go(memory, situation)
    not_obeying = (
        found.report or _is_snapped(memory) or (memory.senses.not_obeying and not _is_cleared(memory, situation, found))
    )
    senses = replace(memory.senses, disobedience=found.disobedience, not_obeying=not_obeying)
    memory = replace(memory, senses=senses)
    if not found.nudge:
        return memory
    if memory.phase is Phase.HOLDING and memory.attempt is not None:
        return replace(memory, attempt=replace(memory.attempt, confirmed_at=None))
    standing = situation.reading.value
    return Memory(
        phase=Phase.RESTORING,
        found=standing,
        baseline=standing,
        proven=True,
        restoring_since=situation.now,
        watch=memory.watch,
        senses=memory.senses,
    )


def _let_go(memory: Memory, situation: Situation) -> Memory:
    """Forget a complaint that nothing can prove or disprove any more: no hold, and no restore that is watched."""
    over = memory.phase in (Phase.IDLE, Phase.OVERRIDDEN) and not _watches_restore(memory, situation)
    if not (over and memory.senses.not_obeying):
        return memory
    return replace(memory, senses=replace(memory.senses, not_obeying=False, disobedience=None))


def _is_snapped(memory: Memory) -> bool:
    return memory.attempt is not None and memory.attempt.snapped


def _is_cleared(memory: Memory, situation: Situation, found: Verdict) -> bool:
    """Whether an earlier complaint is over: a value stood for a while and the battery did what it says."""
    if found.disobedience is not None:
        return False
    if memory.phase is Phase.HOLDING:
        confirmed_at = memory.attempt.confirmed_at if memory.attempt else None
        return confirmed_at is not None and situation.now - confirmed_at >= CLEARED_AFTER
    return True


def _verdict(memory: Memory, situation: Situation) -> Verdict | None:
    """The verdict on this look, or ``None`` where there is nothing to judge."""
    battery, standing = situation.battery, situation.reading.value
    level_pct = battery.level.value if battery.level.is_fresh(situation.now) else None
    attempt = memory.attempt
    if battery.block is not None or (attempt is not None and attempt.in_flight):
        return None
    disobedience = memory.senses.disobedience
    if memory.phase is Phase.HOLDING and attempt is not None and (standing == attempt.value or attempt.snapped):
        disobeys = drains_in_hold(level_pct, standing, battery.battery_w)
        return verdict(disobedience, situation.now, TOLD_AGAIN_AFTER_HOLD, disobeys=disobeys)
    if _watches_restore(memory, situation):
        disobeys = buys_after_restore(level_pct, standing, battery.battery_w, battery.grid_w)
        return verdict(disobedience, situation.now, TOLD_AGAIN_AFTER_RESTORE, disobeys=disobeys)
    return None


def _watches_restore(memory: Memory, situation: Situation) -> bool:
    restored_at = memory.senses.restored_at
    if (
        memory.phase is not Phase.IDLE
        or restored_at is None
        or situation.battery.backup_mode
        or situation.settings.dry_run
    ):
        return False
    return situation.now - restored_at <= RESTORE_WATCHED_FOR
