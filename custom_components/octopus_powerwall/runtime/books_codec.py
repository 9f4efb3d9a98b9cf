"""The books as text for the disk, small: column by column, since half hours are much alike, and compressed.

Home Assistant's store writes every value on a line of its own; a text is one value.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
import json
from typing import Any
import zlib

from ..domain.codec import decode, encode
from ..domain.money.half_hour import HalfHour

_DIGITS = 4
_FIELDS = tuple(item.name for item in fields(HalfHour))


def compress(content: Mapping[str, Any]) -> str:
    """Return JSON values as one compressed text."""
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    return b64encode(zlib.compress(text.encode(), 9)).decode()


def decompress(text: str) -> Any:
    """Return what was compressed.

    Raises:
        ValueError: it is no such text.
    """
    try:
        return json.loads(zlib.decompress(b64decode(text, validate=True)))
    except (zlib.error, TypeError) as err:
        raise ValueError("not compressed") from err


def pack(rows: Iterable[HalfHour]) -> dict[str, Any]:
    """Half hours as JSON, the names of their fields once for all of them."""
    return {"fields": list(_FIELDS), "rows": [[_plain(getattr(row, name)) for name in _FIELDS] for row in rows]}


def unpack(content: Mapping[str, Any]) -> list[HalfHour]:
    """Return the half hours that were packed.

    Raises:
        ValueError, KeyError, TypeError: they are none.
    """
    return [decode(HalfHour, dict(zip(content["fields"], row, strict=True))) for row in content["rows"]]


def to_columns(rows: Sequence[HalfHour]) -> dict[str, Any]:
    """Half hours as JSON, all values of a field beside each other."""
    return {name: [_plain(getattr(row, name)) for row in rows] for name in _FIELDS}


def from_columns(content: Mapping[str, Sequence[Any]]) -> list[HalfHour]:
    """Return the half hours of columns.

    Raises:
        ValueError, KeyError, TypeError: they are none.
    """
    return [decode(HalfHour, dict(zip(content, row, strict=True))) for row in zip(*content.values(), strict=True)]


def _plain(value: object) -> Any:
    plain = encode(value)
    return round(plain, _DIGITS) if isinstance(plain, float) else plain
