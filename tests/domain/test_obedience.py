"""Whether the battery does what its reserve says (design 5.6)."""

from dataclasses import replace

import pytest

from custom_components.octopus_powerwall.domain.reserve.memory import Disobedience
from custom_components.octopus_powerwall.domain.reserve.obedience import (
    Behaviour,
    Verdict,
    buys_above_reserve,
    does_not_charge,
    drains_in_hold,
    reach_verdict,
    stands_still_above_reserve,
)

from .story import MINUTE, SECOND, at

T0 = at("12:00")
FIVE = 5 * MINUTE


@pytest.mark.parametrize(
    ("level", "reserve", "battery_w", "expect"),
    [
        (63.0, 63, 301.0, True),
        (50.0, 63, 2500.0, True),
        (63.0, 63, 300.0, False),
        (64.0, 63, 2500.0, False),
        (50.0, 63, -2500.0, False),
        (None, 63, 2500.0, False),
        (50.0, None, 2500.0, False),
        (50.0, 63, None, False),
    ],
)
def test_draining_in_a_hold(level: float | None, reserve: int | None, battery_w: float | None, expect: bool) -> None:
    assert drains_in_hold(Behaviour(level, reserve, battery_w, 0.0)) is expect


@pytest.mark.parametrize(
    ("level", "reserve", "battery_w", "grid_w", "margin", "expect"),
    [
        (63.0, 20, -301.0, 301.0, 1, True),
        (63.0, 20, -300.0, 3000.0, 1, False),
        (63.0, 20, -3000.0, 300.0, 1, False),
        (63.0, 20, 3000.0, 3000.0, 1, False),
        (21.0, 20, -3000.0, 3000.0, 1, False),
        (21.1, 20, -3000.0, 3000.0, 1, True),
        (63.4, 63, -3000.0, 3000.0, 0, True),
        (63.0, 63, -3000.0, 3000.0, 0, False),
        (None, 20, -3000.0, 3000.0, 1, False),
        (63.0, None, -3000.0, 3000.0, 1, False),
        (63.0, 20, None, 3000.0, 1, False),
        (63.0, 20, -3000.0, None, 1, False),
    ],
)
def test_buying_above_the_reserve(
    level: float | None, reserve: int | None, battery_w: float | None, grid_w: float | None, margin: int, expect: bool
) -> None:
    assert buys_above_reserve(Behaviour(level, reserve, battery_w, grid_w), margin_pct=margin) is expect


@pytest.mark.parametrize(
    ("level", "battery_w", "grid_w", "expect"),
    [
        (95.0, 0.0, 2000.0, True),
        (95.0, 99.0, 301.0, True),
        (95.0, 100.0, 2000.0, False),
        (95.0, -100.0, 2000.0, False),
        (95.0, 0.0, 300.0, False),
        (21.0, 0.0, 2000.0, False),
        (None, 0.0, 2000.0, False),
        (95.0, None, 2000.0, False),
        (95.0, 0.0, None, False),
    ],
)
def test_standing_still_after_a_restore(
    level: float | None, battery_w: float | None, grid_w: float | None, expect: bool
) -> None:
    assert stands_still_above_reserve(Behaviour(level, 20, battery_w, grid_w)) is expect
    assert not stands_still_above_reserve(Behaviour(level, None, battery_w, grid_w))


@pytest.mark.parametrize(
    ("level", "battery_w", "expect"),
    [
        (63.0, 0.0, True),
        (98.0, -99.0, True),
        (98.1, 0.0, False),
        (63.0, -100.0, False),
        (63.0, 500.0, True),
        (None, 0.0, False),
        (63.0, None, False),
    ],
)
def test_not_charging_where_it_should(level: float | None, battery_w: float | None, expect: bool) -> None:
    assert does_not_charge(Behaviour(level, 100, battery_w, None)) is expect
    assert not does_not_charge(Behaviour(level, None, battery_w, None))


def test_told_once_more_and_then_reported_once() -> None:
    first = reach_verdict(None, T0, FIVE, disobeys=True)
    assert first == Verdict(Disobedience(T0))
    assert not reach_verdict(first.disobedience, T0 + FIVE - SECOND, FIVE, disobeys=True).nudge
    told = reach_verdict(first.disobedience, T0 + FIVE, FIVE, disobeys=True)
    assert told.nudge
    waiting = reach_verdict(told.disobedience, T0 + 15 * MINUTE - SECOND, FIVE, disobeys=True)
    assert waiting == Verdict(told.disobedience)
    reported = reach_verdict(told.disobedience, T0 + 15 * MINUTE, FIVE, disobeys=True)
    assert reported.report
    assert not reach_verdict(reported.disobedience, T0 + 60 * MINUTE, FIVE, disobeys=True).report


def test_obeying_for_a_moment_starts_anew() -> None:
    assert reach_verdict(Disobedience(T0, nudged_at=T0), T0, FIVE, disobeys=False) == Verdict(None)
    assert replace(Disobedience(T0), reported=True).reported
