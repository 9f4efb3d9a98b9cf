"""A gateway of another make, with a scale of its own: it shows 16 for 20, and takes its time (design 5.4)."""

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry  # type: ignore[import-untyped]

from custom_components.octopus_powerwall.const import DOMAIN
from tests.chaos.batteries import GatewayLink, Kind
from tests.simulators.tesla.behaviours import Lag

from .house import House
from .trouble import activities

pytestmark = [
    pytest.mark.freeze_time("2026-11-18 09:30:00+00:00"),
    pytest.mark.usefixtures("seldom_looked_at", "seldom_polled"),
]


@pytest.fixture
async def scaling_house(hass: HomeAssistant, house: House) -> House:
    """The house whose battery is reached through a gateway that keeps the lowest twentieth back."""
    link = GatewayLink(house.tesla, Kind.SCALING)
    await link.prepare(hass)
    await link.install(hass)
    binding = link.bind(hass)
    data = {
        "api_key": house.octopus.api_key,
        "account_number": house.octopus.account_number,
        "powerwall": "other",
        "binding": binding.as_dict(),
    }
    house.entry = MockConfigEntry(domain=DOMAIN, title="Gateway", unique_id=binding.unique_id, data=data)
    house.entry.add_to_hass(hass)
    return house


@pytest.mark.parametrize("lag_s", [0, 120, 240])
async def test_the_baseline_does_not_sink_from_hold_to_hold(scaling_house: House, lag_s: int) -> None:
    """Seed 1, day 140: what is read minutes after a call is the gateway's scale of it, and not the owner's will."""
    house = scaling_house
    house.tesla.site.load_kw = 0
    for start, end in (("10:00", "10:30"), ("11:30", "12:00"), ("13:00", "13:30")):
        house.plan(start, end)
    heard = activities(house)
    assert await house.hass.config_entries.async_setup(house.entry.entry_id)
    await house.choose("preserve_charge")
    house.tesla.site.lag = Lag(lag_s, lag_s)
    await house.until("14:30")
    assert (house.reserve, "overridden" in heard) == (16, False)
