"""SIGKILL at every kind of moment of a hold; whatever it was, the battery ends with the owner's reserve.

Each round kills twice: once while the reserve goes up or stands, once while it is put back or has just been. It takes
a minute, and is therefore part of ``scripts/crash`` and not of the ordinary tests.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from dataclasses import dataclass
import logging
import os
from pathlib import Path
from random import Random

import pytest

from scripts.progress import say
from tests.simulators.tesla import Hang, Lag

from .wreck import OWNERS_RESERVE, Wreck, wrecked

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "0"))
SEED = int(os.environ.get("CRASH_SEED", "1"))
STANDS_FOR_S = 3.0
# A machine on which Home Assistant takes longer to start needs more.
ENDS_IN_S = float(os.environ.get("CRASH_SLOT_S", "20"))

pytestmark = [
    pytest.mark.skipif(not ROUNDS, reason="starts real processes for minutes: scripts/crash runs it"),
    pytest.mark.timeout(1800),
]

type Kill = Callable[[Wreck, Random], Awaitable[None]]


async def at_random(wreck: Wreck, random: Random) -> None:
    """Some seconds after the start, wherever Home Assistant is by then."""
    await asyncio.sleep(random.uniform(0.5, 14))


async def when_saved(wreck: Wreck, _random: Random) -> None:
    """As soon as the disk says that a reserve is being written: before it is sent, where the machine is quick."""
    values = (OWNERS_RESERVE,) if wreck.memory else (100,)
    await wreck.kill_when(lambda: wreck.has_saved(*values), "a save")


async def when_written(wreck: Wreck, _random: Random) -> None:
    """As soon as a write has reached Tesla."""
    before = len(wreck.writes)
    await wreck.until(lambda: len(wreck.writes) > before, "a write")


async def in_a_write(wreck: Wreck, random: Random) -> None:
    """While a write hangs: it lands before the kill, after it, or never."""
    lands_after_s = random.choice([None, 0.2, 2.0, 4.0])
    rule = wreck.tesla.misbehave(Hang(8.0, lands_after_s), times=1)
    await when_written(wreck, random)
    await asyncio.sleep(random.uniform(0, 3))
    wreck.tesla.behave(rule)


async def in_a_lag(wreck: Wreck, random: Random) -> None:
    """After a write that Tesla's cloud shows only some seconds later."""
    rule = wreck.tesla.misbehave(Lag(random.uniform(1, 6)), times=1)
    await when_written(wreck, random)
    await asyncio.sleep(random.uniform(0, 2))
    wreck.tesla.behave(rule)


@dataclass(frozen=True)
class Round:
    """How to kill on the way up, and how on the way back; ``owner`` sets a reserve in the Tesla app in between."""

    up: Kill
    back: Kill
    owner: int | None = None


PLAN = (
    Round(when_saved, when_saved),
    Round(in_a_write, in_a_write),
    Round(when_written, when_written),
    Round(at_random, at_random),
    Round(in_a_lag, in_a_write),
    Round(in_a_write, when_saved),
    Round(when_written, at_random, owner=35),
    Round(at_random, in_a_lag),
    Round(when_saved, when_written),
    Round(in_a_write, at_random),
)


PLATFORMS = ("tesla_fleet", "teslemetry")


@pytest.fixture(autouse=True)
def quiet() -> Generator[None]:
    """Leave out what the clouds and the event loop tell of every request and process: the rounds are what one reads."""
    logging.disable(logging.INFO)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
async def wreck(tmp_path: Path, number: int) -> AsyncGenerator[Wreck]:
    """The house of a round, every other one with teslemetry; in the next ten rounds it is the other way round."""
    async with wrecked(tmp_path, PLATFORMS[(number + number // len(PLAN)) % 2]) as house:
        yield house


@pytest.mark.parametrize("number", range(ROUNDS))
async def test_sigkill(wreck: Wreck, number: int) -> None:
    """Kill on the way up, start again, kill on the way back, start again: the owner's reserve stands."""
    random = Random(f"{SEED} {number}")  # noqa: S311  no secret
    plan = PLAN[number % len(PLAN)]
    name = wreck.plan(minutes=6)
    await wreck.start()
    await plan.up(wreck, random)
    await wreck.kill()
    killed_with = (wreck.reserve, wreck.phase, wreck.writes)

    right = OWNERS_RESERVE
    if plan.owner is not None:
        right = plan.owner
        wreck.tesla.site.set_in_app(reserve_pct=right)
    wreck.end(name, in_s=ENDS_IN_S)
    await wreck.start()
    if plan.owner is None and (wreck.reserve != right or wreck.phase == "Holding"):
        await plan.back(wreck, random)
    else:
        await at_random(wreck, random)
    await wreck.kill()
    told = f"{plan.up.__name__} {killed_with}, {plan.back.__name__} {wreck.reserve} {wreck.writes}"
    say(f"round {number} with {wreck.platform}: {told}")

    wreck.end(name, in_s=ENDS_IN_S)
    await wreck.start()
    # A write that hung may still land after the end, and has to be undone.
    await asyncio.sleep(ENDS_IN_S + STANDS_FOR_S)
    await wreck.until(lambda: wreck.reserve == right, "the owner's reserve")
    await asyncio.sleep(STANDS_FOR_S)
    assert wreck.reserve == right
    assert plan.owner is None or wreck.writes[len(killed_with[2]) :] == []
