"""What an entity that the owner picked says about the car: charging, not charging, or nothing (design 2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import isfinite
from typing import Final

from .charger_words import meaning_of

DEFAULT_THRESHOLD_W: Final = 1000.0
# A power that hovers around the threshold must fall well below it before it counts as off.
HYSTERESIS: Final = 0.8
# A Wi-Fi that comes and goes says nothing of the car.
KEPT_WHILE_SILENT: Final = timedelta(minutes=2)
# Chargers pause for seconds while they change the current.
OFF_STANDS_FOR: Final = timedelta(seconds=30)
# On again so soon after off waits, so that a flickering sensor costs two writes and not twenty.
UNSTEADY_FOR: Final = timedelta(minutes=2)

POWER_UNITS: Final = {"mW": 1e-3, "W": 1.0, "kW": 1e3, "MW": 1e6}
"""The units of a power sensor, in W."""
_SILENT: Final = frozenset({"unknown", "unavailable", "none", ""})


class StateMeaning(StrEnum):
    """How the state of an entity is read."""

    CHARGING = "charging"
    NOT_CHARGING = "not_charging"
    UNKNOWN_WORD = "unknown_word"
    SILENT = "silent"

    @property
    def evidence(self) -> bool | None:
        """What that proves; ``None`` is no evidence, and never "off"."""
        return {StateMeaning.CHARGING: True, StateMeaning.NOT_CHARGING: False}.get(self)


def read_state(state: str, unit: str | None, threshold_w: float | None, *, was: bool | None = None) -> StateMeaning:
    """How a state is read.

    Args:
        state: the entity's state.
        unit: its unit; a power unit makes it a power sensor.
        threshold_w: the power in W from which the car counts as charging; 1 kW where not given.
        was: the reading before, which stands while a power lies just under the threshold.
    """
    said = state.strip().casefold()
    if said in _SILENT:
        return StateMeaning.SILENT
    factor = POWER_UNITS.get(unit or "")
    if factor is None:
        known = meaning_of(said)
        if known is None:
            return StateMeaning.UNKNOWN_WORD
        return StateMeaning.CHARGING if known else StateMeaning.NOT_CHARGING
    try:
        power_w = float(said) * factor
    except ValueError:
        return StateMeaning.UNKNOWN_WORD
    if not isfinite(power_w):
        return StateMeaning.SILENT
    least_w = DEFAULT_THRESHOLD_W if threshold_w is None else threshold_w
    is_on = power_w >= least_w or (bool(was) and power_w >= least_w * HYSTERESIS)
    return StateMeaning.CHARGING if is_on else StateMeaning.NOT_CHARGING


def reading_of(state: str, unit: str | None, threshold_w: float | None, was: bool | None) -> bool | None:
    """Return what a state proves; ``None`` is no evidence, and never "off".

    The arguments are those of ``read_state``.
    """
    return read_state(state, unit, threshold_w, was=was).evidence


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence as it is acted on.

    Attributes:
        value: what is acted on.
        raw: what the entity says.
        said: what it said last when it said anything.
        lowered_at: when it last went from charging to not charging.
        off_since: since when it has said that the car does not charge; ``None`` while it last said that it does.
        silent_since: since when it has said nothing.
    """

    value: bool | None = None
    raw: bool | None = None
    said: bool | None = None
    lowered_at: datetime | None = None
    off_since: datetime | None = None
    silent_since: datetime | None = None

    @property
    def stopped_at(self) -> datetime | None:
        """Since when it has not said that the car charges."""
        return min((at for at in (self.off_since, self.silent_since) if at is not None), default=None)

    @property
    def wake_at(self) -> datetime | None:
        """When what is acted on may change although the entity says nothing new."""
        due = []
        if self.silent_since is not None and self.value is not None:
            due.append(self.silent_since + KEPT_WHILE_SILENT)
        if self.off_since is not None and self.value is True:
            due.append(self.off_since + OFF_STANDS_FOR)
        if self.said and self.value is not True and self.lowered_at is not None and self.silent_since is None:
            due.append(self.lowered_at + UNSTEADY_FOR)
        return min(due, default=None)


def steady(evidence: Evidence, raw: bool | None, now: datetime) -> Evidence:
    """Take in a reading.

    Silence keeps what was known for two minutes; off counts once it has stood for 30 s; on counts at once, but after an
    off only two minutes later, and each flicker begins that wait anew.
    """
    said = evidence.said if raw is None else raw
    silent_since = _since(evidence.silent_since, now) if raw is None else None
    off_since = _since(evidence.off_since, now) if said is False else None
    lowered_at = now if evidence.said and raw is False else evidence.lowered_at
    lowered_at = None if lowered_at is None else min(lowered_at, now)
    value = evidence.value
    if silent_since is not None and now - silent_since >= KEPT_WHILE_SILENT:
        value = None
    elif said and (value is not None or raw is not None):
        is_steady = lowered_at is None or now - lowered_at >= UNSTEADY_FOR
        value = True if value or is_steady else value
    elif said is False and (value is not None or raw is not None):
        has_stood = off_since is not None and now - off_since >= OFF_STANDS_FOR
        value = False if has_stood or not value else value
    return Evidence(value, raw, said, lowered_at, off_since, silent_since)


def _since(known: datetime | None, now: datetime) -> datetime:
    """When something began; never ahead of a clock that was set back."""
    return now if known is None else min(known, now)
