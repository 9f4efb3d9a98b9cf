"""The powers of a battery that is no Tesla, from entities that the owner picked (design 9.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

from homeassistant.core import HomeAssistant

from ..const import (
    CONF_BATTERY_POWER_ENTITY,
    CONF_BATTERY_POWER_INVERTED,
    CONF_GRID_POWER_ENTITY,
    CONF_GRID_POWER_INVERTED,
    CONF_SOLAR_POWER_ENTITY,
)
from ..domain.money.ledger import Flows
from .reading import read_power_w

# Some integrations report a power only when it changes, and at night it may stand for long.
LONGEST_AGE: Final = timedelta(hours=1)
_KW = 1000


@dataclass(frozen=True, slots=True)
class PickedPowers:
    """The entities picked. An inverted battery counts charging as positive, an inverted grid exporting."""

    battery: str
    grid: str
    solar: str | None = None
    battery_inverted: bool = False
    grid_inverted: bool = False

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self | None:
        """Those in an entry's options; ``None`` unless battery and grid were picked."""
        keys = (CONF_BATTERY_POWER_ENTITY, CONF_GRID_POWER_ENTITY, CONF_SOLAR_POWER_ENTITY)
        battery, grid, solar = (value if isinstance(value := options.get(key), str) else None for key in keys)
        if not battery or not grid:
            return None
        return cls(
            battery,
            grid,
            solar or None,
            bool(options.get(CONF_BATTERY_POWER_INVERTED)),
            bool(options.get(CONF_GRID_POWER_INVERTED)),
        )

    def flows(self, hass: HomeAssistant, now: datetime) -> Flows | None:
        """Return the powers now; ``None`` unless battery and grid are known."""
        battery, grid = (_kw(hass, entity_id, now) for entity_id in (self.battery, self.grid))
        if battery is None or grid is None:
            return None
        return Flows(
            -battery if self.battery_inverted else battery,
            -grid if self.grid_inverted else grid,
            _kw(hass, self.solar, now) if self.solar else None,
        )


def _kw(hass: HomeAssistant, entity_id: str, now: datetime) -> float | None:
    watts = read_power_w(hass.states.get(entity_id), now, LONGEST_AGE)
    return None if watts is None else watts / _KW
