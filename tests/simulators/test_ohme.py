"""The simulated Ohme cloud, seen through Home Assistant's real ``ohme`` component and its library."""

from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from ohme import AuthException, OhmeApiClient
import pytest

from tests.ohme_components import ohme_entity_id, ohme_state
from tests.simulators.ohme import EMAIL, OhmeSimulator, SessionMode
from tests.tesla_components import SetUpEntry, advance

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def listed(hass: HomeAssistant, entry: ConfigEntry) -> list[tuple[str, str, float]]:
    """The slots that the component's action lists, as times of day, with their energy."""
    answer: Any = await hass.services.async_call(
        "ohme", "list_charge_slots", {"config_entry": entry.entry_id}, blocking=True, return_response=True
    )
    return [
        (
            datetime.fromisoformat(slot["start"]).astimezone(UTC).strftime("%H:%M"),
            datetime.fromisoformat(slot["end"]).astimezone(UTC).strftime("%H:%M"),
            slot["energy"],
        )
        for slot in answer["slots"]
    ]


@pytest.fixture
async def entry(setup_ohme: SetUpEntry) -> ConfigEntry:
    """The component, set up with nothing plugged in."""
    return await setup_ohme()


async def test_nothing_plugged_in(hass: HomeAssistant, ohme: OhmeSimulator, entry: ConfigEntry) -> None:
    assert entry.state is ConfigEntryState.LOADED
    assert ohme_state(hass, ohme, "status") == "unplugged"
    assert ohme_state(hass, ohme, "charge_mode") == "unavailable"
    assert await listed(hass, entry) == []


async def test_a_session_with_slots(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, ohme: OhmeSimulator, entry: ConfigEntry
) -> None:
    ohme.charger.plug_in((NOON + HOUR, NOON + 2 * HOUR), (NOON + 5 * HOUR, NOON + 5.5 * HOUR))
    await advance(hass, freezer, timedelta(seconds=31))
    assert ohme_state(hass, ohme, "status") == "plugged_in"
    assert ohme_state(hass, ohme, "charge_mode") == "smart_charge"
    assert ohme_state(hass, ohme, "power") == "0.0"
    assert await listed(hass, entry) == [("13:00", "14:00", 7.2), ("17:00", "17:30", 3.6)]

    await advance(hass, freezer, NOON + HOUR + timedelta(seconds=31))
    assert ohme_state(hass, ohme, "status") == "charging"
    assert ohme_state(hass, ohme, "power") == "7.2"


async def test_slots_stay_listed_after_the_plug_is_pulled(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, ohme: OhmeSimulator, entry: ConfigEntry
) -> None:
    ohme.charger.plug_in((NOON - HOUR, NOON + HOUR))
    await advance(hass, freezer, timedelta(seconds=31))
    assert ohme_state(hass, ohme, "status") == "charging"
    ohme.charger.unplug()
    await advance(hass, freezer, timedelta(seconds=31))
    assert ohme_state(hass, ohme, "status") == "unplugged"
    assert ohme_state(hass, ohme, "power") == "0.0"
    assert [slot[:2] for slot in await listed(hass, entry)] == [("11:00", "13:00")]


async def test_approval_is_waited_for_and_given(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, ohme: OhmeSimulator, entry: ConfigEntry
) -> None:
    ohme.charger.requires_approval = True
    ohme.charger.plug_in((NOON, NOON + HOUR))
    await advance(hass, freezer, timedelta(seconds=31))
    assert ohme_state(hass, ohme, "status") == "pending_approval"
    approve = {"entity_id": ohme_entity_id(hass, ohme, "approve")}
    await hass.services.async_call("button", "press", approve, blocking=True)
    await advance(hass, freezer, timedelta(seconds=31))
    assert ohme_state(hass, ohme, "status") == "charging"


@pytest.mark.parametrize(
    ("option", "mode", "status"),
    [("max_charge", SessionMode.MAX_CHARGE, "charging"), ("paused", SessionMode.STOPPED, "paused")],
)
async def test_the_owner_chooses_a_mode_and_goes_back(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    ohme: OhmeSimulator,
    entry: ConfigEntry,
    option: str,
    mode: SessionMode,
    status: str,
) -> None:
    ohme.charger.plug_in((NOON + HOUR, NOON + 2 * HOUR))
    await advance(hass, freezer, timedelta(seconds=31))
    select = {"entity_id": ohme_entity_id(hass, ohme, "charge_mode")}
    for chosen, then, shown in ((option, mode, status), ("smart_charge", SessionMode.SMART_CHARGE, "plugged_in")):
        await hass.services.async_call("select", "select_option", select | {"option": chosen}, blocking=True)
        await advance(hass, freezer, timedelta(seconds=31))
        assert ohme.charger.mode is then
        assert ohme_state(hass, ohme, "status") == shown
    assert [slot[:2] for slot in await listed(hass, entry)] == [("13:00", "14:00")]


async def test_a_car_that_is_full(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, ohme: OhmeSimulator, entry: ConfigEntry
) -> None:
    ohme.charger.plug_in((NOON, NOON + HOUR))
    ohme.charger.finish()
    await advance(hass, freezer, timedelta(seconds=31))
    assert ohme_state(hass, ohme, "status") == "finished"
    assert ohme_state(hass, ohme, "charge_mode") == "unavailable"
    assert await listed(hass, entry)


async def test_while_ohme_calculates_the_mode_is_not_known(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, ohme: OhmeSimulator, entry: ConfigEntry
) -> None:
    ohme.charger.plug_in((NOON, NOON + HOUR))
    ohme.charger.calculate()
    await advance(hass, freezer, timedelta(seconds=40))
    assert ohme_state(hass, ohme, "status") == "charging"
    assert ohme_state(hass, ohme, "charge_mode") == "unavailable"
    ohme.charger.ready()
    await advance(hass, freezer, timedelta(seconds=40))
    assert ohme_state(hass, ohme, "charge_mode") == "smart_charge"


async def test_a_charger_that_is_offline_and_a_cloud_that_fails(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, ohme: OhmeSimulator, entry: ConfigEntry
) -> None:
    ohme.charger.plug_in((NOON, NOON + HOUR))
    await advance(hass, freezer, timedelta(seconds=31))
    ohme.charger.online = False
    await advance(hass, freezer, timedelta(seconds=31))
    assert ohme_state(hass, ohme, "status") == "unavailable"
    ohme.charger.online = True
    ohme.fail(503, on="chargeSessions")
    await advance(hass, freezer, timedelta(seconds=31))
    assert ohme_state(hass, ohme, "status") == "unavailable"
    assert await listed(hass, entry), "the action answers from memory"
    ohme.heal()
    await advance(hass, freezer, timedelta(seconds=31))
    assert ohme_state(hass, ohme, "status") == "charging"


async def test_a_cloud_that_does_not_answer(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, ohme: OhmeSimulator, entry: ConfigEntry
) -> None:
    ohme.fail(None, on="chargeSessions")
    await advance(hass, freezer, timedelta(minutes=2))
    assert ohme_state(hass, ohme, "status") == "unavailable"
    ohme.heal()
    await advance(hass, freezer, timedelta(seconds=61))
    assert ohme_state(hass, ohme, "status") == "unplugged"


async def test_tokens_are_refreshed_before_they_end(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, ohme: OhmeSimulator, entry: ConfigEntry
) -> None:
    await advance(hass, freezer, timedelta(minutes=130))
    assert ohme.requests["/securetoken.googleapis.com/v1/token"] >= 2
    assert ohme.requests["/www.googleapis.com/identitytoolkit/v3/relyingparty/verifyPassword"] == 1
    assert ohme_state(hass, ohme, "status") == "unplugged"
    ohme.revoke_tokens()
    await advance(hass, freezer, timedelta(seconds=31))
    assert ohme_state(hass, ohme, "status") == "unavailable"


async def test_a_wrong_password_is_refused(hass: HomeAssistant, setup_ohme: SetUpEntry, ohme: OhmeSimulator) -> None:
    entry = await setup_ohme(password="wrong")
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert ohme.requests["/api.ohme.io/v1/users/me/account"] == 0


async def test_a_session_of_the_library_s_own_reaches_the_simulator_too(ohme: OhmeSimulator) -> None:
    async with OhmeApiClient(EMAIL, "wrong") as client:
        with pytest.raises(AuthException):
            await client.async_login()
    async with OhmeApiClient(EMAIL, ohme.password) as client:
        await client.async_update_device_info()
        assert client.serial == ohme.charger.serial


async def test_what_the_owner_sets_is_kept(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, ohme: OhmeSimulator, entry: ConfigEntry
) -> None:
    approval = {"entity_id": ohme_entity_id(hass, ohme, "require_approval")}
    turned_on = hass.async_create_task(hass.services.async_call("switch", "turn_on", approval, blocking=True))
    await advance(hass, freezer, timedelta(seconds=12))
    await turned_on
    assert ohme.charger.requires_approval
    percent = {"entity_id": ohme_entity_id(hass, ohme, "target_percentage"), "value": 65}
    await hass.services.async_call("number", "set_value", percent, blocking=True)
    assert ohme.charger.target_pct == 65
