"""The progress of long work on standard error: one bar in a terminal, a line every ten seconds where there is none."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
import sys
from typing import TextIO

from tqdm import tqdm

_LINE_EVERY_S = 10.0
_BAR_EVERY_S = 0.1

# No thread beside ours that watches the bars: tests look for threads left behind.
tqdm.monitor_interval = 0


def progress[T](items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """Go through items and show how many are done, and how long the rest takes; ``total`` where they have no length."""
    yield from tqdm(items, desc=what, total=total, **_shape())


@contextmanager
def progress_of(what: str, total: int) -> Iterator[Callable[[str], None]]:
    """Show work that does not come as items: call what this gives after each part, with a short note or an empty text.

    Lines that are printed meanwhile belong to ``say``, or they tear the bar apart.
    """
    with tqdm(desc=what, total=total, **_shape()) as bar:

        def part_done(note: str = "") -> None:
            bar.set_postfix_str(note, refresh=False)
            bar.update()

        yield part_done


def say(line: str, to: TextIO | None = None) -> None:
    """Print a line to standard output, or elsewhere, without tearing a bar apart."""
    tqdm.write(line, file=to or sys.stdout)


def _shape() -> dict[str, object]:
    is_terminal = sys.stderr.isatty()
    return {
        "file": sys.stderr,
        "dynamic_ncols": is_terminal,
        "ascii": not is_terminal,
        "mininterval": _BAR_EVERY_S if is_terminal else _LINE_EVERY_S,
        "maxinterval": _LINE_EVERY_S,
    }
