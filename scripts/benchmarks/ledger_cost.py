"""What the books of energy and money cost beside everything else that the integration does (design 9.2)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import thread_time
from typing import Any
from unittest.mock import patch

from homeassistant.helpers.json import prepare_save_json

from custom_components.octopus_powerwall.runtime.books_store import _Store as _BooksFile
from custom_components.octopus_powerwall.runtime.decision_loop import DecisionLoop
from custom_components.octopus_powerwall.runtime.house_money import HouseMoney
from custom_components.octopus_powerwall.runtime.store import _TolerantStore

# The entities that show energy and money; without the books there would be none of their rows.
MONEY_ENTITIES = ("savings", "energy_charged", "energy_kept", "import_rate", "export_rate", "room_for_the_sun")


@dataclass(slots=True)
class LedgerCost:
    """Processor time of the event loop in seconds, and what was saved; ``bytes_of`` is the size of each last save."""

    books_s: float = 0.0
    looks_s: float = 0.0
    looks: int = 0
    saves: int = 0
    other_saves: int = 0
    bytes_of: dict[str, int] = field(default_factory=dict)
    bytes_saved: int = 0
    other_bytes_saved: int = 0

    @property
    def share_pct(self) -> float:
        """What the books add to the time that decisions and their publishing take without them."""
        return 100 * self.books_s / (self.looks_s - self.books_s)

    @property
    def written_share_pct(self) -> float:
        """What the books add to what the store writes."""
        return 100 * self.bytes_saved / self.other_bytes_saved


def _size(data: dict[str, Any]) -> int:
    """How many bytes a save puts on disk; one that was put off until now makes its data only then."""
    content = data["data_func"]() if "data_func" in data else data["data"]
    head = {key: data[key] for key in ("version", "minor_version", "key")}
    return len(prepare_save_json({**head, "data": content})[1])


@contextmanager
def ledger_measured() -> Iterator[LedgerCost]:
    """Measure until the block ends. Processor time, because a busy machine does not change it much."""
    cost = LedgerCost()
    take, sun, decide = HouseMoney.async_take, HouseMoney.async_sun_target, DecisionLoop._decide_once  # noqa: SLF001
    save_books, save_other = _BooksFile._async_write_data, _TolerantStore._async_write_data  # noqa: SLF001

    def books(call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            begun = thread_time()
            try:
                return call(*arguments)
            finally:
                cost.books_s += thread_time() - begun

        return timed

    def look(loop: DecisionLoop) -> None:
        begun = thread_time()
        decide(loop)
        cost.looks_s += thread_time() - begun
        cost.looks += 1

    async def count_books(store: _BooksFile, data: dict[str, Any]) -> None:
        cost.saves += 1
        size = _size(data)
        cost.bytes_of[data["key"].rpartition(".")[2]] = size
        cost.bytes_saved += size
        await save_books(store, data)

    async def count_other(store: _TolerantStore, data: dict[str, Any]) -> None:
        cost.other_saves += 1
        cost.bytes_of["entry"] = size = _size(data)
        cost.other_bytes_saved += size
        await save_other(store, data)

    with (
        patch.object(HouseMoney, "async_take", books(take)),
        patch.object(HouseMoney, "async_sun_target", books(sun)),
        patch.object(DecisionLoop, "_decide_once", look),
        patch.object(_BooksFile, "_async_write_data", count_books),
        patch.object(_TolerantStore, "_async_write_data", count_other),
    ):
        yield cost
