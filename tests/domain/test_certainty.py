"""How certain it is that power is cheap now (the tables of design 2)."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.octopus_powerwall.domain.model import Device
from custom_components.octopus_powerwall.domain.plan.timeline import Span, SpanKind
from custom_components.octopus_powerwall.domain.price.certainty import (
    Certainty,
    Circumstances,
    judge,
)
from custom_components.octopus_powerwall.domain.price.octopus_evidence import is_any_seen_charging
from custom_components.octopus_powerwall.domain.price.tariffs import SlotPolicy
from custom_components.octopus_powerwall.domain.reason import Reason
from custom_components.octopus_powerwall.domain.settings import Intent
from custom_components.octopus_powerwall.domain.windows import OFF_PEAK

from .story import CAR, CAR_2, MINUTE, SECOND, at, power, span

NOON = at("12:00")
WHOLE, CAP = SlotPolicy.WHOLE_SLOT, SlotPolicy.CHARGE_CAP
CERTAIN, PERHAPS, NOT_CHEAP = Certainty.CERTAIN, Certainty.PERHAPS, Certainty.NOT_CHEAP


def aged(policy: SlotPolicy, age: timedelta | None, **changes: bool | None) -> Circumstances:
    facts = Circumstances(policy, None if age is None else NOON - age)
    return replace(facts, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "certainty", "why"),
    [
        (aged(WHOLE, 0 * MINUTE), CERTAIN, Reason.WHOLE_SLOT),
        (aged(WHOLE, 15 * MINUTE), CERTAIN, Reason.WHOLE_SLOT),
        (aged(WHOLE, 15 * MINUTE + SECOND), PERHAPS, Reason.PLAN_AGED),
        (aged(WHOLE, 60 * MINUTE, begun_certain=True), CERTAIN, Reason.WHOLE_SLOT),
        (aged(WHOLE, 60 * MINUTE + SECOND, begun_certain=True), PERHAPS, Reason.PLAN_AGED),
        (aged(WHOLE, 120 * MINUTE, begun_certain=True), PERHAPS, Reason.PLAN_AGED),
        (aged(WHOLE, 120 * MINUTE + SECOND, begun_certain=True), NOT_CHEAP, Reason.PLAN_TOO_OLD),
        (aged(WHOLE, None), NOT_CHEAP, Reason.PLAN_TOO_OLD),
        (aged(WHOLE, 0 * MINUTE, clock_agrees=False), PERHAPS, Reason.CLOCK_DIFFERS),
        (aged(WHOLE, 121 * MINUTE, clock_agrees=False), NOT_CHEAP, Reason.PLAN_TOO_OLD),
        (aged(WHOLE, 0 * MINUTE, car_charging=False, allowance_left=False), CERTAIN, Reason.WHOLE_SLOT),
        (aged(CAP, 0 * MINUTE), PERHAPS, Reason.CAR_UNKNOWN),
        (aged(CAP, 0 * MINUTE, car_charging=False), PERHAPS, Reason.CAR_NOT_CHARGING),
        (aged(CAP, 0 * MINUTE, car_charging=True), CERTAIN, Reason.CAR_CHARGING),
        (aged(CAP, 119 * MINUTE, car_charging=True), CERTAIN, Reason.CAR_CHARGING),
        (aged(CAP, 121 * MINUTE, car_charging=True), NOT_CHEAP, Reason.PLAN_TOO_OLD),
        (aged(CAP, 0 * MINUTE, car_charging=True, allowance_left=False), PERHAPS, Reason.ALLOWANCE_USED),
        (aged(CAP, 0 * MINUTE, car_charging=True, clock_agrees=False), PERHAPS, Reason.CLOCK_DIFFERS),
        (aged(CAP, 16 * MINUTE, begun_certain=True), PERHAPS, Reason.CAR_UNKNOWN),
        (aged(WHOLE, 0 * MINUTE, car_charging=False, car_idle=True), PERHAPS, Reason.CAR_IDLE),
        (aged(CAP, 0 * MINUTE, car_charging=False, car_idle=True), NOT_CHEAP, Reason.CAR_IDLE),
    ],
)
def test_in_a_day_slot(facts: Circumstances, certainty: Certainty, why: Reason) -> None:
    judged = judge(Span(span("11:30-12:30"), SpanKind.SLOT), NOON, facts)
    assert (judged.certainty, judged.why) == (certainty, why)


@given(
    policy=st.sampled_from(SlotPolicy),
    kind=st.sampled_from(SpanKind),
    at_min=st.integers(0, 24 * 60),
    charging=st.sampled_from((None, False)),
    clock_agrees=st.booleans(),
)
def test_an_idle_car_never_makes_anything_surer(
    policy: SlotPolicy, kind: SpanKind, at_min: int, charging: bool | None, clock_agrees: bool
) -> None:
    """And it changes nothing at night, nor of what is held for another reason than a slot."""
    now = at("00:00") + at_min * MINUTE
    facts = Circumstances(policy, now, car_charging=charging, clock_agrees=clock_agrees)
    held = Span(span("00:00-+1 06:00"), kind)
    without, with_idle = judge(held, now, facts), judge(held, now, replace(facts, car_idle=True))
    ranks = (NOT_CHEAP, PERHAPS, CERTAIN)
    assert ranks.index(with_idle.certainty) <= ranks.index(without.certainty)
    if kind is not SpanKind.SLOT or OFF_PEAK.covering(now) is not None:
        assert with_idle == without


@pytest.mark.parametrize("policy", SlotPolicy)
@pytest.mark.parametrize("kind", [kind for kind in SpanKind if kind is not SpanKind.CAR_GUARD])
def test_the_night_is_cheap_whatever_the_plan_says(policy: SlotPolicy, kind: SpanKind) -> None:
    judged = judge(Span(span("22:00-+1 06:00"), kind), at("+1 02:00"), aged(policy, None))
    assert judged.certainty is CERTAIN


@pytest.mark.parametrize("policy", SlotPolicy)
@pytest.mark.parametrize("kind", [kind for kind in SpanKind if kind is not SpanKind.CAR_GUARD])
def test_by_a_wrong_clock_not_even_the_night_is_certain(policy: SlotPolicy, kind: SpanKind) -> None:
    facts = replace(aged(policy, None), clock_agrees=False)
    judged = judge(Span(span("22:00-+1 06:00"), kind), at("+1 02:00"), facts)
    expect = (CERTAIN, Reason.OWNER) if kind is SpanKind.OWNER else (PERHAPS, Reason.CLOCK_DIFFERS)
    assert (judged.certainty, judged.why) == expect


@pytest.mark.parametrize(
    ("kind", "why"),
    [(SpanKind.OWNER, Reason.OWNER), (SpanKind.TAIL, Reason.OFF_PEAK), (SpanKind.GUARD, Reason.OFF_PEAK)],
)
def test_what_is_certain_by_itself(kind: SpanKind, why: Reason) -> None:
    judged = judge(Span(span("11:00-13:00"), kind), NOON, aged(CAP, None))
    assert (judged.certainty, judged.why) == (CERTAIN, why)


@pytest.mark.parametrize("clock_agrees", [True, False])
@pytest.mark.parametrize("when", ["12:00", "+1 02:00"])
@pytest.mark.parametrize(("intent", "certainty"), [(Intent.PRESERVE, PERHAPS), (Intent.CHARGE, CERTAIN)])
def test_the_car_guard_is_as_certain_as_the_owner_says(
    intent: Intent, certainty: Certainty, when: str, clock_agrees: bool
) -> None:
    facts = replace(aged(WHOLE, None), clock_agrees=clock_agrees)
    judged = judge(Span(span("11:00-+1 06:00"), SpanKind.CAR_GUARD, intent), at(when), facts)
    assert (judged.certainty, judged.why) == (certainty, Reason.CAR_GUARD)


@pytest.mark.parametrize(
    ("devices", "expect"),
    [
        ((), None),
        ((CAR,), None),
        ((replace(CAR, active_power=power(7.2, "11:55")),), True),
        ((replace(CAR, active_power=power(7.2, "11:54:59")),), None),
        ((replace(CAR, active_power=power(7.2, "12:05")),), True),
        ((replace(CAR, active_power=power(7.2, "12:05:01")),), None),
        ((replace(CAR, active_power=power(0.0, "12:00")),), False),
        ((replace(CAR, active_power=power(-3.0, "12:00")),), False),
        ((replace(CAR, active_power=power(0.5, "12:00")),), True),
        ((replace(CAR, active_power=power(7.2, "12:00"), suspended=True),), None),
        ((replace(CAR, active_power=power(0.0, "12:00")), replace(CAR_2, active_power=power(7.0, "12:00"))), True),
        ((replace(CAR, active_power=power(0.0, "12:00")), replace(CAR_2, active_power=power(7.0, "11:00"))), False),
        ((replace(CAR, state="SMART_CONTROL_IN_PROGRESS"),), None),
    ],
)
def test_what_octopus_knows_of_the_car(devices: tuple[Device, ...], expect: bool | None) -> None:
    assert is_any_seen_charging(devices, NOON) is expect
