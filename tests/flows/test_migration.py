"""Options of earlier releases: what an entry of 0.1.0 becomes."""

from typing import Any
from unittest.mock import AsyncMock

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.runtime.migration import MINOR_VERSION


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"whole_half_hours": True}, {"whole_half_hours": "on"}),
        ({"whole_half_hours": False}, {"whole_half_hours": "automatic"}),
        ({"whole_half_hours": "off"}, {"whole_half_hours": "off"}),
        ({"night_guard": "charge_up"}, {"night_guard": "charge_up"}),
        ({}, {}),
    ],
)
async def test_whole_half_hours_was_a_switch(
    hass: HomeAssistant, setup_entry: AsyncMock, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Who had switched it on keeps it on; off was the default, and the new default decides by the tariff."""
    entry = MockConfigEntry(domain=DOMAIN, version=1, minor_version=1, options=before)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert entry.options == after
    assert (entry.version, entry.minor_version) == (1, MINOR_VERSION)


async def test_a_choice_of_this_release_stays(hass: HomeAssistant, setup_entry: AsyncMock) -> None:
    """What is up to date is left alone."""
    entry = MockConfigEntry(domain=DOMAIN, version=1, minor_version=MINOR_VERSION, options={"whole_half_hours": "off"})
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert entry.options == {"whole_half_hours": "off"}


async def test_an_entry_of_a_later_minor_release_is_read_as_it_is(hass: HomeAssistant, setup_entry: AsyncMock) -> None:
    """Who goes back a release keeps the options: what this one does not know has its default."""
    options = {"whole_half_hours": "off", "of_later": 1}
    entry = MockConfigEntry(domain=DOMAIN, version=1, minor_version=MINOR_VERSION + 1, options=options)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert (entry.options, entry.minor_version) == (options, MINOR_VERSION + 1)


async def test_an_entry_of_a_later_release_is_refused(hass: HomeAssistant, setup_entry: AsyncMock) -> None:
    """Home Assistant says that it cannot be read, and nothing is changed."""
    entry = MockConfigEntry(domain=DOMAIN, version=2, minor_version=1, options={"whole_half_hours": False})
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.MIGRATION_ERROR
    assert entry.options == {"whole_half_hours": False}
    assert setup_entry.mock_calls == []
