"""The decision loop among people who fail, look back, and let go: what was decided is done all the same."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

from homeassistant.util import dt as dt_util
import pytest

from custom_components.octopus_powerwall.domain.reserve.phases import Holding
from custom_components.octopus_powerwall.domain.reserve.writing import begin_attempt
from custom_components.octopus_powerwall.domain.world import World
from custom_components.octopus_powerwall.powerwall.driver import PowerwallDriver
from custom_components.octopus_powerwall.runtime.store import EntryStore, Knobs
from tests.stories.house import House
from tests.stories.trouble import controller

pytestmark = pytest.mark.freeze_time("2026-11-18 12:20:00+00:00")


async def test_listener_that_fails_does_not_keep_the_battery_from_being_written(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """An entity that raises at every snapshot is logged; the reserve goes up and comes back."""
    house.plan("12:30", "13:00")
    await house.move_in()

    def breaks() -> None:
        raise RuntimeError("no such state")

    controller(house).async_add_listener(breaks)
    await house.until("13:10")
    assert house.told == [("12:30:00", 100), ("13:00:00", 20)]
    assert "no such state" in caplog.text
    caplog.clear()


@pytest.mark.parametrize("look", ["decide_now", "decide_soon"])
async def test_listener_that_looks_does_not_lose_the_write(house: House, look: str) -> None:
    """Somebody whose own state changes with ours, and whom we listen to."""
    house.plan("12:30", "13:00")
    await house.move_in()
    controller(house).async_add_listener(getattr(controller(house).decision_loop, look))
    await house.until("13:10")
    assert house.told == [("12:30:00", 100), ("13:00:00", 20)]
    assert house.status == "idle"


async def test_who_asks_for_a_look_at_every_look_gets_one_a_second(house: House) -> None:
    """A battery whose state changes whenever we decide would else keep the event loop busy for ever."""
    await house.move_in()
    loop = controller(house).decision_loop
    looks: list[str] = []
    loop.async_add_listener(lambda: looks.append(house.now.strftime("%H:%M:%S")))
    loop.async_add_listener(loop.decide_soon)
    loop.decide_now()
    await house.wait(seconds=10)
    assert max(Counter(looks).values()) <= 10


async def test_write_that_is_over_at_once_is_told_at_once(
    house: House, hass_storage: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Disk and battery answer before the look that asked them has ended: what they did is news of the same instant."""

    async def write(_driver: PowerwallDriver, _value: int) -> None:
        """Nothing to wait for."""

    async def save(_store: EntryStore, _world: World, _knobs: Knobs) -> None:
        """Nor here."""

    monkeypatch.setattr(PowerwallDriver, "async_write", write)
    monkeypatch.setattr(EntryStore, "async_save", save)
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:29:59")
    house.freezer.tick(1)
    controller(house).decision_loop.decide_now()
    assert house.entity("activity").attributes["event_type"] == "reserve_raised"


async def test_dry_run_is_logged(house: House, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    """What would be done stands in the log, once for each change."""
    house.plan("12:30", "13:00")
    await house.move_in(dry_run=True)
    await house.until("13:10")
    told = [record.getMessage() for record in caplog.records if record.getMessage().startswith("Dry run")]
    assert told == [
        "Dry run: the backup reserve would be set to 100 %",
        "Dry run: the backup reserve would be put back",
    ]


async def test_look_that_fails_is_followed_by_another(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something unforeseen in the very minute of the end: a minute later it is put back."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:59:30")

    def breaks(*_: object, **__: object) -> Any:
        raise ValueError("unforeseen")

    with monkeypatch.context() as patched:
        patched.setattr(PowerwallDriver, "read", breaks)
        with pytest.raises(ValueError, match="unforeseen"):
            controller(house).decision_loop.decide_now()
        loop = house.hass.loop
        loop.set_exception_handler(lambda *_: None)
        await house.until("13:00:30")
    assert house.writes == [100]
    await house.until("13:03")
    assert house.reserve == 20


async def test_write_that_nobody_sends_is_doubted(house: House) -> None:
    """A write said to be under way without a task that sends it must not block all others for ever."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:40")
    decision_loop = controller(house).decision_loop
    held = decision_loop.world.memory
    assert isinstance(held.phase, Holding)
    unsent = replace(held.phase.claim, attempt=begin_attempt(100, dt_util.utcnow()))
    decision_loop.world = replace(decision_loop.world, memory=held.with_claim(unsent))
    await house.until("13:10")
    assert house.writes[-1] == 20
    assert house.reserve == 20


async def test_decisions_are_kept_for_the_diagnostics(house: House) -> None:
    """What was decided, when and why; the newest fifty."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("13:10")
    made = controller(house).decisions
    assert [decision.write for decision in made if decision.write is not None] == [100, 20]
    raised = next(decision for decision in made if decision.write == 100)
    assert (raised.status, raised.reason) == ("charging_up", "whole_slot")
    assert raised.at == house.at("12:30")
    assert all(later.at - sooner.at >= timedelta(0) for sooner, later in pairwise(made))
