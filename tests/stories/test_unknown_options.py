"""Options of another release, found at a start in the midst of a hold: the reserve comes back (design 5.7)."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
import pytest

from .house import House
from .trouble import kill, repairs, start_again

pytestmark = [
    pytest.mark.freeze_time("2026-11-18 11:40:00+00:00"),
    pytest.mark.usefixtures("seldom_looked_at", "seldom_polled"),
]

UNKNOWN = {
    "night_guard": "smart",
    "slot_policy": "half",
    "whole_half_hours": "sometimes",
    "car_guard": "always",
    "slot_source": "tesla",
    "usual_reserve": "twenty",
    "charging_power_threshold": "much",
    "import_day_rate": "dear",
    "charging_entity": ["binary_sensor.one", "binary_sensor.two"],
    "charging_registry_id": {"one": 1},
    "home": 5,
    "ohme_entry": ["one"],
}


@pytest.mark.parametrize("option", UNKNOWN)
async def test_what_is_to_be_put_back_is(house: House, hass_storage: dict[str, Any], option: str) -> None:
    """Killed in a hold; the next start finds a value that this release does not know."""
    house.plan("12:00", "12:30")
    await house.move_in()
    await house.until("12:10")
    left = kill(house, hass_storage)
    house.hass.config_entries.async_update_entry(house.entry, options={"slot_source": "both", option: UNKNOWN[option]})
    await house.until("12:40")
    await start_again(house, hass_storage, left)
    await house.until("13:30")
    assert (house.reserve, house.entry.state) == (20, ConfigEntryState.LOADED)
    assert "options_unreadable" in repairs(house)
