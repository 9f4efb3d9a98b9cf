"""One look at everything: the world as it was and the news go in, the world as it is and what to do come out."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from .account_state import AccountState, assess_account, find_agreement_changes
from .model import JOIN_GAP, Interval, join
from .plan.car_guard import find_guard_span, follow_car, is_end_open
from .plan.device_plan import Doubt
from .plan.dispatches import Plan, advance
from .plan.sources import choose_plan
from .plan.timeline import Hold, Slot, Span, SpanKind, find_past_slots, find_slots, hold_at, intent_of, plan_holds
from .price.allowance import count_hours_used, find_used_half_hours, is_within_allowance
from .price.certainty import (
    IDLE_FOR,
    OLDEST_PLAN,
    RUNNING_AGE,
    START_AGE,
    Certainty,
    Circumstances,
    Judgement,
    choose_surest,
    judge,
)
from .price.octopus_evidence import evidence_for, is_any_seen_charging
from .price.tariffs import SlotPolicy, Tariff, Treatment
from .reason import Reason
from .reserve.hold import Decision, decide_reserve
from .reserve.limits import Limits
from .reserve.memory import SLOTLESS_FOR, Memory
from .reserve.phases import Holding, Idle, Overridden
from .reserve.situation import Activity, Battery, Demand, Problem, Situation
from .settings import CarGuard, Intent, Settings, SlotSource, WholeHalfHours
from .status import SHOWS_INTENT, SlotNow, Snapshot, Status, status_of
from .windows import half_hour_of, midday_before
from .world import (
    HeldPeriod,
    Inputs,
    Record,
    World,
    clock_agrees,
    find_guarded_windows,
    grow_skips,
    policy_of,
)

# Longer than this nothing happens by itself that the clock alone could bring about.
FURTHEST_WAKE = timedelta(hours=24)
# What a car charges while it boosts or tests is no part of the allowance (design 3.7).
_NO_SMART_CHARGE = frozenset({Doubt.BOOSTING, Doubt.TESTING})
_OWNERS_WORD = frozenset({SpanKind.OWNER, SpanKind.CAR_GUARD})


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

    account: AccountState
    tariff: Tariff
    plan: Plan
    slots: tuple[Slot, ...]
    holds: tuple[Hold, ...]
    used: tuple[datetime, ...]
    facts: tuple[Circumstances, ...]
    car_charging: bool | None
    car_guard: Span | None = None
    idle_since: datetime | None = None

    def judge_at(self, span: Span, at: datetime) -> Judgement:
        """How certain power is cheap in a span: as certain as it is for the surest of the devices."""
        return choose_surest(judge(span, at, facts) for facts in self.facts)

    def is_certain_afresh(self, span: Span, at: datetime) -> bool:
        """Whether that is certain by a plan that is fresh enough to begin a slot."""
        return any(
            facts.plan_read_at is not None
            and abs(at - facts.plan_read_at) <= START_AGE
            and judge(span, at, facts).certainty is Certainty.CERTAIN
            for facts in self.facts
        )

    def slot_at(self, at: datetime) -> Slot | None:
        return next((slot for slot in self.slots if at in slot.interval), None)


def decide(world: World, now: datetime, inputs: Inputs) -> Outcome:
    """Look once at everything (all times UTC). Pure; with nothing new it asks for nothing new."""
    world = _let_time_pass(world, now, inputs.settings.slot_source)
    view, world = _viewed(world, now, inputs)
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
        snapshot=_snapshot(world, view, demand, decision, inputs, now),
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


def _viewed(world: World, now: datetime, inputs: Inputs) -> tuple[_View, World]:
    account = assess_account(world, inputs, now)
    tariff = account.standing.tariff
    settings = inputs.settings
    plan = choose_plan(settings.slot_source, world.plan, world.charger_plan)
    coming = find_slots(plan, now) if tariff.has_slots else ()
    ours = tuple(device for device in world.devices if device.is_at(account.home.property_id))
    said = evidence_for(world.plan.statements_at(now), inputs.evidence, ours, world.plan, now)
    running = next((slot for slot in coming if now in slot.interval), None)
    in_slot = running is not None
    is_trusted = Problem.CHARGER_CONTRADICTED not in account.problems and not is_any_seen_charging(ours, now)
    idle_since = _idle_since(running, inputs) if is_trusted else None
    smart_charge = any(charging and statement.doubt not in _NO_SMART_CHARGE for statement, charging in said)
    if in_slot and (smart_charge or inputs.charger_evidence):
        this = half_hour_of(now).start
        if this not in world.charged:
            world = replace(world, charged=(*world.charged, this))
    used: tuple[datetime, ...] = ()
    if tariff.has_slots:
        used = find_used_half_hours(now, world.charged, world.completed, plan.boosted, plan.past)
    octopus = tuple(
        Circumstances(
            policy=policy_of(tariff, inputs.settings.slot_policy, cap_seen=world.cap_seen),
            plan_read_at=statement.read_at,
            begun_certain=world.memory.begun_certain,
            car_charging=charging,
            allowance_left=is_within_allowance(now, used),
            clock_agrees=clock_agrees(world),
            doubt=statement.doubt,
            unsettled=account.unsettled,
            car_idle=idle_since is not None and now - idle_since >= IDLE_FOR,
        )
        for statement, charging in said
    )
    guards = settings.car_guard is not CarGuard.OFF and not tariff.is_refused
    seen = inputs.charger_evidence if inputs.evidence is None else inputs.evidence
    session = None
    if guards:
        session = follow_car(world.car_session, now, charging=seen, stopped_at=inputs.car_stopped_at)
    known_slots = join(plan.intervals(), JOIN_GAP) if tariff.has_slots else ()
    car_guard = find_guard_span(session, settings.car_guard, known_slots, now)
    # A charger's own cloud tells nothing of what Octopus bills: there the car has to be seen charging.
    whole_slot = octopus[0].policy is SlotPolicy.WHOLE_SLOT and not settings.slot_source.has_charger
    timeline: tuple[Hold, ...] = ()
    if not tariff.is_refused:
        timeline = plan_holds(
            plan,
            now,
            settings,
            world.wishes,
            has_slots=tariff.has_slots,
            guarded=find_guarded_windows(tariff),
            car_guard=car_guard,
            widens=settings.whole_half_hours.is_wanted(whole_slot=whole_slot),
            # Only the owner's own word keeps a half hour whose slot is gone: nobody has seen it billed as cheap.
            keeps_withdrawn=settings.whole_half_hours is WholeHalfHours.ON,
        )
    facts = _facts(octopus, world, inputs, now)
    charging = inputs.evidence if inputs.evidence is not None else is_any_seen_charging(ours, now)
    shown = charging if inputs.charger_evidence is None or inputs.evidence is not None else inputs.charger_evidence
    view = _View(account, tariff, plan, coming, timeline, used, facts, shown, car_guard, idle_since)
    return view, world if session == world.car_session else replace(world, car_session=session)


def _idle_since(slot: Slot | None, inputs: Inputs) -> datetime | None:
    """Since when the picked entity has shown an idle car in the slot that runs (design 2).

    Not to be asked of one that Octopus contradicts: to let go on its word may empty the battery into the car.
    """
    if slot is None or inputs.evidence is not False or inputs.car_stopped_at is None:
        return None
    return max(slot.start, inputs.car_stopped_at)


def _facts(
    octopus: tuple[Circumstances, ...], world: World, inputs: Inputs, now: datetime
) -> tuple[Circumstances, ...]:
    """Return what the certainty of a slot depends on, for each device of the sources that list the one running now.

    A slot of the charger's own cloud is certain only while that cloud lists it and shows the car charging, on both
    regimes, and within the allowance where there is one (design 10.2).
    """
    if not inputs.settings.slot_source.has_charger:
        return octopus
    one = octopus[0]
    is_listed = _is_listed(world.charger_plan, now)
    charger = tuple(
        replace(
            one,
            policy=SlotPolicy.CHARGE_CAP,
            plan_read_at=statement.read_at,
            car_charging=inputs.charger_evidence if is_listed else False,
            allowance_left=one.allowance_left or one.policy is SlotPolicy.WHOLE_SLOT,
            doubt=statement.doubt,
            car_idle=False,
        )
        for statement in world.charger_plan.statements_at(now)
    )
    if not inputs.settings.slot_source.has_octopus:
        return charger
    both = ((octopus, world.plan), (charger, world.charger_plan))
    listing = tuple(facts for all_facts, plan in both if _has_slot(plan, now) for facts in all_facts)
    return listing or charger


def _has_slot(plan: Plan, now: datetime) -> bool:
    return any(now in interval for interval in join(plan.intervals(), JOIN_GAP))


def _is_listed(plan: Plan, now: datetime) -> bool:
    """Whether the newest list has a row for this instant: one that is only carried until it is withdrawn has none."""
    return any(now in row.dispatch.interval for device in plan.devices for row in device.rows)


def _demand(view: _View, world: World, now: datetime, settings: Settings) -> Demand:
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


def _wanted_by(span: Span, view: _View, now: datetime, settings: Settings) -> tuple[Judgement, Intent]:
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


def _snapshot(world: World, view: _View, demand: Demand, decision: Decision, inputs: Inputs, now: datetime) -> Snapshot:
    memory, settings = decision.memory, inputs.settings
    running = view.slot_at(now)
    slot = SlotNow(
        known=view.plan.read_at is not None,
        running=running is not None,
        is_day_slot=running is not None and running.day_slot,
        # One that Octopus has taken back is over; a tail at night goes on without a slot.
        skipped=any(now in skipped for skipped in world.wishes.skipped)
        and (running is not None or view.tariff.cheap_window(now) is not None),
        idle_because=_idle_because(view.account) if view.tariff.has_slots else None,
    )
    status, reason = status_of(memory, decision, demand, settings, view.tariff, slot)
    agreement = view.account.standing.agreement
    cheap = _is_cheap(view, running, now)
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
        cheap_rate=cheap,
        billed_cheap=cheap or _is_billed_cheap(view, running, now),
        cheap_time=_cheap_time(view, now) if cheap else None,
        car_charging=view.car_charging,
        holding=memory.owns_reserve,
        allowance_used_h=count_hours_used(view.used) if view.tariff.has_slots else None,
        allowance_binds=_does_allowance_bind(
            view.tariff, policy_of(view.tariff, inputs.settings.slot_policy, cap_seen=world.cap_seen)
        ),
        last_poll=world.plan.read_at,
        clock_agrees=clock_agrees(world),
        problems=decision.problems | view.account.problems,
        account=view.account,
        cap_seen=world.cap_seen,
    )


def _does_allowance_bind(tariff: Tariff, policy: SlotPolicy) -> bool:
    """Whether a slot stops being cheap when the six hours are used up (design 3.7)."""
    return tariff.has_slots and policy is SlotPolicy.CHARGE_CAP


def _idle_because(account: AccountState) -> Reason | None:
    """Return what the owner should know of the account rather than that no slot runs."""
    if not account.standing.in_force and account.standing.agreement is None:
        return Reason(account.standing.tariff.reason.value)
    if account.without_car_since is not None:
        return Reason.NO_CAR
    if account.unreadable_since is not None:
        return Reason.PLAN_UNREADABLE
    return Reason.OCTOPUS_SILENT if account.silent_since is not None else None


def _is_cheap(view: _View, running: Slot | None, now: datetime) -> bool:
    """Whether power is certainly cheap for the house, held or not; the owner's own holds say nothing about prices."""
    if view.account.unsettled is not None:
        return False
    if view.tariff.cheap_window(now) is not None:
        return True
    if running is None:
        return False
    return view.judge_at(Span(running.interval, SpanKind.SLOT), now).certainty is Certainty.CERTAIN


def _is_billed_cheap(view: _View, running: Slot | None, now: datetime) -> bool:
    """Whether the running slot is billed cheap by the tariff's own terms, although its car has been seen idle.

    Where slots are cheap as a whole that makes no difference to the bill; nothing is bought on the strength of it.
    """
    if running is None:
        return False
    span = Span(running.interval, SpanKind.SLOT)
    return any(judge(span, now, replace(facts, car_idle=False)).certainty is Certainty.CERTAIN for facts in view.facts)


def _cheap_time(view: _View, now: datetime) -> Interval:
    """Return the time without a gap around ``now`` in which power is certainly cheap by what is known now.

    What lies in the past counts from the begin of its slots, however certain they were then.
    """
    windows = (window.occurrences(now, now + FURTHEST_WAKE) for window in view.tariff.cheap)
    slots = (
        slot.interval
        for slot in view.slots
        if view.judge_at(Span(slot.interval, SpanKind.SLOT), now).certainty is Certainty.CERTAIN
    )
    nothing = Interval(now, now)
    ahead = next((span for span in join((*chain.from_iterable(windows), *slots)) if now in span), nothing)
    begun = next((span for span in join((ahead, *view.plan.past)) if now in span), nothing)
    return Interval(begun.start, ahead.end)


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
        times.append(half_hour_of(now).end)
        read_times = {facts.plan_read_at for facts in view.facts if facts.plan_read_at is not None}
        # An age counts until it is past, so one tick later is when it shows.
        ages = (START_AGE, RUNNING_AGE, OLDEST_PLAN)
        times += [read_at + age + timedelta.resolution for read_at in read_times for age in ages]
    times += find_agreement_changes(world)
    times += [view.idle_since + IDLE_FOR] if view.idle_since is not None else []
    return min((at for at in times if at is not None and at > now), default=None)


def show_unsaved(snapshot: Snapshot, before: Memory) -> Snapshot:
    """Return the same picture for an owner whose Home Assistant could not save: nothing was written (design 5.1)."""
    return replace(
        snapshot,
        status=Status.WAITING,
        reason=Reason.NOT_SAVED,
        baseline=before.baseline if before.owns_reserve else None,
        target=before.target,
        holding=before.owns_reserve,
    )
