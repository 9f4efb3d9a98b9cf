"""How certain a slot is, and what that lets the Powerwall do: old plans, a car that charges or not (design 2)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.simulators.octopus import CHARGE_CAP_PRODUCT, LoggedRequest

from .house import LONDON, House

pytestmark = [pytest.mark.freeze_time("2026-11-18 09:40:00+00:00"), pytest.mark.usefixtures("seldom_looked_at")]

CAR = "binary_sensor.car_charging"


@pytest.fixture(autouse=True)
def calm_house(house: House) -> None:
    """Let the battery stay at 63 % until told otherwise."""
    house.tesla.site.load_kw = 0


def clock(at: datetime) -> str:
    """London's time of day."""
    return at.astimezone(LONDON).strftime("%H:%M:%S")


def car_says(house: House, state: str, entity_id: str = CAR, unit: str | None = None) -> None:
    """The entity that the owner picked."""
    house.hass.states.async_set(entity_id, state, {"unit_of_measurement": unit} if unit else {})


async def on_charge_cap(house: House, entity_id: str | None = CAR, **options: Any) -> None:
    """An account with a charge cap, a slot from 10:00 to 12:00, and perhaps a picked entity."""
    house.octopus.set_product(CHARGE_CAP_PRODUCT)
    house.plan("10:00", "12:00")
    if entity_id is not None:
        options["charging_entity"] = entity_id
    await house.move_in(**options)


def down(house: House) -> LoggedRequest:
    """Octopus is down from now on; returns its last answer."""
    last = house.octopus.polls[-1]
    house.octopus.fail("http_503")
    return last


# --- whole-slot accounts: the plan's age ----------------------------------------------------------------


async def test_octopus_down_in_a_slot(house: House) -> None:
    """A slot begun as certain stays so for an hour, is perhaps cheap up to two hours, and then nobody knows."""
    house.plan("10:00", "13:00")
    await house.move_in()
    await house.until("10:10")
    read_at = down(house).at
    await house.until(read_at + timedelta(minutes=59))
    assert (house.status, house.reason) == ("charging_up", "whole_slot")
    await house.until(read_at + timedelta(minutes=70))
    assert (house.status, house.reason) == ("preserving", "plan_aged")
    await house.until("12:30")
    assert (house.status, house.reason) == ("idle", "plan_too_old")
    level = house.told[1][1]
    assert 63 < level < 80
    assert house.told == [
        ("10:00:00", 100),
        (clock(read_at + timedelta(minutes=60)), level),
        (clock(read_at + timedelta(minutes=120)), 20),
    ]


async def test_octopus_down_before_a_slot(house: House) -> None:
    """A plan that is older than a quarter of an hour does not begin a certain slot."""
    house.plan("10:00", "11:00")
    await house.move_in()
    await house.until("09:42")
    down(house)
    await house.until("11:05")
    assert house.told == [("10:00:00", 63), ("11:00:00", 20)]


async def test_octopus_down_just_before_a_slot(house: House) -> None:
    """At most a quarter of an hour is young enough to begin, and then it lasts an hour."""
    house.plan("10:00", "10:45")
    await house.move_in(whole_half_hours="off")
    await house.until("09:50")
    down(house)
    await house.until("10:50")
    assert house.told == [("10:00:00", 100), ("10:45:00", 20)]


async def test_octopus_down_for_two_hours_before_a_slot(house: House) -> None:
    """After two hours nobody knows whether it still stands."""
    house.plan("12:00", "13:00")
    await house.move_in()
    await house.until("09:50")
    down(house)
    await house.until("13:05")
    assert house.writes == []


async def test_octopus_back_in_a_slot(house: House) -> None:
    """An old plan that turns out to stand is certain again."""
    house.plan("10:00", "11:00")
    await house.move_in()
    await house.until("09:42")
    down(house)
    await house.until("10:20")
    assert (house.status, house.reason) == ("preserving", "plan_aged")
    house.octopus.heal()
    await house.until("10:30")
    assert (house.status, house.reason) == ("charging_up", "whole_slot")
    await house.until("11:05")
    assert [value for _, value in house.told] == [63, 100, 20]


async def test_a_wrong_clock(house: House) -> None:
    """A clock that differs from Octopus' by more than two minutes makes every slot perhaps."""
    house.octopus.set_clock_skew(150)
    house.plan("10:00", "11:00")
    await house.move_in()
    await house.until("10:30")
    assert (house.status, house.reason) == ("preserving", "clock_differs")
    await house.until("11:05")
    assert house.told == [("10:00:00", 63), ("11:00:00", 20)]


# --- charge-cap accounts: whether the car charges -------------------------------------------------------


async def test_no_evidence(house: House) -> None:
    """Without evidence the level is held, from the first second on, and nothing is bought."""
    await on_charge_cap(house, None)
    await house.until("10:30")
    assert (house.status, house.reason) == ("preserving", "car_unknown")
    assert house.entity("car_charging").state == "unknown"
    assert house.entity("cheap_rate").state == "off"
    await house.until("12:05")
    assert house.told == [("10:00:00", 63), ("12:00:00", 20)]


async def test_car_begins_and_ends_to_charge(house: House) -> None:
    """On counts at once, off after it has stood for half a minute."""
    car_says(house, "off")
    await on_charge_cap(house)
    await house.until("10:12:20")
    assert (house.status, house.reason) == ("preserving", "car_not_charging")
    car_says(house, "on")
    await house.until("10:45:40")
    assert (house.status, house.reason) == ("charging_up", "car_charging")
    assert house.entity("cheap_rate").state == "on"
    car_says(house, "off")
    await house.until("12:05")
    (first, second, (at, kept), last) = house.told
    assert (first, second, last) == (("10:00:00", 63), ("10:12:20", 100), ("11:00:40", 20))
    assert at == "10:46:10"
    assert kept in (69, 70)


async def test_without_its_car_a_slot_is_let_go(house: House) -> None:
    """A car that has been idle for a quarter of an hour of the slot is not waited for; it may come back to it."""
    car_says(house, "off")
    await on_charge_cap(house)
    await house.until("10:14:59")
    assert (house.status, house.reason) == ("preserving", "car_not_charging")
    await house.until("10:17")
    assert (house.status, house.reason) == ("idle", "car_idle")
    assert house.entity("cheap_rate").state == "off"
    await house.until("10:40")
    car_says(house, "on")
    await house.until("10:45")
    assert (house.status, house.reason) == ("charging_up", "car_charging")
    await house.until("12:05")
    assert house.told == [("10:00:00", 63), ("10:15:00", 20), ("10:40:00", 100), ("12:00:00", 20)]


async def test_a_silent_entity_shows_no_idle_car(house: House) -> None:
    """Nothing is let go for want of news."""
    await on_charge_cap(house)
    car_says(house, "unavailable")
    await house.until("11:30")
    assert (house.status, house.reason) == ("preserving", "car_unknown")
    assert house.told == [("10:00:00", 63)]


async def test_car_charges_from_the_start(house: House) -> None:
    """Evidence that is there at the edge is used at the edge."""
    car_says(house, "on")
    await on_charge_cap(house)
    await house.until("12:05")
    assert house.told == [("10:00:00", 100), ("12:00:00", 20)]


async def test_a_flickering_sensor(house: House) -> None:
    """A sensor that goes on and off every twenty seconds costs no writes: off never stands for half a minute."""
    car_says(house, "on")
    await on_charge_cap(house)
    await house.until("10:30")
    for _ in range(15):
        car_says(house, "off")
        await house.wait(seconds=20)
        car_says(house, "on")
        await house.wait(seconds=20)
    await house.until("12:05")
    assert house.told == [("10:00:00", 100), ("12:00:00", 20)]


async def test_an_entity_that_is_unavailable(house: House) -> None:
    """Not available is not off: there is no evidence, and so the level is held."""
    car_says(house, "on")
    await on_charge_cap(house)
    await house.until("10:30")
    car_says(house, "unavailable")
    await house.until("10:40")
    assert (house.status, house.reason) == ("preserving", "car_unknown")
    assert house.entity("car_charging").state == "unknown"
    car_says(house, "on")
    await house.until("12:05")
    assert [value for _, value in house.told][::2] == [100, 100]
    assert len(house.told) == 4


@pytest.mark.parametrize(
    ("unit", "threshold", "low", "high"),
    [("kW", None, "0.9", "1.1"), ("W", None, "900", "1100"), ("kW", 3.0, "2.3", "3.1"), ("W", 3000, "2300", "3100")],
)
async def test_a_power_sensor(house: House, unit: str, threshold: float | None, low: str, high: str) -> None:
    """The threshold is in W, migrated from the sensor's own unit here; without one it is 1 kW."""
    sensor = "sensor.charger_power"
    car_says(house, low, sensor, unit)
    await on_charge_cap(house, sensor, **({} if threshold is None else {"charging_power_threshold": threshold}))
    await house.until("10:10")
    assert (house.status, house.reason) == ("preserving", "car_not_charging")
    car_says(house, high, sensor, unit)
    await house.until("10:40")
    assert (house.status, house.reason) == ("charging_up", "car_charging")
    car_says(house, "0", sensor, unit)
    await house.until("10:50")
    assert (house.status, house.reason) == ("preserving", "car_not_charging")
    assert [at for at, _ in house.told] == ["10:00:00", "10:10:00", "10:40:30"]


@pytest.mark.parametrize(("state", "charges"), [("charging", True), ("Charging", True), ("connected", False)])
async def test_a_state_in_words(house: House, state: str, charges: bool) -> None:
    """Chargers say it in a word."""
    car_says(house, state, "sensor.charger_status")
    await on_charge_cap(house, "sensor.charger_status")
    await house.until("10:10")
    assert house.told == [("10:00:00", 100 if charges else 63)]


async def test_a_charging_car_outside_a_slot(house: House) -> None:
    """A car that charges where Octopus has planned nothing pays the day rate."""
    car_says(house, "on")
    house.octopus.set_product(CHARGE_CAP_PRODUCT)
    await house.move_in(charging_entity=CAR)
    await house.until("10:30")
    assert (house.status, house.reason) == ("idle", "no_slot")
    assert house.writes == []


async def test_octopus_sees_the_car_charge(house: House) -> None:
    """Without a picked entity Octopus' own live power is evidence; it comes with the polls."""
    house.octopus.set_device("car", power_report="live")
    await on_charge_cap(house, None)
    await house.until("12:05")
    assert [value for _, value in house.told] == [63, 100, 20]
    assert "10:00:00" < house.told[1][0] < "10:01:35"
    assert house.told[2] == ("12:00:00", 20)


async def test_octopus_saw_the_car_long_ago(house: House) -> None:
    """A power that is older than five minutes is no evidence."""
    house.octopus.set_device("car", power_report="stale")
    await on_charge_cap(house, None)
    await house.until("12:05")
    assert house.told == [("10:00:00", 63), ("12:00:00", 20)]


async def test_the_picked_entity_beats_octopus(house: House) -> None:
    """The owner's own charger is the stronger witness: nothing is bought. While Octopus sees the car it is held."""
    house.octopus.set_device("car", power_report="live")
    car_says(house, "off")
    await on_charge_cap(house)
    await house.until("12:05")
    assert house.told == [("10:00:00", 63), ("12:00:00", 20)]


async def test_octopus_down_while_the_car_charges(house: House) -> None:
    """On a charge-cap account the car is the proof, as long as the plan is not two hours old."""
    car_says(house, "on")
    await on_charge_cap(house)
    await house.until("10:05")
    read_at = down(house).at
    await house.until("11:55")
    assert (house.status, house.reason) == ("charging_up", "car_charging")
    assert read_at + timedelta(hours=2) > house.at("12:00")
    await house.until("12:05")
    assert house.told == [("10:00:00", 100), ("12:00:00", 20)]
