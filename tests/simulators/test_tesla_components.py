"""What Home Assistant's real Tesla integrations make of Tesla's cloud (facts/powerwall.md 1.1 and 2).

The controller is built on these; where one of them fails with a newer Home Assistant, look there first.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import ClientError, ClientResponseError
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest

from tests.simulators.tesla import (
    BodyError,
    Dropped,
    Hang,
    HttpError,
    Ignored,
    Lag,
    NotADict,
    Override,
    PowerwallSite,
    Snap,
    Stale,
    TeslaSimulator,
)
from tests.tesla_components import SetUpEntry, advance, set_reserve, settle, tesla_entity, tesla_entity_id, tesla_state

MINUTE = timedelta(minutes=1)
RESERVE = "backup_reserve_percent"


async def test_a_value_set_is_truncated_and_reaches_the_server(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    entry = await setup_tesla_fleet()
    assert entry.state is ConfigEntryState.LOADED
    assert tesla_state(hass, RESERVE, tesla.site) == "20"
    await set_reserve(hass, tesla.site, 63.9)
    assert tesla.writes_to("backup") == [63]
    assert tesla.site.reserve_pct == 63
    assert tesla_state(hass, RESERVE, tesla.site) == "63"


async def test_it_polls_every_minute(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    await setup_tesla_fleet()
    tesla.requests.clear()
    await advance(hass, freezer, timedelta(hours=1))
    assert tesla.requests["site_info"] == tesla.requests["live_status"] == 60
    assert tesla.requests["calendar_history"] in (11, 12)


async def test_fixed_steps_poll_as_often(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    await setup_tesla_fleet()
    tesla.requests.clear()
    await advance(hass, freezer, timedelta(hours=1), step=timedelta(seconds=15))
    assert tesla.requests["site_info"] == tesla.requests["live_status"] == 60


async def test_time_lands_where_it_was_sent_and_never_goes_back(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    await setup_tesla_fleet()
    await advance(hass, freezer, datetime(2026, 11, 18, 23, 30, tzinfo=UTC))
    assert datetime.now(UTC) == datetime(2026, 11, 18, 23, 30, tzinfo=UTC)
    with pytest.raises(ValueError, match="back"):
        await advance(hass, freezer, -MINUTE)


async def test_the_entities_show_the_site_in_kilowatts(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    tesla.site.car_power_kw = 4.0
    await setup_tesla_fleet()
    assert tesla_state(hass, "battery_power", tesla.site) == "4.5"
    assert tesla_state(hass, "load_power", tesla.site) == "4.5"
    assert tesla_state(hass, "grid_power", tesla.site) == "0.0"
    assert tesla_state(hass, "percentage_charged", tesla.site) == "63.4"
    assert tesla_state(hass, "island_status", tesla.site) == "on_grid"
    assert tesla_state(hass, "default_real_mode", tesla.site) == "self_consumption"
    await set_reserve(hass, tesla.site, 100)
    await advance(hass, freezer, MINUTE)
    assert tesla_state(hass, "battery_power", tesla.site) == "-1.8"
    assert tesla_state(hass, "grid_power", tesla.site) == "6.3"


async def test_under_lag_the_reserve_jumps_up_falls_back_and_comes_again(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    await setup_tesla_fleet()
    tesla.misbehave(Lag(shown_after_s=90, acts_after_s=90))
    await set_reserve(hass, tesla.site, 100)
    seen = []
    for _ in range(4):
        seen.append(tesla_state(hass, RESERVE, tesla.site))
        await advance(hass, freezer, MINUTE)
    assert seen == ["100", "20", "100", "100"]


async def test_a_poll_confirms_by_reporting_again_not_by_changing(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    await setup_tesla_fleet()
    await set_reserve(hass, tesla.site, 100)
    await advance(hass, freezer, 2 * MINUTE)
    state = tesla_entity(hass, RESERVE, tesla.site)
    updated, reported = state.last_updated, state.last_reported
    await advance(hass, freezer, MINUTE)
    later = tesla_entity(hass, RESERVE, tesla.site)
    assert later.last_updated == updated
    assert later.last_reported - reported == MINUTE


async def test_eighty_one_to_ninety_nine_snap_to_eighty(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    await setup_tesla_fleet()
    tesla.misbehave(Snap(after_s=20 * 60), times=1)
    await set_reserve(hass, tesla.site, 90)
    await advance(hass, freezer, 10 * MINUTE)
    assert tesla_state(hass, RESERVE, tesla.site) == "90"
    await advance(hass, freezer, 12 * MINUTE)
    assert tesla_state(hass, RESERVE, tesla.site) == "80"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 429, 500, 502, 503])
async def test_an_http_error_raises_and_leaves_the_state(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry, status: int
) -> None:
    await setup_tesla_fleet()
    tesla.misbehave(HttpError(status, retry_after_s=600 if status == 429 else None), times=1)
    with pytest.raises(HomeAssistantError):
        await set_reserve(hass, tesla.site, 100)
    assert tesla_state(hass, RESERVE, tesla.site) == "20"
    assert tesla.site.reserve_pct == 20


@pytest.mark.parametrize("status", [410, 520])
async def test_an_unknown_http_error_escapes_raw(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry, status: int
) -> None:
    await setup_tesla_fleet()
    tesla.misbehave(HttpError(status), times=1)
    with pytest.raises(ClientResponseError):
        await set_reserve(hass, tesla.site, 100)


@pytest.mark.parametrize("applied", [False, True])
async def test_a_dropped_connection_escapes_raw_and_says_nothing_of_the_outcome(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry, applied: bool
) -> None:
    await setup_tesla_fleet()
    tesla.misbehave(Dropped(applied=applied), times=1)
    with pytest.raises(ClientError) as error:
        await set_reserve(hass, tesla.site, 100)
    assert not isinstance(error.value, HomeAssistantError)
    assert tesla.site.reserve_pct == (100 if applied else 20)
    assert tesla_state(hass, RESERVE, tesla.site) == "20"


async def test_an_error_after_applying_looks_like_any_other(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    await setup_tesla_fleet()
    tesla.misbehave(HttpError(500, applied=True), times=1)
    with pytest.raises(HomeAssistantError):
        await set_reserve(hass, tesla.site, 100)
    assert tesla_state(hass, RESERVE, tesla.site) == "20"
    await advance(hass, freezer, MINUTE)
    assert tesla_state(hass, RESERVE, tesla.site) == "100"


async def test_a_hanging_write_blocks_for_five_minutes_and_may_land_later(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    await setup_tesla_fleet()
    tesla.misbehave(Hang(lands_after_s=20 * 60), times=1)
    call = hass.async_create_task(set_reserve(hass, tesla.site, 100))
    await advance(hass, freezer, 4 * MINUTE)
    assert not call.done()
    assert tesla.hanging == 1
    await advance(hass, freezer, 2 * MINUTE)
    with pytest.raises(TimeoutError):
        await call
    assert tesla_state(hass, RESERVE, tesla.site) == "20"
    await advance(hass, freezer, 16 * MINUTE)
    assert tesla_state(hass, RESERVE, tesla.site) == "100"


async def test_what_hangs_at_the_end_of_a_test_holds_nothing_up(
    tesla: TeslaSimulator, hass: HomeAssistant, freezer: FrozenDateTimeFactory, setup_tesla_fleet: SetUpEntry
) -> None:
    await setup_tesla_fleet()
    tesla.misbehave(Hang(), "all")

    async def write() -> None:
        with suppress(ClientError):
            await set_reserve(hass, tesla.site, 100)

    hass.async_create_background_task(write(), "hangs")
    await advance(hass, freezer, MINUTE)
    assert tesla.hanging == 3


@pytest.mark.parametrize("behaviour", [BodyError(400), BodyError(None, "failed"), Ignored()])
async def test_bad_news_in_the_body_passes_for_success(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    tesla: TeslaSimulator,
    setup_tesla_fleet: SetUpEntry,
    behaviour: BodyError | Ignored,
) -> None:
    await setup_tesla_fleet()
    tesla.misbehave(behaviour, times=1)
    await set_reserve(hass, tesla.site, 100)
    assert tesla_state(hass, RESERVE, tesla.site) == "100"
    await advance(hass, freezer, MINUTE)
    assert tesla_state(hass, RESERVE, tesla.site) == "20"


async def test_while_unavailable_a_write_goes_nowhere_and_nobody_is_told(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    await setup_tesla_fleet()
    tesla.site.offline = True
    await advance(hass, freezer, MINUTE)
    assert tesla_state(hass, RESERVE, tesla.site) == "unavailable"
    await set_reserve(hass, tesla.site, 100)
    assert tesla.writes_to("backup") == []
    tesla.site.offline = False
    await advance(hass, freezer, MINUTE)
    assert tesla_state(hass, RESERVE, tesla.site) == "20"


async def test_an_unloaded_integration_swallows_writes_too(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    entry = await setup_tesla_fleet()
    await hass.config_entries.async_unload(entry.entry_id)
    await set_reserve(hass, tesla.site, 100)
    assert tesla.writes_to("backup") == []


async def test_rate_limited_reads_keep_the_old_value_available(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    await setup_tesla_fleet()
    tesla.misbehave(HttpError(429, retry_after_s=600), "site_info", times=1)
    await advance(hass, freezer, MINUTE)
    tesla.site.set_in_app(reserve_pct=50)
    tesla.requests.clear()
    await advance(hass, freezer, 9 * MINUTE)
    assert tesla.requests["site_info"] == 0
    assert tesla_state(hass, RESERVE, tesla.site) == "20"
    await advance(hass, freezer, 2 * MINUTE)
    assert tesla_state(hass, RESERVE, tesla.site) == "50"


@pytest.mark.parametrize(
    "override", [Override(missing=("percentage_charged",)), Override({"percentage_charged": None})], ids=str
)
async def test_a_missing_level_reads_as_zero(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    tesla: TeslaSimulator,
    setup_tesla_fleet: SetUpEntry,
    override: Override,
) -> None:
    await setup_tesla_fleet()
    rule = tesla.misbehave(override, "live_status")
    await advance(hass, freezer, MINUTE)
    assert tesla_state(hass, "percentage_charged", tesla.site) == "0"
    tesla.behave(rule)
    await advance(hass, freezer, MINUTE)
    assert tesla_state(hass, "percentage_charged", tesla.site) != "0"


async def test_a_key_missing_at_set_up_means_no_entity_until_a_reload(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    rule = tesla.misbehave(Override(missing=("island_status",)), "live_status")
    entry = await setup_tesla_fleet()
    tesla.behave(rule)
    await advance(hass, freezer, 5 * MINUTE)
    with pytest.raises(KeyError):
        tesla_entity_id(hass, "island_status", tesla.site)
    await hass.config_entries.async_reload(entry.entry_id)
    assert tesla_state(hass, "island_status", tesla.site) == "on_grid"


async def test_no_document_keeps_the_old_one(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    await setup_tesla_fleet()
    tesla.misbehave(NotADict("offline"), "live_status")
    await advance(hass, freezer, 5 * MINUTE)
    assert tesla_state(hass, "percentage_charged", tesla.site) == "63.4"


async def test_a_stale_document_hides_what_happened(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    await setup_tesla_fleet()
    rule = tesla.misbehave(Stale(), "site_info")
    await set_reserve(hass, tesla.site, 100)
    await advance(hass, freezer, 5 * MINUTE)
    assert tesla_state(hass, RESERVE, tesla.site) == "20"
    tesla.behave(rule)
    await advance(hass, freezer, MINUTE)
    assert tesla_state(hass, RESERVE, tesla.site) == "100"


async def test_update_entity_reads_at_once(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    await setup_tesla_fleet()
    assert await async_setup_component(hass, "homeassistant", {})
    await advance(hass, freezer, timedelta(seconds=30))
    tesla.site.set_in_app(reserve_pct=50)
    target = {"entity_id": tesla_entity_id(hass, RESERVE, tesla.site)}
    await hass.services.async_call("homeassistant", "update_entity", target, blocking=True)
    await settle(hass)
    assert tesla_state(hass, RESERVE, tesla.site) == "50"


async def test_an_expired_token_is_refreshed(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    await setup_tesla_fleet()
    tesla.expire_tokens()
    with pytest.raises(HomeAssistantError):
        await set_reserve(hass, tesla.site, 100)
    await advance(hass, freezer, 3 * MINUTE)
    assert tesla.requests["token"] == 1
    await set_reserve(hass, tesla.site, 100)
    assert tesla.site.reserve_pct == 100


async def test_after_a_refused_refresh_the_states_freeze_and_writes_go_nowhere(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    await setup_tesla_fleet(expires_in_s=600)
    tesla.misbehave(HttpError(401, "login_required"), "token")
    await advance(hass, freezer, 15 * MINUTE)
    # The coordinator gives up without telling its entities: nothing in the state machine says "unavailable".
    assert tesla_state(hass, RESERVE, tesla.site) == "20"
    state = tesla_entity(hass, RESERVE, tesla.site)
    assert datetime.now(UTC) - state.last_reported >= 5 * MINUTE
    await set_reserve(hass, tesla.site, 100)
    assert tesla.writes == []
    flows = hass.config_entries.flow.async_progress_by_handler("tesla_fleet")
    assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]


async def test_a_failing_refresh_recovers(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    await setup_tesla_fleet(expires_in_s=600)
    rule = tesla.misbehave(HttpError(503), "token")
    await advance(hass, freezer, 15 * MINUTE)
    assert tesla_state(hass, RESERVE, tesla.site) == "unavailable"
    tesla.behave(rule)
    await advance(hass, freezer, 2 * MINUTE)
    assert tesla_state(hass, RESERVE, tesla.site) == "20"


async def test_without_the_scope_nothing_is_sent(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    tesla.scopes = ("openid", "energy_device_data")
    await setup_tesla_fleet()
    with pytest.raises(ServiceValidationError):
        await set_reserve(hass, tesla.site, 100)
    assert tesla.writes == []


async def test_two_powerwalls_are_two_devices(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    barn = tesla.add_site(PowerwallSite(4711, name="Barn", reserve_pct=35, has_solar=False, wall_connector=True))
    await setup_tesla_fleet()
    assert tesla_state(hass, RESERVE, tesla.site) == "20"
    assert tesla_state(hass, RESERVE, barn) == "35"
    await set_reserve(hass, barn, 70)
    assert tesla.writes_to("backup", barn) == [70]
    assert tesla.writes_to("backup", tesla.site) == []
    tesla_entity_id(hass, "components_disallow_charge_from_grid_with_solar_installed", tesla.site)
    with pytest.raises(KeyError):
        tesla_entity_id(hass, "components_disallow_charge_from_grid_with_solar_installed", barn)
    number = er.async_get(hass).async_get(tesla_entity_id(hass, RESERVE, barn))
    assert number is not None
    assert number.device_id is not None
    device = dr.async_get(hass).async_get(number.device_id)
    assert isinstance(device, dr.DeviceEntry)
    assert device.identifiers == {("tesla_fleet", "4711")}
    assert device.model == "Powerwall 2, Tesla Backup Gateway 2"


async def test_products_without_a_battery_have_no_reserve(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    tesla.site.has_battery = False
    entry = await setup_tesla_fleet()
    assert entry.state is ConfigEntryState.LOADED
    with pytest.raises(KeyError):
        tesla_entity_id(hass, RESERVE, tesla.site)


async def test_an_offline_site_at_start_up_is_retried(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry
) -> None:
    tesla.site.offline = True
    entry = await setup_tesla_fleet()
    states = [entry.state]
    tesla.site.offline = False
    await advance(hass, freezer, MINUTE)
    states.append(entry.state)
    assert states == [ConfigEntryState.SETUP_RETRY, ConfigEntryState.LOADED]


@pytest.mark.parametrize(
    ("service", "data", "key", "endpoint", "value"),
    [
        ("select.select_option", {"option": "autonomous"}, "default_real_mode", "operation", "autonomous"),
        ("switch.turn_off", {}, "user_settings_storm_mode_enabled", "storm_mode", False),
        (
            "switch.turn_off",
            {},
            "components_disallow_charge_from_grid_with_solar_installed",
            "grid_import_export",
            {"disallow_charge_from_grid_with_solar_installed": True},
        ),
        (
            "number.set_value",
            {"value": 40},
            "off_grid_vehicle_charging_reserve_percent",
            "off_grid_vehicle_charging_reserve",
            40,
        ),
    ],
)
async def test_every_other_setting_arrives(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    tesla: TeslaSimulator,
    setup_tesla_fleet: SetUpEntry,
    service: str,
    data: dict[str, Any],
    key: str,
    endpoint: str,
    value: Any,
) -> None:
    await setup_tesla_fleet()
    entity_id = tesla_entity_id(hass, key, tesla.site)
    domain, name = service.split(".")
    await hass.services.async_call(domain, name, {"entity_id": entity_id, **data}, blocking=True)
    assert tesla.writes_to(endpoint) == [value]
    before = tesla_state(hass, key, tesla.site)
    await advance(hass, freezer, 2 * MINUTE)
    assert tesla_state(hass, key, tesla.site) == before


async def test_tessie_shows_and_sets_the_same_site(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, setup_tessie: SetUpEntry
) -> None:
    entry = await setup_tessie()
    assert entry.state is ConfigEntryState.LOADED
    assert tesla_state(hass, RESERVE, tesla.site, "tessie") == "20"
    await set_reserve(hass, tesla.site, 100, "tessie")
    assert tesla.writes_to("backup") == [100]
    tesla.requests.clear()
    await advance(hass, freezer, 10 * MINUTE)
    assert tesla.requests["site_info"] in (19, 20)
    assert tesla_state(hass, RESERVE, tesla.site, "tessie") == "100"


async def test_tessie_wraps_a_dropped_connection(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tessie: SetUpEntry
) -> None:
    await setup_tessie()
    tesla.misbehave(Dropped(applied=True), times=1)
    with pytest.raises(HomeAssistantError):
        await set_reserve(hass, tesla.site, 100, "tessie")
    assert tesla.site.reserve_pct == 100


async def test_both_integrations_can_drive_one_site(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    tesla: TeslaSimulator,
    setup_tesla_fleet: SetUpEntry,
    setup_tessie: SetUpEntry,
) -> None:
    await setup_tesla_fleet()
    await setup_tessie()
    await set_reserve(hass, tesla.site, 100, "tessie")
    await advance(hass, freezer, MINUTE)
    assert tesla_state(hass, RESERVE, tesla.site, "tesla_fleet") == "100"
