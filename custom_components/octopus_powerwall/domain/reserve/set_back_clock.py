"""A clock that was set back must not let the past lie ahead: waits would last for ever (design 3.8, 5.3, 5.7)."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from .memory import WATCHED_FOR, Memory, Observations
from .phases import Overridden
from .situation import Battery
from .writing import UNSEEN_WATCHED

# The farthest end of an override: a dispatch begins at most 7 days ahead and is a day long at most (design 3.1).
FURTHEST_END = timedelta(days=8)
_ENDS = frozenset({"ends_at"})


def move_into_past(memory: Memory, now: datetime) -> Memory:
    """Let everything that happened have happened by ``now``, as it must have; the same object if it has."""
    watch, settled, phase = memory.watch, memory.settled, _past(memory.phase, now)
    if watch is not None and watch.until > now + UNSEEN_WATCHED[-1]:
        until = now + UNSEEN_WATCHED[-1]
        watch = replace(watch, until=until, questions=(*(at for at in watch.questions if at < until), until))
    if settled is not None and settled.open_until is not None and settled.open_until > now + WATCHED_FOR:
        settled = replace(settled, open_until=None)
    if isinstance(phase, Overridden) and phase.ends_at > now + FURTHEST_END:
        phase = replace(phase, ends_at=now)
    spent = tuple(min(at, now) for at in memory.spent)
    senses = _observe_anew(memory.senses, now)
    moved = (phase, watch, settled, spent, senses)
    if moved == (memory.phase, memory.watch, memory.settled, memory.spent, memory.senses):
        return memory
    return replace(memory, phase=phase, watch=watch, settled=settled, spent=spent, senses=senses)


def forget_future(battery: Battery, now: datetime) -> Battery:
    """Return the battery without the times of readings and answers that lie ahead: on this clock their age is unknown.

    Until it is set right, a clock that was ahead dates them later than every question to come, and all that is read
    then would pass for the answer.
    """
    reserve, level = battery.reserve, battery.level
    if reserve.reported_at is not None and reserve.reported_at > now:
        reserve = replace(reserve, reported_at=None)
    if reserve.answers is not None and reserve.answers > now:
        reserve = replace(reserve, answers=None)
    if level.reported_at is not None and level.reported_at > now:
        level = replace(level, reported_at=None)
    if reserve is battery.reserve and level is battery.level:
        return battery
    return replace(battery, reserve=reserve, level=level)


def _past(value: Any, now: datetime) -> Any:
    """Return a dataclass in which no time but an end lies ahead."""
    changes = {}
    for name in _names(value.__class__):
        item = getattr(value, name)
        if isinstance(item, datetime):
            if item > now and name not in _ENDS:
                changes[name] = now
        elif _names(item.__class__) and (mended := _past(item, now)) is not item:
            changes[name] = mended
    return replace(value, **changes) if changes else value


@cache
def _names(kind: type) -> tuple[str, ...]:
    """Return the names of a dataclass's fields; of any other type, none."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


def _observe_anew(senses: Observations, now: datetime) -> Observations:
    """Observe anew what was observed on another clock; what the owner was told of stays."""
    if all(at <= now for at in _times(senses)):
        return senses
    restored_at = senses.restored_at
    return Observations(
        restored_at=min(restored_at, now) if restored_at is not None else None,
        raised_to=senses.raised_to,
        not_obeying=senses.not_obeying,
        restore_failed=senses.restore_failed,
        paused=senses.paused,
    )


def _times(value: Any) -> Iterator[datetime]:
    for name in _names(value.__class__):
        item = getattr(value, name)
        if isinstance(item, datetime):
            yield item
        else:
            yield from _times(item)
