"""The card and the dashboard's strategy in headless Chromium, told what Home Assistant was recorded to tell."""

from typing import Any

import pytest
import pytest_asyncio

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.async_api import Browser, Page, expect

from .browser import DESKTOP, PHONE, KeptBrowser, chromium, opened, set_theme, show
from .days import DAYS
from .recording import recorded

pytestmark = [
    pytest.mark.skipif(chromium() is None, reason="Chromium is not installed (Debian: apt-get install chromium)"),
    pytest.mark.asyncio(loop_scope="session"),
]

HEADLINES = {
    "before a slot": "Idle until 15:00",
    "charging": "Charging up until 16:00",
    "perhaps": "Preserving charge until 16:00",
    "overridden": "Left as you set it until 16:30",
    "years end": "Charging up until 05:30",
}
# What makes text easy to read: WCAG 2.1, 1.4.3.
CONTRAST = 4.5
TEXTS = ("h2", "p", ".figures b", ".figures small", ".legend li", ".problem b", ".problem a", "div.dry")
# The faintest text of each selector that something is found for.
_CONTRASTS_OF = """selectors => {
  const known = new Map();
  const numbers = color => {
    if (known.has(color)) return known.get(color);
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    known.set(color, [...canvas.getImageData(0, 0, 1, 1).data]);
    return known.get(color);
  };
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const over = (top, below) => top.map((v, i) => i < 3 ? (v * top[3] + below[i] * (255 - top[3])) / 255 : 255);
  const root = document.querySelector("octopus-powerwall-card").shadowRoot;
  const back = numbers(getComputedStyle(root.querySelector("ha-card")).backgroundColor);
  const contrast = element => {
    let ground = back;
    const boxes = [];
    for (let e = element; e && e.localName !== "ha-card"; e = e.parentElement) boxes.unshift(e);
    for (const box of boxes) ground = over(numbers(getComputedStyle(box).backgroundColor), ground);
    const [one, other] = [light(over(numbers(getComputedStyle(element).color), ground)), light(ground)];
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  };
  return Object.fromEntries(selectors.map(selector => [selector, [...root.querySelectorAll(selector)].map(contrast)])
    .filter(([, contrasts]) => contrasts.length).map(([selector, contrasts]) => [selector, Math.min(...contrasts)]));
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def browser(kept_browser: KeptBrowser) -> Browser:
    """A browser, which runs whatever the tests before did to it."""
    return await kept_browser.running()


async def attribute(page: Page, name: str) -> str:
    """An attribute of the chart, as a screen reader gets it."""
    return await page.get_by_role("slider").get_attribute(name) or ""


async def tell(page: Page, message: dict[str, Any]) -> None:
    """Tell the open card something new."""
    await page.evaluate("message => window.listeners.forEach((tell) => tell(message))", message)


async def begin_anew(page: Page, width: int, *, dark: bool) -> None:
    """Take the card away, if there is one, and let the page be as wide and as dark as another viewer has it."""
    await page.evaluate("window.card?.remove(); Object.assign(window, { asked: [], listeners: [] })")
    await page.set_viewport_size({"width": width, "height": 800})
    await set_theme(page, dark=dark)


@pytest.mark.parametrize("name", DAYS)
async def test_day_is_readable_on_both_screens_and_in_both_themes(browser: Browser, name: str) -> None:
    """Nothing runs out of the screen, nothing is too faint, and nothing but the one subscription is asked for."""
    message = recorded(name)
    async with opened(browser, now=message["now"]) as page:
        for width, dark in ((PHONE, False), (PHONE, True), (DESKTOP, False), (DESKTOP, True)):
            await begin_anew(page, width, dark=dark)
            await show(page, message)
            headline = page.get_by_role("heading", level=2)
            await expect(headline).to_have_text(HEADLINES.get(name, await headline.inner_text()))
            said = await page.locator(".head").bounding_box()
            assert said is not None
            assert said["width"] > PHONE / 2
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
            svg = await page.locator(".plot svg").bounding_box()
            assert svg is not None
            assert width * 0.85 < svg["width"] <= width
            contrasts = await page.evaluate(_CONTRASTS_OF, TEXTS)
            assert contrasts.keys() >= {"h2", "p"}
            assert min(contrasts.values()) >= CONTRAST, (contrasts, width, dark)
            assert len(await page.evaluate("window.asked")) == 1


async def test_one_request_whatever_happens(browser: Browser) -> None:
    message = recorded("charging")
    async with opened(browser, now=message["now"]) as page:
        await show(page, message)
        await tell(page, recorded("overridden"))
        await page.evaluate("for (let n = 0; n < 20; n++) window.card.hass = { ...window.card._hass }")
        await expect(page.get_by_role("heading", level=2)).to_have_text("Left as you set it until 16:30")
        assert await page.evaluate("window.asked") == [
            {"type": "octopus_powerwall/timeline", "config_entry_id": "the_entry", "language": "en-GB"}
        ]


async def test_by_keyboard_alone(browser: Browser) -> None:
    """Skip the slot, then walk along the day; a fresh message leaves focus where it is."""
    message = recorded("charging")
    async with opened(browser, now=message["now"]) as page:
        await show(page, message)
        await page.keyboard.press("Tab")
        skip = page.get_by_role("button", name="Skip 14:00 to 16:00")
        await expect(skip).to_be_focused()
        await tell(page, {**message, "level": 71, "actions": [{**message["actions"][0], "data": {"other": 1}}]})
        await expect(skip).to_be_focused()
        await page.keyboard.press("Enter")
        assert await page.evaluate("window.called") == [["octopus_powerwall", "skip_slot", {"other": 1}]]
        await page.keyboard.press("Tab")
        chart = page.get_by_role("slider", name="The day as a picture. Move along it with the arrow keys.")
        await expect(chart).to_be_focused()
        now = await attribute(page, "aria-valuetext")
        assert now == "Battery 71 %, Reserve 100 %, Electricity 7p · Cheap"
        await page.keyboard.press("ArrowLeft")
        await page.keyboard.press("ArrowLeft")
        assert (await attribute(page, "aria-valuetext")).startswith("Wed 13:4")
        assert "Electricity Day rate" in await attribute(page, "aria-valuetext")
        await page.keyboard.press("Home")
        assert int(await attribute(page, "aria-valuenow")) == message["from"]
        await page.keyboard.press("PageDown")
        await page.keyboard.press("End")
        assert int(await attribute(page, "aria-valuenow")) == message["to"]
        await page.keyboard.press("Escape")
        assert await attribute(page, "aria-valuetext") == now


async def test_by_touch_or_mouse(browser: Browser) -> None:
    message = recorded("charging")
    async with opened(browser, now=message["now"]) as page:
        await show(page, message)
        box = await page.locator(".plot").bounding_box()
        assert box is not None
        await page.mouse.move(box["x"] + box["width"] * 0.27, box["y"] + 60)
        figures = page.locator(".figures")
        await expect(figures).to_contain_text("Wed")
        await expect(figures).to_contain_text("Charge up")
        await expect(page.locator("line.mark")).to_have_count(1)
        await page.mouse.move(5, 5)
        await expect(page.locator("line.mark")).to_have_count(0)


async def test_what_a_screen_reader_gets(browser: Browser) -> None:
    message = recorded("charging")
    async with opened(browser, now=message["now"]) as page:
        await show(page, message)
        assert await page.locator(".head").get_attribute("aria-live") == "polite"
        told = await page.locator(".sr li").all_inner_texts()
        assert "14:00 to 16:00: Cheap" in told
        assert "14:00 to 16:00: Charge up" in told
        assert await page.locator(".plot svg").get_attribute("aria-hidden") == "true"


async def test_what_wants_the_owner_is_red_and_says_what_to_do(browser: Browser) -> None:
    message = recorded("restore failed")
    async with opened(browser, now=message["now"]) as page:
        await show(page, message)
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text("The reserve is still 100 % and should be 20 %.")
        link = alert.get_by_role("link", name="Set the reserve to 20 % in the Tesla app.")
        await expect(link).to_have_attribute("href", "/config/repairs")
        red = "rgb(198, 40, 40)"
        assert await page.locator("h2").evaluate("element => getComputedStyle(element).color") == red
        await page.evaluate("window.addEventListener('location-changed', () => { window.moved = location.pathname; })")
        await link.click()
        assert await page.evaluate("window.moved") == "/config/repairs"


async def test_a_dry_run_cannot_be_taken_for_the_real_thing(browser: Browser) -> None:
    message = recorded("dry run")
    async with opened(browser, now=message["now"]) as page:
        await show(page, message)
        await expect(page.locator("div.dry")).to_have_text("Dry run: nothing is sent to the Powerwall")
        assert await page.locator(".plot rect.bar.dry").count() == await page.locator(".plot rect.bar").count() > 0
        await tell(page, {**message, "dry_run": False})
        await expect(page.locator("div.dry")).to_have_count(0)


async def test_what_is_only_perhaps_cheap_is_hatched(browser: Browser) -> None:
    message = recorded("perhaps")
    async with opened(browser, now=message["now"]) as page:
        await show(page, message)
        hatched = page.locator(".plot rect.band.slot.perhaps")
        await expect(hatched).to_have_count(1)
        await expect(hatched).to_have_attribute("fill", "url(#perhaps)")
        assert await page.locator(".plot rect.band.window.certain").count() == 2


async def test_savings(browser: Browser) -> None:
    """Those of today and the month; a loss is called one, unless what was paid for waits in the battery."""
    message = recorded("charging")
    energy = {"today": 5.14, "month": 60.0, "total": 99.0}
    async with opened(browser, now=message["now"]) as page:
        await show(page, {**message, "gains": {}, "rates": {"import": None, "export": None}})
        footer = page.locator("footer")
        await expect(footer).to_be_empty()
        await expect(page.locator(".figures")).to_contain_text("ElectricityCheap")
        savings = {"today": 1.72, "month": 31.4, "total": 70.0}
        await tell(page, {**message, "gains": {"savings": savings, "energy_charged": energy}})
        await expect(footer).to_contain_text("Today £1.72 saved")
        await expect(footer).to_contain_text("This month £31.40 saved")
        await expect(footer).to_contain_text("5.1 kWh charged cheap")
        await tell(page, {**message, "rates": {"import": 0.0725, "export": 0.15}})
        await expect(page.locator(".figures")).to_contain_text("7.3p · Cheap")
        await tell(page, {**message, "gains": {"savings": {**savings, "today": -0.4}}})
        await expect(footer).to_contain_text("Today £0.40 lost")
        await expect(footer).not_to_contain_text("saves when it is used")
        await tell(page, {**message, "gains": {"savings": {**savings, "today": -0.4}, "energy_charged": energy}})
        await expect(footer).to_contain_text("5.1 kWh charged cheap · saves when it is used")
        await expect(footer).to_contain_text("Today £0.40 paid ahead")
        lost = {"savings": {**savings, "today": -0.4, "month": -3.0}, "energy_charged": energy}
        await tell(page, {**message, "gains": lost})
        await expect(footer).to_contain_text("This month £3.00 lost")


async def test_without_any_history_the_rest_is_there(browser: Browser) -> None:
    message = recorded("charging")
    bare = {**message, "levels": [], "reserves": [], "sun": [], "car": [], "bars": [], "level": None, "reserve": None}
    async with opened(browser, now=message["now"]) as page:
        await show(page, bare)
        await expect(page.get_by_role("heading", level=2)).to_have_text("Charging up until 16:00")
        assert await page.locator(".plot rect.band").count() == 3
        assert await page.locator("circle.level").count() == 0


async def test_text_from_outside_is_text(browser: Browser) -> None:
    """Octopus, Tesla and people name things as they like; nothing of it is ever markup."""
    evil = "<img src=x onerror=window.broken=1>"
    message = recorded("charging")
    message["title"] = evil
    message["headline"] = {"text": "{status}", "values": {"status": evil}}
    message["alerts"] = [{"severity": "error", "text": evil, "do": {"text": evil}, "link": "/config/repairs"}]
    devices = {f"d{n}": {"id": f"d{n}", "name": evil, "primary_config_entry": f"e{n}"} for n in (1, 2)}
    entities = {
        f"sensor.{n}": {"entity_id": f"sensor.{n}", "platform": "octopus_powerwall", "device_id": f"d{n}"}
        for n in (1, 2)
    }
    async with opened(browser, now=message["now"]) as page:
        await page.evaluate("message => { window.message = message; }", message)
        await page.evaluate(
            "([devices, entities]) => window.show({ config_entry_id: 'e1' }, { devices, entities })",
            [devices, entities],
        )
        await expect(page.get_by_role("heading", level=2)).to_have_text(evil)
        await expect(page.get_by_role("heading", level=3)).to_have_text(evil)
        assert await page.locator("octopus-powerwall-card img").count() == 0
        assert await page.evaluate("window.broken") is None


async def test_an_entry_that_comes_and_goes(browser: Browser) -> None:
    message = recorded("charging")
    gone = {"loaded": False, "title": "My Home", "texts": {}, "headline": {"text": "Not ready", "values": {}}}
    async with opened(browser, now=message["now"]) as page:
        await show(page, gone)
        await expect(page.get_by_role("heading", level=2)).to_have_text("Not ready")
        await expect(page.get_by_role("slider")).to_be_hidden()
        await tell(page, message)
        await expect(page.get_by_role("slider")).to_be_visible()
        await tell(page, gone)
        await expect(page.get_by_role("slider")).to_be_hidden()
        await expect(page.get_by_role("button")).to_have_count(0)


async def test_a_refusal_is_shown(browser: Browser) -> None:
    async with opened(browser) as page:
        await page.evaluate("window.refuses = 'Config entry not found'")
        await page.evaluate("window.show({ config_entry_id: 'unknown' })")
        await expect(page.get_by_role("heading", level=2)).to_have_text("Config entry not found")


async def test_nobody_is_listened_to_that_nobody_sees(browser: Browser) -> None:
    """A card that leaves the page unsubscribes; one that comes back or is pointed elsewhere subscribes anew."""
    message = recorded("charging")
    async with opened(browser, now=message["now"]) as page:
        await show(page, message)
        await page.evaluate("window.card.remove()")
        await page.wait_for_function("window.listeners.length === 0")
        await page.evaluate("document.body.append(window.card)")
        await page.wait_for_function("window.listeners.length === 1")
        await page.evaluate("window.card.setConfig({ config_entry_id: 'another' })")
        await page.wait_for_function("window.listeners.length === 1 && window.asked.length === 3")
        assert (await page.evaluate("window.asked"))[-1]["config_entry_id"] == "another"


async def test_without_a_configuration_it_takes_the_powerwall_that_is_there(browser: Browser) -> None:
    async with opened(browser) as page:
        await page.evaluate("message => { window.message = message; }", recorded("charging"))
        await page.evaluate("window.show({ config_entry_id: undefined })")
        await page.locator("octopus-powerwall-card header").wait_for()
        assert (await page.evaluate("window.asked"))[0]["config_entry_id"] == "the_entry"
        assert await page.evaluate("customElements.get('octopus-powerwall-card').getStubConfig(window.home())") == {
            "config_entry_id": "the_entry"
        }
        form = await page.evaluate("customElements.get('octopus-powerwall-card').getConfigForm().schema")
        assert form == [{"name": "config_entry_id", "selector": {"config_entry": {"integration": "octopus_powerwall"}}}]


async def test_nothing_set_up(browser: Browser) -> None:
    async with opened(browser) as page:
        none = "{ entities: {}, devices: {}, localize: (key) => `found ${key.split('.').at(-1)}` }"
        await page.evaluate(f"window.show({{ config_entry_id: undefined }}, {none})")
        await expect(page.get_by_role("heading", level=2)).to_have_text("found card_label_none")
        assert await page.evaluate("window.asked") == []


@pytest.mark.parametrize(
    ("locale", "headline"),
    [
        ({"language": "en-GB", "time_format": "24", "time_zone": "server"}, "Charging up until 16:00"),
        ({"language": "en-US", "time_format": "12", "time_zone": "server"}, "Charging up until 4:00\u202fPM"),
        ({"language": "en-GB", "time_format": "language", "time_zone": "server"}, "Charging up until 16:00"),
    ],
)
async def test_times_are_written_as_the_viewer_wants_them(
    browser: Browser, locale: dict[str, str], headline: str
) -> None:
    message = recorded("charging")
    async with opened(browser, now=message["now"]) as page:
        await page.evaluate("message => { window.message = message; }", message)
        await page.evaluate("locale => window.show(undefined, { locale })", locale)
        await expect(page.get_by_role("heading", level=2)).to_have_text(headline)


# --- pickers and the dashboard ------------------------------------------------------------------------------


async def test_offered_in_the_pickers(browser: Browser) -> None:
    """Once, even if another version was loaded before; the description is in the viewer's language."""
    async with opened(browser) as page:
        await page.evaluate("import('/octopus_powerwall/0.0.9/octopus-powerwall.js')")
        cards = await page.evaluate("window.customCards.map(({ type, name, preview }) => ({ type, name, preview }))")
        assert cards == [{"type": "octopus-powerwall-card", "name": "Octopus Powerwall", "preview": True}]
        strategies = await page.evaluate(
            "window.customStrategies.map(({ type, strategyType }) => [type, strategyType])"
        )
        assert strategies == [["octopus-powerwall", "dashboard"]]
        suggest = "entity => window.customCards[0].getEntitySuggestion(window.home(), entity)"
        assert await page.evaluate(suggest, "sensor.octopus_powerwall_status") == {
            "config": {"type": "custom:octopus-powerwall-card", "config_entry_id": "the_entry"}
        }
        assert await page.evaluate(suggest, "sensor.another") is None


_KEYS = {
    "sensor": ("status", "tariff", "next_slot_start", "planned_energy", "allowance_used", "savings", "energy_charged"),
    "binary_sensor": ("cheap_rate", "attention"),
    "switch": ("automation",),
    "select": ("slot_action",),
    "number": ("charge_target",),
    "calendar": ("schedule",),
    "event": ("activity",),
    "button": ("skip_slot", "resume"),
}


def registry(*names: str) -> dict[str, Any]:
    """Home Assistant's registries with a Powerwall of each name."""
    entities, devices = {}, {}
    for number, name in enumerate(names):
        devices[f"d{number}"] = {"id": f"d{number}", "name": name, "config_entries": [f"entry{number}"]}
        for platform, keys in _KEYS.items():
            for key in keys:
                entity_id = f"{platform}.p{number}_{key}"
                entities[entity_id] = {
                    "entity_id": entity_id,
                    "platform": "octopus_powerwall",
                    "translation_key": key,
                    "device_id": f"d{number}",
                }
    entities["sensor.foreign"] = {"entity_id": "sensor.foreign", "platform": "tesla_fleet", "device_id": "d0"}
    return {"entities": entities, "devices": devices}


async def generated(page: Page, known: dict[str, Any]) -> list[dict[str, Any]]:
    """The views that the strategy makes."""
    await page.evaluate("""window.localized = new Proxy({}, { get: (_, key) => key.split(".").at(-1) })""")
    script = "known => customElements.get('ll-strategy-dashboard-octopus-powerwall').generate({}, window.home(known))"
    views: list[dict[str, Any]] = (await page.evaluate(script, known))["views"]
    return views


def entities_in(node: Any) -> set[str]:
    """Every entity id that a view names."""
    found: set[str] = set()
    match node:
        case dict():
            found |= {node["entity"]} if isinstance(node.get("entity"), str) else set()
            for child in node.values():
                found |= entities_in(child)
        case list():
            for child in node:
                found |= entities_in(child) if not isinstance(child, str) else {child} if "." in child else set()
    return found


async def test_a_dashboard_for_one_powerwall(browser: Browser) -> None:
    async with opened(browser) as page:
        (view,) = await generated(page, registry("Octopus Powerwall"))
        assert (view["title"], view["path"], view["type"]) == ("Octopus Powerwall", "powerwall", "sections")
        headings = [section["cards"][0]["heading"] for section in view["sections"]]
        assert headings == [f"dashboard_{name}" for name in ("now", "choices", "happened", "savings", "slots")]
        cards = [card for section in view["sections"] for card in section["cards"]]
        assert [card["config_entry_id"] for card in cards if card["type"] == "custom:octopus-powerwall-card"] == [
            "entry0"
        ]
        assert [card["period"] for card in cards if card["type"] == "statistics-graph"] == ["day", "month"]
        assert "sensor.foreign" not in entities_in(view)


async def test_a_dashboard_for_two(browser: Browser) -> None:
    async with opened(browser) as page:
        views = await generated(page, registry("House", "Barn"))
        assert [(view["title"], view["path"]) for view in views] == [("Barn", "powerwall-1"), ("House", "powerwall-2")]
        for view, number in zip(views, (1, 0), strict=True):
            assert all(f".p{number}_" in entity_id for entity_id in entities_in(view))


async def test_the_six_hours_are_shown_where_they_bind(browser: Browser) -> None:
    known = registry("House", "Barn")
    known["states"] = {
        "sensor.p0_allowance_used": {"attributes": {"binds": True}},
        "sensor.p1_allowance_used": {"attributes": {"binds": False}},
    }
    async with opened(browser) as page:
        views = await generated(page, known)
        shown = {name for view in views for name in entities_in(view) if name.endswith("allowance_used")}
        assert shown == {"sensor.p0_allowance_used"}


async def test_a_dashboard_leaves_out_what_is_not_there(browser: Browser) -> None:
    known = registry("House")
    for entity_id in list(known["entities"]):
        if not entity_id.endswith(("_status", "_automation")):
            del known["entities"][entity_id]
    async with opened(browser) as page:
        (view,) = await generated(page, known)
        assert [section["cards"][0]["heading"] for section in view["sections"]] == [
            "dashboard_now",
            "dashboard_choices",
            "dashboard_happened",
        ]
        assert entities_in(view) == {"switch.p0_automation"}


async def test_a_dashboard_before_anything_is_set_up(browser: Browser) -> None:
    async with opened(browser) as page:
        (view,) = await generated(page, {"entities": {}, "devices": {}})
        assert view["cards"] == [{"type": "markdown", "content": "dashboard_empty"}]
