"""Which rows count, how old a plan is, and when a running slot has really been withdrawn (design 3.1 and 3.6)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.octopus_powerwall.domain.model import (
    Device,
    DeviceRead,
    Dispatch,
    DispatchType,
    Interval,
    Poll,
)
from custom_components.octopus_powerwall.domain.plan.device_plan import counts
from custom_components.octopus_powerwall.domain.plan.dispatches import Plan, advance, make_device_key, take_poll
from custom_components.octopus_powerwall.domain.plan.timeline import find_past_slots, find_slots

from .story import CAR, CAR_2, MINUTE, at, plan_of, poll, row, span


def running(plan: Plan, when: str) -> bool:
    moment = at(when)
    return any(moment in slot.interval for slot in find_slots(advance(plan, moment), moment))


def ahead(plan: Plan, when: str) -> list[Interval]:
    return [slot.interval for slot in find_slots(plan, at(when))]


@pytest.mark.parametrize(
    ("dispatch", "expect"),
    [
        (row("13:00-13:30"), True),
        (row("13:00-13:30", kind=None), True),
        (row("13:00-13:30", kwh=None), True),
        (row("13:00-13:30", kwh=0.0), True),
        (row("13:00-13:30", kind=DispatchType.BOOST), False),
        (row("13:00-13:30", kind=DispatchType.TEST), False),
        (Dispatch(at("13:00"), at("13:00")), False),
        (Dispatch(at("13:30"), at("13:00")), False),
        (Dispatch(at("13:00"), at("+1 13:00")), True),
        (Dispatch(at("13:00"), at("+1 13:00") + timedelta.resolution), False),
        (Dispatch(at("+7 12:00"), at("+7 12:30")), True),
        (Dispatch(at("+7 12:00") + timedelta.resolution, at("+7 12:30")), False),
        (Dispatch(at("11:00"), at("11:30")), True),
        (Dispatch(datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC) + MINUTE), False),
        (Dispatch(datetime.max.replace(tzinfo=UTC) - MINUTE, datetime.max.replace(tzinfo=UTC)), False),
    ],
)
def test_which_dispatches_count(dispatch: Dispatch, expect: bool) -> None:
    assert counts(dispatch, at("12:00")) is expect


@pytest.mark.parametrize(
    ("device", "expect"),
    [
        (CAR, True),
        (replace(CAR, state="LOST_CONNECTION"), True),
        (replace(CAR, lifecycle="RETIRED"), False),
        (replace(CAR, lifecycle=None), False),
        (replace(CAR, suspended=True), False),
        (replace(CAR, is_charger=False), False),
    ],
)
def test_which_devices_count(device: Device, expect: bool) -> None:
    assert device.usable is expect


@pytest.mark.parametrize(
    ("rows", "expect"),
    [
        (["12:00-12:30", "12:30-13:00"], ["12:00-13:00"]),
        (["12:00-12:30", "12:35-13:00"], ["12:00-13:00"]),
        (["12:00-12:30", "12:36-13:00"], ["12:00-12:30", "12:36-13:00"]),
        (["12:00-13:00", "12:10-12:20"], ["12:00-13:00"]),
        (["12:36-13:00", "12:00-12:30", "12:36-13:00"], ["12:00-12:30", "12:36-13:00"]),
        (["12:00-12:01"], ["12:00-12:01"]),
        ([], []),
    ],
)
def test_rows_are_joined_into_slots(rows: list[str], expect: list[str]) -> None:
    assert ahead(plan_of(poll("11:00", *rows)), "11:00") == [span(text) for text in expect]


def test_slots_of_two_cars_are_joined() -> None:
    both = Poll(
        at("11:00"), (CAR, CAR_2), (DeviceRead(CAR, (row("12:00-12:30"),)), DeviceRead(CAR_2, (row("12:20-13:00"),)))
    )
    assert ahead(plan_of(both), "11:00") == [span("12:00-13:00")]


def test_a_slot_whose_row_is_stamped_anew_keeps_its_start() -> None:
    plan = plan_of(poll("12:00", "12:00-13:00"), poll("12:09", "12:09-13:00"), poll("12:21", "12:21-12:50"))
    assert ahead(plan, "12:21") == [span("12:00-12:50")]


def test_time_that_passed_since_an_answer_does_not_cover_the_slot_it_lacks() -> None:
    plan = advance(plan_of(poll("12:00", "12:00-13:00")), at("12:09:01"))
    plan = take_poll(plan, poll("12:09"))
    assert ahead(plan, "12:10") == [span("12:00-13:00")]


def test_a_device_that_cannot_be_read_keeps_its_plan() -> None:
    both = (DeviceRead(CAR, (row("12:00-12:30"),)), DeviceRead(CAR_2, (row("14:00-15:00"),)))
    before = plan_of(Poll(at("11:00"), (CAR, CAR_2), both))
    one = Poll(at("11:03"), (CAR,), both[:1], skipped=1)
    assert ahead(take_poll(before, one), "11:03") == [span("12:00-12:30"), span("14:00-15:00")]
    later = take_poll(take_poll(before, one), replace(one, at=at("11:50")))
    assert ahead(later, "11:50")[-1:] == [span("14:00-15:00")]
    assert {device.doubt for device in later.devices} == {None}, "nothing speaks against what cannot be read"
    suspended = replace(one, devices=(CAR, replace(CAR_2, suspended=True)))
    assert ahead(take_poll(before, suspended), "11:03") == [span("12:00-12:30")]


def test_a_late_row_counts_from_its_own_start() -> None:
    assert ahead(plan_of(poll("12:00"), poll("12:06", "12:02-12:30")), "12:06") == [span("12:02-12:30")]


# --- withdrawal (design 3.6)


@pytest.mark.parametrize(
    ("polls", "when", "expect"),
    [
        ([poll("12:09")], "12:09", True),
        ([poll("12:09"), poll("12:09:58")], "12:10", True),
        ([poll("12:09"), poll("12:10")], "12:10", False),
        ([poll("12:09"), poll("12:09:30"), poll("12:10")], "12:10", False),
        ([poll("12:09", failed=True), poll("12:12")], "12:12", True),
        ([poll("12:09", failed=True), poll("12:12"), poll("12:15")], "12:15", False),
        ([poll("12:09"), poll("12:12", skipped=1)], "12:12", True),
        ([poll("12:09"), poll("12:12", skipped=1), poll("12:15")], "12:15", False),
        ([replace(poll("12:09"), skipped=1), replace(poll("12:12"), skipped=1)], "12:12", False),
        ([poll("12:09"), poll("12:12", "12:12-13:00"), poll("12:15")], "12:15", True),
        (
            [
                poll("12:09", device=replace(CAR, state="LOST_CONNECTION")),
                poll("12:12", device=replace(CAR, state="LOST_CONNECTION")),
            ],
            "12:12",
            True,
        ),
        (
            [
                poll("12:09", device=replace(CAR, state="SMART_CONTROL_OFF")),
                poll("12:12", device=replace(CAR, state="SMART_CONTROL_OFF")),
            ],
            "12:12",
            False,
        ),
        ([poll("12:09", "14:00-14:30"), poll("12:12", "14:00-14:30")], "12:12", False),
        ([Poll(at("12:09"), (CAR,), ()), Poll(at("12:12"), (CAR,), ())], "12:12", False),
    ],
)
def test_when_a_running_slot_is_withdrawn(polls: list[Poll], when: str, expect: bool) -> None:
    assert running(plan_of(poll("12:00", "12:00-13:00"), *polls), when) is expect


def test_another_device_that_fails_says_nothing_of_this_ones_rows() -> None:
    start = Poll(at("12:00"), (CAR, CAR_2), (DeviceRead(CAR, (row("12:00-13:00"),)), DeviceRead(CAR_2, ())))
    gone = Poll(at("12:09"), (CAR, CAR_2), (DeviceRead(CAR, ()), DeviceRead(CAR_2, None)))
    assert running(plan_of(start, gone), "12:09")
    assert not running(plan_of(start, gone, replace(gone, at=at("12:12"))), "12:12")


def test_a_slot_ahead_is_withdrawn_at_once() -> None:
    assert ahead(plan_of(poll("12:00", "13:00-13:30"), poll("12:03")), "12:03") == []


def test_shortening_to_an_end_still_ahead_counts_at_once() -> None:
    assert ahead(plan_of(poll("12:00", "12:00-13:00"), poll("12:09", "12:09-12:30")), "12:09") == [span("12:00-12:30")]


def test_a_row_whose_end_passed_while_listed_is_over_and_not_withdrawn() -> None:
    plan = plan_of(poll("12:00", "12:00-12:30", "13:00-13:30"), poll("12:31", "13:00-13:30"))
    assert plan.devices[0].vanished_at is None
    assert find_past_slots(plan, at("12:31")) == (span("12:00-12:30"),)


def test_between_two_joined_slots_the_first_rows_end_is_no_withdrawal() -> None:
    plan = plan_of(
        poll("12:00", "12:00-12:30", "12:34-13:00"), poll("12:31", "12:34-13:00"), poll("12:33", "12:34-13:00")
    )
    assert plan.devices[0].vanished_at is None
    assert ahead(plan, "12:33") == [span("12:00-13:00")]


def test_a_withdrawn_slot_leaves_the_time_that_passed() -> None:
    plan = plan_of(poll("12:00", "12:00-13:00"), poll("12:09"), poll("12:12"))
    assert find_past_slots(plan, at("12:12")) == (span("12:00-12:12"),)


# --- ages


def slot_read_at(plan: Plan, moment: datetime) -> datetime | None:
    """When Octopus last listed the slot, as the device says that has read it last."""
    return max(
        (statement.read_at for statement in plan.statements_at(moment) if statement.read_at is not None), default=None
    )


def test_a_device_that_does_not_answer_keeps_its_plan_and_its_plans_age() -> None:
    plan = plan_of(poll("12:00", "12:30-13:00"), poll("12:03", failed=True), poll("12:06", failed=True))
    assert ahead(plan, "12:06") == [span("12:30-13:00")]
    assert slot_read_at(plan, at("12:40")) == at("12:00")
    assert plan.read_at == at("12:06")


def test_a_new_row_beside_an_unreadable_one_counts_at_once() -> None:
    plan = plan_of(poll("12:00", "12:30-13:00"), poll("12:03", "14:00-14:30", skipped=1))
    assert ahead(plan, "12:03") == [span("12:30-13:00"), span("14:00-14:30")]
    assert slot_read_at(plan, at("14:10")) == at("12:03")
    assert slot_read_at(plan, at("12:40")) == at("12:00"), "the row that is kept is as old as it was"


def test_rows_kept_beside_failures_go_when_they_end() -> None:
    plan = plan_of(poll("12:00", "12:00-12:30"), poll("12:31", failed=True))
    assert plan.rows == ()


def test_a_row_seen_again_is_as_old_as_its_last_listing() -> None:
    plan = plan_of(poll("12:00", "12:30-13:00"), poll("12:29", "12:30-13:00"))
    assert slot_read_at(plan, at("12:40")) == at("12:29")


def test_of_overlapping_rows_the_newest_listing_counts() -> None:
    start = Poll(
        at("12:00"), (CAR, CAR_2), (DeviceRead(CAR, (row("12:00-13:00"),)), DeviceRead(CAR_2, (row("12:30-13:00"),)))
    )
    later = replace(start, at=at("12:15"), reads=(DeviceRead(CAR, None), DeviceRead(CAR_2, (row("12:30-13:00"),))))
    plan = plan_of(start, later)
    assert slot_read_at(plan, at("12:20")) == at("12:00")
    assert slot_read_at(plan, at("12:40")) == at("12:15")


def test_the_age_in_a_gap_and_after_a_withdrawal() -> None:
    assert slot_read_at(plan_of(poll("12:00", "12:00-12:30", "12:34-13:00")), at("12:32")) == at("12:00")
    withdrawn = plan_of(poll("12:00", "12:00-13:00"), poll("12:09"), poll("12:12"))
    assert slot_read_at(withdrawn, at("12:20")) == at("12:12")
    assert slot_read_at(advance(withdrawn, at("12:11")), at("12:11")) == at("12:12")
    assert slot_read_at(Plan(), at("12:00")) is None


# --- odds and ends


def test_a_clock_that_jumps_back_leaves_no_past_ahead() -> None:
    plan = plan_of(poll("12:00", "12:00-13:00"), poll("12:30", "12:00-13:00"))
    assert advance(plan, at("12:10")).past == (span("12:00-12:10"),)
    assert ahead(take_poll(plan, poll("12:10", "12:00-13:00")), "12:10") == [span("12:00-13:00")]


def test_the_past_is_forgotten_after_two_days() -> None:
    plan = plan_of(poll("12:00", "12:00-12:30"), poll("12:31"))
    assert find_past_slots(advance(plan, at("+2 12:00")), at("+2 12:00")) == (span("12:00-12:30"),)
    assert find_past_slots(advance(plan, at("+2 14:31")), at("+2 14:31")) == ()


def test_boosts_are_remembered_and_never_slots() -> None:
    plan = plan_of(poll("12:00", row("12:00-13:00", kind=DispatchType.BOOST)), poll("12:20"))
    assert find_slots(plan, at("12:20")) == ()
    assert plan.boosted == (span("12:00-12:20"),)


@pytest.mark.parametrize(("end", "boosted"), [("+1 12:00", True), ("+1 12:01", False)])
def test_a_boost_of_more_than_a_day_is_none(end: str, boosted: bool) -> None:
    boost = Dispatch(at("12:00"), at(end), DispatchType.BOOST)
    plan = plan_of(poll("12:00", boost), poll("12:20", boost))
    assert plan.boosted == ((span("12:00-12:20"),) if boosted else ())


def test_no_id_is_kept() -> None:
    plan = plan_of(poll("12:00", "12:00-13:00"))
    assert CAR.id not in repr(plan)
    assert make_device_key(CAR) != make_device_key(CAR_2)
    assert CAR.id not in repr(CAR)


@pytest.mark.parametrize(
    ("kwh", "expect"),
    [((1.5, 2.0), 3.5), ((1.5, None), None), ((0.0, 0.0), 0.0)],
)
def test_energy_is_known_where_each_row_says(kwh: tuple[float | None, ...], expect: float | None) -> None:
    plan = plan_of(poll("12:00", row("12:30-13:00", kwh=kwh[0]), row("13:00-13:30", kwh=kwh[1])))
    assert find_slots(plan, at("12:00"))[0].energy_kwh == expect


def test_energy_of_ended_rows_does_not_count() -> None:
    plan = plan_of(poll("12:00", row("12:30-13:00", kwh=None), row("13:00-13:30", kwh=2.0)))
    assert find_slots(advance(plan, at("13:10")), at("13:10"))[0].energy_kwh == 2.0


MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
NEAR = st.integers(-3000, 12000).map(lambda minutes: at("12:00") + minutes * MINUTE)
DISPATCHES = st.builds(
    Dispatch,
    start=NEAR | MOMENTS,
    end=NEAR | MOMENTS,
    type=st.sampled_from([*DispatchType, None]),
    energy_kwh=st.none() | st.floats(0, 99),
)
STATES = st.sampled_from([None, "LOST_CONNECTION", "SMART_CONTROL_NOT_AVAILABLE", "BOOSTING"])
READS = st.builds(
    DeviceRead,
    device=st.builds(replace, st.sampled_from([CAR, CAR_2]), state=STATES),
    dispatches=st.none() | st.lists(DISPATCHES, max_size=6).map(tuple),
    skipped=st.integers(0, 2),
)
POLLS = st.builds(
    Poll, at=NEAR, devices=st.just((CAR,)), reads=st.lists(READS, max_size=3).map(tuple), skipped=st.integers(0, 1)
)


@given(polls=st.lists(POLLS, max_size=8), now=NEAR)
def test_law_no_answer_of_octopus_raises_and_slots_are_disjoint_and_sorted(polls: list[Poll], now: datetime) -> None:
    plan = Plan()
    for answer in polls:
        plan = take_poll(plan, answer)
        assert take_poll(plan, answer).past == plan.past
    plan = advance(plan, now)
    everything = [*find_past_slots(plan, now), *(slot.interval for slot in find_slots(plan, now))]
    for earlier, later in pairwise(everything):
        assert later.start - earlier.end > 5 * MINUTE
    assert all(interval.start < interval.end for interval in everything)
