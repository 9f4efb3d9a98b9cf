"""A clock that was set back: nothing may have happened in the future (design 5.3 and 5.7)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from custom_components.octopus_powerwall.domain.reserve.memory import (
    Disobedience,
    ForeignReserve,
    Memory,
    Observations,
    SettledBaseline,
    Watch,
)
from custom_components.octopus_powerwall.domain.reserve.phases import Claim, Overridden, Restoring
from custom_components.octopus_powerwall.domain.reserve.set_back_clock import forget_future, move_into_past
from custom_components.octopus_powerwall.domain.reserve.situation import Battery
from custom_components.octopus_powerwall.domain.reserve.target import Level
from custom_components.octopus_powerwall.domain.reserve.writing import Reading, begin_attempt, mark_returned

from .story import MINUTE, House, at

NOW, LATER = at("12:00"), at("15:00")


def _restoring(since: datetime) -> Memory:
    attempt = mark_returned(begin_attempt(20, since), since, failed=True)
    return Memory(phase=Restoring(Claim(20, 20, (100, 20), attempt=attempt), since=since, ends_at=LATER))


@pytest.mark.parametrize(
    ("memory", "expect"),
    [
        (Memory(), Memory()),
        (
            Memory(watch=Watch(LATER + timedelta(hours=6), 20, (100,), (NOW, LATER + timedelta(hours=6)))),
            Memory(watch=Watch(NOW + timedelta(hours=6), 20, (100,), (NOW, NOW + timedelta(hours=6)))),
        ),
        (
            Memory(phase=Overridden(ends_at=NOW + timedelta(days=9), slot_seen_at=LATER)),
            Memory(phase=Overridden(ends_at=NOW, slot_seen_at=NOW)),
        ),
        (_restoring(LATER), _restoring(NOW)),
        (
            Memory(
                senses=Observations(
                    level=Level(63.0, LATER), foreign=ForeignReserve(50, LATER), restored_at=LATER, paused=True
                )
            ),
            Memory(senses=Observations(restored_at=NOW, paused=True)),
        ),
    ],
)
def test_what_lay_ahead_happened_now(memory: Memory, expect: Memory) -> None:
    assert move_into_past(memory, NOW) == expect


def test_what_is_past_stays_as_it_is() -> None:
    memory = Memory(
        phase=Overridden(ends_at=NOW + timedelta(days=8), slot_seen_at=NOW),
        watch=Watch(NOW + 10 * MINUTE, 20, (100,)),
        senses=Observations(level=Level(63.0, NOW), disobedience=Disobedience(NOW)),
    )
    assert move_into_past(memory, NOW) is memory
    told = replace(memory, senses=Observations(disobedience=Disobedience(NOW, nudged_at=LATER)))
    assert move_into_past(told, NOW).senses == Observations()


def test_a_restore_goes_on_although_the_clock_was_set_back_by_hours() -> None:
    house = House(now=at("16:00")).plan("16:10-16:40").until("16:40")
    house.applies = False
    house.reserve = 100
    house.until("16:41")
    house.now, house.changed_at, house.applies = at("12:00"), at("11:00"), True
    house.plan().polled_at = None
    assert house.until("12:40").reserve == 20
    assert house.status == "idle"


def test_a_scale_is_not_waited_for_on_a_clock_that_was_ahead() -> None:
    """Else what the owner sets in the next hours would pass for what a gateway has made of the restore."""
    settled = SettledBaseline(20, 19, NOW + timedelta(minutes=10))
    memory = Memory(settled=settled)
    assert move_into_past(memory, NOW) is memory
    assert move_into_past(memory, NOW - timedelta(hours=2)).settled == SettledBaseline(20, 19)


@pytest.mark.parametrize("ahead", [timedelta(hours=2), timedelta(days=400)])
def test_an_answer_of_a_clock_that_was_ahead_proves_nothing(ahead: timedelta) -> None:
    """The restore is lost, and Home Assistant shows it for a while: no answer of the future proves it."""
    house = House().plan("12:10-12:40").until("12:39")
    house.answered_at, house.applies = house.now + ahead, False
    house.until("12:40")
    house.shown, house.limited, house.answers = 20, True, False
    house.until("12:42:30")
    assert house.status == "restoring"
    house.limited, house.applies, house.answers = False, True, True
    house.until("13:30")
    assert (house.reserve, house.status) == (20, "idle")


def test_readings_of_a_clock_that_was_ahead_have_no_age() -> None:
    battery = Battery(Reading(20, LATER, LATER), Level(63.0, LATER))
    assert forget_future(battery, NOW) == Battery(Reading(20), Level(63.0))
    assert forget_future(battery, LATER) is battery
    assert forget_future(Battery(), NOW) == Battery()


def test_a_reading_of_a_clock_that_was_ahead_is_no_baseline() -> None:
    """The battery is silent, and what it said last is dated two hours ahead: it is asked before anything is raised."""
    house = House(now=at("12:30"), silent=True, answers=False).plan("12:00-13:00")
    house.answered_at = at("14:30")
    assert (house.until("12:40").writes, house.reason) == ([], "reading_awaited")
