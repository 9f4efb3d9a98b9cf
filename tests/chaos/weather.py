"""Mishaps, deeds of the owner, and restarts of a random day, most of them where they hurt: at the edges of slots."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from .account_faults import later_kinds
from .faults import MISHAPS
from .octoplan import Happening

OWNERS_RESERVES = (0, 5, 8, 12, 18, 22, 27, 30)
_NASTY_RESERVES = (80, 100, 63)


def mishaps(random: Random, begins: datetime, calm: datetime, edges: list[datetime]) -> list[Happening]:
    """One to four mishaps, which may overlap; all are over when the calm begins."""
    kinds = list(MISHAPS)
    weights = [MISHAPS[kind].weight for kind in kinds]
    # Each kind once at a time: the end of one would be the end of both.
    chosen = list(dict.fromkeys(random.choices(kinds, weights, k=random.randint(1, 4))))
    if random.random() < 0.2:
        chosen.append(random.choice(["entity_unavailable", "charger_silent", "charger_flickers"]))
    result: list[Happening] = []
    for kind in chosen:
        start = _somewhere(random, begins, calm, edges)
        end = min(start + timedelta(minutes=random.choice([2, 7, 15, 40, 90, 180])), calm)
        details: dict[str, Any] = {"kind": kind, "dice": random.randrange(1_000_000)}
        result.append((start, "mishap", details, end))
    return result


def deeds(
    random: Random,
    begins: datetime,
    calm: datetime,
    slots: list[tuple[datetime, datetime]],
    house: dict[str, Any],
) -> list[Happening]:
    """What the owner does, half of it while a slot runs."""
    result: list[Happening] = []
    for _ in range(random.choice([0, 0, 1, 1, 2, 3])):
        at = _inside(random, begins, calm, slots) if random.random() < 0.6 else _anywhere(random, begins, calm)
        result.append((at, *_deed(random, at, house), None))
    return result


def _deed(random: Random, at: datetime, house: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    reserve = random.choice(OWNERS_RESERVES if random.random() < 0.85 else _NASTY_RESERVES)
    until = at + timedelta(minutes=random.choice([20, 45, 120]))
    options = {
        "night_guard": random.choice(["off", "preserve_charge", "charge_up"]),
        "whole_half_hours": random.choice(["automatic", "on", "off"]),
        "usual_reserve": random.choice([None, 10, 20]),
        "dry_run": random.random() < 0.3,
    }
    name = random.choice(list(options))
    choices: list[tuple[int, str, dict[str, Any]]] = [
        (8, "app_reserve", {"value": reserve}),
        (5, "ha_reserve", {"value": reserve}),
        (3, "switch", {"on": False}),
        (3, "switch", {"on": True}),
        (3, "choose", {"action": random.choice(["charge_up", "preserve_charge"])}),
        (2, "aim", {"target": random.choice([60, 70, 80, 100])}),
        (3, "option", {"name": name, "value": options[name]}),
        (2, "skip_slot", {}),
        (2, "hold", {"action": "hold_until", "until": until}),
        (2, "hold", {"action": "charge_until", "until": until}),
        (1, "refresh", {}),
        (1, "test_powerwall", {}),
        (1, "suspend", {"device": "car"}),
        (1, "resume", {"device": "car"}),
        (2, "car", {"charging": random.choice(["auto", "off"])}),
    ]
    _, what, details = random.choices(choices, [weight for weight, _, _ in choices])[0]
    return what, details


def restarts(
    random: Random, begins: datetime, calm: datetime, slots: list[tuple[datetime, datetime]]
) -> list[Happening]:
    """Reloads, restarts, stops and power cuts, most of them while a slot runs."""
    result: list[Happening] = []
    for _ in range(random.choice([0, 0, 1, 1, 2])):
        at = _inside(random, begins, calm, slots) if random.random() < 0.75 else _anywhere(random, begins, calm)
        off = timedelta(seconds=random.choice([3, 20, 70, 400, 1800, 5400]))
        details: dict[str, Any] = {"off_s": off.total_seconds(), "tesla_late_s": random.choice([0, 0, 0, 120, 600])}
        what = random.choices(
            ["reload", "restart", "stop", "crash", "crash_at_save", "crash_at_write", "reload_tesla", "sleep"],
            [2, 2, 2, 4, 3, 4, 1, 2],
        )[0]
        if what == "crash_at_write":
            details["moment"] = random.choice(["received", "applied"])
        if what.startswith("crash_at"):
            at = at - timedelta(minutes=random.choice([0, 10, 30]))
        result.append((max(at, begins + timedelta(minutes=1)), what, details, None))
    return result


def lost_calls(
    random: Random, begins: datetime, calm: datetime, slots: list[tuple[datetime, datetime]]
) -> list[Happening]:
    """A reserve that the owner sets in Home Assistant in a slot, and that comes to nothing; then what they do next.

    In half of them the cloud is limited from then on, and goes on showing what was only asked for.
    """
    if not slots or random.random() >= 0.2:
        return []
    start, end = random.choice(slots)
    at = min(max(start + (end - start) * random.uniform(0.05, 0.9), begins), calm - timedelta(minutes=70))
    result: list[Happening] = [(at, "lost_call", {"value": random.choice(OWNERS_RESERVES)}, None)]
    limited = random.choice([0, 0, 0, 3, 12, 50])
    if limited:
        limit_at = at + timedelta(seconds=2)
        details = {"kind": "tesla_limited", "dice": 0}
        result.append((limit_at, "mishap", details, limit_at + timedelta(minutes=limited)))
    then = at + timedelta(seconds=random.choice([20, 70, 130, 200, 400]))
    restart = {"off_s": random.choice([20, 400, 1800]), "tesla_late_s": 0}
    result += random.choice(
        [
            [],
            [(then, "let_us_act", {}, None)],
            [(then, "let_us_act", {}, None)],
            [(then, "choose", {"action": random.choice(["charge_up", "preserve_charge"])}, None)],
            [(then, random.choice(["reload", "restart", "crash", "stop"]), restart, None)],
        ]
    )
    return result


def later_weather(
    random: Random,
    begins: datetime,
    calm: datetime,
    slots: list[tuple[datetime, datetime]],
    house: dict[str, Any],
) -> list[Happening]:
    """What was thought of later: faults of accounts and other clouds, edited options, restored backups, a far home."""
    result: list[Happening] = []
    edges = [edge for slot in slots for edge in slot]
    kinds = later_kinds(house)
    for kind in dict.fromkeys(random.choices(list(kinds), list(kinds.values()), k=random.choice([0, 1, 1, 2]))):
        start = _somewhere(random, begins, calm, edges)
        end = min(start + timedelta(minutes=random.choice([2, 7, 15, 40, 90])), calm)
        result.append((start, "mishap", {"kind": kind, "dice": random.randrange(1_000_000)}, end))
    if random.random() < 0.35:
        name, value = random.choice(
            [
                ("night_guard", random.choice(["off", "preserve_charge", "charge_up"])),
                ("whole_half_hours", random.choice(["automatic", "on", "off"])),
                ("usual_reserve", random.choice([None, 5, 15, 25])),
                ("slot_policy", random.choice(["automatic", "whole_slot", "confirmed_only"])),
            ]
        )
        result.append((_inside(random, begins, calm, slots), "option", {"name": name, "value": value}, None))
    if random.random() < 0.08:
        details = {"off_s": random.choice([60, 600, 3600]), "tesla_late_s": 0, "hours": random.choice([1, 2, 4, 8, 16])}
        result.append((_inside(random, begins, calm, slots), "backup_restored", details, None))
    if house["two_homes"]:
        at = _anywhere(random, begins, calm)
        start = at + timedelta(minutes=random.randint(1, 90))
        end = start + timedelta(minutes=random.choice([30, 60, 150]))
        result.append((at, "far_plan", {"start": start, "end": end}, None))
    return result


def _anywhere(random: Random, begins: datetime, calm: datetime) -> datetime:
    return begins + (calm - timedelta(minutes=10) - begins) * random.random()


def _inside(random: Random, begins: datetime, calm: datetime, slots: list[tuple[datetime, datetime]]) -> datetime:
    if not slots:
        return _anywhere(random, begins, calm)
    start, end = random.choice(slots)
    at = start + (end - start) * random.uniform(-0.02, 1.05)
    return min(max(at, begins), calm - timedelta(minutes=10))


def _somewhere(random: Random, begins: datetime, calm: datetime, edges: list[datetime]) -> datetime:
    if not edges or random.random() < 0.35:
        return _anywhere(random, begins, calm)
    at = random.choice(edges) + timedelta(seconds=random.choice([-900, -240, -61, -1, 0, 0, 1, 30, 75, 300]))
    return min(max(at, begins), calm - timedelta(minutes=10))
