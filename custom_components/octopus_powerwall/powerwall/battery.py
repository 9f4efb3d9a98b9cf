"""What a kind of battery says and does: four things, one file per kind (docs/architecture.md)."""

from datetime import datetime
from typing import Protocol

from homeassistant.core import Context, HomeAssistant

from ..domain.reserve.limits import Limits
from ..domain.reserve.situation import Battery
from .discovery import Binding
from .entities import Entities


class BatteryKind(Protocol):
    """One kind of battery. It keeps nothing: whatever it needs is handed in."""

    def find_entities(self, hass: HomeAssistant, binding: Binding) -> Entities:
        """Find its entities as they are called now."""
        ...

    def limits(self, hass: HomeAssistant, entities: Entities) -> Limits:
        """Say what it accepts, and which readings count as its own rounding."""
        ...

    def read(self, hass: HomeAssistant, entities: Entities, now: datetime) -> Battery:
        """Read it at ``now``; what cannot be known is ``None``, never a guess."""
        ...

    async def async_write(
        self, hass: HomeAssistant, entity_id: str, value: int, *, timeout_s: float, context: Context
    ) -> str | None:
        """Ask for a reserve in whole percent; returns the name of what went wrong, if anything, and never raises."""
        ...
