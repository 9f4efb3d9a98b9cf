"""The simulated battery behaves as owners report (facts/powerwall.md 3)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, strategies as st
import pytest

from tests.simulators.tesla import IslandStatus, Lag, Mode, PowerwallSite, Snap

HOUR = timedelta(hours=1)


class Clock:
    """A clock that a test winds."""

    def __init__(self, now: datetime = datetime(2026, 11, 18, 12, tzinfo=UTC)) -> None:
        self.time = now

    def __call__(self) -> datetime:
        return self.time

    def wind(self, by: timedelta) -> None:
        self.time += by


@pytest.mark.parametrize(
    ("site", "battery_kw", "soc_after_an_hour"),
    [
        pytest.param(
            {"soc_pct": 60, "reserve_pct": 20, "load_kw": 1.35}, 1.35, 50, id="above the reserve it discharges"
        ),
        pytest.param(
            {"soc_pct": 60, "load_kw": 0.5, "car_power_kw": 7.4}, 5.0, 22.963, id="into the car, 5 kW at most"
        ),
        pytest.param({"soc_pct": 60, "load_kw": 2.7, "powerwalls": 2}, 2.7, 50, id="two hold twice as much"),
        pytest.param({"soc_pct": 21, "reserve_pct": 20, "load_kw": 2.7}, 2.7, 20, id="down to the reserve"),
        pytest.param({"soc_pct": 20, "reserve_pct": 20, "load_kw": 2.7}, 0, 20, id="at the reserve it stands by"),
        pytest.param(
            {"soc_pct": 20, "reserve_pct": 20, "solar_kw": 3.2, "load_kw": 0.5}, -2.7, 40, id="but takes solar"
        ),
        pytest.param({"soc_pct": 20, "reserve_pct": 100}, -1.8, 33.333, id="below the reserve it charges"),
        pytest.param(
            {"soc_pct": 20, "reserve_pct": 100, "grid_charging": False}, -1.8, 33.333, id="grid charging off or not"
        ),
        pytest.param({"soc_pct": 20, "reserve_pct": 100, "solar_kw": 3.2}, -2.7, 40, id="faster with more sun"),
        pytest.param(
            {"soc_pct": 20, "reserve_pct": 100, "mode": Mode.AUTONOMOUS}, -5.0, 57.037, id="up to 5 kW in TBC"
        ),
        pytest.param({"soc_pct": 20, "reserve_pct": 20, "mode": Mode.BACKUP}, -3.3, 44.444, id="backup fills up"),
        pytest.param(
            {"soc_pct": 60, "reserve_pct": 20, "mode": Mode.BACKUP, "grid_charging": False}, 0, 60, id="backup keeps"
        ),
        pytest.param({"soc_pct": 19, "reserve_pct": 20}, -1.8, 20, id="up to the reserve and no further"),
        pytest.param({"soc_pct": 99, "reserve_pct": 100}, -1.8, 100, id="full is full"),
        pytest.param({"soc_pct": 60, "load_kw": 1.35, "has_battery": False}, 0, 60, id="no battery, no power"),
        pytest.param({"soc_pct": 60, "solar_kw": 9, "has_solar": False, "load_kw": 1.35}, 1.35, 50, id="no panels"),
    ],
)
def test_an_hour_of_the_battery(site: dict[str, Any], battery_kw: float, soc_after_an_hour: float) -> None:
    clock = Clock()
    powerwall = PowerwallSite(now=clock, **site)
    assert powerwall.flows.battery_kw == pytest.approx(battery_kw)
    clock.wind(HOUR)
    assert powerwall.soc_pct == pytest.approx(soc_after_an_hour, abs=0.01)


def test_off_grid_the_house_runs_below_the_reserve() -> None:
    clock = Clock()
    powerwall = PowerwallSite(now=clock, soc_pct=21, reserve_pct=20, load_kw=1.35)
    powerwall.island_status = IslandStatus.UNINTENTIONAL
    clock.wind(HOUR)
    assert powerwall.soc_pct == pytest.approx(11)
    assert powerwall.flows.grid_kw == 0
    powerwall.island_status = IslandStatus.ON_GRID
    assert powerwall.flows.battery_kw == pytest.approx(-1.8)


def test_a_storm_fills_it_whatever_the_reserve() -> None:
    clock = Clock()
    powerwall = PowerwallSite(now=clock, soc_pct=60, reserve_pct=20)
    powerwall.storm_mode_active = True
    clock.wind(3 * HOUR)
    assert powerwall.soc_pct == 100
    assert powerwall.reserve_pct == 20


def test_time_based_control_rests_off_peak_in_london_time() -> None:
    clock = Clock(datetime(2026, 7, 1, 22, 29, 30, tzinfo=UTC))
    powerwall = PowerwallSite(now=clock, mode=Mode.AUTONOMOUS, load_kw=1.0)
    assert powerwall.flows.battery_kw == 1
    clock.wind(timedelta(minutes=1))
    assert powerwall.flows.battery_kw == 0
    clock.wind(6 * HOUR)
    assert powerwall.flows.battery_kw == 1


def test_the_car_follows_a_script() -> None:
    clock = Clock()
    charging_from = clock.time + HOUR
    powerwall = PowerwallSite(
        now=clock, soc_pct=60, load_kw=0, car_power_kw=lambda at: 2.7 if at >= charging_from else 0.0
    )
    clock.wind(2 * HOUR)
    assert powerwall.soc_pct == pytest.approx(40)


def test_a_change_of_load_counts_from_now() -> None:
    clock = Clock()
    powerwall = PowerwallSite(now=clock, soc_pct=60, load_kw=0)
    clock.wind(HOUR)
    powerwall.load_kw = 1.35
    clock.wind(HOUR)
    assert powerwall.soc_pct == pytest.approx(50)


def test_a_clock_that_goes_back_changes_nothing() -> None:
    clock = Clock()
    powerwall = PowerwallSite(now=clock, soc_pct=60)
    clock.wind(-HOUR)
    assert powerwall.soc_pct == 60


def test_a_write_shows_and_acts_after_its_own_lag() -> None:
    clock = Clock()
    powerwall = PowerwallSite(now=clock)
    powerwall.write({"reserve_pct": 100}, lag=Lag(shown_after_s=30, acts_after_s=90))
    assert (powerwall.reserve_pct, powerwall.obeyed_reserve_pct) == (20, 20)
    clock.wind(timedelta(seconds=30))
    assert (powerwall.reserve_pct, powerwall.obeyed_reserve_pct) == (100, 20)
    clock.wind(timedelta(seconds=60))
    assert (powerwall.reserve_pct, powerwall.obeyed_reserve_pct) == (100, 100)


def test_a_newer_write_overtakes_an_older_lag_and_a_pending_snap() -> None:
    clock = Clock()
    powerwall = PowerwallSite(now=clock)
    powerwall.write({"reserve_pct": 90}, lag=Lag(60, 60), snap=Snap(after_s=600))
    clock.wind(timedelta(seconds=10))
    powerwall.write({"reserve_pct": 35})
    clock.wind(HOUR)
    assert (powerwall.reserve_pct, powerwall.obeyed_reserve_pct) == (35, 35)


def test_a_late_landing_overwrites_a_newer_write() -> None:
    clock = Clock()
    powerwall = PowerwallSite(now=clock)
    powerwall.land_later(60, lambda: powerwall.write({"reserve_pct": 100}))
    powerwall.write({"reserve_pct": 35})
    assert powerwall.reserve_pct == 35
    clock.wind(timedelta(minutes=2))
    assert powerwall.reserve_pct == 100


@pytest.mark.parametrize(
    ("snap", "written", "kept"),
    [
        (Snap(), 80, 80),
        (Snap(), 81, 80),
        (Snap(), 99, 80),
        (Snap(), 100, 100),
        (Snap(hundred=True), 100, 80),
        (None, 90, 90),
    ],
)
def test_what_tesla_keeps_of_a_reserve(snap: Snap | None, written: int, kept: int) -> None:
    powerwall = PowerwallSite(now=Clock())
    powerwall.write({"reserve_pct": written}, snap=snap)
    assert powerwall.reserve_pct == kept


def test_a_battery_that_does_not_obey_catches_up_later() -> None:
    clock = Clock()
    powerwall = PowerwallSite(now=clock)
    powerwall.obeys = False
    powerwall.write({"reserve_pct": 100})
    assert (powerwall.reserve_pct, powerwall.obeyed_reserve_pct) == (100, 20)
    assert powerwall.flows.battery_kw == 0.5
    powerwall.obeys = True
    assert powerwall.flows.battery_kw == -1.8


_KW = st.floats(0, 12)


@given(
    soc=st.floats(0, 100),
    reserve=st.integers(0, 100),
    mode=st.sampled_from(Mode),
    island=st.sampled_from(IslandStatus),
    powers=st.tuples(_KW, _KW, _KW),
    hours=st.lists(st.floats(0.001, 9), max_size=4),
)
def test_energy_is_kept_and_the_level_stays_within_bounds(
    soc: float,
    reserve: int,
    mode: Mode,
    island: IslandStatus,
    powers: tuple[float, float, float],
    hours: list[float],
) -> None:
    clock = Clock(datetime(2026, 11, 18, 0, tzinfo=UTC))
    load, car, solar = powers
    powerwall = PowerwallSite(
        now=clock, soc_pct=soc, reserve_pct=reserve, mode=mode, load_kw=load, car_power_kw=car, solar_kw=solar
    )
    powerwall.island_status = island
    for each in hours[:2]:
        clock.wind(timedelta(hours=each))
        flows = powerwall.flows
        assert 0 <= powerwall.soc_pct <= 100
        assert abs(flows.battery_kw) <= 5
        if not powerwall.off_grid:
            assert flows.battery_kw + flows.grid_kw + flows.solar_kw == pytest.approx(flows.load_kw)
    counted = powerwall.energies.battery_in - powerwall.energies.battery_out
    assert powerwall.soc_pct == pytest.approx(soc + counted / 13.5 * 100, abs=0.01)


def test_a_long_silence_is_made_up_for_piece_by_piece() -> None:
    often, seldom = Clock(), Clock()
    watched = PowerwallSite(now=often, soc_pct=90, load_kw=0.7, solar_kw=lambda at: 3.0 if at.hour == 13 else 0.0)
    ignored = PowerwallSite(now=seldom, soc_pct=90, load_kw=0.7, solar_kw=lambda at: 3.0 if at.hour == 13 else 0.0)
    for _ in range(36):
        often.wind(timedelta(minutes=10))
        watched.advance()
    seldom.wind(6 * HOUR)
    assert ignored.soc_pct == pytest.approx(watched.soc_pct)
