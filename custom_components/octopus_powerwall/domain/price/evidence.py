"""What an entity that the owner picked says about the car: charging, not charging, or nothing (design 2)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import isfinite

DEFAULT_THRESHOLD_W = 1000.0
# A power that hovers around the threshold must fall well below it before it counts as off.
HYSTERESIS = 0.8
# Off acts at once and so does on; but on again so soon after off waits, so that a flickering sensor costs two writes
# and not twenty.
UNSTEADY_FOR = timedelta(minutes=2)

_POWER_UNITS = {"mW": 1e-3, "W": 1.0, "kW": 1e3, "MW": 1e6}
_CHARGING_STATES = frozenset({"charging", "on", "active", "in_progress", "in progress", "smart charging", "true"})
_UNKNOWN_STATES = frozenset({"unknown", "unavailable", "none", ""})


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence as it is acted on.

    Attributes:
        value: what is acted on.
        raw: what the entity says.
        lowered_at: when that last went off, also by way of nothing.
        said: what it said last when it said anything: nothing is never "off" (design 2).
    """

    value: bool | None = None
    raw: bool | None = None
    lowered_at: datetime | None = None
    said: bool | None = None

    @property
    def wake_at(self) -> datetime | None:
        """When a change that is being waited for takes effect."""
        return self.lowered_at + UNSTEADY_FOR if self.raw and not self.value and self.lowered_at else None


def reading_of(state: str, unit: str | None, threshold: float | None, was: bool | None) -> bool | None:
    """What a state says; ``None`` is no evidence, and never "off".

    Args:
        state: the entity's state.
        unit: its unit; a power unit makes it a power sensor.
        threshold: the power from which the car counts as charging, in that same unit; 1 kW where not given.
        was: the reading before, which stands while a power lies just under the threshold.
    """
    said = state.strip().casefold()
    if said in _UNKNOWN_STATES:
        return None
    factor = _POWER_UNITS.get(unit or "")
    if factor is None:
        return said in _CHARGING_STATES
    try:
        power = float(state)
    except ValueError:
        return None
    if not isfinite(power):
        return None
    least = DEFAULT_THRESHOLD_W / factor if threshold is None else threshold
    if power >= least:
        return True
    return bool(was) and power >= least * HYSTERESIS


def steadied(evidence: Evidence, raw: bool | None, now: datetime) -> Evidence:
    """Take in a reading: off at once, on at once unless it was on just before; each flicker begins the wait anew."""
    said = evidence.said if raw is None else raw
    lowered_at = now if evidence.said and raw is False else evidence.lowered_at
    if raw and not evidence.value and lowered_at is not None and now < lowered_at + UNSTEADY_FOR:
        return replace(evidence, raw=raw, said=said)
    return Evidence(raw, raw, lowered_at, said)
