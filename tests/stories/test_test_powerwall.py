"""Trying the Powerwall out when it cannot be tried, or does not do it (the action ``test_powerwall``)."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.domain.reserve.memory import Watch
from tests.simulators.tesla import HttpError, Ignored, Lag

from .house import House
from .trouble import controller, full_disk, owner_sets_through_ha, tesla_fleet


def _begin(house: House) -> asyncio.Task[Any]:
    """Use the action; it answers as time passes."""
    data = {"config_entry_id": house.entry.entry_id}
    call = house.hass.services.async_call(DOMAIN, "test_powerwall", data, blocking=True, return_response=True)
    return asyncio.create_task(call)


async def _try(house: House, **time: float) -> Any:
    """Use the action, let time pass, and give its answer or its error's key."""
    task = _begin(house)
    await house.settle()
    if not task.done():
        await house.wait(**time)
    try:
        return await task
    except HomeAssistantError as err:
        return err.translation_key


async def test_from_eighty_it_goes_down(house: House) -> None:
    """81 is no reserve, so 79 is tried."""
    house.tesla.site.set_in_app(reserve_pct=80)
    await house.wait(minutes=2)
    await house.move_in()
    answer = await _try(house, minutes=5)
    assert (answer["reserve_before"], answer["read_back"], answer["restored"]) == (80, 79, True)
    assert house.writes == [79, 80]


@pytest.mark.parametrize(
    "case", ["reserve_full", "no_reserve", "storm", "holding", "soon", "dry_run", "refused", "watched"]
)
async def test_not_now(house: House, case: str) -> None:
    """Where it cannot be tried it says why, and nothing is written for it."""
    if case == "reserve_full":
        house.tesla.site.set_in_app(reserve_pct=100)
    if case == "refused":
        house.octopus.migrate("INTELLI-FLUX-IMPORT-23-07-14")
    if case == "storm":
        house.tesla.site.storm_mode_active = True
    if case == "holding":
        house.plan("12:05", "13:00")
    if case == "soon":
        house.plan("12:16", "13:00")
    await house.wait(minutes=2)
    await house.move_in(whole_half_hours="off", dry_run=case == "dry_run")
    await house.until("12:10")
    if case == "watched":
        decision_loop = controller(house).decision_loop
        watch = Watch(dt_util.utcnow() + timedelta(minutes=10), 20, (100,))
        decision_loop.world = replace(decision_loop.world, memory=replace(decision_loop.world.memory, watch=watch))
    house.tesla.site.offline = case == "no_reserve"
    await house.wait(minutes=3)
    writes = list(house.writes)
    expected = {
        "reserve_full": "trial_reserve_full",
        "refused": "not_supported_tariff",
        "no_reserve": "trial_no_reserve",
        "dry_run": "trial_dry_run",
    }
    assert await _try(house, minutes=1) == expected.get(case, "trial_not_now")
    assert house.writes == writes


@pytest.mark.parametrize("answers", [True, False])
async def test_a_reading_of_hours_ago_is_not_what_is_put_back(house: House, *, answers: bool) -> None:
    """Polling is switched off in tesla_fleet, and the owner has set 35 in Tesla's app since."""
    fleet = tesla_fleet(house)
    house.hass.config_entries.async_update_entry(fleet, pref_disable_polling=True)
    await house.hass.config_entries.async_reload(fleet.entry_id)
    await house.move_in()
    await house.wait(hours=1)
    house.tesla.site.set_in_app(reserve_pct=35)
    await house.wait(hours=1)
    if not answers:
        house.tesla.misbehave(HttpError(500), on="reads")
    answer = await _try(house, minutes=15)
    assert answer == "trial_no_reserve" if not answers else answer["reserve_before"] == 35
    assert (house.reserve, house.writes) == (35, [36, 35] if answers else [])


async def test_what_was_set_a_moment_ago_is_waited_for(house: House) -> None:
    """The cloud still shows the old value, which must not be put back."""
    await house.move_in()
    house.tesla.site.lag = Lag(shown_after_s=240, acts_after_s=0)
    await owner_sets_through_ha(house, 35)
    await house.wait(minutes=1)
    assert await _try(house, minutes=15) == "trial_not_now"
    await house.wait(minutes=15)
    assert house.reserve == 35


async def test_tesla_refuses(house: House) -> None:
    """The error is told, and the reserve is made sure of all the same."""
    await house.move_in()
    house.tesla.misbehave(HttpError(500), on="backup", times=1)
    assert await _try(house, minutes=1) == "trial_write_failed"
    await house.wait(minutes=17)
    assert house.reserve == 20
    assert house.status == "idle"


async def test_accepted_and_ignored(house: House) -> None:
    """What is never read back did not work."""
    await house.move_in()
    house.tesla.misbehave(Ignored(), on="backup", times=1)
    assert await _try(house, minutes=15) == "trial_not_read_back"
    assert house.reserve == 20


async def test_cannot_be_put_back(house: House) -> None:
    """A restore that Tesla ignores is told, and goes on being tried."""
    await house.move_in()
    task = _begin(house)
    await house.wait(seconds=30)
    house.tesla.misbehave(Ignored(), on="backup", times=3)
    await house.wait(minutes=16)
    with pytest.raises(HomeAssistantError) as failed:
        await task
    assert failed.value.translation_key == "trial_not_restored"
    await house.wait(hours=1)
    assert house.reserve == 20


async def test_full_disk(house: House) -> None:
    """What cannot be noted is not tried."""
    await house.move_in()
    with full_disk():
        assert await _try(house, minutes=1) == "not_saved"
    assert house.writes == []
