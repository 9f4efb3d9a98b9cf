"""Daily windows by the London clock, across ordinary days and both clock changes."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from hypothesis import example, given, strategies as st
import pytest

from custom_components.octopus_powerwall.domain.model import Interval
from custom_components.octopus_powerwall.domain.windows import (
    HALF_HOUR,
    LONDON,
    OFF_PEAK,
    DailyWindow,
    half_hour_of,
    half_hours_in,
    midday_before,
    widen,
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(start: str, end: str) -> Interval:
    return Interval(utc(start), utc(end))


def window(text: str) -> DailyWindow:
    start, end = text.split("-")
    return DailyWindow(time.fromisoformat(start), time.fromisoformat(end))


@pytest.mark.parametrize(
    ("around", "start", "end", "hours"),
    [
        ("2026-01-14T02:00", "2026-01-13T23:30", "2026-01-14T05:30", 6),
        ("2026-07-14T02:00", "2026-07-13T22:30", "2026-07-14T04:30", 6),
        ("2026-03-29T02:00", "2026-03-28T23:30", "2026-03-29T04:30", 5),
        ("2026-10-25T02:00", "2026-10-24T22:30", "2026-10-25T05:30", 7),
        ("2027-03-28T02:00", "2027-03-27T23:30", "2027-03-28T04:30", 5),
        ("2027-10-31T02:00", "2027-10-30T22:30", "2027-10-31T05:30", 7),
    ],
)
def test_the_off_peak_window_follows_the_london_clock(around: str, start: str, end: str, hours: int) -> None:
    occurrence = OFF_PEAK.covering(utc(around))
    assert occurrence == span(start, end)
    assert occurrence.length == timedelta(hours=hours)
    assert OFF_PEAK.covering(occurrence.start) == occurrence
    assert OFF_PEAK.covering(occurrence.end) is None
    assert OFF_PEAK.covering(occurrence.start - timedelta.resolution) is None


SPRING = ("2026-03-29T00:00", "2026-03-29T06:00")
AUTUMN = ("2026-10-24T23:00", "2026-10-25T06:00")


@pytest.mark.parametrize(
    ("text", "night", "expected"),
    [
        # The hour 01:00 to 02:00 does not exist: an edge inside it acts at the jump, 01:00 UTC.
        ("00:30-01:30", SPRING, [("2026-03-29T00:30", "2026-03-29T01:00")]),
        ("01:30-05:00", SPRING, [("2026-03-29T01:00", "2026-03-29T04:00")]),
        ("01:00-02:00", SPRING, []),
        ("01:15-01:45", SPRING, []),
        ("02:00-05:00", SPRING, [("2026-03-29T01:00", "2026-03-29T04:00")]),
        ("00:30-02:00", SPRING, [("2026-03-29T00:30", "2026-03-29T01:00")]),
        ("00:30-05:30", SPRING, [("2026-03-29T00:30", "2026-03-29T04:30")]),
        # The hour 01:00 to 02:00 comes twice: 00:00 to 01:00 UTC, then 01:00 to 02:00 UTC.
        ("00:30-01:30", AUTUMN, [("2026-10-24T23:30", "2026-10-25T00:30"), ("2026-10-25T01:00", "2026-10-25T01:30")]),
        ("01:30-05:00", AUTUMN, [("2026-10-25T00:30", "2026-10-25T01:00"), ("2026-10-25T01:30", "2026-10-25T05:00")]),
        ("01:15-01:45", AUTUMN, [("2026-10-25T00:15", "2026-10-25T00:45"), ("2026-10-25T01:15", "2026-10-25T01:45")]),
        ("01:00-02:00", AUTUMN, [("2026-10-25T00:00", "2026-10-25T02:00")]),
        ("02:00-05:00", AUTUMN, [("2026-10-25T02:00", "2026-10-25T05:00")]),
        ("00:30-02:00", AUTUMN, [("2026-10-24T23:30", "2026-10-25T02:00")]),
        ("00:30-05:30", AUTUMN, [("2026-10-24T23:30", "2026-10-25T05:30")]),
    ],
)
def test_edges_in_the_skipped_and_the_repeated_hour(
    text: str, night: tuple[str, str], expected: list[tuple[str, str]]
) -> None:
    assert window(text).occurrences(*map(utc, night)) == tuple(span(*each) for each in expected)


def test_occurrences_are_whole_even_where_the_asked_span_cuts_them() -> None:
    assert OFF_PEAK.occurrences(utc("2026-01-14T02:00"), utc("2026-01-14T23:45")) == (
        span("2026-01-13T23:30", "2026-01-14T05:30"),
        span("2026-01-14T23:30", "2026-01-15T05:30"),
    )


def test_an_occurrence_that_only_touches_the_span_is_not_in_it() -> None:
    assert OFF_PEAK.occurrences(utc("2026-01-14T05:30"), utc("2026-01-14T23:30")) == ()


def test_the_zone_of_the_question_does_not_matter() -> None:
    in_utc = OFF_PEAK.occurrences(utc("2026-07-14T00:00"), utc("2026-07-16T00:00"))
    in_local = OFF_PEAK.occurrences(
        utc("2026-07-14T00:00").astimezone(LONDON), utc("2026-07-16T00:00").astimezone(LONDON)
    )
    assert in_local == in_utc
    assert {occurrence.start.tzinfo for occurrence in in_local} == {UTC}


def test_a_window_to_midnight_ends_at_midnight() -> None:
    assert window("22:00-00:00").covering(utc("2026-07-14T21:30")) == span("2026-07-14T21:00", "2026-07-14T23:00")


def test_a_window_that_starts_when_it_ends_is_refused() -> None:
    with pytest.raises(ValueError, match="same time"):
        DailyWindow(time(4), time(4))


def test_a_window_reads_as_people_write_it() -> None:
    assert str(OFF_PEAK) == "23:30 to 05:30"


times = st.integers(0, 24 * 12 - 1).map(lambda five: time(five // 12, five % 12 * 5))
windows = (
    st.tuples(times, times).filter(lambda pair: pair[0] != pair[1]).map(lambda pair: DailyWindow(pair[0], pair[1]))
)
# Mostly near the clock changes, where anything can go wrong; the rest anywhere in ten years.
instants = st.one_of(
    st.timedeltas(timedelta(0), timedelta(days=3653)).map(utc("2024-01-01T00:00").__add__),
    *(
        st.timedeltas(timedelta(0), timedelta(days=3)).map(utc(day).__add__)
        for day in ("2026-03-28T00:00", "2026-10-24T00:00", "2027-03-27T00:00", "2027-10-30T00:00")
    ),
)


def on_the_wall(asked: DailyWindow, at: datetime) -> bool:
    """Whether a London clock shows a time inside the window: the definition, without any arithmetic on days."""
    shown = at.astimezone(LONDON).time()
    if asked.start < asked.end:
        return asked.start <= shown < asked.end
    return shown >= asked.start or shown < asked.end


@given(windows, instants)
@example(window("01:30-01:15"), utc("2026-10-25T00:45"))
@example(window("01:30-01:15"), utc("2026-10-25T01:20"))
def test_law_a_window_covers_exactly_what_the_clock_on_the_wall_says(asked: DailyWindow, at: datetime) -> None:
    covering = asked.covering(at)
    assert (covering is not None) == on_the_wall(asked, at)
    if covering is not None:
        assert at in covering
        assert on_the_wall(asked, covering.start)
        assert on_the_wall(asked, covering.end - timedelta.resolution)
        assert not on_the_wall(asked, covering.end)
        assert not on_the_wall(asked, covering.start - timedelta.resolution)


@given(windows, instants, st.timedeltas(timedelta(minutes=1), timedelta(days=9)))
def test_law_occurrences_are_sorted_disjoint_and_all_there(
    asked: DailyWindow, first: datetime, length: timedelta
) -> None:
    last = first + length
    found = asked.occurrences(first, last)
    assert all(each.start < each.end and each.overlaps(Interval(first, last)) for each in found)
    assert all(earlier.end < later.start for earlier, later in pairwise(found))
    at = first
    while at < last:
        assert any(at in each for each in found) == on_the_wall(asked, at)
        at += timedelta(minutes=25)


@pytest.mark.parametrize(
    ("at", "midday"),
    [
        ("2026-01-14T12:00", "2026-01-14T12:00"),
        ("2026-01-14T11:59:59", "2026-01-13T12:00"),
        ("2026-07-14T11:00", "2026-07-14T11:00"),
        ("2026-07-14T10:59:59", "2026-07-13T11:00"),
        ("2026-07-13T23:30", "2026-07-13T11:00"),
        ("2026-03-29T10:59:59", "2026-03-28T12:00"),
        ("2026-03-29T11:00", "2026-03-29T11:00"),
        ("2026-10-25T11:59:59", "2026-10-24T11:00"),
        ("2026-10-25T12:00", "2026-10-25T12:00"),
    ],
)
def test_the_day_of_the_allowance_begins_at_local_midday(at: str, midday: str) -> None:
    assert midday_before(utc(at)) == utc(midday)
    assert midday_before(utc(at)).tzinfo is UTC


@given(instants)
def test_law_an_allowance_day_has_23_to_25_hours(at: datetime) -> None:
    midday = midday_before(at)
    assert midday.astimezone(LONDON).time() == time(12)
    assert timedelta(0) <= at - midday < timedelta(hours=25)
    assert midday - midday_before(midday - timedelta.resolution) in {timedelta(hours=hours) for hours in (23, 24, 25)}


def test_half_hours_begin_at_00_and_30() -> None:
    assert half_hour_of(utc("2026-07-14T12:29:59.999999")) == span("2026-07-14T12:00", "2026-07-14T12:30")
    assert half_hour_of(utc("2026-07-14T12:30").astimezone(LONDON)) == span("2026-07-14T12:30", "2026-07-14T13:00")


@pytest.mark.parametrize(
    ("start", "end", "starts"),
    [
        ("10:25", "10:30", ["10:00"]),
        ("10:25", "10:31", ["10:00", "10:30"]),
        ("10:30", "11:30", ["10:30", "11:00"]),
        ("19:30", "20:15", ["19:30", "20:00"]),
        ("13:37:11", "13:38:27", ["13:30"]),
        ("13:37", "13:37", []),
        ("13:37", "13:00", []),
    ],
)
def test_the_half_hours_that_an_interval_touches(start: str, end: str, starts: list[str]) -> None:
    day = "2026-07-14T"
    interval = span(day + start, day + end)
    assert half_hours_in(interval) == tuple(utc(day + each) for each in starts)
    if starts:
        assert widen(interval) == Interval(utc(day + starts[0]), utc(day + starts[-1]) + HALF_HOUR)
    else:
        assert widen(interval) == interval


@given(instants, st.timedeltas(timedelta.resolution, timedelta(hours=30)))
def test_law_widening_keeps_what_was_there_and_is_done_once(start: datetime, length: timedelta) -> None:
    interval = Interval(start, start + length)
    wide = widen(interval)
    assert wide.start <= interval.start < interval.end <= wide.end
    assert wide.length - interval.length < 2 * HALF_HOUR
    assert widen(wide) == wide
    assert half_hours_in(wide) == half_hours_in(interval)
