"""The sums: priced by what is known, provisional until Octopus has confirmed it, and right after that (design 9.4)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from custom_components.octopus_powerwall.domain.model import Dispatch, DispatchType
from custom_components.octopus_powerwall.domain.money.books import Books, settle, sum_up, take_measurement
from custom_components.octopus_powerwall.domain.money.half_hour import Cheapness, HalfHour, Prices, saved_gbp
from custom_components.octopus_powerwall.domain.money.ledger import Ledger

from .story import at, course, kept, look, minutes

PRICES = Prices(0.30, 0.07, 0.12)
HALF_HOUR = timedelta(minutes=30)


def known(_: datetime) -> Prices | None:
    """Rates that never change."""
    return PRICES


def unknown(_: datetime) -> Prices | None:
    """No rates."""
    return None


def row(start: datetime, band: Cheapness = Cheapness.SLOT, imported: float = 3.0, without: float = 1.0) -> HalfHour:
    """A half hour in which 2 kWh more were bought than without us."""
    return HalfHour(start, 1800, imported_kwh=imported, shadow_imported_kwh=without, gained_kwh=2.0, band=band)


def books_of(*rows: HalfHour) -> Books:
    """Books with rows that are over."""
    return Books(Ledger(rows))


def charged(start: datetime, kwh: float = 3.5, kind: DispatchType | None = None) -> Dispatch:
    """A completed half hour."""
    return Dispatch(start, start + HALF_HOUR, kind, kwh, "AT_HOME")


@pytest.mark.parametrize(
    ("half_hour", "gbp"),
    [
        pytest.param(replace(row(at("12:00")), prices=PRICES, is_slot_rate=True), -0.14, id="a slot: paid at 7 p"),
        pytest.param(replace(row(at("12:00")), prices=PRICES), -0.60, id="at the dear rate"),
        pytest.param(
            replace(row(at("12:00"), imported=0, without=0), prices=PRICES, exported_kwh=1.0), 0.12, id="exported"
        ),
        pytest.param(row(at("12:00")), None, id="no rates"),
        pytest.param(
            replace(row(at("12:00")), prices=Prices(0.3, 0.07), shadow_exported_kwh=1.0), None, id="no export rate"
        ),
        pytest.param(
            replace(row(at("12:00")), prices=Prices(0.3, 0.07), shadow_exported_kwh=0.04), -0.60, id="next to none"
        ),
    ],
)
def test_what_a_half_hour_saved(half_hour: HalfHour, gbp: float | None) -> None:
    assert saved_gbp(half_hour) == (None if gbp is None else pytest.approx(gbp))


def test_a_whole_slot_is_settled_at_once() -> None:
    books = settle(books_of(row(at("12:00"))), at("12:30"), known, (), charge_cap=False)
    assert books.settled_gbp == pytest.approx(-0.14)
    told = sum_up(books, at("12:30"))
    assert told.saved_gbp == told.today_gbp == pytest.approx(-0.14)
    assert told.provisional_gbp == 0
    # Nothing is settled twice.
    assert settle(books, at("13:00"), known, (), charge_cap=False) is books


def test_with_a_charge_cap_it_is_provisional_for_a_day() -> None:
    """Taken for cheap, and confirmed: the figure stays. Not confirmed within a day: corrected to the dear rate."""
    books = settle(books_of(row(at("12:00")), row(at("14:00"))), at("14:30"), known, (), charge_cap=True)
    told = sum_up(books, at("14:30"))
    assert told.saved_gbp == told.provisional_gbp == pytest.approx(-0.28)
    books = settle(books, at("15:00"), known, [charged(at("12:00"))], charge_cap=True)
    assert sum_up(books, at("15:00")).saved_gbp == pytest.approx(-0.28)
    books = settle(books, at("14:31", 19), known, (), charge_cap=True)
    told = sum_up(books, at("14:31", 19))
    assert told.saved_gbp == pytest.approx(-0.14 - 0.60)
    assert told.provisional_gbp == 0
    assert told.month_gbp == pytest.approx(-0.74)
    assert told.today_gbp == 0


def test_what_was_doubtful_and_is_confirmed_was_cheap() -> None:
    for charge_cap in (False, True):
        books = books_of(row(at("12:00"), Cheapness.PERHAPS))
        books = settle(books, at("12:30"), known, (), charge_cap=charge_cap)
        assert sum_up(books, at("12:30")).saved_gbp == pytest.approx(-0.60)
        books = settle(books, at("13:30"), known, [charged(at("12:00"))], charge_cap=charge_cap)
        assert sum_up(books, at("13:30")).saved_gbp == pytest.approx(-0.14)


@pytest.mark.parametrize(
    "completed",
    [
        pytest.param(charged(at("12:00"), 0.04), id="spill-over of a neighbour"),
        pytest.param(charged(at("12:00"), 3.5, DispatchType.BOOST), id="a boost"),
        pytest.param(Dispatch(at("00:00", 10), at("12:00", 19), None, 80.0), id="longer than a day"),
        pytest.param(charged(at("12:30")), id="the next half hour"),
    ],
)
def test_rows_that_confirm_nothing(completed: Dispatch) -> None:
    books = settle(books_of(row(at("12:00"))), at("13:00", 19), known, [completed], charge_cap=True)
    assert books.settled_gbp == pytest.approx(-0.60)


def test_six_hours_from_midday_to_midday_are_cheap() -> None:
    """Thirteen confirmed half hours: the first twelve of them at the slot's rate, the last at the dear one."""
    starts = [at("12:30") + HALF_HOUR * number for number in range(13)]
    rows = [row(start) for start in (at("11:30"), *starts)]
    completed = [charged(start) for start in (at("11:30"), *starts)]
    books = settle(books_of(*rows), at("20:00", 19), known, completed, charge_cap=True)
    assert books.settled_gbp == pytest.approx(-0.14 * 13 - 0.60)


def test_without_rates_nothing_is_priced_until_they_are_known() -> None:
    books = settle(books_of(row(at("12:00"))), at("12:30"), unknown, (), charge_cap=False)
    told = sum_up(books, at("12:30"))
    assert (told.saved_gbp, told.unpriced, told.is_priced) == (0, 1, False)
    books = settle(books, at("09:00", 20), known, (), charge_cap=False)
    told = sum_up(books, at("09:00", 20))
    assert told.saved_gbp == pytest.approx(-0.14)
    assert told.unpriced == 0


def test_half_hours_that_make_no_difference_need_no_rates() -> None:
    books = settle(books_of(HalfHour(at("12:00"), 1800)), at("12:30"), unknown, (), charge_cap=True)
    assert books.ledger.rows[0].settled
    assert books.settled_gbp == 0


def test_energies_and_days() -> None:
    """A slot from 23:00 on: each London day has its own, and what runs still is not in it."""
    held = course(held=True, band=Cheapness.SLOT, in_slot=True)
    looks = [look(when, -5.0, 5.0, 50.0, held) for when in minutes(at("23:00"), at("00:40", 19))]
    books = kept(looks)
    told = sum_up(books, at("00:40", 19))
    assert told.charged_kwh == pytest.approx(7.5)
    assert told.today_charged_kwh == pytest.approx(2.5)
    assert [day.date for day in books.days] == ["2026-11-18", "2026-11-19"]
    assert (told.kept_kwh, told.today_kept_kwh) == (0, 0)


def test_what_was_not_seen_today_is_said() -> None:
    books = kept([look(when) for when in (*minutes(at("09:00"), at("10:00")), *minutes(at("12:00"), at("13:00")))])
    # From ten to twelve, but for the minutes that one power stands.
    assert sum_up(books, at("13:00")).unseen_today_s == 7200
    assert sum_up(Books(), at("13:00")).unseen_today_s == 0


def test_days_are_kept_for_two_months() -> None:
    books = Books()
    held = course(held=True)
    for day in range(80):
        start = at("12:00", 1) + timedelta(days=day)
        for one in (look(start, -5, 5, 50, held), look(start + HALF_HOUR / 3, -5, 5, 50, held)):
            books, _ = take_measurement(books, one)
    assert len(books.days) == 62
    assert books.charged_kwh == pytest.approx(79 * 5 / 6)
