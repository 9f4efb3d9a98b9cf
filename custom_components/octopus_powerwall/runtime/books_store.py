"""The books on disk, in two files of their own, saved seldom, and never in the way of a reserve (design 9.2).

One file is small and saved several times a day: the sums, where measuring stands, and what the other does not have as
it is now. The other, the archive, holds two weeks of half hours, the sums of days, and rates. It is written about once
a day, always right after the first, and with the same contents: so whichever of the two is the newer when the computer
dies, the first file has all that differs, and nothing is lost or counted twice.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
import logging
from typing import Any, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util.file import WriteError

from ..const import DOMAIN
from ..domain.codec import decode, encode
from ..domain.money.books import Books, Day
from ..domain.money.half_hour import HalfHour
from ..domain.money.ledger import Ledger
from ..domain.money.shadow import Traits
from ..domain.price.rates import HouseRates
from ..domain.settings import TypedRates
from .books_codec import compress, decompress, from_columns, to_columns, unpack

_LOGGER = logging.getLogger(__name__)

VERSION = 2
READABLE_VERSION = 99
SOON_S = 10
# So many half hours may be missing in the archive before it is written again: those of a day.
MOST_BESIDE = 48


@dataclass(frozen=True, slots=True)
class StoredBooks:
    """What a restart must not lose: the books, the rates last read, and what is known of the battery."""

    books: Books = field(default_factory=Books)
    rates: HouseRates = field(default_factory=HouseRates)
    traits: Traits | None = None
    highest_kw: float = 0.0


@dataclass(frozen=True, slots=True)
class Archive:
    """What the archive is known to hold: half hours by their start, days by their date, and rates."""

    rows: Mapping[datetime, HalfHour] = field(default_factory=dict)
    days: Mapping[str, Day] = field(default_factory=dict)
    rates: HouseRates = field(default_factory=HouseRates)

    @classmethod
    def of(cls, stored: StoredBooks) -> Archive:
        """Return the archive of the books as they are now."""
        books = stored.books
        return cls(
            {row.start: row for row in books.ledger.rows},
            {day.date: day for day in books.days},
            replace(stored.rates, typed=TypedRates()),
        )

    def is_due(self, stored: StoredBooks) -> bool:
        """Whether it has to be written again."""
        beside = sum(self.rows.get(row.start) != row for row in stored.books.ledger.rows)
        return beside > MOST_BESIDE or self.rates != replace(stored.rates, typed=TypedRates())


class _Store(Store[dict[str, Any]]):
    """Says when the disk takes nothing, which Home Assistant's own store only logs."""

    on_written: Callable[[object], Awaitable[None]] | None = None
    writes = 0

    @override
    async def _async_write_data(self, data: dict[str, Any]) -> None:
        try:
            await super()._async_write_data(data)
        except OSError as err:
            # What Home Assistant's store expects; anything else would end its delayed saves with a traceback.
            raise WriteError("The disk takes nothing") from err
        self.writes += 1
        if self.on_written is not None:
            await self.on_written(data["data"])

    @override
    async def _async_migrate_func(
        self, old_major_version: int, old_minor_version: int, old_data: dict[str, Any]
    ) -> dict[str, Any]:
        # Its form tells which edition wrote it.
        return old_data


class BooksStore:
    """The files of one config entry. ``battery`` is the unique id of the battery that the half hours are about."""

    def __init__(self, hass: HomeAssistant, entry_id: str, battery: str) -> None:
        self._hass = hass
        self._battery = sha256(battery.encode()).hexdigest()[:16]
        self._running = self._file(f"{DOMAIN}.{entry_id}.ledger")
        self._running.on_written = self._async_archive
        self._archive_file = self._file(f"{DOMAIN}.{entry_id}.ledger_archive")
        self._archive = Archive()
        self._made: tuple[object, StoredBooks] | None = None

    async def async_load(self) -> StoredBooks:
        """Read the books. What cannot be read is begun anew: nothing depends on it but figures."""
        try:
            data = await self._running.async_load()
            if data is None:
                return StoredBooks()
            if "books" in data:
                stored = _read_one_file(data)
                battery = data.get("battery")
            else:
                self._archive = await self._async_load_archive()
                content = await self._hass.async_add_executor_job(decompress, data["content"])
                stored = _read(content, self._archive)
                battery = content["battery"]
        except Exception as err:  # noqa: BLE001 whatever a damaged file brings about, the entry starts without it
            _LOGGER.warning("What was saved so far could not be read and is counted anew (%s)", type(err).__name__)
            self._archive = Archive()
            return StoredBooks()
        if battery == self._battery:
            return stored
        # Another battery: the sums stay the entry's, what was under way belongs to the one of before.
        ledger = Ledger(rows=stored.books.ledger.rows)
        return StoredBooks(replace(stored.books, ledger=ledger), stored.rates)

    @callback
    def save_soon(self, stored: StoredBooks) -> None:
        """Save within some seconds, or when Home Assistant stops."""
        self._running.async_delay_save(lambda: self._payload(stored), SOON_S)

    async def async_save(self, stored: StoredBooks) -> None:
        """Save now."""
        await self._running.async_save(self._payload(stored))

    async def async_remove(self) -> None:
        """Delete the files."""
        await self._running.async_remove()
        await self._archive_file.async_remove()

    def _file(self, key: str) -> _Store:
        return _Store(self._hass, VERSION, key, private=True, atomic_writes=True, max_readable_version=READABLE_VERSION)

    async def _async_load_archive(self) -> Archive:
        """Read the archive. Without it the sums still stand."""
        try:
            data = await self._archive_file.async_load()
            if data is not None:
                return await self._hass.async_add_executor_job(_read_archive, data)
        except Exception as err:  # noqa: BLE001 the same
            _LOGGER.warning("The half hours of the last two weeks could not be read (%s)", type(err).__name__)
        return Archive()

    def _payload(self, stored: StoredBooks) -> dict[str, Any]:
        """Return what the archive does not have; Home Assistant calls this in a thread of its own."""
        books, archive = stored.books, self._archive
        ledger = books.ledger
        beside = [row for row in ledger.rows if archive.rows.get(row.start) != row]
        relied_on = [row.start for row in ledger.rows if archive.rows.get(row.start) == row]
        content = {
            "battery": self._battery,
            "books": encode(
                replace(
                    books,
                    ledger=replace(ledger, rows=(), open=None),
                    days=tuple(day for day in books.days if archive.days.get(day.date) != day),
                )
            ),
            "rows": to_columns(beside if ledger.open is None else [*beside, ledger.open]),
            "is_open": ledger.open is not None,
            "archived": [encode(relied_on[0]), encode(relied_on[-1])] if relied_on else None,
            "traits": encode(stored.traits),
            "highest_kw": stored.highest_kw,
        }
        payload = {"content": compress(content)}
        self._made = payload, stored
        return payload

    async def _async_archive(self, written: object) -> None:
        """Write the archive if it is due, with what was saved just now; a stop is not kept waiting for it."""
        payload, stored = self._made or (None, StoredBooks())
        if payload is not written or self._hass.is_stopping or not self._archive.is_due(stored):
            return
        archive, writes = Archive.of(stored), self._archive_file.writes
        await self._archive_file.async_save(await self._hass.async_add_executor_job(_archive_payload, archive))
        if self._archive_file.writes > writes:
            self._archive = archive


def _archive_payload(archive: Archive) -> dict[str, Any]:
    content = {
        "rows": to_columns(tuple(archive.rows.values())),
        "days": [encode(day) for day in archive.days.values()],
        "rates": encode(archive.rates),
    }
    return {"content": compress(content)}


def _read_archive(data: Mapping[str, Any]) -> Archive:
    content = decompress(data["content"])
    rows = from_columns(content["rows"])
    days = [decode(Day, day) for day in content["days"]]
    return Archive(
        {row.start: row for row in rows}, {day.date: day for day in days}, decode(HouseRates, content["rates"])
    )


def _read(content: Mapping[str, Any], archive: Archive) -> StoredBooks:
    """Lay what the first file has over the archive, which may be of before or after it."""
    books = decode(Books, content["books"])
    beside = from_columns(content["rows"])
    running = beside.pop() if content["is_open"] else None
    rows: dict[datetime, HalfHour] = {}
    if content["archived"] is not None:
        # Those before have become too old, and a clock that was set back has dropped those behind.
        first, last = (decode(datetime, start) for start in content["archived"])
        rows = {start: row for start, row in archive.rows.items() if first <= start <= last}
    rows |= {row.start: row for row in beside}
    days = {**archive.days, **{day.date: day for day in books.days}}
    ledger = replace(books.ledger, rows=tuple(rows[start] for start in sorted(rows)), open=running)
    traits = content["traits"]
    return StoredBooks(
        replace(books, ledger=ledger, days=tuple(days[date] for date in sorted(days))),
        archive.rates,
        None if traits is None else decode(Traits, traits),
        decode(float, content["highest_kw"]),
    )


def _read_one_file(data: Mapping[str, Any]) -> StoredBooks:
    """Read the one file that held everything before there was an archive."""
    books = decode(Books, data["books"])
    traits = data.get("traits")
    return StoredBooks(
        replace(books, ledger=replace(books.ledger, rows=tuple(unpack(data)))),
        decode(HouseRates, data["rates"]),
        None if traits is None else decode(Traits, traits),
        decode(float, data["highest_kw"]),
    )
