"""The actions (design 7): for a config entry, or for the devices, areas or labels of a target.

Times without a zone are Home Assistant's local time.
"""

from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from homeassistant.const import (
    ATTR_AREA_ID,
    ATTR_CONFIG_ENTRY_ID,
    ATTR_DEVICE_ID,
    ATTR_ENTITY_ID,
    ATTR_FLOOR_ID,
    ATTR_LABEL_ID,
)
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import ConfigEntrySelector
from homeassistant.helpers.service import async_get_config_entry
from homeassistant.helpers.target import TargetSelection
from homeassistant.util import dt as dt_util
import probatio

from .const import DOMAIN
from .domain.settings import Intent
from .runtime.controller import Controller, OctopusPowerwallConfigEntry
from .runtime.schedule import schedule_as_json, slot_as_json
from .runtime.targets import find_entries_in
from .runtime.texts import reason_text

ATTR_START: Final = "start"
ATTR_UNTIL: Final = "until"

SERVICE_REFRESH: Final = "refresh"
SERVICE_GET_SCHEDULE: Final = "get_schedule"
SERVICE_SKIP_SLOT: Final = "skip_slot"
SERVICE_UNSKIP_SLOT: Final = "unskip_slot"
SERVICE_HOLD_UNTIL: Final = "hold_until"
SERVICE_CHARGE_UNTIL: Final = "charge_until"
SERVICE_TEST_POWERWALL: Final = "test_powerwall"

type Handler = Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]

_NAMED_BY: Final = (
    ATTR_CONFIG_ENTRY_ID,
    ATTR_ENTITY_ID,
    ATTR_DEVICE_ID,
    ATTR_AREA_ID,
    ATTR_FLOOR_ID,
    ATTR_LABEL_ID,
)


def _schema(fields: Mapping[Any, Any] | None = None) -> probatio.All[Any]:
    """Return the schema of an action; which Powerwall is meant has to be said."""
    given = {
        probatio.Optional(ATTR_CONFIG_ENTRY_ID): ConfigEntrySelector({"integration": DOMAIN}),
        **cv.TARGET_FIELDS,
        **(fields or {}),
    }
    return probatio.All(probatio.Schema(given), cv.has_at_least_one_key(*_NAMED_BY))


_PLAIN: Final = _schema()
_WITH_START: Final = _schema({probatio.Optional(ATTR_START): cv.datetime})
_WITH_UNTIL: Final = _schema({probatio.Required(ATTR_UNTIL): cv.datetime})


def _controllers(call: ServiceCall) -> list[Controller]:
    """Return the controllers that a call is for.

    Raises:
        ServiceValidationError: An entry is missing or not loaded, or the target holds no Powerwall of ours.
    """
    named = call.data.get(ATTR_CONFIG_ENTRY_ID)
    entry_ids = [named] if named else find_entries_in(call.hass, TargetSelection(call.data))
    if not entry_ids:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="nothing_in_target")
    entries: list[OctopusPowerwallConfigEntry] = [
        async_get_config_entry(call.hass, DOMAIN, entry_id) for entry_id in entry_ids
    ]
    return [entry.runtime_data for entry in entries]


def _controller(call: ServiceCall) -> Controller:
    """Return the only controller that a call is for.

    Raises:
        ServiceValidationError: As ``_controllers``, or there are several: one answer is for one Powerwall.
    """
    first, *others = _controllers(call)
    if others:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="one_at_a_time")
    return first


def _to_utc(moment: datetime) -> datetime:
    """Return a time in UTC; one at the very end of the calendar as it is, to be refused in words like any other."""
    try:
        return dt_util.as_utc(moment)
    except OverflowError:
        return moment.replace(tzinfo=UTC)


async def _refresh(call: ServiceCall) -> ServiceResponse:
    for controller in _controllers(call):
        await controller.async_refresh()
    return None


async def _get_schedule(call: ServiceCall) -> ServiceResponse:
    snapshot = _controller(call).snapshot
    return {**schedule_as_json(snapshot), "reason_text": reason_text(call.hass, snapshot.reason)}


async def _skip_slot(call: ServiceCall) -> ServiceResponse:
    start = call.data.get(ATTR_START)
    slot = await _controller(call).async_skip_slot(_to_utc(start) if start else None)
    return slot_as_json(slot) if call.return_response else None


async def _unskip_slot(call: ServiceCall) -> ServiceResponse:
    start = call.data.get(ATTR_START)
    slot = await _controller(call).async_unskip_slot(_to_utc(start) if start else None)
    return slot_as_json(slot) if call.return_response else None


async def _hold_until(call: ServiceCall) -> ServiceResponse:
    for controller in _controllers(call):
        await controller.async_hold(Intent.PRESERVE, _to_utc(call.data[ATTR_UNTIL]))
    return None


async def _charge_until(call: ServiceCall) -> ServiceResponse:
    for controller in _controllers(call):
        await controller.async_hold(Intent.CHARGE, _to_utc(call.data[ATTR_UNTIL]))
    return None


async def _test_powerwall(call: ServiceCall) -> ServiceResponse:
    found: dict[str, Any] = await _controller(call).async_test_powerwall()
    return found if call.return_response else None


_ACTIONS: Final[tuple[tuple[str, Handler, probatio.All[Any], SupportsResponse], ...]] = (
    (SERVICE_REFRESH, _refresh, _PLAIN, SupportsResponse.NONE),
    (SERVICE_GET_SCHEDULE, _get_schedule, _PLAIN, SupportsResponse.ONLY),
    (SERVICE_SKIP_SLOT, _skip_slot, _WITH_START, SupportsResponse.OPTIONAL),
    (SERVICE_UNSKIP_SLOT, _unskip_slot, _WITH_START, SupportsResponse.OPTIONAL),
    (SERVICE_HOLD_UNTIL, _hold_until, _WITH_UNTIL, SupportsResponse.NONE),
    (SERVICE_CHARGE_UNTIL, _charge_until, _WITH_UNTIL, SupportsResponse.NONE),
    (SERVICE_TEST_POWERWALL, _test_powerwall, _PLAIN, SupportsResponse.OPTIONAL),
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions, once, whether or not an entry is loaded."""
    for name, handler, schema, supports_response in _ACTIONS:
        hass.services.async_register(DOMAIN, name, handler, schema, supports_response)
