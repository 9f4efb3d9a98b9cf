"""A value that somebody sets in Home Assistant is shown at once, and may come to nothing (design 5.5)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from custom_components.octopus_powerwall.domain.reserve.memory import (
    is_outdated,
    note_call_by_another,
    put_back_by_owner,
    recover,
    release_by_owner,
    repeat_call,
)
from custom_components.octopus_powerwall.domain.reserve.phases import Idle, Overridden

from .story import CAPPED, ROUNDING_LIMITS, House, at, times


def _calls(house: House, value: int) -> House:
    """Somebody sets a value in Home Assistant, whose number shows it at once, whatever becomes of it."""
    house.world = replace(house.world, memory=note_call_by_another(house.world.memory, value, house.now))
    house.see()
    was, house.limited, house.shown = house.limited, True, value
    house.changed_at = house.now
    house.see().limited = was
    return house


def _takes(house: House, value: int) -> House:
    """Somebody sets a value through Home Assistant, and the battery takes it."""
    house.world = replace(house.world, memory=note_call_by_another(house.world.memory, value, house.now))
    house.owner_sets(value).shown = value
    house.answered_at = house.now
    return house.see()


@pytest.mark.parametrize("value", [50, 20])
def test_a_call_in_a_hold_that_was_lost(value: int) -> None:
    """Our 100 is still read five minutes later: the hold goes on, and the reserve is put back."""
    house = House().plan("12:10-13:10").until("12:20")
    _calls(house, value)
    assert house.until("12:24:30").status == "overridden"
    assert house.until("12:27").status == "charging_up"
    house.until("13:20")
    assert (times(house.writes)[:2], house.reserve) == (["12:10:00 100", "13:10:00 20"], 20)


@pytest.mark.parametrize(("resumes", "back"), [(False, 20), (True, 27)])
def test_the_old_value_does_not_tell_what_became_of_a_call(resumes: bool, back: int) -> None:
    """Behind a limit 20 is shown on and on, which has seen neither our 100 nor the owner's 27, which was lost."""
    house = House().plan("12:10-12:40").until("12:09")
    house.limited = True
    house.until(at("12:10") + timedelta(seconds=13))
    _calls(house, 27)
    house.until(at("12:11")).shown = 20
    house.see()
    if resumes:
        house.until("12:13").world = replace(house.world, memory=release_by_owner(house.world.memory))
    house.until("12:55").limited = False
    house.until("14:00")
    assert (house.status, house.reserve) == ("idle", back)


def test_the_old_value_is_nobodys_hand_where_the_owner_says_what_to_put_back() -> None:
    """Behind a limit 20 is shown on and on; in the hold the owner asks a repair for 30."""
    house = House(limited=True).plan("12:10-12:40").until("12:15")
    house.world = replace(house.world, memory=put_back_by_owner(house.world.memory, 30, None, house.now))
    house.until("12:55").limited = False
    house.until("14:00")
    assert (house.status, house.reserve) == ("idle", 30)


def test_a_call_that_was_lost_is_no_baseline() -> None:
    """A slot is told of while the number shows what was just asked for; what is read then is what is put back."""
    house = House(answers=False, limited=True).until("12:10").plan("12:10-12:40")
    house.world = replace(house.world, memory=note_call_by_another(house.world.memory, 50, house.now))
    house.shown, house.polled_at = 50, None
    house.see()
    house.answers, house.limited = True, False
    house.until("13:00")
    assert (max(house.values), house.reserve) == (100, 20)


def test_a_call_after_a_hold_that_was_lost() -> None:
    """The restore is refused, the owner's own call is lost: it is made good, and 100 does not stand."""
    house = House().plan("12:10-12:40").until("12:39")
    house.fails, house.applies = True, False
    _calls(house.until("12:41"), 50)
    house.fails, house.applies = False, True
    house.until("13:30")
    assert (house.reserve, house.status) == (50, "idle")


@pytest.mark.parametrize("reports", [True, False])
def test_a_call_in_a_hold_that_shows_late(reports: bool) -> None:
    """The cloud shows our 100 once more; nothing is written over the owner's 50."""
    house = House(reports=reports, lag=timedelta(minutes=4)).plan("12:10-13:10").until("12:20")
    _calls(house.owner_sets(50), 50)
    house.until("14:00")
    assert (set(house.values), house.reserve) == ({100}, 50)


def test_a_call_that_nobody_answers_for_stays_in_force() -> None:
    house = House(answers=False).plan("12:10-14:10").until("12:20")
    _calls(house, 50)
    house.until("18:19")
    assert isinstance(house.world.memory.phase, Overridden)
    house.until("18:21")
    assert isinstance(house.world.memory.phase, Idle)


def test_a_call_that_was_lost_is_found_out_when_the_battery_answers_again() -> None:
    """It is silent for an hour after the call: then our 100 is read, and does not stand."""
    house = House().plan("12:10-12:40").until("12:20")
    _calls(house, 50).answers = False
    assert house.until("13:20").reserve == 100
    house.answers = True
    assert house.until("13:40").reserve == 20


@pytest.mark.parametrize("minutes", [8, 20, 50])
def test_a_call_that_was_lost_while_tesla_tells_its_old_states_anew(minutes: int) -> None:
    """A limited cloud goes on showing what Home Assistant took the call for; then our 100 is read."""
    house = House().plan("12:10-12:40").until("12:20")
    _calls(house, 50).limited = True
    house.until(house.now + timedelta(minutes=minutes))
    house.limited = False
    assert house.until("13:40").reserve in {20, 50}


@pytest.mark.parametrize("end", ["12:40", "14:10"])
def test_the_owner_resumes_before_it_is_known_that_the_call_was_lost(end: str) -> None:
    """Our 100 that is read then is no baseline: what was asked for last is put back."""
    house = House().plan(f"12:10-{end}").until("12:20")
    _calls(house, 50)
    house.until("12:23")
    house.world = replace(house.world, memory=release_by_owner(house.world.memory))
    assert house.see().until("12:30").reserve == 100
    assert house.until("14:30").reserve == 50


def less_one(value: int) -> int:
    """What a gateway that rounds shows."""
    return value - 1


@pytest.mark.parametrize("shows", [int, less_one])
def test_a_call_that_was_lost_on_a_battery_that_rounds(shows: Callable[[int], int]) -> None:
    """62 that is read for our 63 is ours as well: it does not stand, and is no baseline."""
    house = House(reports=False, limits=ROUNDING_LIMITS, code=CAPPED, shows=shows).plan("12:10-12:40").until("12:20")
    assert house.reserve == 63
    _calls(house, 50)
    house.until("14:00")
    assert house.reserve == shows(20)


def test_a_landing_after_a_hold_on_a_battery_that_rounds() -> None:
    """A call that hung lands minutes after the restore, and reads 62 for 63: it is undone."""
    house = House(reports=False, limits=ROUNDING_LIMITS, code=CAPPED, shows=less_one, hangs=True).plan("12:10-12:40")
    house.until("12:11").returns(failed=True).hangs = False
    house.until("12:44")
    house.landing = (at("12:45"), 63)
    house.until("13:30")
    assert (house.reserve, house.status) == (19, "idle")


@pytest.mark.parametrize("away", ["asleep", "off"])
@pytest.mark.parametrize("lost", [True, False])
def test_a_call_in_doubt_while_the_computer_is_away_for_hours(away: str, lost: bool) -> None:
    """Hours in which nobody could look settle nothing: the battery is asked when the computer is back."""
    house = House().plan("12:10-12:40").until("12:20")
    if not lost:
        house.owner_sets(50)
    _calls(house, 50).until("12:22")
    house.now = at("20:00")
    if away == "off":
        house.world = replace(house.world, memory=recover(house.world.memory, house.now))
    house.until("21:00")
    assert (house.reserve, house.status) == (20 if lost else 50, "idle")


def test_a_call_in_doubt_of_days_ago_moves_nothing() -> None:
    house = House().plan("12:10-12:40").until("12:20")
    memory = _calls(house, 50).world.memory
    assert (memory.owns_reserve, memory.owed) == (False, 50)
    assert not is_outdated(memory, at("+1 12:19"))
    assert is_outdated(memory, at("+1 12:21"))


def test_a_call_in_doubt_that_is_sent_once_more_leaves_the_override_as_it_is() -> None:
    """Nobody stays to see what became of it: what was asked for stands, and the hands stay off."""
    house = House().plan("12:10-13:10").until("12:20")
    _calls(house, 50).until("12:22")
    house.world = replace(house.world, memory=repeat_call(house.world.memory, house.now))
    house.until("13:00")
    assert (house.values, house.reserve, house.status) == ([100, 50], 50, "overridden")
    assert repeat_call(house.world.memory, house.now) == house.world.memory


@pytest.mark.parametrize("silent_until", ["12:42", "13:40", "16:30"])
def test_a_call_that_was_lost_where_a_write_may_still_land(silent_until: str) -> None:
    """Our raise raised an error and took effect; the battery answers again long after the watch for it."""
    house = House(fails=True).plan("12:10-15:10").until("12:10:30")
    house.fails = False
    _calls(house.until("12:30"), 50)
    house.answers, house.limited = False, True
    house.until(silent_until)
    house.answers, house.limited = True, False
    assert house.until("18:00").reserve == 50


@pytest.mark.parametrize("is_lost", [True, False])
def test_the_owner_calls_again_while_a_call_is_in_doubt(*, is_lost: bool) -> None:
    """Home Assistant restarts, and the owner resumes: the newer value is what is put back after the slot."""
    house = House().plan("12:10-13:10").until("12:20")
    (_calls if is_lost else _takes)(house, 50)
    _takes(house.until("12:22"), 35)
    house.world = replace(house.world, memory=release_by_owner(recover(house.world.memory, house.now)))
    assert house.until("14:30").reserve == 35


def test_of_two_calls_in_doubt_the_newer_is_sent_once_more() -> None:
    """Both are lost, and nobody stays to see it."""
    house = House().plan("12:10-13:10").until("12:20")
    _calls(_calls(house, 50).until("12:22"), 35)
    house.world = replace(house.world, memory=repeat_call(house.world.memory, house.now))
    assert house.until("12:40").reserve == 35


@pytest.mark.parametrize("value", [81, 90, 99])
def test_a_call_of_which_tesla_makes_80_is_none_that_was_lost(value: int) -> None:
    house = House().plan("12:10-13:10").until("12:20")
    _takes(house, value).until("12:21")
    house.owner_sets(80).until("14:30")
    assert (house.values, house.reserve) == ([100], 80)


@pytest.mark.parametrize("value", [85, 99])
def test_what_tesla_makes_of_a_baseline_is_no_landing(value: int) -> None:
    """A raise may still land, and what stands against it is 80 for a value that Tesla does not take."""
    house = House(fails=True, reserve=value, level=60).plan("12:10-12:40").until("12:10:30")
    house.fails, house.snaps = False, True
    assert (house.until("16:00").values[-2:], house.reserve) == ([100, value], 80)
    house = House(fails=True).plan("12:10-12:40").until("12:10:30")
    house.fails, house.snaps = False, True
    _takes(house.until("12:44"), value)
    assert (house.until("16:00").values[-1], house.reserve) == (20, 80)


def test_no_landing_prolongs_the_time_in_which_they_are_looked_for() -> None:
    """The owner sets one of our values in Tesla's app, again and again: ten minutes after the slot it is his."""
    house = House(fails=True).plan("12:10-12:40").until("12:10:30")
    house.fails = False
    house.until("12:46")
    house.owner_sets(100).until("12:51:30")
    assert house.reserve == 20
    house.owner_sets(100).until("14:00")
    assert (times(house.writes)[-1], house.reserve) == ("12:46:00 20", 100)


def test_a_reading_that_may_be_the_owners_is_not_forgotten_where_the_next_hold_begins() -> None:
    """It is set in Tesla's app while a restore is refused, and first read as the next slot begins."""
    house = House().plan("12:10-12:40").until("12:39:50")
    house.fails, house.applies = True, False
    house.plan("12:10-12:40", "12:46-13:30").until("12:45:30")
    house.fails, house.applies = False, True
    house.owner_sets(35).until("15:00")
    assert house.reserve == 35


def test_a_call_that_was_refused_changes_nothing_for_a_late_landing() -> None:
    house = House(hangs=True).plan("12:10-12:40").until("12:11")
    house.returns(failed=True).hangs = False
    house.until("12:43")
    watch = house.world.memory.watch
    assert watch is not None
    house.world = replace(house.world, memory=note_call_by_another(house.world.memory, 50, house.now))
    assert house.see().world.memory.watch == watch
    house.landing = (at("12:44"), 100)
    assert house.until("13:00").reserve == 20


@pytest.mark.parametrize(("value", "stands"), [(50, 50), (100, 100)])
def test_a_call_that_took_effect_is_what_a_late_landing_is_undone_to(value: int, stands: int) -> None:
    house = House(hangs=True).plan("12:10-12:40").until("12:11")
    house.returns(failed=True).hangs = False
    house.until("12:43")
    _calls(house.owner_sets(value), value).until("12:44")
    house.landing = (at("12:45"), 100)
    assert house.until("13:00").reserve == stands
