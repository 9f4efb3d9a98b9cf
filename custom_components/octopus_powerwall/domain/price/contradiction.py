"""Whether the entity that the owner picked agrees with what Octopus reports as charged (design 2)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from ..model import Dispatch, Interval
from ..windows import HALF_HOUR, LONDON, half_hour_of
from .octopus_evidence import CHARGING_KW

# Completed rows arrive up to an hour late; that one is missing is known later than that one is there.
ROW_DUE_AFTER = timedelta(hours=2)
ROW_MISSING_AFTER = timedelta(hours=4)
# Octopus' list reaches back half a day. What nobody has judged until then stays without a verdict.
JUDGED_WITHIN = timedelta(hours=10)
TOLD_WITHIN = timedelta(days=7)
TOLD_FROM_DAYS = 3
# A row that only touches a half hour may be spill-over of its neighbour.
_LEAST_OVERLAP = timedelta(minutes=15)
_LEAST_MISSING = 2
# How much of a half hour may go by before the first look and after the last one.
_UNSEEN = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class SeenHalfHour:
    """What the entity said in a settlement half hour.

    Attributes:
        start: when the half hour begins.
        first_at: the first look in it.
        last_at: the last look in it.
        says: what it said at every look; ``None`` where it said nothing, or now this and now that.
        in_slot: a slot ran at every look.
    """

    start: datetime
    first_at: datetime
    last_at: datetime
    says: bool | None
    in_slot: bool

    @property
    def interval(self) -> Interval:
        """The half hour."""
        return Interval(self.start, self.start + HALF_HOUR)

    @property
    def is_whole(self) -> bool:
        """Whether it was looked at from its beginning to its end."""
        return self.first_at - self.start <= _UNSEEN and self.interval.end - self.last_at <= _UNSEEN


@dataclass(frozen=True, slots=True)
class ChargerRecord:
    """What one picked entity said lately, and when Octopus' reports contradicted it.

    Attributes:
        key: which entity it is, with its threshold; ``None`` where none is picked.
        seen: the half hours of the last half day; not on disk.
        contradicted: half hours of the last seven days, one for each day.
    """

    key: str | None = None
    seen: tuple[SeenHalfHour, ...] = ()
    contradicted: tuple[datetime, ...] = ()

    def note_look(self, key: str | None, says: bool | None, now: datetime, *, in_slot: bool) -> ChargerRecord:
        """Take in one look. What another entity said, or this one by another threshold, is forgotten."""
        if key is None or key != self.key:
            return ChargerRecord(key) if key != self.key else self
        this = SeenHalfHour(half_hour_of(now).start, now, now, says, in_slot)
        for known in self.seen:
            if known.start == this.start:
                this = replace(
                    known,
                    last_at=max(known.last_at, now),
                    says=says if says is known.says else None,
                    in_slot=known.in_slot and in_slot,
                )
        oldest = now - JUDGED_WITHIN - HALF_HOUR
        earlier = (half for half in self.seen if oldest <= half.start < this.start)
        return replace(self, seen=(*earlier, this))

    def compare(self, completed: Iterable[Dispatch], now: datetime, *, rows_are_timely: bool) -> ChargerRecord:
        """Compare what is old enough with what Octopus reports.

        A day is contradicted by a half hour in which Octopus saw the car charge while the entity said in it and in the
        next one that it did not, or by two in slots all through which the entity said that it did and nothing is
        reported. The latter needs ``rows_are_timely``: for some chargers Octopus reports after the car was unplugged.
        """
        rows = tuple(row for row in completed if row.location != "AWAY")
        whole = {half.start: half for half in self.seen if half.is_whole}
        found: list[datetime] = []
        missing: dict[date, list[datetime]] = {}
        for start, half in whole.items():
            age = now - half.interval.end
            if not ROW_DUE_AFTER <= age <= JUDGED_WITHIN:
                continue
            after = whole.get(half.interval.end)
            if half.says is False and after is not None and after.says is False and _charged(rows, half.interval):
                found.append(start)
            is_missing = half.says is True and half.in_slot and not _touched(rows, half.interval)
            if is_missing and rows_are_timely and age >= ROW_MISSING_AFTER:
                missing.setdefault(_day(start), []).append(start)
        found += [halves[0] for halves in missing.values() if len(halves) >= _LEAST_MISSING]
        days: dict[date, datetime] = {}
        for at in sorted((*found, *self.contradicted)):
            if timedelta(0) <= now - at < TOLD_WITHIN:
                days.setdefault(_day(at), at)
        contradicted = tuple(days.values())
        return self if contradicted == self.contradicted else replace(self, contradicted=contradicted)

    def is_contradicted(self, now: datetime) -> bool:
        """Whether Octopus' reports contradicted it on three days of seven."""
        return sum(timedelta(0) <= now - at < TOLD_WITHIN for at in self.contradicted) >= TOLD_FROM_DAYS

    def strip_for_disk(self) -> ChargerRecord:
        """Return the part that is kept on disk."""
        return replace(self, seen=())


def _charged(rows: Iterable[Dispatch], half: Interval) -> bool:
    """Whether Octopus saw the car charge in the better part of a half hour."""
    return any(
        row.energy_kwh is not None
        and row.energy_kwh >= CHARGING_KW * (row.interval.length / timedelta(hours=1))
        and min(row.end, half.end) - max(row.start, half.start) >= _LEAST_OVERLAP
        for row in rows
    )


def _touched(rows: Iterable[Dispatch], half: Interval) -> bool:
    return any(row.interval.overlaps(half) for row in rows)


def _day(at: datetime) -> date:
    return at.astimezone(LONDON).date()
