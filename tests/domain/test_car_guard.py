"""Outside every slot the battery is kept out of the car (design 5.14)."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.octopus_powerwall.domain.codec import decode, encode
from custom_components.octopus_powerwall.domain.model import Interval
from custom_components.octopus_powerwall.domain.plan.car_guard import (
    LINGERS_FOR,
    LONGEST,
    CarSession,
    find_guard_span,
    follow_car,
)
from custom_components.octopus_powerwall.domain.plan.timeline import SpanKind
from custom_components.octopus_powerwall.domain.reason import Reason
from custom_components.octopus_powerwall.domain.settings import CarGuard, Intent, Mode, Settings, Wishes
from custom_components.octopus_powerwall.domain.world import World

from .story import CAPPED, FLAT, MINUTE, REFUSED, SECOND, House, at, span, times

GUARDED = Settings(car_guard=CarGuard.PRESERVE_CHARGE)
CHARGING_UP = Settings(car_guard=CarGuard.CHARGE_UP)


def house(settings: Settings = GUARDED, **more: object) -> House:
    """A house whose owner chose a guard, on a charge-cap account."""
    return House(settings=settings, **{"code": CAPPED, **more})  # type: ignore[arg-type]


# --- what a session is ------------------------------------------------------------------------------------


def test_a_session_lasts_over_short_pauses() -> None:
    session = follow_car(None, at("12:00"), charging=True)
    session = follow_car(session, at("12:10"), charging=False)
    session = follow_car(session, at("12:11"), charging=None)
    assert session == CarSession(at("12:00"), at("12:10"))
    assert follow_car(session, at("12:11:59"), charging=True) == CarSession(at("12:00"))
    assert follow_car(session, at("12:12"), charging=False) is None
    assert follow_car(session, at("12:12"), charging=True) == CarSession(at("12:12"))


def test_it_counts_from_when_the_car_stopped_and_not_from_when_that_was_believed() -> None:
    session = CarSession(at("12:00"))
    found = follow_car(session, at("12:30:30"), charging=False, stopped_at=at("12:30"))
    assert found == CarSession(at("12:00"), at("12:30"))
    for odd in ("11:00", "12:31"):
        found = follow_car(session, at("12:30:30"), charging=False, stopped_at=at(odd))
        assert found == CarSession(at("12:00"), at("12:30:30"))


@pytest.mark.parametrize("charging", [False, None])
def test_without_a_charging_car_there_is_no_session(charging: bool | None) -> None:
    assert follow_car(None, at("12:00"), charging=charging) is None


def test_a_clock_that_was_set_back_leaves_no_session_in_the_future() -> None:
    session = follow_car(CarSession(at("15:00")), at("12:00"), charging=True)
    assert session == CarSession(at("12:00"))
    session = follow_car(CarSession(at("15:00"), at("15:10")), at("12:00"), charging=False)
    assert session == CarSession(at("12:00"), at("12:00"))


def test_law_a_guard_never_lies_in_a_slot_nor_outlasts_its_session() -> None:
    minutes = st.integers(0, 24 * 60)

    @given(st.lists(st.tuples(minutes, st.integers(1, 300)), max_size=5), minutes, st.integers(0, 15 * 60), minutes)
    def law(slots: list[tuple[int, int]], began: int, lasted: int, now: int) -> None:
        listed = [span_of(start, start + length) for start, length in slots]
        stopped = None if lasted > 14 * 60 else at("00:00") + (began + lasted) * MINUTE
        session = CarSession(at("00:00") + began * MINUTE, stopped)
        moment = at("00:00") + now * MINUTE
        found = find_guard_span(session, CarGuard.PRESERVE_CHARGE, listed, moment)
        inside = any(moment in slot for slot in listed)
        last = min(session.began_at + LONGEST, session.over_at or session.began_at + LONGEST)
        assert (found is not None) == (not inside and session.began_at <= moment < last)
        if found is not None:
            assert moment in found.interval
            assert not any(found.interval.overlaps(slot) for slot in listed)
            assert session.began_at <= found.interval.start
            assert found.interval.end <= last

    law()


def span_of(start: int, end: int) -> Interval:
    """An interval in minutes of the day."""
    return Interval(at("00:00") + start * MINUTE, at("00:00") + end * MINUTE)


# --- what the battery is told -----------------------------------------------------------------------------


def test_the_car_charges_outside_every_slot_and_the_battery_is_held_at_its_level() -> None:
    home = house().until("12:10")
    assert home.values == []
    home.evidence = True
    home.until("13:00")
    assert times(home.writes) == ["12:10:00 63"]
    assert (home.status, home.reason) == ("preserving", "car_guard")
    assert home.last is not None
    snapshot = home.last.snapshot
    assert (snapshot.certainty, snapshot.until, snapshot.baseline) == ("perhaps", None, 20)
    assert not snapshot.cheap_rate

    home.evidence = False
    home.until("13:10")
    assert times(home.writes)[1:] == ["13:02:00 20"]
    assert home.status == "idle"


def test_without_the_option_nothing_is_held() -> None:
    home = house(Settings())
    home.evidence = True
    assert home.until("13:00").values == []


def test_nothing_is_no_evidence_of_a_charging_car() -> None:
    assert house().until("13:00").values == []


def test_the_end_is_shown_once_it_is_known() -> None:
    home = house()
    home.evidence = True
    home.until("12:30")
    home.evidence = False
    home.until("12:31")
    assert home.last is not None
    assert home.last.snapshot.until == at("12:32")


def test_to_charge_up_is_the_owners_word() -> None:
    home = house(CHARGING_UP)
    home.evidence = True
    home.until("12:30")
    assert home.values == [100]
    assert (home.status, home.reason) == ("charging_up", "car_guard")
    assert home.last is not None
    assert home.last.snapshot.certainty == "certain"
    assert not home.last.snapshot.cheap_rate, "the owner's word says nothing about prices"


def test_a_short_pause_costs_no_write() -> None:
    home = house()
    home.evidence = True
    home.until("12:20")
    home.evidence = False
    home.until(at("12:21:30"))
    home.evidence = True
    home.until("13:00")
    assert home.values == [63]


def test_the_level_does_not_follow_the_battery() -> None:
    home = house()
    home.evidence = True
    home.until("12:20")
    home.level = 70.0
    assert home.until("13:20").values == [63]


def test_a_slot_in_the_midst_joins_without_an_extra_write() -> None:
    home = house(Settings(car_guard=CarGuard.PRESERVE_CHARGE, mode=Mode.PRESERVE_CHARGE)).plan("13:00-14:00")
    home.evidence = True
    home.until("15:00")
    assert times(home.writes) == ["12:00:00 63"]
    assert home.reason == "car_guard"
    home.evidence = False
    home.until("15:10")
    assert times(home.writes)[1:] == ["15:02:00 20"]


def test_in_the_slot_the_slot_decides_and_after_it_the_guard() -> None:
    home = house().plan("13:00-14:00")
    home.evidence = True
    home.until("13:30")
    assert home.values == [63, 100]
    assert home.reason == "car_charging"
    home.level = 80.0
    home.until("14:30")
    assert times(home.writes)[2:] == ["14:00:00 80"]
    assert home.reason == "car_guard"


def test_a_slot_that_begins_soon_is_joined() -> None:
    home = house().until("12:58").plan("13:00-14:00")
    home.poll()
    home.evidence = True
    home.until(at("12:58:30"))
    assert home.values == [63]


def test_a_slot_that_was_skipped_is_left_alone_by_the_guard_too() -> None:
    home = house().plan("13:00-14:00")
    home.world = replace(home.world, wishes=Wishes(skipped=(span("13:00-14:00"),)))
    home.evidence = True
    home.until("13:30")
    assert times(home.writes) == ["12:00:00 63", "13:00:00 20"]
    home.until("14:10")
    assert times(home.writes)[2:] == ["14:00:00 63"]


def test_a_night_slot_is_none_of_the_guards_business() -> None:
    home = house(now=at("23:00")).plan("23:40-04:00")
    home.until("23:45")
    home.evidence = True
    assert home.until("+1 03:00").values == []


def test_the_tail_of_a_slot_is_joined() -> None:
    home = house(now=at("22:30")).plan("23:00-23:45")
    home.evidence = True
    home.until("+1 06:00")
    home.evidence = False
    home.until("+1 06:10")
    assert times(home.writes) == ["22:30:00 63", "23:00:00 100", "05:30:00 63", "06:02:00 20"]


def test_it_never_outlasts_twelve_hours_and_does_not_begin_anew_while_the_entity_is_stuck() -> None:
    home = house(now=at("06:00"))
    home.evidence = True
    home.until("23:00")
    assert times(home.writes) == ["06:00:00 63", "18:00:00 20"]
    home.evidence = False
    home.until("23:05")
    home.evidence = True
    assert times(home.until("23:10").writes)[2:] == ["23:05:00 63"]


@pytest.mark.parametrize("code", [FLAT, CAPPED, "INTELLI-VAR-22-10-14", "COSY-22-12-08"])
def test_it_works_on_every_tariff_that_may_be_touched(code: str) -> None:
    home = house(code=code, now=at("18:00"))
    home.evidence = True
    assert home.until("18:30").values == [63]


def test_a_battery_that_is_somebody_elses_is_never_touched() -> None:
    home = house(code=REFUSED)
    home.evidence = True
    assert home.until("14:00").values == []


# --- the rules that every hold obeys ----------------------------------------------------------------------


def test_an_override_lasts_as_long_as_the_car_charges_and_half_an_hour() -> None:
    home = house()
    home.evidence = True
    home.until("12:10").owner_sets(40)
    home.until("15:00")
    assert home.values == [63]
    assert home.status == "overridden"
    home.evidence = False
    home.until("15:33")
    assert home.status == "idle"
    home.evidence = True
    assert home.until("15:40").values == [63, 63]
    assert home.last is not None
    assert home.last.snapshot.baseline == 40


def test_a_storm_keeps_it_from_beginning() -> None:
    home = house(block=Reason.STORM_WATCH)
    home.evidence = True
    home.until("12:30")
    assert home.values == []
    assert home.reason == "storm_watch"
    home.block = None
    assert home.until("12:40").values == [63]


def test_an_empty_battery_needs_no_write() -> None:
    home = house(level=12.0)
    home.evidence = True
    home.until("12:30")
    assert home.values == []
    assert home.status == "preserving"


def test_an_override_gives_way_to_the_owners_switch() -> None:
    home = house()
    home.evidence = True
    home.until("12:10")
    home.settings = replace(GUARDED, automation=False)
    assert home.until("12:20").values == [63, 20]


# --- what is remembered -----------------------------------------------------------------------------------


def test_the_record_says_what_the_hold_was_for() -> None:
    home = house()
    home.evidence = True
    home.until("12:30")
    home.evidence = False
    home.until("12:40")
    (held,) = home.world.record.holds
    assert (held.causes, held.intent, held.reserve_pct) == ((SpanKind.CAR_GUARD,), Intent.PRESERVE, 63)
    assert held.interval == span("12:00-12:32")


def test_a_restart_goes_on_with_the_session() -> None:
    home = house()
    home.evidence = True
    home.until("12:30")
    home.world = decode(World, encode(home.world.strip_for_disk()))
    home.evidence = None
    home.until(at("12:31"))
    home.evidence = True
    home.until("13:00")
    assert home.values == [63]
    assert home.world.car_session == CarSession(at("12:00"))


def test_it_is_looked_at_again_when_it_ends() -> None:
    home = house()
    home.evidence = True
    home.until("12:05")
    home.evidence = False
    home.until(at("12:05:10"), step=10 * SECOND)
    assert home.last is not None
    assert home.last.wake_at is not None
    assert home.last.wake_at <= at("12:05") + LINGERS_FOR + timedelta(seconds=10)
