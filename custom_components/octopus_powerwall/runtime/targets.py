"""Which config entries a target means: by the service's device, its entities, or an area, floor or label of either."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids

from ..const import DOMAIN


@callback
def find_entries_in(hass: HomeAssistant, target: TargetSelection) -> list[str]:
    """Return the ids of our config entries in a target, each once; what belongs to others is passed over."""
    devices, entities = dr.async_get(hass), er.async_get(hass)
    selected = async_extract_referenced_entity_ids(hass, target, primary_entities_only=False)
    found = [
        entity.config_entry_id
        for entity_id in sorted(selected.referenced | selected.indirectly_referenced)
        if (entity := entities.async_get(entity_id)) is not None and entity.platform == DOMAIN
    ]
    for device_id in sorted(selected.referenced_devices):
        if (device := devices.async_get(device_id)) is not None:
            found += [entry_id for domain, entry_id in device.identifiers if domain == DOMAIN]
    return list(dict.fromkeys(entry_id for entry_id in found if entry_id))
