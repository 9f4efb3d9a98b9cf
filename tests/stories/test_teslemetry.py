"""Stories with Home Assistant's real ``teslemetry``, whose stream says nothing of the reserve while it does not change.

With the stream down its entities are unavailable until a document comes, or until somebody asks for a reading.
"""

from typing import Any

import pytest

from tests.simulators.tesla import Behaviour, BodyError, Dropped, Hang, HttpError, Ignored, Lag, documents
from tests.tesla_components import PairedGateway, tesla_state

from .house import House
from .trouble import activities, kill, owner_sets_through_ha, repairs, reserve_entity_id, start_again

pytestmark = [
    pytest.mark.freeze_time("2026-11-18 12:00:00+00:00"),
    pytest.mark.usefixtures("seldom_looked_at", "seldom_polled"),
]

# Just before the two writes of a slot from 12:30 to 13:30.
RAISED, RESTORED = "12:29:30", "13:29:30"
FAILURES = {
    "limited": HttpError(429, retry_after_s=120),
    "refused": HttpError(502),
    "refused, and applied all the same": HttpError(500, applied=True),
    "failed in the body": BodyError(400),
    "ignored": Ignored(),
    "cut off": Dropped(),
    "cut off after it was applied": Dropped(applied=True),
    "no answer": Hang(),
    "no answer, and it lands two minutes later": Hang(lands_after_s=120),
    "shown late": Lag(shown_after_s=180),
}


def shown(house: House) -> str:
    """The reserve that Home Assistant shows."""
    return tesla_state(house.hass, "backup_reserve_percent", house.tesla.site, "teslemetry")


async def test_a_day_slot(teslemetry_house: House) -> None:
    """Two writes, at the edges; each is read back although the stream may be the only one to speak."""
    house = teslemetry_house
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:35")
    assert (house.status, shown(house)) == ("charging_up", "100")
    await house.until("14:00")
    assert house.told == [("12:30:00", 100), ("13:30:00", 20)]
    assert (house.status, shown(house), repairs(house)) == ("idle", "20", set())


@pytest.mark.parametrize(("down", "back"), [("12:25", "12:40"), ("13:25", "13:50"), ("12:25", "13:50")])
async def test_the_stream_is_down_at_an_edge(teslemetry_house: House, down: str, back: str) -> None:
    """At the start, at the end, or over the whole slot: the owner's reserve stands in the end, without an alarm."""
    house = teslemetry_house
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until(down)
    house.tesla.events.cut()
    await house.until(back)
    house.tesla.events.restore()
    await house.until("14:20")
    assert house.reserve == 20
    assert (house.status, repairs(house)) == ("idle", set())


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("edge", [RAISED, RESTORED], ids=["raising", "restoring"])
async def test_one_write_fails(teslemetry_house: House, failure: Behaviour, edge: str) -> None:
    house = teslemetry_house
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until(edge)
    house.tesla.misbehave(failure, times=1)
    if edge == RAISED:
        await house.until("13:00")
        assert house.reserve == 100
    await house.until("14:20")
    assert house.reserve == 20
    assert (house.status, repairs(house)) == ("idle", set())


async def test_the_owners_hand_in_a_slot(teslemetry_house: House) -> None:
    """In the app the stream tells of it, through Home Assistant the call does; nothing is put back in either case."""
    house = teslemetry_house
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    house.tesla.site.set_in_app(reserve_pct=45)
    await house.until("14:30")
    assert (house.reserve, house.writes) == (45, [100])


async def test_a_cached_document_is_no_news(teslemetry_house: House) -> None:
    """After a break the server first sends what it read last: the reserve of before the slot stands there."""
    house = teslemetry_house
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:29")
    house.tesla.events.is_polling = False
    await house.until("12:31")
    house.tesla.events.cut()
    house.tesla.events.restore()
    await house.until("13:00")
    assert house.reserve == 100
    house.tesla.events.is_polling = True
    await house.until("14:20")
    assert (house.reserve, house.status) == (20, "idle")


async def lose_the_restore(house: House) -> dict[str, Any]:
    """Live through a slot whose restore is lost, up to just before it is read back; returns what was sent before it."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:29")
    before = documents.site_info(house.tesla.site)
    before.pop("tariff_content_v2", None)
    await house.until("13:29:30")
    house.tesla.misbehave(Ignored(), times=1)
    await house.until("13:30:55")
    return before


async def test_a_document_of_before_the_slot_that_comes_while_the_battery_is_asked(teslemetry_house: House) -> None:
    """The restore is lost; as it is read back the stream sends the reserve of before the slot: that is no answer."""
    house = teslemetry_house
    before = await lose_the_restore(house)
    house.tesla.misbehave(Hang(answers_after_s=20), on="site_info", times=1)
    await house.until("13:31:05")
    house.tesla.events.send("site_info", house.tesla.site, before)
    await house.until("13:31:15")
    assert (shown(house), house.status) == ("20", "restoring")
    await house.until("14:00")
    assert (house.reserve, house.writes, house.status) == (20, [100, 20, 20], "idle")


@pytest.mark.parametrize("after_s", [5, 30])
@pytest.mark.parametrize("level_takes_s", [0, 20])
async def test_a_document_of_before_the_slot_that_comes_after_the_answer(
    teslemetry_house: House, after_s: int, level_takes_s: int
) -> None:
    """The restore is lost, and the answer says so; what the stream sends next is none, though the level tarries."""
    house = teslemetry_house
    before = await lose_the_restore(house)
    if level_takes_s:
        house.tesla.misbehave(Hang(answers_after_s=level_takes_s), on="live_status", times=1)
    await house.until("13:31:05")
    house.tesla.events.is_polling = False
    await house.wait(seconds=after_s)
    house.tesla.events.send("site_info", house.tesla.site, before)
    await house.settle()
    assert (shown(house), house.status) == ("20", "restoring")
    await house.until("14:00")
    assert (house.reserve, house.writes, house.status) == (20, [100, 20, 20], "idle")


async def test_a_document_of_before_the_slot_that_comes_while_the_question_is_put_off(teslemetry_house: House) -> None:
    """Somebody else has just had it read, so that ours has to wait; what the stream sends meanwhile is no answer."""
    house = teslemetry_house
    before = await lose_the_restore(house)
    await house.until("13:30:58")
    await house.hass.services.async_call(
        "homeassistant", "update_entity", {"entity_id": reserve_entity_id(house)}, blocking=True
    )
    await house.until("13:31:03")
    house.tesla.events.is_polling = False
    house.tesla.events.send("site_info", house.tesla.site, before)
    await house.settle()
    assert (shown(house), house.status) == ("20", "restoring")
    await house.until("14:00")
    assert (house.reserve, house.writes, house.status) == (20, [100, 20, 20], "idle")


@pytest.mark.parametrize("stream", ["up", "down"])
async def test_killed_in_a_hold(teslemetry_house: House, hass_storage: dict[str, Any], stream: str) -> None:
    """Home Assistant dies in the slot and is started after it; the stream may be down by then."""
    house = teslemetry_house
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:45")
    left = kill(house, hass_storage)
    await house.until("13:45")
    assert house.reserve == 100
    if stream == "down":
        house.tesla.events.cut()
    await start_again(house, hass_storage, left)
    await house.until("14:15")
    assert house.reserve == 20


async def test_a_call_of_another_is_the_owners_will(teslemetry_house: House) -> None:
    house = teslemetry_house
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    await owner_sets_through_ha(house, 55)
    await house.until("14:30")
    assert (house.reserve, house.writes) == (55, [100, 55])


async def test_a_watch_ends_by_the_clock(teslemetry_house: House) -> None:
    """A write that failed is watched for ten minutes; hours later the same value is the owner's own will."""
    house = teslemetry_house
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:29:30")
    house.tesla.misbehave(HttpError(502), times=1)
    await house.until("16:00")
    heard = activities(house)
    house.tesla.site.set_in_app(reserve_pct=100)
    await house.until("16:30")
    assert (house.reserve, heard) == (100, [])


async def test_an_earlier_value_that_lands_late_is_put_right(teslemetry_house: House) -> None:
    """The stream tells of it once; no second report follows, because nothing changes any more."""
    house = teslemetry_house
    house.plan("12:30", "15:00")
    await house.move_in()
    await house.choose("preserve_charge")
    await house.until("12:29:30")
    house.tesla.misbehave(Hang(lands_after_s=900), times=1)
    await house.until("12:36")
    await house.choose("charge_up")
    await house.until("14:00")
    assert (house.reserve, house.status) == (100, "charging_up")
    await house.until("15:40")
    assert house.reserve == 20


# --- paired with the gateway in the house's own network: it takes the reserve; newer releases read it too


@pytest.mark.parametrize("fails", ["", "raising", "restoring"])
async def test_a_day_slot_through_a_paired_gateway(gateway_house: tuple[House, PairedGateway], fails: str) -> None:
    """One that refuses leaves it to the cloud; which of the two took it makes no difference."""
    house, gateway = gateway_house
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:29:30")
    gateway.fails = fails == "raising"
    await house.until("13:00")
    assert house.reserve == 100
    gateway.fails = fails == "restoring"
    await house.until("14:00")
    assert (house.reserve, house.status, repairs(house)) == (20, "idle", set())
    assert house.writes == {"": [], "raising": [100], "restoring": [20]}[fails]
    assert sorted([*gateway.reserves, *house.writes]) == [20, 100]


@pytest.mark.parametrize("edge", [RAISED, RESTORED], ids=["raising", "restoring"])
async def test_neither_the_gateway_nor_the_cloud_takes_the_value(
    gateway_house: tuple[House, PairedGateway], edge: str
) -> None:
    """Newer releases go on showing the value that was asked for, until the gateway is read; it is none of its words."""
    house, gateway = gateway_house
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until(edge)
    gateway.fails = True
    house.tesla.misbehave(Ignored(), times=1)
    await house.until("12:33" if edge == RAISED else "13:33")
    gateway.fails = False
    await house.until("13:00" if edge == RAISED else "14:20")
    assert house.reserve == (100 if edge == RAISED else 20)
    await house.until("14:20")
    assert (house.reserve, house.status, repairs(house)) == (20, "idle", set())


async def test_a_paired_gateway_beside_a_stream_that_is_down(gateway_house: tuple[House, PairedGateway]) -> None:
    house, gateway = gateway_house
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("13:25")
    house.tesla.events.cut()
    await house.until("13:50")
    house.tesla.events.restore()
    await house.until("14:20")
    assert (house.reserve, house.status, gateway.reserves[-1]) == (20, "idle", 20)
