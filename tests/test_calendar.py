"""The calendar: what is ahead, what runs, and what was."""

from datetime import UTC, datetime
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service  # type: ignore[import-untyped]

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.domain.model import Interval
from custom_components.octopus_powerwall.domain.plan.timeline import SpanKind
from custom_components.octopus_powerwall.domain.settings import Intent, Settings
from custom_components.octopus_powerwall.domain.status import Status
from custom_components.octopus_powerwall.domain.world import HeldPeriod, Record
from tests.face import at, controller_of, hold, publish, slot
from tests.stories.house import House

SLOT = "Smart charging slot"
CHARGE = "Powerwall: charge up"
PRESERVE = "Powerwall: preserve charge"

DAY, NEXT = "2026-11-18 00:00:00", "2026-11-19 12:00:00"

type Event = tuple[str, str, str]


async def events(house: House, start: str = DAY, end: str = NEXT, key: str = "schedule") -> list[Event]:
    """What a calendar lists: start, end (London's times of day) and title."""
    found = await listed(house, start, end, key)
    return [(_clock(event["start"]), _clock(event["end"]), event["summary"]) for event in found]


async def holds(house: House, start: str = DAY, end: str = NEXT) -> list[Event]:
    """What the calendar of the holds lists."""
    return await events(house, start, end, "holds")


async def listed(house: House, start: str = DAY, end: str = NEXT, key: str = "schedule") -> list[Any]:
    """The answer of ``calendar.get_events``."""
    calendar = house.entity_id(key)
    answer = await house.hass.services.async_call(
        "calendar",
        "get_events",
        {"entity_id": calendar, "start_date_time": start, "end_date_time": end},
        blocking=True,
        return_response=True,
    )
    assert answer is not None
    found: Any = answer[calendar]
    return list(found["events"])


def _clock(time: str) -> str:
    moment = dt_util.parse_datetime(time)
    assert moment is not None
    return moment.strftime("%H:%M")


@pytest.fixture
async def home(house: House) -> House:
    """The house with both calendars enabled."""
    await house.add_entry()
    er.async_get(house.hass).async_get_or_create(
        "calendar",
        DOMAIN,
        f"{house.entry.entry_id}_holds",
        config_entry=house.entry,
        suggested_object_id="octopus_powerwall_holds",
    )
    await house.hass.config_entries.async_setup(house.entry.entry_id)
    await house.settle()
    return house


async def test_nothing(home: House) -> None:
    calendar = home.entity("schedule")
    assert calendar.state == "off"
    assert "message" not in calendar.attributes
    assert await events(home) == []


@pytest.mark.freeze_time("2026-11-18 09:00:00+00:00")
@pytest.mark.usefixtures("seldom_looked_at")
async def test_a_day(home: House) -> None:
    """Ahead, running and past, in order; the night slot moves nothing and has no hold."""
    home.plan("10:00", "11:00", energy=5.25)
    home.plan("22:30", "23:45")
    home.plan("02:00", "03:00", days=1)
    await home.wait(minutes=5)
    day = [("10:00", "11:00", SLOT), ("22:30", "23:45", SLOT), ("02:00", "03:00", SLOT)]
    held = [("10:00", "11:00", CHARGE), ("22:30", "05:30", CHARGE)]
    assert (await events(home), await holds(home)) == (day, held)
    calendar = home.entity("schedule")
    assert calendar.state == "off"
    assert calendar.attributes["message"] == SLOT
    assert (await listed(home))[0]["description"] == "5.2 kWh planned for the car. Powerwall: charge up."
    assert calendar.attributes["start_time"] == "2026-11-18 10:00:00"

    await home.until("10:05")
    calendar = home.entity("schedule")
    assert (calendar.state, calendar.attributes["end_time"]) == ("on", "2026-11-18 11:00:00")

    await home.until("11:05")
    calendar = home.entity("schedule")
    assert (calendar.state, calendar.attributes["start_time"]) == ("off", "2026-11-18 22:30:00")
    assert (await events(home), await holds(home)) == (day, held)
    assert (await listed(home))[0]["description"].startswith(
        "Backup reserve raised to 100 %\nCharged 1.8 kWh and kept "
    )
    assert (await listed(home, key="holds"))[0]["description"] == "Backup reserve raised to 100 %"

    await home.until("06:00", days=1)
    assert home.entity("schedule").state == "off"
    assert (await events(home), await holds(home)) == (day, held)


async def test_descriptions(home: House) -> None:
    await publish(home, slots=(slot("14:00", "15:00", 5.25), slot("16:00", "17:00", None)))
    first, second = await listed(home)
    assert first["description"] == "5.2 kWh planned for the car."
    assert "description" not in second


async def test_only_what_is_asked_for(home: House) -> None:
    await publish(home, slots=(slot("14:00", "15:00"), slot("16:00", "17:00"), slot("18:00", "19:00")))
    assert await events(home, "2026-11-18 15:00:00", "2026-11-18 18:00:00") == [("16:00", "17:00", SLOT)]


@pytest.mark.parametrize(
    ("settings", "kind", "expected"),
    [
        (Settings(), SpanKind.SLOT, [CHARGE]),
        (Settings(automation=False), SpanKind.SLOT, []),
    ],
)
async def test_what_a_hold_is_for(home: House, settings: Settings, kind: SpanKind, expected: list[str]) -> None:
    await publish(home, settings=settings, holds=(hold("14:00", "15:00", kind),))
    assert [title for _, _, title in await holds(home)] == expected


async def test_the_owner_chose_to_preserve(home: House) -> None:
    await home.choose("preserve_charge")
    home.plan("14:00", "15:00")
    await home.wait(minutes=5)
    assert await holds(home) == [("14:00", "15:00", PRESERVE)]
    assert (await listed(home))[0]["description"].endswith("Powerwall: preserve charge.")


async def test_a_running_hold_shows_what_it_does(home: House) -> None:
    """Not what it would like to do: on a charge-cap account it preserves until the car charges."""
    two = (hold("11:00", "13:00"), hold("14:00", "15:00"))
    await publish(home, holds=two, intent=Intent.PRESERVE, until=at("13:00"))
    assert await holds(home) == [("11:00", "13:00", PRESERVE), ("14:00", "15:00", CHARGE)]
    assert (home.entity("holds").state, home.entity("holds").attributes["message"]) == ("on", PRESERVE)


async def test_a_dry_run_says_so(home: House) -> None:
    slots = (slot("14:00", "15:00", None),)
    await publish(home, settings=Settings(dry_run=True), slots=slots, holds=(hold("14:00", "15:00"),))
    (event,) = await listed(home, key="holds")
    assert event["summary"] == "Dry run: Powerwall would charge up"
    assert event["description"] == "Dry run: nothing is sent to the Powerwall."
    (event,) = await listed(home)
    assert event["description"] == "Dry run: Powerwall would charge up."


async def test_what_the_owner_has_overridden_is_no_hold(home: House) -> None:
    running = (slot("11:00", "13:00", None),)
    await publish(home, status=Status.OVERRIDDEN, slots=running, holds=(hold("11:00", "13:00"), hold("14:00", "15:00")))
    assert await holds(home) == [("14:00", "15:00", CHARGE)]
    assert (await listed(home))[0]["description"].startswith("You changed the reserve")


@pytest.mark.freeze_time("2026-11-18 09:00:00+00:00")
async def test_a_calendar_trigger_fires_once_a_slot(home: House) -> None:
    told = async_mock_service(home.hass, "notify", "phone")
    starts = {"trigger": "calendar", "entity_id": home.entity_id("schedule"), "event": "start"}
    config = {"triggers": [starts], "actions": [{"action": "notify.phone"}], "mode": "queued"}
    home.plan("10:00", "11:00")
    await home.wait(minutes=5)
    assert await async_setup_component(home.hass, "automation", {"automation": [config]})
    await home.until("11:10")
    assert len(told) == 1
    everything = {"entity_id": "all"}
    await home.hass.services.async_call("automation", "turn_off", everything, blocking=True)


async def test_a_slot_without_a_hold_runs(home: House) -> None:
    await publish(home, slots=(slot("11:30", "12:30"), slot("12:35", "13:00")), holds=(hold("14:00", "15:00"),))
    calendar = home.entity("schedule")
    assert (calendar.state, calendar.attributes["message"]) == ("on", SLOT)
    assert calendar.attributes["end_time"] == "2026-11-18 12:30:00"


async def test_past_ones_stay_and_are_not_doubled(hass: HomeAssistant, home: House) -> None:
    """A slot that was over and then went on is one slot; the hold it had is still what was done."""
    controller = controller_of(home)
    over = Interval(at("11:00"), at("11:57"))
    yesterday = Interval(at("13:00", 17), at("14:00", 17))
    record = Record(slots=(yesterday, over), holds=(HeldPeriod(over, Intent.PRESERVE, None),))
    controller.decision_loop.world = type(controller.world)(record=record)
    await publish(home, slots=(slot("11:00", "13:00"),))
    assert await events(home, "2026-11-17 00:00:00") == [("13:00", "14:00", SLOT), ("11:00", "13:00", SLOT)]
    assert await holds(home, "2026-11-17 00:00:00") == [("11:00", "11:57", PRESERVE)]


@pytest.mark.freeze_time("2026-10-25 00:10:00+00:00")
async def test_the_night_when_the_clocks_go_back(house: House) -> None:
    """A slot from the first 01:30 on runs through the second one: Home Assistant must not take its start for ahead."""
    await house.hass.config.async_update(time_zone="Europe/London")
    start, end = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 2, 30, tzinfo=UTC)
    house.octopus.add_slot(start, end)
    await house.move_in()
    await house.wait(minutes=30)
    assert house.entity("schedule").state == "on"
    await house.wait(minutes=25)
    house.octopus.add_slot(datetime(2026, 10, 25, 9, 0, tzinfo=UTC), datetime(2026, 10, 25, 10, 0, tzinfo=UTC))
    await house.wait(minutes=5)
    assert house.entity("planned_slots").state == "2"
    assert house.entity("schedule").state == "on"
    await house.wait(minutes=90)
    assert house.entity("schedule").state == "off"
