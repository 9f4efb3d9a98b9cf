"""Tries the Powerwall out for the owner: one point up, read back, and down again (the action ``test_powerwall``)."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..domain.reserve.limits import FULL, Limits
from ..domain.reserve.memory import note_write_returned
from ..domain.reserve.phases import Claim, Idle, RepeatingRestore
from ..domain.reserve.situation import READING_AGE
from ..domain.reserve.writing import begin_attempt
from ..powerwall.driver import PowerwallDriver
from ..powerwall.errors import PowerwallWriteError
from .decision_loop import DecisionLoop
from .store import NotSavedError

ASKED_ANEW_AFTER = timedelta(seconds=90)
READ_WITHIN = timedelta(minutes=4)
RESTORED_WITHIN = timedelta(minutes=10)


async def async_test_write(hass: HomeAssistant, driver: PowerwallDriver, loop: DecisionLoop) -> dict[str, Any]:
    """Raise the reserve by one point (from 80, lower it), read it back, restore it, and report.

    From the first write on the store says that a reserve is to be put back, so a crash cannot leave it changed.

    Raises:
        HomeAssistantError: The Powerwall cannot be tried now, or did not do it; either way the reserve is put back.
    """
    # What is shown may be hours old, and what is read now is what will be put back.
    await driver.async_refresh()
    started = dt_util.utcnow()
    battery = driver.read(started)
    before, read_at = battery.reserve.value, battery.reserve.reported_at
    if before is None or (battery.reports and (read_at is None or abs(started - read_at) > READING_AGE)):
        raise _failed("trial_no_reserve")
    if loop.snapshot.settings.dry_run:
        raise _failed("trial_dry_run")
    if not isinstance(loop.world.memory.phase, Idle) or battery.block is not None or loop.is_paused:
        raise _failed("trial_not_now")
    memory = loop.world.memory
    if memory.watch is not None or memory.senses.call is not None:
        # An earlier write may still land, and would be taken for this test's; nor is it known what a call has come to.
        raise _failed("trial_not_now")
    if any(started < hold.start <= started + READ_WITHIN for hold in loop.snapshot.holds):
        raise _failed("trial_not_now")
    tried = _next_to(before, battery.limits)
    if tried is None:
        raise _failed("trial_reserve_full", reserve=str(before))
    claim = Claim(before, before, written=(tried,), attempt=begin_attempt(tried, started))
    with loop.paused():
        loop.world = replace(loop.world, memory=replace(memory, phase=RepeatingRestore(claim, since=started)))
        read_back = await _async_raised(hass, driver, loop, tried)
    now_ours = loop.world.memory.claim
    if now_ours is not None and read_back == tried:
        loop.world = replace(loop.world, memory=loop.world.memory.with_claim(replace(now_ours, raise_seen=True)))
    loop.decide_now()
    is_over = await _async_until(
        hass, loop, lambda: not isinstance(loop.world.memory.phase, RepeatingRestore), RESTORED_WITHIN
    )
    if read_back != tried:
        raise _failed("trial_not_read_back", reserve=str(before), tried=str(tried))
    if not is_over:
        raise _failed("trial_not_restored", reserve=str(before))
    return {
        "reserve_before": before,
        "reserve_raised_to": tried,
        "read_back": read_back,
        # A slot that began meanwhile holds the reserve, and puts the same value back after it.
        "restored": isinstance(loop.world.memory.phase, Idle),
        "seconds": round((dt_util.utcnow() - started).total_seconds()),
    }


def _next_to(reserve_pct: int, limits: Limits) -> int | None:
    """Return the value next to a reserve, above it if the battery takes that.

    ``None`` where neither neighbour will do.
    """
    if not limits.accepts(reserve_pct):
        return None
    above, below = limits.lowest_from(reserve_pct + 1), limits.highest_up_to(reserve_pct - 1)
    step = max(1, round(limits.step))
    if above is not None and above - reserve_pct <= step:
        return above
    return below if below is not None and reserve_pct - below <= step and reserve_pct < FULL else None


async def _async_raised(hass: HomeAssistant, driver: PowerwallDriver, loop: DecisionLoop, tried: int) -> int | None:
    """Send the value and wait for the battery's own word; ``None`` when the call failed or nothing was read."""
    failed = True
    try:
        await loop.async_save()
        await driver.async_write(tried)
        failed = False
    except NotSavedError as err:
        loop.world = replace(loop.world, memory=replace(loop.world.memory, phase=Idle()))
        raise _failed("not_saved") from err
    except PowerwallWriteError as err:
        raise _failed("trial_write_failed", error=str(err)) from err
    finally:
        returned = dt_util.utcnow()
        loop.world = replace(loop.world, memory=note_write_returned(loop.world.memory, returned, failed=failed))

    def is_read() -> bool:
        reading = driver.read(dt_util.utcnow()).reserve
        return reading.reported_at is not None and reading.reported_at > returned and reading.value == tried

    if not await _async_until(hass, loop, is_read, ASKED_ANEW_AFTER):
        await driver.async_refresh()
        await _async_until(hass, loop, is_read, READ_WITHIN - ASKED_ANEW_AFTER)
    return driver.read(dt_util.utcnow()).reserve.value


async def _async_until(hass: HomeAssistant, loop: DecisionLoop, is_so: Callable[[], bool], limit: timedelta) -> bool:
    """Wait, by timer and by news and never by sleeping, until something is so."""
    if is_so():
        return True
    done = asyncio.Event()

    @callback
    def on_decision() -> None:
        if is_so():
            done.set()

    @callback
    def time_is_up(_now: datetime) -> None:
        done.set()

    stop_listening = loop.async_add_listener(on_decision)
    stop_timer = async_call_later(hass, limit, HassJob(time_is_up, cancel_on_shutdown=True))
    try:
        await done.wait()
    finally:
        stop_listening()
        stop_timer()
    return is_so()


def _failed(key: str, **placeholders: str) -> HomeAssistantError:
    return HomeAssistantError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders or None
    )
