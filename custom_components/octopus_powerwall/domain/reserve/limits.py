"""What a battery accepts as a backup reserve, as a value: each kind of battery says its own (``powerwall/``)."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor

FULL = 100
_STEP_ERROR = 1e-6


@dataclass(frozen=True, slots=True)
class Limits:
    """The reserves, in whole percent, that a battery takes, and what it makes of them.

    Attributes:
        minimum: the lowest that its number takes.
        maximum: the highest.
        step: how far apart the values lie, counted from ``minimum``.
        gaps: first and last of what it refuses in between, both included.
        tolerance: by how many points a reading may differ from what was written, as the battery's own rounding.
    """

    minimum: float = 0
    maximum: float = FULL
    step: float = 1
    gaps: tuple[tuple[int, int], ...] = ()
    tolerance: int = 0

    def accepts(self, reserve_pct: int) -> bool:
        """Whether the battery takes this value as it stands."""
        if not self.minimum <= reserve_pct <= self.maximum:
            return False
        if any(first <= reserve_pct <= last for first, last in self.gaps):
            return False
        steps = (reserve_pct - self.minimum) / self.step if self.step else 0
        return abs(steps - round(steps)) <= _STEP_ERROR

    def highest_up_to(self, pct: float) -> int | None:
        """Return the highest value that it takes and that is not above ``pct``."""
        return next((value for value in range(min(floor(pct), FULL), -1, -1) if self.accepts(value)), None)

    def lowest_from(self, pct: float) -> int | None:
        """Return the lowest value that it takes and that is not below ``pct``."""
        return next((value for value in range(max(ceil(pct), 0), FULL + 1) if self.accepts(value)), None)

    def fallbacks(self, written: Iterable[int]) -> frozenset[int]:
        """Return what the battery may make of values that lie in a gap or above it: the last value before the gap."""
        values = tuple(written)
        return frozenset(first - 1 for first, _ in self.gaps if any(value >= first for value in values))

    def is_reading_of(self, reading_pct: int, written_pct: int) -> bool:
        """Whether a reading shows a written value, rounding allowed for."""
        return abs(reading_pct - written_pct) <= self.tolerance
