"""The whole way: from a Home Assistant with a real Tesla integration to a running entry, its repairs and back."""

from datetime import timedelta
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.repairs.const import DOMAIN as REPAIRS
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.runtime.issues import Issue, issue_id
from tests.simulators.octopus import CHARGE_CAP_PRODUCT, ERRORS, MINT, OctopusSimulator
from tests.simulators.tesla import TeslaSimulator
from tests.tesla_components import SetUpEntry, advance, settle

from .conftest import Begin
from .forms import Flow


@pytest.fixture(autouse=True)
async def tesla_fleet(hass: HomeAssistant, setup_tesla_fleet: SetUpEntry, hass_storage: dict[str, Any]) -> None:
    """The real tesla_fleet with one Powerwall."""
    assert await async_setup_component(hass, REPAIRS, {})
    await setup_tesla_fleet()


async def set_up(hass: HomeAssistant, log_in: Begin) -> ConfigEntry:
    """Add the integration with everything left as it is proposed."""
    flow = await log_in()
    await flow.submit(powerwall=flow.fields["powerwall"])
    while flow.step != "create_entry":
        await flow.submit(**{key: value for key, value in flow.fields.items() if value is not None})
    await settle(hass)
    entry: ConfigEntry = flow.result["result"]
    assert entry.state is ConfigEntryState.LOADED
    return entry


async def test_a_slot_is_followed_after_set_up(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, octopus: OctopusSimulator, log_in: Begin
) -> None:
    octopus.add_slot(10, 50)
    await set_up(hass, log_in)
    await advance(hass, freezer, timedelta(minutes=15))
    assert tesla.writes_to("backup") == [100]
    # The half hours that it touches are held whole.
    await advance(hass, freezer, timedelta(minutes=50))
    assert tesla.writes_to("backup") == [100, 20]


async def test_the_repair_for_a_missing_charger(hass: HomeAssistant, octopus: OctopusSimulator, log_in: Begin) -> None:
    octopus.set_product(CHARGE_CAP_PRODUCT)
    entry = await set_up(hass, log_in)
    wanted = issue_id(entry.entry_id, Issue.CHARGER_RECOMMENDED)
    assert ir.async_get(hass).async_get_issue(DOMAIN, wanted) is not None
    manager = hass.data[REPAIRS]["flow_manager"]
    context: Any = {"issue_id": wanted}
    flow = Flow(
        await manager.async_init(DOMAIN, context=context),
        manager.async_configure,
        "issues",
        "charger_recommended",
        "fix_flow",
    )
    await flow.submit(next_step_id="charger")
    hass.states.async_set("binary_sensor.car", "off")
    await flow.submit(charging_entity="binary_sensor.car")
    await settle(hass)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.options["charging_entity"] == "binary_sensor.car"
    assert ir.async_get(hass).async_get_issue(DOMAIN, wanted) is None


async def test_another_powerwall_only_after_the_reserve_is_back(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    tesla: TeslaSimulator,
    octopus: OctopusSimulator,
    log_in: Begin,
    other_battery: tuple[str, str],
) -> None:
    octopus.add_slot(10, 50)
    entry = await set_up(hass, log_in)
    await advance(hass, freezer, timedelta(minutes=15))
    assert tesla.writes_to("backup") == [100]
    context: Any = {"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    result = await hass.config_entries.flow.async_init(DOMAIN, context=context)
    flow = Flow(result, hass.config_entries.flow.async_configure, "config")
    await flow.submit(powerwall="other")
    reserve, level = other_battery
    await flow.submit(reserve_entity=reserve, battery_level_entity=level)
    assert flow.errors == {"base": "restore_first"}
    await advance(hass, freezer, timedelta(minutes=55))
    assert tesla.writes_to("backup") == [100, 20]
    await flow.submit(reserve_entity=reserve, battery_level_entity=level)
    assert flow.result["reason"] == "reconfigure_successful"
    await settle(hass)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.unique_id == reserve


async def test_a_hold_goes_on_through_a_change_of_options(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, tesla: TeslaSimulator, octopus: OctopusSimulator, log_in: Begin
) -> None:
    octopus.add_slot(10, 50)
    entry = await set_up(hass, log_in)
    await advance(hass, freezer, timedelta(minutes=15))
    result = await hass.config_entries.options.async_init(entry.entry_id)
    flow = Flow(result, hass.config_entries.options.async_configure, "options")
    await flow.submit(usual_reserve=35)
    await settle(hass)
    assert entry.state is ConfigEntryState.LOADED
    assert tesla.writes_to("backup") == [100]
    await advance(hass, freezer, timedelta(minutes=50))
    # A usual reserve given in the midst of a hold is what is put back (design 5.1).
    assert tesla.writes_to("backup") == [100, 35]


async def test_a_bad_key_asks_for_a_new_one(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, octopus: OctopusSimulator, log_in: Begin
) -> None:
    entry = await set_up(hass, log_in)
    octopus.rotate_key("sk_live_newnewnewnewnewnewnewnew0")
    octopus.revoke_tokens()
    octopus.revoke_refresh_tokens()
    await advance(hass, freezer, timedelta(minutes=15))
    (progress,) = hass.config_entries.flow.async_progress()
    assert (progress["context"]["source"], progress["step_id"]) == ("reauth", "reauth_confirm")
    await hass.config_entries.flow.async_configure(
        progress["flow_id"], {"api_key": "sk_live_newnewnewnewnewnewnewnew0"}
    )
    await settle(hass)
    assert entry.state is ConfigEntryState.LOADED
    octopus.reset_log()
    await advance(hass, freezer, timedelta(minutes=5))
    assert octopus.polls
    assert not hass.config_entries.flow.async_progress()


@pytest.mark.parametrize(
    "kind", [*ERRORS, "http_500", "http_429", "cloudfront_403", "drop", "not_json", "json_not_object", "redirect"]
)
async def test_no_secret_reaches_the_log(
    hass: HomeAssistant, begin: Begin, octopus: OctopusSimulator, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    for fields in ({MINT}, {"account"}):
        octopus.fail(kind, fields=fields)
        flow = await begin()
        await flow.submit(api_key=octopus.api_key, account_number=octopus.account_number)
        assert flow.step in {"user", "powerwall"}
        octopus.heal()
    ours = "\n".join(record.getMessage() for record in caplog.records if DOMAIN in record.name)
    for secret in (octopus.api_key, octopus.account_number, "1000000000001"):
        assert secret not in ours
        assert secret not in str(flow.result["description_placeholders"])
