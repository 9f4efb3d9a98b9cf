"""From Octopus' JSON to devices and dispatches, row by row: an unreadable one is skipped and counted, never raised."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
import re

from ..domain.model import Device, Dispatch, DispatchType, PowerReading
from ..domain.plan.device_plan import LONGEST_DISPATCH
from .scalars import Json, as_id, as_number, as_object, as_text, as_time

_CHARGER_KINDS = {"SmartFlexVehicle", "SmartFlexChargePoint"}
# A charge point calls itself an electric vehicle here (facts/octopus.md 2.4).
_CHARGER_DEVICE_TYPES = {"ELECTRIC_VEHICLES", "CHARGE_POINTS"}
_CAPS = {"ENABLED": True, "DISABLED": False, "NOT_APPLICABLE": False}
_VERSION_SUFFIX = re.compile(r"[_-]V\d+$")
_COMPLETED_SOURCES = {"smart-charge": DispatchType.SMART, "bump-charge": DispatchType.BOOST}
# More than any car holds or charger delivers: such a figure is a fault of the sender.
_MOST_KWH = 1_000.0
_MOST_KW = 1_000.0


@dataclass(frozen=True, slots=True)
class Rows[T]:
    """The rows of a list that could be read, and how many could not."""

    rows: tuple[T, ...]
    skipped: int = 0


class _Unreadable(Exception):
    """The row at hand is skipped and counted."""


def read_devices(value: Json) -> Rows[Device] | None:
    """Read ``devices``; ``None`` where Octopus gave no list. A second row with the same id is skipped."""
    read = _rows(value, _device)
    if read is None:
        return None
    by_id: dict[str, Device] = {}
    for device in read.rows:
        by_id.setdefault(device.id, device)
    return Rows(tuple(by_id.values()), read.skipped + len(read.rows) - len(by_id))


def read_homes_of_devices(value: Json) -> frozenset[str]:
    """Return the ids of the properties that ``devices`` belong to, as far as Octopus says so."""
    read = _rows(value, lambda row: as_id(row.get("propertyId")))
    return frozenset(read.rows) if read else frozenset()


def read_planned_dispatches(value: Json) -> Rows[Dispatch] | None:
    """Read ``flexPlannedDispatches`` of one device; ``None`` where Octopus gave no list.

    A row whose type this version does not know is dropped without being counted: it is whole, it is just not a smart
    charge. If it were counted, a new type would make every poll look damaged, and no slot could be withdrawn again.
    """
    return _rows(value, _planned)


def read_completed_dispatches(value: Json) -> Rows[Dispatch] | None:
    """Read ``completedDispatches`` of the account; ``None`` where Octopus gave no list.

    The source is normally missing and does not tell smart from boost; then the type is ``None``. A row of more than
    24 h is no charge that anybody saw, and would use up the allowance of days (design 3.1).
    """
    return _rows(value, _completed)


def _rows[T](value: Json, read: Callable[[dict[str, Json]], T | None]) -> Rows[T] | None:
    if not isinstance(value, list):
        return None
    rows: list[T] = []
    skipped = 0
    for entry in value:
        try:
            row = read(_required(as_object(entry)))
        except _Unreadable:
            skipped += 1
        else:
            if row is not None:
                rows.append(row)
    return Rows(tuple(rows), skipped)


def _required[T](value: T | None) -> T:
    if value is None:
        raise _Unreadable
    return value


def _span(row: dict[str, Json]) -> tuple[datetime, datetime]:
    start, end = _required(as_time(row.get("start"))), _required(as_time(row.get("end")))
    if end <= start:
        raise _Unreadable
    return start, end


def _planned(row: dict[str, Json]) -> Dispatch | None:
    start, end = _span(row)
    kind = row.get("type")
    if kind is not None and not isinstance(kind, str):
        raise _Unreadable
    if kind is not None and kind not in DispatchType:
        return None
    return Dispatch(start, end, DispatchType(kind) if kind is not None else None, _energy(row.get("energyAddedKwh")))


def _completed(row: dict[str, Json]) -> Dispatch:
    start, end = _span(row)
    if end - start > LONGEST_DISPATCH:
        raise _Unreadable
    meta = as_object(row.get("meta")) or {}
    source = as_text(meta.get("source"))
    return Dispatch(
        start,
        end,
        _COMPLETED_SOURCES.get(source.lower()) if source else None,
        _energy(row.get("delta")),
        as_text(meta.get("location")),
    )


def _energy(value: Json) -> float | None:
    """Absolute kWh: the sign differs between accounts (facts/octopus.md 2.1)."""
    energy = as_number(value, _MOST_KWH)
    return None if energy is None else abs(energy)


def _device(row: dict[str, Json]) -> Device:
    kind, device_type = as_text(row.get("__typename")), as_text(row.get("deviceType"))
    # Where the type has left the schema, the kind alone has to tell.
    is_charger = kind in _CHARGER_KINDS and ("deviceType" not in row or device_type in _CHARGER_DEVICE_TYPES)
    status = as_object(row.get("status"))
    if status is None and is_charger:
        raise _Unreadable
    status = status or {}
    lifecycle, suspended = as_text(status.get("current")), status.get("isSuspended")
    if is_charger and lifecycle == "LIVE" and not (suspended is None or isinstance(suspended, bool)):
        # Taking it for live and not suspended might follow a plan that the owner has switched off.
        raise _Unreadable
    provider = as_text(row.get("provider"))
    preferences = as_object(row.get("preferences")) or {}
    return Device(
        id=_required(as_text(row.get("id"), longest=200)),
        is_charger=is_charger,
        is_battery=kind == "SmartFlexBattery" or device_type == "BATTERIES",
        property_id=as_id(row.get("propertyId")),
        capped=_CAPS.get(as_text(preferences.get("isChargingDurationCapped")) or ""),
        provider=_VERSION_SUFFIX.sub("", provider.upper()) if provider else None,
        lifecycle=lifecycle,
        state=as_text(status.get("currentState")),
        suspended=suspended if isinstance(suspended, bool) else None,
        name=as_text(row.get("name")),
        active_power=_active_power(status.get("activePower")),
    )


def _active_power(value: Json) -> PowerReading | None:
    reading = as_object(value) or {}
    power_kw, at = as_number(reading.get("value"), _MOST_KW), as_time(reading.get("timestamp"))
    return None if power_kw is None or at is None else PowerReading(power_kw, at)
