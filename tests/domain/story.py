"""What the tests of the core share: short words for times, plans and worlds, and a battery to play with."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from custom_components.octopus_powerwall.domain.decide import Outcome, decide
from custom_components.octopus_powerwall.domain.model import (
    Account,
    Agreement,
    Device,
    DeviceRead,
    Dispatch,
    DispatchType,
    Interval,
    Poll,
    PowerReading,
)
from custom_components.octopus_powerwall.domain.plan.dispatches import Plan, take_poll
from custom_components.octopus_powerwall.domain.reason import Reason
from custom_components.octopus_powerwall.domain.reserve.limits import Limits
from custom_components.octopus_powerwall.domain.reserve.memory import note_write_returned
from custom_components.octopus_powerwall.domain.reserve.situation import Activity, Battery, OperationMode, Problem
from custom_components.octopus_powerwall.domain.reserve.target import Level
from custom_components.octopus_powerwall.domain.reserve.writing import Reading
from custom_components.octopus_powerwall.domain.settings import PolicyChoice, Settings
from custom_components.octopus_powerwall.domain.world import Inputs, World, with_poll
from custom_components.octopus_powerwall.powerwall.tesla import TESLA_LIMITS

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
LEGACY = "INTELLI-VAR-22-10-14"
CAPPED = "IOG-SMB-TOU-25-12-12"
REFUSED = "INTELLI-FLUX-IMPORT-23-07-14"
FLAT = "VAR-22-11-01"
# What a battery of another make accepts: anything, and it may show one point more or less.
ROUNDING_LIMITS = Limits(tolerance=1)
COSY = "COSY-22-12-08"
CAR = Device("secret-1", is_charger=True, provider="TESLA", lifecycle="LIVE", state="SMART_CONTROL_CAPABLE")
CAR_2 = replace(CAR, id="secret-2")


def at(text: str) -> datetime:
    """``12:30`` on 18 November 2026, a winter Wednesday; ``+1 05:30`` on the day after; or a whole ISO time in UTC."""
    if "T" in text:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    day = 18
    if text.startswith("+"):
        ahead, text = text.split(" ")
        day += int(ahead)
    return datetime.fromisoformat(f"2026-11-{day:02d}T{text}").replace(tzinfo=UTC)


def span(text: str) -> Interval:
    """``12:00-12:30``, past midnight where the end is before the start."""
    start, end = (at(part) for part in text.split("-"))
    return Interval(start, end if end > start else end + timedelta(days=1))


def row(text: str, kind: DispatchType | None = DispatchType.SMART, kwh: float | None = 3.5) -> Dispatch:
    """A dispatch over a ``span``."""
    interval = span(text)
    return Dispatch(interval.start, interval.end, kind, kwh)


def poll(
    when: str | datetime,
    *rows: str | Dispatch,
    device: Device = CAR,
    skipped: int = 0,
    failed: bool = False,
    completed: tuple[Dispatch, ...] | None = (),
    clock_skew: timedelta | None = None,
) -> Poll:
    """An answer of Octopus about one car."""
    dispatches = tuple(row(item) if isinstance(item, str) else item for item in rows)
    read = DeviceRead(device, None if failed else dispatches, skipped)
    moment = at(when) if isinstance(when, str) else when
    return Poll(moment, (device,), (read,), completed=completed, clock_skew=clock_skew)


def plan_of(*polls: Poll) -> Plan:
    """The plan after these answers."""
    plan = Plan()
    for answer in polls:
        plan = take_poll(plan, answer)
    return plan


def account(code: str = LEGACY, *later: Agreement) -> Account:
    """An account on one product for months, and what comes ``later``."""
    return Account(
        at("00:00"), (Agreement(code, at("2026-08-01T00:00"), later[0].valid_from if later else None), *later)
    )


@dataclass
class House:
    """An owner's house, driven through the whole core: a plan, a battery that obeys unless told otherwise, a clock.

    ``lag`` is how long the cloud goes on showing the old reserve, ``fails`` makes calls raise, ``applies`` says whether
    a call has an effect. ``silent`` is an integration that reports only what changes, ``answers`` says whether it reads
    anew when it is asked, and ``limited`` keeps what it shows as it is, reported as ever. ``shows`` is what a battery
    makes of its reserve in what it reports. ``writes`` notes what was sent and when.
    """

    now: datetime = field(default_factory=lambda: at("12:00"))
    code: str = LEGACY
    reserve: int = 20
    level: float | None = 63.4
    settings: Settings = field(default_factory=Settings)
    policy: PolicyChoice = PolicyChoice.AUTOMATIC
    evidence: bool | None = None
    rows: tuple[Dispatch, ...] = ()
    online: bool = True
    available: bool = True
    level_reports: bool = True
    reports: bool = True
    silent: bool = False
    answers: bool = True
    limited: bool = False
    shows: Callable[[int], int] = int
    mode: OperationMode | None = None
    limits: Limits = TESLA_LIMITS
    block: Reason | None = None
    backup_mode: bool = False
    battery_w: float | None = None
    grid_w: float | None = None
    solar_w: float | None = None
    fails: bool = False
    applies: bool = True
    hangs: bool = False
    snaps: bool = False
    lag: timedelta = timedelta(0)
    world: World = field(default_factory=World)
    writes: list[tuple[datetime, int]] = field(default_factory=list)
    told: list[Activity] = field(default_factory=list)
    refreshes: int = 0
    answered_at: datetime | None = None
    shown: int = 20
    changed_at: datetime = field(default_factory=lambda: at("00:00"))
    landing: tuple[datetime, int] | None = None
    polled_at: datetime | None = None
    last: Outcome | None = None

    def __post_init__(self) -> None:
        self.shown = self.reserve
        self.changed_at = self.now - timedelta(hours=1)
        if self.world.account is None:
            self.world = replace(self.world, account=account(self.code))

    @property
    def values(self) -> list[int]:
        """What was sent, in order."""
        return [value for _, value in self.writes]

    @property
    def status(self) -> str:
        """The sensor ``status``."""
        assert self.last is not None
        return self.last.snapshot.status.value

    @property
    def reason(self) -> str:
        """Its reason."""
        assert self.last is not None
        return self.last.snapshot.reason.value

    @property
    def problems(self) -> frozenset[Problem]:
        """What the owner is told until it is over."""
        assert self.last is not None
        return self.last.snapshot.problems

    def plan(self, *rows: str | Dispatch) -> House:
        """What Octopus has planned from now on."""
        self.rows = tuple(row(item) if isinstance(item, str) else item for item in rows)
        return self

    def until(self, when: str | datetime, step: timedelta = MINUTE) -> House:
        """Let time pass: a look every ``step`` and at every edge, Octopus every 3 min, the battery every 60 s."""
        end = at(when) if isinstance(when, str) else when
        self.see()
        while self.now < end:
            due = min(self.now + step, end)
            if self.last is not None and self.last.wake_at is not None:
                due = min(due, self.last.wake_at)
            self.now = due
            self.see()
        return self

    def see(self) -> House:
        """Look now; carry out what is asked for."""
        if self.online and (self.polled_at is None or self.now - self.polled_at >= 3 * MINUTE):
            self.poll()
        if self.landing is not None and self.now >= self.landing[0]:
            self.reserve, self.landing = self.landing[1], None
            self.changed_at = self.now
        if self.snaps and self.reserve > 80 and self.now - self.changed_at >= MINUTE / 2:
            self.reserve = 80
        self._decide_once()
        return self

    def poll(self) -> House:
        """Ask Octopus now: ended rows are no longer listed."""
        self.polled_at = self.now
        listed = tuple(item for item in self.rows if item.end > self.now)
        self.world = with_poll(self.world, poll(self.now, *listed))
        return self

    def inputs(self) -> Inputs:
        """What the shell would hand in now."""
        reported_at = self.now.replace(second=0, microsecond=0)
        if self.silent or not self.reports:
            reported_at = self.changed_at + self.lag if self.now - self.changed_at >= self.lag else at("00:00")
        answered_at = self.answered_at if self.reports else None
        if answered_at is not None:
            reported_at = max(reported_at, answered_at)
        if not self.limited and reported_at - self.changed_at >= self.lag:
            self.shown = self.shows(self.reserve)
        reading = Reading(self.shown if self.available else None, reported_at, answered_at)
        level_at = self.now.replace(second=0, microsecond=0)
        level = Level(self.level, level_at if self.level_reports else at("00:00"))
        return Inputs(
            settings=replace(self.settings, slot_policy=self.policy),
            battery=Battery(
                reading,
                level,
                self.battery_w,
                self.grid_w,
                self.block,
                OperationMode.BACKUP if self.backup_mode else self.mode,
                reports=self.reports,
                limits=self.limits,
                solar_w=self.solar_w,
            ),
            evidence=self.evidence,
        )

    def owner_sets(self, value: int) -> House:
        """The owner moves the reserve in the Tesla app."""
        self.reserve, self.changed_at = value, self.now
        return self

    def _decide_once(self) -> None:
        for _ in range(5):
            outcome = decide(self.world, self.now, self.inputs())
            self.world, self.last = outcome.world, outcome
            self.told += outcome.activities
            self.refreshes += outcome.decision.refresh
            if outcome.decision.write is not None:
                self._write(outcome.decision.write)
            elif not (outcome.decision.refresh and self.answers and self.available):
                return
            if outcome.decision.refresh and self.answers and self.available:
                self.answered_at = self.now
        raise AssertionError("the core asks for one write after the other at one instant")

    def _write(self, value: int) -> None:
        self.writes.append((self.now, value))
        if self.hangs:
            return
        if self.applies:
            self.reserve, self.changed_at = value, self.now
            if not self.lag and not self.limited:
                self.shown = self.shows(value)
        self.returns(failed=self.fails)

    def returns(self, *, failed: bool) -> House:
        """The call under way comes back."""
        self.world = replace(self.world, memory=note_write_returned(self.world.memory, self.now, failed=failed))
        return self


def power(kw: float, when: str) -> PowerReading:
    """A power that Octopus saw."""
    return PowerReading(kw, at(when))


def times(writes: Iterable[tuple[datetime, int]]) -> list[str]:
    """Writes as ``12:30:00 100``."""
    return [f"{when:%H:%M:%S} {value}" for when, value in writes]
