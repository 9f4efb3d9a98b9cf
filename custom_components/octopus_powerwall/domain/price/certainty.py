"""How sure it is that power is cheap for the house now (design 2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ..model import Device, joined
from ..plan.dispatches import JOIN_GAP, Plan
from ..plan.timeline import Span, SpanKind
from ..reason import Reason
from ..settings import Intent
from ..windows import OFF_PEAK
from .tariffs import SlotPolicy

START_AGE = timedelta(minutes=15)
RUNNING_AGE = timedelta(minutes=60)
OLDEST_PLAN = timedelta(hours=2)
ACTIVE_POWER_AGE = timedelta(minutes=5)
CHARGING_KW = 0.5


class Certainty(StrEnum):
    """How cheap power is, as far as can be known."""

    CERTAIN = "certain"
    PERHAPS = "perhaps"
    NOT_CHEAP = "not_cheap"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A certainty and its ground."""

    certainty: Certainty
    why: Reason


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a slot's certainty depends on at an instant.

    Attributes:
        policy: what a planned slot is worth on this account.
        plan_read_at: when Octopus last listed the running slot; ``None`` when it never did.
        begun_certain: this slot was already certain by a plan that was fresh then.
        car_charging: evidence, ``None`` when there is none.
        allowance_left: this half hour is within the six hours.
        clock_agrees: our clock and Octopus' differ by at most two minutes.
    """

    policy: SlotPolicy
    plan_read_at: datetime | None
    begun_certain: bool = False
    car_charging: bool | None = None
    allowance_left: bool = True
    clock_agrees: bool = True


def judge(span: Span, at: datetime, facts: Circumstances) -> Judgement:
    """How certain power is cheap at ``at`` inside a span of a hold.

    With a clock that is wrong nothing is certain but the owner's word: not even when the night begins (design 6).
    """
    if span.kind is SpanKind.OWNER:
        return Judgement(Certainty.CERTAIN, Reason.OWNER)
    if span.kind is SpanKind.CAR_GUARD:
        # To charge is the owner's own word that power is cheap while the car draws (design 5.14).
        certainty = Certainty.CERTAIN if span.intent is Intent.CHARGE else Certainty.PERHAPS
        return Judgement(certainty, Reason.CAR_GUARD)
    judgement = Judgement(Certainty.CERTAIN, Reason.OFF_PEAK)
    if span.kind is SpanKind.SLOT:
        judgement = _judge_slot(at, facts)
    if judgement.certainty is Certainty.CERTAIN and not facts.clock_agrees:
        return Judgement(Certainty.PERHAPS, Reason.CLOCK_DIFFERS)
    return judgement


def _judge_slot(at: datetime, facts: Circumstances) -> Judgement:
    if OFF_PEAK.covering(at) is not None:
        # The night is cheap whatever the plan says: only the hold itself hangs on the slot.
        return Judgement(Certainty.CERTAIN, Reason.OFF_PEAK)
    # A plan read on a clock that was set back since is as far off as it seems.
    age = None if facts.plan_read_at is None else abs(at - facts.plan_read_at)
    if age is None or age > OLDEST_PLAN:
        return Judgement(Certainty.NOT_CHEAP, Reason.PLAN_TOO_OLD)
    if facts.policy is SlotPolicy.WHOLE_SLOT:
        if age <= (RUNNING_AGE if facts.begun_certain else START_AGE):
            return Judgement(Certainty.CERTAIN, Reason.WHOLE_SLOT)
        return Judgement(Certainty.PERHAPS, Reason.PLAN_AGED)
    if facts.car_charging is None:
        return Judgement(Certainty.PERHAPS, Reason.CAR_UNKNOWN)
    if not facts.car_charging:
        return Judgement(Certainty.PERHAPS, Reason.CAR_NOT_CHARGING)
    if not facts.allowance_left:
        return Judgement(Certainty.PERHAPS, Reason.ALLOWANCE_USED)
    return Judgement(Certainty.CERTAIN, Reason.CAR_CHARGING)


def slot_read_at(plan: Plan, at: datetime) -> datetime | None:
    """When Octopus last listed the slot that runs at ``at``.

    The rows that cover the instant speak first, then the others of its slot. A half hour that is kept although its slot
    was withdrawn (design 3.2) has no row any more: what is known of it is as old as the last answer.
    """
    covering = [row.read_at for row in plan.rows if at in row.dispatch.interval]
    if covering:
        return max(covering)
    slot = next((interval for interval in joined(plan.intervals(), JOIN_GAP) if at in interval), None)
    if slot is None:
        return plan.read_at
    return max(
        (row.read_at for row in plan.rows if row.dispatch.end > at and row.dispatch.interval.overlaps(slot)),
        default=plan.read_at,
    )


def octopus_evidence(devices: tuple[Device, ...], at: datetime) -> bool | None:
    """Whether Octopus sees a usable car charging; ``None`` without a reading at most 5 min old (design 2)."""
    fresh = [
        device.active_power
        for device in devices
        if device.usable and device.active_power is not None and abs(at - device.active_power.at) <= ACTIVE_POWER_AGE
    ]
    if not fresh:
        return None
    return any(reading.power_kw >= CHARGING_KW for reading in fresh)
