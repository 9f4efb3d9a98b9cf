"""What reached the simulator: a log of requests, its counters, and Octopus' allowances."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

PLANNED_PER_MINUTE = 5
POINTS_PER_HOUR = 50_000


@dataclass(slots=True)
class LoggedRequest:
    """One request and its answer. ``fields``: the root fields asked for, once per alias, or ``rest:account`` and so on.

    ``status`` is 0 where no answer was given (a hang, a dropped connection); ``size`` is the body's length in bytes;
    ``fault`` names the faults that struck. Neither keys nor tokens are kept.
    """

    at: datetime
    method: str
    path: str
    operations: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    status: int = 0
    errors: tuple[str, ...] = ()
    complexity: int = 0
    size: int = 0
    fault: tuple[str, ...] = ()
    user_agent: str = ""
    context: str = ""

    @property
    def is_poll(self) -> bool:
        """Whether it asked for a plan."""
        return "flexPlannedDispatches" in self.fields

    def __str__(self) -> str:
        parts = [f"{self.at:%H:%M:%S}", self.method, self.path, str(self.status or "no answer"), f"{self.size} B"]
        parts += [",".join(self.fields)] if self.fields else []
        parts += [f"{self.complexity} points"] if self.complexity else []
        parts += [f"errors {','.join(self.errors)}"] if self.errors else []
        parts += [f"fault {','.join(self.fault)}"] if self.fault else []
        return "  ".join(parts)


@dataclass(slots=True)
class Counters:
    """Totals since the start or the last ``reset``: ``polls`` are requests for plans, ``plans`` the plans in them."""

    requests: int = 0
    polls: int = 0
    plans: int = 0
    points: int = 0
    mints: int = 0
    rest: int = 0
    errors: int = 0
    bytes: int = 0

    def add(self, request: LoggedRequest) -> None:
        """Count one more request."""
        self.requests += 1
        self.polls += request.is_poll
        self.plans += request.fields.count("flexPlannedDispatches")
        self.points += request.complexity
        self.mints += request.fields.count("obtainKrakenToken")
        self.rest += any(name.startswith("rest:") for name in request.fields)
        self.errors += bool(request.errors) or not 200 <= request.status < 300
        self.bytes += request.size


@dataclass(slots=True)
class Window:
    """A sliding allowance: at most ``limit`` units within ``span`` for each user."""

    limit: int
    span: timedelta
    _taken: dict[str, deque[tuple[datetime, int]]] = field(default_factory=dict)

    def take(self, user: str, units: int, at: datetime) -> bool:
        """Use units if they are left; a refusal uses none."""
        taken = self._taken.setdefault(user, deque())
        while taken and not at - self.span < taken[0][0] <= at:
            taken.popleft()
        if sum(used for _, used in taken) + units > self.limit:
            return False
        taken.append((at, units))
        return True


@dataclass(slots=True)
class Traffic:
    """The log, newest last, cut to its newer half whenever it grows past ``keep``; the counters are never cut."""

    requests: list[LoggedRequest] = field(default_factory=list)
    counters: Counters = field(default_factory=Counters)
    keep: int = 20_000
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, request: LoggedRequest) -> None:
        """Log and count a request."""
        self.requests.append(request)
        self.counters.add(request)
        self.arrived.set()
        if len(self.requests) > self.keep:
            del self.requests[: self.keep // 2]

    def reset(self) -> None:
        """Forget the log and begin counting anew."""
        self.requests.clear()
        self.counters = Counters()
