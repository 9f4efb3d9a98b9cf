"""Adding the integration: the account, the Powerwall, and the few things that are asked only where they matter."""

from unittest.mock import AsyncMock

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.domain.price.tariffs import CATALOGUE, Tariff, Treatment
from tests.powerwall.conftest import SITE, Registered
from tests.simulators.octopus import CHARGE_CAP_PRODUCT, MINT, OctopusSimulator, car, charge_point
from tests.simulators.tesla import TeslaSimulator
from tests.tariff_sentences import SENTENCES
from tests.tesla_components import SetUpEntry, set_reserve, settle

from .conftest import AddEntry, Begin
from .forms import Flow

pytestmark = pytest.mark.usefixtures("setup_entry")

# A code for each tariff of the catalogue that an import meter can have.
PRODUCTS = {
    "intelligent_go": "INTELLI-VAR-24-10-29",
    "intelligent_go_capped": "IOG-SMB-VAR-24-10-29",
    "go": "GO-VAR-22-10-14",
    "cosy": "COSY-22-12-08",
    "aira_zero": "AIRA-ZERO-24-07-01",
    "flux": "FLUX-IMPORT-23-02-14",
    "snug": "SNUG-24-11-07",
    "agile": "AGILE-24-10-01",
    "tracker": "SILVER-25-09-02",
    "flat": "VAR-22-11-01",
    "intelligent_flux": "INTELLI-FLUX-IMPORT-23-07-14",
    "tesla": "TESLA-IMPORT-22-01-01",
    "zero": "ZERO-22-05-01",
    "zero_bills_5": "ZERO-EXPORT-60M-22-05-01",
    "zero_bills_10": "ZERO-BILLS-120M-24-10-08",
    "zero_bills_upgrade": "ZEROBILLS-UPGRADE-60M-25-01-27",
    "power_pack": "POWER-PACK-24-02-15",
    "outgoing": "OUTGOING-VAR-24-10-26",
    "agile_outgoing": "AGILE-OUTGOING-19-05-13",
    "outgoing_seg": "OUTGOING-SEG-FIX-12M-20-07-07",
    "flux_export": "FLUX-EXPORT-23-02-14",
    "other_export": "SOMETHING-EXPORT-23-02-14",
}


async def test_account_and_powerwall_are_all_that_is_asked(
    hass: HomeAssistant, begin: Begin, octopus: OctopusSimulator, powerwall: Registered, setup_entry: AsyncMock
) -> None:
    flow = await begin()
    assert (flow.step, flow.errors) == ("user", {})
    await flow.submit(api_key=f" {octopus.api_key}\n", account_number=f" {octopus.account_number.lower()} ")
    assert flow.step == "powerwall"
    assert flow.choices("powerwall") == {powerwall.device.id: "My Home", "other": "other"}
    assert flow.fields["powerwall"] == powerwall.device.id
    assert flow.notes == ""
    await flow.submit(powerwall=powerwall.device.id)
    await flow.without_charger()
    assert flow.step == "create_entry"
    entry = flow.result["result"]
    assert (entry.title, entry.unique_id, entry.version) == ("My Home", SITE, 1)
    assert {key: entry.data[key] for key in ("api_key", "account_number", "powerwall")} == {
        "api_key": octopus.api_key,
        "account_number": octopus.account_number,
        "powerwall": powerwall.device.id,
    }
    assert entry.data["binding"]["site_id"] == SITE
    assert dict(entry.options) == {}
    await hass.async_block_till_done()
    assert len(setup_entry.mock_calls) == 1


@pytest.mark.parametrize(
    ("fault", "options", "error"),
    [
        ("KT-CT-1139", {"fields": MINT}, "invalid_auth"),
        ("KT-CT-1199", {"fields": MINT}, "rate_limited"),
        ("http_429", {}, "rate_limited"),
        ("cloudfront_403", {}, "rate_limited"),
        ("http_503", {}, "cannot_connect"),
        ("drop", {}, "cannot_connect"),
        ("not_json", {}, "cannot_connect"),
        ("KT-CT-7899", {}, "cannot_connect"),
        ("KT-CT-4123", {}, "invalid_auth"),
    ],
)
async def test_what_octopus_refuses_can_be_tried_again(
    begin: Begin,
    octopus: OctopusSimulator,
    powerwall: Registered,
    fault: str,
    options: dict[str, str],
    error: str,
) -> None:
    octopus.fail(fault, **options)
    flow = await begin()
    await flow.submit(api_key=octopus.api_key, account_number=octopus.account_number)
    assert (flow.step, flow.errors) == ("user", {"base": error})
    assert flow.fields == {"api_key": None, "account_number": octopus.account_number}
    octopus.heal()
    await flow.submit(api_key=octopus.api_key, account_number=octopus.account_number)
    assert flow.step == "powerwall"
    await flow.submit(powerwall=powerwall.device.id)
    await flow.without_charger()
    assert flow.step == "create_entry"


@pytest.mark.parametrize("number", ["A-0BADCAFE", "A-12345679", "12345678", "nonsense", "", "A-1234567É"])
async def test_a_wrong_account_number_can_be_corrected(begin: Begin, octopus: OctopusSimulator, number: str) -> None:
    flow = await begin()
    await flow.submit(api_key=octopus.api_key, account_number=number)
    assert (flow.step, flow.errors) == ("user", {"base": "account_not_found"})
    assert flow.fields["account_number"] == number
    await flow.submit(api_key=octopus.api_key, account_number=octopus.account_number)
    assert flow.step == "powerwall"


async def test_a_wrong_key_can_be_corrected(begin: Begin, octopus: OctopusSimulator) -> None:
    flow = await begin()
    await flow.submit(api_key="sk_live_wrong", account_number=octopus.account_number)
    assert flow.errors == {"base": "invalid_auth"}
    await flow.submit(api_key=octopus.api_key, account_number=octopus.account_number)
    assert flow.step == "powerwall"


@pytest.mark.parametrize("url", ["https://api.octopus.energy", "http://192.168.1.2:8124", "nonsense"])
async def test_a_replaced_address_must_be_on_this_machine(
    begin: Begin, octopus: OctopusSimulator, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("OCTOPUS_POWERWALL_API_URL", url)
    flow = await begin()
    await flow.submit(api_key=octopus.api_key, account_number=octopus.account_number)
    assert (flow.step, flow.result["reason"]) == ("abort", "api_url_refused")
    assert flow.result["description_placeholders"] == {"variable": "OCTOPUS_POWERWALL_API_URL"}
    assert octopus.requests == []


@pytest.mark.parametrize("tariff", CATALOGUE, ids=lambda tariff: tariff.key)
async def test_every_tariff(begin: Begin, octopus: OctopusSimulator, powerwall: Registered, tariff: Tariff) -> None:
    octopus.set_product(PRODUCTS[tariff.key], display_name=tariff.name)
    flow = await begin()
    await flow.submit(api_key=octopus.api_key, account_number=octopus.account_number)
    if tariff.treatment is Treatment.REFUSED:
        assert (flow.step, flow.errors) == ("user", {"base": "not_supported_tariff"})
        assert flow.result["description_placeholders"] == {"tariff": tariff.name, "why": SENTENCES[tariff.reason]}
        octopus.set_product("INTELLI-VAR-24-10-29", display_name="Intelligent Octopus Go")
        await flow.submit(api_key=octopus.api_key, account_number=octopus.account_number)
        assert flow.step == "powerwall"
        return
    if tariff.is_export:
        assert "Every electricity agreement of this account has ended" in flow.notes
    else:
        told = tariff.treatment not in {Treatment.SLOTS, Treatment.WINDOWS}
        assert (SENTENCES[tariff.reason] in flow.notes and tariff.name in flow.notes) is told
    await flow.submit(powerwall=powerwall.device.id)
    if tariff.has_slots or tariff.treatment in {Treatment.EXPORT, Treatment.ADD_ON}:
        # Without an import agreement in force a car may still get slots, which are perhaps cheap.
        assert flow.step == "charger"
        await flow.submit()
    if tariff.treatment is Treatment.WINDOWS:
        assert flow.step == "reserve"
        assert all(str(window) in flow.notes for window in tariff.cheap)
        assert flow.fields == {"usual_reserve": None, "night_guard": "off"}
        await flow.submit(night_guard="charge_up")
    assert flow.step == "create_entry"
    options = flow.result["result"].options
    assert options == ({"night_guard": "charge_up"} if tariff.treatment is Treatment.WINDOWS else {})


def test_every_tariff_of_the_catalogue_has_a_code() -> None:
    assert set(PRODUCTS) == {tariff.key for tariff in CATALOGUE}


async def test_an_account_without_an_agreement_has_no_slots(
    begin: Begin, octopus: OctopusSimulator, powerwall: Registered
) -> None:
    for home in octopus.world.account().properties:
        for point in home.meter_points:
            point.agreements = [
                agreement for agreement in point.agreements if agreement.valid_to is not None or point.is_export
            ]
    flow = await begin()
    await flow.submit(api_key=octopus.api_key, account_number=octopus.account_number)
    assert "has ended, the last one on 1 November 2024" in flow.notes
    await flow.submit(powerwall=powerwall.device.id)
    await flow.without_charger()
    assert flow.step == "create_entry"


# --- which Powerwall --------------------------------------------------------------------------------------------


async def test_no_powerwall(log_in: Begin) -> None:
    flow = await log_in()
    assert flow.choices("powerwall") == {"other": "other"}
    assert flow.fields["powerwall"] == "other"
    assert "No Powerwall was found" in flow.notes


async def test_only_the_local_integration(hass: HomeAssistant, log_in: Begin) -> None:
    MockConfigEntry(domain="powerwall").add_to_hass(hass)
    flow = await log_in()
    assert "local Powerwall integration" in flow.notes
    assert "No Powerwall was found" not in flow.notes
    Registered(hass).with_battery()
    flow = await log_in()
    assert flow.notes == ""


@pytest.mark.parametrize(
    ("key", "problem"), [("backup_reserve_percent", "reserve_disabled"), ("percentage_charged", "level_disabled")]
)
async def test_a_disabled_entity_is_named_and_can_be_enabled(
    hass: HomeAssistant, log_in: Begin, powerwall: Registered, key: str, problem: str
) -> None:
    registry = er.async_get(hass)
    entity_id = next(
        entry.entity_id
        for entry in er.async_entries_for_config_entry(registry, powerwall.entry.entry_id)
        if entry.translation_key == key
    )
    registry.async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    flow = await log_in()
    assert (
        f"My Home cannot be used yet:** its {'backup reserve' if problem[0] == 'r' else 'charge level'}" in flow.notes
    )
    assert entity_id in flow.notes
    assert flow.fields["powerwall"] is None
    await flow.submit(powerwall=powerwall.device.id)
    await flow.without_charger()
    assert (flow.step, flow.errors) == ("powerwall", {"powerwall": problem})
    assert entity_id in flow.notes
    registry.async_update_entity(entity_id, disabled_by=None)
    await flow.submit(powerwall=powerwall.device.id)
    await flow.without_charger()
    assert flow.step == "create_entry"


async def test_a_missing_level_is_explained(hass: HomeAssistant, log_in: Begin) -> None:
    powerwall = Registered(hass)
    powerwall.add("number", "backup_reserve_percent", state="20")
    flow = await log_in()
    assert "does not show how full it is" in flow.notes
    await flow.submit(powerwall=powerwall.device.id)
    await flow.without_charger()
    assert flow.errors == {"powerwall": "level_missing"}
    powerwall.add("sensor", "percentage_charged", state="50")
    await flow.submit(powerwall=powerwall.device.id)
    await flow.without_charger()
    assert flow.step == "create_entry"


async def test_a_powerwall_that_goes_while_the_form_is_open(
    hass: HomeAssistant, log_in: Begin, powerwall: Registered
) -> None:
    flow = await log_in()
    again = Registered(hass, site_id="7654321", name="Barn").with_battery()
    dr.async_get(hass).async_remove_device(powerwall.device.id)
    await hass.async_block_till_done()
    await flow.submit(powerwall=powerwall.device.id)
    await flow.without_charger()
    assert (flow.step, flow.errors) == ("powerwall", {"powerwall": "powerwall_gone"})
    assert flow.choices("powerwall") == {again.device.id: "Barn", "other": "other"}
    await flow.submit(powerwall=again.device.id)
    await flow.without_charger()
    assert flow.step == "create_entry"


async def test_two_integrations_on_one_site(hass: HomeAssistant, log_in: Begin, powerwall: Registered) -> None:
    twin = Registered(hass, platform="tessie").with_battery()
    flow = await log_in()
    assert "Teslemetry + Tessie" in flow.notes or "Tessie + Teslemetry" in flow.notes
    assert flow.fields["powerwall"] is None
    assert flow.choices("powerwall")[twin.device.id] == "My Home (Tessie)"
    await flow.submit(powerwall=twin.device.id)
    await flow.without_charger()
    assert flow.step == "create_entry"
    flow = await log_in()
    await flow.submit(powerwall=powerwall.device.id)
    await flow.without_charger()
    assert (flow.step, flow.result["reason"]) == ("abort", "already_configured")


async def test_one_account_can_serve_two_powerwalls(hass: HomeAssistant, log_in: Begin, powerwall: Registered) -> None:
    second = Registered(hass, site_id="7654321", name="Barn").with_battery()
    for battery in (powerwall, second):
        flow = await log_in()
        await flow.submit(powerwall=battery.device.id)
        await flow.without_charger()
        assert flow.step == "create_entry"
    assert {entry.unique_id for entry in hass.config_entries.async_entries(DOMAIN)} == {SITE, "7654321"}
    flow = await log_in()
    await flow.submit(powerwall=second.device.id)
    await flow.without_charger()
    assert (flow.step, flow.result["reason"]) == ("abort", "already_configured")


async def test_two_tabs_make_one_entry(
    hass: HomeAssistant, log_in: Begin, octopus: OctopusSimulator, powerwall: Registered
) -> None:
    octopus.set_product(CHARGE_CAP_PRODUCT)
    tabs = [await log_in(), await log_in()]
    for tab in tabs:
        await tab.submit(powerwall=powerwall.device.id)
        assert tab.step == "charger"
    await tabs[0].submit()
    # Home Assistant ends the flows that are still open for the same Powerwall.
    assert tabs[0].step == "create_entry"
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1
    assert not hass.config_entries.flow.async_progress()


# --- another battery --------------------------------------------------------------------------------------------


async def test_another_battery(hass: HomeAssistant, log_in: Begin, other_battery: tuple[str, str]) -> None:
    reserve, level = other_battery
    flow = await log_in()
    await flow.submit(powerwall="other")
    assert flow.step == "other"
    await flow.submit(reserve_entity=reserve, battery_level_entity=level)
    await flow.without_charger()
    assert flow.step == "create_entry"
    entry = flow.result["result"]
    assert (entry.title, entry.unique_id) == ("Barn battery", reserve)
    assert entry.data["powerwall"] == "other"
    assert (entry.data["reserve_entity"], entry.data["battery_level_entity"]) == other_battery
    assert entry.data["binding"]["kind"] == "other"


async def test_another_battery_is_known_by_its_registry_id(
    hass: HomeAssistant, log_in: Begin, other_battery: tuple[str, str]
) -> None:
    registered = er.async_get(hass).async_get_or_create("number", "template", "x", suggested_object_id="mine")
    hass.states.async_set(registered.entity_id, "30", {"unit_of_measurement": "%", "min": 0, "max": 100})
    flow = await log_in()
    await flow.submit(powerwall="other")
    await flow.submit(reserve_entity=registered.entity_id, battery_level_entity=other_battery[1])
    await flow.without_charger()
    assert flow.result["result"].unique_id == registered.id


@pytest.mark.parametrize(
    ("wrong", "field", "error"),
    [
        ({"reserve_entity": "number.none"}, "reserve_entity", "entity_not_found"),
        ({"battery_level_entity": "sensor.none"}, "battery_level_entity", "entity_not_found"),
        ({"reserve_entity": "number.power"}, "reserve_entity", "not_a_percentage"),
        ({"battery_level_entity": "sensor.power"}, "battery_level_entity", "not_a_percentage"),
        ({"reserve_entity": "number.narrow"}, "reserve_entity", "reserve_range"),
        ({"reserve_entity": "number.high"}, "reserve_entity", "reserve_range"),
        ({"reserve_entity": "number.wide"}, "reserve_entity", "reserve_range"),
        ({"reserve_entity": "number.coarse"}, "reserve_entity", "reserve_range"),
    ],
)
async def test_unfit_entities_can_be_corrected(
    hass: HomeAssistant,
    log_in: Begin,
    other_battery: tuple[str, str],
    wrong: dict[str, str],
    field: str,
    error: str,
) -> None:
    hass.states.async_set("number.power", "3", {"unit_of_measurement": "kW"})
    hass.states.async_set("sensor.power", "3", {"unit_of_measurement": "kW"})
    hass.states.async_set("number.narrow", "3", {"unit_of_measurement": "%", "min": 0, "max": 80})
    hass.states.async_set("number.high", "90", {"unit_of_measurement": "%", "min": 85, "max": 100})
    hass.states.async_set("number.wide", "3", {"unit_of_measurement": "%", "min": 0, "max": 255})
    hass.states.async_set("number.coarse", "5", {"unit_of_measurement": "%", "min": 0, "max": 100, "step": 5})
    right = dict(zip(("reserve_entity", "battery_level_entity"), other_battery, strict=True))
    flow = await log_in()
    await flow.submit(powerwall="other")
    await flow.submit(**(right | wrong))
    assert (flow.step, flow.errors) == ("other", {field: error})
    assert flow.fields == right | wrong
    await flow.submit(**right)
    await flow.without_charger()
    assert flow.step == "create_entry"


async def test_an_entry_that_only_names_its_powerwall_has_it_too(
    hass: HomeAssistant, log_in: Begin, powerwall: Registered
) -> None:
    second = Registered(hass, site_id="7654321", name="Barn").with_battery()
    for named in (powerwall.device.id, "gone"):
        MockConfigEntry(domain=DOMAIN, data={"powerwall": named}, unique_id=named).add_to_hass(hass)
    flow = await log_in()
    await flow.submit(powerwall=powerwall.device.id)
    await flow.without_charger()
    assert (flow.step, flow.result["reason"]) == ("abort", "already_configured")
    flow = await log_in()
    await flow.submit(powerwall=second.device.id)
    await flow.without_charger()
    assert flow.step == "create_entry"


async def test_a_powerwall_cannot_come_in_again_by_its_entities(
    hass: HomeAssistant, log_in: Begin, powerwall: Registered, add_entry: AddEntry
) -> None:
    add_entry(SITE)
    reserve = f"number.teslemetry_{SITE}_backup_reserve_percent"
    hass.states.async_set(reserve, "20", {"unit_of_measurement": "%", "min": 0, "max": 100})
    hass.states.async_set("sensor.level", "55", {"unit_of_measurement": "%"})
    flow = await log_in()
    await flow.submit(powerwall="other")
    await flow.submit(reserve_entity=reserve, battery_level_entity="sensor.level")
    await flow.without_charger()
    assert (flow.step, flow.result["reason"]) == ("abort", "already_configured")


# --- is the car charging ----------------------------------------------------------------------------------------


async def at_the_charger(log_in: Begin, octopus: OctopusSimulator, powerwall: Registered) -> Flow:
    octopus.set_product(CHARGE_CAP_PRODUCT)
    flow = await log_in()
    await flow.submit(powerwall=powerwall.device.id)
    assert flow.step == "charger"
    return flow


@pytest.mark.parametrize(
    ("entity_id", "unit", "threshold", "options"),
    [
        ("binary_sensor.car", None, None, {}),
        ("binary_sensor.car", None, 7, {}),
        ("sensor.car", None, None, {}),
        ("sensor.car", "kW", None, {"charging_power_threshold": 1000}),
        ("sensor.car", "W", None, {"charging_power_threshold": 1000}),
        ("sensor.car", "W", 1500, {"charging_power_threshold": 1500}),
        ("sensor.car", "kW", 0.5, {"charging_power_threshold": 500}),
        ("sensor.car", "kW", 1400, {"charging_power_threshold": 1400}),
    ],
)
async def test_the_charger(
    hass: HomeAssistant,
    log_in: Begin,
    octopus: OctopusSimulator,
    powerwall: Registered,
    entity_id: str,
    unit: str | None,
    threshold: float | None,
    options: dict[str, float],
) -> None:
    hass.states.async_set(entity_id, "unavailable", {"unit_of_measurement": unit} if unit else {})
    flow = await at_the_charger(log_in, octopus, powerwall)
    typed = {} if threshold is None else {"charging_power_threshold": threshold}
    await flow.submit(charging_entity=entity_id, **typed)
    assert flow.step == "create_entry"
    assert flow.result["result"].options == {"charging_entity": entity_id} | options


async def test_a_charger_without_a_state_is_known_by_the_registry(
    hass: HomeAssistant, log_in: Begin, octopus: OctopusSimulator, powerwall: Registered
) -> None:
    entry = er.async_get(hass).async_get_or_create("sensor", "zappi", "power", unit_of_measurement="W")
    flow = await at_the_charger(log_in, octopus, powerwall)
    await flow.submit(charging_entity=entry.entity_id)
    assert flow.result["result"].options["charging_power_threshold"] == 1000


@pytest.mark.parametrize(
    ("entity_id", "error"), [("sensor.none", "entity_not_found"), ("sensor.energy", "no_charging_entity")]
)
async def test_an_unfit_charger_can_be_corrected(
    hass: HomeAssistant,
    log_in: Begin,
    octopus: OctopusSimulator,
    powerwall: Registered,
    entity_id: str,
    error: str,
) -> None:
    hass.states.async_set("sensor.energy", "3", {"unit_of_measurement": "kWh"})
    flow = await at_the_charger(log_in, octopus, powerwall)
    await flow.submit(charging_entity=entity_id)
    assert (flow.step, flow.errors) == ("charger", {"charging_entity": error})
    assert flow.fields["charging_entity"] == entity_id
    await flow.submit()
    assert flow.step == "create_entry"
    assert flow.result["result"].options == {}


# --- Ohme -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("providers", "ohme_only"),
    [(["OHME"], True), (["OHME_V2"], True), (["OHME", "TESLA_V2"], False), (["MYENERGI"], False), ([], False)],
)
async def test_ohme_starts_as_a_dry_run(
    log_in: Begin, octopus: OctopusSimulator, powerwall: Registered, providers: list[str], ohme_only: bool
) -> None:
    octopus.world.account().devices = [
        charge_point(f"charger{index}", provider=provider) for index, provider in enumerate(providers)
    ]
    flow = await log_in()
    assert ("Ohme" in flow.notes) is ohme_only
    await flow.submit(powerwall=powerwall.device.id)
    await flow.without_charger()
    assert flow.result["result"].options == ({"dry_run": True} if ohme_only else {})


async def test_a_retired_ohme_does_not_count(log_in: Begin, octopus: OctopusSimulator) -> None:
    octopus.world.account().devices = [
        charge_point("old", provider="OHME", lifecycle="RETIRED"),
        car("new", provider="TESLA_V2"),
    ]
    flow = await log_in()
    assert flow.notes.count("Ohme") == 0


async def test_devices_that_cannot_be_read_are_no_reason_to_stop(
    log_in: Begin, octopus: OctopusSimulator, powerwall: Registered
) -> None:
    octopus.fail("KT-CT-7899", fields="devices")
    flow = await log_in()
    assert flow.step == "powerwall"
    await flow.submit(powerwall=powerwall.device.id)
    await flow.without_charger()
    assert flow.step == "create_entry"
    assert flow.result["result"].options == {}


# --- reserve and nights -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("reserve", "asked"), [("100", True), ("85", True), ("80", False), ("unavailable", False)])
async def test_a_reserve_that_looks_like_a_passing_one(
    hass: HomeAssistant, log_in: Begin, reserve: str, asked: bool
) -> None:
    powerwall = Registered(hass)
    powerwall.add("number", "backup_reserve_percent", state=reserve)
    powerwall.add("sensor", "percentage_charged", state="90")
    flow = await log_in()
    await flow.submit(powerwall=powerwall.device.id)
    await flow.without_charger()
    assert flow.step == ("reserve" if asked else "create_entry")
    if asked:
        assert f"{reserve} % now" in flow.notes
        assert flow.fields == {"usual_reserve": 20, "night_guard": "off"}
        await flow.submit()
        assert flow.result["result"].options == {}


@pytest.mark.parametrize("value", [0, 35, 80, 100])
async def test_the_usual_reserve(hass: HomeAssistant, log_in: Begin, value: int) -> None:
    powerwall = Registered(hass)
    powerwall.add("number", "backup_reserve_percent", state="100")
    powerwall.add("sensor", "percentage_charged", state="90")
    flow = await log_in()
    await flow.submit(powerwall=powerwall.device.id)
    await flow.without_charger()
    await flow.submit(usual_reserve=81)
    assert (flow.step, flow.errors) == ("reserve", {"usual_reserve": "reserve_81_to_99"})
    await flow.submit(usual_reserve=99, night_guard="charge_up")
    assert flow.errors == {"usual_reserve": "reserve_81_to_99"}
    assert flow.fields == {"usual_reserve": 99, "night_guard": "charge_up"}
    await flow.submit(usual_reserve=20.5)
    assert flow.errors == {"usual_reserve": "reserve_not_whole"}
    await flow.submit(usual_reserve=float(value))
    options = flow.result["result"].options
    assert options == {"usual_reserve": value}
    assert isinstance(options["usual_reserve"], int)


@pytest.mark.parametrize("product", ["INTELLI-VAR-24-10-29", "GO-VAR-22-10-14"])
async def test_self_powered_systems_are_offered_the_guard(
    log_in: Begin, octopus: OctopusSimulator, powerwall: Registered, product: str
) -> None:
    powerwall.add("select", "default_real_mode", state="self_consumption")
    octopus.set_product(product)
    flow = await log_in()
    await flow.submit(powerwall=powerwall.device.id)
    await flow.without_charger()
    assert flow.step == "reserve"
    assert "Self-Powered" in flow.notes
    assert ("23:30" in flow.notes) is product.startswith("INTELLI")
    assert flow.fields == {"usual_reserve": None, "night_guard": "charge_up"}
    await flow.submit(night_guard="charge_up")
    assert flow.result["result"].options == {"night_guard": "charge_up"}


async def test_where_there_are_no_cheap_hours_nothing_is_asked(
    log_in: Begin, octopus: OctopusSimulator, powerwall: Registered
) -> None:
    powerwall.add("select", "default_real_mode", state="self_consumption")
    octopus.set_product("AGILE-24-10-01")
    flow = await log_in()
    await flow.submit(powerwall=powerwall.device.id)
    await flow.without_charger()
    assert flow.step == "create_entry"


# --- the real thing ---------------------------------------------------------------------------------------------


async def test_with_the_real_tesla_fleet(
    hass: HomeAssistant,
    tesla: TeslaSimulator,
    setup_tesla_fleet: SetUpEntry,
    log_in: Begin,
    octopus: OctopusSimulator,
) -> None:
    await setup_tesla_fleet()
    await set_reserve(hass, tesla.site, 100)
    octopus.set_product(CHARGE_CAP_PRODUCT)
    flow = await log_in()
    (device_id, _other) = flow.choices("powerwall")
    assert flow.fields["powerwall"] == device_id
    await flow.submit(powerwall=device_id)
    assert flow.step == "charger"
    await flow.submit()
    assert flow.step == "reserve"
    assert "100 % now" in flow.notes
    assert "Self-Powered" in flow.notes
    await flow.submit(**flow.fields)
    assert flow.step == "create_entry"
    entry = flow.result["result"]
    assert entry.unique_id == str(tesla.site.site_id)
    assert entry.options == {"usual_reserve": 20, "night_guard": "charge_up"}
    await settle(hass)
    assert entry.state is ConfigEntryState.LOADED
