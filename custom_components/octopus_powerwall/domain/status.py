"""What the owner sees: one immutable picture of everything, worked out after each decision (design 7)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .account_state import AccountState
from .model import Interval
from .money.view import Money
from .plan.timeline import Hold, Slot
from .price.certainty import Certainty, Judgement
from .price.tariffs import FLAT, Tariff, Treatment
from .reason import PAUSES, WAITS, Reason
from .reserve.hold import Decision
from .reserve.memory import Memory
from .reserve.phases import PUTTING_BACK, Holding, Overridden, TooLong
from .reserve.situation import Demand, Problem
from .settings import Intent, Mode, Settings


class Status(StrEnum):
    """The states of the sensor ``status``, in the order in which the first that applies is shown."""

    NOT_SUPPORTED = "not_supported"
    RESTORE_FAILED = "restore_failed"
    RESTORING = "restoring"
    OFF = "off"
    PAUSED = "paused"
    WAITING = "waiting"
    OVERRIDDEN = "overridden"
    NOT_OBEYING = "not_obeying"
    WOULD_CHARGE_UP = "would_charge_up"
    WOULD_PRESERVE = "would_preserve"
    CHARGING_UP = "charging_up"
    PRESERVING = "preserving"
    IDLE = "idle"


SHOWS_INTENT = frozenset(
    {
        Status.NOT_OBEYING,
        Status.WOULD_CHARGE_UP,
        Status.WOULD_PRESERVE,
        Status.CHARGING_UP,
        Status.PRESERVING,
    }
)
"""The statuses in which a hold is at work, or would be but for the dry run."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the entities, actions and diagnostics show. Percentages are whole numbers, times UTC.

    Attributes:
        until: the end of the hold or of the override.
        baseline: what will be put back; ``None`` when nothing will.
        target: the reserve that is asked for now.
        billed_cheap: the tariff's own terms make power cheap now; also where nothing is bought on the strength of it.
        cheap_time: from when until when power is certainly cheap by what is known now; ``None`` while it is not.
        allowance_used_h: hours of the six since local midday; ``None`` on tariffs without slots.
        allowance_binds: whether a slot stops being cheap when the six hours are used up.
        car_charging: the evidence; ``None`` when there is none.
        attention: what wants the owner now, by the names of the repairs that say so.
        account: which home and agreement count, and what is the matter with the account.
        cap_seen: a device says that its charging is limited by the day.
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
    billed_cheap: bool = False
    cheap_time: Interval | None = None
    car_charging: bool | None = None
    holding: bool = False
    allowance_used_h: float | None = None
    allowance_binds: bool = False
    last_poll: datetime | None = None
    clock_agrees: bool = True
    problems: frozenset[Problem] = frozenset()
    attention: tuple[str, ...] = ()
    account: AccountState | None = None
    cap_seen: bool = False
    money: Money = field(default_factory=Money)

    @property
    def charge_target(self) -> int:
        """How far guard and slots charge: the owner's target, lower where room is left for the sun."""
        sun_target = self.money.sun_room.target_pct
        return self.settings.charge_target if sun_target is None else min(self.settings.charge_target, sun_target)


@dataclass(frozen=True, slots=True)
class SlotNow:
    """Why no hold is due, as far as slots are concerned.

    ``idle_because`` is what the owner should know of the account rather than that no slot runs.
    """

    known: bool
    running: bool
    is_day_slot: bool = False
    skipped: bool = False
    idle_because: Reason | None = None


def status_of(
    memory: Memory, decision: Decision, demand: Demand, settings: Settings, tariff: Tariff, slot: SlotNow
) -> tuple[Status, Reason]:
    """Return the first status that applies, and its reason (design 7)."""
    obstacle = decision.obstacle
    restoring = isinstance(memory.phase, PUTTING_BACK)
    if tariff.treatment not in (Treatment.SLOTS, Treatment.WINDOWS) and demand.hold is None and not restoring:
        known = tariff.reason.value in (Reason.AGREEMENT_ENDED, Reason.AGREEMENT_NOT_BEGUN, Reason.NO_ELECTRICITY)
        return Status.NOT_SUPPORTED, Reason(tariff.reason.value) if known else Reason.TARIFF
    stopped = obstacle is not None and obstacle in PAUSES | WAITS
    if restoring and Problem.RESTORE_FAILED in decision.problems:
        return Status.RESTORE_FAILED, obstacle if stopped and obstacle else Reason.RESTORE_FAILED
    if restoring and memory.target == memory.baseline:
        return Status.RESTORING, Reason.WRITTEN_BACK
    if not settings.automation and (stopped or not restoring):
        # What keeps the reserve from being put back is the news then.
        return Status.OFF, obstacle if stopped and obstacle else Reason.AUTOMATION_OFF
    if obstacle is not None and obstacle in PAUSES:
        return Status.PAUSED, obstacle
    if obstacle is not None and obstacle in WAITS:
        return Status.WAITING, obstacle
    if restoring:
        return Status.RESTORING, obstacle if obstacle is Reason.OWNER_CHECK else Reason.RESTORE_WAITS
    if isinstance(memory.phase, Overridden):
        return Status.OVERRIDDEN, Reason.OWNER_CHANGED_RESERVE
    if Problem.NOT_OBEYING in decision.problems:
        return Status.NOT_OBEYING, Reason.NOT_OBEYING
    if isinstance(memory.phase, Holding) and demand.judgement is not None:
        return _hold_status(demand.intent, settings), _hold_reason(demand.judgement, demand, settings)
    if isinstance(memory.phase, TooLong):
        return Status.IDLE, Reason.TOO_LONG
    return Status.IDLE, _idle_reason(demand, slot)


def _hold_status(intent: Intent, settings: Settings) -> Status:
    if intent is Intent.CHARGE:
        return Status.WOULD_CHARGE_UP if settings.dry_run else Status.CHARGING_UP
    return Status.WOULD_PRESERVE if settings.dry_run else Status.PRESERVING


def _hold_reason(judgement: Judgement, demand: Demand, settings: Settings) -> Reason:
    chosen = settings.mode is Mode.PRESERVE_CHARGE or judgement.why is Reason.OFF_PEAK
    if demand.certain and demand.intent is Intent.PRESERVE and judgement.why is not Reason.OWNER and chosen:
        return Reason.PRESERVE_CHOSEN
    return judgement.why


def _idle_reason(demand: Demand, slot: SlotNow) -> Reason:
    if demand.hold is not None:
        judgement = demand.judgement
        if judgement is not None and judgement.certainty is Certainty.NOT_CHEAP:
            return judgement.why
        return Reason.TOO_SHORT
    if slot.skipped:
        return Reason.SLOT_SKIPPED
    if slot.running and not slot.is_day_slot:
        return Reason.NIGHT_SLOT
    if slot.idle_because is not None:
        return slot.idle_because
    return Reason.NO_SLOT if slot.known else Reason.NO_PLAN
