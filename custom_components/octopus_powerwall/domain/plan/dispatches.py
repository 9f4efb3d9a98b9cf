"""What Octopus plans: the rows that count, their age, and when a running slot has really been withdrawn.

Octopus' list is a snapshot of the future. Rows that have ended vanish from it, running ones get a new start, others
come late or go early (facts/octopus.md 3.1). ``Plan`` therefore keeps two things apart: the rows as last listed, and
the time that lay in a slot when it passed. Together they are what the timeline is made of.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from ..model import Device, DeviceRead, Dispatch, DispatchType, Interval, Poll, joined

LONGEST_DISPATCH = timedelta(hours=24)
FURTHEST_START = timedelta(days=7)
JOIN_GAP = timedelta(minutes=5)
# Two polls a minute apart differ by some milliseconds, either way.
WITHDRAWN_AFTER = timedelta(seconds=59)
KEPT_PAST = timedelta(hours=50)
UNREACHABLE_STATES = frozenset({"SMART_CONTROL_NOT_AVAILABLE", "LOST_CONNECTION"})


@dataclass(frozen=True, slots=True, order=True)
class PlannedRow:
    """A planned dispatch that counts, and when Octopus last listed it."""

    dispatch: Dispatch
    read_at: datetime


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """The rows of one device. ``key`` is a digest of the device's id, so that the store holds no id."""

    key: str
    rows: tuple[PlannedRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is known of an account's dispatches at ``advanced_to``.

    Attributes:
        devices: the rows of each usable device as last listed.
        carried: rows of the running slot that the newest list lacks, until they count as withdrawn.
        vanished_at: the first whole poll that lacked the running slot.
        past: time that lay in a slot when it passed, the last two days of it.
        boosted: time that lay in a boost or test when it passed: never cheap, never held.
        boosts: boost and test dispatches as last listed.
        read_at: the last poll that Octopus answered.
        advanced_to: the instant up to which ``past`` is complete.
    """

    devices: tuple[DevicePlan, ...] = ()
    carried: tuple[PlannedRow, ...] = ()
    vanished_at: datetime | None = None
    past: tuple[Interval, ...] = ()
    boosted: tuple[Interval, ...] = ()
    boosts: tuple[Interval, ...] = ()
    read_at: datetime | None = None
    advanced_to: datetime | None = field(default=None)

    @property
    def rows(self) -> tuple[PlannedRow, ...]:
        """Every row that counts, of all devices, with the carried ones."""
        return tuple(row for device in self.devices for row in device.rows) + self.carried

    def intervals(self) -> tuple[Interval, ...]:
        """The rows and the past as unjoined time."""
        return self.past + tuple(row.dispatch.interval for row in self.rows)


def device_key(device: Device) -> str:
    """A stable name for a device that gives its id away to nobody."""
    return sha256(device.id.encode()).hexdigest()[:16]


def counts(dispatch: Dispatch, now: datetime) -> bool:
    """Whether a planned dispatch counts as a slot (design 3.1); its device is judged elsewhere."""
    return (
        dispatch.type in (DispatchType.SMART, None)
        and dispatch.location != "AWAY"
        and dispatch.start < dispatch.end
        and dispatch.end - dispatch.start <= LONGEST_DISPATCH
        and dispatch.start <= now + FURTHEST_START
        and dispatch.end > now - KEPT_PAST
    )


def advanced(plan: Plan, now: datetime) -> Plan:
    """Let time pass: what of the listed rows lies before ``now`` becomes past. Clocks that jump back change nothing."""
    since = plan.advanced_to
    if since is None:
        # Before the first look nothing was witnessed: a row that began earlier counts from its own start.
        since = now - KEPT_PAST
    if now <= since:
        return plan
    return replace(
        plan,
        past=_elapsed(plan.past, (row.dispatch.interval for row in plan.rows), now),
        boosted=_elapsed(plan.boosted, plan.boosts, now),
        carried=tuple(row for row in plan.carried if row.dispatch.end > now),
        advanced_to=now,
    )


def polled(plan: Plan, poll: Poll) -> Plan:
    """Take in one answer of Octopus (design 3.1 and 3.6)."""
    now = poll.at
    plan = advanced(plan, now)
    running = _running(plan, now)

    earlier = {device.key: device for device in plan.devices}
    devices = []
    whole = poll.skipped == 0
    for read in poll.reads:
        key = device_key(read.device)
        was = earlier.get(key, DevicePlan(key))
        listed = _listed(read, now)
        if not _is_whole(read):
            # The earlier rows stay, with their age. What is readable beside them is news and counts at once: one odd
            # row that never goes away must not blind the owner to all later slots.
            whole = False
            known = {row.dispatch for row in listed}
            listed += tuple(row for row in was.rows if row.dispatch not in known and row.dispatch.end > now)
        devices.append(DevicePlan(key, listed))
    if poll.skipped:
        # One of the devices could not be read: what is known of it stays.
        seen = {device_key(device) for device in poll.devices}
        devices += [_still_ahead(device, now) for key, device in earlier.items() if key not in seen]

    plan = replace(
        plan,
        devices=tuple(devices),
        carried=(),
        boosts=tuple(
            dispatch.interval
            for read in poll.reads
            for dispatch in read.dispatches or ()
            if dispatch.type in (DispatchType.BOOST, DispatchType.TEST)
            and dispatch.end - dispatch.start <= LONGEST_DISPATCH
        ),
        read_at=now,
    )
    # What was past stays past even where the rows it came from are gone, and reaches up to this instant.
    plan = replace(plan, past=_elapsed(plan.past, (row.dispatch.interval for row in plan.rows), now))
    if not running or _covered(plan, now):
        return replace(plan, vanished_at=None)
    vanished_at = plan.vanished_at
    if whole and vanished_at is not None and now - vanished_at >= WITHDRAWN_AFTER:
        return replace(plan, vanished_at=None)
    if whole and vanished_at is None:
        vanished_at = now
    return replace(plan, carried=running, vanished_at=vanished_at)


def _still_ahead(device: DevicePlan, now: datetime) -> DevicePlan:
    return DevicePlan(device.key, tuple(row for row in device.rows if row.dispatch.end > now))


def _is_whole(read: DeviceRead) -> bool:
    """Whether the answer for a device can be taken as its whole plan."""
    if read.dispatches is None or read.skipped:
        return False
    return bool(read.dispatches) or read.device.state not in UNREACHABLE_STATES


def _listed(read: DeviceRead, now: datetime) -> tuple[PlannedRow, ...]:
    """The rows of a read that count, without duplicates, in order."""
    return tuple(
        PlannedRow(dispatch, now)
        for dispatch in sorted(
            {dispatch for dispatch in read.dispatches or () if counts(dispatch, now)},
            key=lambda dispatch: (dispatch.start, dispatch.end, dispatch.energy_kwh or 0.0),
        )
    )


def _covered(plan: Plan, now: datetime) -> bool:
    """Whether the newest list has a slot that runs. Time that has passed since it came in says nothing of that."""
    past = (Interval(past.start, min(past.end, now)) for past in plan.past if past.start < now)
    rows = (row.dispatch.interval for row in plan.rows)
    return any(now in interval for interval in joined((*past, *rows), JOIN_GAP))


def _running(plan: Plan, now: datetime) -> tuple[PlannedRow, ...]:
    """The rows that make up what is left of the slot running now; empty when none runs."""
    slot = next((interval for interval in joined(plan.intervals(), JOIN_GAP) if now in interval), None)
    if slot is None:
        return ()
    return tuple(row for row in plan.rows if row.dispatch.end > now and row.dispatch.interval.overlaps(slot))


def _elapsed(past: tuple[Interval, ...], current: Iterable[Interval], now: datetime) -> tuple[Interval, ...]:
    """Add what of the current intervals lies before ``now`` to the past, and forget what is too old."""
    begun = (Interval(interval.start, min(interval.end, now)) for interval in current if interval.start < now)
    return tuple(interval for interval in joined((*past, *begun)) if interval.end > now - KEPT_PAST)
