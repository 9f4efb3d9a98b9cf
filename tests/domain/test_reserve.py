"""Which backup reserve is asked for (design 4.1 to 4.3), of a Powerwall and of others."""

from hypothesis import given, strategies as st
import pytest

from custom_components.octopus_powerwall.domain.reserve.limits import Limits
from custom_components.octopus_powerwall.domain.reserve.target import (
    Level,
    choose_level,
    choose_reserve,
    preserve_reserve,
)
from custom_components.octopus_powerwall.domain.settings import Intent
from custom_components.octopus_powerwall.powerwall.tesla import TESLA_LIMITS

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
    assert preserve_reserve(level, baseline, TESLA_LIMITS, certain=certain) == expect


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
    wanted = choose_reserve(
        intent, TESLA_LIMITS, certain=certain, charge_target_pct=target, level_pct=level, floor_pct=baseline
    )
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
    assert choose_level(fresh, last, NOON) is fresh
    assert choose_level(zero, last, NOON) is last
    assert choose_level(zero, last, NOON + SECOND) is None
    assert choose_level(zero, Level(70.0), NOON) is None
    assert choose_level(zero, None, NOON) is None


@pytest.mark.parametrize(
    ("value", "expect"), [(-1, False), (0, True), (80, True), (81, False), (99, False), (100, True), (101, False)]
)
def test_what_tesla_takes(value: int, expect: bool) -> None:
    assert TESLA_LIMITS.accepts(value) is expect


BY_TENTHS, BY_FIVES = Limits(10, 95, 0.1), Limits(0, 100, 5)


@pytest.mark.parametrize(
    ("limits", "level", "certain", "expect"),
    [
        (Limits(), 92.0, False, 92),
        (Limits(), 92.9, True, 92),
        (BY_TENTHS, 99.0, False, 95),
        (BY_TENTHS, 99.0, True, 95),
        (BY_TENTHS, 5.0, False, 20),
        (BY_FIVES, 63.4, False, 60),
        (BY_FIVES, 63.4, True, 65),
        (BY_FIVES, 65.0, True, 65),
        (Limits(0, 80, 1), 92.0, True, 80),
    ],
)
def test_another_battery_says_itself_what_it_takes(limits: Limits, level: float, certain: bool, expect: int) -> None:
    assert preserve_reserve(level, 20, limits, certain=certain) == expect


@pytest.mark.parametrize(
    ("limits", "target", "expect"),
    [(Limits(), 90, 90), (TESLA_LIMITS, 90, 100), (BY_FIVES, 62, 65), (BY_TENTHS, 100, 95)],
)
def test_a_charge_target_is_fitted_to_what_the_battery_takes(limits: Limits, target: int, expect: int) -> None:
    wanted = choose_reserve(Intent.CHARGE, limits, certain=True, charge_target_pct=target, level_pct=50.0, floor_pct=20)
    assert wanted == expect


@pytest.mark.parametrize(
    ("limits", "takes", "refuses"),
    [
        (Limits(0, 100, 0), (0, 37, 100), (-1, 101)),
        (BY_FIVES, (0, 65), (63, 64)),
        (Limits(2, 100, 3), (2, 5, 98), (3, 100)),
        (BY_TENTHS, (10, 95), (9, 96)),
    ],
)
def test_what_another_battery_takes(limits: Limits, takes: tuple[int, ...], refuses: tuple[int, ...]) -> None:
    assert all(limits.accepts(value) for value in takes)
    assert not any(limits.accepts(value) for value in refuses)


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
        choose_reserve(it, TESLA_LIMITS, certain=certain, charge_target_pct=target, level_pct=level, floor_pct=baseline)
        for it in (Intent.CHARGE, Intent.PRESERVE)
    )
    for wanted in (charge, preserve):
        if wanted is not None:
            assert TESLA_LIMITS.accepts(wanted) or wanted == baseline
            assert wanted >= baseline
    assert charge is not None
    assert charge >= (preserve or 0)
    if preserve is not None and not certain and level is not None:
        assert preserve <= max(level, baseline), "never buys on a guess"
