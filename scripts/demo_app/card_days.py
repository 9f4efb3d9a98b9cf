"""Pictures of the card on the days that its tests know, and of one of these days in Home Assistant's own frontend."""

import asyncio
import os
from pathlib import Path
import shutil
import sys
import tempfile

from playwright.async_api import Browser

from tests.frontend.browser import DESKTOP, PHONE, opened, show
from tests.frontend.recording import RECORDED, recorded

from .config_dir import ROOT
from .hass_process import HassError

_DAY = "tests/frontend/test_day_in_home_assistant.py"


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


async def shoot_day(into: Path, wanted: frozenset[str] | None) -> None:
    """Let a test live through a day in Home Assistant and take its pictures of it; raises HassError if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        command = (sys.executable, "-m", "pytest", "-q", "--no-header", _DAY)
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            env={**os.environ, "PICTURES": folder},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        if process.returncode:
            raise HassError(f"{_DAY} fails:\n{output.decode(errors='replace')[-3000:]}")
        _take_over(Path(folder), into, wanted)


def _take_over(folder: Path, into: Path, wanted: frozenset[str] | None) -> None:
    for picture in sorted(folder.glob("*.png")):
        if wanted is None or picture.stem in wanted:
            shutil.copy(picture, into)
            print(f"          {picture.name}", flush=True)
