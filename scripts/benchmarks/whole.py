"""Whole processes, by the clock: the suite of tests, and a fresh ``scripts/setup``."""

from collections.abc import Callable
from pathlib import Path
import subprocess
from tempfile import TemporaryDirectory
from time import perf_counter

from .figures import Figures

ROOT = Path(__file__).parents[2]


def _suite() -> Figures:
    """The suite as ``scripts/test`` runs it."""
    return {"test_s": _seconds("scripts/test", ROOT)}


def _fresh_setup() -> Figures:
    """``scripts/setup`` in a folder that has nothing but the repository's files; downloads and all."""
    with TemporaryDirectory(prefix="bench-") as folder:
        archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, stdout=subprocess.PIPE)
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        return {"setup_fresh_s": _seconds("scripts/setup", Path(folder))}


def _seconds(script: str, folder: Path) -> float:
    begun = perf_counter()
    run = subprocess.run([folder / script], cwd=folder, check=False, capture_output=True, text=True)
    if run.returncode:
        raise RuntimeError(f"{script} failed:\n{(run.stdout + run.stderr)[-2000:]}")
    return round(perf_counter() - begun, 1)


MEASURES: dict[str, Callable[[], Figures]] = {"suite": _suite, "fresh set-up": _fresh_setup}
