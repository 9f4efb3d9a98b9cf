"""Breaks one rule after the other in a copy of the project and runs the tests that should notice."""

from pathlib import Path
import re
import shutil
import subprocess
import sys
from tempfile import TemporaryDirectory

from mutants import MUTANTS, Mutant

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = Path("custom_components/octopus_powerwall")
COPIED = ("custom_components", "tests", "docs", "stubs", "pyproject.toml", "README.md", "hacs.json", "LICENSE")


def main(words: list[str]) -> int:
    """Run the mutants whose rule contains one of the words, all if there are none; 1 where one survives."""
    chosen = [mutant for mutant in MUTANTS if not words or any(word in mutant.rule for word in words)]
    if not chosen:
        print(f"scripts/mutants: no rule contains {' or '.join(words)}", file=sys.stderr)
        return 2
    survivors = 0
    with TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            source = PROJECT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, copy / name)
        for mutant in chosen:
            noticed = red_test(mutant, copy)
            survivors += noticed is None
            print(f"| {mutant.rule} | {f'`{noticed}`' if noticed else 'UNNOTICED'} |", flush=True)
    print(f"\n{len(chosen)} rules broken, {len(chosen) - survivors} noticed, {survivors} unnoticed")
    return 1 if survivors else 0


def red_test(mutant: Mutant, copy: Path) -> str | None:
    """The first test that fails with the rule broken; ``None`` where all pass."""
    path = copy / PACKAGE / mutant.file
    intact = path.read_text()
    if intact.count(mutant.old) != 1:
        raise SystemExit(f"scripts/mutants: the place of '{mutant.rule}' in {mutant.file} has changed; mend mutants.py")
    path.write_text(intact.replace(mutant.old, mutant.new))
    try:
        command = [sys.executable, "-m", "pytest", *mutant.tests, "-x", "-q", "--tb=no", "-p", "no:cacheprovider"]
        run = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False, timeout=600)
    finally:
        path.write_text(intact)
    if run.returncode == 0:
        return None
    failed = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - |$)", run.stdout, re.MULTILINE)
    if failed is None:
        raise SystemExit(f"scripts/mutants: the tests of '{mutant.rule}' do not run:\n{run.stdout}{run.stderr}")
    return failed.group(1).removeprefix("tests/")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
