"""What is measured: every figure with its unit, its aim and how it comes about."""

from dataclasses import dataclass
from statistics import quantiles

type Figures = dict[str, float | int | None]
"""Measured values by the names of ``CATALOGUE``; ``None`` where a run does not measure it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. ``aim`` is the most it should be; ``None`` where none was set."""

    unit: str
    what: str
    aim: float | None = None


CATALOGUE: dict[str, Figure] = {
    "edge_lag_ms_p50": Figure("ms", "slot's start or end to the write's arrival at Tesla, running Home Assistant"),
    "edge_lag_ms_p99": Figure("ms", "the same, 99th percentile", 100),
    "edges": Figure("", "edges measured"),
    "timer_lag_ms_p50": Figure("ms", "for comparison: how late a bare timer fires in the same process"),
    "timer_lag_ms_p99": Figure("ms", "the same, 99th percentile"),
    "news_lag_s_mean": Figure("s", "slot's appearance at Octopus to the write, no charger entity", 90),
    "news_lag_s_mean_with_charger": Figure("s", "the same, a plug-in tells that there is news", 5),
    "polls_per_hour": Figure("/h", "polls of Octopus, day with two slots", 24),
    "posts_per_poll": Figure("", "POST requests to Octopus for each poll", 1.1),
    "points_per_hour": Figure("/h", "complexity points that Octopus charges, of 50,000"),
    "writes_per_day_slot": Figure("", "writes to Tesla for each day slot", 2),
    "requests_per_day": Figure("", "requests to Octopus a day, one car"),
    "requests_per_day_two_cars": Figure("", "requests to Octopus a day, two cars"),
    "idle_updates_per_hour": Figure("/h", "states written while nothing happens", 0),
    "recorder_rows_per_day": Figure("", "rows of our entities in the recorder, day with two slots", 40),
    "disk_writes_per_day": Figure("", "saves of the store, day with two slots"),
    "look_ms_per_hour": Figure("ms", "event loop busy with looks, without the books, ordinary day, processor time"),
    "ledger_ms_per_hour": Figure("ms", "event loop busy with the books, the same day"),
    "ledger_share_pct": Figure("%", "what the books add to the looks", 15),
    "ledger_rows_per_day": Figure("", "states of the entities that show energy and money, of those rows"),
    "ledger_saves_per_day": Figure("", "saves of the books, day with two slots"),
    "ledger_kib_written_per_day": Figure("KiB", "written by them"),
    "other_kib_written_per_day": Figure("KiB", "written by the saves of the store"),
    "ledger_written_share_pct": Figure("%", "the books' part beside the store's, first day", 15),
    "ledger_written_share_pct_later": Figure("%", "the same after a week, or after 23 days in the long run", 15),
    "ledger_kib_written_later": Figure("KiB", "written by the books on that day"),
    "ledger_file_kib": Figure("KiB", "files of the books by then"),
    "entry_file_kib": Figure("KiB", "file of the store, likewise"),
    "refresh_loop_ms_p50": Figure("ms", "event loop busy with one poll that brings news, all entities included"),
    "refresh_loop_ms_p50_no_news": Figure("ms", "the same, poll without news"),
    "setup_ms": Figure("ms", "entry set-up to all entities, without the network", 60),
    "setup_wall_ms": Figure("ms", "the same with the network, both simulators on loopback"),
    "import_ms": Figure("ms", "import of all modules, Home Assistant imported", 60),
    "memory_kib": Figure("KiB", "held by one entry after a simulated week", 2048),
    "memory_kib_day_1": Figure("KiB", "the same after one day"),
    "memory_kib_day_16": Figure("KiB", "the same after 16 days: two weeks of slots and holds are remembered"),
    "memory_kib_day_23": Figure("KiB", "the same a week later: nothing may have grown"),
    "plan_us_per_slot_10": Figure("µs", "poll, timeline and decision, per slot, 10 slots"),
    "plan_us_per_slot_100": Figure("µs", "the same, 100 slots"),
    "plan_us_per_slot_10000": Figure("µs", "the same, 10,000 slots"),
    "test_s": Figure("s", "wall time of the whole suite"),
    "setup_fresh_s": Figure("s", "wall time of a fresh scripts/setup"),
}


def p50_p99(values: list[float]) -> tuple[float, float]:
    """Median and 99th percentile."""
    if len(values) < 2:
        raise ValueError("too few values")
    cuts = quantiles(values, n=100, method="inclusive")
    return cuts[49], cuts[98]
