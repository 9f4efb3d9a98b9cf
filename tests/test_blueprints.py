"""The blueprints in Home Assistant's own hands: each is accepted, offers our entities, and does what it says."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
import shutil
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.automation.helpers import async_get_blueprints
from homeassistant.components.blueprint import Blueprint
from homeassistant.core import CoreState, HomeAssistant, ServiceCall, State
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_mock_service,
    mock_restore_cache,
)

from tests.stories.house import House

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "blueprints" / "automation" / "octopus_powerwall"
NAMES = ("run_appliance_in_cheap_slot", "tell_me_what_happened", "warn_before_allowance_ends")
EVENT_TYPES = (
    "slot_started",
    "slot_ended",
    "reserve_raised",
    "reserve_restored",
    "overridden",
    "not_obeying",
    "restore_failed",
    "paused",
    "resumed",
)

ACTIVITY = "event.octopus_powerwall_activity"
CHEAP = "binary_sensor.octopus_powerwall_cheap_rate"
ALLOWANCE = "sensor.octopus_powerwall_allowance_used"
PHONE = "notify.phone"

type Automate = Callable[..., Awaitable[None]]


@pytest.fixture
def owner(hass: HomeAssistant, tmp_path: Path) -> HomeAssistant:
    """A Home Assistant whose owner has imported our blueprints."""
    shutil.copytree(ROOT / "blueprints", tmp_path / "blueprints")
    hass.config.config_dir = str(tmp_path)
    return hass


@pytest.fixture
async def automate(owner: HomeAssistant) -> AsyncGenerator[Automate]:
    """Makes an automation from a blueprint and its inputs; it stops, and its timers with it, after the test."""

    async def make(blueprint: str, **inputs: Any) -> None:
        use = {"path": f"octopus_powerwall/{blueprint}.yaml", "input": inputs}
        assert await async_setup_component(owner, "automation", {"automation": {"use_blueprint": use}})
        await owner.async_block_till_done()
        (automation,) = owner.states.async_all("automation")
        assert automation.state == "on", "Home Assistant refused the automation"

    yield make
    await owner.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)


@pytest.fixture
def shown(hass: HomeAssistant) -> list[ServiceCall]:
    """The messages under the bell."""
    return async_mock_service(hass, "persistent_notification", "create")


@pytest.fixture
def sent(hass: HomeAssistant) -> list[ServiceCall]:
    """The messages sent to phones."""
    return async_mock_service(hass, "notify", "send_message")


@pytest.fixture
def started(hass: HomeAssistant) -> list[ServiceCall]:
    """What was switched on."""
    return async_mock_service(hass, "switch", "turn_on")


@pytest.fixture
def stopped(hass: HomeAssistant) -> list[ServiceCall]:
    """What was switched off."""
    return async_mock_service(hass, "switch", "turn_off")


def messages(calls: list[ServiceCall]) -> list[str]:
    """The texts of some messages."""
    return [call.data["message"] for call in calls]


async def happen(hass: HomeAssistant, event_type: str, at: str = "2026-11-18T12:00:00.000+00:00") -> None:
    """Let the activity entity say that something happened."""
    hass.states.async_set(ACTIVITY, at, {"event_type": event_type, "event_types": list(EVENT_TYPES)})
    await hass.async_block_till_done()


async def become(hass: HomeAssistant, entity_id: str, state: str) -> None:
    """Let an entity take a state."""
    hass.states.async_set(entity_id, state)
    await hass.async_block_till_done()


async def later(hass: HomeAssistant, freezer: FrozenDateTimeFactory, by: timedelta) -> None:
    """Let time pass."""
    freezer.tick(by)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


def test_all_are_tested() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
async def test_accepted(owner: HomeAssistant, name: str) -> None:
    assert await async_setup_component(owner, "automation", {})
    blueprint = await async_get_blueprints(owner).async_get_blueprint(f"octopus_powerwall/{name}.yaml")
    assert isinstance(blueprint, Blueprint)
    assert blueprint.validate() is None
    assert blueprint.metadata["homeassistant"]["min_version"] == "2026.10.0"
    assert blueprint.metadata["source_url"].endswith(f"/blob/main/blueprints/automation/octopus_powerwall/{name}.yaml")
    assert set(blueprint.data) <= {
        "blueprint", "mode", "max", "max_exceeded", "trigger_variables", "triggers", "variables", "conditions",
        "actions",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
async def test_asks_for_an_entity_of_ours_and_explains_itself(owner: HomeAssistant, name: str) -> None:
    assert await async_setup_component(owner, "automation", {})
    blueprint = await async_get_blueprints(owner).async_get_blueprint(f"octopus_powerwall/{name}.yaml")
    required = {key: given for key, given in blueprint.inputs.items() if "default" not in given}
    (entity, *rest) = required.items()
    assert entity[1]["selector"]["entity"]["filter"][0]["integration"] == "octopus_powerwall"
    assert [key for key, _ in rest] == (["start"] if name == "run_appliance_in_cheap_slot" else [])
    for given in blueprint.inputs.values():
        assert given["name"]
        assert "selector" in given


@pytest.mark.parametrize("event_type", EVENT_TYPES)
async def test_tells_each_happening_in_words(
    hass: HomeAssistant, automate: Automate, shown: list[ServiceCall], event_type: str
) -> None:
    hass.states.async_set(ACTIVITY, "unknown")
    await automate("tell_me_what_happened", activity=ACTIVITY, happenings=list(EVENT_TYPES))
    await happen(hass, event_type)
    (message,) = messages(shown)
    assert message.endswith(".")
    assert "_" not in message


async def test_offers_each_happening(owner: HomeAssistant) -> None:
    assert await async_setup_component(owner, "automation", {})
    blueprint = await async_get_blueprints(owner).async_get_blueprint("octopus_powerwall/tell_me_what_happened.yaml")
    offered = blueprint.inputs["happenings"]["selector"]["select"]["options"]
    assert [option["value"] for option in offered] == list(EVENT_TYPES)
    assert set(blueprint.inputs["happenings"]["default"]) < set(EVENT_TYPES)
    assert set(blueprint.data["variables"]["sentences"]) == set(EVENT_TYPES)


async def test_tells_only_what_was_asked_for(hass: HomeAssistant, automate: Automate, shown: list[ServiceCall]) -> None:
    hass.states.async_set(ACTIVITY, "unknown")
    await automate("tell_me_what_happened", activity=ACTIVITY)
    await happen(hass, "slot_started", "2026-11-18T12:00:00.000+00:00")
    assert not shown
    await happen(hass, "reserve_raised", "2026-11-18T12:00:01.000+00:00")
    assert len(shown) == 1
    assert shown[0].data["notification_id"] == "octopus_powerwall_reserve_raised"


async def test_tells_phones_and_does_more(
    hass: HomeAssistant,
    automate: Automate,
    shown: list[ServiceCall],
    sent: list[ServiceCall],
    started: list[ServiceCall],
) -> None:
    hass.states.async_set(ACTIVITY, "unknown")
    await automate(
        "tell_me_what_happened",
        activity=ACTIVITY,
        phones=[PHONE],
        in_home_assistant=False,
        also=[{"action": "switch.turn_on", "target": {"entity_id": "switch.{{ happening }}"}}],
    )
    await happen(hass, "restore_failed")
    assert not shown
    assert sent[0].data["entity_id"] == [PHONE]
    assert "could not be put back" in sent[0].data["message"]
    assert started[0].data["entity_id"] == ["switch.restore_failed"]


async def test_a_restart_tells_nothing_old(hass: HomeAssistant, automate: Automate, shown: list[ServiceCall]) -> None:
    await happen(hass, "reserve_raised")
    await automate("tell_me_what_happened", activity=ACTIVITY)
    await become(hass, ACTIVITY, "unavailable")
    await happen(hass, "reserve_raised")
    assert not shown


SWITCH = {"target": {"entity_id": "switch.dishwasher"}}
START = [{"action": "switch.turn_on", **SWITCH}]
STOP = [{"action": "switch.turn_off", **SWITCH}]


async def test_runs_an_appliance_while_it_is_cheap(
    hass: HomeAssistant,
    automate: Automate,
    started: list[ServiceCall],
    stopped: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
) -> None:
    hass.states.async_set(CHEAP, "off")
    await automate("run_appliance_in_cheap_slot", cheap=CHEAP, start=START, stop=STOP)
    await become(hass, CHEAP, "on")
    await later(hass, freezer, timedelta(minutes=1, seconds=59))
    assert not started
    await later(hass, freezer, timedelta(seconds=2))
    assert len(started) == 1
    assert not stopped
    await become(hass, CHEAP, "off")
    assert len(stopped) == 1


async def test_a_slot_withdrawn_at_once_starts_nothing(
    hass: HomeAssistant, automate: Automate, started: list[ServiceCall], freezer: FrozenDateTimeFactory
) -> None:
    hass.states.async_set(CHEAP, "off")
    await automate("run_appliance_in_cheap_slot", cheap=CHEAP, start=START)
    await become(hass, CHEAP, "on")
    await later(hass, freezer, timedelta(minutes=1))
    await become(hass, CHEAP, "off")
    await later(hass, freezer, timedelta(minutes=5))
    assert not started


@pytest.mark.freeze_time("2026-11-18 12:00:00+00:00")
@pytest.mark.parametrize(
    ("earliest", "latest", "starts"),
    [
        ("00:00:00", "00:00:00", True),
        ("09:00:00", "18:00:00", True),
        ("12:30:00", "18:00:00", False),
        ("09:00:00", "12:00:00", False),
        ("22:00:00", "06:00:00", False),
        ("22:00:00", "13:00:00", True),
        ("11:00:00", "06:00:00", True),
    ],
)
async def test_starts_between_two_times_only(
    hass: HomeAssistant,
    automate: Automate,
    *,
    started: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
    earliest: str,
    latest: str,
    starts: bool,
) -> None:
    await hass.config.async_set_time_zone("Europe/London")
    hass.states.async_set(CHEAP, "off")
    await automate("run_appliance_in_cheap_slot", cheap=CHEAP, start=START, earliest=earliest, latest=latest)
    await become(hass, CHEAP, "on")
    await later(hass, freezer, timedelta(minutes=3))
    assert bool(started) is starts


@pytest.mark.parametrize(
    ("earliest", "latest", "cheap_for", "starts"),
    [
        ("12:10:00", "18:00:00", 10, True),
        ("12:10:00", "18:00:00", 1, False),
        ("12:10:00", "12:10:00", 10, False),
    ],
)
@pytest.mark.freeze_time("2026-11-18 12:00:00+00:00")
async def test_starts_at_the_earliest_time_where_it_is_cheap_already(
    hass: HomeAssistant,
    automate: Automate,
    *,
    started: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
    earliest: str,
    latest: str,
    cheap_for: int,
    starts: bool,
) -> None:
    await hass.config.async_set_time_zone("Europe/London")
    hass.states.async_set(CHEAP, "off")
    await automate("run_appliance_in_cheap_slot", cheap=CHEAP, start=START, earliest=earliest, latest=latest)
    await later(hass, freezer, timedelta(minutes=10 - cheap_for))
    await become(hass, CHEAP, "on")
    for _ in range(cheap_for - 1):
        await later(hass, freezer, timedelta(minutes=1))
    before = len(started)
    await later(hass, freezer, timedelta(minutes=1))
    assert (len(started) > before) is starts


@pytest.mark.parametrize("loaded", ["on", "off"])
async def test_starts_only_if_the_owner_s_condition_holds(
    hass: HomeAssistant, automate: Automate, started: list[ServiceCall], freezer: FrozenDateTimeFactory, loaded: str
) -> None:
    hass.states.async_set(CHEAP, "off")
    hass.states.async_set("input_boolean.loaded", loaded)
    only_if = [{"condition": "state", "entity_id": "input_boolean.loaded", "state": "on"}]
    await automate("run_appliance_in_cheap_slot", cheap=CHEAP, start=START, only_if=only_if)
    await become(hass, CHEAP, "on")
    await later(hass, freezer, timedelta(minutes=3))
    assert bool(started) is (loaded == "on")


WATER = "input_boolean.water"
HEAT = [{"action": "input_boolean.turn_on", "target": {"entity_id": WATER}}]
COOL = [{"action": "input_boolean.turn_off", "target": {"entity_id": WATER}}]
HEATER: dict[str, Any] = {"cheap": CHEAP, "appliance": WATER, "start": HEAT, "stop": COOL}


@pytest.fixture
async def water(hass: HomeAssistant) -> HomeAssistant:
    """A water heater that is off, and dear electricity."""
    assert await async_setup_component(hass, "input_boolean", {"input_boolean": {"water": None}})
    hass.states.async_set(CHEAP, "off")
    return hass


async def by_hand(hass: HomeAssistant, service: str) -> None:
    """The owner switches the water heater."""
    await hass.services.async_call("input_boolean", service, {"entity_id": WATER}, blocking=True)
    await hass.async_block_till_done()


async def reload_automations(hass: HomeAssistant, **inputs: Any) -> None:
    """The owner saves the automation, perhaps with other inputs."""
    use = {"path": "octopus_powerwall/run_appliance_in_cheap_slot.yaml", "input": inputs}
    changed = {"automation": [{"alias": "changed", "use_blueprint": use}]}
    with patch("homeassistant.config.load_yaml_config_file", return_value=changed):
        await hass.services.async_call("automation", "reload", blocking=True)
    await hass.async_block_till_done()


def runs(hass: HomeAssistant) -> bool:
    """Whether the water heater is on."""
    return hass.states.is_state(WATER, "on")


@pytest.mark.freeze_time("2026-11-18 12:00:00+00:00")
async def test_automations_that_are_loaded_anew_start_it_late_and_once(
    water: HomeAssistant, automate: Automate, freezer: FrozenDateTimeFactory
) -> None:
    """Loaded anew in the wait and after the start: it starts all the same, and is switched off at the end."""
    await automate("run_appliance_in_cheap_slot", **HEATER)
    await become(water, CHEAP, "on")
    await later(water, freezer, timedelta(minutes=1))
    await reload_automations(water, **HEATER)
    await later(water, freezer, timedelta(minutes=3))
    assert runs(water)
    await by_hand(water, "turn_off")
    await reload_automations(water, **HEATER, least=0)
    await later(water, freezer, timedelta(minutes=3))
    assert not runs(water), "the owner does not want it, and it has been started in this cheap time"
    await become(water, CHEAP, "off")
    await later(water, freezer, timedelta(hours=1))
    await become(water, CHEAP, "on")
    await later(water, freezer, timedelta(minutes=3))
    assert runs(water)
    await reload_automations(water, **HEATER)
    await later(water, freezer, timedelta(minutes=20))
    await become(water, CHEAP, "off")
    assert not runs(water)


@pytest.mark.freeze_time("2026-11-18 12:00:00+00:00")
async def test_what_is_cheap_already_when_the_automation_is_loaded_anew_starts_it(
    water: HomeAssistant, automate: Automate, freezer: FrozenDateTimeFactory
) -> None:
    """A condition kept it from starting; the owner changes it in the middle of the slot."""
    await automate("run_appliance_in_cheap_slot", **HEATER, latest="11:00:00", earliest="09:00:00")
    await become(water, CHEAP, "on")
    await later(water, freezer, timedelta(minutes=30))
    assert not runs(water)
    await reload_automations(water, **HEATER)
    assert runs(water)


@pytest.mark.freeze_time("2026-11-18 12:00:00+00:00")
async def test_what_the_owner_switched_on_is_not_switched_off(
    water: HomeAssistant, automate: Automate, freezer: FrozenDateTimeFactory
) -> None:
    """On before the slot; and in the next slot, off by hand and on again."""
    await automate("run_appliance_in_cheap_slot", **HEATER)
    await by_hand(water, "turn_on")
    await later(water, freezer, timedelta(minutes=5))
    await become(water, CHEAP, "on")
    await later(water, freezer, timedelta(minutes=30))
    await become(water, CHEAP, "off")
    assert runs(water)
    await by_hand(water, "turn_off")
    await later(water, freezer, timedelta(minutes=5))
    await become(water, CHEAP, "on")
    await later(water, freezer, timedelta(minutes=5))
    assert runs(water)
    await by_hand(water, "turn_off")
    await later(water, freezer, timedelta(minutes=5))
    await by_hand(water, "turn_on")
    await later(water, freezer, timedelta(minutes=5))
    await become(water, CHEAP, "off")
    assert runs(water)


CHEAP_SINCE_NOON = {"since": "2026-11-18T12:00:00+00:00", "until": "2026-11-18T13:00:00+00:00"}


async def restart(
    hass: HomeAssistant, automate: Automate, freezer: FrozenDateTimeFactory, *, last: str, known: str, **inputs: Any
) -> tuple[list[ServiceCall], list[ServiceCall]]:
    """Home Assistant starts at 12:30 in a cheap time from 12:00 on, and the heater runs.

    ``last`` is when the automation last acted, ``known`` what is known before the automation is. Answers with what is
    switched on, and with what is switched off.
    """
    at_last = {"last_triggered": f"2026-11-18T{last}:00+00:00"}
    mock_restore_cache(hass, [State("automation.automation_0", "on", at_last)])
    hass.set_state(CoreState.not_running)
    assert await async_setup_component(hass, "input_boolean", {})
    hass.states.async_set(CHEAP, "unavailable")
    hass.states.async_set(WATER, "on" if known == "the heater" else "unavailable")
    off = async_mock_service(hass, "input_boolean", "turn_off")
    on = async_mock_service(hass, "input_boolean", "turn_on")
    await automate("run_appliance_in_cheap_slot", **inputs)
    if known != "the heater":
        hass.states.async_set(CHEAP, "on", CHEAP_SINCE_NOON)
    await hass.async_start()
    await later(hass, freezer, timedelta(seconds=20))
    hass.states.async_set(CHEAP, "on", CHEAP_SINCE_NOON)
    await become(hass, WATER, "on")
    await later(hass, freezer, timedelta(minutes=20))
    assert not off
    return on, off


@pytest.mark.freeze_time("2026-11-18 12:30:00+00:00")
@pytest.mark.parametrize("known", ["the heater", "the cheap time"])
@pytest.mark.parametrize(("last", "stops"), [("12:02", 1), ("05:30", 0)])
async def test_a_restart_of_home_assistant_in_a_slot(
    *, hass: HomeAssistant, automate: Automate, freezer: FrozenDateTimeFactory, last: str, stops: int, known: str
) -> None:
    """Started in this cheap time it is switched off at its end; else the heater that runs now is the owner's."""
    on, off = await restart(hass, automate, freezer, last=last, known=known, **HEATER)
    await become(hass, CHEAP, "off")
    assert (len(on), len(off)) == (0, stops)


@pytest.mark.freeze_time("2026-11-18 12:30:00+00:00")
@pytest.mark.parametrize(("last", "stops"), [("12:02", 1), ("05:30", 0)])
async def test_a_restart_and_an_appliance_that_cannot_be_looked_at(
    *, hass: HomeAssistant, automate: Automate, freezer: FrozenDateTimeFactory, last: str, stops: int
) -> None:
    """It is switched off at the end of the cheap time that has started it, of no other one."""
    unseen = HEATER | {"appliance": [], "only_if": [{"condition": "template", "value_template": "{{ false }}"}]}
    on, off = await restart(hass, automate, freezer, last=last, known="the cheap time", **unseen)
    await become(hass, CHEAP, "off")
    assert (len(on), len(off)) == (0, stops)


@pytest.mark.freeze_time("2026-11-18 12:00:00+00:00")
@pytest.mark.parametrize(("until", "starts"), [("12:40", True), ("12:20", False), (None, False)])
async def test_starts_only_where_it_stays_cheap_for_long_enough(
    *, water: HomeAssistant, automate: Automate, freezer: FrozenDateTimeFactory, until: str | None, starts: bool
) -> None:
    await automate("run_appliance_in_cheap_slot", **HEATER, least=30)
    water.states.async_set(CHEAP, "on", {"until": f"2026-11-18T{until}:00+00:00" if until else None})
    for _ in range(5):
        await later(water, freezer, timedelta(minutes=1))
    assert runs(water) is starts


@pytest.mark.freeze_time("2026-11-18 12:00:00+00:00")
async def test_a_programme_is_not_run_again_too_soon(
    hass: HomeAssistant, automate: Automate, started: list[ServiceCall], freezer: FrozenDateTimeFactory
) -> None:
    hass.states.async_set(CHEAP, "off")
    await automate("run_appliance_in_cheap_slot", cheap=CHEAP, start=START, rest=3)
    for minutes, expected in ((10, 1), (170, 1), (10, 2)):
        await become(hass, CHEAP, "on")
        await later(hass, freezer, timedelta(minutes=3))
        assert len(started) == expected
        await become(hass, CHEAP, "off")
        await later(hass, freezer, timedelta(minutes=minutes))


@pytest.mark.freeze_time("2026-11-18 13:40:00+00:00")
async def test_a_day_of_the_real_integration(house: House, tmp_path: Path) -> None:
    """A slot of twenty minutes is too short, the next one is long enough; the heater follows the real sensor."""
    hass = house.hass
    shutil.copytree(ROOT / "blueprints", tmp_path / "blueprints")
    hass.config.config_dir = str(tmp_path)
    assert await async_setup_component(hass, "input_boolean", {"input_boolean": {"water": None}})
    house.plan("14:00", "14:20", energy=2.0)
    house.plan("15:00", "16:00", energy=7.0)
    await house.move_in()
    inputs = HEATER | {"cheap": house.entity("cheap_rate").entity_id, "least": 30}
    use = {"path": "octopus_powerwall/run_appliance_in_cheap_slot.yaml", "input": inputs}
    assert await async_setup_component(hass, "automation", {"automation": {"use_blueprint": use}})
    await house.until("14:10")
    assert house.entity("cheap_rate").state == "on"
    assert house.entity("cheap_rate").attributes["since"] == "2026-11-18T14:00:00+00:00"
    assert house.entity("cheap_rate").attributes["until"] == "2026-11-18T14:20:00+00:00"
    assert house.entity("smart_slot").attributes["until"] == "2026-11-18T14:20:00+00:00"
    assert not runs(hass)
    await house.until("15:05")
    assert runs(hass)
    await house.until("16:05")
    assert house.entity("cheap_rate").attributes["until"] is None
    assert house.entity("smart_slot").attributes["since"] is None
    assert not runs(hass)
    await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)


@pytest.mark.freeze_time("2026-11-18 20:00:00+00:00")
async def test_warns_once_from_midday_to_midday(
    hass: HomeAssistant, automate: Automate, shown: list[ServiceCall], freezer: FrozenDateTimeFactory
) -> None:
    await hass.config.async_set_time_zone("Europe/London")
    hass.states.async_set(ALLOWANCE, "4.5")
    await automate("warn_before_allowance_ends", allowance=ALLOWANCE)
    assert not shown
    await become(hass, ALLOWANCE, "5.0")
    assert messages(shown) == ["1 hour of today's six hours of cheap smart charging left. The next six begin at 12:00."]

    for state in ("5.5", "unavailable", "6.0"):
        await become(hass, ALLOWANCE, state)
    freezer.move_to("2026-11-19 11:59:00+00:00")
    await become(hass, ALLOWANCE, "5.5")
    assert len(shown) == 1

    freezer.move_to("2026-11-19 12:00:00+00:00")
    await become(hass, ALLOWANCE, "0.0")
    assert len(shown) == 1
    freezer.move_to("2026-11-19 18:00:00+00:00")
    await become(hass, ALLOWANCE, "6.0")
    assert messages(shown)[1:] == [
        "Today's six hours of cheap smart charging are used up. The next six begin at 12:00."
    ]


@pytest.mark.parametrize(("left", "used", "warns"), [(0.5, "5.0", False), (0.5, "5.5", True), (2, "4.0", True)])
async def test_warns_when_the_owner_wishes(
    hass: HomeAssistant,
    automate: Automate,
    *,
    sent: list[ServiceCall],
    shown: list[ServiceCall],
    left: float,
    used: str,
    warns: bool,
) -> None:
    hass.states.async_set(ALLOWANCE, "0.0")
    await automate(
        "warn_before_allowance_ends", allowance=ALLOWANCE, left=left, phones=[PHONE], in_home_assistant=False
    )
    await become(hass, ALLOWANCE, used)
    assert bool(sent) is warns
    assert not shown


async def test_an_unknown_allowance_is_no_warning(
    hass: HomeAssistant, automate: Automate, shown: list[ServiceCall]
) -> None:
    hass.states.async_set(ALLOWANCE, "0.0")
    await automate("warn_before_allowance_ends", allowance=ALLOWANCE, left=5.5)
    for state in ("unavailable", "unknown"):
        await become(hass, ALLOWANCE, state)
    assert not shown


async def test_a_message_names_value_reason_and_end(
    hass: HomeAssistant, automate: Automate, shown: list[ServiceCall]
) -> None:
    await hass.config.async_update(time_zone="Europe/London")
    hass.states.async_set(ACTIVITY, "unknown")
    await automate("tell_me_what_happened", activity=ACTIVITY, happenings=list(EVENT_TYPES))
    details = {
        "event_type": "reserve_raised",
        "target": 100,
        "baseline": 20,
        "until": "2026-11-18T14:30:00+00:00",
        "reason_text": "Octopus has scheduled this slot.",
        "dry_run": False,
    }
    hass.states.async_set(ACTIVITY, "2026-11-18T12:00:00.000+00:00", details)
    await hass.async_block_till_done()
    more: tuple[dict[str, Any], ...] = (
        {"event_type": "overridden", "reserve": 35},
        {"event_type": "slot_started", "slot_end": "2026-11-18T14:30:00+00:00"},
        {"event_type": "slot_ended", "energy_charged_kwh": 3.61, "energy_kept_kwh": 4.0, "savings_gbp": -0.2},
        {"event_type": "paused", "reserve": 100, "reason_text": "Storm Watch is on."},
        {"event_type": "resumed"},
        {"event_type": "slot_started", "dry_run": True},
    )
    for minute, changed in enumerate(more, 10):
        hass.states.async_set(ACTIVITY, f"2026-11-18T12:{minute}:00.000+00:00", details | changed)
        await hass.async_block_till_done()
    raised, overridden, began, ended, paused, resumed, dry = messages(shown)
    assert raised == (
        "The Powerwall's backup reserve was raised to 100 % until 14:30. Octopus has scheduled this slot."
    )
    assert overridden == (
        "The backup reserve was changed to 35 % by hand or by another automation. It is left alone until 14:30, and "
        "20 % will not be put back. Press Resume to go on sooner."
    )
    assert began == "A smart charging slot has begun, which is to end at 14:30. Octopus has scheduled this slot."
    assert ended == "The smart charging slot has ended. It charged 3.6 kWh and kept 4.0 kWh: saves -£0.20."
    assert paused == "Nothing is changed for now, the backup reserve is left at 100 %. Storm Watch is on."
    assert resumed.startswith("The wait is over, the Powerwall follows the slots again: the backup reserve is to be at")
    assert dry.startswith("Dry run: nothing is sent to the Powerwall. A smart charging slot has begun.")
