"""One owner's house: the simulated clouds, the real tesla_fleet component, and this integration on top."""

from collections.abc import AsyncGenerator
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from tests.simulators.octopus import OctopusSimulator
from tests.simulators.tesla import TeslaSimulator
from tests.stories.house import House
from tests.tesla_components import SetUpEntry


@pytest.fixture
async def octopus(freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[OctopusSimulator]:
    """A simulated Octopus with one account on whole-slot billing, its car plugged in."""
    async with OctopusSimulator() as simulator:
        monkeypatch.setenv("OCTOPUS_POWERWALL_API_URL", simulator.url)
        yield simulator


@pytest.fixture
async def house(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    octopus: OctopusSimulator,
    tesla: TeslaSimulator,
    setup_tesla_fleet: SetUpEntry,
    hass_storage: dict[str, Any],
) -> House:
    """The house with tesla_fleet set up; ``await house.move_in()`` adds this integration."""
    await setup_tesla_fleet()
    return House(hass, freezer, octopus, tesla)


@pytest.fixture
async def home(house: House) -> House:
    """The house with this integration and no plan."""
    await house.move_in()
    return house
