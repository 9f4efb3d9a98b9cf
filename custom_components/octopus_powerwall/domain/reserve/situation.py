"""What one decision looks at, and the words for what comes out of it (design 5)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from ..plan.timeline import SHORTEST_START, Hold
from ..price.certainty import Certainty, Judgement
from ..reason import Reason
from ..settings import Intent, Settings
from .limits import Limits
from .memory import SLOTLESS_FOR, Memory
from .target import Level
from .writing import Reading

READING_AGE = timedelta(minutes=10)
ANSWERED_WITHIN = timedelta(seconds=15)


class Activity(StrEnum):
    """What happened, for the event entity and the logbook."""

    SLOT_STARTED = "slot_started"
    SLOT_ENDED = "slot_ended"
    RESERVE_RAISED = "reserve_raised"
    RESERVE_RESTORED = "reserve_restored"
    OVERRIDDEN = "overridden"
    NOT_OBEYING = "not_obeying"
    RESTORE_FAILED = "restore_failed"
    PAUSED = "paused"
    RESUMED = "resumed"


class OperationMode(StrEnum):
    """How a Powerwall is operated, in Tesla's words (facts/powerwall.md 1.1)."""

    SELF_POWERED = "self_consumption"
    TIME_BASED = "autonomous"
    BACKUP = "backup"


class Problem(StrEnum):
    """What the owner should know until it is over."""

    RESTORE_FAILED = "restore_failed"
    NOT_OBEYING = "not_obeying"
    BATTERY_AT_OCTOPUS = "battery_at_octopus"
    CHARGE_CAP_SEEN = "charge_cap_seen"
    CHARGER_CONTRADICTED = "charger_contradicted"
    HOME_NEEDED = "home_needed"
    NO_AGREEMENT = "no_agreement"
    NO_CAR = "no_car"
    PLAN_UNREADABLE = "plan_unreadable"


@dataclass(frozen=True, slots=True)
class Battery:
    """What is read of the battery. Powers in W: discharging and importing are positive; ``None`` is unknown.

    Attributes:
        block: why it is to be left alone for now, one of ``BLOCKS``.
        mode: how it is operated, as far as known.
        reports: its integration reports equal values again.
        limits: what it accepts.
    """

    reserve: Reading = field(default_factory=Reading)
    level: Level = field(default_factory=Level)
    battery_w: float | None = None
    grid_w: float | None = None
    block: Reason | None = None
    mode: OperationMode | None = None
    reports: bool = True
    limits: Limits = field(default_factory=Limits)
    # A look is not worth it for what follows alone: the sun, and what is read for the books only.
    solar_w: float | None = field(default=None, compare=False)
    home_w: float | None = field(default=None, compare=False)
    energy_left_kwh: float | None = field(default=None, compare=False)

    @property
    def backup_mode(self) -> bool:
        """Whether it keeps everything for an outage, whatever its reserve says."""
        return self.mode is OperationMode.BACKUP


@dataclass(frozen=True, slots=True)
class Demand:
    """What timeline and certainty ask for now; ``hold`` is ``None`` outside every hold.

    Attributes:
        slot_running: any slot runs, held or not.
        slot_ended_at: when the last slot before now ended, as far as is known.
        in_slot: the hold stands on a slot now, not only on a tail, the guard or the owner's word.
        slot_certain: that slot is certainly cheap by a plan at most 15 min old.
        car_guarded: outside every slot, the battery is held because the car charges (design 5.14).
        open_ended: the hold ends when the car stops, and nobody knows when that is.
        next_start: when the next hold begins, as far as is known.
        cheap_hours: the tariff itself is cheap at this time of day, slot or not.
        frees: what is above the charge target is not kept (design 9.6).
    """

    hold: Hold | None = None
    judgement: Judgement | None = None
    intent: Intent = Intent.PRESERVE
    slot_running: bool = False
    slot_ended_at: datetime | None = None
    in_slot: bool = False
    slot_certain: bool = False
    car_guarded: bool = False
    open_ended: bool = False
    next_start: datetime | None = None
    cheap_hours: bool = False
    frees: bool = False

    @property
    def certain(self) -> bool:
        """Whether power is certainly cheap."""
        return self.judgement is not None and self.judgement.certainty is Certainty.CERTAIN

    @property
    def due(self) -> bool:
        """Whether a hold should run."""
        return (
            self.hold is not None and self.judgement is not None and self.judgement.certainty is not Certainty.NOT_CHEAP
        )


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that one decision looks at and does not change."""

    now: datetime
    demand: Demand
    battery: Battery
    settings: Settings

    @property
    def reading(self) -> Reading:
        """The backup reserve as read."""
        return self.battery.reserve

    @property
    def limits(self) -> Limits:
        """What the battery accepts."""
        return self.battery.limits

    @property
    def due(self) -> bool:
        """Whether a hold should run and the owner lets it."""
        return self.settings.automation and self.demand.due

    @property
    def may_begin(self) -> bool:
        """Whether a hold is due with enough of it left (design 3.5)."""
        hold = self.demand.hold
        return self.due and hold is not None and hold.end - self.now >= SHORTEST_START

    @property
    def slot_seen_at(self) -> datetime:
        """When a slot last ran, or the car charged outside all of them; where neither is known, long ago."""
        if self.demand.slot_running or self.demand.car_guarded:
            return self.now
        return self.demand.slot_ended_at or self.now - SLOTLESS_FOR

    def is_reading_recent(self, asked_at: datetime | None) -> bool:
        """Whether the reading may serve as a baseline: at most ten minutes old (design 5.1).

        A battery that stays silent while its value is the same counts once it was asked and has had time to answer,
        for as long.
        """
        reported_at = self.reading.reported_at
        if reported_at is not None and self.now - reported_at <= READING_AGE:
            return True
        if self.battery.reports or asked_at is None:
            return False
        return ANSWERED_WITHIN <= self.now - asked_at <= READING_AGE

    @property
    def read_at(self) -> datetime:
        """When the reserve was last known to have its value: now, where equal values are not reported."""
        if not self.battery.reports or self.reading.reported_at is None:
            return self.now
        return self.reading.reported_at


type Step = tuple[Memory, tuple[Activity, ...]]
"""What a step of the decision leaves behind, and what happened in it."""
