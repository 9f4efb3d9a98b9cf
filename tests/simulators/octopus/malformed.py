"""Bends an executed answer into shapes that the schema forbids but clients must survive."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .faults import ROWS, Fault, FaultKind
from .rows import Slot, TimeStyle, written

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PlanField:
    """One ``flexPlannedDispatches`` in a query: its key in the answer, and the key of each field in its rows."""

    key: str
    device: str | None
    row_keys: Mapping[str, str] = field(default_factory=dict)


def patch_slots(data: Json, plan: PlanField, slots: list[Slot]) -> None:
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


def bend(data: Json, root_keys: Mapping[str, str], plans: list[PlanField], faults: list[Fault], now: datetime) -> None:
    """Apply the answer faults in order. ``root_keys`` maps each key of the answer to the field it stands for."""
    for fault in faults:
        if fault.kind is FaultKind.NULL:
            for key, name in root_keys.items():
                if name in (fault.fields or {"flexPlannedDispatches"}) and _concerns(fault, key, plans):
                    data[key] = None
            continue
        for plan in plans:
            if fault.device in {None, plan.device} and isinstance(data.get(plan.key), list):
                data[plan.key] = _bent(data[plan.key], plan.row_keys, fault, now)


def _concerns(fault: Fault, key: str, plans: list[PlanField]) -> bool:
    return fault.device is None or any(plan.key == key and plan.device == fault.device for plan in plans)


def _bent(rows: list[Any], keys: Mapping[str, str], fault: Fault, now: datetime) -> Any:
    if fault.kind is FaultKind.NUMBER_NOT_LIST:
        return 42
    if fault.kind is FaultKind.MANY_ROWS:
        return rows + [_row(keys, now + timedelta(minutes=10 * number), 5) for number in range(1, fault.count + 1)]
    if fault.kind not in ROWS:
        return rows
    if fault.rows == "extra" or not rows:
        return [*rows, _bad(_row(keys, now + timedelta(hours=1), 30), keys, fault.kind)]
    return [
        _bad(row, keys, fault.kind) if number == 0 or fault.rows == "all" else row for number, row in enumerate(rows)
    ]


def _row(keys: Mapping[str, str], start: datetime, minutes: int) -> Json:
    values = {
        "start": written(start),
        "end": written(start + timedelta(minutes=minutes)),
        "type": "SMART",
        "energyAddedKwh": "-3.500",
        "__typename": "SmartFlexDispatch",
    }
    return {key: values[name] for name, key in keys.items()}


def _bad(row: Json, keys: Mapping[str, str], kind: FaultKind) -> Any:
    start_key, end_key, type_key, energy_key = (
        keys.get(name, name) for name in ("start", "end", "type", "energyAddedKwh")
    )
    row = dict(row)
    match kind:
        case FaultKind.MISSING_START:
            row.pop(start_key, None)
        case FaultKind.MISSING_END:
            row.pop(end_key, None)
        case FaultKind.NULL_END:
            row[end_key] = None
        case FaultKind.NULL_TYPE:
            row[type_key] = None
        case FaultKind.UNKNOWN_TYPE:
            row[type_key] = "TURBO"
        case FaultKind.REVERSED:
            row[start_key], row[end_key] = row.get(end_key), row.get(start_key)
        case FaultKind.ZERO_LENGTH:
            row[end_key] = row.get(start_key)
        case FaultKind.WRONG_TYPES:
            row |= {start_key: 1_700_000_000, end_key: ["2026"], type_key: 7, energy_key: {"value": True}}
        case FaultKind.NAIVE_TIMES:
            row |= {key: _without_offset(row.get(key)) for key in (start_key, end_key)}
        case FaultKind.SPACE_TIMES:
            row |= {key: _respelt(row.get(key)) for key in (start_key, end_key)}
        case FaultKind.UNREADABLE_TIMES:
            row |= {start_key: "tomorrow", end_key: "2026-13-45T99:99:99Z"}
        case FaultKind.ABSURD_TIMES:
            row |= {start_key: "0001-01-01T00:00:00Z", end_key: "9999-12-31T23:59:59Z"}
        case FaultKind.NULL_ENERGY:
            row[energy_key] = None
        case FaultKind.UNREADABLE_ENERGY:
            row[energy_key] = "NaN"
        case FaultKind.NULL_ROW:
            return None
        case FaultKind.STRING_ROW:
            return "row"
        case _:
            raise AssertionError(f"{kind} does not alter rows")
    return row


def _without_offset(text: Any) -> Any:
    return datetime.fromisoformat(text).replace(tzinfo=None).isoformat() if isinstance(text, str) else text


def _respelt(text: Any) -> Any:
    return written(datetime.fromisoformat(text), TimeStyle.SPACE) if isinstance(text, str) else text
