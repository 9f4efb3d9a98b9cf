"""How a hold moves from one phase to the next (design 5)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from .memory import SLOTLESS_FOR, WATCHED_FOR, Memory, Observations, SettledBaseline, release_by_owner
from .phases import (
    PUTTING_BACK,
    Claim,
    HandsOff,
    Holding,
    Idle,
    Overridden,
    PuttingBack,
    RepeatingRestore,
    Restoring,
    TooLong,
    UndoingLateLanding,
    hands_off_of,
)
from .situation import Activity, Situation, Step
from .write_decision import find_obstacle_to_start

# Slots may keep the reserve raised this long in one piece (design 3.10).
LONGEST_HOLD = timedelta(hours=24)


def change_phase(memory: Memory, situation: Situation) -> Step:
    """Move through the phases as far as this instant allows."""
    activities: tuple[Activity, ...] = ()
    memory = _follow_usual_reserve(memory, situation)
    hands_off = hands_off_of(memory.phase)
    if hands_off is not None:
        memory = _follow_hands_off(memory, hands_off, situation)
    if isinstance(memory.phase, Holding) and _is_hold_over(memory.phase, situation):
        memory = _end_hold(memory, memory.phase, situation)
    if isinstance(memory.phase, PUTTING_BACK) and is_put_back(memory.phase):
        memory, activities = _finish_restore(memory, memory.phase, situation), (Activity.RESERVE_RESTORED,)
    return _begin_or_continue(memory, situation), activities


def _begin_or_continue(memory: Memory, situation: Situation) -> Memory:
    may_begin = situation.may_begin and find_obstacle_to_start(memory, situation) is None
    match memory.phase:
        case Idle():
            found = situation.reading.value
            return _start_hold(memory, found, situation) if may_begin and found is not None else memory
        case Restoring(too_long=False) | RepeatingRestore() | UndoingLateLanding(then=None) as phase:
            # What may be the owner's hand is looked at again first: what is held anew forgets that it was read.
            if may_begin and not situation.settings.dry_run and memory.senses.foreign is None:
                return _resume_hold(memory, phase, situation)
            return memory
        case Holding() as phase:
            return _continue_hold(memory, phase, situation)
        case Restoring() | Overridden() | TooLong() | UndoingLateLanding():
            return memory
        case _ as unknown:
            assert_never(unknown)


def _follow_usual_reserve(memory: Memory, situation: Situation) -> Memory:
    """Put back the usual reserve that the owner has given since, or no longer gives (design 5.1)."""
    if not isinstance(memory.phase, Holding | Restoring):
        return memory
    claim = memory.phase.claim
    baseline = _baseline(claim.found, situation)
    return memory if baseline == claim.baseline else memory.with_claim(replace(claim, baseline=baseline))


def _baseline(found: int, situation: Situation) -> int:
    usual = situation.settings.usual_reserve
    return usual if usual is not None and situation.limits.accepts(usual) else found


def _is_hold_over(phase: Holding, situation: Situation) -> bool:
    if not situation.due or (situation.settings.dry_run and phase.claim.written):
        return True
    return _is_too_long(phase, situation)


def _is_too_long(phase: Holding, situation: Situation) -> bool:
    since = phase.claim.raised_since
    return situation.demand.in_slot and since is not None and situation.now - since >= LONGEST_HOLD


def _continue_hold(memory: Memory, phase: Holding, situation: Situation) -> Memory:
    ends_at = situation.demand.hold.end if situation.demand.hold else phase.ends_at
    # It is the slot that has begun certain, and not the hold, which may go on to another slot.
    begun_certain = situation.demand.in_slot and (phase.begun_certain or situation.demand.slot_certain)
    if ends_at == phase.ends_at and begun_certain == phase.begun_certain:
        return memory
    return replace(memory, phase=replace(phase, ends_at=ends_at, begun_certain=begun_certain))


def _follow_hands_off(memory: Memory, hands_off: HandsOff, situation: Situation) -> Memory:
    """Follow an override, or the pause after a day of slots, to its end (design 3.10, 5.5)."""
    slot_seen_at = max(hands_off.slot_seen_at, situation.slot_seen_at)
    if isinstance(hands_off, Overridden) and hands_off.doubt is not None:
        return _with_slot_seen(memory, hands_off, slot_seen_at)
    ended = not isinstance(hands_off, Overridden) or situation.now >= hands_off.ends_at
    if not situation.settings.automation or (ended and situation.now - slot_seen_at >= SLOTLESS_FOR):
        return release_by_owner(memory)
    return _with_slot_seen(memory, hands_off, slot_seen_at)


def _with_slot_seen(memory: Memory, hands_off: HandsOff, slot_seen_at: datetime) -> Memory:
    if slot_seen_at == hands_off.slot_seen_at:
        return memory
    hands_off = replace(hands_off, slot_seen_at=slot_seen_at)
    if isinstance(memory.phase, UndoingLateLanding):
        return replace(memory, phase=replace(memory.phase, then=hands_off))
    return replace(memory, phase=hands_off)


def _start_hold(memory: Memory, found: int, situation: Situation) -> Memory:
    call = memory.senses.call
    if call is not None and call.shown and situation.limits.is_reading_of(found, call.value):
        # What somebody has just asked for, without what a battery that rounds makes of it.
        found = call.value
    elif memory.settled is not None and memory.settled.shown == found:
        found = memory.settled.asked
    lagging = situation.reading.value if situation.reading.value != found else None
    return _hold(memory, Claim(found, _baseline(found, situation), lagging=lagging), situation)


def _resume_hold(memory: Memory, phase: PuttingBack, situation: Situation) -> Memory:
    """Hold again before the last restore was confirmed: its baseline is the only one that can be trusted."""
    return _hold(memory, replace(phase.claim, raise_seen=False), situation)


def _hold(memory: Memory, claim: Claim, situation: Situation) -> Memory:
    phase = Holding(
        claim,
        began_at=situation.now,
        ends_at=situation.demand.hold.end if situation.demand.hold else situation.now,
        begun_certain=situation.demand.slot_certain,
    )
    return replace(memory, phase=phase, senses=_renew(memory.senses))


def _renew(senses: Observations) -> Observations:
    return replace(senses, call=None, foreign=None, drift_since=None, disobedience=None, restored_at=None)


def _end_hold(memory: Memory, phase: Holding, situation: Situation) -> Memory:
    if not phase.claim.written:
        return replace(memory, phase=Idle())
    too_long = situation.due and _is_too_long(phase, situation)
    restoring = Restoring(phase.claim, since=situation.now, ends_at=phase.ends_at, too_long=too_long)
    return replace(memory, phase=restoring, senses=replace(memory.senses, disobedience=None))


def is_put_back(phase: PuttingBack) -> bool:
    """Whether the baseline stands."""
    attempt = phase.claim.attempt
    return attempt is not None and attempt.settled and attempt.value == phase.claim.baseline


def _settled(asked: int, shown: int | None, situation: Situation) -> SettledBaseline | None:
    """Return what the restore looks like where the battery rounds."""
    if shown is None or (shown == asked and not situation.limits.tolerance):
        return None
    return SettledBaseline(asked, shown, situation.now + WATCHED_FOR)


def _finish_restore(memory: Memory, phase: PuttingBack, situation: Situation) -> Memory:
    after = hands_off_of(phase) or Idle()
    if isinstance(phase, Restoring) and phase.too_long:
        after = TooLong(slot_seen_at=situation.slot_seen_at)
    restored_at = memory.senses.restored_at or situation.now
    asked, shown = phase.claim.baseline, situation.reading.value
    return replace(
        memory,
        phase=after,
        settled=_settled(asked, shown, situation),
        watch=memory.watch_over(phase.claim.baseline, situation.now),
        senses=replace(memory.senses, restored_at=restored_at, foreign=None, drift_since=None),
    )
