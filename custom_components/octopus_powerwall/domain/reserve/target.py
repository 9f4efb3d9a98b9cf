"""Which backup reserve a hold asks for (design 4); what a battery takes it says itself (``limits.py``)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor, isfinite

from ..settings import Intent
from .limits import FULL, Limits

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


def choose_level(level: Level, last_trusted: Level | None, now: datetime) -> Level | None:
    """Choose the level to go by: a fresh one, else the last trusted one while at most 30 min old, else none."""
    if level.is_fresh(now):
        return level
    if (
        last_trusted is not None
        and last_trusted.reported_at is not None
        and now - last_trusted.reported_at <= TRUSTED_LEVEL_AGE
    ):
        return last_trusted
    return None


def preserve_reserve(level_pct: float, floor_pct: int, limits: Limits, *, certain: bool) -> int:
    """Choose the reserve that keeps what is in the battery, never under ``floor_pct``.

    Where the battery does not take the level itself, the next value above buys a little if power is certainly cheap,
    and the next one below lets a little go if it is not. What was found standing is taken as it is.
    """
    return max(_fit(floor(level_pct), limits, certain=certain), floor_pct)


def choose_reserve(
    intent: Intent,
    limits: Limits,
    *,
    certain: bool,
    charge_target_pct: int,
    level_pct: float | None,
    floor_pct: int,
    keeps_level: bool = True,
) -> int | None:
    """Choose the reserve to ask for; ``None`` when it cannot be known: to preserve an unknown level is to guess.

    Charge never asks for less than preserve would (design 4.1), but where room is left for the sun at night
    (``keeps_level``, design 9.6); its target needs no level.
    """
    target = _fit(charge_target_pct, limits, certain=True)
    if level_pct is None or (intent is Intent.CHARGE and not keeps_level):
        if intent is Intent.PRESERVE:
            return None
        return max(target, floor_pct)
    preserve = preserve_reserve(level_pct, floor_pct, limits, certain=certain)
    if intent is Intent.PRESERVE:
        return preserve
    return max(target, preserve)


def _fit(reserve_pct: int, limits: Limits, *, certain: bool) -> int:
    above, below = limits.lowest_from(reserve_pct), limits.highest_up_to(reserve_pct)
    if not certain:
        # Nothing above the level is asked for on a guess; 0 where the battery takes nothing as low as that.
        return below if below is not None else 0
    return next((value for value in (above, below) if value is not None), reserve_pct)
