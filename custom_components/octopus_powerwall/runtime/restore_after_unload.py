"""Puts a reserve back after its config entry is gone: disabled or removed in the middle of a hold (design 5.7).

This is a decision loop without Octopus, entities or entry. From its first moment a lasting repair tells the owner which
value to set by hand; it goes away as soon as the battery has confirmed the value.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
import logging

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..domain.decide import Outcome
from ..domain.reserve.memory import Memory, repeat_call
from ..domain.reserve.phases import Idle
from ..domain.settings import Settings
from ..domain.world import Inputs, World
from ..powerwall.discovery import Binding
from . import issues
from .decision_loop import DecisionLoop
from .issues import Issue
from .store import EntryStore, Knobs, NotSavedError, StoreContents, async_get_store

_LOGGER = logging.getLogger(__name__)

# A removed entry is not coming back to look after it: then the repair is all that is left.
GIVEN_UP_AFTER = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class UnloadedEntry:
    """The entry that leaves. ``removed``: for good, so that its store goes too."""

    entry_id: str
    title: str
    binding: Binding
    knobs: Knobs
    removed: bool
    usual_reserve: int | None = None


def _nothing() -> None:
    """Nothing to unsubscribe from."""


class RestoreAfterUnload:
    """Restores one Powerwall and then goes away."""

    def __init__(self, hass: HomeAssistant, leaving: UnloadedEntry, world: World) -> None:
        self._hass = hass
        self._leaving = leaving
        self.store = async_get_store(hass, leaving.entry_id, leaving.binding.unique_id)
        self._since = dt_util.utcnow()
        self._stop_listening: CALLBACK_TYPE = _nothing
        self._decision_loop = DecisionLoop(
            hass,
            leaving.binding,
            self.store,
            world,
            knobs=lambda: leaving.knobs,
            inputs=lambda _now: Inputs(settings=Settings(automation=False, usual_reserve=leaving.usual_reserve)),
            on_outcome=self._take_outcome,
        )

    @callback
    def async_start(self) -> None:
        """Begin to restore; nobody has to wait for it."""
        self._stop_listening = self._hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._stopping)
        self._show(self._decision_loop.world.memory)
        try:
            self._decision_loop.async_start()
        except Exception:
            # The next look is in a minute, and the repair says what to do by hand until then.
            _LOGGER.exception("Unexpected error while putting the reserve back")

    async def _stopping(self, _event: Event) -> None:
        """Home Assistant stops: what is not confirmed by now stands in the repair and in the store."""
        self._stop_listening = _nothing
        self._decision_loop.async_stop()
        await self._async_save()

    @callback
    def async_take_over(self) -> Memory:
        """Hand what is still to be restored to an entry that came back for the same Powerwall."""
        self._end()
        issues.clear(self._hass, self._leaving.entry_id, Issue.RESTORE_BY_HAND)
        return self._decision_loop.world.memory

    @callback
    def _take_outcome(self, outcome: Outcome) -> None:
        memory = outcome.world.memory
        if isinstance(memory.phase, Idle) and memory.watch is None:
            issues.clear(self._hass, self._leaving.entry_id, Issue.RESTORE_BY_HAND)
            self._finish()
            return
        self._show(memory)
        if self._leaving.removed and self._is_time_up(dt_util.utcnow()):
            self._finish()

    def _show(self, memory: Memory) -> None:
        if memory.owns_reserve:
            placeholders = {"powerwall": self._leaving.title, "reserve": str(memory.baseline)}
            issues.show(self._hass, self._leaving.entry_id, Issue.RESTORE_BY_HAND, placeholders)

    def _is_time_up(self, now: datetime) -> bool:
        return now - self._since >= GIVEN_UP_AFTER

    @callback
    def _finish(self) -> None:
        self._end()
        self._hass.async_create_task(self._async_put_away(), "octopus_powerwall restore after unload")

    async def _async_put_away(self) -> None:
        """Leave the store as it has to be found: gone, or with nothing to put back in it."""
        if self._leaving.removed:
            await self.store.async_remove()
            return
        await self._async_save()

    async def _async_save(self) -> None:
        try:
            await self._decision_loop.async_save()
        except NotSavedError:
            _LOGGER.warning("The state could not be saved to disk")

    @callback
    def _end(self) -> None:
        self._stop_listening()
        self._stop_listening = _nothing
        self._decision_loop.async_stop()
        self._hass.data.get(RESTORES_AFTER_UNLOAD, {}).pop(self._leaving.binding.unique_id, None)


RESTORES_AFTER_UNLOAD: HassKey[dict[str, RestoreAfterUnload]] = HassKey(f"{DOMAIN}.restores_after_unload")


@callback
def async_restore_after_unload(hass: HomeAssistant, leaving: UnloadedEntry, world: World) -> bool:
    """Restore what an entry leaves behind; ``False`` where there is nothing to restore.

    A call of the owner's that is still in doubt is sent once more: nobody stays to see whether it came to anything.
    """
    if world.memory.owed is None and world.memory.watch is None:
        return False
    world = replace(world, memory=repeat_call(world.memory, dt_util.utcnow()))
    remaining_restore = RestoreAfterUnload(hass, leaving, world)
    hass.data.setdefault(RESTORES_AFTER_UNLOAD, {})[leaving.binding.unique_id] = remaining_restore
    remaining_restore.async_start()
    return True


async def async_take_over_restore(
    hass: HomeAssistant, binding: Binding, store: EntryStore, kept: StoreContents
) -> StoreContents:
    """Return what an entry that starts has kept, with what an earlier one for the same Powerwall still has to restore.

    Without it a reserve of our own would be taken for the owner's (facts/powerwall.md 4, NZ#97).
    """
    remaining_restore = hass.data.get(RESTORES_AFTER_UNLOAD, {}).get(binding.unique_id)
    if remaining_restore is None:
        return kept
    kept = replace(kept, world=replace(kept.world, memory=remaining_restore.async_take_over()))
    with suppress(NotSavedError):
        await store.async_save(kept.world, kept.knobs)
    if remaining_restore.store is not store:
        await remaining_restore.store.async_remove()
    return kept
