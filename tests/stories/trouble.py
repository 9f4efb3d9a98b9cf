"""What stories of trouble are told with: a process that dies, a disk that takes nothing, repairs, what happened."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import RESTART_EXIT_CODE
from homeassistant.core import Event, callback
from homeassistant.helpers import issue_registry as ir, storage
from homeassistant.util.file import WriteError

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.domain.reserve.memory import Memory
from custom_components.octopus_powerwall.powerwall.discovery import bind, find_powerwalls
from custom_components.octopus_powerwall.runtime.activity import EVENT_ACTIVITY
from custom_components.octopus_powerwall.runtime.controller import Controller
from custom_components.octopus_powerwall.runtime.restore_after_unload import RESTORES_AFTER_UNLOAD
from custom_components.octopus_powerwall.runtime.store import STORES, EntryStore
from custom_components.octopus_powerwall.sources.octopus import POLLERS
from tests.simulators.tesla import PowerwallSite
from tests.tesla_components import tesla_entity_id

from .house import House

type Storage = dict[str, Any]


def controller(house: House) -> Controller:
    """The controller of the entry as it is loaded now."""
    found: Controller = house.entry.runtime_data
    return found


def memory(house: House) -> Memory:
    """What the hold's state machine remembers."""
    return controller(house).world.memory


def repairs(house: House) -> set[str]:
    """The repairs that the owner sees, by translation key."""
    return {
        issue.translation_key or issue.issue_id
        for issue in ir.async_get(house.hass).issues.values()
        if issue.domain == DOMAIN and issue.active
    }


def repair(house: House, key: str) -> ir.IssueEntry:
    """One repair by its translation key; StopIteration where there is none."""
    return next(issue for issue in ir.async_get(house.hass).issues.values() if issue.translation_key == key)


def activities(house: House) -> list[str]:
    """A list that will hold what happens from now on: the types of the activities, slots aside."""
    heard: list[str] = []

    @callback
    def hear(event: Event) -> None:
        if not event.data["type"].startswith("slot_"):
            heard.append(event.data["type"])

    house.hass.bus.async_listen(EVENT_ACTIVITY, hear)
    return heard


def store_key(house: House) -> str:
    """The name of the entry's file in ``.storage``."""
    return f"{DOMAIN}.{house.entry.entry_id}"


def tesla_fleet(house: House) -> ConfigEntry:
    """The entry of the battery's integration."""
    return house.hass.config_entries.async_entries(house.platform)[0]


def reserve_entity_id(house: House) -> str:
    """The number that holds the reserve."""
    return tesla_entity_id(house.hass, "backup_reserve_percent", house.tesla.site, house.platform)


async def owner_sets_through_ha(house: House, value: int) -> None:
    """The owner, or an automation of theirs, moves the battery's slider in Home Assistant."""
    target = {"entity_id": reserve_entity_id(house), "value": value}
    await house.hass.services.async_call("number", "set_value", target, blocking=True)
    await house.settle()


async def move(house: House, site: PowerwallSite) -> None:
    """Give the entry another Powerwall, as its form does."""
    found = next(each for each in find_powerwalls(house.hass) if each.site_id == str(site.site_id))
    binding = bind(house.hass, found)
    data = {**house.entry.data, "powerwall": found.device_id, "binding": binding.as_dict()}
    house.hass.config_entries.async_update_entry(house.entry, data=data, unique_id=binding.unique_id, title=found.name)
    await house.hass.config_entries.async_reload(house.entry.entry_id)
    await house.settle()


@callback
def kill(house: House, disk: Storage) -> Storage:
    """Kill Home Assistant now, as SIGKILL would: nothing more is written, neither to disk nor to the battery.

    Returns what is on the disk at this instant. The entry's remains are swept up by ``start_again``.
    """
    left = deepcopy({name: content for name, content in disk.items() if name.startswith(DOMAIN)})
    for store in house.hass.data.get(STORES, {}).values():
        _freeze(store)
    for remaining_restore in tuple(house.hass.data.get(RESTORES_AFTER_UNLOAD, {}).values()):
        remaining_restore.async_take_over()
    decision_loop = controller(house).decision_loop
    decision_loop.async_stop()
    return left


def _freeze(store: EntryStore) -> None:
    store._store.make_read_only()
    store._store._async_cleanup_delay_listener()
    store._store._async_cleanup_final_write_listener()


async def start_again(house: House, disk: Storage, left: Storage, *, powerwall: bool = True) -> None:
    """Start Home Assistant with what was left on the disk; without ``powerwall`` Tesla's integration is not up yet."""
    hass, entry_id = house.hass, house.entry.entry_id
    assert await hass.config_entries.async_unload(entry_id)
    for name in [name for name in disk if name.startswith(DOMAIN)]:
        del disk[name]
    disk.update(deepcopy(left))
    for remains in (STORES, POLLERS, RESTORES_AFTER_UNLOAD):
        hass.data.pop(remains, None)
    fleet = tesla_fleet(house).entry_id
    await hass.config_entries.async_unload(fleet)
    await house.settle()
    if powerwall:
        await hass.config_entries.async_setup(fleet)
        await house.settle()
    await hass.config_entries.async_setup(entry_id)
    await house.settle()


async def stop(house: House, *, restart: bool = False) -> None:
    """Stop Home Assistant in an orderly manner, for good or to start again; it cannot be used after that."""
    stopping = asyncio.get_running_loop().create_task(house.hass.async_stop(RESTART_EXIT_CODE if restart else 0))
    for _ in range(40):
        await house.settle()
        if stopping.done():
            return
        await house.wait(seconds=5)
    raise AssertionError("Home Assistant does not stop")


@contextmanager
def full_disk(error: Callable[[], Exception] = lambda: WriteError("No space left on device")) -> Generator[None]:
    """While this lasts, no file of ours can be written."""
    usual = storage.Store._async_write_data

    async def refuse(store: storage.Store[Any], data: dict[str, Any]) -> None:
        if store.key.startswith(DOMAIN):
            raise error()
        await usual(store, data)

    with patch.object(storage.Store, "_async_write_data", refuse):
        yield


def clock(at: str) -> datetime:
    """An instant from ISO 8601."""
    return datetime.fromisoformat(at)
