"""Calls an action of Home Assistant, come what may: every failure is a value (facts/powerwall.md 2.2)."""

import asyncio
from collections.abc import Mapping
import re
from typing import Any

from homeassistant.components.number import ATTR_VALUE
from homeassistant.components.number.const import SERVICE_SET_VALUE
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Context, HomeAssistant, split_entity_id

TIMED_OUT = TimeoutError.__name__
MOST_WORDS = 200
# Addresses, e-mail addresses, and whatever is long enough to be a token, a serial number or an id.
_SECRET = re.compile(r"https?://\S+|\S+@\S+|\b[\w.+/=-]*\d[\w.+/=-]{5,}|\b[A-Za-z0-9_+/=-]{20,}")


def describe(error: BaseException) -> str:
    """Name an error and say its words in one line, with everything left out that may be a secret."""
    words = " ".join(_SECRET.sub("(left out)", str(error)).split())[:MOST_WORDS]
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


async def async_call(
    hass: HomeAssistant,
    action: tuple[str, str],
    data: Mapping[str, Any],
    *,
    timeout_s: float,
    context: Context | None = None,
) -> str | None:
    """Call an action, wait for it at most ``timeout_s``, and return what went wrong, if anything: its class and words.

    The words are those of the integration, without what may be a secret.

    Tesla's integrations let more through than ``HomeAssistantError``; Tesla's library has errors that are not even
    an ``Exception``. Only what is meant for this task itself passes: being cancelled, and the end of the program.
    """
    try:
        async with asyncio.timeout(timeout_s):
            await hass.services.async_call(*action, dict(data), blocking=True, context=context)
    except KeyboardInterrupt, SystemExit, GeneratorExit:
        raise
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return type(error).__name__
    except BaseException as error:  # noqa: BLE001
        return TIMED_OUT if isinstance(error, TimeoutError) else describe(error)
    return None


async def async_set_number(
    hass: HomeAssistant, entity_id: str, value: int, *, timeout_s: float, context: Context
) -> str | None:
    """Set a number, as ``async_call`` does."""
    action = (split_entity_id(entity_id)[0], SERVICE_SET_VALUE)
    data = {ATTR_ENTITY_ID: entity_id, ATTR_VALUE: value}
    return await async_call(hass, action, data, timeout_s=timeout_s, context=context)
