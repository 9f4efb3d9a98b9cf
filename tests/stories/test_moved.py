"""The entry is given another Powerwall while something of the former one is still open (design 5.7)."""

from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler
import pytest

from tests.simulators.tesla import PowerwallSite
from tests.simulators.tesla.behaviours import Hang, HttpError

from .house import House
from .trouble import kill, memory, move, repairs, start_again, store_key, tesla_fleet

pytestmark = [
    pytest.mark.freeze_time("2026-11-18 12:20:00+00:00"),
    pytest.mark.usefixtures("seldom_looked_at", "seldom_polled"),
]


@pytest.fixture
async def second(house: House) -> PowerwallSite:
    """A second Powerwall of the same account."""
    site = house.tesla.add_site(PowerwallSite(7_000_000_000_001, name="Cottage", reserve_pct=35))
    await house.hass.config_entries.async_reload(tesla_fleet(house).entry_id)
    return site


@pytest.mark.parametrize("back", [False, True])
async def test_a_write_that_lands_in_the_former_one_is_undone(house: House, second: PowerwallSite, back: bool) -> None:
    """Also where the entry is given back to it before that."""
    first = house.tesla.site
    house.plan("12:30", "12:50")
    await house.move_in(whole_half_hours="off")
    house.tesla.misbehave(Hang(lands_after_s=25 * 60), times=1)
    await house.until("12:52")
    assert memory(house).watch is not None
    await move(house, second)
    if back:
        await house.until("12:53")
        await move(house, first)
    await house.until("13:10")
    assert (first.reserve_pct, second.reserve_pct, repairs(house)) == (20, 35, set())


@pytest.mark.parametrize("lands_after_min", [25, None])
@pytest.mark.parametrize("back", [False, True])
async def test_the_former_one_is_watched_on_after_a_restart(
    house: House, second: PowerwallSite, hass_storage: dict[str, Any], lands_after_min: int | None, *, back: bool
) -> None:
    """Also where the entry is given back to it after that; what is over is forgotten."""
    first = house.tesla.site
    house.plan("12:30", "12:50")
    await house.move_in(whole_half_hours="off")
    lands = None if lands_after_min is None else 60 * lands_after_min
    house.tesla.misbehave(Hang(lands_after_s=lands), times=1)
    await house.until("12:52")
    await move(house, second)
    await house.until("12:53")
    left = kill(house, hass_storage)
    await start_again(house, hass_storage, left)
    if back:
        await move(house, first)
    await house.until("13:10")
    assert (first.reserve_pct, second.reserve_pct, repairs(house)) == (20, 35, set())
    await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.settle()
    assert "former_binding" not in house.entry.data
    assert f"{store_key(house)}.former" not in hass_storage


async def test_a_former_battery_that_cannot_be_read_does_not_keep_the_present_one(
    house: House, hass_storage: dict[str, Any]
) -> None:
    """What is put back comes first, whatever stands in the entry of the battery of before."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    left = kill(house, hass_storage)
    entries = house.hass.config_entries
    entries.async_update_entry(house.entry, data={**house.entry.data, "former_binding": {"nonsense": 1}})
    await house.until("13:40")
    await start_again(house, hass_storage, left)
    await house.until("13:50")
    assert (house.reserve, house.status) == (20, "idle")


async def test_moved_while_disabled_and_the_former_one_is_still_put_back(
    house: House, second: PowerwallSite, hass_storage: dict[str, Any]
) -> None:
    """What is still open of the first is neither forgotten nor taken for the second's."""
    first = house.tesla.site
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    house.tesla.misbehave(HttpError(500), times=3)
    await house.hass.config_entries.async_set_disabled_by(house.entry.entry_id, ConfigEntryDisabler.USER)
    await house.wait(seconds=20)
    await move(house, second)
    await house.hass.config_entries.async_set_disabled_by(house.entry.entry_id, None)
    await house.until("14:30")
    assert (first.reserve_pct, second.reserve_pct) == (20, 35)
    await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.until("14:40")
    assert (first.reserve_pct, second.reserve_pct) == (20, 35)
    stored = hass_storage[store_key(house)]["data"]["world"]["memory"]["phase"]
    assert stored["case"] == "Idle"


async def test_another_entry_takes_over_a_powerwall_that_is_still_put_back(house: House, second: PowerwallSite) -> None:
    first, former = house.tesla.site, house
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    old = former.entry
    await house.move_in(site=second)
    await house.until("12:42")
    house.tesla.misbehave(HttpError(500), times=2)
    await house.hass.config_entries.async_remove(old.entry_id)
    await house.wait(seconds=20)
    await house.switch(on=False)
    await house.wait(minutes=4)
    await move(house, first)
    await house.until("14:30")
    assert (first.reserve_pct, second.reserve_pct, repairs(house)) == (20, 35, set())
