"""Binary sensors: whether a slot runs, power is cheap, the car charges, something is to be put back (design 7)."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import SnapshotEntity, SnapshotEntityDescription, is_plan_known
from .runtime.controller import OctopusPowerwallConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class OctopusPowerwallBinarySensorDescription(SnapshotEntityDescription[bool | None], BinarySensorEntityDescription):
    """A binary sensor and what it shows."""


BINARY_SENSORS = (
    OctopusPowerwallBinarySensorDescription(
        key="smart_slot",
        value_fn=lambda snapshot: snapshot.smart_slot,
        available_fn=is_plan_known,
    ),
    OctopusPowerwallBinarySensorDescription(
        key="cheap_rate",
        value_fn=lambda snapshot: snapshot.cheap_rate,
    ),
    OctopusPowerwallBinarySensorDescription(
        key="car_charging",
        value_fn=lambda snapshot: snapshot.car_charging,
    ),
    OctopusPowerwallBinarySensorDescription(
        key="holding",
        value_fn=lambda snapshot: snapshot.holding,
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
