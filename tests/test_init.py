"""Entries that only name their Powerwall, as another release may have written them."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers import issue_registry as ir

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.powerwall.discovery import find_powerwalls
from tests.stories.house import House
from tests.tesla_components import settle, tesla_entity_id


async def _set_up(house: House, **data: str) -> ConfigEntryState:
    await house.add_entry()
    account = {"api_key": house.octopus.api_key, "account_number": house.octopus.account_number}
    house.hass.config_entries.async_update_entry(house.entry, data={**account, **data})
    await house.hass.config_entries.async_setup(house.entry.entry_id)
    await settle(house.hass)
    return house.entry.state


async def test_device_alone_is_enough(house: House) -> None:
    """The device that was picked leads to the battery, and that is remembered."""
    (found,) = find_powerwalls(house.hass)
    house.plan("13:00", "13:30")
    assert await _set_up(house, powerwall=found.device_id) is ConfigEntryState.LOADED
    assert house.entry.data["binding"]["site_id"] == str(house.tesla.site.site_id)
    await house.until("13:40")
    assert house.writes == [100, 20]


async def test_chosen_entities_are_enough(house: House) -> None:
    """So do the two entities of another battery."""
    reserve = tesla_entity_id(house.hass, "backup_reserve_percent", house.tesla.site)
    level = tesla_entity_id(house.hass, "percentage_charged", house.tesla.site)
    state = await _set_up(house, powerwall="other", reserve_entity=reserve, battery_level_entity=level)
    assert state is ConfigEntryState.LOADED
    assert house.entry.data["binding"]["kind"] == "other"


async def test_waits_for_the_tesla_integration(house: House) -> None:
    """A device that is not here yet may come; until then nothing is set up, and it can be removed."""
    assert await _set_up(house, powerwall="0123456789abcdef") is ConfigEntryState.SETUP_RETRY
    assert await _set_up(house, powerwall="other") is ConfigEntryState.SETUP_RETRY
    await house.hass.config_entries.async_remove(house.entry.entry_id)
    assert house.writes == []


async def test_a_migration_while_home_assistant_was_off_is_told(house: House) -> None:
    """The tariff is another one than when the entry last ran: a repair says so."""
    await house.move_in()
    await house.hass.config_entries.async_unload(house.entry.entry_id)
    house.octopus.migrate("IOG-SMB-VAR-24-10-29")
    await house.wait(hours=7)
    await house.hass.config_entries.async_setup(house.entry.entry_id)
    await house.settle()
    assert ir.async_get(house.hass).async_get_issue(DOMAIN, f"tariff_changed_{house.entry.entry_id}") is not None
