"""Somebody else sets the reserve in Home Assistant, whose number shows it at once: read or not, taken or lost."""

from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.exceptions import HomeAssistantError
import pytest

from tests.simulators.tesla import PowerwallSite
from tests.simulators.tesla.behaviours import Behaviour, BodyError, HttpError, Ignored, Lag

from .house import House
from .trouble import (
    activities,
    kill,
    move,
    owner_sets_through_ha,
    repair,
    repairs,
    start_again,
    stop,
    tesla_fleet,
)

pytestmark = [
    pytest.mark.freeze_time("2026-11-18 12:20:00+00:00"),
    pytest.mark.usefixtures("seldom_looked_at", "seldom_polled"),
]

LOST: dict[str, Behaviour] = {
    "refused": HttpError(400),
    "limited": HttpError(429),
    "failed": BodyError(),
    "lost": Ignored(),
}


async def _set_in_vain(house: House, value: int, fault: Behaviour) -> None:
    house.tesla.misbehave(fault, on="writes", times=1)
    try:
        await owner_sets_through_ha(house, value)
    except HomeAssistantError:
        assert not isinstance(fault, Ignored)


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST)
@pytest.mark.parametrize("when", ["12:28:20", "12:29:50"])
async def test_just_before_a_slot_in_vain(house: House, fault: Behaviour, when: str) -> None:
    """What Tesla never took is no reserve to put back, also where Home Assistant has shown it as the slot began."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until(when)
    await _set_in_vain(house, 50, fault)
    await house.until("13:40")
    assert [value for _, value in house.told] == [50, 100, 20]
    assert (house.reserve, repairs(house)) == (20, set())


@pytest.mark.parametrize("lag_s", [0, 100, 200])
async def test_just_before_a_slot_behind_a_lag(house: House, lag_s: int) -> None:
    """The cloud still shows the old value as the slot begins: the slot waits until it has caught up."""
    house.tesla.site.lag = Lag(shown_after_s=lag_s)
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:29:50")
    await owner_sets_through_ha(house, 50)
    await house.until("12:35")
    assert [value for _, value in house.told][1:2] == [100]
    await house.until("14:00")
    assert (house.reserve, repairs(house)) == (50, set())


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST)
async def test_in_a_slot_in_vain(house: House, fault: Behaviour) -> None:
    """Our 100 still stands: it is put back after the slot, and does not stand for good."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    await _set_in_vain(house, 50, fault)
    await house.until("14:00")
    assert (house.reserve, house.status, repairs(house)) == (20, "idle", set())


async def test_in_a_slot_behind_a_lag(house: House) -> None:
    """For minutes the cloud shows our 100 once more: the owner's 50 stands, and nothing is written over it."""
    house.plan("12:30", "13:30")
    await house.move_in()
    told = activities(house)
    await house.until("12:40")
    house.tesla.site.lag = Lag(shown_after_s=240)
    await owner_sets_through_ha(house, 50)
    await house.until("14:30")
    assert (house.reserve, house.writes) == (50, [100, 50])
    assert told == ["reserve_raised", "overridden"]


async def _let_us_act(house: House, deed: str) -> None:
    match deed:
        case "resume":
            target = {"entity_id": house.entity_id("resume")}
            await house.hass.services.async_call("button", "press", target, blocking=True)
        case "new action":
            await house.choose("preserve_charge")
        case "switch":
            await house.switch(on=False)
            await house.switch(on=True)
        case "charge_until":
            await house.act("charge_until", until=house.at("13:20").isoformat())
    await house.settle()


DEEDS = ("resume", "new action", "switch", "charge_until")
LIMIT = HttpError(429)


@pytest.mark.parametrize(("deed", "end"), [*((deed, "13:00") for deed in DEEDS), ("resume", "14:30")])
async def test_in_a_slot_in_vain_and_then_lets_us_act(house: House, deed: str, end: str) -> None:
    """Tesla loses the owner's 50, and our 100 that is read then is not their will: 50 is put back in the end."""
    house.tesla.site.load_kw = 0
    house.plan("12:30", end)
    await house.move_in()
    await house.until("12:40")
    await _set_in_vain(house, 50, Ignored())
    await house.wait(minutes=2)
    assert house.status == "overridden"
    await _let_us_act(house, deed)
    await house.until("12:50")
    assert house.status in {"charging_up", "preserving"}
    await house.until("15:00")
    assert (house.reserve, house.status, repairs(house)) == (50, "idle", set())


@pytest.mark.parametrize("limited_min", [4, 50])
async def test_in_a_slot_in_vain_behind_a_limit(house: House, limited_min: int) -> None:
    """Tesla's integration goes on reporting the 50 that it only asked for; then our 100 is read, and does not stand."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:40")
    await _set_in_vain(house, 50, Ignored())
    limit = house.tesla.misbehave(LIMIT, on="reads")
    await house.wait(minutes=limited_min)
    house.tesla.behave(limit)
    await house.until("14:00")
    assert house.reserve in {20, 50}
    assert repairs(house) == set()


@pytest.mark.parametrize(("deed", "limited_min"), [("resume", 4), ("resume", 50), ("new action", 20)])
async def test_behind_a_limit_the_owner_lets_us_act(house: House, deed: str, limited_min: int) -> None:
    """The same, and the owner wants us to go on before anybody knows that the call was lost."""
    house.tesla.site.load_kw = 0
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:40")
    await _set_in_vain(house, 50, Ignored())
    limit = house.tesla.misbehave(LIMIT, on="reads")
    await house.wait(minutes=2)
    await _let_us_act(house, deed)
    await house.wait(minutes=limited_min)
    house.tesla.behave(limit)
    await house.until("14:00")
    assert (house.reserve, house.status, repairs(house)) == (50, "idle", set())


# --- nobody stays to see what became of it


@pytest.mark.parametrize("fault", [None, Ignored()], ids=["taken", "lost"])
@pytest.mark.parametrize("leaves", ["disabled", "removed", "stopped", "moved"])
async def test_the_entry_leaves_while_a_call_is_in_doubt(house: House, fault: Behaviour | None, leaves: str) -> None:
    """A minute after the owner's call the entry goes: their 50 stands, and not our 100 for good."""
    second = house.tesla.add_site(PowerwallSite(7_000_000_000_001, name="Cottage", reserve_pct=35))
    await house.hass.config_entries.async_reload(tesla_fleet(house).entry_id)
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    if fault is None:
        await owner_sets_through_ha(house, 50)
    else:
        await _set_in_vain(house, 50, fault)
    await house.wait(minutes=1)
    match leaves:
        case "disabled":
            await house.hass.config_entries.async_set_disabled_by(house.entry.entry_id, ConfigEntryDisabler.USER)
        case "removed":
            await house.hass.config_entries.async_remove(house.entry.entry_id)
        case "moved":
            await move(house, second)
        case "stopped":
            await stop(house)
            assert house.reserve == 50
            return
    await house.until("12:50")
    assert (house.reserve, repairs(house)) == (50, set())
    await house.until("14:00")
    assert (house.reserve, second.reserve_pct) == (50, 35)


async def test_disabled_in_a_doubt_while_tesla_refuses(house: House) -> None:
    """The repair names what the owner had asked for, and it is tried until it stands."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    await _set_in_vain(house, 50, Ignored())
    house.tesla.misbehave(HttpError(500), times=3)
    await house.hass.config_entries.async_set_disabled_by(house.entry.entry_id, ConfigEntryDisabler.USER)
    await house.settle()
    assert repair(house, "restore_by_hand").translation_placeholders == {"powerwall": "My Home", "reserve": "50"}
    await house.until("13:30")
    assert (house.reserve, repairs(house)) == (50, set())


@pytest.mark.parametrize(("off_h", "expect"), [(8, 20), (30, 100)])
async def test_off_for_hours_in_a_doubt(house: House, hass_storage: dict[str, Any], off_h: float, expect: int) -> None:
    """The power goes; when it is back the battery is asked what became of the call. After a day nothing moves."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    await _set_in_vain(house, 50, Ignored())
    await house.until("12:43")
    left = kill(house, hass_storage)
    await house.off_until(house.now + timedelta(hours=off_h))
    await start_again(house, hass_storage, left)
    await house.wait(minutes=30)
    assert house.reserve == expect
    if expect == 100:
        assert repair(house, "old_hold").translation_placeholders == {"powerwall": "My Home", "reserve": "50"}


async def test_the_owners_own_call_in_vain_after_a_restore_in_vain(house: House) -> None:
    """Both are lost after the battery has answered 100: that the number shows 20 since is not its word."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("13:29:30")
    house.tesla.misbehave(Ignored(), on="writes", times=2)
    await house.until("13:31:20")
    await owner_sets_through_ha(house, 20)
    assert house.status == "restoring"
    await house.until("14:00")
    assert (house.reserve, house.status, repairs(house)) == (20, "idle", set())
