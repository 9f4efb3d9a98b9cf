"""What days cost, counted under frozen time: run by ``frozen.py`` through pytest, for the fixtures of the tests."""

from datetime import timedelta
import json
import logging
import os
from pathlib import Path
from random import uniform
from typing import Any

from homeassistant.components.recorder import Recorder
from homeassistant.helpers import entity_registry as er
import pytest

from tests.frugal_days import CHARGER, counted, news_lags, plan_ordinary_day, rows_recorded
from tests.stories.house import House
from tests.tesla_components import Jitter, advance

from .held_memory import held_kib
from .ledger_cost import MONEY_ENTITIES, ledger_measured

pytest_plugins = ["tests.conftest", "tests.house_fixtures"]

QUICK = os.environ.get("BENCH_QUICK") == "1"
MORNING = "2026-11-18 06:00:00+00:00"
DAYS = 7
LONG_DAYS = 23
STEP = timedelta(minutes=10)


def report(**figures: float) -> None:
    """Put figures into the file that ``frozen.py`` reads."""
    path = Path(os.environ["BENCH_FIGURES"])
    known = json.loads(path.read_text(encoding="utf-8") or "{}")
    path.write_text(json.dumps(known | figures), encoding="utf-8")


@pytest.fixture
def recorder_db_url(tmp_path: Path) -> str:
    """A database on disk, as the recorder has one at home; its queries, which the test plugin logs, cost most of it."""
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
    return f"sqlite:///{tmp_path / 'recorder.db'}"


@pytest.fixture
def jitter() -> Jitter:
    """Have Octopus asked at random, as it is at home."""
    return uniform


@pytest.fixture
def recorder_config() -> dict[str, Any]:
    """Nothing of the battery's own integration, and commits once a minute: our rows are the same, the work is less."""
    return {"commit_interval": 60, "include": {"entity_globs": ["*.octopus_powerwall_*"]}}


@pytest.mark.freeze_time(MORNING)
async def test_day(recorder_mock: Recorder, house: House) -> None:
    """An ordinary day, recorded."""
    plan_ordinary_day(house)
    await house.move_in()
    await house.wait(minutes=5)
    rows = await rows_recorded(house, recorder_mock)
    with counted(house) as day:
        await house.wait(hours=24)
    report(
        polls_per_hour=round(day.polls / day.hours, 1),
        posts_per_poll=round(day.posts / day.polls, 2),
        points_per_hour=round(day.points / day.hours),
        writes_per_day_slot=len(day.writes) / 2,
        requests_per_day=day.posts,
        recorder_rows_per_day=await rows_recorded(house, recorder_mock) - rows,
        disk_writes_per_day=day.saves,
    )


@pytest.mark.freeze_time(MORNING)
async def test_ledger(house: House) -> None:
    """An ordinary day with the books beside it: their part of the loop's time, of the states and of the disk."""
    plan_ordinary_day(house)
    await house.move_in()
    await house.wait(minutes=5)
    with counted(house) as day, ledger_measured() as cost:
        await house.wait(hours=24)
    registry = er.async_get(house.hass)
    entries = er.async_entries_for_config_entry(registry, house.entry.entry_id)
    of_money = {entry.entity_id for entry in entries if entry.unique_id.endswith(MONEY_ENTITIES)}
    report(
        look_ms_per_hour=round(1000 * (cost.looks_s - cost.books_s) / day.hours, 1),
        ledger_ms_per_hour=round(1000 * cost.books_s / day.hours, 1),
        ledger_share_pct=round(cost.share_pct, 1),
        ledger_rows_per_day=sum(count for entity_id, count in day.states.items() if entity_id in of_money),
        ledger_saves_per_day=cost.saves,
        ledger_kib_written_per_day=round(cost.bytes_saved / 1024),
        other_kib_written_per_day=round(cost.other_bytes_saved / 1024),
        ledger_written_share_pct=round(cost.written_share_pct, 1),
    )


@pytest.mark.freeze_time(MORNING)
async def test_weeks(house: House) -> None:
    """Ordinary days, one after the other: what the entry holds after the first, after a week, and in a long run later.

    Slots and holds are remembered for two weeks, so after that nothing may grow any more. Time moves on in steps: what
    is remembered is the same, only each edge comes a little late.
    """
    await house.move_in()
    held = []
    for _ in range(DAYS if QUICK else LONG_DAYS):
        plan_ordinary_day(house)
        with ledger_measured() as day:
            await advance(house.hass, house.freezer, timedelta(hours=24), step=STEP)
        held.append(held_kib(house.entry))
    report(
        ledger_written_share_pct_later=round(day.written_share_pct, 1),
        ledger_kib_written_later=round(day.bytes_saved / 1024),
        ledger_file_kib=round((day.bytes_of["ledger"] + day.bytes_of["ledger_archive"]) / 1024),
        entry_file_kib=round(day.bytes_of["entry"] / 1024),
    )
    report(memory_kib_day_1=round(held[0]), memory_kib=round(held[DAYS - 1]))
    if not QUICK:
        report(memory_kib_day_16=round(held[15]), memory_kib_day_23=round(held[22]))


@pytest.mark.freeze_time(MORNING)
async def test_idle(house: House) -> None:
    """Hours in which nothing happens, none of them at an edge of the off-peak window."""
    await house.move_in()
    await house.wait(minutes=5)
    with counted(house) as idle:
        await house.wait(hours=4 if QUICK else 16)
    report(idle_updates_per_hour=sum(idle.states.values()) / idle.hours)


@pytest.mark.freeze_time(MORNING)
async def test_two_cars(house: House) -> None:
    """A day with a second car on the account, or a quarter of one."""
    house.octopus.add_device("second")
    plan_ordinary_day(house)
    await house.move_in()
    await house.wait(minutes=5)
    with counted(house) as cost:
        await house.wait(hours=6 if QUICK else 24)
    report(requests_per_day_two_cars=round(cost.posts * 24 / cost.hours))


@pytest.mark.freeze_time(MORNING)
async def test_news(house: House) -> None:
    """How long news takes to get from Octopus to the Powerwall."""
    house.hass.states.async_set(CHARGER, "disconnected")
    await house.move_in(charging_entity=CHARGER)
    times = 12 if QUICK else 100
    alone = await news_lags(house, times=times, with_charger=False)
    await house.until("06:00", days=1)
    told = await news_lags(house, times=times, with_charger=True)
    report(
        news_lag_s_mean=round(sum(alone) / times, 1),
        news_lag_s_mean_with_charger=round(sum(told) / times, 1),
    )
