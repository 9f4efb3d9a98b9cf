"""The named scenarios. Minutes are minutes of the story; a demo plays them faster (``Scenario.demo_speed``)."""

from datetime import datetime
import json
from pathlib import Path
from typing import Any

from .script import Scenario, ScriptError, Step, step
from .world import CHARGE_CAP_PRODUCT, WHOLE_SLOT_PRODUCT

# The simulator's commands register themselves when they are imported.
from . import commands as _commands  # noqa: F401  # isort: skip

_CAPTURES: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "captures.json").read_text(encoding="utf-8"))
_SETUP = (step(0, "set_product", product_code=WHOLE_SLOT_PRODUCT, display_name="Intelligent Octopus Go"),)
_CHARGE_CAP_SETUP = (
    step(0, "set_product", product_code=CHARGE_CAP_PRODUCT, display_name="Intelligent Octopus Go"),
    step(0, "set_device", power_report="live", charging_cap="ENABLED"),
)


def _captured(name: str, summary: str, demo_min: float | None = None) -> Scenario:
    """A story from a capture: its rows, as far from the start as they were from the moment of the capture."""
    capture = _CAPTURES[name]
    seen_at = datetime.fromisoformat(capture["seen_at"])

    def minutes(text: str) -> float:
        return (datetime.fromisoformat(text) - seen_at).total_seconds() / 60

    done = [
        step(0, "add_completed", start=minutes(start), end=minutes(end), energy=energy, source=source, location=None)
        for start, end, energy, source in capture["completed"]
    ]
    steps: list[Step] = list(done)
    for number, look in enumerate(capture["looks"]):
        at = minutes(look["at"])
        say = f"Octopus lists {len(look['planned'])} slots" if number == 0 else "Octopus reshuffles the plan"
        steps.append(step(at, "clear_plan", say))
        steps += [
            step(at, "add_slot", start=minutes(start), end=minutes(end), type=kind, energy=energy)
            for start, end, kind, energy in look["planned"]
        ]
    return Scenario(name, f"{summary} ({capture['source']})", tuple(steps), _SETUP, demo_min)


_ALL = (
    Scenario(
        "day-slot",
        "one slot of 40 min by day",
        (
            step(2, "add_slot", "Octopus plans a slot from minute 10 to 50", start=10, end=50, name="day"),
            step(10, "narrate", "The slot begins, the car charges"),
            step(50, "narrate", "The slot is over"),
            step(55, "narrate", "Nothing is planned any more"),
        ),
        _SETUP,
    ),
    Scenario(
        "two-slots-with-gap",
        "two slots of 20 min with 20 min between them",
        (
            step(1, "add_slot", "Octopus plans a slot from minute 8 to 28", start=8, end=28, name="first"),
            step(1, "add_slot", "and another from minute 48 to 68", start=48, end=68, name="second"),
            step(28, "narrate", "The first slot is over"),
            step(68, "narrate", "The second slot is over"),
            step(72, "narrate", "Nothing is planned any more"),
        ),
        _SETUP,
    ),
    Scenario(
        "late",
        "a slot that appears 10 min after its own start",
        (
            step(12, "add_slot", "A slot appears that began 10 min ago", start=2, end=45, name="late"),
            step(45, "narrate", "The slot is over"),
            step(50, "narrate", "Nothing is planned any more"),
        ),
        _SETUP,
    ),
    Scenario(
        "withdrawn",
        "a slot withdrawn in its middle, and one withdrawn before it began",
        (
            step(1, "add_slot", "Octopus plans a slot from minute 8 to 60", start=8, end=60, name="running"),
            step(1, "add_slot", "and one from minute 80 to 110", start=80, end=110, name="later"),
            step(25, "withdraw", "Octopus withdraws the running slot", name="running"),
            step(40, "withdraw", "and the one that was to come", name="later"),
            step(60, "narrate", "Nothing is planned any more"),
        ),
        _SETUP,
    ),
    Scenario(
        "re-stamped",
        "a running slot whose start is moved to now twice",
        (
            step(1, "add_slot", "Octopus plans a slot from minute 6 to 56", start=6, end=56, name="day"),
            step(20, "restamp", "Octopus lists the running slot as if it began now", name="day"),
            step(35, "restamp", "and once more", name="day"),
            step(56, "narrate", "The slot is over"),
            step(60, "narrate", "Nothing is planned any more"),
        ),
        _SETUP,
    ),
    Scenario(
        "shortened",
        "a running slot whose end is brought forward, then lengthened",
        (
            step(1, "add_slot", "Octopus plans a slot from minute 6 to 66", start=6, end=66, name="day"),
            step(15, "reshape", "It shall end at minute 30 already", name="day", end=30),
            step(22, "reshape", "No, at minute 45", name="day", end=45),
            step(45, "narrate", "The slot is over"),
            step(50, "narrate", "Nothing is planned any more"),
        ),
        _SETUP,
    ),
    Scenario(
        "boosted",
        "a boost by the owner, at the dear rate, and a test charge: nothing must happen",
        (
            step(5, "boost", "The owner presses boost until minute 35", end=35, name="boost"),
            step(40, "add_slot", "Octopus plans a test charge", start=42, end=50, type="TEST", name="test"),
            step(55, "narrate", "Neither was a cheap slot"),
        ),
        _SETUP,
    ),
    Scenario(
        "empty",
        "no plan at all",
        (
            step(0, "clear_plan", "Octopus has planned nothing"),
            step(30, "narrate", "Still nothing"),
        ),
        _SETUP,
    ),
    Scenario(
        "failing",
        "a slot during which Octopus fails in five ways",
        (
            step(1, "add_slot", "Octopus plans a slot from minute 8 to 68", start=8, end=68, name="day"),
            step(12, "fail", "Octopus answers 503", kind="http_503"),
            step(20, "heal", "and recovers"),
            step(24, "fail", "The plan is unavailable (KT-CT-4340)", kind="KT-CT-4340"),
            step(32, "heal", "It is back"),
            step(36, "expire_tokens", "The token expires"),
            step(40, "fail", "A wall of HTML (403)", kind="cloudfront_403"),
            step(46, "heal", "It is gone"),
            step(
                50,
                "fail",
                "The plan is empty, the device has lost its connection",
                kind="empty_plan",
                state="LOST_CONNECTION",
            ),
            step(58, "heal", "It is back"),
            step(68, "narrate", "The slot is over"),
            step(72, "narrate", "Nothing is planned any more"),
        ),
        _SETUP,
    ),
    Scenario(
        "charge-cap",
        "a charge-cap account: the car starts to charge 10 min after the slot, and stops before its end",
        (
            step(1, "set_charging", mode="off"),
            step(1, "add_slot", "Octopus plans a slot from minute 8 to 60", start=8, end=60, name="day"),
            step(8, "narrate", "The slot begins, the car does not charge yet: perhaps cheap"),
            step(18, "set_charging", "The car charges: certainly cheap", mode="auto"),
            step(50, "set_charging", "The car is full", mode="off"),
            step(60, "narrate", "The slot is over"),
            step(65, "set_charging", "Nothing is planned any more", mode="auto"),
        ),
        _CHARGE_CAP_SETUP,
    ),
    Scenario(
        "two-cars",
        "a car and a charge point whose slots overlap",
        (
            step(1, "add_slot", "The car gets a slot from minute 8 to 38", start=8, end=38, name="car"),
            step(
                1,
                "add_slot",
                "the charge point one from minute 28 to 60",
                device="second",
                start=28,
                end=60,
                name="second",
            ),
            step(38, "narrate", "The car's slot is over, the other goes on"),
            step(60, "narrate", "Both are over"),
            step(65, "narrate", "Nothing is planned any more"),
        ),
        (*_SETUP, step(0, "add_device", label="second", kind="charge_point")),
    ),
    Scenario(
        "ghost",
        "a plan for a car that is away and not plugged in",
        (
            step(0, "unplug", "The car drives off"),
            step(2, "add_slot", "and still Octopus plans a slot from minute 10 to 40", start=10, end=40, name="ghost"),
            step(40, "narrate", "The slot is over, the car never charged"),
            step(45, "plug", "The car is back"),
        ),
        _CHARGE_CAP_SETUP,
    ),
    Scenario(
        "migrated",
        "the account moves to a charge-cap tariff in the middle of a slot",
        (
            step(1, "add_slot", "Octopus plans a slot from minute 8 to 68", start=8, end=68, name="day"),
            step(30, "migrate", "Octopus moves the account to a charge-cap tariff", product_code=CHARGE_CAP_PRODUCT),
            step(68, "narrate", "The slot is over"),
            step(72, "narrate", "Nothing is planned any more"),
        ),
        _SETUP,
    ),
    _captured("capture-2026-06-29", "a real day: a long slot at once, two short ones at night", 225),
    _captured("capture-2026-03-30", "a real boost of almost 18 hours"),
    _captured("capture-2026-09-13", "a real night on which the plan was reshuffled"),
)

SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in _ALL}


def scenario_named(name: object) -> Scenario:
    """A scenario by name; raises ``ScriptError`` with the names there are."""
    if not isinstance(name, str) or name not in SCENARIOS:
        raise ScriptError(f"no scenario {name!r}; there are: {', '.join(SCENARIOS)}")
    return SCENARIOS[name]
