"""What is remembered of a hold from one decision to the next (design 5)."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from ..codec import Percent
from .limits import Limits
from .phases import (
    Claim,
    DoubtfulCall,
    Holding,
    Idle,
    Overridden,
    Phase,
    RepeatingRestore,
    Restoring,
    TooLong,
    UndoingLateLanding,
    claim_of,
)
from .target import Level
from .writing import UNSEEN_WATCHED, Attempt, mark_returned

WATCHED_FOR = timedelta(minutes=10)
# How long no slot must have run before an override is over (design 5.5).
SLOTLESS_FOR = timedelta(minutes=30)
OLDEST_HOLD = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Watch:
    """After a write of unknown outcome: values that may still land, what stands against them, and when it is asked."""

    until: datetime
    put_back: Percent
    values: tuple[Percent, ...]
    questions: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class ForeignReserve:
    """A reserve that is not ours: first seen in a reading, or asked for by somebody's service call.

    ``shown`` says of a call that a reading has shown it since: one that was refused shows nothing.
    """

    value: int
    at: datetime
    shown: bool = False


@dataclass(frozen=True, slots=True)
class SettledBaseline:
    """What a battery that rounds has made of a baseline: ``asked`` for, and ``shown`` since.

    What it makes of it may show itself until ``open_until``, where a silent battery's old value was taken for it.
    """

    asked: Percent
    shown: Percent
    open_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Disobedience:
    """Since when the battery does the opposite, when it was told again, and whether the owner was told."""

    since: datetime
    nudged_at: datetime | None = None
    reported: bool = False


@dataclass(frozen=True, slots=True)
class Observations:
    """What is observed and need not survive a restart.

    ``readable_since`` is since when the reserve could be read without a break.
    """

    level: Level | None = None
    foreign: ForeignReserve | None = None
    call: ForeignReserve | None = None
    drift_since: datetime | None = None
    asked_at: datetime | None = None
    looked_at: datetime | None = None
    slept_until: datetime | None = None
    readable_since: datetime | None = None
    disobedience: Disobedience | None = None
    restored_at: datetime | None = None
    raised_to: int | None = None
    not_obeying: bool = False
    restore_failed: bool = False
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Memory:
    """One hold, from its baseline to its restore. All but ``senses`` is on disk before a write goes out.

    Attributes:
        phase: where the hold is.
        watch: what may still land, from this hold or from the one before.
        settled: what the last restore looks like where the battery rounds: the next hold must not take that for a
            baseline, or it would sink from hold to hold.
        spent: when values were sent that count against the budget (design 5.13), the last day of them.
        senses: what is observed only.
    """

    phase: Phase = field(default_factory=Idle)
    watch: Watch | None = None
    spent: tuple[datetime, ...] = ()
    settled: SettledBaseline | None = None
    senses: Observations = field(default_factory=Observations)

    @property
    def claim(self) -> Claim | None:
        """What makes the reserve ours; ``None`` where it is not."""
        return claim_of(self.phase)

    @property
    def attempt(self) -> Attempt | None:
        """The value that is being made to stand."""
        return self.claim.attempt if self.claim else None

    @property
    def baseline(self) -> int | None:
        """What will be put back."""
        return self.claim.baseline if self.claim else None

    @property
    def owns_reserve(self) -> bool:
        """Whether something is to be put back."""
        return self.claim is not None and bool(self.claim.written)

    @property
    def doubt(self) -> DoubtfulCall | None:
        """A call of the owner's of which nobody knows yet whether it came to anything."""
        return self.phase.doubt if isinstance(self.phase, Overridden) else None

    @property
    def owed(self) -> int | None:
        """What ought to stand, where a value of ours stands or may stand; else ``None``."""
        if self.owns_reserve:
            return self.baseline
        return self.doubt.value if self.doubt is not None else None

    @property
    def target(self) -> int | None:
        """The value that is to stand now."""
        return self.attempt.value if self.attempt else None

    @property
    def begun_certain(self) -> bool:
        """Whether power was certainly cheap since the running slot began."""
        return isinstance(self.phase, Holding) and self.phase.begun_certain

    def with_claim(self, claim: Claim) -> Memory:
        """Return the same with another claim; unchanged in a phase that has none."""
        match self.phase:
            case Idle() | Overridden() | TooLong():
                return self
            case Holding() as phase:
                return replace(self, phase=replace(phase, claim=claim))
            case Restoring() as phase:
                return replace(self, phase=replace(phase, claim=claim))
            case UndoingLateLanding() as phase:
                return replace(self, phase=replace(phase, claim=claim))
            case RepeatingRestore() as phase:
                return replace(self, phase=replace(phase, claim=claim))
            case _ as unknown:
                assert_never(unknown)

    def ours(self, limits: Limits) -> frozenset[int]:
        """Return the values that count as our own doing when the reserve is read (design 5.4)."""
        claim = self.claim
        values = {*(claim.written if claim else ()), *(self.watch.values if self.watch else ())}
        values |= limits.fallbacks(values)
        if claim is not None and not claim.raise_seen:
            values |= {claim.found, claim.baseline, *(() if claim.lagging is None else (claim.lagging,))}
        return frozenset(values)

    def is_ours(self, value: int, limits: Limits) -> bool:
        """Whether a reading is our own doing, what the battery rounds allowed for."""
        echoes = self.claim.echoes if self.claim else ()
        return value in echoes or any(limits.is_reading_of(value, own) for own in self.ours(limits))

    def watch_over(self, put_back: int, now: datetime) -> Watch | None:
        """Return what may still land once ``put_back`` stands: our values, if the outcome of a write is unknown."""
        until, values = (self.watch.until, set(self.watch.values)) if self.watch else (now, set())
        questions = set(self.watch.questions) if self.watch else set()
        claim = self.claim
        if claim is not None and claim.uncertain:
            until = max(until, now + WATCHED_FOR)
            questions.add(now + WATCHED_FOR)
            values.update(claim.written)
        accepted_at = claim.attempt.accepted_at if claim is not None and claim.attempt is not None else None
        if claim is not None and not claim.raise_seen and accepted_at is not None and put_back == claim.baseline:
            looks = {accepted_at + delay for delay in UNSEEN_WATCHED}
            until = max(until, *looks)
            questions |= looks
            values.update(claim.written)
        values.discard(put_back)
        return Watch(until, put_back, tuple(sorted(values)), tuple(sorted(questions))) if values else None

    def strip_for_disk(self) -> Memory:
        """Return the part that is kept on disk."""
        return replace(self, senses=_NO_SENSES)


_NO_SENSES = Observations()


def note_write_returned(memory: Memory, now: datetime, *, failed: bool) -> Memory:
    """Note that the write under way came back: without an error, or with one or not in time (``failed``)."""
    claim = memory.claim
    if claim is None or claim.attempt is None or not claim.attempt.in_flight:
        return memory
    attempt = mark_returned(claim.attempt, now, failed=failed)
    return memory.with_claim(replace(claim, attempt=attempt, uncertain=claim.uncertain or failed))


def note_call_by_another(memory: Memory, value: int, now: datetime) -> Memory:
    """Note a reserve that somebody else asked for in Home Assistant; only a reading tells whether it took effect."""
    return replace(memory, senses=replace(memory.senses, call=ForeignReserve(value, now)))


def recover(memory: Memory, now: datetime) -> Memory:
    """Make of a memory from disk what it means in a new run: a write that was under way has an unknown outcome."""
    memory, attempt = doubt_anew(memory, now), memory.attempt
    told = isinstance(memory.phase, Holding) and attempt is not None and attempt.settled
    senses = Observations(raised_to=attempt.value if attempt is not None and told else None)
    return note_write_returned(replace(memory, senses=senses), now, failed=True)


def doubt_anew(memory: Memory, now: datetime) -> Memory:
    """Count the time in which a call of the owner's is in doubt from now: nothing could be read until now."""
    if not isinstance(memory.phase, Overridden) or memory.phase.doubt is None:
        return memory
    return replace(memory, phase=replace(memory.phase, doubt=replace(memory.phase.doubt, at=now)))


def is_outdated(memory: Memory, now: datetime) -> bool:
    """Whether what is remembered is of so long ago that nothing may move by it (design 5.1).

    That is a day after the hold's end or the last try to put its reserve back, as after a restored backup of Home
    Assistant, or a long holiday.
    """
    match memory.phase:
        case Overridden(doubt=DoubtfulCall(at=at)):
            last = at
        case Idle() | Overridden() | TooLong():
            return memory.watch is not None and now - memory.watch.until > OLDEST_HOLD
        case Holding(ends_at=ends_at):
            last = ends_at
        case Restoring(since=since) | UndoingLateLanding(since=since) | RepeatingRestore(since=since):
            last = since
        case _ as unknown:
            assert_never(unknown)
    sent_at = memory.attempt.sent_at if memory.attempt else last
    return now - max(last, sent_at) > OLDEST_HOLD


def repeat_call(memory: Memory, now: datetime) -> Memory:
    """Send a call of the owner's that is in doubt once more, where nobody stays to see what became of it."""
    match memory.phase:
        case Overridden(doubt=DoubtfulCall() as doubt) as phase:
            undoing = UndoingLateLanding(_claim_of_call(doubt), since=now, then=replace(phase, doubt=None))
            return replace(memory, phase=undoing)
        case _:
            return memory


def put_back_by_owner(memory: Memory, reserve_pct: int, standing: int | None, now: datetime) -> Memory:
    """Put a reserve back that the owner asks for: now, or at the end of the hold that runs.

    What is ``standing`` was left raised by an old hold: it is ours, and neither the owner's hand nor a baseline.
    """
    left = () if standing is None or standing == reserve_pct else (standing,)
    claim = Claim(reserve_pct, reserve_pct, written=left, raise_seen=True)
    match memory.phase:
        case Idle():
            return replace(memory, phase=RepeatingRestore(claim, since=now))
        case Overridden() as phase:
            return replace(memory, phase=UndoingLateLanding(claim, since=now, then=replace(phase, doubt=None)))
        case TooLong() as phase:
            return replace(memory, phase=UndoingLateLanding(claim, since=now, then=phase))
        case Holding(held) | Restoring(held) | UndoingLateLanding(held) | RepeatingRestore(held):
            written = (*(value for value in left if value not in held.written), *held.written)
            return memory.with_claim(replace(_aim_at(held, reserve_pct), written=written))
        case _ as unknown:
            assert_never(unknown)


def _claim_of_call(doubt: DoubtfulCall) -> Claim:
    """Return the claim by which what is read may still be ours, and the owner's last word was the call."""
    return replace(_aim_at(doubt.claim, doubt.value), attempt=None)


def _aim_at(claim: Claim, reserve_pct: int) -> Claim:
    """Return the claim with another reserve to put back, by the owner's word.

    Where nobody has seen the raise, what stood before it may be read on, and is nobody's hand.
    """
    lagging = claim.found if claim.lagging is None else claim.lagging
    return replace(claim, found=reserve_pct, baseline=reserve_pct, lagging=lagging)


def release_by_owner(memory: Memory) -> Memory:
    """End an override: the owner switched, chose or asked for something."""
    match memory.phase:
        case Overridden(doubt=DoubtfulCall(at=at) as doubt):
            return replace(memory, phase=RepeatingRestore(_claim_of_call(doubt), since=at))
        case Overridden() | TooLong():
            return replace(memory, phase=Idle())
        case UndoingLateLanding(then=Overridden() | TooLong()) as phase:
            return replace(memory, phase=replace(phase, then=None))
        case _:
            return memory
