"""What the sun will give, from the solar forecasts of Home Assistant's own Energy dashboard (design 9.6)."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from math import isfinite

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

_ENERGY = "energy"
# Two days by the quarter of an hour, of some roofs; what is longer is no forecast.
_MOST_VALUES = 2000

type Forecast = tuple[tuple[datetime, float], ...]
"""Wh by the time, in UTC, at which they begin to be made; several of one hour are parts of it."""


async def async_dashboard_entries(hass: HomeAssistant) -> tuple[str, ...]:
    """Return the ids of the config entries whose forecasts the Energy dashboard uses."""
    if _ENERGY not in hass.config.components:
        return ()
    # Not before it is known to be set up: it brings the recorder with it.
    from homeassistant.components.energy.data import async_get_manager

    manager = await async_get_manager(hass)
    sources = manager.data["energy_sources"] if manager.data else []
    found = (source.get("config_entry_solar_forecast") or [] for source in sources if source["type"] == "solar")
    return tuple(dict.fromkeys(entry_id for entries in found for entry_id in entries))


async def async_solar_forecast(hass: HomeAssistant, entry_ids: Iterable[str]) -> Forecast | None:
    """Return what the forecasts of these config entries promise together; ``None`` where none of them says anything."""
    if _ENERGY not in hass.config.components:
        return None
    from homeassistant.components.energy.websocket_api import async_get_energy_platforms

    platforms = await async_get_energy_platforms(hass)
    found: list[tuple[datetime, float]] = []
    for entry_id in entry_ids:
        entry = hass.config_entries.async_get_entry(entry_id)
        if entry is None or entry.domain not in platforms:
            continue
        answer = await platforms[entry.domain](hass, entry_id)
        if answer is None:
            continue
        for text, energy_wh in islice(answer["wh_hours"].items(), _MOST_VALUES):
            at = dt_util.parse_datetime(text)
            if at is not None and at.tzinfo is not None and isfinite(energy_wh) and energy_wh >= 0:
                found.append((dt_util.as_utc(at), float(energy_wh)))
    return tuple(sorted(found)) or None
