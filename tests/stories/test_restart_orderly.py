"""Reloads, disabling, removal, and Home Assistant stopping in an orderly manner (design 5.7)."""

from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.octopus_powerwall.runtime.restore_after_unload import RESTORES_AFTER_UNLOAD
from custom_components.octopus_powerwall.runtime.store import STORES
from tests.simulators.octopus.faults import FaultKind
from tests.simulators.tesla.behaviours import Hang, HttpError, Ignored

from .house import House
from .trouble import activities, controller, memory, repair, repairs, stop, store_key, tesla_fleet

pytestmark = [
    pytest.mark.freeze_time("2026-11-18 12:20:00+00:00"),
    pytest.mark.usefixtures("seldom_looked_at", "seldom_polled"),
]


async def _disable(house: House) -> None:
    await house.hass.config_entries.async_set_disabled_by(house.entry.entry_id, ConfigEntryDisabler.USER)
    await house.settle()


async def _enable(house: House) -> None:
    await house.hass.config_entries.async_set_disabled_by(house.entry.entry_id, None)
    await house.settle()


async def _remove(house: House) -> None:
    await house.hass.config_entries.async_remove(house.entry.entry_id)
    await house.settle()


async def _reload(house: House) -> None:
    await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.settle()


def _stored(house: House, disk: dict[str, Any]) -> dict[str, Any]:
    """The phase of the hold on the disk, and what it would put back."""
    phase: dict[str, Any] = disk[store_key(house)]["data"]["world"]["memory"]["phase"]
    claim = phase.get("claim", {})
    return {"phase": phase["case"], "baseline": claim.get("baseline"), "attempt": claim.get("attempt")}


# --- reload -----------------------------------------------------------------------------------------------


async def test_reload_keeps_the_hold(house: House) -> None:
    """Nothing is written, and the end is kept."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:40")
    await _reload(house)
    assert house.status == "charging_up"
    await house.until("13:10")
    assert house.told == [("12:30:00", 100), ("13:00:00", 20)]


@pytest.mark.parametrize("landed", [True, False])
async def test_reload_while_a_write_is_under_way(house: House, landed: bool) -> None:
    """The call is given up; whether it landed is found out by reading."""
    house.plan("12:30", "13:00")
    await house.move_in()
    house.tesla.misbehave(Hang(lands_after_s=0 if landed else None), times=1)
    await house.until("12:30:20")
    await _reload(house)
    await house.until("12:50")
    assert house.reserve == 100
    assert house.writes == [100] if landed else [100, 100]
    await house.until("13:20")
    assert house.reserve == 20
    assert house.status == "idle"


async def test_reload_while_the_restore_is_under_way(house: House) -> None:
    """It goes on where it was."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:59")
    house.tesla.misbehave(Hang(), times=1)
    await house.until("13:00:20")
    await _reload(house)
    await house.until("13:10")
    assert house.reserve == 20
    assert house.status == "idle"


async def test_reload_with_octopus_silent(house: House) -> None:
    """A hold does not wait for Octopus."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:40")
    house.octopus.fail(FaultKind.HANG)
    await _reload(house)
    assert house.status == "charging_up"
    await house.until("13:10")
    assert house.told == [("12:30:00", 100), ("13:00:00", 20)]


# --- disabling --------------------------------------------------------------------------------------------


async def test_disabled_in_a_hold_puts_the_reserve_back(house: House, hass_storage: dict[str, Any]) -> None:
    """At once, with a repair until Tesla has confirmed it, and nothing left to do in the store."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    await _disable(house)
    assert house.told[1:] == [("12:40:00", 20)]
    assert repairs(house) == {"restore_by_hand"}
    assert repair(house, "restore_by_hand").translation_placeholders == {"powerwall": "My Home", "reserve": "20"}
    await house.until("12:45")
    assert repairs(house) == set()
    assert _stored(house, hass_storage)["phase"] == "Idle"
    await house.until("14:00")
    assert house.writes == [100, 20]


async def test_disabled_while_tesla_refuses(house: House) -> None:
    """It is tried again and again, without an entry."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    house.tesla.misbehave(HttpError(500), times=4)
    await _disable(house)
    await house.until("12:50")
    assert house.reserve == 100
    assert repairs(house) == {"restore_by_hand"}
    await house.until("14:00")
    assert house.reserve == 20
    assert repairs(house) == set()


@pytest.mark.usefixtures("as_often_as_usual")
async def test_disabled_while_a_write_hangs(house: House) -> None:
    """What we asked for lands five minutes after the disable: undone."""
    house.plan("12:30", "13:30")
    await house.move_in()
    house.tesla.misbehave(Hang(lands_after_s=330), times=1)
    await house.until("12:30:20")
    await _disable(house)
    await house.until("12:35")
    assert house.reserve == 20
    await house.until("12:40")
    assert house.reserve == 20
    assert house.writes[-1] == 20
    assert len(house.writes) <= 4


async def test_late_landing_after_a_hold_is_undone_without_an_entry(house: House) -> None:
    """The hold was over and put back, only a hung write was still feared, when the entry was disabled."""
    house.plan("12:30", "12:50")
    await house.move_in(whole_half_hours="off")
    house.tesla.misbehave(Hang(lands_after_s=25 * 60), times=1)
    await house.until("12:52")
    assert house.status == "idle"
    await _disable(house)
    assert repairs(house) == set()
    await house.until("13:10")
    assert house.reserve == 20
    assert house.told[-1][0] >= "12:55:00"
    assert repairs(house) == set()


async def test_enabled_again_before_the_reserve_was_back(house: House) -> None:
    """The entry takes over what the restore after the unload had not finished: the baseline is 20, not 100."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.choose("preserve_charge")
    await house.aim(70)
    await house.until("12:40")
    house.tesla.misbehave(Ignored(), times=1)
    await _disable(house)
    await house.wait(seconds=20)
    await _enable(house)
    assert repairs(house) == set()
    assert house.hass.data[RESTORES_AFTER_UNLOAD] == {}
    assert (house.entity("slot_action").state, float(house.entity("charge_target").state)) == ("preserve_charge", 70)
    await house.until("13:00")
    assert house.entity("status").attributes["baseline"] == 20
    await house.until("13:50")
    assert house.reserve == 20
    assert house.status == "idle"


async def test_knobs_survive_a_disable(house: House, hass_storage: dict[str, Any]) -> None:
    """What the owner chose is there again when the entry is."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.choose("preserve_charge")
    await house.aim(70)
    await house.until("12:40")
    await _disable(house)
    await house.until("13:30")
    await _enable(house)
    assert (house.entity("slot_action").state, float(house.entity("charge_target").state)) == ("preserve_charge", 70)
    assert house.writes == [62, 20]
    assert house.hass.data[STORES][house.entry.entry_id] is controller(house)._store


async def test_owner_sets_our_value_while_disabled(house: House) -> None:
    """Restored and disabled; the owner then wants 100: enabling again does not take it for ours."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:40")
    await _disable(house)
    await house.until("13:10")
    house.tesla.site.set_in_app(reserve_pct=100)
    await house.until("13:20")
    await _enable(house)
    await house.until("14:00")
    assert house.reserve == 100
    assert house.writes == [100, 20]


# --- removal ----------------------------------------------------------------------------------------------


async def test_removed_in_a_hold(house: House, hass_storage: dict[str, Any]) -> None:
    """Put back, confirmed by timers of Home Assistant's own, and nothing left behind."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    await _remove(house)
    assert house.told[1:] == [("12:40:00", 20)]
    assert repairs(house) == {"restore_by_hand"}
    await house.until("12:50")
    assert repairs(house) == set()
    assert store_key(house) not in hass_storage
    assert house.hass.data[RESTORES_AFTER_UNLOAD] == {}
    assert house.entry.entry_id not in house.hass.data[STORES]


async def test_removed_without_a_hold(house: House, hass_storage: dict[str, Any]) -> None:
    """Nothing is written, nothing is left."""
    await house.move_in()
    await house.until("12:30")
    await _remove(house)
    await house.until("12:40")
    assert house.writes == []
    assert store_key(house) not in hass_storage
    assert repairs(house) == set()


async def test_removed_while_tesla_is_away_for_good(house: House, hass_storage: dict[str, Any]) -> None:
    """After half an hour the repair is all that is left: it lasts, and names the value to set by hand."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    house.tesla.misbehave(HttpError(503), on="reads")
    await house.until("12:45")
    await _remove(house)
    await house.until("13:30")
    assert house.writes == [100]
    issue = repair(house, "restore_by_hand")
    assert issue.is_persistent
    assert issue.severity is ir.IssueSeverity.ERROR
    assert issue.translation_placeholders == {"powerwall": "My Home", "reserve": "20"}
    assert store_key(house) not in hass_storage
    assert house.hass.data[RESTORES_AFTER_UNLOAD] == {}


async def test_removed_and_added_again_before_the_reserve_was_back(house: House, hass_storage: dict[str, Any]) -> None:
    """A new entry for the same Powerwall takes over: the baseline is 20, and the old one's repair and file go."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    house.tesla.misbehave(Ignored(), times=1)
    old = store_key(house)
    await _remove(house)
    await house.wait(seconds=20)
    await house.move_in()
    assert old not in hass_storage
    assert repairs(house) == set()
    await house.until("13:00")
    assert house.entity("status").attributes["baseline"] == 20
    await house.until("13:50")
    assert house.reserve == 20


async def test_disabled_and_then_removed(house: House, hass_storage: dict[str, Any]) -> None:
    """The restore after the disable is taken over by that after the removal."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    house.tesla.misbehave(HttpError(500), times=2)
    await _disable(house)
    await house.wait(seconds=20)
    await _remove(house)
    await house.until("13:12")
    assert house.reserve == 20
    assert repairs(house) == set()
    assert store_key(house) not in hass_storage


# --- Home Assistant stops ---------------------------------------------------------------------------------


async def test_stop_for_good_restores(house: House, hass_storage: dict[str, Any]) -> None:
    """The reserve is back before Home Assistant has gone, and the store knows."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    await stop(house)
    assert house.writes == [100, 20]
    assert house.reserve == 20
    stored = _stored(house, hass_storage)
    assert (stored["phase"], stored["baseline"]) == ("Restoring", 20)
    assert stored["attempt"]["failed"] is False


async def test_restart_keeps_the_hold(house: House, hass_storage: dict[str, Any]) -> None:
    """Exit code 100: nothing is written, the store holds the baseline."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    await stop(house, restart=True)
    assert house.writes == [100]
    stored = _stored(house, hass_storage)
    assert (stored["phase"], stored["baseline"]) == ("Holding", 20)


@pytest.mark.parametrize("when", ["raise", "restore"])
async def test_stop_for_good_while_a_write_hangs(house: House, hass_storage: dict[str, Any], when: str) -> None:
    """Whatever was on its way, the baseline goes out once more before the end."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:29" if when == "raise" else "12:59")
    house.tesla.misbehave(Hang(lands_after_s=0), times=1)
    await house.until("12:30:20" if when == "raise" else "13:00:20")
    await stop(house)
    assert house.writes[-1] == 20
    assert len(house.writes) == (2 if when == "raise" else 3)
    assert house.reserve == 20
    assert _stored(house, hass_storage)["baseline"] == 20


async def test_stop_for_good_while_tesla_refuses(house: House, hass_storage: dict[str, Any]) -> None:
    """It cannot be put back now: the store makes the next start do it."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:40")
    house.tesla.misbehave(HttpError(500))
    await stop(house)
    assert house.reserve == 100
    stored = _stored(house, hass_storage)
    assert (stored["phase"], stored["baseline"]) == ("Restoring", 20)


async def test_stop_for_good_in_an_override(house: House, hass_storage: dict[str, Any]) -> None:
    """The owner's hand stays on it, also after the next start."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    house.tesla.site.set_in_app(reserve_pct=50)
    await house.until("12:45")
    assert house.status == "overridden"
    await stop(house)
    assert house.writes == [100]
    assert _stored(house, hass_storage)["phase"] == "Overridden"


async def test_stop_for_good_without_a_hold(house: House, hass_storage: dict[str, Any]) -> None:
    """At the very edge of a slot nothing is begun any more."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:29:59")
    await stop(house)
    assert house.writes == []
    assert _stored(house, hass_storage)["phase"] == "Idle"


# --- the battery's integration ----------------------------------------------------------------------------


async def test_tesla_fleet_is_reloaded_at_both_edges(house: House) -> None:
    """Its entities are gone for a moment as the slot begins, and for minutes as it ends."""
    house.plan("12:30", "13:00")
    await house.move_in()
    told = activities(house)
    fleet = tesla_fleet(house).entry_id
    await house.until("12:29:30")
    await house.hass.config_entries.async_unload(fleet)
    await house.until("12:30:30")
    assert (house.status, house.reason) == ("waiting", "reserve_unavailable")
    await house.hass.config_entries.async_setup(fleet)
    await house.until("12:59:30")
    assert house.writes == [100]
    await house.hass.config_entries.async_unload(fleet)
    await house.until("13:05")
    assert house.writes == [100]
    await house.hass.config_entries.async_setup(fleet)
    await house.until("13:15")
    assert house.writes == [100, 20]
    assert told == ["reserve_raised", "reserve_restored"]
    assert house.status == "idle"
    assert memory(house).watch is None
