"""The savings against the true difference of two bills, in a house that is modelled without any code of ours."""

from datetime import UTC, datetime, timedelta
from math import cos, pi, sin

import pytest

from custom_components.octopus_powerwall.domain.money.books import Books, settle, sum_up, take_measurement
from custom_components.octopus_powerwall.domain.money.half_hour import Cheapness, Prices
from custom_components.octopus_powerwall.domain.money.ledger import DecidedState, Flows, Measurement
from custom_components.octopus_powerwall.domain.money.shadow import Habits, Traits
from custom_components.octopus_powerwall.domain.reserve.situation import OperationMode
from custom_components.octopus_powerwall.domain.settings import Intent

from .model_house import ModelBattery, bill_gbp, is_night, run

START = datetime(2026, 4, 6, tzinfo=UTC)
NIGHT, DAY, EXPORT = 0.07, 0.30, 0.15
SLOTS = ((1, 13.0, 1.5), (2, 7.5, 0.5), (2, 18.0, 1.0), (4, 15.0, 2.0), (5, 10.0, 0.5))
DAYS = 7


def in_slot(at: datetime) -> bool:
    """Whether one of the week's slots runs."""
    hours = (at - START) / timedelta(hours=1)
    return any(day * 24 + begin <= hours < day * 24 + begin + length for day, begin, length in SLOTS)


def net_kw(at: datetime, sun_kw: float) -> float:
    """A house with a busy evening, a kettle now and then, a car in the slots, and a sun of changing days."""
    hours = at.hour + at.minute / 60
    day = (at - START).days
    house = (
        0.3 + 0.25 * (1 - cos(hours / 12 * pi)) + (0.8 if 17 <= hours < 22 else 0) + (2 if at.minute % 47 < 3 else 0)
    )
    sun = sun_kw * (0.4 + 0.6 * (day * 5 % 7) / 6) * max(sin((hours - 6) / 13 * pi), 0) if 6 < hours < 19 else 0
    return house - sun + (7.0 if in_slot(at) else 0)


@pytest.mark.parametrize("autonomous", [False, True], ids=["self-powered", "time-based"])
@pytest.mark.parametrize("sun_kw", [0.0, 3.5], ids=["no sun", "sun"])
@pytest.mark.parametrize("guard", [False, True], ids=["slots", "guard"])
def test_savings_agree_with_the_bills(*, autonomous: bool, sun_kw: float, guard: bool) -> None:
    """Two runs of the same week, one with holds and one without: the sensor is within 3 % of what lies between them."""

    def held(at: datetime) -> bool:
        return in_slot(at) or (guard and is_night(at))

    def rate(at: datetime) -> float:
        return NIGHT if is_night(at) or in_slot(at) else DAY

    def house(at: datetime) -> float:
        return net_kw(at, sun_kw)

    real = run(ModelBattery(6, autonomous=autonomous), START, DAYS, house, lambda at: 100 if held(at) else 20)
    without = run(ModelBattery(6, autonomous=autonomous), START, DAYS, house, lambda _: 20)
    true_gbp = bill_gbp(without, rate, EXPORT) - bill_gbp(real, rate, EXPORT)
    # What is still in the battery at the end is in no bill.
    left_kwh = (real[-1].level_pct - without[-1].level_pct) / 100 * 13.5

    books, level_pct, traits = Books(), 6 / 13.5 * 100, Traits()
    mode = OperationMode.TIME_BASED if autonomous else OperationMode.SELF_POWERED
    for minute in real:
        night, slot = is_night(minute.at), in_slot(minute.at)
        course = DecidedState(
            habits=Habits(20, mode, night),
            held=held(minute.at),
            intent=Intent.CHARGE if held(minute.at) else None,
            band=Cheapness.NIGHT if night else Cheapness.SLOT if slot else Cheapness.DEAR,
            in_slot=slot,
        )
        flows = Flows(minute.battery_kw, minute.grid_kw)
        books, closed = take_measurement(books, Measurement(minute.at, flows, level_pct, course, traits))
        level_pct = minute.level_pct
        if closed:
            books = settle(
                books, minute.at, lambda at: Prices(NIGHT if is_night(at) else DAY, NIGHT, EXPORT), (), charge_cap=False
            )
    told = sum_up(books, real[-1].at)
    assert told.saved_gbp == pytest.approx(true_gbp, rel=0.03, abs=0.02)
    assert books.ledger.ahead_kwh == pytest.approx(left_kwh, abs=0.2)
