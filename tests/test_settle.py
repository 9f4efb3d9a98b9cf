"""What the stories wait for between two instants of frozen time."""

import threading
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from tests import tesla_components
from tests.tesla_components import settle


async def pool_of(hass: HomeAssistant) -> Any:
    """Return Home Assistant's pool of threads, which has done a job."""
    await hass.async_add_executor_job(int)
    await settle(hass)
    return hass.loop._default_executor  # type: ignore[attr-defined]


async def test_a_pool_that_takes_an_idle_thread_for_a_busy_one(hass: HomeAssistant) -> None:
    """As when a thread takes a second job before another one wakes for it: waited for a moment, not for good."""
    pool = await pool_of(hass)
    assert pool._idle_semaphore.acquire(timeout=0)
    await settle(hass)
    assert pool._idle_semaphore._value == len(pool._threads)


async def test_a_job_is_waited_for(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that does something is busy, however long it takes; one that does not end is an error."""
    monkeypatch.setattr(tesla_components, "_EXECUTOR_DOUBTED_S", 0.002)
    monkeypatch.setattr(tesla_components, "_EXECUTOR_LIMIT_S", 0.02)
    pool = await pool_of(hass)
    ends = threading.Event()
    job = hass.async_add_executor_job(ends.wait)
    with pytest.raises(AssertionError, match="does not end"):
        await settle(hass)
    assert pool._idle_semaphore._value < len(pool._threads)
    ends.set()
    await settle(hass)
    assert job.done()
