"""What is seen through a day, and what it costs: entities, calendar, events, polls, writes, states (design 6 and 7)."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, callback
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events  # type: ignore[import-untyped]

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.runtime.activity import EVENT_ACTIVITY

from .house import House

pytestmark = [pytest.mark.freeze_time("2026-11-18 09:50:00+00:00"), pytest.mark.usefixtures("seldom_looked_at")]

SHOWN = ("smart_slot", "current_slot_end", "next_slot_start", "next_slot_end", "planned_slots", "cheap_rate", "holding")


def shown(house: House) -> list[str]:
    """What the sensors of slots say, times as hours and minutes."""
    states = [house.entity(key).state for key in SHOWN]
    return [state[11:16] if "T" in state else state for state in states]


def two_slots(house: House) -> None:
    """Two slots of a day."""
    house.plan("10:00", "10:30", energy=3.5)
    house.plan("11:00", "11:30", energy=3.6)


def count_states(house: House) -> Counter[str]:
    """Count the states of our own entities from now on."""
    counted: Counter[str] = Counter()
    registry = er.async_get(house.hass)

    @callback
    def heard(event: Event[Any]) -> None:
        entity = registry.async_get(event.data["entity_id"])
        if entity is not None and entity.platform == DOMAIN:
            counted[entity.unique_id.removeprefix(f"{house.entry.entry_id}_")] += 1

    house.hass.bus.async_listen(EVENT_STATE_CHANGED, heard)
    return counted


async def test_sensors(house: House) -> None:
    """Running and next slot, and whether something is to be put back."""
    two_slots(house)
    await house.move_in()
    assert shown(house) == ["off", "unknown", "10:00", "10:30", "2", "off", "off"]
    assert float(house.entity("planned_energy").state) == 7.1
    await house.until("10:15")
    assert shown(house) == ["on", "10:30", "11:00", "11:30", "2", "on", "on"]
    assert house.entity("reserve_to_restore").state == "20"
    await house.until("10:40")
    assert shown(house) == ["off", "unknown", "11:00", "11:30", "1", "off", "off"]
    assert house.entity("reserve_to_restore").state == "unknown"
    await house.until("11:15")
    assert shown(house) == ["on", "11:30", "unknown", "unknown", "1", "on", "on"]
    await house.until("11:45")
    assert shown(house) == ["off", "unknown", "unknown", "unknown", "0", "off", "off"]


@pytest.mark.freeze_time("2026-11-18 23:50:00+00:00")
async def test_a_night_slot_is_shown(house: House) -> None:
    """It moves nothing and is still a slot."""
    house.plan("23:55", "00:30")
    await house.move_in(whole_half_hours="off")
    (slot,) = house.entity("planned_slots").attributes["slots"]
    assert slot["day_slot"] is False
    await house.until("00:10", days=1)
    assert shown(house) == ["on", "00:30", "unknown", "unknown", "1", "on", "off"]
    assert (house.status, house.reason) == ("idle", "night_slot")


async def calendar(house: House) -> list[tuple[str, str, str]]:
    """The day's events in the calendar."""
    answer = await house.hass.services.async_call(
        "calendar",
        "get_events",
        {
            "entity_id": house.entity_id("schedule"),
            "start_date_time": house.at("00:00").isoformat(),
            "end_date_time": house.at("23:59").isoformat(),
        },
        blocking=True,
        return_response=True,
    )
    events: Any = (answer or {})[house.entity_id("schedule")]
    return [(event["start"][11:16], event["end"][11:16], event["summary"]) for event in events["events"]]


async def test_calendar(house: House) -> None:
    """One event for each slot, the same before, during and after; the night's cheap hours beside them."""
    await house.hass.config.async_update(time_zone="Europe/London")
    two_slots(house)
    await house.move_in()
    before = await calendar(house)
    assert [(start, end) for start, end, _ in before] == [("10:00", "10:30"), ("11:00", "11:30")]
    assert house.entity("schedule").state == "off"
    await house.until("11:15")
    assert house.entity("schedule").state == "on"
    assert sorted(await calendar(house)) == sorted(before)
    await house.until("12:00")
    assert sorted(await calendar(house)) == sorted(before)


async def test_events(house: House) -> None:
    """What happens in a slot, in order, on the bus and in the event entity."""
    happened = async_capture_events(house.hass, EVENT_ACTIVITY)
    house.plan("10:00", "10:30")
    await house.move_in()
    await house.until("10:35")
    assert [event.data["type"] for event in happened] == [
        "slot_started",
        "reserve_raised",
        "slot_ended",
        "reserve_restored",
    ]
    raised = happened[1].data
    assert (raised["target"], raised["baseline"], raised["until"]) == (100, 20, "2026-11-18T10:30:00+00:00")
    assert house.entity("activity").attributes["event_type"] == "reserve_restored"


async def test_every_entity_disabled(house: House) -> None:
    """The work does not hang on anything that is shown."""
    house.plan("10:10", "10:30")
    await house.move_in(whole_half_hours="off")
    registry = er.async_get(house.hass)
    for entity in er.async_entries_for_config_entry(registry, house.entry.entry_id):
        registry.async_update_entity(entity.entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.settle()
    ours = er.async_entries_for_config_entry(registry, house.entry.entry_id)
    assert ours
    assert not any(house.hass.states.get(entity.entity_id) for entity in ours)
    polls = len(house.octopus.polls)
    house.plan("11:00", "11:30")
    await house.until("11:35")
    assert house.told == [("10:10:00", 100), ("10:30:00", 20), ("11:00:00", 100), ("11:30:00", 20)]
    assert len(house.octopus.polls) > polls + 20


async def test_polls(house: House) -> None:
    """About twenty requests an hour, one for each poll, at least a minute apart, and close to each edge."""
    two_slots(house)
    await house.move_in()
    await house.until("12:00")
    asked = [poll.at for poll in house.octopus.polls]
    for start in (house.at("10:00"), house.at("10:30"), house.at("11:00")):
        assert sum(start <= at < start + timedelta(hours=1) for at in asked) <= 24
    assert min(later - sooner for sooner, later in pairwise(asked[1:])) >= timedelta(seconds=60)
    for clock in ("10:00", "10:30", "11:00", "11:30"):
        edge = house.at(clock)
        assert any(edge - timedelta(seconds=65) <= at < edge for at in asked)
        assert any(edge < at <= edge + timedelta(seconds=65) for at in asked)
        assert sum(edge < at <= edge + timedelta(seconds=120) for at in asked) == 1
    counters = house.octopus.counters
    # Beside the polls: a token, its renewal, the account, and the rates.
    assert counters.requests - counters.polls - counters.rest <= 6
    assert counters.rest <= 8
    assert counters.plans == counters.polls
    assert counters.errors == 0


async def test_polls_of_an_idle_hour(house: House) -> None:
    """Every three minutes, give or take, and never on the half hour."""
    await house.move_in()
    await house.until("11:50")
    asked = [poll.at for poll in house.octopus.polls]
    apart = [later - sooner for sooner, later in pairwise(asked)]
    # Home Assistant rounds to a second, and the half hour is gone round.
    assert all(timedelta(seconds=165) <= gap <= timedelta(seconds=236) for gap in apart)
    assert not any(_is_on_the_mark(at) for at in asked[1:])


def _is_on_the_mark(at: datetime) -> bool:
    seconds = (at.minute % 30) * 60 + at.second
    return seconds < 18 or seconds > 30 * 60 - 18


async def test_no_churn_when_idle(house: House) -> None:
    """An hour without news writes no state but the time of the poll, however often Octopus and the battery are read."""
    house.plan("12:00", "13:00")
    await house.move_in()
    counted = count_states(house)
    await house.wait(hours=1)
    assert set(counted) == {"last_poll"}
    assert counted["last_poll"] <= 21


async def test_states_of_two_slots(house: House) -> None:
    """Two slots cost each entity a handful of states; the time of the poll is one for each poll."""
    two_slots(house)
    await house.move_in()
    counted = count_states(house)
    await house.until("11:59")
    assert counted.pop("last_poll") <= 50
    assert counted["smart_slot"] == counted["cheap_rate"] == counted["holding"] == 4
    assert counted["activity"] == 8
    assert counted["status"] <= 8
    assert max(counted.values()) <= 8
    assert counted.total() <= 64
