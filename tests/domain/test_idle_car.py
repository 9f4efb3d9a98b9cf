"""An entity that has shown an idle car for a quarter of an hour of a slot, and when it is not believed (design 2)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custom_components.octopus_powerwall.domain.decide import Outcome, decide
from custom_components.octopus_powerwall.domain.measurement import make_measurement
from custom_components.octopus_powerwall.domain.model import PowerReading
from custom_components.octopus_powerwall.domain.money.half_hour import Cheapness
from custom_components.octopus_powerwall.domain.price.certainty import Certainty
from custom_components.octopus_powerwall.domain.price.contradiction import ChargerRecord
from custom_components.octopus_powerwall.domain.reserve.situation import Battery
from custom_components.octopus_powerwall.domain.world import Inputs, World, with_poll

from .story import CAPPED, CAR, LEGACY, account, at, poll

CERTAIN, PERHAPS, NOT_CHEAP = Certainty.CERTAIN, Certainty.PERHAPS, Certainty.NOT_CHEAP


def look(
    now: str,
    *,
    code: str = LEGACY,
    kw: float | None = None,
    contradicted: int = 0,
    state: str = "SMART_CONTROL_CAPABLE",
    **inputs: Any,
) -> Outcome:
    """A look in a slot from noon to two, ten minutes after the last poll."""
    seen_at = at(now) - timedelta(minutes=3)
    car = replace(CAR, state=state, active_power=None if kw is None else PowerReading(kw, seen_at))
    record = ChargerRecord("a", contradicted=tuple(at("10:00") - timedelta(days=day) for day in range(contradicted)))
    world = with_poll(World(account=account(code)), poll(at(now) - timedelta(minutes=10), "12:00-14:00", device=car))
    given = Inputs(**{"evidence": False, "evidence_key": "a", "car_stopped_at": at("11:00"), **inputs})
    return decide(replace(world, charger_record=record), at(now), given)


@pytest.mark.parametrize(
    ("now", "more", "expect"),
    [
        pytest.param("12:14", {}, CERTAIN, id="not for long enough"),
        pytest.param("12:15", {}, PERHAPS, id="for a quarter of an hour of the slot"),
        pytest.param("12:40", {"car_stopped_at": at("12:30")}, CERTAIN, id="it charged until lately"),
        pytest.param("12:45", {"car_stopped_at": at("12:30")}, PERHAPS, id="it stopped a quarter of an hour ago"),
        pytest.param("12:45", {"evidence": None}, CERTAIN, id="nothing is said"),
        pytest.param("12:45", {"evidence": True}, CERTAIN, id="it charges"),
        pytest.param("12:45", {"car_stopped_at": None}, CERTAIN, id="nobody knows since when"),
        pytest.param("12:45", {"contradicted": 2}, PERHAPS, id="contradicted on two days"),
        pytest.param("12:45", {"contradicted": 3}, CERTAIN, id="contradicted on three days"),
        pytest.param("12:45", {"kw": 7.2}, CERTAIN, id="Octopus sees it charge"),
        pytest.param("12:45", {"kw": 0.0}, PERHAPS, id="Octopus sees it idle too"),
        pytest.param("12:15", {"code": CAPPED}, NOT_CHEAP, id="a slot that needs the car"),
        pytest.param("12:15", {"code": CAPPED, "contradicted": 3}, PERHAPS, id="there too"),
        pytest.param("12:15", {"code": CAPPED, "kw": 7.2}, PERHAPS, id="and there"),
    ],
)
def test_how_certain_a_slot_with_an_idle_car_is(now: str, more: dict[str, Any], expect: Certainty) -> None:
    assert look(now, **more).snapshot.certainty is expect


@pytest.mark.parametrize(
    ("now", "more", "expect"),
    [
        pytest.param("12:45", {}, Cheapness.SLOT, id="an idle car changes nothing of the bill"),
        pytest.param("12:45", {"state": "SMART_CONTROL_NOT_AVAILABLE"}, Cheapness.PERHAPS, id="a car that is away may"),
        pytest.param("12:45", {"code": CAPPED}, Cheapness.PERHAPS, id="and so may an idle one where slots need it"),
        pytest.param("14:05", {}, Cheapness.DEAR, id="after the slot"),
    ],
)
def test_how_the_books_take_a_slot_with_an_idle_car(now: str, more: dict[str, Any], expect: Cheapness) -> None:
    snapshot = look(now, **more).snapshot
    assert not snapshot.cheap_rate
    assert make_measurement(at(now), snapshot, Battery(), None, None).course.band is expect
