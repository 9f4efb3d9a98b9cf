"""What the forms tell of an account that is not as it should be: each in its own sentence, and with a way on."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from tests.powerwall.conftest import Registered
from tests.simulators.octopus import OctopusSimulator

from .forms import Flow

type Begin = Callable[[], Awaitable[Flow]]

pytestmark = [pytest.mark.freeze_time("2026-11-18 12:00:00+00:00"), pytest.mark.usefixtures("setup_entry")]


def ended(octopus: OctopusSimulator) -> None:
    octopus.end_agreements(at="2026-11-10T00:00:00Z")


def not_begun(octopus: OctopusSimulator) -> None:
    for point in octopus.world.account().properties[0].meter_points:
        point.agreements = point.agreements[-1:]
        point.agreements[0].valid_from = datetime(2027, 1, 1, tzinfo=UTC)


def gas_only(octopus: OctopusSimulator) -> None:
    place = octopus.world.account().properties[0]
    place.meter_points.clear()
    place.gas = True


def two_meters(octopus: OctopusSimulator) -> None:
    octopus.add_meter("OE-FIX-12M-26-09-11", since="2026-10-01T00:00:00Z", display_name="Octopus 12M Fixed")


def no_car(octopus: OctopusSimulator) -> None:
    octopus.remove_device("car")


def suspended(octopus: OctopusSimulator) -> None:
    octopus.suspend("car")


def battery(octopus: OctopusSimulator) -> None:
    octopus.add_device("battery", kind="battery")


def former_battery(octopus: OctopusSimulator) -> None:
    octopus.add_device("battery", kind="battery", lifecycle="RETIRED")


def capped(octopus: OctopusSimulator) -> None:
    octopus.set_device("car", charging_cap="ENABLED")


@pytest.mark.parametrize(
    ("change", "said", "options"),
    [
        (ended, "has ended, the last one on 10 November 2026", {}),
        (not_begun, "begins on 1 January 2027", {}),
        (gas_only, "no electricity agreement", {}),
        (two_meters, "", {}),
        (no_car, "no car or charger under smart control", {}),
        (suspended, "no car or charger under smart control", {}),
        (battery, "controls a home battery", {"dry_run": True}),
        (former_battery, "", {}),
        (capped, "a charge cap at Octopus", {}),
    ],
)
async def test_each_has_a_sentence_and_a_way_on(
    log_in: Begin,
    octopus: OctopusSimulator,
    powerwall: Registered,
    change: Callable[[OctopusSimulator], None],
    said: str,
    options: dict[str, Any],
) -> None:
    change(octopus)
    flow = await log_in()
    assert (flow.step, flow.errors) == ("powerwall", {})
    assert said in flow.notes
    assert bool(flow.notes) is bool(said)
    await flow.submit(powerwall=powerwall.device.id)
    assert "{" not in (flow.notes if flow.step == "charger" else "")
    await flow.without_charger()
    assert flow.step == "create_entry"
    assert flow.result["result"].options == options


@pytest.mark.parametrize(
    ("change", "capped_note", "whole_note"),
    [(ended, False, False), (capped, True, False), (two_meters, False, True)],
)
async def test_what_an_entity_is_worth_is_said_where_there_is_an_agreement(
    log_in: Begin,
    octopus: OctopusSimulator,
    powerwall: Registered,
    change: Callable[[OctopusSimulator], None],
    *,
    capped_note: bool,
    whole_note: bool,
) -> None:
    change(octopus)
    flow = await log_in()
    await flow.submit(powerwall=powerwall.device.id)
    assert ("six hours" in flow.notes) is capped_note
    assert ("the whole slot is cheap" in flow.notes) is whole_note


async def test_texts_of_octopus_are_never_markdown(
    log_in: Begin, octopus: OctopusSimulator, powerwall: Registered
) -> None:
    octopus.set_product("ODD-26-01-01", display_name="**Odd** [here](https://example.com) <b>")
    flow = await log_in()
    told = flow.notes
    await flow.submit(powerwall=powerwall.device.id)
    found = flow.result["description_placeholders"]["found"]
    for text in (told, found):
        assert "\\*\\*Odd\\*\\* \\[here\\]" in text
        assert "[here](" not in text


async def test_names_of_cars_are_never_markdown(
    log_in: Begin, octopus: OctopusSimulator, powerwall: Registered
) -> None:
    octopus.set_device("car", name="![x](https://example.com)")
    flow = await log_in()
    await flow.submit(powerwall=powerwall.device.id)
    await flow.submit()
    assert "\\!\\[x\\](https" in flow.result["description_placeholders"]["found"]


async def test_automations_that_set_the_reserve_are_named(
    hass: HomeAssistant, log_in: Begin, powerwall: Registered
) -> None:
    reserve = next(state.entity_id for state in hass.states.async_all("number"))
    action = {"action": "number.set_value", "target": {"entity_id": reserve}, "data": {"value": 50}}
    automation = {"id": "night", "alias": "Night", "triggers": [], "actions": [action]}
    assert await async_setup_component(hass, "automation", {"automation": [automation]})
    await hass.async_block_till_done()
    flow = await log_in()
    await flow.submit(powerwall=powerwall.device.id)
    await flow.without_charger()
    assert flow.step == "reserve"
    assert "- [Night](/config/automation/edit/night)" in flow.notes
