"""What the reserve's reading means: proof of a write, drift, the owner's hand, a late landing (design 5.3 to 5.5)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from .limits import FULL
from .memory import WATCHED_FOR, ForeignReserve, Memory, SettledBaseline, Watch, doubt_anew, repeat_call
from .phases import (
    PUTTING_BACK,
    Claim,
    DoubtfulCall,
    HandsOff,
    Holding,
    Idle,
    Overridden,
    Phase,
    RepeatingRestore,
    Restoring,
    TooLong,
    UndoingLateLanding,
)
from .situation import ANSWERED_WITHIN, Activity, Situation, Step
from .target import choose_level
from .writing import (
    AFTER_NO_EFFECT,
    UNCHANGED_AFTER,
    Attempt,
    find_resend_time,
    find_unseen_proof_start,
    is_proof,
    shows,
)

# Two reads of a 60-s poll lie some milliseconds less than a minute apart.
POLL_APART = timedelta(seconds=59)
CALL_REMEMBERED = timedelta(minutes=5)
# How long after somebody's call a reading of ours is only a cloud that lags; later the call was lost.
CALL_LANDS_WITHIN = timedelta(minutes=5)
# A reading that shows the call may be the old state told anew: ours is looked for this much longer.
CALL_WATCHED = (timedelta(minutes=10), timedelta(minutes=25), timedelta(minutes=55))
# A battery that has not answered by then leaves the call in force.
DOUBTED_FOR = timedelta(hours=6)
# Longer between two decisions than this, and the computer was asleep (design 5.15).
AWAKE = timedelta(minutes=10)
# A battery that does not answer when the computer wakes is taken as it is read after this.
WAKING = timedelta(minutes=5)
# How long an answer to the last question of a watch is waited for, and how much longer for a battery out of reach.
WATCH_ANSWERED = timedelta(seconds=60)
WATCH_OUT_OF_REACH = timedelta(hours=6)
# The farthest that a known scale of another battery lies from what was written: (pct - 5) / 0.95.
SCALE_OFF = 6


def update_senses(memory: Memory, situation: Situation) -> Memory:
    """Keep the newest trusted level, and forget what is too old: service calls, and writes that may still land."""
    senses, now = memory.senses, situation.now
    if memory.watch is not None and _is_watch_over(memory.watch, situation, memory.settled):
        memory = replace(memory, watch=None)
    call = senses.call if senses.call and now - senses.call.at <= CALL_REMEMBERED else None
    if call is not None and not call.shown and _is_shown(call, situation):
        call = replace(call, shown=True)
        memory = _adopt_newer_call(replace(memory, watch=_watch_after_call(memory.watch, call.value)), call)
    slept_until = senses.slept_until
    if senses.looked_at is not None and now - senses.looked_at > AWAKE:
        slept_until, memory = now, doubt_anew(memory, now)
    elif slept_until is not None and _is_awake(slept_until, situation, senses.asked_at):
        slept_until = None
    if isinstance(memory.phase, Overridden) and _is_doubt_over(memory.phase.doubt, now):
        memory = replace(memory, phase=replace(memory.phase, doubt=None))
    is_readable = situation.reading.value is not None
    renewed = replace(
        senses,
        readable_since=(senses.readable_since or now) if is_readable else None,
        level=choose_level(situation.battery.level, senses.level, now),
        call=call,
        looked_at=now,
        slept_until=slept_until,
    )
    return memory if renewed == senses else replace(memory, senses=renewed)


def _is_doubt_over(doubt: DoubtfulCall | None, now: datetime) -> bool:
    return doubt is not None and now - doubt.at >= DOUBTED_FOR


def _is_shown(call: ForeignReserve, situation: Situation) -> bool:
    """Whether a reading since somebody's call shows what was asked for: a call that was refused shows nothing."""
    reported_at = situation.reading.reported_at
    return _reads(situation, call.value) and reported_at is not None and reported_at >= call.at


def _reads(situation: Situation, value: int) -> bool:
    reading = situation.reading.value
    return reading is not None and situation.limits.is_reading_of(reading, value)


def _stands(situation: Situation, value: int) -> bool:
    """Whether a reading shows a value that was asked for, or what the battery makes of it where it does not take it."""
    return _reads(situation, value) or situation.reading.value in situation.limits.fallbacks((value,))


def _watch_after_call(watch: Watch | None, value: int) -> Watch | None:
    """Take over a newer will of the owner: it is what a late landing has to be undone to, and never undone itself."""
    if watch is None or value in watch.values:
        return None
    return replace(watch, put_back=value)


def _adopt_newer_call(memory: Memory, call: ForeignReserve) -> Memory:
    """Take a newer call of the owner's for the one that is in doubt."""
    if not isinstance(memory.phase, Overridden) or memory.phase.doubt is None:
        return memory
    doubt = replace(memory.phase.doubt, value=call.value, at=call.at)
    return replace(memory, phase=replace(memory.phase, doubt=doubt))


def _is_awake(slept_until: datetime, situation: Situation, asked_at: datetime | None) -> bool:
    """Whether the battery has been read anew since the computer slept."""
    return is_answered(situation, slept_until, asked_at) or situation.now - slept_until >= WAKING


def _is_watch_over(watch: Watch, situation: Situation, settled: SettledBaseline | None) -> bool:
    """Whether nothing has landed in time. A battery out of reach at the end is looked at once more when it is back."""
    value, now = situation.reading.value, situation.now
    if value is None:
        return now >= watch.until + WATCH_OUT_OF_REACH
    if _has_landed(watch, situation, settled):
        return False
    return situation.reading.answers_since(watch.until) or now >= watch.until + WATCH_ANSWERED


def interpret_reading(memory: Memory, situation: Situation) -> Step:
    """Take in the reserve's reading. While a write is under way, or just after a sleep, a reading says nothing."""
    value = situation.reading.value
    if value is None or memory.senses.slept_until is not None:
        return memory, ()
    if memory.attempt is not None and memory.attempt.in_flight:
        return memory, ()
    match memory.phase:
        case Holding(claim) | Restoring(claim) | UndoingLateLanding(claim) | RepeatingRestore(claim):
            if not (claim.written or memory.watch) and situation.settings.dry_run:
                return memory, ()
            memory = _note_echo(_adopt_landing(memory, claim, value), situation, value)
            return _check_for_owner(_confirm(memory, situation), situation, value)
        case Overridden(doubt=DoubtfulCall() as doubt) as phase:
            if memory.watch is not None and _has_landed(memory.watch, situation, memory.settled):
                return _undo_landing(memory, memory.watch, situation, replace(phase, doubt=None)), ()
            return _settle_doubt(memory, phase, doubt, situation), ()
        case Idle() | Overridden() | TooLong():
            memory = _follow_settled(memory, situation, value)
            return memory if memory.watch is None else _check_watch(memory, memory.watch, situation), ()
        case _ as unknown:
            assert_never(unknown)


def _follow_settled(memory: Memory, situation: Situation, value: int) -> Memory:
    """Note what a battery that scales makes of a baseline, where that shows itself only after it was taken to stand."""
    settled = memory.settled
    if settled is None or settled.open_until is None or situation.now > settled.open_until:
        return memory
    is_near = abs(value - settled.asked) <= SCALE_OFF
    if not situation.limits.tolerance or memory.senses.call is not None or not is_near or value == settled.shown:
        return memory
    return replace(memory, settled=replace(settled, shown=value))


def _adopt_landing(memory: Memory, claim: Claim, value: int) -> Memory:
    """Count a write of the hold before that lands in this one as this one's, to put it right."""
    if memory.watch is None or value not in memory.watch.values or value in claim.written:
        return memory
    return memory.with_claim(replace(claim, written=(value, *claim.written)))


def _note_echo(memory: Memory, situation: Situation, value: int) -> Memory:
    """Note what a battery that scales has made of a value: else its own scale would pass for the owner's will.

    Only of batteries whose rounding is not known exactly, and not where somebody else has asked for a value.
    """
    claim, attempt = memory.claim, memory.attempt
    if not situation.limits.tolerance or claim is None or attempt is None or attempt.returned_at is None:
        return memory
    if memory.senses.call is not None or memory.is_ours(value, situation.limits):
        return memory
    if _may_be_echo(memory, attempt, attempt.returned_at, situation, value):
        attempt = replace(attempt, echoed=True)
    elif not _may_be_earlier(claim, attempt, situation.now, value):
        return memory
    return memory.with_claim(replace(claim, attempt=attempt, echoes=(*claim.echoes, value)))


def _may_be_echo(memory: Memory, attempt: Attempt, returned_at: datetime, situation: Situation, value: int) -> bool:
    """Whether a reading can be the battery's own scale: any within a minute and a half of the call.

    As near as a scale lies, also the first that differs, while the call may still land, and the first ones of a battery
    that was out of reach and is back.
    """
    now, back_at = situation.now, memory.senses.readable_since
    if situation.read_at >= returned_at and now - returned_at <= UNCHANGED_AFTER:
        return True
    if attempt.settled or abs(value - attempt.value) > SCALE_OFF:
        return False
    if back_at is not None and back_at > returned_at and now - back_at <= UNCHANGED_AFTER:
        return True
    return not attempt.echoed and now - returned_at <= WATCHED_FOR


def _may_be_earlier(claim: Claim, attempt: Attempt, now: datetime, value: int) -> bool:
    """Whether a reading lies as near as a scale to a value that was sent before the newest, and may land after it."""
    earlier = (own for own in claim.written if own != attempt.value)
    may_land = claim.uncertain and now - attempt.first_at <= WATCHED_FOR
    return may_land and any(abs(value - own) <= SCALE_OFF for own in earlier)


def _is_echo_of(claim: Claim, value: int, situation: Situation) -> bool:
    """Whether what is read is known to be the battery's own scale, and of this value: one of another does not stand.

    It is of the value next to it, and of every one that is as near as a scale lies.
    """
    shown = situation.reading.value
    if shown is None or shown not in claim.echoes:
        return False
    next_to = min(abs(shown - own) for own in (*claim.written, claim.found, claim.baseline))
    return abs(shown - value) <= max(next_to, SCALE_OFF)


def _has_settled_elsewhere(claim: Claim, attempt: Attempt, situation: Situation) -> bool:
    """Whether a restore stands as the battery's scale shows it: the first tries have all brought the same (design 5.4).

    What is nearer to a value of the hold has not settled: then it may be the raise that still stands.
    """
    shown = situation.reading.value
    if shown is None or attempt.sent <= len(AFTER_NO_EFFECT) or attempt.failed:
        return False
    off = abs(shown - claim.baseline)
    is_next_to = all(off < abs(shown - own) for own in claim.written if own != claim.baseline)
    return is_next_to and off <= SCALE_OFF and _is_echo_of(claim, claim.baseline, situation)


def _confirm(memory: Memory, situation: Situation) -> Memory:
    claim, attempt = memory.claim, memory.attempt
    if claim is None or attempt is None:
        return memory
    if attempt.settled:
        return _check_drift(memory, claim, attempt, situation)
    if not is_proof(attempt, situation.reading, situation.now, reports=situation.battery.reports):
        return memory
    is_last = isinstance(memory.phase, PUTTING_BACK) and attempt.value == claim.baseline
    if is_last or claim.puts_back(attempt.value):
        return _confirm_restore(memory, claim, attempt, situation)
    if shows(attempt, situation.reading, situation.limits) or _is_echo_of(claim, attempt.value, situation):
        attempt = replace(attempt, confirmed_at=situation.now, snapped=False)
    elif _has_snapped(claim, attempt, situation):
        attempt = replace(attempt, confirmed_at=situation.now, snapped=True)
    else:
        return memory
    moves = situation.reading.value not in (claim.found, claim.baseline)
    memory = replace(memory, senses=replace(memory.senses, drift_since=None))
    return memory.with_claim(replace(claim, attempt=attempt, raise_seen=claim.raise_seen or moves))


def _confirm_restore(memory: Memory, claim: Claim, attempt: Attempt, situation: Situation) -> Memory:
    """Confirm a restore. One that no call has taken is never proven, and the old value alone is no proof of one."""
    snapped = _has_snapped(claim, attempt, situation)
    stands = snapped or shows(attempt, situation.reading, situation.limits)
    if attempt.accepted_at is None or not (stands or _has_settled_elsewhere(claim, attempt, situation)):
        return memory
    if not claim.raise_seen:
        due = find_unseen_proof_start(attempt)
        answered = due is not None and situation.reading.answers_since(due)
        silent = due is not None and not situation.battery.reports and situation.now >= due
        if not (answered or silent):
            return memory
    attempt = replace(attempt, confirmed_at=situation.now, snapped=snapped)
    memory = replace(memory, senses=replace(memory.senses, drift_since=None))
    return memory.with_claim(replace(claim, attempt=attempt))


def _has_snapped(claim: Claim, attempt: Attempt, situation: Situation) -> bool:
    """Whether the battery has made another value of it (facts/powerwall.md 3.2), and not only kept the old one."""
    value = situation.reading.value
    if value == attempt.value or value not in situation.limits.fallbacks((attempt.value,)):
        return False
    earlier = [written for written in claim.written if written != attempt.value]
    before = earlier[-1] if earlier else claim.found
    return before != value or find_resend_time(attempt, endless=False) is None


def _check_drift(memory: Memory, claim: Claim, attempt: Attempt, situation: Situation) -> Memory:
    """See whether a confirmed value later reads as another of ours: a late landing, or one that Tesla has changed."""
    value, limits = situation.reading.value, situation.limits
    fallbacks = limits.fallbacks((attempt.value,))
    since = memory.senses.drift_since
    stands = shows(attempt, situation.reading, limits) or _is_echo_of(claim, attempt.value, situation)
    if stands or (attempt.snapped and value in fallbacks) or value is None or not memory.is_ours(value, limits):
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
    if senses.call is not None and _shows_call(memory, senses.call, situation, value):
        return _hand_over(memory, situation, value, senses.call)
    if memory.is_ours(value, situation.limits):
        return (replace(memory, senses=replace(senses, foreign=None)) if senses.foreign else memory), ()
    if senses.foreign is None:
        return replace(memory, senses=replace(senses, foreign=ForeignReserve(value, situation.read_at))), ()
    if situation.read_at - senses.foreign.at >= POLL_APART:
        return _hand_over(memory, situation, value)
    return memory, ()


def _shows_call(memory: Memory, call: ForeignReserve, situation: Situation, value: int) -> bool:
    """Whether the reading shows what somebody else asked for through Home Assistant."""
    claim = memory.claim
    if situation.reading.reported_at is None or situation.reading.reported_at < call.at:
        return False
    standing = memory.target if memory.target is not None else claim.found if claim else None
    return value != standing and (value == call.value or not memory.is_ours(value, situation.limits))


def _hand_over(memory: Memory, situation: Situation, value: int, call: ForeignReserve | None = None) -> Step:
    """Leave the reserve to the owner; after a call of theirs with a doubt whether it comes to anything."""
    watch, claim = memory.watch_over(value, situation.now), memory.claim
    doubt = None
    if call is not None and claim is not None and claim.written:
        doubt = DoubtfulCall(claim, call.value, call.at)
    senses = replace(memory.senses, foreign=None, call=None, drift_since=None, disobedience=None)
    ends = [_end_of(memory.phase), situation.demand.hold.end if situation.demand.hold else None]
    ends_at = max((end for end in ends if end is not None), default=situation.now)
    is_over = not isinstance(memory.phase, Holding) and ends_at <= situation.now
    # Once the hold is over there is nothing to keep the hands off: the owner's value is simply the reserve now.
    phase: Phase = Overridden(ends_at=ends_at, slot_seen_at=situation.slot_seen_at, doubt=doubt)
    if is_over and not situation.demand.slot_running and doubt is None:
        phase = Idle()
    # What the last restore looks like is not what the owner has set since, though it may look the same.
    settled = None if doubt is None else memory.settled
    return replace(memory, phase=phase, watch=watch, senses=senses, settled=settled), (Activity.OVERRIDDEN,)


def _settle_doubt(memory: Memory, phase: Overridden, doubt: DoubtfulCall, situation: Situation) -> Memory:
    """See by a reading whether a call of the owner's was lost: then what we wrote still stands, and is ours again."""
    if not is_answered(situation, doubt.at + CALL_LANDS_WITHIN, memory.senses.asked_at):
        return memory
    claim = doubt.claim
    is_old = situation.reading.value in (claim.found, claim.baseline, claim.lagging) and not claim.raise_seen
    if is_old and not _stands(situation, doubt.value):
        # It has seen neither our raise nor the call: nothing is known yet.
        return memory
    ours = {*claim.written, *situation.limits.fallbacks(claim.written)}
    is_ours = situation.reading.value in claim.echoes or any(_reads(situation, value) for value in ours)
    if not is_ours or _stands(situation, doubt.value):
        watch = _watch_over_call(doubt, situation) or memory.watch
        return replace(memory, phase=replace(phase, doubt=None), watch=watch, settled=None)
    if claim.uncertain:
        # One of ours may have landed after the call as well: then the call is the owner's last word.
        return replace(repeat_call(memory, situation.now), watch=None)
    restoring = Restoring(claim, since=situation.now, ends_at=phase.ends_at)
    return replace(memory, phase=restoring, watch=None)


def _watch_over_call(doubt: DoubtfulCall, situation: Situation) -> Watch | None:
    """Return what may yet be read although a call seems in force: a limited cloud tells its old states anew."""
    values = tuple(sorted(set(doubt.claim.written) - {doubt.value}))
    if not _stands(situation, doubt.value) or not values:
        return None
    questions = tuple(situation.now + delay for delay in CALL_WATCHED)
    return Watch(questions[-1], doubt.value, values, questions)


def is_answered(situation: Situation, at: datetime, asked_at: datetime | None) -> bool:
    """Whether the battery was asked at ``at`` or later, and what is read is its word."""
    if situation.battery.reports:
        return situation.reading.answers_since(at)
    return asked_at is not None and asked_at >= at and situation.now - asked_at >= ANSWERED_WITHIN


def _end_of(phase: Phase) -> datetime | None:
    match phase:
        case Holding(ends_at=ends_at) | Restoring(ends_at=ends_at):
            return ends_at
        case UndoingLateLanding(then=Overridden(ends_at=ends_at)):
            return ends_at
        case _:
            return None


def _check_watch(memory: Memory, watch: Watch, situation: Situation) -> Memory:
    """See whether one of our values has landed after all, after what was put back or chosen since."""
    if not _has_landed(watch, situation, memory.settled):
        return memory
    then = memory.phase if isinstance(memory.phase, Overridden | TooLong) else None
    return _undo_landing(memory, watch, situation, then)


def _undo_landing(memory: Memory, watch: Watch, situation: Situation, then: HandsOff | None) -> Memory:
    """Put back what stood before one of our values landed; the time in which they are looked for is no longer by it."""
    claim = Claim(found=watch.put_back, baseline=watch.put_back, written=watch.values, raise_seen=True)
    until = min(watch.until, situation.now + WATCHED_FOR)
    watch = replace(watch, until=until, questions=(*(at for at in watch.questions if at < until), until))
    return replace(memory, phase=UndoingLateLanding(claim, situation.now, then), watch=watch)


def _has_landed(watch: Watch, situation: Situation, settled: SettledBaseline | None) -> bool:
    """Whether what is read is one of our values, and not what stands against them.

    Where a battery may have a scale of its own, it is also what lies as near to one as a scale does, and nearer than to
    what stands against it.
    """
    value, limits = situation.reading.value, situation.limits
    landings = (frozenset(watch.values) | limits.fallbacks(watch.values)) - {watch.put_back}
    if value is None or _stands(situation, watch.put_back):
        return False
    if value in landings:
        return True
    if not limits.tolerance or (settled is not None and (settled.asked, settled.shown) == (watch.put_back, value)):
        return False
    nearest = min((abs(value - landing) for landing in landings), default=FULL)
    return nearest <= SCALE_OFF and nearest < abs(value - watch.put_back)
