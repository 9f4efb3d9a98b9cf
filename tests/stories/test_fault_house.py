"""Trouble in the house itself: a full disk, clocks that jump, a battery that does not obey, others who interfere."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.storage import Store
from homeassistant.setup import async_setup_component
from homeassistant.util.async_ import get_scheduled_timer_handles
from homeassistant.util.file import WriteError
import pytest

from tests.simulators.tesla.behaviours import HttpError, Ignored

from .house import House
from .trouble import activities, controller, full_disk, memory, repairs, reserve_entity_id

pytestmark = [
    pytest.mark.freeze_time("2026-11-18 12:20:00+00:00"),
    pytest.mark.usefixtures("seldom_looked_at", "seldom_polled"),
]


# --- the disk ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("as_often_as_usual")
@pytest.mark.parametrize("error", [lambda: WriteError("full"), lambda: OSError(28, "full"), PermissionError])
async def test_nothing_is_raised_that_cannot_be_saved(house: House, error: type[Exception]) -> None:
    """The disk is full as the slot begins: waiting; it is raised when there is room again, and restored as ever."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:29")
    with full_disk(error):
        await house.until("12:45:30")
        assert house.writes == []
        assert (house.status, house.reason) == ("waiting", "not_saved")
        assert not memory(house).owns_reserve
    await house.until("12:48")
    assert house.writes == [100]
    await house.until("13:40")
    assert house.told[1:] == [("13:30:00", 20)]
    assert house.status == "idle"


@pytest.mark.parametrize("error", [lambda: WriteError("full"), lambda: OSError(28, "full")])
async def test_restore_goes_out_whatever_the_disk_says(house: House, error: type[Exception]) -> None:
    """The disk fills up in the middle of a hold: put back to the second."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:40")
    with full_disk(error):
        await house.until("13:20")
        assert house.told == [("12:30:00", 100), ("13:00:00", 20)]
        assert house.status == "idle"
    await house.until("13:30")
    assert house.reserve == 20


async def test_restore_goes_out_although_a_raise_waits_for_the_disk(house: House) -> None:
    """Preserved and saved; the wish to charge could not be saved half a minute before the end."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.choose("preserve_charge")
    await house.until("12:59:30")
    with full_disk():
        await house.choose("charge_up")
        await house.wait(seconds=2)
        assert house.reason == "not_saved"
        await house.until("13:05")
    assert house.told == [("12:30:00", 62), ("13:00:00", 20)]


async def test_full_disk_over_a_whole_slot_changes_nothing(house: House) -> None:
    """Nothing raised, nothing to restore."""
    house.plan("12:30", "13:00")
    await house.move_in()
    with full_disk():
        await house.until("13:10")
    assert house.writes == []
    assert house.status == "idle"


async def test_reload_with_a_full_disk(house: House) -> None:
    """What was saved before the write is enough."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:40")
    with full_disk(lambda: OSError(28, "full")):
        assert await house.hass.config_entries.async_reload(house.entry.entry_id)
        await house.until("13:10")
    assert house.told == [("12:30:00", 100), ("13:00:00", 20)]


async def test_disk_that_hangs(house: House) -> None:
    """A disk that never answers: nothing is raised meanwhile, and what is up comes down all the same."""
    house.plan("12:30", "13:00")
    house.plan("14:00", "14:30")
    await house.move_in()
    await house.until("12:45")

    is_back = asyncio.Event()
    write_data = Store._async_write_data

    async def hang(store: Store[Any], data: dict[str, Any]) -> None:
        await is_back.wait()
        await write_data(store, data)

    with patch.object(Store, "_async_write_data", hang):
        try:
            await house.until("13:05")
            assert [value for _, value in house.told] == [100, 20]
            for minute in ("14:05", "14:05:20", "14:05:40", "14:10"):
                await house.until(minute)
                assert (house.status, house.reason, house.reserve) == ("waiting", "not_saved", 20)
        finally:
            is_back.set()
        await house.until("14:20")
        assert house.reserve == 100
        await house.until("14:40")
        assert house.reserve == 20


# --- our clock --------------------------------------------------------------------------------------------


async def _jump(house: House, to: datetime) -> None:
    """Set the clock on the wall, as NTP or an owner does: what waits goes on waiting as long as it would have."""
    seconds = (to - house.now).total_seconds()
    house.freezer.move_to(to)
    for handle in get_scheduled_timer_handles(house.hass.loop):
        handle._when += seconds  # type: ignore[attr-defined]
    await house.settle()


async def test_clock_jumps_ahead_over_the_end(house: House) -> None:
    """A machine that slept: the end is past when it wakes, and everything is put back at once."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:40")
    await _jump(house, house.at("15:00"))
    await house.until("15:05")
    assert house.writes == [100, 20]
    assert house.reserve == 20


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=400)])
async def test_clock_is_set_back_while_a_restore_is_open(house: House, back: timedelta) -> None:
    """The restore was refused; then the clock goes back: the next try does not wait for the old time to come again."""
    house.plan("12:30", "13:00")
    await house.move_in(whole_half_hours="off")
    await house.until("12:59")
    house.tesla.misbehave(HttpError(500), times=2)
    await house.until("13:01:30")
    assert house.reserve == 100
    house.octopus.clear_plan()
    await _jump(house, house.at("13:01:30") - back)
    # The slot of then lies ahead again as far as the account is concerned; nobody plans it any more.
    await house.wait(minutes=20)
    assert house.reserve == 20
    assert house.status in {"idle", "not_supported"}
    assert repairs(house) <= {"tariff_changed", "tariff_refused"}


@pytest.mark.usefixtures("as_often_as_usual")
async def test_clock_is_set_back_in_a_hold(house: House) -> None:
    """Half an hour back, in the middle of a slot that Octopus still lists: it ends by the new clock, put back."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("13:10")
    await _jump(house, house.at("12:40"))
    await house.until("13:40")
    assert house.writes[0] == 100
    assert house.writes[-1] == 20
    assert house.reserve == 20
    polls = [poll.at for poll in house.octopus.polls if house.at("12:41") < poll.at < house.at("13:05")]
    assert len(polls) > 5
    assert controller(house).coordinator.last_update_success


async def test_a_clock_that_was_ahead_proves_no_restore(house: House) -> None:
    """The battery's last answer is dated hours ahead: a lost restore that Home Assistant only shows is not proven."""
    house.plan("14:30", "15:00")
    await house.move_in()
    await _jump(house, house.at("14:29"))
    await house.until("14:40")
    assert house.writes == [100]
    house.octopus.clear_plan()
    house.plan("12:30", "13:00")
    await _jump(house, house.at("12:35"))
    await house.until("12:59:50")
    assert house.reserve == 100
    house.tesla.misbehave(Ignored(), on="writes", times=1)
    limit = house.tesla.misbehave(HttpError(429), on="reads")
    await house.until("13:02:30")
    assert house.status == "restoring"
    house.tesla.behave(limit)
    await house.until("13:40")
    assert (house.reserve, house.status) == (20, "idle")


# --- a battery that does not obey -------------------------------------------------------------------------


async def test_battery_drains_in_a_hold(house: House) -> None:
    """Accepted, shown and not obeyed: told again after 5 min, the owner after 10 more, all well when it obeys."""
    house.tesla.site.car_power_kw = 3.0
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.choose("preserve_charge")
    told = activities(house)
    await house.until("12:29")
    house.tesla.site.obeys = False
    await house.until("12:50")
    assert house.writes[:2] == [house.writes[0]] * 2
    assert len(house.writes) == 2
    await house.until("12:58")
    assert "not_obeying" in told
    assert "not_obeying" in repairs(house)
    assert len(house.writes) == 2
    house.tesla.site.obeys = True
    await house.until("13:29")
    assert repairs(house) == set()
    await house.until("13:40")
    assert house.reserve == 20
    assert house.writes[2:] == [20]
    assert repairs(house) == set()


async def test_battery_buys_after_the_restore(house: House) -> None:
    """The cloud shows 20, the battery goes on charging from the grid: told again after ten minutes."""
    house.plan("12:30", "12:50")
    await house.move_in(whole_half_hours="off")
    await house.until("12:49")
    house.tesla.site.obeys = False
    await house.until("13:15")
    assert house.writes == [100, 20, 20]
    await house.until("13:30")
    assert "not_obeying" in repairs(house)
    house.tesla.site.obeys = True
    await house.until("13:45")
    assert repairs(house) == set()
    assert house.reserve == 20


# --- repairs that come and go -----------------------------------------------------------------------------


@pytest.mark.usefixtures("as_often_as_usual")
async def test_missing_powerwall(house: House) -> None:
    """Told after ten minutes, and no more when it is back."""
    await house.move_in()
    entity_id = reserve_entity_id(house)
    house.tesla.misbehave(HttpError(503), on="site_info")
    await house.until("12:29")
    assert repairs(house) == set()
    await house.until("12:36")
    assert repairs(house) == {"powerwall_missing"}
    house.tesla.behave()
    await house.until("12:45")
    assert repairs(house) == set()
    er.async_get(house.hass).async_update_entity(entity_id, new_entity_id="number.something_else")
    await house.until("13:00")
    assert repairs(house) == set()


async def test_automations_that_write_the_same_reserve(house: House) -> None:
    """They are listed with links while they are there."""
    automation = {
        "id": "netzero",
        "alias": "Raise it at noon",
        "triggers": {"trigger": "time", "at": "23:59:00"},
        "actions": {
            "action": "number.set_value",
            "target": {"entity_id": reserve_entity_id(house)},
            "data": {"value": 80},
        },
    }
    assert await async_setup_component(house.hass, "automation", {"automation": [automation]})
    await house.settle()
    await house.move_in()
    await house.until("12:26")
    assert "conflicting_automations" in repairs(house)
    er.async_get(house.hass).async_remove("automation.raise_it_at_noon")
    await house.until("12:40")
    assert repairs(house) == set()


async def test_restore_failed_comes_and_goes_with_the_restore(house: House) -> None:
    """And its text names the value that is to be put back."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:59")
    house.tesla.misbehave(Ignored(), times=3)
    await house.until("13:11")
    assert repairs(house) == {"restore_failed"}
    await house.until("13:25")
    assert repairs(house) == set()
    assert house.reserve == 20
