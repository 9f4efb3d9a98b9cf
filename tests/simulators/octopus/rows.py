"""Planned slots and how Octopus writes them down: times, energies, and rows that no schema would allow."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
type Energy = float | str | None


class TimeStyle(StrEnum):
    """How an instant is written; the first three were seen on the planned query, ``space`` on the old one."""

    Z = "Z"
    OFFSET = "+00:00"
    MIXED = "mixed"
    LOCAL = "local"
    SPACE = "space"


def written(at: datetime, style: TimeStyle = TimeStyle.Z, index: int = 0) -> str:
    """An aware instant as Octopus writes it, to the second; ``mixed`` alternates ``Z`` and ``+00:00`` by row."""
    if style is TimeStyle.MIXED:
        style = TimeStyle.OFFSET if index % 2 else TimeStyle.Z
    if style is TimeStyle.LOCAL:
        return at.astimezone(LONDON).isoformat(timespec="seconds")
    text = at.astimezone(UTC).isoformat(sep=" " if style is TimeStyle.SPACE else "T", timespec="seconds")
    return text.replace("+00:00", "Z") if style is TimeStyle.Z else text


def energy_text(energy: Energy, style: str = "negative", digits: int = 3) -> str | None:
    """Energy as a string: a number of kWh gets Octopus' usual minus sign, a string is sent as it stands."""
    if energy is None or isinstance(energy, str):
        return energy
    if energy == 0:
        return "0"
    return f"{'-' if style == 'negative' else ''}{abs(energy):.{digits}f}"


@dataclass(slots=True)
class Slot:
    """One planned dispatch. ``type`` None is sent as null, which the schema forbids and Octopus was said to do.

    ``replace`` puts raw values in place of fields of the row when it is sent, ``drop`` leaves fields out.
    """

    name: str
    start: datetime
    end: datetime
    type: str | None = "SMART"
    energy: Energy = None
    replace: Mapping[str, Any] = field(default_factory=dict)
    drop: frozenset[str] = frozenset()

    def covers(self, at: datetime) -> bool:
        """Whether it runs at an instant."""
        return self.start <= at < self.end

    @property
    def patched(self) -> dict[str, Any]:
        """The raw values that the sent row must carry."""
        return ({"type": None} if self.type is None else {}) | dict(self.replace)
