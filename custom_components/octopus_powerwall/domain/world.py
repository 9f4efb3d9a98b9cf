"""All that is known between two looks, and what comes in from outside."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from .model import Account, Agreement, Device, Dispatch, Interval, Poll, joined
from .plan.car_guard import CarSession
from .plan.dispatches import JOIN_GAP, Plan, polled
from .plan.timeline import NIGHT_GUARD, SpanKind, tail_of
from .price.tariffs import INTELLIGENT_GO_CAPPED, SlotPolicy, Tariff, Treatment, tariff_of
from .reserve.memory import Memory
from .reserve.situation import Battery
from .settings import Intent, Settings, Wishes
from .windows import DailyWindow, midday_before

# Octopus ends one agreement and begins the next, now and then with a gap between them.
AGREEMENT_GAP = timedelta(days=2)
CLOCK_TOLERANCE = timedelta(minutes=2)
RECORD_KEPT = timedelta(days=14)


class PolicyChoice(StrEnum):
    """The option ``slot_policy``."""

    AUTOMATIC = "automatic"
    WHOLE_SLOT = "whole_slot"
    CONFIRMED_ONLY = "confirmed_only"


@dataclass(frozen=True, slots=True, order=True)
class HeldPeriod:
    """A hold of the past, for the calendar: when, for what, the highest value that was asked for, and why."""

    interval: Interval
    intent: Intent
    reserve_pct: int | None
    causes: tuple[SpanKind, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """What was, for the calendar: slots and holds of the last fourteen days."""

    slots: tuple[Interval, ...] = ()
    holds: tuple[HeldPeriod, ...] = ()

    def pruned(self, now: datetime) -> Record:
        """The same without what is too old."""
        oldest = now - RECORD_KEPT
        if all(slot.end > oldest for slot in self.slots) and all(hold.interval.end > oldest for hold in self.holds):
            return self
        return Record(
            tuple(slot for slot in self.slots if slot.end > oldest),
            tuple(hold for hold in self.holds if hold.interval.end > oldest),
        )

    def with_slots(self, ended: Iterable[Interval]) -> Record:
        """The same with slots that have ended; those already known are not doubled."""
        slots = joined((*self.slots, *ended))
        return self if slots == self.slots else replace(self, slots=slots)


@dataclass(frozen=True, slots=True)
class World:
    """Everything that is remembered of one entry between two looks; on disk before a write goes out.

    Attributes:
        plan: Octopus' dispatches.
        charger_plan: what the charger's own cloud plans, where that is a source of slots (design 10).
        memory: the hold.
        wishes: what the owner asked for by hand.
        account: the import agreements, as last read.
        completed: dispatches that Octopus reports as done.
        charged: half hours in which we saw the car charge inside a smart dispatch.
        devices: the account's devices, as last read; not on disk.
        clock_skew: Octopus' clock minus ours, as last seen; not on disk.
        slot_running: a slot ran at the last look.
        record: what was.
        car_session: since when the car has been charging, where the battery is to be kept out of it.
        held_for: why there has been a hold since it began.
    """

    plan: Plan = field(default_factory=Plan)
    charger_plan: Plan = field(default_factory=Plan)
    memory: Memory = field(default_factory=Memory)
    wishes: Wishes = field(default_factory=Wishes)
    account: Account | None = None
    completed: tuple[Dispatch, ...] = ()
    charged: tuple[datetime, ...] = ()
    devices: tuple[Device, ...] = ()
    clock_skew: timedelta | None = None
    slot_running: bool = False
    record: Record = field(default_factory=Record)
    car_session: CarSession | None = None
    held_for: tuple[SpanKind, ...] = ()

    def durable(self) -> World:
        """The part that is kept on disk."""
        return replace(self, memory=self.memory.durable(), devices=(), clock_skew=None)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What comes in from outside for one look.

    ``evidence`` is what the picked entity says of the car: charging, not charging, or nothing; at
    ``evidence_wake_at`` it is to be looked at again. ``charger_evidence`` is what the source of slots itself says,
    where that is the charger's own cloud. ``car_stopped_at`` is since when the car has not been seen charging, as far
    as that is known.
    """

    settings: Settings = field(default_factory=Settings)
    policy: PolicyChoice = PolicyChoice.AUTOMATIC
    battery: Battery = field(default_factory=Battery)
    evidence: bool | None = None
    charger_evidence: bool | None = None
    car_stopped_at: datetime | None = None
    evidence_wake_at: datetime | None = None


def with_poll(world: World, poll: Poll) -> World:
    """Take in an answer of Octopus."""
    return replace(
        world,
        plan=polled(world.plan, poll),
        devices=poll.devices,
        completed=_completed(world.completed, poll),
        clock_skew=poll.clock_skew,
    )


def with_charger_poll(world: World, poll: Poll) -> World:
    """Take in an answer of the charger's own cloud."""
    return replace(world, charger_plan=polled(world.charger_plan, poll))


def _completed(known: tuple[Dispatch, ...], poll: Poll) -> tuple[Dispatch, ...]:
    """The newest list, and what it no longer reaches: Octopus looks back half a day, the allowance a whole one."""
    if poll.completed is None:
        return known
    midday = midday_before(poll.at)
    reaches_to = min((dispatch.start for dispatch in poll.completed), default=poll.at)
    earlier = (dispatch for dispatch in known if dispatch.end > midday and dispatch.end <= reaches_to)
    return (*earlier, *poll.completed)


def clock_agrees(world: World) -> bool:
    """Whether our clock and Octopus' differ by at most two minutes, as far as known (design 6)."""
    return world.clock_skew is None or abs(world.clock_skew) <= CLOCK_TOLERANCE


def agreement_at(account: Account | None, now: datetime) -> Agreement | None:
    """The import agreement in force, or the one that ended last while the next has not begun."""
    if account is None:
        return None
    current = account.agreement_at(now)
    if current is not None:
        return current
    ended = (
        agreement
        for agreement in account.agreements
        if agreement.valid_to is not None and now - AGREEMENT_GAP <= agreement.valid_to <= now
    )
    return max(ended, key=lambda agreement: agreement.valid_from, default=None)


def tariff_at(account: Account | None, now: datetime) -> Tariff:
    """The tariff in force. An account that was never read counts as one with a charge cap (design 2).

    So does Intelligent Octopus Go that has ended while nothing follows yet: nobody knows what its slots cost now.
    """
    if account is None:
        return INTELLIGENT_GO_CAPPED
    agreement = agreement_at(account, now)
    if agreement is None:
        return tariff_of(None)
    tariff = tariff_of(agreement.product_code, agreement.display_name, bool(agreement.four_rate))
    return INTELLIGENT_GO_CAPPED if tariff.has_slots and not agreement.valid_at(now) else tariff


def policy_of(tariff: Tariff, choice: PolicyChoice) -> SlotPolicy:
    """What a planned slot is worth: the owner's word, else the tariff's."""
    if choice is PolicyChoice.AUTOMATIC:
        return tariff.policy or SlotPolicy.CHARGE_CAP
    return SlotPolicy(choice.value)


def guarded_windows(tariff: Tariff) -> tuple[DailyWindow, ...]:
    """The windows in which the guard option holds (design 5.9)."""
    match tariff.treatment:
        case Treatment.SLOTS:
            return (NIGHT_GUARD,)
        case Treatment.WINDOWS:
            return tariff.cheap
        case _:
            return ()


def with_grown_skips(wishes: Wishes, plan: Plan) -> Wishes:
    """Skipped slots keep being skipped when Octopus moves or stretches them, and take their tail with them."""
    if not wishes.skipped:
        return wishes
    grown = []
    for skipped in wishes.skipped:
        whole = skipped
        for slot in joined(plan.intervals(), JOIN_GAP):
            if slot.overlaps(skipped):
                tail = tail_of(slot)
                whole = Interval(min(whole.start, slot.start), max(whole.end, tail.end if tail else slot.end))
        grown.append(whole)
    skips = joined(grown)
    return wishes if skips == wishes.skipped else replace(wishes, skipped=skips)
