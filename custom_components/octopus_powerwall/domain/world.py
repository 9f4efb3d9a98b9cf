"""All that is known between two looks, and what comes in from outside."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .codec import Percent
from .model import JOIN_GAP, Account, Device, Dispatch, Interval, Poll, join, subtract
from .plan.car_guard import CarSession
from .plan.dispatches import Plan, take_poll
from .plan.timeline import NIGHT_GUARD, SpanKind
from .price.agreements import choose_home
from .price.contradiction import ChargerRecord
from .price.tariffs import SlotPolicy, Tariff, Treatment
from .reserve.memory import Memory
from .reserve.situation import Battery
from .settings import Intent, PolicyChoice, Settings, Wishes
from .windows import DailyWindow, midday_before

CLOCK_TOLERANCE = timedelta(minutes=2)
RECORD_KEPT = timedelta(days=14)
# No account has a third of this. What is kept of rows, here and in the plan, stays under a thousand (design 3.10).
MOST_COMPLETED = 150
MOST_RECORDED = 400


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

    def prune(self, now: datetime) -> Record:
        """Return the same without what is too old, and what a clock that was ahead has put into the future."""
        oldest = now - RECORD_KEPT
        slots = tuple(slot for slot in self.slots if oldest < slot.end <= now)[-MOST_RECORDED:]
        holds = tuple(hold for hold in self.holds if oldest < hold.interval.end <= now)[-MOST_RECORDED:]
        if len(slots) == len(self.slots) and len(holds) == len(self.holds):
            return self
        return Record(slots, holds)

    def with_slots(self, ended: Iterable[Interval]) -> Record:
        """Return the same with slots that have ended; those already known are not doubled."""
        ended = tuple(ended)
        if not ended or ended == self.slots[-len(ended) :]:
            return self
        slots = join((*self.slots, *ended))
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
        cap_seen: a device of the home says that Octopus limits its charging by the day, whatever the tariff's code.
        without_car_since: since when no car or charger has been under smart control.
        unreadable_since: since when no plan of any usable device could be read, although Octopus answers; not on disk.
        known_slots: the slots of the last look.
        clock_skew: Octopus' clock minus ours, as last seen; not on disk.
        slot_running: a slot ran at the last look.
        record: what was.
        car_session: since when the car has been charging, where the battery is to be kept out of it.
        held_for: why there has been a hold since it began.
        account_key: a digest of the account's number, so that the store holds no number.
        charger_record: what the picked entity said, and when Octopus' reports contradicted it.
        owners_reserve: the reserve as last read while nothing of ours stood or could still land.
    """

    plan: Plan = field(default_factory=Plan)
    charger_plan: Plan = field(default_factory=Plan)
    memory: Memory = field(default_factory=Memory)
    wishes: Wishes = field(default_factory=Wishes)
    account: Account | None = None
    completed: tuple[Dispatch, ...] = ()
    charged: tuple[datetime, ...] = ()
    devices: tuple[Device, ...] = ()
    cap_seen: bool = False
    without_car_since: datetime | None = None
    unreadable_since: datetime | None = None
    known_slots: tuple[Interval, ...] = ()
    clock_skew: timedelta | None = None
    slot_running: bool = False
    record: Record = field(default_factory=Record)
    car_session: CarSession | None = None
    held_for: tuple[SpanKind, ...] = ()
    account_key: str | None = None
    charger_record: ChargerRecord = field(default_factory=ChargerRecord)
    owners_reserve: Percent | None = None

    def strip_for_disk(self) -> World:
        """Return the part that is kept on disk."""
        account = self.account.without_addresses() if self.account else None
        return replace(
            self,
            memory=self.memory.strip_for_disk(),
            account=account,
            devices=(),
            unreadable_since=None,
            clock_skew=None,
            charger_record=self.charger_record.strip_for_disk(),
        )

    def of_account(self, account_key: str) -> World:
        """Return the same for an account. Of another one nothing is known; the hold stays, and what was (design 2)."""
        if self.account_key in {None, account_key}:
            return replace(self, account_key=account_key)
        return World(
            memory=self.memory, record=self.record, account_key=account_key, owners_reserve=self.owners_reserve
        )


@dataclass(frozen=True, slots=True)
class Inputs:
    """What comes in from outside for one look.

    ``evidence`` is what the picked entity says of the car: charging, not charging, or nothing; at
    ``evidence_wake_at`` it is to be looked at again, and ``evidence_key`` tells one entity, with its threshold, from
    another. ``charger_evidence`` is what the source of slots itself says, where that is the charger's own cloud.
    ``car_stopped_at`` is since when the car has not been seen charging, as far as that is known. ``sun_target`` is how
    far guard and slots charge at most, in percent, where room is left for the sun (design 9.6).
    """

    settings: Settings = field(default_factory=Settings)
    battery: Battery = field(default_factory=Battery)
    evidence: bool | None = None
    charger_evidence: bool | None = None
    car_stopped_at: datetime | None = None
    evidence_wake_at: datetime | None = None
    evidence_key: str | None = None
    sun_target: int | None = None


def with_poll(world: World, poll: Poll, home: str | None = None) -> World:
    """Take in an answer of Octopus; ``home`` is the option that says which of several homes is ours."""
    home = choose_home(world.account, home).property_id
    usable = tuple(device for device in poll.devices if device.usable and device.is_at(home))
    plan = take_poll(world.plan, poll, home)
    reads = tuple(read for read in poll.reads if read.device.is_at(home))
    is_unreadable = bool(reads) and all(read.dispatches is None for read in reads)
    completed = _merge_completed(world.completed, _of_this_home(poll, plan, home))
    return replace(
        world,
        plan=plan,
        devices=poll.devices,
        completed=completed,
        charger_record=_compare_charger(world.charger_record, poll, completed, usable),
        cap_seen=_cap_seen(world, usable),
        without_car_since=None if usable else (world.without_car_since or poll.at),
        unreadable_since=(world.unreadable_since or poll.at) if is_unreadable else None,
        clock_skew=poll.clock_skew,
    )


def with_charger_poll(world: World, poll: Poll) -> World:
    """Take in an answer of the charger's own cloud."""
    return replace(world, charger_plan=take_poll(world.charger_plan, poll))


def _compare_charger(
    record: ChargerRecord, poll: Poll, completed: Iterable[Dispatch], usable: Iterable[Device]
) -> ChargerRecord:
    """Return what the picked entity said, compared with what Octopus reports.

    For an Ohme that comes after unplugging.
    """
    if poll.completed is None:
        return record
    rows_are_timely = all(device.provider != "OHME" for device in usable)
    return record.compare(completed, poll.at, rows_are_timely=rows_are_timely)


def _cap_seen(world: World, usable: Iterable[Device]) -> bool:
    """Whether a device shows a charge cap; what was seen stays where none says anything."""
    said = [device.capped for device in usable if device.capped is not None]
    return any(said) if said else world.cap_seen


def _of_this_home(poll: Poll, plan: Plan, home: str | None) -> Poll:
    """Completed rows are of the whole account: where cars charge in two homes, only those in slots of ours are ours."""
    if poll.completed is None or all(device.is_at(home) for device in poll.devices if device.is_charger):
        return poll
    ours = plan.intervals()
    completed = tuple(row for row in poll.completed if any(row.interval.overlaps(slot) for slot in ours))
    return replace(poll, completed=completed)


def _merge_completed(known: tuple[Dispatch, ...], poll: Poll) -> tuple[Dispatch, ...]:
    """Return the newest list and what it no longer reaches: Octopus looks back half a day, the allowance one day."""
    if poll.completed is None:
        return known
    midday = midday_before(poll.at)
    reaches_to = min((dispatch.start for dispatch in poll.completed), default=poll.at)
    earlier = (dispatch for dispatch in known if dispatch.end > midday and dispatch.end <= reaches_to)
    newest_last = sorted((*earlier, *poll.completed), key=lambda dispatch: dispatch.start)
    return tuple(newest_last[-MOST_COMPLETED:])


def clock_agrees(world: World) -> bool:
    """Whether our clock and Octopus' differ by at most two minutes, as far as known (design 6)."""
    return world.clock_skew is None or abs(world.clock_skew) <= CLOCK_TOLERANCE


def policy_of(tariff: Tariff, choice: PolicyChoice, *, cap_seen: bool = False) -> SlotPolicy:
    """Return what a planned slot is worth: the owner's word, else a device's, else the tariff's."""
    if choice is PolicyChoice.AUTOMATIC:
        return SlotPolicy.CHARGE_CAP if cap_seen else (tariff.policy or SlotPolicy.CHARGE_CAP)
    return SlotPolicy(choice.value)


def find_guarded_windows(tariff: Tariff) -> tuple[DailyWindow, ...]:
    """Return the windows in which the guard option holds (design 5.9)."""
    match tariff.treatment:
        case Treatment.SLOTS:
            return (NIGHT_GUARD,)
        case Treatment.WINDOWS:
            return tariff.cheap
        case _:
            return ()


def grow_skips(wishes: Wishes, plan: Plan, known: Iterable[Interval]) -> Wishes:
    """Skipped slots keep being skipped when Octopus moves or stretches them.

    What was a slot of its own at the last look (``known``) is not skipped because the two have grown together.
    """
    if not wishes.skipped:
        return wishes
    known = tuple(known)
    slots = join(plan.intervals(), JOIN_GAP)
    grown = list(wishes.skipped)
    for skipped in wishes.skipped:
        others = [slot for slot in known if not slot.overlaps(skipped)]
        mine = subtract((slot for slot in slots if slot.overlaps(skipped)), others)
        grown += [part for part in mine if part.overlaps(skipped)]
    skips = join(grown)
    return wishes if skips == wishes.skipped else replace(wishes, skipped=skips)
