"""What the reserve's reading means: proof of a write, drift, the owner's hand, a late landing (design 5.3 to 5.5)."""

from dataclasses import replace
from datetime import timedelta

from .memory import Foreign, Memory, Phase, Watch
from .situation import Activity, Situation, Step
from .target import HIGHEST_PARTIAL, trusted_level
from .writing import CONFIRMED_AFTER, Attempt, is_proven, resend_due

# Two reads of a 60-s poll lie some milliseconds less than a minute apart.
POLL_APART = timedelta(seconds=59)
CALL_REMEMBERED = timedelta(minutes=5)


def sensed(memory: Memory, situation: Situation) -> Memory:
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


def observed(memory: Memory, situation: Situation) -> Step:
    """Take in the reserve's reading. While a write is under way a reading says nothing."""
    value = situation.reading.value
    if value is None or (memory.attempt is not None and memory.attempt.in_flight):
        return memory, ()
    match memory.phase:
        case Phase.HOLDING | Phase.RESTORING if memory.written or memory.watch or not situation.settings.dry_run:
            return _owner_checked(_proven(_landed(memory, value), situation), situation, value)
        case Phase.IDLE | Phase.OVERRIDDEN if memory.watch is not None:
            return _watched(memory, memory.watch, situation), ()
    return memory, ()


def _landed(memory: Memory, value: int) -> Memory:
    """A write of the hold before that lands in this one is this one's to put right."""
    if memory.watch is None or value not in memory.watch.values or value in memory.written:
        return memory
    return replace(memory, written=(value, *memory.written))


def _proven(memory: Memory, situation: Situation) -> Memory:
    attempt = memory.attempt
    if attempt is None:
        return memory
    if not attempt.settled:
        if is_proven(attempt, situation.reading, situation.now, reports=situation.battery.reports):
            attempt = replace(attempt, confirmed_at=situation.now, snapped=False)
        elif _snapped(memory, attempt, situation):
            attempt = replace(attempt, confirmed_at=situation.now, snapped=True)
        else:
            return memory
        senses = replace(memory.senses, drift_since=None)
        return replace(memory, attempt=attempt, proven=True, senses=senses)
    return _drifted(memory, attempt, situation)


def _snapped(memory: Memory, attempt: Attempt, situation: Situation) -> bool:
    """Whether Tesla has made 80 of it (facts/powerwall.md 3.2). 80 may also be the old value, not yet replaced."""
    if attempt.value <= HIGHEST_PARTIAL or situation.reading.value != HIGHEST_PARTIAL or attempt.returned_at is None:
        return False
    if situation.reading.reported_at is None or situation.reading.reported_at < attempt.returned_at + CONFIRMED_AFTER:
        return False
    earlier = [value for value in memory.written if value != attempt.value]
    before = earlier[-1] if earlier else memory.found
    return before != HIGHEST_PARTIAL or resend_due(attempt, endless=False) is None


def _drifted(memory: Memory, attempt: Attempt, situation: Situation) -> Memory:
    """A confirmed value that later reads as another of ours: a late landing, or Tesla's second thoughts about 100."""
    value = situation.reading.value
    expected = {attempt.value, HIGHEST_PARTIAL} if attempt.snapped else {attempt.value}
    if value in expected or value not in memory.ours():
        return replace(memory, senses=replace(memory.senses, drift_since=None)) if memory.senses.drift_since else memory
    if attempt.value > HIGHEST_PARTIAL and value == HIGHEST_PARTIAL and HIGHEST_PARTIAL not in memory.written:
        return replace(memory, attempt=replace(attempt, snapped=True))
    since = memory.senses.drift_since
    if since is None:
        return replace(memory, senses=replace(memory.senses, drift_since=situation.read_at))
    if situation.read_at - since < POLL_APART:
        return memory
    reopened = replace(attempt, first_at=situation.now, sent_at=situation.now, sent=1, confirmed_at=None, snapped=False)
    return replace(memory, attempt=reopened, senses=replace(memory.senses, drift_since=None))


def _owner_checked(memory: Memory, situation: Situation, value: int) -> Step:
    """Whether the reading is the owner's will (design 5.5)."""
    senses = memory.senses
    if _is_call_seen(memory, situation, value):
        return _overridden(memory, situation, value)
    if value in memory.ours():
        return (replace(memory, senses=replace(senses, foreign=None)) if senses.foreign else memory), ()
    if senses.foreign is None:
        return replace(memory, senses=replace(senses, foreign=Foreign(value, situation.read_at))), ()
    if situation.read_at - senses.foreign.at >= POLL_APART:
        return _overridden(memory, situation, value)
    return memory, ()


def _is_call_seen(memory: Memory, situation: Situation, value: int) -> bool:
    """Whether a reading shows what somebody else asked for through Home Assistant."""
    call = memory.senses.call
    if call is None or situation.reading.reported_at is None or situation.reading.reported_at < call.at:
        return False
    standing = memory.target if memory.target is not None else memory.found
    return value != standing and (value == call.value or value not in memory.ours())


def _overridden(memory: Memory, situation: Situation, value: int) -> Step:
    watch = memory.watch_over(value, situation.now)
    senses = replace(memory.senses, foreign=None, call=None, drift_since=None, disobedience=None)
    ends = [memory.ends_at, situation.demand.hold.end if situation.demand.hold else None]
    ends_at = max((end for end in ends if end is not None), default=situation.now)
    if memory.phase is Phase.RESTORING and ends_at <= situation.now and not situation.demand.slot_running:
        # The hold is over: there is nothing left to keep the hands off, the owner's value is simply the reserve now.
        return Memory(watch=watch, senses=senses), (Activity.OVERRIDDEN,)
    return (
        Memory(
            phase=Phase.OVERRIDDEN,
            began_at=memory.began_at,
            ends_at=ends_at,
            slot_seen_at=situation.slot_seen_at,
            watch=watch,
            senses=senses,
        ),
        (Activity.OVERRIDDEN,),
    )


def _watched(memory: Memory, watch: Watch, situation: Situation) -> Memory:
    """Whether one of our values has landed after all, behind the back of what was put back or chosen since."""
    if situation.reading.value not in watch.values:
        return memory
    return Memory(
        phase=Phase.RESTORING,
        began_at=memory.began_at,
        ends_at=memory.ends_at,
        slot_seen_at=memory.slot_seen_at,
        found=watch.put_back,
        baseline=watch.put_back,
        written=watch.values,
        proven=True,
        uncertain=True,
        restoring_since=situation.now,
        senses=memory.senses,
    )
