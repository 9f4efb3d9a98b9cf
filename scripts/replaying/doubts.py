"""Puts every assumption in doubt: does this integration stay ahead of its rivals when one number is another?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import mean

from ..progress import progress_of
from .assumptions import named
from .policies import BOUND, OURS, RIVALS, Case
from .table import best_rival, costs, run

# What a house without panels does not notice.
_OF_THE_SUN = frozenset({"sun_kwp", "sun_kwh_per_kwp", "cloud_memory", "forecast_error"})


@dataclass(frozen=True, slots=True)
class Doubted:
    """What one column comes to where one number is another, in pounds."""

    name: str
    value: float
    default: float
    unit: str
    source: str
    column: str
    ours: float
    rival: str
    rival_gbp: float
    bound: float

    @property
    def is_behind(self) -> bool:
        """Whether another way is cheaper by more than a pound."""
        return self.ours > self.rival_gbp + 1

    def __str__(self) -> str:
        return (
            f"{self.name} {self.value:g} instead of {self.default:g} {self.unit} ({self.source}); {self.column}: "
            f"{self.ours:.1f}, {self.rival} {self.rival_gbp:.1f}, bound {self.bound:.1f}"
            f"{'   BEHIND' if self.is_behind else ''}"
        )


def doubted(cases: Sequence[Case], seeds: Iterable[int], *, workers: int) -> list[Doubted]:
    """Play every case with every number in doubt that it notices."""
    seeds = tuple(seeds)
    found = []
    every = [(item, value) for item in named() for value in item[4]]
    with progress_of("doubts", total=len(every)) as part_done:
        for (name, default, unit, source, _), value in every:
            tried = [
                replace(case, given=case.given.with_doubt(name, value))
                for case in cases
                if case.sun or name not in _OF_THE_SUN
            ]
            figures = costs(run(tried, (*RIVALS, OURS, BOUND), seeds, workers=workers, is_shown=False))
            for column in dict.fromkeys(case.column for case in tried):
                ours, bound = mean(figures[OURS, column]), mean(figures[BOUND, column])
                rival, pounds = best_rival(figures, column)
                found.append(Doubted(name, value, default, unit, source, column, ours, rival, pounds, bound))
            part_done(f"{name} {value:g}")
    return found
