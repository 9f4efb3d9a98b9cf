"""Home Assistant's own logbook, with a real recorder: it finds our sentences on the disk."""

from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.runtime.activity import EVENT_ACTIVITY

ACTIVITY = "event.octopus_powerwall_activity"


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations(recorder_mock: Recorder, enable_custom_integrations: None) -> None:
    """As for every test, but the recorder comes first: it wants to be there before Home Assistant is."""


@pytest.mark.parametrize("asked", [{}, {"entity_ids": [ACTIVITY]}])
async def test_it_is_in_the_logbook(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, asked: dict[str, list[str]]
) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    assert await async_setup_component(hass, "logbook", {})
    await hass.async_block_till_done()
    owner = MockConfigEntry(domain=DOMAIN)
    owner.add_to_hass(hass)
    registry = er.async_get(hass)
    registry.async_get_or_create("event", DOMAIN, "x", object_id_base="octopus_powerwall_activity", config_entry=owner)
    assert registry.async_get(ACTIVITY) is not None
    before = dt_util.utcnow()
    hass.bus.async_fire(EVENT_ACTIVITY, {"type": "paused", "reason": "storm_watch", "entity_id": ACTIVITY})
    await async_wait_recording_done(hass)
    client = await hass_ws_client()
    await client.send_json({"id": 1, "type": "logbook/get_events", "start_time": before.isoformat(), **asked})
    (entry,) = (await client.receive_json())["result"]
    assert (entry["name"], entry["domain"]) == ("Octopus Powerwall", DOMAIN)
    assert entry["icon"] == "mdi:home-battery-outline"
    assert "entity_id" not in entry, "its name would stand before the sentence"
    assert entry["message"] == (
        "paused. A slot or your own reserve waits for Storm Watch to end: until then the Powerwall is left to it."
    )
