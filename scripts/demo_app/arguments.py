"""The command line of the demo."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from .stories import DEFAULT, STORIES


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for.

    ``port`` is where Home Assistant shall listen; ``london`` the time that it shall be in London, not the real one.
    """

    story: str = DEFAULT
    only_list: bool = False
    once: bool = False
    fresh: bool = False
    keep: bool = False
    port: int = 8123
    london: time | None = None


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line; a mistake ends the process with a sentence and exit code 2."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.once and given.fresh:
        parser.error("--once sets the integration up itself: it cannot go with --fresh")
    return Options(
        story=given.scenario,
        only_list=given.list,
        once=given.once,
        fresh=given.fresh,
        keep=given.keep,
        port=given.port,
        london=given.london,
    )


def listing() -> str:
    """The scenarios and what they show, one a line."""
    return "\n".join(f"{story.name:20} {story.summary}" for story in STORIES.values())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="Plays a scenario through a real Home Assistant whose Tesla and Octopus are simulated.",
        allow_abbrev=False,
    )
    parser.add_argument("--scenario", type=_story, default=DEFAULT, metavar="NAME", help="what happens (%(default)s)")
    parser.add_argument("--list", action="store_true", help="list the scenarios and stop")
    parser.add_argument("--once", action="store_true", help="play it, check the writes, print a summary and stop")
    parser.add_argument("--fresh", action="store_true", help="leave the integration for you to set up in the browser")
    parser.add_argument("--ha", choices=["tested", "newest"], default="tested", help="which Home Assistant release")
    parser.add_argument(
        "--port", type=_port, default=8123, help="for Home Assistant; a free one if taken (%(default)s)"
    )
    parser.add_argument("--keep", action="store_true", help="keep Home Assistant's folder below .demo/")
    parser.add_argument(
        "--london",
        type=_time,
        metavar="HH:MM",
        help="let it be this time in London; by night 14:00, since slots are by day",
    )
    return parser


def _story(text: str) -> str:
    if text not in STORIES:
        raise argparse.ArgumentTypeError(f"there is no scenario {text!r}, only {', '.join(STORIES)}")
    return text


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: 1 to 65535")
    return int(text)


def _time(text: str) -> time:
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007  # a time of day only
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 14:00") from None
