"""An entity that says something else than Octopus reports, by the half hour, the day and the week (design 2)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.octopus_powerwall.domain.model import Dispatch
from custom_components.octopus_powerwall.domain.price.contradiction import ChargerRecord

from .story import MINUTE, at, row, span

HOUR = timedelta(hours=1)


def watched(
    *says: tuple[str, bool | None], slot: str = "00:00-23:00", record: ChargerRecord | None = None
) -> ChargerRecord:
    """A record of looks once a minute: what was said in each span of time."""
    record = ChargerRecord("a") if record is None else record
    for text, value in says:
        now, end = span(text).start, span(text).end
        while now < end:
            record = record.note_look("a", value, now, in_slot=now in span(slot))
            now += MINUTE
    return record


def judged(
    record: ChargerRecord, *completed: Dispatch, now: str = "15:30", timely: bool = True
) -> tuple[datetime, ...]:
    return record.compare(completed, at(now), rows_are_timely=timely).contradicted


# --- it says that the car does not charge, and Octopus has seen it charge -----------------------------------------

OFF = watched(("10:00-12:00", False))


@pytest.mark.parametrize(
    ("completed", "expect"),
    [
        pytest.param((row("10:00-10:30"),), "10:00", id="one half hour"),
        pytest.param((row("10:00-11:30", kwh=10),), "10:00", id="one row for several"),
        pytest.param((row("10:00-10:30", None),), "10:00", id="of no type"),
        pytest.param((row("10:14-11:30", kwh=8),), "10:00", id="begun in it"),
        pytest.param((row("10:20-10:44", kwh=2),), None, id="a little in each"),
        pytest.param((row("10:00-10:30", kwh=0.2),), None, id="spill-over"),
        pytest.param((row("10:00-10:30", kwh=None),), None, id="without energy"),
        pytest.param((row("11:30-12:00"),), None, id="nothing is known of the next half hour"),
        pytest.param((row("08:00-09:00", kwh=7),), None, id="before anybody looked"),
        pytest.param((Dispatch(at("10:00"), at("11:00"), None, 7, "AWAY"),), None, id="at a charger elsewhere"),
        pytest.param((), None, id="nothing"),
    ],
)
def test_it_says_off_and_the_car_was_charged(completed: tuple[Dispatch, ...], expect: str | None) -> None:
    assert judged(OFF, *completed) == ((at(expect),) if expect else ())


@pytest.mark.parametrize(
    "says",
    [
        pytest.param((("10:00-10:05", True), ("10:05-12:00", False)), id="for some minutes"),
        pytest.param((("10:00-10:35", False), ("10:35-11:00", True)), id="half an hour late"),
        pytest.param((("10:00-10:10", None), ("10:10-12:00", False)), id="silent for a while"),
        pytest.param((("10:10-12:00", False),), id="not looked at from the beginning"),
        pytest.param((("10:00-10:20", False), ("10:30-12:00", False)), id="not looked at to the end"),
    ],
)
def test_what_was_not_said_all_through_proves_nothing(says: Iterable[tuple[str, bool | None]]) -> None:
    assert judged(watched(*says), row("10:00-10:30")) == ()


@pytest.mark.parametrize(("now", "counts"), [("12:29", False), ("12:30", True), ("20:30", True), ("20:31", False)])
def test_it_is_judged_once_reports_have_come_and_while_they_reach_back(now: str, *, counts: bool) -> None:
    assert bool(judged(OFF, row("10:00-10:30"), now=now)) is counts


# --- it says that the car charges, and Octopus reports nothing --------------------------------------------------

ON = watched(("10:00-12:00", True))


@pytest.mark.parametrize(
    ("record", "completed", "timely", "expect"),
    [
        pytest.param(ON, (), True, "10:00", id="nothing at all"),
        pytest.param(ON, (row("10:00-11:00"),), True, "11:00", id="nothing for an hour of it"),
        pytest.param(ON, (row("10:00-11:30"),), True, None, id="nothing for half an hour of it"),
        pytest.param(ON, (row("10:00-12:00", kwh=0.01),), True, None, id="next to nothing is a report"),
        pytest.param(ON, (), False, None, id="reports come after unplugging"),
        pytest.param(watched(("10:00-12:00", True), slot="09:00-10:45"), (), True, None, id="mostly outside slots"),
        pytest.param(watched(("10:00-12:00", None)), (), True, None, id="it says nothing"),
    ],
)
def test_it_says_on_and_nothing_is_reported(
    record: ChargerRecord, completed: tuple[Dispatch, ...], expect: str | None, *, timely: bool
) -> None:
    found = judged(record, *completed, now="16:30", timely=timely)
    assert found == ((at(expect),) if expect else ())


def test_what_is_not_reported_after_two_hours_may_still_be() -> None:
    assert judged(ON, now="14:59") == ()


# --- days, and other entities -----------------------------------------------------------------------------------


def week(*days: int) -> ChargerRecord:
    """Contradicted at ten o'clock on these days."""
    return ChargerRecord("a", contradicted=tuple(at("10:00") + day * 24 * HOUR for day in days))


@pytest.mark.parametrize(
    ("days", "now", "told"),
    [
        ((0, 1), "+1 12:00", False),
        ((0, 1, 2), "+2 12:00", True),
        ((0, 3, 6), "+7 09:59", True),
        ((0, 3, 6), "+7 10:00", False),
        ((1, 2, 3), "+0 12:00", False),
    ],
)
def test_three_days_of_seven_are_told(days: tuple[int, ...], now: str, *, told: bool) -> None:
    assert week(*days).is_contradicted(at(now)) is told


def test_a_day_counts_once_and_old_ones_go() -> None:
    record = watched(("10:00-14:00", False), record=week(-8, -1))
    assert record.compare((row("10:00-13:00", kwh=20),), at("16:00"), rows_are_timely=True).contradicted == (
        at("2026-11-17T10:00"),
        at("10:00"),
    )


@pytest.mark.parametrize("key", [None, "b"])
def test_of_another_entity_nothing_is_known(key: str | None) -> None:
    record = watched(("10:00-10:05", True), record=week(0, 1, 2)).note_look(key, True, at("12:00"), in_slot=True)
    assert (record.key, record.contradicted, record.seen) == (key, (), ())
    assert record.note_look(key, None, at("12:01"), in_slot=True).key == key


@given(st.lists(st.tuples(st.integers(0, 3000), st.sampled_from([True, False, None])), max_size=60))
def test_law_little_is_remembered_and_nothing_that_lies_ahead(looks: list[tuple[int, bool | None]]) -> None:
    record = ChargerRecord("a")
    for minutes, says in looks:
        now = at("00:00") + minutes * MINUTE
        record = record.note_look("a", says, now, in_slot=True)
        assert record.note_look("a", says, now, in_slot=True) == record
        assert len(record.seen) <= 23
        assert all(half.start <= now for half in record.seen)
        assert len({half.start for half in record.seen}) == len(record.seen)
