"""A day as it is going to be, written down before it begins: what happens when, each with its details."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from .faults import BLOCKS
from .octoplan import planned_slots
from .truth import LONDON
from .weather import deeds, later_weather, lost_calls, mishaps, restarts

EPISODE = timedelta(hours=8)
EPISODES = 3
OHME_HOUSES = 0.2
STORMY = timedelta(hours=6, minutes=15)
# The nights in which the clocks change, and the days around them.
_CLOCK_CHANGES = (date(2026, 10, 24), date(2026, 10, 25), date(2027, 3, 27), date(2027, 3, 28))


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happens. ``until`` is the end of something that lasts."""

    at: datetime
    what: str
    details: dict[str, Any] = field(default_factory=dict)
    until: datetime | None = None

    def __str__(self) -> str:
        shown = " ".join(f"{key}={_shown(value)}" for key, value in self.details.items())
        lasting = f" until {_shown(self.until)}" if self.until else ""
        return f"{_shown(self.at)} {self.what}{lasting} {shown}".rstrip()


@dataclass(frozen=True, slots=True)
class Story:
    """A day: the house it happens in, and its events in order."""

    seed: int
    number: int
    start: datetime
    house: dict[str, Any]
    events: tuple[Event, ...]

    @property
    def end(self) -> datetime:
        """When the day is over."""
        return self.start + EPISODES * EPISODE


def random_of(seed: int, number: int, of: str = "chaos") -> Random:
    """The dice of one day; dice of their own for what came later leave the days that are known as they are."""
    return Random(f"{of} {seed} {number}")  # noqa: S311  no secret


def story_of(seed: int, number: int) -> Story:
    """The story of one day: the same for the same seed and number."""
    random = random_of(seed, number)
    start = _start(random)
    house = _house(random)
    house["ohme"] = not house["two_cars"] and random_of(seed, number, "ohme").random() < OHME_HOUSES
    if house["ohme"]:
        # Ohme's own power is what shows the car there.
        house["charger"] = False
    later = random_of(seed, number, "later")
    house |= _later_house(later)
    calls = random_of(seed, number, "calls")
    events: list[Event] = []
    for episode in range(EPISODES):
        begins = start + episode * EPISODE
        calm = begins + STORMY
        slots, plan = planned_slots(random, begins, calm, house, f"e{episode + 1}")
        stormy = random.random() < 0.75
        edges = [edge for slot in slots for edge in slot]
        events += [Event(*each) for each in plan]
        if stormy:
            events += [Event(*each) for each in mishaps(random, begins, calm, edges)]
        events += [Event(*each) for each in deeds(random, begins, calm, slots, house)]
        events += [Event(*each) for each in restarts(random, begins, calm, slots)]
        events += [Event(*each) for each in later_weather(later, begins, calm, slots, house)]
        events += [Event(*each) for each in lost_calls(calls, begins, calm, slots)]
    events = [event for event in events if _is_possible(event, house)]
    events.sort(key=lambda event: (event.at, event.what))
    return Story(seed, number, start, house, tuple(events))


def _later_house(random: Random) -> dict[str, Any]:
    return {
        "battery": random.choices(["tesla_fleet", "teslemetry", "rounding", "scaling"], [60, 22, 10, 8])[0],
        "two_homes": random.random() < 0.15,
        "two_meters": random.random() < 0.15,
    }


def _is_possible(event: Event, house: dict[str, Any]) -> bool:
    """Whether something can happen in a house: a gateway of another make says nothing of the grid or a storm."""
    kind = event.details.get("kind", "")
    if kind.startswith("tesla_tokens"):
        return bool(house["battery"] == "tesla_fleet")
    is_tesla = house["battery"] in ("tesla_fleet", "teslemetry")
    return is_tesla or kind not in (*BLOCKS, "powerwall_backup_mode", "tesla_products_error")


def _start(random: Random) -> datetime:
    if random.random() < 0.08:
        day = random.choice(_CLOCK_CHANGES)
    else:
        day = date(2026, 9, 1) + timedelta(days=random.randrange(365))
    hour = random.choice([0, 6, 12, 15, 18, 21])
    return datetime.combine(day, time(hour, 0, random.randrange(60)), LONDON).astimezone(UTC)


def _house(random: Random) -> dict[str, Any]:
    return {
        "capped": random.random() < 0.4,
        "charger": random.random() < 0.7,
        "active_power": random.random() < 0.2,
        "two_cars": random.random() < 0.3,
        "restamps": random.random() < 0.4,
        "completed_lag_min": random.choice([0, 30, 60]),
        "times": random.choice(["Z", "+00:00", "mixed", "local"]),
        "reserve": random.choice([0, 5, 10, 15, 20, 25, 30]),
        "level": random.choice([35.0, 45.5, 62.3, 74.9, 80.6, 88.0, 96.2]),
        "load_kw": random.choice([0.2, 0.4, 0.8]),
        "solar_kw": random.choice([0.0, 0.0, 0.0, 1.5]),
        "mode": random.choice(["self_consumption", "self_consumption", "autonomous"]),
        "options": {
            "night_guard": random.choice(["off", "off", "preserve_charge", "charge_up"]),
            "whole_half_hours": random.choice(["automatic", "automatic", "on", "off", "off"]),
            **({"usual_reserve": random.choice([10, 20, 100])} if random.random() < 0.2 else {}),
            **({"slot_policy": random.choice(["whole_slot", "confirmed_only"])} if random.random() < 0.1 else {}),
        },
    }


def _shown(value: Any) -> Any:
    return value.astimezone(LONDON).strftime("%a %H:%M:%S") if isinstance(value, datetime) else value
