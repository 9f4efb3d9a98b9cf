"""Tells all of Home Assistant what happened: a bus event for the logbook, whichever entities are enabled."""

from typing import Any, Final

from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from ..domain.reserve.situation import Activity
from .controller import Controller, OctopusPowerwallConfigEntry

EVENT_ACTIVITY: Final = f"{DOMAIN}_activity"
ATTR_ENTRY_ID: Final = "entry_id"
ATTR_TYPE: Final = "type"

# The entity whose logbook the sentences stand in, the first that is enabled. Home Assistant itself writes a line for
# each state of an entity: the main switch is the one whose states are no news beside a sentence.
_TOLD_BY = ((Platform.SWITCH, "automation"), (Platform.SENSOR, "status"), (Platform.EVENT, "activity"))


@callback
def async_setup_activity(hass: HomeAssistant, entry: OctopusPowerwallConfigEntry) -> None:
    """Fire ``octopus_powerwall_activity`` for all that the entry's controller does, until the entry is unloaded."""

    @callback
    def tell(activity: Activity, attributes: dict[str, Any]) -> None:
        teller = _teller(hass, entry.entry_id)
        told = {ATTR_ENTRY_ID: entry.entry_id, ATTR_TYPE: activity.value, **attributes}
        if teller is not None and not _is_told_by_the_raise(activity, entry.runtime_data):
            told |= {ATTR_ENTITY_ID: teller.entity_id, ATTR_DEVICE_ID: teller.device_id}
        hass.bus.async_fire(EVENT_ACTIVITY, told)

    entry.async_on_unload(entry.runtime_data.async_add_activity_listener(tell))


def _is_told_by_the_raise(activity: Activity, controller: Controller) -> bool:
    """Whether the sentence of a raise follows at once, with the same reason: two lines for one slot say it twice."""
    memory = controller.world.memory
    attempt, claim = memory.attempt, memory.claim
    return (
        activity is Activity.SLOT_STARTED
        and attempt is not None
        and attempt.in_flight
        and claim is not None
        and attempt.value > claim.found
    )


def _teller(hass: HomeAssistant, entry_id: str) -> er.RegistryEntry | None:
    registry = er.async_get(hass)
    for platform, key in _TOLD_BY:
        entity_id = registry.async_get_entity_id(platform, DOMAIN, f"{entry_id}_{key}")
        entity = registry.async_get(entity_id) if entity_id else None
        if entity is not None and not entity.disabled:
            return entity
    return None
