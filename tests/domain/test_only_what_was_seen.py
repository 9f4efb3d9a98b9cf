"""A thing is true when it was seen, freshly and of its own: proof, baselines, other batteries, few writes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from custom_components.octopus_powerwall.domain.decide import decide
from custom_components.octopus_powerwall.domain.model import Dispatch, DispatchType, Interval
from custom_components.octopus_powerwall.domain.reason import Reason
from custom_components.octopus_powerwall.domain.reserve.memory import (
    is_outdated,
)
from custom_components.octopus_powerwall.domain.reserve.phases import Idle, TooLong
from custom_components.octopus_powerwall.domain.reserve.situation import Activity, OperationMode, Problem
from custom_components.octopus_powerwall.domain.settings import Mode, Settings, WholeHalfHours
from custom_components.octopus_powerwall.domain.world import with_poll

from .story import CAPPED, MINUTE, ROUNDING_LIMITS, House, at, poll, times

# --- the old value is no proof of a restore


@pytest.mark.parametrize("slot", ["12:10-12:14", "12:10-12:40", "12:10-14:10"])
@pytest.mark.parametrize("fate", ["raises", "is lost", "raises twice"])
def test_a_restore_behind_readings_that_stand_still(slot: str, fate: str) -> None:
    """A limit keeps the old value standing, reported as ever: the restore that fails is sent again all the same."""
    house = House(limited=True).plan(slot)
    house.until(at(slot[6:]) - MINUTE / 6)
    assert (house.reserve, house.shown) == (100, 20)
    house.applies, house.fails = False, fate != "is lost"
    house.until(at(slot[6:]) + (2 * MINUTE if fate == "raises twice" else MINUTE / 2))
    house.applies, house.fails = True, False
    house.until("15:00")
    assert house.reserve == 20
    assert house.status == "idle"
    assert house.told.count(Activity.RESERVE_RESTORED) == 1


@pytest.mark.parametrize("fate", ["raises", "is lost"])
def test_what_goes_back_in_a_hold_is_proven_as_a_restore_is(fate: str) -> None:
    """The level is lost and the car stops, so the baseline is written in the hold; readings show 20 all along."""
    house = House(limited=True, code=CAPPED, evidence=True).plan("12:10-14:00").until("12:20")
    house.level = None
    house.until("12:55")
    house.evidence, house.applies, house.fails = False, False, fate == "raises"
    house.until("12:57")
    assert (house.values[-1], house.reserve, house.shown) == (20, 100, 20)
    house.applies, house.fails = True, False
    assert house.until("13:10").reserve == 20
    assert (house.until("16:00").reserve, house.status) == (20, "idle")


@pytest.mark.parametrize("usual", [None, 35])
def test_a_hold_that_asks_for_no_more_than_was_found_proves_no_restore_of_the_one_before(usual: int | None) -> None:
    """The restore fails, and the next hold, at a level below the baseline, has nothing to keep."""
    settings = Settings(usual_reserve=usual)
    house = House(limited=True, level=15, code=CAPPED, evidence=True, settings=settings)
    house.plan("12:10-12:40", "12:46-13:20").until("12:39")
    house.applies, house.fails = False, True
    house.until("12:44")
    assert house.reserve == 100
    house.evidence = False
    house.until("12:48")
    house.applies, house.fails = True, False
    assert house.until("13:15").reserve == 20, "what was found, not the usual one above the level"
    assert house.until("18:00").reserve == (usual or 20)


def test_an_unseen_restore_is_sent_three_times_and_takes_a_quarter_of_an_hour() -> None:
    house = House(limited=True).plan("12:10-12:40").until("12:54")
    assert times(house.writes)[-3:] == ["12:40:00 20", "12:43:00 20", "12:50:00 20"]
    assert house.status == "restoring"
    assert Problem.RESTORE_FAILED not in house.problems, "nothing has failed, it is only not seen"
    assert house.until("12:56").status == "idle"


def test_a_restore_is_sent_until_a_call_was_taken() -> None:
    """One that raised an error and took effect all the same is proven by no reading: an older one may land."""
    house = House().plan("12:10-12:40").until("12:39")
    house.fails = True
    house.until("12:42")
    assert (house.reserve, house.status) == (20, "restoring")
    house.fails = False
    house.until("12:45")
    assert (house.values[-2:], house.status) == ([20, 20], "idle")


def test_a_raise_that_shows_itself_hours_later_is_undone() -> None:
    house = House(limited=True).plan("12:10-12:40").until("12:39")
    house.applies = False
    house.until("13:30")
    assert house.status == "idle"
    house.limited, house.applies = False, True
    house.until("13:45")
    assert (house.reserve, house.status) == (20, "idle")


def test_after_six_hours_what_is_read_is_the_owners() -> None:
    house = House(limited=True).plan("12:10-12:40").until("19:00")
    house.limited = False
    house.owner_sets(100).until("19:30")
    assert house.reserve == 100


def test_a_restore_that_nobody_answers_for_is_told() -> None:
    """The call was taken and lost; the number shows what was asked for, and every question comes to nothing."""
    house = House(silent=True).plan("12:10-12:40").until("12:39")
    house.answers = house.applies = False
    house.until("12:40").limited, house.shown = True, 20
    assert house.until("13:09").problems == frozenset()
    assert (house.until("13:11").problems, house.status) == (frozenset({Problem.RESTORE_FAILED}), "restore_failed")
    house.answers = house.applies = True
    house.limited = False
    assert (house.until("13:20").reserve, house.status, house.problems) == (20, "idle", frozenset())


def test_a_seen_raise_makes_one_answer_enough() -> None:
    house = House().plan("12:10-12:40").until("12:42")
    assert (times(house.writes), house.status) == (["12:10:00 100", "12:40:00 20"], "idle")


def test_a_report_that_answers_no_question_proves_nothing() -> None:
    house = House(answers=False).plan("12:10-12:40").until("12:30")
    assert house.world.memory.attempt is not None
    assert not house.world.memory.attempt.settled
    house.answers = True
    house.until("12:35")
    assert house.world.memory.claim is not None
    assert house.world.memory.claim.raise_seen


def test_a_battery_that_reports_only_what_changes() -> None:
    """Silence outlasts no watch, and a late landing that is reported once is put right."""
    house = House(silent=True, fails=True).plan("12:10-12:40").until("12:11")
    house.fails = False
    house.until("13:10")
    assert house.world.memory.watch is None
    house.owner_sets(100).until("14:00")
    assert house.reserve == 100


def test_a_battery_out_of_reach_is_asked_every_ten_minutes() -> None:
    """Nothing is due, and an integration that a stream serves does not read again by itself."""
    house = House(available=False, answers=False).until("13:00")
    assert 5 <= house.refreshes <= 8
    house.available = house.answers = True
    before = house.until("13:12").refreshes
    assert house.until("14:00").refreshes == before


# --- baseline and standing value


def test_a_reading_of_an_hour_ago_is_asked_for_before_an_edge_that_is_known() -> None:
    house = House(silent=True).plan("12:10-12:40").until("12:00")
    house.limited = True
    house.owner_sets(35).until("12:08:20")
    house.limited = False
    assert times(house.until("13:00").writes) == ["12:10:00 100", "12:40:00 35"]


def test_an_old_reading_that_nobody_answers_for_begins_nothing() -> None:
    house = House(now=at("12:30"), silent=True, answers=False).plan("12:00-13:00").until("12:40")
    assert (house.writes, house.status, house.reason) == ([], "waiting", "reading_awaited")
    house.answers = True
    assert house.until("12:45").values == [100]


def test_a_silent_battery_of_another_kind_is_asked_and_waited_for_for_15_seconds() -> None:
    house = House(now=at("12:30"), reports=False, limits=ROUNDING_LIMITS).plan("12:00-13:00").until("12:40")
    assert times(house.writes) == ["12:30:15 100"]


def test_a_silent_battery_is_asked_again_hours_later() -> None:
    """The question of before the first slot says nothing at the second, of which nobody knew."""
    house = House(reports=False, limits=ROUNDING_LIMITS).plan("12:10-12:40").until("15:00")
    house.plan("14:00-16:00").poll().until("15:10")
    assert times(house.writes)[2:] == ["15:00:15 100"]


@pytest.mark.parametrize(("usual", "expect"), [(35, 35), (10, 10), (90, 20)])
def test_a_usual_reserve_given_in_a_hold_is_put_back(usual: int, expect: int) -> None:
    house = House().plan("12:10-12:40").until("12:20")
    house.settings = Settings(usual_reserve=usual)
    assert house.until("13:00").values == [100, expect]


def test_a_usual_reserve_that_is_taken_back_in_a_hold() -> None:
    house = House(settings=Settings(usual_reserve=35)).plan("12:10-12:40").until("12:20")
    house.settings = Settings()
    assert house.until("13:00").values == [100, 20]


def test_a_computer_that_slept_asks_before_it_writes() -> None:
    house = House().plan("12:10-12:40").until("12:20")
    house.owner_sets(50).now = at("14:00")
    house.answers = False
    house.see()
    assert house.values == [100]
    house.answers = True
    house.until("14:10")
    assert (house.values, house.reserve) == ([100], 50)


def test_a_computer_that_slept_does_not_wait_for_ever() -> None:
    house = House().plan("12:10-12:40").until("12:20")
    house.now, house.answers = at("14:00"), False
    assert house.until("14:10").reserve == 20


def test_a_computer_that_slept_asks_a_silent_battery_anew() -> None:
    house = House(reports=False, limits=ROUNDING_LIMITS).plan("12:10-12:40").until("12:20")
    house.now = at("14:00")
    assert house.see().values == [100]
    assert times(house.until("14:10").writes)[1] == "14:00:15 20"


# --- never buy on a guess


def test_a_level_that_is_lost_when_the_car_stops_does_not_leave_the_target() -> None:
    house = House(code=CAPPED, evidence=True).plan("12:10-16:00").until("12:20")
    house.level = 0.0
    house.until("12:55")
    house.evidence = False
    house.until("13:10")
    assert (house.reserve, house.status, house.reason) == (20, "waiting", "level_unknown")
    house.level = 64.0
    house.until("13:20")
    assert (house.reserve, house.status) == (64, "preserving")


def test_on_a_guess_what_a_power_cut_has_taken_is_not_bought() -> None:
    """In a slot that is only perhaps cheap the battery served the house for an hour; then the grid is back."""
    house = House(code=CAPPED, evidence=False).plan("12:10-15:40").until("12:30")
    house.block = Reason.GRID_DOWN
    house.until("12:40").level = 40.6
    house.until("13:30").block = None
    house.until("14:00").level = 37.0
    assert times(house.until("15:00").writes) == ["12:10:00 63", "13:30:00 40"]


def test_what_a_battery_has_lost_that_did_not_obey_is_not_bought_on_a_guess() -> None:
    """While it discharges it is told once more to keep what it has; once it obeys, what is left is kept."""
    house = House(code=CAPPED, evidence=False, battery_w=2500.0).plan("12:10-15:40").until("12:12")
    house.level = 57.0
    assert times(house.until("12:20").writes) == ["12:10:00 63", "12:17:00 63"]
    house.battery_w = 0.0
    assert times(house.until("12:30").writes)[2:] == ["12:20:00 57"]


def test_on_a_guess_the_usual_reserve_is_not_bought() -> None:
    house = House(code=CAPPED, level=30.4, settings=Settings(usual_reserve=50)).plan("12:10-12:40")
    assert house.until("12:39").values == [30]


# --- obedience


@pytest.mark.parametrize("mode", [OperationMode.SELF_POWERED, OperationMode.TIME_BASED, None])
def test_standing_still_after_a_restore(mode: OperationMode | None) -> None:
    house = House(level=95, mode=mode).plan("12:10-12:40").until("12:42")
    house.battery_w, house.grid_w = 0.0, 2000.0
    house.until("13:30")
    assert (Problem.NOT_OBEYING in house.problems) is (mode is OperationMode.SELF_POWERED)


def test_buying_while_preserving() -> None:
    house = House(code=CAPPED).plan("12:10-14:00").until("12:20")
    house.battery_w, house.grid_w = -3000.0, 3500.0
    house.until("12:25").level = 64.0
    assert Problem.NOT_OBEYING in house.until("12:45").problems
    assert house.values.count(63) == 2


def test_a_battery_that_stands_still_is_told_of_until_it_moves() -> None:
    """An hour after the restore the complaint is not over: the house still imports beside a full battery."""
    house = House(level=95, mode=OperationMode.SELF_POWERED).plan("12:10-12:40").until("12:42")
    house.battery_w, house.grid_w = 0.0, 2000.0
    assert Problem.NOT_OBEYING in house.until("15:30").problems
    assert house.values == [100, 20, 20]
    house.battery_w, house.grid_w = 2000.0, 0.0
    assert Problem.NOT_OBEYING not in house.until("15:32").problems


@pytest.mark.parametrize(
    ("mode", "at_night", "told"),
    [
        (OperationMode.TIME_BASED, True, False),
        (None, True, False),
        (OperationMode.SELF_POWERED, True, True),
        (OperationMode.TIME_BASED, False, True),
    ],
)
def test_time_based_control_may_buy_in_cheap_hours(mode: OperationMode | None, at_night: bool, told: bool) -> None:
    """After a restore at 23:25 it fills itself from 23:30 on, as it would have without a slot; by day it does not."""
    slot = "23:00-23:25" if at_night else "12:10-12:40"
    house = House(now=at(slot[:5]) - MINUTE, mode=mode, settings=Settings(whole_half_hours=WholeHalfHours.OFF))
    end = at(slot[6:])
    house.plan(slot).until(end + 5 * MINUTE)
    house.battery_w, house.grid_w = -3300.0, 3800.0
    assert (Problem.NOT_OBEYING in house.until(end + 105 * MINUTE).problems) is told


@pytest.mark.parametrize("mode", [OperationMode.TIME_BASED, None])
def test_a_preserved_night_in_which_time_based_control_fills_itself(mode: OperationMode | None) -> None:
    house = House(now=at("22:50"), mode=mode, settings=Settings(mode=Mode.PRESERVE_CHARGE)).plan("23:00-23:50")
    house.until("23:35")
    house.battery_w, house.grid_w, house.level = -3300.0, 3800.0, 70.0
    assert Problem.NOT_OBEYING not in house.until("+1 02:00", step=MINUTE).problems
    assert house.values == [63]


@pytest.mark.parametrize(("solar_w", "told"), [(3000.0, False), (0.0, True), (None, True)])
def test_what_the_panels_give_is_not_bought(solar_w: float | None, told: bool) -> None:
    """Time-Based Control stores the sun while the grid serves house and car."""
    house = House(code=CAPPED).plan("12:10-14:00").until("12:20")
    house.battery_w, house.grid_w, house.solar_w = -2800.0, 7000.0, solar_w
    house.level = 66.0
    assert (Problem.NOT_OBEYING in house.until("12:45").problems) is told


@pytest.mark.parametrize(("mode", "until", "told"), [(None, "12:45", True), (OperationMode.TIME_BASED, "12:55", False)])
def test_a_slot_in_which_nothing_is_charged(mode: OperationMode | None, until: str, told: bool) -> None:
    house = House(mode=mode).plan("12:10-14:00").until("12:11")
    house.battery_w, house.grid_w = 0.0, 500.0
    assert (Problem.NOT_OBEYING in house.until(until).problems) is told


# --- few writes


def test_a_charger_that_flickers_costs_six_writes_an_hour() -> None:
    house = House(code=CAPPED, evidence=True).plan("12:10-13:10").until("12:15")
    for minute in range(15, 55):
        house.evidence = not house.evidence
        house.until(f"12:{minute + 1}")
    assert len(house.writes) <= 7, times(house.writes)
    assert house.until("14:30").reserve == 20


def test_a_plan_in_crumbs_costs_forty_raises_a_day() -> None:
    house = House(now=at("11:50"))
    start = at("12:00")
    gap = timedelta(seconds=601)
    house.plan(*(Dispatch(start + k * gap, start + k * gap + 5 * MINUTE) for k in range(150)))
    house.until("+1 11:00", step=timedelta(minutes=1))
    assert len(house.writes) <= 80
    assert house.reserve == 20


def test_where_even_going_down_is_spent_the_baseline_is_put_back() -> None:
    house = House(code=CAPPED, evidence=True).plan("12:10-13:10").until("12:20")
    spent = tuple(at("12:20") - MINUTE for _ in range(6))
    house.world = replace(house.world, memory=replace(house.world.memory, spent=spent))
    house.evidence = False
    house.until("12:30")
    assert (house.values, house.reason) == ([100, 20], "writes_spent")


# --- what lands late, and where


def _with_a_watch() -> House:
    """A raise of unknown outcome, restored since: 100 may still land."""
    house = House(hangs=True).plan("12:10-12:40").until("12:11")
    house.returns(failed=True).hangs = False
    return house.until("12:43")


def test_a_watch_of_a_battery_out_of_reach_ends_after_six_hours() -> None:
    house = _with_a_watch()
    house.available = False
    assert house.until("18:45", step=MINUTE).world.memory.watch is not None
    assert house.until("18:55", step=MINUTE).world.memory.watch is None


def test_a_value_of_the_hold_before_that_lands_in_the_next_is_put_right() -> None:
    house = _with_a_watch()
    house.settings = Settings(mode=Mode.PRESERVE_CHARGE)
    house.plan("12:45-13:30").until("12:47")
    house.landing = (at("12:48"), 100)
    house.until("13:00")
    assert (house.reserve, house.status) == (63, "preserving")
    assert house.until("13:40").reserve == 20


@pytest.mark.parametrize("overridden", [False, True])
def test_the_owner_chooses_while_a_late_landing_is_undone(overridden: bool) -> None:
    """What they choose then stands."""
    house = _with_a_watch()
    if overridden:
        house = House(hangs=True).plan("12:10-14:00").until("12:11")
        house.returns(failed=True).hangs = False
        house.until("12:43").owner_sets(35).until("12:46")
        assert house.status == "overridden"
    house.landing = (at("12:47"), 100)
    house.applies = False
    house.until("12:48").owner_sets(45).until("12:50").applies = True
    house.until("13:30")
    assert house.reserve == 45


def test_a_complaint_ends_with_the_owners_choice() -> None:
    house = House().plan("12:10-13:10").until("12:15")
    house.battery_w = 2500.0
    assert Problem.NOT_OBEYING in house.until("12:35").problems
    assert Problem.NOT_OBEYING not in house.owner_sets(50).until("12:40").problems


# --- a day in one piece


def test_a_reserve_raised_for_a_day_is_put_back() -> None:
    house = House(now=at("12:00")).plan("12:10-+1 12:09", "+1 12:09-+2 12:08").until("+1 12:30", step=5 * MINUTE)
    assert times(house.writes) == ["12:10:00 100", "12:10:00 20"]
    assert (house.status, house.reason) == ("idle", "too_long")
    assert isinstance(house.world.memory.phase, TooLong)
    house.plan().until("+1 13:30", step=5 * MINUTE)
    assert house.world.memory.phase == Idle()


def test_what_is_remembered_of_days_ago() -> None:
    memory = House().plan("12:10-12:40").until("12:20").world.memory
    assert not is_outdated(memory, at("+1 12:40"))
    assert is_outdated(memory, at("+1 12:41"))
    restoring = House(applies=False).plan("12:10-12:40").until("12:39")
    restoring.fails = True
    held = restoring.until("18:00").world.memory
    assert not is_outdated(held, at("+1 12:41")), "it was tried since"
    assert is_outdated(replace(held, phase=Idle()), at("+3 12:41")) is False


# --- an answer of 182 kB


@pytest.mark.parametrize("boosts", ["seconds", "hours"])
def test_a_thousand_rows_cost_few_comparisons(monkeypatch: pytest.MonkeyPatch, boosts: str) -> None:
    """A thousand boosts and a thousand charged rows of a day each: what one look compares is counted, not timed."""
    now, second = at("11:55"), timedelta(seconds=1)
    length = second if boosts == "seconds" else timedelta(hours=20)
    begun = now - timedelta(hours=20)
    planned = [
        Dispatch(begun + k * 20 * second, begun + k * 20 * second + length, DispatchType.BOOST) for k in range(1000)
    ]
    charged = [
        Dispatch(now - timedelta(hours=23) + k * second, now - (1000 - k) * second, None, 1.0) for k in range(1000)
    ]
    house = House(now=now)
    world = with_poll(house.world, poll(now, *planned, completed=tuple(charged)))
    compared = 0
    overlaps = Interval.overlaps

    def count(self: Interval, other: Interval) -> bool:
        nonlocal compared
        compared += 1
        return overlaps(self, other)

    monkeypatch.setattr(Interval, "overlaps", count)
    world = with_poll(world, poll(now + 3 * MINUTE, *planned, completed=tuple(charged)))
    house.now = now + 4 * MINUTE
    decide(world, house.now, house.inputs())
    assert compared < 20_000
