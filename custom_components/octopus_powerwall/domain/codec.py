"""Frozen dataclasses of the core to and from plain JSON values, by their type hints.

What comes back from a disk is trusted no more than what comes from the network: anything that does not fit the hints
raises ``ValueError``.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

SANE_YEARS = range(2000, 2200)


def encoded(value: object) -> Any:
    """A value of the core as JSON: times as ISO 8601 in UTC, durations in seconds, tuples as lists."""
    match value:
        case Enum():
            return value.value
        case datetime():
            return value.astimezone(UTC).isoformat()
        case timedelta():
            return value.total_seconds()
        case tuple():
            return [encoded(item) for item in value]
        case _ if is_dataclass(value):
            return {field.name: encoded(getattr(value, field.name)) for field in fields(value)}
        case _:
            return value


def decoded[T](kind: type[T], value: object) -> T:
    """The value of a type from its JSON; a missing field has its default. Raises ``ValueError`` where it misfits."""
    try:
        return cast("T", _decoded(kind, value))
    except (TypeError, KeyError, OverflowError) as err:
        raise ValueError(f"not a {kind.__name__}") from err


def _decoded(kind: Any, value: object) -> object:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        if value is None and NoneType in arguments:
            return None
        return _decoded(next(argument for argument in arguments if argument is not NoneType), value)
    if origin is tuple:
        if not isinstance(value, list):
            raise ValueError("not a list")
        return tuple(_decoded(arguments[0], item) for item in value)
    if is_dataclass(kind):
        return _decoded_dataclass(cast("type", kind), value)
    if issubclass(kind, Enum):
        return kind(value)
    return _decoded_plain(kind, value)


def _decoded_dataclass(kind: type, value: object) -> object:
    if not isinstance(value, Mapping):
        raise TypeError
    hints = _hints(kind)
    return kind(**{name: _decoded(hints[name], item) for name, item in value.items() if name in hints})


def _decoded_plain(kind: type, value: object) -> object:
    # Not "is": a clock that stands still for a test puts its own class in the place of datetime.
    if issubclass(kind, datetime) and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("a time without a time zone")
        moment = moment.astimezone(UTC)
        if moment.year not in SANE_YEARS:
            raise ValueError("a time that nobody lives in")
        return moment
    if kind is timedelta and isinstance(value, int | float) and not isinstance(value, bool):
        return timedelta(seconds=value)
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        if not isfinite(value):
            raise ValueError("not a number")
        return float(value)
    if kind in (int, str, bool) and type(value) is kind:
        return value
    raise ValueError(f"not a {kind.__name__}")


@lru_cache(maxsize=64)
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
