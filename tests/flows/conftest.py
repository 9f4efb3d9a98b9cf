"""A Home Assistant with the simulated Octopus, into which an owner adds this integration."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from typing import Any
from unittest.mock import AsyncMock, patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.powerwall.discovery import bind, find_powerwalls
from tests.powerwall.conftest import Registered
from tests.simulators.octopus import OctopusSimulator

from .forms import Flow

type Begin = Callable[[], Awaitable[Flow]]
type AddEntry = Callable[..., MockConfigEntry]


@pytest.fixture
async def octopus(freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[OctopusSimulator]:
    """A simulated Octopus with one account on whole-slot billing."""
    async with OctopusSimulator() as simulator:
        monkeypatch.setenv("OCTOPUS_POWERWALL_API_URL", simulator.url)
        yield simulator


@pytest.fixture
def setup_entry() -> Iterator[AsyncMock]:
    """Entries are set up without doing anything."""
    component = "custom_components.octopus_powerwall"
    with (
        patch(f"{component}.async_setup_entry", return_value=True) as mock,
        patch(f"{component}.async_unload_entry", return_value=True),
    ):
        yield mock


@pytest.fixture
def powerwall(hass: HomeAssistant) -> Registered:
    """A Powerwall with a reserve of 20 % and a level of 63.4 %."""
    return Registered(hass).with_battery()


@pytest.fixture
def begin(hass: HomeAssistant) -> Begin:
    """Begin to add the integration."""

    async def begin() -> Flow:
        result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
        return Flow(result, hass.config_entries.flow.async_configure, "config")

    return begin


@pytest.fixture
def log_in(begin: Begin, octopus: OctopusSimulator) -> Begin:
    """Begin, and get past the account."""

    async def log_in() -> Flow:
        flow = await begin()
        await flow.submit(api_key=octopus.api_key, account_number=octopus.account_number)
        return flow

    return log_in


@pytest.fixture
def add_entry(hass: HomeAssistant, octopus: OctopusSimulator) -> AddEntry:
    """Add an entry for a Powerwall without any flow."""

    def add(site_id: str, **options: Any) -> MockConfigEntry:
        found = next(found for found in find_powerwalls(hass) if found.site_id == site_id)
        binding = bind(hass, found)
        entry = MockConfigEntry(
            domain=DOMAIN,
            title=found.name,
            unique_id=binding.unique_id,
            data={
                "api_key": octopus.api_key,
                "account_number": octopus.account_number,
                "powerwall": found.device_id,
                "binding": binding.as_dict(),
            },
            options=options,
            minor_version=2,
        )
        entry.add_to_hass(hass)
        return entry

    return add


@pytest.fixture
async def other_battery(hass: HomeAssistant) -> tuple[str, str]:
    """A number and a sensor that stand for a battery no integration knows."""
    assert await async_setup_component(hass, "homeassistant", {})
    hass.states.async_set(
        "number.reserve", "30", {"unit_of_measurement": "%", "min": 0, "max": 100, "friendly_name": "Barn battery"}
    )
    hass.states.async_set("sensor.level", "55", {"unit_of_measurement": "%"})
    return "number.reserve", "sensor.level"
