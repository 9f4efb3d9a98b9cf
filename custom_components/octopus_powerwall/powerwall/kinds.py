"""Which kinds of battery there are: a new one is a file of its own and a line here (docs/architecture.md)."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..domain.reserve.limits import Limits
from .battery import BatteryKind
from .const import OTHER, TESLA_INTEGRATIONS
from .discovery import Binding
from .entities import Entities
from .other import OtherBattery
from .tesla import TeslaBattery

KINDS: Final[Mapping[str, BatteryKind]] = {
    **dict.fromkeys(TESLA_INTEGRATIONS, TeslaBattery()),
    OTHER: OtherBattery(),
}


def kind_of(binding: Binding) -> BatteryKind:
    """Return the kind of an entry's battery; one that only a later release knows is driven as a number and a sensor."""
    return KINDS.get(binding.kind, KINDS[OTHER])


def kind_serving(hass: HomeAssistant, reserve_entity_id: str) -> str:
    """Return the kind of a battery that the owner picked by its number: that of the number's integration, if known.

    A Tesla number that was picked by hand is driven as any other number: nothing was found of its site.
    """
    registered = er.async_get(hass).async_get(reserve_entity_id)
    known = registered is not None and registered.platform in KINDS and registered.platform not in TESLA_INTEGRATIONS
    return registered.platform if registered is not None and known else OTHER


def resolve(hass: HomeAssistant, binding: Binding) -> Entities:
    """Find the entities of a battery as they are called now."""
    return kind_of(binding).find_entities(hass, binding)


def limits_of(hass: HomeAssistant, data: Mapping[str, Any]) -> Limits:
    """Return what the battery of a config entry's data accepts as it stands now."""
    binding = Binding.from_entry_data(data)
    kind = kind_of(binding)
    return kind.limits(hass, kind.find_entities(hass, binding))
