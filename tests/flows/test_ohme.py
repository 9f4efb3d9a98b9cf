"""An Ohme charger in the flows: its slots are proposed, or what to add is said, or a guard for the car is offered."""

from datetime import UTC, datetime, timedelta

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.powerwall.conftest import SITE, Registered
from tests.simulators.octopus import OctopusSimulator, charge_point
from tests.simulators.ohme import OhmeSimulator
from tests.tesla_components import SetUpEntry

from .conftest import AddEntry, Begin
from .forms import Flow

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def ohme_only(octopus: OctopusSimulator) -> None:
    """Octopus knows of nothing but an Ohme charger."""
    octopus.world.account().devices = [charge_point("charger", provider="OHME_V2")]


async def at_the_ohme_step(log_in: Begin, powerwall: Registered) -> Flow:
    flow = await log_in()
    await flow.submit(powerwall=powerwall.device.id)
    return flow


async def accept(flow: Flow) -> None:
    """Take every further form as it is filled in."""
    while flow.step not in ("create_entry", "abort"):
        await flow.submit(**{key: value for key, value in flow.fields.items() if value is not None})


async def test_its_slots_are_proposed(
    log_in: Begin, powerwall: Registered, ohme: OhmeSimulator, setup_ohme: SetUpEntry
) -> None:
    ohme.charger.plug_in((NOON + HOUR, NOON + 2 * HOUR), (NOON + 11.5 * HOUR, NOON + 12.5 * HOUR))
    entry = await setup_ohme()
    flow = await at_the_ohme_step(log_in, powerwall)
    assert flow.step == "ohme"
    assert "Wed 13:00 to 14:00, Wed 23:30 to Thu 00:30" in flow.notes
    assert flow.fields == {"slot_source": "ohme", "ohme_entry": entry.entry_id, "car_guard": "off"}
    await accept(flow)
    assert flow.result["result"].options == {
        "slot_source": "ohme",
        "ohme_entry": entry.entry_id,
        "car_guard": "off",
    }


async def test_a_form_left_empty_is_a_proposal_accepted(
    log_in: Begin, powerwall: Registered, setup_ohme: SetUpEntry
) -> None:
    entry = await setup_ohme()
    flow = await at_the_ohme_step(log_in, powerwall)
    assert "plans nothing now" in flow.notes
    await flow.submit()
    await accept(flow)
    options = flow.result["result"].options
    assert (options["slot_source"], options["ohme_entry"]) == ("ohme", entry.entry_id)
    assert "dry_run" not in options


async def test_a_plan_of_many_slots_is_cut_short(
    log_in: Begin, powerwall: Registered, ohme: OhmeSimulator, setup_ohme: SetUpEntry
) -> None:
    ohme.charger.plug_in(*((NOON + n * HOUR, NOON + (n + 0.5) * HOUR) for n in range(9)))
    await setup_ohme()
    flow = await at_the_ohme_step(log_in, powerwall)
    assert ", + 3." in flow.notes


async def test_an_ohme_that_cannot_be_read_is_said_so(
    log_in: Begin, powerwall: Registered, ohme: OhmeSimulator, setup_ohme: SetUpEntry
) -> None:
    ohme.charger.online = False
    await setup_ohme()
    flow = await at_the_ohme_step(log_in, powerwall)
    assert "cannot be read now" in flow.notes


async def test_an_owner_who_declines_gets_a_dry_run(
    log_in: Begin, powerwall: Registered, setup_ohme: SetUpEntry
) -> None:
    await setup_ohme()
    flow = await at_the_ohme_step(log_in, powerwall)
    await flow.submit(slot_source="octopus")
    await accept(flow)
    assert flow.result["result"].options["dry_run"] is True


async def test_the_guard_needs_eyes(log_in: Begin, powerwall: Registered, setup_ohme: SetUpEntry) -> None:
    await setup_ohme()
    flow = await at_the_ohme_step(log_in, powerwall)
    await flow.submit(slot_source="octopus", car_guard="preserve_charge")
    assert (flow.step, flow.errors) == ("ohme", {"car_guard": "car_guard_blind"})
    await flow.submit(slot_source="both", car_guard="preserve_charge")
    await accept(flow)
    options = flow.result["result"].options
    assert (options["slot_source"], options["car_guard"]) == ("both", "preserve_charge")
    assert "dry_run" not in options


async def test_without_the_ohme_integration_the_note_says_what_to_add(
    hass: HomeAssistant, log_in: Begin, powerwall: Registered
) -> None:
    flow = await log_in()
    assert "integration *Ohme*" in flow.notes
    await flow.submit(powerwall=powerwall.device.id)
    assert flow.step == "charger"
    await flow.submit()
    await accept(flow)
    assert flow.result["result"].options == {"dry_run": True}


@pytest.mark.parametrize("guard", ["off", "preserve_charge", "charge_up"])
async def test_without_it_the_guard_is_offered(
    hass: HomeAssistant, log_in: Begin, powerwall: Registered, guard: str
) -> None:
    hass.states.async_set("binary_sensor.car_charging", "off")
    flow = await at_the_ohme_step(log_in, powerwall)
    await flow.submit(charging_entity="binary_sensor.car_charging")
    assert flow.step == "car_guard"
    await flow.submit(car_guard=guard)
    await accept(flow)
    options = flow.result["result"].options
    assert options["car_guard"] == guard
    assert options.get("dry_run") == (True if guard == "off" else None)


async def change_options(hass: HomeAssistant, entry: MockConfigEntry) -> Flow:
    result = await hass.config_entries.options.async_init(entry.entry_id)
    return Flow(result, hass.config_entries.options.async_configure, "options")


async def test_the_options_take_ohme_too(
    hass: HomeAssistant, powerwall: Registered, add_entry: AddEntry, setup_ohme: SetUpEntry
) -> None:
    entry = add_entry(SITE)
    ohme_entry = await setup_ohme()
    flow = await change_options(hass, entry)
    await flow.submit(slot_source="ohme", car_guard="preserve_charge")
    assert flow.step == "create_entry"
    assert entry.options["slot_source"] == "ohme"
    assert entry.options["ohme_entry"] == ohme_entry.entry_id


async def test_the_options_say_that_ohme_is_missing(
    hass: HomeAssistant, powerwall: Registered, add_entry: AddEntry
) -> None:
    flow = await change_options(hass, add_entry(SITE))
    await flow.submit(slot_source="both")
    assert (flow.step, flow.errors) == ("init", {"slot_source": "ohme_missing"})
    await flow.submit(car_guard="preserve_charge")
    assert flow.errors == {"car_guard": "car_guard_blind"}


async def test_reconfigure_keeps_them(
    hass: HomeAssistant, powerwall: Registered, add_entry: AddEntry, octopus: OctopusSimulator
) -> None:
    options = {"slot_source": "ohme", "ohme_entry": "some-entry", "car_guard": "charge_up"}
    entry = add_entry(SITE, **options)
    flow = Flow(await entry.start_reconfigure_flow(hass), hass.config_entries.flow.async_configure, "config")
    await flow.submit(account_number=octopus.account_number, powerwall=powerwall.device.id)
    assert flow.step == "abort"
    assert {key: entry.options[key] for key in options} == options
