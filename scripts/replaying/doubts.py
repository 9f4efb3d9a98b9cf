"""Puts every assumption in doubt: does this integration stay ahead of its rivals when one number is another?"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import mean

from .assumptions import named
from .policies import BOUND, OURS, RIVALS, Case
from .table import best_rival, costs, run


def doubts(cases: Sequence[Case], seeds: Iterable[int], *, workers: int) -> str:
    """One line for every number and every column: ours, the best rival, and the bound, in pounds a year."""
    lines = []
    for name, default, unit, source, values in named():
        for value in values:
            doubted = [replace(case, given=case.given.with_doubt(name, value)) for case in cases]
            found = run(doubted, (*RIVALS, OURS, BOUND), tuple(seeds), workers=workers, what=f"{name} {value:g}")
            figures = costs(found)
            for column in dict.fromkeys(case.column for case in doubted):
                ours, bound = mean(figures[OURS, column]), mean(figures[BOUND, column])
                rival, pounds = best_rival(figures, column)
                ahead = "" if ours <= pounds + 1 else "   BEHIND"
                lines.append(
                    f"{name} {value:g} instead of {default:g} {unit} ({source}); {column}: "
                    f"{ours:.1f}, {rival} {pounds:.1f}, bound {bound:.1f}{ahead}"
                )
    return "\n".join(lines)
