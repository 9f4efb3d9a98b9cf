"""Import agreements, joined from GraphQL and REST."""

from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.octopus_powerwall.domain.model import Agreement, Home
from custom_components.octopus_powerwall.octopus.agreements import (
    ReadAgreements,
    assign_homes,
    may_have_four_rates,
    product_code_of,
    read_homes,
    read_import_agreements,
)

from .server import agreement, meter_point

JAN, MAY, JULY = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 5, 7))
AT_JAN, AT_MAY, AT_JULY = "2026-01-01T00:00:00Z", "2026-05-01T01:00:00+01:00", "2026-07-01T00:00:00Z"


def read_of(account: dict[str, Any]) -> ReadAgreements:
    read = read_import_agreements(account, JULY)
    assert read is not None
    return read


def codes(account: dict[str, Any]) -> list[str]:
    return [found.product_code for found in read_of(account).agreements.rows]


def test_past_present_and_future_oldest_first_and_each_once() -> None:
    migrating: list[Any] = [
        agreement("IOG-SMB-VAR-24-10-29", AT_JULY),
        agreement("INTELLI-VAR-22-10-14", AT_MAY, AT_JULY),
        agreement("VAR-22-11-01", AT_JAN, AT_MAY),
    ]
    every: list[Any] = [row | {"meterPoint": {"direction": "IMPORT"}} for row in migrating]
    read = read_of({"current": [meter_point(*migrating)], "every": every}).agreements
    assert read.skipped == 0
    assert read.rows == (
        Agreement("VAR-22-11-01", JAN, MAY, "Name of VAR-22-11-01"),
        Agreement("INTELLI-VAR-22-10-14", MAY, JULY, "Name of INTELLI-VAR-22-10-14"),
        Agreement("IOG-SMB-VAR-24-10-29", JULY, None, "Name of IOG-SMB-VAR-24-10-29"),
    )


def test_a_future_agreement_of_a_meter_point_without_a_present_one_is_found() -> None:
    future = agreement("INTELLI-VAR-22-10-14", AT_JULY) | {"meterPoint": {"direction": "IMPORT"}}
    assert codes({"current": [], "every": [future]}) == ["INTELLI-VAR-22-10-14"]


@pytest.mark.parametrize(
    ("code", "direction", "counts"),
    [
        ("OUTGOING-VAR-24-10-26", "EXPORT", False),
        ("OUTGOING-VAR-24-10-26", "IMPORT", False),
        ("OUTGOING-VAR-24-10-26", None, False),
        ("POWER-PACK-24-02-15", "IMPORT", False),
        ("INTELLI-VAR-22-10-14", "EXPORT", False),
        ("INTELLI-VAR-22-10-14", None, True),
        ("INTELLI-VAR-22-10-14", "SIDEWAYS", True),
    ],
)
def test_an_export_product_never_counts_and_a_missing_direction_is_no_export(
    code: str, direction: str | None, *, counts: bool
) -> None:
    row = agreement(code)
    account = {
        "current": [meter_point(row, direction=direction)],
        "every": [row | {"meterPoint": {"direction": direction}}],
    }
    assert codes(account) == ([code] if counts else [])
    assert read_of(account).meters == counts


def test_how_many_meters_have_an_agreement_in_force() -> None:
    points = [
        meter_point(agreement("INTELLI-VAR-22-10-14", start, end))
        for start, end in ((AT_JAN, None), (AT_MAY, None), (AT_JAN, AT_MAY))
    ]
    assert read_of({"current": points}).meters == 2


@pytest.mark.parametrize(
    ("current", "every"),
    [(None, []), ([], None), ([None, 7, {}, {"meterPoint": "x"}], [None, 7, {}, {"meterPoint": []}])],
)
def test_one_list_is_enough_and_odd_entries_are_no_meter_points(current: Any, every: Any) -> None:
    assert codes({"current": current, "every": every}) == []


@pytest.mark.parametrize("account", [{}, {"current": None, "every": {}}])
def test_without_any_list_nothing_was_answered(account: Any) -> None:
    assert read_import_agreements(account, JULY) is None


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
    read = read_of({"current": [meter_point(row, agreement("GO-VAR-22-10-14"))]}).agreements
    assert ([found.product_code for found in read.rows], read.skipped) == (["GO-VAR-22-10-14"], 1)


def test_a_meter_point_without_a_list_is_counted() -> None:
    read = read_of({"current": [{"meterPoint": {"direction": "IMPORT", "agreements": None}}]}).agreements
    assert read.skipped == 1


def test_an_agreement_that_never_came_into_force_is_no_damage() -> None:
    read = read_of({"current": [meter_point(agreement("GO-VAR-22-10-14", AT_MAY, AT_MAY))]}).agreements
    assert (read.rows, read.skipped) == ((), 0)


def test_the_tariff_code_stands_in_for_a_missing_product_code_and_a_name_found_anywhere_is_kept() -> None:
    nameless = agreement("INTELLI-VAR-22-10-14") | {"tariff": {"tariffCode": "E-1R-INTELLI-VAR-22-10-14-H"}}
    read = read_of({"current": [meter_point(nameless, agreement("INTELLI-VAR-22-10-14"))]}).agreements
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
            [home("VAR-22-11-01", AT_JAN, AT_MAY), home("INTELLI-VAR-22-10-14", AT_MAY) | {"id": "2"}],
            [("VAR-22-11-01", JAN, MAY, "1"), ("INTELLI-VAR-22-10-14", MAY, None, "2")],
        ),
        ([home("VAR-22-11-01", AT_JAN, AT_JAN)], [("INTELLI-VAR-22-10-14", MAY, None, None)]),
        (
            [home("VAR-22-11-01", AT_JAN), home("VAR-22-11-01", AT_JAN, AT_MAY) | {"id": 2}],
            [
                ("VAR-22-11-01", JAN, MAY, "2"),
                ("VAR-22-11-01", JAN, None, "1"),
                ("INTELLI-VAR-22-10-14", MAY, None, None),
            ],
        ),
        (
            [home("GO-VAR-22-10-14", AT_JAN, is_export=None), home("OUTGOING-VAR-24-10-26", AT_JAN, is_export=None)],
            [
                ("GO-VAR-22-10-14", JAN, None, "1"),
                ("VAR-22-11-01", JAN, None, None),
                ("INTELLI-VAR-22-10-14", MAY, None, None),
            ],
        ),
        ([home("VAR-22-11-01", AT_JAN, AT_MAY, is_export=True)], None),
        ([home("VAR-22-11-01", "long ago", AT_MAY)], None),
        ([home("VAR-22-11-01", AT_JAN, AT_MAY, agreements=[None, 7])], None),
        ([None, {"electricity_meter_points": 7}], None),
        (None, None),
    ],
    ids=["left", "never moved in", "same tariff in both", "only in rest", "export", "time", "rows", "odd", "none"],
)
def test_which_agreement_is_for_which_home(properties: Any, expected: Any) -> None:
    if expected is None:
        expected = [("VAR-22-11-01", JAN, None, None), ("INTELLI-VAR-22-10-14", MAY, None, None)]
    found = assign_homes((OLD_HOME, NEW_HOME), {"properties": properties})
    assert [(row.product_code, row.valid_from, row.valid_to, row.property_id) for row in found] == expected


def test_an_agreement_that_ended_before_the_owner_moved_out_stays_as_it_was() -> None:
    ended = Agreement("VAR-22-11-01", JAN, MAY)
    (found,) = assign_homes((ended,), {"properties": [home("VAR-22-11-01", AT_JAN, AT_JULY)]})
    assert found.valid_to == MAY


def test_two_meters_of_one_home_on_the_same_contract_are_one_agreement() -> None:
    place = home("VAR-22-11-01", AT_JAN)
    place["electricity_meter_points"] *= 2
    assert len(assign_homes((OLD_HOME,), {"properties": [place]})) == 1


def test_the_homes_lived_in_that_buy_electricity() -> None:
    properties: Any = [
        home("VAR-22-11-01", AT_JAN) | {"address_line_1": "1 Example Street"},
        home("VAR-22-11-01", AT_JAN, AT_MAY) | {"id": 2},
        home("VAR-22-11-01", AT_JAN, is_export=True) | {"id": 3},
        home("VAR-22-11-01", AT_JAN, agreements=[]) | {"id": 4},
        home("GO-VAR-22-10-14", AT_JULY, "2027-01-01T00:00:00Z") | {"id": "5", "address_line_1": 7},
        home("VAR-22-11-01", AT_JAN) | {"id": None},
        home("VAR-22-11-01", AT_JAN),
    ]
    assert read_homes({"properties": properties}, JULY) == (Home("1", "1 Example Street"), Home("5", None))
    assert read_homes({}, JULY) == ()
