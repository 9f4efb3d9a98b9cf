"""The rooms of the integration: which room may import from which (docs/architecture.md)."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path
import sys

import pytest

from .module_imports import COMPONENT, SOURCES, imported_modules, imported_names

# The values and rules of time that every other part of the core is made of; its other files put the rooms together.
FOUNDATION = {"__init__", "codec", "model", "reason", "settings", "windows"}
DOMAIN_ROOMS = ("domain/plan", "domain/price", "domain/reserve", "domain/money")
DOMAIN = {"domain/foundation", *DOMAIN_ROOMS, "domain"}

# Each room with the rooms that it imports from. All of these stand above it: no import runs back up.
MAY_IMPORT: dict[str, set[str]] = {
    "domain/foundation": set(),
    "domain/plan": {"domain/foundation"},
    "domain/price": {"domain/foundation", "domain/plan"},
    "domain/reserve": {"domain/foundation", "domain/plan", "domain/price"},
    "domain/money": {"domain/foundation", "domain/price", "domain/reserve"},
    "domain": DOMAIN - {"domain"},
    "const": set(),
    "octopus": {"domain/foundation", "domain/plan", "domain/price"},
    "powerwall": {"const", "domain/foundation", "domain/reserve", "domain/money"},
    "sources": {"const", "domain/foundation", "domain/plan", "domain/price", "octopus"},
    "coordinator": {"const", "domain/foundation", "domain/plan", "octopus", "sources"},
    "runtime": {"const", "octopus", "powerwall", "sources", "coordinator"} | DOMAIN,
    "flows": {"const", "octopus", "powerwall", "sources", "runtime"} | DOMAIN - {"domain", "domain/money"},
    "frontend": {"const", "powerwall", "runtime"} | DOMAIN - {"domain/plan"},
    "root": {"const", "octopus", "powerwall", "sources", "runtime", "flows", "frontend"} | DOMAIN,
}
MOST_FILES_IN_ROOT = 22


def room_of(path: Path) -> str:
    """Return the room of a module."""
    *folders, name = path.relative_to(COMPONENT).with_suffix("").parts
    if not folders:
        return name if name in MAY_IMPORT else "root"
    if folders == ["domain"]:
        return "domain/foundation" if name in FOUNDATION else "domain"
    return "/".join(folders)


def test_no_room_is_below_itself() -> None:
    above: set[str] = set()
    for room, imported in MAY_IMPORT.items():
        assert imported <= above, f"{room} stands above what it imports"
        above.add(room)


def test_each_room_imports_just_what_it_may() -> None:
    found: dict[str, set[str]] = {room: set() for room in MAY_IMPORT}
    for path in SOURCES:
        found[room_of(path)] |= {room_of(imported) for imported in imported_modules(path)} - {room_of(path)}
    # Also what is allowed and not used any more is to be seen: the list is what a newcomer reads.
    assert found == MAY_IMPORT


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = {path: set(imported_modules(path)) for path in SOURCES if path.name != "__init__.py"}
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(COMPONENT)))
def test_imports_inside_the_package_are_relative(path: Path) -> None:
    absolute = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").startswith("custom_components"))
        or (isinstance(node, ast.Import) and any(alias.name.startswith("custom_components") for alias in node.names))
    ]
    assert absolute == []


def test_the_root_stays_small() -> None:
    assert len(list(COMPONENT.glob("*.py"))) <= MOST_FILES_IN_ROOT


ALLOWED_OUTSIDE = {"domain": (), "octopus": ("aiohttp", "yarl")}


@pytest.mark.parametrize(
    "path",
    [path for folder in ALLOWED_OUTSIDE for path in sorted((COMPONENT / folder).rglob("*.py"))],
    ids=lambda path: str(path.relative_to(COMPONENT)),
)
def test_the_core_and_the_client_do_not_know_home_assistant(path: Path) -> None:
    allowed = ("custom_components.", *ALLOWED_OUTSIDE[path.relative_to(COMPONENT).parts[0]])
    for name in imported_names(path, for_typing=True):
        known = name.partition(".")[0] in sys.stdlib_module_names or name.startswith(allowed)
        assert known, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", sorted((COMPONENT / "domain").rglob("*.py")), ids=lambda path: path.name)
def test_the_core_has_no_clock(path: Path) -> None:
    modules = {name.partition(".")[0] for name in imported_names(path, for_typing=True)}
    assert not {"time", "asyncio", "logging"} & modules
    read = {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not read & {"now", "utcnow", "today"}
