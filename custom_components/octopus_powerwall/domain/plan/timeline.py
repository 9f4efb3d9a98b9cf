"""From dispatches to slots, and from slots to holds (design 3.2 to 3.5 and 5.9)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from ..model import JOIN_GAP, Dispatch, Interval, join, join_groups, subtract
from ..settings import Intent, Mode, NightGuard, OwnerHold, Settings, Wishes
from ..windows import OFF_PEAK, DailyWindow, widen
from .dispatches import Plan

SHORTEST_START = timedelta(minutes=3)
# From the start of the window. Seed 000 waits ten minutes; a replayed year is dearer for each of them, also where the
# meter's clock is five minutes behind ours (docs/money.md).
NIGHT_GUARD = OFF_PEAK
GUARD_HORIZON = timedelta(days=2)


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A joined slot as Octopus has it: never widened, without a tail.

    ``energy_kwh`` is what is planned in it from now on, ``None`` when Octopus did not say for each row.
    """

    interval: Interval
    energy_kwh: float | None
    day_slot: bool

    @property
    def start(self) -> datetime:
        """Its start, in UTC."""
        return self.interval.start

    @property
    def end(self) -> datetime:
        """Its end, in UTC."""
        return self.interval.end


class SpanKind(StrEnum):
    """Why a stretch of a hold is held."""

    SLOT = "slot"
    TAIL = "tail"
    GUARD = "guard"
    OWNER = "owner"
    CAR_GUARD = "car_guard"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a hold with one cause; ``intent`` is ``None`` where the select decides."""

    interval: Interval
    kind: SpanKind
    intent: Intent | None = None


@dataclass(frozen=True, slots=True, order=True)
class Hold:
    """A period in which the reserve is ours. Its spans may overlap and, together, leave gaps of at most 5 min."""

    interval: Interval
    spans: tuple[Span, ...]

    @property
    def start(self) -> datetime:
        """Its start, in UTC."""
        return self.interval.start

    @property
    def end(self) -> datetime:
        """Its end, in UTC."""
        return self.interval.end

    @property
    def planned(self) -> tuple[Span, ...]:
        """The spans whose ends are known; how long the car goes on charging is not."""
        return tuple(span for span in self.spans if span.kind is not SpanKind.CAR_GUARD)

    def spans_at(self, at: datetime) -> tuple[Span, ...]:
        """Return the spans in force at an instant within the hold.

        In a gap, those that begin next: a night is over there.
        """
        current = tuple(span for span in self.spans if at in span.interval)
        if current:
            return current
        next_start = min((span.interval.start for span in self.spans if span.interval.start > at), default=None)
        return tuple(span for span in self.spans if span.interval.start == next_start)


def find_slots(plan: Plan, now: datetime) -> tuple[Slot, ...]:
    """Slots ahead or running, night ones included, in order."""
    time_past = ((interval, None) for interval in plan.past)
    listed = ((dispatch.interval, dispatch) for dispatch in {row.dispatch for row in plan.rows})
    return tuple(
        Slot(interval, _energy(dispatches, now), is_day_slot(interval))
        for interval, dispatches in join_groups((*time_past, *listed), JOIN_GAP)
        if interval.end > now
    )


def find_past_slots(plan: Plan, now: datetime) -> tuple[Interval, ...]:
    """Slots that have ended, as they were, the last two days of them."""
    return tuple(interval for interval in join(plan.intervals(), JOIN_GAP) if interval.end <= now)


def find_meant_slot(
    slots: Iterable[Slot], start: datetime | None, *, now: datetime, by_day: bool = False
) -> Slot | None:
    """Return the slot at ``start``; without a start the one that runs, else the next (``by_day``: the next by day)."""
    slots = tuple(slots)
    at = now if start is None else start
    meant = next((slot for slot in slots if at in slot.interval), None)
    if meant is not None or start is not None:
        return meant
    return next((slot for slot in slots if slot.day_slot or not by_day), None)


@lru_cache(maxsize=256)
def is_day_slot(interval: Interval) -> bool:
    """Whether a joined slot reaches out of the off-peak window (design 1): only then is the Powerwall moved."""
    night = OFF_PEAK.covering(interval.start)
    return night is None or interval.end > night.end


def plan_holds(
    plan: Plan,
    now: datetime,
    settings: Settings,
    wishes: Wishes,
    *,
    has_slots: bool,
    guarded: tuple[DailyWindow, ...],
    car_guard: Span | None = None,
    widens: bool = False,
    keeps_withdrawn: bool = True,
) -> tuple[Hold, ...]:
    """Return the holds running or ahead at ``now``, disjoint, in order.

    ``has_slots`` tells whether the tariff has smart slots, ``guarded`` the windows in which the guard option holds,
    ``car_guard`` what is held for the car now (design 5.14).
    ``widens`` whether slots are held for the whole half hours that they touch, ``keeps_withdrawn`` whether also the
    half hour in which a slot was withdrawn is held to its end.
    """
    spans = list(_slot_spans(plan, wishes, widens=widens, keeps_withdrawn=keeps_withdrawn)) if has_slots else []
    spans += _guard_spans(settings.night_guard, guarded, now)
    if wishes.owner_hold:
        spans.append(_owner_span(wishes.owner_hold))
    if car_guard is not None:
        spans.append(car_guard)
    return tuple(
        Hold(interval, tuple(sorted(members, key=_span_order)))
        for interval, members in join_groups(((span.interval, span) for span in spans), JOIN_GAP)
        if interval.end > now
    )


def hold_at(timeline: Iterable[Hold], at: datetime) -> Hold | None:
    """Return the hold that runs at an instant."""
    return next((hold for hold in timeline if at in hold.interval), None)


def intent_of(span: Span, mode: Mode, *, certain: bool) -> Intent:
    """Return what a span asks for (design 4.1): charge only where power is certainly cheap."""
    if not certain:
        return Intent.PRESERVE
    if span.intent is not None:
        return span.intent
    return Intent.CHARGE if mode is Mode.CHARGE_UP else Intent.PRESERVE


def choose_best_intent(hold: Hold, mode: Mode) -> Intent:
    """Return what a hold asks for while power is certainly cheap: to charge if any part of it may charge."""
    intents = {intent_of(span, mode, certain=True) for span in hold.spans}
    return Intent.CHARGE if Intent.CHARGE in intents else Intent.PRESERVE


def _slot_spans(plan: Plan, wishes: Wishes, *, widens: bool, keeps_withdrawn: bool) -> Iterable[Span]:
    # A skipped slot is left out with its own tail, and nothing else with it (design 3.9).
    intervals = subtract(plan.intervals(), wishes.skipped)
    if widens:
        cut_at = None if keeps_withdrawn else plan.withdrawn_at
        intervals = tuple(_widened_up_to(interval, cut_at) for interval in intervals)
    for interval in join(intervals, JOIN_GAP):
        if not is_day_slot(interval):
            continue
        yield Span(interval, SpanKind.SLOT)
        tail = tail_of(interval)
        if tail is not None:
            yield Span(tail, SpanKind.TAIL)


def _widened_up_to(interval: Interval, cut_at: datetime | None) -> Interval:
    """Return the half hours that an interval touches.

    One that a withdrawal has ended is not stretched beyond that, nor one that ends at night, where its tail follows.
    """
    whole = widen(interval)
    ends_here = interval.end == cut_at or OFF_PEAK.covering(interval.end) is not None
    return Interval(whole.start, interval.end) if ends_here else whole


@lru_cache(maxsize=256)
def tail_of(slot: Interval) -> Interval | None:
    """Return what follows a day slot that ends in the off-peak window: the rest of that window (design 3.4)."""
    # An end at 23:30 itself belongs to the window, an end at 05:30 leaves nothing to hold.
    night = OFF_PEAK.covering(slot.end)
    return Interval(slot.end, night.end) if night is not None else None


def _guard_spans(guard: NightGuard, guarded: tuple[DailyWindow, ...], now: datetime) -> list[Span]:
    if guard is NightGuard.OFF:
        return []
    intent = Intent.CHARGE if guard is NightGuard.CHARGE_UP else Intent.PRESERVE
    return [
        Span(interval, SpanKind.GUARD, intent)
        for window in guarded
        for interval in window.occurrences(now - JOIN_GAP, now + GUARD_HORIZON)
    ]


def _owner_span(hold: OwnerHold) -> Span:
    return Span(hold.interval, SpanKind.OWNER, hold.intent)


def _span_order(span: Span) -> tuple[datetime, datetime, str]:
    return span.interval.start, span.interval.end, span.kind


def _energy(dispatches: Iterable[Dispatch | None], now: datetime) -> float | None:
    energies = [dispatch.energy_kwh for dispatch in dispatches if dispatch is not None and dispatch.end > now]
    known = [energy for energy in energies if energy is not None]
    return round(sum(known), 3) if len(known) == len(energies) else None
