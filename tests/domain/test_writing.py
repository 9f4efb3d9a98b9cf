"""One value that is to stand: sent, doubted, sent again, confirmed (design 5.3)."""

from dataclasses import replace

import pytest

from custom_components.octopus_powerwall.domain.reserve.writing import (
    Attempt,
    Reading,
    begin_attempt,
    is_fresh,
    is_proven,
    mark_returned,
    resend_due,
    send_again,
)

from .story import MINUTE, SECOND, at

T0 = at("12:00")
DONE = mark_returned(begin_attempt(100, T0), T0, failed=False)
FAILED = mark_returned(begin_attempt(100, T0), T0, failed=True)


def test_the_life_of_an_attempt() -> None:
    attempt = begin_attempt(100, T0)
    assert attempt.in_flight
    assert not attempt.settled
    failed = mark_returned(attempt, T0 + MINUTE, failed=True)
    again = send_again(failed, T0 + 2 * MINUTE)
    assert (again.sent, again.in_flight, again.failed) == (2, True, False)
    assert not mark_returned(again, T0 + 2 * MINUTE, failed=False).failed
    assert replace(again, confirmed_at=T0).settled


@pytest.mark.parametrize(
    ("value", "after_s", "now_s", "reports", "expect"),
    [
        (100, 59, 200, True, False),
        (100, 60, 60, True, True),
        (20, 60, 60, True, False),
        (None, 60, 60, True, False),
        (100, 0, 200, True, False),
        (100, 0, 89, False, False),
        (100, 0, 90, False, True),
        (100, 60, 60, False, True),
        (20, 0, 90, False, False),
        (100, None, 200, True, False),
        (100, None, 90, False, True),
    ],
)
def test_what_proves_a_write(value: int | None, after_s: int | None, now_s: int, reports: bool, expect: bool) -> None:
    reading = Reading(value, None if after_s is None else T0 + after_s * SECOND)
    assert is_proven(DONE, reading, T0 + now_s * SECOND, reports=reports) is expect


def test_nothing_is_proven_while_under_way() -> None:
    assert not is_proven(begin_attempt(100, T0), Reading(100, T0 + 5 * MINUTE), T0 + 5 * MINUTE, reports=False)


@pytest.mark.parametrize(
    ("attempt", "reading", "expect"),
    [
        (DONE, Reading(20, T0 + SECOND), True),
        (DONE, Reading(20, T0), False),
        (DONE, Reading(20, None), False),
        (DONE, Reading(None, T0 + SECOND), False),
        (begin_attempt(100, T0), Reading(20, T0 + SECOND), False),
    ],
)
def test_what_is_the_batterys_own_word(attempt: Attempt, reading: Reading, expect: bool) -> None:
    assert is_fresh(attempt, reading) is expect


@pytest.mark.parametrize(
    ("attempt", "sent", "sent_min", "endless", "expect"),
    [
        (FAILED, 1, 0, False, 1),
        (FAILED, 2, 1, False, 3),
        (FAILED, 3, 3, False, 10),
        (FAILED, 4, 10, False, None),
        (FAILED, 4, 10, True, 30),
        (FAILED, 5, 30, True, 60),
        (DONE, 1, 0, False, 3),
        (DONE, 2, 3, False, 8),
        (DONE, 3, 8, False, 20),
        (DONE, 4, 20, False, None),
        (DONE, 4, 20, True, 50),
        # a call that hung for long is not answered with another at once
        (FAILED, 2, 9, False, 10),
        (DONE, 2, 7, False, 10),
    ],
)
def test_when_it_is_send_again(attempt: Attempt, sent: int, sent_min: int, endless: bool, expect: int | None) -> None:
    due = resend_due(replace(attempt, sent=sent, sent_at=T0 + sent_min * MINUTE), endless=endless)
    assert due == (None if expect is None else T0 + expect * MINUTE)
