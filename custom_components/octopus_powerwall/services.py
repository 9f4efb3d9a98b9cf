"""The actions (design 7). Each is for one config entry; times without a zone are Home Assistant's local time."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import ConfigEntrySelector
from homeassistant.helpers.service import async_get_config_entry
from homeassistant.util import dt as dt_util
import probatio

from .const import DOMAIN
from .domain.settings import Intent
from .runtime.controller import Controller, OctopusPowerwallConfigEntry
from .runtime.schedule import schedule_as_json, slot_as_json
from .runtime.texts import reason_text

ATTR_START: Final = "start"
ATTR_UNTIL: Final = "until"

SERVICE_REFRESH: Final = "refresh"
SERVICE_GET_SCHEDULE: Final = "get_schedule"
SERVICE_SKIP_SLOT: Final = "skip_slot"
SERVICE_HOLD_UNTIL: Final = "hold_until"
SERVICE_CHARGE_UNTIL: Final = "charge_until"
SERVICE_TEST_POWERWALL: Final = "test_powerwall"

type Handler = Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]

_ENTRY: Final = {probatio.Required(ATTR_CONFIG_ENTRY_ID): ConfigEntrySelector({"integration": DOMAIN})}
_SCHEMA: Final = probatio.Schema(_ENTRY)
_SKIP_SCHEMA: Final = probatio.Schema({**_ENTRY, probatio.Optional(ATTR_START): cv.datetime})
_UNTIL_SCHEMA: Final = probatio.Schema({**_ENTRY, probatio.Required(ATTR_UNTIL): cv.datetime})


def _controller(call: ServiceCall) -> Controller:
    """The controller that a call is for; ``ServiceValidationError`` where the entry is missing or not loaded."""
    entry: OctopusPowerwallConfigEntry = async_get_config_entry(call.hass, DOMAIN, call.data[ATTR_CONFIG_ENTRY_ID])
    return entry.runtime_data


async def _refresh(call: ServiceCall) -> ServiceResponse:
    await _controller(call).async_refresh()
    return None


async def _get_schedule(call: ServiceCall) -> ServiceResponse:
    snapshot = _controller(call).snapshot
    return {**schedule_as_json(snapshot), "reason_text": reason_text(call.hass, snapshot.reason)}


async def _skip_slot(call: ServiceCall) -> ServiceResponse:
    start = call.data.get(ATTR_START)
    slot = await _controller(call).async_skip_slot(dt_util.as_utc(start) if start else None)
    return slot_as_json(slot) if call.return_response else None


async def _hold_until(call: ServiceCall) -> ServiceResponse:
    await _controller(call).async_hold(Intent.PRESERVE, dt_util.as_utc(call.data[ATTR_UNTIL]))
    return None


async def _charge_until(call: ServiceCall) -> ServiceResponse:
    await _controller(call).async_hold(Intent.CHARGE, dt_util.as_utc(call.data[ATTR_UNTIL]))
    return None


async def _test_powerwall(call: ServiceCall) -> ServiceResponse:
    found: dict[str, Any] = await _controller(call).async_test_powerwall()
    return found if call.return_response else None


_ACTIONS: Final[tuple[tuple[str, Handler, probatio.Schema, SupportsResponse], ...]] = (
    (SERVICE_REFRESH, _refresh, _SCHEMA, SupportsResponse.NONE),
    (SERVICE_GET_SCHEDULE, _get_schedule, _SCHEMA, SupportsResponse.ONLY),
    (SERVICE_SKIP_SLOT, _skip_slot, _SKIP_SCHEMA, SupportsResponse.OPTIONAL),
    (SERVICE_HOLD_UNTIL, _hold_until, _UNTIL_SCHEMA, SupportsResponse.NONE),
    (SERVICE_CHARGE_UNTIL, _charge_until, _UNTIL_SCHEMA, SupportsResponse.NONE),
    (SERVICE_TEST_POWERWALL, _test_powerwall, _SCHEMA, SupportsResponse.OPTIONAL),
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions, once, whether or not an entry is loaded."""
    for name, handler, schema, supports_response in _ACTIONS:
        hass.services.async_register(DOMAIN, name, handler, schema, supports_response)
