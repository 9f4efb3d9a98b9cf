"""The card in Home Assistant's own frontend, in headless Chromium: as its owner first meets it (design 11.3)."""

import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
import yaml

pytest.importorskip("playwright", reason="playwright is not installed")
pytest.importorskip("hass_frontend", reason="Home Assistant's frontend is not installed")

from playwright.async_api import expect

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.frontend.resource import ENTRANCE, FOLDER, async_announce

from .browser import KeptBrowser, chromium
from .visit import SLOW_MS, Visitor, visit

pytestmark = pytest.mark.skipif(
    chromium() is None, reason="Chromium is not installed (Debian: apt-get install chromium)"
)

VERSION = json.loads((FOLDER.parent / "manifest.json").read_text(encoding="utf-8"))["version"]
VIEWS = {"views": [{"title": "Home", "path": "home", "cards": [{"type": "custom:octopus-powerwall-card"}]}]}
ANOTHER = {"id": "1", "type": "module", "url": "/local/another-card.js"}
OLD = {"id": "2", "type": "module", "url": f"/octopus_powerwall/0.0.9/{ENTRANCE}"}
YAML_LINE = {"url": f"/octopus_powerwall/frontend/{ENTRANCE}", "type": "module"}


@pytest.fixture
async def hass_with_a_web_server(
    hass: HomeAssistant, hass_storage: dict[str, Any], tmp_path: Path, socket_enabled: None
) -> HomeAssistant:
    """Home Assistant with its web server, before any dashboard; another card of the owner's lies in ``www``."""
    done = {"done": ["user", "core_config", "integration", "analytics"]}
    hass_storage["onboarding"] = {"version": 4, "minor_version": 1, "key": "onboarding", "data": done}
    hass.config.config_dir = str(tmp_path)
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "another-card.js").write_text("window.anotherCard = true;", encoding="utf-8")
    assert await async_setup_component(hass, "http", {})
    return hass


async def asked_of_us(hass: HomeAssistant, kept: KeptBrowser, token: str, dashboard: str = "lovelace") -> list[str]:
    """Open the dashboard as a visitor who is logged in, wait for the card, and answer with what was asked of us."""

    async def look(visitor: Visitor) -> list[str]:
        await visitor.go(f"{dashboard}/home")
        card = visitor.page.locator("octopus-powerwall-card")
        await expect(card.get_by_role("heading", level=2)).to_have_text(
            "No Powerwall is set up with Octopus Powerwall.", timeout=SLOW_MS
        )
        return [path for path in visitor.asked if "octopus" in path or "another" in path]

    return await visit(hass, kept, token, look)


@pytest.mark.parametrize("stored", [[ANOTHER], [OLD, ANOTHER]], ids=["first install", "upgrade"])
async def test_with_resources_that_home_assistant_keeps(
    hass_with_a_web_server: HomeAssistant,
    hass_storage: dict[str, Any],
    hass_access_token: str,
    kept_browser: KeptBrowser,
    stored: list[dict[str, str]],
) -> None:
    """The card is there at once, in this version alone, and the other card is still loaded."""
    hass = hass_with_a_web_server
    for key, data in (("lovelace_resources", {"items": stored}), ("lovelace", {"config": VIEWS})):
        hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": data}
    for component in ("frontend", "lovelace", DOMAIN):
        assert await async_setup_component(hass, component, {})
    await async_announce(hass)
    await hass.async_block_till_done()
    asked = await asked_of_us(hass, kept_browser, hass_access_token)
    assert f"/octopus_powerwall/{VERSION}/{ENTRANCE}" in asked
    assert "/local/another-card.js" in asked
    assert not [path for path in asked if "/0.0.9/" in path]


async def test_with_resources_in_yaml(
    hass_with_a_web_server: HomeAssistant, hass_access_token: str, kept_browser: KeptBrowser
) -> None:
    """The line that the docs give is enough, and nothing is written."""
    hass = hass_with_a_web_server
    (Path(hass.config.config_dir) / "house.yaml").write_text(yaml.safe_dump(VIEWS), encoding="utf-8")
    resources = [YAML_LINE, {"url": ANOTHER["url"], "type": "module"}]
    dashboard = {"mode": "yaml", "filename": "house.yaml", "title": "House"}
    lovelace = {"resource_mode": "yaml", "resources": resources, "dashboards": {"our-house": dashboard}}
    for component in ("frontend", "lovelace", DOMAIN):
        assert await async_setup_component(hass, component, {"lovelace": lovelace})
    await async_announce(hass)
    asked = await asked_of_us(hass, kept_browser, hass_access_token, "our-house")
    assert YAML_LINE["url"] in asked
    assert "/local/another-card.js" in asked
    assert not [path for path in asked if f"/{VERSION}/" in path]
