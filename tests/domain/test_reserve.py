"""Which backup reserve is asked for (design 4.1 to 4.3). Tesla takes 0 to 80 or exactly 100."""

from hypothesis import given, strategies as st
import pytest

from custom_components.octopus_powerwall.domain.reserve.target import (
    Level,
    acceptable,
    preserve_reserve,
    trusted_level,
    wanted_reserve,
)
from custom_components.octopus_powerwall.domain.settings import Intent

from .story import MINUTE, SECOND, at

NOON = at("12:00")


@pytest.mark.parametrize(
    ("level", "baseline", "certain", "expect"),
    [
        (63.9, 20, True, 63),
        (63.9, 20, False, 63),
        (15.0, 20, False, 20),
        (80.9, 20, False, 80),
        (81.0, 20, False, 80),
        (92.0, 20, False, 80),
        (81.0, 20, True, 100),
        (99.9, 20, True, 100),
        (100.0, 20, False, 100),
        (0.4, 0, False, 0),
        (60.0, 85, False, 85),
        (60.0, 85, True, 85),
        (92.0, 85, False, 85),
        (92.0, 85, True, 100),
        (50.0, 100, False, 100),
    ],
)
def test_preserving(level: float, baseline: int, certain: bool, expect: int) -> None:
    assert preserve_reserve(level, baseline, certain=certain) == expect


@pytest.mark.parametrize(
    ("intent", "certain", "target", "level", "baseline", "expect"),
    [
        (Intent.CHARGE, True, 100, 63.0, 20, 100),
        (Intent.CHARGE, True, 50, 63.0, 20, 63),
        (Intent.CHARGE, True, 50, 92.0, 20, 100),
        (Intent.CHARGE, True, 50, 12.0, 20, 50),
        (Intent.CHARGE, True, 10, 5.0, 20, 20),
        (Intent.CHARGE, True, 50, None, 20, 50),
        (Intent.CHARGE, True, 10, None, 20, 20),
        (Intent.PRESERVE, True, 100, 63.0, 20, 63),
        (Intent.PRESERVE, False, 100, 92.0, 20, 80),
        (Intent.PRESERVE, True, 100, None, 20, None),
        (Intent.PRESERVE, False, 100, None, 0, None),
    ],
)
def test_what_is_asked_for(
    intent: Intent, certain: bool, target: int, level: float | None, baseline: int, expect: int | None
) -> None:
    wanted = wanted_reserve(intent, certain=certain, charge_target_pct=target, level_pct=level, baseline_pct=baseline)
    assert wanted == expect


@pytest.mark.parametrize(
    ("value", "reported", "fresh"),
    [
        (63.0, NOON, True),
        (63.0, NOON - 10 * MINUTE, True),
        (63.0, NOON - 10 * MINUTE - SECOND, False),
        (63.0, None, False),
        (None, NOON, False),
        (0.0, NOON, False),
        (-1.0, NOON, False),
        (0.1, NOON, True),
        (100.0, NOON, True),
        (100.1, NOON, False),
        (float("nan"), NOON, False),
        (float("inf"), NOON, False),
    ],
)
def test_when_a_level_is_fresh(value: float | None, reported: object, fresh: bool) -> None:
    assert Level(value, reported).is_fresh(NOON) is fresh  # type: ignore[arg-type]


def test_which_level_is_trusted() -> None:
    fresh, last = Level(63.0, NOON), Level(70.0, NOON - 30 * MINUTE)
    zero = Level(0.0, NOON)
    assert trusted_level(fresh, last, NOON) is fresh
    assert trusted_level(zero, last, NOON) is last
    assert trusted_level(zero, last, NOON + SECOND) is None
    assert trusted_level(zero, Level(70.0), NOON) is None
    assert trusted_level(zero, None, NOON) is None


@pytest.mark.parametrize(
    ("value", "expect"), [(-1, False), (0, True), (80, True), (81, False), (99, False), (100, True), (101, False)]
)
def test_what_tesla_takes(value: int, expect: bool) -> None:
    assert acceptable(value) is expect


TARGETS = st.integers(1, 80) | st.just(100)


@given(
    level=st.none() | st.floats(0.01, 100),
    target=TARGETS,
    baseline=st.integers(0, 100),
    certain=st.booleans(),
)
def test_law_never_81_to_99_but_the_baseline_never_under_it_and_charge_never_under_preserve(
    level: float | None, target: int, baseline: int, certain: bool
) -> None:
    charge, preserve = (
        wanted_reserve(it, certain=certain, charge_target_pct=target, level_pct=level, baseline_pct=baseline)
        for it in (Intent.CHARGE, Intent.PRESERVE)
    )
    for wanted in (charge, preserve):
        if wanted is not None:
            assert acceptable(wanted) or wanted == baseline
            assert wanted >= baseline
    assert charge is not None
    assert charge >= (preserve or 0)
    if preserve is not None and not certain and level is not None:
        assert preserve <= max(level, baseline), "never buys on a guess"
