"""Any other battery: a percentage number and a percentage sensor that the owner picked."""

from dataclasses import replace
from datetime import datetime
from typing import Final, override

from homeassistant.core import Context, HomeAssistant

from ..domain.reserve.limits import FULL, Limits
from ..domain.reserve.situation import Battery
from .battery import BatteryKind
from .calls import async_set_number
from .discovery import Binding
from .entities import Entities, entities_of, resolve_stored
from .reading import as_number, find_live_state, read_battery, read_number_limits

ROUNDING: Final = 1
"""Points by which gateways and scalings come back beside what was written (facts/second_round.md 1)."""


class OtherBattery(BatteryKind):
    """A battery of which Home Assistant knows a number for the reserve and a sensor for the level, and no more."""

    @override
    def find_entities(self, hass: HomeAssistant, binding: Binding) -> Entities:
        """Find the two entities that the owner picked."""
        return entities_of(resolve_stored(hass, binding.reserve), resolve_stored(hass, binding.level))

    @override
    def limits(self, hass: HomeAssistant, entities: Entities) -> Limits:
        """Return what its number says; while the number is unavailable nothing is known, and nothing is refused."""
        state = find_live_state(hass, entities.reserve)
        return replace(Limits() if state is None else read_number_limits(state), tolerance=ROUNDING)

    @override
    def read(self, hass: HomeAssistant, entities: Entities, now: datetime) -> Battery:
        """Read it; a number may stay silent while its value is the same, and gateways show 62.9 for 63."""
        battery = read_battery(hass, entities, now)
        state = find_live_state(hass, entities.reserve)
        pct = as_number(state.state) if state is not None else None
        shown = replace(battery.reserve, value=round(pct) if pct is not None and 0 <= pct <= FULL else None)
        return replace(battery, reserve=shown, limits=self.limits(hass, entities), reports=False)

    @override
    async def async_write(
        self, hass: HomeAssistant, entity_id: str, value: int, *, timeout_s: float, context: Context
    ) -> str | None:
        """Set the number."""
        return await async_set_number(hass, entity_id, value, timeout_s=timeout_s, context=context)
