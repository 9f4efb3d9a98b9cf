"""Days that are lived through to count what they cost: for ``test_frugality.py`` and for ``scripts/bench``.

Time is frozen and jumps from timer to timer, the real tesla_fleet component polls the simulated cloud, and all requests
go through real sockets. Nothing here is timed.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from unittest.mock import patch

from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.db_schema import States, StatesMeta
from homeassistant.components.recorder.util import session_scope
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, callback
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.components.recorder.common import (  # type: ignore[import-untyped]
    async_wait_recording_done,
)
from sqlalchemy import func, select

from custom_components.octopus_powerwall.runtime.store import _TolerantStore
from tests.stories.house import House
from tests.tesla_components import settle

CHARGER = "sensor.charger"
SLOT = timedelta(minutes=20)
LATEST_HOUR = 22
# Far from where writes run short (design 5.13).
MOST_IN_DAY = 10
POLLS_APART = timedelta(seconds=172.5)
# Longer than the slowest poll: a slot that is not acted on by then never will be.
PATIENCE = timedelta(minutes=8)


@dataclass(slots=True)
class Cost:
    """What a span of time cost. ``states`` are changes by entity, ``attributes_only`` those with an equal state."""

    hours: float
    polls: int = 0
    posts: int = 0
    points: int = 0
    writes: list[int] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    attributes_only: Counter[str] = field(default_factory=Counter)
    saves: int = 0


@contextmanager
def counted(house: House) -> Iterator[Cost]:
    """Count requests, writes, states of our entities and saves of the store until the block ends."""
    cost = Cost(0.0)
    begun, written = house.now, len(house.writes)
    counters = house.octopus.counters
    polls, posts, points = counters.polls, counters.requests, counters.points
    registry = er.async_get(house.hass)
    ours = {entry.entity_id for entry in er.async_entries_for_config_entry(registry, house.entry.entry_id)}
    save = _TolerantStore._async_write_data

    @callback
    def count(event: Event[EventStateChangedData]) -> None:
        if (entity_id := event.data["entity_id"]) not in ours:
            return
        cost.states[entity_id] += 1
        old, new = event.data["old_state"], event.data["new_state"]
        if old is not None and new is not None and old.state == new.state:
            cost.attributes_only[entity_id] += 1

    async def counting(store: _TolerantStore, data: dict[str, Any]) -> None:
        cost.saves += 1
        await save(store, data)

    stop = house.hass.bus.async_listen(EVENT_STATE_CHANGED, count)
    with patch.object(_TolerantStore, "_async_write_data", counting):
        try:
            yield cost
        finally:
            stop()
            cost.hours = (house.now - begun) / timedelta(hours=1)
            cost.polls = counters.polls - polls
            cost.posts = counters.requests - posts
            cost.points = counters.points - points
            cost.writes = house.writes[written:]


async def rows_recorded(house: House, recorder: Recorder) -> int:
    """The rows of our entities' states in the recorder's database."""
    await async_wait_recording_done(house.hass)
    registry = er.async_get(house.hass)
    ours = [entry.entity_id for entry in er.async_entries_for_config_entry(registry, house.entry.entry_id)]

    def count() -> int:
        with session_scope(hass=house.hass, read_only=True) as session:
            found = (
                select(func.count()).select_from(States).join(StatesMeta, States.metadata_id == StatesMeta.metadata_id)
            )
            return session.execute(found.where(StatesMeta.entity_id.in_(ours))).scalar_one()

    rows = recorder.async_add_executor_job(count)
    await settle(house.hass)
    return await rows


def plan_ordinary_day(house: House) -> None:
    """Two slots as on an ordinary day: one at noon, and one in the evening that ends before the off-peak window."""
    house.plan("12:30", "14:00")
    house.plan("19:00", "21:30")


async def news_lags(house: House, *, times: int, with_charger: bool, seed: int = 1) -> list[float]:
    """How many seconds pass from a slot's appearance to the write, so many times.

    Each slot begins as it appears, as it does when a car is plugged in; appearances are spread evenly over the time
    that usually lies between two polls, counted from a poll on. ``with_charger``: the picked entity says at the same
    moment that a car was plugged in.
    """
    random = Random(seed)  # noqa: S311 no secret
    lags = []
    for turn in range(times):
        await house.wait(minutes=12)
        if house.now.hour >= LATEST_HOUR or (turn and turn % MOST_IN_DAY == 0):
            # Slots within the night are none of ours.
            await house.until("06:00", days=1)
        polled_at = await _polled(house)
        appears_at = polled_at + (turn + random.random()) / times * POLLS_APART
        await house.until(max(appears_at, house.now))
        at, written = house.now, len(house.tesla.writes)
        slot = house.octopus.add_slot(at, at + SLOT)
        if with_charger:
            house.hass.states.async_set(CHARGER, "connected")
        await _passed_until_written(house, written, at + PATIENCE)
        lags.append((house.tesla.writes[written].received_at - at).total_seconds())
        house.octopus.withdraw(slot.name)
        house.hass.states.async_set(CHARGER, "disconnected")
        while house.entry.runtime_data.snapshot.holding:
            await house.wait(minutes=1)
    return lags


async def _polled(house: House) -> datetime:
    """Wait for the next poll; when it was."""
    polls = len(house.octopus.polls)
    while len(house.octopus.polls) == polls:
        await house.wait(seconds=1)
    return house.octopus.polls[-1].at


async def _passed_until_written(house: House, written: int, at_the_latest: datetime) -> None:
    while len(house.tesla.writes) == written:
        if house.now > at_the_latest:
            raise AssertionError("the slot was never acted on")
        await house.wait(seconds=15)
