"""Which backup reserve a hold asks for (design 4). Tesla takes 0 to 80 or exactly 100 (facts/powerwall.md 3.2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor, isfinite

from ..settings import Intent

HIGHEST_PARTIAL = 80
FULL = 100
LEVEL_AGE = timedelta(minutes=10)
TRUSTED_LEVEL_AGE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Level:
    """A battery level as read, in percent, and when it was last reported; ``None`` when unusable."""

    value: float | None = None
    reported_at: datetime | None = None

    def is_sound(self) -> bool:
        """Whether the value can be a level. Tesla's integrations report a missing one as 0 (design 4.3)."""
        return self.value is not None and isfinite(self.value) and 0 < self.value <= FULL

    def is_fresh(self, now: datetime) -> bool:
        """Whether it is sound and was reported in the last ten minutes."""
        return self.is_sound() and self.reported_at is not None and now - self.reported_at <= LEVEL_AGE


def trusted_level(level: Level, last_trusted: Level | None, now: datetime) -> Level | None:
    """The level to go by: a fresh one, else the last trusted one while at most 30 min old, else none."""
    if level.is_fresh(now):
        return level
    if (
        last_trusted is not None
        and last_trusted.reported_at is not None
        and now - last_trusted.reported_at <= TRUSTED_LEVEL_AGE
    ):
        return last_trusted
    return None


def acceptable(reserve_pct: int) -> bool:
    """Whether Tesla takes this value as a backup reserve."""
    return 0 <= reserve_pct <= HIGHEST_PARTIAL or reserve_pct == FULL


def preserve_reserve(level_pct: float, baseline_pct: int, *, certain: bool) -> int:
    """The reserve that keeps what is in the battery, never under the baseline.

    Between 81 and 99 there is no such value: 100 buys a little where power is certainly cheap, 80 lets a little go
    where it is not. A baseline there was found standing, so it is taken as it is.
    """
    return max(_accepted(floor(level_pct), certain=certain), baseline_pct)


def wanted_reserve(
    intent: Intent,
    *,
    certain: bool,
    charge_target_pct: int,
    level_pct: float | None,
    baseline_pct: int,
) -> int | None:
    """The reserve to ask for; ``None`` when it cannot be known: to preserve an unknown level is to guess.

    Charge never asks for less than preserve would (design 4.1); its target needs no level.
    """
    if level_pct is None:
        if intent is Intent.PRESERVE:
            return None
        return max(charge_target_pct, baseline_pct)
    preserve = preserve_reserve(level_pct, baseline_pct, certain=certain)
    if intent is Intent.PRESERVE:
        return preserve
    return max(charge_target_pct, preserve)


def _accepted(reserve_pct: int, *, certain: bool) -> int:
    if acceptable(reserve_pct):
        return reserve_pct
    return FULL if certain else HIGHEST_PARTIAL
