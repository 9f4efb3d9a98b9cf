"""Whose plan is asked for: four a minute, in turn."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

from custom_components.octopus_powerwall.octopus.device_turns import DeviceTurns

NOW = datetime(2026, 9, 12, 19, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_up_to_four_are_all_asked_every_minute() -> None:
    turns = DeviceTurns()
    for minute in range(3):
        assert turns.take("abcd", NOW + minute * MINUTE) == ("a", "b", "c", "d")


def test_more_than_four_take_turns() -> None:
    turns = DeviceTurns()
    assert turns.take("abcdef", NOW) == ("a", "b", "c", "d")
    assert turns.take("abcdef", NOW + MINUTE) == ("e", "f", "a", "b")
    assert turns.take("abcdef", NOW + 2 * MINUTE) == ("c", "d", "e", "f")


def test_within_a_minute_only_what_is_left_is_given() -> None:
    turns = DeviceTurns()
    assert turns.take("abc", NOW) == ("a", "b", "c")
    assert turns.take("abc", NOW + timedelta(seconds=30)) == ("a",)
    assert turns.take("abc", NOW + timedelta(seconds=40)) == ()
    assert turns.take("abc", NOW + MINUTE) == ("b", "c", "a")


def test_a_clock_that_is_set_back_blocks_nothing() -> None:
    turns = DeviceTurns()
    turns.take("abcd", NOW)
    assert turns.take("abcd", NOW - timedelta(hours=1)) == ("a", "b", "c", "d")


def test_a_device_that_comes_back_is_new() -> None:
    turns = DeviceTurns()
    turns.take("abcd", NOW)
    turns.keep_only("bcd")
    assert turns.take("abcd", NOW + MINUTE)[0] == "a"


@given(st.lists(st.integers(0, 120), max_size=40), st.integers(1, 9))
def test_never_more_than_four_in_any_minute_and_nobody_starves(pauses: list[int], devices: int) -> None:
    turns = DeviceTurns()
    ids = [str(number) for number in range(devices)]
    given_at: list[tuple[datetime, str]] = []
    now = NOW
    for pause in pauses:
        now += timedelta(seconds=pause)
        given_at += [(now, device_id) for device_id in turns.take(ids, now)]
    for at, _ in given_at:
        assert sum(timedelta(0) <= at - other < timedelta(seconds=55) for other, _ in given_at) <= 4
    turns = [sum(device_id == turn for _, turn in given_at) for device_id in ids]
    assert max(turns) - min(turns) <= 1
