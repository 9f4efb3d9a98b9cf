"""Automations and scripts that write the reserve are named; those that only read it are not."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest

from custom_components.octopus_powerwall.powerwall.conflicts import Conflict, find_automations_writing

from .conftest import Registered

TRIGGER = {"trigger": "event", "event_type": "go"}


@pytest.fixture
def site(hass: HomeAssistant) -> Registered:
    return Registered(hass).with_battery()


@pytest.fixture
def reserve(hass: HomeAssistant, site: Registered) -> str:
    return site.add("number", "backup_reserve_percent")


async def _automate(hass: HomeAssistant, actions: list[dict[str, Any]], **more: Any) -> None:
    config = {"id": "42", "alias": "Fill it", "triggers": [TRIGGER], "actions": actions, **more}
    assert await async_setup_component(hass, "automation", {"automation": [config]})
    await hass.async_block_till_done()


def _found(hass: HomeAssistant, reserve: str) -> list[str]:
    return [conflict.entity_id for conflict in find_automations_writing(hass, reserve)]


def _sets(target: Any, **more: Any) -> dict[str, Any]:
    return {"action": "number.set_value", "target": target, "data": {"value": 100}, **more}


def test_without_automations_there_are_none(hass: HomeAssistant, reserve: str) -> None:
    assert find_automations_writing(hass, reserve) == ()


async def test_one_that_writes_is_named_with_the_way_to_it(hass: HomeAssistant, reserve: str) -> None:
    await _automate(hass, [_sets({"entity_id": reserve})])
    assert find_automations_writing(hass, reserve) == (
        Conflict("Fill it", "automation.fill_it", "/config/automation/edit/42"),
    )


async def test_one_without_an_id_is_in_the_list(hass: HomeAssistant, reserve: str) -> None:
    config = {"alias": "Fill it", "triggers": [TRIGGER], "actions": [_sets({"entity_id": reserve})]}
    assert await async_setup_component(hass, "automation", {"automation": [config]})
    await hass.async_block_till_done()
    assert [conflict.edit_link for conflict in find_automations_writing(hass, reserve)] == [
        "/config/automation/dashboard"
    ]


@pytest.mark.parametrize(
    ("step", "counts"),
    [
        (lambda reserve: _sets({"entity_id": [reserve, "number.other"]}), True),
        (lambda reserve: {"action": "number.set_value", "entity_id": reserve, "data": {"value": 1}}, True),
        (lambda reserve: {"action": "number.set_value", "data": {"entity_id": reserve, "value": 1}}, True),
        (lambda reserve: {"service": "number.set_value", "data": {"entity_id": reserve, "value": 1}}, True),
        (lambda reserve: _sets({"entity_id": reserve}) | {"data": {"value": "{{ 1 + 1 }}"}}, True),
        (lambda reserve: {"if": [], "then": [{"sequence": [_sets({"entity_id": reserve})]}]}, True),
        (lambda reserve: {"choose": [], "default": [_sets({"entity_id": reserve})]}, True),
        (lambda reserve: {"repeat": {"count": 2, "sequence": [_sets({"entity_id": reserve})]}}, True),
        (lambda reserve: {"parallel": [{"sequence": [_sets({"entity_id": reserve})]}]}, True),
        (lambda reserve: _sets({"entity_id": reserve}, enabled=False), False),
        (lambda reserve: {"if": [], "then": [_sets({"entity_id": reserve})], "enabled": False}, False),
        (lambda reserve: _sets({"entity_id": "number.other"}), False),
        (lambda reserve: {"condition": "numeric_state", "entity_id": reserve, "above": 50}, False),
        (lambda reserve: {"action": "homeassistant.update_entity", "target": {"entity_id": reserve}}, False),
        (
            lambda reserve: {
                "action": "number.set_value",
                "target": {"entity_id": "number.other"},
                "data": {"value": f"{{{{ states('{reserve}') }}}}"},
            },
            False,
        ),
        (lambda reserve: {"delay": 1}, False),
    ],
)
async def test_what_counts_as_writing(hass: HomeAssistant, reserve: str, step: Any, counts: bool) -> None:
    await _automate(hass, [step(reserve)])
    assert _found(hass, reserve) == (["automation.fill_it"] if counts else [])


@pytest.mark.parametrize("target", ["device", "registry id", "device action"])
async def test_it_may_be_named_in_other_ways(hass: HomeAssistant, site: Registered, reserve: str, target: str) -> None:
    entity = er.async_get(hass).async_get(reserve)
    assert entity is not None
    assert await async_setup_component(hass, "number", {})
    step: dict[str, Any] = {
        "device": _sets({"device_id": site.device.id}),
        "registry id": _sets({"entity_id": entity.id}),
        "device action": {
            "domain": "number",
            "type": "set_value",
            "device_id": site.device.id,
            "entity_id": entity.id,
            "value": 100,
        },
    }[target]
    await _automate(hass, [step])
    assert _found(hass, reserve) == ["automation.fill_it"]


async def test_a_device_action_on_another_number_does_not_count(
    hass: HomeAssistant, site: Registered, reserve: str
) -> None:
    entity = er.async_get(hass).async_get(site.add("number", "off_grid_vehicle_charging_reserve_percent"))
    assert entity is not None
    assert await async_setup_component(hass, "number", {})
    step = {
        "domain": "number",
        "type": "set_value",
        "device_id": site.device.id,
        "entity_id": entity.id,
        "value": 100,
    }
    await _automate(hass, [step])
    assert _found(hass, reserve) == []


@pytest.mark.parametrize("mentioned", [True, False])
@pytest.mark.parametrize(
    "step",
    [
        _sets({"entity_id": "{{ chosen }}"}),
        _sets("{{ chosen }}"),
        {"action": "number.set_value", "data": {"entity_id": ["{{ chosen }}"], "value": 1}},
        {"action": "{{ chosen }}", "data": {}},
    ],
)
async def test_where_a_template_decides_mentioning_the_reserve_counts(
    hass: HomeAssistant, reserve: str, step: dict[str, Any], mentioned: bool
) -> None:
    look = {"condition": "state", "entity_id": reserve if mentioned else "number.other", "state": "20"}
    await _automate(hass, [look, step])
    assert _found(hass, reserve) == (["automation.fill_it"] if mentioned else [])


async def test_one_that_is_off_does_not_count(hass: HomeAssistant, reserve: str) -> None:
    await _automate(hass, [_sets({"entity_id": reserve})])
    await hass.services.async_call("automation", "turn_off", {"entity_id": "automation.fill_it"}, blocking=True)
    assert _found(hass, reserve) == []


async def test_one_that_is_broken_does_not_count(hass: HomeAssistant, reserve: str) -> None:
    await _automate(hass, [{"action": "number.set_value", "nonsense": reserve}])
    assert _found(hass, reserve) == []


async def test_scripts_count_too_and_all_are_sorted_by_name(hass: HomeAssistant, reserve: str) -> None:
    scripts = {
        "charge": {"alias": "Charge now", "sequence": [_sets({"entity_id": reserve})]},
        "look": {"alias": "Outcome", "sequence": [{"delay": 1}]},
        "broken": {"alias": "Broken", "sequence": [{"nonsense": 1}]},
    }
    assert await async_setup_component(hass, "script", {"script": scripts})
    await _automate(hass, [_sets({"entity_id": reserve})])
    assert find_automations_writing(hass, reserve) == (
        Conflict("Charge now", "script.charge", "/config/script/edit/charge"),
        Conflict("Fill it", "automation.fill_it", "/config/automation/edit/42"),
    )
    hass.states.async_remove("script.charge")
    assert [conflict.name for conflict in find_automations_writing(hass, reserve)] == ["Fill it", "script.charge"]
