"""Tesla's cloud between a policy and its Powerwall: what a write changes, when, and what is read meanwhile."""

from random import Random

from .assumptions import Assumptions
from .battery import Battery

HIGHEST_PARTIAL = 80


class Cloud:
    """Takes reserves and shows them. 81 to 99 become 80; now and then a write changes nothing and raises nothing."""

    def __init__(self, given: Assumptions, battery: Battery, seed: int) -> None:
        self._given = given
        self._battery = battery
        self._random = Random(f"cloud {seed}")
        self._standing = given.reserve_pct
        self._shown: list[tuple[float, float]] = [(0.0, given.reserve_pct)]
        self._landing: list[tuple[float, float]] = []
        self.writes = 0

    def write(self, at_s: float, percent: float) -> None:
        """Ask for a reserve."""
        self.writes += 1
        if self._random.random() < self._given.lost_writes:
            return
        value = float(HIGHEST_PARTIAL) if HIGHEST_PARTIAL < percent < 100 else percent
        self._shown.append((at_s + self._given.shown_after_s, value))
        del self._shown[:-8]
        self._landing.append((at_s + self._given.acts_after_s, value))

    def next_landing(self) -> float | None:
        """When a written reserve is obeyed."""
        return self._landing[0][0] if self._landing else None

    def land(self, now_s: float) -> None:
        """Let the Powerwall obey what is due."""
        while self._landing and self._landing[0][0] <= now_s:
            self._standing = self._landing.pop(0)[1]
            self._battery.set_reserve(self._standing)

    def shown(self, at_s: float) -> float:
        """The reserve that a reading made at an instant shows."""
        return max((item for item in self._shown if item[0] <= at_s), key=lambda item: item[0])[1]
