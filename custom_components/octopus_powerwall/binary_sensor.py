"""Binary sensors: a slot runs, power is cheap, the car charges, a reserve is to be put back, the owner is wanted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .domain.model import Interval
from .entity import SnapshotEntity, SnapshotEntityDescription, is_plan_known
from .runtime.controller import OctopusPowerwallConfigEntry
from .runtime.schedule import to_london_iso

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class OctopusPowerwallBinarySensorDescription(SnapshotEntityDescription[bool | None], BinarySensorEntityDescription):
    """A binary sensor and what it shows."""


def _edges(time: Interval | None) -> Mapping[str, Any]:
    """Say since when and until when something is on, as far as that is known; nothing while it is off."""
    return {"since": to_london_iso(time.start if time else None), "until": to_london_iso(time.end if time else None)}


BINARY_SENSORS = (
    OctopusPowerwallBinarySensorDescription(
        key="smart_slot",
        value_fn=lambda snapshot: snapshot.smart_slot,
        attributes_fn=lambda snapshot: _edges(snapshot.slots[0].interval if snapshot.smart_slot else None),
        available_fn=is_plan_known,
    ),
    OctopusPowerwallBinarySensorDescription(
        key="cheap_rate",
        value_fn=lambda snapshot: snapshot.cheap_rate,
        attributes_fn=lambda snapshot: _edges(snapshot.cheap_time),
    ),
    OctopusPowerwallBinarySensorDescription(
        key="car_charging",
        device_class=BinarySensorDeviceClass.BATTERY_CHARGING,
        value_fn=lambda snapshot: snapshot.car_charging,
    ),
    OctopusPowerwallBinarySensorDescription(
        key="holding",
        value_fn=lambda snapshot: snapshot.holding,
    ),
    OctopusPowerwallBinarySensorDescription(
        key="attention",
        device_class=BinarySensorDeviceClass.PROBLEM,
        value_fn=lambda snapshot: bool(snapshot.attention),
        attributes_fn=lambda snapshot: {"problems": list(snapshot.attention)},
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: OctopusPowerwallConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the binary sensors of an entry."""
    async_add_entities(OctopusPowerwallBinarySensor(entry, description) for description in BINARY_SENSORS)


class OctopusPowerwallBinarySensor(SnapshotEntity[bool | None], BinarySensorEntity):
    """A binary sensor that shows one thing of the snapshot."""

    entity_description: OctopusPowerwallBinarySensorDescription

    @override
    def _show(self, value: bool | None) -> None:
        self._attr_is_on = value
