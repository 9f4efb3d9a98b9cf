"""The picked entity over days: it flickers, falls silent, is renamed, and comes from an earlier release."""

from unittest.mock import patch

from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.octopus_powerwall.runtime.charger import find_picked_charger
from custom_components.octopus_powerwall.runtime.decision_loop import DecisionLoop
from tests.simulators.octopus import CHARGE_CAP_PRODUCT

from .house import House

CAR = "binary_sensor.wallbox_charging"

pytestmark = pytest.mark.freeze_time("2026-11-18 11:40:00+00:00")


@pytest.fixture
def capped(house: House) -> House:
    """A house on charge cap, whose Powerwall has nothing to feed."""
    house.tesla.site.load_kw = 0
    house.octopus.set_product(CHARGE_CAP_PRODUCT)
    house.plan("12:00", "13:00")
    return house


async def test_a_wifi_that_comes_and_goes_costs_no_writes(capped: House) -> None:
    """Half a minute of silence in each two: the car charges all the time, and so does the Powerwall."""
    capped.hass.states.async_set(CAR, "on")
    await capped.move_in(charging_entity=CAR)
    await capped.until("12:05")
    for _ in range(8):
        capped.hass.states.async_set(CAR, "unavailable")
        await capped.wait(seconds=30)
        capped.hass.states.async_set(CAR, "on")
        await capped.wait(seconds=90)
    assert capped.told == [("12:00:00", 100)]


async def test_a_pause_of_seconds_is_no_end(capped: House) -> None:
    capped.hass.states.async_set(CAR, "on")
    await capped.move_in(charging_entity=CAR)
    await capped.until("12:05")
    capped.hass.states.async_set(CAR, "off")
    await capped.wait(seconds=29)
    capped.hass.states.async_set(CAR, "on")
    await capped.wait(minutes=3)
    assert (capped.status, capped.told) == ("charging_up", [("12:00:00", 100)])
    capped.hass.states.async_set(CAR, "off")
    await capped.wait(seconds=31)
    assert (capped.status, capped.reason) == ("preserving", "car_not_charging")


async def test_a_word_that_nobody_knows_is_no_evidence(capped: House) -> None:
    capped.hass.states.async_set("sensor.wallbox", "Flux capacitor ready")
    await capped.move_in(charging_entity="sensor.wallbox")
    await capped.until("12:05")
    assert (capped.status, capped.reason) == ("preserving", "car_unknown")
    assert capped.entity("car_charging").state == "unknown"


async def test_an_entity_that_is_renamed_is_followed(capped: House) -> None:
    """At once while Home Assistant runs, and by its registry id when it was renamed meanwhile."""
    registry = er.async_get(capped.hass)
    registered = registry.async_get_or_create("binary_sensor", "wallbox", "7", suggested_object_id="wallbox_charging")
    capped.hass.states.async_set(registered.entity_id, "on")
    await capped.move_in(charging_entity=registered.entity_id)
    await capped.until("12:05")
    assert capped.status == "charging_up"
    registry.async_update_entity(registered.entity_id, new_entity_id="binary_sensor.garage")
    capped.hass.states.async_remove(CAR)
    capped.hass.states.async_set("binary_sensor.garage", "off")
    await capped.wait(minutes=3)
    assert capped.entry.options["charging_entity"] == "binary_sensor.garage"
    assert (capped.status, capped.reason) == ("preserving", "car_not_charging")
    await capped.hass.config_entries.async_unload(capped.entry.entry_id)
    registry.async_update_entity("binary_sensor.garage", new_entity_id="binary_sensor.drive")
    capped.hass.states.async_set("binary_sensor.drive", "on")
    await capped.hass.config_entries.async_setup(capped.entry.entry_id)
    await capped.wait(minutes=3)
    assert find_picked_charger(capped.hass, capped.entry.options) == "binary_sensor.drive"
    assert capped.status == "charging_up"


@pytest.mark.parametrize("options", [{}, {"charging_entity": CAR}])
async def test_what_becomes_of_other_entities_is_no_news(house: House, options: dict[str, str]) -> None:
    """While Home Assistant starts its registry changes by the hundred, and a decision costs a millisecond."""
    registry = er.async_get(house.hass)
    other = registry.async_get_or_create("sensor", "kettle", "7", suggested_object_id="kettle").entity_id
    house.hass.states.async_set(CAR, "off")
    await house.move_in(**options)
    with patch.object(DecisionLoop, "decide_now") as decisions:
        registry.async_update_entity(other, name="Kettle")
        registry.async_update_entity(other, new_entity_id="sensor.pot")
        registry.async_remove("sensor.pot")
        await house.hass.async_block_till_done()
    assert not decisions.called


@pytest.mark.parametrize(
    ("unit", "threshold", "watts"),
    [("kW", 2.0, 2000.0), ("W", 1500.0, 1500.0), (None, 1.4, 1400.0), (None, 900.0, 900.0)],
)
async def test_a_threshold_of_the_first_release_comes_along(
    house: House, unit: str | None, threshold: float, watts: float
) -> None:
    """It was in the unit of the sensor; where that is not there yet, few can only have been kilowatts."""
    if unit is not None:
        house.hass.states.async_set("sensor.car", "0", {"unit_of_measurement": unit})
    await house.move_in(charging_entity="sensor.car", charging_power_threshold=threshold)
    assert house.entry.options["charging_power_threshold"] == watts
    assert house.entry.minor_version == 2
