"""One owner's house: the simulated clouds, the real tesla_fleet component, and this integration on top."""

from collections.abc import AsyncGenerator
from dataclasses import astuple
from datetime import timedelta
from types import ModuleType
from typing import Any

import aiohttp
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.tesla_fleet import coordinator as tesla_fleet_coordinator
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.octopus_powerwall.domain.plan import polling
from custom_components.octopus_powerwall.powerwall.discovery import bind, find_powerwalls
from custom_components.octopus_powerwall.powerwall.kinds import kind_of
from custom_components.octopus_powerwall.runtime import decision_loop, issue_watcher
from tests.simulators.octopus import OctopusSimulator
from tests.simulators.octopus.short_way import with_short_way
from tests.simulators.tesla import TeslaSimulator
from tests.stories.house import House
from tests.tesla_components import CALM_TICK, PairedGateway, SetUpEntry, settle

# What comes more seldom by the fixtures below, and how often it comes without them.
_USUALLY: tuple[tuple[ModuleType, str, timedelta], ...] = (
    (tesla_fleet_coordinator, "ENERGY_INTERVAL", tesla_fleet_coordinator.ENERGY_INTERVAL),
    (decision_loop, "TICK", CALM_TICK),
    (issue_watcher, "WATCHED_EVERY", issue_watcher.WATCHED_EVERY),
    (polling, "NORMAL", polling.NORMAL),
)


def disable_what_nobody_reads(hass: HomeAssistant, *, but: str = "") -> None:
    """Disable the entities of the Powerwalls' integrations that ours does not use, as an owner may, ``but`` for one.

    Their states are written at every poll, which is a third of the time that a story takes.
    """
    registry = er.async_get(hass)
    bindings = [bind(hass, powerwall) for powerwall in find_powerwalls(hass)]
    used = {
        entity_id
        for binding in bindings
        for entity_id in astuple(kind_of(binding).find_entities(hass, binding))
        if isinstance(entity_id, str)
    }
    platforms = {binding.kind for binding in bindings}
    for entity in list(registry.entities.values()):
        if entity.platform in platforms and not entity.disabled and entity.entity_id not in {*used, but}:
            registry.async_update_entity(entity.entity_id, disabled_by=er.RegistryEntryDisabler.USER)


@pytest.fixture
async def octopus(freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[OctopusSimulator]:
    """A simulated Octopus with one account on whole-slot billing, its car plugged in."""
    async with OctopusSimulator() as simulator:
        monkeypatch.setenv("OCTOPUS_POWERWALL_API_URL", simulator.url)
        reach = with_short_way(aiohttp.ClientSession._request, simulator)
        monkeypatch.setattr(aiohttp.ClientSession, "_request", reach)
        yield simulator


@pytest.fixture
def has_every_entity() -> bool:
    """Whether the Powerwall's integration shows all that it can, not only what ours reads; a test may override it."""
    return False


@pytest.fixture
def seldom_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the Powerwall read every five minutes, as an owner may who polls by an automation to save Tesla's requests.

    For stories of whole nights that are about Octopus: most of what a night costs is the Tesla integration's minute.
    """
    monkeypatch.setattr(tesla_fleet_coordinator, "ENERGY_INTERVAL", timedelta(minutes=5))


@pytest.fixture
def seldom_looked_at(seldom_read: None, calm_timers: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the look that is due once a minute, whatever happens, come every five minutes too.

    An edge that nobody has reckoned with is not met by luck then.
    """
    monkeypatch.setattr(decision_loop, "TICK", timedelta(minutes=5))
    monkeypatch.setattr(issue_watcher, "WATCHED_EVERY", timedelta(minutes=5))


@pytest.fixture
def seldom_polled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have Octopus asked every ten minutes instead of three, beside the questions around edges.

    For stories in which Octopus has nothing new to tell; a plan may be 15 minutes old at an edge.
    """
    monkeypatch.setattr(polling, "NORMAL", timedelta(minutes=10))


@pytest.fixture
def as_often_as_usual(seldom_looked_at: None, seldom_polled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have everything come as often as an owner has it, in one story of a file whose others have it seldom."""
    for module, name, usual in _USUALLY:
        monkeypatch.setattr(module, name, usual)


@pytest.fixture
async def house(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    octopus: OctopusSimulator,
    tesla: TeslaSimulator,
    setup_tesla_fleet: SetUpEntry,
    hass_storage: dict[str, Any],
    has_every_entity: bool,
) -> House:
    """The house with tesla_fleet set up; ``await house.move_in()`` adds this integration."""
    await setup_tesla_fleet()
    if not has_every_entity:
        disable_what_nobody_reads(hass)
    return House(hass, freezer, octopus, tesla)


@pytest.fixture
async def teslemetry_house(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    octopus: OctopusSimulator,
    tesla: TeslaSimulator,
    setup_teslemetry: SetUpEntry,
    hass_storage: dict[str, Any],
) -> AsyncGenerator[House]:
    """The house with teslemetry set up instead; its stream is ``house.tesla.events``."""
    entry = await setup_teslemetry()
    assert entry.state is ConfigEntryState.LOADED, entry.reason
    disable_what_nobody_reads(hass)
    yield House(hass, freezer, octopus, tesla, platform="teslemetry")
    await hass.config_entries.async_unload(entry.entry_id)
    await settle(hass)


@pytest.fixture
async def gateway_house(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    octopus: OctopusSimulator,
    tesla: TeslaSimulator,
    setup_teslemetry: SetUpEntry,
    hass_storage: dict[str, Any],
) -> AsyncGenerator[tuple[House, PairedGateway]]:
    """The house with teslemetry, which is paired with the Powerwall's own gateway."""
    from homeassistant.components import teslemetry

    if not hasattr(teslemetry, "create_powerwall_client"):
        pytest.skip("this release of Home Assistant pairs with no gateway")
    gateway = PairedGateway(tesla.site)
    entry = await setup_teslemetry(gateway=gateway)
    assert entry.state is ConfigEntryState.LOADED, entry.reason
    yield House(hass, freezer, octopus, tesla, platform="teslemetry"), gateway
    await hass.config_entries.async_unload(entry.entry_id)
    await settle(hass)


@pytest.fixture
async def home(house: House) -> House:
    """The house with this integration and no plan."""
    await house.move_in()
    return house
