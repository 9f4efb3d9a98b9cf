"""What Home Assistant's system information says of us."""

import os
from typing import Any

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback

from .const import API_URL_VARIABLE, DOMAIN
from .octopus import DEFAULT_BASE_URL
from .runtime.controller import OctopusPowerwallConfigEntry


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Register what is told."""
    register.async_register_info(system_health_info)


async def system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    """Whether Octopus can be reached, and how each loaded entry fares; the last poll is the least recent one."""
    entries: list[OctopusPowerwallConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    snapshots = [entry.runtime_data.snapshot for entry in entries]
    polls = [snapshot.last_poll for snapshot in snapshots if snapshot.last_poll is not None]
    octopus = os.environ.get(API_URL_VARIABLE) or DEFAULT_BASE_URL
    return {
        "can_reach_octopus": system_health.async_check_can_reach_url(hass, octopus),
        "entries": len(entries),
        "last_poll": min(polls, default=None),
        "status": ", ".join(snapshot.status.value for snapshot in snapshots) or None,
    }
