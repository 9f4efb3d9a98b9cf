"""Powers that the owner picked: known together or not at all."""

from datetime import UTC, datetime

from homeassistant.core import HomeAssistant
import pytest

from custom_components.octopus_powerwall.domain.money.ledger import Flows
from custom_components.octopus_powerwall.powerwall.picked_powers import PickedPowers

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.mark.freeze_time(NOW)
@pytest.mark.parametrize(("grid", "flows"), [("500", Flows(1.5, -0.5, None)), ("unavailable", None), (None, None)])
async def test_without_battery_or_grid_nothing_is_known(
    hass: HomeAssistant, grid: str | None, flows: Flows | None
) -> None:
    """In kW, and with the sign that the rest of the books has."""
    hass.states.async_set("sensor.battery", "1500", {"unit_of_measurement": "W"})
    if grid is not None:
        hass.states.async_set("sensor.grid", grid, {"unit_of_measurement": "W"})
    powers = PickedPowers("sensor.battery", "sensor.grid", None, battery_inverted=False, grid_inverted=True)
    assert powers.flows(hass, NOW) == flows
