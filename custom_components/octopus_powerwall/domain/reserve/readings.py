"""What the reserve's reading means: proof of a write, drift, the owner's hand, a late landing (design 5.3 to 5.5)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from .memory import Foreign, Memory, Watch
from .phases import (
    Claim,
    Holding,
    Idle,
    Overridden,
    Phase,
    RepeatingRestore,
    Restoring,
    UndoingLateLanding,
)
from .situation import Activity, Situation, Step
from .target import trusted_level
from .writing import CONFIRMED_AFTER, Attempt, is_proven, resend_due

# Two reads of a 60-s poll lie some milliseconds less than a minute apart.
POLL_APART = timedelta(seconds=59)
CALL_REMEMBERED = timedelta(minutes=5)


def update_senses(memory: Memory, situation: Situation) -> Memory:
    """Keep the newest trusted level, and forget what is too old: service calls, and writes that may still land."""
    senses = memory.senses
    if memory.watch is not None and _is_watch_over(memory.watch, situation):
        memory = replace(memory, watch=None)
    level = trusted_level(situation.battery.level, senses.level, situation.now)
    call = senses.call if senses.call and situation.now - senses.call.at <= CALL_REMEMBERED else None
    if level == senses.level and call == senses.call:
        return memory
    return replace(memory, senses=replace(senses, level=level, call=call))


def _is_watch_over(watch: Watch, situation: Situation) -> bool:
    """Whether nothing has landed in time. A battery that could not be read then is looked at once more."""
    value = situation.reading.value
    return value is not None and situation.read_at >= watch.until and value not in watch.values


def interpret_reading(memory: Memory, situation: Situation) -> Step:
    """Take in the reserve's reading. While a write is under way a reading says nothing."""
    value = situation.reading.value
    if value is None or (memory.attempt is not None and memory.attempt.in_flight):
        return memory, ()
    match memory.phase:
        case Holding(claim) | Restoring(claim) | UndoingLateLanding(claim) | RepeatingRestore(claim):
            if not (claim.written or memory.watch) and situation.settings.dry_run:
                return memory, ()
            memory = _confirm(_adopt_landing(memory, claim, value), situation)
            return _check_for_owner(memory, situation, value)
        case Idle() | Overridden():
            return memory if memory.watch is None else _check_watch(memory, memory.watch, situation), ()
        case _ as unknown:
            assert_never(unknown)


def _adopt_landing(memory: Memory, claim: Claim, value: int) -> Memory:
    """Count a write of the hold before that lands in this one as this one's, to put it right."""
    if memory.watch is None or value not in memory.watch.values or value in claim.written:
        return memory
    return memory.with_claim(replace(claim, written=(value, *claim.written)))


def _confirm(memory: Memory, situation: Situation) -> Memory:
    claim, attempt = memory.claim, memory.attempt
    if claim is None or attempt is None:
        return memory
    if attempt.settled:
        return _check_drift(memory, claim, attempt, situation)
    if is_proven(attempt, situation.reading, situation.now, reports=situation.battery.reports):
        attempt = replace(attempt, confirmed_at=situation.now, snapped=False)
    elif _has_snapped(claim, attempt, situation):
        attempt = replace(attempt, confirmed_at=situation.now, snapped=True)
    else:
        return memory
    memory = replace(memory, senses=replace(memory.senses, drift_since=None))
    return memory.with_claim(replace(claim, attempt=attempt, proven=True))


def _has_snapped(claim: Claim, attempt: Attempt, situation: Situation) -> bool:
    """Whether the battery has made another value of it (facts/powerwall.md 3.2), and not only kept the old one."""
    value, reported_at = situation.reading.value, situation.reading.reported_at
    if value == attempt.value or value not in situation.limits.fallbacks((attempt.value,)):
        return False
    if attempt.returned_at is None or reported_at is None or reported_at < attempt.returned_at + CONFIRMED_AFTER:
        return False
    earlier = [written for written in claim.written if written != attempt.value]
    before = earlier[-1] if earlier else claim.found
    return before != value or resend_due(attempt, endless=False) is None


def _check_drift(memory: Memory, claim: Claim, attempt: Attempt, situation: Situation) -> Memory:
    """See whether a confirmed value later reads as another of ours: a late landing, or Tesla's second thoughts."""
    value = situation.reading.value
    fallbacks = situation.limits.fallbacks((attempt.value,))
    expected = {attempt.value, *fallbacks} if attempt.snapped else {attempt.value}
    since = memory.senses.drift_since
    if value in expected or value not in memory.ours(situation.limits):
        return replace(memory, senses=replace(memory.senses, drift_since=None)) if since else memory
    if value in fallbacks and value not in claim.written:
        return memory.with_claim(replace(claim, attempt=replace(attempt, snapped=True)))
    if since is None:
        return replace(memory, senses=replace(memory.senses, drift_since=situation.read_at))
    if situation.read_at - since < POLL_APART:
        return memory
    reopened = replace(attempt, first_at=situation.now, sent_at=situation.now, sent=1, confirmed_at=None, snapped=False)
    memory = replace(memory, senses=replace(memory.senses, drift_since=None))
    return memory.with_claim(replace(claim, attempt=reopened))


def _check_for_owner(memory: Memory, situation: Situation, value: int) -> Step:
    """See whether the reading is the owner's will (design 5.5)."""
    senses = memory.senses
    if _shows_call(memory, situation, value):
        return _hand_over(memory, situation, value)
    if value in memory.ours(situation.limits):
        return (replace(memory, senses=replace(senses, foreign=None)) if senses.foreign else memory), ()
    if senses.foreign is None:
        return replace(memory, senses=replace(senses, foreign=Foreign(value, situation.read_at))), ()
    if situation.read_at - senses.foreign.at >= POLL_APART:
        return _hand_over(memory, situation, value)
    return memory, ()


def _shows_call(memory: Memory, situation: Situation, value: int) -> bool:
    """Whether the reading shows what somebody else asked for through Home Assistant."""
    call, claim = memory.senses.call, memory.claim
    if call is None or situation.reading.reported_at is None or situation.reading.reported_at < call.at:
        return False
    standing = memory.target if memory.target is not None else claim.found if claim else None
    return value != standing and (value == call.value or value not in memory.ours(situation.limits))


def _hand_over(memory: Memory, situation: Situation, value: int) -> Step:
    """Leave the reserve to the owner."""
    watch = memory.watch_over(value, situation.now)
    senses = replace(memory.senses, foreign=None, call=None, drift_since=None, disobedience=None)
    ends = [_end_of(memory.phase), situation.demand.hold.end if situation.demand.hold else None]
    ends_at = max((end for end in ends if end is not None), default=situation.now)
    is_over = not isinstance(memory.phase, Holding) and ends_at <= situation.now
    if is_over and not situation.demand.slot_running:
        # There is nothing left to keep the hands off: the owner's value is simply the reserve now.
        return Memory(watch=watch, senses=senses), (Activity.OVERRIDDEN,)
    phase = Overridden(ends_at=ends_at, slot_seen_at=situation.slot_seen_at)
    return Memory(phase=phase, watch=watch, senses=senses), (Activity.OVERRIDDEN,)


def _end_of(phase: Phase) -> datetime | None:
    match phase:
        case Holding(ends_at=ends_at) | Restoring(ends_at=ends_at):
            return ends_at
        case UndoingLateLanding(override=Overridden(ends_at=ends_at)):
            return ends_at
        case _:
            return None


def _check_watch(memory: Memory, watch: Watch, situation: Situation) -> Memory:
    """See whether one of our values has landed after all, after what was put back or chosen since."""
    if situation.reading.value not in watch.values:
        return memory
    claim = Claim(found=watch.put_back, baseline=watch.put_back, written=watch.values, proven=True, uncertain=True)
    override = memory.phase if isinstance(memory.phase, Overridden) else None
    return Memory(phase=UndoingLateLanding(claim, situation.now, override), senses=memory.senses)
