"""What ought to be held by the true plan: slots with their half hours and tails, guards, and the owner's own holds."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .truth import GUARD_FROM, NIGHT_TO, Time, TrueSlot, Truth, nights_around, united


@dataclass(frozen=True, slots=True)
class Held:
    """A stretch that ought to be held: why (slot, tail, guard, owner) and with what intent, if not the select's."""

    time: Time
    why: str
    intent: str | None = None


def half_hour_of(at: datetime) -> datetime:
    """The half hour that a moment lies in."""
    return at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0)


def holds(truth: Truth, now: datetime) -> list[list[Held]]:
    """What ought to be held, in groups that are one hold each, by the true plan."""
    stretches = slot_stretches([time for slot in truth.slots if slot.is_smart for time in _held_times(truth, slot)])
    # A slot that is skipped takes its tail with it; one that lies in another slot's tail takes nothing.
    stretches = [
        held
        for group in stretches
        if not any(held.time.touches(skip) for held in group if held.why == "slot" for skip in truth.skipped)
        for held in group
    ]
    return _grouped(stretches + other_stretches(truth, now))


def other_stretches(truth: Truth, now: datetime) -> list[Held]:
    result = []
    if truth.choices.night_guard != "off":
        intent = "charge" if truth.choices.night_guard == "charge_up" else "preserve"
        result += [Held(night, "guard", intent) for night in nights_around(now, GUARD_FROM, NIGHT_TO)]
    if truth.owner_hold is not None:
        result.append(Held(truth.owner_hold[0], "owner", truth.owner_hold[1]))
    return result


def _held_times(truth: Truth, slot: TrueSlot) -> list[Time]:
    """The time of a slot with the half hours it touches; one that it was withdrawn in is kept only if so chosen."""
    if not truth.widens:
        return slot.times()
    kept = truth.choices.whole_half_hours == "on"
    return [
        widened(time) if kept or time.end not in slot.cut else Time(half_hour_of(time.start), time.end)
        for time in slot.times()
    ]


def slot_stretches(times: list[Time]) -> list[list[Held]]:
    """Each day slot with its tail."""
    groups = []
    for slot in united(times):
        nights = nights_around(slot.start)
        if any(night.start <= slot.start and slot.end <= night.end for night in nights):
            continue
        group = [Held(slot, "slot")]
        group += [Held(Time(slot.end, night.end), "tail") for night in nights if night.start <= slot.end < night.end]
        groups.append(group)
    return groups


def widened(time: Time) -> Time:
    """The half hours that a slot touches; an end in the night is not stretched, since a tail follows it there."""
    if any(night.start <= time.end < night.end for night in nights_around(time.end)):
        return Time(half_hour_of(time.start), time.end)
    end = half_hour_of(time.end)
    return Time(half_hour_of(time.start), end if end == time.end else end + timedelta(minutes=30))


def _grouped(stretches: list[Held]) -> list[list[Held]]:
    wholes = united([held.time for held in stretches])
    return [[held for held in stretches if held.time.touches(whole)] for whole in wholes]


def ever_held(truth: Truth, now: datetime) -> list[Time]:
    """Everything that could be held by anybody who knows any part of the plan's history, guards included."""
    times = [time for slot in truth.slots for time in slot.all_times()]
    whole = [widened(time) for time in times]
    stretches = [held.time for group in slot_stretches(times + whole) for held in group]
    return stretches + truth.phantoms + [held.time for held in other_stretches(truth, now)]


def edges_of(groups: list[list[Held]]) -> list[datetime]:
    return [edge for group in groups for held in group for edge in (held.time.start, held.time.end)]


def is_held(truth: Truth, now: datetime) -> bool:
    """Whether now lies in something that ought to be held, whatever the switch says."""
    return any(now in held.time for group in holds(truth, now) for held in group)
