"""Puts a reserve back after its config entry is gone: disabled or removed in the middle of a hold (design 5.7).

A farewell is a keeper without Octopus, entities or entry. From its first moment a lasting repair tells the owner which
value to set by hand; it goes away as soon as the battery has confirmed the value.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from . import issues
from .const import DOMAIN
from .domain.look import Look
from .domain.memory import Memory, Phase
from .domain.settings import Settings
from .domain.world import Inputs, World
from .issues import Issue
from .keeper import Keeper
from .powerwall.discovery import Binding
from .store import EntryStore, Knobs

# A removed entry is not coming back to look after it: then the repair is all that is left.
GIVEN_UP_AFTER = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Leaving:
    """The entry that leaves. ``removed``: for good, so that its store goes too."""

    entry_id: str
    title: str
    binding: Binding
    removed: bool


class Farewell:
    """Restores one Powerwall and then goes away."""

    def __init__(self, hass: HomeAssistant, leaving: Leaving, world: World) -> None:
        self._hass = hass
        self._leaving = leaving
        self._store = EntryStore(hass, leaving.entry_id)
        self._since = dt_util.utcnow()
        self._keeper = Keeper(
            hass,
            leaving.binding,
            self._store,
            world,
            knobs=Knobs,
            inputs=lambda _now: Inputs(settings=Settings(automation=False)),
            on_look=self._looked,
        )

    @callback
    def async_start(self) -> None:
        """Begin to restore; nobody has to wait for it."""
        issues.show(
            self._hass,
            self._leaving.entry_id,
            Issue.RESTORE_BY_HAND,
            {"powerwall": self._leaving.title, "reserve": str(self._keeper.world.memory.baseline)},
            persistent=True,
        )
        self._keeper.async_start()

    @callback
    def async_take_over(self) -> Memory:
        """Hand what is still to be restored to an entry that came back for the same Powerwall."""
        self._end()
        return self._keeper.world.memory

    @callback
    def _looked(self, outcome: Look) -> None:
        memory = outcome.world.memory
        if memory.phase is Phase.IDLE and memory.watch is None:
            issues.clear(self._hass, self._leaving.entry_id, Issue.RESTORE_BY_HAND)
            self._finish()
        elif self._leaving.removed and self._is_time_up(dt_util.utcnow()):
            self._finish()

    def _is_time_up(self, now: datetime) -> bool:
        return now - self._since >= GIVEN_UP_AFTER

    @callback
    def _finish(self) -> None:
        self._end()
        if self._leaving.removed:
            self._hass.async_create_task(self._store.async_remove(), "octopus_powerwall farewell")

    @callback
    def _end(self) -> None:
        self._keeper.async_stop()
        self._hass.data.get(FAREWELLS, {}).pop(self._leaving.binding.unique_id, None)


FAREWELLS: HassKey[dict[str, Farewell]] = HassKey(f"{DOMAIN}.farewells")


@callback
def async_say_farewell(hass: HomeAssistant, leaving: Leaving, world: World) -> bool:
    """Restore what an entry leaves behind; ``False`` where there is nothing to restore."""
    if not world.memory.owns_reserve:
        return False
    farewell = Farewell(hass, leaving, world)
    hass.data.setdefault(FAREWELLS, {})[leaving.binding.unique_id] = farewell
    farewell.async_start()
    return True


@callback
def async_taken_over(hass: HomeAssistant, binding: Binding, world: World) -> World:
    """The world of an entry that starts, with what an earlier one for the same Powerwall still has to restore.

    Without it a reserve of our own would be taken for the owner's (facts/powerwall.md 4, NZ#97).
    """
    farewell = hass.data.get(FAREWELLS, {}).get(binding.unique_id)
    if farewell is None:
        return world
    return replace(world, memory=farewell.async_take_over())
