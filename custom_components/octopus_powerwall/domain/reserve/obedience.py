"""Whether the battery does what its reserve says (design 5.6). Accepted and shown is not the same as obeyed."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .memory import Disobedience

NOTICEABLE_W = 300.0
TOLD_AGAIN_AFTER_HOLD = timedelta(minutes=5)
TOLD_AGAIN_AFTER_RESTORE = timedelta(minutes=10)
REPORTED_AFTER = timedelta(minutes=10)
# Later than this after a restore, charging from the grid is the owner's or Tesla's own business.
RESTORE_WATCHED_FOR = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to make of the battery's behaviour: tell it again, tell the owner."""

    disobedience: Disobedience | None
    nudge: bool = False
    report: bool = False

    def wake_at(self, patience: timedelta) -> datetime | None:
        """When to look again."""
        if self.disobedience is None or self.disobedience.reported:
            return None
        if self.disobedience.nudged_at is None:
            return self.disobedience.since + patience
        return self.disobedience.nudged_at + REPORTED_AFTER


def drains_in_hold(level_pct: float | None, reserve_pct: int | None, battery_w: float | None) -> bool:
    """Whether it discharges although its level is at or below the reserve. Powers in W, positive: discharging."""
    return (
        level_pct is not None
        and reserve_pct is not None
        and battery_w is not None
        and level_pct <= reserve_pct
        and battery_w > NOTICEABLE_W
    )


def buys_after_restore(
    level_pct: float | None, reserve_pct: int | None, battery_w: float | None, grid_w: float | None
) -> bool:
    """Whether it charges from the grid although its level is above the reserve. ``grid_w`` positive: importing."""
    return (
        level_pct is not None
        and reserve_pct is not None
        and battery_w is not None
        and grid_w is not None
        and level_pct > reserve_pct + 1
        and battery_w < -NOTICEABLE_W
        and grid_w > NOTICEABLE_W
    )


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
