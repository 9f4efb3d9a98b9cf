"""Sensors: what is done and why, what Octopus plans, and what is known of the account (design 7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfEnergy, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .domain.plan.timeline import Slot
from .domain.reason import Reason
from .domain.status import Snapshot, Status
from .entity import SnapshotEntity, SnapshotEntityDescription, is_plan_known
from .runtime.controller import OctopusPowerwallConfigEntry
from .runtime.schedule import in_london, slot_as_json

PARALLEL_UPDATES = 0

type Value = str | int | float | datetime | None


@dataclass(frozen=True, kw_only=True)
class OctopusPowerwallSensorDescription(SnapshotEntityDescription[Value], SensorEntityDescription):
    """A sensor and what it shows."""


def _status_attributes(snapshot: Snapshot) -> Mapping[str, Any]:
    return {
        "reason": snapshot.reason.value,
        "until": in_london(snapshot.until),
        "baseline": snapshot.baseline,
        "target": snapshot.target,
        "certainty": snapshot.certainty.value,
        "dry_run": snapshot.settings.dry_run,
    }


def _current_slot(snapshot: Snapshot) -> Slot | None:
    # Slots are in order and disjoint: if one runs, it is the first.
    return snapshot.slots[0] if snapshot.smart_slot else None


def _next_slot(snapshot: Snapshot) -> Slot | None:
    ahead = snapshot.slots[1:] if snapshot.smart_slot else snapshot.slots
    return ahead[0] if ahead else None


def _current_slot_end(snapshot: Snapshot) -> datetime | None:
    slot = _current_slot(snapshot)
    return slot.end if slot else None


def _next_slot_start(snapshot: Snapshot) -> datetime | None:
    slot = _next_slot(snapshot)
    return slot.start if slot else None


def _next_slot_end(snapshot: Snapshot) -> datetime | None:
    slot = _next_slot(snapshot)
    return slot.end if slot else None


def _planned_energy(snapshot: Snapshot) -> float | None:
    energies = [slot.energy_kwh for slot in snapshot.slots]
    known = [energy for energy in energies if energy is not None]
    return round(sum(known), 3) if len(known) == len(energies) else None


def _tariff_attributes(snapshot: Snapshot) -> Mapping[str, Any]:
    return {"reason": snapshot.tariff.reason.value if snapshot.tariff_name else None}


SENSORS = (
    OctopusPowerwallSensorDescription(
        key="status",
        device_class=SensorDeviceClass.ENUM,
        options=[status.value for status in Status],
        value_fn=lambda snapshot: snapshot.status.value,
        attributes_fn=_status_attributes,
    ),
    OctopusPowerwallSensorDescription(
        key="reason",
        device_class=SensorDeviceClass.ENUM,
        options=[reason.value for reason in Reason],
        value_fn=lambda snapshot: snapshot.reason.value,
    ),
    OctopusPowerwallSensorDescription(
        key="hold_end",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda snapshot: snapshot.until,
    ),
    OctopusPowerwallSensorDescription(
        key="current_slot_end",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=_current_slot_end,
        available_fn=is_plan_known,
    ),
    OctopusPowerwallSensorDescription(
        key="next_slot_start",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=_next_slot_start,
        available_fn=is_plan_known,
    ),
    OctopusPowerwallSensorDescription(
        key="next_slot_end",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=_next_slot_end,
        available_fn=is_plan_known,
    ),
    OctopusPowerwallSensorDescription(
        key="planned_slots",
        value_fn=lambda snapshot: len(snapshot.slots),
        attributes_fn=lambda snapshot: {"slots": [slot_as_json(slot) for slot in snapshot.slots]},
        available_fn=is_plan_known,
    ),
    # A forecast and not a meter: no state class.
    OctopusPowerwallSensorDescription(
        key="planned_energy",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        value_fn=_planned_energy,
        available_fn=is_plan_known,
    ),
    OctopusPowerwallSensorDescription(
        key="allowance_used",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.HOURS,
        suggested_display_precision=1,
        value_fn=lambda snapshot: snapshot.allowance_used_h,
        available_fn=is_plan_known,
    ),
    OctopusPowerwallSensorDescription(
        key="tariff",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda snapshot: snapshot.tariff_name,
        attributes_fn=_tariff_attributes,
    ),
    OctopusPowerwallSensorDescription(
        key="last_poll",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda snapshot: snapshot.last_poll,
    ),
    OctopusPowerwallSensorDescription(
        key="reserve_to_restore",
        native_unit_of_measurement=PERCENTAGE,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda snapshot: snapshot.baseline,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: OctopusPowerwallConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of an entry."""
    async_add_entities(OctopusPowerwallSensor(entry, description) for description in SENSORS)


class OctopusPowerwallSensor(SnapshotEntity[Value], SensorEntity):
    """A sensor that shows one thing of the snapshot."""

    entity_description: OctopusPowerwallSensorDescription

    # It changes with each reshuffle of the plan, and the calendar keeps the past.
    _unrecorded_attributes = frozenset({"slots"})

    @override
    def _show(self, value: Value) -> None:
        self._attr_native_value = value
