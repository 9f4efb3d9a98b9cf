"""Serves the card and makes it known to every dashboard, as a Lovelace resource (design 11.3).

The address has the version in it, for a query may be dropped on its way through caches. A second address without one
is for dashboards whose resources stand in YAML, which we cannot write: there the owner adds one line, once.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.components.lovelace.resources import ResourceStorageCollection

MODULES: Final = (
    "octopus-powerwall.js",
    "card.js",
    "chart.js",
    "dom.js",
    "registry.js",
    "strategy.js",
    "style.js",
    "words.js",
)
ENTRANCE: Final = MODULES[0]
ROOT_URL: Final = f"/{DOMAIN}/"
UNVERSIONED: Final = "frontend"
FOLDER: Final = Path(__file__).parent

_TURN: HassKey[asyncio.Lock] = HassKey(f"{DOMAIN}_resource_turn")


async def async_serve(hass: HomeAssistant) -> None:
    """Serve the files, once. Without Home Assistant's web server there is nobody to serve."""
    if "http" not in hass.config.components:
        return
    from homeassistant.components.http.server import StaticPathConfig

    version = await _version(hass)
    await hass.http.async_register_static_paths(
        [
            StaticPathConfig(f"{ROOT_URL}{folder}/{name}", str(FOLDER / name), cache_headers=folder != UNVERSIONED)
            for folder in (version, UNVERSIONED)
            for name in MODULES
        ]
    )


async def async_announce(hass: HomeAssistant) -> None:
    """See to it that the resources name this version of the card once, and no other.

    A list that is not loaded is never written: what it would be written with is everything that is in it.
    """
    async with _turn(hass):
        resources = await _loaded_resources(hass)
        if resources is None:
            return
        url = f"{ROOT_URL}{await _version(hass)}/{ENTRANCE}"
        ours = [item for item in resources.async_items() if is_ours(item["url"])]
        if not ours:
            await resources.async_create_item({"res_type": "module", "url": url})
            return
        keep = next((item for item in ours if item["url"] == url), ours[0])
        if (keep["url"], keep["type"]) != (url, "module"):
            await resources.async_update_item(keep["id"], {"res_type": "module", "url": url})
        for item in ours:
            if item["id"] != keep["id"]:
                await resources.async_delete_item(item["id"])


async def async_withdraw(hass: HomeAssistant) -> None:
    """Take ours out of the resources again: the last Powerwall is gone, and the files may go next."""
    async with _turn(hass):
        resources = await _loaded_resources(hass)
        if resources is None:
            return
        for item in resources.async_items():
            if is_ours(item["url"]):
                await resources.async_delete_item(item["id"])


def is_ours(url: str) -> bool:
    """Whether a resource is this card, of whatever version. What others serve under a like name is theirs."""
    parts = urlsplit(url)
    folder, _, name = parts.path.removeprefix(ROOT_URL).partition("/")
    return not parts.netloc and parts.path.startswith(ROOT_URL) and bool(folder) and name == ENTRANCE


async def _loaded_resources(hass: HomeAssistant) -> ResourceStorageCollection | None:
    """Return the list of resources where it can be written: kept by Home Assistant, and read from its disk.

    Else ``None``.
    """
    if "lovelace" not in hass.config.components:
        return None
    from homeassistant.components.lovelace.const import LOVELACE_DATA
    from homeassistant.components.lovelace.resources import ResourceStorageCollection

    resources = hass.data[LOVELACE_DATA].resources
    if not isinstance(resources, ResourceStorageCollection):
        return None
    await resources.async_get_info()  # reads it, unless somebody has before us
    return resources if resources.loaded else None


async def _version(hass: HomeAssistant) -> str:
    return str((await async_get_integration(hass, DOMAIN)).version)


def _turn(hass: HomeAssistant) -> asyncio.Lock:
    """Two Powerwalls that start together take turns, or both would add what neither has seen."""
    return hass.data.setdefault(_TURN, asyncio.Lock())
