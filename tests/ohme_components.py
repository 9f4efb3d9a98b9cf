"""Home Assistant's real ``ohme`` against the simulated cloud, under frozen time."""

from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import ohme as _library  # noqa: F401  # before time stands still: it takes a clock of its own
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry  # type: ignore[import-untyped]

from tests.simulators.ohme import EMAIL, PASSWORD, OhmeSimulator, redirect
from tests.tesla_components import SetUpEntry, settle


@pytest.fixture
async def ohme(freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[OhmeSimulator]:
    """A simulated Ohme cloud, nothing plugged in; every request to Ohme's servers reaches it."""
    async with OhmeSimulator() as simulator:
        monkeypatch.setattr(aiohttp.ClientSession, "_request", redirect(simulator.url, aiohttp.ClientSession._request))
        yield simulator


@pytest.fixture
def setup_ohme(hass: HomeAssistant, ohme: OhmeSimulator, calm_timers: None) -> SetUpEntry:
    """Return a function that really sets ``ohme`` up, and returns its entry."""

    async def set_up(**data: Any) -> ConfigEntry:
        entry: ConfigEntry = MockConfigEntry(
            domain="ohme", title=EMAIL, data={"email": EMAIL, "password": PASSWORD, **data}
        )
        entry.add_to_hass(hass)  # type: ignore[attr-defined]
        await hass.config_entries.async_setup(entry.entry_id)
        await settle(hass)
        return entry

    return set_up


def ohme_entity_id(hass: HomeAssistant, ohme: OhmeSimulator, key: str) -> str:
    """Return the id of an entity of the charger by the key in its unique id; KeyError when there is none."""
    unique_id = f"{ohme.charger.serial}_{key}"
    for entity in er.async_get(hass).entities.values():
        if entity.platform == "ohme" and entity.unique_id == unique_id:
            return entity.entity_id
    raise KeyError(unique_id)


def ohme_state(hass: HomeAssistant, ohme: OhmeSimulator, key: str) -> str:
    """Return the state of an entity of the charger; KeyError when there is none or it has no state."""
    state = hass.states.get(entity_id := ohme_entity_id(hass, ohme, key))
    if state is None:
        raise KeyError(entity_id)
    return state.state
