"""Single values from JSON that nobody vouches for."""

from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.octopus_powerwall.octopus.scalars import as_id, as_number, as_text, as_time


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3.0),
        (-2.5, -2.5),
        ("-6.521", -6.521),
        (" 0 ", 0.0),
        ("1e2", 100.0),
        ("", None),
        ("12 kWh", None),
        ("1_000", None),
        ("NaN", None),
        ("Infinity", None),
        ("٣", None),
        ("1e999", None),
        (float("inf"), None),
        (float("nan"), None),
        (10**400, None),
        (1001, None),
        (True, None),
        (None, None),
        ([1], None),
        ({}, None),
    ],
)
def test_numbers(value: Any, expected: float | None) -> None:
    assert as_number(value, limit=1000) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-09-12T21:00:00Z", datetime(2026, 9, 12, 21, tzinfo=UTC)),
        ("2026-09-12T22:00:00+01:00", datetime(2026, 9, 12, 21, tzinfo=UTC)),
        ("2026-09-12 21:00:11+00:00", datetime(2026, 9, 12, 21, 0, 11, tzinfo=UTC)),
        ("2026-09-12T21:00:00", None),
        ("2026-09-12", None),
        ("2026-13-12T21:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("1970-01-01T00:00:00Z", None),
        ("2026-09-12T21:00:00Z" + " " * 40, None),
        ("soon", None),
        (1789250400, None),
        (None, None),
        (["2026-09-12T21:00:00Z"], None),
    ],
)
def test_times_are_utc_and_need_an_offset(value: Any, expected: datetime | None) -> None:
    assert as_time(value) == expected
    if expected is not None:
        assert as_time(value).tzinfo is UTC  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(" LIVE ", "LIVE"), ("", None), ("  ", None), ("a" * 101, None), ("a\nb", None), (7, None), (None, None)],
)
def test_texts(value: Any, expected: str | None) -> None:
    assert as_text(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(7, "7"), (" 7 ", "7"), (True, None), (10**18, None), (-1, None), (7.0, None), (None, None)]
)
def test_identifiers(value: Any, expected: str | None) -> None:
    assert as_id(value) == expected
