"""The question for the charger: what is offered, how it is told, and what the end of a set-up says was found."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.octopus_powerwall.flows.setup_summary import async_describe_found
from tests.powerwall.conftest import Registered
from tests.simulators.octopus import CHARGE_CAP_PRODUCT, OctopusSimulator

from .forms import Flow

type Begin = Callable[[], Awaitable[Flow]]

pytestmark = [pytest.mark.freeze_time("2026-11-18 12:00:00+00:00"), pytest.mark.usefixtures("setup_entry")]


def states(hass: HomeAssistant) -> None:
    """A house with a charger, a car, and much else."""
    hass.states.async_set("sensor.zappi_plug_status", "EV Connected", {"friendly_name": "Zappi plug"})
    hass.states.async_set("sensor.zappi_status", "Boosting", {"options": ["Paused", "Charging"]})
    hass.states.async_set("sensor.charger_power", "7.2", {"unit_of_measurement": "kW"})
    hass.states.async_set("binary_sensor.car_charging", "off")
    hass.states.async_set("sensor.oven_power", "0", {"unit_of_measurement": "W"})
    hass.states.async_set("sensor.backup_manager", "idle")
    hass.states.async_set("sensor.outdoor", "7", {"unit_of_measurement": "°C"})
    hass.states.async_set("binary_sensor.front_door", "on", {"device_class": "door"})


async def at_the_charger(log_in: Begin, powerwall: Registered) -> Flow:
    """Get as far as the question."""
    flow = await log_in()
    await flow.submit(powerwall=powerwall.device.id)
    assert flow.step == "charger"
    return flow


async def test_likely_ones_come_first_with_what_they_say(
    hass: HomeAssistant, log_in: Begin, powerwall: Registered
) -> None:
    states(hass)
    flow = await at_the_charger(log_in, powerwall)
    offered = flow.choices("charging_entity")
    assert list(offered)[:4] == [
        "binary_sensor.car_charging",
        "sensor.zappi_plug_status",
        "sensor.zappi_status",
        "sensor.charger_power",
    ]
    assert offered["sensor.zappi_plug_status"] == (
        "Zappi plug: EV Connected, so not charging (sensor.zappi_plug_status)"
    )
    assert offered["sensor.zappi_status"].startswith("zappi status: Boosting, which proves nothing")
    assert offered["sensor.charger_power"].startswith("charger power: 7.2 kW, so charging")
    assert "sensor.oven_power" in offered
    assert not {"sensor.outdoor", "binary_sensor.front_door", "sensor.backup_manager"} & set(offered)


async def test_the_battery_itself_is_not_offered(hass: HomeAssistant, log_in: Begin, powerwall: Registered) -> None:
    """Its power is positive while it feeds the car."""
    own = er.async_get(hass).async_get_or_create(
        "sensor", "tesla_fleet", "battery-power", device_id=powerwall.device.id, suggested_object_id="car_power"
    )
    hass.states.async_set(own.entity_id, "7000", {"unit_of_measurement": "W"})
    flow = await at_the_charger(log_in, powerwall)
    assert own.entity_id not in flow.choices("charging_entity")
    await flow.submit(charging_entity=own.entity_id)
    assert flow.errors == {"charging_entity": "battery_entity"}
    assert flow.fields["charging_entity"] == own.entity_id


@pytest.mark.parametrize("platform", ["powerwall", "tessie"])
async def test_nor_is_it_by_another_integration(
    hass: HomeAssistant, log_in: Begin, powerwall: Registered, platform: str
) -> None:
    entities = Registered(hass, platform).with_battery() if platform == "tessie" else None
    own = er.async_get(hass).async_get_or_create(
        "sensor",
        platform,
        "site-power",
        device_id=entities.device.id if entities else None,
        suggested_object_id="charge_power",
    )
    hass.states.async_set(own.entity_id, "7000", {"unit_of_measurement": "W"})
    flow = await log_in()
    await flow.submit(powerwall=powerwall.device.id)
    assert own.entity_id not in flow.choices("charging_entity")


async def test_our_own_entities_are_refused(hass: HomeAssistant, log_in: Begin, powerwall: Registered) -> None:
    own = er.async_get(hass).async_get_or_create("binary_sensor", "octopus_powerwall", "x_car_charging")
    hass.states.async_set(own.entity_id, "on")
    flow = await at_the_charger(log_in, powerwall)
    assert own.entity_id not in flow.choices("charging_entity")
    await flow.submit(charging_entity=own.entity_id)
    assert flow.errors == {"charging_entity": "own_entity"}


async def test_what_charges_without_a_slot_is_warned_of(
    hass: HomeAssistant, log_in: Begin, powerwall: Registered, octopus: OctopusSimulator
) -> None:
    octopus.set_product(CHARGE_CAP_PRODUCT)
    states(hass)
    flow = await at_the_charger(log_in, powerwall)
    assert "says that the car is charging now" in flow.notes
    assert "six hours" in flow.notes
    assert "Zappi owners" in flow.notes
    await flow.submit(charging_entity="sensor.charger_power")
    told = flow.result["description_placeholders"]["found"]
    assert "says that the car is charging now" in told


@pytest.mark.parametrize(("platform", "told"), [("myenergi", True), ("easee", False)])
async def test_a_zappi_is_known_by_its_integration_too(
    hass: HomeAssistant, log_in: Begin, powerwall: Registered, platform: str, *, told: bool
) -> None:
    er.async_get(hass).async_get_or_create("sensor", platform, "status", suggested_object_id="driveway")
    flow = await at_the_charger(log_in, powerwall)
    assert ("Zappi owners" in flow.notes) is told


async def test_a_whole_slot_account_hears_nothing_of_six_hours(
    hass: HomeAssistant, log_in: Begin, powerwall: Registered
) -> None:
    flow = await at_the_charger(log_in, powerwall)
    assert "six hours" not in flow.notes
    assert "the whole slot is cheap" in flow.notes


async def test_the_end_says_what_was_found(
    hass: HomeAssistant, log_in: Begin, powerwall: Registered, octopus: OctopusSimulator
) -> None:
    octopus.add_slot(datetime(2026, 11, 18, 14, tzinfo=UTC), datetime(2026, 11, 18, 15, 30, tzinfo=UTC))
    flow = await at_the_charger(log_in, powerwall)
    await flow.submit()
    assert flow.step == "create_entry"
    assert flow.result["description"] == "found"
    told = flow.result["description_placeholders"]["found"]
    assert "Intelligent Octopus Go" in told
    assert "Slots ahead: 1. The first is from" in told
    assert "at the day rate now" in told
    assert "Tonight the Powerwall is left to itself" in told
    assert "Dry run" not in told


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"night_guard": "charge_up"}, "is charged up in the cheap hours"),
        ({"night_guard": "preserve_charge"}, "keeps its charge in the cheap hours"),
        ({"dry_run": True}, "nothing is sent to the Powerwall"),
    ],
)
async def test_the_end_says_what_will_happen(
    hass: HomeAssistant, log_in: Begin, powerwall: Registered, options: dict[str, Any], sentence: str
) -> None:
    flow = await log_in()
    account = hass.config_entries.flow._progress[flow.result["flow_id"]]._account  # type: ignore[attr-defined]
    assert sentence in (await async_describe_found(hass, account, options))["found"]
