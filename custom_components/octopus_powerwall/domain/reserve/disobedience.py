"""What follows from a battery's behaviour: it is told once more, then the owner is told (design 5.6)."""

from dataclasses import replace
from datetime import datetime, timedelta

from ..settings import Intent
from .memory import Memory
from .obedience import (
    PATIENCE_WITH_BUYING,
    PATIENCE_WITH_DRAIN,
    PATIENCE_WITH_NOT_CHARGING,
    PATIENCE_WITH_STANDING_STILL,
    REPORTED_AFTER,
    RESTORE_WATCHED_FOR,
    TIME_BASED_LAG,
    Behaviour,
    Verdict,
    buys_above_reserve,
    does_not_charge,
    drains_in_hold,
    reach_verdict,
    stands_still_above_reserve,
)
from .phases import Claim, Holding, Idle, Overridden, RepeatingRestore, TooLong
from .situation import OperationMode, Situation
from .writing import shows

CLEARED_AFTER = timedelta(minutes=5)


def judge_behaviour(memory: Memory, situation: Situation) -> Memory:
    """Judge the battery by what it does. To tell it again, the value that stands is opened, so that it is sent anew."""
    found = _verdict(memory, situation)
    if found is None:
        return _drop_complaint(memory, situation)
    goes_on = memory.senses.not_obeying and not _is_cleared(memory, situation, found)
    not_obeying = found.report or _has_snapped(memory) or goes_on
    senses = replace(memory.senses, disobedience=found.disobedience, not_obeying=not_obeying)
    memory = replace(memory, senses=senses)
    claim, standing = memory.claim, situation.reading.value
    if not found.nudge or standing is None:
        return memory
    if claim is not None and claim.attempt is not None:
        return memory.with_claim(replace(claim, attempt=replace(claim.attempt, confirmed_at=None)))
    claim = Claim(found=standing, baseline=standing, raise_seen=True)
    return replace(memory, phase=RepeatingRestore(claim, since=situation.now))


def _drop_complaint(memory: Memory, situation: Situation) -> Memory:
    """Forget a complaint that nothing can prove or disprove any more: no hold, and no restore that is watched."""
    over = isinstance(memory.phase, Idle | Overridden | TooLong) and not _watches_restore(memory, situation)
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
    attempt = memory.attempt
    is_blind = battery.block is not None or memory.senses.slept_until is not None
    if is_blind or (attempt is not None and attempt.in_flight):
        return None
    level_pct = battery.level.value if battery.level.is_fresh(situation.now) else None
    behaviour = Behaviour(level_pct, standing, battery.battery_w, battery.grid_w, battery.solar_w)
    told = memory.senses.disobedience
    if told is not None and told.reported and not behaviour.is_known:
        # A complaint is not over because nothing is read.
        return None
    if isinstance(memory.phase, Holding):
        is_standing = attempt is not None and (shows(attempt, situation.reading, situation.limits) or attempt.snapped)
        if attempt is None or not is_standing:
            return None
        patience = _patience_in_hold(behaviour, situation)
        return _reach(memory, situation, patience, acts_from=attempt.sent_at)
    restored_at = memory.senses.restored_at
    if _watches_restore(memory, situation) and restored_at is not None:
        return _reach(memory, situation, _patience_after_restore(behaviour, situation), acts_from=restored_at)
    return None


def _reach(memory: Memory, situation: Situation, patience: timedelta | None, *, acts_from: datetime) -> Verdict:
    """Judge the behaviour of now; ``patience`` is how long it may last, ``None`` where it is as it should be."""
    disobedience = memory.senses.disobedience
    is_slow = situation.battery.mode is OperationMode.TIME_BASED and situation.now - acts_from < TIME_BASED_LAG
    if is_slow and (disobedience is None or disobedience.nudged_at is None):
        return Verdict(None)
    return reach_verdict(disobedience, situation.now, patience or REPORTED_AFTER, disobeys=patience is not None)


def _patience_in_hold(behaviour: Behaviour, situation: Situation) -> timedelta | None:
    if drains_in_hold(behaviour):
        return PATIENCE_WITH_DRAIN
    if situation.demand.intent is Intent.PRESERVE:
        buys = buys_above_reserve(behaviour, margin_pct=0) and not _may_buy(situation)
        return PATIENCE_WITH_BUYING if buys else None
    return PATIENCE_WITH_NOT_CHARGING if does_not_charge(behaviour) else None


def _patience_after_restore(behaviour: Behaviour, situation: Situation) -> timedelta | None:
    if buys_above_reserve(behaviour, margin_pct=1) and not _may_buy(situation):
        return PATIENCE_WITH_BUYING
    is_self_powered = situation.battery.mode is OperationMode.SELF_POWERED
    return PATIENCE_WITH_STANDING_STILL if is_self_powered and stands_still_above_reserve(behaviour) else None


def _may_buy(situation: Situation) -> bool:
    """Whether it may fill itself of its own accord: all but a self-powered one does in the tariff's cheap hours."""
    return situation.demand.cheap_hours and situation.battery.mode is not OperationMode.SELF_POWERED


def _watches_restore(memory: Memory, situation: Situation) -> bool:
    """Whether what it does may still be judged by the last restore; a complaint stands until it does as it is told."""
    restored_at = memory.senses.restored_at
    if not isinstance(memory.phase, Idle) or restored_at is None:
        return False
    if situation.battery.backup_mode or situation.settings.dry_run:
        return False
    told = memory.senses.disobedience
    if memory.senses.not_obeying and told is not None and told.reported:
        return True
    lag = TIME_BASED_LAG if situation.battery.mode is OperationMode.TIME_BASED else timedelta(0)
    return situation.now - restored_at <= RESTORE_WATCHED_FOR + lag
