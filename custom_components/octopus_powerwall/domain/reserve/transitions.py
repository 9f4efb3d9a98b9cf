"""How a hold moves from one phase to the next (design 5)."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from .memory import SLOTLESS_FOR, Memory, Senses, release_by_owner
from .phases import (
    PUTTING_BACK,
    Claim,
    Holding,
    Idle,
    Overridden,
    PuttingBack,
    RepeatingRestore,
    Restoring,
    UndoingLateLanding,
    override_of,
)
from .situation import Activity, Situation, Step
from .write_decision import obstacle_to_start

CLOUD_LAG_S = 120


def change_phase(memory: Memory, situation: Situation) -> Step:
    """Move through the phases as far as this instant allows."""
    activities: tuple[Activity, ...] = ()
    override = override_of(memory.phase)
    if override is not None:
        memory = _follow_override(memory, override, situation)
    if isinstance(memory.phase, Holding) and _is_hold_over(memory, situation):
        memory = _end_hold(memory, memory.phase, situation)
    if isinstance(memory.phase, PUTTING_BACK) and is_put_back(memory.phase):
        memory, activities = _finish_restore(memory, memory.phase, situation), (Activity.RESERVE_RESTORED,)
    return _begin_or_continue(memory, situation), activities


def _begin_or_continue(memory: Memory, situation: Situation) -> Memory:
    may_begin = situation.may_begin and obstacle_to_start(situation) is None
    match memory.phase:
        case Idle():
            return _start_hold(memory, situation) if may_begin else memory
        case Restoring() | RepeatingRestore() | UndoingLateLanding(override=None) as phase:
            if may_begin and not situation.settings.dry_run:
                return _resume_hold(memory, phase, situation)
            return memory
        case Holding() as phase:
            return _continue_hold(memory, phase, situation)
        case Overridden() | UndoingLateLanding():
            return memory
        case _ as unknown:
            assert_never(unknown)


def _is_hold_over(memory: Memory, situation: Situation) -> bool:
    return not situation.due or (situation.settings.dry_run and memory.owns_reserve)


def _continue_hold(memory: Memory, phase: Holding, situation: Situation) -> Memory:
    ends_at = situation.demand.hold.end if situation.demand.hold else phase.ends_at
    # It is the slot that has begun certain, and not the hold, which may go on to another slot.
    begun_certain = situation.demand.in_slot and (phase.begun_certain or situation.demand.slot_certain)
    if ends_at == phase.ends_at and begun_certain == phase.begun_certain:
        return memory
    return replace(memory, phase=replace(phase, ends_at=ends_at, begun_certain=begun_certain))


def _follow_override(memory: Memory, override: Overridden, situation: Situation) -> Memory:
    """Follow an override to its end (design 5.5)."""
    slot_seen_at = max(override.slot_seen_at, situation.slot_seen_at)
    ended = situation.now >= override.ends_at
    if not situation.settings.automation or (ended and situation.now - slot_seen_at >= SLOTLESS_FOR):
        return release_by_owner(memory)
    if slot_seen_at == override.slot_seen_at:
        return memory
    override = replace(override, slot_seen_at=slot_seen_at)
    if isinstance(memory.phase, UndoingLateLanding):
        return replace(memory, phase=replace(memory.phase, override=override))
    return replace(memory, phase=override)


def _start_hold(memory: Memory, situation: Situation) -> Memory:
    found, call = situation.reading.value, memory.senses.call
    reported_at = situation.reading.reported_at
    if call is not None and (reported_at is None or (reported_at - call.at).total_seconds() < CLOUD_LAG_S):
        # Somebody has just asked for it, and a cloud that lags may show the old value once more.
        found = call.value
    if found is None:
        return memory
    usual = situation.settings.usual_reserve
    claim = Claim(found=found, baseline=found if usual is None else usual)
    return _held(memory, claim, situation)


def _resume_hold(memory: Memory, phase: PuttingBack, situation: Situation) -> Memory:
    """Hold again before the last restore was confirmed: its baseline is the only one that can be trusted."""
    return _held(memory, replace(phase.claim, found=phase.claim.baseline, proven=False), situation)


def _held(memory: Memory, claim: Claim, situation: Situation) -> Memory:
    phase = Holding(
        claim,
        began_at=situation.now,
        ends_at=situation.demand.hold.end if situation.demand.hold else situation.now,
        begun_certain=situation.demand.slot_certain,
    )
    return Memory(phase=phase, watch=memory.watch, senses=_renew(memory.senses))


def _renew(senses: Senses) -> Senses:
    return replace(senses, call=None, foreign=None, drift_since=None, disobedience=None, restored_at=None)


def _end_hold(memory: Memory, phase: Holding, situation: Situation) -> Memory:
    if not phase.claim.written:
        return replace(memory, phase=Idle())
    restoring = Restoring(phase.claim, since=situation.now, ends_at=phase.ends_at)
    return replace(memory, phase=restoring, senses=replace(memory.senses, disobedience=None))


def is_put_back(phase: PuttingBack) -> bool:
    """Whether the baseline stands."""
    attempt = phase.claim.attempt
    return attempt is not None and attempt.settled and attempt.value == phase.claim.baseline


def _finish_restore(memory: Memory, phase: PuttingBack, situation: Situation) -> Memory:
    restored_at: datetime = memory.senses.restored_at or situation.now
    return Memory(
        phase=override_of(phase) or Idle(),
        watch=memory.watch_over(phase.claim.baseline, situation.now),
        senses=replace(memory.senses, restored_at=restored_at, foreign=None, drift_since=None),
    )
