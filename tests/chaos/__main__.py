"""The command ``scripts/chaos``."""

import argparse
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
import json
import os
import sys
import time
from typing import Any

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
    print(
        f"In holds the model knew the right value at {found['held_looks_judged_percent']} % of its looks, else bounds"
    )
    print(f"{found['writes']} writes to the Powerwall, {found['polls']} polls of Octopus")
    broken = found["violations"]
    print(f"{sum(len(day['violations']) for day in broken)} violations on {len(broken)} days")


def _tell_violations(results: Iterable[Result], seed: int) -> None:
    for result in results:
        if result.violations:
            print(f"\nDay {result.number}: scripts/chaos --seed {seed} --only-day {result.number}", file=sys.stderr)
            for violation in result.violations:
                print(f"  VIOLATION {violation}", file=sys.stderr)
            print(told(story_of(seed, result.number)), file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the days; 1 where a law was broken."""
    options = _parser().parse_args(arguments)
    quieten(options.verbose)
    days = [options.only_day] if options.only_day is not None else range(options.first, options.first + options.days)
    started = time.monotonic()
    results: list[Result] = []
    workers = min(options.workers, len(days))
    if workers > 1:
        with ProcessPoolExecutor(workers, initializer=quieten, initargs=(options.verbose,)) as pool:
            for result in pool.map(play_day, repeat(options.seed), days):
                results.append(result)
                _tell_violations([result], options.seed)
    else:
        for number in days:
            results.append(play_day(options.seed, number))
            _tell_violations(results[-1:], options.seed)
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
