"""Whether the battery does what its reserve says (design 5.6). Accepted and shown is not the same as obeyed."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .memory import Disobedience

NOTICEABLE_W = 300.0
STILL_W = 100.0
# A level this far below the target is far enough to charge noticeably.
FAR_BELOW_PCT = 2.0
PATIENCE_WITH_DRAIN = timedelta(minutes=5)
PATIENCE_WITH_BUYING = timedelta(minutes=10)
PATIENCE_WITH_STANDING_STILL = timedelta(minutes=10)
PATIENCE_WITH_NOT_CHARGING = timedelta(minutes=20)
# Time-Based Control takes 15 to 45 min until it acts on a change (facts/second_round.md 1).
TIME_BASED_LAG = timedelta(minutes=45)
REPORTED_AFTER = timedelta(minutes=10)
# Later than this after a restore, what the battery does is the owner's or Tesla's own business.
RESTORE_WATCHED_FOR = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the battery does, in percent and W: discharging and importing are positive; ``None`` is unknown."""

    level_pct: float | None
    reserve_pct: int | None
    battery_w: float | None
    grid_w: float | None
    solar_w: float | None = None

    @property
    def is_known(self) -> bool:
        """Whether enough is read to say that the battery does as it is told."""
        return self.level_pct is not None and self.battery_w is not None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to make of the battery's behaviour: tell it again, tell the owner."""

    disobedience: Disobedience | None
    nudge: bool = False
    report: bool = False


def drains_in_hold(behaviour: Behaviour) -> bool:
    """Whether it discharges although its level is at or below the reserve."""
    if behaviour.level_pct is None or behaviour.reserve_pct is None or behaviour.battery_w is None:
        return False
    return behaviour.level_pct <= behaviour.reserve_pct and behaviour.battery_w > NOTICEABLE_W


def buys_above_reserve(behaviour: Behaviour, *, margin_pct: float) -> bool:
    """Whether it charges from the grid although its level is more than ``margin_pct`` above the reserve."""
    if (
        behaviour.level_pct is None
        or behaviour.reserve_pct is None
        or behaviour.battery_w is None
        or behaviour.grid_w is None
    ):
        return False
    is_above = behaviour.level_pct > behaviour.reserve_pct + margin_pct
    # What the panels give may go into the battery while the grid serves the house.
    beyond_the_sun_w = -behaviour.battery_w - max(behaviour.solar_w or 0.0, 0.0)
    return is_above and beyond_the_sun_w > NOTICEABLE_W and behaviour.grid_w > NOTICEABLE_W


def stands_still_above_reserve(behaviour: Behaviour) -> bool:
    """Whether it stands still above its reserve while the house imports: what a self-powered one never does."""
    if (
        behaviour.level_pct is None
        or behaviour.reserve_pct is None
        or behaviour.battery_w is None
        or behaviour.grid_w is None
    ):
        return False
    return (
        behaviour.level_pct > behaviour.reserve_pct + 1
        and abs(behaviour.battery_w) < STILL_W
        and behaviour.grid_w > NOTICEABLE_W
    )


def does_not_charge(behaviour: Behaviour) -> bool:
    """Whether it takes next to nothing although it is to be filled well above its level."""
    if behaviour.level_pct is None or behaviour.reserve_pct is None or behaviour.battery_w is None:
        return False
    return behaviour.level_pct <= behaviour.reserve_pct - FAR_BELOW_PCT and behaviour.battery_w > -STILL_W


def reach_verdict(disobedience: Disobedience | None, now: datetime, patience: timedelta, *, disobeys: bool) -> Verdict:
    """Judge one look at the battery: told once more after ``patience``, reported ten minutes after that."""
    if not disobeys:
        return Verdict(None)
    seen = disobedience or Disobedience(now)
    if seen.nudged_at is None:
        if now - seen.since >= patience:
            return Verdict(replace(seen, nudged_at=now), nudge=True)
        return Verdict(seen)
    if not seen.reported and now - seen.nudged_at >= REPORTED_AFTER:
        return Verdict(replace(seen, reported=True), report=True)
    return Verdict(seen)
