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
        proven: a reading proved a value that was sent.
        uncertain: a write raised or timed out: it may land later.
        attempt: the value that is being made to stand.
    """

    found: Percent
    baseline: Percent
    written: tuple[Percent, ...] = ()
    proven: bool = False
    uncertain: bool = False
    attempt: Attempt | None = None


@dataclass(frozen=True, slots=True)
class Frozen:
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
    frozen: Frozen | None = None
    begun_certain: bool = False


@dataclass(frozen=True, slots=True)
class Restoring:
    """The hold is over, and its baseline is being put back, due ``since``. The hold was to last until ``ends_at``."""

    claim: Claim
    since: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Overridden:
    """The owner chose another reserve: hands off.

    Attributes:
        ends_at: the latest end of the hold known when it was overridden.
        slot_seen_at: when a slot last ran.
    """

    ends_at: datetime
    slot_seen_at: datetime


@dataclass(frozen=True, slots=True)
class UndoingLateLanding:
    """One of our values has landed after its hold, and what stood before is being put back.

    ``override`` is the override in which it landed and which goes on after it.
    """

    claim: Claim
    since: datetime
    override: Overridden | None = None


@dataclass(frozen=True, slots=True)
class RepeatingRestore:
    """The baseline stands but the battery does not act on it: it is sent once more (design 5.6)."""

    claim: Claim
    since: datetime


type PuttingBack = Restoring | UndoingLateLanding | RepeatingRestore
"""The phases that send a baseline until it stands."""

type Phase = Idle | Holding | Restoring | UndoingLateLanding | RepeatingRestore | Overridden
"""Where a hold is in its life."""

PUTTING_BACK = (Restoring, UndoingLateLanding, RepeatingRestore)
"""The same as ``PuttingBack``, for ``isinstance``."""


def claim_of(phase: Phase) -> Claim | None:
    """The claim of a phase that has one."""
    return None if isinstance(phase, Idle | Overridden) else phase.claim


def override_of(phase: Phase) -> Overridden | None:
    """The override that stands, also while a late landing is undone in it."""
    match phase:
        case Overridden():
            return phase
        case UndoingLateLanding():
            return phase.override
        case _:
            return None
