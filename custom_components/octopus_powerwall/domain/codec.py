"""Frozen dataclasses of the core to and from plain JSON values, by their type hints.

A field that holds one of several dataclasses is written with the name of the case under ``case``. What comes back from
a disk is trusted no more than what comes from the network: anything that does not fit the hints raises ``ValueError``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from math import isfinite
from types import NoneType, UnionType
from typing import Annotated, Any, TypeAliasType, Union, cast, get_args, get_origin, get_type_hints

SANE_YEARS = range(2000, 2200)
CASE = "case"


@dataclass(frozen=True, slots=True)
class Between:
    """A bound on a whole number, both ends included, for use in ``Annotated``."""

    lowest: int
    highest: int


type Percent = Annotated[int, Between(0, 100)]
"""A whole percentage."""


def encode(value: object) -> Any:
    """Return a value of the core as JSON: times as ISO 8601 in UTC, durations in seconds, tuples as lists."""
    match value:
        case Enum():
            return value.value
        case datetime():
            return value.astimezone(UTC).isoformat()
        case timedelta():
            return value.total_seconds()
        case tuple():
            return [encode(item) for item in value]
        case _ if is_dataclass(value):
            hints = _hints(cast("type", type(value)))
            return {field.name: _encode_field(hints[field.name], getattr(value, field.name)) for field in fields(value)}
        case _:
            return value


def _encode_field(kind: Any, value: object) -> Any:
    content = encode(value)
    if len(_cases(kind)) > 1 and is_dataclass(value):
        return {CASE: type(value).__name__, **content}
    return content


def decode[T](kind: type[T], value: object) -> T:
    """Return the value of a type from its JSON; a missing field has its default.

    Raises ``ValueError`` where it misfits.
    """
    try:
        return cast("T", _decode(kind, value))
    except (TypeError, KeyError, OverflowError) as err:
        raise ValueError(f"not a {kind.__name__}") from err


def _decode(kind: Any, value: object) -> object:
    if isinstance(kind, TypeAliasType):
        return _decode(kind.__value__, value)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _decode_within(arguments[0], arguments[1], value)
    if origin in (Union, UnionType):
        return _decode_union(kind, arguments, value)
    if origin is tuple:
        if not isinstance(value, list):
            raise ValueError("not a list")
        return tuple(_decode(arguments[0], item) for item in value)
    if is_dataclass(kind):
        return _decode_dataclass(cast("type", kind), value)
    if issubclass(kind, Enum):
        return kind(value)
    return _decode_plain(kind, value)


def _decode_within(kind: Any, bound: Between, value: object) -> object:
    number = _decode(kind, value)
    if not isinstance(number, int) or not bound.lowest <= number <= bound.highest:
        raise ValueError("a number out of bounds")
    return number


def _decode_union(kind: Any, arguments: tuple[Any, ...], value: object) -> object:
    if value is None and NoneType in arguments:
        return None
    cases = _cases(kind)
    if len(cases) > 1:
        if not isinstance(value, Mapping):
            raise TypeError
        return _decode_dataclass(cases[value[CASE]], value)
    return _decode(next(argument for argument in arguments if argument is not NoneType), value)


def _decode_dataclass(kind: type, value: object) -> object:
    if not isinstance(value, Mapping):
        raise TypeError
    hints = _hints(kind)
    return kind(**{name: _decode(hints[name], item) for name, item in value.items() if name in hints})


def _decode_plain(kind: type, value: object) -> object:
    # Not "is": a clock that stands still for a test puts its own class in the place of datetime.
    if issubclass(kind, datetime) and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("a time without a time zone")
        moment = moment.astimezone(UTC)
        if moment.year not in SANE_YEARS:
            raise ValueError("a time out of bounds")
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


@lru_cache(maxsize=128)
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


@lru_cache(maxsize=256)
def _cases(kind: Any) -> dict[str, type]:
    """Return the dataclasses that a union allows, by name; none for what is no union."""
    if isinstance(kind, TypeAliasType):
        return _cases(kind.__value__)
    if get_origin(kind) not in (Union, UnionType):
        return {}
    cases: dict[str, type] = {}
    for argument in get_args(kind):
        nested = _cases(argument)
        if nested:
            cases |= nested
        elif is_dataclass(argument):
            cases[cast("type", argument).__name__] = cast("type", argument)
    return cases
