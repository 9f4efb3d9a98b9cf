"""Live powers made into settlement half hours: everything seen is counted once, and what was not seen is said (9.2)."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.octopus_powerwall.domain.money.half_hour import Cheapness
from custom_components.octopus_powerwall.domain.money.ledger import KEPT, LONGEST_GAP, Ledger, Measurement, measure
from custom_components.octopus_powerwall.domain.settings import Intent

from .story import MINUTE, at, course, look, minutes, through


def test_an_hour_of_two_half_hours() -> None:
    """A house of 1 kW, served by the battery first and by the grid then."""
    looks = [look(when, battery_kw=1.0) for when in minutes(at("12:00"), at("12:30"))]
    looks += [look(when, grid_kw=1.0) for when in minutes(at("12:30"), at("13:00"))]
    ledger, closed = through(looks)
    first, second = closed
    assert (first.start, second.start) == (at("12:00"), at("12:30"))
    assert (first.discharged_kwh, first.imported_kwh) == pytest.approx((0.5, 0))
    assert (second.discharged_kwh, second.imported_kwh) == pytest.approx((0, 0.5))
    assert first.home_kwh == second.home_kwh == pytest.approx(0.5)
    assert first.seen_s == second.seen_s == 1800
    assert not first.differs
    assert ledger.open is not None
    assert (ledger.open.start, ledger.open.seen_s) == (at("13:00"), 0)


def test_what_comes_from_the_grid_and_what_from_the_sun() -> None:
    """The sun gives 4 kW, the house takes 1, the battery 5: two of these are bought."""
    ledger, _ = through([look(at("12:00"), -5.0, 2.0, solar_kw=4.0), look(at("12:06"), -5.0, 2.0, solar_kw=4.0)])
    assert ledger.open is not None
    assert ledger.open.from_grid_kwh == pytest.approx(0.2)
    assert ledger.open.stored_kwh == pytest.approx(0.5)
    assert ledger.open.solar_kwh == pytest.approx(0.4)
    assert ledger.open.home_kwh == pytest.approx(0.1)
    assert ledger.open.charged_kwh == 0


def test_a_home_that_is_measured_is_not_worked_out() -> None:
    ledger, _ = through([look(at("12:00"), 1.0, home_kw=1.2), look(at("12:06"), 1.0, home_kw=1.2)])
    assert ledger.open is not None
    assert ledger.open.home_kwh == pytest.approx(0.12)


def test_a_look_may_span_an_edge() -> None:
    ledger, closed = through([look(at("12:28"), grid_kw=3.0), look(at("12:34"), grid_kw=3.0)])
    assert closed[0].imported_kwh == pytest.approx(0.1)
    assert ledger.open is not None
    assert ledger.open.imported_kwh == pytest.approx(0.2)


def test_looks_in_the_same_seconds_are_one() -> None:
    """The entities of a battery change one after the other: the last word counts."""
    ledger, _ = through(
        [look(at("12:00:00"), grid_kw=9.0), look(at("12:00:01"), grid_kw=3.0), look(at("12:06:00"), grid_kw=3.0)]
    )
    assert ledger.open is not None
    assert ledger.open.imported_kwh == pytest.approx(0.3)


def test_a_decision_is_a_look_of_its_own() -> None:
    """Held from 12:05:03 on: what flowed before was not ours."""
    held = course(held=True, band=Cheapness.SLOT, in_slot=True)
    looks = [look(at("12:05:00"), -4.0, 4.0), look(at("12:05:03"), -4.0, 4.0, decided=held)]
    looks.append(look(at("12:11:03"), -4.0, 4.0))
    ledger, _ = through(looks)
    row = ledger.open
    assert row is not None
    assert row.charged_kwh == pytest.approx(0.4)
    assert row.from_grid_kwh == pytest.approx(0.4 + 4.0 * 3 / 3600)
    assert (row.band, row.intent, row.in_slot) == (Cheapness.SLOT, Intent.CHARGE, True)


def test_what_changed_between_two_readings_did_so_halfway() -> None:
    """Sensors are read now and then: neither the reading before nor the one after is right for the time between."""
    ledger, _ = through([look(at("12:00"), grid_kw=3.0, solar_kw=1.0), look(at("12:06"), grid_kw=1.0, solar_kw=2.0)])
    assert ledger.open is not None
    assert (ledger.open.imported_kwh, ledger.open.solar_kwh) == pytest.approx((0.2, 0.15))


def test_a_battery_needs_a_moment_to_let_go_of_a_hold() -> None:
    """What it is seen to take in the three minutes after is still ours: the shadow does not take it."""
    held = course(held=True)
    looks = [look(at("12:00"), -5.0, 6.0, 50.0, held), look(at("12:05"), -5.0, 6.0, 53.0)]
    ledger, _ = through([*looks, look(at("12:07"), -5.0, 6.0, 54.0)])
    assert ledger.shadow_kwh == pytest.approx(6.75 - 7 / 60)
    ledger, _ = through([look(at("12:09"), -5.0, 6.0, 55.0), look(at("12:15"), -5.0, 6.0, 57.0)], ledger)
    assert ledger.shadow_kwh == pytest.approx(6.75 - 9 / 60 + 0.5 * 0.9)


def test_a_short_silence_is_bridged() -> None:
    """Nothing is known of the powers for five minutes: those from before stand."""
    ledger, _ = through([look(at("12:00"), grid_kw=3.0), look(at("12:05"), None), look(at("12:10"), grid_kw=3.0)])
    assert ledger.open is not None
    assert (ledger.open.imported_kwh, ledger.open.seen_s) == pytest.approx((0.5, 600))


def test_a_long_silence_is_a_gap() -> None:
    looks = [look(at("12:00"), grid_kw=3.0)]
    looks += [look(at("12:00") + MINUTE * step, None) for step in range(1, 50)]
    looks += [look(at("12:50"), grid_kw=1.0), look(at("12:56"), grid_kw=1.0)]
    ledger, closed = through(looks)
    assert [(row.start, row.seen_s, row.imported_kwh) for row in closed] == [(at("12:00"), 0, 0)]
    assert ledger.open is not None
    assert (ledger.open.start, ledger.open.seen_s) == (at("12:30"), 360)
    assert ledger.open.imported_kwh == pytest.approx(0.1)


def test_whole_half_hours_that_nobody_saw_are_missing() -> None:
    ledger, closed = through([look(at("12:00")), look(at("12:06")), look(at("15:00")), look(at("15:06"))])
    assert [row.start for row in closed] == [at("12:00")]
    assert [row.start for row in ledger.rows] == [at("12:00")]
    assert ledger.open is not None
    assert ledger.open.start == at("15:00")


def test_nothing_is_known_before_the_first_power() -> None:
    ledger, closed = through([look(at("12:00"), None), look(at("12:20"), None)])
    assert (ledger, closed) == (Ledger(), [])


def test_a_silence_without_end_closes_what_was_open() -> None:
    ledger, closed = through([look(at("12:00"), 1.0), look(at("12:06"), 1.0), look(at("13:00"), None)])
    assert [row.seen_s for row in closed] == [360]
    assert ledger.open is None
    ledger, closed = through([look(at("13:01"), None), look(at("13:02"), 1.0), look(at("13:08"), 1.0)], ledger)
    assert closed == []
    assert ledger.open is not None
    assert ledger.open.seen_s == 360


def test_the_shadow_parts_when_a_hold_begins() -> None:
    """Half full, held for an hour while house and car take 8 kW: without us the battery had given 5."""
    held = course(held=True, band=Cheapness.SLOT, in_slot=True)
    looks = [look(when, -5.0, 13.0, 50.0, held) for when in minutes(at("12:00"), at("12:30"))]
    _, (row,) = through(looks)
    assert row.imported_kwh == pytest.approx(6.5)
    assert row.shadow_imported_kwh == pytest.approx(1.5)
    assert row.kept_kwh == pytest.approx(2.5)
    assert row.charged_kwh == pytest.approx(2.5)
    # The level was not moved in this story: all that is gained is what the shadow has given.
    assert row.gained_kwh == pytest.approx(2.5)
    assert not row.have_met


def test_without_a_level_or_the_owners_reserve_nothing_parts() -> None:
    for one in (look(at("12:00"), -5.0, 5.0, None, course(held=True)),):
        ledger, _ = through([one, look(at("12:06"), level=None, decided=course(held=True))])
        assert ledger.shadow_kwh is None
    ledger, _ = through([look(at("12:00"), -5.0, 5.0, 50.0, course(held=True, reserve=None))])
    assert ledger.shadow_kwh is None


def test_the_difference_outlives_a_restart() -> None:
    """3 kWh ahead, then nothing is seen for an hour, and the battery is found lower: it is still 3 kWh ahead."""
    held = course(held=True)
    looks = [look(at("12:00"), -5.0, 6.0, 50.0, held), look(at("12:10"), -5.0, 6.0, 70.0, held)]
    before, _ = through(looks)
    after, _ = through([look(at("13:10"), 1.0, 0.0, 60.0)], before)
    assert before.ahead_kwh > 2
    assert after.ahead_kwh == pytest.approx(before.ahead_kwh)
    forgotten, _ = through([look(at("20:10"), 1.0, 0.0, 60.0)], before)
    assert (forgotten.shadow_kwh, forgotten.ahead_kwh) == (None, 0.0)


def test_a_clock_set_back_counts_nothing_twice() -> None:
    looks = [look(when, grid_kw=1.0) for when in minutes(at("12:00"), at("12:40"))]
    ledger, _ = through(looks)
    again, closed = through([look(when, grid_kw=1.0) for when in minutes(at("12:10"), at("12:39"))], ledger)
    assert (again, closed) == (ledger, [])


def test_a_clock_that_was_days_ahead_leaves_nothing_there() -> None:
    ledger, _ = through([look(at(clock, 21)) for clock in ("12:00", "12:10", "12:20", "12:30", "12:40")])
    ledger, _ = through([look(at("12:00")), look(at("12:10"))], ledger)
    assert ledger.rows == ()
    assert ledger.open is not None
    assert ledger.open.start == at("12:00")


def test_two_weeks_are_kept() -> None:
    start = at("00:00", 1)
    ledger, _ = through(look(start + timedelta(minutes=10 * step)) for step in range(6 * 24 * 16))
    assert len(ledger.rows) == 14 * 48
    assert ledger.rows[0].start + KEPT + timedelta(minutes=30) > start + timedelta(days=16) - timedelta(minutes=10)


INSTANTS = st.integers(-4000, 40000).map(lambda seconds: at("12:00") + timedelta(seconds=seconds))


@given(times=st.lists(INSTANTS, min_size=2, max_size=60), known=st.lists(st.booleans(), min_size=60, max_size=60))
def test_no_second_is_seen_twice(times: list[datetime], known: list[bool]) -> None:
    """Whatever the clock does and whenever powers are missing."""
    ledger, closed = through(
        look(when, 1.0 if is_known else None) for when, is_known in zip(times, known, strict=False)
    )
    rows = [*ledger.rows, *([ledger.open] if ledger.open else [])]
    assert [row.start for row in rows] == sorted({row.start for row in rows})
    for row in (*rows, *closed):
        assert 0 <= row.seen_s <= 1800
        assert row.discharged_kwh == pytest.approx(row.seen_s / 3600)


@given(seconds=st.lists(st.integers(1, 590), min_size=1, max_size=30), extra=st.integers(0, 589))
def test_more_looks_change_nothing(seconds: list[int], extra: int) -> None:
    """A look that sees what stood already adds nothing and takes nothing away."""
    times = [at("12:00")]
    for step in seconds:
        times.append(times[-1] + timedelta(seconds=step))
    between = [at("12:00") + timedelta(seconds=extra)] if extra < seconds[0] else []

    def imported(looks: list[Measurement]) -> float:
        ledger, closed = through(looks)
        return sum(row.imported_kwh for row in (*closed, *([ledger.open] if ledger.open else [])))

    plain = [look(when, grid_kw=2.0) for when in times]
    denser = sorted([*plain, *(look(when, grid_kw=2.0) for when in between)], key=lambda one: one.at)
    # Looks closer than 15 s wait to be counted with the next one.
    tail = [look(times[-1] + LONGEST_GAP, grid_kw=2.0)]
    assert imported(plain + tail) == pytest.approx(imported(denser + tail))


def test_an_unchanged_look_costs_no_row() -> None:
    ledger, _ = through([look(at("12:00"))])
    assert measure(ledger, look(at("12:00:05"))).closed == ()


def test_across_a_gap_without_any_level_the_difference_is_given_up() -> None:
    """Where neither look tells how full the battery is, nobody knows what became of it."""
    held = course(held=True, band=Cheapness.SLOT, in_slot=True)
    looks = [look(at("12:00"), -4.0, 4.0, decided=held), look(at("12:06"), -4.0, 4.0, decided=held)]
    before, _ = through(looks)
    assert before.shadow_kwh is not None
    blind, _ = through([look(at("12:07"), -4.0, 4.0, level=None, decided=held)], before)
    after, _ = through([look(at("14:00"), level=None)], blind)
    assert (after.shadow_kwh, after.ahead_kwh) == (None, 0.0)


def read(second: int, read_at: int, grid_kw: float, *, held: bool = False, level: float = 50.0) -> Measurement:
    """A look at a second after noon that shows the reading of another second."""
    noon = at("12:00")
    decided = course(held=held)
    seen = look(noon + timedelta(seconds=second), -grid_kw, grid_kw, level, decided)
    return replace(seen, read_at=noon + timedelta(seconds=read_at))


def test_a_decision_between_two_readings_is_no_reading() -> None:
    """It divides what the two readings show between what was decided before and after it."""
    ledger, _ = through([read(0, 0, 5.0, held=True), read(45, 0, 5.0), read(60, 60, 0.0)])
    assert ledger.open is not None
    assert ledger.open.imported_kwh == pytest.approx(2.5 / 60)
    assert ledger.open.charged_kwh == pytest.approx(2.5 * 45 / 3600)
    assert ledger.open.seen_s == 60
    assert ledger.held_until == at("12:00:45")
    assert ledger.since == ()


def test_a_battery_that_is_silent_for_longer_stands_still() -> None:
    ledger, _ = through([read(0, 0, 5.0), read(74, 0, 5.0), read(75, 0, 5.0)])
    assert ledger.open is not None
    assert ledger.open.imported_kwh == pytest.approx(5.0 * 75 / 3600)


def test_powers_that_change_are_a_reading_whatever_the_level_does() -> None:
    ledger, _ = through([read(0, 0, 5.0), read(30, 0, 3.0)])
    assert ledger.open is not None
    assert ledger.open.imported_kwh == pytest.approx(4.0 * 30 / 3600)


def test_a_hold_between_two_readings_begins_with_the_level_between_them() -> None:
    looks = [read(0, 0, 5.0), read(30, 0, 5.0, held=True), read(60, 60, 5.0, held=True, level=52.0)]
    ledger, _ = through(looks)
    # Half a minute at rest since: the shadow has neither house nor sun.
    assert ledger.shadow_kwh == pytest.approx(13.5 * 0.51)


def test_without_a_level_at_one_end_the_last_one_serves() -> None:
    looks = [read(0, 0, 5.0), read(30, 0, 5.0, held=True), replace(read(60, 60, 5.0, held=True), level_pct=None)]
    ledger, _ = through(looks)
    assert ledger.shadow_kwh == pytest.approx(13.5 * 0.5)


def test_a_clock_set_back_between_two_readings_counts_nothing_twice() -> None:
    ledger, _ = through([read(0, 0, 5.0), read(50, 0, 5.0, held=True), read(30, 0, 5.0), read(60, 60, 5.0)])
    assert ledger.open is not None
    assert ledger.open.seen_s == 60


def test_a_decision_and_a_reading_in_the_instant_of_the_last_one() -> None:
    """As at a start, when everything comes at once: no time has passed, and nothing is divided by it."""
    looks = [read(0, 0, 5.0), read(0, 0, 5.0, held=True), read(0, 1, 5.0, level=51.0)]
    ledger, _ = through([*looks, read(30, 30, 5.0, level=52.0)])
    assert ledger.open is not None
    assert (ledger.open.seen_s, ledger.since) == (30, ())


@given(st.lists(st.tuples(st.sampled_from([0, 1, 20, 74, 76]), st.integers(0, 1), st.booleans()), max_size=12))
def test_law_no_second_counts_twice_however_looks_and_readings_fall(seen: list[tuple[int, int, bool]]) -> None:
    """Also many in one instant, with readings of any age."""
    looks = [read(second, second - age, 5.0, held=held) for second, age, held in sorted(seen)]
    ledger, _ = through(looks)
    passed = looks[-1].at - looks[0].at if looks else timedelta(0)
    assert (ledger.open.seen_s if ledger.open is not None else 0) <= passed.total_seconds()


@given(st.lists(st.tuples(st.integers(1, 599), st.booleans()), max_size=8))
def test_law_decisions_between_readings_change_no_energy(decisions: list[tuple[int, bool]]) -> None:
    """Ten minutes with a reading a minute: whatever is decided in between, the meter counts the same."""
    powers = [0.0, 3.0, 3.0, 1.0, 0.0, 5.0, 5.0, 2.0, 0.0, 4.0, 4.0]
    readings = [read(60 * number, 60 * number, kw) for number, kw in enumerate(powers)]
    plain, _ = through(readings)
    between = [read(second, second // 60 * 60, powers[second // 60], held=held) for second, held in decisions]
    ledger, _ = through(sorted([*readings, *between], key=lambda one: one.at))
    assert plain.open is not None
    assert ledger.open is not None
    assert ledger.open.imported_kwh == pytest.approx(plain.open.imported_kwh)
    assert ledger.open.seen_s == plain.open.seen_s == 600


def test_no_energy_is_lost_where_they_meet() -> None:
    """A hold saves a tenth of a kilowatt hour. When the two meet again all of it has been used, to the watt hour."""

    def level(stored_kwh: float) -> float:
        return stored_kwh / 13.5 * 100

    held, free = course(held=True, reserve=49), course(reserve=49)
    ledger, _ = through(
        [
            look(at("12:00"), 0.0, 1.0, level(6.75), held),
            look(at("12:06"), 0.0, 1.0, level(6.75), held),
            look(at("12:06:20"), 1.0, 0.0, level(6.75 - 10 / 3600), free),
            look(at("12:10:20"), 1.0, 0.0, level(6.75 - 250 / 3600), free),
            look(at("12:14:20"), 1.0, 0.0, level(6.75 - 490 / 3600), free),
        ]
    )
    row = ledger.open
    assert row is not None
    assert row.have_met
    assert row.imported_kwh == pytest.approx(0.1 + 10 / 3600)
    assert row.shadow_imported_kwh == pytest.approx(row.imported_kwh)
