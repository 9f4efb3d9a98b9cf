"""What survives a restart: the world and the owner's knobs, on disk before a write goes out (design 5.1)."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
import logging
from pathlib import Path
from typing import Any, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util.file import WriteError
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..domain.codec import Percent, decode, encode
from ..domain.reserve.memory import Memory, is_outdated, recover
from ..domain.settings import Mode
from ..domain.world import World
from .store_migration import migrate

_LOGGER = logging.getLogger(__name__)

VERSION = 2
# A later release may add fields; what it has in common with this one can be read, and that holds the baseline.
READABLE_VERSION = 99
SOON_S = 5
# A disk that hangs must keep no reserve from being put back, and no entry from being left.
SAVE_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class Knobs:
    """What the owner sets from the dashboard. It lives here and not in the entities, which may be disabled."""

    automation: bool = True
    mode: Mode = Mode.CHARGE_UP
    charge_target: Percent = 100


@dataclass(frozen=True, slots=True)
class StoreContents:
    """The contents of the store.

    Attributes:
        damaged: a file was there and could not be used; it was set aside.
        outdated: the reserve, in percent, that a hold of more than a day ago would put back: nothing moves by itself.
        left_behind: the reserve, in percent, that was still to be put back to a battery which is not this entry's any
            more: nobody can do that but the owner.
    """

    world: World = field(default_factory=World)
    knobs: Knobs = field(default_factory=Knobs)
    damaged: bool = False
    left_behind: int | None = None
    outdated: int | None = None


class NotSavedError(Exception):
    """What should be on disk is not."""


class NotReadError(Exception):
    """The disk did not give the file; it may be whole, and may say what is to be put back."""


class _TolerantStore(Store[dict[str, Any]]):
    """Reads what other releases wrote, since fields are matched by name, and tells when the disk takes nothing.

    Home Assistant's own store only logs a disk that is full.
    """

    failed = False
    stored_version = VERSION

    @override
    async def _async_write_data(self, data: dict[str, Any]) -> None:
        self.failed = True
        try:
            await super()._async_write_data(data)
        except OSError as err:
            # What Home Assistant's store expects; anything else would end its delayed saves with a traceback.
            raise WriteError("The disk takes nothing") from err
        self.failed = False

    @override
    async def _async_migrate_func(
        self, old_major_version: int, old_minor_version: int, old_data: dict[str, Any]
    ) -> dict[str, Any]:
        self.stored_version = old_major_version
        return old_data


class EntryStore:
    """The store of one config entry.

    ``battery`` is the unique id of the one whose reserve the memory is about: what belongs to one battery must never
    be put back to another.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str, battery: str) -> None:
        self._hass = hass
        self._entry_id = entry_id
        self._battery = ""
        self.belongs_to(battery)
        self._store = _TolerantStore(
            hass,
            VERSION,
            f"{DOMAIN}.{entry_id}",
            private=True,
            atomic_writes=True,
            max_readable_version=READABLE_VERSION,
        )

    @callback
    def belongs_to(self, battery: str) -> None:
        """Say whose reserve it is about from now on. The file holds a digest of it only."""
        self._battery = sha256(battery.encode()).hexdigest()[:16]

    async def async_load(self, now: datetime) -> StoreContents:
        """Read what was kept. A damaged or foreign file is set aside and never makes anything move.

        Raises:
            NotReadError: the disk failed. That is no damage to the file, which is left where it is.
        """
        path = Path(self._store.path)
        try:
            existed = await self._hass.async_add_executor_job(path.exists)
            data = await self._store.async_load()
        except Exception as err:
            if isinstance(err, OSError) or isinstance(err.__cause__, OSError):
                raise NotReadError from err
            _LOGGER.warning("The stored state could not be read (%s)", type(err).__name__)
            await self._async_set_aside(path)
            return StoreContents(damaged=True)
        if data is None:
            return StoreContents(damaged=existed)
        try:
            data = migrate(self._store.stored_version, data)
            # A world that says nothing of its hold would pass for an idle one.
            _ = data["world"]["memory"]["phase"]
            world, knobs = decode(World, data["world"]), decode(Knobs, data["knobs"])
        except Exception:  # noqa: BLE001
            # Whatever a file holds, it keeps no entry from being set up.
            _LOGGER.warning("The stored state is not ours or damaged; it was set aside")
            await self._async_set_aside(path)
            return StoreContents(damaged=True)
        if data.get("battery", self._battery) != self._battery:
            left_behind = world.memory.baseline if world.memory.owns_reserve else None
            return StoreContents(_without_battery(world), knobs, left_behind=left_behind)
        if is_outdated(world.memory, now):
            return StoreContents(_without_battery(world), knobs, outdated=world.memory.owed)
        return StoreContents(replace(world, memory=recover(world.memory, now)), knobs)

    async def async_save(self, world: World, knobs: Knobs) -> None:
        """Save at once. While Home Assistant stops, its store saves with the last of all writes.

        Raises:
            NotSavedError: It is not on disk; then nothing may be written to the battery.
        """
        try:
            async with asyncio.timeout(SAVE_TIMEOUT_S):
                await self._store.async_save(self._payload(world, knobs))
        except Exception as err:
            raise NotSavedError from err
        if self._store.failed:
            raise NotSavedError

    @property
    def has_failed(self) -> bool:
        """Whether the last attempt to save did not succeed."""
        return self._store.failed

    @callback
    def save_soon(self, world: World, knobs: Knobs) -> None:
        """Save within some seconds, or when Home Assistant stops."""
        self._store.async_delay_save(lambda: self._payload(world, knobs), SOON_S)

    async def async_remove(self) -> None:
        """Delete the file. One that cannot be deleted stays; nobody reads it any more."""
        self._hass.data.get(STORES, {}).pop(self._entry_id, None)
        try:
            await self._store.async_remove()
        except OSError:
            _LOGGER.warning("The stored state could not be deleted")

    async def _async_set_aside(self, path: Path) -> None:
        aside = path.with_name(f"{path.name}.damaged")
        try:
            await self._hass.async_add_executor_job(path.replace, aside)
        except OSError:
            _LOGGER.warning("The stored state could not be set aside")

    def _payload(self, world: World, knobs: Knobs) -> dict[str, Any]:
        return {"world": encode(world.strip_for_disk()), "knobs": encode(knobs), "battery": self._battery}


def _without_battery(world: World) -> World:
    """Forget what is remembered of a battery: it is another one's, or too old."""
    return replace(world, memory=Memory(), owners_reserve=None)


def make_account_key(account_number: str) -> str:
    """Return a stable name for an account, from which its number cannot be read."""
    return sha256(account_number.encode()).hexdigest()[:16]


STORES: HassKey[dict[str, EntryStore]] = HassKey(f"{DOMAIN}.stores")


@callback
def async_get_store(hass: HomeAssistant, entry_id: str, battery: str) -> EntryStore:
    """Return the one store of an entry, for whoever looks after it now: two would write over each other."""
    stores = hass.data.setdefault(STORES, {})
    store = stores.setdefault(entry_id, EntryStore(hass, entry_id, battery))
    store.belongs_to(battery)
    return store
