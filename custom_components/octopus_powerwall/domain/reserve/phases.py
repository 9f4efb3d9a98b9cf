"""The phases of a hold, one type for each, so that what belongs to one cannot stand in another (design 5, 8)."""

from dataclasses import dataclass
from datetime import datetime

from ..codec import Percent
from ..settings import Intent
from .writing import Attempt


@dataclass(frozen=True, slots=True)
class Claim:
    """What is to be put back, and what was written since: all that makes the reserve ours.

    Attributes:
        found: the reserve read before the hold.
        baseline: what will be put back: the usual reserve if the owner gave one, else ``found``.
        written: every value sent, the newest last.
        raise_seen: a proof has shown one of our values, other than what stood before: what is read moves.
        uncertain: a write raised or timed out: it may land later.
        attempt: the value that is being made to stand.
        echoes: what a battery that rounds or scales made of values that were sent, where that is farther off than
            its tolerance.
        lagging: what a cloud that lags may still show from before the owner's last call.
        raised_since: when the first value was sent.
    """

    found: Percent
    baseline: Percent
    written: tuple[Percent, ...] = ()
    raise_seen: bool = False
    uncertain: bool = False
    attempt: Attempt | None = None
    echoes: tuple[Percent, ...] = ()
    lagging: Percent | None = None
    raised_since: datetime | None = None

    def puts_back(self, value: int) -> bool:
        """Whether a value is what stood before, or is to stand again, while another of ours was sent and may stand.

        Then it is a restore, also in a hold: what is read may be of before the raise (design 5.3).
        """
        before = (self.found, self.baseline)
        return value in before and any(own not in before for own in self.written)


@dataclass(frozen=True, slots=True)
class FrozenLevel:
    """The level that a hold goes by while its intent stays the same: the value does not follow the battery."""

    intent: Intent
    level_pct: float


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing is held and nothing is to be put back."""


@dataclass(frozen=True, slots=True)
class Holding:
    """The reserve is ours.

    Attributes:
        began_at: when the hold began.
        ends_at: its latest end known.
        frozen: the level it goes by.
        begun_certain: power was certainly cheap by a fresh plan since its slot began.
    """

    claim: Claim
    began_at: datetime
    ends_at: datetime
    frozen: FrozenLevel | None = None
    begun_certain: bool = False


@dataclass(frozen=True, slots=True)
class Restoring:
    """The hold is over, and its baseline is being put back, due ``since``.

    ``ends_at`` is when the hold was to end; ``too_long`` says that it was ended because it had lasted for a day.
    """

    claim: Claim
    since: datetime
    ends_at: datetime
    too_long: bool = False


@dataclass(frozen=True, slots=True)
class DoubtfulCall:
    """The owner's call, so far only shown by the entity that took it: Home Assistant shows a value that is lost, too.

    Attributes:
        claim: what is ours again if one of our values is still read long after the call.
        value: what was asked for.
        at: when.
    """

    claim: Claim
    value: Percent
    at: datetime


@dataclass(frozen=True, slots=True)
class Overridden:
    """The owner chose another reserve: hands off.

    Attributes:
        ends_at: the latest end of the hold known when it was overridden.
        slot_seen_at: when a slot last ran.
        doubt: whether the owner's call has come to anything, until a reading tells.
    """

    ends_at: datetime
    slot_seen_at: datetime
    doubt: DoubtfulCall | None = None


@dataclass(frozen=True, slots=True)
class TooLong:
    """Slots have kept the reserve raised for a day, and it was put back: hands off until no slot has run for a while.

    ``slot_seen_at`` is when a slot last ran.
    """

    slot_seen_at: datetime


@dataclass(frozen=True, slots=True)
class UndoingLateLanding:
    """One of our values has landed after its hold, and what stood before is being put back.

    ``then`` is the phase in which it landed and which goes on after it.
    """

    claim: Claim
    since: datetime
    then: HandsOff | None = None


@dataclass(frozen=True, slots=True)
class RepeatingRestore:
    """What stood before is sent once more: the battery does not act on it (design 5.6), or it was tried out."""

    claim: Claim
    since: datetime


type HandsOff = Overridden | TooLong
"""The phases in which nothing is written until slots have paused."""

type PuttingBack = Restoring | UndoingLateLanding | RepeatingRestore
"""The phases that send a baseline until it stands."""

type Phase = Idle | Holding | Restoring | UndoingLateLanding | RepeatingRestore | Overridden | TooLong
"""Where a hold is in its life."""

PUTTING_BACK = (Restoring, UndoingLateLanding, RepeatingRestore)
"""The same as ``PuttingBack``, for ``isinstance``."""


def claim_of(phase: Phase) -> Claim | None:
    """Return the claim of a phase that has one."""
    return None if isinstance(phase, Idle | Overridden | TooLong) else phase.claim


def hands_off_of(phase: Phase) -> HandsOff | None:
    """Return the phase without writes that stands, also while a late landing is undone in it."""
    match phase:
        case Overridden() | TooLong():
            return phase
        case UndoingLateLanding():
            return phase.then
        case _:
            return None
