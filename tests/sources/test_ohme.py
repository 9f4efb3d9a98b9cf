"""What is made of the answers of Home Assistant's ``ohme``, sound and unsound ones (design 10.2)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry  # type: ignore[import-untyped]

from custom_components.octopus_powerwall.domain.model import Poll
from custom_components.octopus_powerwall.runtime.choices import read_settings
from custom_components.octopus_powerwall.sources.charger import make_charger_source
from custom_components.octopus_powerwall.sources.ohme import (
    OhmeSource,
    async_read,
    find_power_entity,
)
from tests.tesla_components import advance, settle

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
ROW = {"start": "2026-11-18T12:30:00+00:00", "end": "2026-11-18T13:30:00+00:00", "power": 7.2, "energy": 7.2}


class Charger:
    """The entities and the action of an ``ohme`` entry, as they stand in the registries."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.hass = hass
        self.entry = MockConfigEntry(domain="ohme", title="driver@example.com")
        self.entry.add_to_hass(hass)
        self.entry.mock_state(hass, ConfigEntryState.LOADED)
        self.answer: Any = {"slots": [ROW]}
        self.asked = 0
        registry = er.async_get(hass)
        self.ids = {
            key: registry.async_get_or_create(
                domain, "ohme", f"serial_{key}", config_entry=self.entry, suggested_object_id=f"garage_{key}"
            ).entity_id
            for domain, key in (("sensor", "status"), ("sensor", "power"), ("select", "charge_mode"))
        }
        hass.services.async_register("ohme", "list_charge_slots", self._list, supports_response=SupportsResponse.ONLY)
        self.shows("plugged_in", "smart_charge")

    async def _list(self, call: ServiceCall) -> Any:
        assert call.data == {"config_entry": self.entry.entry_id}
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def shows(self, status: str | None = None, mode: str | None = None, power: str | None = None) -> None:
        """What the entities say."""
        said = {"status": status, "charge_mode": mode, "power": power}
        for key, state in said.items():
            if state is not None:
                attributes = {"unit_of_measurement": "kW"} if key == "power" else {}
                self.hass.states.async_set(self.ids[key], state, attributes)

    async def read(self) -> Poll | None:
        """Read once."""
        return await async_read(self.hass, self.entry.entry_id)


@pytest.fixture
def charger(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Charger:
    return Charger(hass)


def rows(poll: Poll | None) -> list[tuple[str, str, float | None]]:
    assert poll is not None
    (read,) = poll.reads
    assert read.dispatches is not None
    return [(f"{row.start:%H:%M}", f"{row.end:%H:%M}", row.energy_kwh) for row in read.dispatches]


async def test_slots_of_a_smart_charge(charger: Charger) -> None:
    poll = await charger.read()
    assert rows(poll) == [("12:30", "13:30", 7.2)]
    assert poll is not None
    assert (poll.at, poll.completed, poll.reads[0].skipped) == (NOON, None, 0)


@pytest.mark.parametrize(
    ("status", "mode"),
    [
        ("unplugged", "unavailable"),
        ("unplugged", "smart_charge"),
        ("pending_approval", "unavailable"),
        ("finished", "unavailable"),
        ("paused", "paused"),
        ("charging", "max_charge"),
        ("plugged_in", "paused"),
    ],
)
async def test_what_stays_listed_does_not_count(charger: Charger, status: str, mode: str) -> None:
    charger.shows(status, mode)
    assert rows(await charger.read()) == []
    assert charger.asked == 0


@pytest.mark.parametrize(
    ("status", "mode"), [("unavailable", "smart_charge"), ("unknown", "smart_charge"), ("charging", "unavailable")]
)
async def test_unavailable_is_no_answer(charger: Charger, status: str, mode: str) -> None:
    charger.shows(status, mode)
    assert await charger.read() is None


async def test_the_answer_is_as_old_as_the_last_report(charger: Charger, freezer: FrozenDateTimeFactory) -> None:
    freezer.tick(timedelta(minutes=10))
    poll = await charger.read()
    assert poll is not None
    assert poll.at == NOON
    freezer.move_to(NOON - timedelta(hours=1))
    poll = await charger.read()
    assert poll is not None
    assert poll.at == NOON - timedelta(hours=1), "a clock that was set back"


@pytest.mark.parametrize(
    "row",
    [
        "soon",
        None,
        {},
        ROW | {"start": "2026-11-18T12:30:00"},
        ROW | {"start": 5},
        ROW | {"end": "later"},
        ROW | {"end": ROW["start"]},
        ROW | {"end": "2026-11-18T11:30:00+00:00"},
    ],
)
async def test_an_odd_row_is_counted_and_hides_no_other(charger: Charger, row: Any) -> None:
    charger.answer = {"slots": [row, ROW]}
    poll = await charger.read()
    assert rows(poll) == [("12:30", "13:30", 7.2)]
    assert poll is not None
    assert poll.reads[0].skipped == 1


@pytest.mark.parametrize("energy", [None, "7.2", True, -1, 1e9, float("nan")])
async def test_an_odd_energy_is_unknown(charger: Charger, energy: Any) -> None:
    charger.answer = {"slots": [ROW | {"energy": energy}]}
    assert rows(await charger.read()) == [("12:30", "13:30", None)]


@pytest.mark.parametrize("answer", [{}, {"slots": None}, {"slots": {}}, {"slots": [ROW] * 1_001}])
async def test_an_answer_without_a_list_or_with_a_flood_is_none(charger: Charger, answer: Any) -> None:
    charger.answer = answer
    assert await charger.read() is None


async def test_an_action_that_fails_is_no_answer(charger: Charger) -> None:
    charger.answer = HomeAssistantError("no")
    assert await charger.read() is None


async def test_an_entry_that_is_not_loaded_or_gone_is_no_answer(hass: HomeAssistant, charger: Charger) -> None:
    charger.entry.mock_state(hass, ConfigEntryState.SETUP_RETRY)
    assert await charger.read() is None
    assert charger.asked == 0
    assert await async_read(hass, "no such entry") is None


async def test_the_power_is_found_by_what_it_is(hass: HomeAssistant, charger: Charger) -> None:
    assert find_power_entity(hass, charger.entry.entry_id) == "sensor.garage_power"
    assert find_power_entity(hass, "no such entry") is None


# --- reading again and again --------------------------------------------------------------------------------


class Listener:
    """What hears of it."""

    def __init__(self, hass: HomeAssistant, charger: Charger) -> None:
        self.polls: list[Poll] = []
        self.powers = 0
        self.source = OhmeSource(hass, charger.entry.entry_id, on_read=self.polls.append, on_power=self._power)

    def _power(self) -> None:
        self.powers += 1


async def test_it_is_read_once_a_minute_at_once_after_a_change_and_then_at_each_report(
    hass: HomeAssistant, charger: Charger, freezer: FrozenDateTimeFactory
) -> None:
    listener = Listener(hass, charger)
    stop = listener.source.async_start()
    await settle(hass)
    assert len(listener.polls) == 1
    await advance(hass, freezer, timedelta(seconds=61))
    assert len(listener.polls) == 1, "nothing was reported since"
    charger.shows("plugged_in")
    await settle(hass)
    assert len(listener.polls) == 1
    await advance(hass, freezer, timedelta(seconds=60))
    assert len(listener.polls) == 2
    charger.shows("unplugged")
    await settle(hass)
    assert rows(listener.polls[-1]) == []
    assert len(listener.polls) == 3
    await advance(hass, freezer, timedelta(seconds=30))
    charger.shows("unplugged")
    await settle(hass)
    assert len(listener.polls) == 4, "followed by report after a change"
    stop()
    charger.shows("plugged_in")
    await advance(hass, freezer, timedelta(minutes=5))
    assert len(listener.polls) == 4


async def test_the_power_is_evidence(hass: HomeAssistant, charger: Charger, freezer: FrozenDateTimeFactory) -> None:
    listener = Listener(hass, charger)
    stop = listener.source.async_start()
    assert listener.source.evidence(NOON).value is None
    charger.shows(power="7.2")
    await settle(hass)
    assert listener.powers == 1
    assert listener.source.evidence(NOON).value is True
    charger.shows(power="0.0")
    assert listener.source.evidence(NOON + timedelta(minutes=5)).value is True
    assert listener.source.evidence(NOON + timedelta(minutes=5, seconds=30)).value is False
    stop()


@pytest.mark.parametrize(
    ("options", "there"),
    [
        ({}, False),
        ({"slot_source": "octopus", "ohme_entry": "x"}, False),
        ({"slot_source": "ohme"}, False),
        ({"slot_source": "ohme", "ohme_entry": "x"}, True),
        ({"slot_source": "both", "ohme_entry": "x"}, True),
    ],
)
async def test_only_where_the_options_say_so(hass: HomeAssistant, options: dict[str, str], there: bool) -> None:
    found = make_charger_source(hass, read_settings(options), on_read=lambda _: None, on_power=lambda: None)
    assert (found is not None) is there
