"""Re-authentication, reconfiguration and options: what is left alone stays, and a raised reserve is not forgotten."""

from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

from homeassistant.components.energy.data import async_get_manager
from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.octopus_powerwall.flows.battery import battery_data, pick_other
from tests.powerwall.conftest import SITE, Registered
from tests.simulators.octopus import OctopusSimulator, User, home_account

from .conftest import AddEntry
from .forms import Flow

NEW_KEY = "sk_live_newnewnewnewnewnewnewnew0"
SECOND = "7654321"
OPTIONS = {"night_guard": "charge_up", "charging_entity": "sensor.car", "charging_power_threshold": 2000.0}


@pytest.fixture
def second(hass: HomeAssistant, powerwall: Registered) -> Registered:
    """A second Powerwall."""
    return Registered(hass, site_id=SECOND, name="Barn").with_battery()


@pytest.fixture
async def entry(
    hass: HomeAssistant, second: Registered, add_entry: AddEntry, setup_entry: AsyncMock
) -> MockConfigEntry:
    """An entry for the first Powerwall, renamed by its owner, that is running."""
    hass.states.async_set("sensor.car", "0", {"unit_of_measurement": "kW"})
    entry = add_entry(SITE, **OPTIONS)
    hass.config_entries.async_update_entry(entry, title="The house")

    async def start(hass: HomeAssistant, entry: MockConfigEntry) -> bool:
        entry.runtime_data = SimpleNamespace(snapshot=SimpleNamespace(holding=False))
        return True

    setup_entry.side_effect = start
    assert await hass.config_entries.async_setup(entry.entry_id)
    setup_entry.reset_mock()
    return entry


async def begin(hass: HomeAssistant, entry: MockConfigEntry, source: str) -> Flow:
    if source == SOURCE_REAUTH:
        result = await entry.start_reauth_flow(hass)
    else:
        result = await entry.start_reconfigure_flow(hass)
    return Flow(result, hass.config_entries.flow.async_configure, "config")


async def change_options(hass: HomeAssistant, entry: MockConfigEntry) -> Flow:
    result = await hass.config_entries.options.async_init(entry.entry_id)
    return Flow(result, hass.config_entries.options.async_configure, "options")


def unchanged(entry: MockConfigEntry) -> dict[str, Any]:
    """What the reconfiguration form holds when nothing is touched."""
    return {key: entry.data[key] for key in ("account_number", "powerwall")}


# --- a new key --------------------------------------------------------------------------------------------------


async def test_a_new_key(
    hass: HomeAssistant, entry: MockConfigEntry, octopus: OctopusSimulator, setup_entry: AsyncMock
) -> None:
    octopus.rotate_key(NEW_KEY)
    before = dict(entry.data)
    flow = await begin(hass, entry, SOURCE_REAUTH)
    assert (flow.step, flow.errors) == ("reauth_confirm", {})
    assert flow.result["description_placeholders"]["name"] == "The house"
    await flow.submit(api_key="sk_live_wrong")
    assert (flow.step, flow.errors) == ("reauth_confirm", {"base": "invalid_auth"})
    assert flow.fields == {"api_key": None}
    octopus.fail("http_503", times=1)
    await flow.submit(api_key=NEW_KEY)
    assert flow.errors == {"base": "cannot_connect"}
    await flow.submit(api_key="sk_live_neighbourneighbourneighbour0")
    assert flow.errors == {"base": "account_not_found"}
    await flow.submit(api_key=f" {NEW_KEY} ")
    assert (flow.step, flow.result["reason"]) == ("abort", "reauth_successful")
    await hass.async_block_till_done()
    assert entry.data == before | {"api_key": NEW_KEY}
    assert entry.options == OPTIONS
    assert len(setup_entry.mock_calls) == 1


async def test_a_new_key_is_taken_on_any_tariff(
    hass: HomeAssistant, entry: MockConfigEntry, octopus: OctopusSimulator
) -> None:
    octopus.set_product("INTELLI-FLUX-IMPORT-23-07-14")
    flow = await begin(hass, entry, SOURCE_REAUTH)
    await flow.submit(api_key=octopus.api_key)
    assert flow.result["reason"] == "reauth_successful"


# --- reconfiguration --------------------------------------------------------------------------------------------


async def test_nothing_changed_asks_octopus_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, octopus: OctopusSimulator, setup_entry: AsyncMock
) -> None:
    before = dict(entry.data)
    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    assert flow.step == "reconfigure"
    assert flow.fields == unchanged(entry) | {"api_key": None, "charging_entity": "sensor.car"}
    await flow.submit()
    assert (flow.step, flow.result["reason"]) == ("abort", "reconfigure_successful")
    await hass.async_block_till_done()
    assert (entry.data, entry.options, entry.title, entry.unique_id) == (before, OPTIONS, "The house", SITE)
    assert octopus.requests == []
    assert len(setup_entry.mock_calls) == 1


async def test_another_account(hass: HomeAssistant, entry: MockConfigEntry, octopus: OctopusSimulator) -> None:
    octopus.world.users.append(User("3", {NEW_KEY}, [home_account("A-0000BEEF")]))
    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    await flow.submit(account_number="a-0000beef")
    assert (flow.step, flow.errors) == ("reconfigure", {"base": "account_not_found"})
    assert flow.fields["account_number"] == "a-0000beef"
    octopus.fail("KT-CT-1199", times=1, fields="account")
    await flow.submit(api_key=NEW_KEY, account_number="a-0000beef")
    assert flow.errors == {"base": "rate_limited"}
    assert flow.fields["api_key"] is None
    await flow.submit(api_key=NEW_KEY, account_number="a-0000beef")
    assert flow.result["reason"] == "reconfigure_successful"
    assert (entry.data["api_key"], entry.data["account_number"]) == (NEW_KEY, "A-0000BEEF")
    assert entry.unique_id == SITE
    assert entry.options == OPTIONS


async def test_a_refused_tariff_is_not_taken_over(
    hass: HomeAssistant, entry: MockConfigEntry, octopus: OctopusSimulator
) -> None:
    octopus.world.users.append(User("3", {NEW_KEY}, [home_account("A-0000BEEF", "ZERO-22-05-01")]))
    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    await flow.submit(api_key=NEW_KEY, account_number="A-0000BEEF")
    assert flow.errors == {"base": "not_supported_tariff"}
    assert entry.data["account_number"] == octopus.account_number
    await flow.submit(**unchanged(entry))
    assert flow.result["reason"] == "reconfigure_successful"


async def test_another_powerwall(
    hass: HomeAssistant, entry: MockConfigEntry, second: Registered, setup_entry: AsyncMock
) -> None:
    entry_id = entry.entry_id
    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    await flow.submit(powerwall=second.device.id)
    assert flow.result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert (entry.entry_id, entry.unique_id, entry.title) == (entry_id, SECOND, "Barn")
    assert entry.data["powerwall"] == second.device.id
    assert entry.data["binding"]["site_id"] == SECOND
    assert entry.options == OPTIONS
    assert len(setup_entry.mock_calls) == 1


async def test_to_another_battery_and_back(
    hass: HomeAssistant, entry: MockConfigEntry, powerwall: Registered, other_battery: tuple[str, str]
) -> None:
    reserve, level = other_battery
    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    await flow.submit(powerwall="other")
    assert flow.step == "other"
    assert flow.fields == {"reserve_entity": None, "battery_level_entity": None}
    await flow.submit(reserve_entity=reserve, battery_level_entity=level)
    assert flow.result["reason"] == "reconfigure_successful"
    assert (entry.unique_id, entry.title, entry.data["reserve_entity"]) == (reserve, "Barn battery", reserve)

    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    assert flow.fields["powerwall"] == "other"
    await flow.submit()
    assert flow.fields == {"reserve_entity": reserve, "battery_level_entity": level}
    await flow.submit(**flow.fields)
    assert flow.result["reason"] == "reconfigure_successful"

    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    await flow.submit(powerwall=powerwall.device.id)
    assert entry.unique_id == SITE
    assert "reserve_entity" not in entry.data
    assert "battery_level_entity" not in entry.data


async def test_a_raised_reserve_is_put_back_first(
    hass: HomeAssistant, entry: MockConfigEntry, second: Registered, other_battery: tuple[str, str]
) -> None:
    entry.runtime_data.snapshot.holding = True
    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    await flow.submit(powerwall=second.device.id)
    assert (flow.step, flow.errors) == ("reconfigure", {"base": "restore_first"})
    assert flow.fields["powerwall"] == second.device.id
    await flow.submit(powerwall="other")
    reserve, level = other_battery
    await flow.submit(reserve_entity=reserve, battery_level_entity=level)
    assert (flow.step, flow.errors) == ("other", {"base": "restore_first"})
    assert entry.unique_id == SITE
    entry.runtime_data.snapshot.holding = False
    await flow.submit(reserve_entity=reserve, battery_level_entity=level)
    assert flow.result["reason"] == "reconfigure_successful"


async def test_a_hold_does_not_stand_in_the_way_of_a_new_key(
    hass: HomeAssistant, entry: MockConfigEntry, octopus: OctopusSimulator
) -> None:
    entry.runtime_data.snapshot.holding = True
    octopus.rotate_key(NEW_KEY)
    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    await flow.submit(api_key=NEW_KEY)
    assert flow.result["reason"] == "reconfigure_successful"


async def test_a_powerwall_that_has_gone_is_not_waited_for(
    hass: HomeAssistant, entry: MockConfigEntry, powerwall: Registered, second: Registered
) -> None:
    entry.runtime_data.snapshot.holding = True
    dr.async_get(hass).async_remove_device(powerwall.device.id)
    await hass.async_block_till_done()
    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    assert flow.fields["powerwall"] is None
    await flow.submit(powerwall=second.device.id)
    assert flow.result["reason"] == "reconfigure_successful"
    assert entry.unique_id == SECOND


async def test_a_powerwall_of_another_entry_is_not_taken_away(
    hass: HomeAssistant, entry: MockConfigEntry, second: Registered, add_entry: AddEntry
) -> None:
    add_entry(SECOND)
    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    await flow.submit(powerwall=second.device.id)
    assert (flow.step, flow.result["reason"]) == ("abort", "already_configured")
    assert entry.unique_id == SITE


async def test_another_charger(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hass.states.async_set("sensor.zappi", "0", {"unit_of_measurement": "W"})
    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    await flow.submit(charging_entity="sensor.none")
    assert flow.errors == {"charging_entity": "entity_not_found"}
    await flow.submit(charging_entity="sensor.zappi")
    assert flow.result["reason"] == "reconfigure_successful"
    assert entry.options == OPTIONS | {"charging_entity": "sensor.zappi", "charging_power_threshold": 1000}


async def test_a_powerwall_with_a_problem_is_refused(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    third = Registered(hass, site_id="3", name="Shed")
    third.add("number", "backup_reserve_percent", state="20")
    flow = await begin(hass, entry, SOURCE_RECONFIGURE)
    assert "Shed cannot be used yet" in flow.notes
    await flow.submit(powerwall=third.device.id)
    assert flow.errors == {"powerwall": "level_missing"}
    third.add("sensor", "percentage_charged", state="20")
    await flow.submit(powerwall=third.device.id)
    assert entry.unique_id == "3"


# --- options ----------------------------------------------------------------------------------------------------


async def test_all_options(hass: HomeAssistant, entry: MockConfigEntry, setup_entry: AsyncMock) -> None:
    flow = await change_options(hass, entry)
    assert flow.fields == {
        "slot_policy": "automatic",
        "charging_entity": "sensor.car",
        "charging_power_threshold": 2000.0,
        "whole_half_hours": "automatic",
        "usual_reserve": None,
        "night_guard": "charge_up",
        "car_guard": "off",
        "slot_source": "octopus",
        "ohme_entry": None,
        "leave_room_for_sun": "on",
        "solar_forecast": None,
        "dry_run": False,
        "import_day_rate": None,
        "import_night_rate": None,
        "export_rate": None,
    }
    chosen = {
        "slot_policy": "confirmed_only",
        "charging_entity": "sensor.car",
        "charging_power_threshold": 3500.0,
        "whole_half_hours": "on",
        "usual_reserve": 30,
        "night_guard": "preserve_charge",
        "car_guard": "charge_up",
        "slot_source": "octopus",
        "leave_room_for_sun": "off",
        "dry_run": True,
        "import_day_rate": 0.31,
        "import_night_rate": 0.07,
        "export_rate": 0.15,
    }
    await flow.submit(**chosen)
    assert flow.step == "create_entry"
    await hass.async_block_till_done()
    assert entry.options == chosen
    assert len(setup_entry.mock_calls) == 1
    assert not entry.update_listeners


async def test_options_that_are_left_out_stay_and_cleared_ones_go(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    flow = await change_options(hass, entry)
    await flow.submit(dry_run=True, charging_power_threshold=2.0)
    assert entry.options == {
        "slot_policy": "automatic",
        "whole_half_hours": "automatic",
        "night_guard": "charge_up",
        "car_guard": "off",
        "slot_source": "octopus",
        "leave_room_for_sun": "on",
        "dry_run": True,
    }


async def test_the_dashboards_forecast_is_proposed_and_can_be_declined(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    roof = MockConfigEntry(domain="sun_of_the_roof", title="The roof")
    roof.add_to_hass(hass)
    hass.config.components.add("energy")
    source: Any = {"type": "solar", "stat_energy_from": "sensor.roof", "config_entry_solar_forecast": [roof.entry_id]}
    await (await async_get_manager(hass)).async_update({"energy_sources": [source]})
    flow = await change_options(hass, entry)
    assert flow.fields["solar_forecast"] == [roof.entry_id]
    await flow.submit(dry_run=True)
    assert entry.options["solar_forecast"] == []


@pytest.mark.parametrize("value", [0, 80, 100])
async def test_the_usual_reserve(hass: HomeAssistant, entry: MockConfigEntry, value: int) -> None:
    flow = await change_options(hass, entry)
    for wrong in (81, 90, 99):
        await flow.submit(usual_reserve=wrong, dry_run=True)
        assert (flow.step, flow.errors) == ("init", {"usual_reserve": "reserve_81_to_99"})
        assert (flow.fields["usual_reserve"], flow.fields["dry_run"]) == (wrong, True)
    await flow.submit(usual_reserve=value)
    assert entry.options["usual_reserve"] == value


async def test_an_unfit_charger_can_be_corrected(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hass.states.async_set("sensor.energy", "3", {"unit_of_measurement": "kWh"})
    flow = await change_options(hass, entry)
    await flow.submit(charging_entity="sensor.energy")
    assert flow.errors == {"charging_entity": "no_charging_entity"}
    assert entry.options == OPTIONS
    await flow.submit(charging_entity="binary_sensor.plug")
    assert flow.errors == {"charging_entity": "entity_not_found"}
    hass.states.async_set("binary_sensor.plug", "on")
    await flow.submit(charging_entity="binary_sensor.plug", charging_power_threshold=2.0)
    assert entry.options["charging_entity"] == "binary_sensor.plug"
    assert "charging_power_threshold" not in entry.options


@pytest.mark.parametrize(("picked", "kept"), [({}, True), ({"charging_entity": "sensor.car"}, False)])
async def test_that_no_charger_is_wanted_is_remembered_until_one_is_picked(
    hass: HomeAssistant, entry: MockConfigEntry, picked: dict[str, str], kept: bool
) -> None:
    hass.config_entries.async_update_entry(entry, options={"charger_declined": True})
    flow = await change_options(hass, entry)
    await flow.submit(**picked)
    assert entry.options.get("charger_declined", False) is kept


async def test_that_the_guards_advice_was_declined_is_remembered(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hass.config_entries.async_update_entry(entry, options={"guard_advice_declined": True})
    await (await change_options(hass, entry)).submit()
    assert entry.options["guard_advice_declined"] is True


async def test_another_battery_is_asked_for_its_powers(
    hass: HomeAssistant, entry: MockConfigEntry, other_battery: tuple[str, str]
) -> None:
    reserve, level = other_battery
    picked = pick_other(hass, {"reserve_entity": reserve, "battery_level_entity": level})
    hass.config_entries.async_update_entry(entry, data=battery_data(entry.data, picked))
    flow = await change_options(hass, entry)
    await flow.submit(night_guard="off")
    assert flow.step == "powers"
    await flow.submit(battery_capacity=10)
    assert flow.step == "create_entry"
    assert (entry.options["night_guard"], entry.options["battery_capacity"]) == ("off", 10)
