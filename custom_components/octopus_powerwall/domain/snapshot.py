"""What is shown after a decision: the snapshot, from what was known and what was decided (design 7)."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain

from .account_state import AccountState
from .model import Interval, join
from .plan.timeline import Slot, Span, SpanKind
from .price.allowance import count_hours_used
from .price.certainty import (
    Certainty,
    judge,
)
from .price.tariffs import SlotPolicy, Tariff, Treatment
from .reason import Reason
from .reserve.hold import Decision
from .reserve.memory import SLOTLESS_FOR, Memory
from .reserve.phases import Holding, Idle, Overridden
from .reserve.situation import Demand
from .settings import Settings
from .status import SHOWS_INTENT, SlotNow, Snapshot, Status, status_of
from .view import View
from .world import (
    Inputs,
    World,
    clock_agrees,
    policy_of,
)

# Longer than this nothing happens by itself that the clock alone could bring about.
FURTHEST_WAKE = timedelta(hours=24)


def make_snapshot(
    world: World, view: View, demand: Demand, decision: Decision, inputs: Inputs, now: datetime
) -> Snapshot:
    """Return what entities, actions and diagnostics show."""
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


def _is_cheap(view: View, running: Slot | None, now: datetime) -> bool:
    """Whether power is certainly cheap for the house, held or not; the owner's own holds say nothing about prices."""
    if view.account.unsettled is not None:
        return False
    if view.tariff.cheap_window(now) is not None:
        return True
    if running is None:
        return False
    return view.judge_at(Span(running.interval, SpanKind.SLOT), now).certainty is Certainty.CERTAIN


def _is_billed_cheap(view: View, running: Slot | None, now: datetime) -> bool:
    """Whether the running slot is billed cheap by the tariff's own terms, although its car has been seen idle.

    Where slots are cheap as a whole that makes no difference to the bill; nothing is bought on the strength of it.
    """
    if running is None:
        return False
    span = Span(running.interval, SpanKind.SLOT)
    return any(judge(span, now, replace(facts, car_idle=False)).certainty is Certainty.CERTAIN for facts in view.facts)


def _cheap_time(view: View, now: datetime) -> Interval:
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
