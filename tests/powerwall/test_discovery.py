"""Powerwalls are found by what they are, not by what they are called (design 7)."""

from homeassistant.config_entries import SOURCE_IGNORE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.octopus_powerwall.const import CONF_BINDING
from custom_components.octopus_powerwall.powerwall.const import OTHER
from custom_components.octopus_powerwall.powerwall.discovery import (
    Binding,
    SetupObstacle,
    bind,
    bind_other,
    find_drivers_of_site,
    find_powerwalls,
    has_local_only,
)
from tests.simulators.tesla import PowerwallSite, TeslaSimulator
from tests.tesla_components import SetUpEntry, tesla_entity_id

from .conftest import LEVEL, RESERVE, SITE, Registered

BY_USER = er.RegistryEntryDisabler.USER


async def test_the_powerwall_of_tesla_fleet(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    await setup_tesla_fleet()
    (found,) = find_powerwalls(hass)
    entity = er.async_get(hass).async_get(tesla_entity_id(hass, "backup_reserve_percent", tesla.site))
    assert entity is not None
    assert found.name == "My Home"
    assert found.platform == "tesla_fleet"
    assert found.site_id == str(tesla.site.site_id)
    assert found.reserve_registry_id == entity.id
    assert found.device_id == entity.device_id
    assert found.problem is None


async def test_the_powerwall_of_tessie(hass: HomeAssistant, tesla: TeslaSimulator, setup_tessie: SetUpEntry) -> None:
    await setup_tessie()
    (found,) = find_powerwalls(hass)
    assert (found.platform, found.site_id, found.name) == ("tessie", str(tesla.site.site_id), "My Home")


async def test_a_renamed_entity_is_found_all_the_same(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    await setup_tesla_fleet()
    entity_id = tesla_entity_id(hass, "backup_reserve_percent", tesla.site)
    decoy = tesla_entity_id(hass, "off_grid_vehicle_charging_reserve_percent", tesla.site)
    registry = er.async_get(hass)
    before = registry.async_get(entity_id)
    registry.async_update_entity(entity_id, new_entity_id="number.whatever")
    registry.async_update_entity(decoy, new_entity_id="number.my_home_backup_reserve")
    (found,) = find_powerwalls(hass)
    assert before is not None
    assert found.reserve_registry_id == before.id


async def test_two_sites_are_two_powerwalls_and_wall_connectors_none(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    tesla.add_site(PowerwallSite(4711, name="Barn", wall_connector=True))
    await setup_tesla_fleet()
    assert [(found.name, found.site_id) for found in find_powerwalls(hass)] == [
        ("Barn", "4711"),
        ("My Home", str(tesla.site.site_id)),
    ]


async def test_a_site_without_a_battery_is_none(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    tesla.site.has_battery = False
    await setup_tesla_fleet()
    assert find_powerwalls(hass) == ()


async def test_one_site_through_two_integrations_is_told_apart(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry, setup_tessie: SetUpEntry
) -> None:
    await setup_tesla_fleet()
    await setup_tessie()
    site_id = str(tesla.site.site_id)
    assert [found.name for found in find_powerwalls(hass)] == ["My Home (Tesla Fleet)", "My Home (Tessie)"]
    assert find_drivers_of_site(hass, site_id) == ("tesla_fleet", "tessie")
    assert {bind(hass, found).unique_id for found in find_powerwalls(hass)} == {site_id}


def test_an_integration_whose_reserve_is_disabled_drives_nothing(hass: HomeAssistant) -> None:
    Registered(hass, "teslemetry").with_battery()
    Registered(hass, "tessie").add("number", "backup_reserve_percent", disabled_by=BY_USER)
    assert find_drivers_of_site(hass, SITE) == ("teslemetry",)
    assert find_drivers_of_site(hass, "another") == ()


def test_sites_of_the_same_name_are_told_apart(hass: HomeAssistant) -> None:
    for site_id in ("11", "22"):
        Registered(hass, site_id=site_id, name="Energy Site").with_battery()
    assert [found.name for found in find_powerwalls(hass)] == ["Energy Site [11]", "Energy Site [22]"]


def test_the_owner_s_name_for_the_device_counts(hass: HomeAssistant) -> None:
    site = Registered(hass).with_battery()
    dr.async_get(hass).async_update_device(site.device.id, name_by_user="Garage")
    assert [found.name for found in find_powerwalls(hass)] == ["Garage"]


def test_a_device_without_a_name_has_one(hass: HomeAssistant) -> None:
    site = Registered(hass).with_battery()
    dr.async_get(hass).async_update_device(site.device.id, name=None)
    assert [found.name for found in find_powerwalls(hass)] == ["Powerwall"]


@pytest.mark.parametrize(
    ("reserve_disabled", "level", "problem"),
    [
        (None, "enabled", None),
        (BY_USER, "enabled", SetupObstacle.RESERVE_DISABLED),
        (None, "disabled", SetupObstacle.LEVEL_DISABLED),
        (None, "missing", SetupObstacle.LEVEL_MISSING),
        (BY_USER, "missing", SetupObstacle.RESERVE_DISABLED),
    ],
)
def test_what_is_missing_is_said(
    hass: HomeAssistant, reserve_disabled: er.RegistryEntryDisabler | None, level: str, problem: SetupObstacle | None
) -> None:
    site = Registered(hass)
    site.add("number", "backup_reserve_percent", disabled_by=reserve_disabled)
    if level != "missing":
        site.add("sensor", "percentage_charged", disabled_by=BY_USER if level == "disabled" else None)
    assert [found.problem for found in find_powerwalls(hass)] == [problem]


@pytest.mark.parametrize(
    ("domain", "platform", "key", "disabled_by", "with_device"),
    [
        ("number", "teslemetry", "off_grid_vehicle_charging_reserve_percent", None, True),
        ("sensor", "teslemetry", "backup_reserve_percent", None, True),
        ("number", "powerwall", "backup_reserve_percent", None, True),
        ("number", "teslemetry", "backup_reserve_percent", er.RegistryEntryDisabler.CONFIG_ENTRY, True),
        ("number", "teslemetry", "backup_reserve_percent", None, False),
    ],
)
def test_what_is_no_powerwall(
    hass: HomeAssistant,
    domain: str,
    platform: str,
    key: str,
    disabled_by: er.RegistryEntryDisabler | None,
    with_device: bool,
) -> None:
    Registered(hass, platform).add(domain, key, disabled_by=disabled_by, with_device=with_device)
    assert find_powerwalls(hass) == ()


def test_the_local_integration_alone_cannot_write(hass: HomeAssistant) -> None:
    assert not has_local_only(hass)
    MockConfigEntry(domain="powerwall", source=SOURCE_IGNORE).add_to_hass(hass)
    assert not has_local_only(hass)
    MockConfigEntry(domain="powerwall").add_to_hass(hass)
    assert has_local_only(hass)
    Registered(hass).with_battery()
    assert not has_local_only(hass)


def test_a_binding_survives_the_config_entry(hass: HomeAssistant) -> None:
    site = Registered(hass).with_battery()
    (found,) = find_powerwalls(hass)
    binding = bind(hass, found)
    assert Binding.from_entry_data(binding.as_dict()) == binding
    assert Binding.from_entry_data({"api_key": "x", CONF_BINDING: binding.as_dict()}) == binding
    assert binding.unique_id == SITE
    assert binding.device_id == site.device.id


def test_a_binding_without_a_level_yet(hass: HomeAssistant) -> None:
    site = Registered(hass)
    reserve = site.add("number", "backup_reserve_percent")
    (found,) = find_powerwalls(hass)
    assert bind(hass, found).level is None
    er.async_get(hass).async_remove(reserve)
    assert bind(hass, found).level is None


def test_no_binding_in_the_data() -> None:
    with pytest.raises(KeyError):
        Binding.from_entry_data({})


def test_another_battery_that_is_registered_is_known_by_registry_ids(hass: HomeAssistant) -> None:
    registry = er.async_get(hass)
    reserve = registry.async_get_or_create("number", "template", "r")
    level = registry.async_get_or_create("sensor", "template", "l")
    binding = bind_other(hass, reserve.entity_id, level.entity_id)
    assert binding == Binding(OTHER, reserve.id, level.id)
    assert binding.unique_id == reserve.id


def test_another_battery_that_is_not_registered_is_known_by_entity_ids(hass: HomeAssistant) -> None:
    binding = bind_other(hass, RESERVE, LEVEL)
    assert binding == Binding(OTHER, RESERVE, LEVEL)
    assert binding.unique_id == RESERVE
