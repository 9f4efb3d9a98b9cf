"""How far to charge up (design 4 and 7)."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.number import NumberEntity, NumberEntityDescription, NumberMode
from homeassistant.const import PERCENTAGE, EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import SnapshotEntity, SnapshotEntityDescription
from .runtime.controller import OctopusPowerwallConfigEntry

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class OctopusPowerwallNumberDescription(SnapshotEntityDescription[int], NumberEntityDescription):
    """A number and what it shows."""


CHARGE_TARGET = OctopusPowerwallNumberDescription(
    key="charge_target",
    entity_category=EntityCategory.CONFIG,
    native_min_value=1,
    native_max_value=100,
    native_step=1,
    native_unit_of_measurement=PERCENTAGE,
    # A slider would stop in the gap between 80 and 100 that Tesla does not accept.
    mode=NumberMode.BOX,
    value_fn=lambda snapshot: snapshot.settings.charge_target,
)


async def async_setup_entry(
    hass: HomeAssistant, entry: OctopusPowerwallConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the number of an entry."""
    async_add_entities([ChargeTargetNumber(entry, CHARGE_TARGET)])


class ChargeTargetNumber(SnapshotEntity[int], NumberEntity):
    """The reserve that charging up asks for: 1 to 80, or 100."""

    entity_description: OctopusPowerwallNumberDescription

    @override
    def _show(self, value: int) -> None:
        self._attr_native_value = value

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set it, whole. Raises ``ServiceValidationError`` where Tesla would not take it."""
        await self.controller.async_set_charge_target(round(value))
