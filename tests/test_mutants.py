"""Every rule that scripts/mutants breaks has its place, and breaking means what its name says."""

import ast
import builtins
from functools import cache
from pathlib import Path

import pytest

from scripts.mutation.breaking import Edit, NoSuchPlaceError, Package, condition, constant, drop, result, swap
from scripts.mutation.rule import Rule
from scripts.mutation.rules import RULES

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "custom_components/octopus_powerwall"
SOURCE = '''
LIMIT = 5

class Gate:
    """One."""

    def opens(self, level: int, reserve: int | None) -> bool:
        """Whether it opens."""
        if reserve is None or level > LIMIT:
            self.count += 1
            return False
        return level > reserve
'''


@pytest.fixture(scope="module")
def package() -> Package:
    """The integration, parsed once."""
    return Package.read(PACKAGE)


def test_there_are_rules_enough() -> None:
    assert len(RULES) >= 75
    assert len({rule.says for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.says)
def test_every_rule_has_its_place_and_its_tests(package: Package, rule: Rule) -> None:
    assert _broken(package, rule)
    assert [name for name in rule.tests if not (ROOT / "tests" / name).exists()] == []


_BROKEN: dict[str, str] = {}


def _broken(package: Package, rule: Rule) -> str:
    if rule.says not in _BROKEN:
        _BROKEN[rule.says] = package.broken(rule.place, rule.edit)
    return _BROKEN[rule.says]


@cache
def _known(file: Path) -> set[str]:
    return _identifiers(file.read_text()) | set(dir(builtins))


def _identifiers(text: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.alias(name=name, asname=alias):
                found.add(alias or name)
    return found


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.says)
def test_a_broken_rule_names_nothing_that_is_not_there(package: Package, rule: Rule) -> None:
    """Such a break would be noticed by any test, whatever the rule."""
    assert _identifiers(_broken(package, rule)) - _known(PACKAGE / package.file_of(rule.place)) == set()


def broken(tmp_path: Path, place: str, edit: Edit) -> str:
    (tmp_path / "gates.py").write_text(SOURCE)
    return Package.read(tmp_path).broken(place, edit)


@pytest.mark.parametrize(
    ("place", "edit", "line"),
    [
        ("LIMIT", constant("6"), "LIMIT = 6"),
        ("opens", result("True"), "        return True"),
        ("Gate.opens", condition(False, "None"), "        if False or level > LIMIT:"),
        ("gates.Gate.opens", condition(True, "LIMIT"), "        if reserve is None or True:"),
        ("opens", drop("count"), "            pass"),
        ("opens", swap("level > reserve", "level >= reserve"), "        return level >= reserve"),
    ],
)
def test_a_break(tmp_path: Path, place: str, edit: Edit, line: str) -> None:
    text = broken(tmp_path, place, edit)
    assert line in text.splitlines()
    assert len(ast.parse(text).body) == 2


@pytest.mark.parametrize(
    ("place", "edit", "why"),
    [
        ("closes", result("True"), "nothing"),
        ("LIMIT", result("True"), "no function"),
        ("opens", constant("6"), "no constant"),
        ("opens", condition(False, "level", "count"), "is in nothing"),
        ("opens", swap("level < reserve", "True"), "occurs 0 times"),
        ("LIMIT", constant("5"), "changes nothing"),
    ],
)
def test_what_fits_nothing_is_told(tmp_path: Path, place: str, edit: Edit, why: str) -> None:
    with pytest.raises(NoSuchPlaceError, match=why):
        broken(tmp_path, place, edit)
