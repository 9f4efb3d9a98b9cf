"""A driver tells of every change and of everybody else who writes, and of nothing it did itself."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.octopus_powerwall.powerwall.discovery import Binding
from custom_components.octopus_powerwall.powerwall.entities import Entities
from custom_components.octopus_powerwall.powerwall.targets import aims_at
from custom_components.octopus_powerwall.powerwall.tesla import TeslaBattery
from tests.simulators.tesla import PowerwallSite, TeslaSimulator
from tests.tesla_components import SetUpEntry, advance, set_reserve, settle, tesla_entity_id

from .conftest import LEVEL, RESERVE, DriveFactory, Registered, Witness

MINUTE = timedelta(minutes=1)
KEY = "backup_reserve_percent"


async def test_every_poll_is_told_also_of_an_equal_value(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    tesla: TeslaSimulator,
    setup_tesla_fleet: SetUpEntry,
    drive: DriveFactory,
    witness: Witness,
) -> None:
    tesla.site.load_kw = 0
    await setup_tesla_fleet()
    drive.only()
    for _ in range(3):
        before = witness.changes
        await advance(hass, freezer, MINUTE)
        assert witness.changes > before


@pytest.mark.parametrize(
    ("domain", "key"),
    [
        ("number", KEY),
        ("sensor", "percentage_charged"),
        ("sensor", "battery_power"),
        ("sensor", "grid_power"),
        ("sensor", "island_status"),
        ("binary_sensor", "grid_status"),
        ("binary_sensor", "storm_mode_active"),
        ("binary_sensor", "grid_services_active"),
        ("select", "default_real_mode"),
    ],
)
async def test_a_change_of_any_of_them_is_told(
    hass: HomeAssistant, drive: DriveFactory, witness: Witness, domain: str, key: str
) -> None:
    site = Registered(hass).with_battery()
    entity_id = site.add(domain, key, state="1")
    driver = drive.only()
    hass.states.async_set(entity_id, "2")
    await hass.async_block_till_done()
    assert witness.changes == 1
    driver.stop()
    hass.states.async_set(entity_id, "3")
    await hass.async_block_till_done()
    assert witness.changes == 1


async def test_it_listens_once_and_can_be_started_again(
    hass: HomeAssistant, drive: DriveFactory, witness: Witness
) -> None:
    Registered(hass).with_battery()
    driver = drive.only()
    driver.start()
    entity_id = driver.reserve_entity_id
    assert entity_id is not None
    hass.states.async_set(entity_id, "30")
    await hass.async_block_till_done()
    assert witness.changes == 1
    driver.stop()
    driver.stop()
    driver.start()
    hass.states.async_set(entity_id, "40")
    await hass.async_block_till_done()
    assert witness.changes == 2


async def test_a_rename_is_told_and_followed(hass: HomeAssistant, drive: DriveFactory, witness: Witness) -> None:
    Registered(hass).with_battery()
    driver = drive.only()
    old = driver.reserve_entity_id
    assert old is not None
    er.async_get(hass).async_update_entity(old, new_entity_id="number.new")
    await hass.async_block_till_done()
    assert driver.reserve_entity_id == "number.new"
    told = witness.changes
    assert told >= 1
    hass.states.async_set("number.new", "30")
    hass.states.async_set(old, "40")
    await hass.async_block_till_done()
    assert witness.changes == told + 1


async def test_what_only_the_books_read_is_followed_too(
    hass: HomeAssistant, drive: DriveFactory, witness: Witness
) -> None:
    """It is no news for anybody, so nobody is told."""
    power = Registered(hass).with_battery().add("sensor", "solar_power", state="1.5", unit="kW")
    driver = drive.only()
    assert driver.read(dt_util.utcnow()).solar_w == 1500
    er.async_get(hass).async_update_entity(power, new_entity_id="sensor.roof")
    hass.states.async_set("sensor.roof", "2", {"unit_of_measurement": "kW"})
    await hass.async_block_till_done()
    assert driver.read(dt_util.utcnow()).solar_w == 2000
    assert witness.changes == 0


async def test_an_entity_that_moves_between_devices_is_followed(
    hass: HomeAssistant, drive: DriveFactory, witness: Witness
) -> None:
    """One of another Powerwall that comes to this one's device, and one of this that goes."""
    site = Registered(hass).with_battery()
    driver = drive.only()
    other = Registered(hass, site_id="7654321", name="Other")
    power = other.add("sensor", "battery_power")
    await hass.async_block_till_done()
    assert witness.changes == 0
    for device, expected in ((site.device, power), (other.device, None)):
        er.async_get(hass).async_update_entity(power, device_id=device.id)
        await hass.async_block_till_done()
        assert driver.entities.battery_power == expected
    assert witness.changes == 2


async def test_what_others_register_is_not_looked_at(
    hass: HomeAssistant, drive: DriveFactory, witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hundreds of entities of others come and go while Home Assistant starts, some of them with every Powerwall."""
    Registered(hass).with_battery()
    driver = drive.only()
    looks: list[object] = []
    find = TeslaBattery.find_entities

    def counted(battery: TeslaBattery, hass: HomeAssistant, binding: Binding) -> Entities:
        looks.append(binding)
        return find(battery, hass, binding)

    monkeypatch.setattr(TeslaBattery, "find_entities", counted)
    registry = er.async_get(hass)
    entity_id = registry.async_get_or_create("sensor", "octopus_powerwall", "entry_status").entity_id
    registry.async_update_entity(entity_id, new_entity_id="sensor.new")
    registry.async_update_entity("sensor.new", disabled_by=er.RegistryEntryDisabler.USER)
    registry.async_remove("sensor.new")
    await hass.async_block_till_done()
    assert looks == []
    reserve = driver.reserve_entity_id
    assert reserve is not None
    looks.clear()
    registry.async_update_entity(reserve, name="Mine")
    await hass.async_block_till_done()
    assert looks != []


@pytest.mark.parametrize("is_registered", [True, False])
async def test_what_the_owner_picked_is_followed_whoever_offers_it(
    hass: HomeAssistant, drive: DriveFactory, witness: Witness, *, is_registered: bool
) -> None:
    """Renamed, disabled, removed and added again; also where it was registered only after it was picked."""
    registry = er.async_get(hass)

    def register() -> None:
        for entity_id in (RESERVE, LEVEL):
            domain, _, name = entity_id.partition(".")
            registry.async_get_or_create(domain, "template", name, suggested_object_id=name)

    if is_registered:
        register()
    else:
        hass.states.async_set(RESERVE, "20")
        hass.states.async_set(LEVEL, "60")
    driver = drive.other()
    registry_steps = [
        lambda: registry.async_update_entity(RESERVE, disabled_by=er.RegistryEntryDisabler.USER),
        lambda: registry.async_update_entity(RESERVE, disabled_by=None),
        lambda: registry.async_update_entity(LEVEL, new_entity_id="sensor.new"),
        lambda: hass.states.async_remove(RESERVE),
        lambda: registry.async_remove(RESERVE),
        register,
    ]
    if not is_registered:
        hass.states.async_remove(RESERVE)
        hass.states.async_remove(LEVEL)
        register()
        await hass.async_block_till_done()
    for step in registry_steps:
        step()
        await hass.async_block_till_done()
        assert driver._followed == driver.entities
    before = witness.changes
    hass.states.async_set(RESERVE, "30")
    await hass.async_block_till_done()
    assert witness.changes == before + 1


async def test_a_real_rename_is_driven_on(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry, drive: DriveFactory
) -> None:
    await setup_tesla_fleet()
    driver = drive.only()
    entity_id = tesla_entity_id(hass, KEY, tesla.site)
    er.async_get(hass).async_update_entity(entity_id, new_entity_id="number.new")
    await settle(hass)
    await driver.async_write(77)
    assert tesla.writes_to("backup") == [77]


async def test_disabling_removing_and_adding_are_told(
    hass: HomeAssistant, drive: DriveFactory, witness: Witness
) -> None:
    site = Registered(hass).with_battery()
    driver = drive.only()
    reserve = driver.reserve_entity_id
    assert reserve is not None
    registry = er.async_get(hass)
    steps: list[tuple[Any, ...]] = []
    for change in (
        lambda: registry.async_update_entity(reserve, disabled_by=er.RegistryEntryDisabler.USER),
        lambda: registry.async_update_entity(reserve, disabled_by=None),
        lambda: site.add("sensor", "battery_power"),
        lambda: registry.async_remove(reserve),
        lambda: site.add("number", KEY),
    ):
        before = witness.changes
        change()
        await hass.async_block_till_done()
        entities = driver.entities
        steps.append(
            (
                witness.changes > before,
                entities.reserve_disabled,
                entities.reserve_missing,
                entities.battery_power is not None,
            )
        )
    assert steps == [
        (True, True, False, False),
        (True, False, False, False),
        (True, False, False, True),
        (True, False, True, False),
        (True, False, False, True),
    ]


async def test_what_does_not_concern_the_battery_is_not_told(
    hass: HomeAssistant, drive: DriveFactory, witness: Witness
) -> None:
    Registered(hass).with_battery()
    drive.only()
    er.async_get(hass).async_get_or_create("sensor", "demo", "x")
    hass.states.async_set("sensor.demo_x", "1")
    await hass.async_block_till_done()
    assert witness.changes == 0


async def test_another_battery_that_appears_later_is_told(
    hass: HomeAssistant, drive: DriveFactory, witness: Witness
) -> None:
    drive.other()
    hass.states.async_set(RESERVE, "20")
    hass.states.async_set(LEVEL, "50")
    hass.states.async_set(LEVEL, "50")
    await hass.async_block_till_done()
    assert witness.changes == 3


async def test_a_call_of_somebody_else_is_told_and_our_own_is_not(
    hass: HomeAssistant,
    tesla: TeslaSimulator,
    setup_tesla_fleet: SetUpEntry,
    drive: DriveFactory,
    witness: Witness,
) -> None:
    barn = tesla.add_site(PowerwallSite(4711, name="Barn"))
    await setup_tesla_fleet()
    driver = drive.of(tesla_entity_id(hass, KEY, tesla.site))
    await driver.async_write(100)
    await set_reserve(hass, barn, 30)
    assert witness.calls == []
    await set_reserve(hass, tesla.site, 55)
    assert witness.calls == [55]
    await driver.async_write(100)
    assert witness.calls == [55]


async def test_our_own_call_is_not_told_while_somebody_else_s_crosses_it(
    hass: HomeAssistant, drive: DriveFactory, witness: Witness
) -> None:
    hass.states.async_set(RESERVE, "20")
    seen: list[float] = []

    async def cross(call: ServiceCall) -> None:
        seen.append(call.data["value"])
        if call.data["value"] == 100:
            await hass.services.async_call("number", "set_value", {"entity_id": RESERVE, "value": 40}, blocking=True)

    hass.services.async_register("number", "set_value", cross)
    await drive.other().async_write(100)
    assert seen == [100, 40]
    assert witness.calls == [40]


@pytest.mark.parametrize(
    ("data", "calls"),
    [
        ({"entity_id": RESERVE, "value": 40}, [40]),
        ({"entity_id": [RESERVE, "number.other"], "value": 40}, [40]),
        ({"entity_id": f"number.other, {RESERVE.upper()}", "value": 40}, [40]),
        ({"entity_id": "all", "value": 40}, [40]),
        ({"entity_id": "none", "value": 40}, []),
        ({"entity_id": RESERVE, "value": "40.7"}, [40]),
        ({"entity_id": RESERVE, "value": 0}, [0]),
        ({"entity_id": RESERVE, "value": "warm"}, []),
        ({"entity_id": RESERVE, "value": 140}, []),
        ({"entity_id": RESERVE}, []),
        ({"entity_id": "number.other", "value": 40}, []),
        ({"entity_id": 5, "value": 40}, []),
        ({"value": 40}, []),
    ],
)
async def test_who_is_called(
    hass: HomeAssistant, drive: DriveFactory, witness: Witness, data: dict[str, Any], calls: list[int]
) -> None:
    async_mock_service(hass, "number", "set_value")
    hass.states.async_set(RESERVE, "20")
    drive.other()
    await hass.services.async_call("number", "set_value", data, blocking=True)
    assert witness.calls == calls


async def test_a_call_that_goes_nowhere_is_nobody_s_will(
    hass: HomeAssistant, drive: DriveFactory, witness: Witness
) -> None:
    async_mock_service(hass, "number", "set_value")
    driver = drive.other()
    data = {"entity_id": RESERVE, "value": 40}
    await hass.services.async_call("number", "set_value", data, blocking=True)
    hass.states.async_set(RESERVE, "unavailable")
    await hass.services.async_call("number", "set_value", data, blocking=True)
    assert witness.calls == []
    hass.states.async_set(RESERVE, "20")
    driver.stop()
    await hass.services.async_call("number", "set_value", data, blocking=True)
    assert witness.calls == []


async def test_other_actions_are_not_told(hass: HomeAssistant, drive: DriveFactory, witness: Witness) -> None:
    hass.states.async_set(RESERVE, "20")
    drive.other()
    for domain, service in (("input_number", "set_value"), ("number", "increment")):
        async_mock_service(hass, domain, service)
        await hass.services.async_call(domain, service, {"entity_id": RESERVE, "value": 40}, blocking=True)
    assert witness.calls == []


async def test_without_a_reserve_nobody_writes_it(hass: HomeAssistant, drive: DriveFactory, witness: Witness) -> None:
    async_mock_service(hass, "number", "set_value")
    Registered(hass).with_battery()
    driver = drive.only()
    reserve = driver.reserve_entity_id
    assert reserve is not None
    er.async_get(hass).async_remove(reserve)
    await hass.services.async_call("number", "set_value", {"entity_id": reserve, "value": 40}, blocking=True)
    assert witness.calls == []


def test_an_entity_is_aimed_at_in_many_ways(hass: HomeAssistant) -> None:
    site = Registered(hass)
    entity_id = site.add("number", KEY, state="20")
    registry = er.async_get(hass)
    entity = registry.async_get(entity_id)
    assert entity is not None
    area = ar.async_get(hass).async_create("Garage")
    label = lr.async_get(hass).async_create("Energy")
    registry.async_update_entity(entity_id, labels={label.label_id})
    dr.async_get(hass).async_update_device(site.device.id, area_id=area.id)
    hass.states.async_set("group.numbers", "20", {"entity_id": [entity_id]})
    for target in (
        {"entity_id": entity.id},
        {"entity_id": [entity.id, "number.other"]},
        {"entity_id": "group.numbers"},
        {"device_id": site.device.id},
        {"device_id": ["another", site.device.id]},
        {"area_id": area.id},
        {"label_id": [label.label_id]},
    ):
        assert aims_at(hass, target, entity_id), target
    for target in ({"device_id": "another"}, {"area_id": "none"}, {"label_id": []}, {"entity_id": "0" * 32}):
        assert not aims_at(hass, target, entity_id), target
