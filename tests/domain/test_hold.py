"""The life of a hold as a story: what the Powerwall is told, and when (design 5)."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from custom_components.octopus_powerwall.domain.decide import decide
from custom_components.octopus_powerwall.domain.reason import BLOCKS, Reason
from custom_components.octopus_powerwall.domain.reserve.memory import note_call_by_another, recover, release_by_owner
from custom_components.octopus_powerwall.domain.reserve.situation import Activity, Problem
from custom_components.octopus_powerwall.domain.reserve.writing import Reading
from custom_components.octopus_powerwall.domain.settings import Mode, NightGuard, Settings

from .story import MINUTE, House, at, times


def test_a_day_slot_costs_two_writes_at_its_edges() -> None:
    house = House().plan("12:10-12:40").until("13:00")
    assert times(house.writes) == ["12:10:00 100", "12:40:00 20"]
    assert house.told == [
        Activity.SLOT_STARTED,
        Activity.RESERVE_RAISED,
        Activity.SLOT_ENDED,
        Activity.RESERVE_RESTORED,
    ]
    assert house.status == "idle"


def test_preserve_holds_the_level_and_does_not_follow_it() -> None:
    house = House(settings=Settings(mode=Mode.PRESERVE_CHARGE)).plan("12:10-12:40").until("12:20")
    house.level = 55.0
    house.until("13:00")
    assert times(house.writes) == ["12:10:00 63", "12:40:00 20"]


def test_a_slot_wholly_at_night_writes_nothing() -> None:
    house = House(now=at("22:00")).plan("+1 01:00-+1 04:00").until("+1 06:00")
    assert house.writes == []
    assert "restored" not in house.told


@pytest.mark.parametrize(
    ("slot", "edges"),
    [
        ("22:30-23:29", ["22:30:00 100", "23:29:00 20"]),
        ("22:30-23:30", ["22:30:00 100", "05:30:00 20"]),
        ("22:30-02:00", ["22:30:00 100", "05:30:00 20"]),
        ("22:30-+1 05:30", ["22:30:00 100", "05:30:00 20"]),
        ("22:30-+1 06:00", ["22:30:00 100", "06:00:00 20"]),
        ("+1 04:00-+1 06:00", ["04:00:00 100", "06:00:00 20"]),
    ],
)
def test_a_day_slot_that_ends_at_night_is_held_on_to_0530(slot: str, edges: list[str]) -> None:
    house = House(now=at("22:00")).plan(slot).until("+1 07:00")
    assert times(house.writes) == edges


def test_no_hold_begins_with_less_than_three_minutes_left() -> None:
    house = House(now=at("12:37:01"), world=House().world).plan("12:10-12:40").until("12:50")
    assert house.writes == []
    assert House(now=at("12:37")).plan("12:10-12:40").until("12:50").values == [100, 20]


def test_nothing_is_written_where_the_reserve_already_is_high_enough() -> None:
    house = House(reserve=80, settings=Settings(mode=Mode.PRESERVE_CHARGE)).plan("12:10-12:40").until("12:20")
    assert house.status == "preserving"
    assert house.until("13:00").writes == []


def test_a_reserve_above_what_is_wanted_is_not_lowered_for_a_slot() -> None:
    settings = Settings(mode=Mode.PRESERVE_CHARGE, usual_reserve=20)
    assert House(reserve=70, settings=settings).plan("12:10-12:40").until("13:00").writes == []


def test_a_baseline_of_zero_is_put_back() -> None:
    assert House(reserve=0).plan("12:10-12:40").until("13:00").values == [100, 0]


def test_the_usual_reserve_is_put_back_instead() -> None:
    house = House(reserve=100, settings=Settings(usual_reserve=20)).plan("12:10-12:40").until("13:00")
    assert house.values == []
    assert House(reserve=35, settings=Settings(usual_reserve=20)).plan("12:10-12:40").until("13:00").values == [100, 20]


# --- a write's outcome


def test_cloud_lag_of_90_seconds_is_no_override_and_costs_no_write() -> None:
    house = House(lag=timedelta(seconds=90)).plan("12:10-12:40").until("13:00")
    assert house.values == [100, 20]
    assert Activity.OVERRIDDEN not in house.told


def test_a_write_that_raised_is_sent_again_after_1_3_and_10_minutes_and_then_given_up() -> None:
    house = House(fails=True, applies=False).plan("12:10-13:10").until("12:40")
    assert times(house.writes) == ["12:10:00 100", "12:11:00 100", "12:13:00 100", "12:20:00 100"]
    assert (house.status, house.reason) == ("waiting", "write_refused")
    assert house.told.count(Activity.NOT_OBEYING) == 1


def test_a_write_without_effect_is_sent_again_after_3_8_and_20_minutes() -> None:
    house = House(applies=False).plan("12:10-13:10").until("12:50")
    assert times(house.writes) == ["12:10:00 100", "12:13:00 100", "12:18:00 100", "12:30:00 100"]


def test_a_write_that_raised_and_was_applied_is_not_sent_again() -> None:
    house = House(fails=True).plan("12:10-12:40").until("12:39")
    assert house.values == [100]


def test_nothing_is_sent_again_without_a_fresh_reading() -> None:
    house = House(applies=False).plan("12:10-13:10").until("12:12")
    old = replace(house.inputs().battery, reserve=Reading(20, at("12:10")))
    for minute in range(13, 30):
        outcome = decide(house.world, at(f"12:{minute}"), replace(house.inputs(), battery=old))
        house.world = outcome.world
        assert outcome.decision.write is None
        assert outcome.decision.refresh


def test_a_restore_is_retried_without_end_ever_more_slowly() -> None:
    house = House().plan("12:10-12:40").until("12:39")
    house.fails, house.applies = True, False
    house.until("18:00")
    restores = [when for when, value in house.writes if value == 20]
    gaps = [(later - earlier) / MINUTE for earlier, later in pairwise(restores)]
    assert gaps[:4] == [1, 2, 7, 20]
    assert set(gaps[4:]) == {30}
    assert Problem.RESTORE_FAILED in house.problems
    assert house.told.count(Activity.RESTORE_FAILED) == 1
    house.fails, house.applies = False, True
    house.until("19:00")
    assert (house.reserve, house.status) == (20, "idle")
    assert not house.problems


def test_a_hung_write_that_lands_after_its_restore_is_undone() -> None:
    house = House(hangs=True).plan("12:10-12:40").until("12:11")
    house.returns(failed=True)
    house.hangs, house.applies = False, False
    house.until("12:40")
    house.applies = True
    house.until("12:45")
    assert house.status == "restoring", "the raise was never seen: that 20 is read proves nothing"
    house.landing = (at("12:50"), 100)
    house.until("13:00")
    assert (house.reserve, house.status) == (20, "idle")


def test_a_late_landing_is_undone_for_ten_minutes_only() -> None:
    house = House(fails=True).plan("12:10-12:40").until("12:41:30")
    house.fails = False
    house.landing = (at("13:00"), 100)
    assert house.until("13:30").reserve == 100


def test_a_late_landing_in_the_next_hold_is_not_the_owners_will() -> None:
    house = House(fails=True).plan("12:10-12:40", "12:46-13:30").until("12:45")
    house.settings, house.fails = Settings(mode=Mode.PRESERVE_CHARGE), False
    house.until("12:48")
    assert house.reserve == 63
    house.landing = (at("12:48"), 100)
    house.until("13:10")
    assert (house.status, house.reserve) == ("preserving", 63)
    assert house.until("14:00").reserve == 20


def test_a_new_hold_inherits_the_baseline_of_an_unconfirmed_restore() -> None:
    house = House().plan("12:10-12:40", "12:46-13:10").until("12:39")
    house.applies = False
    house.until("12:50")
    house.applies = True
    house.until("13:30")
    assert (house.reserve, house.status) == (20, "idle")


# --- the owner


def test_a_reading_that_is_not_ours_twice_a_poll_apart_is_the_owners_will() -> None:
    house = House().plan("12:10-12:40").until("12:20").owner_sets(50).until("12:20:30")
    assert house.status == "charging_up"
    house.until("12:22")
    assert house.status == "overridden"
    house.until("13:09")
    assert (house.status, house.reserve) == ("overridden", 50)
    house.until("13:15")
    assert (house.status, house.values) == ("idle", [100])
    assert house.told.count(Activity.OVERRIDDEN) == 1


def test_a_reading_that_is_not_ours_once_is_nothing() -> None:
    house = House().plan("12:10-12:40").until("12:20:15")
    house.owner_sets(50).until("12:20:45")
    house.owner_sets(100).until("12:39")
    assert Activity.OVERRIDDEN not in house.told


def test_an_override_ends_at_the_latest_end_known_and_no_slot_for_thirty_minutes() -> None:
    house = House().plan("12:10-12:40", "12:50-13:00").until("12:20").owner_sets(50).until("13:29")
    assert house.status == "overridden"
    assert house.until("13:31").status == "idle"


def test_an_overridden_evening_stays_so_until_0530() -> None:
    house = House(now=at("22:00")).plan("22:30-23:45").until("22:40").owner_sets(50).until("+1 05:29")
    assert house.status == "overridden"
    assert house.until("+1 05:31").status == "idle"
    assert house.reserve == 50


def test_a_reading_that_is_not_ours_and_grows_old_is_asked_for_again() -> None:
    house = House().plan("12:10-12:40").until("12:19:50").owner_sets(50)
    house.answers = False
    house.until("12:20")
    old = house.inputs().battery
    assert not decide(house.world, at("12:21:29"), replace(house.inputs(), battery=old)).decision.refresh
    assert decide(house.world, at("12:21:30"), replace(house.inputs(), battery=old)).decision.refresh


def test_a_call_of_another_is_the_owners_will_at_once() -> None:
    house = House().plan("12:10-12:40").until("12:20:10")
    house.world = replace(house.world, memory=note_call_by_another(house.world.memory, 20, house.now))
    house.owner_sets(20).until("12:20:30", step=timedelta(seconds=5))
    assert house.status == "charging_up"
    house.now = at("12:21")
    assert house.see().status == "overridden"


def test_a_call_for_what_stands_anyway_is_no_override() -> None:
    house = House().plan("12:10-12:40").until("12:20")
    house.world = replace(house.world, memory=note_call_by_another(house.world.memory, 100, house.now))
    assert house.until("12:30").status == "charging_up"


def test_a_call_just_before_the_slot_waits_for_a_cloud_that_shows_the_old_value() -> None:
    house = House(now=at("12:09:30")).plan("12:10-12:40")
    house.see()
    house.world = replace(house.world, memory=note_call_by_another(house.world.memory, 40, house.now))
    house.owner_sets(40).lag, house.shown = timedelta(seconds=90), 40
    house.see()
    house.shown = 20
    assert times(house.until("12:20").writes) == ["12:11:00 100"]
    assert house.world.memory.baseline == 40


def test_a_call_just_before_the_slot_that_was_lost_is_no_baseline() -> None:
    """Home Assistant shows it at once, the battery never: what is read after five minutes is what stands."""
    house = House(now=at("12:09:30")).plan("12:10-12:40")
    house.see()
    house.world = replace(house.world, memory=note_call_by_another(house.world.memory, 40, house.now))
    house.shown, house.limited = 40, True
    house.see().limited = False
    assert times(house.until("13:00").writes) == ["12:15:00 100", "12:40:00 20"]


def test_a_call_that_was_refused_is_no_baseline() -> None:
    house = House(now=at("12:09:30")).plan("12:10-12:40")
    house.see()
    house.world = replace(house.world, memory=note_call_by_another(house.world.memory, 40, house.now))
    assert house.until("13:00").values == [100, 20]


def test_switching_off_and_on_ends_an_override() -> None:
    house = House().plan("12:10-12:40").until("12:20").owner_sets(50).until("12:25")
    house.settings = Settings(automation=False)
    assert house.until("12:26").status == "off"
    house.settings = Settings()
    assert house.until("12:27").status == "charging_up"
    assert house.until("13:00").values == [100, 100, 50]


def test_choosing_in_the_select_ends_an_override() -> None:
    house = House().plan("12:10-12:40").until("12:20").owner_sets(50).until("12:25")
    house.world = replace(house.world, memory=release_by_owner(house.world.memory))
    assert house.until("12:27").status == "charging_up"


def test_a_late_landing_does_not_end_an_override() -> None:
    house = House(fails=True).plan("12:10-12:40").until("12:12")
    house.fails = False
    house.owner_sets(50).until("12:15")
    assert house.status == "overridden"
    house.landing = (at("12:18"), 100)
    house.until("12:25")
    assert (house.status, house.reserve, house.values[-1]) == ("overridden", 50, 50)
    assert house.until("13:00").status == "overridden"
    assert house.until("13:15").status == "idle"


def test_an_override_released_while_a_late_landing_is_undone_is_over() -> None:
    house = House(fails=True).plan("12:10-12:40").until("12:12")
    house.fails = False
    house.owner_sets(50).until("12:15")
    house.landing = (at("12:18"), 100)
    house.until("12:18:30")
    assert house.status == "restoring"
    house.world = replace(house.world, memory=release_by_owner(house.world.memory))
    assert house.until("12:25").status == "charging_up"
    assert house.until("13:00").reserve == 50


def test_the_owners_value_found_while_restoring_is_left_alone() -> None:
    house = House().plan("12:10-12:40").until("12:39")
    house.available = False
    house.until("12:49:59")
    assert (house.status, house.reason) == ("waiting", "reserve_unavailable")
    house.until("12:50")
    assert (house.status, house.reason) == ("restore_failed", "reserve_unavailable")
    house.available = True
    house.owner_sets(50).until("13:00")
    assert (house.reserve, house.status, house.values) == (50, "idle", [100])


def test_a_restore_in_a_running_slot_that_meets_the_owners_value_ends_overridden() -> None:
    house = House().plan("12:10-15:00").until("12:20")
    house.online = False
    house.until("14:15")
    house.applies = False
    house.until("14:21")
    house.owner_sets(50).until("14:25")
    assert house.status == "overridden"


def test_80_after_100_is_no_override_but_reported_and_put_back() -> None:
    house = House(snaps=True).plan("12:10-12:40").until("12:15")
    assert (house.status, house.values) == ("not_obeying", [100])
    assert Problem.NOT_OBEYING in house.problems
    assert house.told.count(Activity.NOT_OBEYING) == 1
    house.until("13:00")
    assert (house.values, house.reserve) == ([100, 20], 20)
    assert not house.problems


def test_a_baseline_that_tesla_no_longer_takes_is_not_asked_for_without_end() -> None:
    house = House(reserve=90).plan("12:10-12:40").until("12:39")
    house.snaps = True
    house.until("16:00")
    assert (house.values, house.status, house.reserve) == ([100, 90], "idle", 80)


# --- not now


@pytest.mark.parametrize("block", sorted(BLOCKS))
def test_no_hold_starts_while_blocked(block: Reason) -> None:
    house = House(block=block).plan("12:10-12:40").until("12:20")
    assert (house.writes, house.status, house.reason) == ([], "paused", block.value)
    house.block = None
    assert house.until("13:00").values == [100, 20]
    assert house.told[1:3] == [Activity.PAUSED, Activity.RESUMED]


@pytest.mark.parametrize("block", sorted(BLOCKS))
def test_a_running_hold_is_left_and_a_due_restore_waits_while_blocked(block: Reason) -> None:
    house = House().plan("12:10-12:40").until("12:20")
    house.block = block
    house.until("13:20")
    assert (house.values, house.status) == ([100], "paused")
    house.block = None
    house.until("13:25")
    assert (house.values, house.status) == ([100, 20], "idle")
    assert Activity.RESTORE_FAILED not in house.told


def test_backup_mode_stops_starts_only() -> None:
    house = House(backup_mode=True).plan("12:10-12:40").until("12:20")
    assert (house.writes, house.status, house.reason) == ([], "paused", "backup_mode")
    house.backup_mode = False
    house.until("12:30")
    house.backup_mode = True
    assert house.until("13:00").values == [100, 20]


def test_backup_mode_stops_a_start_while_a_restore_is_unconfirmed_too() -> None:
    house = House().plan("12:10-12:40", "12:46-13:10").until("12:40")
    house.backup_mode, house.applies = True, False
    house.until("13:20")
    assert house.values[0] == 100
    assert set(house.values[1:]) == {20}


def test_an_unavailable_reserve_is_never_written() -> None:
    house = House(available=False).plan("12:10-12:40").until("12:20")
    assert (house.writes, house.status, house.reason) == ([], "waiting", "reserve_unavailable")
    assert house.refreshes >= 9
    house.available = True
    assert house.until("12:25").values == [100]
    house.available = False
    house.until("13:00")
    assert house.values == [100]
    assert Problem.RESTORE_FAILED in house.problems
    house.available = True
    assert house.until("13:05").values == [100, 20]


# --- the level


def test_preserving_an_unknown_level_waits() -> None:
    house = House(level=None, settings=Settings(mode=Mode.PRESERVE_CHARGE)).plan("12:10-12:40").until("12:20")
    assert (house.writes, house.status, house.reason) == ([], "waiting", "level_unknown")
    house.level = 63.9
    assert house.until("12:21").values == [63]


def test_an_old_level_is_asked_for_and_then_trusted() -> None:
    house = House(settings=Settings(mode=Mode.PRESERVE_CHARGE)).plan("12:10-12:40").until("12:05")
    house.level = None
    house.until("12:10")
    assert house.refreshes == 1, "a minute and a half before the edge"
    assert times(house.until("12:20").writes) == ["12:10:00 63"]


def test_a_target_stands_although_the_level_is_lost() -> None:
    house = House(code="IOG-SMB-TOU-25-12-12", evidence=True).plan("12:10-13:40").until("12:20")
    house.level = None
    house.evidence = False
    house.until("12:21")
    house.until("13:00")
    assert house.values == [100, 63]


# --- the two regimes


def test_with_a_charge_cap_the_battery_holds_at_once_and_charges_once_the_car_does() -> None:
    house = House(code="IOG-SMB-TOU-25-12-12").plan("12:10-12:40").until("12:20")
    assert (house.status, house.reason) == ("preserving", "car_unknown")
    house.evidence = True
    house.until("12:30")
    assert (house.status, house.reason) == ("charging_up", "car_charging")
    house.evidence = False
    house.until("12:35")
    assert (house.status, house.reason) == ("preserving", "car_not_charging")
    assert house.until("13:00").values == [63, 100, 63, 20]
    assert house.told.count(Activity.RESERVE_RAISED) == 2


# --- restarts, switches, dry run


def _restarted(house: House) -> House:
    house.world = replace(house.world.strip_for_disk(), memory=recover(house.world.strip_for_disk().memory, house.now))
    return house


def test_a_restart_within_a_hold_goes_on_and_tells_nothing_twice() -> None:
    house = House().plan("12:10-12:40").until("12:20")
    _restarted(house).until("12:30")
    assert house.told.count(Activity.RESERVE_RAISED) == 1
    assert house.until("13:00").values == [100, 20]


def test_a_restart_across_the_end_puts_back_first_thing() -> None:
    house = House().plan("12:10-12:40").until("12:20")
    house.now = at("13:30")
    house.online = False
    _restarted(house).see()
    assert times(house.writes) == ["12:10:00 100", "13:30:00 20"]


def test_a_restart_across_the_end_respects_the_owners_newer_value() -> None:
    house = House().plan("12:10-12:40").until("12:20")
    house.now = at("13:30")
    _restarted(house.owner_sets(45)).until("14:00")
    assert (house.values, house.reserve, house.status) == ([100], 45, "idle")


@pytest.mark.parametrize("landed", [False, True])
@pytest.mark.parametrize("after", ["12:20", "13:00"])
def test_a_crash_between_store_and_write_ends_with_the_baseline(landed: bool, after: str) -> None:
    house = House(hangs=True).plan("12:10-12:40").until("12:10")
    house.hangs = False
    if landed:
        house.reserve = 100
    house.now = at(after)
    _restarted(house).until("14:00")
    assert (house.reserve, house.status) == (20, "idle")
    assert Activity.OVERRIDDEN not in house.told


def test_automation_switched_off_with_a_write_under_way_waits_for_it_and_then_puts_back() -> None:
    house = House(hangs=True).plan("12:10-12:40").until("12:10:30")
    house.settings = Settings(automation=False)
    house.until("12:11")
    assert house.values == [100]
    house.hangs = False
    house.returns(failed=True).until("12:20")
    assert (house.values, house.reserve, house.status) == ([100, 20, 20], 20, "restoring")
    assert house.until("12:40").status == "off"


def test_automation_switched_off_puts_back_at_once() -> None:
    house = House().plan("12:10-12:40").until("12:20")
    house.settings = Settings(automation=False)
    assert times(house.until("12:30").writes) == ["12:10:00 100", "12:20:00 20"]


def test_dry_run_decides_and_writes_nothing() -> None:
    house = House(settings=Settings(dry_run=True)).plan("12:10-12:40").until("12:20")
    assert house.status == "would_charge_up"
    house.owner_sets(50).until("12:30")
    assert house.status == "would_charge_up"
    assert house.until("13:00").writes == []


def test_dry_run_switched_on_within_a_hold_puts_back_first() -> None:
    house = House().plan("12:10-12:40").until("12:20")
    house.settings = Settings(dry_run=True)
    assert times(house.until("12:30").writes) == ["12:10:00 100", "12:20:00 20"]
    assert house.status == "would_charge_up"
    assert house.until("13:00").values == [100, 20]


# --- batteries that never re-report


def test_a_battery_that_never_reports_again_is_confirmed_by_90_unchanged_seconds() -> None:
    house = House(reports=False).plan("12:10-12:40").until("13:00")
    assert (house.values, house.status) == ([100, 20], "idle")


def test_a_battery_that_never_reports_again_is_told_again_and_overridden() -> None:
    house = House(reports=False, applies=False).plan("12:10-12:40").until("12:15")
    assert times(house.writes) == ["12:10:00 100", "12:13:00 100"]
    house.applies = True
    house.until("12:25")
    assert house.owner_sets(50).until("12:27").status == "overridden"


# --- obedience


def test_a_battery_that_drains_in_a_hold_is_told_once_more_and_then_reported() -> None:
    house = House().plan("12:10-13:10").until("12:15")
    house.battery_w = 2500.0
    house.until("12:45")
    assert times(house.writes) == ["12:10:00 100", "12:20:00 100"]
    assert house.told.count(Activity.NOT_OBEYING) == 1
    house.battery_w = -100.0
    house.until("13:05")
    assert not house.problems


def test_a_battery_that_buys_after_the_restore_is_told_once_more_and_then_reported() -> None:
    house = House().plan("12:10-12:40").until("12:41")
    house.battery_w, house.grid_w = -2500.0, 2800.0
    house.until("13:10")
    assert times(house.writes) == ["12:10:00 100", "12:40:00 20", "12:51:00 20"]
    assert Problem.NOT_OBEYING in house.problems
    assert house.told.count(Activity.RESERVE_RESTORED) == 2
    assert Problem.NOT_OBEYING in house.until("14:10").problems, "it still buys"
    assert len(house.writes) == 3
    house.battery_w = None
    assert Problem.NOT_OBEYING in house.until("14:20").problems, "nothing is read that says otherwise"
    house.battery_w, house.grid_w = 400.0, 0.0
    assert not house.until("14:25").problems


def test_a_battery_told_again_answers_at_the_same_instant_and_is_told_once() -> None:
    house = House().plan("12:10-13:10").until("12:15")
    house.battery_w = 2500.0
    house.until("12:20", step=MINUTE)
    assert house.values == [100, 100]


def test_in_backup_mode_or_dry_run_charging_after_a_restore_is_nobodys_business() -> None:
    house = House().plan("12:10-12:40").until("12:42")
    house.battery_w, house.grid_w, house.backup_mode = -2500.0, 2800.0, True
    house.until("12:55")
    house.backup_mode, house.settings = False, Settings(dry_run=True)
    house.until("13:30")
    assert house.values == [100, 20]


# --- the guard, and what the owner asks for by hand


def test_the_guard_holds_from_2330_to_0530() -> None:
    house = House(now=at("23:00"), settings=Settings(night_guard=NightGuard.PRESERVE_CHARGE)).until("+1 06:00")
    assert times(house.writes) == ["23:30:00 63", "05:30:00 20"]


def test_the_guard_and_a_slot_at_0533_are_one_hold() -> None:
    settings = Settings(night_guard=NightGuard.PRESERVE_CHARGE)
    house = House(now=at("23:00"), settings=settings).plan("+1 05:33-+1 06:00").until("+1 06:30")
    assert times(house.writes) == ["23:30:00 63", "05:30:00 100", "06:00:00 20"]
