"""How much memory one entry holds: all objects that can be reached from its controller and belong to nobody else."""

import asyncio
import gc
import logging
from sys import getsizeof
from types import FunctionType, ModuleType

from aiohttp import ClientSession
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import EntityPlatform
from homeassistant.helpers.entity_registry import RegistryEntry

_OF_OTHERS = (
    type,
    ModuleType,
    logging.Logger,
    asyncio.AbstractEventLoop,
    ClientSession,
    ConfigEntry,
    HomeAssistant,
    EntityPlatform,
    RegistryEntry,
)


def held_kib(entry: ConfigEntry) -> float:
    """The size of the controller with its entities, coordinator, client, store and everything they remember, in KiB."""
    gc.collect()
    seen: set[int] = set()
    waiting: list[object] = [entry.runtime_data]
    total = 0
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, _OF_OTHERS):
            continue
        seen.add(id(thing))
        total += getsizeof(thing)
        # Of a function only what it has enclosed is its own: the rest is the module.
        waiting.extend(thing.__closure__ or () if isinstance(thing, FunctionType) else gc.get_referents(thing))
    return total / 1024
