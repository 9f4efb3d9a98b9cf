"""The books on disk: a file of their own, saved seldom, and never in the way of a reserve (design 9.2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256
import logging
from typing import Any, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util.file import WriteError

from ..const import DOMAIN
from ..domain.codec import decoded, encoded
from ..domain.money.books import Books
from ..domain.money.half_hour import HalfHour
from ..domain.money.ledger import Ledger
from ..domain.money.shadow import Traits
from ..domain.price.rates import HouseRates, TypedRates

_LOGGER = logging.getLogger(__name__)

VERSION = 1
READABLE_VERSION = 99
SOON_S = 10
_DIGITS = 4
_FIELDS = tuple(item.name for item in fields(HalfHour))


@dataclass(frozen=True, slots=True)
class StoredBooks:
    """What a restart must not lose: the books, the rates last read, and what is known of the battery."""

    books: Books = field(default_factory=Books)
    rates: HouseRates = field(default_factory=HouseRates)
    traits: Traits | None = None
    highest_kw: float = 0.0


class _Store(Store[dict[str, Any]]):
    @override
    async def _async_write_data(self, data: dict[str, Any]) -> None:
        try:
            await super()._async_write_data(data)
        except OSError as err:
            # What Home Assistant's store expects; anything else would end its delayed saves with a traceback.
            raise WriteError("The disk takes nothing") from err

    @override
    async def _async_migrate_func(
        self, old_major_version: int, old_minor_version: int, old_data: dict[str, Any]
    ) -> dict[str, Any]:
        return old_data


class BooksStore:
    """The file of one config entry. ``battery`` is the unique id of the battery that the half hours are about."""

    def __init__(self, hass: HomeAssistant, entry_id: str, battery: str) -> None:
        self._battery = sha256(battery.encode()).hexdigest()[:16]
        self._store = _Store(
            hass,
            VERSION,
            f"{DOMAIN}.{entry_id}.ledger",
            private=True,
            atomic_writes=True,
            max_readable_version=READABLE_VERSION,
        )

    async def async_load(self) -> StoredBooks:
        """Read the books. What cannot be read is begun anew: nothing depends on it but figures."""
        try:
            data = await self._store.async_load()
            if data is None:
                return StoredBooks()
            stored = _read(data)
        except Exception as err:  # noqa: BLE001 whatever a damaged file brings about, the entry starts without it
            _LOGGER.warning("What was saved so far could not be read and is counted anew (%s)", type(err).__name__)
            return StoredBooks()
        if data.get("battery") == self._battery:
            return stored
        # Another battery: the sums stay the entry's, what was under way belongs to the one of before.
        ledger = Ledger(rows=stored.books.ledger.rows)
        return StoredBooks(replace(stored.books, ledger=ledger), stored.rates)

    @callback
    def save_soon(self, stored: StoredBooks) -> None:
        """Save within some seconds, or when Home Assistant stops."""
        self._store.async_delay_save(lambda: self._payload(stored), SOON_S)

    async def async_save(self, stored: StoredBooks) -> None:
        """Save now."""
        await self._store.async_save(self._payload(stored))

    async def async_remove(self) -> None:
        """Delete the file."""
        await self._store.async_remove()

    def _payload(self, stored: StoredBooks) -> dict[str, Any]:
        ledger = stored.books.ledger
        return {
            "battery": self._battery,
            "books": encoded(replace(stored.books, ledger=replace(ledger, rows=()))),
            **packed(ledger.rows),
            "rates": encoded(replace(stored.rates, typed=TypedRates())),
            "traits": encoded(stored.traits),
            "highest_kw": stored.highest_kw,
        }


def _read(data: Mapping[str, Any]) -> StoredBooks:
    books = decoded(Books, data["books"])
    rows = tuple(decoded(HalfHour, dict(zip(data["fields"], row, strict=True))) for row in data["rows"])
    traits = data.get("traits")
    return StoredBooks(
        replace(books, ledger=replace(books.ledger, rows=rows)),
        decoded(HouseRates, data["rates"]),
        None if traits is None else decoded(Traits, traits),
        decoded(float, data["highest_kw"]),
    )


def packed(rows: Iterable[HalfHour]) -> dict[str, Any]:
    """Half hours as JSON, the names of their fields once for all of them."""
    return {"fields": list(_FIELDS), "rows": [_packed(row) for row in rows]}


def _packed(row: HalfHour) -> list[Any]:
    values = (encoded(getattr(row, name)) for name in _FIELDS)
    return [round(value, _DIGITS) if isinstance(value, float) else value for value in values]
