"""Which devices' plans count, and what happens when they come, go and change (design 3.1, issue 4)."""

from typing import Any

from homeassistant.helpers import device_registry as dr
import pytest

from tests.simulators.tesla import PowerwallSite

from .house import House

pytestmark = [pytest.mark.freeze_time("2026-11-18 09:50:00+00:00"), pytest.mark.usefixtures("seldom_looked_at")]


@pytest.mark.parametrize(
    "changes",
    [
        {"suspended": True},
        {"lifecycle": "RETIRED"},
        {"lifecycle": "ONBOARDING"},
        {"lifecycle": "PENDING_LIVE"},
        {"typename": "SmartFlexDevice", "device_type": "BATTERIES"},
    ],
)
async def test_devices_that_do_not_count(house: House, changes: dict[str, Any]) -> None:
    """Their plans may be old, or are none of a car's."""
    house.octopus.set_device("car", **changes)
    house.plan("10:00", "10:20", device="car")
    await house.move_in(whole_half_hours="off")
    await house.until("10:25")
    assert house.writes == []
    assert house.entity("planned_slots").state == "0"


async def test_suspended_beside_a_live_one(house: House) -> None:
    """Only the live device's slot is held."""
    house.octopus.add_device("charger", kind="charge_point")
    house.octopus.suspend("car")
    house.plan("10:00", "10:20", device="car")
    house.plan("10:30", "10:50", device="charger")
    await house.move_in(whole_half_hours="off")
    await house.until("10:55")
    assert house.told == [("10:30:00", 100), ("10:50:00", 20)]


async def test_suspended_in_a_slot(house: House) -> None:
    """Smart charging switched off in the app ends the slot: two answers, a minute apart."""
    house.plan("10:00", "11:00")
    await house.move_in(whole_half_hours="off")
    await house.until("10:10")
    house.octopus.suspend("car")
    await house.until("10:25")
    assert [value for _, value in house.told] == [100, 65, 20]
    assert house.told[1][0] < "10:18:00"


async def test_live_again(house: House) -> None:
    """And switched on again its slots count, without a reload."""
    house.octopus.suspend("car")
    house.plan("10:00", "11:00")
    await house.move_in()
    await house.until("10:10")
    house.octopus.resume("car")
    await house.until("11:05")
    assert [value for _, value in house.told] == [100, 20]
    assert "10:10:00" <= house.told[0][0] < "10:16:00"


async def test_a_new_id(house: House) -> None:
    """Octopus lists the car under a new id, as after it was linked anew: its slots go on."""
    house.plan("10:00", "10:30")
    house.plan("11:00", "11:30")
    await house.move_in()
    await house.until("10:10")
    house.octopus.change_device_id("00000000-0002-4000-8020-123456789abc", device="car")
    await house.until("11:35")
    assert house.told == [("10:00:00", 100), ("10:30:00", 20), ("11:00:00", 100), ("11:30:00", 20)]


async def test_a_new_car(house: House) -> None:
    """A second car joins the account: it is followed from the next poll on."""
    await house.move_in(whole_half_hours="off")
    house.octopus.add_device("second car")
    house.plan("10:30", "10:50", device="second car")
    await house.until("10:55")
    assert house.told == [("10:30:00", 100), ("10:50:00", 20)]


async def test_ohme(house: House) -> None:
    """An Ohme charger is followed like any other once it has slots; in dry run nothing is written."""
    house.octopus.remove_device("car")
    house.octopus.add_device("ohme", kind="ohme")
    house.plan("10:00", "10:20", device="ohme")
    await house.move_in(whole_half_hours="off", dry_run=True)
    await house.until("10:10")
    assert house.status == "would_charge_up"
    await house.until("10:25")
    assert house.writes == []


async def test_two_powerwalls_on_one_account(house: House) -> None:
    """Two entries share each poll, and each drives its own battery."""
    second = house.tesla.add_site(PowerwallSite(7252147638652, name="Annexe", reserve_pct=30))
    (tesla_fleet,) = house.hass.config_entries.async_entries("tesla_fleet")
    await house.hass.config_entries.async_reload(tesla_fleet.entry_id)
    await house.settle()
    house.plan("10:10", "10:30")
    first_entry = await house.move_in(whole_half_hours="off")
    second_entry = await house.move_in(whole_half_hours="off", site=second, dry_run=False)
    assert first_entry.unique_id != second_entry.unique_id
    registry = dr.async_get(house.hass)
    names = [
        device.name
        for entry in (first_entry, second_entry)
        for device in dr.async_entries_for_config_entry(registry, entry.entry_id)
    ]
    assert names == ["Octopus Powerwall", "Octopus Powerwall Annexe"]
    polls = len(house.octopus.polls)
    await house.until("10:50")
    told = {(write.site_id, write.received_at.strftime("%H:%M:%S"), write.value) for write in house.tesla.writes}
    one, other = house.tesla.site.site_id, second.site_id
    assert told == {
        (one, "10:10:00", 100),
        (one, "10:30:00", 20),
        (other, "10:10:00", 100),
        (other, "10:30:00", 30),
    }
    assert len(house.octopus.polls) - polls <= 24
