"""A day in Home Assistant's own frontend, in headless Chromium: our dashboard, and what else shows our figures.

``PICTURES=docs/images`` in the environment keeps what is seen.
"""

from pathlib import Path
import re
import sys
from typing import Any
from unittest.mock import Mock

from homeassistant.components.energy.data import GridSourceType, async_get_manager
from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockUser
import yaml

pytest.importorskip("playwright", reason="playwright is not installed")
pytest.importorskip("hass_frontend", reason="Home Assistant's frontend is not installed")

from playwright.async_api import Page, expect

from tests.house_fixtures import disable_what_nobody_reads
from tests.simulators.tesla import PowerwallSite
from tests.stories.house import House
from tests.tesla_components import tesla_entity_id

from .browser import DESKTOP, PHONE, KeptBrowser, chromium
from .visit import SLOW_MS, Visitor, bring_a_year_of_savings, keep, live_through_the_night, visit_now

pytestmark = [
    pytest.mark.skipif(chromium() is None, reason="Chromium is not installed (Debian: apt-get install chromium)"),
    pytest.mark.freeze_time("2026-11-17 17:45:00+00:00"),
    pytest.mark.usefixtures("seldom_looked_at"),
]

SAVES = re.compile(r"kept \d\.\d kWh: saves £1\.")
PATH = "octopus-powerwall"
STRATEGY = {"strategy": {"type": "custom:octopus-powerwall"}}
DASHBOARDS = {PATH: {"mode": "yaml", "title": "Octopus Powerwall", "icon": "mdi:home-battery", "filename": "ours.yaml"}}


@pytest.fixture
def enable_statistics() -> bool:
    """Let the recorder make statistics, every five minutes."""
    return True


@pytest.fixture
def has_every_entity() -> bool:
    """Leave it to ``seen_house`` which entities there are."""
    return True


@pytest.fixture
async def seen_house(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    tmp_path: Path,
    house: House,
    monkeypatch: pytest.MonkeyPatch,
) -> House:
    """A house with a recorder, a web server and our dashboard."""
    # Home Assistant's list of actions imports what listens to speech; nobody speaks here.
    for speech in ("pymicro_vad", "pyspeex_noise"):
        monkeypatch.setitem(sys.modules, speech, Mock())
    done = {"done": ["user", "core_config", "integration", "analytics"]}
    hass_storage["onboarding"] = {"version": 4, "minor_version": 1, "key": "onboarding", "data": done}
    hass.config.config_dir = str(tmp_path)
    (tmp_path / "ours.yaml").write_text(yaml.safe_dump(STRATEGY), encoding="utf-8")
    for component in ("http", "frontend", "lovelace", "history", "logbook", "calendar", "energy"):
        assert await async_setup_component(hass, component, {"lovelace": {"dashboards": DASHBOARDS}})
    # The Energy dashboard shows what came from the grid.
    disable_what_nobody_reads(hass, but=tesla_entity_id(hass, "grid_energy_imported", house.tesla.site))
    return house


async def drawn(page: Page) -> None:
    """Wait until the dashboard's cards are there."""
    for card in ("octopus-powerwall-card svg", "hui-statistics-graph-card", "hui-logbook-card"):
        await expect(page.locator(card).first).to_be_visible(timeout=SLOW_MS)


async def test_two_powerwalls(seen_house: House, hass_admin_user: MockUser, kept_browser: KeptBrowser) -> None:
    """Each has a view that is called by its name, with its own card, on a phone and on a desktop, light and dark."""
    house, hass = seen_house, seen_house.hass
    second = house.tesla.add_site(PowerwallSite(7252147638652, name="Annexe", reserve_pct=30))
    (tesla,) = hass.config_entries.async_entries("tesla_fleet")
    await hass.config_entries.async_reload(tesla.entry_id)
    await house.settle()
    disable_what_nobody_reads(hass)
    await live_through_the_night(house, house.at("12:30", days=1), house.tesla.site, second)
    await house.wait(minutes=2)
    house.plan("13:00", "15:00", energy=14.0)
    house.plan("18:30", "20:00", energy=9.0)
    for site in (house.tesla.site, second):
        await house.move_in(site=site, night_guard="charge_up")
        await bring_a_year_of_savings(house)
    await house.until("14:10")

    async def look(visitor: Visitor) -> None:
        page = visitor.page
        await visitor.turn(PHONE)
        await visitor.go(PATH)
        for width, dark in ((PHONE, False), (PHONE, True), (DESKTOP, False), (DESKTOP, True)):
            await visitor.turn(width, dark=dark)
            for name, baseline in (("Annexe", 30), ("My Home", 20)):
                await page.get_by_role("tab", name=name).click()
                await drawn(page)
                await page.wait_for_load_state("networkidle")
                card = page.locator("octopus-powerwall-card")
                await expect(card.get_by_text(name, exact=True)).to_be_visible()
                await expect(card.get_by_text(f"Then {baseline} % is put back.")).to_be_visible()
                assert await page.evaluate("document.documentElement.scrollWidth") == width
                theme = "-dark" if dark else ""
                await keep(page, f"two-{name.replace(' ', '-').lower()}-{width}{theme}")

    await visit_now(house, kept_browser, hass_admin_user, look)


async def pay_at_our_price(house: House) -> None:
    """Set Home Assistant's Energy dashboard up: what comes from the grid, at the price that we say."""
    grid: GridSourceType = {
        "type": "grid",
        "stat_energy_from": tesla_entity_id(house.hass, "grid_energy_imported", house.tesla.site),
        "stat_energy_to": None,
        "stat_cost": None,
        "entity_energy_price": house.entity_id("import_rate"),
        "number_energy_price": None,
        "stat_compensation": None,
        "entity_energy_price_export": None,
        "number_energy_price_export": None,
        "cost_adjustment_day": 0.0,
    }
    manager = await async_get_manager(house.hass)
    await manager.async_update({"energy_sources": [grid]})
    await house.settle()


async def live_through_two_slots(house: House) -> None:
    """A winter's day with a slot at noon and one in the afternoon, which runs; a year of savings lies behind it."""
    await live_through_the_night(house, house.at("11:30", days=1), house.tesla.site)
    await house.wait(minutes=2)
    house.plan("12:00", "13:00", energy=7.0)
    house.plan("14:00", "16:00", energy=14.0)
    house.plan("22:30", "23:30", energy=7.0)
    car = house.octopus.world.device()
    house.tesla.site.car_power_kw = lambda at: 7.4 if car.is_charging(at) else 0.0
    await house.move_in(night_guard="charge_up")
    await bring_a_year_of_savings(house)
    await pay_at_our_price(house)
    await house.until("15:12")


async def test_a_day_and_its_money(seen_house: House, hass_admin_user: MockUser, kept_browser: KeptBrowser) -> None:
    """Our dashboard with savings by day and month, the activity, a slot's pounds in the calendar, the grid's cost."""
    house = seen_house
    hass_admin_user.name = "Owner"
    await live_through_two_slots(house)
    hours = f"start_date={house.at('11:30').isoformat()}&end_date={house.at('16:00').isoformat()}".replace("+", "%2B")
    activity = f"logbook?entity_id={house.entity_id('automation')}&{hours}"

    async def look(visitor: Visitor) -> None:
        page = visitor.page
        for width, wide in ((PHONE, "-phone"), (DESKTOP, "")):
            await visitor.turn(width)
            await visitor.go(PATH)
            await drawn(page)
            card = page.locator("octopus-powerwall-card")
            await expect(card.get_by_role("heading", level=2)).to_have_text("Charging up until 16:00")
            # What was bought waits in the battery.
            await expect(card.get_by_text(re.compile(r"^£\d\.\d\d paid ahead$")).first).to_be_visible()
            await expect(page.locator("hui-statistics-graph-card canvas")).to_have_count(2, timeout=SLOW_MS)
            await keep(page, f"dashboard{wide}")
            await keep(page, f"card{wide}", "octopus-powerwall-card")
            await visitor.go(activity)
            await expect(page.get_by_text("put the backup reserve back to 20 %.")).to_be_visible(timeout=SLOW_MS)
            await expect(page.get_by_text(SAVES)).to_be_visible()
            await keep(page, f"logbook{wide}")
            await visitor.go("calendar")
            await page.get_by_role("radio", name="List").or_(page.get_by_role("button", name="List")).first.click()
            await page.get_by_text("Smart charging slot").first.click()
            await expect(page.get_by_text(SAVES)).to_be_visible()
            await keep(page, f"calendar-slot{wide}")
            await page.keyboard.press("Escape")
            await expect(page.get_by_text(SAVES)).to_be_hidden()
            await visitor.go("energy")
            # 17.7 kWh at 7 p in two slots and 0.9 kWh at 29 p between them.
            await expect(page.get_by_text("£1.48").first).to_be_visible(timeout=SLOW_MS)
            await keep(page, f"energy{wide}")

    await visit_now(house, kept_browser, hass_admin_user, look)
