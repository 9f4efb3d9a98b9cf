"""Many years at once: what every policy costs in every column, and its distance to the bound."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from itertools import groupby
from statistics import mean, stdev

from ..progress import progress_of
from .battery import Mode
from .policies import ALWAYS_FULL, BOUND, NOTHING, OFF_IN_SUMMER, OURS, RESERVE_BOUND, RIVALS, Case, play
from .simulate import Outcome
from .year import Regime

type Figures = dict[tuple[str, str], list[float]]

TABLE = (
    *RIVALS,
    OURS,
    f"{OURS}, no charger entity",
    f"{OURS}, guard: keep its charge",
    ALWAYS_FULL,
    OFF_IN_SUMMER,
    BOUND,
    RESERVE_BOUND,
)
_ONLY_CAPPED = frozenset({f"{OURS}, no charger entity"})
_ONLY_UNPAID_SUN = frozenset({ALWAYS_FULL, OFF_IN_SUMMER})
_ONLY_SELF_POWERED = frozenset({f"{OURS}, guard: keep its charge"})


def is_told(case: Case, policy: str) -> bool:
    """Whether a policy differs from the others in a column at all."""
    if policy in _ONLY_CAPPED:
        return case.regime is Regime.CHARGE_CAP
    if policy in _ONLY_UNPAID_SUN:
        return case.sun and case.export < case.given.night_price / case.given.round_trip
    return policy not in _ONLY_SELF_POWERED or case.mode is Mode.SELF_POWERED


def _play_all(task: tuple[Case, tuple[str, ...]]) -> list[tuple[Case, str, Outcome]]:
    case, policies = task
    return [(case, policy, play(case, policy)) for policy in policies]


def _nobody(_what: str) -> None:
    """Stand in for progress that somebody else shows."""


def run(
    cases: Iterable[Case],
    policies: Sequence[str],
    seeds: Sequence[int],
    *,
    workers: int,
    what: str = "years",
    is_shown: bool = True,
) -> list[tuple[Case, str, Outcome]]:
    """Play every case with every seed under every policy that is told apart there."""
    seeded = [replace(case, seed=seed) for case in cases for seed in seeds]
    tasks = [(case, tuple(policy for policy in policies if is_told(case, policy))) for case in seeded]
    tasks = [task for task in tasks if task[1]]
    found: list[tuple[Case, str, Outcome]] = []
    with progress_of(what, total=len(tasks)) if is_shown else nullcontext(_nobody) as part_done:
        if workers == 1:
            for task in tasks:
                found += _play_all(task)
                part_done(task[0].column)
            return found
        with ProcessPoolExecutor(workers) as pool:
            for part in pool.map(_play_all, tasks):
                found += part
                part_done(part[0][0].column)
    return found


def costs(found: Iterable[tuple[Case, str, Outcome]]) -> Figures:
    """The pounds of every seed, by policy and column."""
    figures: Figures = {}
    for case, policy, outcome in found:
        figures.setdefault((policy, case.column), []).append(outcome.cost)
    return figures


def best_rival(figures: Figures, column: str) -> tuple[str, float]:
    """The rival that is ahead by the mean of all seeds, and its pounds."""
    means = {name: mean(figures[name, column]) for name in RIVALS if (name, column) in figures}
    name = min(means, key=lambda each: means[each])
    return name, means[name]


def as_markdown(figures: Figures, policies: Sequence[str] = TABLE) -> str:
    """The table of ``money.md``: pounds a year, the mean of all seeds."""
    heads = list(dict.fromkeys(column for _, column in figures))
    lines = ["| policy | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for policy in policies:
        cells = [f"{mean(figures[policy, head]):.0f}" if (policy, head) in figures else "" for head in heads]
        if any(cells):
            shown = f"**{policy}**" if policy == OURS else policy
            lines.append(f"| {shown} | " + " | ".join(f"**{c}**" if policy == OURS and c else c for c in cells) + " |")
    return "\n".join(lines)


def as_text(figures: Figures) -> str:
    """The same for a terminal, with the spread over the seeds and the distance to the bound."""
    lines = []
    for head, group in groupby(sorted(figures, key=lambda key: key[1]), key=lambda key: key[1]):
        lines.append(head)
        bound = figures.get((BOUND, head))
        for policy, _ in group:
            values = figures[policy, head]
            spread = f" ± {stdev(values):.1f}" if len(values) > 1 else ""
            regret = f"  {100 * (mean(values) / mean(bound) - 1):+.1f} % to the bound" if bound else ""
            lines.append(f"  {mean(values):8.1f}{spread}  {policy}{regret}")
    return "\n".join(lines)


def verdicts(figures: Figures) -> list[str]:
    """For every column whether this integration is ahead, or within a pound, and how far the bound is."""
    lines = []
    for column in dict.fromkeys(column for _, column in figures):
        if (OURS, column) not in figures:
            continue
        ours = mean(figures[OURS, column])
        rival, pounds = best_rival(figures, column)
        bound = mean(figures.get((RESERVE_BOUND, column), figures[BOUND, column]))
        lines.append(
            f"{column}: {ours:.1f}, best rival {pounds:.1f} ({rival}), difference {ours - pounds:+.1f}, "
            f"do nothing {mean(figures[NOTHING, column]):.1f}, bound {bound:.1f} ({100 * (ours / bound - 1):+.2f} %)"
        )
    return lines
