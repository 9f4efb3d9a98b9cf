"""The next start finds a store that is damaged, foreign, of another release, or about another battery."""

from copy import deepcopy
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CoreState
import pytest

from custom_components.octopus_powerwall.runtime.store import EntryStore, NotReadError
from tests.simulators.tesla import PowerwallSite
from tests.simulators.tesla.behaviours import HttpError

from .house import House
from .trouble import controller, kill, repair, repairs, start_again, store_key

pytestmark = [
    pytest.mark.freeze_time("2026-11-18 12:20:00+00:00"),
    pytest.mark.usefixtures("seldom_looked_at", "seldom_polled"),
]


async def _held(house: House) -> None:
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:40")


async def _refuse(*_: object) -> None:
    raise NotReadError


@pytest.mark.parametrize(
    "data",
    [None, [], {}, {"world": 1, "knobs": 2}, {"items": []}, {"world": {"memory": {"baseline": "20"}}, "knobs": {}}],
    ids=["null", "list", "empty", "numbers", "foreign", "mistyped"],
)
async def test_damaged_store_moves_nothing_and_is_told(house: House, hass_storage: dict[str, Any], data: Any) -> None:
    """The baseline is lost: 100 stands and is not guessed away; the owner is told, and the next slot works."""
    house.plan("14:00", "14:30")
    await _held(house)
    left = kill(house, hass_storage)
    left[store_key(house)]["data"] = data
    await house.until("13:10")
    house.tesla.writes.clear()
    await start_again(house, hass_storage, left)
    await house.until("13:40")
    assert house.writes == []
    assert house.reserve == 100
    if data is not None:
        assert "store_damaged" in repairs(house)
        assert repair(house, "store_damaged").translation_placeholders == {"powerwall": "My Home"}
    house.tesla.site.set_in_app(reserve_pct=25)
    await house.until("14:40")
    assert house.writes == [100, 25]


@pytest.mark.parametrize("version", [2, 9])
async def test_downgrade_restores(house: House, hass_storage: dict[str, Any], version: int) -> None:
    """A later release wrote more than we know; the baseline is where it always was."""
    await _held(house)
    left = deepcopy(kill(house, hass_storage))
    stored = left[store_key(house)]
    stored["version"], stored["minor_version"] = version, 3
    stored["data"]["world"]["memory"]["mood"] = ["fine"]
    stored["data"]["forecast"] = {"sun": True}
    await house.until("13:10")
    await start_again(house, hass_storage, left)
    await house.until("13:20")
    assert house.writes == [100, 20]
    assert repairs(house) == set()


async def test_another_battery_does_not_get_the_first_ones_reserve(house: House, hass_storage: dict[str, Any]) -> None:
    """The Powerwall of the entry was exchanged while a restore was open: the owner is told what to set by hand."""
    await _held(house)
    house.tesla.misbehave(HttpError(500))
    await house.until("13:05")
    left = kill(house, hass_storage)
    house.tesla.behave()
    house.tesla.writes.clear()
    second = house.tesla.add_site(PowerwallSite(7_000_000_000_001, name="Cottage", reserve_pct=35))
    first, old = house.entry, house.tesla.site
    await start_again(house, hass_storage, left)
    await house.hass.config_entries.async_unload(first.entry_id)
    house.tesla.writes.clear()
    await house.add_entry(site=second)
    new = house.entry
    house.hass.config_entries.async_update_entry(first, data=dict(new.data), unique_id=None)
    house.entry = first
    hass_storage.update(deepcopy(left))
    await house.hass.config_entries.async_setup(first.entry_id)
    await house.settle()
    await house.until("13:20")
    assert house.writes == []
    assert second.reserve_pct == 35
    assert old.reserve_pct in {20, 100}
    assert repair(house, "left_behind").translation_placeholders == {"powerwall": first.title, "reserve": "20"}
    await house.hass.config_entries.async_reload(first.entry_id)
    assert repair(house, "left_behind"), "it stays until the owner has seen to it"


async def test_the_disk_fails_for_a_moment(
    house: House, hass_storage: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it does not give back is not lost: it is asked again, and then the reserve is put back."""
    await _held(house)
    left = kill(house, hass_storage)
    await house.until("13:05")
    with monkeypatch.context() as patched:
        patched.setattr(EntryStore, "async_load", _refuse)
        await start_again(house, hass_storage, left)
        assert house.entry.state is ConfigEntryState.SETUP_RETRY
        assert house.reserve == 100
    await house.until("13:20")
    assert house.reserve == 20
    assert repairs(house) == set()


async def test_the_disk_fails_as_the_entry_is_removed(
    house: House, hass_storage: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of a hold nobody knows then what to put back: it is removed all the same, and the owner is told."""
    await _held(house)
    monkeypatch.setattr(EntryStore, "async_load", _refuse)
    await house.hass.config_entries.async_remove(house.entry.entry_id)
    assert store_key(house) not in hass_storage
    assert repairs(house) == {"store_damaged"}
    assert repair(house, "store_damaged").translation_placeholders == {"powerwall": "My Home"}


async def _restart_with_an_old_backup(house: House, disk: dict[str, Any], found: int) -> None:
    """The backup is of an hour before the slot; in the slot Home Assistant stops, and starts with it."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:25")
    before = kill(house, disk)
    await start_again(house, disk, before)
    await house.until("12:40")
    assert house.reserve == 100
    kill(house, disk)
    house.tesla.site.set_in_app(reserve_pct=found)
    house.hass.set_state(CoreState.starting)
    await start_again(house, disk, before)
    house.hass.set_state(CoreState.running)
    await house.settle()


@pytest.mark.parametrize("found", [100, 80])
async def test_a_backup_of_before_the_hold_is_told(house: House, hass_storage: dict[str, Any], found: int) -> None:
    """It knows nothing of the hold, whose 100 passes for the owner's: they are asked, and it is put back."""
    await _restart_with_an_old_backup(house, hass_storage, found)
    assert repairs(house) == {"raised_meanwhile"}
    placeholders = {"powerwall": "My Home", "reserve": "20", "shown": str(found)}
    assert repair(house, "raised_meanwhile").translation_placeholders == placeholders
    await controller(house).async_put_back(20)
    await house.until("14:00")
    assert (house.reserve, house.status) == (20, "idle")


async def test_an_old_hold_is_told_once(house: House, hass_storage: dict[str, Any]) -> None:
    """What stands then has its own repair, also where Home Assistant has just started."""
    await _held(house)
    left = kill(house, hass_storage)
    await house.off_until("14:00", days=1)
    house.hass.set_state(CoreState.starting)
    await start_again(house, hass_storage, left)
    house.hass.set_state(CoreState.running)
    assert repairs(house) == {"old_hold"}


@pytest.mark.parametrize("found", [20, 10, 50])
async def test_a_reserve_that_no_hold_asks_for_is_not_told(
    house: House, hass_storage: dict[str, Any], found: int
) -> None:
    await _restart_with_an_old_backup(house, hass_storage, found)
    assert repairs(house) == set()


@pytest.mark.usefixtures("as_often_as_usual")
@pytest.mark.parametrize("running", [True, False])
async def test_who_keeps_the_reserve_at_the_target_is_not_asked(
    house: House, hass_storage: dict[str, Any], *, running: bool
) -> None:
    """It was so when it was last seen; and what is changed while the entry alone is reloaded is the owner's."""
    if not running:
        house.tesla.site.set_in_app(reserve_pct=100)
    await house.move_in()
    await house.until("12:25")
    left = kill(house, hass_storage)
    house.tesla.site.set_in_app(reserve_pct=100)
    if not running:
        house.hass.set_state(CoreState.starting)
    await start_again(house, hass_storage, left)
    house.hass.set_state(CoreState.running)
    await house.settle()
    assert repairs(house) == set()
