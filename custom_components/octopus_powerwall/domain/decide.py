"""One look at everything: the world as it was and the news go in, the world as it is and what to do come out."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .model import Interval, joined
from .plan.car_guard import followed, guard_span, is_open
from .plan.dispatches import JOIN_GAP, Plan, advanced
from .plan.sources import SlotSource, plan_of
from .plan.timeline import Hold, Slot, Span, SpanKind, hold_at, holds, intent_of, past_slots, slots
from .price.allowance import hours_used, used_half_hours, within_allowance
from .price.certainty import (
    OLDEST_PLAN,
    RUNNING_AGE,
    START_AGE,
    Certainty,
    Circumstances,
    Judgement,
    judge,
    octopus_evidence,
    slot_read_at,
)
from .price.tariffs import SlotPolicy, Tariff, Treatment
from .reason import Reason
from .reserve.hold import Decision, decide_reserve
from .reserve.memory import SLOTLESS_FOR, Memory
from .reserve.phases import Holding, Idle, Overridden
from .reserve.situation import Activity, Demand, Situation
from .settings import CarGuard, Intent, Settings
from .status import SHOWS_INTENT, SlotNow, Snapshot, Status, status_of
from .windows import half_hour, midday_before
from .world import (
    HeldPeriod,
    Inputs,
    Record,
    World,
    agreement_at,
    clock_agrees,
    guarded_windows,
    policy_of,
    tariff_at,
    with_grown_skips,
)

# Longer than this nothing happens by itself that the clock alone could bring about.
FURTHEST_WAKE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one look. ``wake_at`` is when the next one is due even without any news."""

    world: World
    decision: Decision
    snapshot: Snapshot
    activities: tuple[Activity, ...]
    wake_at: datetime | None


@dataclass(frozen=True, slots=True)
class _View:
    """What is worked out of the world before anything is decided."""

    tariff: Tariff
    plan: Plan
    slots: tuple[Slot, ...]
    holds: tuple[Hold, ...]
    used: tuple[datetime, ...]
    facts: tuple[Circumstances, ...]
    car_charging: bool | None
    car_guard: Span | None = None

    def slot_at(self, at: datetime) -> Slot | None:
        return next((slot for slot in self.slots if at in slot.interval), None)

    def judged(self, span: Span, at: datetime) -> Judgement:
        """How certain a span is: as certain as the best of the sources that list it makes it."""
        return max((judge(span, at, facts) for facts in self.facts), key=_rank)


def decide(world: World, now: datetime, inputs: Inputs) -> Outcome:
    """Look once at everything (all times UTC). Pure; with nothing new it asks for nothing new."""
    world = _aged(world, now, inputs.settings.slot_source)
    view, world = _viewed(world, now, inputs)
    demand = _demand(view, world, now, inputs.settings)
    decision = decide_reserve(world.memory, Situation(now, demand, inputs.battery, inputs.settings))
    running = view.slot_at(now)
    activities = decision.activities
    if (running is not None) != world.slot_running:
        activities = (Activity.SLOT_STARTED if running else Activity.SLOT_ENDED, *activities)
    world = replace(
        world,
        memory=decision.memory,
        slot_running=running is not None,
        record=_recorded(world, view.plan, decision.memory, demand, now),
        held_for=_held_for(world, decision.memory, demand, now),
    )
    return Outcome(
        world=world,
        decision=decision,
        snapshot=_snapshot(world, view, demand, decision, inputs, now),
        activities=activities,
        wake_at=_wake_at(world, view, (decision.wake_at, inputs.evidence_wake_at), now),
    )


def _aged(world: World, now: datetime, source: SlotSource) -> World:
    plan, charger_plan = advanced(world.plan, now), advanced(world.charger_plan, now)
    wishes = with_grown_skips(world.wishes.at(now), plan_of(source, plan, charger_plan))
    midday = midday_before(now)
    charged = tuple(start for start in world.charged if start >= midday)
    return replace(world, plan=plan, charger_plan=charger_plan, wishes=wishes, charged=charged)


def _viewed(world: World, now: datetime, inputs: Inputs) -> tuple[_View, World]:
    tariff = tariff_at(world.account, now)
    settings = inputs.settings
    plan = plan_of(settings.slot_source, world.plan, world.charger_plan)
    coming = slots(plan, now) if tariff.has_slots else ()
    charging = inputs.evidence
    if charging is None:
        charging = octopus_evidence(world.devices, now)
    if (charging or inputs.charger_evidence) and any(now in slot.interval for slot in coming):
        this = half_hour(now).start
        if this not in world.charged:
            world = replace(world, charged=(*world.charged, this))
    used: tuple[datetime, ...] = ()
    if tariff.has_slots:
        used = used_half_hours(now, world.charged, world.completed, plan.boosted, plan.past)
    octopus = Circumstances(
        policy=policy_of(tariff, inputs.policy),
        plan_read_at=slot_read_at(world.plan, now),
        begun_certain=world.memory.begun_certain,
        car_charging=charging,
        allowance_left=within_allowance(now, used),
        clock_agrees=clock_agrees(world),
    )
    guards = settings.car_guard is not CarGuard.OFF and not tariff.is_refused
    seen = inputs.charger_evidence if inputs.evidence is None else inputs.evidence
    session = None
    if guards:
        session = followed(world.car_session, now, charging=seen, stopped_at=inputs.car_stopped_at)
    known_slots = joined(plan.intervals(), JOIN_GAP) if tariff.has_slots else ()
    car_guard = guard_span(session, settings.car_guard, known_slots, now)
    # A charger's own cloud tells nothing of what Octopus bills: there the car has to be seen charging.
    whole_slot = octopus.policy is SlotPolicy.WHOLE_SLOT and not settings.slot_source.has_charger
    timeline: tuple[Hold, ...] = ()
    if not tariff.is_refused:
        timeline = holds(
            plan,
            now,
            settings,
            world.wishes,
            has_slots=tariff.has_slots,
            guarded=guarded_windows(tariff),
            car_guard=car_guard,
            widens=settings.whole_half_hours.is_wanted(whole_slot=whole_slot),
        )
    facts = _facts(octopus, world, inputs, now)
    shown = charging if inputs.charger_evidence is None or inputs.evidence is not None else inputs.charger_evidence
    view = _View(tariff, plan, coming, timeline, used, facts, shown, car_guard)
    return view, replace(world, car_session=session)


def _facts(octopus: Circumstances, world: World, inputs: Inputs, now: datetime) -> tuple[Circumstances, ...]:
    """What the certainty of a slot depends on, for each of the sources that list the one running now.

    A slot of the charger's own cloud is certain only while that cloud lists it and shows the car charging, on both
    regimes, and within the allowance where there is one (design 10.2).
    """
    source = inputs.settings.slot_source
    charger = replace(
        octopus,
        policy=SlotPolicy.CHARGE_CAP,
        plan_read_at=slot_read_at(world.charger_plan, now),
        car_charging=inputs.charger_evidence if _is_listed(world.charger_plan, now) else False,
        allowance_left=octopus.allowance_left or octopus.policy is SlotPolicy.WHOLE_SLOT,
    )
    match source:
        case SlotSource.OCTOPUS:
            return (octopus,)
        case SlotSource.OHME:
            return (charger,)
        case SlotSource.BOTH:
            both = ((octopus, world.plan), (charger, world.charger_plan))
            return tuple(facts for facts, plan in both if _has_slot(plan, now)) or (charger,)


def _has_slot(plan: Plan, now: datetime) -> bool:
    return any(now in interval for interval in joined(plan.intervals(), JOIN_GAP))


def _is_listed(plan: Plan, now: datetime) -> bool:
    """Whether the newest list has a row for this instant: one that is only carried until it is withdrawn has none."""
    return any(now in row.dispatch.interval for device in plan.devices for row in device.rows)


def _demand(view: _View, world: World, now: datetime, settings: Settings) -> Demand:
    session, guard = world.car_session, view.car_guard
    slots_now = Demand(
        slot_running=view.slot_at(now) is not None,
        slot_ended_at=max((past.end for past in view.plan.past if past.end <= now), default=None),
        car_guarded=guard is not None,
    )
    hold = hold_at(view.holds, now)
    if hold is None:
        return slots_now
    judgement, intent = max((_wanted_by(span, view, now, settings) for span in hold.spans_at(now)), key=_strength)
    slot = next((span for span in hold.spans_at(now) if span.kind is SpanKind.SLOT), None)
    ages = [abs(now - facts.plan_read_at) for facts in view.facts if facts.plan_read_at is not None]
    fresh = min(ages, default=OLDEST_PLAN) <= START_AGE
    return replace(
        slots_now,
        hold=hold,
        judgement=judgement,
        intent=intent,
        in_slot=slot is not None,
        slot_certain=slot is not None and fresh and view.judged(slot, now).certainty is Certainty.CERTAIN,
        open_ended=guard is not None and guard.interval.end == hold.end and is_open(session, hold.end),
    )


def _wanted_by(span: Span, view: _View, now: datetime, settings: Settings) -> tuple[Judgement, Intent]:
    judgement = view.judged(span, now)
    return judgement, intent_of(span, settings.mode, certain=judgement.certainty is Certainty.CERTAIN)


def _strength(wanted: tuple[Judgement, Intent]) -> tuple[bool, int]:
    """Inside a hold charge beats preserve, and what is more certain beats what is less."""
    judgement, intent = wanted
    return intent is Intent.CHARGE, _rank(judgement)


def _rank(judgement: Judgement) -> int:
    return (Certainty.NOT_CHEAP, Certainty.PERHAPS, Certainty.CERTAIN).index(judgement.certainty)


def _recorded(world: World, plan: Plan, memory: Memory, demand: Demand, now: datetime) -> Record:
    """The record with what has just ended: slots, and the hold whose memory was replaced."""
    record = world.record.with_slots(past_slots(plan, now)).pruned(now)
    before, after = world.memory.phase, memory.phase
    if not isinstance(before, Holding) or before.began_at >= now:
        return record
    if isinstance(after, Holding) and after.began_at == before.began_at:
        return record
    intent = before.frozen.intent if before.frozen else demand.intent
    held = HeldPeriod(Interval(before.began_at, now), intent, max(before.claim.written, default=None), world.held_for)
    return replace(record, holds=(*record.holds, held))


def _held_for(world: World, memory: Memory, demand: Demand, now: datetime) -> tuple[SpanKind, ...]:
    """Why there has been a hold since it began."""
    before, after = world.memory.phase, memory.phase
    if not isinstance(after, Holding):
        return ()
    goes_on = isinstance(before, Holding) and before.began_at == after.began_at
    earlier = world.held_for if goes_on else ()
    present = {span.kind for span in demand.hold.spans_at(now)} if demand.hold else set()
    return tuple(sorted({*earlier, *present}))


def _snapshot(world: World, view: _View, demand: Demand, decision: Decision, inputs: Inputs, now: datetime) -> Snapshot:
    memory, settings = decision.memory, inputs.settings
    running = view.slot_at(now)
    slot = SlotNow(
        known=view.plan.read_at is not None,
        running=running is not None,
        is_day_slot=running is not None and running.day_slot,
        skipped=any(now in skipped for skipped in world.wishes.skipped),
    )
    status, reason = status_of(memory, decision, demand, settings, view.tariff, slot)
    agreement = agreement_at(world.account, now)
    named = agreement.display_name if agreement and view.tariff.treatment is Treatment.NOTHING else None
    return Snapshot(
        status=status,
        reason=reason,
        until=_until(memory, demand, running, settings),
        baseline=memory.baseline if memory.owns_reserve else None,
        target=decision.target,
        certainty=demand.judgement.certainty if demand.judgement else Certainty.NOT_CHEAP,
        intent=demand.intent if status in SHOWS_INTENT and demand.due else None,
        settings=settings,
        tariff=view.tariff,
        tariff_name=(named or view.tariff.name) if world.account else None,
        slots=view.slots,
        holds=view.holds,
        smart_slot=running is not None,
        cheap_rate=_is_cheap(view, running, now),
        car_charging=view.car_charging,
        holding=memory.owns_reserve,
        allowance_used_h=hours_used(view.used) if view.tariff.has_slots else None,
        last_poll=world.plan.read_at,
        clock_agrees=clock_agrees(world),
        problems=decision.problems,
    )


def _is_cheap(view: _View, running: Slot | None, now: datetime) -> bool:
    """Whether power is certainly cheap for the house, held or not; the owner's own holds say nothing about prices."""
    if view.tariff.cheap_window(now) is not None:
        return True
    if running is None:
        return False
    return view.judged(Span(running.interval, SpanKind.SLOT), now).certainty is Certainty.CERTAIN


def _until(memory: Memory, demand: Demand, running: Slot | None, settings: Settings) -> datetime | None:
    """When the hold or the override ends, as far as is known; for an override half an hour after the last slot."""
    match memory.phase:
        case Holding(ends_at=ends_at):
            return None if demand.open_ended else ends_at
        case Overridden(ends_at=ends_at, slot_seen_at=slot_seen_at):
            return max(ends_at, (running.end if running else slot_seen_at) + SLOTLESS_FOR)
    if demand.open_ended:
        return None
    is_coming = demand.hold is not None and settings.automation and isinstance(memory.phase, Idle)
    return demand.hold.end if demand.hold and is_coming else None


def _wake_at(world: World, view: _View, others: tuple[datetime | None, ...], now: datetime) -> datetime | None:
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
        times.append(half_hour(now).end)
        for read_at in (facts.plan_read_at for facts in view.facts if facts.plan_read_at is not None):
            # An age counts until it is past, so one tick later is when it shows.
            times += [read_at + age + timedelta.resolution for age in (START_AGE, RUNNING_AGE, OLDEST_PLAN)]
    if world.account is not None:
        times += [at for agreement in world.account.agreements for at in (agreement.valid_from, agreement.valid_to)]
    return min((at for at in times if at is not None and at > now), default=None)


def is_unsaved(snapshot: Snapshot, before: Memory) -> Snapshot:
    """The same picture for an owner whose Home Assistant could not save: nothing was written (design 5.1)."""
    return replace(
        snapshot,
        status=Status.WAITING,
        reason=Reason.NOT_SAVED,
        baseline=before.baseline if before.owns_reserve else None,
        target=before.target,
        holding=before.owns_reserve,
    )
