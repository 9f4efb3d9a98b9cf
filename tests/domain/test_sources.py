"""Slots from the charger's own cloud beside those of Octopus (design 10)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from custom_components.octopus_powerwall.domain.model import Device
from custom_components.octopus_powerwall.domain.plan.sources import choose_plan
from custom_components.octopus_powerwall.domain.settings import Settings, SlotSource, WholeHalfHours
from custom_components.octopus_powerwall.domain.world import with_charger_poll

from .story import CAPPED, LEGACY, MINUTE, House, at, plan_of as octopus_plan, poll, span, times

OHME = Device("ohme", is_charger=True, provider="OHME", lifecycle="LIVE")
CHARGER = Settings(slot_source=SlotSource.OHME)
BOTH = Settings(slot_source=SlotSource.BOTH)


class Driver(House):
    """A house whose charger's cloud is read once a minute."""

    listed: tuple[str, ...] = ()
    answers: bool = True

    def until(self, when: str | datetime, step: timedelta = MINUTE / 2) -> Driver:
        end = at(when) if isinstance(when, str) else when
        while self.now < end:
            if self.answers:
                self.world = with_charger_poll(self.world, poll(self.now, *self.listed, device=OHME))
            super().until(min(self.now + MINUTE, end), step)
        return self


def driver(*listed: str, settings: Settings = CHARGER, **more: object) -> Driver:
    home = Driver(settings=settings, **more)  # type: ignore[arg-type]
    home.listed = listed
    return home


@pytest.mark.parametrize("code", [LEGACY, CAPPED])
def test_perhaps_until_the_charger_shows_the_car_charging(code: str) -> None:
    home = driver("12:30-13:30", code=code).until("12:40")
    assert (home.status, home.reason, home.values) == ("preserving", "car_unknown", [63])
    charging(home, False)
    home.until("12:45")
    assert (home.status, home.reason) == ("preserving", "car_not_charging")
    charging(home, True)
    home.until("13:00")
    assert (home.status, home.reason, home.values) == ("charging_up", "car_charging", [63, 100])


def charging(home: Driver, value: bool | None) -> None:
    """What the charger's own power says from now on."""
    usual = House.inputs.__get__(home)
    home.inputs = lambda: replace(usual(), charger_evidence=value)  # type: ignore[method-assign]


def test_a_picked_entity_does_not_make_it_certain() -> None:
    home = driver("12:30-13:30")
    home.evidence = True
    assert home.until("12:40").values == [63]


@pytest.mark.parametrize(("code", "reason"), [(LEGACY, "car_charging"), (CAPPED, "allowance_used")])
def test_the_six_hours_count_where_the_tariff_has_them(code: str, reason: str) -> None:
    home = driver("12:00-20:00", code=code)
    charging(home, True)
    home.until("18:30")
    assert home.reason == reason


def test_what_octopus_lists_is_left_alone_where_the_charger_decides() -> None:
    home = driver()
    home.plan("12:30-13:30")
    assert home.until("13:00").values == []


def test_a_plan_ages_by_its_last_answer_and_not_by_octopus() -> None:
    home = driver("12:10-16:00").until("12:20")
    home.answers = False
    assert home.until("14:15").status == "preserving"
    home.until("14:25")
    assert home.values == [63, 20]


def test_withdrawn_after_two_answers_a_minute_apart() -> None:
    home = driver("12:10-16:00").until("12:20")
    home.listed = ()
    home.until("12:30")
    assert times(home.writes)[1:] == ["12:21:00 20"]


def test_what_is_not_listed_any_more_is_not_certain_from_then_on() -> None:
    home = driver("12:10-16:00")
    charging(home, True)
    home.until("12:20")
    assert home.values[-1] == 100
    home.listed = ()
    home.world = with_charger_poll(home.world, poll(home.now, device=OHME))
    home.see()
    assert home.status == "preserving"


def test_with_both_a_half_hour_of_ohmes_is_no_octopus_slot() -> None:
    settings = replace(BOTH, whole_half_hours=WholeHalfHours.ON)
    home = driver("12:05-12:10", settings=settings)
    home.until("12:20")
    assert home.reason == "car_not_charging"
    assert 100 not in home.values


def test_with_both_each_slot_is_as_certain_as_its_source() -> None:
    home = driver("13:00-13:30", settings=BOTH)
    home.plan("12:30-13:00")
    home.until("12:50")
    assert (home.reason, home.values) == ("whole_slot", [100])
    home.level = 70.0
    home.until("13:20")
    assert (home.reason, home.values) == ("car_unknown", [100, 70])
    assert times(home.until("13:40").writes)[-1] == "13:30:00 20"


def test_with_both_a_slot_that_the_two_list_is_as_certain_as_the_better() -> None:
    home = driver("12:30-13:30", settings=BOTH)
    home.plan("12:30-13:00")
    assert home.until("12:50").values == [100]


@pytest.mark.parametrize("source", SlotSource)
def test_the_plan_that_counts(source: SlotSource) -> None:
    octopus = octopus_plan(poll("12:00", "12:30-13:00"))
    charger = octopus_plan(poll("12:05", "14:00-15:00", device=OHME))
    found = choose_plan(source, octopus, charger)
    expect = [span("12:30-13:00")] * source.has_octopus + [span("14:00-15:00")] * source.has_charger
    assert sorted(row.dispatch.interval for row in found.rows) == expect
    assert found.read_at == at("12:05" if source.has_charger else "12:00")


def test_what_a_source_has() -> None:
    assert [source for source in SlotSource if source.has_octopus] == [SlotSource.OCTOPUS, SlotSource.BOTH]
    assert [source for source in SlotSource if not source.has_charger] == [SlotSource.OCTOPUS]
