"""What must hold at all times, whatever is broken: the laws, each with the words in which a breach is told."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import floor

from .faults import BLOCKS
from .model import opinion, wanted_back
from .truth import Truth, Where

SEEN = timedelta(seconds=150)
"""By when a change in the battery is known: two readings a minute apart, and a little."""
MOST_WRITES_AN_HOUR = 14
MORE_FOR_EVERY_EVENT = 5
TRIED_AT_LEAST_EVERY = timedelta(minutes=42)
OVERDUE = timedelta(minutes=30)
TRIAL = timedelta(minutes=20)


class Laws:
    """Watches the writes of one day. Everything it finds is a sentence."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._writes: list[datetime] = []
        self._wrong_since: datetime | None = None
        self.events: list[datetime] = []
        self.trials: list[datetime] = []

    @property
    def last_write(self) -> datetime | None:
        """When the integration last tried."""
        return self._writes[-1] if self._writes else None

    def is_trial(self, value: int, at: datetime) -> bool:
        """Whether a write can be part of a trial of the battery: one point up or down, and back."""
        tried = any(timedelta(0) <= at - trial <= TRIAL for trial in self.trials)
        return tried and any(abs(value - will) <= 1 for will in self._truth.will | self._truth.maybe)

    def write(self, value: int, at: datetime) -> Iterable[str]:
        """What is wrong with a reserve that the integration has sent."""
        truth = self._truth
        self._writes.append(at)
        wills = wanted_back(truth) | truth.will | truth.maybe
        if truth.choices.usual_reserve is not None:
            wills.add(truth.choices.usual_reserve)
        if any(timedelta(0) <= at - trial <= TRIAL for trial in self.trials):
            wills |= {will + 1 for will in wills} | {will - 1 for will in wills if will == 80}
        if truth.battery.is_tesla and 81 <= value <= 99 and value not in wills:
            yield f"wrote {value}, which Tesla does not take"
        if value < min(wills):
            yield f"wrote {value}, which is below the owner's reserve {sorted(wills)}"
        if value not in wills | self._thinkable(at):
            yield f"wrote {value}, which neither the owner nor the level of the battery can be the reason for"
        yield from self._blocked(value, at)
        if truth.override is not None and truth.override.is_sure:
            over = truth.override
            if over.at + SEEN < at < over.until and value != over.value:
                yield f"wrote {value} although the owner had set {over.value}"
        if value > max(wills) and not self._is_clear(at):
            if truth.choices.dry_run:
                yield f"wrote {value} in a dry run"
            if not truth.choices.automation:
                yield f"wrote {value} while switched off"
        hour = [each for each in self._writes if at - each < timedelta(hours=1)]
        events = sum(1 for each in self.events if at - each < timedelta(minutes=75))
        if len(hour) > MOST_WRITES_AN_HOUR + MORE_FOR_EVERY_EVENT * events:
            yield f"{len(hour)} writes within an hour"

    def _is_clear(self, at: datetime) -> bool:
        """Whether the owner has only just chosen otherwise."""
        changed = self._truth.owner_changed_at
        return changed is not None and at - changed < SEEN

    def _thinkable(self, at: datetime) -> set[int]:
        levels = [floor(level) for when, level in self._truth.levels if at - when < timedelta(hours=12)]
        around = set(range(min(levels) - 1, max(levels) + 2)) if levels else set()
        return {level for level in around if level <= 80 or not self._truth.battery.is_tesla} | {60, 70, 80, 100}

    def bounds(self, at: datetime) -> set[int]:
        """The reserves that can stand in a hold whatever is broken: what the owner wants, or what a hold asks for."""
        truth = self._truth
        wills = wanted_back(truth) | truth.will | truth.maybe | self._usual()
        overrides = {truth.override.value} if truth.override else set()
        return {each + by for each in wills for by in (-1, 0, 1)} | overrides | self._thinkable(at)

    def _usual(self) -> set[int]:
        usual = self._truth.choices.usual_reserve
        return set() if usual is None else {usual}

    def _blocked(self, value: int, at: datetime) -> Iterable[str]:
        truth = self._truth
        for block in truth.disturbances:
            if block.kind not in BLOCKS or not block.start + SEEN < at or (block.end is not None and at >= block.end):
                continue
            blind = truth.broken_since(block.start - SEEN, at, Where.READS)
            booting = truth.on_since is None or at - truth.on_since < SEEN
            if not blind and not booting:
                yield f"wrote {value} during {block.kind}"

    def overdue(self, now: datetime, reserve: int, issues: set[str]) -> Iterable[str]:
        """A reserve to be put back is being tried, or the owner was told."""
        truth = self._truth
        due = opinion(truth, now, ignoring=frozenset({Where.WRITES, Where.READS}))
        if due.values is None or not due.why.startswith("nothing is held") or reserve in due.values:
            self._wrong_since = None
            return
        self._wrong_since = self._wrong_since or now
        told = issues & {"restore_failed", "restore_by_hand", "powerwall_missing", "not_obeying"}
        tried = self.last_write is not None and now - self.last_write < TRIED_AT_LEAST_EVERY
        booting = truth.on_since is None or now - truth.on_since < OVERDUE
        if now - self._wrong_since >= OVERDUE and not told and not tried and not booting:
            yield f"the reserve is {reserve} and not {sorted(due.values)}, nothing is tried and nobody was told"
            self._wrong_since = now


def untidy(issues: set[str], *, holding: bool, scales: bool = False) -> Iterable[str]:
    """What is still there at a quiet time when nothing is held.

    A battery with a scale of its own never shows what was put back: that it differs is said until the next hold.
    """
    if scales:
        issues, holding = issues - {"restore_failed"}, False
    lingering = issues & {
        "restore_failed",
        "restore_by_hand",
        "not_obeying",
        "powerwall_missing",
        "octopus_unreachable",
        "octopus_rejected",
        "rate_limited",
        "clock_differs",
    }
    if lingering:
        yield f"these repairs are still shown: {', '.join(sorted(lingering))}"
    if holding:
        yield "something is still to be put back although nothing is held"
