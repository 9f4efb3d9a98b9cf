"""Accounts, cars and answers as they really are: whose home, whose contract, whose slot, and what the owner is told."""

from datetime import UTC, datetime
from typing import Any

from homeassistant.setup import async_setup_component
import pytest

from tests.simulators.octopus import CHARGE_CAP_PRODUCT

from .house import House
from .trouble import repair, repairs

pytestmark = [pytest.mark.freeze_time("2026-11-18 09:50:00+00:00"), pytest.mark.usefixtures("seldom_looked_at")]


def car_draws(house: House, start: str, end: str) -> None:
    """What the Powerwall would feed into the car, if it were not held."""
    site, begins, ends = house.tesla.site, house.at(start), house.at(end)
    site.load_kw = 0
    site.car_power_kw = lambda at: 7.2 if begins <= at < ends else 0.0


def bought(house: House) -> float:
    """What went into the battery so far, in kWh."""
    return house.tesla.site.energies.battery_in


def drained(house: House) -> float:
    """What came out of it so far, in kWh."""
    return house.tesla.site.energies.battery_out


# --- home and meter -------------------------------------------------------------------------------------


async def test_the_owner_says_which_of_two_homes_and_its_slots_alone_count(house: House) -> None:
    house.octopus.add_home("7654321")
    house.octopus.add_device("cottage", property_id="7654321")
    house.plan("10:00", "11:00", device="cottage")
    house.plan("12:00", "13:00", device="car")
    await house.move_in(home="1234567", whole_half_hours="off")
    await house.until("13:20")
    assert house.told[0] == ("12:00:00", 100)
    assert "home_needed" not in repairs(house)


async def test_until_the_owner_has_said_so_nothing_is_bought(house: House) -> None:
    house.octopus.add_home("7654321")
    house.plan("10:00", "11:00")
    car_draws(house, "10:00", "11:00")
    await house.move_in()
    await house.until("10:50")
    assert (house.status, house.reason) == ("preserving", "home_unknown")
    assert "home_needed" in repairs(house)
    assert bought(house) < 0.05
    assert drained(house) < 0.2


@pytest.mark.parametrize("more", [{}, {"says_direction": False}])
async def test_a_younger_contract_of_a_second_meter_does_not_hide_the_slots(
    house: House, more: dict[str, bool]
) -> None:
    house.octopus.add_meter("OE-FIX-12M-26-09-11", since="2026-10-01T00:00:00Z", **more)
    house.plan("10:00", "11:00")
    await house.move_in()
    await house.until("10:05")
    assert (house.status, house.reason) == ("charging_up", "whole_slot")


async def test_an_export_contract_that_calls_itself_import_is_none(house: House) -> None:
    house.octopus.add_meter("OUTGOING-VAR-24-10-26", since="2026-11-01T00:00:00Z")
    house.plan("10:00", "11:00")
    await house.move_in()
    await house.until("10:05")
    assert house.status == "charging_up"


async def test_all_contracts_ended_is_no_tariff_of_the_owner(house: House) -> None:
    await house.move_in()
    house.octopus.end_agreements(at="2026-11-15T00:00:00Z")
    house.octopus.remove_device("car")
    await house.until("16:10")
    assert (house.status, house.reason) == ("not_supported", "agreement_ended")
    assert "no_agreement" in repairs(house)
    assert "tariff_changed" not in repairs(house)


async def test_slots_without_any_contract_are_perhaps_cheap(house: House) -> None:
    house.octopus.end_agreements(at="2026-11-15T00:00:00Z")
    house.plan("10:00", "11:00")
    await house.move_in()
    await house.until("10:30")
    assert (house.status, house.reason) == ("preserving", "car_unknown")


async def test_the_repair_asks_and_the_answer_counts_at_once(house: House) -> None:
    assert await async_setup_component(house.hass, "repairs", {})
    house.octopus.set_device("car", property_id="1234567")
    house.octopus.add_home("7654321", address="2 Example Lane")
    house.plan("10:00", "12:00")
    await house.move_in()
    await house.until("10:05")
    assert house.reason == "home_unknown"
    manager = house.hass.data["repairs"]["flow_manager"]
    context: Any = {"issue_id": f"home_needed_{house.entry.entry_id}"}
    flow = await manager.async_init("octopus_powerwall", context=context)
    assert flow["step_id"] == "home"
    await manager.async_configure(flow["flow_id"], {"home": "1234567"})
    await house.settle()
    await house.until("10:10")
    assert (house.status, house.reason) == ("charging_up", "whole_slot")
    assert "home_needed" not in repairs(house)


async def test_a_home_without_slots_is_left_alone_although_the_car_of_the_other_has_one(house: House) -> None:
    house.octopus.set_device("car", property_id="1234567")
    house.octopus.add_home("7654321", "OE-FIX-12M-26-09-11", display_name="Octopus 12M Fixed")
    house.plan("10:00", "11:00")
    await house.move_in(home="7654321")
    await house.until("10:20")
    assert (house.status, house.reason) == ("not_supported", "tariff")
    assert house.entity("tariff").state == "Octopus 12M Fixed"
    assert house.told == []


async def test_an_account_for_gas_only_says_so(house: House) -> None:
    place = house.octopus.world.account().properties[0]
    place.meter_points.clear()
    place.gas = True
    house.octopus.remove_device("car")
    await house.move_in()
    await house.until("10:00")
    assert (house.status, house.reason) == ("not_supported", "no_electricity")
    assert "no_agreement" in repairs(house)


async def test_an_agreement_that_begins_in_a_slot_makes_its_rest_certain(house: House) -> None:
    for point in house.octopus.world.account().properties[0].meter_points:
        if not point.is_export:
            point.agreements = point.agreements[-1:]
            point.agreements[0].valid_from = house.at("10:30")
    house.plan("10:00", "12:00")
    await house.move_in()
    await house.until("10:20")
    assert (house.status, house.reason) == ("preserving", "car_unknown")
    assert (repair(house, "no_agreement").translation_placeholders or {})["state"].endswith("18 November 2026.")
    await house.until("10:31")
    assert (house.status, house.reason) == ("charging_up", "whole_slot")
    assert "no_agreement" not in repairs(house)


# --- what a device shows --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("SMART_CONTROL_NOT_AVAILABLE", "car_away"),
        ("TEST_CHARGE_NOT_AVAILABLE", "car_away"),
        ("BOOSTING", "car_boosting"),
        ("TEST_CHARGE_IN_PROGRESS", "car_testing"),
        ("SMART_CONTROL_OFF", "not_controlled"),
        ("AUTHENTICATION_FAILED", "not_controlled"),
        ("RETIRED", "not_controlled"),
    ],
)
async def test_rows_of_a_car_in_doubt_are_held_and_never_charged(house: House, state: str, reason: str) -> None:
    house.octopus.set_device("car", state=state)
    house.plan("10:00", "11:00")
    await house.move_in()
    await house.until("10:30")
    assert (house.status, house.reason) == ("preserving", reason)


async def test_a_car_that_drives_off_is_held_for_half_an_hour_at_most(house: House) -> None:
    house.plan("10:00", "14:00")
    await house.move_in(whole_half_hours="off")
    await house.until("10:30")
    house.octopus.drive_off()
    await house.until("10:40")
    assert (house.status, house.reason) == ("preserving", "car_away")
    before = bought(house)
    await house.until("11:15")
    assert house.status == "idle"
    assert bought(house) - before < 0.05


async def test_a_charge_cap_that_only_the_device_shows(house: House) -> None:
    house.octopus.set_device("car", charging_cap="ENABLED", plugged=False)
    house.plan("10:00", "11:00")
    await house.move_in()
    await house.until("10:30")
    assert (house.status, house.reason) == ("preserving", "car_unknown")
    assert "charge_cap_seen" in repairs(house)
    house.octopus.set_device("car", charging_cap="DISABLED")
    await house.until("10:45")
    assert house.status == "charging_up"
    assert "charge_cap_seen" not in repairs(house)


async def test_a_boost_of_the_other_car_is_no_evidence(house: House) -> None:
    house.octopus.set_product(CHARGE_CAP_PRODUCT)
    house.octopus.set_device("car", plugged=False)
    house.octopus.add_device("second", power_report="live")
    house.plan("10:00", "11:30", device="car")
    await house.move_in()
    await house.until("10:05")
    house.octopus.boost(house.at("11:30"), device="second")
    await house.until("11:35")
    assert bought(house) < 0.1


async def test_a_battery_that_octopus_drives_is_told(house: House) -> None:
    await house.move_in()
    house.octopus.add_device("battery", kind="battery")
    await house.until("10:10")
    assert "battery_at_octopus" in repairs(house)
    house.octopus.remove_device("battery")
    await house.until("10:20")
    assert "battery_at_octopus" not in repairs(house)


async def test_a_boost_over_a_smart_row_is_no_slot(house: House) -> None:
    """Whatever the device calls its state meanwhile."""
    house.plan("10:00", "11:30")
    await house.move_in()
    await house.until("10:10")
    house.octopus.boost(house.at("10:40"))
    house.octopus.set_device("car", state="SMART_CONTROL_IN_PROGRESS")
    await house.until("10:20")
    assert (house.status, house.reason) == ("preserving", "car_boosting")
    await house.until("10:41")
    assert (house.status, house.reason) == ("charging_up", "whole_slot")


async def test_a_car_that_vanishes_from_the_list_is_held_for_half_an_hour(house: House) -> None:
    house.plan("10:00", "13:00")
    await house.move_in(whole_half_hours="off")
    await house.until("10:10")
    house.octopus.remove_device("car")
    await house.until("10:20")
    assert (house.status, house.reason) == ("preserving", "car_vanished")
    before = bought(house)
    await house.until("10:50")
    assert house.reserve == 20
    assert bought(house) - before < 0.05


@pytest.mark.parametrize("lifecycle", ["RETIRED", "PENDING_LIVE", "ONBOARDING_IN_PROGRESS"])
async def test_an_entry_that_is_not_live_never_matters_whatever_is_missing_in_it(house: House, lifecycle: str) -> None:
    house.octopus.add_device("old", kind="charge_point", suspended=None, provider=None)
    house.octopus.world.device("old").lifecycle = lifecycle
    house.octopus.fail("KT-CT-4360", fields=["status"], device="old")
    house.plan("10:00", "13:00", device="car")
    await house.move_in(whole_half_hours="off")
    await house.until("10:20")
    assert house.status == "charging_up"
    house.octopus.clear_plan("car")
    await house.until("10:30")
    assert house.reserve == 20


async def test_a_plan_that_comes_and_goes_is_held_through_its_gaps(house: House) -> None:
    """Twice a withdrawal counts at once; from then on a gap is perhaps cheap."""
    house.plan("10:00", "14:00")
    await house.move_in(whole_half_hours="off")
    await house.until("10:05")
    seen = []
    for _ in range(3):
        house.octopus.clear_plan("car")
        await house.wait(minutes=8)
        seen.append(house.reason)
        house.plan("10:00", "14:00")
        await house.wait(minutes=5)
        assert (house.status, house.reason) == ("charging_up", "whole_slot")
    assert seen == ["no_slot", "no_slot", "plan_unsteady"]


# --- half an answer -------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["KT-CT-4340", "KT-CT-4301", "KT-CT-7899"])
async def test_plans_refused_for_half_an_hour_are_told(house: House, code: str) -> None:
    await house.move_in()
    house.octopus.fail(code, fields=["flexPlannedDispatches"])
    await house.until("10:10")
    assert house.reason == "plan_unreadable"
    await house.until("10:40")
    assert "plan_unreadable" in repairs(house)
    house.octopus.heal()
    await house.until("10:50")
    assert "plan_unreadable" not in repairs(house)


async def test_no_car_for_a_day_is_told(house: House) -> None:
    await house.move_in()
    house.octopus.suspend("car")
    await house.until("10:10")
    assert house.reason == "no_car"
    assert "no_car" not in repairs(house)
    await house.until("10:20", days=1)
    assert "no_car" in repairs(house)
    house.octopus.resume("car")
    await house.until("10:30")
    assert "no_car" not in repairs(house)


@pytest.mark.parametrize("field", ["activePower", "completedDispatches", "propertyId", "isSuspended"])
async def test_a_field_that_leaves_the_schema_costs_no_slot(house: House, field: str) -> None:
    house.plan("10:30", "11:30")
    await house.move_in()
    house.octopus.remove_field(field)
    await house.until("10:40")
    assert house.status == "charging_up"


async def test_a_token_that_http_refuses_costs_no_poll(house: House) -> None:
    await house.move_in()
    house.octopus.revoke_tokens(bare=True)
    house.plan("10:10", "11:00")
    await house.until("10:12")
    assert house.status == "charging_up"


async def test_octopus_that_is_silent_is_seen_at_once(house: House) -> None:
    await house.move_in()
    house.octopus.fail("http_503")
    await house.until("10:05")
    status = house.entity("status")
    assert house.reason == "octopus_silent"
    assert datetime.fromisoformat(status.attributes["plan_read_at"]) < datetime(2026, 11, 18, 9, 56, tzinfo=UTC)
