"""A short chaos run, and that the run itself can fail: its model against truths that are known."""

from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import subprocess
import sys

import pytest

from .account_faults import LATER
from .batteries import Kind
from .cheapness import certainties_of
from .faults import MISHAPS
from .laws import Laws
from .model import opinion
from .owner import Wills, forget_last_restore
from .story import story_of
from .stretches import holds
from .truth import Disturbance, Override, PlanChange, Time, TrueSlot, Truth, Where

ROOT = Path(__file__).parents[2]
# A winter's Wednesday; London keeps UTC.
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def at(hour: int, minute: int = 0, *, day: int = 18) -> datetime:
    """A time of that day."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def truth(*slots: tuple[datetime, datetime], capped: bool = False) -> Truth:
    """A house with a reserve of 20, a level of 63.4, and these slots, all known since the morning."""
    found = Truth({20}, at(6), capped=capped, has_charger=True)
    found.on_since = at(6)
    found.levels = [(at(hour, minute), 63.4) for hour in range(6, 24) for minute in (0, 30)]
    found.slots = [TrueSlot(f"slot{n}", "car", "SMART", start, end, at(7)) for n, (start, end) in enumerate(slots)]
    return found


def test_a_day_follows_from_its_seed_and_number() -> None:
    assert [str(event) for event in story_of(3, 4).events] == [str(event) for event in story_of(3, 4).events]
    assert story_of(3, 4).events != story_of(3, 5).events


def test_there_are_faults_enough() -> None:
    assert len(MISHAPS) >= 60
    assert {mishap.where for mishap in MISHAPS.values()} >= {Where.OCTOPUS, Where.WRITES, Where.READS, Where.BLOCK}


@pytest.mark.parametrize(
    ("now", "right"),
    [
        (at(12, 0), {20}),
        (at(13, 30), {100}),
        (at(14, 2), None),
        (at(14, 5), {20}),
        (at(23, 0), {100}),
        (at(4, 0, day=19), {100}),
        (at(5, 45, day=19), {20}),
    ],
)
def test_the_model_knows_slot_edge_and_tail(now: datetime, right: set[int] | None) -> None:
    house = truth((at(13), at(14)), (at(22, 30), at(23, 45)))
    house.levels.append((at(5, 30, day=19), 70.0))
    assert opinion(house, now).values == (None if right is None else frozenset(right))


def test_the_model_preserves_on_a_guess() -> None:
    house = truth((at(13), at(14)), capped=True)
    assert opinion(house, at(13, 30)).values == frozenset({62, 63, 64})
    house.charging = True
    assert opinion(house, at(13, 30)).values == frozenset({100})
    house.charged = house.charged_at_all = {NOON + timedelta(minutes=30) * n for n in range(-6, 20)}
    assert certainties_of(house, at(19), holds(house, at(13, 30))[0][0]) == {False}


def test_the_model_knows_that_the_car_may_have_charged_while_the_computer_slept() -> None:
    """Octopus tells of it later, so that the six hours may be used up; it may also have stood still."""
    house = truth((at(13), at(14)), (at(14), at(19)), (at(20), at(21)), capped=True)
    house.charging = True
    assert certainties_of(house, at(20, 10), holds(house, at(20, 10))[-1][0]) == {True}
    house.off = [(at(12, 50), at(19))]
    assert certainties_of(house, at(20, 10), holds(house, at(20, 10))[-1][0]) == {True, False}


def test_the_model_knows_that_the_owners_word_to_keep_the_level_is_no_price() -> None:
    house = truth((at(13), at(14)), capped=True)
    house.owner_hold = (Time(at(12), at(15)), "preserve")
    assert opinion(house, at(13, 30)).values == frozenset({62, 63, 64})
    house.owner_hold = (Time(at(12), at(15)), "charge")
    assert opinion(house, at(13, 30)).values == frozenset({100})


def test_the_model_respects_the_owners_hand() -> None:
    house = truth((at(13), at(14)))
    house.will, house.will_at = {35}, at(13, 10)
    house.override = Override(35, at(13, 10), at(14), is_sure=True)
    assert opinion(house, at(13, 30)).values == frozenset({35})
    assert opinion(house, at(14, 45)).values == frozenset({35})


def test_the_model_knows_that_a_withdrawal_need_not_be_heard_of_before_the_next_slot() -> None:
    """The override lasts until no slot has run for half an hour, and the slot that was withdrawn may count."""
    house = truth((at(12), at(13)), (at(13, 30), at(14, 30)))
    house.slots[0].gone(at(12, 40))
    house.override = Override(30, at(12, 20), at(13), is_sure=True)
    house.will = {30}
    assert opinion(house, at(14)).values is None
    house.slots[1].start = at(13, 45)
    assert opinion(house, at(14)).values == frozenset({100})


def test_the_model_has_no_opinion_while_something_is_broken() -> None:
    house = truth((at(13), at(14)))
    house.disturbances = [Disturbance("x", Where.WRITES, at(13, 50), timedelta(minutes=38), at(14, 10))]
    assert opinion(house, at(14, 30)).values is None
    assert opinion(house, at(14, 49)).values == frozenset({20})


def broken(house: Truth, kind: str, where: Where, start: datetime, end: datetime | None = None) -> Truth:
    """The same house with something broken."""
    house.disturbances.append(Disturbance(kind, where, start, timedelta(minutes=9), end))
    return house


@pytest.mark.parametrize(
    ("kind", "now", "right"),
    [
        ("octopus_http_500", at(13, 45), {100}),
        ("octopus_http_500", at(14, 30), None),
        ("octopus_empty_plan", at(13, 45), None),
    ],
)
def test_the_model_goes_by_the_last_plan_while_octopus_is_silent(
    kind: str, now: datetime, right: set[int] | None
) -> None:
    house = broken(truth((at(13), at(16))), kind, Where.OCTOPUS, at(13, 20))
    assert opinion(house, now).values == (None if right is None else frozenset(right))


@pytest.mark.parametrize(("kind", "right"), [("octopus_http_500", {100}), ("octopus_clock_differs", {62, 63, 64, 100})])
def test_the_model_needs_no_plan_for_the_night(kind: str, right: set[int]) -> None:
    """A clock that differs makes what is cheap doubtful, but not that the night is held."""
    house = broken(truth(), kind, Where.OCTOPUS, at(20))
    house.choices.night_guard = "charge_up"
    assert opinion(house, at(2, day=19)).values == frozenset(right)


@pytest.mark.parametrize("where", [Where.READS, Where.WRITES])
@pytest.mark.parametrize(("start", "right"), [(at(13, 30), {100}), (at(13, 5), {100, 20, 62, 63, 64})])
def test_the_model_knows_that_a_hold_without_a_reason_to_write_stands_still(
    where: Where, start: datetime, right: set[int]
) -> None:
    """Disturbed at its start it may also not have begun; with a late landing, or a new plan, nobody can tell."""
    house = broken(truth((at(13), at(16))), "x", where, start)
    assert opinion(house, at(14, 5)).values == frozenset(right)
    assert opinion(house, at(14, 5)).is_strict == (len(right) == 1)
    house.plan_changes = [PlanChange(at(14), None)]
    assert opinion(house, at(14, 5)).values is None
    house.plan_changes = []
    broken(house, "tesla_write_snaps_to_80", Where.WRITES, at(13, 5))
    assert opinion(house, at(14, 5)).values == frozenset({20, 62, 63, 64, 80, 100})


def test_the_model_knows_that_nobody_moves_the_reserve_while_the_computer_is_off() -> None:
    house = truth((at(13), at(14)))
    house.on_since, house.stood = None, 100
    assert opinion(house, at(14, 30)).values == frozenset({100})


@pytest.mark.parametrize(
    ("kind", "reserve", "read"),
    [
        (Kind.TESLEMETRY, 20, {20}),
        (Kind.ROUNDING, 23, {22, 23}),
        (Kind.ROUNDING, 22, {22}),
        (Kind.SCALING, 20, {16, 20}),
    ],
)
def test_a_scale_takes_effect_once(kind: Kind, reserve: int, read: set[int]) -> None:
    house = truth()
    house.battery = kind
    assert house.read_as(reserve) == read
    house.set_to = reserve
    wills = Wills(house)
    wills.settled(min(read), at(12))
    assert house.will == ({min(read)} if min(read) != reserve else read)


def test_after_an_old_backup_a_scale_takes_effect_once_more() -> None:
    house = truth()
    house.battery, house.set_to = Kind.SCALING, 18
    forget_last_restore(house, 14)
    Wills(house).settled(14, at(12))
    assert house.will == {14, round(Kind.SCALING.shown(14))}
    Wills(house).settled(min(house.will), at(13))
    assert len(house.will) == 1


def test_everything_that_can_happen_happens_in_three_hundred_days() -> None:
    stories = [story_of(1, number) for number in range(1, 301)]
    assert {story.house["battery"] for story in stories} == set(Kind)
    assert any(story.house["two_homes"] and story.house["two_meters"] for story in stories)
    events = [event for story in stories for event in story.events]
    assert {event.details["kind"] for event in events if event.what == "mishap"} >= {*LATER, *MISHAPS}
    assert {event.what for event in events} >= {
        *("backup_restored", "option", "sleep", "far_plan", "lost_call", "let_us_act")
    }


@pytest.mark.parametrize(
    ("value", "breach"),
    [(100, None), (20, None), (63, None), (85, "does not take"), (10, "below"), (45, "neither")],
)
def test_the_laws_judge_every_write(value: int, breach: str | None) -> None:
    found = list(Laws(truth((at(13), at(14)))).write(value, at(13)))
    assert bool(found) == (breach is not None)
    assert breach is None or any(breach in sentence for sentence in found)


@pytest.mark.parametrize("kind", ["storm_watch", "grid_down", "grid_services"])
def test_the_laws_forbid_writes_while_blocked(kind: str) -> None:
    house = truth((at(13), at(14)))
    house.disturbances = [Disturbance(kind, Where.BLOCK, at(12, 50), timedelta(minutes=9))]
    assert list(Laws(house).write(100, at(13))) == [f"wrote 100 during {kind}"]


def test_the_laws_miss_a_reserve_that_nobody_puts_back() -> None:
    laws = Laws(truth((at(13), at(14))))
    at_once = list(laws.overdue(at(14, 20), 100, set()))
    told = list(laws.overdue(at(14, 55), 100, {"restore_failed"}))
    later = list(laws.overdue(at(15), 100, set()))
    assert (at_once, told) == ([], [])
    assert "nobody was told" in later[0]


def test_the_widened_plan() -> None:
    house = truth((at(13, 10), at(13, 40)))
    house.choices.whole_half_hours = "on"
    assert holds(house, at(12))[0][0].time == Time(at(13), at(14))


@pytest.mark.parametrize(
    ("choice", "told", "right"), [("automatic", True, {20}), ("automatic", False, None), ("on", True, {100})]
)
def test_a_slot_that_is_withdrawn_before_the_night_has_a_tail_only_with_its_half_hour(
    choice: str, told: bool, right: set[int] | None
) -> None:
    """Where nobody was told in time it may have one."""
    house = truth((at(23), at(23, 30)))
    house.choices.whole_half_hours = choice
    house.levels.append((at(0, day=19), 70.0))
    house.slots[0].gone(at(23, 2))
    if not told:
        house.disturbances = [Disturbance("octopus_drop", Where.OCTOPUS, at(22, 30), timedelta(), at(23, 40))]
    assert opinion(house, at(0, 30, day=19)).values == (None if right is None else frozenset(right))


def test_a_short_run() -> None:
    """One whole day, in a process of its own: it freezes time and builds its own Home Assistant, again and again."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--days", "1", "--seed", "5", "--workers", "1", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert report["violations"] == []
    assert report["days"] == 1
    assert report["kinds_of_fault"] >= 1
    assert report["writes"] >= 2
    assert report["reserve_judged"]["back"] > 20
    assert report["held_looks_judged_percent"] is not None


def test_the_model_goes_on_by_what_it_has_seen() -> None:
    """A hold that was seen standing has no reason to change while nothing else does, whatever is disturbed by now."""
    house = broken(truth((at(13), at(16))), "x", Where.READS, at(12, 58), at(13, 4))
    broken(house, "y", Where.WRITES, at(13, 10))
    assert not opinion(house, at(13, 30)).is_strict
    house.seen_held_at = at(13, 15)
    assert opinion(house, at(13, 30)).values == frozenset({100})
    house.owner_changed_at = at(13, 17)
    assert not opinion(house, at(13, 30)).is_strict


def test_a_change_of_the_plan_matters_where_it_is() -> None:
    house = truth((at(13), at(16)), (at(18), at(19)))
    house.plan_changes = [PlanChange(at(13, 27), (Time(at(18), at(19)),))]
    assert opinion(house, at(13, 30)).values == frozenset({100})
    house.plan_changes.append(PlanChange(at(13, 28), (Time(at(16), at(17)),)))
    assert opinion(house, at(13, 30)).values is None


@pytest.mark.parametrize(("devices", "right"), [(1, {20}), (3, None)])
def test_news_of_several_cars_takes_longer_once_octopus_answers_for_one_at_a_time(
    devices: int, right: set[int] | None
) -> None:
    house = broken(truth((at(13), at(16))), "octopus_limit_leaves_part", Where.OCTOPUS, at(8), at(9))
    house.devices = devices
    house.slots[0].gone(at(13, 40))
    house.plan_changes = [PlanChange(at(13, 40), (Time(at(13), at(16)),))]
    assert opinion(house, at(13, 58)).values == (None if right is None else frozenset(right))


def test_what_a_scale_shows_of_a_lost_call_passes_for_what_was_asked() -> None:
    house = truth()
    house.battery, house.set_to, house.set_in_vain = Kind.SCALING, 20, 12
    Wills(house).settled(16, at(12))
    assert house.will == {16, 12}


@pytest.mark.parametrize(("end", "is_named"), [(at(13, 12), True), (at(13, 25), False)])
def test_a_write_that_a_short_trouble_took_was_sent_again(end: datetime, *, is_named: bool) -> None:
    """After a longer one the hold may have given up."""
    house = broken(truth((at(13), at(16))), "x", Where.WRITES, at(13, 5), end)
    assert opinion(house, at(14, 30)).is_strict == is_named


def test_a_night_guard_holds_whatever_became_of_a_slot() -> None:
    house = truth((at(22), at(23, 45)))
    house.choices.night_guard = "preserve_charge"
    house.levels.append((at(0, day=19), 63.4))
    house.slots[0].gone(at(23, 40))
    broken(house, "octopus_drop", Where.OCTOPUS, at(23, 39))
    found = opinion(house, at(2, day=19))
    assert (found.values, found.is_strict) == (frozenset({62, 63, 64, 100}), False)
    broken(house, "x", Where.WRITES, at(23, 50))
    assert opinion(house, at(2, day=19)).values is None
