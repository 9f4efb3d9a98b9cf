"""What Octopus plans on a random day, and what becomes of it: moved, shortened, withdrawn, late, doubled."""

from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from .truth import LONDON, Time

type Happening = tuple[datetime, str, dict[str, Any], datetime | None]

_HALF_HOUR = timedelta(minutes=30)
# Changes of a plan so near to the edges of the night may be seen before or after them.
_EDGES_OF_NIGHT = ((time(23, 5), time(23, 59, 59)), (time(5, 0), time(5, 50)))


def planned_slots(
    random: Random, begins: datetime, calm: datetime, house: dict[str, Any], prefix: str
) -> tuple[list[tuple[datetime, datetime]], list[Happening]]:
    """The slots of an episode as planned, and everything that happens to them, all before the calm."""
    times: list[tuple[datetime, datetime]] = []
    events: list[Happening] = []
    at = begins + timedelta(minutes=random.randint(6, 60))
    for number in range(random.randint(1, 3)):
        slot = _slot(random, at, calm + timedelta(hours=1))
        if slot is None:
            break
        name = f"{prefix}-slot{number + 1}"
        times.append((slot.start, slot.end))
        events += _life(random, slot, begins, calm, house, name)
        gap = random.choice([0, 3, 5, 6, 11, 35, 70, 140])
        at = slot.end + timedelta(minutes=gap)
    return times, events


def _slot(random: Random, earliest: datetime, latest: datetime) -> Time | None:
    start = earliest
    if random.random() < 0.5 and earliest.minute % 30:
        start = earliest.replace(minute=earliest.minute // 30 * 30, second=0, microsecond=0) + _HALF_HOUR
    length = timedelta(minutes=random.choice([2, 10, 25, 30, 30, 60, 90, 90, 150, 210]))
    end = start + length
    if random.random() < 0.5:
        start = start.replace(second=0, microsecond=0)
        end = start + length
    return Time(start, end) if start + timedelta(minutes=5) < latest else None


def _life(
    random: Random, slot: Time, begins: datetime, calm: datetime, house: dict[str, Any], name: str
) -> list[Happening]:
    kind = random.choices(["SMART", "BOOST", "TEST", None], [86, 6, 4, 4])[0]
    device = "car2" if house["two_cars"] and random.random() < 0.4 else "car"
    listed_at = begins + (slot.start - begins) * random.random() * 0.9
    if random.random() < 0.15:
        listed_at = slot.start + (slot.end - slot.start) * random.random() * 0.6
    listed_at = _not_at_night_edge(min(listed_at, calm - timedelta(minutes=20)))
    details = {"name": name, "device": device, "type": kind, "start": slot.start, "end": slot.end}
    events: list[Happening] = [(listed_at, "plan", details, None)]
    if random.random() < 0.4:
        after = slot.start + (slot.end - slot.start) * random.uniform(-0.3, 0.95)
        at = _not_at_night_edge(max(after, listed_at + timedelta(minutes=4)))
        if at < calm - timedelta(minutes=5) and at < slot.end - timedelta(minutes=1):
            events += _fate(random, slot, at, calm, name)
    return events


def _fate(random: Random, slot: Time, at: datetime, calm: datetime, name: str) -> list[Happening]:
    match random.choice(["withdraw", "withdraw", "shorten", "lengthen", "shift", "vanish"]):
        case "shorten":
            end = at + (slot.end - at) * random.uniform(0.2, 0.9)
            return [(at, "reshape", {"name": name, "end": end.replace(microsecond=0)}, None)]
        case "lengthen":
            end = slot.end + timedelta(minutes=random.choice([5, 30, 60]))
            return [(at, "reshape", {"name": name, "end": end}, None)]
        case "shift" if at < slot.start - timedelta(minutes=2):
            by = timedelta(minutes=random.choice([-1, 7, 30]))
            start = max(slot.start + by, at + timedelta(minutes=1))
            return [(at, "reshape", {"name": name, "start": start, "end": slot.end + by}, None)]
        case "vanish":
            again = _not_at_night_edge(at + timedelta(minutes=random.choice([1, 4, 12, 30])))
            events: list[Happening] = [(at, "withdraw", {"name": name}, None)]
            if again < min(slot.end, calm) - timedelta(minutes=2):
                events.append((again, "plan_again", {"name": name}, None))
            return events
        case _:
            return [(at, "withdraw", {"name": name}, None)]


def _not_at_night_edge(at: datetime) -> datetime:
    """Move a change away from 23:30 and 05:30: on which side of them it is seen depends on the poll."""
    local = at.astimezone(LONDON)
    for first, last in _EDGES_OF_NIGHT:
        if first <= local.time() <= last:
            return (local.replace(hour=first.hour, minute=first.minute, second=0) - timedelta(minutes=1)).astimezone(
                at.tzinfo
            )
    return at
