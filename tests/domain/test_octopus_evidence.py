"""Who charges, as Octopus sees it, and for whom a picked entity speaks (design 2)."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import Mock

import pytest

from custom_components.octopus_powerwall.domain.model import Device, DeviceRead, DispatchType, Poll, PowerReading
from custom_components.octopus_powerwall.domain.plan.dispatches import DeviceStatement, Plan, make_device_key, take_poll
from custom_components.octopus_powerwall.domain.price import octopus_evidence
from custom_components.octopus_powerwall.domain.price.octopus_evidence import (
    evidence_for,
    is_any_seen_charging,
    is_seen_charging,
)

from .story import CAR, CAR_2, at, row

NOW = at("12:10")


def drawing(device: Device, kw: float, *, minutes_ago: float = 1) -> Device:
    return replace(device, active_power=PowerReading(kw, NOW - timedelta(minutes=minutes_ago)))


@pytest.mark.parametrize(
    ("device", "expect"),
    [
        (CAR, None),
        (drawing(CAR, 7.2), True),
        (drawing(CAR, 0.5), True),
        (drawing(CAR, 0.49), False),
        (drawing(CAR, -5), False),
        (drawing(CAR, 7.2, minutes_ago=5), True),
        (drawing(CAR, 7.2, minutes_ago=5.1), None),
        (drawing(CAR, 7.2, minutes_ago=-6), None),
        (drawing(replace(CAR, suspended=True), 7.2), None),
        (drawing(replace(CAR, lifecycle="RETIRED"), 7.2), None),
    ],
)
def test_octopus_sees_a_live_car_for_five_minutes(device: Device, *, expect: bool | None) -> None:
    assert is_seen_charging(device, NOW) is expect
    assert is_any_seen_charging((CAR_2, device), NOW) is expect


def test_any_of_them() -> None:
    assert is_any_seen_charging((drawing(CAR, 0), drawing(CAR_2, 7)), NOW) is True
    assert is_any_seen_charging((), NOW) is None


def plan(*devices: tuple[Device, tuple[DispatchType, ...]]) -> Plan:
    """Each device with a row of each type that covers now."""
    reads = tuple(DeviceRead(device, tuple(row("12:00-13:00", kind) for kind in kinds)) for device, kinds in devices)
    return take_poll(Plan(), Poll(at("12:05"), tuple(device for device, _ in devices), reads))


@pytest.mark.parametrize(
    ("picked", "other", "kinds", "own_kw", "expect"),
    [
        pytest.param(True, CAR_2, (), None, True, id="nothing else goes on"),
        pytest.param(False, CAR_2, (DispatchType.BOOST,), 7.2, False, id="it shows an idle car"),
        pytest.param(True, CAR_2, (DispatchType.BOOST,), None, None, id="the other one boosts"),
        pytest.param(True, CAR_2, (DispatchType.BOOST,), 7.2, True, id="it boosts, and ours is seen charging"),
        pytest.param(True, CAR_2, (DispatchType.BOOST,), 0.0, False, id="it boosts, and ours is seen idle"),
        pytest.param(True, CAR_2, (DispatchType.BOOST, DispatchType.SMART), None, None, id="a boost over a smart row"),
        pytest.param(True, CAR_2, (DispatchType.TEST,), None, None, id="the other one is tested"),
        pytest.param(True, replace(CAR_2, state="BOOSTING"), (), None, None, id="its state says so"),
        pytest.param(True, replace(CAR_2, state="TEST_CHARGE_IN_PROGRESS"), (), None, None, id="a test, by its state"),
        pytest.param(True, drawing(CAR_2, 7.2), (), None, None, id="the other one charges outside its slots"),
        pytest.param(True, drawing(CAR_2, 7.2), (DispatchType.SMART,), None, True, id="the other one in its own"),
        pytest.param(
            True, replace(CAR_2, state="BOOSTING", lifecycle="RETIRED"), (), None, True, id="one that is gone"
        ),
        pytest.param(True, replace(CAR_2, state="SMART_CONTROL_NOT_AVAILABLE"), (), None, True, id="one that is away"),
        pytest.param(None, CAR_2, (), 7.2, True, id="none picked, Octopus sees it"),
        pytest.param(None, drawing(CAR_2, 7.2), (), None, None, id="none picked, Octopus sees the other"),
    ],
)
def test_for_whom_an_entity_speaks(
    picked: bool | None, other: Device, kinds: tuple[DispatchType, ...], own_kw: float | None, *, expect: bool | None
) -> None:
    own = CAR if own_kw is None else drawing(CAR, own_kw)
    known = plan((own, (DispatchType.SMART,)), *(((other, kinds),) if other.usable else ()))
    statement = DeviceStatement(make_device_key(own), NOW)
    assert evidence_for([statement], picked, (own, other), known, NOW) == ((statement, expect),)


@pytest.mark.parametrize(("state", "expect"), [("BOOSTING", None), ("SMART_CONTROL_CAPABLE", True)])
def test_a_car_of_which_no_plan_is_known_speaks_by_its_state(state: str, *, expect: bool | None) -> None:
    statement = DeviceStatement(make_device_key(CAR), NOW)
    cars = (CAR, replace(CAR_2, state=state))
    assert evidence_for([statement], True, cars, Plan(), NOW) == ((statement, expect),)


def test_a_slot_of_nobody_known_has_no_car_of_its_own() -> None:
    statement = DeviceStatement(None, NOW)
    assert evidence_for([statement], None, (drawing(CAR, 7),), Plan(), NOW) == ((statement, None),)


def test_many_devices_are_each_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer with hundreds of devices costs the event loop no more than their number (design 6)."""
    cars = tuple(replace(drawing(CAR, 7), id=f"car {number}") for number in range(300))
    statements = [DeviceStatement(make_device_key(car), NOW) for car in cars]
    seen = Mock(side_effect=is_seen_charging)
    monkeypatch.setattr(octopus_evidence, "is_seen_charging", seen)
    assert {charges for _, charges in evidence_for(statements, True, cars, Plan(), NOW)} == {True}
    assert seen.call_count <= 2 * len(cars)
