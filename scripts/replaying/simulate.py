"""One year of one house under one policy: time, loads, the battery and the bill."""

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import Protocol

from .battery import Battery, Mode, Watcher
from .clock import STEP_S
from .cloud import Cloud
from .year import Year


class Clockwork(Protocol):
    """What a policy can do besides deciding: read, write, and ask to be called again."""

    year: Year
    mode: Mode
    cloud: Cloud
    battery: Battery

    def at(self, when_s: float, call: Callable[[float], None]) -> None:
        """Call something at a time of the year, or at once where that has passed."""


class Policy(Protocol):
    """A way to run a Powerwall: it is started once and works by the calls it asks for."""

    def start(self, clockwork: Clockwork) -> None:
        """Begin the year."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a year came to. Money in pounds, energies in kWh; ``cost`` counts what is left in the battery at the end."""

    cost: float
    imported_kwh: float
    exported_kwh: float
    writes: int
    looks: int = 0


class Simulation:
    """Plays a year; see ``Clockwork`` for what it gives a policy."""

    def __init__(self, year: Year, mode: Mode, seed: int, watcher: Watcher | None = None) -> None:
        self.year = year
        self.mode = mode
        self.battery = Battery(year.given, mode, watcher)
        self.cloud = Cloud(year.given, self.battery, seed)
        self.calls = 0
        self._queue: list[tuple[float, int, Callable[[float], None]]] = []
        self._numbers = count()

    def at(self, when_s: float, call: Callable[[float], None]) -> None:
        """Call something at a time of the year, or at once where that has passed."""
        heappush(self._queue, (when_s, next(self._numbers), call))

    def play(self, policy: Policy) -> Outcome:
        """Play the year."""
        year, battery, queue = self.year, self.battery, self._queue
        home, sun, car, price = year.home, year.sun, year.car_kw, year.price
        night_edges = [edge for pair in year.nights.pairs() for edge in pair]
        for edge in night_edges:
            self.at(edge, _nothing)
        policy.start(self)
        pence = imported = exported = 0.0
        now = 0.0
        for step in range(len(home)):
            end = now + STEP_S
            load, roof, rate = home[step] + car[step], sun[step], price[step]
            while now < end:
                self._call_due(now)
                until = queue[0][0] if queue and queue[0][0] < end else end
                landing = self.cloud.next_landing()
                if landing is not None and landing < until:
                    until = landing
                if until > now:
                    taken, given = battery.advance(now, until, load, roof, year.nights.covers(now))
                    pence += taken * rate - given * year.export
                    imported += taken
                    exported += given
                    now = until
                if landing is not None and landing <= now:
                    self.cloud.land(now)
        left = (battery.energy_kwh - battery.begin_kwh) / year.given.round_trip * year.given.night_price
        return Outcome((pence - left) / 100, imported, exported, self.cloud.writes, self.calls)

    def _call_due(self, now: float) -> None:
        queue = self._queue
        while queue and queue[0][0] <= now:
            heappop(queue)[2](now)


def _nothing(_now: float) -> None:
    """An edge that only the battery itself cares about."""
