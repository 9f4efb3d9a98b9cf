"""One rule that can be broken on purpose."""

from typing import NamedTuple

from .breaking import Edit


class Rule(NamedTuple):
    """What the rule says, with its number in docs/design.md; the place that carries it; how to break it; its tests.

    Attributes:
        says: the rule in a few words.
        place: the name of the function or constant that carries it (``breaking.py`` says how names are given).
        edit: what breaks it.
        tests: the test files, below ``tests/``, that should notice.
    """

    says: str
    place: str
    edit: Edit
    tests: tuple[str, ...]
