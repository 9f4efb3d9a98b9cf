"""What must be written, what stands in the way, and what must be asked (design 4 and 5.3)."""

from dataclasses import replace
from datetime import timedelta

from .memory import Frozen, Memory, Phase
from .situation import Obstacle, Situation
from .target import FULL, wanted_reserve
from .writing import CONFIRMED_AFTER, Attempt, begun, is_fresh, resend_due, sent_again

ASKED_AFTER = timedelta(seconds=90)
ASKED_EVERY = timedelta(seconds=60)
ANSWERED_WITHIN = timedelta(seconds=15)


def acted(memory: Memory, situation: Situation) -> tuple[Memory, int | None, Obstacle | None]:
    """The value to send now, if any, and what stands in the way of one that is due."""
    match memory.phase:
        case Phase.IDLE if situation.may_begin:
            return memory, None, start_obstacle(situation)
        case Phase.HOLDING:
            return _hold_acted(memory, situation)
        case Phase.RESTORING:
            return _restore_acted(memory, situation)
    return memory, None, None


def start_obstacle(situation: Situation) -> Obstacle | None:
    """What keeps a hold from starting (design 5.8)."""
    if situation.battery.block is not None:
        return Obstacle(situation.battery.block.value)
    if situation.reading.value is None:
        return Obstacle.RESERVE_UNAVAILABLE
    return Obstacle.BACKUP_MODE if situation.battery.backup_mode else None


def _write_obstacle(memory: Memory, situation: Situation) -> Obstacle | None:
    if situation.battery.block is not None:
        return Obstacle(situation.battery.block.value)
    if situation.reading.value is None:
        # Home Assistant would drop the call without a word (facts/powerwall.md 2.2).
        return Obstacle.RESERVE_UNAVAILABLE
    return Obstacle.OWNER_CHECK if memory.senses.foreign is not None else None


def _hold_acted(memory: Memory, situation: Situation) -> tuple[Memory, int | None, Obstacle | None]:
    memory, wanted = _wanted(memory, situation)
    obstacle = _write_obstacle(memory, situation)
    if obstacle is not None:
        return memory, None, obstacle
    if wanted is None:
        return memory, None, Obstacle.LEVEL_UNKNOWN if memory.target is None else None
    standing = situation.reading.value
    if situation.settings.dry_run or (not memory.written and standing is not None and standing >= wanted):
        return memory, None, None
    memory, write = _sent(memory, situation, wanted, endless=False)
    return memory, write, Obstacle.WRITE_REFUSED if write is None and _given_up(memory, situation) else None


def target_of(memory: Memory, situation: Situation) -> int | None:
    """The reserve that is to stand now; in a dry run the one that would be asked for (design 5.11)."""
    if memory.phase is Phase.HOLDING and situation.settings.dry_run and _write_obstacle(memory, situation) is None:
        return _wanted(memory, situation)[1]
    return memory.target


def _given_up(memory: Memory, situation: Situation) -> bool:
    attempt = memory.attempt
    if attempt is None or attempt.settled or attempt.in_flight or situation.reading.value == attempt.value:
        return False
    return resend_due(attempt, endless=False) is None


def _wanted(memory: Memory, situation: Situation) -> tuple[Memory, int | None]:
    intent = situation.demand.intent
    if memory.frozen is None or memory.frozen.intent is not intent:
        level = _level_to_go_by(memory, situation)
        if level is not None:
            memory = replace(memory, frozen=Frozen(intent, level))
    frozen = memory.frozen if memory.frozen is not None and memory.frozen.intent is intent else None
    if (
        frozen is None
        and memory.attempt is None
        and situation.settings.charge_target < FULL
        and not _is_asked(memory, situation)
    ):
        # A target below 100 must not be less than preserving would ask for: that takes the level, which is on its way.
        return memory, None
    wanted = wanted_reserve(
        intent,
        certain=situation.demand.certain,
        charge_target_pct=situation.settings.charge_target,
        level_pct=frozen.level_pct if frozen else None,
        baseline_pct=memory.baseline or 0,
    )
    return memory, wanted


def _level_to_go_by(memory: Memory, situation: Situation) -> float | None:
    """A fresh level; failing that the last trusted one, once the battery was asked and did not answer (design 4.3)."""
    if situation.battery.level.is_fresh(situation.now):
        return situation.battery.level.value
    trusted = memory.senses.level
    return trusted.value if trusted is not None and _is_asked(memory, situation) else None


def _is_asked(memory: Memory, situation: Situation) -> bool:
    """Whether the battery was asked for its readings and has had time to answer."""
    when_asked = memory.senses.refreshed_at
    return when_asked is not None and ANSWERED_WITHIN <= situation.now - when_asked <= 2 * ASKED_EVERY


def _restore_acted(memory: Memory, situation: Situation) -> tuple[Memory, int | None, Obstacle | None]:
    obstacle = _write_obstacle(memory, situation)
    if obstacle is not None or memory.baseline is None:
        return memory, None, obstacle
    memory, write = _sent(memory, situation, memory.baseline, endless=True)
    return memory, write, None


def _sent(memory: Memory, situation: Situation, value: int, *, endless: bool) -> tuple[Memory, int | None]:
    attempt = memory.attempt
    if attempt is None:
        attempt = begun(value, situation.now)
    elif attempt.in_flight:
        return memory, None
    elif attempt.value != value:
        attempt = begun(value, situation.now)
    elif _is_resend_due(memory, attempt, situation, endless=endless):
        attempt = sent_again(attempt, situation.now)
    else:
        return memory, None
    written = (*(earlier for earlier in memory.written if earlier != value), value)
    return replace(memory, attempt=attempt, written=written), value


def _is_resend_due(memory: Memory, attempt: Attempt, situation: Situation, *, endless: bool) -> bool:
    if attempt.settled:
        return False
    told_again = memory.senses.disobedience
    if told_again is not None and told_again.nudged_at == situation.now and attempt.sent_at < situation.now:
        return True
    due = resend_due(attempt, endless=endless)
    if due is None or situation.now < due or situation.reading.value == attempt.value:
        return False
    return is_fresh(attempt, situation.reading) or not situation.battery.reports


def asked(memory: Memory, situation: Situation, obstacle: Obstacle | None) -> tuple[Memory, bool]:
    """Whether the battery's entities should be asked for a fresh reading, at most once a minute."""
    wants_level = memory.phase is Phase.HOLDING and (
        memory.frozen is None or memory.frozen.intent is not situation.demand.intent
    )
    if not (
        obstacle in (Obstacle.RESERVE_UNAVAILABLE, Obstacle.LEVEL_UNKNOWN)
        or wants_level
        or _is_reading_overdue(memory, situation)
    ):
        return memory, False
    when_asked = memory.senses.refreshed_at
    if when_asked is not None and situation.now - when_asked < ASKED_EVERY:
        return memory, False
    return replace(memory, senses=replace(memory.senses, refreshed_at=situation.now)), True


def _is_reading_overdue(memory: Memory, situation: Situation) -> bool:
    if memory.senses.foreign is not None and situation.now - memory.senses.foreign.at >= ASKED_AFTER:
        return True
    attempt = memory.attempt
    if attempt is None or attempt.settled or attempt.returned_at is None:
        return False
    if situation.now < attempt.returned_at + ASKED_AFTER:
        return False
    reported = situation.reading.reported_at
    return reported is None or reported < attempt.returned_at + CONFIRMED_AFTER
