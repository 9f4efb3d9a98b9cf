"""Home Assistant's own logbook, with a real recorder: it finds our sentences on the disk."""

from collections import Counter
from datetime import datetime
from typing import Any

from homeassistant.components.logbook.helpers import async_determine_event_types, async_subscribe_events
from homeassistant.components.logbook.processor import EventProcessor
from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.runtime.activity import EVENT_ACTIVITY
from tests.stories.house import LONDON, House
from tests.stories.trouble import owner_sets_through_ha

ACTIVITY = "event.octopus_powerwall_activity"


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations(recorder_mock: Recorder, enable_custom_integrations: None) -> None:
    """As for every test, but the recorder comes first: it wants to be there before Home Assistant is."""


@pytest.mark.parametrize("asked", [{}, {"entity_ids": [ACTIVITY]}])
async def test_it_is_in_the_logbook(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, asked: dict[str, list[str]]
) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    assert await async_setup_component(hass, "logbook", {})
    await hass.async_block_till_done()
    owner = MockConfigEntry(domain=DOMAIN)
    owner.add_to_hass(hass)
    registry = er.async_get(hass)
    registry.async_get_or_create("event", DOMAIN, "x", object_id_base="octopus_powerwall_activity", config_entry=owner)
    assert registry.async_get(ACTIVITY) is not None
    before = dt_util.utcnow()
    hass.bus.async_fire(EVENT_ACTIVITY, {"type": "paused", "reason": "storm_watch", "entity_id": ACTIVITY})
    await async_wait_recording_done(hass)
    client = await hass_ws_client()
    await client.send_json({"id": 1, "type": "logbook/get_events", "start_time": before.isoformat(), **asked})
    (entry,) = (await client.receive_json())["result"]
    assert (entry["name"], entry["domain"]) == ("Octopus Powerwall", DOMAIN)
    assert entry["icon"] == "mdi:home-battery-outline"
    assert "entity_id" not in entry, "its name would stand before the sentence"
    assert entry["message"] == (
        "paused. A slot or your own reserve waits for Storm Watch to end: until then the Powerwall is left to it."
    )


async def sentences(hass: HomeAssistant, since: datetime, entity_id: str) -> list[tuple[str, str]]:
    """The lines of an entity's logbook, each with its time of day in London."""
    await async_wait_recording_done(hass)
    kinds = async_determine_event_types(hass, [entity_id], None)
    reader = EventProcessor(hass, kinds, entity_ids=[entity_id])
    entries = await get_instance(hass).async_add_executor_job(reader.get_events, since, dt_util.utcnow())
    return [
        (f"{datetime.fromisoformat(entry['when']).astimezone(LONDON):%H:%M}", entry.get("message") or entry["state"])
        for entry in entries
    ]


@pytest.mark.freeze_time("2026-11-18 13:40:00+00:00")
@pytest.mark.usefixtures("seldom_looked_at", "seldom_polled")
async def test_one_happening_one_line_with_its_value(house: House) -> None:
    """A slot, the owner's hand in the next one, and the way back by Resume, in the dashboard's list."""
    hass = house.hass
    assert await async_setup_component(hass, "logbook", {})
    await hass.config.async_update(time_zone="Europe/London")
    house.plan("14:00", "14:30", energy=3.5)
    house.plan("15:00", "16:00", energy=7.0)
    await house.move_in()
    await house.until("13:45")
    since = dt_util.utcnow()
    await house.until("15:20")
    await owner_sets_through_ha(house, 35)
    await house.until("15:25")
    told = await sentences(hass, since, house.entity_id("automation"))
    whole_slot = "Octopus has scheduled this slot, and on your tariff it is cheap for the whole house."
    assert told[0] == ("14:00", f"raised the backup reserve to 100 % until 14:30. {whole_slot}")
    assert told[1][1].startswith("saw the smart charging slot end. Charged ")
    assert told[2][1] == "put the backup reserve back to 20 %."
    assert told[3] == ("15:00", f"raised the backup reserve to 100 % until 16:00. {whole_slot}")
    overridden = (
        "found the backup reserve at 35 %, set by you or somebody else, and leaves it so until 16:30. The 20 % of "
        "before the slot will not be put back. To go on sooner, press Resume."
    )
    assert told[4] == ("15:20", overridden)
    assert len(told) == 5


@pytest.mark.freeze_time("2026-11-18 13:40:00+00:00")
@pytest.mark.usefixtures("seldom_looked_at", "seldom_polled")
async def test_a_slot_in_which_nothing_is_written_is_told_itself(house: House) -> None:
    """A dry run: the slot's begin is the news, until when it lasts and that nothing is sent."""
    assert await async_setup_component(house.hass, "logbook", {})
    await house.hass.config.async_update(time_zone="Europe/London")
    house.plan("14:00", "14:30", energy=3.5)
    await house.move_in(dry_run=True)
    await house.until("13:45")
    since = dt_util.utcnow()
    await house.until("14:40")
    told = await sentences(house.hass, since, house.entity_id("automation"))
    assert told[0][1].startswith("saw a smart charging slot begin, which is to end at 14:30. Octopus has")
    assert told[0][1].endswith("Dry run: nothing is sent to the Powerwall.")
    assert [at for at, _ in told] == ["14:00", "14:30"]


@pytest.mark.freeze_time("2026-11-18 12:00:00+00:00")
async def test_answers_and_plans_are_no_news(house: House) -> None:
    """Octopus answers all the time and plans anew: the activity, live or read later, does not fill up with times."""
    hass = house.hass
    assert await async_setup_component(hass, "logbook", {})
    await house.move_in()
    await house.until("12:05")
    since = dt_util.utcnow()
    quiet = ("last_poll", "planned_slots", "next_slot_start", "next_slot_end", "current_slot_end", "hold_end")
    ids = [house.entity_id(key) for key in quiet]
    status = house.entity_id("status")
    moved: Counter[str] = Counter()
    live: list[Event[Any]] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        moved[event.data["entity_id"]] += 1

    @callback
    def show(event: Event[Any]) -> None:
        live.append(event)

    async_track_state_change_event(hass, ids, note)
    async_subscribe_events(hass, [], show, (), None, [*ids, status], None)
    house.plan("12:30", "13:00", energy=3.5)
    await house.until("13:05")
    assert set(moved) == set(ids)
    assert moved[house.entity_id("last_poll")] > 15
    assert {event.data["entity_id"] for event in live} == {status}
    for entity_id in ids:
        assert await sentences(hass, since, entity_id) == []
