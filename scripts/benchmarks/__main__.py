"""Measures what the integration costs, and compares it with another commit: ``scripts/bench --help``."""

import argparse
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
import json
import os
from pathlib import Path
import platform
import subprocess
import sys
from tempfile import TemporaryDirectory
from typing import Any

from . import frozen, imports, live, planning, whole
from .figures import CATALOGUE, Figures

ROOT = Path(__file__).parents[2]


def main() -> int:
    """Measure, show, compare; returns the process's exit code."""
    options = _options()
    base = _base(options.compare, quick=options.quick) if options.compare else None
    figures, failures = _measured(quick=options.quick, full=options.full)
    result = {"commit": _commit(), "quick": options.quick, "machine": _machine(), "figures": figures}
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        _show(figures, base)
    if base is not None and options.json:
        _show(figures, base, file=sys.stderr)
    for name, failure in failures.items():
        print(f"bench: {name} failed: {failure}", file=sys.stderr)
    return 1 if failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure what the integration costs.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: under 50 s on a quiet machine")
    parser.add_argument("--full", action="store_true", help="also time the whole suite and a fresh scripts/setup")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument(
        "--compare", metavar="BASE", help="a file that --json wrote, or a git revision to measure first"
    )
    return parser.parse_args()


def _measured(*, quick: bool, full: bool) -> tuple[Figures, dict[str, str]]:
    """Everything. What is only counted runs beside the rest; what is timed runs one after another."""
    timed: dict[str, Callable[[], Figures]] = {
        "running house": lambda: live.measure(quick=quick),
        "plan": lambda: planning.measure(quick=quick),
        "import": lambda: imports.measure(quick=quick),
    }
    figures: Figures = dict.fromkeys(CATALOGUE)
    failures: dict[str, str] = {}
    with ThreadPoolExecutor(1) as beside:
        counted = beside.submit(frozen.measure, quick=quick)
        if not quick:
            # On two cores even a neighbour that is only counted disturbs.
            counted.exception()
        for name, measure in (*timed.items(), ("days", counted.result), *(whole.MEASURES.items() if full else ())):
            try:
                figures |= measure()
            except (OSError, RuntimeError, ValueError, subprocess.SubprocessError) as error:
                failures[name] = str(error)
    return figures, failures


def _base(base: str, *, quick: bool) -> Figures:
    """The figures to compare with: from a file, or measured at a git revision by its own benchmarks."""
    if Path(base).is_file():
        try:
            content = json.loads(Path(base).read_text(encoding="utf-8"))
            figures: Figures = content["figures"]
        except (ValueError, KeyError, TypeError) as error:
            sys.exit(f"scripts/bench: {base} is not what --json prints ({type(error).__name__})")
        return figures
    found = _git("rev-parse", "--verify", "--quiet", f"{base}^{{commit}}")
    if found is None:
        sys.exit(f"scripts/bench: {base} is neither a file nor a commit")
    with TemporaryDirectory(prefix="bench-") as folder:
        archive = subprocess.run(["git", "archive", found], cwd=ROOT, check=True, stdout=subprocess.PIPE)
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        if not Path(folder, "scripts", "benchmarks").is_dir():
            sys.exit(f"scripts/bench: commit {found[:10]} has no benchmarks yet")
        command = [sys.executable, "-m", "scripts.benchmarks", "--json", *(["--quick"] if quick else [])]
        run = subprocess.run(command, cwd=folder, check=False, stdout=subprocess.PIPE)
        measured: Figures = json.loads(run.stdout)["figures"]
        return measured


def _show(figures: Figures, base: Figures | None, file: Any = None) -> None:
    """A table: figure, value, unit, aim; beside it what it was, and how many times that it is."""
    for name, figure in CATALOGUE.items():
        value = figures.get(name)
        if value is None:
            continue
        aim = "" if figure.aim is None else f"aim {figure.aim:g}" + ("" if value <= figure.aim else "  MISSED")
        was = None if base is None else base.get(name)
        compared = "" if was is None else f"was {was:g}" + (f", x {value / was:.2f}" if was else "")
        print(f"{name:30} {value:>9g} {figure.unit:4} {compared:24} {aim:18} {figure.what}", file=file)


def _commit() -> str:
    """The commit that was measured; ``+`` marks changes that are not in it."""
    commit = _git("rev-parse", "--short", "HEAD") or "unknown"
    return commit + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")


def _git(*arguments: str) -> str | None:
    run = subprocess.run(["git", *arguments], cwd=ROOT, check=False, capture_output=True, text=True)
    return run.stdout.strip() if run.returncode == 0 else None


def _machine() -> dict[str, Any]:
    return {
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "load_1_min": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "homeassistant": version("homeassistant"),
    }


if __name__ == "__main__":
    sys.exit(main())
