"""When Octopus is asked next (design 6)."""

from datetime import datetime, timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.octopus_powerwall.domain.plan.polling import back_off, choose_next_poll

from .story import MINUTE, SECOND, at

ZERO = timedelta(0)


@pytest.mark.parametrize(("nth", "minutes"), [(0, 5), (1, 5), (2, 10), (3, 20), (4, 30), (9, 30)])
def test_the_back_off(nth: int, minutes: int) -> None:
    assert back_off(nth) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("last", "edges", "jitter", "expect"),
    [
        ("12:10", [], ZERO, "12:13"),
        ("12:10", [], 15 * SECOND, "12:13:15"),
        ("12:10", [], -MINUTE, "12:12:45"),
        ("12:27", [], ZERO, "12:30:20"),
        ("12:26:45", [], ZERO, "12:30:20"),
        ("12:26:30", [], ZERO, "12:29:30"),
        ("12:10", ["12:12"], ZERO, "12:11:30"),
        ("12:10", ["12:11"], ZERO, "12:11:30"),
        ("12:10:50", ["12:12"], ZERO, "12:11:50"),
        ("12:11:30", ["12:12"], ZERO, "12:12:30"),
        ("12:11:50", ["12:12"], ZERO, "12:12:50"),
        ("12:10", ["14:00"], ZERO, "12:13"),
        ("12:10", ["11:00"], ZERO, "12:13"),
    ],
)
def test_when_the_next_poll_is(last: str, edges: list[str], jitter: timedelta, expect: str) -> None:
    assert choose_next_poll(at(last), [at(it) for it in edges], jitter) == at(expect)


@given(
    last=st.integers(0, 86400).map(lambda s: at("12:00") + s * SECOND),
    edges=st.lists(st.integers(-600, 90000).map(lambda s: at("12:00") + s * SECOND), max_size=6),
    jitter=st.integers(-60, 60),
)
def test_law_never_within_a_minute_and_never_long_after(last: datetime, edges: list[datetime], jitter: int) -> None:
    due = choose_next_poll(last, edges, jitter * SECOND)
    assert last + MINUTE <= due <= last + 240 * SECOND
