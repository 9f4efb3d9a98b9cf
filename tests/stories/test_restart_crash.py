"""Home Assistant is killed at any instant: the owner's reserve is restored, or their newer choice respected.

(design 5.1, 5.10) What is killed writes nothing more; what is on the disk at that instant is all the next start has.
"""

import asyncio
from typing import Any

import pytest

from custom_components.octopus_powerwall.powerwall.driver import PowerwallDriver
from tests.simulators.octopus.faults import FaultKind
from tests.simulators.tesla.behaviours import Hang, HttpError, Ignored

from .house import House
from .trouble import activities, controller, kill, memory, repairs, start_again, tesla_fleet

pytestmark = [
    pytest.mark.freeze_time("2026-11-18 12:20:00+00:00"),
    pytest.mark.usefixtures("seldom_looked_at", "seldom_polled"),
]


async def _down(house: House, disk: dict[str, Any], until: str, *, powerwall: bool = True) -> None:
    """Kill Home Assistant now and start it again at a time of day."""
    left = kill(house, disk)
    await house.until(until)
    await start_again(house, disk, left, powerwall=powerwall)


@pytest.mark.parametrize("back", ["12:31", "12:59:50", "13:00:10", "13:40", "19:00"])
@pytest.mark.parametrize("cloud", ["up", "down", "hanging"])
async def test_killed_in_a_hold(house: House, hass_storage: dict[str, Any], back: str, cloud: str) -> None:
    """Killed at 12:30:30, with Octopus up, down or silent at the start: back by 13:00, or as soon as we are."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:30:30")
    if cloud != "up":
        house.octopus.fail(FaultKind.HANG if cloud == "hanging" else FaultKind.HTTP_503)
    await _down(house, hass_storage, back)
    await house.until("13:57" if back < "14" else "19:17")
    values = [value for _, value in house.told]
    # Where nothing has shown the raise before the restore, that is sent three times.
    assert values in ([100, 20], [100, 100, 20], [100, 20, 20, 20])
    restored_at = house.told[values.index(20)][0]
    assert restored_at == "13:00:00" if back < "13:00" else restored_at[:5] == back[:5]
    assert house.reserve == 20
    assert house.status == "idle"


async def test_killed_between_the_disk_and_the_battery(
    house: House, hass_storage: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store says 100 was sent, it never was: the reading says 20, so the hold goes on and ends as ever."""

    async def never(_self: PowerwallDriver, _value: int) -> None:
        await asyncio.Event().wait()

    house.plan("12:30", "13:00")
    await house.move_in()
    with monkeypatch.context() as patched:
        patched.setattr(PowerwallDriver, "async_write", never)
        await house.until("12:30:00")
        left = kill(house, hass_storage)
    stored = next(content for name, content in left.items() if name.startswith("octopus_powerwall."))
    assert stored["data"]["world"]["memory"]["phase"]["claim"]["baseline"] == 20
    assert stored["data"]["world"]["memory"]["phase"]["claim"]["written"] == [100]
    assert house.writes == []
    await house.until("12:35")
    await start_again(house, hass_storage, left)
    await house.until("13:10")
    assert [value for _, value in house.told] == [100, 20]
    assert house.reserve == 20


async def test_killed_between_the_disk_and_the_battery_until_after_the_end(
    house: House, hass_storage: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As before, and the owner has set 35 by the time we are back: 35 stays."""

    async def never(_self: PowerwallDriver, _value: int) -> None:
        await asyncio.Event().wait()

    house.plan("12:30", "13:00")
    await house.move_in()
    with monkeypatch.context() as patched:
        patched.setattr(PowerwallDriver, "async_write", never)
        await house.until("12:30:00")
        left = kill(house, hass_storage)
    house.tesla.site.set_in_app(reserve_pct=35)
    await house.until("13:30")
    await start_again(house, hass_storage, left)
    await house.until("14:00")
    assert house.writes == []
    assert house.reserve == 35
    assert house.status == "idle"


@pytest.mark.parametrize("lands_after_s", [0, 30, 600, 35 * 60])
async def test_killed_while_a_write_hangs(house: House, hass_storage: dict[str, Any], lands_after_s: float) -> None:
    """The call has not come back when we die; it lands at once, later, or after the end."""
    house.plan("12:30", "13:00")
    await house.move_in()
    house.tesla.misbehave(Hang(lands_after_s=lands_after_s), times=1)
    await house.until("12:30:00")
    assert memory(house).attempt is not None
    assert memory(house).attempt.in_flight
    await _down(house, hass_storage, "12:32")
    await house.until("13:40")
    assert house.reserve == 20
    assert house.status == "idle"
    assert repairs(house) == set()


@pytest.mark.parametrize("back", ["12:40", "13:30"])
async def test_killed_between_two_writes(house: House, hass_storage: dict[str, Any], back: str) -> None:
    """First preserve, then charge: killed as the second is on its way; both are ours, the baseline is the owner's."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.choose("preserve_charge")
    await house.until("12:32")
    assert house.reserve == 62
    house.tesla.misbehave(Hang(lands_after_s=5), times=1)
    await house.choose("charge_up")
    await _down(house, hass_storage, back)
    await house.until("14:00")
    assert house.writes[:2] == [62, 100]
    assert house.reserve == 20
    assert house.status == "idle"


@pytest.mark.parametrize("back", ["13:01", "13:30", "23:00"])
async def test_killed_while_restoring(house: House, hass_storage: dict[str, Any], back: str) -> None:
    """The restore was refused and we die: the next start goes on with it."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:59")
    rule = house.tesla.misbehave(HttpError(500))
    await house.until("13:00:20")
    await _down(house, hass_storage, back)
    house.tesla.behave(rule)
    await house.wait(minutes=15)
    assert house.reserve == 20
    assert house.status == "idle"
    assert repairs(house) == set()


async def test_killed_while_the_restore_hangs(house: House, hass_storage: dict[str, Any]) -> None:
    """The restore is on its way and lands after our death: it is sent once more, since no call was taken."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:59")
    house.tesla.misbehave(Hang(lands_after_s=40), times=1)
    await house.until("13:00:20")
    await _down(house, hass_storage, "13:05")
    await house.until("13:40")
    assert house.told == [("12:30:00", 100), ("13:00:00", 20), ("13:06:00", 20)]
    assert house.reserve == 20
    assert house.status == "idle"


async def test_next_slot_begins_while_the_restore_is_unconfirmed(house: House, hass_storage: dict[str, Any]) -> None:
    """Killed with a restore that never took; back in the next slot: its baseline is the first one's, not 100."""
    house.plan("12:30", "13:00")
    house.plan("13:30", "14:00")
    await house.move_in()
    await house.until("12:59")
    house.tesla.misbehave(Ignored(), times=2)
    await house.until("13:01")
    await _down(house, hass_storage, "13:40")
    await house.until("13:45")
    assert house.reserve == 100
    assert house.entity("status").attributes["baseline"] == 20
    await house.until("14:30")
    assert house.reserve == 20


async def test_killed_at_the_moment_of_an_override(house: House, hass_storage: dict[str, Any]) -> None:
    """The owner's hand was seen and we die: the override is remembered, nothing is written any more."""
    house.plan("12:30", "13:30")
    await house.move_in()
    told = activities(house)
    await house.until("12:40")
    house.tesla.site.set_in_app(reserve_pct=50)
    await house.until("12:43")
    assert told[-1] == "overridden"
    await house.wait(seconds=6)
    await _down(house, hass_storage, "12:50")
    await house.until("13:20")
    assert house.status == "overridden"
    await house.until("14:30")
    assert house.writes == [100]
    assert house.reserve == 50


async def test_owner_moves_it_while_we_are_dead(house: House, hass_storage: dict[str, Any]) -> None:
    """Killed in a hold, the owner sets 50 meanwhile: their newer choice is respected, in the slot and after it."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    left = kill(house, hass_storage)
    house.tesla.site.set_in_app(reserve_pct=50)
    await house.until("12:50")
    await start_again(house, hass_storage, left)
    await house.until("14:00")
    assert house.writes == [100]
    assert house.reserve == 50


@pytest.mark.freeze_time("2026-11-18 22:50:00+00:00")
async def test_killed_in_the_tail_of_the_night(house: House, hass_storage: dict[str, Any]) -> None:
    """A slot from 23:00 to 23:45 is held on to 05:30; killed at 01:00, back at 04:00 with Octopus gone."""
    house.plan("23:00", "23:45")
    await house.move_in(whole_half_hours="off")
    await house.until("01:00", days=1)
    assert house.reserve == 100
    left = kill(house, hass_storage)
    house.octopus.fail(FaultKind.HTTP_503)
    await house.until("04:00")
    await start_again(house, hass_storage, left)
    await house.until("05:29:50")
    assert house.reserve == 100
    await house.until("05:40")
    assert house.told == [("23:00:00", 100), ("05:30:00", 20)]
    assert house.reserve == 20


@pytest.mark.parametrize("cloud", ["up", "down"])
async def test_tesla_fleet_comes_up_minutes_after_us(house: House, hass_storage: dict[str, Any], cloud: str) -> None:
    """Back after the end, and the battery's integration is not there yet: restored as soon as it is."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:40")
    if cloud == "down":
        house.octopus.fail(FaultKind.HTTP_503)
    await _down(house, hass_storage, "13:10", powerwall=False)
    await house.until("13:16")
    assert house.writes == [100]
    assert (house.status, house.reason) == ("waiting", "reserve_unavailable")
    await house.hass.config_entries.async_setup(tesla_fleet(house).entry_id)
    await house.until("13:20")
    assert house.writes == [100, 20]
    await house.until("13:30")
    assert house.reserve == 20
    assert house.status == "idle"
    assert repairs(house) == set()


async def test_killed_again_and_again(house: House, hass_storage: dict[str, Any]) -> None:
    """A power supply that comes and goes, every three minutes for an hour."""
    house.plan("12:30", "13:00")
    await house.move_in()
    for minute in range(24, 84, 3):
        await house.until(house.at(f"{12 + minute // 60}:{minute % 60:02}:30"))
        left = kill(house, hass_storage)
        await house.wait(seconds=40)
        await start_again(house, hass_storage, left)
    await house.until("13:40")
    assert house.reserve == 20
    assert set(house.writes) == {100, 20}
    assert house.writes[-1] == 20
    assert controller(house).world.memory.claim is None


async def test_killed_in_a_trial(house: House, hass_storage: dict[str, Any]) -> None:
    """The reserve was raised by a point to try the battery out, and we die: the point goes back."""
    await house.move_in()
    trial = house.hass.async_create_task(
        house.hass.services.async_call(
            "octopus_powerwall",
            "test_powerwall",
            {"config_entry_id": house.entry.entry_id},
            blocking=True,
            return_response=True,
        )
    )
    await house.wait(seconds=5)
    assert house.reserve == 21
    left = kill(house, hass_storage)
    trial.cancel()
    await house.until("12:30")
    await start_again(house, hass_storage, left)
    await house.until("12:50")
    assert set(house.writes) == {21, 20}
    assert house.reserve == 20
    assert house.status == "idle"
