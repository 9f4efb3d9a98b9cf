"""The simulated Powerwall against figures worked out by hand. 13.5 kWh, 5 kW, nine tenths come out of what goes in."""

import pytest

from scripts.replaying.assumptions import Assumptions
from scripts.replaying.battery import Battery, Mode

HOUR = 3600.0


def battery(mode: Mode, level_pct: float, reserve_pct: float = 20) -> Battery:
    found = Battery(Assumptions(), mode)
    found.energy_kwh = found.capacity_kwh * level_pct / 100
    found.set_reserve(reserve_pct)
    return found


def test_it_serves_the_house_down_to_its_reserve() -> None:
    """2 kW for two hours from 40 %: 2.7 kWh are above the reserve, the other 1.3 come from the grid."""
    found = battery(Mode.SELF_POWERED, 40)
    imported, exported = found.advance(0, 2 * HOUR, 2.0, 0.0, False)
    assert (imported, exported) == (pytest.approx(1.3), 0)
    assert found.level_pct == pytest.approx(20)


def test_it_cannot_give_more_than_its_power() -> None:
    """A car of 7.4 kW takes 5 from the battery and 2.4 from the grid."""
    found = battery(Mode.SELF_POWERED, 90)
    imported, _ = found.advance(0, HOUR, 7.4, 0.0, False)
    assert imported == pytest.approx(2.4)
    assert found.energy_kwh == pytest.approx(13.5 * 0.9 - 5)


@pytest.mark.parametrize(("mode", "power"), [(Mode.SELF_POWERED, 1.8), (Mode.TIME_BASED, 5.0)])
def test_below_the_reserve_it_buys(mode: Mode, power: float) -> None:
    """In Self-Powered mode 1.8 kW, in Time-Based Control 5; the house is served by the grid meanwhile."""
    found = battery(mode, 50, reserve_pct=100)
    imported, _ = found.advance(0, HOUR, 0.5, 0.0, False)
    assert imported == pytest.approx(power + 0.5)
    assert found.energy_kwh == pytest.approx(6.75 + power * 0.9)


def test_at_the_reserve_it_stops_buying_and_stands_still() -> None:
    """From 79 to 80 % takes 0.135 kWh, for which 0.15 are bought; the rest of the hour it stands still."""
    found = battery(Mode.SELF_POWERED, 79, reserve_pct=80)
    imported, _ = found.advance(0, HOUR, 1.0, 0.0, False)
    assert imported == pytest.approx(1.0 + 0.15)
    assert found.level_pct == pytest.approx(80)


def test_sun_fills_it_and_the_rest_is_sold() -> None:
    """3 kW over the house's need for an hour, with room for 1.35 kWh: 1.5 go in, 1.5 are sold."""
    found = battery(Mode.SELF_POWERED, 90)
    assert found.advance(0, HOUR, 0.5, 3.5, False) == (0, pytest.approx(1.5))
    assert found.level_pct == pytest.approx(100)


def test_only_time_based_control_fills_itself_at_night() -> None:
    """The other discharges at night as by day."""
    filled, emptied = battery(Mode.TIME_BASED, 50), battery(Mode.SELF_POWERED, 50)
    assert filled.advance(0, HOUR, 0.4, 0.0, True)[0] == pytest.approx(5.4)
    assert emptied.advance(0, HOUR, 0.4, 0.0, True)[0] == 0
    assert emptied.energy_kwh == pytest.approx(6.35)


def test_a_watcher_sees_every_stretch() -> None:
    """What is added up from the powers is what the meter counted."""
    seen: list[tuple[float, float]] = []
    found = Battery(
        Assumptions(), Mode.SELF_POWERED, lambda start, end, _b, grid, _h, _s: seen.append((end - start, grid))
    )
    found.energy_kwh = 13.5 * 0.21
    imported, _ = found.advance(0, HOUR, 1.0, 0.0, False)
    assert sum(length / HOUR * grid for length, grid in seen) == pytest.approx(imported)
    assert sum(length for length, _ in seen) == pytest.approx(HOUR)
