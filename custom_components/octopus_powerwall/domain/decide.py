"""One look at everything: the world as it was and the news go in, the world as it is and what to do come out."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .account_state import find_agreement_changes
from .model import Interval
from .plan.car_guard import is_end_open
from .plan.dispatches import Plan, advance
from .plan.sources import choose_plan
from .plan.timeline import Span, SpanKind, find_past_slots, find_slots, hold_at, intent_of
from .price.certainty import (
    IDLE_FOR,
    OLDEST_PLAN,
    RUNNING_AGE,
    START_AGE,
    Certainty,
    Judgement,
)
from .reserve.hold import Decision, decide_reserve
from .reserve.limits import Limits
from .reserve.memory import Memory
from .reserve.phases import Holding, Idle
from .reserve.situation import Activity, Battery, Demand, Situation
from .settings import Intent, Settings, SlotSource
from .snapshot import FURTHEST_WAKE, make_snapshot
from .status import Snapshot
from .view import View, make_view
from .windows import half_hour_of, midday_before
from .world import (
    HeldPeriod,
    Inputs,
    Record,
    World,
    grow_skips,
)

_OWNERS_WORD = frozenset({SpanKind.OWNER, SpanKind.CAR_GUARD})


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one look. ``wake_at`` is when the next one is due even without any news."""

    world: World
    decision: Decision
    snapshot: Snapshot
    activities: tuple[Activity, ...]
    wake_at: datetime | None


def decide(world: World, now: datetime, inputs: Inputs) -> Outcome:
    """Look once at everything (all times UTC). Pure; with nothing new it asks for nothing new."""
    world = _let_time_pass(world, now, inputs.settings.slot_source)
    view, world = make_view(world, now, inputs)
    demand = _demand(view, world, now, inputs.settings)
    demand, settings = _with_room(demand, inputs, now)
    decision = decide_reserve(world.memory, Situation(now, demand, inputs.battery, settings))
    in_slot = view.slot_at(now) is not None
    activities = decision.activities
    if in_slot != world.slot_running:
        activities = (Activity.SLOT_STARTED if in_slot else Activity.SLOT_ENDED, *activities)
    world = replace(
        world,
        memory=decision.memory,
        slot_running=in_slot,
        record=_keep_record(world, view.plan, decision.memory, demand, now),
        held_for=_find_causes(world, decision.memory, demand, now),
        charger_record=world.charger_record.note_look(inputs.evidence_key, inputs.evidence, now, in_slot=in_slot),
        owners_reserve=_learn_owners_reserve(world, decision.memory, inputs.battery),
    )
    return Outcome(
        world=world,
        decision=decision,
        snapshot=make_snapshot(world, view, demand, decision, inputs, now),
        activities=activities,
        wake_at=_wake_at(world, view, (decision.wake_at, inputs.evidence_wake_at), now),
    )


def _learn_owners_reserve(world: World, memory: Memory, battery: Battery) -> int | None:
    """Return the reserve that the owner has chosen, as far as a reading has told; what a battery rounds is none."""
    known, read = world.owners_reserve, battery.reserve.value
    if not isinstance(memory.phase, Idle) or memory.watch is not None or read is None:
        return known
    return known if known is not None and battery.limits.is_reading_of(read, known) else read


def is_raised_before_start(owners_reserve: int | None, found: int | None, charge_target: int, limits: Limits) -> bool:
    """Whether a start has found just what a hold of ours asks for, above what the owner had when last seen.

    Then a backup of before the hold may have been restored: nobody knows of the hold any more. Whoever keeps the
    reserve there has it so when it is last seen, too.
    """
    if owners_reserve is None or found is None or limits.is_reading_of(found, owners_reserve):
        return False
    ours = {charge_target, *limits.fallbacks((charge_target,))}
    return found > owners_reserve and any(limits.is_reading_of(found, value) for value in ours)


def _let_time_pass(world: World, now: datetime, source: SlotSource) -> World:
    octopus, charger = advance(world.plan, now), advance(world.charger_plan, now)
    plan = choose_plan(source, octopus, charger)
    wishes = grow_skips(world.wishes.at(now), plan, world.known_slots)
    midday = midday_before(now)
    charged = tuple(start for start in world.charged if midday <= start <= now)
    known = tuple(slot.interval for slot in find_slots(plan, now)) if wishes.skipped else ()
    return replace(world, plan=octopus, charger_plan=charger, wishes=wishes, charged=charged, known_slots=known)


def _demand(view: View, world: World, now: datetime, settings: Settings) -> Demand:
    session, guard = world.car_session, view.car_guard
    slots_now = Demand(
        slot_running=view.slot_at(now) is not None,
        slot_ended_at=max((past.end for past in view.plan.past if past.end <= now), default=None),
        car_guarded=guard is not None,
        next_start=min((hold.start for hold in view.holds if hold.start > now), default=None),
        cheap_hours=view.tariff.cheap_window(now) is not None,
    )
    hold = hold_at(view.holds, now)
    if hold is None:
        return slots_now
    judgement, intent = max((_wanted_by(span, view, now, settings) for span in hold.spans_at(now)), key=_strength)
    slot = next((span for span in hold.spans_at(now) if span.kind is SpanKind.SLOT), None)
    return replace(
        slots_now,
        hold=hold,
        judgement=judgement,
        intent=intent,
        in_slot=slot is not None,
        slot_certain=slot is not None and view.is_certain_afresh(slot, now),
        open_ended=guard is not None and guard.interval.end == hold.end and is_end_open(session, hold.end),
    )


def _with_room(demand: Demand, inputs: Inputs, now: datetime) -> tuple[Demand, Settings]:
    """Return the charge target of guard and slots where room is left for the sun (design 9.6).

    What the owner asks for by hand, or for the car, is not touched. Where only the guard holds, what is above the
    target may be used: to keep it would take the sun's room as buying it does.
    """
    settings, target = inputs.settings, inputs.sun_target
    if target is None or target >= settings.charge_target or demand.hold is None:
        return demand, settings
    kinds = {span.kind for span in demand.hold.spans_at(now)}
    if kinds & _OWNERS_WORD:
        return demand, settings
    return replace(demand, frees=True), replace(settings, charge_target=target)


def _wanted_by(span: Span, view: View, now: datetime, settings: Settings) -> tuple[Judgement, Intent]:
    judgement = view.judge_at(span, now)
    return judgement, intent_of(span, settings.mode, certain=judgement.certainty is Certainty.CERTAIN)


def _strength(wanted: tuple[Judgement, Intent]) -> tuple[bool, int]:
    """Inside a hold charge beats preserve, and what is more certain beats what is less."""
    judgement, intent = wanted
    return intent is Intent.CHARGE, _rank(judgement)


def _rank(judgement: Judgement) -> int:
    return (Certainty.NOT_CHEAP, Certainty.PERHAPS, Certainty.CERTAIN).index(judgement.certainty)


def _keep_record(world: World, plan: Plan, memory: Memory, demand: Demand, now: datetime) -> Record:
    """Return the record with what has just ended: slots, and the hold whose memory was replaced."""
    record = world.record.prune(now).with_slots(find_past_slots(plan, now)).prune(now)
    before, after = world.memory.phase, memory.phase
    if not isinstance(before, Holding) or before.began_at >= now:
        return record
    if isinstance(after, Holding) and after.began_at == before.began_at:
        return record
    intent = before.frozen.intent if before.frozen else demand.intent
    held = HeldPeriod(Interval(before.began_at, now), intent, max(before.claim.written, default=None), world.held_for)
    return replace(record, holds=(*record.holds, held))


def _find_causes(world: World, memory: Memory, demand: Demand, now: datetime) -> tuple[SpanKind, ...]:
    """Why there has been a hold since it began."""
    before, after = world.memory.phase, memory.phase
    if not isinstance(after, Holding):
        return ()
    goes_on = isinstance(before, Holding) and before.began_at == after.began_at
    earlier = world.held_for if goes_on else ()
    present = {span.kind for span in demand.hold.spans_at(now)} if demand.hold else set()
    return tuple(sorted({*earlier, *present}))


def _wake_at(world: World, view: View, others: tuple[datetime | None, ...], now: datetime) -> datetime | None:
    times: list[datetime | None] = [*others]
    for slot in view.slots:
        times += [slot.start, slot.end]
    for hold in view.holds:
        times += [hold.start, hold.end]
        times += [edge for span in hold.spans for edge in (span.interval.start, span.interval.end)]
    for window in view.tariff.cheap:
        for occurrence in window.occurrences(now, now + FURTHEST_WAKE):
            times += [occurrence.start, occurrence.end]
    if view.slot_at(now) is not None or hold_at(view.holds, now) is not None:
        times.append(half_hour_of(now).end)
        # In a slot each row and each boost of a car may change what is certain.
        for plan in (world.plan, world.charger_plan):
            times += [edge for row in plan.rows for edge in (row.dispatch.start, row.dispatch.end)]
            times += [edge for boost in plan.boosts for edge in (boost.start, boost.end)]
        read_times = {facts.plan_read_at for facts in view.facts if facts.plan_read_at is not None}
        # An age counts until it is past, so one tick later is when it shows.
        ages = (START_AGE, RUNNING_AGE, OLDEST_PLAN)
        times += [read_at + age + timedelta.resolution for read_at in read_times for age in ages]
    times += find_agreement_changes(world)
    times += [view.idle_since + IDLE_FOR] if view.idle_since is not None else []
    return min((at for at in times if at is not None and at > now), default=None)
