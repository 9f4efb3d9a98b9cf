"""Whose plan is asked for: four a minute, in turn."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

from custom_components.octopus_powerwall.octopus.rota import PlanRota

NOW = datetime(2026, 9, 12, 19, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_up_to_four_are_all_asked_every_minute() -> None:
    rota = PlanRota()
    for minute in range(3):
        assert rota.take("abcd", NOW + minute * MINUTE) == ("a", "b", "c", "d")


def test_more_than_four_take_turns() -> None:
    rota = PlanRota()
    assert rota.take("abcdef", NOW) == ("a", "b", "c", "d")
    assert rota.take("abcdef", NOW + MINUTE) == ("e", "f", "a", "b")
    assert rota.take("abcdef", NOW + 2 * MINUTE) == ("c", "d", "e", "f")


def test_within_a_minute_only_what_is_left_is_given() -> None:
    rota = PlanRota()
    assert rota.take("abc", NOW) == ("a", "b", "c")
    assert rota.take("abc", NOW + timedelta(seconds=30)) == ("a",)
    assert rota.take("abc", NOW + timedelta(seconds=40)) == ()
    assert rota.take("abc", NOW + MINUTE) == ("b", "c", "a")


def test_a_clock_that_is_set_back_blocks_nothing() -> None:
    rota = PlanRota()
    rota.take("abcd", NOW)
    assert rota.take("abcd", NOW - timedelta(hours=1)) == ("a", "b", "c", "d")


def test_a_device_that_comes_back_is_new() -> None:
    rota = PlanRota()
    rota.take("abcd", NOW)
    rota.keep_only("bcd")
    assert rota.take("abcd", NOW + MINUTE)[0] == "a"


@given(st.lists(st.integers(0, 120), max_size=40), st.integers(1, 9))
def test_never_more_than_four_in_any_minute_and_nobody_starves(pauses: list[int], devices: int) -> None:
    rota = PlanRota()
    ids = [str(number) for number in range(devices)]
    given_at: list[tuple[datetime, str]] = []
    now = NOW
    for pause in pauses:
        now += timedelta(seconds=pause)
        given_at += [(now, device_id) for device_id in rota.take(ids, now)]
    for at, _ in given_at:
        assert sum(timedelta(0) <= at - other < timedelta(seconds=55) for other, _ in given_at) <= 4
    turns = [sum(device_id == turn for _, turn in given_at) for device_id in ids]
    assert max(turns) - min(turns) <= 1
