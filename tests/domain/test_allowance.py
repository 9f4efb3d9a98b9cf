"""The six hours from midday to midday (design 3.7)."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.octopus_powerwall.domain.model import Dispatch, DispatchType, Interval
from custom_components.octopus_powerwall.domain.price import allowance
from custom_components.octopus_powerwall.domain.price.allowance import (
    count_hours_used,
    find_used_half_hours,
    is_within_allowance,
)
from custom_components.octopus_powerwall.domain.windows import half_hours_in
from custom_components.octopus_powerwall.domain.world import World, with_poll

from .story import MINUTE, at, poll, row, span


@pytest.mark.parametrize(
    ("own", "completed", "boosted", "expect"),
    [
        ([], [], [], []),
        (["14:00"], [], [], ["14:00"]),
        (["14:00"], [row("14:00-14:30")], [], ["14:00"]),
        ([], [row("14:10-14:40")], [], ["14:00", "14:30"]),
        ([], [row("11:30-12:30")], [], ["12:00"]),
        (["11:30"], [], [], []),
        (["15:30"], [], [], []),
        ([], [row("14:00-14:30", kwh=0.04)], [], []),
        ([], [row("14:00-14:30", kwh=0.05)], [], ["14:00"]),
        ([], [row("14:00-14:30", kwh=None)], [], ["14:00"]),
        ([], [row("14:00-14:30")], ["14:10-14:20"], []),
        (["14:00"], [row("14:00-14:30")], ["14:10-14:20"], ["14:00"]),
        ([], [row("13:00-15:00")], ["13:30-14:00"], ["13:00", "14:00", "14:30"]),
        ([], [row("14:00-14:20")], ["14:20-14:40"], ["14:00"]),
    ],
)
def test_which_half_hours_are_used(
    own: list[str], completed: list[Dispatch], boosted: list[str], expect: list[str]
) -> None:
    used = find_used_half_hours(at("15:10"), [at(it) for it in own], completed, [span(it) for it in boosted])
    assert list(used) == [at(it) for it in expect]


@pytest.mark.parametrize("kind", [DispatchType.BOOST, DispatchType.TEST])
def test_what_octopus_itself_calls_no_smart_charge_does_not_count(kind: DispatchType) -> None:
    """Also where nobody saw the boost planned, because it came and went between two polls."""
    completed = [row("13:00-14:00", kind=kind), row("14:00-14:30", kind=None)]
    assert find_used_half_hours(at("15:10"), [], completed) == (at("14:00"),)


@pytest.mark.parametrize(
    ("completed", "boosted", "smart", "expect"),
    [
        ("14:00-14:30", "14:15-14:30", "14:00-14:15", ["14:00"]),
        ("14:00-14:30", "14:15-14:30", "13:30-14:00", []),
        ("13:30-14:30", "13:45-14:30", "13:30-13:45", ["13:30"]),
        ("14:15-14:30", "14:15-14:30", "14:00-14:15", []),
        ("14:00-14:30", "13:00-13:30", "12:00-12:30", ["14:00"]),
    ],
)
def test_a_half_hour_shared_by_a_boost_and_a_smart_charge_counts(
    completed: str, boosted: str, smart: str, expect: list[str]
) -> None:
    used = find_used_half_hours(at("15:10"), [], [row(completed, kind=None)], [span(boosted)], [span(smart)])
    assert list(used) == [at(it) for it in expect]


def test_rows_of_a_hundred_years_cost_no_more_than_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store may hold such rows from before they were refused; each look counts them anew."""
    walked: list[datetime] = []

    def counted(interval: Interval) -> tuple[datetime, ...]:
        assert interval.length <= timedelta(hours=24)
        walked.extend(starts := half_hours_in(interval))
        return starts

    monkeypatch.setattr(allowance, "half_hours_in", counted)
    ages = Dispatch(datetime(2000, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC), None, 3.5)
    assert count_hours_used(find_used_half_hours(at("15:10"), [], [ages] * 2)) == 3.5
    assert len(walked) == 14


def test_night_half_hours_count_too() -> None:
    used = find_used_half_hours(at("+1 10:00"), [], [row("22:00-+1 02:00")])
    assert count_hours_used(used) == 4.0


def test_the_first_twelve_half_hours_are_within_it() -> None:
    used = half_hours_in(span("12:00-18:00"))
    assert is_within_allowance(at("17:45"), used)
    assert not is_within_allowance(at("18:00"), used)
    assert is_within_allowance(at("18:00"), used[1:])
    assert count_hours_used(half_hours_in(span("12:00-20:00"))) == 6.0


def test_what_octopus_no_longer_lists_still_counts() -> None:
    world = with_poll(World(), poll("14:00", completed=(row("13:00-13:30"), row("11:00-11:30"))))
    world = with_poll(world, poll("+1 02:00", completed=(row("22:00-22:30"),)))
    assert [it.start for it in world.completed] == [at("13:00"), at("22:00")]
    assert with_poll(world, poll("+1 02:03", completed=None)).completed == world.completed
    assert len(with_poll(world, poll("+1 02:03", completed=())).completed) == 2
    assert with_poll(world, poll("+1 12:30", completed=())).completed == ()


def test_what_octopus_corrects_is_corrected() -> None:
    world = with_poll(World(), poll("14:00", completed=(row("13:00-13:30"), row("12:00-12:30"))))
    world = with_poll(world, poll("14:03", completed=(row("13:00-13:10"), row("12:00-12:30"))))
    assert {it.end for it in world.completed} == {at("12:30"), at("13:10")}


STARTS = st.integers(0, 47).map(lambda index: at("12:00") + index * 30 * MINUTE)


@given(own=st.lists(STARTS), more=st.lists(STARTS), later=st.integers(0, 600))
def test_law_the_allowance_never_comes_back_before_midday(
    own: list[datetime], more: list[datetime], later: int
) -> None:
    now = at("13:00") + timedelta(minutes=later)
    completed = [Dispatch(start, start + 30 * MINUTE) for start in more]
    used = find_used_half_hours(now, own, [])
    assert set(used) <= set(find_used_half_hours(now + 30 * MINUTE, own, completed))
    assert 0 <= count_hours_used(used) <= 6
    assert used == tuple(sorted(set(used)))
