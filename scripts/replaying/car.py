"""The car's year: when it is plugged in, which slots Octopus lists for it, and what really happens in them."""

from dataclasses import dataclass
from math import exp
from random import Random

from .assumptions import Assumptions
from .clock import Spans, local

_GRID_S = 300.0


@dataclass(frozen=True, slots=True)
class Row:
    """A row of Octopus' plan, and the truth about it. Times are seconds of the year.

    Attributes:
        start: when it begins, as listed.
        end: when it ends, as listed.
        listed_from: since when it is listed.
        listed_to: when it disappears: its end, or earlier where Octopus takes it back.
        draws_from: when the car begins to draw in it.
        draws_to: when the car stops; ``draws_from`` where it never does.
        plugged: the car is there.
        state_tells: the device's state says so where it is not.
    """

    start: float
    end: float
    listed_from: float
    listed_to: float
    draws_from: float
    draws_to: float
    plugged: bool = True
    state_tells: bool = True

    @property
    def is_run(self) -> bool:
        """Whether it was a slot at all, and not taken back before it began."""
        return self.listed_to > self.start

    @property
    def ran_to(self) -> float:
        """When the slot was over."""
        return min(self.end, self.listed_to)


@dataclass(frozen=True, slots=True)
class CarYear:
    """All rows of a year by the time they are listed, and when the car is plugged in."""

    rows: tuple[Row, ...]
    plugged: Spans

    def drawing(self) -> tuple[tuple[float, float], ...]:
        """When the car draws."""
        return Spans.of([(row.draws_from, row.draws_to) for row in self.rows]).pairs()


def car_year(given: Assumptions, days: int, seed: int) -> CarYear:
    """A year of sessions and their rows."""
    random = Random(f"car {seed}")
    sessions = [day for day in range(days) if random.random() < given.sessions_per_week / 7]
    sizes = [exp(random.gauss(0, 0.35)) for _ in sessions]
    total_s = given.car_kwh * days / 365 / given.car_kw * 3600
    unit_s = total_s / sum(sizes) if sizes else 0.0
    rows: list[Row] = []
    plugged: list[tuple[float, float]] = []
    for day, size in zip(sessions, sizes, strict=True):
        session = _Session(given, random, day)
        plugged.append((session.arrives, session.leaves))
        session.plan(size * unit_s)
        rows += session.rows
    there = set(sessions)
    for day in range(days):
        if random.random() < given.ghost_days and day not in there:
            rows.append(_ghost(given, random, day))
    return CarYear(tuple(sorted(rows, key=lambda row: row.listed_from)), Spans.of(plugged))


def _ghost(given: Assumptions, random: Random, day: int) -> Row:
    """A slot by day for a car that is not there."""
    start = _snapped(given, random, local(day, random.uniform(9, 21)))
    end = start + random.choice((1800.0, 3600.0, 5400.0))
    tells = random.random() < given.state_tells
    return Row(start, end, start - random.uniform(600, 7200), end, start, start, plugged=False, state_tells=tells)


def _snapped(given: Assumptions, random: Random, at_s: float) -> float:
    grid = 1800.0 if random.random() < given.on_the_half_hour else _GRID_S
    return round(at_s / grid) * grid


class _Session:
    """One plug-in, from the evening to the next morning."""

    def __init__(self, given: Assumptions, random: Random, day: int) -> None:
        self._given, self._random, self._day = given, random, day
        weekend = day % 7 in (2, 3)
        self.arrives = local(day, random.uniform(11, 19) if weekend else max(14.5, random.gauss(17.7, 1.1)))
        self.leaves = local(day + 1, random.uniform(9, 12) if weekend else random.uniform(7.2, 8.8))
        self.night = (local(day, 23.5), local(day + 1, 5.5))
        self.rows: list[Row] = []
        self._taken: list[tuple[float, float]] = []

    def plan(self, needed_s: float) -> None:
        """Plan as much charging as the car needs, some of it by day."""
        random, given = self._random, self._given
        by_day_s = 0.0
        if random.random() < 0.55:
            by_day_s = min(1.0, random.uniform(0.3, 0.7) * given.day_share / 0.275) * needed_s
        done_s = 0.0
        for _ in range(40):
            if by_day_s - done_s < _GRID_S:
                break
            length = self._length(by_day_s - done_s)
            start = self._free_start(length)
            if start is not None:
                done_s += self._slot(start, start + length)
        self._nightly(needed_s - done_s)

    def _length(self, left_s: float) -> float:
        random = self._random
        short = random.random() < self._given.bursts
        length = random.choice((300, 600, 900, 1200) if short else (1800, 1800, 2700, 3600, 5400))
        return max(_GRID_S, min(float(length), round(left_s / _GRID_S) * _GRID_S))

    def _free_start(self, length: float) -> float | None:
        random = self._random
        spans = [(self.arrives + 120, self.night[0]), (self.night[1], self.leaves)]
        weights = [max(1.0, end - start) for start, end in spans]
        first, last = random.choices(spans, weights)[0]
        if last - first < length:
            return None
        start = _snapped(self._given, random, random.uniform(first, last - length))
        end = start + length
        if start < first or end > last or any(start < other_end and other < end for other, other_end in self._taken):
            return None
        return start

    def _slot(self, start: float, end: float) -> float:
        """A slot by day; returns for how long the car drew."""
        random, given = self._random, self._given
        self._taken.append((start, end))
        known = self.arrives + random.uniform(60, 120)
        listed_from = random.choice((known, max(known, start - random.uniform(60, 900))))
        if random.random() < given.late_rows:
            listed_from = start + random.uniform(20, 300)
        listed_to = end
        if end - start > 1200 and random.random() < given.cut_short:
            listed_to = start + round(random.uniform(0.3, 0.9) * (end - start) / _GRID_S) * _GRID_S
        draws_from = min(start + given.car_starts_after_s, listed_to)
        draws_to = listed_to
        if end - start > 1200 and random.random() < given.idle_share:
            draws_to = max(draws_from, start + random.uniform(0.1, 0.7) * (listed_to - start))
        self.rows.append(Row(start, end, listed_from, listed_to, draws_from, draws_to))
        if random.random() < given.cancelled_rows:
            self._cancelled()
        return draws_to - draws_from

    def _cancelled(self) -> None:
        """A row that Octopus takes back before it begins."""
        start = self._free_start(1800.0)
        if start is not None and start - self.arrives > 1800:
            gone = start - self._random.uniform(120, 1500)
            self.rows.append(Row(start, start + 1800, self.arrives + 100, gone, start, start))

    def _nightly(self, needed_s: float) -> None:
        """The rest in the night, in one piece or two; what does not fit there is left to another day."""
        random = self._random
        first, last = self.night
        left = min(max(0.0, needed_s), last - first)
        if left < _GRID_S:
            return
        left = round(left / _GRID_S) * _GRID_S
        pieces = [left] if left < 3600 or random.random() < 0.5 else [left / 2, left / 2]
        room = (last - first - left) / len(pieces)
        at = first
        for piece in pieces:
            start = at + random.choice((0.0, random.uniform(0, room)))
            end = min(start + piece, last)
            listed_from = min(start - 60, self.arrives + 100)
            self.rows.append(Row(start, end, listed_from, end, start, end))
            at = end
