"""What the owner sees: one immutable picture of everything, worked out after each decision (design 7)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .plan.timeline import Hold, Slot
from .price.certainty import Certainty, Judgement, Why
from .price.tariffs import FLAT, Tariff, Treatment
from .reserve.hold import PAUSES, Decision
from .reserve.memory import Memory, Phase
from .reserve.situation import Demand, Obstacle, Problem
from .settings import Intent, Mode, Settings


class Status(StrEnum):
    """The states of the sensor ``status``, in the order in which the first that applies is shown."""

    NOT_SUPPORTED = "not_supported"
    RESTORING = "restoring"
    OFF = "off"
    PAUSED = "paused"
    WAITING = "waiting"
    OVERRIDDEN = "overridden"
    CHARGING_UP = "charging_up"
    PRESERVING = "preserving"
    IDLE = "idle"


class Reason(StrEnum):
    """Why the status is what it is; each has a sentence in the translations."""

    TARIFF = "tariff"
    WRITTEN_BACK = "written_back"
    RESTORE_WAITS = "restore_waits"
    AUTOMATION_OFF = "automation_off"
    STORM_WATCH = "storm_watch"
    GRID_DOWN = "grid_down"
    GRID_SERVICES = "grid_services"
    BACKUP_MODE = "backup_mode"
    RESERVE_UNAVAILABLE = "reserve_unavailable"
    LEVEL_UNKNOWN = "level_unknown"
    OWNER_CHECK = "owner_check"
    WRITE_REFUSED = "write_refused"
    NOT_SAVED = "not_saved"
    OWNER_CHANGED_RESERVE = "owner_changed_reserve"
    OFF_PEAK = "off_peak"
    OWNER = "owner"
    WHOLE_SLOT = "whole_slot"
    CAR_CHARGING = "car_charging"
    PRESERVE_CHOSEN = "preserve_chosen"
    ALLOWANCE_USED = "allowance_used"
    CAR_NOT_CHARGING = "car_not_charging"
    CAR_UNKNOWN = "car_unknown"
    PLAN_AGED = "plan_aged"
    CLOCK_DIFFERS = "clock_differs"
    PLAN_TOO_OLD = "plan_too_old"
    SLOT_SKIPPED = "slot_skipped"
    TOO_SHORT = "too_short"
    NIGHT_SLOT = "night_slot"
    NO_PLAN = "no_plan"
    NO_SLOT = "no_slot"


_WAITS = frozenset({Obstacle.RESERVE_UNAVAILABLE, Obstacle.LEVEL_UNKNOWN, Obstacle.WRITE_REFUSED})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the entities, actions and diagnostics show. Percentages are whole numbers, times UTC.

    Attributes:
        until: the end of the hold or of the override.
        baseline: what will be put back; ``None`` when nothing will.
        target: the reserve that is asked for now.
        allowance_used_h: hours of the six since local midday; ``None`` on tariffs without slots.
        car_charging: the evidence; ``None`` when there is none.
    """

    status: Status = Status.IDLE
    reason: Reason = Reason.NO_PLAN
    until: datetime | None = None
    baseline: int | None = None
    target: int | None = None
    certainty: Certainty = Certainty.NOT_CHEAP
    intent: Intent | None = None
    settings: Settings = field(default_factory=Settings)
    tariff: Tariff = FLAT
    tariff_name: str | None = None
    slots: tuple[Slot, ...] = ()
    holds: tuple[Hold, ...] = ()
    smart_slot: bool = False
    cheap_rate: bool = False
    car_charging: bool | None = None
    holding: bool = False
    allowance_used_h: float | None = None
    last_poll: datetime | None = None
    clock_agrees: bool = True
    problems: frozenset[Problem] = frozenset()


@dataclass(frozen=True, slots=True)
class SlotNow:
    """Why no hold is due, as far as slots are concerned."""

    known: bool
    running: bool
    is_day_slot: bool = False
    skipped: bool = False


def status_of(
    memory: Memory, decision: Decision, demand: Demand, settings: Settings, tariff: Tariff, slot: SlotNow
) -> tuple[Status, Reason]:
    """The first status that applies, and its reason (design 7)."""
    obstacle = decision.obstacle
    restoring = memory.phase is Phase.RESTORING
    if tariff.treatment not in (Treatment.SLOTS, Treatment.WINDOWS) and demand.hold is None and not restoring:
        return Status.NOT_SUPPORTED, Reason.TARIFF
    if restoring and memory.target == memory.baseline:
        return Status.RESTORING, Reason.WRITTEN_BACK
    stopped = obstacle in PAUSES or obstacle in _WAITS
    if not settings.automation and (stopped or not restoring):
        # What keeps the reserve from being put back is the news then.
        return Status.OFF, Reason(obstacle.value) if stopped and obstacle else Reason.AUTOMATION_OFF
    if obstacle in PAUSES:
        return Status.PAUSED, Reason(obstacle.value)
    if obstacle in _WAITS:
        return Status.WAITING, Reason(obstacle.value)
    if restoring:
        return Status.RESTORING, Reason.OWNER_CHECK if obstacle is Obstacle.OWNER_CHECK else Reason.RESTORE_WAITS
    if memory.phase is Phase.OVERRIDDEN:
        return Status.OVERRIDDEN, Reason.OWNER_CHANGED_RESERVE
    if memory.phase is Phase.HOLDING and demand.judgement is not None:
        status = Status.CHARGING_UP if demand.intent is Intent.CHARGE else Status.PRESERVING
        return status, _hold_reason(demand.judgement, demand, settings)
    return Status.IDLE, _idle_reason(demand, slot)


def _hold_reason(judgement: Judgement, demand: Demand, settings: Settings) -> Reason:
    chosen = settings.mode is Mode.PRESERVE_CHARGE or judgement.why is Why.OFF_PEAK
    if demand.certain and demand.intent is Intent.PRESERVE and judgement.why is not Why.OWNER and chosen:
        return Reason.PRESERVE_CHOSEN
    return Reason(judgement.why.value)


def _idle_reason(demand: Demand, slot: SlotNow) -> Reason:
    if demand.hold is not None:
        judgement = demand.judgement
        if judgement is not None and judgement.certainty is Certainty.NOT_CHEAP:
            return Reason.PLAN_TOO_OLD
        return Reason.TOO_SHORT
    if slot.skipped:
        return Reason.SLOT_SKIPPED
    if slot.running and not slot.is_day_slot:
        return Reason.NIGHT_SLOT
    return Reason.NO_SLOT if slot.known else Reason.NO_PLAN
