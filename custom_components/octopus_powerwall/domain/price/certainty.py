"""How sure it is that power is cheap for the house now (design 2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ..plan.device_plan import Doubt
from ..plan.timeline import Span, SpanKind
from ..reason import Reason
from ..settings import Intent
from ..windows import OFF_PEAK
from .tariffs import SlotPolicy

START_AGE = timedelta(minutes=15)
RUNNING_AGE = timedelta(minutes=60)
# Cars begin late and entities are slow; which wait is best was chosen by the replay (docs/design.md 2).
IDLE_FOR = timedelta(minutes=15)
OLDEST_PLAN = timedelta(hours=2)


class Certainty(StrEnum):
    """How cheap power is, as far as can be known."""

    CERTAIN = "certain"
    PERHAPS = "perhaps"
    NOT_CHEAP = "not_cheap"


_RANKS = (Certainty.NOT_CHEAP, Certainty.PERHAPS, Certainty.CERTAIN)


_DOUBTS = {
    Doubt.AWAY: Reason.CAR_AWAY,
    Doubt.BOOSTING: Reason.CAR_BOOSTING,
    Doubt.TESTING: Reason.CAR_TESTING,
    Doubt.NOT_CONTROLLED: Reason.NOT_CONTROLLED,
    Doubt.VANISHED: Reason.CAR_VANISHED,
    Doubt.UNSTEADY: Reason.PLAN_UNSTEADY,
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A certainty and its ground."""

    certainty: Certainty
    why: Reason


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a slot's certainty depends on at an instant, as far as one device is concerned.

    Attributes:
        policy: what a planned slot is worth on this account.
        plan_read_at: when Octopus last listed the running slot; ``None`` when it never did.
        doubt: why the device's rows prove nothing certain.
        car_idle: the picked entity has shown an idle car for some time of this slot.
        unsettled: why nothing but the owner's word is certain: the home or its agreement is not known.
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
    doubt: Doubt | None = None
    unsettled: Reason | None = None
    car_idle: bool = False


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
    if judgement.certainty is Certainty.CERTAIN and facts.unsettled is not None:
        return Judgement(Certainty.PERHAPS, facts.unsettled)
    return judgement


def choose_surest(judgements: Iterable[Judgement]) -> Judgement:
    """Of what several devices say of one slot, the surest: it is cheap if it is for one of them."""
    return max(judgements, key=lambda judgement: _RANKS.index(judgement.certainty))


def _judge_slot(at: datetime, facts: Circumstances) -> Judgement:
    if OFF_PEAK.covering(at) is not None:
        # The night is cheap whatever the plan says; only the hold itself depends on the slot.
        return Judgement(Certainty.CERTAIN, Reason.OFF_PEAK)
    # A plan read on a clock that was set back since is as far off as it seems.
    age = None if facts.plan_read_at is None else abs(at - facts.plan_read_at)
    if age is None or age > OLDEST_PLAN:
        return Judgement(Certainty.NOT_CHEAP, Reason.PLAN_TOO_OLD)
    if facts.doubt is not None:
        return Judgement(Certainty.PERHAPS, _DOUBTS[facts.doubt])
    if facts.policy is SlotPolicy.WHOLE_SLOT:
        if facts.car_idle:
            return Judgement(Certainty.PERHAPS, Reason.CAR_IDLE)
        if age <= (RUNNING_AGE if facts.begun_certain else START_AGE):
            return Judgement(Certainty.CERTAIN, Reason.WHOLE_SLOT)
        return Judgement(Certainty.PERHAPS, Reason.PLAN_AGED)
    if facts.car_charging is None:
        return Judgement(Certainty.PERHAPS, Reason.CAR_UNKNOWN)
    if facts.car_idle:
        # Without the car the slot is dear: the battery is let go until the car is seen charging.
        return Judgement(Certainty.NOT_CHEAP, Reason.CAR_IDLE)
    if not facts.car_charging:
        return Judgement(Certainty.PERHAPS, Reason.CAR_NOT_CHARGING)
    if not facts.allowance_left:
        return Judgement(Certainty.PERHAPS, Reason.ALLOWANCE_USED)
    return Judgement(Certainty.CERTAIN, Reason.CAR_CHARGING)
