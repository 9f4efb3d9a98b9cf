"""Something breaks that nobody has foreseen: a raised reserve always has somebody who puts it back, or tells of it."""

import asyncio
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntries, ConfigEntryDisabler, ConfigEntryState
from homeassistant.helpers.storage import Store
import pytest

from custom_components.octopus_powerwall.coordinator import OctopusCoordinator
from custom_components.octopus_powerwall.runtime import decision_loop
from custom_components.octopus_powerwall.runtime.bookkeeper import Bookkeeper
from custom_components.octopus_powerwall.runtime.books_store import BooksStore
from custom_components.octopus_powerwall.runtime.controller import Controller
from custom_components.octopus_powerwall.runtime.house_money import HouseMoney
from tests.simulators.tesla.behaviours import HttpError

from .house import House
from .trouble import activities, controller, kill, repair, repairs, start_again

pytestmark = [
    pytest.mark.freeze_time("2026-11-18 12:20:00+00:00"),
    pytest.mark.usefixtures("seldom_looked_at", "seldom_polled"),
]
UNFORESEEN = RuntimeError("unforeseen")


async def _held(house: House) -> None:
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")


async def _disable(house: House, by: ConfigEntryDisabler | None = ConfigEntryDisabler.USER) -> None:
    await house.hass.config_entries.async_set_disabled_by(house.entry.entry_id, by)
    await house.settle()


@pytest.mark.parametrize(
    ("owner", "method"),
    [(HouseMoney, "__init__"), (BooksStore, "async_load"), (Controller, "__init__"), (Controller, "async_start")],
)
async def test_a_start_that_takes_over_a_restore_and_fails(house: House, owner: type, method: str) -> None:
    """The entry was disabled in a hold, its restore is refused, and it is enabled again."""
    await _held(house)
    house.tesla.misbehave(HttpError(500), times=3)
    await _disable(house)
    await house.wait(seconds=20)
    with patch.object(owner, method, side_effect=UNFORESEEN):
        await _disable(house, None)
    assert repairs(house) == {"restore_by_hand"}
    await house.until("13:15")
    assert (house.reserve, repairs(house)) == (20, set())


@pytest.mark.parametrize("missing", ["api_key", "account_number"])
async def test_a_start_that_lacks_what_it_needs_for_octopus(
    house: House, hass_storage: dict[str, Any], missing: str
) -> None:
    """Killed in a hold, and the next start fails before anything of Octopus is there."""
    await _held(house)
    left = kill(house, hass_storage)
    data = {key: value for key, value in house.entry.data.items() if key != missing}
    house.hass.config_entries.async_update_entry(house.entry, data=data)
    await start_again(house, hass_storage, left)
    await house.until("12:50")
    assert (house.entry.state, house.reserve, repairs(house)) == (ConfigEntryState.SETUP_ERROR, 20, set())


PARTS_OF_A_STOP = [(Bookkeeper, "async_save"), (HouseMoney, "async_stop"), (OctopusCoordinator, "async_shutdown")]


@pytest.mark.parametrize(("owner", "method"), PARTS_OF_A_STOP)
async def test_a_stop_that_fails(house: House, owner: type, method: str) -> None:
    await _held(house)
    with patch.object(owner, method, side_effect=UNFORESEEN):
        await _disable(house)
    await house.until("12:50")
    assert house.reserve == 20


@pytest.mark.parametrize(("owner", "method"), PARTS_OF_A_STOP)
async def test_a_stop_that_fails_as_the_entry_is_removed(house: House, owner: type, method: str) -> None:
    await _held(house)
    with patch.object(owner, method, side_effect=UNFORESEEN):
        await house.hass.config_entries.async_remove(house.entry.entry_id)
        await house.settle()
    await house.until("12:50")
    assert (house.reserve, repairs(house)) == (20, set())


@pytest.mark.parametrize("fate", [{"side_effect": UNFORESEEN}, {"return_value": False}], ids=["raises", "refuses"])
@pytest.mark.parametrize("is_removed", [True, False])
async def test_entities_that_cannot_be_unloaded(house: House, fate: dict[str, Any], *, is_removed: bool) -> None:
    """The entry is disabled or removed in a hold: the reserve goes back, and the next slot is nobody's."""
    house.plan("14:00", "14:30")
    await _held(house)
    with patch.object(ConfigEntries, "async_unload_platforms", **fate):
        if is_removed:
            await house.hass.config_entries.async_remove(house.entry.entry_id)
        else:
            await _disable(house)
        await house.settle()
    await house.until("14:10")
    assert (house.writes, repairs(house)) == ([100, 20], set())


@pytest.mark.parametrize("how", ["disabled", "removed", "reloaded"])
async def test_a_disk_that_hangs_as_the_entry_leaves(house: House, how: str) -> None:
    await _held(house)
    entries, entry_id, is_back = house.hass.config_entries, house.entry.entry_id, asyncio.Event()
    write_data = Store._async_write_data

    async def hang(store: Store[Any], data: dict[str, Any]) -> None:
        await is_back.wait()
        await write_data(store, data)

    with patch.object(Store, "_async_write_data", hang):
        match how:
            case "disabled":
                leaving = asyncio.create_task(entries.async_set_disabled_by(entry_id, ConfigEntryDisabler.USER))
            case "removed":
                leaving = asyncio.create_task(entries.async_remove(entry_id))
            case _:
                leaving = asyncio.create_task(entries.async_reload(entry_id))
        await house.until("13:35")
        assert (leaving.done(), house.reserve) == (True, 20)
        is_back.set()
        await house.settle()


async def test_a_start_and_its_stop_that_fail(house: House) -> None:
    await _held(house)
    house.tesla.misbehave(HttpError(500), times=3)
    await _disable(house)
    await house.wait(seconds=20)
    with (
        patch.object(Controller, "async_start", side_effect=UNFORESEEN),
        patch.object(Controller, "async_stop", side_effect=UNFORESEEN),
    ):
        await _disable(house, None)
    await house.until("13:15")
    assert (house.reserve, repairs(house)) == (20, set())


async def test_a_file_that_cannot_be_deleted(house: House) -> None:
    """The entry is removed in a hold."""
    await _held(house)
    with patch.object(Store, "async_remove", side_effect=OSError):
        await house.hass.config_entries.async_remove(house.entry.entry_id)
        await house.until("12:50")
    assert (house.reserve, repairs(house)) == (20, set())


async def test_the_file_of_a_restore_that_is_taken_over_cannot_be_deleted(house: House) -> None:
    """The entry was removed in a hold, and another one for the same Powerwall is added."""
    await _held(house)
    house.tesla.misbehave(HttpError(500), times=3)
    await house.hass.config_entries.async_remove(house.entry.entry_id)
    await house.wait(seconds=20)
    with patch.object(Store, "async_remove", side_effect=OSError):
        await house.move_in()
    await house.until("14:00")
    assert house.reserve == 20


@pytest.mark.usefixtures("as_often_as_usual")
async def test_nothing_can_be_decided_any_more(house: House) -> None:
    """The owner is told what the reserve should be; once it works again it is put back, and the repair goes."""
    await _held(house)
    house.hass.loop.set_exception_handler(lambda *_: None)
    with patch.object(decision_loop, "decide", side_effect=UNFORESEEN):
        await house.until("12:52")
        assert repairs(house) == {"not_deciding"}
        assert repair(house, "not_deciding").translation_placeholders == {"powerwall": "My Home", "reserve": "20"}
        await house.until("13:35")
    await house.until("13:45")
    assert (house.reserve, repairs(house)) == (20, set())


@pytest.mark.usefixtures("as_often_as_usual")
async def test_nothing_can_be_decided_while_nothing_is_held(house: House) -> None:
    """What is read is what the reserve should be; a hiccup of a few minutes is not told."""
    await house.move_in()
    house.hass.loop.set_exception_handler(lambda *_: None)
    with patch.object(decision_loop, "decide", side_effect=UNFORESEEN):
        await house.until("12:28")
        assert repairs(house) == set()
        await house.until("12:35")
        assert repair(house, "not_deciding").translation_placeholders == {"powerwall": "My Home", "reserve": "20"}
    await house.until("12:40")
    assert repairs(house) == set()


async def test_what_listens_breaks_while_the_battery_is_tried_out(house: House) -> None:
    """There is another look in a minute all the same."""
    await house.move_in()
    house.hass.loop.set_exception_handler(lambda *_: None)
    loop = controller(house).decision_loop

    def breaks() -> None:
        raise UNFORESEEN

    stop_listening = loop.async_add_listener(breaks)
    house.plan("12:30", "13:30")
    await house.until("12:25")
    stop_listening()
    await house.until("12:40")
    assert house.writes == [100]


async def test_an_old_hold_is_told_of_although_the_start_fails(house: House, hass_storage: dict[str, Any]) -> None:
    """What the next start finds on disk knows nothing of it any more."""
    await _held(house)
    left = kill(house, hass_storage)
    await house.off_until("14:00", days=1)
    with patch.object(Controller, "async_start", side_effect=UNFORESEEN):
        await start_again(house, hass_storage, left)
    assert "old_hold" in repairs(house)
    assert house.reserve == 100


async def test_an_entry_with_an_old_hold_is_removed(house: House, hass_storage: dict[str, Any]) -> None:
    """Disabled by hand in a file, or a backup: it was never started again, and nobody has told of it yet."""
    await _held(house)
    left = kill(house, hass_storage)
    await house.off_until("14:00", days=1)
    await house.hass.config_entries.async_unload(house.entry.entry_id)
    hass_storage.update(left)
    await house.hass.config_entries.async_remove(house.entry.entry_id)
    await house.settle()
    assert repairs(house) == {"restore_by_hand"}


async def test_an_entry_that_has_told_of_an_old_hold_is_removed(house: House, hass_storage: dict[str, Any]) -> None:
    """Nobody has done anything about it yet: 100 still stands."""
    await _held(house)
    left = kill(house, hass_storage)
    await house.off_until("14:00", days=1)
    await start_again(house, hass_storage, left)
    await house.wait(minutes=5)
    assert "old_hold" in repairs(house)
    await house.hass.config_entries.async_remove(house.entry.entry_id)
    await house.settle()
    assert (house.reserve, repairs(house)) == (100, {"restore_by_hand"})
    assert repair(house, "restore_by_hand").translation_placeholders == {"powerwall": "My Home", "reserve": "20"}


async def test_the_owner_puts_back_what_an_old_hold_has_left_while_another_runs(house: House) -> None:
    """100 was left by it and found by the next one; from now on 20 is what that one puts back."""
    house.tesla.site.set_in_app(reserve_pct=100)
    await _held(house)
    told = activities(house)
    await controller(house).async_put_back(20)
    await house.until("14:00")
    assert (house.reserve, house.status, "overridden" in told) == (20, "idle", False)


@pytest.mark.parametrize("when", ["idle", "overridden", "restoring"])
async def test_the_owner_puts_back_at_any_time(house: House, when: str) -> None:
    if when == "idle":
        house.tesla.site.set_in_app(reserve_pct=100)
        await house.move_in()
    else:
        await _held(house)
    if when == "overridden":
        house.tesla.site.set_in_app(reserve_pct=50)
        await house.until("12:45")
    elif when == "restoring":
        await house.until("13:30:20")
    assert house.status == when
    await controller(house).async_put_back(25)
    await house.until("14:10" if when == "restoring" else "13:00")
    assert (house.reserve, house.status) == (25, "overridden" if when == "overridden" else "idle")
