"""The actions, called as automations call them."""

from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
from homeassistant.setup import async_setup_component
import probatio
import pytest

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.services import async_setup_services
from tests.face import controller_of
from tests.simulators.tesla import PowerwallSite
from tests.stories.house import House

ACTIONS = ("charge_until", "get_schedule", "hold_until", "refresh", "skip_slot", "test_powerwall", "unskip_slot")
LATER = {"until": "2026-11-18 13:30:00"}


async def call(hass: HomeAssistant, action: str, data: dict[str, Any]) -> Any:
    """Call an action for any entry id."""
    needs = hass.services.supports_response(DOMAIN, action).value == "only"
    return await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=needs)


async def test_registered_without_an_entry(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    assert sorted(hass.services.async_services_for_domain(DOMAIN)) == list(ACTIONS)


def test_each_is_described(hass: HomeAssistant) -> None:
    async_setup_services(hass)
    assert sorted(hass.services.async_services_for_domain(DOMAIN)) == list(ACTIONS)


@pytest.mark.parametrize("action", ACTIONS)
async def test_an_entry_that_does_not_exist(hass: HomeAssistant, home: House, action: str) -> None:
    data = {"config_entry_id": "nonsense", **(LATER if action.endswith("_until") else {})}
    with pytest.raises(ServiceValidationError) as caught:
        await call(hass, action, data)
    assert caught.value.translation_key == "service_config_entry_not_found"


async def test_an_entry_of_something_else(hass: HomeAssistant, home: House) -> None:
    (tesla,) = hass.config_entries.async_entries("tesla_fleet")
    with pytest.raises(ServiceValidationError) as caught:
        await call(hass, "refresh", {"config_entry_id": tesla.entry_id})
    assert caught.value.translation_key == "service_config_entry_wrong_domain"


async def test_an_entry_that_is_not_loaded(hass: HomeAssistant, home: House) -> None:
    await hass.config_entries.async_set_disabled_by(home.entry.entry_id, ConfigEntryDisabler.USER)
    await home.settle()
    with pytest.raises(ServiceValidationError) as caught:
        await call(hass, "refresh", {"config_entry_id": home.entry.entry_id})
    assert caught.value.translation_key == "service_config_entry_not_loaded"


@pytest.mark.parametrize("action", ACTIONS)
async def test_the_entry_must_be_named(hass: HomeAssistant, home: House, action: str) -> None:
    with pytest.raises(probatio.Invalid):
        await call(hass, action, LATER if action.endswith("_until") else {})


async def named_by_target(hass: HomeAssistant, home: House, kind: str) -> dict[str, Any]:
    """What a target says of the house's service."""
    devices, entities = dr.async_get(hass), er.async_get(hass)
    (device,) = dr.async_entries_for_config_entry(devices, home.entry.entry_id)
    if kind == "device":
        return {"device_id": device.id}
    if kind == "entity":
        return {"entity_id": home.entity_id("tariff")}
    if kind == "label of an entity":
        label = lr.async_get(hass).async_create("Power")
        entities.async_update_entity(home.entity_id("status"), labels={label.label_id})
        return {"label_id": label.label_id}
    area = ar.async_get(hass).async_create("Garage")
    devices.async_update_device(device.id, area_id=area.id)
    return {"area_id": [area.id]}


@pytest.mark.parametrize("kind", ["device", "entity", "area", "label of an entity"])
async def test_a_target_does_instead_of_the_entry(hass: HomeAssistant, home: House, kind: str) -> None:
    named = await named_by_target(hass, home, kind)
    answer = await hass.services.async_call(DOMAIN, "get_schedule", target=named, blocking=True, return_response=True)
    assert answer["status"] == "idle"
    await hass.services.async_call(DOMAIN, "charge_until", dict(LATER), target=named, blocking=True)
    await home.settle()
    assert home.status == "charging_up"


async def test_a_target_without_a_powerwall(hass: HomeAssistant, home: House) -> None:
    (tesla,) = hass.config_entries.async_entries("tesla_fleet")
    (device, *_) = dr.async_entries_for_config_entry(dr.async_get(hass), tesla.entry_id)
    with pytest.raises(ServiceValidationError, match="no Powerwall of this integration in the target"):
        await call(hass, "refresh", {"device_id": device.id})


async def test_a_target_that_is_gone(hass: HomeAssistant, home: House) -> None:
    """An automation may name a device that was removed since."""
    with pytest.raises(ServiceValidationError, match="no Powerwall of this integration in the target"):
        await call(hass, "refresh", {"device_id": "gone"})


async def test_a_target_with_two_powerwalls(hass: HomeAssistant, house: House) -> None:
    """What answers wants one; what does not is done for both."""
    second = house.tesla.add_site(PowerwallSite(7252147638652, name="Annexe", reserve_pct=30))
    (tesla_fleet,) = hass.config_entries.async_entries("tesla_fleet")
    await hass.config_entries.async_reload(tesla_fleet.entry_id)
    await house.settle()
    entries = [await house.move_in(), await house.move_in(site=second)]
    devices = [dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)[0].id for entry in entries]
    with pytest.raises(ServiceValidationError, match="several Powerwalls"):
        await call(hass, "get_schedule", {"device_id": devices})
    await call(hass, "charge_until", {"device_id": devices, **LATER})
    await house.wait(minutes=2)
    assert [entry.runtime_data.snapshot.status for entry in entries] == ["charging_up", "charging_up"]


async def test_refresh(home: House) -> None:
    await home.wait(minutes=2)
    polls = len(home.octopus.polls)
    await home.act("refresh")
    assert len(home.octopus.polls) == polls + 1


async def test_refresh_is_polite(home: House) -> None:
    polls = len(home.octopus.polls)
    await home.act("refresh")
    assert len(home.octopus.polls) == polls


async def test_refresh_while_octopus_is_down(home: House) -> None:
    await home.wait(minutes=2)
    await home.octopus.stop()
    with pytest.raises(HomeAssistantError, match="Octopus cannot be reached"):
        await home.act("refresh")


async def test_get_schedule(home: House) -> None:
    home.plan("11:00", "13:00", energy=6.5)
    home.plan("22:00", "23:45")
    await home.wait(minutes=5)
    answer = await home.act("get_schedule")
    assert answer.pop("last_poll").startswith("2026-11-18T12:0")
    assert answer.pop("slots")[1]["start"] == "2026-11-18T22:00:00+00:00"
    assert answer.pop("holds") == [
        {
            "start": "2026-11-18T11:00:00+00:00",
            "end": "2026-11-18T13:00:00+00:00",
            "intent": "charge",
            "causes": [{"start": "2026-11-18T11:00:00+00:00", "end": "2026-11-18T13:00:00+00:00", "cause": "slot"}],
        },
        {
            "start": "2026-11-18T22:00:00+00:00",
            "end": "2026-11-19T05:30:00+00:00",
            "intent": "charge",
            "causes": [
                {"start": "2026-11-18T22:00:00+00:00", "end": "2026-11-18T23:45:00+00:00", "cause": "slot"},
                {"start": "2026-11-18T23:45:00+00:00", "end": "2026-11-19T05:30:00+00:00", "cause": "tail"},
            ],
        },
    ]
    assert answer == {
        "status": "charging_up",
        "reason": "whole_slot",
        "reason_text": "Octopus has scheduled this slot, and on your tariff it is cheap for the whole house.",
        "until": "2026-11-18T13:00:00+00:00",
        "intent": "charge",
        "certainty": "certain",
        "baseline": 20,
        "target": 100,
        "holding": True,
        "dry_run": False,
        "smart_slot": True,
        "cheap_rate": True,
        "car_charging": None,
        "allowance_used_h": 0.0,
        "tariff": "Intelligent Octopus Go",
    }


async def test_get_schedule_with_nothing_in_it(home: House) -> None:
    answer = await home.act("get_schedule")
    assert (answer["slots"], answer["holds"], answer["intent"], answer["until"]) == ([], [], None, None)
    assert answer["reason_text"] == "No slot is running."


async def test_skip_the_next_slot(home: House) -> None:
    home.plan("13:00", "14:00")
    await home.wait(minutes=5)
    answer = await home.act("skip_slot")
    assert (answer["start"], answer["end"]) == ("2026-11-18T13:00:00+00:00", "2026-11-18T14:00:00+00:00")
    await home.until("13:30")
    assert (home.status, home.reason) == ("idle", "slot_skipped")
    await home.until("14:30")
    assert home.writes == []


async def test_a_skipped_slot_is_held_after_all(house: House) -> None:
    """Skipped in its midst and taken back: the running slot goes up again, and nothing else was skipped."""
    house.plan("12:10", "13:00")
    house.plan("14:00", "14:30")
    await house.move_in()
    await house.until("12:20")
    await house.act("skip_slot")
    assert house.writes == [100, 20]
    with pytest.raises(ServiceValidationError, match="No skipped slot"):
        await house.act("unskip_slot", start="2026-11-18 14:10:00")
    answer = await house.act("unskip_slot")
    assert answer["start"] == "2026-11-18T12:10:00+00:00"
    assert house.writes == [100, 20, 100]
    with pytest.raises(ServiceValidationError, match="No skipped slot"):
        await house.act("unskip_slot")
    await house.until("14:10")
    assert house.writes == [100, 20, 100, 20, 100]


async def test_skip_a_slot_without_an_answer(hass: HomeAssistant, home: House) -> None:
    home.plan("13:00", "14:00")
    await home.wait(minutes=5)
    await hass.services.async_call(DOMAIN, "skip_slot", {"config_entry_id": home.entry.entry_id}, blocking=True)
    assert controller_of(home).snapshot.holds == ()


async def test_skip_a_slot_by_its_start(hass: HomeAssistant, home: House) -> None:
    """A time without a zone is Home Assistant's own, here summer time's neighbour: London in winter."""
    await hass.config.async_update(time_zone="Europe/Paris")
    home.plan("13:00", "14:00")
    home.plan("16:00", "17:00")
    await home.wait(minutes=5)
    answer = await home.act("skip_slot", start="2026-11-18 17:00:00")
    assert answer["start"] == "2026-11-18T16:00:00+00:00"


async def test_no_slot_to_skip(home: House) -> None:
    with pytest.raises(ServiceValidationError, match="There is no slot to skip"):
        await home.act("skip_slot")
    with pytest.raises(ServiceValidationError, match="No slot is planned at that time"):
        await home.act("skip_slot", start="2026-11-18 17:00:00")


@pytest.mark.parametrize(("action", "status"), [("hold_until", "preserving"), ("charge_until", "charging_up")])
async def test_hold_or_charge_until(home: House, action: str, status: str) -> None:
    await home.act(action, until="2026-11-18 13:30:00")
    assert (home.status, home.reason) == (status, "owner")
    assert home.entity("status").attributes["until"] == "2026-11-18T13:30:00+00:00"
    await home.until("13:40")
    assert home.status == "idle"
    assert home.reserve == 20


async def test_until_is_local_time_unless_it_says_otherwise(hass: HomeAssistant, home: House) -> None:
    await hass.config.async_update(time_zone="Europe/Paris")
    await home.act("charge_until", until="2026-11-18 14:30:00")
    assert home.entity("status").attributes["until"] == "2026-11-18T13:30:00+00:00"
    await home.act("charge_until", until="2026-11-18T15:00:00+00:00")
    assert home.entity("status").attributes["until"] == "2026-11-18T15:00:00+00:00"


@pytest.mark.parametrize(
    ("until", "sentence"),
    [
        ("2026-11-18 11:59:00", "already past"),
        ("2026-11-19 12:01:00", "more than 24 hours ahead"),
        ("9999-12-31T23:59:59-12:00", "more than 24 hours ahead"),
        ("0001-01-01T00:00:00+12:00", "already past"),
    ],
)
async def test_until_when_it_cannot_be(home: House, until: str, sentence: str) -> None:
    for action in ("hold_until", "charge_until"):
        with pytest.raises(ServiceValidationError, match=sentence):
            await home.act(action, until=until)
    assert home.status == "idle"


async def test_hold_while_switched_off(home: House) -> None:
    await home.switch(on=False)
    with pytest.raises(ServiceValidationError, match="Switch it on first"):
        await home.act("hold_until", **LATER)


async def test_test_powerwall(hass: HomeAssistant, home: House) -> None:
    """It takes as long as the Powerwall needs to say so; Home Assistant goes on meanwhile."""
    data = {"config_entry_id": home.entry.entry_id}
    for wants_answer in (True, False):
        running = hass.async_create_task(
            hass.services.async_call(DOMAIN, "test_powerwall", data, blocking=True, return_response=wants_answer)
        )
        await home.wait(minutes=15)
        assert running.done()
        answer: Any = running.result()
        if wants_answer:
            assert (answer["reserve_before"], answer["reserve_raised_to"], answer["read_back"]) == (20, 21, 21)
            assert answer["restored"] is True
        else:
            assert answer is None
    assert home.writes == [21, 20, 21, 20]
    assert home.reserve == 20
