"""Pictures of the card on the days that its tests know, from what Home Assistant was recorded to tell it."""

from pathlib import Path

from playwright.async_api import Browser

from tests.frontend.browser import DESKTOP, PHONE, opened, show
from tests.frontend.recording import RECORDED, recorded


async def shoot_days(browser: Browser, into: Path, wanted: frozenset[str] | None) -> None:
    """One picture for each day, width and theme: ``card-charging``, ``card-charging-wide-dark`` and so on."""
    for name in sorted(path.stem.replace("_", " ") for path in RECORDED.glob("*.json")):
        message = recorded(name)
        for width, wide in ((PHONE, ""), (DESKTOP, "-wide")):
            for dark, theme in ((False, ""), (True, "-dark")):
                picture = f"card-{name.replace(' ', '-')}{wide}{theme}"
                if wanted is not None and picture not in wanted:
                    continue
                async with opened(browser, width, dark=dark, now=message["now"]) as page:
                    await show(page, message)
                    await page.locator("octopus-powerwall-card").screenshot(path=into / f"{picture}.png")
                print(f"          {picture}.png", flush=True)
