"""``scripts/screenshots``: the demo in headless Chromium, clicked through as an owner does, and its pictures."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
import re
import shutil
import sys
import tempfile

from playwright.async_api import async_playwright

from . import london
from .card_days import shoot_day, shoot_days
from .config_dir import ROOT
from .hass_process import HassError, free_port
from .narrator import Narrator
from .sights import SIGHTS, Camera
from .stage import Stage, raised
from .stories import STORIES

_FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
_MORE_FLAGS = ("--disable-component-update", "--disable-sync")
_NAMES = ("chromium", "chromium-browser", "google-chrome")
# The card on the days that its tests know; no Home Assistant is needed for it.
_DAYS = "days"
# A day of its tests in Home Assistant, with more behind it than a demo can live through.
_DAY = "day"


def main() -> int:
    """Take the pictures that were asked for; returns the process's exit code."""
    parser = argparse.ArgumentParser(prog="scripts/screenshots", description="Takes the pictures of docs/images/.")
    parser.add_argument(
        "sights", nargs="*", choices=[[], *SIGHTS, _DAYS, _DAY], metavar="SIGHT", help=", ".join((*SIGHTS, _DAYS, _DAY))
    )
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "images", metavar="DIR", help="(%(default)s)")
    parser.add_argument("--all", action="store_true", help="also those that no page of the docs uses")
    options = parser.parse_args()
    program = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if program is None:
        print(
            "scripts/screenshots: no Chromium was found. Install it first: 'apt-get install chromium fonts-noto-core'"
            " on Debian; elsewhere Google Chrome, or a Chromium under one of these names on the PATH: "
            + ", ".join(_NAMES),
            file=sys.stderr,
        )
        return 1
    options.into.mkdir(parents=True, exist_ok=True)
    try:
        wanted = None if options.all else used_pictures()
        asyncio.run(_take(options.sights or [*SIGHTS, _DAYS, _DAY], options.into, program, wanted))
    except HassError as error:
        print(f"scripts/screenshots: {error}", file=sys.stderr)
        return 1
    return 0


def used_pictures() -> frozenset[str]:
    """The names of the pictures that a page of the docs shows."""
    pages = (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))
    return frozenset(
        name for page in pages for name in re.findall(r"images/([\w-]+)\.png", page.read_text(encoding="utf-8"))
    )


async def _take(names: list[str], into: Path, program: str, wanted: frozenset[str] | None) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=[*_FLAGS, *_MORE_FLAGS])
        for name in names:
            if name == _DAYS:
                await shoot_days(browser, into, wanted)
                continue
            if name == _DAY:
                await shoot_day(into, wanted)
                continue
            sight, (_, time_zone) = SIGHTS[name], london.by_day(datetime.now(UTC))
            async with _stage(sight.story, fresh=sight.fresh) as stage:
                await sight.take(stage, Camera(browser, stage.api.url, into, wanted, time_zone))
        await browser.close()


@asynccontextmanager
async def _stage(story: str, *, fresh: bool) -> AsyncIterator[Stage]:
    home = ROOT / ".demo"
    home.mkdir(exist_ok=True)
    offset, time_zone = london.by_day(datetime.now(UTC))
    with tempfile.TemporaryDirectory(prefix="run-", dir=home) as folder, free_port(8123, ROOT / ".cache/demo") as port:
        # The pictures are of an afternoon, whenever they are taken.
        zones = london.write_zone(Path(folder) / "zoneinfo", offset)
        london.use_zone(zones)
        hass = Path(folder) / "hass"
        running = raised(STORIES[story], Narrator(), hass, port=port, zones=zones, fresh=fresh, time_zone=time_zone)
        async with running as stage, stage.watched():
            yield stage


if __name__ == "__main__":
    sys.exit(main())
