"""Repairs: what they say, when they come and go, and the forms behind them."""

from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import AsyncMock

from homeassistant.components.repairs import RepairsFlow
from homeassistant.components.repairs.const import DOMAIN as REPAIRS
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.repairs import async_create_fix_flow
from custom_components.octopus_powerwall.runtime import issues
from custom_components.octopus_powerwall.runtime.issues import PLACEHOLDERS, Issue, clear, clear_removed, issue_id, show
from custom_components.octopus_powerwall.sources.octopus import async_get_poller
from tests.powerwall.conftest import SITE, Registered
from tests.simulators.octopus import OctopusSimulator

from .conftest import AddEntry
from .forms import TEXTS, Flow, placeholders

SECOND = "7654321"
LASTING = {Issue.RESTORE_BY_HAND, Issue.LEFT_BEHIND, Issue.STORE_DAMAGED, Issue.TARIFF_CHANGED}
KEPT = {*LASTING, Issue.OLD_HOLD, Issue.RAISED_MEANWHILE}
SAID = {"reserve": "20", "automations": "- [Night](/config/automation/edit/1)", "tariff": "Cosy", "why": "Because."}

type Fix = Callable[[Issue], Awaitable[Flow]]


@pytest.fixture
async def entry(
    hass: HomeAssistant, powerwall: Registered, add_entry: AddEntry, setup_entry: AsyncMock
) -> MockConfigEntry:
    entry = add_entry(SITE)
    assert await async_setup_component(hass, REPAIRS, {})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    setup_entry.reset_mock()
    return entry


@pytest.fixture
def fix(hass: HomeAssistant, entry: MockConfigEntry) -> Fix:
    """Show an issue and press its button."""

    async def fix(issue: Issue) -> Flow:
        show(hass, entry.entry_id, issue, SAID)
        manager = hass.data[REPAIRS]["flow_manager"]
        context: Any = {"issue_id": issue_id(entry.entry_id, issue)}
        result = await manager.async_init(DOMAIN, context=context)
        return Flow(result, manager.async_configure, "issues", issue.value, "fix_flow")

    return fix


def shown(hass: HomeAssistant, entry: MockConfigEntry, issue: Issue) -> ir.IssueEntry | None:
    return ir.async_get(hass).async_get_issue(DOMAIN, issue_id(entry.entry_id, issue))


# --- what they say ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("issue", Issue)
def test_every_issue_has_its_texts(issue: Issue) -> None:
    texts = TEXTS["issues"][issue.value]
    known = PLACEHOLDERS[issue] | {"powerwall"}
    assert ("fix_flow" in texts) is (issue in issues._FIXABLE)
    assert placeholders(texts["title"]) <= known
    if "fix_flow" not in texts:
        assert PLACEHOLDERS[issue] <= placeholders(texts["title"]) | placeholders(texts["description"]) <= known
    for step_id, step in texts.get("fix_flow", {"step": {}})["step"].items():
        used = placeholders(step["title"]) | placeholders(step["description"])
        assert used <= known | {"notes"}
        assert step_id != "confirm" or PLACEHOLDERS[issue] <= used


def test_there_are_no_texts_for_issues_that_do_not_exist() -> None:
    assert set(TEXTS["issues"]) == {issue.value for issue in Issue} == {issue.value for issue in PLACEHOLDERS}


# --- coming and going -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("issue", Issue)
async def test_an_issue_comes_changes_and_goes(hass: HomeAssistant, entry: MockConfigEntry, issue: Issue) -> None:
    events = async_capture_events(hass, ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED)

    async def actions() -> list[str]:
        await hass.async_block_till_done()
        return [event.data["action"] for event in events]

    clear(hass, entry.entry_id, issue)
    for _ in range(3):
        show(hass, entry.entry_id, issue, {"reserve": "20"}, data={"since": 1}, learn_more="https://example.com")
    assert await actions() == ["create"]
    found = shown(hass, entry, issue)
    assert found is not None
    assert found.issue_id == f"{issue}_{entry.entry_id}"
    assert found.translation_key == issue
    assert found.translation_placeholders == {"powerwall": "My Home", "reserve": "20"}
    assert found.data == {"since": 1, "entry_id": entry.entry_id}
    assert found.learn_more_url == "https://example.com"
    assert found.is_persistent is (issue in KEPT)
    show(hass, entry.entry_id, issue, {"reserve": "30"}, persistent=True)
    found = shown(hass, entry, issue)
    assert found is not None
    assert found.is_persistent
    assert found.translation_placeholders == {"powerwall": "My Home", "reserve": "30"}
    assert await actions() == ["create", "update"]
    clear(hass, entry.entry_id, issue)
    clear(hass, entry.entry_id, issue)
    assert shown(hass, entry, issue) is None
    assert await actions() == ["create", "update", "remove"]


async def test_all_of_a_removed_entry_go_and_those_of_another_stay(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """But what still says that a reserve was left raised stays."""
    for issue in Issue:
        show(hass, entry.entry_id, issue, SAID)
        show(hass, "another", issue, {"powerwall": "Barn", **SAID})
    clear_removed(hass, entry.entry_id, "My Home")
    said = [found for found in ir.async_get(hass).issues.values() if found.domain == DOMAIN]
    kept = {issue_id(entry.entry_id, issue) for issue in (Issue.LEFT_BEHIND, Issue.RESTORE_BY_HAND)}
    assert {found.issue_id for found in said} == {issue_id("another", issue) for issue in Issue} | kept
    barns = {found.issue_id for found in said if (found.translation_placeholders or {})["powerwall"] == "Barn"}
    assert barns == {issue_id("another", issue) for issue in Issue}


# --- the Powerwall has gone -------------------------------------------------------------------------------------


async def test_another_powerwall_takes_the_place_of_one_that_has_gone(
    hass: HomeAssistant, entry: MockConfigEntry, powerwall: Registered, fix: Fix, setup_entry: AsyncMock
) -> None:
    dr.async_get(hass).async_remove_device(powerwall.device.id)
    second = Registered(hass, site_id=SECOND, name="Barn")
    second.add("number", "backup_reserve_percent", state="20")
    await hass.async_block_till_done()
    flow = await fix(Issue.POWERWALL_MISSING)
    assert flow.step == "powerwall"
    assert flow.result["description_placeholders"]["powerwall"] == "My Home"
    await flow.submit(powerwall=second.device.id)
    assert (flow.step, flow.errors) == ("powerwall", {"powerwall": "level_missing"})
    second.add("sensor", "percentage_charged", state="20")
    await flow.submit(powerwall=second.device.id)
    assert flow.step == "create_entry"
    await hass.async_block_till_done()
    assert (entry.unique_id, entry.title, entry.data["powerwall"]) == (SECOND, "Barn", second.device.id)
    assert entry.data["binding"]["site_id"] == SECOND
    assert shown(hass, entry, Issue.POWERWALL_MISSING) is None
    assert len(setup_entry.mock_calls) == 1


async def test_the_same_powerwall_through_another_integration(
    hass: HomeAssistant, entry: MockConfigEntry, fix: Fix
) -> None:
    twin = Registered(hass, platform="tessie").with_battery()
    hass.config_entries.async_update_entry(entry, title="The house")
    flow = await fix(Issue.POWERWALL_MISSING)
    await flow.submit(powerwall=twin.device.id)
    assert flow.step == "create_entry"
    assert (entry.unique_id, entry.title, entry.data["binding"]["kind"]) == (SITE, "The house", "tessie")


async def test_another_battery(
    hass: HomeAssistant, entry: MockConfigEntry, fix: Fix, other_battery: tuple[str, str]
) -> None:
    reserve, level = other_battery
    flow = await fix(Issue.POWERWALL_MISSING)
    await flow.submit(powerwall="other")
    await flow.submit(reserve_entity="number.none", battery_level_entity=level)
    assert (flow.step, flow.errors) == ("other", {"reserve_entity": "entity_not_found"})
    await flow.submit(reserve_entity=reserve, battery_level_entity=level)
    assert flow.step == "create_entry"
    assert (entry.unique_id, entry.data["reserve_entity"]) == (reserve, reserve)


async def test_a_powerwall_of_another_entry_is_not_taken_away(
    hass: HomeAssistant, entry: MockConfigEntry, add_entry: AddEntry, powerwall: Registered, fix: Fix
) -> None:
    second = Registered(hass, site_id=SECOND, name="Barn").with_battery()
    add_entry(SECOND)
    flow = await fix(Issue.POWERWALL_MISSING)
    await flow.submit(powerwall=second.device.id)
    assert (flow.step, flow.errors) == ("powerwall", {"base": "already_used"})
    assert shown(hass, entry, Issue.POWERWALL_MISSING) is not None
    await flow.submit(powerwall=powerwall.device.id)
    assert flow.step == "create_entry"
    assert entry.unique_id == SITE


# --- a charger --------------------------------------------------------------------------------------------------


async def test_a_charger_is_chosen(
    hass: HomeAssistant, entry: MockConfigEntry, fix: Fix, setup_entry: AsyncMock
) -> None:
    hass.states.async_set("sensor.car", "0", {"unit_of_measurement": "W"})
    hass.states.async_set("sensor.energy", "0", {"unit_of_measurement": "kWh"})
    hass.config_entries.async_update_entry(entry, options={"night_guard": "charge_up"})
    flow = await fix(Issue.CHARGER_RECOMMENDED)
    assert flow.step == "init"
    await flow.submit(next_step_id="charger")
    assert flow.step == "charger"
    await flow.submit(charging_entity="sensor.energy")
    assert flow.errors == {"charging_entity": "no_charging_entity"}
    await flow.submit(charging_entity="sensor.car")
    assert flow.step == "create_entry"
    await hass.async_block_till_done()
    assert entry.options == {
        "night_guard": "charge_up",
        "charging_entity": "sensor.car",
        "charging_power_threshold": 1000,
    }
    assert shown(hass, entry, Issue.CHARGER_RECOMMENDED) is None
    assert len(setup_entry.mock_calls) == 1


async def test_it_can_be_left_so_and_is_never_asked_again(
    hass: HomeAssistant, entry: MockConfigEntry, fix: Fix, setup_entry: AsyncMock
) -> None:
    flow = await fix(Issue.CHARGER_RECOMMENDED)
    await flow.submit(next_step_id="decline")
    assert flow.step == "create_entry"
    assert entry.options == {"charger_declined": True}
    show(hass, entry.entry_id, Issue.CHARGER_RECOMMENDED)
    assert shown(hass, entry, Issue.CHARGER_RECOMMENDED) is None
    await hass.async_block_till_done()
    assert len(setup_entry.mock_calls) == 0


async def test_another_charger_is_chosen_where_reports_contradict_it(
    hass: HomeAssistant, entry: MockConfigEntry, fix: Fix, setup_entry: AsyncMock
) -> None:
    hass.states.async_set("sensor.car", "0", {"unit_of_measurement": "W"})
    hass.states.async_set("sensor.wallbox", "charging")
    options = {"charging_entity": "sensor.car", "charging_power_threshold": 50, "charging_registry_id": "gone"}
    hass.config_entries.async_update_entry(entry, options={"night_guard": "charge_up", **options})
    flow = await fix(Issue.CHARGER_CONTRADICTED)
    assert flow.step == "charger"
    assert flow.fields == {"charging_entity": "sensor.car", "charging_power_threshold": 50}
    assert flow.choices("charging_entity")["sensor.wallbox"] == "wallbox: charging, so charging (sensor.wallbox)"
    await flow.submit(charging_entity="sensor.gone")
    assert flow.errors == {"charging_entity": "entity_not_found"}
    assert flow.fields["charging_entity"] == "sensor.gone"
    await flow.submit(charging_entity="sensor.wallbox")
    assert flow.step == "create_entry"
    assert entry.options == {"night_guard": "charge_up", "charging_entity": "sensor.wallbox"}
    assert shown(hass, entry, Issue.CHARGER_CONTRADICTED) is None
    await hass.async_block_till_done()
    assert len(setup_entry.mock_calls) == 1


# --- a home of several ------------------------------------------------------------------------------------------


async def test_the_home_is_chosen(
    hass: HomeAssistant, entry: MockConfigEntry, fix: Fix, octopus: OctopusSimulator, setup_entry: AsyncMock
) -> None:
    hass.config_entries.async_update_entry(entry, options={"night_guard": "charge_up"})
    octopus.add_home(SECOND)
    await async_get_poller(hass, octopus.api_key, octopus.account_number).async_account()
    flow = await fix(Issue.HOME_NEEDED)
    assert flow.step == "home"
    assert flow.result["description_placeholders"]["powerwall"] == "My Home"
    assert flow.choices("home")[SECOND] == "2 Example Lane, Intelligent Octopus Go"
    await flow.submit(home=SECOND)
    assert flow.step == "create_entry"
    assert entry.options == {"night_guard": "charge_up", "home": SECOND}
    assert shown(hass, entry, Issue.HOME_NEEDED) is None
    await hass.async_block_till_done()
    assert len(setup_entry.mock_calls) == 1


async def test_homes_that_are_not_known_cannot_be_chosen(hass: HomeAssistant, entry: MockConfigEntry, fix: Fix) -> None:
    flow = await fix(Issue.HOME_NEEDED)
    assert (flow.step, flow.result["reason"]) == ("abort", "homes_unknown")
    assert shown(hass, entry, Issue.HOME_NEEDED) is not None


# --- a hold of days ago -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("choice", "put_back"), [("put_back", [20]), ("leave", [])])
@pytest.mark.parametrize("runs", [True, False])
async def test_an_old_hold(
    hass: HomeAssistant, entry: MockConfigEntry, choice: str, put_back: list[int], *, runs: bool
) -> None:
    controller = AsyncMock()
    entry.runtime_data = controller
    if not runs:
        entry.mock_state(hass, ConfigEntryState.SETUP_RETRY)
    show(hass, entry.entry_id, Issue.OLD_HOLD, {"reserve": "20"}, data={"reserve": 20})
    manager = hass.data[REPAIRS]["flow_manager"]
    context: Any = {"issue_id": issue_id(entry.entry_id, Issue.OLD_HOLD)}
    result = await manager.async_init(DOMAIN, context=context)
    flow = Flow(result, manager.async_configure, "issues", "old_hold", "fix_flow")
    assert flow.step == "init"
    assert flow.result["description_placeholders"] == {"powerwall": "My Home", "reserve": "20"}
    await flow.submit(next_step_id=choice)
    assert [call.args[0] for call in controller.async_put_back.mock_calls] == (put_back if runs else [])
    is_over = runs or choice == "leave"
    assert (flow.step, flow.result.get("reason")) == (("create_entry", None) if is_over else ("abort", "not_loaded"))
    assert (shown(hass, entry, Issue.OLD_HOLD) is None) is is_over
    entry.mock_state(hass, ConfigEntryState.NOT_LOADED)


# --- a guard that only keeps the charge ---------------------------------------------------------------------------


async def test_the_guard_is_changed(
    hass: HomeAssistant, entry: MockConfigEntry, fix: Fix, setup_entry: AsyncMock
) -> None:
    hass.config_entries.async_update_entry(entry, options={"night_guard": "preserve_charge", "usual_reserve": 20})
    flow = await fix(Issue.GUARD_ADVICE)
    assert flow.step == "init"
    await flow.submit(next_step_id="charge_up")
    assert flow.step == "create_entry"
    await hass.async_block_till_done()
    assert entry.options == {"night_guard": "charge_up", "usual_reserve": 20}
    assert shown(hass, entry, Issue.GUARD_ADVICE) is None
    assert len(setup_entry.mock_calls) == 1


async def test_the_guard_is_left_as_it_is(
    hass: HomeAssistant, entry: MockConfigEntry, fix: Fix, setup_entry: AsyncMock
) -> None:
    hass.config_entries.async_update_entry(entry, options={"night_guard": "preserve_charge"})
    flow = await fix(Issue.GUARD_ADVICE)
    await flow.submit(next_step_id="decline")
    assert entry.options == {"night_guard": "preserve_charge", "guard_advice_declined": True}
    await hass.async_block_till_done()
    assert len(setup_entry.mock_calls) == 0


# --- ticking off ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("issue", sorted(LASTING))
async def test_what_was_read_is_ticked_off(hass: HomeAssistant, entry: MockConfigEntry, fix: Fix, issue: Issue) -> None:
    flow = await fix(issue)
    assert flow.step == "confirm"
    await flow.submit()
    assert shown(hass, entry, issue) is None


@pytest.mark.parametrize("data", [None, {}, {"entry_id": "gone"}])
async def test_issues_of_an_entry_that_has_gone_can_only_be_ticked_off(
    hass: HomeAssistant, data: dict[str, str | int | float | None] | None
) -> None:
    for issue in (Issue.POWERWALL_MISSING, Issue.CHARGER_RECOMMENDED, Issue.RESTORE_BY_HAND):
        flow = await async_create_fix_flow(hass, issue_id("gone", issue), data)
        assert type(flow).__name__ == "ConfirmRepairFlow"
        assert isinstance(flow, RepairsFlow)
