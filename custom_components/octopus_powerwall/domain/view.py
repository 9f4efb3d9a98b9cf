"""What is worked out of the world before anything is decided: slots, holds, and what their certainty depends on."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from .account_state import AccountState, assess_account
from .model import JOIN_GAP, join
from .plan.car_guard import CarSession, find_guard_span, follow_car
from .plan.device_plan import Doubt
from .plan.dispatches import DeviceStatement, Plan
from .plan.sources import choose_plan
from .plan.timeline import Hold, Slot, Span, find_slots, plan_holds
from .price.allowance import find_used_half_hours, is_within_allowance
from .price.certainty import (
    IDLE_FOR,
    START_AGE,
    Certainty,
    Circumstances,
    Judgement,
    choose_surest,
    judge,
)
from .price.octopus_evidence import evidence_for, is_any_seen_charging
from .price.tariffs import SlotPolicy, Tariff
from .reserve.situation import Problem
from .settings import CarGuard, Settings, WholeHalfHours
from .windows import half_hour_of
from .world import (
    Inputs,
    World,
    clock_agrees,
    find_guarded_windows,
    policy_of,
)

# What a car charges while it boosts or tests is no part of the allowance (design 3.7).
_NO_SMART_CHARGE = frozenset({Doubt.BOOSTING, Doubt.TESTING})


@dataclass(frozen=True, slots=True)
class View:
    """What is known at one instant, worked out of the world and the inputs."""

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
        """Return the slot that runs at an instant."""
        return next((slot for slot in self.slots if at in slot.interval), None)


def make_view(world: World, now: datetime, inputs: Inputs) -> tuple[View, World]:
    """Work out what is known now, and note in the world what was seen of the car."""
    account, settings = assess_account(world, inputs, now), inputs.settings
    tariff = account.standing.tariff
    plan = choose_plan(settings.slot_source, world.plan, world.charger_plan)
    coming = find_slots(plan, now) if tariff.has_slots else ()
    ours = tuple(device for device in world.devices if device.is_at(account.home.property_id))
    seen = is_any_seen_charging(ours, now)
    running = next((slot for slot in coming if now in slot.interval), None)
    is_trusted = Problem.CHARGER_CONTRADICTED not in account.problems and not seen
    idle_since = _idle_since(running, inputs) if is_trusted else None
    statements = evidence_for(world.plan.statements_at(now), inputs.evidence, ours, world.plan, now)
    world = _note_charging(world, statements, inputs, now, in_slot=running is not None)
    used: tuple[datetime, ...] = ()
    if tariff.has_slots:
        used = find_used_half_hours(now, world.charged, world.completed, plan.boosted, plan.past)
    octopus = tuple(
        Circumstances(
            policy=policy_of(tariff, settings.slot_policy, cap_seen=world.cap_seen),
            plan_read_at=statement.read_at,
            begun_certain=world.memory.begun_certain,
            car_charging=charging,
            allowance_left=is_within_allowance(now, used),
            clock_agrees=clock_agrees(world),
            doubt=statement.doubt,
            unsettled=account.unsettled,
            car_idle=idle_since is not None and now - idle_since >= IDLE_FOR,
        )
        for statement, charging in statements
    )
    world, car_guard = _follow_car_guard(world, tariff, plan, inputs, now)
    evidence = (inputs.evidence, inputs.charger_evidence, seen)
    view = View(
        account=account,
        tariff=tariff,
        plan=plan,
        slots=coming,
        holds=_plan_holds(plan, tariff, octopus[0].policy, world, settings, car_guard, now),
        used=used,
        facts=_facts(octopus, world, inputs, now),
        car_charging=next((known for known in evidence if known is not None), None),
        car_guard=car_guard,
        idle_since=idle_since,
    )
    return view, world


def _note_charging(
    world: World,
    statements: Iterable[tuple[DeviceStatement, bool | None]],
    inputs: Inputs,
    now: datetime,
    *,
    in_slot: bool,
) -> World:
    """Note this half hour where the car charges in a slot in it (design 3.7)."""
    smart_charge = any(charging and statement.doubt not in _NO_SMART_CHARGE for statement, charging in statements)
    this = half_hour_of(now).start
    if not in_slot or not (smart_charge or inputs.charger_evidence) or this in world.charged:
        return world
    return replace(world, charged=(*world.charged, this))


def _follow_car_guard(
    world: World, tariff: Tariff, plan: Plan, inputs: Inputs, now: datetime
) -> tuple[World, Span | None]:
    """Follow the car for the guard outside slots; what is held for it now (design 5.14)."""
    session: CarSession | None = None
    if inputs.settings.car_guard is not CarGuard.OFF and not tariff.is_refused:
        seen = inputs.charger_evidence if inputs.evidence is None else inputs.evidence
        session = follow_car(world.car_session, now, charging=seen, stopped_at=inputs.car_stopped_at)
    known_slots = join(plan.intervals(), JOIN_GAP) if tariff.has_slots else ()
    span = find_guard_span(session, inputs.settings.car_guard, known_slots, now)
    return (world if session == world.car_session else replace(world, car_session=session)), span


def _plan_holds(
    plan: Plan,
    tariff: Tariff,
    policy: SlotPolicy,
    world: World,
    settings: Settings,
    car_guard: Span | None,
    now: datetime,
) -> tuple[Hold, ...]:
    if tariff.is_refused:
        return ()
    # A charger's own cloud tells nothing of what Octopus bills: there the car has to be seen charging.
    whole_slot = policy is SlotPolicy.WHOLE_SLOT and not settings.slot_source.has_charger
    return plan_holds(
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
