"""The shadow battery: what a battery does that nobody but its owner has settings for (design 9.3)."""

from hypothesis import given, strategies as st
import pytest

from custom_components.octopus_powerwall.domain.money.shadow import (
    Habits,
    Stretch,
    Traits,
    advance_shadow,
    bought_to_meet_kwh,
    have_met,
)
from custom_components.octopus_powerwall.domain.reserve.situation import OperationMode

TRAITS = Traits()
SELF = Habits(20)
NIGHT = Habits(20, OperationMode.TIME_BASED, is_night=True)
DAY = Habits(20, OperationMode.TIME_BASED)


def held(net_kw: float, hours: float = 0.1) -> Stretch:
    """A step of a hold, in which the real battery takes 5 kW."""
    return Stretch(hours, net_kw, -5.0, 60.0, held=True)


def free(net_kw: float, battery_kw: float, level: float | None, hours: float = 0.1) -> Stretch:
    """A step in which the real battery does as it likes."""
    return Stretch(hours, net_kw, battery_kw, level, held=False)


@pytest.mark.parametrize(
    ("habits", "stored", "net_kw", "given_kw"),
    [
        pytest.param(SELF, 9.0, 2.0, 2.0, id="serves the house"),
        pytest.param(SELF, 9.0, 9.0, 5.0, id="serves house and car with all it can give"),
        pytest.param(SELF, 2.7, 2.0, 0.0, id="keeps the owner's reserve"),
        pytest.param(SELF, 9.0, -3.0, -3.0, id="takes the sun that is left over"),
        pytest.param(SELF, 13.5, -3.0, 0.0, id="takes no more than fits"),
        pytest.param(SELF, 1.0, 2.0, -1.8, id="fills slowly up to the reserve"),
        pytest.param(DAY, 9.0, 2.0, 2.0, id="Time-Based Control serves the house by day"),
        pytest.param(NIGHT, 9.0, 2.0, -5.0, id="Time-Based Control fills itself at night"),
        pytest.param(DAY, 1.0, 2.0, -5.0, id="Time-Based Control is quick below the reserve"),
        pytest.param(Habits(20, OperationMode.BACKUP), 9.0, 2.0, -5.0, id="Backup stays full"),
    ],
)
def test_left_to_itself(habits: Habits, stored: float, net_kw: float, given_kw: float) -> None:
    done = advance_shadow(stored, held(net_kw), habits, TRAITS)
    assert done.given_kwh == pytest.approx(given_kw * 0.1)
    assert done.imported_kwh - done.exported_kwh == pytest.approx((net_kw - given_kw) * 0.1)


@pytest.mark.parametrize(
    ("stored", "step", "habits", "given_kw"),
    [
        pytest.param(9.0, free(3.0, 2.5, 90), SELF, 2.5, id="as the real one does"),
        pytest.param(9.0, free(3.0, 0.0, 90), SELF, 0.0, id="rests with it, whatever its reasons"),
        pytest.param(2.7, free(3.0, 2.5, 90), SELF, 0.0, id="but not below its reserve"),
        pytest.param(9.0, free(-3.0, 0.0, 100), SELF, -3.0, id="has room for the sun when the real one is full"),
        pytest.param(9.0, free(3.0, 0.0, 20), SELF, 3.0, id="has energy when the real one is down"),
        pytest.param(9.0, free(1.0, 0.0, 100), NIGHT, -5.0, id="still fills when the real one is full"),
        pytest.param(9.0, free(1.0, 0.0, None), SELF, 0.0, id="of an unknown level nothing is concluded"),
    ],
)
def test_beside_a_battery_that_is_left_alone(stored: float, step: Stretch, habits: Habits, given_kw: float) -> None:
    assert advance_shadow(stored, step, habits, TRAITS).given_kwh == pytest.approx(given_kw * 0.1)


@pytest.mark.parametrize(
    ("stored", "step", "met"),
    [
        pytest.param(13.45, free(1.0, 0.0, 100), True, id="both full"),
        pytest.param(2.74, free(1.0, 0.0, 20.2), True, id="both down"),
        pytest.param(6.76, free(1.0, 1.0, 50), True, id="the same energy"),
        pytest.param(2.7, free(1.0, 1.0, 20.5), False, id="one of them still gives"),
        pytest.param(2.7, free(1.0, 0.0, 60), False, id="one of them down"),
        pytest.param(13.5, free(1.0, 0.0, None), False, id="unknown"),
        pytest.param(13.5, Stretch(0.1, 1.0, 0.0, 100.0, held=True), False, id="held"),
    ],
)
def test_where_they_meet(stored: float, step: Stretch, *, met: bool) -> None:
    assert have_met(stored, step, SELF, TRAITS) is met


@pytest.mark.parametrize(
    ("stored", "level", "bought"),
    [
        pytest.param(2.7, 20.1, 0.0135, id="on the way down the real one still has it to give"),
        pytest.param(2.72, 20.0, -0.02, id="or the shadow has"),
        pytest.param(13.41, 100.0, 0.1, id="a full battery has charged it, with its losses"),
        pytest.param(5.0, None, 0.0, id="nobody knows"),
    ],
)
def test_what_is_bought_to_meet(stored: float, level: float | None, bought: float) -> None:
    assert bought_to_meet_kwh(stored, free(0.0, 0.0, level), TRAITS) == pytest.approx(bought)


@given(
    stored=st.floats(0, 13.5),
    net_kw=st.floats(-8, 15),
    battery_kw=st.floats(-5, 5),
    hours=st.floats(0.001, 1 / 6),
    level=st.none() | st.floats(0, 100),
    reserve=st.integers(0, 100),
    mode=st.sampled_from(OperationMode),
    is_held=st.booleans(),
    is_night=st.booleans(),
)
def test_no_energy_is_made_or_lost(
    stored: float,
    net_kw: float,
    battery_kw: float,
    hours: float,
    level: float | None,
    reserve: int,
    mode: OperationMode,
    is_held: bool,
    is_night: bool,
) -> None:
    """What goes in or comes out, less the losses, is what is stored; the meter counts the rest."""
    habits = Habits(reserve, mode, is_night)
    done = advance_shadow(stored, Stretch(hours, net_kw, battery_kw, level, is_held), habits, TRAITS)
    change = -done.given_kwh if done.given_kwh > 0 else -done.given_kwh * TRAITS.round_trip
    assert done.stored_kwh == pytest.approx(stored + change, abs=1e-9)
    assert -1e-9 <= done.stored_kwh <= TRAITS.capacity_kwh + 1e-9
    assert done.imported_kwh - done.exported_kwh == pytest.approx(net_kw * hours - done.given_kwh, abs=1e-9)
    assert min(done.imported_kwh, done.exported_kwh) == 0
    if done.given_kwh > 0:
        assert done.stored_kwh >= TRAITS.energy_kwh(reserve) - 1e-9
