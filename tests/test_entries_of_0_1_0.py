"""What owners have who come from 0.1.0: their entries, made with its own forms, and what they built on its entities."""

from itertools import groupby
import json
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.octopus_powerwall.const import DOMAIN
from tests.simulators.octopus import CHARGE_CAP_PRODUCT
from tests.stories.house import House
from tests.stories.trouble import repairs
from tests.tesla_components import settle

FOLDER = Path(__file__).parent / "data" / "entries_0_1_0"
STORES = Path(__file__).parent / "data" / "store_0_1_0"
# What the options of each mean today.
OPTIONS: dict[str, dict[str, Any]] = {
    "as_proposed": {"night_guard": "preserve_charge"},
    "options_saved_once": {
        "slot_policy": "automatic",
        "whole_half_hours": "automatic",
        "night_guard": "charge_up",
        "dry_run": False,
    },
    "everything_chosen": {
        "slot_policy": "confirmed_only",
        "whole_half_hours": "on",
        "night_guard": "preserve_charge",
        "dry_run": False,
        "usual_reserve": 25,
        "charging_entity": "sensor.car_power",
        "charging_power_threshold": 2000.0,
    },
}

pytestmark = [
    pytest.mark.freeze_time("2026-11-18 12:00:00+00:00"),
    pytest.mark.usefixtures("seldom_looked_at", "seldom_polled"),
]


async def come_along(house: House, name: str) -> None:
    """Let Home Assistant find an entry of 0.1.0, and its entities in the registry, after the update."""
    stored: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    await house.add_entry()
    # The registry's ids are made anew for each Home Assistant; all else is as 0.1.0 wrote it.
    today, was = dict(house.entry.data), stored["data"]
    assert set(today) == set(was)
    assert set(today["binding"]) == set(was["binding"])
    await house.hass.config_entries.async_remove(house.entry.entry_id)
    ids = {key: today["binding"][key] for key in ("device_id", "reserve", "level")}
    entry = MockConfigEntry(
        domain=DOMAIN,
        data=was | {"powerwall": today["powerwall"], "binding": was["binding"] | ids, "api_key": today["api_key"]},
        **{key: stored[key] for key in ("entry_id", "version", "minor_version", "title", "unique_id", "options")},
    )
    entry.add_to_hass(house.hass)
    registry = er.async_get(house.hass)
    for key, entity_id in stored["entities"].items():
        platform, _, object_id = entity_id.partition(".")
        registry.async_get_or_create(
            platform, DOMAIN, f"{entry.entry_id}_{key}", suggested_object_id=object_id, config_entry=entry
        )
    house.entry = entry
    await house.hass.config_entries.async_setup(entry.entry_id)
    await settle(house.hass)


@pytest.mark.parametrize("name", OPTIONS)
async def test_an_entry_comes_along_without_a_question(house: House, name: str) -> None:
    """It loads, its options mean what they meant, its entities keep their ids; at most it is advised of something."""
    if name == "everything_chosen":
        house.octopus.set_product(CHARGE_CAP_PRODUCT)
        house.hass.states.async_set("sensor.car_power", "0", {"unit_of_measurement": "kW", "device_class": "power"})
    await come_along(house, name)
    assert house.entry.state is ConfigEntryState.LOADED
    assert (house.entry.version, house.entry.minor_version) == (1, 2)
    changed = {key: value for key, value in house.entry.options.items() if key != "charging_registry_id"}
    assert changed == OPTIONS[name]
    stored: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    registry = er.async_get(house.hass)
    for key, entity_id in stored["entities"].items():
        found = registry.async_get(entity_id)
        assert found is not None
        assert found.unique_id == f"{house.entry.entry_id}_{key}"
        assert house.hass.states.get(entity_id) is not None, entity_id
    assert not list(house.hass.config_entries.flow.async_progress_by_handler(DOMAIN))
    assert repairs(house) <= {"guard_advice"}


async def come_along_with_store(
    house: House, hass_storage: dict[str, Any], name: str, *, phase: str, back: str, stands: int
) -> list[int]:
    """Let 0.1.0 stop in a phase of a hold from 12:00 to 12:30 and Home Assistant come back with the new release.

    ``stands`` is the reserve meanwhile. Answers with what the Powerwall is told in the hour after, each value once.
    """
    stored = json.loads((STORES / f"{phase}.json").read_text(encoding="utf-8"))
    entry_id = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["entry_id"]
    house.plan("12:00", "12:30", energy=3.5)
    house.tesla.site.set_in_app(reserve_pct=stands)
    await house.until(back)
    key = f"{DOMAIN}.{entry_id}"
    hass_storage[key] = stored | {"key": key}
    await come_along(house, name)
    assert house.entry.state is ConfigEntryState.LOADED
    await house.wait(minutes=70)
    assert house.status == "idle"
    return [value for value, _ in groupby(house.writes)]


@pytest.mark.freeze_time("2026-11-18 11:40:00+00:00")
@pytest.mark.parametrize(
    ("phase", "back", "stands", "told"),
    [
        pytest.param("holding", "12:10", 100, [20], id="updated in the hold"),
        pytest.param("holding", "12:34", 100, [20], id="updated in the hold, back after it"),
        pytest.param("holding", "19:10", 100, [20], id="back in the evening"),
        pytest.param("in_flight", "12:02", 100, [20], id="killed in the raise, which landed"),
        pytest.param("in_flight", "12:34", 20, [20], id="killed in the raise, which may still land"),
        pytest.param("restoring", "12:36", 100, [20], id="updated while it could not be put back"),
        pytest.param("watch", "12:34", 100, [20], id="a raise lands after all was over"),
        pytest.param("undoing_in_override", "12:18", 100, [45], id="a raise has landed over the owner's 45"),
        pytest.param("overridden", "12:20", 45, [], id="left as the owner set it"),
        pytest.param("nudging", "12:42", 20, [20], id="sent again to a battery that does not obey"),
        pytest.param("idle", "11:52", 20, [100, 20], id="updated before the slot"),
    ],
)
async def test_what_0_1_0_left_raised_is_put_back(
    *, house: House, hass_storage: dict[str, Any], phase: str, back: str, stands: int, told: list[int]
) -> None:
    """The hold goes on, and what 0.1.0 had found before it is put back at its end."""
    answer = await come_along_with_store(
        house, hass_storage, "options_saved_once", phase=phase, back=back, stands=stands
    )
    assert answer == told
    assert house.reserve == (told[-1] if told else stands)


@pytest.mark.freeze_time("2026-11-18 11:40:00+00:00")
@pytest.mark.parametrize(("name", "usual"), [("as_proposed", 20), ("everything_chosen", 25)])
async def test_other_entries_with_a_hold_of_0_1_0(
    house: House, hass_storage: dict[str, Any], name: str, usual: int
) -> None:
    """The usual reserve that an owner gave is put back instead of what was found."""
    told = await come_along_with_store(house, hass_storage, name, phase="holding", back="12:10", stands=100)
    assert told[-1] == usual
    assert house.reserve == usual
    assert repairs(house) <= {"guard_advice"}


AUTOMATIONS = [
    {
        "triggers": [{"trigger": "state", "entity_id": "event.octopus_powerwall_activity", "not_from": "unavailable"}],
        "conditions": ["{{ trigger.to_state.attributes.event_type == 'reserve_raised' }}"],
        "actions": [
            {"action": "input_text.set_value", "target": {"entity_id": "input_text.raised"}}
            | {
                "data": {
                    "value": "{{ trigger.to_state.attributes.target }} until {{ trigger.to_state.attributes.until }}"
                }
            }
        ],
    },
    {
        "triggers": [{"trigger": "state", "entity_id": "sensor.octopus_powerwall_status", "to": "charging_up"}],
        "actions": [
            {"action": "input_text.set_value", "target": {"entity_id": "input_text.status"}}
            | {
                "data": {
                    "value": "{{ state_attr('sensor.octopus_powerwall_status', 'reason') }}"
                    " {{ state_attr('sensor.octopus_powerwall_status', 'baseline') }}"
                }
            }
        ],
    },
    {
        "triggers": [
            {"trigger": "state", "entity_id": "binary_sensor.octopus_powerwall_cheap_rate", "to": "on", "for": "00:02"},
            {"trigger": "state", "entity_id": "binary_sensor.octopus_powerwall_cheap_rate", "to": "off"},
        ],
        "actions": [
            {
                "action": "input_boolean.turn_{{ states('binary_sensor.octopus_powerwall_cheap_rate') }}",
                "target": {"entity_id": "input_boolean.water"},
            }
        ],
    },
]


async def test_automations_of_0_1_0_work_on(house: House) -> None:
    """Its examples: an event with its details, a status with its attributes, the cheap rate; and its actions."""
    hass = house.hass
    assert await async_setup_component(hass, "input_boolean", {"input_boolean": {"water": None}})
    assert await async_setup_component(hass, "input_text", {"input_text": {"raised": None, "status": None}})
    house.plan("14:00", "15:00", energy=7.0)
    await come_along(house, "options_saved_once")
    assert await async_setup_component(hass, "automation", {"automation": AUTOMATIONS})
    await house.until("14:05")
    assert said(hass, "input_text.raised") == "100 until 2026-11-18T15:00:00+00:00"
    assert said(hass, "input_text.status") == "whole_slot 20"
    assert said(hass, "input_boolean.water") == "on"
    answer = await hass.services.async_call(
        DOMAIN,
        "get_schedule",
        {"config_entry_id": house.entry.entry_id},
        blocking=True,
        return_response=True,
    )
    assert answer is not None
    assert answer["status"] == "charging_up"
    await hass.services.async_call(DOMAIN, "skip_slot", {"config_entry_id": house.entry.entry_id}, blocking=True)
    await house.until("14:12")
    assert house.reserve == 20
    await house.until("15:02")
    assert said(hass, "input_boolean.water") == "off"
    await hass.services.async_call(
        DOMAIN,
        "charge_until",
        {"config_entry_id": house.entry.entry_id, "until": "2026-11-18 16:00:00+00:00"},
        blocking=True,
    )
    await house.until("15:10")
    assert house.reserve == 100
    await house.until("16:20")
    assert house.reserve == 20
    await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)


def said(hass: HomeAssistant, entity_id: str) -> str:
    """The state of an entity."""
    state = hass.states.get(entity_id)
    assert state is not None
    return state.state
