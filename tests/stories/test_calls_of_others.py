"""Somebody else sets the reserve in Home Assistant, whose number shows it at once: read or not, taken or lost."""

from homeassistant.exceptions import HomeAssistantError
import pytest

from tests.simulators.tesla.behaviours import Behaviour, BodyError, HttpError, Ignored, Lag

from .house import House
from .trouble import activities, owner_sets_through_ha, repairs

pytestmark = pytest.mark.freeze_time("2026-11-18 12:20:00+00:00")

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
