"""Writes the tables of docs/money.md and of the README, each between two comments that name it."""

from collections.abc import Iterable
from pathlib import Path
import re
from statistics import mean

from .assumptions import Assumptions, named
from .battery import Mode
from .doubts import Doubted, doubted
from .policies import ALWAYS_FULL, BOUND, NOTHING, OFF_IN_SUMMER, OURS, RESERVE_BOUND, RIVALS, Case, columns
from .savings import Agreement, agreements
from .table import TABLE, Figures, as_markdown, best_rival, costs, run
from .year import Ghosts, Regime

ROOT = Path(__file__).parents[2]
MONEY = ROOT / "docs" / "money.md"
README = ROOT / "README.md"
DOUBTED_DAYS = 28
PARTS = ("assumptions", "savings", "table", "export0", "house", "ghosts", "export12", "doubts")
_LARGE = Assumptions(home_kwh=8000)


def write_docs(parts: Iterable[str], *, seeds: int, workers: int) -> None:
    """Play what the parts need, all of them where none is named, and write each as soon as it is known.

    The tables of policies are the mean of so many years; savings and doubts are of one.
    """
    wanted = set(parts) or set(PARTS)
    if "assumptions" in wanted:
        replace_part(MONEY, "assumptions", assumptions())
    if "savings" in wanted:
        cases = [*columns(Case()), *_whole_slot(Case(ghosts=Ghosts.DEAR))]
        replace_part(MONEY, "savings", savings_told(agreements(cases, workers=workers)))
    if "table" in wanted:
        main = costs(run(columns(Case()), TABLE, range(1, seeds + 1), workers=workers))
        replace_part(MONEY, "table", f"{as_markdown(main)}\n\n{_means(seeds)}")
        replace_part(MONEY, "regret", regret(main))
        replace_part(README, "money", f"{short(main)}\n\n{_means(seeds)}")
    for name, cases in _side_tables().items():
        if name in wanted:
            figures = costs(run(cases, _SHORT, range(1, seeds + 1), workers=workers, what=name))
            replace_part(MONEY, name, f"{as_markdown(figures)}\n\n{_means(seeds)}")
    if "doubts" in wanted:
        replace_part(MONEY, "doubts", doubts_told(doubted(_doubted_cases(), (1,), workers=workers)))


def _side_tables() -> dict[str, list[Case]]:
    return {
        "export0": [case for case in columns(Case(export=0)) if case.sun],
        "house": list(columns(Case(given=_LARGE))),
        "ghosts": _whole_slot(Case(ghosts=Ghosts.DEAR)),
        "export12": [case for case in columns(Case(export=12)) if case.sun],
    }


def _doubted_cases() -> list[Case]:
    """A set that is played in half an hour on a busy core: four weeks of a house without sun, and of one with it."""
    return [
        Case(Mode.TIME_BASED, Regime.CHARGE_CAP, days=DOUBTED_DAYS),
        Case(Mode.SELF_POWERED, Regime.WHOLE_SLOT, sun=True, days=DOUBTED_DAYS),
    ]


def _means(seeds: int) -> str:
    return "One simulated year, in pounds." if seeds == 1 else f"Mean of {seeds} simulated years, in pounds a year."


_SHORT = (*RIVALS, OURS, ALWAYS_FULL, OFF_IN_SUMMER, BOUND, RESERVE_BOUND)


def _whole_slot(case: Case) -> list[Case]:
    return [each for each in columns(case) if each.regime is Regime.WHOLE_SLOT]


def short(figures: Figures) -> str:
    """For the README: without the integration, with it, and the least that can be had."""
    heads = [column for column in dict.fromkeys(column for _, column in figures) if (OURS, column) in figures]
    lines = ["| a simulated year, £ | nothing | best other way | this integration | at best |", "|---|---|---|---|---|"]
    for head in heads:
        _, rival = best_rival(figures, head)
        least = mean(figures.get((RESERVE_BOUND, head), figures[BOUND, head]))
        nothing, ours = mean(figures[NOTHING, head]), mean(figures[OURS, head])
        lines.append(f"| {_spelled(head)} | {nothing:.0f} | {rival:.0f} | **{ours:.0f}** | {least:.0f} |")
    return "\n".join(lines)


def regret(figures: Figures) -> str:
    """How far this integration is from the bound, and from the best rival, in every column."""
    lines = ["| | above the bound | against the best other way |", "|---|---|---|"]
    for head in dict.fromkeys(column for _, column in figures):
        ours = mean(figures[OURS, head])
        bound = mean(figures.get((RESERVE_BOUND, head), figures[BOUND, head]))
        rival, pounds = best_rival(figures, head)
        lines.append(f"| {_spelled(head)} | {100 * (ours / bound - 1):.1f} % | {ours - pounds:+.1f} ({rival}) |")
    return "\n".join(lines)


def assumptions() -> str:
    """Every assumption, its source, and what it is tried with instead."""
    lines = ["| what | taken | source | tried instead |", "|---|---|---|---|"]
    for name, value, unit, source, values in named():
        tried = ", ".join(f"{each:g}" for each in values)
        lines.append(f"| `{name}`, {unit} | {value:g} | {source} | {tried} |")
    return "\n".join(lines)


def savings_told(found: Iterable[Agreement]) -> str:
    """How far the sensor is from two bills, in every column, and where slots for an absent car are billed dear."""
    by_case = {(each.case.ghosts, each.case.column): each for each in found}
    has_dear = any(ghosts is Ghosts.DEAR for ghosts, _ in by_case)
    heads = [
        "",
        "saved by two bills",
        "shown",
        "error",
        *(["where slots for an absent car are dear"] if has_dear else []),
    ]
    lines = [_row(heads), "|---" * len(heads) + "|"]
    for (ghosts, column), one in by_case.items():
        if ghosts is Ghosts.CHEAP:
            cells = [_spelled(column), f"{one.true_gbp:.2f}", f"{one.shown_gbp:.2f}", _percent(one.error)]
            dear = by_case.get((Ghosts.DEAR, column))
            lines.append(_row([*cells, *(["" if dear is None else _percent(dear.error)] if has_dear else [])]))
    return "\n".join((*lines, "", "One simulated year, in pounds."))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def doubts_told(found: Iterable[Doubted]) -> str:
    """By how many pounds this integration is ahead of the best other way (negative) where one number is another."""
    by_doubt: dict[str, dict[str, str]] = {}
    for one in found:
        told = f"{one.ours - one.rival_gbp:+.1f}"
        by_doubt.setdefault(f"`{one.name}` {one.value:g}", {})[one.column] = f"**{told}**" if one.is_behind else told
    heads = list(dict.fromkeys(head for row in by_doubt.values() for head in row))
    lines = ["| instead | " + " | ".join(map(_spelled, heads)) + " |", "|---" * (len(heads) + 1) + "|"]
    lines += [f"| {name} | " + " | ".join(row.get(head, "") for head in heads) + " |" for name, row in by_doubt.items()]
    return "\n".join((*lines, "", f"The first {DOUBTED_DAYS} days of a simulated year, in pounds."))


def _percent(part: float) -> str:
    return f"{100 * part:+.1f} %"


def _spelled(head: str) -> str:
    text = head.replace("TBC", "Time-Based Control,").replace("Self-P.", "Self-Powered,")
    return text.replace(" +sun", ", 4 kWp of sun")


def replace_part(path: Path, name: str, text: str) -> None:
    """Put a text between the two comments of a name.

    Raises:
        ValueError: The file has no such place.
    """
    before, after = f"<!-- replay {name} -->", f"<!-- replay {name} end -->"
    whole = path.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(before)}.*?{re.escape(after)}", re.DOTALL)
    if not pattern.search(whole):
        raise ValueError(f"{path.name} has no place for {name}")
    path.write_text(pattern.sub(lambda _: f"{before}\n{text}\n{after}", whole), encoding="utf-8")
