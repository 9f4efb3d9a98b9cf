"""Breaks a rule in the syntax tree of a copy of the integration: by the name of the place, never by line or file.

A place is the name of a function, or of a constant at module level, as long as it is the only one of that name in the
package; else with what stands before it: ``Class.method``, ``module.function``. Moving, reordering and reformatting
code does not change which place is meant.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

type Edit = Callable[[ast.AST], None]
type Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Assign | ast.AnnAssign
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class NoSuchPlaceError(Exception):
    """A rule is described in a way that fits nothing, or more than one thing."""


# --- what can be done to a place ------------------------------------------------------------------------------


def constant(value: str) -> Edit:
    """Give a constant another value."""

    def edit(place: ast.AST) -> None:
        if not isinstance(place, ast.Assign | ast.AnnAssign):
            raise NoSuchPlaceError("this is no constant")
        place.value = _expression(value)

    return edit


def result(value: str) -> Edit:
    """Let a function return a value and do nothing else."""

    def edit(place: ast.AST) -> None:
        _function(place).body = [ast.Return(_expression(value))]

    return edit


def condition(value: bool, *names: str) -> Edit:
    """Let the smallest condition of a function in which all the names occur always be so, or never.

    A condition is what an ``if``, ``while``, conditional expression or comprehension asks, and each part of an
    ``and`` or ``or``. A name is a variable, an attribute, or a constant written out, such as ``None``.
    """

    def edit(place: ast.AST) -> None:
        _replace_smallest(_function(place), list(_conditions(place)), names, ast.Constant(value))

    return edit


def drop(*names: str) -> Edit:
    """Leave out the smallest statement of a function in which all the names occur."""

    def edit(place: ast.AST) -> None:
        statements = [node for node in ast.walk(_function(place)) if isinstance(node, ast.stmt) and node is not place]
        _replace_smallest(place, statements, names, ast.Pass())

    return edit


def swap(old: str, new: str) -> Edit:
    """Put another expression, or another single statement, in the place of the only one that is written so."""

    def edit(place: ast.AST) -> None:
        before, after = _fragment(old), _fragment(new)
        same = [node for node in ast.walk(_function(place)) if ast.dump(node) == ast.dump(before)]
        if len(same) != 1:
            raise NoSuchPlaceError(f"{old!r} occurs {len(same)} times")
        _replace(place, same[0], after)

    return edit


# --- finding places -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Package:
    """The parsed files of a package; of every function and constant, by its full dotted name, the file."""

    trees: Mapping[Path, ast.Module]
    places: Mapping[str, Path]

    @classmethod
    def read(cls, folder: Path) -> Package:
        """Parse every Python file below a folder."""
        trees = {path.relative_to(folder): ast.parse(path.read_text(encoding="utf-8")) for path in folder.rglob("*.py")}
        places = {name: path for path, tree in trees.items() for name, _ in _definitions(tree, _module(path))}
        return cls(trees, places)

    def file_of(self, where: str) -> Path:
        """The file in which a place stands; raises NoSuchPlaceError."""
        return self.places[self._name(where)]

    def broken(self, where: str, edit: Edit) -> str:
        """The text of the place's file after the edit; raises NoSuchPlaceError."""
        name = self._name(where)
        path = self.places[name]
        tree = deepcopy(self.trees[path])
        place = dict(_definitions(tree, _module(path)))[name]
        before = ast.dump(place)
        edit(place)
        if ast.dump(place) == before:
            raise NoSuchPlaceError("the edit changes nothing")
        return ast.unparse(ast.fix_missing_locations(tree)) + "\n"

    def _name(self, where: str) -> str:
        found = [name for name in self.places if f".{name}".endswith(f".{where}")]
        if len(found) != 1:
            raise NoSuchPlaceError(f"{where} is the name of {' and '.join(found) or 'nothing'}")
        return found[0]


def _module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts)


def _definitions(node: ast.AST, prefix: str) -> Iterator[tuple[str, Definition]]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield f"{prefix}.{name}", child
                yield from _definitions(child, f"{prefix}.{name}")
            case ast.ClassDef(name=name):
                yield from _definitions(child, f"{prefix}.{name}")
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
                if not isinstance(node, _FUNCTIONS):
                    yield f"{prefix}.{name}", child


def _function(place: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef:
    if not isinstance(place, _FUNCTIONS):
        raise NoSuchPlaceError("this is no function")
    return place


def _conditions(place: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(place):
        match node:
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
                yield test
            case ast.comprehension(ifs=tests) | ast.BoolOp(values=tests):
                yield from tests
            case ast.match_case(guard=ast.expr() as guard):
                yield guard


def _names(node: ast.AST) -> set[str]:
    found: set[str] = set()
    for each in ast.walk(node):
        match each:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                found.add(name)
            case ast.Constant(value=value):
                found.add(str(value))
    return found


def _replace_smallest(place: ast.AST, candidates: list[ast.AST], names: tuple[str, ...], new: ast.AST) -> None:
    fitting = [node for node in candidates if set(names) <= _names(node)]
    # A condition holds those within it; what holds no other of them is meant.
    inner = [
        node for node in fitting if not any(other is not node and other in set(ast.walk(node)) for other in fitting)
    ]
    if len(inner) != 1:
        texts = " and ".join(repr(ast.unparse(node)) for node in inner)
        raise NoSuchPlaceError(f"{', '.join(names)} is in {texts or 'nothing'}")
    _replace(place, inner[0], new)


def _replace(place: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for node in ast.walk(place):
        for name, value in ast.iter_fields(node):
            if value is old:
                setattr(node, name, new)
            elif isinstance(value, list):
                value[:] = [new if each is old else each for each in value]


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _fragment(text: str) -> ast.AST:
    (statement,) = ast.parse(text).body
    return statement.value if isinstance(statement, ast.Expr) else statement
