"""Every way in which a write can go wrong ends in one error, and none passes in silence (facts/powerwall.md 2.2)."""

import asyncio
from datetime import timedelta
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service
from tesla_fleet_api.exceptions import TeslaFleetError

from custom_components.octopus_powerwall.powerwall.calls import describe
from custom_components.octopus_powerwall.powerwall.driver import PowerwallDriver, PowerwallWriteError, WriteFailure
from tests.simulators.tesla import BodyError, Dropped, Hang, HttpError, TeslaSimulator
from tests.tesla_components import SetUpEntry, advance, settle, tesla_state

from .conftest import LEVEL, RESERVE, DriveFactory, Registered

MINUTE = timedelta(minutes=1)
KEY = "backup_reserve_percent"


async def _failure(driver: PowerwallDriver, value: int = 100) -> PowerwallWriteError:
    with pytest.raises(PowerwallWriteError) as error:
        await driver.async_write(value)
    return error.value


async def test_a_write_arrives(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry, drive: DriveFactory
) -> None:
    await setup_tesla_fleet()
    await drive.only().async_write(100)
    assert tesla.writes_to("backup") == [100]
    assert tesla_state(hass, KEY, tesla.site) == "100"


async def test_zero_is_a_reserve(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tessie: SetUpEntry, drive: DriveFactory
) -> None:
    await setup_tessie()
    await drive.only().async_write(0)
    assert tesla.writes_to("backup") == [0]


@pytest.mark.parametrize("platform", ["tesla_fleet", "tessie"])
@pytest.mark.parametrize(
    ("behaviour", "applied"),
    [
        *((HttpError(status), False) for status in (400, 401, 403, 404, 408, 410, 429, 500, 502, 503, 520)),
        (HttpError(500, applied=True), True),
        (HttpError(502, json=False), False),
        (Dropped(), False),
        (Dropped(applied=True), True),
    ],
    ids=str,
)
async def test_whatever_tesla_answers_is_one_error(
    hass: HomeAssistant,
    tesla: TeslaSimulator,
    setup_tesla_fleet: SetUpEntry,
    setup_tessie: SetUpEntry,
    drive: DriveFactory,
    platform: str,
    behaviour: HttpError | Dropped,
    applied: bool,
) -> None:
    await (setup_tesla_fleet if platform == "tesla_fleet" else setup_tessie)()
    tesla.misbehave(behaviour, times=1)
    error = await _failure(drive.only())
    assert error.failure is WriteFailure.FAILED
    assert not error.refused
    assert tesla.site.reserve_pct == (100 if applied else 20)


async def test_a_refusal_hidden_in_the_body_passes_for_success(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry, drive: DriveFactory
) -> None:
    await setup_tesla_fleet()
    tesla.misbehave(BodyError(400), times=1)
    await drive.only().async_write(100)
    assert tesla.site.reserve_pct == 20


async def test_a_call_that_hangs_is_given_up_after_a_minute_and_may_land_later(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    tesla: TeslaSimulator,
    setup_tesla_fleet: SetUpEntry,
    drive: DriveFactory,
) -> None:
    await setup_tesla_fleet()
    tesla.misbehave(Hang(lands_after_s=300), times=1)
    call = hass.async_create_task(drive.only().async_write(100))
    await advance(hass, freezer, timedelta(seconds=59))
    assert not call.done()
    await advance(hass, freezer, timedelta(seconds=2))
    with pytest.raises(PowerwallWriteError) as error:
        await call
    assert error.value.failure is WriteFailure.TIMED_OUT
    await advance(hass, freezer, 6 * MINUTE)
    assert tesla.site.reserve_pct == 100


async def test_without_the_scope_it_fails(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry, drive: DriveFactory
) -> None:
    tesla.scopes = ("openid", "energy_device_data")
    await setup_tesla_fleet()
    assert (await _failure(drive.only())).detail == "ServiceValidationError"


async def test_while_unavailable_it_refuses(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    tesla: TeslaSimulator,
    setup_tesla_fleet: SetUpEntry,
    drive: DriveFactory,
) -> None:
    await setup_tesla_fleet()
    driver = drive.only()
    tesla.site.offline = True
    await advance(hass, freezer, MINUTE)
    error = await _failure(driver)
    assert (error.failure, error.refused) == (WriteFailure.UNAVAILABLE, True)
    tesla.site.offline = False
    await advance(hass, freezer, MINUTE)
    await driver.async_write(100)
    assert tesla.writes_to("backup") == [100]


async def test_after_a_refused_token_it_refuses_although_the_state_looks_well(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    tesla: TeslaSimulator,
    setup_tesla_fleet: SetUpEntry,
    drive: DriveFactory,
) -> None:
    await setup_tesla_fleet(expires_in_s=600)
    driver = drive.only()
    tesla.misbehave(HttpError(401, "login_required"), "token")
    await advance(hass, freezer, 15 * MINUTE)
    assert tesla_state(hass, KEY, tesla.site) == "20"
    assert (await _failure(driver)).failure is WriteFailure.UNAVAILABLE


@pytest.mark.parametrize("remove", [False, True])
async def test_an_integration_that_is_not_there_is_not_written_to(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tessie: SetUpEntry, drive: DriveFactory, remove: bool
) -> None:
    entry: ConfigEntry = await setup_tessie()
    driver = drive.only()
    if remove:
        await hass.config_entries.async_remove(entry.entry_id)
    else:
        await hass.config_entries.async_unload(entry.entry_id)
    await settle(hass)
    assert (await _failure(driver)).failure is (WriteFailure.MISSING if remove else WriteFailure.UNAVAILABLE)
    assert tesla.writes == []


async def test_a_disabled_reserve_is_not_written_to(hass: HomeAssistant, drive: DriveFactory) -> None:
    calls = async_mock_service(hass, "number", "set_value")
    site = Registered(hass).with_battery()
    driver = drive.only()
    reserve = site.add("number", KEY)
    er.async_get(hass).async_update_entity(reserve, disabled_by=er.RegistryEntryDisabler.USER)
    assert (await _failure(driver)).failure is WriteFailure.DISABLED
    assert calls == []


async def test_a_reserve_without_a_state_is_not_written_to(hass: HomeAssistant, drive: DriveFactory) -> None:
    site = Registered(hass).with_battery()
    hass.states.async_remove(site.add("number", KEY))
    assert (await _failure(drive.only())).failure is WriteFailure.UNAVAILABLE
    assert (await _failure(drive.other())).failure is WriteFailure.MISSING


@pytest.mark.parametrize(
    ("attributes", "value", "taken"),
    [
        ({}, 0, True),
        ({}, 100, True),
        ({}, 101, False),
        ({}, -1, False),
        ({"min": 5, "max": 80, "step": 1}, 4, False),
        ({"min": 5, "max": 80, "step": 1}, 5, True),
        ({"min": 5, "max": 80, "step": 1}, 81, False),
        ({"min": 0, "max": 100, "step": 5}, 65, True),
        ({"min": 0, "max": 100, "step": 5}, 63, False),
        ({"min": 1, "max": 100, "step": 3}, 64, True),
        ({"min": 0, "max": 100, "step": 0.1}, 63, True),
        ({"min": 0, "max": 100, "step": 0}, 63, True),
        ({"min": "x", "max": 100}, 63, False),
    ],
)
async def test_only_a_value_that_the_number_can_hold_is_sent(
    hass: HomeAssistant, drive: DriveFactory, attributes: dict[str, Any], value: int, taken: bool
) -> None:
    calls = async_mock_service(hass, "number", "set_value")
    hass.states.async_set(RESERVE, "20", attributes)
    driver = drive.other()
    if taken:
        await driver.async_write(value)
    else:
        assert (await _failure(driver, value)).failure is WriteFailure.UNFIT_VALUE
    assert [dict(call.data) for call in calls] == ([{"entity_id": RESERVE, "value": value}] if taken else [])


async def test_a_template_number_is_written_like_any_other(hass: HomeAssistant, drive: DriveFactory) -> None:
    assert await async_setup_component(hass, "input_number", {"input_number": {"held": {"min": 0, "max": 100}}})
    number = {
        "name": "My reserve",
        "state": "{{ states('input_number.held') }}",
        "unit_of_measurement": "%",
        "set_value": [
            {
                "action": "input_number.set_value",
                "target": {"entity_id": "input_number.held"},
                "data": {"value": "{{ value }}"},
            }
        ],
    }
    assert await async_setup_component(hass, "template", {"template": [{"number": [number]}]})
    await hass.async_block_till_done()
    driver = drive.other()
    await driver.async_write(64)
    await hass.async_block_till_done()
    assert hass.states.is_state("input_number.held", "64.0")


async def test_a_helper_can_stand_in_for_a_number(hass: HomeAssistant, drive: DriveFactory) -> None:
    assert await async_setup_component(hass, "input_number", {"input_number": {"held": {"min": 0, "max": 100}}})
    driver = drive.of("input_number.held")
    await driver.async_write(64)
    assert hass.states.is_state("input_number.held", "64.0")


async def test_a_sensor_cannot(hass: HomeAssistant, drive: DriveFactory) -> None:
    hass.states.async_set("sensor.reserve", "20")
    assert (await _failure(drive.of("sensor.reserve"))).detail == "ServiceNotFound"


class _NoException(BaseException):
    """An error that no ``except Exception`` sees."""


@pytest.mark.parametrize(
    ("raised", "failure", "detail"),
    [
        (HomeAssistantError("secret"), WriteFailure.FAILED, "HomeAssistantError"),
        (TimeoutError("secret"), WriteFailure.TIMED_OUT, "TimeoutError"),
        (TeslaFleetError({"error": "secret"}), WriteFailure.FAILED, "TeslaFleetError"),
        (_NoException("secret"), WriteFailure.FAILED, "_NoException"),
        (asyncio.CancelledError("secret"), WriteFailure.FAILED, "CancelledError"),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_the_error_tells_nothing_but_its_class(
    hass: HomeAssistant, drive: DriveFactory, raised: BaseException, failure: WriteFailure, detail: str
) -> None:
    hass.states.async_set(RESERVE, "20")

    async def fail(call: ServiceCall) -> None:
        raise raised

    hass.services.async_register("number", "set_value", fail)
    error = await _failure(drive.other())
    assert (error.failure, error.detail) == (failure, detail)
    assert str(error) == f"{failure} ({detail})"
    assert error.__cause__ is None
    assert error.__context__ is None


@pytest.mark.parametrize("end", [SystemExit, KeyboardInterrupt, GeneratorExit])
async def test_the_end_of_the_program_is_not_an_error_of_the_battery(
    hass: HomeAssistant, drive: DriveFactory, monkeypatch: pytest.MonkeyPatch, end: type[BaseException]
) -> None:
    hass.states.async_set(RESERVE, "20")

    async def fail(*args: Any, **kwargs: Any) -> None:
        raise end

    monkeypatch.setattr(type(hass.services), "async_call", fail)
    write = drive.other().async_write(100)
    with pytest.raises(end):
        write.send(None)


async def test_being_cancelled_is_passed_on(hass: HomeAssistant, drive: DriveFactory) -> None:
    hass.states.async_set(RESERVE, "20")
    never = asyncio.Event()

    async def hang(call: ServiceCall) -> None:
        await never.wait()

    hass.services.async_register("number", "set_value", hang)
    task = asyncio.create_task(drive.other().async_write(100))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_refresh_reads_reserve_and_level_anew(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    tesla: TeslaSimulator,
    setup_tesla_fleet: SetUpEntry,
    drive: DriveFactory,
) -> None:
    assert await async_setup_component(hass, "homeassistant", {})
    await setup_tesla_fleet()
    driver = drive.only()
    await advance(hass, freezer, timedelta(seconds=30))
    tesla.site.set_in_app(reserve_pct=50)
    tesla.site.soc_pct = 40.0
    await driver.async_refresh()
    await settle(hass)
    assert tesla_state(hass, KEY, tesla.site) == "50"
    assert tesla_state(hass, "percentage_charged", tesla.site) == "40.0"


async def test_a_refresh_that_hangs_is_given_up_after_half_a_minute(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    tesla: TeslaSimulator,
    setup_tesla_fleet: SetUpEntry,
    drive: DriveFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    assert await async_setup_component(hass, "homeassistant", {})
    await setup_tesla_fleet()
    tesla.misbehave(Hang(), "reads")
    call = hass.async_create_task(drive.only().async_refresh())
    await advance(hass, freezer, timedelta(seconds=31))
    assert call.done()
    await call
    assert "could not be read anew: TimeoutError" in caplog.text
    tesla.behave()


async def test_a_refresh_that_fails_is_nobody_s_problem(
    hass: HomeAssistant, drive: DriveFactory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hass.states.async_set(RESERVE, "20")
    await drive.other().async_refresh()
    assert "could not be read anew: ServiceNotFound" in caplog.text


async def test_only_what_is_there_is_refreshed(hass: HomeAssistant, drive: DriveFactory) -> None:
    calls = async_mock_service(hass, "homeassistant", "update_entity")
    driver = drive.other()
    await driver.async_refresh()
    assert calls == []
    hass.states.async_set(LEVEL, "unavailable")
    await driver.async_refresh()
    assert [call.data["entity_id"] for call in calls] == [[LEVEL]]


@pytest.mark.parametrize(
    "secret",
    [
        "owner@example.com",
        "5YJ3E1EA7JF000316",
        "LRWYGCFSXPC123456",
        "2252147638651",
        "TG1234567890AB",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOjF9.c2lnbmF0dXJl",
        "https://fleet-api.example/api/1/energy_sites/1?token=short",
        "AccessTokenWithoutAnyDigitInIt",
    ],
)
def test_what_an_error_says_without_secrets(secret: str) -> None:
    """A VIN, a site, a serial, a token or an address may stand in any error; the rest of its words helps."""
    said = describe(HomeAssistantError(f"Refused for {secret}:\ntry again later"))
    assert secret not in said
    assert said.startswith("HomeAssistantError: Refused for (left out)")
    assert said.endswith("try again later")


def test_a_long_error_is_cut_and_one_without_words_is_named() -> None:
    assert describe(TimeoutError()) == "TimeoutError"
    assert len(describe(ValueError("word " * 100))) < 220
