"""What really is: the plan, what the owner has chosen and wants, what is broken. The player writes it down.

All times are aware and in UTC.
"""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from .batteries import Kind

LONDON = ZoneInfo("Europe/London")
NIGHT_FROM, NIGHT_TO = time(23, 30), time(5, 30)
GUARD_FROM = time(23, 30)
NEWS = timedelta(minutes=10)
"""How long news of Octopus takes to arrive and to be acted on: two polls and a look at the battery."""
_IN_TURN = timedelta(minutes=7)
_IN_TURN_FOR = timedelta(hours=25)
_ONE_BY_ONE = frozenset(
    f"octopus_{kind}" for kind in ("kt_ct_1199", "kt_ct_1188", "limit_leaves_part", "repeated_field_refused")
)


@dataclass(frozen=True, slots=True, order=True)
class Time:
    """A stretch of time, without its end."""

    start: datetime
    end: datetime

    def __contains__(self, at: datetime) -> bool:
        return self.start <= at < self.end

    def touches(self, other: Time) -> bool:
        """Whether they share time."""
        return self.start < other.end and other.start < self.end

    def wider(self, **by: float) -> Time:
        """The same, stretched at both ends."""
        return Time(self.start - timedelta(**by), self.end + timedelta(**by))


def united(times: list[Time], gap: timedelta = timedelta(minutes=5)) -> list[Time]:
    """Times, joined where at most ``gap`` lies between them, in order."""
    result: list[Time] = []
    for each in sorted(times):
        if result and each.start - result[-1].end <= gap:
            result[-1] = Time(result[-1].start, max(result[-1].end, each.end))
        else:
            result.append(each)
    return result


def nights_around(at: datetime, starts: time = NIGHT_FROM, ends: time = NIGHT_TO) -> list[Time]:
    """The nights of London around a moment."""
    day = at.astimezone(LONDON).date()
    return [
        Time(
            datetime.combine(day + timedelta(days=ahead), starts, LONDON).astimezone(ZoneInfo("UTC")),
            datetime.combine(day + timedelta(days=ahead + 1), ends, LONDON).astimezone(ZoneInfo("UTC")),
        )
        for ahead in range(-3, 4)
    ]


class Where(StrEnum):
    """What a disturbance disturbs."""

    OCTOPUS = "octopus"
    WRITES = "writes"
    READS = "reads"
    BLOCK = "block"
    EVIDENCE = "evidence"


@dataclass(slots=True)
class Disturbance:
    """Something that is broken, from when until when, and how long afterwards its effects may still be seen."""

    kind: str
    where: Where
    start: datetime
    recovery: timedelta
    end: datetime | None = None

    def is_felt(self, at: datetime) -> bool:
        """Whether it is on, or was so recently that nobody can blame the integration."""
        return self.end is None or at < self.end + self.recovery


@dataclass(slots=True)
class TrueSlot:
    """A slot as Octopus has had it: the time of it that was real, and every time it was ever listed with.

    ``cut`` is when it was withdrawn before its end.
    """

    name: str
    device: str
    type: str | None
    start: datetime
    end: datetime
    listed_at: datetime
    is_listed: bool = True
    gone_at: datetime | None = None
    changed_at: datetime | None = None
    pieces: list[Time] = field(default_factory=list)
    ever: list[Time] = field(default_factory=list)
    cut: set[datetime] = field(default_factory=set)

    @property
    def is_smart(self) -> bool:
        """Whether it counts."""
        return self.type in ("SMART", None)

    def times(self) -> list[Time]:
        """The time in which it was or will be a slot."""
        return [*self.pieces, *([Time(self.start, self.end)] if self.is_listed and self.start < self.end else [])]

    def all_times(self) -> list[Time]:
        """Every time it ever had."""
        return [*self.ever, *self.times()]

    def gone(self, at: datetime) -> None:
        """It is not listed any more: what of it is past stays."""
        self.ever.append(Time(self.start, self.end))
        if self.start < at:
            self.pieces.append(Time(self.start, min(self.end, at)))
        if at < self.end:
            self.cut.add(at)
        self.is_listed, self.gone_at = False, at

    def back(self, at: datetime) -> None:
        """It is listed again."""
        if at < self.end:
            self.is_listed, self.gone_at, self.changed_at = True, None, at

    def moved(self, start: datetime, end: datetime, at: datetime) -> None:
        """It has other edges."""
        self.ever.append(Time(self.start, self.end))
        self.start, self.end, self.changed_at = start, end, at


@dataclass(frozen=True, slots=True)
class PlanChange:
    """Octopus changed its plan. ``times``: what the slots that changed were and are; ``None``: it may be any."""

    at: datetime
    times: tuple[Time, ...] | None


@dataclass(slots=True)
class Choices:
    """What the owner has chosen, in the words of the options."""

    automation: bool = True
    charge_up: bool = True
    charge_target: int = 100
    night_guard: str = "off"
    usual_reserve: int | None = None
    whole_half_hours: str = "automatic"
    dry_run: bool = False
    slot_policy: str = "automatic"


@dataclass(slots=True)
class Override:
    """The owner changed the reserve in a hold. ``is_sure``: anybody could see that, at once and ever since."""

    value: int
    at: datetime
    until: datetime
    is_sure: bool


@dataclass(slots=True)
class Truth:
    """Everything that the model needs to know.

    Attributes:
        will: the reserves of which each may be what the owner wants; more than one where nobody could tell.
        will_at: when that was last settled.
        raised_at: when the integration last wrote something.
        doubts: times of which nobody outside can tell whether the integration holds them, and rightly so.
        maybe: earlier usual reserves, which a hold that began under them may still put back.
        plan_changes: when the plan changed, and what of it.
        seen_held_at: when the value of a hold was last named and seen.
        on_since: since when Home Assistant runs; ``None`` while it does not.
        off: when it did not run.
        left_well: it was stopped for good, and nothing kept it from putting the reserve back.
        levels: the battery's level, now and then.
        ohme: slots and the car are known through Ohme's cloud.
        battery: how the battery is reached, which may show its reserve on a scale of its own.
        devices: how many Octopus plans for, those of another home included.
        set_to: the reserve that the owner set last.
        set_in_vain: the same where nothing came of it.
        stood: the reserve that stood when the computer was switched off; ``None`` where that is not known.
        charged: half hours in which the car charged in a smart slot, and those in which it charged at all.
    """

    will: set[int]
    will_at: datetime
    capped: bool
    has_charger: bool
    ohme: bool = False
    battery: Kind = Kind.TESLA_FLEET
    devices: int = 1
    set_to: int | None = None
    set_in_vain: int | None = None
    stood: int | None = None
    choices: Choices = field(default_factory=Choices)
    raised_at: datetime | None = None
    maybe: set[int] = field(default_factory=set)
    slots: list[TrueSlot] = field(default_factory=list)
    phantoms: list[Time] = field(default_factory=list)
    skipped: list[Time] = field(default_factory=list)
    doubts: list[Time] = field(default_factory=list)
    owner_hold: tuple[Time, str] | None = None
    override: Override | None = None
    disturbances: list[Disturbance] = field(default_factory=list)
    plan_changes: list[PlanChange] = field(default_factory=list)
    seen_held_at: datetime | None = None
    owner_changed_at: datetime | None = None
    charging_changed_at: datetime | None = None
    on_since: datetime | None = None
    off: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    left_well: bool = False
    charging: bool | None = None
    levels: list[tuple[datetime, float]] = field(default_factory=list)
    charged: set[datetime] = field(default_factory=set)
    charged_at_all: set[datetime] = field(default_factory=set)

    @property
    def cheap_as_a_whole(self) -> bool:
        """Whether a slot is cheap all through, whatever the car does."""
        policy = self.choices.slot_policy
        return policy == "whole_slot" or (policy == "automatic" and not self.capped)

    @property
    def widens(self) -> bool:
        """Whether slots are held for the whole half hours that they touch."""
        choice = self.choices.whole_half_hours
        return choice == "on" or (choice == "automatic" and self.cheap_as_a_whole and not self.ohme)

    def read_as(self, reserve: int) -> set[int]:
        """A reserve that the owner has set, and what is read of it: that is what a hold finds and puts back."""
        return {reserve, round(self.battery.shown(reserve))}

    def slot(self, name: str) -> TrueSlot | None:
        """A slot by its name."""
        return next((slot for slot in self.slots if slot.name == name), None)

    def news(self, at: datetime) -> timedelta:
        """How long news takes: more with several devices, for a day after Octopus answered for one at a time only."""
        asked_for = [each for each in self.disturbances if each.kind in _ONE_BY_ONE and each.start <= at]
        in_turn = any(each.end is None or at < each.end + _IN_TURN_FOR for each in asked_for)
        return NEWS + _IN_TURN * (self.devices - 1) if in_turn else NEWS

    def felt(self, at: datetime, *where: Where) -> list[Disturbance]:
        """What is or was just broken there."""
        return [each for each in self.disturbances if each.where in where and each.start <= at and each.is_felt(at)]

    def broken_since(self, start: datetime, at: datetime, *where: Where) -> bool:
        """Whether anything there was broken, or felt, between two moments."""
        return bool(self.all_felt(start, at, *where))

    def all_felt(self, start: datetime, at: datetime, *where: Where) -> list[Disturbance]:
        """What was broken there, or felt, between two moments."""
        return [
            each
            for each in self.disturbances
            if each.where in where and each.start <= at and (each.end is None or each.end + each.recovery > start)
        ]
