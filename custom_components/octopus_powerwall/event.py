"""What happened, as an event entity for automations (design 7)."""

from typing import Any, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .domain.reserve.situation import Activity
from .entity import OctopusPowerwallEntity
from .runtime.controller import OctopusPowerwallConfigEntry
from .runtime.texts import reason_text

PARALLEL_UPDATES = 0

ACTIVITY = EventEntityDescription(key="activity", event_types=[activity.value for activity in Activity])


async def async_setup_entry(
    hass: HomeAssistant, entry: OctopusPowerwallConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the event entity of an entry."""
    async_add_entities([ActivityEvent(entry, ACTIVITY)])


class ActivityEvent(OctopusPowerwallEntity, EventEntity):
    """Slots that begin and end, and all that is done to the Powerwall."""

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the controller from now on."""
        await super().async_added_to_hass()
        self.async_on_remove(self.controller.async_add_activity_listener(self._on_activity))

    @callback
    def _on_activity(self, activity: Activity, attributes: dict[str, Any]) -> None:
        worded = {"reason_text": reason_text(self.hass, attributes["reason"])} if attributes.get("reason") else {}
        self._trigger_event(activity.value, attributes | worded)
        self.async_write_ha_state()
