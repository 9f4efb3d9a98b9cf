"""The card as a Lovelace resource: there once, of this version, and nobody else's touched (design 11.3)."""

import asyncio
import json
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.octopus_powerwall.frontend.resource import (
    FOLDER,
    MODULES,
    async_announce,
    async_serve,
    async_withdraw,
    is_ours,
)
from tests.simulators.tesla import PowerwallSite
from tests.stories.house import House
from tests.tesla_components import settle

VERSION = json.loads((FOLDER.parent / "manifest.json").read_text())["version"]
URL = f"/octopus_powerwall/{VERSION}/octopus-powerwall.js"
OLD = "/octopus_powerwall/0.0.9/octopus-powerwall.js"
OTHERS = [
    {"id": "1", "type": "module", "url": "/hacsfiles/button-card/button-card.js?hacstag=1"},
    {"id": "2", "type": "css", "url": "/local/octopus_powerwall/octopus-powerwall.js"},
    {"id": "3", "type": "module", "url": "https://example.com/octopus_powerwall/1/octopus-powerwall.js"},
]
KEY = "lovelace_resources"

type Storage = dict[str, Any]


def on_disk(hass_storage: Storage, *items: dict[str, str]) -> None:
    """Let Home Assistant find these resources when it starts."""
    hass_storage[KEY] = {"version": 1, "minor_version": 1, "key": KEY, "data": {"items": list(items)}}


def ours(number: str, url: str = OLD, kind: str = "module") -> dict[str, str]:
    """A resource of ours."""
    return {"id": number, "type": kind, "url": url}


async def listed(hass: HomeAssistant) -> list[dict[str, str]]:
    """The resources as a dashboard gets them."""
    resources = hass.data[LOVELACE_DATA].resources
    await resources.async_get_info()
    found: list[dict[str, str]] = resources.async_items()
    return found


def urls(items: list[dict[str, str]]) -> list[str]:
    """Their addresses."""
    return [item["url"] for item in items]


@pytest.fixture
async def lovelace(hass: HomeAssistant, hass_storage: Storage) -> HomeAssistant:
    """Dashboards as they are on most machines; resources are read only when a browser asks for them."""
    on_disk(hass_storage, *OTHERS)
    assert await async_setup_component(hass, "lovelace", {})
    return hass


async def test_first_install(lovelace: HomeAssistant) -> None:
    await async_announce(lovelace)
    items = await listed(lovelace)
    assert items[:3] == OTHERS
    assert [(item["type"], item["url"]) for item in items[3:]] == [("module", URL)]


async def test_without_any_resource_yet(hass: HomeAssistant, hass_storage: Storage) -> None:
    assert await async_setup_component(hass, "lovelace", {})
    await async_announce(hass)
    assert urls(await listed(hass)) == [URL]


async def test_every_start_leaves_it_as_it_is(lovelace: HomeAssistant) -> None:
    await async_announce(lovelace)
    before = await listed(lovelace)
    await async_announce(lovelace)
    assert await listed(lovelace) == before


async def test_a_list_that_is_not_loaded_is_read_before_it_is_written(
    lovelace: HomeAssistant, hass_storage: Storage
) -> None:
    resources = lovelace.data[LOVELACE_DATA].resources
    assert not resources.loaded
    await async_announce(lovelace)
    assert resources.loaded
    await resources.store.async_save(resources._data_to_save())
    assert urls(hass_storage[KEY]["data"]["items"]) == [*urls(OTHERS), URL]


async def test_a_list_that_cannot_be_read_is_not_written(
    lovelace: HomeAssistant, hass_storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = lovelace.data[LOVELACE_DATA].resources

    async def not_read() -> dict[str, int]:
        return {"resources": 0}

    monkeypatch.setattr(resources, "async_get_info", not_read)
    await async_announce(lovelace)
    await async_withdraw(lovelace)
    assert not resources.loaded
    assert urls(hass_storage[KEY]["data"]["items"]) == urls(OTHERS)


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param([ours("7")], id="older version"),
        pytest.param([ours("7", URL)], id="this version"),
        pytest.param([ours("7", URL), ours("8")], id="this and an older"),
        pytest.param([ours("6"), ours("7", URL), ours("8")], id="this between two older"),
        pytest.param([ours("7"), ours("8"), ours("9")], id="older ones"),
        pytest.param([ours("7", URL), ours("8", URL)], id="twice"),
        pytest.param([ours("7", f"{URL}?v=1")], id="with a query"),
        pytest.param([ours("7", URL, "js")], id="not as a module"),
        pytest.param([ours("7", "/octopus_powerwall/frontend/octopus-powerwall.js")], id="the line for YAML"),
    ],
)
async def test_upgrade(hass: HomeAssistant, hass_storage: Storage, stored: list[dict[str, str]]) -> None:
    """What is there already keeps its place; the rest of ours goes."""
    on_disk(hass_storage, OTHERS[0], *stored, *OTHERS[1:])
    assert await async_setup_component(hass, "lovelace", {})
    await async_announce(hass)
    items = await listed(hass)
    assert [item for item in items if not is_ours(item["url"])] == OTHERS
    (kept,) = [item for item in items if is_ours(item["url"])]
    assert (kept["id"] in {one["id"] for one in stored}, kept["type"], kept["url"]) == (True, "module", URL)


async def test_in_yaml_mode_nothing_is_written(hass: HomeAssistant) -> None:
    theirs = [{"type": "module", "url": "/local/mine.js"}, {"type": "module", "url": OLD}]
    config = {"lovelace": {"resource_mode": "yaml", "resources": theirs}}
    assert await async_setup_component(hass, "lovelace", config)
    await async_announce(hass)
    await async_withdraw(hass)
    assert await listed(hass) == theirs


async def test_without_dashboards_nothing_happens(hass: HomeAssistant) -> None:
    await async_announce(hass)
    await async_withdraw(hass)
    assert LOVELACE_DATA not in hass.data


async def test_two_powerwalls_that_start_together_make_one(lovelace: HomeAssistant) -> None:
    await asyncio.gather(*(async_announce(lovelace) for _ in range(4)))
    assert urls(await listed(lovelace)) == [*urls(OTHERS), URL]


async def test_withdrawn_with_the_last_powerwall(house: House, lovelace: HomeAssistant) -> None:
    """An entry that goes takes the card along only if no other one is left."""
    hass, second = house.hass, house.tesla.add_site(PowerwallSite(2252147638652, name="Barn"))
    await hass.config_entries.async_reload(hass.config_entries.async_entries("tesla_fleet")[0].entry_id)
    await house.settle()
    first = await house.move_in()
    await house.move_in(site=second)
    assert urls(await listed(hass)) == [*urls(OTHERS), URL]
    await hass.config_entries.async_remove(first.entry_id)
    await settle(hass)
    assert urls(await listed(hass)) == [*urls(OTHERS), URL]
    await hass.config_entries.async_remove(house.entry.entry_id)
    await settle(hass)
    assert await listed(hass) == OTHERS
    await house.move_in()
    assert urls(await listed(hass)) == [*urls(OTHERS), URL]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (URL, True),
        (OLD, True),
        (f"{OLD}?v=3", True),
        ("/octopus_powerwall/octopus-powerwall.js", False),
        ("/octopus_powerwall/1/card.js", False),
        ("/local/octopus_powerwall/1/octopus-powerwall.js", False),
        ("//example.com/octopus_powerwall/1/octopus-powerwall.js", False),
        ("/octopus_powerwall_card/1/octopus-powerwall.js", False),
    ],
)
def test_whose(url: str, expected: bool) -> None:
    assert is_ours(url) is expected


# --- the files ----------------------------------------------------------------------------------------------


async def test_files_are_served_for_long_where_the_version_is_in_the_path(
    hass: HomeAssistant, hass_client_no_auth: Any
) -> None:
    assert await async_setup_component(hass, "http", {})
    await async_serve(hass)
    client: TestClient[Any, Any] = await hass_client_no_auth()
    for name in MODULES:
        versioned = await client.get(f"/octopus_powerwall/{VERSION}/{name}")
        assert versioned.status == 200
        assert versioned.content_type == "text/javascript"
        assert "max-age" in versioned.headers["Cache-Control"]
        assert await versioned.text() == (FOLDER / name).read_text(encoding="utf-8")
        plain = await client.get(f"/octopus_powerwall/frontend/{name}")
        assert plain.status == 200
        assert "Cache-Control" not in plain.headers
    for hidden in ("__init__.py", "timeline.py"):
        assert (await client.get(f"/octopus_powerwall/{VERSION}/{hidden}")).status == 404


async def test_without_a_web_server_nothing_is_served(hass: HomeAssistant) -> None:
    await async_serve(hass)
    assert "http" not in hass.config.components


def test_every_module_is_served_and_they_are_small() -> None:
    assert sorted(path.name for path in FOLDER.glob("*.js")) == sorted(MODULES)
    assert sum((FOLDER / name).stat().st_size for name in MODULES) < 40_000


def test_modules_import_only_each_other() -> None:
    for path in FOLDER.glob("*.js"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("import") or (" from " in line and line.startswith("}")):
                assert line.rpartition('"./')[2].rstrip('";') in MODULES, f"{path.name}: {line}"
                assert Path(path.parent / line.rpartition('"./')[2].rstrip('";')).exists()
