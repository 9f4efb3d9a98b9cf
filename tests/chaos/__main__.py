"""The command ``scripts/chaos``."""

import argparse
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from itertools import repeat
import json
import os
import sys
import time
from typing import Any

from scripts.progress import progress, say

from .player import Result
from .run import play_day, quieten, report, told
from .story import story_of


def _print(found: dict[str, Any], seed: int) -> None:
    faults = found["faults"]
    print(f"{found['days']} days, seed {seed}, {found['slots']} slots, {found['seconds']} s")
    print(f"{sum(faults.values())} faults of {len(faults)} kinds:")
    for kind, times in faults.items():
        print(f"  {times:5} {kind}")
    print("houses: " + ", ".join(f"{kind} {times}" for kind, times in found["houses"].items()))
    for name in ("owner_interventions", "restarts", "reserve_judged", "not_judged_because"):
        counts = ", ".join(f"{key} {value}" for key, value in found[name].items())
        print(f"{sum(found[name].values())} {name.replace('_', ' ')}: {counts}")
    exact, judged = found["held_looks_exact_percent"], found["held_looks_judged_percent"]
    print(f"Looks at a hold while the computer ran: the model named the value at {exact} %, and at {judged} % together")
    print("with those where it may be that or what stood before, since the write may be lost; at the others, bounds")
    print(f"{found['writes']} writes to the Powerwall, {found['polls']} polls of Octopus")
    broken = found["violations"]
    print(f"{sum(len(day['violations']) for day in broken)} violations on {len(broken)} days")


def _tell_violations(result: Result, seed: int) -> None:
    if result.violations:
        say(f"\nDay {result.number}: scripts/chaos --seed {seed} --only-day {result.number}", sys.stderr)
        for violation in result.violations:
            say(f"  VIOLATION {violation}", sys.stderr)
        say(told(story_of(seed, result.number)), sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the days; 1 where a law was broken."""
    options = _parser().parse_args(arguments)
    quieten(options.verbose)
    days = [options.only_day] if options.only_day is not None else range(options.first, options.first + options.days)
    started = time.monotonic()
    results: list[Result] = []
    workers = min(options.workers, len(days))
    with ExitStack() as stack:
        played: Iterable[Result] = (play_day(options.seed, number) for number in days)
        if workers > 1:
            pool = ProcessPoolExecutor(workers, initializer=quieten, initargs=(options.verbose,))
            played = stack.enter_context(pool).map(play_day, repeat(options.seed), days)
        for result in progress(played, "days", len(days)):
            results.append(result)
            _tell_violations(result, options.seed)
    found = report(results, options.seed, time.monotonic() - started)
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        _print(found, options.seed)
    return 1 if found["violations"] else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/chaos",
        description="Plays random days full of mishaps through Home Assistant and checks the Powerwall's reserve.",
        allow_abbrev=False,
    )
    parser.add_argument("--days", type=int, default=10, help="how many days (%(default)s)")
    parser.add_argument("--first", type=int, default=1, help="the number of the first day (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="which days (%(default)s)")
    parser.add_argument("--only-day", type=int, metavar="N", help="play this one day only")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="days at a time (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--verbose", action="store_true", help="show what Home Assistant logs")
    return parser


if __name__ == "__main__":
    sys.exit(main())
