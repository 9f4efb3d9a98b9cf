"""What the entity registry knows of Powerwalls: by platform, unique id and translation key, never by entity id."""

from collections.abc import Iterator

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .const import RESERVE_KEY, TESLA_INTEGRATIONS

type Key = tuple[str, str]
"""A domain and a translation key: what an entity is, whatever it is called."""

LEVEL: Key = (Platform.SENSOR, "percentage_charged")
_SUFFIX = f"-{RESERVE_KEY}"


def find_reserves(hass: HomeAssistant) -> Iterator[er.RegistryEntry]:
    """Every backup reserve of the Tesla integrations that are not themselves disabled."""
    for entry in er.async_get(hass).entities.values():
        if (
            entry.domain == Platform.NUMBER
            and entry.platform in TESLA_INTEGRATIONS
            and entry.translation_key == RESERVE_KEY
            and entry.unique_id.endswith(_SUFFIX)
            and entry.disabled_by is not er.RegistryEntryDisabler.CONFIG_ENTRY
        ):
            yield entry


def site_id_of(reserve: er.RegistryEntry) -> str:
    """Return the Tesla site that a backup reserve belongs to."""
    return reserve.unique_id.removesuffix(_SUFFIX)


def reserve_of_site(hass: HomeAssistant, platform: str, site_id: str) -> er.RegistryEntry | None:
    """Return the backup reserve of a site, whatever it and its device are called now."""
    registry = er.async_get(hass)
    entity_id = registry.async_get_entity_id(Platform.NUMBER, platform, f"{site_id}{_SUFFIX}")
    return registry.async_get(entity_id) if entity_id else None


def find_siblings(hass: HomeAssistant, reserve: er.RegistryEntry) -> dict[Key, er.RegistryEntry]:
    """Return what else its integration offers on the same device, disabled ones too, by domain and translation key."""
    if reserve.device_id is None:
        return {}
    entries = er.async_entries_for_device(er.async_get(hass), reserve.device_id, include_disabled_entities=True)
    return {
        (entry.domain, entry.translation_key): entry
        for entry in entries
        if entry.translation_key is not None and entry.platform == reserve.platform
    }
