"""What days cost, counted and never timed (issue 6's aims): polls, writes, states, rows in the recorder."""

import logging
from pathlib import Path
from typing import Any

from homeassistant.components.recorder import Recorder
import pytest

from tests.frugal_days import CHARGER, counted, news_lags, plan_ordinary_day, rows_recorded
from tests.stories.house import House
from tests.tesla_components import Jitter

pytest_plugins = ["tests.house_fixtures"]

NOON = "2026-11-18 12:00:00+00:00"
# What requests there are beside the polls: a token an hour, the account every six hours.
OTHER_REQUESTS_AN_HOUR = 1.5


@pytest.fixture
def recorder_db_url(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> str:
    """A database on disk, as the recorder has one at home."""
    caplog.set_level(logging.WARNING, "sqlalchemy.engine")
    return f"sqlite:///{tmp_path / 'recorder.db'}"


@pytest.fixture
def recorder_config() -> dict[str, Any]:
    """Nothing of the battery's own integration, and commits once a minute: our rows are the same, the work is less."""
    return {"commit_interval": 60, "include": {"entity_globs": ["*.octopus_powerwall_*"]}}


@pytest.fixture
def jitter() -> Jitter:
    """Have Octopus asked as soon as it may be: what costs most."""
    return max


@pytest.mark.freeze_time(NOON)
async def test_a_day_with_two_slots(recorder_mock: Recorder, house: House, hass_storage: dict[str, Any]) -> None:
    """Two writes a slot, and of 240 polls the recorder keeps what changed: no state twice, no attribute alone."""
    plan_ordinary_day(house)
    await house.move_in()
    await house.wait(minutes=10)
    before = await rows_recorded(house, recorder_mock)
    with counted(house) as day:
        await house.wait(hours=12)
    assert day.writes == [100, 20, 100, 20]
    assert day.polls <= 24 * day.hours
    assert day.attributes_only == {}
    # The time of the last poll is a state of its own, twenty times an hour.
    news = {entity_id: count for entity_id, count in day.states.items() if not entity_id.endswith("_last_poll")}
    assert sum(news.values()) <= 80, news
    # The last poll may not be written yet, at the day's end or at its begin.
    rows = await rows_recorded(house, recorder_mock) - before
    assert abs(rows - sum(day.states.values())) <= 1
    # The two holds themselves, the plan's age each quarter of an hour of them, and each half hour charged.
    assert day.saves <= 40


@pytest.mark.freeze_time(NOON)
async def test_nothing_happens(house: House, hass_storage: dict[str, Any]) -> None:
    """Without a plan polls and readings leave no trace: not a state but the poll's own, not a save, not a write."""
    await house.move_in()
    await house.wait(minutes=10)
    with counted(house) as idle:
        await house.wait(hours=4)
    assert {entity_id for entity_id in idle.states if not entity_id.endswith("_last_poll")} == set()
    assert (idle.writes, idle.saves) == ([], 0)
    assert 15 * idle.hours <= idle.polls <= 24 * idle.hours


@pytest.mark.freeze_time(NOON)
async def test_two_cars_cost_no_more_requests(house: House, hass_storage: dict[str, Any]) -> None:
    """Both plans come in one POST."""
    house.octopus.add_device("second")
    plan_ordinary_day(house)
    await house.move_in()
    await house.wait(minutes=10)
    with counted(house) as cost:
        await house.wait(hours=3)
    assert cost.polls <= 24 * cost.hours
    assert cost.posts <= cost.polls + OTHER_REQUESTS_AN_HOUR * cost.hours


@pytest.mark.parametrize("jitter", [min, max])
@pytest.mark.freeze_time(NOON)
async def test_news_is_acted_on_at_the_next_poll(house: House, hass_storage: dict[str, Any]) -> None:
    """A slot that appears while it runs: one poll later, and within a minute where a plug-in tells of it."""
    house.hass.states.async_set(CHARGER, "disconnected")
    await house.move_in(charging_entity=CHARGER)
    alone = await news_lags(house, times=2, with_charger=False)
    told = await news_lags(house, times=2, with_charger=True)
    # Three minutes and the distance from the half-hour marks; and a minute, with the full second waited for.
    assert max(alone) <= 180 + 40
    assert max(told) <= 62
