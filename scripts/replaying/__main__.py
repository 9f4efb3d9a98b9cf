"""The command line of the replay."""

import argparse
from collections.abc import Sequence
import json
import os
import sys

from .assumptions import Assumptions, named
from .battery import Mode
from .docs import PARTS, write_docs
from .doubts import doubted
from .policies import BOUNDS, POLICIES, Case, columns
from .savings import agreements
from .table import TABLE, as_text, costs, run, verdicts
from .year import Ghosts, Regime


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the replay; returns the process' exit code."""
    chosen = _parser().parse_args(arguments)
    if chosen.list:
        print("\n".join((*POLICIES, *BOUNDS)))
        return 0
    if chosen.assumptions:
        for name, value, unit, source, _ in named():
            print(f"{name:20} {value:>8} {unit}; {source}")
        return 0
    if chosen.write_docs is not None:
        write_docs(chosen.write_docs, seeds=chosen.seeds, workers=chosen.workers)
        return 0
    given = Assumptions(home_kwh=chosen.house)
    case = Case(export=chosen.export, ghosts=Ghosts(chosen.ghosts), days=chosen.days, given=given)
    cases = [
        each
        for each in columns(case)
        if (chosen.regime is None or each.regime == chosen.regime)
        and (chosen.mode is None or each.mode == chosen.mode)
        and (chosen.sun is None or each.sun == (chosen.sun == "yes"))
    ]
    if chosen.doubts:
        print("\n".join(map(str, doubted(cases, range(1, chosen.seeds + 1), workers=chosen.workers))))
        return 0
    if chosen.savings:
        print("\n".join(map(str, agreements(cases, workers=chosen.workers))))
        return 0
    policies = chosen.policy or list(TABLE)
    unknown = [policy for policy in policies if policy not in POLICIES and policy not in BOUNDS]
    if unknown:
        print(f"scripts/replay: no such policy: {', '.join(unknown)} (--list shows them)", file=sys.stderr)
        return 2
    found = run(cases, policies, range(1, chosen.seeds + 1), workers=chosen.workers)
    if chosen.json:
        rows = [
            {
                "policy": policy,
                "mode": case.mode,
                "regime": case.regime,
                "sun": case.sun,
                "export_p": case.export,
                "ghosts": case.ghosts,
                "days": case.days,
                "seed": case.seed,
                "cost_gbp": round(outcome.cost, 2),
                "imported_kwh": round(outcome.imported_kwh, 1),
                "exported_kwh": round(outcome.exported_kwh, 1),
                "writes": outcome.writes,
            }
            for case, policy, outcome in found
        ]
        print(json.dumps(rows, indent=2))
        return 0
    figures = costs(found)
    print(as_text(figures))
    if set(TABLE) <= set(policies):
        print("\n".join(verdicts(figures)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/replay",
        description="Prices simulated years of the integration's own core against other policies, in pounds a year.",
        epilog="docs/money.md tells what comes out of it, and what it takes for granted.",
    )
    parser.add_argument("--days", type=int, default=365, help="how long, from 1 January (365)")
    parser.add_argument("--regime", choices=list(Regime), help="one way of billing slots; both otherwise")
    parser.add_argument("--mode", choices=list(Mode), help="one operation mode; both otherwise")
    parser.add_argument("--sun", choices=["yes", "no"], help="with or without solar panels; both otherwise")
    parser.add_argument("--house", type=float, default=4100.0, metavar="KWH", help="kWh a year without the car (4100)")
    parser.add_argument("--policy", action="append", metavar="NAME", help="one policy, again for more; --list tells")
    parser.add_argument("--export", type=float, default=15.0, metavar="P", help="pence for each kWh exported (15)")
    parser.add_argument("--ghosts", choices=list(Ghosts), default=Ghosts.CHEAP, help="slots for a car that is away")
    parser.add_argument("--seeds", type=int, default=1, help="how many different years (1)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (one a core)")
    parser.add_argument("--json", action="store_true", help="every year as JSON")
    parser.add_argument("--doubts", action="store_true", help="put every assumption in doubt, one after the other")
    parser.add_argument("--savings", action="store_true", help="how far the savings shown are from the truth")
    parser.add_argument(
        "--write-docs",
        nargs="*",
        metavar="PART",
        choices=PARTS,
        help=f"write the tables of docs/money.md and README.md: all, or some of {', '.join(PARTS)}",
    )
    parser.add_argument("--list", action="store_true", help="the names of all policies")
    parser.add_argument("--assumptions", action="store_true", help="what is taken for granted, and where from")
    return parser


if __name__ == "__main__":
    sys.exit(main())
