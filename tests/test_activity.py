"""What the logbook says, whichever of our entities are enabled."""

from collections.abc import Callable
from typing import Any

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest

from custom_components.octopus_powerwall import logbook
from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.domain.reason import Reason
from custom_components.octopus_powerwall.domain.reserve.situation import Activity
from custom_components.octopus_powerwall.runtime.activity import EVENT_ACTIVITY
from custom_components.octopus_powerwall.runtime.texts import common_text, reason_text
from tests.face import controller_of
from tests.stories.house import House

RAISED = {
    "type": "reserve_raised",
    "target": 100,
    "until": "2026-11-18T14:30:00+00:00",
    "reason": "whole_slot",
    "dry_run": False,
}
BROUGHT = {"type": "slot_ended", "energy_charged_kwh": 3.61, "energy_kept_kwh": 4.0}


@pytest.fixture
async def component(hass: HomeAssistant) -> HomeAssistant:
    """A Home Assistant that has loaded our texts."""
    await hass.config.async_update(time_zone="Europe/London")
    assert await async_setup_component(hass, DOMAIN, {})
    return hass


@pytest.fixture
def told(hass: HomeAssistant) -> list[Event[Any]]:
    """Our events on the bus."""
    events: list[Event[Any]] = []

    @callback
    def note(event: Event[Any]) -> None:
        events.append(event)

    hass.bus.async_listen(EVENT_ACTIVITY, note)
    return events


def described(hass: HomeAssistant, event: Event[Any]) -> dict[str, Any]:
    """What the logbook makes of an event."""
    describers: dict[str, Callable[[Event[Any]], dict[str, Any]]] = {}

    def take(domain: str, event_type: str, describe: Callable[[Event[Any]], dict[str, Any]]) -> None:
        assert domain == DOMAIN
        describers[event_type] = describe

    logbook.async_describe_events(hass, take)
    return describers[event.event_type](event)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            RAISED,
            "raised the backup reserve to 100 % until 14:30. Octopus has scheduled this slot, and on your tariff it",
        ),
        (
            RAISED | {"until": "2026-07-18T04:30:00+00:00", "reason": "off_peak", "target": 63},
            "raised the backup reserve to 63 % until 05:30. These are the cheap hours of your tariff",
        ),
        (
            {"type": "slot_started", "dry_run": True},
            "saw a smart charging slot begin. Dry run: nothing is sent to the Powerwall.",
        ),
        (
            {"type": "slot_started", "slot_end": "2026-11-18T14:30:00+00:00"},
            "saw a smart charging slot begin, which is to end at 14:30.",
        ),
        (RAISED | {"until": None, "reason": None}, "raised the backup reserve."),
        (RAISED | {"target": None, "reason": None}, "raised the backup reserve."),
        ({"type": "reserve_restored", "baseline": 0, "dry_run": True}, "put the backup reserve back to 0 %."),
        ({"type": "reserve_restored", "baseline": None}, "put the backup reserve back to what it was."),
        ({"type": "slot_started", "reason": "automation_off"}, "saw a smart charging slot begin. The automation is"),
        ({"type": "slot_ended", "reason": "no_slot"}, "saw the smart charging slot end."),
        (
            BROUGHT | {"savings_gbp": 1.5},
            "saw the smart charging slot end. Charged 3.6 kWh and kept 4.0 kWh: saves £1.50.",
        ),
        (
            BROUGHT | {"savings_gbp": -0.2},
            "saw the smart charging slot end. Charged 3.6 kWh and kept 4.0 kWh: saves -£0.20",
        ),
        (BROUGHT | {"savings_gbp": None}, "saw the smart charging slot end. Charged 3.6 kWh and kept 4.0 kWh."),
        (
            {"type": "paused", "reason": "storm_watch"},
            "paused. A slot or your own reserve waits for Storm Watch to end",
        ),
        (
            {"type": "paused", "reason": "grid_down", "reserve": 100},
            "paused, and leaves the backup reserve at 100 % until what follows is over. A slot or your own reserve",
        ),
        (
            RAISED | {"type": "overridden", "reserve": 40, "baseline": 20},
            "found the backup reserve at 40 %, set by you or somebody else, and leaves it so until 14:30. The 20 % of",
        ),
        ({"type": "overridden"}, "found the backup reserve changed by you or somebody else, and leaves it as it is."),
        ({"type": "restore_failed", "baseline": 20}, "could not put the backup reserve back to 20 % for ten minutes"),
        ({"type": "paused", "reason": "of_a_later_release"}, "paused. of_a_later_release"),
        ({"type": "of_a_later_release"}, "activity_of_a_later_release"),
    ],
)
async def test_sentences(component: HomeAssistant, data: dict[str, Any], sentence: str) -> None:
    assert logbook.sentence(component, data).startswith(sentence)


@pytest.mark.parametrize("activity", Activity)
async def test_each_has_a_sentence(component: HomeAssistant, activity: Activity) -> None:
    sentence = logbook.sentence(component, RAISED | {"type": activity.value, "baseline": 20})
    assert sentence[0].islower()
    assert sentence.endswith(".")
    assert "_" not in sentence


@pytest.mark.parametrize("reason", Reason)
async def test_each_reason_is_a_sentence(component: HomeAssistant, reason: Reason) -> None:
    sentence = reason_text(component, reason)
    assert sentence[0].isupper()
    assert sentence.endswith(".")


async def test_other_languages_fall_back_to_english(hass: HomeAssistant) -> None:
    await hass.config.async_update(language="de")
    assert await async_setup_component(hass, DOMAIN, {})
    assert common_text(hass, "calendar_slot") == "Smart charging slot"


@pytest.mark.freeze_time("2026-11-18 09:00:00+00:00")
async def test_a_day_slot(hass: HomeAssistant, home: House, told: list[Event[Any]]) -> None:
    home.plan("10:00", "11:00")
    await home.until("11:10")
    assert [event.data["type"] for event in told] == [
        "slot_started",
        "reserve_raised",
        "slot_ended",
        "reserve_restored",
    ]
    raised = told[1]
    assert raised.data["entry_id"] == home.entry.entry_id
    entry = described(hass, raised)
    assert raised.data["entity_id"] == home.entity_id("automation")
    assert "entity_id" not in told[0].data, "the raise says the same and more"
    assert told[0].data["slot_end"] == "2026-11-18T11:00:00+00:00"
    assert entry["name"] == "Octopus Powerwall"
    assert entry["message"].startswith("raised the backup reserve to 100 % until 11:00. Octopus has scheduled")


async def test_the_device_s_logbook_has_it_too(hass: HomeAssistant, home: House, told: list[Event[Any]]) -> None:
    entity = er.async_get(hass).async_get(home.entity_id("activity"))
    assert entity is not None
    for tell in controller_of(home)._activity_listeners:
        tell(Activity.PAUSED, {"reason": "grid_down"})
    assert told[0].data["device_id"] == entity.device_id


async def test_with_entities_disabled(hass: HomeAssistant, home: House, told: list[Event[Any]]) -> None:
    registry = er.async_get(hass)
    expected = []
    for key, then in (("automation", "status"), ("status", "activity"), ("activity", None)):
        registry.async_update_entity(home.entity_id(key), disabled_by=er.RegistryEntryDisabler.USER)
        expected.append(home.entity_id(then) if then else None)
        for tell in controller_of(home)._activity_listeners[:1]:
            tell(Activity.PAUSED, {"reason": "grid_down"})
    assert [event.data.get("entity_id") for event in told] == expected
    assert "entity_id" not in told[2].data
    assert described(hass, told[2])["message"].startswith("paused.")
