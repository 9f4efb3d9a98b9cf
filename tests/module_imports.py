"""What the modules of the integration import, read from their text and without running them."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMPONENT = ROOT / "custom_components" / "octopus_powerwall"
SOURCES = sorted(COMPONENT.rglob("*.py"))
PACKAGE = "custom_components.octopus_powerwall"


def imported_names(path: Path, *, for_typing: bool) -> Iterator[str]:
    """Yield what a module imports, for type checkers only too if asked for, with relative names made absolute."""
    package = list(path.relative_to(ROOT).with_suffix("").parts[:-1])
    pending: list[ast.AST] = [ast.parse(path.read_text())]
    while pending:
        node = pending.pop()
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")) if not for_typing:
                continue
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = package[: len(package) + 1 - level] if level else []
                base = [*base, *([module] if module else [])]
                # Whatever is imported from a package may itself be a module of it.
                yield from (".".join([*base, alias.name]) for alias in names)
        pending.extend(ast.iter_child_nodes(node))


def imported_modules(path: Path) -> Iterator[Path]:
    """Yield the modules of the integration that one of them imports."""
    for name in imported_names(path, for_typing=True):
        if not name.startswith(f"{PACKAGE}."):
            continue
        parts = name.removeprefix(f"{PACKAGE}.").split(".")
        for end in (len(parts), len(parts) - 1):
            place = COMPONENT.joinpath(*parts[:end])
            found = next((file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()), None)
            if found is not None:
                yield found
                break
