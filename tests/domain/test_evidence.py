"""What the picked entity says about the car (design 2)."""

import pytest

from custom_components.octopus_powerwall.domain.price.evidence import Evidence, reading_of, steadied

from .story import MINUTE, SECOND, at

T0 = at("12:00")


@pytest.mark.parametrize(
    ("state", "unit", "threshold", "was", "expect"),
    [
        ("on", None, None, None, True),
        ("off", None, None, None, False),
        ("Charging", None, None, None, True),
        ("disconnected", None, None, None, False),
        ("unavailable", None, None, True, None),
        ("unknown", "W", None, True, None),
        ("", None, None, None, None),
        ("1000", "W", None, None, True),
        ("999", "W", None, None, False),
        ("999", "W", None, True, True),
        ("799", "W", None, True, False),
        ("1.0", "kW", None, None, True),
        ("0.9", "kW", None, None, False),
        ("5.0", "kW", 6.0, None, False),
        ("6.0", "kW", 6.0, None, True),
        ("nonsense", "kW", None, True, None),
        ("nan", "kW", None, True, None),
        ("inf", "kW", None, True, None),
        ("-7.0", "kW", None, None, False),
    ],
)
def test_what_a_state_says(
    state: str, unit: str | None, threshold: float | None, was: bool | None, expect: bool | None
) -> None:
    assert reading_of(state, unit, threshold, was) is expect


def test_off_acts_at_once_and_on_again_waits_two_minutes() -> None:
    on = steadied(Evidence(), True, T0)
    assert (on.value, on.wake_at) == (True, None)
    off = steadied(on, False, T0 + MINUTE)
    assert (off.value, off.lowered_at) == (False, T0 + MINUTE)
    again = steadied(off, True, T0 + MINUTE + SECOND)
    assert (again.value, again.raw, again.wake_at) == (False, True, T0 + 3 * MINUTE)
    assert steadied(again, True, T0 + 3 * MINUTE).value is True
    assert steadied(off, None, T0 + 2 * MINUTE).value is None
    assert steadied(off, None, T0 + 2 * MINUTE).wake_at is None


@pytest.mark.parametrize(
    ("readings", "expect"),
    [
        ([(0, True), (10, None), (11, True)], True),
        ([(0, True), (10, None), (500, True)], True),
        ([(0, None), (1, True)], True),
        ([(0, True), (10, None), (20, None), (21, True)], True),
        ([(0, True), (10, False), (20, None), (21, True)], None),
        ([(0, True), (10, False), (20, None), (129, True)], None),
        ([(0, True), (10, False), (20, None), (130, True)], True),
        ([(0, True), (10, None), (20, False), (30, True)], False),
        ([(0, True), (10, None), (20, False), (140, True)], True),
        ([(0, True), (10, False), (20, True), (30, None), (40, True)], None),
        ([(0, False), (600, None), (610, True)], True),
    ],
)
def test_nothing_is_never_off(readings: list[tuple[int, bool | None]], expect: bool | None) -> None:
    evidence = Evidence()
    for seconds, raw in readings:
        evidence = steadied(evidence, raw, T0 + seconds * SECOND)
    assert evidence.value is expect
    assert (evidence.wake_at is not None) is (expect is not True)
