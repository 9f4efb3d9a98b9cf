"""Brings the options of an entry from an earlier release up to what this one reads (design 7)."""

from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..const import CONF_CHARGING_ENTITY, CONF_CHARGING_POWER_THRESHOLD, CONF_WHOLE_HALF_HOURS
from ..domain.price.evidence import POWER_UNITS
from ..domain.settings import WholeHalfHours

MINOR_VERSION: Final = 2
# A threshold whose sensor is not there yet: no car charges with so few watts, so these were kilowatts.
_MOST_KILOWATTS: Final = 50


@callback
def async_migrate(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Migrate an entry. One of a later minor version is read as it is; Home Assistant refuses a later major one."""
    if entry.minor_version < MINOR_VERSION:
        options = _with_whole_half_hours(_with_threshold_in_watts(hass, dict(entry.options)))
        hass.config_entries.async_update_entry(entry, options=options, minor_version=MINOR_VERSION)


def _with_threshold_in_watts(hass: HomeAssistant, options: dict[str, Any]) -> dict[str, Any]:
    """From minor version 1, where the threshold was in the unit of whatever sensor had been picked."""
    threshold = options.get(CONF_CHARGING_POWER_THRESHOLD)
    if threshold is None:
        return options
    unit = _unit(hass, str(options.get(CONF_CHARGING_ENTITY)))
    factor = POWER_UNITS.get(unit or "", 1000.0 if threshold <= _MOST_KILOWATTS else 1.0)
    return {**options, CONF_CHARGING_POWER_THRESHOLD: float(threshold) * factor}


def _with_whole_half_hours(options: dict[str, Any]) -> dict[str, Any]:
    """From minor version 1, where it was a switch: on stays on, and off was the default that nobody had to choose."""
    match options.get(CONF_WHOLE_HALF_HOURS):
        case True:
            options[CONF_WHOLE_HALF_HOURS] = WholeHalfHours.ON.value
        case False:
            options[CONF_WHOLE_HALF_HOURS] = WholeHalfHours.AUTOMATIC.value
    return options


def _unit(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the sensor's unit; from the registry while Home Assistant starts and the sensor has no state yet."""
    state, registered = hass.states.get(entity_id), er.async_get(hass).async_get(entity_id)
    unit: str | None = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if state else None
    return unit or (registered.unit_of_measurement if registered else None)
