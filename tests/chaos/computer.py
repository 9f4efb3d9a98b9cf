"""The machine Home Assistant runs on: it boots from its disk, stops in order, and loses power at any instant."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, ContextVar, copy_context
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
from homeassistant import bootstrap, loader
from homeassistant.const import RESTART_EXIT_CODE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    category_registry as cr,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    frame,
    issue_registry as ir,
    label_registry as lr,
    storage,
)
from homeassistant.helpers.aiohttp_client import DATA_CONNECTOR
from homeassistant.setup import async_setup_component
from homeassistant.util.async_ import get_scheduled_timer_handles
from pytest_homeassistant_custom_component.common import (  # type: ignore[import-untyped]
    MockConfigEntry,
    async_test_home_assistant,
)

from custom_components.octopus_powerwall.const import DOMAIN
from tests.simulators.ohme import EMAIL, PASSWORD
from tests.simulators.tesla import TeslaSimulator
from tests.tesla_components import advance, settle

from .batteries import Link

_RUN: ContextVar[int] = ContextVar("run", default=0)
"""Which run of Home Assistant a task or timer belongs to; 0 is the world outside."""

_LONGEST_CALL = timedelta(minutes=10)


class PowerCutError(Exception):
    """The power went while Home Assistant was busy."""


class WatchedTesla(TeslaSimulator):
    """The simulated cloud; ``on_write`` is called when a reserve arrives, and again after it took effect."""

    on_write: Callable[[str], None] | None = None

    @override
    async def _write(self, request: Any) -> Any:
        if self.on_write and request.path.endswith("/backup"):
            self.on_write("received")
        response = await super()._write(request)
        if self.on_write and request.path.endswith("/backup"):
            self.on_write("applied")
        return response


class Computer:
    """One machine. ``hass`` is the present or the last run; ``is_on`` tells which."""

    def __init__(self, freezer: FrozenDateTimeFactory, battery: Link, disk: Path) -> None:
        self.freezer = freezer
        self.is_on = False
        self.hass: HomeAssistant
        self.on_save: Callable[[], None] | None = None
        self.battery = battery
        self._disk = disk
        self._run = 0
        self._has_ohme = False
        self._dead: set[int] = set()
        self._context: Context = copy_context()
        self._manager: Any = None

    # --- a run ------------------------------------------------------------------------------------------

    async def boot(self, *, with_battery: bool = True, with_ours: bool = True) -> None:
        """Start Home Assistant from what is on the disk."""
        self._run += 1
        self._context = copy_context()
        self._context.run(_RUN.set, self._run)
        await asyncio.get_running_loop().create_task(self._start(), context=self._context)
        self.is_on = True
        parts = [part for part, wanted in (("ohme", self._has_ohme), (DOMAIN, with_ours)) if wanted]
        await self.do(self._set_up(parts, with_battery=with_battery))

    async def _start(self) -> None:
        loop = asyncio.get_running_loop()
        self._manager = async_test_home_assistant(loop, load_registries=False, config_dir=str(self._disk))
        self.hass = hass = await self._manager.__aenter__()
        # Its own interrupts threads that do not end in time, and time stands still.
        hass.import_executor.shutdown()
        hass.import_executor = ThreadPoolExecutor(1)  # type: ignore[assignment]
        frame.async_setup(hass)
        dr.async_setup(hass)
        for registry in (ar, cr, dr, er, fr, ir, lr):
            await registry.async_load(hass)
        hass.data[bootstrap.DATA_REGISTRIES_LOADED] = None
        hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
        await hass.config.async_update(time_zone="Europe/London", country="GB", currency="GBP")
        await hass.config_entries.async_initialize()
        # Its own actions, as every Home Assistant has them: without ``update_entity`` no battery could be asked.
        await async_setup_component(hass, "homeassistant", {})
        await self.battery.prepare(hass)

    async def _set_up(self, parts: list[str], *, with_battery: bool) -> None:
        battery = [self.battery.set_up(self.hass)] if with_battery else []
        await asyncio.gather(*battery, *(async_setup_component(self.hass, part, {}) for part in parts))

    async def install_ohme(self) -> str:
        """Add the Ohme account, as its flow would; returns its entry's id."""
        entry = MockConfigEntry(domain="ohme", title=EMAIL, data={"email": EMAIL, "password": PASSWORD})
        entry.add_to_hass(self.hass)
        self.hass.config_entries._async_schedule_save()
        await self.do(self.hass.config_entries.async_setup(entry.entry_id))
        self._has_ohme = True
        entry_id: str = entry.entry_id
        return entry_id

    async def do[T](self, what: Coroutine[Any, Any, T]) -> T:
        """Have Home Assistant do something and let time pass until it is done. Raises what it raises."""
        task = asyncio.get_running_loop().create_task(what, context=self._context)
        asked_at = datetime.now(UTC)
        while True:
            await settle(self.hass)
            if task.cancelled() or not self.is_on:
                raise PowerCutError
            if task.done():
                return task.result()
            if datetime.now(UTC) - asked_at > _LONGEST_CALL:
                raise AssertionError(f"{what} takes more than {_LONGEST_CALL}")
            await self.wait(timedelta(seconds=1))

    def call(self, what: Callable[..., Any], *args: Any) -> Any:
        """Call something of Home Assistant."""
        return self._context.run(what, *args)

    def begin(self, what: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Have Home Assistant do something without waiting for it."""
        return asyncio.get_running_loop().create_task(what, context=self._context)

    async def wait(self, how_long: timedelta) -> None:
        """Let time pass, whether it is on or off."""
        await advance(self.hass, self.freezer, how_long)

    # --- its end ----------------------------------------------------------------------------------------

    async def stop(self, *, for_good: bool) -> None:
        """Stop in order: for good, or to start again at once."""
        self.hass.exit_code = 0 if for_good else RESTART_EXIT_CODE
        await self.do(self.hass.async_stop(RESTART_EXIT_CODE if not for_good else 0))
        self.lose_power()
        await self._leave()

    def lose_power(self) -> None:
        """End at this very instant: nothing of this run thinks, writes or sends any more."""
        self.is_on = False
        self._dead.add(self._run)
        self._sweep()
        loop = asyncio.get_running_loop()
        outside = Context()
        for delay_s in (0.0, 0.001):
            loop.call_later(delay_s, self._sweep, context=outside)

    @property
    def is_last_gasp(self) -> bool:
        """Whether what runs right now belongs to a run whose power is gone: a task that is told to end."""
        return _RUN.get() in self._dead

    async def power_lost(self) -> None:
        """See to what is left of a run whose power was cut."""
        await settle(self.hass)
        self._sweep()
        await self._leave()

    async def _leave(self) -> None:
        await settle(self.hass)
        self._sweep()
        if self._manager is not None:
            await self._manager.__aexit__(None, None, None)
            self._manager = None

    def _sweep(self) -> None:
        """Drop the timers, tasks and connections of the runs that are dead."""
        loop = asyncio.get_running_loop()
        for handle in get_scheduled_timer_handles(loop):
            context = getattr(handle, "_context", None)
            if context is not None and context.get(_RUN) in self._dead:
                handle.cancel()
        current = asyncio.current_task()
        for task in asyncio.all_tasks(loop):
            if task is not current and task.get_context().get(_RUN) in self._dead:
                task.cancel()
        for connector in self.hass.data.get(DATA_CONNECTOR, {}).values():
            connector._close(abort_ssl=True)

    # --- its disk ---------------------------------------------------------------------------------------

    def watch_disk(self, monkeypatch: Any) -> None:
        """Let nothing reach the disk once the power is off, and tell of every save of ours that did."""
        write = storage.Store._async_write_data

        async def watched(store: storage.Store[Any], data: dict[str, Any]) -> None:
            if _RUN.get() in self._dead:
                return
            await write(store, data)
            if self.on_save is not None and store.key.startswith(DOMAIN):
                self.on_save()
                if not self.is_on:
                    await asyncio.get_running_loop().create_future()

        monkeypatch.setattr(storage.Store, "_async_write_data", watched)

    def back_up(self) -> dict[str, bytes]:
        """What is on the disk, by file name: a backup of Home Assistant's own folder."""
        return {path.name: path.read_bytes() for path in (self._disk / ".storage").iterdir() if path.is_file()}

    def restore(self, backup: dict[str, bytes]) -> None:
        """Put a backup in the place of what is on the disk; the computer is off."""
        folder = self._disk / ".storage"
        for path in folder.iterdir():
            if path.is_file():
                path.unlink()
        for name, content in backup.items():
            (folder / name).write_bytes(content)

    def stored(self, entry_id: str) -> str | None:
        """What our store holds on the disk."""
        path = self._disk / ".storage" / f"{DOMAIN}.{entry_id}"
        return path.read_text(encoding="utf-8") if path.exists() else None
