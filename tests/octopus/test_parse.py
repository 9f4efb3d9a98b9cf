"""Devices and dispatches, row by row."""

from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.octopus_powerwall.domain.model import Device, Dispatch, DispatchType, PowerReading
from custom_components.octopus_powerwall.octopus import parse
from custom_components.octopus_powerwall.octopus.parse import Rows

from .server import CAR, SLOT, WALLBOX, device, slot

NINE, HALF_PAST = datetime(2026, 9, 12, 21, tzinfo=UTC), datetime(2026, 9, 12, 21, 30, tzinfo=UTC)
START, END = "2026-09-12T21:00:00Z", "2026-09-12T22:30:00+01:00"


NULLS: Any = {"isSuspended": None, "currentState": None, "activePower": None}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (slot(START, END), Dispatch(NINE, HALF_PAST, DispatchType.SMART, 3.25)),
        (slot(START, END, "BOOST"), Dispatch(NINE, HALF_PAST, DispatchType.BOOST, 3.25)),
        (slot(START, END, "TEST"), Dispatch(NINE, HALF_PAST, DispatchType.TEST, 3.25)),
        (slot(START, END, None), Dispatch(NINE, HALF_PAST, None, 3.25)),
        ({"start": START, "end": END}, Dispatch(NINE, HALF_PAST, None, None)),
        (slot(START, END, energy=16.3), Dispatch(NINE, HALF_PAST, DispatchType.SMART, 16.3)),
        (slot(START, END, energy=None), Dispatch(NINE, HALF_PAST, DispatchType.SMART, None)),
        (slot(START, END, energy="NaN"), Dispatch(NINE, HALF_PAST, DispatchType.SMART, None)),
        (slot(START, END, energy=[]), Dispatch(NINE, HALF_PAST, DispatchType.SMART, None)),
        (slot(START, END, energy="-1e6"), Dispatch(NINE, HALF_PAST, DispatchType.SMART, None)),
    ],
)
def test_a_planned_row(row: Any, expected: Dispatch) -> None:
    assert parse.read_planned_dispatches([row]) == Rows((expected,))


@pytest.mark.parametrize(
    "row",
    [
        None,
        7,
        "row",
        [],
        {},
        {"start": START},
        slot(START, START),
        slot(END, START),
        slot("2026-09-12T21:00:00", END),
        slot("1926-09-12T21:00:00Z", END),
        slot(START, "whenever"),
        slot(START, END, 7),  # type: ignore[arg-type]
        slot(START, END, ["SMART"]),  # type: ignore[arg-type]
    ],
)
def test_an_unreadable_row_is_skipped_and_counted_and_costs_no_other(row: Any) -> None:
    read = parse.read_planned_dispatches([SLOT, row, SLOT])
    assert read is not None
    assert (len(read.rows), read.skipped) == (2, 1)


def test_a_row_of_an_unknown_type_does_not_count_and_does_not_damage_the_plan() -> None:
    assert parse.read_planned_dispatches([slot(START, END, "SOLAR")]) == Rows((), skipped=0)


def test_an_unknown_type_does_not_excuse_an_unreadable_time() -> None:
    assert parse.read_planned_dispatches([slot(START, "whenever", "SOLAR")]) == Rows((), skipped=1)


@pytest.mark.parametrize("value", [None, {}, "rows", 7, True])
def test_what_is_no_list_was_not_answered(value: Any) -> None:
    assert parse.read_planned_dispatches(value) is None
    assert parse.read_completed_dispatches(value) is None
    assert parse.read_devices(value) is None


def test_an_empty_list_is_an_answer() -> None:
    assert parse.read_planned_dispatches([]) == Rows(())


@pytest.mark.parametrize(
    ("meta", "kind", "location"),
    [
        ({"source": None, "location": "AT_HOME"}, None, "AT_HOME"),
        ({"source": "unknown", "location": None}, None, None),
        ({"source": "smart-charge", "location": "AWAY"}, DispatchType.SMART, "AWAY"),
        ({"source": "bump-charge", "location": "UNABLE_TO_IDENTIFY"}, DispatchType.BOOST, "UNABLE_TO_IDENTIFY"),
        ({"source": 7, "location": {}}, None, None),
        (None, None, None),
        ("meta", None, None),
    ],
)
def test_a_completed_row(meta: Any, kind: DispatchType | None, location: str | None) -> None:
    row = {"start": START, "end": END, "delta": "-3.61", "meta": meta}
    assert parse.read_completed_dispatches([row]) == Rows((Dispatch(NINE, HALF_PAST, kind, 3.61, location),))


@pytest.mark.parametrize(
    ("start", "end", "read"),
    [
        ("2026-09-11T21:00:00Z", "2026-09-12T21:00:00Z", 1),
        ("2026-09-11T21:00:00Z", "2026-09-12T21:00:01Z", 0),
        ("2000-01-01T00:00:00Z", "2099-12-31T00:00:00Z", 0),
    ],
)
def test_nobody_charges_for_more_than_a_day(start: str, end: str, read: int) -> None:
    rows = parse.read_completed_dispatches([{"start": start, "end": end, "delta": "-3.61"}])
    assert rows is not None
    assert (len(rows.rows), rows.skipped) == (read, 1 - read)


def test_a_car() -> None:
    power = {"value": 7.2, "timestamp": START}
    row = device(status={"currentState": "SMART_CONTROL_IN_PROGRESS", "activePower": power})
    assert parse.read_devices([row]) == Rows(
        (
            Device(
                id=CAR,
                is_charger=True,
                provider="TESLA",
                lifecycle="LIVE",
                state="SMART_CONTROL_IN_PROGRESS",
                name="Car",
                active_power=PowerReading(7.2, NINE),
            ),
        )
    )


@pytest.mark.parametrize(
    ("changes", "is_charger", "usable"),
    [
        ({}, True, True),
        ({"__typename": "SmartFlexChargePoint"}, True, True),
        ({"__typename": "SmartFlexChargePoint", "deviceType": "CHARGE_POINTS"}, True, True),
        ({"__typename": "SmartFlexDevice", "deviceType": "ELECTRICITY_METERS"}, False, False),
        ({"__typename": "SmartFlexDevice"}, False, False),
        ({"__typename": "SmartFlexVehicle", "deviceType": "BATTERIES"}, False, False),
        ({"__typename": ["SmartFlexVehicle"]}, False, False),
        ({"deviceType": {}}, False, False),
        ({"status": {"current": "RETIRED"}}, True, False),
        ({"status": {"current": None}}, True, False),
        ({"status": {"isSuspended": True}}, True, False),
    ],
)
def test_which_devices_count(changes: Any, is_charger: bool, usable: bool) -> None:
    read = parse.read_devices([device(**changes)])
    assert read is not None
    (found,) = read.rows
    assert (found.is_charger, found.usable) == (is_charger, usable)


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        ("TESLA_V2", "TESLA"),
        ("ohme-v12", "OHME"),
        ("OCPP_WALLBOX", "OCPP_WALLBOX"),
        ("SMART_PEAR_V3", "SMART_PEAR"),
        ("", None),
        (7, None),
        (None, None),
    ],
)
def test_a_provider_loses_its_version(provider: Any, expected: str | None) -> None:
    read = parse.read_devices([device(provider=provider)])
    assert read is not None
    assert read.rows[0].provider == expected


@pytest.mark.parametrize(
    "power",
    [
        None,
        7.2,
        {"value": 7.2},
        {"value": 7.2, "timestamp": "now"},
        {"value": "much", "timestamp": START},
        {"value": 1e9, "timestamp": START},
    ],
)
def test_a_power_without_value_or_time_is_none(power: Any) -> None:
    read = parse.read_devices([device(status={"activePower": power})])
    assert read is not None
    assert read.rows[0].active_power is None


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        device(None),  # type: ignore[arg-type]
        device("x" * 201),
        device(7),  # type: ignore[arg-type]
        device(status={"isSuspended": "no"}),
        device() | {"status": None},
    ],
)
def test_an_unreadable_device_is_skipped_and_counted(row: Any) -> None:
    read = parse.read_devices([row, device(WALLBOX)])
    assert read is not None
    assert ([found.id for found in read.rows], read.skipped) == ([WALLBOX], 1)


def test_a_meter_may_say_little_of_its_status() -> None:
    meter: Any = {"__typename": "SmartFlexDevice", "id": "m", "deviceType": "ELECTRICITY_METERS", "status": {}}
    read = parse.read_devices([meter])
    assert read is not None
    assert read.skipped == 0


def test_whether_smart_charging_is_off_may_be_unknown() -> None:
    read = parse.read_devices(
        [device(status={"isSuspended": None}), device("old", status={"current": "RETIRED"} | NULLS)]
    )
    assert read is not None
    assert [(found.suspended, found.usable) for found in read.rows] == [(None, True), (None, False)]
    assert read.skipped == 0


@pytest.mark.parametrize(
    ("cap", "capped"), [("ENABLED", True), ("DISABLED", False), ("NOT_APPLICABLE", False), ("SOON", None), (7, None)]
)
def test_a_charge_cap_that_only_the_device_shows(cap: Any, capped: bool | None) -> None:
    read = parse.read_devices(
        [device(preferences={"isChargingDurationCapped": cap}), device(WALLBOX, preferences=None)]
    )
    assert read is not None
    assert [found.capped for found in read.rows] == [capped, None]


def test_a_battery_and_a_car_whose_kind_is_told_by_its_type_name_alone() -> None:
    car = device("car")
    del car["deviceType"]
    rows: Any = [
        device("b", __typename="SmartFlexBattery", deviceType="BATTERIES"),
        device("m", deviceType="BATTERIES"),
    ]
    read = parse.read_devices([*rows, car])
    assert read is not None
    assert [(found.is_battery, found.usable) for found in read.rows] == [(True, False), (True, False), (False, True)]


def test_the_homes_of_the_devices() -> None:
    rows: Any = [
        device(propertyId="11"),
        device(propertyId=12),
        device(propertyId=None),
        device(propertyId=True),
        device(propertyId="13", status={"isSuspended": True}),
        device(propertyId="14", deviceType="BATTERIES"),
        None,
    ]
    assert parse.read_homes_of_devices(rows) == {"11", "12", "13", "14"}
    assert parse.read_homes_of_devices(None) == frozenset()
    read = parse.read_devices(rows)
    assert read is not None
    assert [found.property_id for found in read.rows] == ["11"]  # all have one id


def test_the_same_id_twice_counts_once() -> None:
    read = parse.read_devices([device(name="first"), device(name="second")])
    assert read is not None
    assert ([found.name for found in read.rows], read.skipped) == (["first"], 1)
