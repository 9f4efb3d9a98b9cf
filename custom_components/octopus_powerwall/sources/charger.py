"""The charger's own cloud as a source of slots: which ones there are, and what each of them gives (design 10)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Protocol

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..domain.model import Poll
from ..domain.price.evidence import Evidence
from ..domain.settings import Settings, SlotSource
from .ohme import make_ohme_source


class ChargerSource(Protocol):
    """A charger's cloud that is read for one entry. Each newer answer goes to the ``on_read`` that it was made with."""

    read_at: datetime | None
    """When what was last read was so."""

    @callback
    def async_start(self) -> CALLBACK_TYPE:
        """Begin to read; returns what stops it."""
        ...

    def evidence(self, now: datetime) -> Evidence:
        """Return what the charger itself shows of the car."""
        ...


type MakeSource = Callable[
    [HomeAssistant, Settings, Callable[[Poll], None], Callable[[], None]],
    ChargerSource | None,
]
"""Makes a source from the owner's settings, ``on_read`` and ``on_power``; ``None`` where a choice is missing."""

CHARGER_SOURCES: Final[Mapping[SlotSource, MakeSource]] = {
    SlotSource.OHME: make_ohme_source,
    SlotSource.BOTH: make_ohme_source,
}


def make_charger_source(
    hass: HomeAssistant, settings: Settings, *, on_read: Callable[[Poll], None], on_power: Callable[[], None]
) -> ChargerSource | None:
    """Return the charger's own cloud as a source of slots, where the owner has chosen it."""
    make = CHARGER_SOURCES.get(settings.slot_source)
    return None if make is None else make(hass, settings, on_read, on_power)
