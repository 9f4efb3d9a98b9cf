"""An entity that shows an idle car in a slot, and one that Octopus' reports contradict (design 2)."""

from dataclasses import replace
from typing import Any

import pytest

from .house import House
from .trouble import controller, repair, repairs

pytestmark = [
    pytest.mark.freeze_time("2026-11-18 09:50:00+00:00"),
    pytest.mark.usefixtures("seldom_looked_at", "seldom_polled"),
]

CAR = "binary_sensor.car_charging"


async def test_a_car_that_stays_idle_makes_a_whole_slot_doubtful(house: House) -> None:
    """Octopus has planned for a car that is not plugged in; nobody knows how it bills that."""
    house.plan("10:00", "12:00")
    house.hass.states.async_set(CAR, "off")
    await house.move_in(charging_entity=CAR)
    await house.until("10:10")
    assert (house.status, house.reason) == ("charging_up", "whole_slot")
    await house.until("10:15:01")
    assert (house.status, house.reason) == ("preserving", "car_idle")
    house.hass.states.async_set(CAR, "on")
    await house.until("10:20")
    assert (house.status, house.reason) == ("charging_up", "whole_slot")


@pytest.mark.parametrize(
    ("says", "reason"), [("unavailable", "whole_slot"), ("on", "whole_slot"), ("resting", "whole_slot")]
)
async def test_only_a_car_that_is_seen_idle_does_so(house: House, says: str, reason: str) -> None:
    house.plan("10:00", "12:00")
    house.hass.states.async_set(CAR, says)
    await house.move_in(charging_entity=CAR)
    await house.until("10:40")
    assert (house.status, house.reason) == ("charging_up", reason)


@pytest.mark.freeze_time("2026-11-18 22:50:00+00:00")
async def test_a_night_is_cheap_whatever_the_car_does(house: House) -> None:
    house.plan("23:00", "05:00")
    house.hass.states.async_set(CAR, "off")
    await house.move_in(charging_entity=CAR)
    await house.until("23:20")
    assert house.reason == "car_idle"
    await house.until("23:40")
    assert (house.status, house.reason) == ("charging_up", "off_peak")


async def a_day_contradicts(house: House, *before: int) -> None:
    """A slot from ten to eleven of which the entity says the opposite, so many days after others like it."""
    loop = controller(house).decision_loop
    known = tuple(house.at("10:00", days=-days) for days in before)
    loop.world = replace(loop.world, charger_record=replace(loop.world.charger_record, contradicted=known))
    await house.until("15:10")


@pytest.mark.usefixtures("as_often_as_usual")
@pytest.mark.parametrize(
    ("says", "charges", "before", "told"),
    [
        ("off", "on", (4, 1), True),
        ("on", "off", (6, 1), True),
        ("off", "on", (1,), False),
        ("on", "off", (7, 1), False),
    ],
)
async def test_reports_that_contradict_the_entity_on_three_days_of_seven_are_told(
    house: House, says: str, charges: Any, before: tuple[int, ...], *, told: bool
) -> None:
    house.octopus.set_charging(charges)
    house.hass.states.async_set(CAR, says)
    house.plan("10:00", "11:00")
    await house.move_in(charging_entity=CAR)
    await a_day_contradicts(house, *before)
    assert ("charger_contradicted" in repairs(house)) is told
    assert ("charger_contradicted" in house.entity("attention").attributes["problems"]) is told


@pytest.mark.parametrize("says", ["off", "on"])
async def test_an_entity_that_agrees_is_not_complained_of(house: House, says: Any) -> None:
    house.octopus.set_charging(says)
    house.hass.states.async_set(CAR, says)
    house.plan("10:00", "11:00")
    await house.move_in(charging_entity=CAR)
    await a_day_contradicts(house, 2, 1)
    assert "charger_contradicted" not in repairs(house)


@pytest.mark.usefixtures("as_often_as_usual")
async def test_what_was_said_outlives_a_restart_and_another_entity_has_said_nothing(house: House) -> None:
    house.hass.states.async_set(CAR, "off")
    house.hass.states.async_set("sensor.wallbox", "charging")
    house.plan("10:00", "11:00")
    entry = await house.move_in(charging_entity=CAR)
    await a_day_contradicts(house, 2, 1)
    assert (repair(house, "charger_contradicted").translation_placeholders or {})["entity"] == CAR
    await house.hass.config_entries.async_reload(entry.entry_id)
    await house.settle()
    assert "charger_contradicted" in repairs(house)
    house.hass.config_entries.async_update_entry(entry, options={"charging_entity": "sensor.wallbox"})
    await house.hass.config_entries.async_reload(entry.entry_id)
    await house.settle()
    assert "charger_contradicted" not in repairs(house)
