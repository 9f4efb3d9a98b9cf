"""The life of a hold: what is remembered and seen goes in, what is to be done comes out (design 5).

``decide_reserve`` is called whenever anything may have changed and may be called at any time: with nothing new it asks
for nothing. Its steps follow one another: read the battery, move through the phases, judge the battery's behaviour, see
what must be written, and tell.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..reason import PAUSES, Reason
from .disobedience import judge_behaviour
from .memory import SLOTLESS_FOR, Memory, Observations
from .phases import PUTTING_BACK, Holding, Overridden, hands_off_of
from .questions import choose_question, find_question_times, wants_level
from .readings import interpret_reading, update_senses
from .set_back_clock import forget_future, move_into_past
from .situation import ANSWERED_WITHIN, Activity, Problem, Situation, Step
from .transitions import LONGEST_HOLD, change_phase
from .write_decision import choose_target, choose_write
from .writing import UNCHANGED_AFTER, find_resend_time, find_unseen_resends, is_proof, shows

RESTORE_FAILED_AFTER = timedelta(minutes=10)
# What is shown is what was asked for, and the battery answers nothing: then nobody knows what stands.
UNANSWERED_AFTER = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do and what to show. ``write`` is to be sent after ``memory`` is safely on disk.

    ``target`` is the reserve that is to stand now, in percent; in a dry run the one that would be asked for.
    ``obstacle`` is what keeps something due from being written.
    """

    memory: Memory
    write: int | None = None
    target: int | None = None
    refresh: bool = False
    obstacle: Reason | None = None
    activities: tuple[Activity, ...] = ()
    problems: frozenset[Problem] = frozenset()
    wake_at: datetime | None = None


def decide_reserve(memory: Memory, situation: Situation) -> Decision:
    """Look once at everything and say what to do. Pure and idempotent: the same look asks for nothing twice.

    ``memory`` is what the last decision left.
    """
    was = memory.senses
    situation = replace(situation, battery=forget_future(situation.battery, situation.now))
    memory = update_senses(move_into_past(memory, situation.now), situation)
    memory, seen = interpret_reading(memory, situation)
    memory, ended = change_phase(memory, situation)
    memory = judge_behaviour(memory, situation)
    memory, write, obstacle = choose_write(memory, situation)
    memory, told = _tell(memory, was, situation, obstacle)
    memory, refresh = choose_question(memory, situation, obstacle)
    return Decision(
        memory=memory,
        write=write,
        target=choose_target(memory, situation),
        refresh=refresh,
        obstacle=obstacle,
        activities=(*seen, *ended, *told),
        problems=_problems(memory),
        wake_at=_wake_at(memory, situation),
    )


def _tell(memory: Memory, was: Observations, situation: Situation, obstacle: Reason | None) -> Step:
    """Tell once what is worth it: a raised reserve, a pause and its end, a battery or a restore that fails."""
    raised_to = _raised_to(memory)
    disobeys = memory.senses.not_obeying or obstacle is Reason.WRITE_REFUSED
    failed = _is_restore_failing(memory, situation)
    paused = obstacle in PAUSES
    goes_on = situation.due or isinstance(memory.phase, PUTTING_BACK)
    now = replace(memory.senses, raised_to=raised_to, not_obeying=disobeys, restore_failed=failed, paused=paused)
    news = (
        (raised_to is not None and raised_to > (was.raised_to or 0), Activity.RESERVE_RAISED),
        (disobeys and not was.not_obeying, Activity.NOT_OBEYING),
        (failed and not was.restore_failed, Activity.RESTORE_FAILED),
        (paused and not was.paused, Activity.PAUSED),
        (was.paused and not paused and goes_on, Activity.RESUMED),
    )
    memory = memory if now == memory.senses else replace(memory, senses=now)
    return memory, tuple(activity for is_news, activity in news if is_news)


def _raised_to(memory: Memory) -> int | None:
    """Return what the reserve was raised to, as soon as the call came back without an error or a reading shows it."""
    if not isinstance(memory.phase, Holding):
        return None
    attempt = memory.attempt
    if attempt is None or attempt.in_flight or attempt.value <= memory.phase.claim.found:
        return memory.senses.raised_to
    return memory.senses.raised_to if attempt.failed and not attempt.settled else attempt.value


def _is_restore_failing(memory: Memory, situation: Situation) -> bool:
    """Whether a restore has failed for ten minutes: no call was taken, or another value is read (design 5.3).

    Or for half an hour nothing has answered, and the value that is shown may be no more than the call's own echo.

    A pause (design 5.8) does not count, nor the time in which an unseen raise keeps a restore from being proven. What
    has failed has not come right again by the echo of the next try, which shows the value for a minute.
    """
    if not isinstance(memory.phase, PUTTING_BACK) or situation.battery.block is not None:
        return False
    attempt, since = memory.attempt, memory.phase.since
    if attempt is not None and attempt.value == memory.baseline:
        since = max(since, attempt.first_at)
        if attempt.accepted_at is not None and shows(attempt, situation.reading, situation.limits):
            proves = is_proof(attempt, situation.reading, situation.now, reports=situation.battery.reports)
            unanswered = situation.now - attempt.accepted_at >= UNANSWERED_AFTER
            return (memory.senses.restore_failed or unanswered) and not proves
    return situation.now - since >= RESTORE_FAILED_AFTER


def _problems(memory: Memory) -> frozenset[Problem]:
    problems = {Problem.NOT_OBEYING: memory.senses.not_obeying, Problem.RESTORE_FAILED: memory.senses.restore_failed}
    return frozenset(problem for problem, is_there in problems.items() if is_there)


def _wake_at(memory: Memory, situation: Situation) -> datetime | None:
    """Return the next instant at which this decision could come out differently with the same readings."""
    times = [*_wake_times(memory), *find_question_times(memory, situation)]
    asked_at = memory.senses.asked_at
    if asked_at is not None and (wants_level(memory, situation) or not situation.reading.answers_since(asked_at)):
        times.append(asked_at + ANSWERED_WITHIN)
    return min((at for at in times if at is not None and at > situation.now), default=None)


def _wake_times(memory: Memory) -> Iterable[datetime | None]:
    attempt, hands_off = memory.attempt, hands_off_of(memory.phase)
    if attempt is not None and attempt.returned_at is not None and not attempt.settled:
        yield attempt.returned_at + UNCHANGED_AFTER
        yield find_resend_time(attempt, endless=isinstance(memory.phase, PUTTING_BACK))
        yield from find_unseen_resends(attempt)
    if isinstance(memory.phase, Holding) and memory.phase.claim.raised_since is not None:
        yield memory.phase.claim.raised_since + LONGEST_HOLD
    if isinstance(memory.phase, PUTTING_BACK):
        yield memory.phase.since + RESTORE_FAILED_AFTER
        yield attempt.first_at + RESTORE_FAILED_AFTER if attempt is not None else None
    if hands_off is not None:
        yield hands_off.slot_seen_at + SLOTLESS_FOR
    if isinstance(hands_off, Overridden):
        yield hands_off.ends_at
