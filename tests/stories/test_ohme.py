"""Slots that only Ohme knows of: the battery follows Home Assistant's real ``ohme`` (design 10.2)."""

from datetime import datetime, timedelta

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from tests.ohme_components import ohme_entity_id
from tests.simulators.ohme import OhmeSimulator
from tests.tesla_components import SetUpEntry

from .house import House
from .trouble import clock, kill, repairs, start_again

pytestmark = pytest.mark.usefixtures("seldom_looked_at", "seldom_polled")

CHARGE_CAP = "IOG-SMB-TOU-25-12-12"


class Driver:
    """The owner of an Ohme, and the house that follows it."""

    def __init__(self, house: House, ohme: OhmeSimulator, set_up: SetUpEntry) -> None:
        self.house = house
        self.ohme = ohme
        self._set_up = set_up
        self.entry: ConfigEntry

    async def move_in(self, *slots: tuple[str, str], source: str = "ohme", **options: object) -> None:
        """Plug the car in, and set both integrations up."""
        self.ohme.charger.plug_in(*(self.slot(start, end) for start, end in slots))
        self.entry = await self._set_up()
        await self.house.move_in(slot_source=source, ohme_entry=self.entry.entry_id, **options)

    def slot(self, start: str, end: str) -> tuple[datetime, datetime]:
        """A slot between two times of the day, past midnight where the end is before the start."""
        first, last = self.house.at(start), self.house.at(end)
        return first, last if last > first else last + timedelta(days=1)


@pytest.fixture
def driver(house: House, ohme: OhmeSimulator, setup_ohme: SetUpEntry) -> Driver:
    return Driver(house, ohme, setup_ohme)


async def test_a_slot_of_ohmes_from_its_start_to_its_end(driver: Driver) -> None:
    house = driver.house
    await driver.move_in(("12:30", "13:30"))
    slots = house.entity("planned_slots").attributes["slots"]
    assert [(slot["start"][11:16], slot["end"][11:16], slot["energy_kwh"]) for slot in slots] == [
        ("12:30", "13:30", 7.2)
    ]
    await house.until("12:30:40")
    assert (house.status, house.reason) == ("charging_up", "car_charging")
    raised = house.writes[-1]
    assert raised == 100
    assert house.entity("cheap_rate").state == "on"
    await house.until("13:35")
    assert house.reserve == 20
    assert house.writes[-1] == 20
    assert house.told[-1][0].startswith("13:30:0")


async def test_no_octopus_slot_is_held_where_ohme_alone_decides(driver: Driver) -> None:
    driver.house.plan("12:30", "13:30")
    await driver.move_in()
    await driver.house.until("13:00")
    assert driver.house.writes == []


@pytest.mark.parametrize("what", ["unplug", "finish", "stop", "max_charge"])
async def test_a_session_that_ends_lets_the_battery_go_within_two_minutes(driver: Driver, what: str) -> None:
    house = driver.house
    await driver.move_in(("12:30", "15:00"))
    await house.until("13:00:07")
    assert house.status == "charging_up"
    getattr(driver.ohme.charger, what)()
    await house.until("13:02:07")
    assert house.writes[-1] == 20
    assert house.reserve == 20
    await house.until("14:00")
    assert house.status == "idle"
    assert len(house.writes) <= 4


async def test_a_session_that_waits_for_approval_is_none(driver: Driver) -> None:
    driver.ohme.charger.requires_approval = True
    await driver.move_in(("12:10", "14:00"))
    await driver.house.until("12:40")
    assert driver.house.writes == []
    driver.ohme.charger.approve()
    await driver.house.wait(minutes=2)
    assert driver.house.status == "charging_up"


async def test_while_ohme_cannot_be_reached_nothing_is_withdrawn_but_the_plan_ages(driver: Driver) -> None:
    house = driver.house
    await driver.move_in(("12:10", "16:30"))
    await house.until("12:20")
    assert house.status == "charging_up"
    driver.ohme.fail(503, on="chargeSessions")
    await house.until("12:30")
    assert (house.status, house.reason) == ("preserving", "car_unknown")
    assert house.reserve > 20
    await house.until("14:15")
    assert house.status == "preserving"
    await house.until("14:25")
    assert house.status != "preserving", "a plan older than two hours is none"
    assert house.reserve == 20
    driver.ohme.heal()
    await house.until("14:30")
    assert house.status == "charging_up"


async def test_while_ohme_calculates_the_plan_stands(driver: Driver) -> None:
    house = driver.house
    await driver.move_in(("12:10", "14:00"))
    await house.until("12:20")
    raised = len(house.writes)
    driver.ohme.charger.calculate()
    await house.wait(minutes=10)
    assert house.status == "charging_up"
    assert len(house.writes) == raised


async def test_on_a_charge_cap_the_six_hours_count(driver: Driver) -> None:
    house = driver.house
    house.octopus.migrate(CHARGE_CAP)
    await driver.move_in(("12:10", "22:00"))
    await house.until("18:05")
    assert (house.status, house.reason) == ("preserving", "allowance_used")
    assert house.entity("allowance_used").state == "6.0"


async def test_on_whole_slots_it_is_the_power_that_makes_ohmes_slots_certain(driver: Driver) -> None:
    house = driver.house
    driver.ohme.charger.draws = False
    await driver.move_in(("12:10", "14:00"))
    await house.until("12:30")
    assert (house.status, house.reason) == ("preserving", "car_not_charging")
    assert house.writes == [62]


@pytest.mark.parametrize("source", ["both", "octopus"])
async def test_both_join(driver: Driver, source: str) -> None:
    house = driver.house
    house.plan("12:30", "13:00")
    await driver.move_in(("13:00", "13:30"), source=source)
    await house.until("12:45")
    assert (house.status, house.reason) == ("charging_up", "whole_slot")
    await house.until("13:20")
    assert house.status == ("charging_up" if source == "both" else "idle")
    await house.until("13:35")
    assert [value for value in house.writes if value in (20, 100)] == (
        [100, 100, 20] if source == "both" else [100, 20]
    )


async def test_the_entities_are_found_whatever_they_are_called(driver: Driver, hass: HomeAssistant) -> None:
    await driver.move_in(("12:10", "13:00"))
    registry = er.async_get(hass)
    for key in ("status", "power", "charge_mode"):
        entity_id = ohme_entity_id(hass, driver.ohme, key)
        registry.async_update_entity(entity_id, new_entity_id=f"{entity_id.split('.')[0]}.wallbox_{key}_renamed")
    await hass.config_entries.async_reload(driver.entry.entry_id)
    await hass.config_entries.async_reload(driver.house.entry.entry_id)
    await driver.house.until("12:20")
    assert driver.house.status == "charging_up"


async def test_an_owner_who_switches_the_power_sensor_off_gets_a_hold_and_no_charge(
    driver: Driver, hass: HomeAssistant
) -> None:
    await driver.move_in(("12:10", "13:00"))
    power = ohme_entity_id(hass, driver.ohme, "power")
    er.async_get(hass).async_update_entity(power, disabled_by=er.RegistryEntryDisabler.USER)
    await hass.config_entries.async_reload(driver.entry.entry_id)
    await driver.house.until("12:20")
    assert (driver.house.status, driver.house.reason) == ("preserving", "car_unknown")


async def test_without_the_ohme_integration_nothing_is_held_and_nothing_breaks(driver: Driver) -> None:
    await driver.move_in(("12:10", "13:00"))
    hass = driver.house.hass
    await hass.config_entries.async_remove(driver.entry.entry_id)
    await driver.house.until("12:40")
    assert driver.house.status == "preserving", "the plan was read and is still young"
    assert "ohme_unreadable" in repairs(driver.house)
    await driver.house.until("15:00")
    assert driver.house.status == "idle"
    assert driver.house.reserve == 20


async def test_a_hold_for_ohme_goes_on_after_a_crash(driver: Driver, hass_storage: dict[str, object]) -> None:
    house = driver.house
    await driver.move_in(("12:10", "14:00"))
    await house.until("12:30")
    written = list(house.writes)
    left = kill(house, hass_storage)
    await house.wait(minutes=2)
    await start_again(house, hass_storage, left)
    await house.until("12:45")
    assert house.status == "charging_up"
    assert house.writes == written
    await house.until("14:05")
    assert house.reserve == 20


async def test_the_car_guard_takes_ohmes_word_where_nothing_else_was_picked(driver: Driver) -> None:
    house = driver.house
    await driver.move_in(car_guard="preserve_charge")
    driver.ohme.charger.max_charge()
    await house.wait(minutes=2)
    assert (house.status, house.reason, house.writes) == ("preserving", "car_guard", [63])
    driver.ohme.charger.unplug()
    await house.wait(minutes=4)
    assert house.reserve == 20


async def test_the_clocks_go_back_in_an_ohme_night(driver: Driver) -> None:
    house = driver.house
    house.freezer.move_to(clock("2026-10-24T20:00:00+00:00"))
    await driver.move_in(("21:30", "01:45"))
    await house.until("23:00")
    assert house.status == "charging_up"
