"""What Home Assistant's system information says of us."""

from typing import Any

from homeassistant.components import system_health as ha_system_health
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.octopus_powerwall import system_health
from custom_components.octopus_powerwall.const import API_URL_VARIABLE, DOMAIN
from custom_components.octopus_powerwall.octopus import DEFAULT_BASE_URL
from tests.stories.house import House


async def info(hass: HomeAssistant) -> dict[str, Any]:
    """The information, waited for."""
    assert await async_setup_component(hass, "system_health", {})
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    told: dict[str, Any] = (await ha_system_health.get_info(hass))[DOMAIN]
    return told


async def test_a_home_that_works(hass: HomeAssistant, home: House) -> None:
    told = await info(hass)
    assert told == {
        "can_reach_octopus": "ok",
        "entries": 1,
        "last_poll": "2026-11-18T12:00:00+00:00",
        "status": "idle",
    }


async def test_nothing_set_up(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(API_URL_VARIABLE, raising=False)
    asked: list[str] = []

    async def unreachable(_hass: HomeAssistant, url: str) -> dict[str, str]:
        asked.append(url)
        return {"type": "failed", "error": "unreachable"}

    monkeypatch.setattr(system_health.system_health, "async_check_can_reach_url", unreachable)
    told = await info(hass)
    assert told == {
        "can_reach_octopus": "Failed: unreachable",
        "entries": 0,
        "last_poll": None,
        "status": None,
    }
    assert asked == [DEFAULT_BASE_URL]
