"""What one device plans: its rows, whether its answer was whole, when its running slot is withdrawn (design 3.6)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ..model import JOIN_GAP, Device, DeviceRead, Dispatch, DispatchType, Interval, join

LONGEST_DISPATCH = timedelta(hours=24)
FURTHEST_START = timedelta(days=7)
# Two polls a minute apart differ by some milliseconds, either way.
WITHDRAWN_AFTER = timedelta(seconds=59)
KEPT_PAST = timedelta(hours=50)
HELD_WHILE_AWAY = timedelta(minutes=30)
RETURNS_WITHIN = timedelta(minutes=30)
DAMPED_AFTER_RETURNS = 2


class Doubt(StrEnum):
    """Why the rows of a device prove nothing certain, whatever it lists (design 2)."""

    AWAY = "away"
    BOOSTING = "boosting"
    TESTING = "testing"
    NOT_CONTROLLED = "not_controlled"
    VANISHED = "vanished"
    UNSTEADY = "unsteady"


# Octopus' own meanings of the states: second_round.md 2. A state that is not listed is no doubt.
_DOUBTS = {
    "SMART_CONTROL_NOT_AVAILABLE": Doubt.AWAY,
    "TEST_CHARGE_NOT_AVAILABLE": Doubt.AWAY,
    "SETUP_COMPLETE": Doubt.AWAY,
    "BOOSTING": Doubt.BOOSTING,
    "TEST_CHARGE_IN_PROGRESS": Doubt.TESTING,
    "TEST_CHARGE_FAILED": Doubt.TESTING,
    "SMART_CONTROL_OFF": Doubt.NOT_CONTROLLED,
    "AUTHENTICATION_PENDING": Doubt.NOT_CONTROLLED,
    "AUTHENTICATION_FAILED": Doubt.NOT_CONTROLLED,
    "AUTHENTICATION_COMPLETE": Doubt.NOT_CONTROLLED,
    "RETIRED": Doubt.NOT_CONTROLLED,
}
_UNDER_CONTROL = frozenset({"SMART_CONTROL_CAPABLE", "SMART_CONTROL_IN_PROGRESS"})
_UNREACHABLE = "LOST_CONNECTION"
# An empty plan in one of these states means that the car is unplugged or away.
_AWAY_STATES = frozenset({"SMART_CONTROL_NOT_AVAILABLE", "TEST_CHARGE_NOT_AVAILABLE"})


@dataclass(frozen=True, slots=True, order=True)
class PlannedRow:
    """A planned dispatch that counts, and when Octopus last listed it."""

    dispatch: Dispatch
    read_at: datetime


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """All that is known of the dispatches of one device.

    Attributes:
        key: a digest of the device's id, so that the store holds no id.
        rows: its rows as last listed.
        carried: rows of its running slot that the newest list lacks, until they count as withdrawn.
        boosts: its boost and test dispatches as last listed.
        doubt: why its rows prove nothing certain at present.
        in_doubt_since: since when there is that doubt.
        vanished_at: the first whole answer that lacked its running slot.
        withdrawn_at: when its running slot was last withdrawn.
        returns: how often a withdrawn slot has come back within half an hour.
        in_slot_until: the latest instant at which a row of its own was running.
    """

    key: str
    rows: tuple[PlannedRow, ...] = ()
    carried: tuple[PlannedRow, ...] = ()
    boosts: tuple[Interval, ...] = ()
    doubt: Doubt | None = None
    in_doubt_since: datetime | None = None
    vanished_at: datetime | None = None
    withdrawn_at: datetime | None = None
    returns: int = 0
    in_slot_until: datetime | None = None

    @property
    def all_rows(self) -> tuple[PlannedRow, ...]:
        """The rows listed and those carried."""
        return self.rows + self.carried

    def doubt_at(self, at: datetime) -> Doubt | None:
        """Return the doubt that there is at an instant: a boost or test that runs is one, whatever the state says."""
        if self.doubt is None and any(at in boost for boost in self.boosts):
            return Doubt.BOOSTING
        return self.doubt

    def advance(self, now: datetime) -> DevicePlan:
        """Let time pass: note when it was last in a slot, and drop what was carried and is over."""
        begun = [min(row.dispatch.end, now) for row in self.all_rows if row.dispatch.start < now]
        until = max((*begun, *((self.in_slot_until,) if self.in_slot_until else ())), default=None)
        if until is not None:
            until = min(until, now)
        carried = tuple(row for row in self.carried if row.dispatch.end > now)
        if until == self.in_slot_until and carried == self.carried:
            return self
        return replace(self, in_slot_until=until, carried=carried)


def counts(dispatch: Dispatch, now: datetime) -> bool:
    """Whether a planned dispatch counts as a slot (design 3.1); its device is judged elsewhere."""
    return (
        dispatch.type in (DispatchType.SMART, None)
        and dispatch.start < dispatch.end
        and dispatch.end - dispatch.start <= LONGEST_DISPATCH
        and dispatch.start <= now + FURTHEST_START
        and dispatch.end > now - KEPT_PAST
    )


def doubt_of(device: Device) -> Doubt | None:
    """Return what the state of a device says against its rows."""
    if device.suspended is None and device.state not in _UNDER_CONTROL:
        return _DOUBTS.get(device.state or "", Doubt.NOT_CONTROLLED)
    return _DOUBTS.get(device.state or "")


def take_answer(
    was: DevicePlan, read: DeviceRead, past: tuple[Interval, ...], slot: Interval | None, now: datetime
) -> DevicePlan:
    """Take in the answer for one device.

    Args:
        was: what was known of it.
        read: the answer.
        past: time that lay in a slot of the account when it passed.
        slot: the slot that runs now by what was known.
        now: when the answer came.
    """
    known = _in_doubt(was, doubt_of(read.device), now)
    if read.dispatches is None:
        return replace(known, rows=_ahead(was.rows, now))
    listed = _listed(read.dispatches, now)
    known = replace(known, boosts=_boosts(read.dispatches))
    is_lost = not read.dispatches and (read.device.state == _UNREACHABLE or read.device.unread)
    if read.skipped or is_lost:
        # The earlier rows stay, with their age. What is readable beside them is news and counts at once: one odd row
        # that never goes away must not hide all later slots.
        dispatches = {row.dispatch for row in listed}
        earlier = tuple(row for row in _ahead(was.rows, now) if row.dispatch not in dispatches)
        return replace(known, rows=listed + earlier)
    is_away = not read.dispatches and read.device.state in _AWAY_STATES
    return _replace_rows(known, listed, _own_running(was, slot, now), past, now, is_away=is_away)


def take_unfollowed(was: DevicePlan, past: tuple[Interval, ...], slot: Interval | None, now: datetime) -> DevicePlan:
    """Take in that a device is listed and not to be followed any more: suspended, retired, no longer live."""
    known = _in_doubt(was, Doubt.NOT_CONTROLLED, now)
    return _replace_rows(replace(known, boosts=()), (), _own_running(was, slot, now), past, now, is_away=False)


def take_vanished(was: DevicePlan, now: datetime) -> DevicePlan | None:
    """Take in that a device is not listed at all any more; ``None`` once that has lasted for half an hour."""
    gone = _in_doubt(was, Doubt.VANISHED, now)
    if gone.in_doubt_since is not None and now - gone.in_doubt_since >= HELD_WHILE_AWAY:
        return None
    return replace(gone, rows=_ahead(was.rows, now))


def take_unread(was: DevicePlan, now: datetime) -> DevicePlan:
    """Take in that a device's entry could not be read: what is known of it stays."""
    return replace(was, rows=_ahead(was.rows, now))


def _replace_rows(
    known: DevicePlan,
    listed: tuple[PlannedRow, ...],
    running: tuple[PlannedRow, ...],
    past: tuple[Interval, ...],
    now: datetime,
    *,
    is_away: bool,
) -> DevicePlan:
    """Take in a whole list: what it lacks of the running slot is carried until it counts as withdrawn."""
    fresh = replace(known, rows=listed, carried=(), vanished_at=None)
    if _covers(listed, past, now):
        return _come_back(fresh, now)
    if not running:
        return _settle_down(fresh, now)
    vanished_at = known.vanished_at or now
    if is_away:
        away_since = known.in_doubt_since or now
        if now - away_since < HELD_WHILE_AWAY:
            return replace(fresh, carried=running, vanished_at=vanished_at)
    elif known.returns >= DAMPED_AFTER_RETURNS and now - vanished_at < RETURNS_WITHIN:
        unsteady = now - vanished_at >= WITHDRAWN_AFTER and known.doubt is None
        held = _in_doubt(fresh, Doubt.UNSTEADY, now) if unsteady else fresh
        return replace(held, carried=running, vanished_at=vanished_at)
    elif now - vanished_at < WITHDRAWN_AFTER:
        return replace(fresh, carried=running, vanished_at=vanished_at)
    return replace(fresh, withdrawn_at=now)


def _come_back(fresh: DevicePlan, now: datetime) -> DevicePlan:
    if fresh.withdrawn_at is None:
        return fresh
    returned = now - fresh.withdrawn_at <= RETURNS_WITHIN
    return replace(fresh, withdrawn_at=None, returns=fresh.returns + 1 if returned else 0)


def _settle_down(fresh: DevicePlan, now: datetime) -> DevicePlan:
    """Forget how often a slot came back, once none has for long."""
    seen = (at for at in (fresh.withdrawn_at, fresh.in_slot_until) if at is not None)
    if fresh.returns and now - max(seen, default=now) > RETURNS_WITHIN:
        return replace(fresh, withdrawn_at=None, returns=0)
    return fresh


def _in_doubt(plan: DevicePlan, doubt: Doubt | None, now: datetime) -> DevicePlan:
    since = plan.in_doubt_since if doubt is not None and doubt is plan.doubt else now
    return replace(plan, doubt=doubt, in_doubt_since=since if doubt is not None else None)


def _own_running(was: DevicePlan, slot: Interval | None, now: datetime) -> tuple[PlannedRow, ...]:
    """Return the rows of a device that make up what is left of the slot running now; empty when none runs."""
    if slot is None:
        return ()
    return tuple(row for row in was.all_rows if row.dispatch.end > now and row.dispatch.interval.overlaps(slot))


def _covers(rows: tuple[PlannedRow, ...], past: tuple[Interval, ...], now: datetime) -> bool:
    """Whether rows have a slot that runs. Time that has passed since they came in says nothing of that."""
    before = (Interval(interval.start, min(interval.end, now)) for interval in past if interval.start < now)
    listed = (row.dispatch.interval for row in rows)
    return any(now in interval for interval in join((*before, *listed), JOIN_GAP))


def _ahead(rows: tuple[PlannedRow, ...], now: datetime) -> tuple[PlannedRow, ...]:
    return tuple(row for row in rows if row.dispatch.end > now)


def _listed(dispatches: Iterable[Dispatch], now: datetime) -> tuple[PlannedRow, ...]:
    """Return the dispatches that count, without duplicates, in order."""
    return tuple(
        PlannedRow(dispatch, now)
        for dispatch in sorted(
            {dispatch for dispatch in dispatches if counts(dispatch, now)},
            key=lambda dispatch: (dispatch.start, dispatch.end, dispatch.energy_kwh or 0.0),
        )
    )


def _boosts(dispatches: Iterable[Dispatch]) -> tuple[Interval, ...]:
    return join(
        dispatch.interval
        for dispatch in dispatches
        if dispatch.type in (DispatchType.BOOST, DispatchType.TEST)
        and dispatch.end - dispatch.start <= LONGEST_DISPATCH
    )
