"""What is counted and not timed: runs ``frozen_days.py``, days under frozen time with the fixtures of the tests."""

import json
import os
from pathlib import Path
import subprocess
import sys
from tempfile import TemporaryDirectory

from .figures import Figures

ROOT = Path(__file__).parents[2]


def measure(*, quick: bool) -> Figures:
    """All days; a failure of one leaves its figures out and raises RuntimeError."""
    with TemporaryDirectory(prefix="bench-") as folder:
        figures = Path(folder) / "figures.json"
        figures.touch()
        environment = os.environ | {"BENCH_QUICK": str(int(quick)), "BENCH_FIGURES": str(figures)}
        options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:logging", "--show-capture=no"]
        command = [sys.executable, "-m", "pytest", *options, "scripts/benchmarks/frozen_days.py"]
        run = subprocess.run(
            command, check=False, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if run.returncode:
            raise RuntimeError(f"the days were not lived through:\n{run.stdout[-3000:]}")
        measured: Figures = json.loads(figures.read_text(encoding="utf-8"))
        return measured
