"""A headless Chromium with the card in it, and recorded answers of Home Assistant behind it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
import shutil
from typing import Any
from weakref import WeakKeyDictionary

from playwright.async_api import Browser, ConsoleMessage, Error, Page, Route, async_playwright

HERE = Path(__file__).parent
MODULES = HERE.parents[1] / "custom_components" / "octopus_powerwall" / "frontend"
PHONE, DESKTOP = 390, 1280
ADDRESS = "http://home.test/"
# Where no recorded day says what time it is: noon on a Wednesday in winter.
NOW = int(datetime(2026, 11, 18, 12, tzinfo=UTC).timestamp())
_SET_THEME = "dark => window.ready.then(() => { document.body.classList.toggle('dark', dark); })"
_SHOW = "([message, config]) => { window.message = message; window.show(config); }"
# The page of each browser on which the card is shown.
_PAGES: WeakKeyDictionary[Browser, Page] = WeakKeyDictionary()
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str | None:
    """Where Chromium is, if it is installed."""
    return next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """A browser, closed at the end."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS])
        try:
            yield browser
        finally:
            await browser.close()


class KeptBrowser:
    """A browser that many tests use, launched for the first. One that crashed is replaced for the next test."""

    def __init__(self) -> None:
        """Launch nothing yet; the browser will belong to the loop that runs now."""
        self._loop = asyncio.get_running_loop()
        self._browser: Browser | None = None
        self._stack = AsyncExitStack()

    async def running(self) -> Browser:
        """The browser."""
        if self._browser is None or not self._browser.is_connected():
            await self.close()
            self._browser = await self._stack.enter_async_context(launched())
        return self._browser

    async def used_aside[T](self, use: Callable[[Browser], Awaitable[T]]) -> T:
        """Use the browser from another loop, which goes on meanwhile and can serve what the browser asks for.

        A browser can be used in its own loop alone: that one runs in a thread for as long.
        """

        async def run() -> T:
            return await use(await self.running())

        return await asyncio.to_thread(self._loop.run_until_complete, run())

    async def close(self) -> None:
        """Close it, if there is one."""
        self._browser = None
        await self._stack.aclose()


@asynccontextmanager
async def opened(browser: Browser, width: int = PHONE, *, dark: bool = False, now: int = NOW) -> AsyncIterator[Page]:
    """A page with the card's modules and a stand-in for the frontend; nothing comes from any network.

    To open a page takes Chromium a second, so a browser has one for all that is opened in it, one after the other. Each
    has a document of its own, and finds size, clock and mouse as in a new page. A page on which something failed is not
    used again.
    """
    page = _PAGES.get(browser)
    if page is None or page.is_closed():
        page = _PAGES[browser] = await _new_page(browser)
    faults: list[str] = []

    def crashed(error: Error) -> None:
        faults.append(str(error))

    def complained(said: ConsoleMessage) -> None:
        if said.type == "error":
            faults.append(said.text)

    page.on("pageerror", crashed)
    page.on("console", complained)
    try:
        await page.set_viewport_size({"width": width, "height": 800})
        await page.clock.set_fixed_time(datetime.fromtimestamp(now, UTC))
        await page.goto(ADDRESS)
        await set_theme(page, dark=dark)
        yield page
        await page.mouse.move(0, 0)
        await page.context.clear_cookies()
        assert not faults, faults
    except BaseException:
        await page.context.close()
        raise
    page.remove_listener("pageerror", crashed)
    page.remove_listener("console", complained)


async def _new_page(browser: Browser) -> Page:
    context = await browser.new_context(locale="en-GB", timezone_id="Europe/London", reduced_motion="reduce")
    page = await context.new_page()
    await page.route("**/*", _serve)
    return page


async def set_theme(page: Page, *, dark: bool) -> None:
    """Put the page into the dark theme or into the light one, once the card's modules are loaded."""
    await page.evaluate(_SET_THEME, dark)


@cache
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


async def _serve(route: Route) -> None:
    # Read here: Playwright would read files in a thread, which lives longer than a test may let one.
    url = route.request.url
    if url == ADDRESS:
        await route.fulfill(body=_read(HERE / "harness.html"), content_type="text/html")
    elif (module := MODULES / url.rpartition("/")[2]).suffix == ".js" and module.exists():
        await route.fulfill(body=_read(module), content_type="text/javascript")
    else:
        await route.fulfill(status=404, body="")


async def show(page: Page, message: dict[str, Any], **config: Any) -> None:
    """Put the card on the page and tell it something."""
    await page.evaluate(_SHOW, [message, {"config_entry_id": "the_entry", **config}])
    await page.locator("octopus-powerwall-card header").wait_for()
