"""Sensors: what is done and why, what Octopus plans, and what is known of the account (design 7)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import (
    ATTR_STATE_CLASS,
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfEnergy, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .domain.money.sun_room import SunReason
from .domain.money.view import Missing, Money
from .domain.plan.timeline import Slot
from .domain.reason import Reason
from .domain.status import Snapshot, Status
from .entity import SnapshotEntity, SnapshotEntityDescription, is_plan_known
from .runtime.controller import OctopusPowerwallConfigEntry
from .runtime.schedule import slot_as_json, to_london_iso

PARALLEL_UPDATES = 0

CURRENCY = "GBP"
RATE_UNIT = f"{CURRENCY}/{UnitOfEnergy.KILO_WATT_HOUR}"

type Value = str | int | float | datetime | None


def is_never_missing(_: Money) -> None:
    """Nothing keeps it from being shown."""


@dataclass(frozen=True, kw_only=True)
class OctopusPowerwallSensorDescription(SnapshotEntityDescription[Value], SensorEntityDescription):
    """A sensor and what it shows. ``missing_fn`` says why it is not available, where that has a reason."""

    missing_fn: Callable[[Money], Missing | None] = is_never_missing


_OLD_PLAN = frozenset({Reason.OCTOPUS_SILENT, Reason.PLAN_AGED, Reason.PLAN_TOO_OLD})


def _status_attributes(snapshot: Snapshot) -> Mapping[str, Any]:
    return {
        "reason": snapshot.reason.value,
        "until": to_london_iso(snapshot.until),
        "baseline": snapshot.baseline,
        "target": snapshot.target,
        "certainty": snapshot.certainty.value,
        "dry_run": snapshot.settings.dry_run,
        # How old the plan is, where that is why.
        "plan_read_at": to_london_iso(snapshot.last_poll) if snapshot.reason in _OLD_PLAN else None,
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


def _is_energy_known(snapshot: Snapshot) -> bool:
    return snapshot.money.energy_missing is None


def _energy_charged(snapshot: Snapshot) -> float | None:
    return snapshot.money.figures.charged_kwh if snapshot.money.figures else None


def _energy_kept(snapshot: Snapshot) -> float | None:
    return snapshot.money.figures.kept_kwh if snapshot.money.figures else None


def _savings(snapshot: Snapshot) -> float | None:
    return snapshot.money.figures.saved_gbp if snapshot.money.figures else None


def _savings_attributes(snapshot: Snapshot) -> Mapping[str, Any]:
    figures = snapshot.money.figures
    if figures is None:
        return {}
    return {
        "provisional_gbp": figures.provisional_gbp,
        "unpriced_half_hours": figures.unpriced,
    }


def _sun_room_attributes(snapshot: Snapshot) -> Mapping[str, Any]:
    room = snapshot.money.sun_room
    return {
        "target": room.target_pct,
        "sun_kwh": room.sun_kwh,
        "home_kwh": room.use_kwh,
        "until": to_london_iso(room.until) if room.until else None,
    }


def _out_of_activity(_: Snapshot) -> Mapping[str, Any]:
    """Keep a sensor out of the activity: it moves with every poll or plan, and what that means is told in a sentence.

    Home Assistant leaves out every sensor that names its state class, also one that names none.
    """
    return {ATTR_STATE_CLASS: None}


def _planned_slots_attributes(snapshot: Snapshot) -> Mapping[str, Any]:
    return {**_out_of_activity(snapshot), "slots": [slot_as_json(slot) for slot in snapshot.slots]}


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
        key="room_for_the_sun",
        device_class=SensorDeviceClass.ENUM,
        options=[why.value for why in SunReason],
        value_fn=lambda snapshot: snapshot.money.sun_room.why.value,
        attributes_fn=_sun_room_attributes,
    ),
    OctopusPowerwallSensorDescription(
        key="charge_target_with_sun",
        native_unit_of_measurement=PERCENTAGE,
        value_fn=lambda snapshot: snapshot.money.sun_room.target_pct,
    ),
    OctopusPowerwallSensorDescription(
        key="hold_end",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda snapshot: snapshot.until,
        attributes_fn=_out_of_activity,
    ),
    OctopusPowerwallSensorDescription(
        key="current_slot_end",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=_current_slot_end,
        attributes_fn=_out_of_activity,
        available_fn=is_plan_known,
    ),
    OctopusPowerwallSensorDescription(
        key="next_slot_start",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=_next_slot_start,
        attributes_fn=_out_of_activity,
        available_fn=is_plan_known,
    ),
    OctopusPowerwallSensorDescription(
        key="next_slot_end",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=_next_slot_end,
        attributes_fn=_out_of_activity,
        available_fn=is_plan_known,
    ),
    OctopusPowerwallSensorDescription(
        key="planned_slots",
        value_fn=lambda snapshot: len(snapshot.slots),
        attributes_fn=_planned_slots_attributes,
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
        attributes_fn=lambda snapshot: {"binds": snapshot.allowance_binds},
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
        attributes_fn=_out_of_activity,
    ),
    OctopusPowerwallSensorDescription(
        key="reserve_to_restore",
        native_unit_of_measurement=PERCENTAGE,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda snapshot: snapshot.baseline,
    ),
    OctopusPowerwallSensorDescription(
        key="import_rate",
        native_unit_of_measurement=RATE_UNIT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=4,
        value_fn=lambda snapshot: snapshot.money.import_rate,
    ),
    OctopusPowerwallSensorDescription(
        key="export_rate",
        native_unit_of_measurement=RATE_UNIT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=4,
        entity_registry_enabled_default=False,
        value_fn=lambda snapshot: snapshot.money.export_rate,
    ),
    OctopusPowerwallSensorDescription(
        key="energy_charged",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=1,
        value_fn=_energy_charged,
        available_fn=_is_energy_known,
        missing_fn=lambda money: money.energy_missing,
    ),
    OctopusPowerwallSensorDescription(
        key="energy_kept",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=1,
        value_fn=_energy_kept,
        available_fn=_is_energy_known,
        missing_fn=lambda money: money.energy_missing,
    ),
    OctopusPowerwallSensorDescription(
        key="savings",
        device_class=SensorDeviceClass.MONETARY,
        native_unit_of_measurement=CURRENCY,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=2,
        value_fn=_savings,
        attributes_fn=_savings_attributes,
        available_fn=lambda snapshot: snapshot.money.savings_missing is None,
        missing_fn=lambda money: money.savings_missing,
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

    @property
    @override
    def capability_attributes(self) -> dict[str, Any] | None:
        """Those of a sensor and, since an unavailable entity shows no other attributes, what it is missing."""
        missing = self.entity_description.missing_fn(self.controller.snapshot.money)
        shown = super().capability_attributes
        return shown if missing is None else {**(shown or {}), "reason": missing.value}
