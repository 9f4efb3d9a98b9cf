"""The diagnostics file: everything that explains a decision, nothing that names anybody."""

from dataclasses import replace
import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.diagnostics import async_get_config_entry_diagnostics
from custom_components.octopus_powerwall.domain.codec import decode
from custom_components.octopus_powerwall.domain.model import Home
from custom_components.octopus_powerwall.domain.plan.dispatches import make_device_key
from custom_components.octopus_powerwall.domain.world import World
from tests.face import controller_of
from tests.stories.house import House


async def file_of(hass: HomeAssistant, house: House) -> dict[str, Any]:
    """The diagnostics, as JSON would hold them."""
    told = await async_get_config_entry_diagnostics(hass, house.entry)
    plain: dict[str, Any] = json.loads(json.dumps(told))
    return plain


@pytest.mark.freeze_time("2026-11-18 09:00:00+00:00")
async def test_it_explains_a_day_slot(hass: HomeAssistant, house: House) -> None:
    await house.move_in(usual_reserve=30)
    house.plan("10:00", "11:00", energy=6.0)
    await house.until("10:30")
    told = await file_of(hass, house)
    assert set(told) == {
        "entry",
        "now",
        "settings",
        "problems",
        "decisions",
        "octopus",
        "world",
        "senses",
        "battery",
        "money",
    }
    assert told["entry"]["options"] == {"usual_reserve": 30}
    assert told["now"]["status"] == "charging_up"
    assert told["settings"]["usual_reserve"] == 30
    assert told["decisions"][-1]["status"] == "charging_up"
    assert [made["write"] for made in told["decisions"] if made["write"] is not None] == [100]
    assert told["octopus"]["polls"] == len(house.octopus.polls)
    assert (told["octopus"]["failed_polls"], told["octopus"]["failure"]) == (0, None)
    assert told["octopus"]["last_poll_worked"] is True
    assert [device["provider"] for device in told["octopus"]["devices"] if device["is_charger"]] == ["TESLA"]
    assert told["world"]["memory"]["phase"]["claim"]["baseline"] == 30
    assert told["world"]["plan"]["devices"][0]["key"] == "device 1"
    assert told["senses"]["raised_to"] == 100
    assert told["battery"]["kind"] == "tesla_fleet"
    assert told["battery"]["states"]["reserve"]["state"] == "100"
    assert told["battery"]["entities"]["reserve_missing"] is False


async def test_it_names_nobody(hass: HomeAssistant, home: House) -> None:
    home.plan("11:30", "13:00")
    await home.wait(minutes=10)
    entry, controller = home.entry, controller_of(home)
    reserve = er.async_get(hass).async_get(controller.driver.reserve_entity_id or "")
    assert reserve is not None
    secrets = {
        "key": home.octopus.api_key,
        "account": home.octopus.account_number,
        "site": str(home.tesla.site.site_id),
        "entry": entry.unique_id,
        "powerwall": entry.data["powerwall"],
        "reserve's registry id": reserve.id,
        "reserve's unique id": reserve.unique_id,
    }
    devices = controller.world.devices
    secrets |= {f"device {number}": device.id for number, device in enumerate(devices)}
    secrets |= {f"digest {number}": make_device_key(device) for number, device in enumerate(devices)}
    secrets |= {
        f"name {number}": device.name for number, device in enumerate(devices) if device.name and " " in device.name
    }
    told = json.dumps(await file_of(hass, home))
    assert len(secrets) >= 10
    assert [what for what, secret in secrets.items() if str(secret) in told] == []
    assert "**REDACTED**" in told
    assert "mpan" not in told.lower()


async def test_a_device_of_an_old_plan_stays_unnamed(hass: HomeAssistant, home: House) -> None:
    """After a restart the plan is known before the devices are."""
    controller = controller_of(home)
    key = controller.world.plan.devices[0].key
    controller.decision_loop.world = controller.world.strip_for_disk()
    told = await file_of(hass, home)
    assert told["world"]["plan"]["devices"][0]["key"] == "planned device 1"
    assert key not in json.dumps(told)


async def test_homes_are_numbered(hass: HomeAssistant, home: House) -> None:
    """Whose meter counts can be seen, and where somebody lives cannot."""
    loop = controller_of(home).decision_loop
    account = loop.world.account
    assert account is not None
    agreements = tuple(
        replace(account.agreements[0], property_id=property_id) for property_id in ("7654321", "7654322", "7654321")
    )
    loop.world = replace(loop.world, account=replace(account, agreements=agreements, homes=(Home("7654322"),)))
    hass.config_entries.async_update_entry(home.entry, options={**home.entry.options, "home": "7654321"})
    told = await file_of(hass, home)
    assert told["entry"]["options"]["home"] == "home 1"
    found = told["world"]["account"]
    assert [agreement["property_id"] for agreement in found["agreements"]] == ["home 1", "home 2", "home 1"]
    assert found["homes"][0]["property_id"] == "home 2"
    assert "76543" not in json.dumps(told)


async def test_failures_are_told(hass: HomeAssistant, home: House) -> None:
    await home.octopus.stop()
    await home.wait(minutes=10)
    octopus = (await file_of(hass, home))["octopus"]
    assert octopus["failed_polls"] >= 2
    assert octopus["last_poll_worked"] is False
    assert octopus["failure"]["type"] == "OctopusUnavailableError"
    assert octopus["failure"]["message"]


async def test_the_world_can_be_played_back(hass: HomeAssistant, home: House) -> None:
    """A maintainer can load it and look for himself; only the names of devices differ."""
    home.plan("13:00", "14:00")
    await home.wait(minutes=5)
    told = await file_of(hass, home)
    world = decode(World, told["world"])
    assert [row.dispatch for row in world.plan.rows] == [row.dispatch for row in controller_of(home).world.plan.rows]
    assert world.memory == controller_of(home).world.memory.strip_for_disk()


async def test_a_plain_word_as_unique_id_spoils_nothing(hass: HomeAssistant, house: House) -> None:
    """A battery of the owner's own making, called reserve."""
    registry = er.async_get(hass)
    reserve = registry.async_get_or_create("number", "template", "idle", suggested_object_id="my_reserve")
    level = registry.async_get_or_create("sensor", "template", "level", suggested_object_id="my_level")
    hass.states.async_set(reserve.entity_id, "20", {"min": 0, "max": 100, "step": 1})
    hass.states.async_set(level.entity_id, "55")
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="My battery",
        unique_id=reserve.id,
        data={
            "api_key": house.octopus.api_key,
            "account_number": house.octopus.account_number,
            "powerwall": "other",
            "reserve_entity": reserve.entity_id,
            "battery_level_entity": level.entity_id,
            "binding": {"kind": "other", "reserve": reserve.id, "level": level.id},
        },
    )
    entry.add_to_hass(hass)
    house.entry = entry
    assert await hass.config_entries.async_setup(entry.entry_id)
    await house.settle()
    told = await file_of(hass, house)
    assert told["now"]["status"] == "idle"
    assert told["battery"]["entities"]["reserve"] == "number.my_reserve"
    assert told["entry"]["data"]["binding"]["kind"] == "other"
    assert reserve.id not in json.dumps(told)


async def test_it_can_be_downloaded(hass: HomeAssistant, hass_client: ClientSessionGenerator, home: House) -> None:
    assert await async_setup_component(hass, "diagnostics", {})
    told = await get_diagnostics_for_config_entry(hass, hass_client, home.entry)
    assert isinstance(told, dict)
    assert told["now"]["reason"] == "no_slot"
