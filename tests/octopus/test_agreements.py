"""Import agreements, joined from GraphQL and REST."""

from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.octopus_powerwall.domain.model import Agreement
from custom_components.octopus_powerwall.octopus.agreements import (
    import_agreements,
    may_have_four_rates,
    product_code_of,
    until_moved_out,
    where_charged,
)

from .server import agreement, meter_point

JAN, MAY, JULY = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 5, 7))
AT_JAN, AT_MAY, AT_JULY = "2026-01-01T00:00:00Z", "2026-05-01T01:00:00+01:00", "2026-07-01T00:00:00Z"


def codes(account: dict[str, Any]) -> list[str]:
    read = import_agreements(account)
    assert read is not None
    return [found.product_code for found in read.rows]


def test_past_present_and_future_oldest_first_and_each_once() -> None:
    migrating: list[Any] = [
        agreement("IOG-SMB-VAR-24-10-29", AT_JULY),
        agreement("INTELLI-VAR-22-10-14", AT_MAY, AT_JULY),
        agreement("VAR-22-11-01", AT_JAN, AT_MAY),
    ]
    every: list[Any] = [row | {"meterPoint": {"direction": "IMPORT"}} for row in migrating]
    read = import_agreements({"current": [meter_point(*migrating)], "every": every})
    assert read is not None
    assert read.skipped == 0
    assert read.rows == (
        Agreement("VAR-22-11-01", JAN, MAY, "Name of VAR-22-11-01"),
        Agreement("INTELLI-VAR-22-10-14", MAY, JULY, "Name of INTELLI-VAR-22-10-14"),
        Agreement("IOG-SMB-VAR-24-10-29", JULY, None, "Name of IOG-SMB-VAR-24-10-29"),
    )


def test_a_future_agreement_of_a_meter_point_without_a_present_one_is_found() -> None:
    future = agreement("INTELLI-VAR-22-10-14", AT_JULY) | {"meterPoint": {"direction": "IMPORT"}}
    assert codes({"current": [], "every": [future]}) == ["INTELLI-VAR-22-10-14"]


@pytest.mark.parametrize("direction", ["EXPORT", None, "SIDEWAYS"])
def test_only_what_imports_counts(direction: str | None) -> None:
    export = agreement("OUTGOING-VAR-24-10-26")
    account = {
        "current": [meter_point(export, direction=direction)],
        "every": [export | {"meterPoint": {"direction": direction}}],
    }
    assert codes(account) == []


@pytest.mark.parametrize(
    ("current", "every"),
    [(None, []), ([], None), ([None, 7, {}, {"meterPoint": "x"}], [None, 7, {}, {"meterPoint": []}])],
)
def test_one_list_is_enough_and_odd_entries_are_no_meter_points(current: Any, every: Any) -> None:
    assert codes({"current": current, "every": every}) == []


@pytest.mark.parametrize("account", [{}, {"current": None, "every": {}}])
def test_without_any_list_nothing_was_answered(account: Any) -> None:
    assert import_agreements(account) is None


@pytest.mark.parametrize(
    "row",
    [
        None,
        7,
        {},
        agreement("INTELLI-VAR") | {"tariff": None},
        agreement("INTELLI-VAR") | {"validFrom": None},
        agreement("INTELLI-VAR") | {"validFrom": "2026-01-01"},
        agreement("INTELLI-VAR") | {"validTo": "for ever"},
        agreement("INTELLI-VAR", AT_MAY, AT_JAN),
        agreement("../../accounts"),
        agreement("A" * 65),
    ],
)
def test_an_unreadable_agreement_is_skipped_and_counted(row: Any) -> None:
    read = import_agreements({"current": [meter_point(row, agreement("GO-VAR-22-10-14"))]})
    assert read is not None
    assert ([found.product_code for found in read.rows], read.skipped) == (["GO-VAR-22-10-14"], 1)


def test_a_meter_point_without_a_list_is_counted() -> None:
    read = import_agreements({"current": [{"meterPoint": {"direction": "IMPORT", "agreements": None}}]})
    assert read is not None
    assert read.skipped == 1


def test_an_agreement_that_never_came_into_force_is_no_damage() -> None:
    read = import_agreements({"current": [meter_point(agreement("GO-VAR-22-10-14", AT_MAY, AT_MAY))]})
    assert read is not None
    assert (read.rows, read.skipped) == ((), 0)


def test_the_tariff_code_stands_in_for_a_missing_product_code_and_a_name_found_anywhere_is_kept() -> None:
    nameless = agreement("INTELLI-VAR-22-10-14") | {"tariff": {"tariffCode": "E-1R-INTELLI-VAR-22-10-14-H"}}
    read = import_agreements({"current": [meter_point(nameless, agreement("INTELLI-VAR-22-10-14"))]})
    assert read is not None
    assert [found.display_name for found in read.rows] == ["Name of INTELLI-VAR-22-10-14"]


@pytest.mark.parametrize(
    ("tariff_code", "product_code"),
    [
        ("E-1R-INTELLI-VAR-22-10-14-H", "INTELLI-VAR-22-10-14"),
        ("e-2r-var-22-11-01-a", "VAR-22-11-01"),
        ("E-FOUR-IOG-SMB-VAR-24-10-29-H", "IOG-SMB-VAR-24-10-29"),
        ("G-1R-VAR-22-11-01-A", None),
        ("INTELLI", None),
        ("E-1R-../x-H", None),
        ("", None),
    ],
)
def test_the_product_in_a_tariff_code(tariff_code: str, product_code: str | None) -> None:
    assert product_code_of(tariff_code) == product_code


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("INTELLI-VAR-22-10-14", True),
        ("INTELLI-FIX-12M-25-04-10", True),
        ("INTELLI-22-03-29", True),
        ("IOG-KDP-VAR-25-04-10", True),
        ("SMART-CAR-VAR-27-01-01", True),
        ("VAR-22-11-01", True),
        ("OE-FIX-12M-25-04-10", True),
        ("INTELLI-BB-FLUX-IMPORT-23-07-14", False),
        ("OCTOPUS-ZERO-27-01-01", False),
        ("AGILE-24-10-01", False),
        ("INTELLI-FLUX-IMPORT-23-07-14", False),
        ("IOG-SMB-VAR-24-10-29", False),
        ("GO-VAR-22-10-14", False),
    ],
)
def test_whose_product_must_be_looked_up(code: str, expected: bool) -> None:
    assert may_have_four_rates(Agreement(code, JAN)) is expected
    assert may_have_four_rates(Agreement(code, JAN, display_name="Intelligent Octopus Flux")) is False


OLD_HOME = Agreement("VAR-22-11-01", JAN)
NEW_HOME = Agreement("INTELLI-VAR-22-10-14", MAY)


def home(code: str, valid_from: str, moved_out_at: str | None = None, **point: Any) -> dict[str, Any]:
    row = {"tariff_code": f"E-1R-{code}-H", "valid_from": valid_from, "valid_to": None}
    point = {"is_export": False, "agreements": [row]} | point
    return {"id": 1, "moved_out_at": moved_out_at, "electricity_meter_points": [point]}


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        (
            [home("VAR-22-11-01", AT_JAN, AT_MAY), home("INTELLI-VAR-22-10-14", AT_MAY)],
            (Agreement("VAR-22-11-01", JAN, MAY), NEW_HOME),
        ),
        ([home("VAR-22-11-01", AT_JAN, AT_JAN)], (NEW_HOME,)),
        ([home("VAR-22-11-01", AT_JAN, AT_MAY), home("VAR-22-11-01", AT_JAN)], (OLD_HOME, NEW_HOME)),
        ([home("VAR-22-11-01", AT_JAN), home("VAR-22-11-01", AT_JAN, AT_MAY)], (OLD_HOME, NEW_HOME)),
        (
            [home("VAR-22-11-01", AT_JAN, AT_MAY), home("VAR-22-11-01", AT_JAN, AT_JULY)],
            (Agreement("VAR-22-11-01", JAN, JULY), NEW_HOME),
        ),
        ([home("VAR-22-11-01", AT_JAN, AT_MAY, is_export=True)], (OLD_HOME, NEW_HOME)),
        ([home("VAR-22-11-01", "long ago", AT_MAY)], (OLD_HOME, NEW_HOME)),
        ([home("VAR-22-11-01", AT_JAN, AT_MAY, agreements=[None, 7])], (OLD_HOME, NEW_HOME)),
        ([None, {"electricity_meter_points": 7}], (OLD_HOME, NEW_HOME)),
        (None, (OLD_HOME, NEW_HOME)),
    ],
    ids=[
        "left",
        "never moved in",
        "same tariff kept",
        "same, kept first",
        "left twice",
        "export",
        "time",
        "rows",
        "odd",
        "none",
    ],
)
def test_an_agreement_ends_where_the_owner_moved_out(properties: Any, expected: tuple[Agreement, ...]) -> None:
    assert until_moved_out((OLD_HOME, NEW_HOME), {"properties": properties}) == expected


def test_an_agreement_that_ended_before_the_owner_moved_out_stays_as_it_was() -> None:
    ended = Agreement("VAR-22-11-01", JAN, MAY)
    assert until_moved_out((ended,), {"properties": [home("VAR-22-11-01", AT_JAN, AT_JULY)]}) == (ended,)


BOTH = (OLD_HOME, NEW_HOME)


@pytest.mark.parametrize(
    ("homes", "expected"),
    [
        ({"1"}, (OLD_HOME,)),
        ({"2"}, (NEW_HOME,)),
        ({"1", "2"}, BOTH),
        ({"3"}, BOTH),
        (set(), BOTH),
    ],
)
def test_of_two_homes_the_one_the_car_charges_at_counts(homes: set[str], expected: tuple[Agreement, ...]) -> None:
    properties: Any = [home("VAR-22-11-01", AT_JAN), home("INTELLI-VAR-22-10-14", AT_MAY) | {"id": "2"}]
    assert where_charged(BOTH, {"properties": properties}, frozenset(homes), JULY) == expected


def test_a_home_whose_agreement_has_ended_does_not_hide_the_other() -> None:
    ended = Agreement("VAR-22-11-01", JAN, MAY)
    properties: Any = [home("VAR-22-11-01", AT_JAN), home("INTELLI-VAR-22-10-14", AT_MAY) | {"id": 2}]
    assert where_charged((ended, NEW_HOME), {"properties": properties}, frozenset({"1"}), JULY) == (ended, NEW_HOME)


def test_an_agreement_that_rest_does_not_know_stays() -> None:
    assert where_charged(BOTH, {"properties": [home("VAR-22-11-01", AT_JAN)]}, frozenset({"1"}), JULY) == BOTH
