"""The subscription behind the card: who may have it, what it tells, and when (design 11.1)."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder import Recorder
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockUser  # type: ignore[import-untyped]
from pytest_homeassistant_custom_component.components.recorder.common import (  # type: ignore[import-untyped]
    async_wait_recording_done,
)

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.domain.money.books import Figures
from custom_components.octopus_powerwall.domain.money.view import Missing, Money
from custom_components.octopus_powerwall.frontend.card_texts import CardTexts
from custom_components.octopus_powerwall.frontend.history import History, Sources, thin_out
from custom_components.octopus_powerwall.frontend.message import Message, gains_of
from custom_components.octopus_powerwall.frontend.timeline import Follower
from custom_components.octopus_powerwall.runtime import issues
from tests.face import publish
from tests.simulators.tesla import Ignored
from tests.stories.house import House
from tests.stories.trouble import controller, owner_sets_through_ha

from .days import followed

pytestmark = [
    pytest.mark.freeze_time("2026-11-18 12:00:00+00:00"),
    pytest.mark.usefixtures("seldom_looked_at", "seldom_polled"),
]


def said(sentence: dict[str, Any]) -> str:
    """A sentence with its values, times as seconds."""
    values = {name: value["at"] if isinstance(value, dict) else value for name, value in sentence["values"].items()}
    text: str = sentence["text"].format(**values)
    return text


# --- who may have it ----------------------------------------------------------------------------------------


async def test_subscribing(home: House, hass_ws_client: Callable[..., Awaitable[Any]]) -> None:
    client = await hass_ws_client(home.hass)
    await client.send_json_auto_id({"type": f"{DOMAIN}/timeline", "config_entry_id": home.entry.entry_id})
    await home.settle()
    answer = await client.receive_json()
    assert answer["success"]
    message = (await client.receive_json())["event"]
    assert message["loaded"]
    assert message["title"] == "My Home"
    assert message["now"] == round(dt_util.utcnow().timestamp())
    listening = len(controller(home)._listeners)
    await client.send_json_auto_id({"type": "unsubscribe_events", "subscription": answer["id"]})
    await home.settle()
    while (answer := await client.receive_json())["type"] != "result":
        pass
    assert answer["success"]
    assert len(controller(home)._listeners) == listening - 1


@pytest.mark.parametrize("which", ["unknown", "tesla_fleet"])
async def test_what_is_no_entry_of_ours(home: House, hass_ws_client: Callable[..., Awaitable[Any]], which: str) -> None:
    others = {entry.domain: entry.entry_id for entry in home.hass.config_entries.async_entries()}
    client = await hass_ws_client(home.hass)
    await client.send_json_auto_id({"type": f"{DOMAIN}/timeline", "config_entry_id": others.get(which, which)})
    await home.settle()
    answer = await client.receive_json()
    assert (answer["success"], answer["error"]["code"]) == (False, "not_found")


@pytest.mark.parametrize(
    ("policy", "status_there", "allowed"),
    [
        ({"entities": True}, True, True),
        ({"entities": {"domains": {"sensor": {"read": True}}}}, True, True),
        ({"entities": {"domains": {"light": True}}}, True, False),
        ({"entities": True}, False, False),
        ({}, True, False),
    ],
)
async def test_permissions(
    home: House,
    hass_ws_client: Callable[..., Awaitable[Any]],
    hass_admin_user: MockUser,
    policy: dict[str, Any],
    status_there: bool,
    allowed: bool,
) -> None:
    """Whoever may see the status may see the card; with the status gone only an administrator."""
    hass_admin_user.groups = []
    hass_admin_user.mock_policy(policy)
    if not status_there:
        er.async_get(home.hass).async_remove(home.entity_id("status"))
    client = await hass_ws_client(home.hass)
    await client.send_json_auto_id({"type": f"{DOMAIN}/timeline", "config_entry_id": home.entry.entry_id})
    await home.settle()
    answer = await client.receive_json()
    assert answer["success"] is allowed
    if not allowed:
        assert answer["error"]["code"] == "unauthorized"


# --- what it tells, and when --------------------------------------------------------------------------------


async def test_news_come_when_the_snapshot_changes_and_only_then(house: House) -> None:
    house.plan("13:00", "14:00")
    await house.move_in()
    told: list[Message] = []
    await followed(house, told)
    before = len(told)
    assert said(told[-1]["headline"]) == f"Idle until {round(house.at('13:00').timestamp())}"
    controller(house).decision_loop.decide_now()
    await house.settle()
    assert len(told) == before
    await house.until("13:00:05")
    assert len(told) > before
    assert said(told[-1]["headline"]).startswith("Charging up until ")
    assert (told[-1]["tone"], told[-1]["price"]) == ("charging", "certain")
    assert [said(line) for line in told[-1]["lines"]] == [
        "Octopus has scheduled this slot, and on your tariff it is cheap for the whole house.",
        "Then 20 % is put back.",
    ]
    await house.until("14:01:30")
    assert [bar["when"] for bar in told[-1]["bars"]] == ["past"]


async def test_the_line_grows_every_minute(home: House) -> None:
    told: list[Message] = []
    await followed(home, told)
    home.tesla.site.load_kw = 3.0
    await home.wait(minutes=20)
    assert told[-1]["level"] < 63
    values = [value for _, value in told[-1]["levels"]]
    assert values == sorted(values, reverse=True)
    assert len(values) > 2


@pytest.mark.freeze_time("2026-11-18 17:40:00+00:00")
async def test_a_new_day_moves_the_frame(home: House) -> None:
    told: list[Message] = []
    await followed(home, told)
    first = told[-1]["from"]
    await home.until("18:20")
    assert told[-1]["levels"][0][0] < first + 86400
    await home.until("00:02", days=1)
    assert told[-1]["from"] == first + 86400
    assert told[-1]["levels"][0][0] >= told[-1]["from"]


async def test_it_outlives_a_reload_and_tells_of_an_entry_that_is_gone(home: House) -> None:
    hass, entry_id = home.hass, home.entry.entry_id
    words = await CardTexts.async_load(hass, "en")
    told: list[Message] = []
    follower = Follower(hass, home.entry, words, told.append)
    follower.async_start()
    await home.settle()
    await hass.config_entries.async_reload(entry_id)
    await home.settle()
    assert [message["loaded"] for message in told if not message["loaded"]] == [False]
    assert told[-1]["loaded"]
    await hass.config_entries.async_set_disabled_by(entry_id, ConfigEntryDisabler.USER)
    await home.settle()
    assert not told[-1]["loaded"]
    assert told[-1]["texts"]
    assert said(told[-1]["headline"]) == "This Powerwall is not ready in Home Assistant."
    count = len(told)
    await home.wait(minutes=5)
    assert len(told) == count
    follower.async_stop()


async def test_what_wants_the_owner_names_values_and_comes_once(house: House) -> None:
    house.plan("12:30", "13:00")
    await house.move_in()
    told: list[Message] = []
    await followed(house, told)
    await house.until("12:59")
    house.tesla.misbehave(Ignored())
    await house.until("13:15")
    (alert,) = told[-1]["alerts"]
    assert said(alert) == "The reserve is still 100 % and should be 20 %."
    assert said(alert["do"]).startswith("Set the reserve to 20 % in the Tesla app.")
    assert (alert["severity"], told[-1]["tone"]) == ("error", "alert")


async def test_repairs_of_this_entry_are_named(home: House) -> None:
    told: list[Message] = []
    await followed(home, told)
    issues.show(home.hass, home.entry.entry_id, issues.Issue.STORE_DAMAGED)
    issues.show(home.hass, "another", issues.Issue.STORE_DAMAGED)
    issues.show(home.hass, home.entry.entry_id, issues.Issue.TARIFF_CHANGED, {"tariff": "Go", "why": "Hours."})
    await home.wait(minutes=1, seconds=1)
    severities = {alert["severity"] for alert in told[-1]["alerts"]}
    assert len(told[-1]["alerts"]) == 2
    assert severities == {"error", "warning"}
    assert all("My Home" in said(alert) or "Octopus" in said(alert) for alert in told[-1]["alerts"])
    assert told[-1]["tone"] == "alert"


async def test_ways_out(house: House) -> None:
    """Each is there when it helps, and is one that Home Assistant takes."""
    house.plan("12:30", "13:30")
    await house.move_in()
    told: list[Message] = []
    await followed(house, told)
    (skip,) = told[-1]["actions"]
    assert skip["key"] == "skip"
    await house.hass.services.async_call(skip["domain"], skip["service"], skip["data"], blocking=True)
    await house.wait(minutes=1, seconds=1)
    assert [band["skipped"] for band in told[-1]["bands"] if band["kind"] == "slot"] == [True]
    assert "skip" not in {action["key"] for action in told[-1]["actions"]}
    await house.switch(on=False)
    (on,) = (action for action in told[-1]["actions"] if action["key"] == "turn_on")
    await house.hass.services.async_call(on["domain"], on["service"], on["data"], blocking=True)
    await house.settle()
    assert house.entity("automation").state == "on"


async def test_octopus_can_be_asked_when_it_is_silent(home: House) -> None:
    told: list[Message] = []
    await followed(home, told)
    home.octopus.fail("http_503")
    await home.wait(minutes=40)
    (refresh,) = (action for action in told[-1]["actions"] if action["key"] == "refresh")
    assert told[-1]["lines"][-1]["text"].startswith("Octopus has not answered since")
    home.octopus.heal()
    assert home.hass.services.has_service(refresh["domain"], refresh["service"])
    await home.wait(minutes=35)
    assert "refresh" not in {action["key"] for action in told[-1]["actions"]}


async def test_an_override_offers_the_button_where_there_is_one(house: House) -> None:
    house.plan("12:30", "14:00")
    await house.move_in()
    told: list[Message] = []
    await followed(house, told)
    await house.until("12:40")
    registry = er.async_get(house.hass)
    button = registry.async_get_or_create(
        "button", DOMAIN, f"{house.entry.entry_id}_resume", config_entry=house.entry
    ).entity_id
    await owner_sets_through_ha(house, 40)
    await house.until("12:45")
    assert told[-1]["tone"] == "waiting"
    (resume,) = told[-1]["actions"]
    assert (resume["domain"], resume["service"], resume["data"]) == ("button", "press", {"entity_id": button})


# --- the past -----------------------------------------------------------------------------------------------


def test_thinning_keeps_the_shape() -> None:
    steep = [(60 * n, 50.0 + n) for n in range(10)]
    assert list(thin_out(steep, 300, 2)) == [[60 * n, 50.0 + n] for n in (0, 2, 4, 6, 8, 9)]
    flat = [(60 * n, 50.0 + n / 100) for n in range(20)]
    assert [at for at, _ in thin_out(flat, 300, 2)] == [0, 300, 600, 900, 1140]
    assert list(thin_out([(0, 20.0), (60, 20.0), (120, 100.0), (180, None), (240, None)], 0, 0)) == [
        [0, 20.0],
        [120, 100.0],
        [180, None],
        [240, None],
    ]
    assert list(thin_out([], 300, 2)) == []


async def test_a_level_of_nothing_leaves_a_hole(home: House) -> None:
    """Tesla's integrations report 0 for a level that they do not know (design 4.3)."""
    sources = Sources(level="sensor.level", charger="sensor.charger")
    for level in ("55", "0", "56", "unavailable"):
        home.hass.states.async_set("sensor.level", level)
    history = History(home.hass, sources, dt_util.utcnow() - timedelta(hours=1))
    stop = history.async_follow()
    for level in ("57", "0", "58"):
        await home.wait(minutes=10)
        home.hass.states.async_set("sensor.level", level)
        await home.settle()
    stop()
    assert [value for _, value in history.level] == [None, 57.0, None, 58.0]
    assert history.car == []
    assert history.sun == []


async def test_the_picked_entity_shows_when_the_car_charged(home: House) -> None:
    hass = home.hass
    hass.states.async_set("sensor.car", "0", {"unit_of_measurement": "kW"})
    history = History(hass, Sources(charger="sensor.car", threshold_w=2000.0), dt_util.utcnow() - timedelta(hours=1))
    stop = history.async_follow()
    began = round(dt_util.utcnow().timestamp())
    for power in ("7.4", "7.3", "0", "1.5", "7.4"):
        await home.wait(minutes=10)
        hass.states.async_set("sensor.car", power, {"unit_of_measurement": "kW"})
        await home.settle()
    await home.wait(minutes=5)
    stop()
    assert history.car == [(began + 600, began + 1800), (began + 3000, began + 3300)]


async def test_the_recorder_tells_of_what_was_before(
    freezer: FrozenDateTimeFactory, recorder_mock: Recorder, hass: HomeAssistant
) -> None:
    """And what was seen by ourselves stands once."""
    for level in ("50", "52", "54"):
        freezer.tick(60)
        hass.states.async_set("sensor.level", level)
        hass.states.async_set("number.reserve", "20")
    await async_wait_recording_done(hass)
    freezer.tick(60)
    sources = Sources(level="sensor.level", reserve="number.reserve")
    history = History(hass, sources, dt_util.utcnow() - timedelta(hours=1))
    stop = history.async_follow()
    assert [value for _, value in history.level] == [54.0]
    await history.async_read_past()
    freezer.tick(60)
    hass.states.async_set("sensor.level", "56")
    hass.states.async_set("number.reserve", "100")
    await hass.async_block_till_done()
    await async_wait_recording_done(hass)
    stop()
    assert [value for _, value in history.level] == [50.0, 52.0, 54.0, 56.0]
    assert [value for _, value in history.reserve] == [20.0, 100.0]
    history.forget_before(dt_util.utcnow() + timedelta(hours=1))
    assert [value for _, value in history.level] == [56.0]


async def test_without_a_recorder_there_is_no_past(hass: HomeAssistant) -> None:
    history = History(hass, Sources(level="sensor.level"), dt_util.utcnow())
    await history.async_read_past()
    assert history.level == []


# --- what it has brought ------------------------------------------------------------------------------------

FIGURES = Figures(
    charged_kwh=60.0,
    kept_kwh=20.0,
    saved_gbp=70.0,
    is_priced=True,
    provisional_gbp=0.0,
    today_gbp=1.72,
    month_gbp=31.4,
    today_charged_kwh=5.1,
    today_kept_kwh=3.4,
    unpriced=0,
    unseen_today_s=0.0,
)


async def test_what_it_has_brought(home: House) -> None:
    told: list[Message] = []
    await followed(home, told)
    await publish(home, money=Money(import_rate=0.07, figures=FIGURES))
    assert told[-1]["rates"] == {"import": 0.07, "export": None}
    assert told[-1]["gains"] == {
        "savings": {"today": 1.72, "month": 31.4, "total": 70.0},
        "energy_charged": {"today": 5.1, "total": 60.0},
        "energy_kept": {"today": 3.4, "total": 20.0},
    }


@pytest.mark.parametrize(
    ("money", "known"),
    [
        (Money(), set()),
        (Money(figures=replace(FIGURES, is_priced=False)), {"energy_charged", "energy_kept"}),
        (Money(figures=FIGURES, savings_missing=Missing.RATES), {"energy_charged", "energy_kept"}),
        (Money(figures=FIGURES, energy_missing=Missing.POWERS, savings_missing=Missing.POWERS), set()),
    ],
)
def test_what_is_not_measured_is_not_shown(money: Money, known: set[str]) -> None:
    assert set(gains_of(money)) == known
