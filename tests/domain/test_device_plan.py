"""What one device plans: doubts, plans that come and go, and devices that vanish (design 2, 3.6)."""

from dataclasses import replace

import pytest

from custom_components.octopus_powerwall.domain.model import Device, Poll
from custom_components.octopus_powerwall.domain.plan.device_plan import Doubt, doubt_of
from custom_components.octopus_powerwall.domain.plan.dispatches import Plan, take_poll

from .story import CAR, MINUTE, at, poll


@pytest.mark.parametrize(
    ("state", "suspended", "doubt"),
    [
        ("SMART_CONTROL_CAPABLE", False, None),
        ("SMART_CONTROL_IN_PROGRESS", False, None),
        ("SMART_CONTROL_IN_PROGRESS", None, None),
        ("SMART_CONTROL_CAPABLE", None, None),
        (None, False, None),
        (None, None, Doubt.NOT_CONTROLLED),
        ("LOST_CONNECTION", False, None),
        ("LOST_CONNECTION", None, Doubt.NOT_CONTROLLED),
        ("A_STATE_OF_NEXT_YEAR", False, None),
        ("SMART_CONTROL_NOT_AVAILABLE", False, Doubt.AWAY),
        ("SMART_CONTROL_NOT_AVAILABLE", None, Doubt.AWAY),
        ("SETUP_COMPLETE", False, Doubt.AWAY),
        ("BOOSTING", False, Doubt.BOOSTING),
        ("TEST_CHARGE_FAILED", False, Doubt.TESTING),
        ("SMART_CONTROL_OFF", False, Doubt.NOT_CONTROLLED),
        ("AUTHENTICATION_FAILED", None, Doubt.NOT_CONTROLLED),
    ],
)
def test_what_a_state_says_against_the_rows(state: str | None, *, suspended: bool | None, doubt: Doubt | None) -> None:
    assert doubt_of(replace(CAR, state=state, suspended=suspended)) is doubt


def after(*lists: tuple[str, tuple[str, ...]], device: Device = CAR) -> Plan:
    """The plan after Octopus has listed these rows at these times."""
    plan = Plan()
    for when, rows in lists:
        plan = take_poll(plan, poll(when, *rows, device=device))
    return plan


SLOT = ("10:00-14:00",)
TWICE = (
    ("10:00", SLOT),
    ("10:10", ()),
    ("10:12", ()),
    ("10:20", SLOT),
    ("10:30", ()),
    ("10:32", ()),
    ("10:40", SLOT),
)


@pytest.mark.parametrize(
    ("lists", "doubt", "is_listed"),
    [
        pytest.param(TWICE, None, True, id="back for the second time"),
        pytest.param((*TWICE, ("10:50", ())), None, True, id="gone for a moment"),
        pytest.param((*TWICE, ("10:50", ()), ("10:52", ())), Doubt.UNSTEADY, True, id="gone for the third time"),
        pytest.param((*TWICE, ("10:50", ()), ("10:52", ()), ("11:19", ())), Doubt.UNSTEADY, True, id="for 29 min"),
        pytest.param((*TWICE, ("10:50", ()), ("10:52", ()), ("11:20", ())), None, False, id="for half an hour"),
        pytest.param((*TWICE, ("10:50", ()), ("10:52", ()), ("10:55", SLOT)), None, True, id="back again"),
        pytest.param(TWICE[:-1], None, False, id="gone for the second time"),
        pytest.param((*TWICE[:3], ("10:43", SLOT), ("10:50", ()), ("10:52", ())), None, False, id="too late to count"),
    ],
)
def test_a_plan_that_comes_and_goes_is_damped(
    lists: tuple[tuple[str, tuple[str, ...]], ...], doubt: Doubt | None, *, is_listed: bool
) -> None:
    plan = after(*lists)
    now = at(lists[-1][0])
    assert plan.is_listed_at(now) is is_listed
    assert (plan.statements_at(now)[0].doubt if is_listed else None) is doubt


def test_what_came_back_twice_is_forgotten_once_all_was_quiet() -> None:
    plan = after(*TWICE, ("10:50", ()), ("10:52", ()), ("11:20", ()))
    for minutes in range(0, 40, 3):
        plan = take_poll(plan, poll(at("11:23") + minutes * MINUTE))
    assert plan.devices[0].returns == 0


@pytest.mark.parametrize(("when", "doubt"), [("10:10", Doubt.VANISHED), ("10:39", Doubt.VANISHED), ("10:40", None)])
def test_a_device_that_is_not_listed_any_more_keeps_its_plan_for_half_an_hour(when: str, doubt: Doubt | None) -> None:
    plan = take_poll(after(("10:00", SLOT)), Poll(at("10:10")))
    plan = take_poll(plan, Poll(at(when)))
    assert plan.is_listed_at(at(when)) is (doubt is not None)
    assert (plan.statements_at(at(when))[0].doubt) is doubt


def test_an_entry_that_cannot_be_read_keeps_its_plan_without_a_doubt() -> None:
    plan = after(("10:00", SLOT))
    for minutes in (3, 33, 63):
        plan = take_poll(plan, Poll(at("10:00") + minutes * MINUTE, skipped=1))
    assert plan.is_listed_at(at("11:03"))
    assert plan.statements_at(at("11:03"))[0].doubt is None
    assert plan.statements_at(at("11:03"))[0].read_at == at("10:00")


def test_between_two_rows_of_a_slot_those_ahead_speak_and_past_ones_do_not() -> None:
    plan = after(("10:00", ("10:00-10:20", "10:24-11:00")))
    assert plan.statements_at(at("10:22"))[0].key == plan.devices[0].key
    gone = take_poll(plan, Poll(at("10:21"), skipped=1))
    assert gone.statements_at(at("10:22"))[0].read_at == at("10:00")


@pytest.mark.parametrize(("when", "is_held"), [("10:13", True), ("10:39", True), ("10:40", False)])
def test_a_car_that_drives_off_is_held_for_half_an_hour(when: str, *, is_held: bool) -> None:
    away = replace(CAR, state="SMART_CONTROL_NOT_AVAILABLE")
    plan = after(("10:00", SLOT))
    for minute in ("10:10", when):
        plan = take_poll(plan, poll(minute, device=away))
    assert plan.is_listed_at(at(when)) is is_held
    assert plan.statements_at(at(when))[0].doubt is Doubt.AWAY


def test_outside_every_slot_nobody_speaks() -> None:
    plan = after(("10:00", ("12:00-13:00",)))
    assert [statement.key for statement in plan.statements_at(at("10:05"))] == [None]
