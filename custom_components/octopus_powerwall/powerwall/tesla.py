"""A Powerwall behind one of Home Assistant's Tesla integrations (facts/powerwall.md 1.1, 2, 3.2)."""

from dataclasses import replace
from datetime import datetime
from typing import Final, override

from homeassistant.const import Platform
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..domain.reserve.limits import Limits
from ..domain.reserve.situation import Battery
from .battery import BatteryKind
from .calls import async_set_number
from .discovery import Binding
from .entities import Entities, entities_of, resolve_registered, resolve_stored
from .reading import read_battery
from .registry import LEVEL, Key, find_siblings, reserve_of_site

TESLA_LIMITS: Final = Limits(gaps=((81, 99),))
"""0 to 80, or exactly 100: since July 2025 a Powerwall makes 80 of everything between (facts/powerwall.md 3.2)."""


class TeslaBattery(BatteryKind):
    """A Powerwall that tesla_fleet, teslemetry or tessie serves."""

    @override
    def find_entities(self, hass: HomeAssistant, binding: Binding) -> Entities:
        """Find its entities; a device that was removed and added again is followed, since its site stays the same."""
        reserve = er.async_get(hass).async_get(binding.reserve)
        if reserve is None and binding.site_id is not None:
            reserve = reserve_of_site(hass, binding.kind, binding.site_id)
        if reserve is None:
            return Entities()
        beside = find_siblings(hass, reserve)
        level = beside.get(LEVEL)

        def enabled(key: Key) -> str | None:
            entry = beside.get(key)
            return entry.entity_id if entry is not None and not entry.disabled else None

        return entities_of(
            resolve_registered(reserve),
            resolve_registered(level) if level is not None else resolve_stored(hass, binding.level),
            battery_power=enabled((Platform.SENSOR, "battery_power")),
            grid_power=enabled((Platform.SENSOR, "grid_power")),
            island_status=enabled((Platform.SENSOR, "island_status")),
            grid_status=enabled((Platform.BINARY_SENSOR, "grid_status")),
            storm_active=enabled((Platform.BINARY_SENSOR, "storm_mode_active")),
            grid_services=enabled((Platform.BINARY_SENSOR, "grid_services_active")),
            operation_mode=enabled((Platform.SELECT, "default_real_mode")),
            solar_power=enabled((Platform.SENSOR, "solar_power")),
            home_power=enabled((Platform.SENSOR, "load_power")),
            energy_left=enabled((Platform.SENSOR, "energy_left")),
        )

    @override
    def limits(self, hass: HomeAssistant, entities: Entities) -> Limits:
        """Return the same for every Powerwall, whatever the number in Home Assistant says."""
        return TESLA_LIMITS

    @override
    def read(self, hass: HomeAssistant, entities: Entities, now: datetime) -> Battery:
        """Read it; its integrations report equal values again."""
        return replace(read_battery(hass, entities, now), limits=self.limits(hass, entities), reports=True)

    @override
    async def async_write(
        self, hass: HomeAssistant, entity_id: str, value: int, *, timeout_s: float, context: Context
    ) -> str | None:
        """Set the number of the integration."""
        return await async_set_number(hass, entity_id, value, timeout_s=timeout_s, context=context)
