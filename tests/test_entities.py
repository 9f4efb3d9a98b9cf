"""The entities on a real Home Assistant: which there are, what they show, and what they do when used."""

from typing import Any

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.domain.price.certainty import Certainty
from custom_components.octopus_powerwall.domain.price.tariffs import tariff_of
from custom_components.octopus_powerwall.domain.reason import Reason
from custom_components.octopus_powerwall.domain.reserve.situation import Activity
from custom_components.octopus_powerwall.domain.settings import Settings
from custom_components.octopus_powerwall.domain.status import Status
from tests.face import KEYS, at, controller_of, publish, slot
from tests.stories.house import House

ON_THE_PLAN = {
    "current_slot_end",
    "next_slot_start",
    "next_slot_end",
    "planned_slots",
    "planned_energy",
    "allowance_used",
    "smart_slot",
}

# Told in tests/stories/test_money.py.
MONEY_KEYS = {"import_rate", "export_rate", "energy_charged", "energy_kept", "savings", "charge_target_with_sun"}


@pytest.fixture
def written(hass: HomeAssistant) -> list[str]:
    """The entities of ours whose state was written, changed or not."""
    entity_ids: list[str] = []

    @callback
    def note(event: Event[Any]) -> None:
        # When Octopus last answered is news with every answer; that is what its sensor is for.
        if "octopus_powerwall" in event.data["entity_id"] and not event.data["entity_id"].endswith("last_poll"):
            entity_ids.append(event.data["entity_id"])

    hass.bus.async_listen("state_changed", note)
    hass.bus.async_listen("state_reported", note, event_filter=callback(lambda _: True))
    return entity_ids


def shown(house: House, key: str) -> Any:
    """An entity's state."""
    return house.entity(key).state


async def test_all_are_there(hass: HomeAssistant, home: House) -> None:
    registry = er.async_get(hass)
    found = {entity.unique_id: entity for entity in er.async_entries_for_config_entry(registry, home.entry.entry_id)}
    assert set(found) == {f"{home.entry.entry_id}_{key}" for key in KEYS}
    for key, platform in KEYS.items():
        entity = found[f"{home.entry.entry_id}_{key}"]
        assert entity.domain == platform
        assert entity.translation_key == key
        assert entity.has_entity_name
        assert entity.entity_id == f"{platform}.octopus_powerwall_{key}"
    categories = {entity.translation_key: entity.entity_category for entity in found.values() if entity.entity_category}
    assert categories == {
        "charge_target": "config",
        "tariff": "diagnostic",
        "last_poll": "diagnostic",
        "reserve_to_restore": "diagnostic",
    }
    assert {entity.translation_key for entity in found.values() if entity.disabled} == {"export_rate", "holds"}


async def test_one_service_device(hass: HomeAssistant, home: House) -> None:
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), home.entry.entry_id)
    (device,) = devices
    assert device.identifiers == {(DOMAIN, home.entry.entry_id)}
    assert device.entry_type is dr.DeviceEntryType.SERVICE
    assert (device.name, device.model) == ("Octopus Powerwall", home.entry.title)


async def test_nothing_is_planned(home: House) -> None:
    assert {key: shown(home, key) for key in KEYS if key not in {"last_poll", "tariff", "holds", *MONEY_KEYS}} == {
        "automation": "on",
        "slot_action": "charge_up",
        "charge_target": "100",
        "status": "idle",
        "current_slot_end": STATE_UNKNOWN,
        "next_slot_start": STATE_UNKNOWN,
        "next_slot_end": STATE_UNKNOWN,
        "planned_slots": "0",
        "planned_energy": "0",
        "allowance_used": "0.0",
        "reserve_to_restore": STATE_UNKNOWN,
        "smart_slot": "off",
        "cheap_rate": "off",
        "car_charging": STATE_UNKNOWN,
        "holding": "off",
        "schedule": "off",
        "activity": STATE_UNKNOWN,
        "reason": "no_slot",
        "hold_end": STATE_UNKNOWN,
        "attention": "off",
        "skip_slot": STATE_UNKNOWN,
        "resume": STATE_UNKNOWN,
        "refresh": STATE_UNKNOWN,
        "room_for_the_sun": "no_forecast",
    }


async def test_nothing_is_known(home: House) -> None:
    """Before Octopus has answered, what depends on its plan is unavailable, and everything else works."""
    await publish(home, last_poll=None)
    enabled = set(KEYS) - {"export_rate", "holds"}
    assert {key for key in enabled if shown(home, key) == STATE_UNAVAILABLE} == ON_THE_PLAN
    await publish(home, last_poll=at("12:00"))
    assert not {key for key in enabled if shown(home, key) == STATE_UNAVAILABLE}


RUNNING = (slot("11:00", "13:00", 5.0), slot("14:00", "15:30", 7.5), slot("23:45", "23:59", 1.25, day_slot=False))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param(
            {"slots": RUNNING, "smart_slot": True},
            {
                "current_slot_end": "2026-11-18T13:00:00+00:00",
                "next_slot_start": "2026-11-18T14:00:00+00:00",
                "next_slot_end": "2026-11-18T15:30:00+00:00",
                "planned_slots": "3",
                "planned_energy": "13.75",
                "smart_slot": "on",
            },
            id="a slot runs and more are ahead",
        ),
        pytest.param(
            {"slots": RUNNING[:1], "smart_slot": True},
            {
                "current_slot_end": "2026-11-18T13:00:00+00:00",
                "next_slot_start": STATE_UNKNOWN,
                "next_slot_end": STATE_UNKNOWN,
                "planned_slots": "1",
            },
            id="the last slot runs",
        ),
        pytest.param(
            {"slots": RUNNING[2:]},
            {
                "current_slot_end": STATE_UNKNOWN,
                "next_slot_start": "2026-11-18T23:45:00+00:00",
                "next_slot_end": "2026-11-18T23:59:00+00:00",
                "smart_slot": "off",
            },
            id="a night slot is ahead",
        ),
        pytest.param(
            {"slots": (slot("14:00", "15:00"), slot("16:00", "17:00", None))},
            {"planned_slots": "2", "planned_energy": STATE_UNKNOWN},
            id="Octopus gave no energy for one",
        ),
        pytest.param({"allowance_used_h": 4.5}, {"allowance_used": "4.5"}, id="allowance"),
        pytest.param({"allowance_used_h": None}, {"allowance_used": STATE_UNKNOWN}, id="a tariff without allowance"),
        pytest.param({"car_charging": True}, {"car_charging": "on"}, id="the car charges"),
        pytest.param({"car_charging": False}, {"car_charging": "off"}, id="the car does not charge"),
        pytest.param({"cheap_rate": True}, {"cheap_rate": "on"}, id="cheap"),
        pytest.param({"holding": True, "baseline": 20}, {"holding": "on", "reserve_to_restore": "20"}, id="holding"),
        pytest.param({"holding": True, "baseline": 0}, {"reserve_to_restore": "0"}, id="a reserve of 0 is legal"),
        pytest.param({"tariff_name": "Octopus Go"}, {"tariff": "Octopus Go"}, id="tariff"),
        pytest.param({"tariff_name": None}, {"tariff": STATE_UNKNOWN}, id="account never read"),
        pytest.param(
            {"status": Status.PAUSED, "reason": Reason.STORM_WATCH},
            {"status": "paused", "reason": "storm_watch"},
            id="status and reason",
        ),
        pytest.param({"until": at("14:30")}, {"hold_end": "2026-11-18T14:30:00+00:00"}, id="the end of a hold"),
    ],
)
async def test_what_is_shown(home: House, changes: dict[str, Any], expected: dict[str, str]) -> None:
    await publish(home, **changes)
    assert {key: shown(home, key) for key in expected} == expected


async def test_status_explains_itself(home: House) -> None:
    await publish(
        home,
        status=Status.PRESERVING,
        reason=Reason.CAR_UNKNOWN,
        until=at("14:30"),
        baseline=20,
        target=63,
        certainty=Certainty.PERHAPS,
        settings=Settings(dry_run=True),
    )
    status = home.entity("status")
    attributes = {
        key: status.attributes[key] for key in ("reason", "until", "baseline", "target", "certainty", "dry_run")
    }
    assert status.state == "preserving"
    assert status.attributes["options"] == [status.value for status in Status]
    assert attributes == {
        "reason": "car_unknown",
        "until": "2026-11-18T14:30:00+00:00",
        "baseline": 20,
        "target": 63,
        "certainty": "perhaps",
        "dry_run": True,
    }


async def test_status_without_a_hold(home: House) -> None:
    attributes = home.entity("status").attributes
    assert [attributes[key] for key in ("until", "baseline", "target")] == [None, None, None]
    assert (attributes["reason"], attributes["certainty"], attributes["dry_run"]) == ("no_slot", "not_cheap", False)


async def test_slots_are_listed(home: House) -> None:
    await publish(home, slots=RUNNING[1:])
    assert home.entity("planned_slots").attributes["slots"] == [
        {
            "start": "2026-11-18T14:00:00+00:00",
            "end": "2026-11-18T15:30:00+00:00",
            "day_slot": True,
            "energy_kwh": 7.5,
        },
        {
            "start": "2026-11-18T23:45:00+00:00",
            "end": "2026-11-18T23:59:00+00:00",
            "day_slot": False,
            "energy_kwh": 1.25,
        },
    ]
    info = home.entity("planned_slots").state_info
    assert info is not None
    assert "slots" in info["unrecorded_attributes"]


@pytest.mark.freeze_time("2026-07-18 09:00:00+00:00")
async def test_times_in_attributes_are_those_of_the_clock_in_london(home: House) -> None:
    home.plan("10:30", "11:30")
    await home.until("11:00")
    assert home.entity("status").attributes["until"] == "2026-07-18T11:30:00+01:00"
    (listed,) = home.entity("planned_slots").attributes["slots"]
    assert (listed["start"], listed["end"]) == ("2026-07-18T10:30:00+01:00", "2026-07-18T11:30:00+01:00")
    assert home.entity("activity").attributes["until"] == "2026-07-18T11:30:00+01:00"


async def test_whether_the_six_hours_bind_is_told(home: House) -> None:
    assert home.entity("allowance_used").attributes["binds"] is False
    await publish(home, allowance_binds=True)
    assert home.entity("allowance_used").attributes["binds"] is True


async def test_what_statistics_are_made_of(home: House) -> None:
    assert home.entity("allowance_used").attributes["state_class"] == "measurement"
    assert home.entity("car_charging").attributes["device_class"] == "battery_charging"
    assert home.entity("reason").attributes["options"] == [reason.value for reason in Reason]


async def test_the_tariff_is_explained(home: House) -> None:
    assert home.entity("tariff").attributes["reason"] == "planned_slots"
    await publish(home, tariff=tariff_of("GO-VAR-22-10-14"), tariff_name="Octopus Go")
    assert home.entity("tariff").attributes["reason"] == "fixed_windows"
    await publish(home, tariff_name=None)
    assert home.entity("tariff").attributes["reason"] is None


async def test_nothing_is_written_that_shows_no_news(home: House, written: list[str]) -> None:
    await publish(home, last_poll=at("12:03"), tariff_name=home.entity("tariff").state)
    assert written == []
    await publish(home, cheap_rate=True)
    assert written == ["binary_sensor.octopus_powerwall_cheap_rate"]


async def test_polls_that_bring_no_news_write_nothing(home: House, written: list[str]) -> None:
    home.plan("16:00", "17:00")
    await home.wait(minutes=10)
    assert "sensor.octopus_powerwall_planned_slots" in written
    written.clear()
    polls = len(home.octopus.polls)
    await home.wait(hours=1)
    assert len(home.octopus.polls) > polls + 10
    assert written == []


async def test_when_octopus_was_asked(home: House) -> None:
    assert shown(home, "last_poll") == "2026-11-18T12:00:00+00:00"
    await home.wait(minutes=5)
    assert shown(home, "last_poll") > "2026-11-18T12:02:00+00:00"


@pytest.mark.freeze_time("2026-11-18 09:00:00+00:00")
async def test_a_day_slot_as_the_owner_sees_it(home: House) -> None:
    home.plan("10:00", "11:00")
    await home.wait(minutes=10)
    assert shown(home, "next_slot_start") == "2026-11-18T10:00:00+00:00"
    await home.until("10:05")
    assert shown(home, "status") == "charging_up"
    assert (shown(home, "smart_slot"), shown(home, "cheap_rate"), shown(home, "holding")) == ("on", "on", "on")
    assert shown(home, "reserve_to_restore") == "20"
    assert home.entity("status").attributes["until"] == "2026-11-18T11:00:00+00:00"
    await home.until("11:10")
    assert (shown(home, "smart_slot"), shown(home, "cheap_rate"), shown(home, "holding")) == ("off", "off", "off")


@pytest.mark.freeze_time("2026-11-18 09:00:00+00:00")
async def test_what_happened(hass: HomeAssistant, home: House) -> None:
    happened: list[tuple[str, str]] = []

    @callback
    def note(event: Event[Any]) -> None:
        if event.data["entity_id"] == home.entity_id("activity"):
            happened.append((home.now.strftime("%H:%M"), event.data["new_state"].attributes["event_type"]))

    hass.bus.async_listen("state_changed", note)
    home.plan("10:00", "11:00")
    await home.until("11:10")
    assert happened[:2] == [("10:00", "slot_started"), ("10:00", "reserve_raised")]
    assert [kind for _, kind in happened[2:]] == ["slot_ended", "reserve_restored"]
    activity = home.entity("activity")
    assert activity.attributes["event_types"] == [activity.value for activity in Activity]
    assert set(activity.attributes) >= {"status", "reason", "until", "target", "baseline", "dry_run"}


async def test_the_switch(home: House) -> None:
    await home.switch(on=False)
    assert (shown(home, "automation"), shown(home, "status")) == ("off", "off")
    await home.switch(on=True)
    assert (shown(home, "automation"), shown(home, "status")) == ("on", "idle")


async def test_the_select(home: House) -> None:
    assert home.entity("slot_action").attributes["options"] == ["charge_up", "preserve_charge"]
    await home.choose("preserve_charge")
    assert shown(home, "slot_action") == "preserve_charge"
    with pytest.raises(ServiceValidationError):
        await home.choose("discharge")


@pytest.mark.parametrize("percent", [1, 80, 100])
async def test_a_charge_target(home: House, percent: int) -> None:
    await home.aim(percent)
    assert shown(home, "charge_target") == str(percent)


@pytest.mark.parametrize("percent", [81, 99])
async def test_a_charge_target_that_tesla_does_not_take(home: House, percent: int) -> None:
    with pytest.raises(ServiceValidationError, match=f"{percent} % is not possible"):
        await home.aim(percent)
    assert shown(home, "charge_target") == "100"


@pytest.mark.parametrize("percent", [0, 101])
async def test_a_charge_target_out_of_range(home: House, percent: int) -> None:
    with pytest.raises(ServiceValidationError):
        await home.aim(percent)
    assert home.entity("charge_target").attributes["mode"] == "box"


async def press(home: House, key: str) -> None:
    """Press a button."""
    target = {"entity_id": home.entity_id(key)}
    await home.hass.services.async_call("button", "press", target, blocking=True)
    await home.settle()


async def test_the_button_skips_the_running_slot_and_resume_takes_that_back(home: House) -> None:
    home.plan("13:00", "14:00")
    await home.until("13:10")
    assert home.writes == [100]
    await press(home, "skip_slot")
    await home.until("13:20")
    assert (home.writes, home.status) == ([100, 20], "idle")
    await press(home, "resume")
    await home.until("13:30")
    assert (home.writes, home.status) == ([100, 20, 100], "charging_up")


async def test_the_button_says_when_there_is_nothing_to_skip(home: House) -> None:
    with pytest.raises(ServiceValidationError, match="no slot to skip"):
        await press(home, "skip_slot")


async def test_resume_ends_an_override(home: House) -> None:
    home.plan("13:00", "14:00")
    await home.until("13:10")
    home.tesla.site.set_in_app(reserve_pct=50)
    await home.until("13:20")
    assert home.status == "overridden"
    await press(home, "resume")
    await home.until("13:25")
    assert (home.status, home.writes[-1]) == ("charging_up", 100)


async def test_resume_ends_a_hold_of_the_owner(home: House) -> None:
    await home.act("charge_until", until="2026-11-18 15:00:00")
    await home.wait(minutes=5)
    assert home.status == "charging_up"
    await press(home, "resume")
    await home.wait(minutes=5)
    assert (home.status, home.writes) == ("idle", [100, 20])


async def test_resume_with_nothing_to_resume_changes_nothing(home: House) -> None:
    await press(home, "resume")
    assert (home.status, home.writes) == ("idle", [])


async def test_the_button_asks_octopus(home: House) -> None:
    await home.wait(minutes=2)
    polls = len(home.octopus.polls)
    await press(home, "refresh")
    assert len(home.octopus.polls) == polls + 1


async def test_choices_survive_a_reload(hass: HomeAssistant, home: House) -> None:
    await home.switch(on=False)
    await home.choose("preserve_charge")
    await home.aim(75)
    assert await hass.config_entries.async_reload(home.entry.entry_id)
    await home.settle()
    assert [shown(home, key) for key in ("automation", "slot_action", "charge_target")] == [
        "off",
        "preserve_charge",
        "75",
    ]


async def test_entities_let_go_of_the_controller(hass: HomeAssistant, home: House) -> None:
    controller = controller_of(home)
    assert await hass.config_entries.async_unload(home.entry.entry_id)
    await home.settle()
    assert controller._listeners == []
    assert controller._activity_listeners == []


async def test_disabled_entities_leave_nothing_undone(hass: HomeAssistant, house: House) -> None:
    """The Powerwall is driven with every entity disabled."""
    await house.move_in()
    registry = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(registry, house.entry.entry_id):
        registry.async_update_entity(entity.entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    await hass.config_entries.async_reload(house.entry.entry_id)
    house.plan("13:00", "14:00")
    await house.until("14:10")
    assert house.writes == [100, 20]


async def test_history_stays_small(home: House, written: list[str]) -> None:
    """A slot is news for most entities, twice; hours of polls around it are news for none (issue 6)."""
    home.plan("13:00", "14:00")
    home.plan("16:00", "17:30")
    await home.wait(minutes=5)
    written.clear()
    await home.until("12:59:59")
    assert written == []
    await home.until("15:59:59")
    assert len(written) <= 36
    written.clear()
    await home.until("18:05")
    assert len(written) <= 39
    written.clear()
    await home.until("23:00")
    assert written == []
