"""Visits to Home Assistant's own frontend in headless Chromium, on a day that a house lives through in frozen time."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import json
import os
from pathlib import Path
import socket
from weakref import WeakKeyDictionary

from aiohttp.test_utils import TestServer, get_port_socket
from aiohttp.web import Request, StreamResponse
from homeassistant.auth.models import User
from homeassistant.components.recorder.models import StatisticData, StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import async_import_statistics
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from playwright.async_api import Browser, Page, Request as Asked
from pytest_homeassistant_custom_component.components.recorder.common import (  # type: ignore[import-untyped]
    async_wait_recording_done,
)

from tests.simulators.tesla import PowerwallSite
from tests.stories.house import House
from tests.tesla_components import tesla_entity_id

from .browser import DESKTOP, PHONE, KeptBrowser
from .days import load, past_of, sun

# Where pictures of what is seen are kept, if anywhere: ``PICTURES=docs/images`` in the environment.
PICTURES = os.environ.get("PICTURES")
_GO = "path => { history.pushState(null, '', path); window.dispatchEvent(new CustomEvent('location-changed')); }"
# Charts grow for a while.
_LOOK_MS = 4000


# A socket that listens for as long as the tests run: each Home Assistant is found at the same address.
_SOCKETS: list[socket.socket] = []
_VISITED: WeakKeyDictionary[Browser, Page] = WeakKeyDictionary()
SLOW_MS = 60_000


@dataclass(frozen=True)
class Visitor:
    """Somebody who is logged in to a Home Assistant at an address, in a browser; to load the frontend takes long."""

    page: Page
    address: str
    # The paths that the browser asked for.
    asked: list[str] = field(default_factory=list)

    async def go(self, path: str) -> None:
        """Go to another part of the frontend, as a click in its sidebar does; the first time, load it."""
        if self.page.url.startswith(self.address):
            await self.page.evaluate(_GO, f"/{path}")
        else:
            await self.page.goto(f"{self.address}/{path}")

    async def turn(self, width: int, *, dark: bool = False) -> None:
        """Look at it on a screen of another width, or with another theme."""
        await self.page.set_viewport_size({"width": width, "height": 844 if width == PHONE else 900})
        await self.page.mouse.move(0, 0)
        await self.page.emulate_media(color_scheme="dark" if dark else "light")


async def visit[T](hass: HomeAssistant, kept: KeptBrowser, token: str, look: Callable[[Visitor], Awaitable[T]]) -> T:
    """Let somebody who has a token visit a Home Assistant that has a web server, and look at it.

    The browser's clock is Home Assistant's.
    """
    now = dt_util.utcnow()
    hass.http.app.on_response_prepare.append(_forbid_to_keep)
    server = TestServer(hass.http.app, host="127.0.0.1", socket_factory=_same_socket)
    await server.start_server(access_log=None)
    address = str(server.make_url("")).rstrip("/")

    async def use(browser: Browser) -> T:
        async with _visiting(browser, address, token, now) as visitor:
            return await look(visitor)

    try:
        return await kept.used_aside(use)
    finally:
        await server.close()


async def visit_now[T](house: House, kept: KeptBrowser, user: User, look: Callable[[Visitor], Awaitable[T]]) -> T:
    """Let somebody visit the house's Home Assistant as it is now; all that happened has been recorded."""
    hass: HomeAssistant = house.hass
    await async_wait_recording_done(hass)
    login = await hass.auth.async_create_refresh_token(user, "http://home.test/")
    return await visit(hass, kept, hass.auth.async_create_access_token(login), look)


def _same_socket(host: str, port: int, family: socket.AddressFamily) -> socket.socket:
    if not _SOCKETS:
        _SOCKETS.append(get_port_socket(host, port, family))
    return _SOCKETS[0].dup()


async def _forbid_to_keep(request: Request, response: StreamResponse) -> None:
    """Have the browser ask every Home Assistant for all but Home Assistant's own frontend, which is always the same.

    To compile that takes it longer than most of what a visitor does.
    """
    if not request.path.startswith(("/frontend_latest/", "/static/")):
        response.headers["Cache-Control"] = "no-store"


@asynccontextmanager
async def _visiting(browser: Browser, address: str, token: str, now: datetime) -> AsyncIterator[Visitor]:
    """A page at which nobody has been yet, but for what the browser keeps of the frontend."""
    page = _VISITED.get(browser)
    if page is None or page.is_closed():
        context = await browser.new_context(
            locale="en-GB", timezone_id="Europe/London", reduced_motion="reduce", service_workers="block"
        )
        page = _VISITED[browser] = await context.new_page()
        page.set_default_timeout(SLOW_MS)
    visitor = Visitor(page, address)
    tokens = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": 1800,
        "expires": 4_000_000_000_000,
        "hassUrl": address,
        "clientId": f"{address}/",
        "refresh_token": "none",
    }

    def note(request: Asked) -> None:
        visitor.asked.append(request.url.removeprefix(address))

    page.on("request", note)
    try:
        await visitor.turn(DESKTOP)
        await page.clock.set_fixed_time(now)
        async with await page.add_init_script(f"localStorage.setItem('hassTokens', {json.dumps(json.dumps(tokens))})"):
            yield visitor
        await page.evaluate("sessionStorage.clear()")
        await page.goto("about:blank")
        session = await page.context.new_cdp_session(page)
        await session.send("Storage.clearDataForOrigin", {"origin": address, "storageTypes": "all"})
        await session.detach()
    except BaseException:
        await page.context.close()
        raise
    page.remove_listener("request", note)


async def keep(page: Page, name: str, part: str | None = None) -> None:
    """Keep a picture of a page, or of the first element that is called so, where somebody wants to look at it."""
    if PICTURES:
        await page.wait_for_timeout(_LOOK_MS)
        seen = page.locator(part).first if part else page
        _write(Path(PICTURES) / f"{name}.png", await seen.screenshot())


def _write(path: Path, picture: bytes) -> None:
    # Playwright would write files in a thread, which lives longer than a test may let one.
    path.write_bytes(picture)


async def live_through_the_night(house: House, now: datetime, *sites: PowerwallSite) -> None:
    """Let the recorder have the hours from yesterday evening up to ``now``, with the guard's hold in the night.

    The clock jumps there; the batteries of the sites and what the houses draw are then as they have become.
    """
    past = past_of(now)
    for number, (at, _) in enumerate(past.rows["percentage_charged"]):
        house.freezer.move_to(datetime.fromtimestamp(at, UTC))
        for site in sites:
            for key, rows in past.rows.items():
                entity_id = tesla_entity_id(house.hass, key, site)
                state = house.hass.states.get(entity_id)
                assert state is not None
                house.hass.states.async_set(entity_id, rows[number][1], state.attributes)
    house.freezer.move_to(now)
    for site in sites:
        site.solar_kw, site.load_kw, site.soc_pct = sun, load, past.level
    await house.settle()


async def bring_a_year_of_savings(house: House) -> None:
    """Let the recorder have what was saved on each day of a year, up to yesterday."""
    midnight = house.at("00:00")
    saved = [(midnight - timedelta(days=ago), round(0.4 + 0.09 * (ago * 37 % 11), 2)) for ago in range(400, 0, -1)]
    # What the recorder adds up from today on begins with nothing.
    total = -sum(pounds for _, pounds in saved)
    rows = [StatisticData(start=saved[0][0] - timedelta(hours=1), state=total, sum=total)]
    for day, pounds in saved:
        total += pounds
        rows.append(StatisticData(start=day + timedelta(hours=12), state=total, sum=total))
    metadata = StatisticMetaData(
        statistic_id=house.entity_id("savings"),
        source="recorder",
        name=None,
        unit_of_measurement="GBP",
        unit_class=None,
        mean_type=StatisticMeanType.NONE,
        has_sum=True,
    )
    async_import_statistics(house.hass, metadata, rows)
    await async_wait_recording_done(house.hass)
