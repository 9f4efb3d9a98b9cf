"""The two files of the books: small, and at any instant at which the power may go together as good as one."""

import asyncio
from collections.abc import Generator
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
import json
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers.json import prepare_save_json
from homeassistant.helpers.storage import Store
from hypothesis import given, strategies as st
import pytest

from custom_components.octopus_powerwall.domain.money.books import Books, Day
from custom_components.octopus_powerwall.domain.money.half_hour import Cheapness, HalfHour, Prices
from custom_components.octopus_powerwall.domain.money.ledger import Ledger
from custom_components.octopus_powerwall.domain.money.shadow import Traits
from custom_components.octopus_powerwall.domain.price.rates import HouseRates, TariffRates, UnitRate
from custom_components.octopus_powerwall.domain.settings import Intent, TypedRates
from custom_components.octopus_powerwall.domain.windows import HALF_HOUR
from custom_components.octopus_powerwall.runtime.books_codec import compress, decompress, from_columns, to_columns
from custom_components.octopus_powerwall.runtime.books_store import BooksStore, StoredBooks
from tests.domain.money.story import at, look

ONE_FILE = Path(__file__).parent / "data" / "ledger_in_one_file.json"
RUNNING = "octopus_powerwall.entry.ledger"
ARCHIVE = "octopus_powerwall.entry.ledger_archive"
START = at("00:00", day=1)
PRICES = Prices(0.29, 0.07, 0.15)

kwh = st.floats(0, 9).map(lambda value: round(value, 4))
half_hours = st.lists(
    st.builds(
        HalfHour,
        start=st.integers(0, 2000).map(lambda number: START + number * HALF_HOUR),
        seen_s=kwh,
        imported_kwh=kwh,
        gained_kwh=kwh.map(lambda value: -value),
        level_pct=st.none() | kwh,
        band=st.sampled_from(Cheapness),
        confirmed=st.booleans(),
        is_slot_rate=st.booleans(),
        intent=st.none() | st.sampled_from(Intent),
        in_slot=st.booleans(),
        have_met=st.booleans(),
        prices=st.sampled_from([None, PRICES, Prices(0.1, 0.2)]),
        settled=st.booleans(),
    )
)


@given(half_hours)
def test_half_hours_come_back(rows: list[HalfHour]) -> None:
    assert from_columns(decompress(compress(to_columns(rows)))) == rows


@pytest.mark.parametrize("text", ["", "%", "AAAA", 7, compress({})[:-6]])
def test_what_is_no_such_text(text: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        decompress(text)


def books_of(number: int, first: int = 0, **sums: float) -> Books:
    """Books with so many half hours, each another, and the one that runs."""
    rows = tuple(
        HalfHour(START + index * HALF_HOUR, 1800, imported_kwh=index / 100, prices=PRICES, settled=True)
        for index in range(first, first + number)
    )
    running = HalfHour(START + (first + number) * HALF_HOUR, 600, imported_kwh=0.1)
    last = look(running.start + timedelta(minutes=10), battery_kw=1.5, grid_kw=0.2, level=60)
    return Books(Ledger(rows, running, last, (last,), shadow_kwh=3.0, ahead_kwh=1.0), **sums)


def rates_of(price: float, typed: float | None = None) -> HouseRates:
    """Rates as they are read."""
    unit = UnitRate(START, None, price)
    return HouseRates(TariffRates("E-1R-X-H", START, (unit,)), None, has_export=False, typed=TypedRates(typed))


RATES = rates_of(0.29)


class Writes:
    """What was written, by file, and the disk after each write; ``fails`` is a file that the disk does not take."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.sizes: list[int] = []
        self.disks: list[dict[str, Any]] = []
        self.fails: str | None = None


@pytest.fixture
def writes(hass_storage: dict[str, Any]) -> Generator[Writes]:
    """Watches the stand-in for the disk."""
    found = Writes()
    write = Store._async_write_data

    async def watched(store: Store[Any], data: dict[str, Any]) -> None:
        if store.key == found.fails:
            raise OSError
        await write(store, data)
        found.keys.append(store.key)
        found.sizes.append(len(prepare_save_json(data)[1]))
        found.disks.append(deepcopy(hass_storage))

    with patch.object(Store, "_async_write_data", watched):
        yield found


def store_of(hass: HomeAssistant, battery: str = "site") -> BooksStore:
    """The store as a start of Home Assistant makes it."""
    return BooksStore(hass, "entry", battery)


async def loaded(hass: HomeAssistant, hass_storage: dict[str, Any], disk: dict[str, Any]) -> StoredBooks:
    """What a start finds on a disk."""
    kept = dict(hass_storage)
    hass_storage.clear()
    hass_storage.update(deepcopy(disk))
    found = await store_of(hass).async_load()
    hass_storage.clear()
    hass_storage.update(kept)
    return found


async def test_everything_comes_back(hass: HomeAssistant, writes: Writes) -> None:
    """All but what the owner typed in, which is no business of the file."""
    store = store_of(hass)
    books = books_of(100, settled_gbp=1.23, charged_kwh=7.0, kept_kwh=2.5)
    stored = StoredBooks(replace(books, days=(Day("2026-11-01", 1.23, 7.0, 2.5),)), RATES, Traits(27), 7.5)
    await store.async_save(replace(stored, rates=rates_of(0.29, typed=0.5)))
    assert await store_of(hass).async_load() == stored
    assert writes.keys == [RUNNING, ARCHIVE]


async def test_nothing_was_saved_yet(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    assert await store_of(hass).async_load() == StoredBooks()


async def test_the_archive_is_written_once_a_day(hass: HomeAssistant, writes: Writes) -> None:
    """What is saved ten times a day is about a day at most, and small; two weeks are written once in it."""
    store = store_of(hass)
    for number in range(672, 720):
        await store.async_save(StoredBooks(books_of(672, first=number - 672), RATES))
        await store.async_save(StoredBooks(books_of(672, first=number - 672), RATES))
    assert writes.keys.count(ARCHIVE) == 1
    assert max(size for key, size in zip(writes.keys[3:], writes.sizes[3:], strict=True) if key == RUNNING) < 2000
    assert max(writes.sizes[1:]) < 12_000
    await store.async_save(StoredBooks(books_of(672, first=48), RATES))
    assert writes.keys.count(ARCHIVE) == 1
    await store.async_save(StoredBooks(books_of(672, first=49), RATES))
    assert writes.keys[-2:] == [RUNNING, ARCHIVE]


async def test_new_rates_are_archived(hass: HomeAssistant, writes: Writes) -> None:
    """The same rates, read again or typed over, are none."""
    store = store_of(hass)
    await store.async_save(StoredBooks(books_of(2), RATES))
    assert writes.keys == [RUNNING, ARCHIVE]
    same = rates_of(0.29, typed=0.4)
    assert same.imported is not None
    again = replace(same, imported=replace(same.imported, read_at=START + timedelta(hours=24)))
    await store.async_save(StoredBooks(books_of(3), again))
    assert writes.keys == [RUNNING, ARCHIVE, RUNNING]
    await store.async_save(StoredBooks(books_of(3), rates_of(0.31)))
    assert writes.keys[3:] == [RUNNING, ARCHIVE]
    assert (await store_of(hass).async_load()).rates == rates_of(0.31)


@pytest.mark.parametrize("seed", range(8))
async def test_the_power_may_go_at_any_instant(
    hass: HomeAssistant, hass_storage: dict[str, Any], writes: Writes, seed: int
) -> None:
    """Whatever the last whole write was: what comes back is what the small file was last written with."""
    random = Random(seed)  # noqa: S311 no secret
    store = store_of(hass)
    stored = StoredBooks(Books(Ledger(open=HalfHour(START))), RATES)
    saved: dict[str, StoredBooks] = {}
    for _ in range(40):
        stored = _lived(stored, random)
        writes.fails = random.choice([None, None, None, ARCHIVE, RUNNING])
        before = len(writes.keys)
        await store.async_save(stored)
        written = zip(writes.keys[before:], writes.disks[before:], strict=True)
        saved |= {disk[RUNNING]["data"]["content"]: stored for key, disk in written if key == RUNNING}
        if random.random() < 0.2:
            store = store_of(hass)
            stored = await store.async_load()
    for disk in writes.disks:
        found = await loaded(hass, hass_storage, disk)
        assert found.books == saved[disk[RUNNING]["data"]["content"]].books
        assert len({row.start for row in found.books.ledger.rows}) == len(found.books.ledger.rows)
    assert {RUNNING, ARCHIVE} == set(writes.keys)


def _lived(stored: StoredBooks, random: Random) -> StoredBooks:
    """Some hours later: half hours are over, some of them are settled, and now and then the clock is set back."""
    books, ledger = stored.books, stored.books.ledger
    following = ledger.open.start if ledger.open else START
    rows = [replace(row, settled=row.settled or random.random() < 0.3) for row in ledger.rows]
    pounds = sum(1 for row, was in zip(rows, ledger.rows, strict=True) if row.settled is not was.settled)
    if random.random() < 0.1:
        following -= random.randrange(60) * HALF_HOUR
        rows = [row for row in rows if row.start < following]
    for _ in range(random.randrange(30)):
        rows.append(HalfHour(following, 1800, imported_kwh=round(random.random(), 4), prices=PRICES))
        following += HALF_HOUR
    day = Day(following.date().isoformat(), settled_gbp=random.random())
    days = sorted({**{day.date: day for day in books.days}, day.date: day}.values(), key=lambda day: day.date)
    ledger = replace(ledger, rows=tuple(rows[-100:]), open=HalfHour(following))
    rates = rates_of(0.3) if random.random() < 0.1 else stored.rates
    books = replace(books, ledger=ledger, settled_gbp=books.settled_gbp + pounds, days=tuple(days))
    return replace(stored, books=books, rates=rates)


async def test_a_save_that_overtakes_another_is_not_archived_before_it_is_saved(
    hass: HomeAssistant, hass_storage: dict[str, Any], writes: Writes
) -> None:
    """The archive is written with what was saved last, never with what is about to be."""
    store = store_of(hass)
    first = StoredBooks(books_of(60), RATES)
    second = StoredBooks(books_of(61, settled_gbp=1.0), RATES)
    write = Store._async_write_data
    overtaking: list[Any] = []

    async def overtaken(file: Store[Any], data: dict[str, Any]) -> None:
        if not overtaking:
            overtaking.append(hass.async_create_task(store.async_save(second)))
            await asyncio.sleep(0)
        await write(file, data)

    with patch.object(Store, "_async_write_data", overtaken):
        await store.async_save(first)
        await overtaking[0]
    assert writes.keys == [RUNNING, RUNNING, ARCHIVE]
    found = [(await loaded(hass, hass_storage, disk)).books for disk in writes.disks]
    assert found == [first.books, second.books, second.books]


async def test_a_stop_does_not_wait_for_the_archive(hass: HomeAssistant, writes: Writes) -> None:
    store = store_of(hass)
    store.save_soon(StoredBooks(books_of(100)))
    hass.set_state(CoreState.stopping)
    hass.bus.async_fire("homeassistant_final_write")
    await hass.async_block_till_done()
    assert writes.keys == [RUNNING]
    assert (await store_of(hass).async_load()).books == books_of(100)


@pytest.mark.parametrize("content", ["", "AAAA", compress({"rows": {}}), 7])
async def test_without_its_archive_the_sums_stand(
    hass: HomeAssistant, hass_storage: dict[str, Any], writes: Writes, caplog: pytest.LogCaptureFixture, content: object
) -> None:
    await store_of(hass).async_save(StoredBooks(books_of(100, settled_gbp=5.0), RATES, highest_kw=4.0))
    store = store_of(hass)
    await store.async_load()
    await store.async_save(StoredBooks(books_of(101, settled_gbp=5.0), RATES, highest_kw=4.0))
    hass_storage[ARCHIVE]["data"] = {"content": content}
    found = await store_of(hass).async_load()
    assert (found.books.settled_gbp, found.highest_kw, len(found.books.ledger.rows)) == (5.0, 4.0, 1)
    assert "could not be read" in caplog.text


@pytest.mark.parametrize("data", [{}, {"content": "AAAA"}, {"content": compress({})}, {"books": 7}])
async def test_a_damaged_file_is_counted_anew(
    hass: HomeAssistant, hass_storage: dict[str, Any], writes: Writes, data: dict[str, Any]
) -> None:
    """What the archive has is of the books of before, and is not mixed with new ones."""
    await store_of(hass).async_save(StoredBooks(books_of(100)))
    hass_storage[RUNNING]["data"] = data
    store = store_of(hass)
    assert await store.async_load() == StoredBooks()
    await store.async_save(StoredBooks(books_of(1, first=200)))
    assert (await store_of(hass).async_load()).books == books_of(1, first=200)


async def test_another_battery(hass: HomeAssistant, writes: Writes) -> None:
    """The sums and half hours stay the entry's; what was under way is none of the other battery's."""
    await store_of(hass).async_save(StoredBooks(books_of(50, settled_gbp=5.0), RATES, Traits(27), 7.5))
    found = await store_of(hass, "another").async_load()
    assert found == StoredBooks(
        replace(books_of(50, settled_gbp=5.0), ledger=Ledger(books_of(50).ledger.rows)), RATES, None, 0.0
    )


async def test_the_one_file_of_before_is_read(
    hass: HomeAssistant, hass_storage: dict[str, Any], writes: Writes
) -> None:
    """Killed at any instant of the change to two files, nothing is lost or doubled."""
    hass_storage[RUNNING] = json.loads(ONE_FILE.read_text(encoding="utf-8"))
    # Of a later release, before an older one was installed again: it has nothing to do with that file.
    hass_storage[ARCHIVE] = {"version": 2, "key": ARCHIVE, "data": {"content": compress({})}}
    found = await store_of(hass).async_load()
    rows = found.books.ledger.rows
    assert [row.start for row in rows] == [at("19:00") + number * HALF_HOUR for number in range(8)]
    assert (rows[0].charged_kwh, rows[0].intent, rows[0].prices) == (0.87, Intent.CHARGE, Prices(0.29, 0.07, 0.12))
    assert round(found.books.settled_gbp, 4) == 3.2546
    assert [day.date for day in found.books.days] == ["2026-11-18", "2026-11-19", "2026-11-20", "2026-11-21"]
    assert found.books.ledger.open is not None
    assert found.rates.exported is not None

    store = store_of(hass)
    await store.async_load()
    await store.async_save(found)
    assert writes.keys[-1] == ARCHIVE
    for disk in writes.disks:
        again = await loaded(hass, hass_storage, disk)
        assert again.books == found.books
    assert await store_of(hass).async_load() == found


async def test_removed_with_its_entry(hass: HomeAssistant, hass_storage: dict[str, Any], writes: Writes) -> None:
    store = store_of(hass)
    await store.async_save(StoredBooks(books_of(100), RATES))
    assert {RUNNING, ARCHIVE} <= set(hass_storage)
    await store.async_remove()
    assert not {RUNNING, ARCHIVE} & set(hass_storage)
