"""The calendar: what is ahead, what runs, and what was."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.octopus_powerwall.domain.model import Interval
from custom_components.octopus_powerwall.domain.plan.timeline import SpanKind
from custom_components.octopus_powerwall.domain.settings import Intent, Settings
from custom_components.octopus_powerwall.domain.world import HeldPeriod, Record
from tests.face import at, controller_of, hold, publish, slot
from tests.stories.house import House

SLOT = "Smart charging slot"
CHARGE = "Powerwall: charge up"
PRESERVE = "Powerwall: preserve charge"

type Event = tuple[str, str, str]


async def events(house: House, start: str = "2026-11-18 00:00:00", end: str = "2026-11-19 12:00:00") -> list[Event]:
    """What the calendar lists: start, end (London's times of day) and title."""
    return [
        (_clock(event["start"]), _clock(event["end"]), event["summary"]) for event in await listed(house, start, end)
    ]


async def listed(house: House, start: str = "2026-11-18 00:00:00", end: str = "2026-11-19 12:00:00") -> list[Any]:
    """The answer of ``calendar.get_events``."""
    calendar = house.entity_id("schedule")
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


async def test_nothing(home: House) -> None:
    calendar = home.entity("schedule")
    assert calendar.state == "off"
    assert "message" not in calendar.attributes
    assert await events(home) == []


@pytest.mark.freeze_time("2026-11-18 09:00:00+00:00")
async def test_a_day(home: House) -> None:
    """Ahead, running and past, in order; the night slot moves nothing and has no hold."""
    home.plan("10:00", "11:00", energy=5.25)
    home.plan("22:30", "23:45")
    home.plan("02:00", "03:00", days=1)
    await home.wait(minutes=5)
    day = [
        ("10:00", "11:00", SLOT),
        ("10:00", "11:00", CHARGE),
        ("22:30", "23:45", SLOT),
        ("22:30", "05:30", CHARGE),
        ("02:00", "03:00", SLOT),
    ]
    assert await events(home) == day
    calendar = home.entity("schedule")
    assert calendar.state == "off"
    assert calendar.attributes["message"] == CHARGE
    assert calendar.attributes["start_time"] == "2026-11-18 10:00:00"

    await home.until("10:05")
    calendar = home.entity("schedule")
    assert (calendar.state, calendar.attributes["end_time"]) == ("on", "2026-11-18 11:00:00")

    await home.until("11:05")
    calendar = home.entity("schedule")
    assert (calendar.state, calendar.attributes["start_time"]) == ("off", "2026-11-18 22:30:00")
    assert await events(home) == day
    past_slot, past_hold = (await listed(home))[:2]
    assert "description" not in past_slot
    assert past_hold["description"] == "Backup reserve raised to 100 %"

    await home.until("06:00", days=1)
    assert home.entity("schedule").state == "off"
    assert await events(home) == day


async def test_descriptions(home: House) -> None:
    await publish(home, slots=(slot("14:00", "15:00", 5.25), slot("16:00", "17:00", None)))
    first, second = await listed(home)
    assert first["description"] == "5.2 kWh planned for the car"
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
    assert [title for _, _, title in await events(home)] == expected


async def test_the_owner_chose_to_preserve(home: House) -> None:
    await home.choose("preserve_charge")
    home.plan("14:00", "15:00")
    await home.wait(minutes=5)
    assert await events(home) == [("14:00", "15:00", SLOT), ("14:00", "15:00", PRESERVE)]


async def test_a_running_hold_shows_what_it_does(home: House) -> None:
    """Not what it would like to do: on a charge-cap account it preserves until the car charges."""
    holds = (hold("11:00", "13:00"), hold("14:00", "15:00"))
    await publish(home, holds=holds, intent=Intent.PRESERVE, until=at("13:00"))
    assert await events(home) == [("11:00", "13:00", PRESERVE), ("14:00", "15:00", CHARGE)]
    assert (home.entity("schedule").state, home.entity("schedule").attributes["message"]) == ("on", PRESERVE)


async def test_a_dry_run_says_so(home: House) -> None:
    await publish(home, settings=Settings(dry_run=True), holds=(hold("14:00", "15:00"),))
    (event,) = await listed(home)
    assert event["description"] == "Dry run: nothing is sent to the Powerwall."


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
    assert await events(home, "2026-11-17 00:00:00") == [
        ("13:00", "14:00", SLOT),
        ("11:00", "11:57", PRESERVE),
        ("11:00", "13:00", SLOT),
    ]
