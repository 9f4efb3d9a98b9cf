"""Runs the simulator by hand: ``python -m tests.simulators.octopus --help``."""

import argparse
import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
import json
from pathlib import Path
import sys

from .scenarios import SCENARIOS, scenario_named
from .script import Scenario, ScriptError
from .simulator import OctopusSimulator
from .traffic import LoggedRequest
from .world import ACCOUNT_NUMBER, ACCOUNT_PATTERN, API_KEY, WHOLE_SLOT_PRODUCT


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and serve until interrupted; returns the process's exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.list:
        for scenario in SCENARIOS.values():
            print(f"{scenario.name:22} {scenario.summary}; {scenario.length_min:g} min")
        return 0
    try:
        chosen = _scenario(options)
        with suppress(KeyboardInterrupt):
            asyncio.run(_serve(options, chosen))
    except (OSError, ScriptError) as error:
        print(f"octopus simulator: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulators.octopus",
        description="Stands in for Octopus Energy on 127.0.0.1. GET or POST /_control shows and changes it meanwhile.",
    )
    parser.add_argument("--port", type=_port, default=8124, help="port to listen on, 0 for any free one (%(default)s)")
    parser.add_argument("--account", type=_account, default=ACCOUNT_NUMBER, help="account number (%(default)s)")
    parser.add_argument("--key", type=_key, default=API_KEY, help="API key that opens it (%(default)s)")
    parser.add_argument("--product", default=WHOLE_SLOT_PRODUCT, help="product code of its import (%(default)s)")
    parser.add_argument("--scenario", metavar="NAME", help="scenario to play from the start on; see --list")
    parser.add_argument("--script", metavar="FILE", type=Path, help="JSON file with a scenario of your own")
    parser.add_argument("--speed", type=_speed, default=1.0, help="minutes of story a minute, or demo: over in two")
    parser.add_argument("--now", type=_instant, metavar="TIME", help="set its clock, ISO 8601 with an offset")
    parser.add_argument("--verbose", action="store_true", help="print a line for every request")
    parser.add_argument("--list", action="store_true", help="list the scenarios and stop")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: 0 to 65535")
    return int(text)


def _account(text: str) -> str:
    if not ACCOUNT_PATTERN.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an account number: A- and 8 digits or letters A to F")
    return text


def _key(text: str) -> str:
    if not text.startswith("sk_") or not text.isascii() or not text.isprintable() or " " in text or ":" in text:
        raise argparse.ArgumentTypeError("an API key starts with sk_ and has neither spaces nor colons")
    return text


def _speed(text: str) -> float | str:
    if text == "demo":
        return text
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a speed: a number above 0, or demo")
    return speed


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 2026-07-14T13:00:00+01:00")
    return at.astimezone(UTC)


def _scenario(options: argparse.Namespace) -> Scenario | None:
    if options.script is None:
        return None if options.scenario is None else scenario_named(options.scenario)
    if options.scenario is not None:
        raise ScriptError("give --scenario or --script, not both")
    try:
        scenario = Scenario.from_mapping(json.loads(options.script.read_text(encoding="utf-8")))
    except json.JSONDecodeError as error:
        raise ScriptError(f"{options.script} is not JSON: {error}") from None
    return scenario


def _clock(start: datetime | None) -> Callable[[], datetime]:
    ahead = None if start is None else start - datetime.now(UTC)
    return lambda: datetime.now(UTC) if ahead is None else datetime.now(UTC) + ahead


async def _serve(options: argparse.Namespace, scenario: Scenario | None) -> None:
    simulator = OctopusSimulator(
        account=options.account,
        key=options.key,
        product_code=options.product,
        now=_clock(options.now),
        port=options.port,
        on_request=_print_request if options.verbose else None,
    )
    async with simulator:
        print(f"Octopus simulator at {simulator.url}, account {options.account}", flush=True)
        if scenario is not None:
            speed = scenario.demo_speed if options.speed == "demo" else options.speed
            end = simulator.play(scenario, speed=speed).end
            print(f"Playing {scenario.name}: {scenario.summary}; over at {end:%H:%M:%S} UTC", flush=True)
        told = 0
        while True:
            simulator.advance()
            for sentence in simulator.narration[told:]:
                print(f"{sentence.at:%H:%M:%S}  {sentence.text}", flush=True)
            told = len(simulator.narration)
            await asyncio.sleep(0.5)


def _print_request(request: LoggedRequest) -> None:
    print(request, flush=True)


if __name__ == "__main__":
    sys.exit(main())
