"""The file that an owner attaches to a bug report: everything that explains a decision, nothing that names anybody."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.const import CONF_UNIQUE_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from .const import CONF_ACCOUNT_NUMBER, CONF_API_KEY, CONF_HOME, CONF_POWERWALL
from .domain.codec import encode
from .domain.model import Device
from .domain.plan.dispatches import make_device_key
from .domain.world import World
from .octopus.errors import OctopusError
from .powerwall.discovery import Binding
from .runtime.books_codec import pack
from .runtime.controller import Controller, OctopusPowerwallConfigEntry
from .runtime.schedule import schedule_as_json
from .sources.octopus import AccountPoller

TO_REDACT = {CONF_API_KEY, CONF_ACCOUNT_NUMBER, CONF_POWERWALL, CONF_UNIQUE_ID, "device_id", "site_id"}
# A template's unique id may be a plain word: to blank that everywhere would spoil the file and hide nobody.
SHORTEST_SECRET = 6
HALF_HOURS_TOLD = timedelta(days=7)
# Where the id of a home stands: an option, and what is read of the account.
HOME_KEYS = frozenset({CONF_HOME, "property_id"})


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: OctopusPowerwallConfigEntry) -> dict[str, Any]:
    """Everything about an entry, without key, account number, ids, names and serials. Times are ISO 8601 in UTC."""
    controller = entry.runtime_data
    binding = Binding.from_entry_data(entry.data)
    world = controller.world
    told = {
        "entry": {
            "version": f"{entry.version}.{entry.minor_version}",
            "data": dict(entry.data),
            "options": dict(entry.options),
        },
        "now": schedule_as_json(controller.snapshot),
        "settings": encode(controller.snapshot.settings),
        "problems": sorted(controller.snapshot.problems),
        "decisions": encode(controller.decisions),
        "octopus": {
            **_polls(controller.coordinator.poller),
            "last_poll_worked": controller.coordinator.last_update_success,
            "clock_skew_s": encode(world.clock_skew),
            "devices": [_device(device) for device in world.devices],
        },
        "world": encode(world.strip_for_disk()),
        "senses": encode(world.memory.senses),
        "battery": _battery(hass, controller, binding),
        "money": _money(controller),
    }
    redacted: dict[str, Any] = async_redact_data(_with_homes_numbered(told, {}), TO_REDACT)
    scrubbed: dict[str, Any] = _scrubbed(redacted, _secrets(hass, entry, binding, world))
    return scrubbed


def _money(controller: Controller) -> dict[str, Any]:
    """Return what is told of the money, the rates it comes from, and the half hours of the last week."""
    oldest = dt_util.utcnow() - HALF_HOURS_TOLD
    return {
        "told": encode(controller.snapshot.money),
        "rates": encode(controller.money.rates_updater.rates),
        **pack(row for row in controller.money.bookkeeper.half_hours if row.start >= oldest),
    }


def _polls(poller: AccountPoller) -> dict[str, Any]:
    return {
        "polls": poller.polls,
        "failed_polls": poller.failed_polls,
        "skipped_rows": poller.skipped_rows,
        "asked_at": encode(poller.asked_at),
        "limited_until": encode(poller.limited_until),
        "failure": _failure(poller.failure),
    }


def _failure(err: OctopusError | None) -> dict[str, Any] | None:
    return None if err is None else {"type": type(err).__name__, "message": str(err), "code": err.error_code}


def _device(device: Device) -> dict[str, Any]:
    """Return a device without its id, and without its name, which is the owner's own."""
    return {
        "is_charger": device.is_charger,
        "provider": device.provider,
        "lifecycle": device.lifecycle,
        "state": device.state,
        "suspended": device.suspended,
        "usable": device.usable,
        "active_power": encode(device.active_power),
    }


def _battery(hass: HomeAssistant, controller: Controller, binding: Binding) -> dict[str, Any]:
    """Return the battery's entities as Home Assistant shows them now."""
    entities = controller.driver.entities
    found = encode(entities)
    states = {}
    for role, entity_id in found.items():
        state = hass.states.get(entity_id) if isinstance(entity_id, str) else None
        if state is not None:
            states[role] = {"state": state.state, "last_reported": encode(state.last_reported)}
    return {"kind": binding.kind, "entities": found, "states": states}


def _secrets(
    hass: HomeAssistant, entry: OctopusPowerwallConfigEntry, binding: Binding, world: World
) -> Mapping[str, str]:
    """Return what must not stand anywhere in the file, and what stands there instead."""
    registry = er.async_get(hass)
    hidden: list[str | None] = [
        entry.data.get(CONF_API_KEY),
        entry.data.get(CONF_ACCOUNT_NUMBER),
        entry.unique_id,
        entry.data.get(CONF_POWERWALL),
        binding.device_id,
        binding.site_id,
    ]
    for reference in (binding.reserve, binding.level):
        registered = registry.async_get(reference) if reference else None
        if registered is not None:
            hidden += [registered.id, registered.unique_id]
    secrets = dict.fromkeys((text for text in hidden if text and len(text) >= SHORTEST_SECRET), REDACTED)
    for number, device in enumerate(world.devices, start=1):
        secrets |= {device.id: f"device {number}", make_device_key(device): f"device {number}"}
    for number, plan in enumerate(world.plan.devices, start=1):
        secrets.setdefault(plan.key, f"planned device {number}")
    return secrets


def _with_homes_numbered(value: Any, numbers: dict[str, str]) -> Any:
    """Return the same with a number for each home, so that homes can be told apart and nobody finds them."""
    match value:
        case dict():
            return {
                key: numbers.setdefault(item, f"home {len(numbers) + 1}")
                if key in HOME_KEYS and isinstance(item, str)
                else _with_homes_numbered(item, numbers)
                for key, item in value.items()
            }
        case list():
            return [_with_homes_numbered(item, numbers) for item in value]
        case _:
            return value


def _scrubbed(value: Any, secrets: Mapping[str, str]) -> Any:
    """Return the same with every secret replaced, wherever in a text it stands."""
    match value:
        case str():
            return _without(value, secrets.items())
        case dict():
            return {_scrubbed(key, secrets): _scrubbed(item, secrets) for key, item in value.items()}
        case list():
            return [_scrubbed(item, secrets) for item in value]
        case _:
            return value


def _without(text: str, secrets: Iterable[tuple[str, str]]) -> str:
    for secret, instead in secrets:
        text = text.replace(secret, instead)
    return text
