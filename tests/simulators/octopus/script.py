"""The script language: a scenario is a list of timed commands, and a command is a method of the simulator.

A step says at which minute after the scenario's start it happens and which command runs with what. Arguments that are
times are minutes after that start too (or ISO 8601 texts). A scenario is plain data: a Python table, or JSON of the
same form (``{"name": …, "summary": …, "steps": [{"at": 2, "do": "add_slot", "start": 5, "end": 45}]}``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import inspect
from typing import Any

DEMO_LENGTH_S = 110.0
type When = datetime | float | str


class ScriptError(ValueError):
    """A script that cannot be played, with the reason."""


@dataclass(frozen=True, slots=True)
class Command:
    """A method that scripts and the control endpoint may call; ``times`` are its arguments that are instants."""

    name: str
    times: frozenset[str]
    signature: inspect.Signature

    def check(self, arguments: Mapping[str, Any]) -> None:
        """Raise ``ScriptError`` unless the method takes these arguments."""
        try:
            self.signature.bind(None, **arguments)
        except TypeError as error:
            raise ScriptError(f"{self.name}: {error}") from None


COMMANDS: dict[str, Command] = {}


def command[**P, R](*times: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a method of the simulator callable from scripts."""

    def register(method: Callable[P, R]) -> Callable[P, R]:
        COMMANDS[method.__name__] = Command(method.__name__, frozenset(times), inspect.signature(method))
        return method

    return register


def command_named(name: object) -> Command:
    """A command by name; raises ``ScriptError``."""
    if not isinstance(name, str) or name not in COMMANDS:
        raise ScriptError(f"no command {name!r}; there are: {', '.join(sorted(COMMANDS))}")
    return COMMANDS[name]


def instant(when: When, start: datetime, speed: float = 1.0) -> datetime:
    """An instant, to the second: itself, an ISO 8601 text with an offset, or minutes after ``start`` at a speed."""
    match when:
        case datetime():
            at = when
        case str():
            try:
                at = datetime.fromisoformat(when)
            except ValueError:
                raise ScriptError(f"{when!r} is not a time") from None
        case bool():
            raise ScriptError(f"{when!r} is not a time")
        case int() | float():
            at = start + timedelta(minutes=when / speed)
    if at.tzinfo is None:
        raise ScriptError(f"{when!r} has no time zone")
    return at.astimezone(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Step:
    """One command at a minute after the start. ``say`` is what a narrator tells about it."""

    at: float
    do: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    say: str = ""

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> Step:
        """A step from ``{"at": …, "do": …, "say": …, <arguments>}``; raises ``ScriptError``."""
        arguments = {name: value for name, value in data.items() if name not in {"at", "do", "say"}}
        at = data.get("at", 0)
        if isinstance(at, bool) or not isinstance(at, int | float):
            raise ScriptError(f"at must be minutes, not {at!r}")
        command_named(data.get("do")).check(arguments)
        return cls(float(at), data["do"], arguments, str(data.get("say", "")))

    @property
    def last_minute(self) -> float:
        """The latest minute that it speaks of."""
        times = COMMANDS[self.do].times if self.do in COMMANDS else frozenset[str]()
        named = [value for name, value in self.arguments.items() if name in times and isinstance(value, int | float)]
        return max([self.at, *named])


def step(at: float, do: str, say: str = "", **arguments: Any) -> Step:
    """A step, for tables in Python; it is checked when it is played."""
    return Step(at, do, arguments, say)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named story. ``setup`` shapes account and devices before it begins.

    ``demo_min`` is the part that a demo shows, in minutes; None: all of it.
    """

    name: str
    summary: str
    steps: tuple[Step, ...]
    setup: tuple[Step, ...] = ()
    demo_min: float | None = None

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> Scenario:
        """A scenario from JSON; raises ``ScriptError``."""
        if not isinstance(data, Mapping) or not isinstance(data.get("steps"), list):
            raise ScriptError("a scenario is an object with name, summary and a list of steps")
        setup, steps = (tuple(Step.from_mapping(entry) for entry in data.get(part, ())) for part in ("setup", "steps"))
        return cls(str(data.get("name", "unnamed")), str(data.get("summary", "")), steps, setup)

    @property
    def length_min(self) -> float:
        """How long it lasts at speed 1, in minutes."""
        return max((entry.last_minute for entry in self.steps), default=0.0)

    @property
    def demo_speed(self) -> float:
        """The speed (minutes of story a minute) at which a demo of it is over within two minutes."""
        return max(1.0, (self.demo_min or self.length_min) * 60 / DEMO_LENGTH_S)

    def check(self) -> None:
        """Raise ``ScriptError`` if a step names a command or argument that does not exist."""
        for entry in (*self.setup, *self.steps):
            command_named(entry.do).check(entry.arguments)


@dataclass(slots=True)
class Playback:
    """A scenario being played: what is still to come, in order of time."""

    scenario: Scenario
    start: datetime
    speed: float
    pending: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pending = sorted(self.scenario.steps, key=lambda entry: entry.at)

    def time(self, minute: float) -> datetime:
        """When a minute of the story is."""
        return self.start + timedelta(minutes=minute / self.speed)

    @property
    def end(self) -> datetime:
        """When the story is over."""
        return self.time(self.scenario.length_min)

    def next_due(self, now: datetime) -> Step | None:
        """Take the next step whose time has come."""
        if self.pending and self.time(self.pending[0].at) <= now:
            return self.pending.pop(0)
        return None
