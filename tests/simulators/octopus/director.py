"""Brings the world up to date and plays scenarios."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .device import Device
from .faults import Faults
from .rows import Slot
from .script import Playback, Scenario, ScriptError, Step, command_named, instant
from .tokens import TokenOffice
from .world import World


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence of a scenario's narrator, and when it was due."""

    at: datetime
    text: str


class Director:
    """Keeps the world at the injected clock's time and plays scenarios into it.

    Nothing runs in the background: ``advance`` plays what is due and works out what was charged since the last time.
    Every command and every request calls it first, so frozen clocks work as well as running ones.
    """

    def __init__(self, world: World, now: Callable[[], datetime]) -> None:
        self.world = world
        self.faults = Faults()
        self.now = now
        self.tokens = TokenOffice(self.octopus_now)
        self.playback: Playback | None = None
        self.narration: list[Told] = []
        self._prepared: Scenario | None = None
        self._names = 0
        self._at: datetime | None = None
        world.settle(now())

    def octopus_now(self) -> datetime:
        """Octopus' own clock: the true time with the skew of its ``Date`` header."""
        return self.now() + self.faults.skew

    def advance(self) -> datetime:
        """Play what is due and bring the world up to now; returns now."""
        now = self.now().astimezone(UTC)
        while (playback := self.playback) is not None and (due := playback.next_due(now)) is not None:
            at = playback.time(due.at)
            self.world.settle(at)
            self._run(due, at, playback.start, playback.speed)
        self.world.settle(now)
        return now

    def prepare(self, scenario: Scenario) -> None:
        """Shape account and devices for a scenario without starting it; ``play`` does not repeat that."""
        scenario.check()
        now = self.advance()
        for entry in scenario.setup:
            self._run(entry, now, now, 1.0)
        self._prepared = scenario

    def play(self, scenario: Scenario, *, start: datetime | None = None, speed: float = 1.0) -> Playback:
        """Start a scenario (now, unless told otherwise), in place of one that is playing."""
        if speed <= 0:
            raise ScriptError(f"speed must be above 0, not {speed}")
        if self._prepared is not scenario:
            self.prepare(scenario)
        self._prepared = None
        self.playback = Playback(scenario, start or self.now().astimezone(UTC), speed)
        self.advance()
        return self.playback

    def run_command(self, data: Mapping[str, Any]) -> Any:
        """Do what ``{"do": …, <arguments>}`` says, times in minutes from now; raises ``ScriptError``."""
        entry = Step.from_mapping(data)
        now = self.advance()
        return self._run(entry, now, now, 1.0)

    def _run(self, entry: Step, at: datetime, start: datetime, speed: float) -> Any:
        found = command_named(entry.do)
        found.check(entry.arguments)
        arguments = {
            name: instant(value, start, speed) if name in found.times and value is not None else value
            for name, value in entry.arguments.items()
        }
        self._at = at
        try:
            result = getattr(self, entry.do)(**arguments)
        except (LookupError, TypeError, ValueError) as error:
            raise ScriptError(f"{entry.do}: {error}") from error
        finally:
            self._at = None
        if entry.say:
            self.narration.append(Told(at, entry.say))
        return result

    def _begin(self) -> datetime:
        """The instant at which a command takes effect: its step's, or now."""
        return self._at or self.advance()

    def _slot(self, name: str) -> tuple[Device, Slot]:
        for device in self.world.devices:
            for slot in device.plan:
                if slot.name == name:
                    return device, slot
        raise LookupError(f"no slot {name!r} in any plan")
