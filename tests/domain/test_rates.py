"""Which rate holds when, and whose contract it is that prices a house (design 9.1)."""

from datetime import UTC, datetime, time

import pytest

from custom_components.octopus_powerwall.domain.price.rates import (
    Contract,
    HouseRates,
    TariffRates,
    UnitRate,
    choose_export,
    choose_import,
)
from custom_components.octopus_powerwall.domain.price.tariffs import COSY, FLAT, INTELLIGENT_GO
from custom_components.octopus_powerwall.domain.settings import TypedRates
from custom_components.octopus_powerwall.domain.windows import DailyWindow


def at(clock: str, day: int = 18, month: int = 11) -> datetime:
    """A time of 2026, in UTC."""
    return datetime.fromisoformat(f"2026-{month:02}-{day:02}T{clock}").replace(tzinfo=UTC)


CODE = "E-1R-INTELLI-VAR-24-10-29-H"
BANDED = TariffRates(
    CODE,
    at("12:00"),
    by_time=(
        UnitRate(at("23:30", 17), at("05:30"), 0.07),
        UnitRate(at("05:30"), at("23:30"), 0.29),
        UnitRate(at("23:30"), at("05:30", 19), 0.06),
    ),
)
FOUR = TariffRates(
    "E-1R-IOG-SMB-VAR-24-10-29-H",
    at("12:00"),
    day=(UnitRate(at("00:00", 1), None, 0.30), UnitRate(at("00:00", 18), None, 0.32)),
    night=(UnitRate(at("00:00", 1), None, 0.05),),
)


@pytest.mark.parametrize(
    ("clock", "own", "slot"),
    [("05:29", 0.07, 0.06), ("05:30", 0.29, 0.06), ("12:00", 0.29, 0.06), ("23:30", 0.06, 0.06)],
)
def test_bands_by_time(clock: str, own: float, slot: float) -> None:
    assert (BANDED.rate_at(at(clock)), BANDED.cheap_rate_at(at(clock))) == (own, slot)


def test_beyond_what_is_published_nothing_is_known() -> None:
    assert BANDED.rate_at(at("12:00", 19)) is None
    assert BANDED.cheap_rate_at(at("12:00", 25)) is None
    assert BANDED.ends_at == at("05:30", 19)
    assert TariffRates(CODE, at("12:00")).ends_at == at("12:00")


def test_rates_without_hours_take_the_built_in_ones() -> None:
    """23:30 to 05:30 by the clock in London, summer and winter; the record that began last holds."""
    assert [FOUR.rate_at(at(clock)) for clock in ("05:29", "05:30", "23:30")] == [0.05, 0.32, 0.05]
    assert FOUR.rate_at(at("12:00", 10)) == 0.30
    summer = TariffRates(
        FOUR.tariff_code,
        at("12:00"),
        day=(UnitRate(at("00:00", 1, 1), None, 0.3),),
        night=(UnitRate(at("00:00", 1, 1), None, 0.05),),
    )
    assert [summer.rate_at(at(clock, 1, 7)) for clock in ("22:29", "22:30", "04:30")] == [0.3, 0.05, 0.3]
    assert (FOUR.cheap_rate_at(at("12:00")), FOUR.ends_at) == (0.05, None)


def test_what_the_house_pays() -> None:
    rates = HouseRates(imported=BANDED, exported=FOUR, has_export=True)
    assert rates.import_rate_at(at("12:00"), INTELLIGENT_GO) == 0.29
    assert rates.slot_rate_at(at("12:00")) == 0.06
    assert rates.export_rate_at(at("12:00")) == 0.32


def test_nothing_read_and_nothing_typed_in_is_not_known() -> None:
    rates = HouseRates()
    assert rates.import_rate_at(at("12:00"), FLAT) is None
    assert rates.slot_rate_at(at("12:00")) is None
    assert rates.export_rate_at(at("12:00")) is None
    # Where there is no export agreement, export certainly pays nothing.
    assert HouseRates(has_export=False).export_rate_at(at("12:00")) == 0


@pytest.mark.parametrize(
    ("clock", "own", "slot"), [("14:00", 0.09, 0.09), ("12:00", 0.31, 0.09), ("03:00", 0.31, 0.09)]
)
def test_what_the_owner_typed_in_goes_by_the_tariffs_windows(clock: str, own: float, slot: float) -> None:
    rates = HouseRates(imported=BANDED, typed=TypedRates(0.31, 0.09, 0.15))
    assert COSY.cheap[1] == DailyWindow(time(13), time(16))
    assert rates.import_rate_at(at(clock), COSY) == own
    assert rates.slot_rate_at(at(clock)) == slot
    assert rates.export_rate_at(at(clock)) == 0.15


def test_a_day_rate_alone_holds_always() -> None:
    rates = HouseRates(typed=TypedRates(import_day=0.31))
    assert rates.import_rate_at(at("02:00"), INTELLIGENT_GO) == 0.31
    assert rates.slot_rate_at(at("12:00")) == 0.31


def contract(product: str, since: datetime, home: str = "1", *, is_export: bool = False) -> Contract:
    """An open contract."""
    return Contract(product, f"E-1R-{product}-C", since, None, is_export, home)


OLD, NEW = at("00:00", 1, 1), at("00:00", 1, 6)
HERE = contract("INTELLI-VAR-24-10-29", OLD)
METER = contract("VAR-22-11-01", NEW)
THERE = contract("GO-VAR-22-10-14", NEW, "2")
SOLD = contract("OUTGOING-VAR-24-10-26", OLD, is_export=True)
CONTRACTS = (HERE, METER, THERE, SOLD)


@pytest.mark.parametrize(
    ("product", "home", "chosen"),
    [
        pytest.param("INTELLI-VAR-24-10-29", None, HERE, id="the agreement that decides"),
        pytest.param(None, "1", METER, id="else the newest of the home"),
        pytest.param("GO-VAR-22-10-14", "1", METER, id="never another home's"),
        pytest.param("GO-VAR-22-10-14", "2", THERE, id="the home's own"),
        pytest.param(None, "3", None, id="none there"),
    ],
)
def test_the_import_contract(product: str | None, home: str | None, chosen: Contract | None) -> None:
    assert choose_import(CONTRACTS, at("12:00"), product, home) == chosen


def test_the_export_contract() -> None:
    assert choose_export(CONTRACTS, at("12:00"), "1") == SOLD
    assert choose_export(CONTRACTS, at("12:00"), "2") is None
    assert choose_export(CONTRACTS, at("12:00", 1, 1).replace(year=2025), None) is None
    assert (SOLD.region, SOLD.has_two_registers) == ("C", False)
