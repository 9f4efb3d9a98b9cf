"""Runs a Tesla Powerwall along Octopus Energy's smart EV charging slots."""

from dataclasses import replace
from functools import partial
import logging

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP, RESTART_EXIT_CODE, Platform
from homeassistant.core import CoreState, Event, HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util

from .const import CONF_ACCOUNT_NUMBER, CONF_API_KEY, CONF_BINDING, CONF_FORMER_BINDING, DOMAIN
from .domain.price.agreements import choose_home, standing_at
from .domain.reserve.phases import Idle
from .domain.world import World
from .frontend.resource import async_announce, async_serve, async_withdraw
from .frontend.timeline import async_setup_timeline
from .powerwall.discovery import Binding, bind_by_entry
from .runtime import issues
from .runtime.activity import async_setup_activity
from .runtime.attention import async_watch_attention
from .runtime.books_store import BooksStore
from .runtime.choices import read_settings
from .runtime.controller import Controller, OctopusPowerwallConfigEntry
from .runtime.house_money import HouseMoney
from .runtime.issue_watcher import IssueWatcher
from .runtime.issues import Issue
from .runtime.migration import async_migrate
from .runtime.restore_after_unload import (
    RESTORES_AFTER_UNLOAD,
    UnloadedEntry,
    async_restore_after_unload,
    async_take_over_restore,
)
from .runtime.store import Knobs, NotReadError, StoreContents, async_get_store, make_account_key
from .runtime.trigger_events import async_setup_trigger_events
from .services import async_setup_services
from .sources.octopus import async_get_poller

_LOGGER = logging.getLogger(__name__)

PLATFORMS = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CALENDAR,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
)

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions, and what dashboards ask for."""
    async_setup_services(hass)
    async_setup_timeline(hass)
    await async_serve(hass)
    return True


async def async_migrate_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Bring an entry of an earlier release up to this one; Home Assistant refuses one of a later major version."""
    async_migrate(hass, entry)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: OctopusPowerwallConfigEntry) -> bool:
    """Take over the battery first, then ask Octopus: a reserve to put back does not wait for the cloud."""
    try:
        await _async_watch_former(hass, entry)
    except Exception:
        # What is open of the battery of before must not keep the present one from being taken over.
        _LOGGER.exception("Unexpected error while looking after the former battery")
    binding = _bound(hass, entry)
    store = async_get_store(hass, entry.entry_id, binding.unique_id)
    try:
        kept = await async_take_over_restore(hass, binding, store, await store.async_load(dt_util.utcnow()))
    except NotReadError as err:
        raise ConfigEntryNotReady(translation_domain=DOMAIN, translation_key="not_read") from err
    # However the start goes on: what is saved from now on knows nothing of it any more.
    _show_what_is_left(hass, entry, kept)

    controller: Controller | None = None
    try:
        poller = async_get_poller(hass, entry.data[CONF_API_KEY], entry.data[CONF_ACCOUNT_NUMBER])
        kept = replace(kept, world=kept.world.of_account(make_account_key(entry.data[CONF_ACCOUNT_NUMBER])))
        books = BooksStore(hass, entry.entry_id, binding.unique_id)
        stored_books = await books.async_load()
        controller = Controller(
            hass, entry, poller, store, kept, partial(HouseMoney, hass, entry, poller, books, stored_books)
        )
        entry.runtime_data = controller
        controller.async_start()
        await _async_ask_octopus(hass, entry, controller, kept)
        async_setup_activity(hass, entry)
        async_setup_trigger_events(hass, entry)
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
        account = kept.world.account
        home = choose_home(account, read_settings(entry.options).home)
        before = standing_at(account, dt_util.utcnow(), home) if account else None
        tariff_before = before.tariff if before and before.in_force else None
        reserve_before = _reserve_before(kept.world) if hass.state is not CoreState.running else None
        entry.async_on_unload(IssueWatcher(hass, entry, controller, tariff_before, reserve_before).async_start())
        entry.async_on_unload(async_watch_attention(hass, entry, controller))
    except BaseException:
        # Nobody will unload an entry that was never set up, and what is to be put back is put back all the same.
        try:
            if controller is not None:
                await controller.async_stop()
        finally:
            world = kept.world if controller is None else controller.world
            async_restore_after_unload(hass, _leaving(entry, kept.knobs, removed=False), world)
        raise

    async def stop(_event: Event) -> None:
        await controller.async_leave(for_good=hass.exit_code != RESTART_EXIT_CODE)

    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop))
    # An extra: whatever becomes of it, the battery is served.
    entry.async_create_background_task(hass, async_announce(hass), "octopus_powerwall card")
    return True


def _show_what_is_left(hass: HomeAssistant, entry: ConfigEntry, kept: StoreContents) -> None:
    """Tell the owner what the store cannot settle by itself."""
    if kept.damaged:
        issues.show(hass, entry.entry_id, Issue.STORE_DAMAGED, {"powerwall": entry.title})
    if kept.outdated is not None:
        reserve = kept.outdated
        issues.show(hass, entry.entry_id, Issue.OLD_HOLD, {"reserve": str(reserve)}, data={"reserve": reserve})
    if kept.left_behind is not None:
        issues.show(hass, entry.entry_id, Issue.LEFT_BEHIND, {"reserve": str(kept.left_behind)})


async def _async_ask_octopus(
    hass: HomeAssistant, entry: OctopusPowerwallConfigEntry, controller: Controller, kept: StoreContents
) -> None:
    """Ask Octopus for the first time. Only an entry that knows nothing yet cannot do without an answer."""
    coordinator = controller.coordinator
    if not isinstance(kept.world.memory.phase, Idle):
        # Something is to be held or put back: whatever Octopus does, even nothing at all, must not delay it.
        entry.async_create_background_task(hass, coordinator.async_refresh(), "octopus_powerwall first poll")
    elif kept.world.account is not None:
        await coordinator.async_refresh()
    else:
        await coordinator.async_config_entry_first_refresh()


async def async_unload_entry(hass: HomeAssistant, entry: OctopusPowerwallConfigEntry) -> bool:
    """Stop. A hold goes on after a reload; after a disable the reserve is put back (design 5.7)."""
    is_unloaded, controller = False, entry.runtime_data
    try:
        is_unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    finally:
        # One whose entities stay although it is disabled begins no hold any more.
        if is_unloaded or entry.disabled_by is not None:
            try:
                await controller.async_stop()
            finally:
                _hand_on(hass, entry, controller)
    return is_unloaded


def _hand_on(hass: HomeAssistant, entry: OctopusPowerwallConfigEntry, controller: Controller) -> None:
    """Leave what an entry that goes has still to put back, or to watch, to somebody who stays."""
    former, now = controller.driver.binding, Binding.from_entry_data(entry.data)
    memory = controller.world.memory
    if former.unique_id != now.unique_id and (memory.watch is not None or memory.doubt is not None):
        # It was moved to another battery while a value of ours may still land, or stand, in this one.
        left = _former(entry, former, controller.knobs)
        async_get_store(hass, left.entry_id, former.unique_id).save_soon(controller.world, controller.knobs)
        hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_FORMER_BINDING: former.as_dict()})
        async_restore_after_unload(hass, left, controller.world)
    if entry.disabled_by is not None:
        async_restore_after_unload(hass, _leaving(entry, controller.knobs, removed=False), controller.world)


async def _async_watch_former(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Go on to watch the battery that the entry had before, where Home Assistant was stopped meanwhile."""
    if CONF_FORMER_BINDING not in entry.data:
        return
    former = Binding.from_entry_data(entry.data[CONF_FORMER_BINDING])
    if former.unique_id in hass.data.get(RESTORES_AFTER_UNLOAD, {}):
        return
    left = _former(entry, former, Knobs())
    store = async_get_store(hass, left.entry_id, former.unique_id)
    try:
        kept = await store.async_load(dt_util.utcnow())
    except NotReadError:
        return
    if not async_restore_after_unload(hass, left, kept.world):
        await store.async_remove()
        data = {key: value for key, value in entry.data.items() if key != CONF_FORMER_BINDING}
        hass.config_entries.async_update_entry(entry, data=data)


def _former(entry: ConfigEntry, binding: Binding, knobs: Knobs) -> UnloadedEntry:
    return UnloadedEntry(f"{entry.entry_id}.former", entry.title, binding, knobs, removed=True)


async def async_remove_entry(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Put back what is still to be put back, and leave nothing behind."""
    if isinstance(left := getattr(entry, "runtime_data", None), Controller):
        # It could not be unloaded, and nobody else will stop it.
        try:
            await left.async_stop()
        except Exception:
            # Whatever keeps it from stopping must not keep the reserve from being put back.
            _LOGGER.exception("Unexpected error while stopping")
    issues.clear_removed(hass, entry.entry_id, entry.title)
    if all(other.entry_id == entry.entry_id for other in hass.config_entries.async_entries(DOMAIN)):
        hass.async_create_background_task(async_withdraw(hass), "octopus_powerwall card")
    if CONF_BINDING not in entry.data:
        # It never found its Powerwall, so there is nothing to put back.
        return
    binding = Binding.from_entry_data(entry.data)
    store = async_get_store(hass, entry.entry_id, binding.unique_id)
    try:
        stored = await store.async_load(dt_util.utcnow())
    except NotReadError:
        stored = StoreContents(damaged=True)
    if stored.damaged:
        # Nobody will know any more what is to be put back: then the owner has to look.
        issues.show(hass, entry.entry_id, Issue.STORE_DAMAGED, {"powerwall": entry.title})
    if stored.outdated is not None:
        # Of so long ago nothing moves by itself, and nobody will be there to ask the owner.
        by_hand = {"powerwall": entry.title, "reserve": str(stored.outdated)}
        issues.show(hass, entry.entry_id, Issue.RESTORE_BY_HAND, by_hand)
    kept = await async_take_over_restore(hass, binding, store, stored)
    if not async_restore_after_unload(hass, _leaving(entry, kept.knobs, removed=True), kept.world):
        await store.async_remove()
    await BooksStore(hass, entry.entry_id, binding.unique_id).async_remove()


def _reserve_before(world: World) -> int | None:
    """Return the owner's reserve as a start finds it on disk, where nothing of ours is said to stand."""
    is_idle = isinstance(world.memory.phase, Idle) and world.memory.watch is None
    return world.owners_reserve if is_idle else None


def _bound(hass: HomeAssistant, entry: ConfigEntry) -> Binding:
    """Return the entry's battery.

    Raises:
        ConfigEntryNotReady: the entry only names it, and Home Assistant has no such Powerwall yet.
    """
    if CONF_BINDING not in entry.data:
        binding = bind_by_entry(hass, entry.data)
        if binding is None:
            raise ConfigEntryNotReady(translation_domain=DOMAIN, translation_key="powerwall_not_here")
        hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_BINDING: binding.as_dict()})
    return Binding.from_entry_data(entry.data)


def _leaving(entry: ConfigEntry, knobs: Knobs, *, removed: bool) -> UnloadedEntry:
    return UnloadedEntry(
        entry.entry_id,
        entry.title,
        Binding.from_entry_data(entry.data),
        knobs,
        removed,
        read_settings(entry.options).usual_reserve,
    )
