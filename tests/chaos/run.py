"""Plays days, one at a time, and puts them together to a report."""

import asyncio
from collections import Counter
from collections.abc import Sequence
import logging
import traceback
from typing import Any
import warnings

from .player import PROLOGUE, Player, Result
from .stage import frozen, staged
from .story import Story, story_of


def play_day(seed: int, number: int) -> Result:
    """Play one day; an exception of the run itself is a violation too."""
    story = story_of(seed, number)
    try:
        return asyncio.run(_play(story))
    except Exception:  # noqa: BLE001  the other days go on
        return Result(number, [f"the day could not be played: {traceback.format_exc()}"])


async def _play(story: Story) -> Result:
    with frozen(story.start - PROLOGUE) as freezer:
        async with staged(story.start, story.house, freezer) as stage:
            return await Player(story, stage).play()


def told(story: Story) -> str:
    """The story of a day, to be read."""
    house = ", ".join(f"{name} {value}" for name, value in story.house.items())
    return "\n".join([f"  The house: {house}", *(f"  {event}" for event in story.events)])


def report(results: Sequence[Result], seed: int, seconds: float) -> dict[str, Any]:
    """All days together."""
    faults, deeds, restarts, houses, opinions, silences = (
        sum((getattr(result, name) for result in results), Counter[str]())
        for name in ("faults", "deeds", "restarts", "houses", "opinions", "silences")
    )
    named = opinions["held"] + opinions["held anyway"]
    known = named + opinions["held unless lost"]
    # What stands under the owner's hand, or what may be one, is no hold's value.
    in_holds = known + opinions["bounds in a hold"]
    return {
        "seed": seed,
        "days": len(results),
        "houses": dict(sorted(houses.items())),
        "slots": sum(result.slots for result in results),
        "kinds_of_fault": len(faults),
        "faults": dict(sorted(faults.items())),
        "owner_interventions": dict(sorted(deeds.items())),
        "restarts": dict(sorted(restarts.items())),
        "writes": sum(result.writes for result in results),
        "polls": sum(result.polls for result in results),
        "reserve_judged": dict(sorted(opinions.items())),
        "not_judged_because": dict(silences.most_common()),
        "held_looks_judged_percent": round(100 * known / in_holds) if in_holds else None,
        "held_looks_exact_percent": round(100 * named / in_holds) if in_holds else None,
        "violations": [
            {"day": result.number, "violations": result.violations} for result in results if result.violations
        ],
        "seconds": round(seconds, 1),
    }


def quieten(verbose: bool) -> None:
    """Keep what Home Assistant logs to itself; the player listens for errors all the same.

    Home Assistant looks for its own address on the network, which the test plugin refuses with a warning at each boot.
    """
    if not verbose:
        warnings.filterwarnings("ignore", message="A test tried to use socket")
        logging.disable(logging.WARNING)
        logging.getLogger().handlers[:] = [logging.NullHandler()]
