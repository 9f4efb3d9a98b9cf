"""Breaks one rule after the other, in copies of the project, and runs the tests that should notice."""

from concurrent.futures import ThreadPoolExecutor
import os
from pathlib import Path
from queue import SimpleQueue
import re
import shutil
import subprocess
import sys
from tempfile import TemporaryDirectory

from scripts.progress import progress_of, say

from .breaking import NoSuchPlaceError, Package
from .rule import Rule
from .rules import RULES

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = Path("custom_components/octopus_powerwall")
COPIED = (
    "custom_components",
    "scripts",
    "tests",
    "docs",
    "stubs",
    "pyproject.toml",
    "README.md",
    "hacs.json",
    "LICENSE",
)
_TEST_LIMIT_S = 1_200
# A rule whose break makes a test hang is noticed all the same.
_HANGS = "--timeout=100"


class Copies:
    """Copies of the project, one for each rule that is broken at the same time."""

    def __init__(self, folder: Path, count: int) -> None:
        """Make them."""
        self._free: SimpleQueue[Path] = SimpleQueue()
        for number in range(count):
            copy = folder / str(number)
            for name in COPIED:
                source = PROJECT / name
                if source.is_dir():
                    shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
                else:
                    shutil.copy(source, copy / name)
            self._free.put(copy)

    def red_test(self, rule: Rule) -> str | None:
        """The first test that fails with the rule broken; ``None`` where all pass.

        Raises:
            NoSuchPlaceError: the rule's place, or what is to be broken in it, is not there any more.
        """
        copy = self._free.get()
        try:
            package = Package.read(copy / PACKAGE)
            path = copy / PACKAGE / package.file_of(rule.place)
            intact = path.read_text(encoding="utf-8")
            path.write_text(package.broken(rule.place, rule.edit), encoding="utf-8")
            try:
                return _first_failure(copy, rule)
            finally:
                path.write_text(intact, encoding="utf-8")
        finally:
            self._free.put(copy)


def _first_failure(copy: Path, rule: Rule) -> str | None:
    tests = [f"tests/{name}" for name in rule.tests]
    command = [sys.executable, "-m", "pytest", *tests, "-x", "-q", "--tb=no", "-p", "no:cacheprovider", _HANGS]
    run = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False, timeout=_TEST_LIMIT_S)
    if run.returncode == 0:
        return None
    failed = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - |$)", run.stdout, re.MULTILINE)
    if failed is None:
        raise SystemExit(f"scripts/mutants: the tests of '{rule.says}' do not run:\n{run.stdout}{run.stderr}")
    return failed.group(1).removeprefix("tests/")


def main(words: list[str]) -> int:
    """Break the rules whose text contains one of the words, all if there are none; 1 where one goes unnoticed."""
    chosen = [rule for rule in RULES if not words or any(word in rule.says for word in words)]
    if not chosen:
        print(f"scripts/mutants: no rule contains {' or '.join(words)}", file=sys.stderr)
        return 2
    at_a_time = min(os.cpu_count() or 1, len(chosen))
    found: dict[str, int] = {"noticed": 0, "UNNOTICED": 0, "PLACE GONE": 0}
    with (
        TemporaryDirectory() as folder,
        ThreadPoolExecutor(at_a_time) as pool,
        progress_of("rules broken", len(chosen)) as rule_done,
    ):
        copies = Copies(Path(folder), at_a_time)

        def test(rule: Rule) -> tuple[Rule, str, str]:
            try:
                noticed = copies.red_test(rule)
            except NoSuchPlaceError as error:
                return rule, "PLACE GONE", str(error)
            return rule, "noticed" if noticed else "UNNOTICED", f"`{noticed}`" if noticed else "UNNOTICED"

        for rule, outcome, told in pool.map(test, chosen):
            found[outcome] += 1
            say(f"| {rule.says} | {told} |")
            rule_done(rule.says)
    counts = ", ".join(f"{times} {outcome}" for outcome, times in found.items())
    print(f"\n{len(chosen)} rules broken: {counts}")
    return 0 if found["noticed"] == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
