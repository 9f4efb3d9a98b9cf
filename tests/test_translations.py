"""Every text that the code asks for is there, none that it does not ask for, and their placeholders agree.

The code is read, not run: keys are found where an exception, a text or an entity names them.
"""

import ast
from collections.abc import Iterator, Mapping
from enum import StrEnum
import json
from pathlib import Path
import string
from typing import Any

from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components.octopus_powerwall import (
    binary_sensor,
    button,
    calendar,
    event,
    logbook,
    number,
    select,
    sensor,
    switch,
)
from custom_components.octopus_powerwall.domain.money.sun_room import SunReason
from custom_components.octopus_powerwall.domain.money.view import Missing
from custom_components.octopus_powerwall.domain.price.certainty import Certainty
from custom_components.octopus_powerwall.domain.price.tariffs import TariffReason
from custom_components.octopus_powerwall.domain.reason import Reason
from custom_components.octopus_powerwall.domain.reserve.situation import Activity
from custom_components.octopus_powerwall.domain.settings import Intent, Mode
from custom_components.octopus_powerwall.domain.status import Status

COMPONENT = Path(__file__).parents[1] / "custom_components" / "octopus_powerwall"
TEXTS: dict[str, Any] = json.loads((COMPONENT / "translations" / "en.json").read_text())
SOURCES = {path: ast.parse(path.read_text()) for path in sorted(COMPONENT.rglob("*.py"))}

DESCRIPTIONS = {
    "binary_sensor": binary_sensor.BINARY_SENSORS,
    "button": button.BUTTONS,
    "calendar": calendar.CALENDARS,
    "event": (event.ACTIVITY,),
    "number": (number.CHARGE_TARGET,),
    "select": (select.SLOT_ACTION,),
    "sensor": sensor.SENSORS,
    "switch": (switch.AUTOMATION,),
}

# What an owner need not know.
JARGON = (
    "baseline",
    "dispatch",
    "entity",
    "intent",
    "judgement",
    "poll ",
    "polled",
    "restamp",
    "snapshot",
    "coordinator",
    "exception",
    "KT-CT",
)


def placeholders(text: str) -> set[str]:
    """The placeholders of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def values(enum: type[StrEnum]) -> set[str]:
    """The values of an enumeration."""
    return {member.value for member in enum}


# --- exceptions -------------------------------------------------------------------------------------------


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _called(node: ast.Call) -> str | None:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return None


def _keyword(node: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in node.keywords if keyword.arg == name), None)


def _strings(node: ast.AST) -> set[str]:
    return {
        constant.value
        for constant in ast.walk(node)
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
    }


def _given(node: ast.expr | None) -> set[str]:
    """The names of the placeholders that a call gives, as a dictionary of them or as keywords."""
    match node:
        case ast.Dict(keys=keys):
            return {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    return set()


def raised() -> dict[str, set[str]]:
    """The translation keys of all exceptions of ours, each with the placeholders given."""
    found: dict[str, set[str]] = {}
    makers: dict[str, str] = {}
    choosers: set[str] = set()
    for tree in SOURCES.values():
        for function in functions(tree):
            parameters = {argument.arg for argument in function.args.args}
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                if _keyword(call, "translation_domain") is None:
                    continue
                match _keyword(call, "translation_key"):
                    case ast.Constant(value=str(key)):
                        found[key] = _given(_keyword(call, "translation_placeholders"))
                    case ast.Name(id=name) if name in parameters:
                        makers[function.name] = name
                    case ast.Call() as chosen if chooser := _called(chosen):
                        choosers.add(chooser)
    for tree in SOURCES.values():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if _called(call) in makers and call.args:
                given = {keyword.arg for keyword in call.keywords if keyword.arg}
                found |= dict.fromkeys(_strings(call.args[0]), given)
        for function in functions(tree):
            if function.name in choosers:
                returned = (node for node in ast.walk(function) if isinstance(node, ast.Return) and node.value)
                found |= {key: set() for node in returned for key in _strings(node)}
    return found


def test_exceptions_are_found() -> None:
    """The search itself: by literal, by a maker's argument, and by a chooser's answers."""
    found = raised()
    assert found["api_url_refused"] == {"variable"}
    assert found["charge_target_refused"] == {"value"}
    assert found["no_such_slot"] == set()
    assert "rate_limited" in found


def test_exceptions() -> None:
    assert {key: placeholders(text["message"]) for key, text in TEXTS["exceptions"].items()} == raised()


def test_no_exception_for_the_owner_goes_untranslated() -> None:
    """Home Assistant shows these to the owner: none may be raised with a bare English message."""
    shown = {"HomeAssistantError", "ServiceValidationError", "UpdateFailed", "ConfigEntryAuthFailed"}
    for path, tree in SOURCES.items():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if _called(call) in shown:
                assert _keyword(call, "translation_key") is not None, f"{path.name}:{call.lineno}"


# --- entities ---------------------------------------------------------------------------------------------


def test_entities_are_named() -> None:
    for platform, descriptions in DESCRIPTIONS.items():
        assert set(TEXTS["entity"][platform]) == {description.key for description in descriptions}
        assert all("name" in text for text in TEXTS["entity"][platform].values())
    assert set(TEXTS["entity"]) == set(DESCRIPTIONS)


STATUS_ATTRIBUTES = {
    "reason": None,
    "until": None,
    "baseline": None,
    "target": None,
    "certainty": values(Certainty),
    "dry_run": {"false", "true"},
    "plan_read_at": None,
}


@pytest.mark.parametrize(
    ("platform", "key", "states", "attributes"),
    [
        ("sensor", "status", values(Status), STATUS_ATTRIBUTES),
        ("sensor", "reason", values(Reason), {}),
        ("binary_sensor", "attention", None, {"problems": None}),
        ("sensor", "tariff", None, {"reason": values(TariffReason)}),
        ("sensor", "planned_slots", None, {"slots": None}),
        ("select", "slot_action", values(Mode), {}),
        ("binary_sensor", "smart_slot", {"on", "off"}, {}),
        ("binary_sensor", "cheap_rate", {"on", "off"}, {}),
        ("binary_sensor", "car_charging", {"on", "off"}, {}),
        (
            "sensor",
            "room_for_the_sun",
            values(SunReason),
            {"target": None, "sun_kwh": None, "home_kwh": None, "until": None},
        ),
        ("sensor", "energy_charged", None, {"reason": {Missing.POWERS}}),
        ("sensor", "energy_kept", None, {"reason": {Missing.POWERS}}),
        (
            "sensor",
            "savings",
            None,
            {"reason": values(Missing), "provisional_gbp": None, "unpriced_half_hours": None},
        ),
        (
            "event",
            "activity",
            None,
            {key: states for key, states in STATUS_ATTRIBUTES.items() if key not in {"certainty", "plan_read_at"}}
            | {"event_type": values(Activity), "status": values(Status)},
        ),
    ],
)
def test_states_and_attributes(
    platform: str, key: str, states: set[str] | None, attributes: Mapping[str, set[str] | None]
) -> None:
    text = TEXTS["entity"][platform][key]
    assert (set(text["state"]) if "state" in text else None) == states
    found = {
        name: set(attribute["state"]) if "state" in attribute else None
        for name, attribute in text.get("state_attributes", {}).items()
    }
    assert found == attributes
    assert all("name" in attribute for attribute in text.get("state_attributes", {}).values())


def test_only_those_have_states_and_attributes() -> None:
    told = {
        (platform, key)
        for platform, entities in TEXTS["entity"].items()
        for key, text in entities.items()
        if set(text) & {"state", "state_attributes"}
    }
    assert told == {
        ("sensor", "status"),
        ("sensor", "reason"),
        ("sensor", "room_for_the_sun"),
        ("binary_sensor", "attention"),
        ("sensor", "tariff"),
        ("sensor", "planned_slots"),
        ("sensor", "energy_charged"),
        ("sensor", "energy_kept"),
        ("sensor", "savings"),
        ("select", "slot_action"),
        ("binary_sensor", "smart_slot"),
        ("binary_sensor", "cheap_rate"),
        ("binary_sensor", "car_charging"),
        ("event", "activity"),
    }


def test_a_text_that_stands_twice_is_the_same() -> None:
    status = TEXTS["entity"]["sensor"]["status"]
    activity = TEXTS["entity"]["event"]["activity"]["state_attributes"]
    assert activity["status"]["state"] == status["state"]
    for name in set(activity) - {"status", "event_type"}:
        assert activity[name] == status["state_attributes"][name]


def test_reasons_are_sentences() -> None:
    for sentence in TEXTS["entity"]["sensor"]["reason"]["state"].values():
        assert sentence[0].isupper()
        assert sentence.endswith(".")


def test_no_placeholders_where_nothing_fills_them_in() -> None:
    def check(node: Any) -> None:
        for child in node.values() if isinstance(node, dict) else ():
            check(child)
        assert not isinstance(node, str) or not placeholders(node), node

    check(TEXTS["entity"])
    check(TEXTS["system_health"])
    check(TEXTS["services"])


# --- our own sentences ------------------------------------------------------------------------------------

COMMON = {
    "agreement_ended": {"date"},
    "agreement_not_begun": {"date"},
    "logbook_name": set(),
    "no_electricity": set(),
    "dry_run": set(),
    "calendar_car_guard": set(),
    "calendar_slot_brought": {"charged", "kept"},
    "calendar_slot_saved": {"charged", "kept", "pounds"},
    "calendar_slot": set(),
    "calendar_slot_energy": {"energy"},
    "calendar_hold_reserve": {"reserve"},
    "calendar_left_alone": set(),
    **{f"calendar_hold_{intent.value}": set() for intent in Intent},
    **{f"calendar_would_{intent.value}": set() for intent in Intent},
    **{f"activity_{activity.value}": set() for activity in Activity},
    **{f"activity_{activity}_open": set() for activity in logbook._NAMED},
    "activity_reserve_raised_car": {"target"},
    **{f"activity_{activity}": set(names) for activity, names in logbook._NAMED.items()},
}


def test_common() -> None:
    """The card's and the dashboard's are in ``tests/frontend/test_card_texts.py``."""
    ours = {key: text for key, text in TEXTS["common"].items() if not key.startswith(("card_", "dashboard_"))}
    assert {key: placeholders(text) for key, text in ours.items()} == COMMON


def test_common_texts_asked_for_by_name_are_there() -> None:
    asked = set()
    for tree in SOURCES.values():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if _called(call) == "common_text" and isinstance(call.args[1], ast.Constant):
                asked.add(call.args[1].value)
    assert asked
    assert asked <= set(COMMON)


# --- the rest ---------------------------------------------------------------------------------------------


def test_system_health() -> None:
    told = next(f for f in functions(SOURCES[COMPONENT / "system_health.py"]) if f.name == "system_health_info")
    (answer,) = (node.value for node in ast.walk(told) if isinstance(node, ast.Return))
    assert set(TEXTS["system_health"]["info"]) == _given(answer)


def test_actions() -> None:
    actions = load_yaml_dict(str(COMPONENT / "services.yaml"))
    assert {name: set(text["fields"]) for name, text in TEXTS["services"].items()} == {
        name: set(action["fields"]) for name, action in actions.items()
    }


def test_icons_are_for_entities_that_have_none() -> None:
    icons = json.loads((COMPONENT / "icons.json").read_text())
    for platform, descriptions in DESCRIPTIONS.items():
        for description in descriptions:
            if description.device_class is None:
                assert description.key in icons["entity"].get(platform, {}), description.key


def test_no_jargon_of_ours() -> None:
    def check(node: Any, path: str) -> None:
        if isinstance(node, dict):
            for key, child in node.items():
                check(child, f"{path}/{key}")
        else:
            words = "".join(text for text, *_ in string.Formatter().parse(node)).lower()
            assert not [word for word in JARGON if word.lower() in words], f"{path}: {node}"

    for section in ("entity", "services", "exceptions", "system_health", "common"):
        check(TEXTS[section], section)
