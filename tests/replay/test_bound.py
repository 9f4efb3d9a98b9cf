"""The bound: worked out by hand, against every plan there is in a small case, and below every policy."""

from dataclasses import replace
from itertools import product

from hypothesis import given, settings, strategies as st
import pytest

from scripts.replaying.assumptions import Assumptions
from scripts.replaying.battery import Mode
from scripts.replaying.bound import least_cost
from scripts.replaying.clock import STEP_S, Spans
from scripts.replaying.policies import BOUND, OURS, RESERVE_BOUND, RIVALS, Case, columns, play
from scripts.replaying.year import Year, make_year

# Six minutes of 10 kW are a kilowatt hour; with steps of five minutes 12 kW are.
ONE_KWH = 12.0


def year(home: list[float], price: list[float], sun: list[float] | None = None, export: float = 15.0) -> Year:
    """A very short year of given powers and prices, with a small battery that loses nothing: 4 kWh, 1 kWh a step."""
    small = Assumptions(battery_kwh=4.0, battery_kw=ONE_KWH, round_trip=1.0, reserve_pct=0, night_price=0)
    steps = len(home)
    made = make_year(small, days=1)
    return replace(
        made, home=home, price=price, sun=sun or [0.0] * steps, car_kw=[0.0] * steps, export=export, given=small
    )


def test_cheap_power_is_kept_for_the_dear_hour() -> None:
    """A kWh bought for 7 p serves the kWh that would cost 30 p; what is in the battery is used first."""
    assert least_cost(year([0, ONE_KWH], [7, 30]), begin_kwh=0) == pytest.approx(0.07)
    assert least_cost(year([0, ONE_KWH], [7, 30]), begin_kwh=1) == 0
    assert least_cost(year([ONE_KWH, ONE_KWH], [7, 30]), begin_kwh=0) == pytest.approx(0.14)
    assert least_cost(year([0, 2 * ONE_KWH], [7, 30]), begin_kwh=0) == pytest.approx(0.07 + 0.30)


def test_losses_are_paid() -> None:
    """At nine tenths a kWh later costs 7 / 0.9 p now."""
    lossy = year([0, 0.9 * ONE_KWH], [7, 30])
    lossy = replace(lossy, given=replace(lossy.given, round_trip=0.9))
    assert least_cost(lossy, begin_kwh=0) == pytest.approx(0.07)


def test_sun_is_sold_where_that_pays_more() -> None:
    """A kWh of sun is worth 15 p now, or the 7 p that it saves in the next cheap step."""
    assert least_cost(year([0, ONE_KWH], [30, 7], [ONE_KWH, 0]), begin_kwh=0) == pytest.approx(-0.15 + 0.07)
    assert least_cost(year([0, ONE_KWH], [30, 30], [ONE_KWH, 0]), begin_kwh=0) == pytest.approx(0)


def test_by_the_reserve_only_it_buys_slowly() -> None:
    """With a tenth of the power only a tenth of a kWh is there when it is needed."""
    case = year([0, ONE_KWH], [7, 30])
    case = replace(case, given=replace(case.given, slow_kw=ONE_KWH / 10))
    assert least_cost(case, begin_kwh=0, reserve_only=Mode.SELF_POWERED) == pytest.approx(0.1 * 0.07 + 0.9 * 0.30)


@pytest.mark.parametrize("mode", Mode)
def test_by_the_reserve_only_sun_is_stored(mode: Mode) -> None:
    """A kWh of sun that would earn 15 p goes into the battery and saves 7 p there; a full battery lets it go."""
    case = year([0, ONE_KWH], [30, 7], [ONE_KWH, 0])
    assert least_cost(case, begin_kwh=0) == pytest.approx(-0.15 + 0.07)
    assert least_cost(case, begin_kwh=0, reserve_only=mode) == pytest.approx(0)
    assert least_cost(case, begin_kwh=4, reserve_only=mode) == pytest.approx(-0.15)


def test_by_the_reserve_only_time_based_control_fills_the_night() -> None:
    """Four steps of night fill it although nothing needs it; a day without a use for it shows the pounds."""
    night, day = [7.0] * 4, [30.0, 30.0]
    case = year([0.0] * 4 + [ONE_KWH, 0], night + day)
    case = replace(case, nights=Spans.of([(0, 4 * STEP_S)]))
    assert least_cost(case, begin_kwh=0) == pytest.approx(0.07)
    assert least_cost(case, begin_kwh=0, reserve_only=Mode.TIME_BASED) == pytest.approx(0.28)
    # What is left in it is worth the night's price where one is told.
    assert least_cost(case, begin_kwh=3, reserve_only=Mode.TIME_BASED) == pytest.approx(0.07)


PRICES = st.lists(st.sampled_from([7.0, 30.0]), min_size=5, max_size=5)
LOADS = st.lists(st.sampled_from([-2, -1, 0, 1, 2]), min_size=5, max_size=5)


@settings(max_examples=60, deadline=None)
@given(PRICES, LOADS, st.sampled_from([0.0, 5.0, 15.0]), st.integers(0, 4))
def test_law_no_plan_is_cheaper(prices: list[float], loads: list[int], export: float, begin: int) -> None:
    """Every plan in whole kilowatt hours is tried; where nothing is concave the best of them is the bound itself."""
    home = [ONE_KWH * max(0, load) for load in loads]
    sun = [ONE_KWH * max(0, -load) for load in loads]
    bound = least_cost(year(home, prices, sun, export), begin_kwh=begin)
    best = min(_costs(loads, prices, export, begin))
    assert bound <= best + 1e-9
    if export <= min(prices):
        assert bound == pytest.approx(best)


@settings(max_examples=60, deadline=None)
@given(PRICES, LOADS, st.sampled_from([0.0, 5.0, 15.0]), st.integers(0, 4))
def test_law_no_plan_by_the_reserve_is_cheaper(
    prices: list[float], loads: list[int], export: float, begin: int
) -> None:
    """The same where surplus sun is stored whatever one asks for: never below what any other plan may do."""
    home = [ONE_KWH * max(0, load) for load in loads]
    sun = [ONE_KWH * max(0, -load) for load in loads]
    case = year(home, prices, sun, export)
    case = replace(case, given=replace(case.given, slow_kw=ONE_KWH))
    bound = least_cost(case, begin_kwh=begin, reserve_only=Mode.SELF_POWERED)
    assert bound >= least_cost(case, begin_kwh=begin) - 1e-9
    best = min(_costs(loads, prices, export, begin, stores_sun=True))
    assert bound <= best + 1e-9
    if not export:
        assert bound == pytest.approx(best)


def _costs(
    loads: list[int], prices: list[float], export: float, begin: int, *, stores_sun: bool = False
) -> list[float]:
    found = []
    for plan in product((-1, 0, 1), repeat=len(loads)):
        level, pence = begin, 0.0
        for move, load, price in zip(plan, loads, prices, strict=True):
            if move < 0 and load < 1:
                break
            if stores_sun and load < 0 and move == 0 and level < 4:
                break
            level += move
            net = load + move
            pence += price * net if net > 0 else export * net
            if not 0 <= level <= 4:
                break
        else:
            found.append(pence / 100)
    return found


def test_every_policy_is_above_it() -> None:
    """Five days of every column, with export paid well: there is nothing below the bound."""
    for case in columns(Case(days=5, seed=3)):
        by_reserve = play(case, RESERVE_BOUND).cost
        assert by_reserve >= play(case, BOUND).cost - 1e-6
        for policy in (*RIVALS, OURS):
            assert play(case, policy).cost >= by_reserve - 1e-6, (case.column, policy)
    assert Mode.SELF_POWERED in {case.mode for case in columns(Case())}
