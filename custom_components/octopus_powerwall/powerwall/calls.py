"""Calls an action of Home Assistant, come what may: every failure is a value (facts/powerwall.md 2.2)."""

import asyncio
from collections.abc import Mapping
from typing import Any

from homeassistant.core import Context, HomeAssistant

TIMED_OUT = TimeoutError.__name__


async def async_call(
    hass: HomeAssistant,
    action: tuple[str, str],
    data: Mapping[str, Any],
    *,
    timeout_s: float,
    context: Context | None = None,
) -> str | None:
    """Call an action, wait for it at most ``timeout_s``, and return the class name of what went wrong, if anything.

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
        return TIMED_OUT if isinstance(error, TimeoutError) else type(error).__name__
    return None
