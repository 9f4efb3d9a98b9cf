"""How long an event loop is busy: the time its callbacks take, without the time it waits for sockets and timers."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter


@dataclass(slots=True)
class Busy:
    """Seconds in callbacks, and seconds on the clock."""

    loop_s: float = 0.0
    wall_s: float = 0.0


@contextmanager
def metered() -> Iterator[Busy]:
    """Add up what every callback of the running loop takes, until the block ends.

    The callback that is running at the beginning, and at the end, counts from and up to there.
    """
    busy = Busy()
    run = asyncio.Handle._run  # noqa: SLF001 the one place that every callback passes
    begun = current = perf_counter()

    def timed(handle: asyncio.Handle) -> None:
        nonlocal current
        current = perf_counter()
        run(handle)
        busy.loop_s += perf_counter() - current

    asyncio.Handle._run = timed  # type: ignore[method-assign]  # noqa: SLF001
    try:
        yield busy
    finally:
        asyncio.Handle._run = run  # type: ignore[method-assign]  # noqa: SLF001
        now = perf_counter()
        busy.loop_s += now - current
        busy.wall_s = now - begun
