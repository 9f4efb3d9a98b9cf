"""What Home Assistant's real Tesla integrations make of Tesla's cloud (facts/powerwall.md 2.2)."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from tests.simulators.tesla import TeslaSimulator
from tests.tesla_components import SetUpEntry, advance, set_reserve, tesla_entity_id


async def test_a_value_set_reaches_the_server(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    entry = await setup_tesla_fleet()
    assert entry.state is ConfigEntryState.LOADED
    reserve = tesla_entity_id(hass, "backup_reserve_percent", tesla.site)
    assert hass.states.get(reserve).state == "20"
    await set_reserve(hass, tesla.site, 63.9)
    assert tesla.writes_to("backup") == [63]
    assert hass.states.get(reserve).state == "63"
    await advance(hass, freezer, timedelta(minutes=2))
    assert hass.states.get(reserve).state == "63"
