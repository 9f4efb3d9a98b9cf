"""The demo's scenarios: what Octopus, the car and the owner do, second by second, and which writes must follow.

A poll of Octopus follows the one before by a minute at least, and comes about 30 s before and after an edge. A story
therefore tells at second 60 what it wants to be known soon after: that is the second poll of a slot that began at 20.
No hold begins with less than three minutes left, so slots are planned longer and shortened while they run.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from tests.simulators.octopus import CHARGE_CAP_PRODUCT, SCENARIOS, WHOLE_SLOT_PRODUCT
from tests.simulators.ohme import OhmeCharger

USUAL_RESERVE = 20
BATTERY_LEVEL = 63.4
DEFAULT = "day-slot"


class Owner(StrEnum):
    """What the owner does in Home Assistant."""

    REFRESH = "refresh"
    PRESERVE = "preserve_charge"


class Charger(StrEnum):
    """What the car is at."""

    OCTOPUS = "octopus"
    OHME = "ohme"
    OHME_UNSEEN = "ohme_unseen"


@dataclass(frozen=True, slots=True)
class Beat:
    """Something that happens at a second of the story.

    ``do`` is a command of the Octopus simulator with ``arguments``, of which ``start`` and ``end`` are seconds of the
    story. ``car`` says whether the charger's own integration shows the car charging. ``ohme`` is what happens at the
    simulated Ohme charger. ``refused`` tells that the owner's deed has to fail.
    """

    at_s: float
    say: str = ""
    do: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    car: bool | None = None
    ohme: Callable[[OhmeCharger, datetime], None] | None = None
    owner: Owner | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """A write that has to reach the Powerwall.

    Its lag counts from ``at_s``, or, where that is ``None``, from the first poll after ``polled_after_s``: nobody can
    act on news before it was asked for. ``ohme_read`` says instead which reading of Ohme's cloud after that it is.
    """

    value: int
    why: str
    at_s: float | None = None
    polled_after_s: float = 0.0
    ohme_read: int | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """A scenario of the demo. ``tolerated`` are parts of error lines that it is bound to leave in the log.

    ``charger`` is who plans for the car: Octopus knows of an Ohme charger alone in the last two, and Home Assistant has
    its ``ohme`` integration in the second.
    """

    name: str
    summary: str
    beats: tuple[Beat, ...]
    expected: tuple[Expected, ...]
    length_s: float
    charge_cap: bool = False
    charger: Charger = Charger.OCTOPUS
    tolerated: tuple[str, ...] = ()

    @property
    def product(self) -> str:
        """The code of the account's tariff."""
        return CHARGE_CAP_PRODUCT if self.charge_cap else WHOLE_SLOT_PRODUCT


def _add(at_s: float, say: str, start: float, end: float, name: str = "day", **more: Any) -> Beat:
    return Beat(at_s, say, "add_slot", {"start": start, "end": end, "name": name, **more})


def _end_at(at_s: float, say: str, end: float, name: str = "day") -> Beat:
    return Beat(at_s, say, "reshape", {"name": name, "end": end})


def _captured(name: str) -> Iterator[Beat]:
    """The beginning of a capture of real dispatches, in real time from now on."""
    for step in SCENARIOS[name].steps:
        if step.at > 0:
            continue
        arguments = dict(step.arguments)
        for edge in ("start", "end"):
            if edge in arguments:
                arguments[edge] *= 60
        if step.do == "add_slot":
            arguments["name"] = f"{name} {arguments['start']:.0f}"
        yield Beat(step.at * 60, step.say, step.do, arguments)


def _ohme_plans(charger: OhmeCharger, zero: datetime) -> None:
    charger.draws = False
    charger.plug_in((zero + timedelta(seconds=40), zero + timedelta(seconds=640)))


def _ohme_car_draws(charger: OhmeCharger, _zero: datetime) -> None:
    charger.draws = True


def _ohme_unplugged(charger: OhmeCharger, _zero: datetime) -> None:
    charger.unplug()


_PLANNED = "Octopus plans a slot of five minutes, from 20 s on"
_RAISED = Expected(100, "the slot's start", 20)

_ALL = (
    Story(
        DEFAULT,
        "a slot by day: up at its start, back at its end, which Octopus brings forward meanwhile",
        (
            _add(0, _PLANNED, 20, 320),
            Beat(20, "The slot begins, and the car charges"),
            _end_at(45, "The car will be full sooner: Octopus now lists the slot's end at 100 s", 100),
            Beat(100, "The slot is over"),
        ),
        (_RAISED, Expected(USUAL_RESERVE, "the slot's end", 100)),
        106,
    ),
    Story(
        "preserve",
        "the owner chooses to preserve the charge instead, in the middle of a slot",
        (
            _add(0, _PLANNED, 20, 320),
            Beat(20, "The slot begins, and the car charges"),
            _end_at(40, "Octopus brings the slot's end forward to 100 s", 100),
            Beat(75, "picks Preserve charge on the dashboard", owner=Owner.PRESERVE),
            Beat(100, "The slot is over"),
        ),
        (
            _RAISED,
            Expected(int(BATTERY_LEVEL), "the owner's choice", 75),
            Expected(USUAL_RESERVE, "the slot's end", 100),
        ),
        106,
    ),
    Story(
        "late",
        "a slot that Octopus lists only after it has begun",
        (
            _add(0, "Octopus plans a slot from 95 s on", 95, 400),
            Beat(
                50,
                "Octopus moves it forward: it now lists it as begun 10 s ago",
                "reshape",
                {"name": "day", "start": 40},
            ),
            _end_at(80, "Octopus brings its end forward to 140 s", 140),
            Beat(140, "The slot is over"),
        ),
        (
            Expected(100, "the first poll that could tell", polled_after_s=50),
            Expected(USUAL_RESERVE, "the slot's end", 140),
        ),
        146,
    ),
    Story(
        "withdrawn",
        "a slot withdrawn while it runs, which two polls a minute apart have to confirm",
        (
            _add(0, _PLANNED, 20, 320),
            Beat(20, "The slot begins, and the car charges"),
            Beat(40, "The car is unplugged, and Octopus withdraws the slot", "withdraw", {"name": "day"}),
            Beat(70, "One poll without the slot may be a hiccup of Octopus: nothing is done yet"),
            Beat(124, "asks Octopus once more, by the action refresh", owner=Owner.REFRESH),
        ),
        (_RAISED, Expected(USUAL_RESERVE, "the second poll without it", polled_after_s=110)),
        132,
    ),
    Story(
        "boosted",
        "a boost and a test charge: both at the dear rate, so nothing may happen",
        (
            Beat(
                0, "The owner boosts the car: it charges now, at the dear rate", "boost", {"end": 300, "name": "boost"}
            ),
            _add(0, "Octopus plans a test charge from 30 s on", 30, 300, "test", type="TEST"),
            Beat(30, "The test charge begins"),
            Beat(64, "asks Octopus once more, by the action refresh", owner=Owner.REFRESH),
        ),
        (),
        75,
    ),
    Story(
        "charge-cap",
        "a tariff that is cheap only while the car charges: preserve first, charge up once it does",
        (
            _add(0, _PLANNED, 20, 320),
            Beat(0, "The car waits", "set_charging", {"mode": "off"}),
            Beat(20, "The slot begins, but the car does not charge yet: perhaps cheap"),
            Beat(45, "The car charges: certainly cheap", "set_charging", {"mode": "auto"}, car=True),
            _end_at(50, "Octopus brings the slot's end forward to 110 s", 110),
            Beat(110, "The slot is over"),
            Beat(112, "The car stops", car=False),
        ),
        (
            Expected(int(BATTERY_LEVEL), "the slot's start", 20),
            Expected(100, "the car's start", 45),
            Expected(USUAL_RESERVE, "the slot's end", 110),
        ),
        118,
        charge_cap=True,
    ),
    Story(
        "failing",
        "Octopus fails while a slot runs: its end is kept all the same",
        (
            _add(0, _PLANNED, 20, 320),
            Beat(20, "The slot begins, and the car charges"),
            _end_at(40, "Octopus brings the slot's end forward to 135 s", 135),
            Beat(70, "Octopus answers every request with 503 from now on", "fail", {"kind": "http_503"}),
            Beat(124, "asks Octopus, by the action refresh", owner=Owner.REFRESH, refused=True),
            Beat(135, "The slot is over, as far as one knows without Octopus"),
        ),
        (_RAISED, Expected(USUAL_RESERVE, "the slot's end", 135)),
        141,
        tolerated=("Error fetching Octopus data", "Error during service call to octopus_powerwall.refresh"),
    ),
    Story(
        "ohme",
        "slots that Octopus does not publish, from Home Assistant's own Ohme integration",
        (
            Beat(0, "Ohme plans a slot of ten minutes, from 40 s on; Octopus knows of none", ohme=_ohme_plans),
            Beat(40, "The slot begins, but the car does not charge yet: perhaps cheap"),
            Beat(50, "The car charges: certainly cheap", ohme=_ohme_car_draws),
            Beat(85, "The plug is pulled; Ohme goes on listing its slot", ohme=_ohme_unplugged),
        ),
        (
            Expected(int(BATTERY_LEVEL), "the slot's start", 40),
            Expected(100, "Ohme's next word of the car", polled_after_s=50, ohme_read=1),
            Expected(int(BATTERY_LEVEL), "Ohme's word of the plug", polled_after_s=85, ohme_read=1),
            Expected(USUAL_RESERVE, "that word, seen for a minute", polled_after_s=85, ohme_read=3),
        ),
        190,
        charger=Charger.OHME,
    ),
    Story(
        "car-guard",
        "an Ohme that nobody knows the slots of: the car guard keeps the battery out of the car",
        (
            Beat(20, "The car charges, outside every slot", car=True),
            Beat(50, "The car stops", car=False),
        ),
        (
            Expected(int(BATTERY_LEVEL), "the car's start", 20),
            Expected(USUAL_RESERVE, "two minutes after the car's stop", 170),
        ),
        176,
        charger=Charger.OHME_UNSEEN,
    ),
    Story(
        "capture-2026-06-29",
        "the beginning of a real day: three and a half hours of slot at once, found while it runs",
        (
            *_captured("capture-2026-06-29"),
            Beat(30, "In reality this slot went on for 3.5 h. The demo lets Octopus end it at 100 s"),
            _end_at(45, "Octopus brings the slot's end forward", 100, "capture-2026-06-29 0"),
            Beat(100, "The slot is over"),
        ),
        (Expected(100, "the first poll", polled_after_s=-10), Expected(USUAL_RESERVE, "the slot's end", 100)),
        106,
    ),
    Story(
        "capture-2026-03-30",
        "the beginning of a real boost of almost 18 hours: nothing may happen",
        (
            *_captured("capture-2026-03-30"),
            Beat(64, "asks Octopus once more, by the action refresh", owner=Owner.REFRESH),
        ),
        (),
        75,
    ),
)

STORIES = {story.name: story for story in _ALL}
