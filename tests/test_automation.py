"""Triggers and conditions of our own, in automations as an owner writes them."""

from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.condition import async_get_all_descriptions as condition_descriptions
from homeassistant.helpers.trigger import async_get_all_descriptions as trigger_descriptions
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service  # type: ignore[import-untyped]

from custom_components.octopus_powerwall.condition import CONDITIONS
from custom_components.octopus_powerwall.runtime import issues
from custom_components.octopus_powerwall.runtime.issues import Issue
from custom_components.octopus_powerwall.trigger import TRIGGERS
from tests.stories.house import House

pytestmark = [
    pytest.mark.freeze_time("2026-11-18 12:20:00+00:00"),
    pytest.mark.usefixtures("seldom_looked_at", "seldom_polled"),
]

TELLS = {
    "action": "notify.phone",
    "data": {
        "message": "{{ trigger.platform }} {{ trigger.target }} {{ trigger.baseline }} {{ trigger.until }}",
        "title": "{{ trigger.reason_text }}",
    },
}


def device_of(home: House) -> str:
    """The device registry id of the house's service."""
    (device,) = dr.async_entries_for_config_entry(dr.async_get(home.hass), home.entry.entry_id)
    return device.id


async def automate(home: House, triggers: list[dict[str, Any]], conditions: list[dict[str, Any]]) -> list[ServiceCall]:
    """Set an automation up that tells; the calls that it makes."""
    told: list[ServiceCall] = async_mock_service(home.hass, "notify", "phone")
    config = {"alias": "Tell me", "triggers": triggers, "conditions": conditions, "actions": [TELLS], "mode": "queued"}
    assert await async_setup_component(home.hass, "automation", {"automation": [config]})
    await home.settle()
    return told


def trigger(home: House, key: str, **options: Any) -> dict[str, Any]:
    """One of our triggers for the house's device."""
    named = {"trigger": f"octopus_powerwall.{key}", "target": {"device_id": device_of(home)}}
    return {**named, "options": options} if options else named


async def test_a_slot_tells_of_itself_with_values(home: House) -> None:
    told = await automate(home, [trigger(home, key) for key in TRIGGERS], [])
    home.plan("12:30", "13:00")
    await home.until("13:10")
    assert [call.data["message"] for call in told] == [
        "octopus_powerwall.hold_started 100 20 2026-11-18T13:00:00+00:00",
        "octopus_powerwall.slot_started 100 20 2026-11-18T13:00:00+00:00",
        "octopus_powerwall.slot_ended 20 20 None",
        "octopus_powerwall.reserve_restored None 20 None",
    ]
    assert told[0].data["title"].startswith("Octopus has scheduled this slot")


async def test_a_reload_does_not_lose_a_trigger_and_starts_none(hass: HomeAssistant, home: House) -> None:
    told = await automate(home, [trigger(home, key) for key in TRIGGERS], [])
    home.plan("12:30", "13:00")
    await home.until("12:40")
    assert len(told) == 2
    await hass.config_entries.async_reload(home.entry.entry_id)
    await home.until("12:50")
    assert len(told) == 2
    await home.until("13:10")
    assert [call.data["message"].split()[0] for call in told[2:]] == [
        "octopus_powerwall.slot_ended",
        "octopus_powerwall.reserve_restored",
    ]


async def test_only_slots_that_are_long_enough(home: House) -> None:
    told = await automate(home, [trigger(home, "slot_started", at_least={"minutes": 60})], [])
    home.plan("12:30", "13:00")
    home.plan("14:00", "15:00")
    await home.until("15:10")
    assert len(told) == 1


async def test_a_dry_run_raises_nothing(house: House) -> None:
    await house.move_in(dry_run=True)
    told = await automate(house, [trigger(house, "hold_started"), trigger(house, "reserve_restored")], [])
    house.plan("12:30", "13:00")
    await house.until("13:10")
    assert told == []


async def test_attention(home: House) -> None:
    told = await automate(home, [trigger(home, "attention_needed")], [])
    issues.show(home.hass, home.entry.entry_id, Issue.STORE_DAMAGED)
    await home.settle()
    assert len(told) == 1
    issues.clear(home.hass, home.entry.entry_id, Issue.STORE_DAMAGED)
    await home.settle()
    assert len(told) == 1


async def test_the_target_of_somebody_else_is_not_heard(hass: HomeAssistant, home: House) -> None:
    (tesla,) = hass.config_entries.async_entries("tesla_fleet")
    (device, *_) = dr.async_entries_for_config_entry(dr.async_get(hass), tesla.entry_id)
    foreign = {"trigger": "octopus_powerwall.slot_started", "target": {"device_id": device.id}}
    told = await automate(home, [foreign], [])
    home.plan("12:30", "13:00")
    await home.until("12:40")
    assert told == []


@pytest.mark.parametrize(("key", "expect"), [("slot_running", 1), ("holding", 1), ("cheap_rate", 1)])
@pytest.mark.parametrize("behavior", ["any", "all"])
async def test_conditions(home: House, key: str, expect: int, behavior: str) -> None:
    named = {
        "condition": f"octopus_powerwall.{key}",
        "target": {"device_id": device_of(home)},
        "options": {"behavior": behavior},
    }
    told = await automate(home, [{"trigger": "event", "event_type": "doorbell"}], [named])
    home.hass.bus.async_fire("doorbell")
    await home.settle()
    assert told == []
    home.plan("12:30", "13:00")
    await home.until("12:40")
    home.hass.bus.async_fire("doorbell")
    await home.settle()
    assert len(told) == expect
    await home.hass.config_entries.async_unload(home.entry.entry_id)
    home.hass.bus.async_fire("doorbell")
    await home.settle()
    assert len(told) == expect


async def test_the_editor_knows_them(hass: HomeAssistant, home: House) -> None:
    """With a target, without which they would not be offered under the device."""
    assert await async_setup_component(hass, "automation", {})
    await hass.async_block_till_done()
    triggers = await trigger_descriptions(hass)
    conditions = await condition_descriptions(hass)
    for key in TRIGGERS:
        assert (triggers[f"octopus_powerwall.{key}"] or {}).get("target")
    for key in CONDITIONS:
        assert (conditions[f"octopus_powerwall.{key}"] or {}).get("target")
