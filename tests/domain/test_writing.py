"""One value that is to stand: sent, doubted, sent again, confirmed (design 5.3)."""

from dataclasses import replace

import pytest

from custom_components.octopus_powerwall.domain.reserve.limits import Limits
from custom_components.octopus_powerwall.domain.reserve.writing import (
    Attempt,
    Reading,
    begin_attempt,
    find_resend_time,
    find_unseen_proof_start,
    find_unseen_resends,
    is_fresh,
    is_proof,
    mark_returned,
    send_again,
    shows,
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
    ("asked_s", "now_s", "reports", "expect"),
    [
        (60, 60, True, True),
        (59, 200, True, False),
        (None, 200, True, False),
        (None, 89, False, False),
        (None, 90, False, True),
        (60, 60, False, True),
    ],
)
def test_what_proves_a_write(asked_s: int | None, now_s: int, reports: bool, expect: bool) -> None:
    """However new a report is: unless it answered a question, it may be an echo, or what a limit left standing."""
    reading = Reading(100, T0 + now_s * SECOND, None if asked_s is None else T0 + asked_s * SECOND)
    assert is_proof(DONE, reading, T0 + now_s * SECOND, reports=reports) is expect
    assert not is_proof(DONE, replace(reading, value=None), T0 + now_s * SECOND, reports=reports)


def test_nothing_is_proven_while_under_way() -> None:
    late = T0 + 5 * MINUTE
    assert not is_proof(begin_attempt(100, T0), Reading(100, late, late), late, reports=False)


@pytest.mark.parametrize(
    ("reading", "tolerance", "expect"), [(100, 0, True), (99, 0, False), (99, 1, True), (98, 1, False)]
)
def test_rounding_is_allowed_for(reading: int, tolerance: int, expect: bool) -> None:
    assert shows(DONE, Reading(reading), Limits(tolerance=tolerance)) is expect


def test_when_a_restore_was_taken() -> None:
    again = mark_returned(send_again(FAILED, T0 + MINUTE), T0 + MINUTE, failed=False)
    assert (FAILED.accepted_at, again.accepted_at) == (None, T0 + MINUTE)
    third = mark_returned(send_again(again, T0 + 4 * MINUTE), T0 + 4 * MINUTE, failed=True)
    assert third.accepted_at == T0 + MINUTE, "it was taken once"
    assert (list(find_unseen_resends(FAILED)), find_unseen_proof_start(FAILED)) == ([], None)
    assert list(find_unseen_resends(again)) == [T0 + 4 * MINUTE, T0 + 11 * MINUTE]
    assert find_unseen_proof_start(again) == T0 + 16 * MINUTE


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
def test_when_it_is_sent_again(attempt: Attempt, sent: int, sent_min: int, endless: bool, expect: int | None) -> None:
    due = find_resend_time(replace(attempt, sent=sent, sent_at=T0 + sent_min * MINUTE), endless=endless)
    assert due == (None if expect is None else T0 + expect * MINUTE)
