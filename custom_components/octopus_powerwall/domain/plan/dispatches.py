"""What Octopus plans: the rows that count, their age, and when a running slot has really been withdrawn.

Octopus' list is a snapshot of the future. Rows that have ended vanish from it, running ones get a new start, others
come late or go early (facts/octopus.md 3.1). ``Plan`` therefore keeps two things apart: the rows of each device as last
listed, and the time that lay in a slot when it passed. Together they are what the timeline is made of.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from ..model import JOIN_GAP, Device, Interval, Poll, join
from ..windows import half_hour_of
from .device_plan import (
    KEPT_PAST,
    DevicePlan,
    Doubt,
    PlannedRow,
    take_answer,
    take_unfollowed,
    take_unread,
    take_vanished,
)

# No account has a tenth of this. What is kept of rows, here and elsewhere, stays under a thousand (design 3.10).
MOST_ROWS = 200
MOST_PAST = 100
MOST_BOOSTS = 60


@dataclass(frozen=True, slots=True)
class DeviceStatement:
    """What one device says of the slot at an instant: when Octopus last listed it there, and what doubt there is.

    ``key`` is ``None`` where no device is known to have been meant.
    """

    key: str | None
    read_at: datetime | None
    doubt: Doubt | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is known of an account's dispatches at ``advanced_to``.

    Attributes:
        devices: the rows of each usable device.
        past: time that lay in a slot when it passed, the last two days of it.
        boosted: time that lay in a boost or test when it passed: never cheap, never held.
        read_at: the last poll that Octopus answered.
        withdrawn_at: when a running slot last counted as withdrawn.
        advanced_to: the instant up to which ``past`` is complete.
    """

    devices: tuple[DevicePlan, ...] = ()
    past: tuple[Interval, ...] = ()
    boosted: tuple[Interval, ...] = ()
    read_at: datetime | None = None
    withdrawn_at: datetime | None = None
    advanced_to: datetime | None = field(default=None)

    @property
    def rows(self) -> tuple[PlannedRow, ...]:
        """Every row that counts, of all devices, with the carried ones."""
        return tuple(row for device in self.devices for row in device.all_rows)

    @property
    def boosts(self) -> tuple[Interval, ...]:
        """The boosts and tests of all devices."""
        return tuple(boost for device in self.devices for boost in device.boosts)

    def intervals(self) -> tuple[Interval, ...]:
        """Return the rows and the past as unjoined time."""
        return self.past + tuple(row.dispatch.interval for row in self.rows)

    def is_listed_at(self, at: datetime) -> bool:
        """Whether a row that counts covers an instant."""
        return any(at in row.dispatch.interval for row in self.rows)

    def slot_at(self, at: datetime) -> Interval | None:
        """Return the joined slot that an instant lies in."""
        return next((interval for interval in join(self.intervals(), JOIN_GAP) if at in interval), None)

    def statements_at(self, at: datetime) -> tuple[DeviceStatement, ...]:
        """Return what each device says of the slot at an instant; at least one statement.

        Those speak whose rows cover the instant, failing them those that have another row ahead in its slot. A half
        hour that is kept although its slot was withdrawn (design 3.2) has no row any more: the devices speak that were
        in a slot in it, and what is known is as old as the last answer.
        """
        covering = _find_statements(self.devices, at, lambda row: at in row.dispatch.interval)
        if covering:
            return covering
        slot = self.slot_at(at)
        if slot is not None:
            # Between two rows of a joined slot: those that are still to come in it.
            ahead = _find_statements(
                self.devices, at, lambda row: row.dispatch.end > at and row.dispatch.interval.overlaps(slot)
            )
            return ahead or (DeviceStatement(None, self.read_at),)
        begun = half_hour_of(at).start
        lately = tuple(
            DeviceStatement(device.key, self.read_at, device.doubt_at(at))
            for device in self.devices
            if device.in_slot_until is not None and begun < device.in_slot_until <= at
        )
        return lately or (DeviceStatement(None, self.read_at),)


def _find_statements(
    devices: Iterable[DevicePlan], at: datetime, speaks: Callable[[PlannedRow], bool]
) -> tuple[DeviceStatement, ...]:
    read = ((device, [row.read_at for row in device.all_rows if speaks(row)]) for device in devices)
    return tuple(DeviceStatement(device.key, max(times), device.doubt_at(at)) for device, times in read if times)


def make_device_key(device: Device) -> str:
    """Return a stable name for a device, from which its id cannot be read."""
    return _digest(device.id)


@lru_cache(maxsize=128)
def _digest(device_id: str) -> str:
    return sha256(device_id.encode()).hexdigest()[:16]


def advance(plan: Plan, now: datetime) -> Plan:
    """Let time pass: what of the listed rows lies before ``now`` becomes past.

    Where the clock was ahead and has come back, what it called past and lies ahead is not past after all (design 3.8).
    """
    since = plan.advanced_to
    if since is not None and now < since:
        return replace(
            plan,
            past=_before(plan.past, now),
            boosted=_before(plan.boosted, now),
            devices=tuple(device.advance(now) for device in plan.devices),
            advanced_to=now,
        )
    has_nothing = not (plan.devices or plan.past or plan.boosted)
    if since is not None and (now == since or has_nothing):
        return plan
    return replace(
        plan,
        past=_elapsed(plan.past, (row.dispatch.interval for row in plan.rows), now, MOST_PAST),
        boosted=_elapsed(plan.boosted, plan.boosts, now, MOST_BOOSTS),
        devices=tuple(device.advance(now) for device in plan.devices),
        advanced_to=now,
    )


def take_poll(plan: Plan, poll: Poll, home: str | None = None) -> Plan:
    """Take in one answer of Octopus (design 3.1 and 3.6); only devices of ``home`` count, where that is known."""
    now = poll.at
    plan = advance(plan, now)
    slot = plan.slot_at(now)
    was_running = plan.is_listed_at(now)
    reads = {make_device_key(read.device): read for read in poll.reads if read.device.is_at(home)}
    here = {make_device_key(device) for device in poll.devices if device.is_at(home)}
    elsewhere = {make_device_key(device) for device in poll.devices if not device.is_at(home)}
    earlier = {device.key: device for device in plan.devices if device.key not in elsewhere}

    devices = [
        take_answer(earlier.get(key, DevicePlan(key)), read, plan.past, slot, now) for key, read in reads.items()
    ]
    for key, was in earlier.items():
        if key in reads:
            continue
        if key in here:
            left = take_unfollowed(was, plan.past, slot, now)
            devices += [left] if left.carried else []
        elif poll.skipped:
            devices.append(take_unread(was, now))
        elif (gone := take_vanished(was, now)) is not None:
            devices.append(gone)

    plan = replace(plan, devices=_bound(devices), read_at=now)
    if was_running and not plan.is_listed_at(now):
        plan = replace(plan, withdrawn_at=now)
    # What was past stays past even where the rows it came from are gone, and reaches up to this instant.
    return replace(plan, past=_elapsed(plan.past, (row.dispatch.interval for row in plan.rows), now, MOST_PAST))


def _bound(devices: list[DevicePlan]) -> tuple[DevicePlan, ...]:
    """No more rows than can be kept: those that begin first."""
    share = MOST_ROWS // (2 * max(len(devices), 1))
    boosts = MOST_BOOSTS // max(len(devices), 1)
    return tuple(
        replace(device, rows=device.rows[:share], carried=device.carried[:share], boosts=device.boosts[:boosts])
        for device in devices
    )


def _before(past: tuple[Interval, ...], now: datetime) -> tuple[Interval, ...]:
    return tuple(Interval(interval.start, min(interval.end, now)) for interval in past if interval.start < now)


def _elapsed(past: tuple[Interval, ...], current: Iterable[Interval], now: datetime, most: int) -> tuple[Interval, ...]:
    """Add what of the current intervals lies before ``now`` to the past, and forget what is too old or too much."""
    begun = (Interval(interval.start, min(interval.end, now)) for interval in current if interval.start < now)
    kept = tuple(interval for interval in join((*past, *begun)) if interval.end > now - KEPT_PAST)
    return kept if len(kept) <= most else join(kept, JOIN_GAP)[-most:]
