"""Reads single values from JSON that nobody vouches for: a value of the right kind, or ``None``. Nothing raises."""

from datetime import UTC, datetime
import math
import re

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None

_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,20})?([eE][+-]?\d{1,3})?", re.ASCII)
_SENSIBLE_YEARS = range(2000, 2100)


def as_object(value: Json) -> dict[str, Json] | None:
    """Return a JSON object."""
    return value if isinstance(value, dict) else None


def as_text(value: Json, longest: int = 100) -> str | None:
    """Return a text that is neither blank, nor longer than allowed, nor unprintable; without blanks around it."""
    if not isinstance(value, str) or len(value) > longest:
        return None
    text = value.strip()
    return text if text and text.isprintable() else None


def as_id(value: Json) -> str | None:
    """Return an identifier as text; Octopus writes the same ones as numbers in REST and as texts in GraphQL."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if 0 <= value < 10**18 else None
    return as_text(value)


def as_number(value: Json, limit: float) -> float | None:
    """Return a finite number of at most ``limit`` either way.

    A decimal written as text counts (facts/octopus.md 2.1).
    """
    match value:
        case bool():
            return None
        case int() | float():
            pass
        case str() if _NUMBER.fullmatch(value.strip()):
            pass
        case _:
            return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and abs(number) <= limit else None


def as_time(value: Json) -> datetime | None:
    """Return an ISO 8601 time with its offset, as UTC; a blank may stand for the ``T``.

    One without an offset is refused.
    """
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        time = datetime.fromisoformat(value.strip())
        if time.tzinfo is None:
            return None
        time = time.astimezone(UTC)
    except ValueError, OverflowError:
        return None
    return time if time.year in _SENSIBLE_YEARS else None
