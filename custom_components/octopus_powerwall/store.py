"""What survives a restart: the world and the owner's knobs, on disk before a write goes out (design 5.1)."""

from dataclasses import dataclass, field, replace
from datetime import datetime
import logging
from pathlib import Path
from typing import Any, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from .const import DOMAIN
from .domain.codec import decoded, encoded
from .domain.memory import recovered
from .domain.reserve import acceptable
from .domain.settings import Mode
from .domain.world import World

_LOGGER = logging.getLogger(__name__)

VERSION = 1
# A later release may add fields; what it has in common with this one can be read, and that holds the baseline.
READABLE_VERSION = 99
SOON_S = 5


@dataclass(frozen=True, slots=True)
class Knobs:
    """What the owner sets from the dashboard. It lives here and not in the entities, which may be disabled."""

    automation: bool = True
    mode: Mode = Mode.CHARGE_UP
    charge_target: int = 100


@dataclass(frozen=True, slots=True)
class Kept:
    """The contents of the store. ``damaged``: a file was there and could not be used; it was set aside."""

    world: World = field(default_factory=World)
    knobs: Knobs = field(default_factory=Knobs)
    damaged: bool = False


class NotSavedError(Exception):
    """What should be on disk is not."""


class _TolerantStore(Store[dict[str, Any]]):
    """Reads what other releases wrote, since fields are matched by name, and tells when the disk takes nothing.

    Home Assistant's own store only logs a disk that is full.
    """

    failed = False

    @override
    async def _async_write_data(self, data: dict[str, Any]) -> None:
        self.failed = True
        await super()._async_write_data(data)
        self.failed = False

    @override
    async def _async_migrate_func(
        self, old_major_version: int, old_minor_version: int, old_data: dict[str, Any]
    ) -> dict[str, Any]:
        return old_data


class EntryStore:
    """The store of one config entry."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._hass = hass
        self._store = _TolerantStore(
            hass,
            VERSION,
            f"{DOMAIN}.{entry_id}",
            private=True,
            atomic_writes=True,
            max_readable_version=READABLE_VERSION,
        )

    async def async_load(self, now: datetime) -> Kept:
        """Read what was kept. A damaged or foreign file is set aside and never makes anything move."""
        path = Path(self._store.path)
        existed = await self._hass.async_add_executor_job(path.exists)
        try:
            data = await self._store.async_load()
        except Exception as err:  # noqa: BLE001 whatever a file holds must not keep the entry from loading
            _LOGGER.warning("The stored state could not be read (%s)", type(err).__name__)
            await self._async_set_aside(path)
            return Kept(damaged=True)
        if data is None:
            return Kept(damaged=existed)
        try:
            kept = Kept(decoded(World, data["world"]), decoded(Knobs, data["knobs"]))
        except ValueError, KeyError, TypeError:
            _LOGGER.warning("The stored state is not ours or damaged; it was set aside")
            await self._async_set_aside(path)
            return Kept(damaged=True)
        knobs = kept.knobs if acceptable(kept.knobs.charge_target) else replace(kept.knobs, charge_target=100)
        return Kept(replace(kept.world, memory=recovered(kept.world.memory, now)), knobs)

    async def async_save(self, world: World, knobs: Knobs) -> None:
        """Save at once. While Home Assistant stops, its store saves with the last of all writes.

        Raises:
            NotSavedError: It is not on disk; then nothing may be written to the battery.
        """
        await self._store.async_save(_payload(world, knobs))
        if self._store.failed:
            raise NotSavedError

    @callback
    def save_soon(self, world: World, knobs: Knobs) -> None:
        """Save within some seconds, or when Home Assistant stops."""
        self._store.async_delay_save(lambda: _payload(world, knobs), SOON_S)

    async def async_remove(self) -> None:
        """Delete the file."""
        await self._store.async_remove()

    async def _async_set_aside(self, path: Path) -> None:
        aside = path.with_name(f"{path.name}.damaged")
        try:
            await self._hass.async_add_executor_job(path.replace, aside)
        except OSError:
            _LOGGER.warning("The stored state could not be set aside")


def _payload(world: World, knobs: Knobs) -> dict[str, Any]:
    return {"world": encoded(world.durable()), "knobs": encoded(knobs)}
