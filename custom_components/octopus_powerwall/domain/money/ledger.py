"""The ledger: live powers, look by look, made into settlement half hours (design 9.2). Pure; all times UTC."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

from ..settings import Intent
from ..windows import HALF_HOUR, half_hour_of
from .half_hour import Cheapness, HalfHour
from .shadow import Habits, Stretch, Traits, advance_shadow, bought_to_meet_kwh, have_met

# A power stands until the next one, for ten minutes at most: what lies beyond was not seen.
LONGEST_GAP = timedelta(minutes=10)
# Several entities of one battery change in the same second: looks closer than this count as one.
CLOSEST = timedelta(seconds=15)
# So long a look without a new reading says nothing of the powers; a battery that is silent for longer stands still.
NEXT_READING = timedelta(seconds=75)
KEPT = timedelta(days=14)
# So long after a hold the powers that are read may still be those of the hold: a cloud and its polls lag.
SETTLES_WITHIN = timedelta(minutes=3)
# Across a longer gap nobody can say what became of the difference between shadow and real battery.
LONGEST_BRIDGE = timedelta(hours=6)
# A clock that was set back by less comes to its old time by itself soon.
SHORT_WAY_BACK = timedelta(hours=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Flows:
    """Powers at an instant, kW: discharging and importing are positive. What is not measured is ``None``."""

    battery_kw: float
    grid_kw: float
    solar_kw: float | None = None
    home_kw: float | None = None

    def middle(self, later: Flows) -> Flows:
        """Return what flowed between two readings: whatever changed did so somewhere between them."""
        return Flows(
            (self.battery_kw + later.battery_kw) / 2,
            (self.grid_kw + later.grid_kw) / 2,
            _middle(self.solar_kw, later.solar_kw),
            _middle(self.home_kw, later.home_kw),
        )

    @property
    def net_kw(self) -> float:
        """What house and car take beyond what the sun gives: what comes in from grid and battery."""
        return self.battery_kw + self.grid_kw


@dataclass(frozen=True, slots=True)
class DecidedState:
    """What is decided and known at an instant, and stays so until the next look.

    Attributes:
        habits: the owner's own settings, ``None`` while his reserve is not known.
        held: the reserve is ours, and nothing else commands the battery.
        intent: what is asked of the battery.
        band: how cheap power is.
        in_slot: a slot runs.
    """

    habits: Habits | None = None
    held: bool = False
    intent: Intent | None = None
    band: Cheapness = Cheapness.DEAR
    in_slot: bool = False


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one look saw. ``flows`` is ``None`` where battery or grid power are unknown, ``level_pct`` likewise.

    ``read_at`` is when the battery last told its state; ``None`` where every look is a reading.
    """

    at: datetime
    flows: Flows | None
    level_pct: float | None
    course: DecidedState
    traits: Traits | None
    read_at: datetime | None = None

    def repeats(self, earlier: Measurement) -> bool:
        """Whether it shows the reading that an earlier look saw."""
        return self.read_at is not None and self.read_at == earlier.read_at and self.flows == earlier.flows


@dataclass(frozen=True, slots=True)
class Ledger:
    """The half hours measured, and where measuring stands.

    Attributes:
        rows: half hours that are over, the last 14 days of them, oldest first.
        open: the half hour that is being measured.
        last: the last look with known powers, which stand until the next; everything before it is counted.
        since: looks after it that decided otherwise but brought no new reading: counted when the next one is there.
        shadow_kwh: the energy of the shadow battery, ``None`` while it is the real one.
        ahead_kwh: how much more the real battery held than the shadow at the last look.
        held_until: when the reserve was last ours.
    """

    rows: tuple[HalfHour, ...] = ()
    open: HalfHour | None = None
    last: Measurement | None = None
    since: tuple[Measurement, ...] = ()
    shadow_kwh: float | None = None
    ahead_kwh: float = 0.0
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class MeasuredLedger:
    """The ledger after a look, and the half hours that the look has closed, oldest first."""

    ledger: Ledger
    closed: tuple[HalfHour, ...] = field(default=())


def measure(ledger: Ledger, look: Measurement) -> MeasuredLedger:
    """Take in a look: count what flowed since the last one. Nothing is ever counted twice."""
    last = ledger.last
    if last is None:
        return MeasuredLedger(_begin(ledger, look))
    newest = ledger.since[-1] if ledger.since else last
    if look.at < newest.at:
        return MeasuredLedger(_follow_set_back_clock(ledger, look))
    passed = look.at - last.at
    if passed > LONGEST_GAP:
        return _pass_over_gap(replace(ledger, since=()), look)
    if look.flows is None:
        # The powers known from before stand a little longer.
        return MeasuredLedger(ledger)
    if passed < NEXT_READING and look.repeats(last):
        return MeasuredLedger(ledger if look.course == newest.course else replace(ledger, since=(*ledger.since, look)))
    if passed < CLOSEST and look.course == newest.course:
        return MeasuredLedger(replace(ledger, last=replace(look, at=last.at, course=last.course)))
    closed: list[HalfHour] = []
    flows = last.flows.middle(look.flows) if last.flows is not None else None
    for begin, end in pairwise((last, *(_with_level(each, last, look) for each in ledger.since), look)):
        ledger = _count_between(ledger, replace(begin, flows=flows), end, closed)
    return MeasuredLedger(_prune(replace(ledger, last=look, since=()), look.at), tuple(closed))


def _with_level(between: Measurement, last: Measurement, look: Measurement) -> Measurement:
    """Return a look without a reading of its own with the level half seen before and half after it."""
    if last.level_pct is None or look.level_pct is None:
        return between
    passed = look.at - last.at
    part = (between.at - last.at) / passed if passed else 1.0
    return replace(between, level_pct=last.level_pct + (look.level_pct - last.level_pct) * part)


def _count_between(ledger: Ledger, begin: Measurement, end: Measurement, closed: list[HalfHour]) -> Ledger:
    """Count what flowed between two looks, with the course of the first; half hours that are over go on the list."""
    if begin.course.held:
        ledger = replace(ledger, held_until=end.at)
    at = begin.at
    while at < end.at:
        ledger = _open_half_hour(ledger, at, closed)
        until = min(half_hour_of(at).end, end.at)
        ledger = _count(ledger, replace(begin, at=at), until - at, end.level_pct)
        at = until
    ledger = _open_half_hour(_with_gain(ledger, end), end.at, closed)
    return _part(ledger, end)


def _begin(ledger: Ledger, look: Measurement) -> Ledger:
    if look.flows is None:
        return ledger
    return _part(replace(_open_half_hour(ledger, look.at, []), last=look), look)


def _follow_set_back_clock(ledger: Ledger, look: Measurement) -> Ledger:
    """Take in a clock that was set back: no half hour is measured again, and none lies ahead."""
    last = ledger.last
    if last is None or last.at - look.at <= SHORT_WAY_BACK:
        return ledger
    this = half_hour_of(look.at).start
    rows = ledger.rows if ledger.open is None else (*ledger.rows, ledger.open)
    return _begin(Ledger(rows=tuple(row for row in rows if row.start < this)), look)


def _pass_over_gap(ledger: Ledger, look: Measurement) -> MeasuredLedger:
    """Pass over a gap: nothing is known of it; the difference between shadow and real battery outlives a short one."""
    last = ledger.last
    if last is None or (look.flows is None and ledger.open is None):
        return MeasuredLedger(ledger)
    closed: tuple[HalfHour, ...] = ()
    if ledger.open is not None and half_hour_of(look.at).start > ledger.open.start:
        closed, ledger = (ledger.open,), replace(ledger, rows=(*ledger.rows, ledger.open), open=None)
    if look.flows is None:
        return MeasuredLedger(_prune(ledger, look.at), closed)
    ledger = _open_half_hour(ledger, look.at, [])
    shadow_kwh: float | None = None
    if ledger.shadow_kwh is not None and look.at - last.at <= LONGEST_BRIDGE and look.traits is not None:
        level_pct = look.level_pct if look.level_pct is not None else last.level_pct
        if level_pct is not None:
            shadow_kwh = look.traits.energy_kwh(level_pct) - ledger.ahead_kwh
            shadow_kwh = min(max(shadow_kwh, 0.0), look.traits.capacity_kwh)
    ahead_kwh = 0.0 if shadow_kwh is None else ledger.ahead_kwh
    ledger = replace(ledger, last=look, shadow_kwh=shadow_kwh, ahead_kwh=ahead_kwh)
    return MeasuredLedger(_prune(_part(ledger, look), look.at), closed)


def _open_half_hour(ledger: Ledger, at: datetime, closed: list[HalfHour]) -> Ledger:
    """Return the ledger with the half hour of an instant open; what this closes goes on the list.

    None is opened twice.
    """
    start = half_hour_of(at).start
    if ledger.open is not None:
        if ledger.open.start >= start:
            return ledger
        closed.append(ledger.open)
        ledger = replace(ledger, rows=(*ledger.rows, ledger.open), open=None)
    if ledger.rows and ledger.rows[-1].start >= start:
        return ledger
    return replace(ledger, open=HalfHour(start, have_met=ledger.shadow_kwh is None))


def _count(ledger: Ledger, last: Measurement, passed: timedelta, level_pct: float | None) -> Ledger:
    """Count a stretch within one half hour, in which the powers of the last look stood."""
    row, flows, course = ledger.open, last.flows, last.course
    if row is None or flows is None:
        return ledger
    hours = passed / _HOUR
    imported = max(flows.grid_kw, 0.0) * hours
    exported = max(-flows.grid_kw, 0.0) * hours
    discharged = max(flows.battery_kw, 0.0) * hours
    stored = max(-flows.battery_kw, 0.0) * hours
    from_grid = min(stored, imported)
    solar = max(flows.solar_kw or 0.0, 0.0) * hours
    home = flows.home_kw * hours if flows.home_kw is not None else max(flows.net_kw * hours + solar, 0.0)
    shadow_imported, shadow_exported, kept = imported, exported, 0.0
    shadow_kwh = ledger.shadow_kwh
    if shadow_kwh is not None and last.traits is not None and course.habits is not None:
        is_settling = ledger.held_until is not None and last.at - ledger.held_until < SETTLES_WITHIN
        step = Stretch(hours, flows.net_kw, flows.battery_kw, level_pct, course.held or is_settling)
        without = advance_shadow(shadow_kwh, step, course.habits, last.traits)
        shadow_imported, shadow_exported = without.imported_kwh, without.exported_kwh
        kept = max(without.given_kwh - discharged, 0.0) if course.held else 0.0
        met = have_met(without.stored_kwh, step, course.habits, last.traits)
        if met:
            bought_kwh = bought_to_meet_kwh(without.stored_kwh, step, last.traits)
            shadow_imported = max(shadow_imported + bought_kwh, 0.0)
        shadow_kwh = None if met else without.stored_kwh
    return replace(
        ledger,
        shadow_kwh=shadow_kwh,
        open=replace(
            row,
            seen_s=row.seen_s + passed.total_seconds(),
            imported_kwh=row.imported_kwh + imported,
            exported_kwh=row.exported_kwh + exported,
            stored_kwh=row.stored_kwh + stored,
            from_grid_kwh=row.from_grid_kwh + from_grid,
            discharged_kwh=row.discharged_kwh + discharged,
            home_kwh=row.home_kwh + home,
            solar_kwh=row.solar_kwh + solar,
            shadow_imported_kwh=row.shadow_imported_kwh + shadow_imported,
            shadow_exported_kwh=row.shadow_exported_kwh + shadow_exported,
            charged_kwh=row.charged_kwh + (from_grid if course.held else 0.0),
            kept_kwh=row.kept_kwh + kept,
            level_pct=level_pct if level_pct is not None else row.level_pct,
            band=max(row.band, course.band),
            intent=course.intent or row.intent,
            in_slot=row.in_slot or course.in_slot,
            have_met=shadow_kwh is None,
        ),
    )


def _with_gain(ledger: Ledger, look: Measurement) -> Ledger:
    """Note how far real battery and shadow are apart now."""
    if look.traits is None or look.level_pct is None or ledger.open is None:
        return ledger
    shadow_kwh = ledger.shadow_kwh
    ahead_kwh = 0.0 if shadow_kwh is None else look.traits.energy_kwh(look.level_pct) - shadow_kwh
    if ahead_kwh == ledger.ahead_kwh:
        return ledger
    gained_kwh = ledger.open.gained_kwh + ahead_kwh - ledger.ahead_kwh
    return replace(ledger, ahead_kwh=ahead_kwh, open=replace(ledger.open, gained_kwh=gained_kwh))


def _part(ledger: Ledger, look: Measurement) -> Ledger:
    """Let the shadow part from the real battery where a hold begins."""
    if ledger.shadow_kwh is not None or not look.course.held or look.course.habits is None:
        return ledger
    if look.traits is None or look.level_pct is None or ledger.open is None:
        return ledger
    return replace(
        ledger,
        shadow_kwh=look.traits.energy_kwh(look.level_pct),
        ahead_kwh=0.0,
        open=replace(ledger.open, have_met=False),
    )


def _prune(ledger: Ledger, now: datetime) -> Ledger:
    oldest = now - KEPT
    if not ledger.rows or ledger.rows[0].start + HALF_HOUR > oldest:
        return ledger
    return replace(ledger, rows=tuple(row for row in ledger.rows if row.start + HALF_HOUR > oldest))


def _middle(earlier: float | None, later: float | None) -> float | None:
    return earlier if later is None else later if earlier is None else (earlier + later) / 2
