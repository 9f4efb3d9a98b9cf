"""What the picked entity says about the car (design 2)."""

from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.octopus_powerwall.domain.price.evidence import (
    Evidence,
    StateMeaning,
    read_state,
    reading_of,
    steady,
)

from .story import SECOND, at

T0 = at("12:00")


@pytest.mark.parametrize(
    ("state", "unit", "threshold", "was", "expect"),
    [
        ("on", None, None, None, True),
        ("off", None, None, None, False),
        ("Charging", None, None, None, True),
        ("disconnected", None, None, None, False),
        ("Charging reduced", None, None, None, True),
        ("charge_in_progress", None, None, None, True),
        ("Locked, car connected", None, None, None, False),
        ("Boosting", None, None, None, None),
        ("SMART_CONTROL_IN_PROGRESS", None, None, None, None),
        ("a word of tomorrow", None, None, None, None),
        ("7", None, None, None, None),
        ("unavailable", None, None, True, None),
        ("unknown", "W", None, True, None),
        ("", None, None, None, None),
        ("1000", "W", None, None, True),
        ("999", "W", None, None, False),
        ("999", "W", None, True, True),
        ("799", "W", None, True, False),
        ("1.0", "kW", None, None, True),
        ("0.9", "kW", None, None, False),
        ("5.0", "kW", 6000.0, None, False),
        ("6.0", "kW", 6000.0, None, True),
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


def test_how_a_state_is_read_is_told() -> None:
    """What proves nothing is told apart: a word that nobody knows, and silence."""
    assert read_state("Boosting", None, None) is StateMeaning.UNKNOWN_WORD
    assert read_state("unavailable", None, None) is StateMeaning.SILENT
    assert read_state("2500", "W", 3000.0) is StateMeaning.NOT_CHARGING


def told(*readings: tuple[int, bool | None]) -> Evidence:
    """The evidence after readings, each at so many seconds."""
    evidence = Evidence()
    for seconds, raw in readings:
        evidence = steady(evidence, raw, T0 + seconds * SECOND)
    return evidence


@pytest.mark.parametrize(
    ("readings", "expect"),
    [
        pytest.param([(0, True)], True, id="on counts at once"),
        pytest.param([(0, False)], False, id="so does off where nothing was known"),
        pytest.param([(0, True), (10, False), (39, False)], True, id="off has not stood for 30 s"),
        pytest.param([(0, True), (10, False), (40, False)], False, id="off has stood for 30 s"),
        pytest.param([(0, True), (10, False), (20, True), (45, False), (70, False)], True, id="an off that is broken"),
        pytest.param([(0, True), (10, None), (129, None)], True, id="two minutes of silence keep what was known"),
        pytest.param([(0, True), (10, None), (130, None)], None, id="and no more"),
        pytest.param([(0, False), (10, None), (129, None)], False, id="off is kept as well"),
        pytest.param([(0, True), (10, None), (300, None), (301, True)], True, id="on again after silence"),
        pytest.param([(0, True), (10, False), (20, None), (39, None)], True, id="silence is no off"),
        pytest.param([(0, True), (10, False), (20, None), (40, None)], False, id="the off before it goes on standing"),
        pytest.param([(0, True), (10, False), (40, False), (60, True)], False, id="on after an off waits"),
        pytest.param([(0, True), (10, False), (40, False), (60, True), (130, True)], True, id="for two minutes"),
        pytest.param(
            [(0, True), (10, False), (40, False), (60, True), (100, False), (110, True), (219, True)],
            False,
            id="each flicker begins the wait anew",
        ),
        pytest.param([(0, None), (1, True)], True, id="silence at first"),
    ],
)
def test_what_is_acted_on(readings: list[tuple[int, bool | None]], expect: bool | None) -> None:
    assert told(*readings).value is expect


@pytest.mark.parametrize(
    ("readings", "seconds"),
    [
        ([(0, True)], None),
        ([(0, True), (10, False)], 40),
        ([(0, True), (10, None)], 130),
        ([(0, True), (10, False), (40, False), (60, True)], 130),
        ([(0, None)], None),
    ],
)
def test_it_is_looked_at_again_when_it_may_change(readings: list[tuple[int, bool | None]], seconds: int | None) -> None:
    assert told(*readings).wake_at == (None if seconds is None else T0 + seconds * SECOND)


def test_a_clock_that_is_set_back_does_not_keep_silence_for_evidence() -> None:
    evidence = told((0, True), (3600, None), (10, None), (131, None))
    assert evidence.value is None


@given(st.lists(st.tuples(st.integers(1, 20), st.sampled_from([True, False, None])), max_size=120))
def test_law_flicker_is_bounded(steps: list[tuple[int, bool | None]]) -> None:
    """However an entity flickers, what is acted on goes from off to on at most once in two minutes."""
    evidence, at_s, raised = Evidence(), 0, []
    for seconds, raw in steps:
        at_s += seconds
        before = evidence.value
        evidence = steady(evidence, raw, T0 + at_s * SECOND)
        if before is False and evidence.value is True:
            raised.append(at_s)
    assert all(later - earlier >= 120 for earlier, later in pairwise(raised))
