"""The options of the money: rates that Octopus does not publish, and the powers of a battery that is no Tesla."""

from collections.abc import Iterable
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import Platform, UnitOfEnergy
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
)
import probatio

from ..const import (
    CONF_BATTERY_CAPACITY,
    CONF_BATTERY_POWER_ENTITY,
    CONF_BATTERY_POWER_INVERTED,
    CONF_EXPORT_RATE,
    CONF_GRID_POWER_ENTITY,
    CONF_GRID_POWER_INVERTED,
    CONF_IMPORT_DAY_RATE,
    CONF_IMPORT_NIGHT_RATE,
    CONF_SOLAR_FORECAST,
    CONF_SOLAR_POWER_ENTITY,
)

# Pounds: whoever types pence by mistake is told at once.
_HIGHEST_RATE_GBP: Final = 2
_LARGEST_KWH: Final = 500
_RATE: Final = NumberSelector(
    NumberSelectorConfig(
        min=0, max=_HIGHEST_RATE_GBP, step="any", unit_of_measurement="GBP/kWh", mode=NumberSelectorMode.BOX
    )
)
_CAPACITY: Final = NumberSelector(
    NumberSelectorConfig(
        min=1,
        max=_LARGEST_KWH,
        step="any",
        unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        mode=NumberSelectorMode.BOX,
    )
)
_POWER: Final = EntitySelector(
    EntitySelectorConfig(
        filter=[EntityWithDeviceFilterSelectorConfig(domain=Platform.SENSOR, device_class=SensorDeviceClass.POWER)]
    )
)

RATE_FIELDS: Final[dict[Any, Any]] = {
    probatio.Optional(key): _RATE for key in (CONF_IMPORT_DAY_RATE, CONF_IMPORT_NIGHT_RATE, CONF_EXPORT_RATE)
}


def forecast_fields(hass: HomeAssistant, offered: Iterable[str], proposed: Iterable[str]) -> dict[Any, Any]:
    """Return the field of the solar forecasts; it is there, and empty, also where there is nothing to choose from."""
    entries = [hass.config_entries.async_get_entry(entry_id) for entry_id in dict.fromkeys(offered)]
    options = [SelectOptionDict(value=entry.entry_id, label=entry.title) for entry in entries if entry is not None]
    suggested = list(proposed)
    marker = probatio.Optional(CONF_SOLAR_FORECAST, description={"suggested_value": suggested} if suggested else None)
    return {marker: SelectSelector(SelectSelectorConfig(options=options, multiple=True))}


POWERS_SCHEMA: Final = probatio.Schema(
    {
        probatio.Optional(CONF_BATTERY_POWER_ENTITY): _POWER,
        probatio.Optional(CONF_BATTERY_POWER_INVERTED): BooleanSelector(),
        probatio.Optional(CONF_GRID_POWER_ENTITY): _POWER,
        probatio.Optional(CONF_GRID_POWER_INVERTED): BooleanSelector(),
        probatio.Optional(CONF_SOLAR_POWER_ENTITY): _POWER,
        probatio.Optional(CONF_BATTERY_CAPACITY): _CAPACITY,
    }
)
