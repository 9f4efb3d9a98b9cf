"""Bends an executed answer into shapes that the schema forbids but clients must survive."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .faults import ANSWER, PLANNED, Fault, FaultKind
from .rows import Slot, TimeStyle, written

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RootAnswer:
    """A root field's place in an answer: its key, the field's name, the device it is about, the keys in its rows."""

    key: str
    name: str
    device: str | None = None
    row_keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_dispatches(self) -> bool:
        """Whether it is a list of dispatches, planned or completed."""
        return self.name in {PLANNED, "completedDispatches"}


def patch_slots(data: Json, plan: RootAnswer, slots: list[Slot]) -> None:
    """Put the raw values and omissions of single slots into their rows; the rows stand in the slots' order."""
    rows = data.get(plan.key)
    if not isinstance(rows, list):
        return
    for row, slot in zip(rows, slots, strict=True):
        for name, value in slot.patched.items():
            if name in plan.row_keys:
                row[plan.row_keys[name]] = value
        for name in slot.drop:
            row.pop(plan.row_keys.get(name, name), None)


def bend(data: Json, answers: list[RootAnswer], faults: list[Fault], now: datetime) -> None:
    """Apply the answer faults in order, to plans unless a fault names other root fields."""
    for fault in faults:
        if fault.kind not in ANSWER:
            continue
        for answer in answers:
            about = fault.device in {None, answer.device}
            if answer.name in (fault.fields or {PLANNED}) and about and data.get(answer.key) is not None:
                data[answer.key] = _bent(data[answer.key], answer, fault, now)


def _bent(value: Any, answer: RootAnswer, fault: Fault, now: datetime) -> Any:
    keys = answer.row_keys
    match fault.kind:
        case FaultKind.NULL:
            return None
        case FaultKind.NUMBER_NOT_LIST:
            return 42
        case FaultKind.WRONG_TYPES if not answer.is_dispatches:
            return _mistyped(value)
    if not isinstance(value, list):
        return value
    if fault.kind is FaultKind.MANY_ROWS:
        return value + [_row(keys, now + timedelta(minutes=10 * number), 5) for number in range(1, fault.count + 1)]
    if answer.is_dispatches and (fault.rows == "extra" or not value):
        return [*value, _bad(_row(keys, now + timedelta(hours=1), 30), keys, fault.kind)]
    return [
        _bad(row, keys, fault.kind) if number == 0 or fault.rows == "all" else row for number, row in enumerate(value)
    ]


def _mistyped(value: Any) -> Any:
    match value:
        case dict():
            return {key: _mistyped(inner) for key, inner in value.items()}
        case list():
            return [_mistyped(inner) for inner in value]
        case str():
            return 7
        case None:
            return []
        case _:
            return {"value": "?"}


def _row(keys: Mapping[str, str], start: datetime, minutes: int) -> Json:
    values = {
        "__typename": "SmartFlexDispatch",
        "start": written(start),
        "end": written(start + timedelta(minutes=minutes)),
        "type": "SMART",
        "energyAddedKwh": "-3.500",
        "delta": "-3.50",
    }
    return {key: values.get(name) for name, key in keys.items()}


def _bad(row: Json, keys: Mapping[str, str], kind: FaultKind) -> Any:
    """A spoilt copy of a row; only fields that were asked for are touched."""
    start, end = (row.get(keys.get(edge, edge)) for edge in ("start", "end"))
    changes: Json
    match kind:
        case FaultKind.NULL_ROW:
            return None
        case FaultKind.STRING_ROW:
            return "row"
        case FaultKind.MISSING_START | FaultKind.MISSING_END:
            missing = keys.get("start" if kind is FaultKind.MISSING_START else "end")
            return {key: value for key, value in row.items() if key != missing}
        case FaultKind.NULL_END:
            changes = {"end": None}
        case FaultKind.NULL_TYPE:
            changes = {"type": None}
        case FaultKind.UNKNOWN_TYPE:
            changes = {"type": "TURBO"}
        case FaultKind.REVERSED:
            changes = {"start": end, "end": start}
        case FaultKind.ZERO_LENGTH:
            changes = {"end": start}
        case FaultKind.WRONG_TYPES:
            energy = {"value": True}
            changes = {"start": 1_700_000_000, "end": ["2026"], "type": 7, "energyAddedKwh": energy, "delta": energy}
        case FaultKind.NAIVE_TIMES:
            changes = {"start": _without_offset(start), "end": _without_offset(end)}
        case FaultKind.SPACE_TIMES:
            changes = {"start": _respelt(start), "end": _respelt(end)}
        case FaultKind.UNREADABLE_TIMES:
            changes = {"start": "tomorrow", "end": "2026-13-45T99:99:99Z"}
        case FaultKind.ABSURD_TIMES:
            changes = {"start": "0001-01-01T00:00:00Z", "end": "9999-12-31T23:59:59Z"}
        case FaultKind.NULL_ENERGY:
            changes = {"energyAddedKwh": None, "delta": None}
        case FaultKind.UNREADABLE_ENERGY:
            changes = {"energyAddedKwh": "NaN", "delta": "NaN"}
        case _:
            raise AssertionError(f"{kind} does not alter rows")
    return row | {keys[name]: value for name, value in changes.items() if name in keys}


def _without_offset(text: Any) -> Any:
    return datetime.fromisoformat(text).replace(tzinfo=None).isoformat() if isinstance(text, str) else text


def _respelt(text: Any) -> Any:
    return written(datetime.fromisoformat(text), TimeStyle.SPACE) if isinstance(text, str) else text
