"""Home Assistant's real ``tesla_fleet``, ``tessie`` and ``teslemetry`` against the simulated cloud, under frozen time.

Frozen time freezes the event loop's clock too: nothing that waits for time goes on by itself, and a request that
hangs would make ``async_block_till_done`` wait for ever. ``advance`` and ``settle`` take care of both.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
import math
import sys
import time
from typing import Any

import aiohttp
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.application_credentials import ClientCredential, async_import_client_credential
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.setup import async_setup_component
from homeassistant.util.async_ import get_scheduled_timer_handles
import pytest
from pytest_homeassistant_custom_component.common import (  # type: ignore[import-untyped]
    MockConfigEntry,
    async_fire_time_changed,
)
from tesla_fleet_api.const import SERVERS
from tesla_fleet_api.tessie import Tessie

from custom_components.octopus_powerwall import coordinator
from custom_components.octopus_powerwall.runtime import decision_loop
from tests.simulators.tesla import PowerwallSite, TeslaSimulator
from tests.simulators.tesla.redirect import RedirectedSession
from tests.simulators.tesla.short_way import with_short_way
from tests.simulators.tesla.storage import token_data

type SetUpEntry = Callable[..., Awaitable[ConfigEntry]]
type Jitter = Callable[[float, float], float]

TESLA_TOKEN_URL = "homeassistant.components.tesla_fleet.oauth.TOKEN_URL"
# Peeking at the sockets this long is enough for loopback to deliver what was sent. Less than a millisecond has to be
# slept: the selector rounds up.
_DELIVERY_S = 0.002
_STREAM_DELIVERY_S = 0.0001
_STREAM = "Teslemetry Stream"
# Without a car there is nothing on the other platforms, and to set them up takes half of what a story takes to begin.
_PLATFORMS_OF_POWERWALLS = [Platform.BINARY_SENSOR, Platform.NUMBER, Platform.SELECT, Platform.SENSOR, Platform.SWITCH]
# A worker wakes the selector a moment before it counts as idle.
_EXECUTOR_WAIT_S = 0.001
_EXECUTOR_DOUBTED_S = 0.2
_EXECUTOR_LIMIT_S = 60.0
# A float holds the seconds since 1970 to about a quarter of a microsecond.
_FLOAT_ERROR_US = 0.3
_LOOP_RESOLUTION_S = 1e-6
_BUSY_ROUNDS = 200_000
_TIMERS_AT_ONE_INSTANT = 1_000
CALM_TICK = timedelta(seconds=65)
"""How long after its last look a decision loop looks again, by ``calm_timers``."""


async def settle(hass: HomeAssistant) -> None:
    """Let everything run that can run at this frozen moment: callbacks, sockets, executor jobs.

    Returns when only the passing of time, or a server that does not answer, could make anything happen.
    """
    loop: Any = hass.loop
    waited_s = 0.0
    for _ in range(_BUSY_ROUNDS):
        await asyncio.sleep(0)
        if loop._ready:
            continue
        executors = (loop._default_executor, hass.import_executor)
        if any(_busy(executor) for executor in executors):
            if not loop._selector.select(_EXECUTOR_WAIT_S):
                waited_s += _EXECUTOR_WAIT_S
            if waited_s > _EXECUTOR_DOUBTED_S:
                for executor in filter(_busy, executors):
                    _count_idle_threads(executor)
            if waited_s > _EXECUTOR_LIMIT_S:
                raise AssertionError("an executor job does not end")
        elif not _has_arrived(loop, _delivery_s(hass)):
            return
    raise AssertionError("the event loop does not come to rest")


def _has_arrived(loop: Any, within_s: float) -> bool:
    """Whether a socket has something to read, or gets it within this time."""
    if within_s == _STREAM_DELIVERY_S:
        time.sleep(within_s)
        within_s = 0
    return bool(loop._selector.select(within_s))


def _delivery_s(hass: HomeAssistant) -> float:
    """How long something may still be on its way. A stream is listened to all the time, mostly in silence."""
    if hass._tasks:
        return _DELIVERY_S
    names = {task.get_name() if isinstance(task, asyncio.Task) else "" for task in hass._background_tasks}
    if not names:
        return 0
    return _STREAM_DELIVERY_S if names == {_STREAM} else _DELIVERY_S


def _busy(executor: Any) -> bool:
    """Whether a thread pool has work that is queued or running. One that was shut down does not count its threads."""
    if executor is None or executor._shutdown:
        return False
    return bool(executor._work_queue.qsize() or executor._idle_semaphore._value < len(executor._threads))


def _count_idle_threads(executor: Any) -> None:
    """Count the idle threads of a pool anew, where all are idle.

    A thread that has just done a job may take the next one before the pool gives it to one that sleeps: the pool then
    counts the sleeping one as busy, for good.
    """
    frames = sys._current_frames()
    working_on = [frames.get(thread.ident) for thread in executor._threads]
    if not executor._work_queue.qsize() and all(frame and frame.f_code.co_name == "_worker" for frame in working_on):
        for _ in range(len(executor._threads) - executor._idle_semaphore._value):
            executor._idle_semaphore.release()


async def advance(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    to: timedelta | datetime,
    *,
    step: timedelta | None = None,
) -> None:
    """Let frozen time pass, by a duration or up to an aware moment, as if it really had passed.

    Time jumps from one scheduled timer to the next, so each fires at its own moment and sees the right clock. With
    ``step`` it moves in fixed steps instead and fires, after each, whatever has come due.
    """
    now = datetime.now(UTC)
    end = (now + to if isinstance(to, timedelta) else to).astimezone(UTC)
    if end < now:
        raise ValueError(f"time does not go back, from {now} to {end}")
    # Else a timer due at this very microsecond would wait for the next one.
    setattr(hass.loop, "_clock_resolution", _LOOP_RESOLUTION_S)  # noqa: B010
    # The loop's debug mode, which the test plugin switches on, makes an hour take five times as long.
    debug = hass.loop.get_debug()
    hass.loop.set_debug(False)
    try:
        await _pass_time(hass, freezer, now, end, step)
    finally:
        hass.loop.set_debug(debug)


async def _pass_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, now: datetime, end: datetime, step: timedelta | None
) -> None:
    """Move the clock and let happen what comes due."""
    await settle(hass)
    while step is not None and now < end:
        now = min(now + step, end)
        freezer.move_to(now)
        async_fire_time_changed(hass)
        await settle(hass)
    in_a_row = 0
    while (due := _next_timer(hass)) is not None and due <= end:
        if due > now:
            now, in_a_row = due, 0
            freezer.move_to(now)
        elif (in_a_row := in_a_row + 1) > _TIMERS_AT_ONE_INSTANT:
            raise AssertionError(f"timers without end at {now}")
        await settle(hass)
    freezer.move_to(end)
    await settle(hass)


@callback
def _next_timer(hass: HomeAssistant) -> datetime | None:
    """The moment at which the loop's next timer is due; frozen, the loop's clock is the time of day."""
    whens = [handle.when() for handle in get_scheduled_timer_handles(hass.loop) if not handle.cancelled()]
    if not whens:
        return None
    seconds = math.floor(earliest := min(whens))
    microseconds = math.ceil((earliest - seconds) * 1e6 - _FLOAT_ERROR_US)
    return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=microseconds)


class PairedGateway:
    """A Powerwall's gateway in the house's own network, as Teslemetry is paired with one: it takes what is set there.

    It also tells its own settings and powers, which newer releases read there. ``fails`` makes it refuse everything;
    Teslemetry then asks the cloud.
    """

    def __init__(self, site: PowerwallSite) -> None:
        """Stand in for the gateway of a site."""
        self.site = site
        self.fails = False
        self.is_connected = True
        self.reserves: list[int] = []

    async def connect(self) -> None:
        """Be there."""

    async def close(self) -> None:
        """Go."""

    async def set_backup_reserve(self, reserve_pct: int) -> None:
        """Take a reserve."""
        self._answer()
        self.reserves.append(reserve_pct)
        self.site.write({"reserve_pct": reserve_pct}, snap=self.site.snap)

    async def get_config(self) -> dict[str, Any]:
        """Tell the settings; the gateway keeps the lowest 5 % of the cells to itself and counts them."""
        self._answer()
        self.site.advance()
        shown = self.site.shown
        return {
            "site_info": {"backup_reserve_percent": _of_the_cells(shown.reserve_pct)},
            "default_real_mode": shown.mode,
        }

    async def get_status(self) -> dict[str, Any]:
        """Tell the energy in the cells, in Wh."""
        self._answer()
        full = self.site.capacity_kwh * 1000
        status = {
            "nominalFullPackEnergyWh": round(full),
            "nominalEnergyRemainingWh": round(full * _of_the_cells(self.site.soc_pct) / 100),
        }
        return {"control": {"systemStatus": status}}

    async def get_meters_aggregates(self) -> dict[str, Any]:
        """Tell what flows now, in W; the battery's is positive while it discharges."""
        self._answer()
        flows = self.site.flows
        powers = {"solar": flows.solar_kw, "load": flows.load_kw, "site": flows.grid_kw, "battery": flows.battery_kw}
        return {location: {"instant_power": round(power * 1000)} for location, power in powers.items()}

    async def get_grid_status(self) -> str:
        """Tell whether the grid is there."""
        self._answer()
        return "SystemIslandedActive" if self.site.off_grid else "SystemGridConnected"

    async def get_components(self) -> dict[str, Any]:
        """Tell of no parts: it is none that reports them."""
        self._answer()
        return {}

    def _answer(self) -> None:
        if self.fails:
            from aiopowerwall import PowerwallError

            raise PowerwallError("simulated")


def _of_the_cells(percent: float) -> float:
    """Return a percentage as Tesla's app shows it, on the gateway's scale."""
    return percent * 0.95 + 5


@pytest.fixture
async def tesla(freezer: FrozenDateTimeFactory) -> AsyncGenerator[TeslaSimulator]:
    """A simulated Tesla cloud with one Powerwall, on frozen time."""
    async with TeslaSimulator([PowerwallSite()]) as simulator:
        yield simulator


@pytest.fixture
async def london(hass: HomeAssistant) -> None:
    """Home Assistant in the United Kingdom."""
    await hass.config.async_update(time_zone="Europe/London", country="GB", currency="GBP")


@pytest.fixture
def jitter() -> Jitter:
    """Choose, between two numbers of seconds, how much sooner Octopus is asked: not at all. A file may override it.

    At random a story's bounds would fail once in many runs.
    """
    return min


@pytest.fixture
def calm_timers(monkeypatch: pytest.MonkeyPatch, jitter: Jitter) -> None:
    """Take the chance out of Home Assistant's timers and ours, and one that only costs time.

    Every coordinator polls on whole seconds, not up to half a second later at random, so that
    ``advance(hass, freezer, timedelta(minutes=1))`` contains exactly one poll of tesla_fleet. Trackers from YAML,
    of which there are none, are not looked through every five seconds. The look that our loop takes a minute after the
    last one comes a little later, so that it is only taken where no reading comes first: on one frozen clock it would
    always be taken at the reading's own instant, just before it, and see nothing.
    """
    monkeypatch.setattr(coordinator, "uniform", jitter)
    monkeypatch.setattr(decision_loop, "TICK", CALM_TICK)
    monkeypatch.setattr("homeassistant.helpers.update_coordinator.randint", lambda low, high: 0)
    monkeypatch.setattr("homeassistant.components.tesla_fleet.coordinator.randint", lambda low, high: low)
    monkeypatch.setattr(
        "homeassistant.components.device_tracker.legacy.async_track_utc_time_change", lambda *_, **__: lambda: None
    )


@pytest.fixture
async def tesla_for_hass(
    hass: HomeAssistant,
    tesla: TeslaSimulator,
    london: None,
    calm_timers: None,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[TeslaSimulator]:
    """The simulated cloud for Home Assistant; what still hangs at the end is let go, or nothing could stop.

    Home Assistant's own actions are there, as in every real one: without ``homeassistant.update_entity`` nothing could
    ask a battery for its readings.
    """
    monkeypatch.setattr(aiohttp.ClientSession, "_request", with_short_way(aiohttp.ClientSession._request, tesla))
    assert await async_setup_component(hass, "homeassistant", {})
    yield tesla
    tesla.let_go()
    await settle(hass)


@pytest.fixture
def setup_tesla_fleet(
    hass: HomeAssistant, tesla_for_hass: TeslaSimulator, monkeypatch: pytest.MonkeyPatch
) -> SetUpEntry:
    """Return a function that really sets ``tesla_fleet`` up, and returns its entry."""
    monkeypatch.setitem(SERVERS, "eu", tesla_for_hass.url)
    monkeypatch.setattr(TESLA_TOKEN_URL, tesla_for_hass.token_url)
    monkeypatch.setattr("homeassistant.components.tesla_fleet.PLATFORMS", _PLATFORMS_OF_POWERWALLS)

    async def set_up(*, expires_in_s: int = 10 * 365 * 86400) -> ConfigEntry:
        assert await async_setup_component(hass, "application_credentials", {})
        credential = ClientCredential("simulated-client", "simulated-secret", "Simulated")
        await async_import_client_credential(hass, "tesla_fleet", credential)
        issued = tesla_for_hass.issue_token()
        token = token_data(issued, now=datetime.now(UTC).timestamp(), lifetime_s=expires_in_s)
        entry = MockConfigEntry(
            domain="tesla_fleet",
            title="Tesla",
            unique_id="simulated-owner",
            data={"auth_implementation": "tesla_fleet", "token": token},
        )
        return await _set_up(hass, entry)

    return set_up


@pytest.fixture
def setup_tessie(hass: HomeAssistant, tesla_for_hass: TeslaSimulator, monkeypatch: pytest.MonkeyPatch) -> SetUpEntry:
    """Return a function that really sets ``tessie`` up, and returns its entry."""
    monkeypatch.setattr(Tessie, "server", tesla_for_hass.url)

    async def set_up() -> ConfigEntry:
        entry = MockConfigEntry(domain="tessie", title="Tessie", data={"access_token": "simulated-tessie-token"})
        return await _set_up(hass, entry)

    return set_up


@pytest.fixture
def setup_teslemetry(
    hass: HomeAssistant, tesla_for_hass: TeslaSimulator, monkeypatch: pytest.MonkeyPatch
) -> SetUpEntry:
    """Return a function that really sets ``teslemetry`` up, and returns its entry. Its stream is ``tesla.events``."""
    from homeassistant.components import teslemetry

    def session(hass: HomeAssistant) -> RedirectedSession:
        return RedirectedSession(async_get_clientsession(hass), tesla_for_hass.url)

    monkeypatch.setattr(teslemetry, "async_get_clientsession", session)
    # Bluetooth is for cars, and there is none here.
    hass.config.components.update({"usb", "bluetooth", "bluetooth_adapters"})

    async def set_up(*, gateway: PairedGateway | None = None) -> ConfigEntry:
        token = token_data(tesla_for_hass.issue_token(), now=datetime.now(UTC).timestamp())
        paired = []
        if gateway is not None:
            from homeassistant.components.teslemetry.const import RSA_PARENT_KEY, SUBENTRY_TYPE_ENERGY_SITE

            monkeypatch.setattr(teslemetry, "create_powerwall_client", lambda *_: gateway)
            hass.data[RSA_PARENT_KEY] = b"simulated"
            paired.append(
                {
                    "data": {"host": "127.0.0.1", "password": "simulated"},
                    "subentry_type": SUBENTRY_TYPE_ENERGY_SITE,
                    "title": "My Home",
                    "unique_id": str(gateway.site.site_id),
                }
            )
        entry = MockConfigEntry(
            domain="teslemetry",
            title="Teslemetry",
            unique_id="simulated",
            version=2,
            data={"auth_implementation": "teslemetry", "token": token},
            subentries_data=paired,
        )
        return await _set_up(hass, entry)

    return set_up


async def _set_up(hass: HomeAssistant, mock: MockConfigEntry) -> ConfigEntry:
    """Set an entry up; the test looks at its state."""
    entry: ConfigEntry = mock
    mock.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    return entry


def tesla_entity_id(hass: HomeAssistant, key: str, site: PowerwallSite, platform: str = "tesla_fleet") -> str:
    """Return the id of a site's entity by its translation key; KeyError when there is none."""
    unique_id = f"{site.site_id}-{key}"
    for entity in er.async_get(hass).entities.values():
        if entity.platform == platform and entity.unique_id == unique_id:
            return entity.entity_id
    raise KeyError(unique_id)


def tesla_entity(hass: HomeAssistant, key: str, site: PowerwallSite, platform: str = "tesla_fleet") -> State:
    """Return a site's entity by its translation key; KeyError when there is none or it has no state."""
    if (state := hass.states.get(entity_id := tesla_entity_id(hass, key, site, platform))) is None:
        raise KeyError(entity_id)
    return state


def tesla_state(hass: HomeAssistant, key: str, site: PowerwallSite, platform: str = "tesla_fleet") -> str:
    """Return the state of a site's entity by its translation key; KeyError when there is none."""
    return tesla_entity(hass, key, site, platform).state


async def set_reserve(hass: HomeAssistant, site: PowerwallSite, value: float, platform: str = "tesla_fleet") -> None:
    """Call ``number.set_value`` on a site's backup reserve, as a user or automation does; raises what it raises."""
    target = {"entity_id": tesla_entity_id(hass, "backup_reserve_percent", site, platform), "value": value}
    await hass.services.async_call("number", "set_value", target, blocking=True)
