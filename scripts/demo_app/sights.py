"""What the pictures show, and how an owner gets there by clicking."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Container
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import Browser, Locator, Page

from .hass_api import DOMAIN
from .hass_process import HassError
from .stage import Stage

DESKTOP = (1280, 900)
PHONE = (390, 844)
# Home Assistant's ohme asks twice a minute.
_OHME_POLL_S = 35


class Camera:
    """A browser that looks at one Home Assistant and saves what it sees as PNG: all of it, or what is ``wanted``."""

    def __init__(self, browser: Browser, url: str, into: Path, wanted: Container[str] | None, time_zone: str) -> None:
        self._browser = browser
        self._url = url
        self._into = into
        self._wanted = wanted
        self._time_zone = time_zone

    @asynccontextmanager
    async def page(self, size: tuple[int, int] = DESKTOP, *, dark: bool = False) -> AsyncIterator[Page]:
        """A page of a new visitor, who opens the printed address and has to be logged in by that alone."""
        width, height = size
        context = await self._browser.new_context(
            viewport={"width": width, "height": height},
            locale="en-GB",
            timezone_id=self._time_zone,
            color_scheme="dark" if dark else "light",
        )
        page = await context.new_page()
        page.set_default_timeout(30_000)
        try:
            await page.goto(self._url)
            await page.locator("home-assistant-main").wait_for()
            yield page
        except Exception:
            await page.screenshot(path=self._into / "failed.png")
            raise
        finally:
            await context.close()

    async def go(self, page: Page, path: str) -> None:
        """Open a page of Home Assistant."""
        await page.goto(self._url + path)
        await page.locator("home-assistant-main").wait_for()
        await asyncio.sleep(3)

    async def shoot(self, what: Page | Locator, name: str) -> None:
        """Save a picture, where it is wanted."""
        if self._wanted is not None and name not in self._wanted:
            return
        await what.screenshot(path=self._into / f"{name}.png")
        print(f"          {name}.png", flush=True)


@dataclass(frozen=True, slots=True)
class Sight:
    """Some pictures that are taken of one run. ``fresh``: the integration is not set up."""

    take: Callable[[Stage, Camera], Awaitable[None]]
    story: str = "day-slot"
    fresh: bool = False


async def _flow(stage: Stage, camera: Camera) -> None:
    """A new owner adds the integration: a wrong key first, then the right one, up to the new device."""
    async with camera.page(PHONE) as page:
        await _fill_in_account(stage, camera, await _open_flow(page, camera), "-phone")
        await camera.shoot(page, "flow-powerwall-phone")
        for _ in ("charger", "reserve"):
            await page.locator("dialog-data-entry-flow").get_by_role("button", name="Submit").click()
            await asyncio.sleep(3)
        await camera.shoot(page, "flow-reserve-phone")
    async with camera.page() as page:
        form = await _open_flow(page, camera)
        await _fill_in_account(stage, camera, form)
        submit = form.get_by_role("button", name="Submit")
        await camera.shoot(page, "flow-powerwall")
        await submit.click()
        await asyncio.sleep(3)
        for name in ("reserve", "done"):
            await submit.click()
            await asyncio.sleep(3)
            await camera.shoot(page, f"flow-{name}")
        await form.get_by_role("button", name="Skip and finish").click()
        await stage.until_set_up()


async def _charger(stage: Stage, camera: Camera) -> None:
    """A new owner with a charge cap is asked what shows that the car is charging."""
    for size, suffix in ((DESKTOP, ""), (PHONE, "-phone")):
        async with camera.page(size) as page:
            form = await _open_flow(page, camera)
            await _fill_in_account(stage, camera, form, shoot=False)
            await form.get_by_role("button", name="Submit").click()
            await form.locator("ha-selector-select").wait_for()
            await asyncio.sleep(2)
            await camera.shoot(page, f"flow-charger{suffix}")
            await form.locator("ha-selector-select").click()
            await asyncio.sleep(2)
            await camera.shoot(page, f"flow-charger-choices{suffix}")


async def _ohme(stage: Stage, camera: Camera) -> None:
    """A new owner of an Ohme is offered the slots of Home Assistant's ohme."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    stage.ohme.charger.plug_in(*((now + timedelta(hours=n), now + timedelta(hours=n + 1)) for n in (1, 3)))
    await asyncio.sleep(_OHME_POLL_S)
    await _to_the_step_after_the_powerwall(stage, camera, "ohme")


async def _ohme_missing(stage: Stage, camera: Camera) -> None:
    """A new owner of an Ohme that Home Assistant does not know is told what to add, and offered the guard."""
    await _to_the_step_after_the_powerwall(stage, camera, "ohme-missing")


async def _to_the_step_after_the_powerwall(stage: Stage, camera: Camera, name: str) -> None:
    for size, suffix in ((DESKTOP, ""), (PHONE, "-phone")):
        async with camera.page(size) as page:
            form = await _open_flow(page, camera)
            await _fill_in_account(stage, camera, form, shoot=False)
            await camera.shoot(page, f"flow-{name}-powerwall{suffix}")
            await form.get_by_role("button", name="Submit").click()
            await asyncio.sleep(3)
            await camera.shoot(page, f"flow-{name}{suffix}")


async def _fill_in_account(
    stage: Stage, camera: Camera, form: Locator, suffix: str = "", *, shoot: bool = True
) -> None:
    """Fill the first form in, with a wrong key before the right one, and wait for the second."""
    submit = form.get_by_role("button", name="Submit")
    await form.get_by_role("textbox").nth(1).fill(stage.octopus.account_number)
    if shoot:
        await asyncio.sleep(1)
        await camera.shoot(form.page, f"flow-account{suffix}")
        await form.get_by_role("textbox").nth(0).fill("sk_live_wrongwrongwrongwrongwrong000")
        await submit.click()
        await form.locator("ha-alert").first.wait_for()
        await asyncio.sleep(1)
        await camera.shoot(form.page, f"flow-wrong-key{suffix}")
    await form.get_by_role("textbox").nth(0).fill(stage.octopus.api_key)
    await submit.click()
    await asyncio.sleep(3)


async def _open_flow(page: Page, camera: Camera) -> Locator:
    await camera.go(page, f"/config/integrations/dashboard/add?domain={DOMAIN}")
    await page.get_by_role("button", name="OK").click()
    form = page.locator("dialog-data-entry-flow")
    await form.get_by_role("textbox").first.wait_for()
    await asyncio.sleep(1)
    return form


async def _dashboard(stage: Stage, camera: Camera) -> None:
    """What the owner sees while a slot runs, and in the rest of Home Assistant."""
    async with playing(stage, for_s=40):
        for size, dark, suffix in ((DESKTOP, False, ""), (PHONE, False, "-phone"), (PHONE, True, "-dark")):
            async with camera.page(size, dark=dark) as page:
                await page.locator("octopus-powerwall-card svg").first.wait_for()
                await asyncio.sleep(5)
                await camera.shoot(page, f"demo-dashboard{suffix}")
    await _what_happened(stage, camera)


async def _what_happened(stage: Stage, camera: Camera) -> None:
    """The calendar, the logbook and the device afterwards."""
    for size, suffix in ((DESKTOP, ""), (PHONE, "-phone")):
        async with camera.page(size) as page:
            await camera.go(page, "/calendar")
            await page.get_by_role("radio", name="List").or_(page.get_by_role("button", name="List")).first.click()
            await asyncio.sleep(1)
            await camera.shoot(page, f"calendar{suffix}")
            await camera.go(page, f"/logbook?entity_id={stage.entity('automation')}")
            await camera.shoot(page, f"demo-logbook{suffix}")
            await camera.go(page, f"/config/devices/device/{await stage.device_id()}")
            await camera.shoot(page, f"device{suffix}")


async def _add_dashboard(stage: Stage, camera: Camera) -> None:
    """An owner adds the dashboard: it is offered, and there is nothing to paste."""
    await stage.set_up()
    async with camera.page() as page:
        await camera.go(page, "/config/lovelace/dashboards")
        await page.get_by_role("button", name="Add dashboard").click()
        await page.locator("ha-dialog").get_by_role("button", name="Octopus Powerwall").wait_for()
        await asyncio.sleep(1)
        await camera.shoot(page, "add-dashboard")


async def _options(stage: Stage, camera: Camera) -> None:
    """The options, on a desktop and on a phone."""
    await stage.set_up(as_proposed=True)
    for size, suffix in ((DESKTOP, ""), (PHONE, "-phone")):
        async with camera.page(size) as page:
            await camera.go(page, f"/config/integrations/integration/{DOMAIN}")
            await page.locator("ha-config-entry-row").get_by_role("button", name="Configure").click()
            await page.locator("dialog-data-entry-flow").get_by_role("button", name="Submit").wait_for()
            await asyncio.sleep(2)
            await camera.shoot(page, f"options{suffix}")


async def _reconfigure(stage: Stage, camera: Camera) -> None:
    """A new key, another Powerwall or another charger for an entry that is there."""
    await stage.set_up()
    for size, suffix in ((DESKTOP, ""), (PHONE, "-phone")):
        async with camera.page(size) as page:
            await camera.go(page, f"/config/integrations/integration/{DOMAIN}")
            await page.locator("ha-config-entry-row").get_by_role("button", name="Menu").first.click()
            await page.get_by_text("Reconfigure", exact=True).first.click()
            await page.locator("dialog-data-entry-flow").get_by_role("button", name="Submit").wait_for()
            await asyncio.sleep(2)
            await camera.shoot(page, f"reconfigure{suffix}")


async def _reauth(stage: Stage, camera: Camera) -> None:
    """Octopus no longer accepts the key: it asks for a new one, which is refused once and then accepted."""
    await stage.set_up()
    stage.octopus.rotate_key("sk_live_another0another0another00000")
    stage.octopus.revoke_tokens()
    # Two refusals at least three minutes apart.
    for _ in range(120):
        if await stage.api.ask("config_entries/flow/progress"):
            break
        await asyncio.sleep(5)
    for size, suffix in ((PHONE, "-phone"), (DESKTOP, "")):
        async with camera.page(size) as page:
            await camera.go(page, f"/config/integrations/integration/{DOMAIN}")
            await camera.shoot(page, f"reauth-asked{suffix}")
            await page.get_by_role("button", name="Reconfigure").first.click()
            form = page.locator("dialog-data-entry-flow")
            submit = form.get_by_role("button", name="Submit")
            await submit.wait_for()
            await asyncio.sleep(1)
            await camera.shoot(page, f"reauth{suffix}")
            if size == DESKTOP:
                await form.get_by_role("textbox").nth(0).fill("sk_live_wrongwrongwrongwrongwrong000")
                await submit.click()
                await form.locator("ha-alert").first.wait_for()
                await asyncio.sleep(1)
                await camera.shoot(page, "reauth-wrong-key")
                await form.get_by_role("textbox").nth(0).fill(stage.octopus.api_key)
                await submit.click()
                await asyncio.sleep(5)
                await camera.shoot(page, "reauth-done")


async def _repair(stage: Stage, camera: Camera) -> None:
    """A charge-cap account without a charger's entity: the repair, and its fix."""
    await stage.set_up(charging_entity=None)
    async with camera.page(PHONE) as page:
        await _open_repair(page, camera)
        await camera.shoot(page, "repair-phone")
    async with camera.page() as page:
        await _open_repair(page, camera)
        await camera.shoot(page, "repair")
        await page.get_by_text("Choose an entity").click()
        picker = page.locator("dialog-data-entry-flow ha-selector-select")
        await picker.wait_for()
        await picker.click()
        await asyncio.sleep(1)
        await page.keyboard.type("Car charging")
        await asyncio.sleep(2)
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await asyncio.sleep(1)
        await camera.shoot(page, "repair-fix")
        await page.locator("dialog-data-entry-flow").get_by_role("button", name="Submit").click()
        await asyncio.sleep(3)
        if await stage.api.our_repairs():
            raise HassError("the repair is still there after its fix")


async def _open_repair(page: Page, camera: Camera) -> None:
    await camera.go(page, "/config/repairs")
    await page.locator("ha-config-repairs").get_by_role("listitem").first.click()
    await page.get_by_text("Choose an entity").wait_for()
    await asyncio.sleep(1)


async def _automation(stage: Stage, camera: Camera) -> None:
    """What the automation editor offers for our device."""
    await stage.set_up()
    for size, suffix in ((DESKTOP, ""), (PHONE, "-phone")):
        async with camera.page(size) as page:
            await camera.go(page, "/config/automation/edit/new")
            await page.get_by_role("button", name="Add trigger").click()
            dialog = page.locator("add-automation-element-dialog")
            await dialog.get_by_text("Services", exact=True).click()
            await dialog.get_by_text("Octopus Powerwall", exact=True).first.click()
            await asyncio.sleep(2)
            await page.mouse.move(size[0] * 2 // 3, 600)
            await page.mouse.wheel(0, 1500)
            await asyncio.sleep(1)
            await camera.shoot(page, f"automation{suffix}")


@asynccontextmanager
async def playing(stage: Stage, *, for_s: float) -> AsyncIterator[None]:
    """Let the story play, and begin to look when it has come to a second."""
    story = asyncio.create_task(stage.play())
    try:
        await asyncio.sleep(for_s)
        yield
    finally:
        story.cancel()
        with suppress(asyncio.CancelledError):
            await story


SIGHTS = {
    "flow": Sight(_flow, fresh=True),
    "dashboard": Sight(_dashboard),
    "add-dashboard": Sight(_add_dashboard),
    "options": Sight(_options),
    "charger": Sight(_charger, story="charge-cap", fresh=True),
    "ohme": Sight(_ohme, story="ohme", fresh=True),
    "ohme-missing": Sight(_ohme_missing, story="car-guard", fresh=True),
    "reconfigure": Sight(_reconfigure),
    "reauth": Sight(_reauth),
    "repair": Sight(_repair, story="charge-cap"),
    "automation": Sight(_automation),
}
