"""The owner's hand, and what it means for the truth: which reserve is wanted now, and whether anybody can tell."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .laws import SEEN
from .model import opinion, override_until
from .truth import Override, Truth, Where

ECHO = timedelta(seconds=160)
"""Within this a reading after a write may be what a battery that scales has made of it."""


@dataclass(slots=True)
class Change:
    """The owner changed the reserve; until somebody could have seen it, a write of ours may have hidden it."""

    value: int
    at: datetime
    before: set[int]


class Wills:
    """Keeps ``truth.will`` and ``truth.override`` as the owner sets reserves and the integration writes."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._changes: list[Change] = []
        self._written: list[tuple[datetime, int]] = []

    def set(self, value: int, now: datetime) -> None:
        """The owner sets a reserve, in the app or through Home Assistant."""
        truth = self._truth
        was = opinion(truth, now)
        before = self._all_wills()
        sure = self._is_recognisable(value, now, before)
        meant = truth.read_as(value)
        truth.will = meant if sure else before | meant
        truth.will_at, truth.set_to, truth.set_in_vain = now, value, None
        if sure:
            truth.maybe = set()
            self._changes.append(Change(value, now, before))
        self._override(value, now, sure=sure and was.is_strict and not truth.felt(now, Where.READS))
        truth.stood = None
        truth.owner_changed_at = now

    def _all_wills(self) -> set[int]:
        usual = self._truth.choices.usual_reserve
        return self._truth.will | self._truth.maybe | ({usual} if usual is not None else set())

    def _is_recognisable(self, value: int, now: datetime, before: set[int]) -> bool:
        ours = {written for _, written in self._written} | {80}
        # What another battery shows just after a write may be its rounding, and so may a point more or less.
        since, off = (timedelta(seconds=5), 0) if self._truth.battery.is_tesla else (ECHO, 2)
        just_written = any(now - at < since for at, _ in self._written)
        shown = round(self._truth.battery.shown(value))
        # What is read of a value of ours on the battery's own scale is ours as well: 0 for 3.
        known_values = {each for own in ours | before for each in self._truth.read_as(own)}
        known = any(abs(each - own) <= off for own in known_values for each in (value, shown))
        return not known and not just_written and not self._truth.felt(now, Where.WRITES)

    def _override(self, value: int, now: datetime, *, sure: bool) -> None:
        truth = self._truth
        over, until = truth.override, override_until(truth, now)
        if over is not None and now < over.until:
            truth.override = Override(value, now, over.until, is_sure=sure)
        elif until > now:
            truth.override = Override(value, now, until, is_sure=sure and truth.choices.automation)

    def release(self, now: datetime) -> None:
        """The owner lets the integration act again, which may not have seen a change yet, or took it for Tesla's."""
        over = self._truth.override
        if over is not None and over.is_sure and now >= self._seen_at(over.at):
            self._truth.override = None
        elif over is not None:
            over.is_sure = False

    def wrote(self, value: int, at: datetime, *, is_trial: bool = False) -> None:
        """The integration wrote: a change that nobody could have seen yet may be lost under it.

        A trial is no hold: what it found is put back, whatever the usual reserve.
        """
        truth = self._truth
        self._written.append((at, value))
        if not is_trial:
            truth.raised_at = at
        for change in self._changes:
            if change.at - timedelta(seconds=1) <= at <= self._seen_at(change.at):
                truth.will |= change.before | truth.read_as(change.value)
                if truth.override is not None:
                    truth.override.is_sure = False
        self._changes = [change for change in self._changes if at <= self._seen_at(change.at)]

    def settled(self, reserve: int, now: datetime) -> None:
        """All is quiet and this reserve stands: it is what is wanted from now on."""
        truth = self._truth
        # A scale takes effect once, on what the owner set: what was put back since must not sink any further.
        truth.will = truth.read_as(reserve) if reserve == truth.set_to else {reserve}
        if round(truth.battery.shown(reserve)) == truth.set_in_vain:
            # The scale shows what was asked for, so that nobody can tell that nothing came of it.
            truth.will.add(truth.set_in_vain)
        truth.maybe, truth.will_at = set(), now
        self._changes = [change for change in self._changes if now <= self._seen_at(change.at)]

    def _seen_at(self, changed_at: datetime) -> datetime:
        """By when it was seen: two readings with Home Assistant running and able to read."""
        blind = [(each.start, each.end) for each in self._truth.disturbances if each.where is Where.READS]
        seen = changed_at + SEEN
        for start, end in sorted([*blind, *self._truth.off], key=lambda period: period[0]):
            if start < seen and (end is None or end + SEEN > changed_at):
                seen = datetime.max.replace(tzinfo=changed_at.tzinfo) if end is None else max(seen, end + SEEN)
        return seen


def forget_last_restore(truth: Truth, stands: int) -> None:
    """A backup may be older than the last restore: a scale takes effect on what that set, as on what the owner sets."""
    truth.set_to = stands
