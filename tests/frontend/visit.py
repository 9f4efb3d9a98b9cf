"""Visits to Home Assistant's own frontend in headless Chromium, on a day that a house lives through in frozen time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import json
import os
from pathlib import Path

from aiohttp.test_utils import TestServer
from homeassistant.auth.models import User
from homeassistant.components.recorder.models import StatisticData, StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import async_import_statistics
from homeassistant.core import HomeAssistant
from playwright.async_api import Browser, Page
from pytest_homeassistant_custom_component.components.recorder.common import (  # type: ignore[import-untyped]
    async_wait_recording_done,
)

from tests.simulators.tesla import PowerwallSite
from tests.stories.house import House
from tests.tesla_components import tesla_entity_id

from .browser import PHONE
from .days import load, past_of, sun

# Where pictures of what is seen are kept, if anywhere: ``PICTURES=docs/images`` in the environment.
PICTURES = os.environ.get("PICTURES")
_GO = "path => { history.pushState(null, '', path); window.dispatchEvent(new CustomEvent('location-changed')); }"
# Charts grow for a while.
_LOOK_MS = 4000


@dataclass(frozen=True)
class Visitor:
    """Somebody who is logged in to a Home Assistant at an address, in a browser; to load the frontend takes long."""

    page: Page
    address: str

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


@asynccontextmanager
async def visiting(house: House, browser: Browser, user: User) -> AsyncIterator[Visitor]:
    """Let somebody visit the house's Home Assistant, which has a web server, as it is now.

    The browser's clock is the house's, and all that happened has been recorded.
    """
    hass: HomeAssistant = house.hass
    await async_wait_recording_done(hass)
    login = await hass.auth.async_create_refresh_token(user, "http://home.test/")
    server = TestServer(hass.http.app, host="127.0.0.1")
    await server.start_server(access_log=None)
    address = str(server.make_url("")).rstrip("/")
    tokens = {
        "access_token": hass.auth.async_create_access_token(login),
        "token_type": "Bearer",
        "expires_in": 1800,
        "expires": 4_000_000_000_000,
        "hassUrl": address,
        "clientId": f"{address}/",
        "refresh_token": "none",
    }
    context = await browser.new_context(locale="en-GB", timezone_id="Europe/London", reduced_motion="reduce")
    page = await context.new_page()
    page.set_default_timeout(60_000)
    await page.clock.set_fixed_time(house.now)
    await page.add_init_script(f"localStorage.setItem('hassTokens', {json.dumps(json.dumps(tokens))})")
    try:
        yield Visitor(page, address)
        await page.goto("about:blank")
    finally:
        await context.close()
        await server.close()


async def keep(page: Page, name: str, part: str | None = None) -> None:
    """Keep a picture of a page, or of the first element that is called so, where somebody wants to look at it."""
    if PICTURES:
        await page.wait_for_timeout(_LOOK_MS)
        seen = page.locator(part).first if part else page
        await seen.screenshot(path=Path(PICTURES) / f"{name}.png")


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
