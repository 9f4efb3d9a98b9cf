"""The simulated year: its totals, what is cheap when, and the core and its rivals in it."""

from dataclasses import replace
import json
from pathlib import Path

import pytest

from scripts.replaying.__main__ import main
from scripts.replaying.assumptions import Assumptions, named
from scripts.replaying.battery import Mode
from scripts.replaying.car import CarYear, Row
from scripts.replaying.clock import Spans, local
from scripts.replaying.core import Product, Setup
from scripts.replaying.docs import doubts_told, replace_part, savings_told, short
from scripts.replaying.doubts import Doubted, doubted
from scripts.replaying.policies import NOTHING, OURS, POLICIES, Case, play
from scripts.replaying.rivals import netzero, nothing
from scripts.replaying.savings import Agreement
from scripts.replaying.simulate import Outcome, Policy, Simulation
from scripts.replaying.table import as_markdown, as_text, costs, run, verdicts
from scripts.replaying.year import Ghosts, Regime, Year, cheap_half_hours, make_year

HALF_HOUR = 1800


def row(day: int, start: float, end: float, *, plugged: bool = True, draws: bool = True) -> Row:
    begin, over = local(day, start), local(day, end)
    return Row(begin, over, begin - 600, over, begin, over if draws else begin, plugged=plugged, state_tells=False)


def rows_only(*rows: Row) -> CarYear:
    return CarYear(tuple(sorted(rows, key=lambda each: each.listed_from)), Spans.of([]))


def quiet_year(*rows: Row, regime: Regime = Regime.WHOLE_SLOT) -> Year:
    """Two days without any load but the car's, nothing lost and nothing late."""
    prompt = replace(Assumptions(), acts_after_s=0, shown_after_s=0, lost_writes=0, entity_lag_s=0)
    made = make_year(prompt, days=2, regime=regime)
    car = rows_only(*rows)
    cheap = cheap_half_hours(car, regime, Ghosts.CHEAP, 2)
    price = [
        7.0 if made.nights.covers(step * 300) or step * 300 // HALF_HOUR in cheap else 30.0
        for step in range(len(made.price))
    ]
    drawing = Spans.of(list(car.drawing()))
    car_kw = [7.4 if drawing.covers(step * 300) else 0.0 for step in range(len(made.price))]
    flat = [0.0] * len(made.price)
    return replace(made, home=flat, sun=flat, car=car, drawing=drawing, car_kw=car_kw, price=price)


def test_a_year_holds_what_it_promises() -> None:
    """House and sun sum up to what was assumed, and the car comes within a hundredth of it."""
    found = make_year(Assumptions(), sun=True, seed=2)
    assert sum(found.home) / 12 == pytest.approx(4100)
    assert sum(found.car_kw) / 12 == pytest.approx(3060, rel=0.03)
    assert sum(found.sun) / 12 == pytest.approx(3600, rel=0.15)
    by_day = sum(kw for step, kw in enumerate(found.car_kw) if not found.nights.covers(step * 300)) / 12
    assert by_day / 3060 == pytest.approx(0.3, abs=0.06)


def test_the_same_seed_is_the_same_year() -> None:
    """Another regime changes prices and nothing else; another seed changes everything."""
    one, two = (make_year(Assumptions(), days=20, regime=regime, seed=4) for regime in Regime)
    assert (one.home, one.car.rows) == (two.home, two.car.rows)
    assert make_year(Assumptions(), days=20, seed=5).home != one.home


def test_nights_follow_the_clock_in_london() -> None:
    """23:30 there is 22:30 in UTC in July, and 23:30 in January."""
    assert local(10, 23.5) % 86400 == 23.5 * 3600
    assert local(190, 23.5) % 86400 == 22.5 * 3600


def test_the_whole_half_hour_is_cheap() -> None:
    """10:10 to 10:40 makes 10:00 to 11:00 cheap as a whole slot, also for a car that is away unless that is dear."""
    ten = int(local(0, 10) // HALF_HOUR)
    real, ghost = rows_only(row(0, 10 + 1 / 6, 10 + 2 / 3)), rows_only(row(0, 10, 10.5, plugged=False, draws=False))
    assert cheap_half_hours(real, Regime.WHOLE_SLOT, Ghosts.CHEAP, 1) == {ten, ten + 1}
    assert cheap_half_hours(ghost, Regime.WHOLE_SLOT, Ghosts.CHEAP, 1) == {ten}
    assert cheap_half_hours(ghost, Regime.WHOLE_SLOT, Ghosts.DEAR, 1) == frozenset()
    assert cheap_half_hours(ghost, Regime.CHARGE_CAP, Ghosts.CHEAP, 1) == frozenset()


def test_six_hours_of_a_charge_cap() -> None:
    """From 13:00 to 21:00 the first six hours are cheap; from noon the next day they are counted anew."""
    found = cheap_half_hours(rows_only(row(0, 13, 21), row(1, 12, 13)), Regime.CHARGE_CAP, Ghosts.CHEAP, 2)
    assert len(found) == 12 + 2
    assert int(local(0, 19) // HALF_HOUR) not in found


def cost(year: Year, policy: Policy, mode: Mode = Mode.TIME_BASED) -> Outcome:
    return Simulation(year, mode, 1).play(policy)


def test_a_slot_worked_out_by_hand() -> None:
    """An hour of 7.4 kW at noon, in Time-Based Control; the night before has filled the battery with 7.5 kWh.

    Left alone the battery gives 5 kWh and the grid 2.4; the next night 5 / 0.9 kWh fill it again. This integration
    keeps it full and the grid gives 7.4. All of it costs 7 p, so the difference is the loss on the way.
    """
    year = quiet_year(row(0, 12, 13))
    left, ours = cost(year, nothing(year)), cost(year, Product(Setup(), 1))
    assert left.imported_kwh == pytest.approx(7.5 + 2.4 + 5 / 0.9, abs=0.01)
    assert ours.imported_kwh == pytest.approx(7.5 + 7.4, abs=0.01)
    assert (left.writes, ours.writes) == (0, 2)
    assert left.cost == pytest.approx(0.07 * (2.4 + 5 / 0.9), abs=0.002)
    assert ours.cost == pytest.approx(0.07 * 7.4, abs=0.002)


def test_what_a_slot_is_worth_where_nothing_fills_the_night() -> None:
    """Self-Powered, an hour of 7.4 kW in a slot: left alone the battery gives 4.05 kWh that nobody refills.

    What it holds less at the end counts 7 / 0.9 p. This integration keeps it and takes 1.8 kWh besides.
    """
    year = quiet_year(row(0, 12, 13))
    left = cost(year, nothing(year), Mode.SELF_POWERED)
    ours = cost(year, Product(Setup(), 1), Mode.SELF_POWERED)
    assert left.imported_kwh == pytest.approx(7.4 - 4.05, abs=0.01)
    assert ours.imported_kwh == pytest.approx(7.4 + 1.8, abs=0.01)


def test_on_a_charge_cap_the_core_waits_for_the_car() -> None:
    """A slot in which the car never draws: nothing is bought, while a rival that believes the plan buys at 30 p."""
    year = quiet_year(row(0, 12, 13, draws=False), regime=Regime.CHARGE_CAP)
    ours = cost(year, Product(Setup(), 1), Mode.SELF_POWERED)
    rival = cost(year, netzero(year), Mode.SELF_POWERED)
    assert ours.imported_kwh == 0
    assert rival.imported_kwh >= 1.8


def test_a_default_that_is_broken_shows() -> None:
    """Five winter days in Self-Powered mode: without the proposed guard they cost a pound a day more."""
    case = Case(mode=Mode.SELF_POWERED, days=5)
    assert play(case, f"{OURS}, guard: off").cost > play(case, OURS).cost + 4
    assert play(case, NOTHING).cost > play(case, OURS).cost + 4


def test_tables() -> None:
    """Two days of one house: every figure is told, and the best rival is named."""
    cases = [Case(days=2, mode=mode) for mode in Mode]
    figures = costs(run(cases, [*POLICIES, "clairvoyant", "clairvoyant, by the reserve only"], (1, 2), workers=1))
    assert len(figures[OURS, "TBC whole slot"]) == 2
    assert f"**{OURS}**" in as_markdown(figures)
    assert "to the bound" in as_text(figures)
    assert all("best rival" in line for line in verdicts(figures))
    assert len(short(figures).splitlines()) == 2 + len(cases)


def test_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    """One day as JSON, the lists, and a name that does not exist."""
    chosen = ["--days", "1", "--regime", "whole_slot", "--mode", "tbc", "--sun", "no", "--policy", NOTHING]
    assert main([*chosen, "--json", "--workers", "1"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["policy"], told["writes"]) == (NOTHING, 0)
    assert main(["--list"]) == 0
    assert OURS in capsys.readouterr().out
    assert main(["--assumptions"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(named())
    assert main(["--policy", "guess", "--days", "1"]) == 2


def test_every_assumption_has_a_source_and_a_doubt() -> None:
    """A number without a source says that it is assumed, and every one can be put in doubt."""
    for name, value, unit, source, doubts in named():
        assert unit
        assert source
        assert doubts, name
        assert value not in doubts


def test_every_number_is_put_in_doubt() -> None:
    """A day each: the house without panels leaves out what only the sun's numbers change."""
    cases = [Case(days=1), Case(days=1, sun=True)]
    found = doubted(cases, (1,), workers=1)
    tried = sum(len(doubts) for *_, doubts in named())
    of_the_sun = [one for one in found if one.name in {"sun_kwp", "sun_kwh_per_kwp", "cloud_memory", "forecast_error"}]
    assert len(of_the_sun) == 8
    assert {one.column for one in of_the_sun} == {"TBC whole slot +sun"}
    assert len(found) == 2 * tried - len(of_the_sun)
    assert f"home_kwh 2700 instead of 4100 {found[0].unit}" in str(found[0])


def test_what_is_behind_in_doubt_stands_out() -> None:
    one = Doubted("car_kw", 11.0, 7.4, "kW", "a charger", "TBC whole slot", 100.0, "another way", 98.0, 90.0)
    other = replace(one, column="TBC whole slot +sun", ours=97.0)
    assert one.is_behind
    assert "BEHIND" in str(one)
    assert "| `car_kw` 11 | **+2.0** | -1.0 |" in doubts_told([one, other])
    assert "BEHIND" not in str(other)


def test_savings_are_told_with_their_error() -> None:
    """The last column is of the year in which slots for an absent car are dear, where there is one."""
    plain = Agreement(Case(), true_gbp=50.0, shown_gbp=48.0, bill_gbp=600.0)
    capped = replace(plain, case=Case(regime=Regime.CHARGE_CAP))
    dear = replace(plain, case=Case(ghosts=Ghosts.DEAR), true_gbp=40.0, shown_gbp=41.0)
    told = savings_told([plain, capped, dear])
    assert "| Time-Based Control, whole slot | 50.00 | 48.00 | -4.0 % | +2.5 % |" in told
    assert "| Time-Based Control, charge cap | 50.00 | 48.00 | -4.0 % |  |" in told
    assert "| Time-Based Control, charge cap | 50.00 | 48.00 | -4.0 % |\n" in savings_told([plain, capped])


def test_docs_are_written_between_their_comments(tmp_path: Path) -> None:
    """Only what lies between the two comments changes."""
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- replay table -->\nold\n<!-- replay table end -->\nafter\n")
    replace_part(page, "table", "new")
    assert page.read_text() == "before\n<!-- replay table -->\nnew\n<!-- replay table end -->\nafter\n"
    with pytest.raises(ValueError, match="no place for other"):
        replace_part(page, "other", "new")
