"""A headless Chromium with the card in it, and recorded answers of Home Assistant behind it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
import shutil
from typing import Any

from playwright.async_api import Browser, Page, Route, async_playwright

HERE = Path(__file__).parent
MODULES = HERE.parents[1] / "custom_components" / "octopus_powerwall" / "frontend"
PHONE, DESKTOP = 390, 1280
ADDRESS = "http://home.test/"
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
        yield browser
        await browser.close()


@asynccontextmanager
async def opened(browser: Browser, width: int = PHONE, *, dark: bool = False, now: int = 0) -> AsyncIterator[Page]:
    """A page with the card's modules and a stand-in for the frontend; nothing comes from any network."""
    context = await browser.new_context(
        viewport={"width": width, "height": 800}, locale="en-GB", timezone_id="Europe/London", reduced_motion="reduce"
    )
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    await page.route("**/*", _serve)
    if now:
        await page.clock.set_fixed_time(datetime.fromtimestamp(now, UTC))
    await page.goto(ADDRESS)
    if dark:
        await page.evaluate("document.body.classList.add('dark')")
    await page.wait_for_function("window.ready")
    yield page
    await context.close()
    assert not faults


async def _serve(route: Route) -> None:
    url = route.request.url
    if url == ADDRESS:
        await route.fulfill(path=HERE / "harness.html", content_type="text/html")
    elif (module := MODULES / url.rpartition("/")[2]).suffix == ".js" and module.exists():
        await route.fulfill(path=module, content_type="text/javascript")
    else:
        await route.fulfill(status=404, body="")


async def show(page: Page, message: dict[str, Any], **config: Any) -> None:
    """Put the card on the page and tell it something."""
    await page.evaluate("message => { window.message = message; }", message)
    await page.evaluate("config => window.show({ config_entry_id: 'the_entry', ...config })", config)
    await page.locator("octopus-powerwall-card header").wait_for()
