"""What the hold's state machine remembers from one look to the next (design 5)."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ..settings import Intent
from .target import HIGHEST_PARTIAL, Level
from .writing import Attempt, returned

WATCHED_FOR = timedelta(minutes=10)
# How long no slot must have run before an override is over (design 5.5).
SLOTLESS_FOR = timedelta(minutes=30)


class Phase(StrEnum):
    """Where a hold is in its life."""

    IDLE = "idle"
    HOLDING = "holding"
    RESTORING = "restoring"
    OVERRIDDEN = "overridden"


@dataclass(frozen=True, slots=True)
class Frozen:
    """The level that a hold goes by while its intent stays the same: the value does not follow the battery."""

    intent: Intent
    level_pct: float


@dataclass(frozen=True, slots=True)
class Watch:
    """After a write of unknown outcome: values that may still land, and what stands against them."""

    until: datetime
    put_back: int
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Foreign:
    """A reserve that is not ours: first seen in a reading, or asked for by somebody's service call."""

    value: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Disobedience:
    """Since when the battery does the opposite, when it was told again, and whether the owner was told."""

    since: datetime
    nudged_at: datetime | None = None
    reported: bool = False


@dataclass(frozen=True, slots=True)
class Senses:
    """What is observed and need not survive a restart."""

    level: Level | None = None
    foreign: Foreign | None = None
    call: Foreign | None = None
    drift_since: datetime | None = None
    refreshed_at: datetime | None = None
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
        began_at: when it began.
        ends_at: its latest end known; when overridden, the end known then.
        found: the reserve read before the hold.
        baseline: what will be put back: the usual reserve if the owner gave one, else ``found``.
        written: every value sent in this hold.
        stale: values of the hold before, whose restore was never confirmed.
        proven: the first write of this hold was confirmed.
        uncertain: a write of this hold raised or timed out: it may land later.
        attempt: the value that is being made to stand.
        frozen: the level this hold goes by.
        begun_certain: power was certainly cheap by a fresh plan since it began.
        restoring_since: when the restore became due.
        slot_seen_at: when a slot last ran; set exactly while an override stands, also while a late landing is undone.
        watch: what may still land, from this hold or from the one before.
        senses: what is observed only.
    """

    phase: Phase = Phase.IDLE
    began_at: datetime | None = None
    ends_at: datetime | None = None
    found: int | None = None
    baseline: int | None = None
    written: tuple[int, ...] = ()
    stale: tuple[int, ...] = ()
    proven: bool = False
    uncertain: bool = False
    attempt: Attempt | None = None
    frozen: Frozen | None = None
    begun_certain: bool = False
    restoring_since: datetime | None = None
    slot_seen_at: datetime | None = None
    watch: Watch | None = None
    senses: Senses = field(default_factory=Senses)

    @property
    def owns_reserve(self) -> bool:
        """Whether something is to be put back."""
        return self.phase in (Phase.HOLDING, Phase.RESTORING) and bool(self.written)

    @property
    def target(self) -> int | None:
        """The value that is to stand now."""
        return self.attempt.value if self.attempt else None

    def ours(self) -> frozenset[int]:
        """The values that count as our own doing when the reserve is read (design 5.4)."""
        values = {*self.written, *(self.watch.values if self.watch else ()), *(() if self.proven else self.stale)}
        if any(value > HIGHEST_PARTIAL for value in values):
            values.add(HIGHEST_PARTIAL)
        if not self.proven:
            values.update(value for value in (self.found, self.baseline) if value is not None)
        return frozenset(values)

    def watch_over(self, put_back: int, now: datetime) -> Watch | None:
        """What may still land once ``put_back`` stands: our values, if the outcome of a write is unknown."""
        until, values = (self.watch.until, set(self.watch.values)) if self.watch else (now, set())
        if self.uncertain:
            until = now + WATCHED_FOR
            values.update(self.written)
        values.discard(put_back)
        return Watch(until, put_back, tuple(sorted(values))) if values else None

    def durable(self) -> Memory:
        """The part that is kept on disk."""
        return replace(self, senses=_NO_SENSES)


_NO_SENSES = Senses()


def write_returned(memory: Memory, now: datetime, *, failed: bool) -> Memory:
    """The write under way came back: without an error, or with one or not in time (``failed``)."""
    if memory.attempt is None or not memory.attempt.in_flight:
        return memory
    attempt = returned(memory.attempt, now, failed=failed)
    return replace(memory, attempt=attempt, uncertain=memory.uncertain or failed)


def called_by_another(memory: Memory, value: int, now: datetime) -> Memory:
    """Somebody else asked for a reserve through Home Assistant. Only a reading tells whether it took effect."""
    watch = memory.watch
    if watch is not None:
        # A newer will of the owner: it is what a late landing has to be undone to, and never undone itself.
        watch = None if value in watch.values else replace(watch, put_back=value)
    return replace(memory, watch=watch, senses=replace(memory.senses, call=Foreign(value, now)))


def recovered(memory: Memory, now: datetime) -> Memory:
    """What a memory from disk means in a new run: a write that was under way has an unknown outcome."""
    attempt = memory.attempt
    told = memory.phase is Phase.HOLDING and attempt is not None and attempt.settled
    senses = Senses(raised_to=attempt.value if attempt is not None and told else None)
    return write_returned(replace(memory, senses=senses), now, failed=True)


def released_by_owner(memory: Memory) -> Memory:
    """The owner switched, chose or asked for something: an override ends."""
    if memory.phase is Phase.OVERRIDDEN:
        return Memory(watch=memory.watch, senses=memory.senses)
    return memory if memory.slot_seen_at is None else replace(memory, slot_seen_at=None)
