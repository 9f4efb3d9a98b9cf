"""What the pictures show, and how an owner gets there by clicking."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Locator, Page

from .hass_api import DOMAIN
from .stage import Stage

DESKTOP = (1280, 900)
PHONE = (390, 844)


class Camera:
    """A browser that looks at one Home Assistant and saves what it sees as PNG."""

    def __init__(self, browser: Browser, url: str, into: Path) -> None:
        self._browser = browser
        self._url = url
        self._into = into

    @asynccontextmanager
    async def page(self, size: tuple[int, int] = DESKTOP) -> AsyncIterator[Page]:
        """A page of a new visitor, who opens the printed address and has to be logged in by that alone."""
        width, height = size
        context = await self._browser.new_context(
            viewport={"width": width, "height": height}, locale="en-GB", timezone_id="Europe/London"
        )
        page = await context.new_page()
        page.set_default_timeout(20_000)
        try:
            await page.goto(self._url)
            await page.locator("home-assistant-main").wait_for()
            yield page
        except Exception:
            await page.screenshot(path=self._into / "failed.png")
            raise
        finally:
            await context.close()

    async def go(self, page: Page, path: str, wait_for: str) -> None:
        """Open a page of Home Assistant and wait for something in it."""
        await page.goto(self._url + path)
        await page.locator(wait_for).first.wait_for()
        await asyncio.sleep(2)

    async def shoot(self, what: Page | Locator, name: str) -> None:
        """Save a picture."""
        await what.screenshot(path=self._into / f"{name}.png")
        print(f"          {name}.png", flush=True)


@dataclass(frozen=True, slots=True)
class Sight:
    """Some pictures that are taken of one run. ``fresh``: the integration is not set up."""

    take: Callable[[Stage, Camera], Awaitable[None]]
    story: str = "day-slot"
    fresh: bool = False


async def _flow(stage: Stage, camera: Camera) -> None:
    """A new owner adds the integration."""
    async with camera.page() as page:
        await camera.go(page, f"/config/integrations/dashboard/add?domain={DOMAIN}", "ha-dialog")
        await page.get_by_role("button", name="OK").click()
        form = page.locator("dialog-data-entry-flow")
        key = form.get_by_role("textbox").first
        await key.wait_for()
        await key.fill("sk_live_wrongwrongwrongwrongwrong000")
        await form.get_by_role("textbox").nth(1).fill(stage.octopus.account_number)
        await form.get_by_role("button", name="Submit").click()
        await form.locator("ha-alert").first.wait_for()
        await asyncio.sleep(1)
        await camera.shoot(page, "flow-wrong-key")
        await key.fill(stage.octopus.api_key)
        await form.get_by_role("button", name="Submit").click()
        await form.locator("ha-selector").nth(0).wait_for()
        await asyncio.sleep(2)
        await camera.shoot(page, "flow-powerwall")
        for number in range(4):
            if await form.get_by_role("button", name="Submit").count() == 0:
                break
            await form.get_by_role("button", name="Submit").click()
            await asyncio.sleep(3)
            await camera.shoot(page, f"flow-{number}")


async def _dashboard(stage: Stage, camera: Camera) -> None:
    """What the owner sees while a slot runs."""
    playing = asyncio.create_task(stage.play())
    await asyncio.sleep(35)
    for size, name in ((DESKTOP, "dashboard"), (PHONE, "dashboard-phone")):
        async with camera.page(size) as page:
            await page.locator("hui-tile-card").first.wait_for()
            await asyncio.sleep(4)
            await camera.shoot(page, name)
    playing.cancel()


SIGHTS = {
    "flow": Sight(_flow, fresh=True),
    "dashboard": Sight(_dashboard),
}
