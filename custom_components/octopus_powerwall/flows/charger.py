"""Choosing the entity that shows whether the car is charging, and the power from which it does (design 2)."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, Platform, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
)
from homeassistant.util.unit_conversion import PowerConverter
import probatio

from ..const import CONF_CHARGING_ENTITY, CONF_CHARGING_POWER_THRESHOLD, DOMAIN
from .errors import RefusedError

# A car draws at least 1.4 kW when it charges; a charger that waits, a few watts.
DEFAULT_THRESHOLD_KW: Final = 1.0
# With a threshold of nothing the car would charge always.
_LEAST_THRESHOLD: Final = 0.1


def charging_entity_selector(hass: HomeAssistant) -> EntitySelector:
    """Any binary sensor or sensor but our own, which say what is planned and not what the car does."""
    own = [entry.entity_id for entry in er.async_get(hass).entities.values() if entry.platform == DOMAIN]
    wanted = [
        EntityWithDeviceFilterSelectorConfig(domain=domain) for domain in (Platform.BINARY_SENSOR, Platform.SENSOR)
    ]
    return EntitySelector(EntitySelectorConfig(filter=wanted, exclude_entities=own))


def threshold_selector() -> NumberSelector:
    """A power in the unit of whatever entity is picked."""
    return NumberSelector(NumberSelectorConfig(min=_LEAST_THRESHOLD, step="any", mode=NumberSelectorMode.BOX))


def charger_schema(hass: HomeAssistant, *, required: bool = False) -> probatio.Schema:
    """The form: both fields may stay empty, unless an entity is ``required``."""
    marker = probatio.Required if required else probatio.Optional
    return probatio.Schema(
        {
            marker(CONF_CHARGING_ENTITY): charging_entity_selector(hass),
            probatio.Optional(CONF_CHARGING_POWER_THRESHOLD): threshold_selector(),
        }
    )


def charger_options(hass: HomeAssistant, user_input: Mapping[str, Any]) -> dict[str, Any]:
    """The options that the form gives: nothing where no entity was picked, a threshold only for a power.

    Raises:
        RefusedError: There is no such entity, or it shows neither a state nor a power.
    """
    entity_id = user_input.get(CONF_CHARGING_ENTITY)
    if not entity_id:
        return {}
    options = {CONF_CHARGING_ENTITY: entity_id}
    unit = _unit(hass, entity_id)
    if unit is None:
        return options
    if unit not in PowerConverter.VALID_UNITS:
        raise RefusedError("no_charging_entity", field=CONF_CHARGING_ENTITY)
    threshold = user_input.get(CONF_CHARGING_POWER_THRESHOLD)
    if threshold is None:
        threshold = PowerConverter.convert(DEFAULT_THRESHOLD_KW, UnitOfPower.KILO_WATT, unit)
    return {**options, CONF_CHARGING_POWER_THRESHOLD: threshold}


def _unit(hass: HomeAssistant, entity_id: str) -> str | None:
    """The unit of an entity, from its state or, while it has none, from the registry."""
    state, entry = hass.states.get(entity_id), er.async_get(hass).async_get(entity_id)
    if state is None and entry is None:
        raise RefusedError("entity_not_found", field=CONF_CHARGING_ENTITY)
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if state else None
    return unit or (entry.unit_of_measurement if entry else None)
