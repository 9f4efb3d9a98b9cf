"""A battery's entities are followed through renames, removals and disabling."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from custom_components.octopus_powerwall.powerwall.const import OTHER
from custom_components.octopus_powerwall.powerwall.discovery import Binding, bind, bind_other, find_powerwalls
from custom_components.octopus_powerwall.powerwall.entities import Entities
from custom_components.octopus_powerwall.powerwall.kinds import resolve
from tests.simulators.tesla import PowerwallSite, TeslaSimulator
from tests.tesla_components import SetUpEntry, settle, tesla_entity_id

from .conftest import LEVEL, RESERVE, SITE, Registered

BY_USER = er.RegistryEntryDisabler.USER


def _only(hass: HomeAssistant) -> Binding:
    (found,) = find_powerwalls(hass)
    return bind(hass, found)


async def test_tesla_fleet_has_all_but_the_grid_status(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    await setup_tesla_fleet()

    def named(key: str) -> str:
        return tesla_entity_id(hass, key, tesla.site)

    assert resolve(hass, _only(hass)) == Entities(
        reserve=named("backup_reserve_percent"),
        level=named("percentage_charged"),
        battery_power=named("battery_power"),
        grid_power=named("grid_power"),
        island_status=named("island_status"),
        grid_status=None,
        storm_active=named("storm_mode_active"),
        grid_services=named("grid_services_active"),
        operation_mode=named("default_real_mode"),
        reserve_missing=False,
    )


async def test_tessie_has_all(hass: HomeAssistant, tesla: TeslaSimulator, setup_tessie: SetUpEntry) -> None:
    await setup_tessie()
    entities = resolve(hass, _only(hass))
    assert len(entities.ids) == 9
    assert entities.grid_status == tesla_entity_id(hass, "grid_status", tesla.site, "tessie")


async def test_each_of_two_sites_has_its_own(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    barn = tesla.add_site(PowerwallSite(4711, name="Barn"))
    await setup_tesla_fleet()
    of_barn, of_home = (resolve(hass, bind(hass, found)) for found in find_powerwalls(hass))
    assert of_barn.level == tesla_entity_id(hass, "percentage_charged", barn)
    assert of_home.level == tesla_entity_id(hass, "percentage_charged", tesla.site)
    assert not of_barn.ids & of_home.ids


async def test_each_of_two_integrations_has_its_own(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry, setup_tessie: SetUpEntry
) -> None:
    await setup_tesla_fleet()
    await setup_tessie()
    one, other = (resolve(hass, bind(hass, found)) for found in find_powerwalls(hass))
    assert not one.ids & other.ids


async def test_a_removed_and_re_added_integration_is_the_same_battery(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tessie: SetUpEntry
) -> None:
    entry = await setup_tessie()
    binding = _only(hass)
    await hass.config_entries.async_remove(entry.entry_id)
    await settle(hass)
    assert resolve(hass, binding) == Entities()
    await setup_tessie()
    entities = resolve(hass, binding)
    assert entities.reserve == tesla_entity_id(hass, "backup_reserve_percent", tesla.site, "tessie")
    assert entities.level == tesla_entity_id(hass, "percentage_charged", tesla.site, "tessie")
    assert not entities.reserve_missing


def test_a_site_that_came_back_under_new_ids_is_known_by_its_number(hass: HomeAssistant) -> None:
    Registered(hass, site_id="999").with_battery()
    site = Registered(hass).with_battery()
    reserve = er.async_get(hass).async_get_entity_id("number", "teslemetry", f"{SITE}-backup_reserve_percent")
    binding = Binding("teslemetry", "gone", "gone_too", "another_device", SITE)
    entities = resolve(hass, binding)
    assert entities.reserve == reserve
    dr.async_get(hass).async_remove_device(site.device.id)
    assert resolve(hass, binding) == Entities()


def test_a_rename_is_followed(hass: HomeAssistant) -> None:
    Registered(hass).with_battery()
    binding = _only(hass)
    before = resolve(hass, binding)
    registry = er.async_get(hass)
    assert before.reserve is not None
    assert before.level is not None
    registry.async_update_entity(before.reserve, new_entity_id="number.one")
    registry.async_update_entity(before.level, new_entity_id="sensor.two")
    after = resolve(hass, binding)
    assert (after.reserve, after.level) == ("number.one", "sensor.two")


def test_disabled_ones_are_said_to_be(hass: HomeAssistant) -> None:
    site = Registered(hass).with_battery()
    power = site.add("sensor", "battery_power", disabled_by=BY_USER)
    binding = _only(hass)
    registry = er.async_get(hass)
    before = resolve(hass, binding)
    assert before.battery_power is None
    for entity_id in (before.reserve, before.level):
        assert entity_id is not None
        registry.async_update_entity(entity_id, disabled_by=BY_USER)
    after = resolve(hass, binding)
    assert (after.reserve, after.level) == (before.reserve, before.level)
    assert (after.reserve_disabled, after.reserve_missing) == (True, False)
    registry.async_update_entity(power, disabled_by=None)
    assert resolve(hass, binding).battery_power == power


def test_a_level_that_appears_later_is_found(hass: HomeAssistant) -> None:
    site = Registered(hass)
    site.add("number", "backup_reserve_percent")
    binding = _only(hass)
    assert resolve(hass, binding).level is None
    level = site.add("sensor", "percentage_charged")
    assert resolve(hass, binding).level == level


def test_a_reserve_that_lost_its_device_keeps_its_level(hass: HomeAssistant) -> None:
    Registered(hass).with_battery()
    binding = _only(hass)
    before = resolve(hass, binding)
    assert before.reserve is not None
    er.async_get(hass).async_update_entity(before.reserve, device_id=None)
    assert resolve(hass, binding).level == before.level


def test_entities_of_other_integrations_on_the_device_are_not_the_battery_s(hass: HomeAssistant) -> None:
    site = Registered(hass).with_battery()
    er.async_get(hass).async_get_or_create(
        "sensor", "template", "x", device_id=site.device.id, translation_key="battery_power"
    )
    assert resolve(hass, _only(hass)).battery_power is None


def test_an_unregistered_number_is_missing_until_it_has_a_state(hass: HomeAssistant) -> None:
    binding = bind_other(hass, RESERVE, LEVEL)
    assert resolve(hass, binding) == Entities(reserve=RESERVE, level=LEVEL)
    hass.states.async_set(RESERVE, "20")
    hass.states.async_set(LEVEL, "unavailable")
    assert resolve(hass, binding) == Entities(reserve=RESERVE, level=LEVEL, reserve_missing=False)


def test_a_registered_number_is_followed_and_missing_when_removed(hass: HomeAssistant) -> None:
    registry = er.async_get(hass)
    reserve = registry.async_get_or_create("number", "template", "r").entity_id
    binding = bind_other(hass, reserve, LEVEL)
    registry.async_update_entity(reserve, new_entity_id="number.renamed", disabled_by=BY_USER)
    entities = resolve(hass, binding)
    assert (entities.reserve, entities.reserve_disabled) == ("number.renamed", True)
    registry.async_remove("number.renamed")
    entities = resolve(hass, binding)
    assert (entities.reserve, entities.reserve_missing) == (None, True)


def test_without_a_level_there_is_none(hass: HomeAssistant) -> None:
    assert resolve(hass, Binding(OTHER, RESERVE)).level is None
