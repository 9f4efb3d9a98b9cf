"""What to do in a slot (design 4.1 and 7)."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .domain.settings import Mode
from .entity import SnapshotEntity, SnapshotEntityDescription
from .runtime.controller import OctopusPowerwallConfigEntry

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class OctopusPowerwallSelectDescription(SnapshotEntityDescription[str], SelectEntityDescription):
    """A select and what it shows."""


SLOT_ACTION = OctopusPowerwallSelectDescription(
    key="slot_action",
    options=[mode.value for mode in Mode],
    value_fn=lambda snapshot: snapshot.settings.mode.value,
)


async def async_setup_entry(
    hass: HomeAssistant, entry: OctopusPowerwallConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the select of an entry."""
    async_add_entities([SlotActionSelect(entry, SLOT_ACTION)])


class SlotActionSelect(SnapshotEntity[str], SelectEntity):
    """Charge up or preserve the charge, at any time, also inside a slot."""

    entity_description: OctopusPowerwallSelectDescription

    @override
    def _show(self, value: str) -> None:
        self._attr_current_option = value

    @override
    async def async_select_option(self, option: str) -> None:
        """Choose; ends an override. Home Assistant has checked that the option exists."""
        await self.controller.async_set_mode(Mode(option))
