"""What an owner sees of the money: rates, the energy of slots, what they saved, and why something is not known."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import timedelta
from typing import Any

from homeassistant.core import State
import pytest

from custom_components.octopus_powerwall.diagnostics import async_get_config_entry_diagnostics
from custom_components.octopus_powerwall.domain.windows import HALF_HOUR
from custom_components.octopus_powerwall.runtime.controller import Controller
from tests.simulators.octopus import CHARGE_CAP_PRODUCT, REST_ACCOUNT, REST_RATES

from .house import House

MORNING = "2026-11-18 09:00:00+00:00"


def number(state: State) -> float:
    """A sensor's number."""
    return float(state.state)


async def description_of_the_slot(house: House) -> str:
    """What the calendar says of today's slot."""
    answer: Any = await house.hass.services.async_call(
        "calendar",
        "get_events",
        {
            "entity_id": house.entity_id("schedule"),
            "start_date_time": house.at("00:00").isoformat(),
            "end_date_time": house.at("23:00").isoformat(),
        },
        blocking=True,
        return_response=True,
    )
    (event,) = answer[house.entity_id("schedule")]["events"]
    return str(event["description"])


def activities(house: House) -> list[Mapping[str, Any]]:
    """Hear of what happens, from now on."""
    heard: list[Mapping[str, Any]] = []
    house.hass.bus.async_listen("octopus_powerwall_activity", lambda event: heard.append(event.data))
    return heard


@pytest.mark.freeze_time(MORNING)
@pytest.mark.usefixtures("seldom_looked_at", "seldom_polled")
async def test_the_rate_now(house: House) -> None:
    """Dear by day, cheap in a slot and in the night; as Octopus publishes it, with VAT, per kilowatt hour."""
    house.plan("12:30", "14:00")
    await house.move_in()
    assert number(house.entity("import_rate")) == 0.29
    assert house.entity("import_rate").attributes["unit_of_measurement"] == "GBP/kWh"
    await house.until("13:00")
    assert number(house.entity("import_rate")) == 0.07
    await house.until("14:01")
    assert number(house.entity("import_rate")) == 0.29
    await house.until("23:31")
    assert number(house.entity("import_rate")) == 0.07


@pytest.mark.freeze_time(MORNING)
async def test_the_rate_in_a_slot_with_an_idle_car(house: House) -> None:
    """Nothing is bought on the strength of it, but where slots are cheap as a whole it is what will be billed."""
    house.hass.states.async_set("binary_sensor.car", "off")
    house.plan("09:30", "11:00")
    await house.move_in(charging_entity="binary_sensor.car")
    await house.until("10:10")
    assert house.reason == "car_idle"
    assert house.entity("cheap_rate").state == "off"
    assert number(house.entity("import_rate")) == 0.07
    controller: Controller = house.entry.runtime_data
    await house.until("10:35")
    assert [row.is_slot_rate for row in controller.money.bookkeeper.half_hours[1:3]] == [True, True]


@pytest.mark.freeze_time(MORNING)
async def test_the_rate_of_a_half_hour_in_which_the_car_has_charged(house: House) -> None:
    """It is billed as a whole, whatever the car does in the rest of it; the next one is another."""
    house.octopus.set_product(CHARGE_CAP_PRODUCT)
    house.hass.states.async_set("binary_sensor.car", "on")
    house.plan("09:30", "11:00")
    await house.move_in(charging_entity="binary_sensor.car")
    await house.until("09:45")
    cheap = house.entity("import_rate").state
    assert cheap != "0.3077"
    house.hass.states.async_set("binary_sensor.car", "off")
    await house.until("09:58")
    assert house.entity("cheap_rate").state == "off"
    assert house.entity("import_rate").state == cheap
    await house.until("10:01")
    assert house.entity("import_rate").state == "0.3077"


@pytest.mark.freeze_time(MORNING)
async def test_what_a_slot_brings(house: House) -> None:
    """In a slot the battery fills from the grid instead of emptying into the car: bought first, saved later."""
    house.plan("12:30", "14:30")
    await house.move_in()
    heard = activities(house)
    await house.until("12:20")
    house.tesla.site.soc_pct, house.tesla.site.load_kw = 50, 1.0
    house.tesla.site.car_power_kw = lambda at: 7.0 if house.at("12:30") <= at < house.at("14:30") else 0.0
    await house.until("15:01")
    # Slow below the reserve in Self-Powered mode: two hours at 1.8 kW. Without us the battery had given all it had.
    assert number(house.entity("energy_charged")) == pytest.approx(3.6, abs=0.2)
    assert number(house.entity("energy_kept")) == pytest.approx(13.5 * 0.3 * 0.95, abs=0.3)
    (ended,) = (data for data in heard if data["type"] == "slot_ended")
    assert ended["energy_charged_kwh"] == pytest.approx(3.6, abs=0.2)
    # 7.7 kWh more in the battery, each worth 29 p later, for 7 p each now.
    assert ended["savings_gbp"] == pytest.approx(1.5, abs=0.3)
    assert "kWh and kept" in await description_of_the_slot(house)
    assert "saves £1." in await description_of_the_slot(house)
    await house.until("00:05", days=1)
    assert number(house.entity("savings")) == pytest.approx(ended["savings_gbp"], abs=0.2)
    assert house.entity("savings").attributes["provisional_gbp"] == 0
    assert house.entity("savings").attributes["state_class"] == "total"


@pytest.mark.freeze_time(MORNING)
@pytest.mark.usefixtures("seldom_looked_at", "seldom_polled")
async def test_with_a_charge_cap_the_figure_is_provisional(house: House) -> None:
    """What the completed rows do not confirm within a day was paid for at the dear rate."""
    house.octopus.set_product(CHARGE_CAP_PRODUCT)
    house.hass.states.async_set("binary_sensor.car", "on")
    house.octopus.set_charging("off")
    house.plan("12:30", "13:30")
    await house.move_in(charging_entity="binary_sensor.car")
    await house.until("14:05")
    assert house.entity("import_rate").state == "0.3077"
    await house.until("00:05", days=1)
    before = house.entity("savings")
    assert before.attributes["provisional_gbp"] < 0 < number(before)
    await house.until("00:05", days=1)
    after = house.entity("savings")
    assert after.attributes["provisional_gbp"] == 0
    assert number(after) < number(before) - 0.2


@pytest.mark.freeze_time(MORNING)
async def test_a_restart_loses_nothing_and_counts_nothing_twice(house: House) -> None:
    house.tesla.site.soc_pct, house.tesla.site.load_kw = 50, 1.0
    house.plan("12:30", "14:30")
    await house.move_in()
    await house.until("13:45")
    await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.settle()
    # Told anew at a start: two half hours of the slot, and not the one that runs.
    assert number(house.entity("energy_charged")) == pytest.approx(1.8, abs=0.1)
    await house.until("15:01")
    assert number(house.entity("energy_charged")) == pytest.approx(3.6, abs=0.2)


async def lose_power(house: House, hass_storage: dict[str, Any]) -> None:
    """Let the computer die now and start again at once: only what is on the disk by now is left."""
    disk = deepcopy(hass_storage)
    await house.hass.config_entries.async_unload(house.entry.entry_id)
    hass_storage.clear()
    hass_storage.update(disk)
    await house.hass.config_entries.async_setup(house.entry.entry_id)
    await house.settle()


@pytest.mark.freeze_time(MORNING)
async def test_what_was_told_outlives_a_computer_that_dies(house: House, hass_storage: dict[str, Any]) -> None:
    """A total that falls would be taken for a meter that began anew, and counted twice."""
    house.tesla.site.soc_pct, house.tesla.site.load_kw = 20, 1.0
    house.plan("12:30", "14:30")
    house.plan("17:00", "22:00")
    await house.move_in()
    told = 0.0
    for clock in ("13:16", "15:02", "16:50", "17:52", "18:31", "20:02", "21:31", "22:45", "23:59"):
        await house.until(clock)
        assert number(house.entity("energy_charged")) >= told
        told = number(house.entity("energy_charged"))
        await lose_power(house, hass_storage)
        assert number(house.entity("energy_charged")) >= told
    assert told > 3


@pytest.mark.freeze_time(MORNING)
async def test_a_computer_that_dies_forgets_little_of_a_hold(house: House, hass_storage: dict[str, Any]) -> None:
    """What was charged since the last full half hour that was saved, at most an hour ago; it is said to be unseen."""
    house.tesla.site.soc_pct, house.tesla.site.load_kw = 20, 1.0
    house.plan("12:30", "14:30")
    await house.move_in()
    await house.until("14:12")
    await lose_power(house, hass_storage)
    await house.until("15:01")
    assert number(house.entity("energy_charged")) == pytest.approx(3.6 - 1.8 * 0.2, abs=0.15)
    controller: Controller = house.entry.runtime_data
    seen = {row.start: row.seen_s for row in controller.money.bookkeeper.half_hours}
    assert seen[house.at("13:30")] == 1800
    assert seen[house.at("14:00")] == pytest.approx(1800 - 12 * 60, abs=120)


@pytest.mark.freeze_time(MORNING)
async def test_a_computer_that_dies_forgets_four_hours_at_most(house: House, hass_storage: dict[str, Any]) -> None:
    """Of a time in which nothing is told and nothing held."""
    await house.move_in()
    await house.until("13:10")
    await lose_power(house, hass_storage)
    controller: Controller = house.entry.runtime_data
    rows = controller.money.bookkeeper.half_hours
    assert [row.start for row in rows[:-1]] == [house.at("09:00") + number * HALF_HOUR for number in range(8)]
    assert sum((timedelta(seconds=row.seen_s) for row in rows), timedelta()) >= timedelta(hours=3.9)


@pytest.mark.freeze_time(MORNING)
async def test_without_rates_the_owners_own_serve(house: House) -> None:
    """Octopus gives none: unknown, and the savings say why. Typed in, they serve at once."""
    house.octopus.fail("http_503", fields=[REST_RATES, REST_ACCOUNT])
    await house.move_in()
    assert house.entity("import_rate").state == "unknown"
    assert house.entity("savings").state == "unavailable"
    assert house.entity("savings").attributes["reason"] == "no_rates"
    house.hass.config_entries.async_update_entry(
        house.entry, options={"import_day_rate": 0.31, "import_night_rate": 0.09, "export_rate": 0.15}
    )
    await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.settle()
    assert number(house.entity("import_rate")) == 0.31
    assert house.entity("savings").state != "unavailable"


@pytest.mark.freeze_time(MORNING)
@pytest.mark.usefixtures("seldom_looked_at", "seldom_polled")
async def test_rates_are_read_again_when_the_agreement_changes(house: House) -> None:
    await house.move_in()
    controller: Controller = house.entry.runtime_data
    house.octopus.migrate(CHARGE_CAP_PRODUCT)
    await house.until("15:10")
    assert number(house.entity("import_rate")) == 0.3077
    assert controller.snapshot.money.export_rate == 0.12


@pytest.mark.freeze_time(MORNING)
async def test_diagnostics_hold_the_half_hours(house: House) -> None:
    """With the names of their fields once, and without anything that names the owner."""
    await house.move_in()
    await house.until("10:05")
    told = await async_get_config_entry_diagnostics(house.hass, house.entry)
    money = told["money"]
    rows = [dict(zip(money["fields"], row, strict=True)) for row in money["rows"]]
    assert [row["start"][11:16] for row in rows] == ["09:00", "09:30", "10:00"]
    assert rows[1]["seen_s"] == 1800
    assert rows[1]["home_kwh"] == pytest.approx(0.25, abs=0.01)
    assert money["rates"]["imported"]["tariff_code"] == "E-1R-INTELLI-VAR-24-10-29-H"


@pytest.mark.freeze_time(MORNING)
async def test_a_battery_that_is_no_tesla(house: House) -> None:
    """Nothing is known of its powers, and that is said; once they are picked, energy and savings are counted."""
    hass = house.hass
    hass.states.async_set("number.reserve", "20", {"min": 0, "max": 100, "step": 1, "unit_of_measurement": "%"})
    hass.states.async_set("sensor.level", "50", {"unit_of_measurement": "%", "device_class": "battery"})
    await house.add_entry()
    data = {**house.entry.data, "powerwall": "other"}
    data["binding"] = {"kind": "other", "reserve": "number.reserve", "level": "sensor.level"}
    hass.config_entries.async_update_entry(house.entry, data=data, unique_id="number.reserve")
    await hass.config_entries.async_setup(house.entry.entry_id)
    await house.settle()
    assert house.entity("energy_charged").state == house.entity("savings").state == "unavailable"
    assert house.entity("savings").attributes["reason"] == "no_powers"

    flow = await hass.config_entries.options.async_init(house.entry.entry_id)
    flow = await hass.config_entries.options.async_configure(flow["flow_id"], {})
    assert flow["step_id"] == "powers"
    await hass.config_entries.options.async_configure(
        flow["flow_id"],
        {
            "battery_power_entity": "sensor.battery",
            "battery_power_inverted": True,
            "grid_power_entity": "sensor.grid",
            "battery_capacity": 10,
        },
    )
    kilowatts = {"unit_of_measurement": "kW", "device_class": "power"}
    hass.states.async_set("sensor.battery", "-1.5", kilowatts)
    hass.states.async_set("sensor.grid", "500", {"unit_of_measurement": "W", "device_class": "power"})
    await house.until("09:35")
    assert number(house.entity("energy_charged")) == number(house.entity("savings")) == 0
    controller: Controller = house.entry.runtime_data
    row = controller.money.bookkeeper.half_hours[-2]
    assert row.discharged_kwh / row.imported_kwh == pytest.approx(3.0)


@pytest.mark.freeze_time(MORNING)
async def test_a_damaged_file_costs_figures_and_nothing_else(house: House, hass_storage: dict[str, Any]) -> None:
    await house.add_entry()
    key = f"octopus_powerwall.{house.entry.entry_id}.ledger"
    hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": {"books": 7}}
    house.plan("09:30", "10:30")
    await house.hass.config_entries.async_setup(house.entry.entry_id)
    await house.until("10:35")
    assert house.writes == [100, 20]
    assert number(house.entity("energy_charged")) >= 0
