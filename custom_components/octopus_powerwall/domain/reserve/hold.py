"""The life of a hold: what is remembered and seen goes in, what is to be done comes out (design 5).

``decide_reserve`` is called whenever anything may have changed and may be called at any time: with nothing new it asks
for nothing. Its steps follow one another: read the battery, move through the phases, judge the battery's behaviour, see
what must be written, and tell.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..clock import not_ahead
from ..settings import Settings
from .disobedience import judged, told_again_after
from .memory import SLOTLESS_FOR, Memory, Phase, Senses, released_by_owner
from .obedience import Verdict
from .readings import POLL_APART, observed, sensed
from .situation import Activity, Battery, Demand, Obstacle, Problem, Situation, Step
from .write_decision import ANSWERED_WITHIN, acted, asked, start_obstacle, target_of
from .writing import CONFIRMED_AFTER, UNCHANGED_AFTER, resend_due

RESTORE_FAILED_AFTER = timedelta(minutes=10)
CLOUD_LAG = timedelta(minutes=2)
PAUSES = frozenset({Obstacle.STORM_WATCH, Obstacle.GRID_DOWN, Obstacle.GRID_SERVICES, Obstacle.BACKUP_MODE})
"""Obstacles that end by themselves and are shown as a pause (design 5.8)."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do and what to show. ``write`` is to be sent after ``memory`` is safely on disk.

    ``target`` is the reserve that is to stand now, in percent; in a dry run the one that would be asked for.
    """

    memory: Memory
    write: int | None = None
    target: int | None = None
    refresh: bool = False
    obstacle: Obstacle | None = None
    activities: tuple[Activity, ...] = ()
    problems: frozenset[Problem] = frozenset()
    wake_at: datetime | None = None


def decide_reserve(memory: Memory, now: datetime, demand: Demand, battery: Battery, settings: Settings) -> Decision:
    """Look once at everything and say what to do. Pure and idempotent: the same look asks for nothing twice.

    Args:
        memory: what the last decision left.
        now: the instant, in UTC.
        demand: what the timeline asks for at ``now``.
        battery: the newest readings.
        settings: the owner's choices.
    """
    situation = Situation(now, demand, battery, settings)
    was = memory.senses
    memory = sensed(not_ahead(memory, now), situation)
    memory, seen = observed(memory, situation)
    memory, ended = _moved(memory, situation)
    memory = judged(memory, situation)
    memory, write, obstacle = acted(memory, situation)
    memory, told = _told(memory, was, situation, obstacle)
    memory, refresh = asked(memory, situation, obstacle)
    return Decision(
        memory=memory,
        write=write,
        target=target_of(memory, situation),
        refresh=refresh,
        obstacle=obstacle,
        activities=(*seen, *ended, *told),
        problems=_problems(memory),
        wake_at=_wake_at(memory, situation),
    )


def _moved(memory: Memory, situation: Situation) -> Step:
    """Move through the phases as far as this instant allows."""
    activities: tuple[Activity, ...] = ()
    if memory.slot_seen_at is not None:
        memory = _override_over(memory, situation, memory.slot_seen_at)
    if memory.phase is Phase.HOLDING and (not situation.due or (situation.settings.dry_run and memory.written)):
        memory = _ended(memory, situation)
    if memory.phase is Phase.RESTORING and _is_restored(memory):
        memory, activities = _restored(memory, situation), (Activity.RESERVE_RESTORED,)
    may_begin = situation.may_begin and start_obstacle(situation) is None
    match memory.phase:
        case Phase.IDLE if may_begin:
            memory = _started(memory, situation)
        case Phase.RESTORING if may_begin and memory.slot_seen_at is None and not situation.settings.dry_run:
            memory = _started_again(memory, situation)
        case Phase.HOLDING:
            memory = _continued(memory, situation)
    return memory, activities


def _continued(memory: Memory, situation: Situation) -> Memory:
    ends_at = situation.demand.hold.end if situation.demand.hold else memory.ends_at
    # It is the slot that has begun certain, and not the hold, which may go on to another slot.
    begun_certain = situation.demand.in_slot and (memory.begun_certain or situation.demand.slot_certain)
    if ends_at == memory.ends_at and begun_certain == memory.begun_certain:
        return memory
    return replace(memory, ends_at=ends_at, begun_certain=begun_certain)


def _override_over(memory: Memory, situation: Situation, slot_seen_at: datetime) -> Memory:
    """Follow an override to its end (design 5.5)."""
    slot_seen_at = max(slot_seen_at, situation.slot_seen_at)
    ended = memory.ends_at is None or situation.now >= memory.ends_at
    if not situation.settings.automation or (ended and situation.now - slot_seen_at >= SLOTLESS_FOR):
        return released_by_owner(memory)
    return memory if slot_seen_at == memory.slot_seen_at else replace(memory, slot_seen_at=slot_seen_at)


def _started(memory: Memory, situation: Situation) -> Memory:
    found = situation.reading.value
    call, reported_at = memory.senses.call, situation.reading.reported_at
    if call is not None and (reported_at is None or reported_at < call.at + CLOUD_LAG):
        # Somebody has just asked for it, and a cloud that lags may show the old value once more.
        found = call.value
    usual = situation.settings.usual_reserve
    return Memory(
        phase=Phase.HOLDING,
        began_at=situation.now,
        ends_at=situation.demand.hold.end if situation.demand.hold else None,
        found=found,
        baseline=found if usual is None else usual,
        watch=memory.watch,
        begun_certain=situation.demand.slot_certain,
        senses=_new_senses(memory.senses),
    )


def _started_again(memory: Memory, situation: Situation) -> Memory:
    """A new hold before the last one's restore was confirmed: its baseline is the only one that can be trusted."""
    return Memory(
        phase=Phase.HOLDING,
        began_at=situation.now,
        ends_at=situation.demand.hold.end if situation.demand.hold else None,
        found=memory.baseline,
        baseline=memory.baseline,
        written=memory.written,
        stale=tuple(sorted(memory.ours())),
        uncertain=memory.uncertain,
        attempt=memory.attempt,
        watch=memory.watch,
        begun_certain=situation.demand.slot_certain,
        senses=_new_senses(memory.senses),
    )


def _new_senses(senses: Senses) -> Senses:
    return replace(senses, call=None, foreign=None, drift_since=None, disobedience=None, restored_at=None)


def _ended(memory: Memory, situation: Situation) -> Memory:
    if not memory.written:
        return Memory(watch=memory.watch, senses=memory.senses)
    return replace(
        memory,
        phase=Phase.RESTORING,
        frozen=None,
        begun_certain=False,
        restoring_since=situation.now,
        senses=replace(memory.senses, disobedience=None),
    )


def _is_restored(memory: Memory) -> bool:
    return memory.attempt is not None and memory.attempt.settled and memory.attempt.value == memory.baseline


def _restored(memory: Memory, situation: Situation) -> Memory:
    watch = memory.watch_over(memory.target or 0, situation.now)
    restored_at = memory.senses.restored_at or situation.now
    senses = replace(memory.senses, restored_at=restored_at, foreign=None, drift_since=None)
    if memory.slot_seen_at is None:
        return Memory(watch=watch, senses=senses)
    return Memory(
        phase=Phase.OVERRIDDEN,
        began_at=memory.began_at,
        ends_at=memory.ends_at,
        slot_seen_at=memory.slot_seen_at,
        watch=watch,
        senses=senses,
    )


def _told(memory: Memory, was: Senses, situation: Situation, obstacle: Obstacle | None) -> Step:
    """What is worth telling once: a raised reserve, a pause and its end, a battery or a restore that fails."""
    raised_to = _raised_to(memory)
    grieved = memory.senses.not_obeying or obstacle is Obstacle.WRITE_REFUSED
    failed = _is_restore_failing(memory, situation)
    paused = obstacle in PAUSES
    goes_on = situation.due or memory.phase is Phase.RESTORING
    now = replace(memory.senses, raised_to=raised_to, not_obeying=grieved, restore_failed=failed, paused=paused)
    news = (
        (raised_to is not None and raised_to > (was.raised_to or 0), Activity.RESERVE_RAISED),
        (grieved and not was.not_obeying, Activity.NOT_OBEYING),
        (failed and not was.restore_failed, Activity.RESTORE_FAILED),
        (paused and not was.paused, Activity.PAUSED),
        (was.paused and not paused and goes_on, Activity.RESUMED),
    )
    memory = memory if now == memory.senses else replace(memory, senses=now)
    return memory, tuple(activity for is_news, activity in news if is_news)


def _raised_to(memory: Memory) -> int | None:
    """What the reserve was raised to, as soon as the call came back without an error or a reading shows it."""
    attempt = memory.attempt
    if memory.phase is not Phase.HOLDING or attempt is None or attempt.in_flight or memory.found is None:
        return memory.senses.raised_to if memory.phase is Phase.HOLDING else None
    if (attempt.failed and not attempt.settled) or attempt.value <= memory.found:
        return memory.senses.raised_to
    return attempt.value


def _is_restore_failing(memory: Memory, situation: Situation) -> bool:
    """Whether a restore has been tried, or could not be tried, for ten minutes; a pause (design 5.8) does not count."""
    if memory.phase is not Phase.RESTORING or memory.restoring_since is None or situation.battery.block is not None:
        return False
    attempt = memory.attempt
    tried_since = attempt.first_at if attempt is not None and attempt.value == memory.baseline else None
    return situation.now - max(memory.restoring_since, tried_since or memory.restoring_since) >= RESTORE_FAILED_AFTER


def _problems(memory: Memory) -> frozenset[Problem]:
    problems = {Problem.NOT_OBEYING: memory.senses.not_obeying, Problem.RESTORE_FAILED: memory.senses.restore_failed}
    return frozenset(problem for problem, is_there in problems.items() if is_there)


def _wake_at(memory: Memory, situation: Situation) -> datetime | None:
    """The next instant at which this decision could come out differently with the same readings."""
    return min((at for at in _wake_times(memory) if at is not None and at > situation.now), default=None)


def _wake_times(memory: Memory) -> Iterable[datetime | None]:
    attempt = memory.attempt
    if attempt is not None and attempt.returned_at is not None and not attempt.settled:
        yield attempt.returned_at + CONFIRMED_AFTER
        yield attempt.returned_at + UNCHANGED_AFTER
        yield resend_due(attempt, endless=memory.phase is Phase.RESTORING)
    if memory.slot_seen_at is not None:
        yield memory.ends_at
        yield memory.slot_seen_at + SLOTLESS_FOR
    if memory.phase is Phase.RESTORING and memory.restoring_since is not None:
        yield memory.restoring_since + RESTORE_FAILED_AFTER
        yield attempt.first_at + RESTORE_FAILED_AFTER if attempt is not None else None
    if memory.senses.foreign is not None:
        yield memory.senses.foreign.at + POLL_APART
    if memory.watch is not None:
        yield memory.watch.until
    if memory.senses.refreshed_at is not None:
        yield memory.senses.refreshed_at + ANSWERED_WITHIN
    yield Verdict(memory.senses.disobedience).wake_at(told_again_after(memory.phase))
