"""The battery cannot be reached, is not there yet, or is not to be touched: a due restore waits and then comes."""

from typing import Any

import pytest

from tests.simulators.tesla import IslandStatus
from tests.simulators.tesla.behaviours import HttpError, NotADict, Override, Stale
from tests.tesla_components import tesla_state

from .house import House
from .trouble import activities, memory, owner_sets_through_ha, repairs, tesla_fleet

pytestmark = [
    pytest.mark.freeze_time("2026-11-18 12:20:00+00:00"),
    pytest.mark.usefixtures("seldom_looked_at", "seldom_polled"),
]


async def test_unavailable_at_both_edges(house: House) -> None:
    """Home Assistant would drop the call without a word: nothing is sent until the entity is back."""
    house.plan("12:30", "13:30")
    await house.move_in()
    house.tesla.misbehave(HttpError(503), on="reads")
    await house.until("12:40")
    assert tesla_state(house.hass, "backup_reserve_percent", house.tesla.site) == "unavailable"
    assert house.writes == []
    assert (house.status, house.reason) == ("waiting", "reserve_unavailable")
    house.tesla.behave()
    await house.until("12:45")
    assert house.writes == [100]
    await house.until("13:20")
    house.tesla.misbehave(HttpError(503), on="reads")
    await house.until("13:45")
    assert house.writes == [100]
    assert (house.status, house.reason) == ("restore_failed", "reserve_unavailable")
    assert {"restore_failed", "powerwall_missing"} <= repairs(house)
    house.tesla.behave()
    await house.until("13:50")
    assert house.writes == [100, 20]
    assert house.reserve == 20
    assert house.status == "idle"
    assert repairs(house) == set()


async def test_battery_comes_back_after_the_slot(house: House) -> None:
    """Away from before the start to after the end: nothing was changed, nothing is written."""
    house.plan("12:30", "13:00")
    await house.move_in()
    house.tesla.misbehave(HttpError(503), on="reads")
    await house.until("13:05")
    house.tesla.behave()
    await house.until("13:20")
    assert house.writes == []
    assert house.status == "idle"
    assert repairs(house) == set()


async def test_gateway_offline_at_the_end(house: House) -> None:
    """Tesla's cloud answers, the gateway does not."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:50")
    house.tesla.site.offline = True
    await house.until("13:15")
    assert house.reserve == 100
    assert "restore_failed" in repairs(house)
    house.tesla.site.offline = False
    await house.until("13:50")
    assert house.reserve == 20
    assert house.status == "idle"
    assert repairs(house) == set()


@pytest.mark.parametrize("at", ["12:29:30", "12:45", "12:59:30"])
async def test_token_expires(house: House, at: str) -> None:
    """Tesla's access token ends before its time: tesla_fleet gets another one."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until(at)
    house.tesla.expire_tokens()
    await house.until("13:20")
    assert house.reserve == 20
    assert house.writes[0] == 100
    assert house.writes[-1] == 20
    assert house.status == "idle"
    assert repairs(house) == set()


async def test_token_is_refused_for_an_hour(house: House) -> None:
    """No new token either: the restore waits, is told, and comes when Tesla lets us in again."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:50")
    house.tesla.misbehave(HttpError(500), on="token")
    house.tesla.expire_tokens()
    await house.until("13:30")
    assert house.reserve == 100
    assert "restore_failed" in repairs(house)
    house.tesla.behave()
    await house.hass.config_entries.async_reload(tesla_fleet(house).entry_id)
    await house.until("14:30")
    assert house.reserve == 20
    assert repairs(house) == set()


async def test_rate_limited_reads_leave_old_values_standing(house: House) -> None:
    """A 429 keeps tesla_fleet's last data, available and stale, for ten minutes: no override, no storm of writes."""
    house.plan("12:30", "13:00")
    await house.move_in()
    told = activities(house)
    await house.until("12:29:30")
    house.tesla.misbehave(HttpError(429, retry_after_s=600), on="reads", times=2)
    await house.until("12:59:30")
    house.tesla.misbehave(HttpError(429, retry_after_s=600), on="reads", times=2)
    await house.until("13:40")
    assert house.writes[0] == 100
    assert house.writes[-1] == 20
    assert len(house.writes) <= 4
    assert "overridden" not in told
    assert house.reserve == 20
    assert house.status == "idle"
    assert repairs(house) == set()


@pytest.mark.parametrize(
    "behaviour",
    [
        NotADict(),
        NotADict([]),
        Override(missing=("percentage_charged",)),
        Override({"percentage_charged": 0}),
        Override({"percentage_charged": None}),
    ],
    ids=["null", "list", "no_level", "level_0", "level_null"],
)
async def test_live_status_is_nonsense(house: House, behaviour: Any) -> None:
    """The level is missing or 0 while it is preserved: the last trusted one serves; the reserve is never set to 0."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.choose("preserve_charge")
    await house.until("12:29:30")
    house.tesla.misbehave(behaviour, on="live_status")
    await house.until("13:10")
    assert house.reserve == 20
    assert set(house.writes) <= {62, 63, 20}
    assert house.writes[-1:] in ([20], [])


@pytest.mark.usefixtures("as_often_as_usual")
async def test_stale_documents(house: House) -> None:
    """Tesla's cloud shows the documents of before the slot for its whole length: no override; put back at the end."""
    house.plan("12:30", "13:00")
    await house.move_in()
    told = activities(house)
    await house.until("12:29")
    house.tesla.misbehave(Stale(), on="site_info")
    await house.until("12:59")
    assert house.reserve == 100
    assert "overridden" not in told
    house.tesla.behave()
    await house.until("13:10")
    assert house.reserve == 20
    assert house.status == "idle"


_BLOCKS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "storm_watch": ({"storm_mode_active": True}, {"storm_mode_active": False}, "storm_watch"),
    "off_grid": ({"island_status": IslandStatus.OFF_GRID}, {"island_status": IslandStatus.ON_GRID}, "grid_down"),
    "intentional": ({"island_status": IslandStatus.INTENTIONAL}, {"island_status": IslandStatus.ON_GRID}, "grid_down"),
    "unintentional": (
        {"island_status": IslandStatus.UNINTENTIONAL},
        {"island_status": IslandStatus.ON_GRID},
        "grid_down",
    ),
    "grid_services": ({"grid_services_active": True}, {"grid_services_active": False}, "grid_services"),
}


def _set(house: House, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        setattr(house.tesla.site, name, value)


@pytest.mark.parametrize("block", _BLOCKS)
async def test_block_at_the_start(house: House, block: str) -> None:
    """No hold starts while it lasts; it starts when it is over, and ends as ever."""
    begin, end, reason = _BLOCKS[block]
    house.plan("12:30", "13:30")
    await house.move_in()
    told = activities(house)
    _set(house, begin)
    await house.until("12:50")
    assert house.writes == []
    assert (house.status, house.reason) == ("paused", reason)
    _set(house, end)
    await house.until("13:40")
    assert house.writes == [100, 20]
    assert told == ["paused", "resumed", "reserve_raised", "reserve_restored"]
    assert house.reserve == 20


async def test_owner_moves_the_reserve_while_the_start_waits(house: House) -> None:
    """No hold has begun yet: what the owner sets meanwhile is what is found, and put back."""
    house.plan("12:30", "13:30")
    await house.move_in()
    house.tesla.site.storm_mode_active = True
    await house.until("12:40")
    house.tesla.site.set_in_app(reserve_pct=35)
    await house.until("12:50")
    house.tesla.site.storm_mode_active = False
    await house.until("13:40")
    assert house.writes == [100, 35]


@pytest.mark.parametrize("block", _BLOCKS)
async def test_block_in_the_middle(house: House, block: str) -> None:
    """A running hold is left as it is."""
    begin, end, reason = _BLOCKS[block]
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    _set(house, begin)
    await house.until("12:50")
    assert (house.status, house.reason) == ("paused", reason)
    _set(house, end)
    await house.until("13:40")
    assert house.told == [("12:30:00", 100), ("13:30:00", 20)]
    assert house.status == "idle"


@pytest.mark.parametrize("block", _BLOCKS)
async def test_block_at_the_end(house: House, block: str) -> None:
    """A due restore waits for its end, however long, and is no failure."""
    begin, end, reason = _BLOCKS[block]
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:50")
    _set(house, begin)
    await house.until("14:00")
    assert house.writes == [100]
    assert (house.status, house.reason) == ("paused", reason)
    assert repairs(house) == set()
    _set(house, end)
    await house.until("14:05")
    assert house.writes == [100, 20]
    assert house.reserve == 20
    assert house.status == "idle"


async def test_unknown_island_status_is_no_outage(house: House) -> None:
    """Only the three words for off the grid mean it."""
    house.plan("12:30", "13:00")
    await house.move_in()
    house.tesla.site.island_status = IslandStatus.UNKNOWN
    await house.until("13:10")
    assert house.told == [("12:30:00", 100), ("13:00:00", 20)]


async def test_backup_mode_stops_only_starts(house: House) -> None:
    """In backup mode a hold does not begin; one that runs goes on and is put back."""
    house.plan("12:30", "13:00")
    house.plan("14:00", "14:30")
    await house.move_in()
    house.tesla.site.set_in_app(mode="backup")
    await house.until("12:50")
    assert (house.status, house.reason) == ("paused", "backup_mode")
    assert house.writes == []
    await house.until("13:30")
    house.tesla.site.set_in_app(mode="self_consumption")
    await house.until("14:10")
    house.tesla.site.set_in_app(mode="backup")
    await house.until("14:40")
    assert house.told == [("14:00:00", 100), ("14:30:00", 20)]


async def test_owner_moves_the_reserve_while_the_restore_waits(house: House) -> None:
    """Storm Watch holds the restore up, the owner sets 35 meanwhile: it is theirs now."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:50")
    house.tesla.site.storm_mode_active = True
    await house.until("13:10")
    house.tesla.site.set_in_app(reserve_pct=35)
    await house.until("13:20")
    house.tesla.site.storm_mode_active = False
    await house.until("14:00")
    assert house.writes == [100]
    assert house.reserve == 35
    assert not memory(house).owns_reserve


async def test_owner_sets_the_reserve_while_the_restore_is_refused(house: House) -> None:
    """The restore fails and fails; the owner sets 40 through Home Assistant: nothing is put back over it."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:59")
    rule = house.tesla.misbehave(HttpError(500))
    await house.until("13:05")
    house.tesla.behave(rule)
    await owner_sets_through_ha(house, 40)
    await house.until("13:40")
    assert house.reserve == 40
    assert repairs(house) == set()
