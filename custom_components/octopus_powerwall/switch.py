"""The main switch (design 7)."""

from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import SnapshotEntity, SnapshotEntityDescription
from .runtime.controller import OctopusPowerwallConfigEntry

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class OctopusPowerwallSwitchDescription(SnapshotEntityDescription[bool], SwitchEntityDescription):
    """A switch and what it shows."""


AUTOMATION = OctopusPowerwallSwitchDescription(
    key="automation",
    value_fn=lambda snapshot: snapshot.settings.automation,
)


async def async_setup_entry(
    hass: HomeAssistant, entry: OctopusPowerwallConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the switch of an entry."""
    async_add_entities([AutomationSwitch(entry, AUTOMATION)])


class AutomationSwitch(SnapshotEntity[bool], SwitchEntity):
    """Whether anything is done to the Powerwall. Switching it off puts back what was changed."""

    entity_description: OctopusPowerwallSwitchDescription

    @override
    def _show(self, value: bool) -> None:
        self._attr_is_on = value

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Let slots move the Powerwall; ends an override."""
        await self.controller.async_set_automation(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Hands off, and everything put back."""
        await self.controller.async_set_automation(on=False)
