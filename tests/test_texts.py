"""The grammar of ``translations/en.json``, ``icons.json`` and ``services.yaml``, as hassfest checks it on GitHub.

Whether every text that the code asks for is there is another question; here it is whether what is there is well
formed, and whether the three files agree.
"""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.helpers import config_validation as cv, selector
from homeassistant.util.yaml import load_yaml_dict
import probatio
import pytest

COMPONENT = Path(__file__).parents[1] / "custom_components" / "octopus_powerwall"
TRANSLATIONS = COMPONENT / "translations" / "en.json"
ICONS = COMPONENT / "icons.json"
SERVICES = COMPONENT / "services.yaml"

TEXT = "text"
ANY = "*"  # any well-formed key

FIELDS = {ANY: TEXT}
STEP = {
    "title": TEXT,
    "description": TEXT,
    "data": FIELDS,
    "data_description": FIELDS,
    "menu_options": FIELDS,
    "menu_option_descriptions": FIELDS,
    "sections": {ANY: {"name": TEXT, "description": TEXT, "data": FIELDS, "data_description": FIELDS}},
    "submit": TEXT,
}
FLOW = {
    "flow_title": TEXT,
    "step": {ANY: STEP},
    "error": {ANY: TEXT},
    "abort": {ANY: TEXT},
    "progress": {ANY: TEXT},
    "create_entry": {ANY: TEXT},
    "initiate_flow": {ANY: TEXT},
}
ENTITY = {
    "name": TEXT,
    "unit_of_measurement": TEXT,
    "state": {ANY: TEXT},
    "state_attributes": {ANY: {"name": TEXT, "state": {ANY: TEXT}}},
}
GRAMMAR = {
    "title": TEXT,
    "config": FLOW,
    "options": FLOW,
    "device": {ANY: {"name": TEXT}},
    "entity": {ANY: {ANY: ENTITY}},
    "exceptions": {ANY: {"message": TEXT}},
    "issues": {ANY: {"title": TEXT, "short_title": TEXT, "description": TEXT, "fix_flow": FLOW}},
    "selector": {ANY: {"options": {ANY: TEXT}, "fields": {ANY: {"name": TEXT, "description": TEXT}}}},
    "services": {
        ANY: {
            "name": TEXT,
            "description": TEXT,
            "fields": {ANY: {"name": TEXT, "description": TEXT, "example": TEXT}},
            "sections": {ANY: {"name": TEXT, "description": TEXT}},
        }
    },
    "triggers": {
        ANY: {"name": TEXT, "description": TEXT, "fields": {ANY: {"name": TEXT, "description": TEXT}}},
    },
    "conditions": {
        ANY: {"name": TEXT, "description": TEXT, "fields": {ANY: {"name": TEXT, "description": TEXT}}},
    },
    "system_health": {"info": {ANY: TEXT}},
    "common": {ANY: TEXT},
}
KEY = re.compile(r"(?!.*[_-]{2})[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?")
ICON = re.compile(r"mdi:[a-z0-9]+(?:-[a-z0-9]+)*")

type Node = dict[str, Any]


def faults(node: Any, grammar: Any, path: str = "") -> Iterator[str]:
    """Yield what is wrong with a tree of texts, with where it is."""
    if grammar == TEXT:
        yield from (f"{path}: {fault}" for fault in text_faults(node))
        return
    if not isinstance(node, dict):
        yield f"{path}: not a group of texts"
        return
    for key, child in node.items():
        if (rule := grammar.get(key, grammar.get(ANY))) is None:
            yield f"{path}: unknown key {key!r}"
        elif not KEY.fullmatch(key):
            yield f"{path}: {key!r} is no well-formed key"
        else:
            yield from faults(child, rule, f"{path}/{key}")


def text_faults(text: Any) -> Iterator[str]:
    """Yield what is wrong with one text."""
    if not isinstance(text, str) or not text:
        yield "not a text"
        return
    if text != text.strip():
        yield "spaces at its start or end"
    if "[%" in text or "%]" in text:
        yield "refers to another text, which custom integrations cannot"
    if re.search(r"'\{\w+\}'", text):
        yield "a placeholder in single quotes"
    if re.search(r"https?://|www\.", text):
        yield "an address; use a placeholder"
    try:
        cv.string_with_no_html(text)
    except probatio.Invalid:
        yield "HTML"
    if text.count("{") != text.count("}") or not all(
        re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in re.findall(r"\{([^{}]*)\}", text)
    ):
        yield "a malformed placeholder"


def flows(texts: Node) -> Iterator[tuple[str, Node]]:
    """Yield the set-up, options and repair flows."""
    for name in ("config", "options"):
        if name in texts:
            yield name, texts[name]
    for key, issue in texts.get("issues", {}).items():
        if "fix_flow" in issue:
            yield f"issues/{key}", issue["fix_flow"]


@pytest.fixture(scope="module")
def texts() -> Node:
    """The English texts."""
    found: Node = json.loads(TRANSLATIONS.read_text())
    return found


@pytest.fixture(scope="module")
def icons() -> Node:
    """The icons."""
    found: Node = json.loads(ICONS.read_text())
    return found


@pytest.fixture(scope="module")
def services() -> Node:
    """The actions and their fields."""
    return load_yaml_dict(str(SERVICES))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Fine.", None),
        ("Fine, {name}.", None),
        ('"{name}" is fine.', None),
        ("", "not a text"),
        (" Fine.", "spaces"),
        ("Fine.\n", "spaces"),
        ("[%key:common::name%]", "refers"),
        ("The '{name}'.", "single quotes"),
        ("See https://example.com", "address"),
        ("<b>Fine.</b>", "HTML"),
        ("Fine, {name.", "malformed"),
        ("Fine, {First name}.", "malformed"),
    ],
)
def test_the_grammar_finds_faults(text: str, fault: str | None) -> None:
    found = list(text_faults(text))
    assert [fault in each for each in found] == [True] if fault else not found


def test_the_grammar_finds_wrong_keys() -> None:
    wrong = {"config": {"step": {"user": {"header": "x"}}}, "entity": {"sensor": {"Bad": {}}}, "other": {}, "title": {}}
    assert [fault.partition(":")[0] for fault in faults(wrong, GRAMMAR)] == [
        "/config/step/user",
        "/entity/sensor",
        "",
        "/title",
    ]


def test_only_translations(texts: Node) -> None:
    assert texts
    assert not (COMPONENT / "strings.json").exists(), "Home Assistant does not read it in a custom integration"
    assert [path.name for path in TRANSLATIONS.parent.iterdir()] == ["en.json"]


def test_texts_are_well_formed(texts: Node) -> None:
    assert not list(faults(texts, GRAMMAR))


def test_every_field_of_a_flow_is_described(texts: Node) -> None:
    for name, flow in flows(texts):
        for step_id, step in flow["step"].items():
            for form in (step, *step.get("sections", {}).values()):
                assert set(form.get("data_description", {})) == set(form.get("data", {})), f"{name}: {step_id}"


def test_an_issue_is_either_explained_or_fixed(texts: Node) -> None:
    for key, issue in texts.get("issues", {}).items():
        assert "title" in issue, key
        assert ("description" in issue) != ("fix_flow" in issue), key


def test_exceptions_have_a_message(texts: Node) -> None:
    assert all(set(exception) == {"message"} for exception in texts.get("exceptions", {}).values())


def test_actions_are_well_formed(services: Node) -> None:
    for name, action in services.items():
        assert set(action) <= {"fields", "target"}, f"{name}: its texts belong into the translations"
        for field, properties in action.get("fields", {}).items():
            assert set(properties) <= {"required", "default", "example", "selector"}, f"{name}.{field}"
            selector.validate_selector(properties["selector"])


def test_actions_are_named_and_described(texts: Node, services: Node) -> None:
    described = texts["services"]
    assert set(described) == set(services)
    for name, action in services.items():
        assert {"name", "description"} <= set(described[name]), name
        fields = described[name].get("fields", {})
        assert set(fields) == set(action.get("fields", {})), name
        assert all({"name", "description"} <= set(field) for field in fields.values()), name


def test_choices_in_actions_are_named(texts: Node, services: Node) -> None:
    for name, action in services.items():
        for field in action.get("fields", {}).values():
            if key := field["selector"].get("select", {}).get("translation_key"):
                assert key in texts["selector"], name


def test_icons_are_well_formed(icons: Node) -> None:
    assert set(icons) <= {"entity", "services", "triggers", "conditions", "config", "options"}
    for key, entity in (pair for entities in icons.get("entity", {}).values() for pair in entities.items()):
        assert set(entity) <= {"default", "state"}, key
        assert ICON.fullmatch(entity["default"]), key
        for state, icon in entity.get("state", {}).items():
            assert ICON.fullmatch(icon), f"{key}: {state}"
            assert icon != entity["default"], f"{key}: {state} has the default icon anyway"


@pytest.mark.parametrize(("kind", "key"), [("triggers", "trigger"), ("conditions", "condition")])
def test_triggers_and_conditions_are_named_and_have_an_icon(texts: Node, icons: Node, kind: str, key: str) -> None:
    described = load_yaml_dict(str(COMPONENT / f"{kind}.yaml"))
    assert set(texts[kind]) == set(icons[kind]) == set(described)
    for name, text in texts[kind].items():
        assert {"name", "description"} <= set(text), name
        assert set(text.get("fields", {})) == set(described[name].get("fields", {})), name
        assert ICON.fullmatch(icons[kind][name][key]), name


def test_icons_belong_to_entities(texts: Node, icons: Node) -> None:
    for platform, entities in icons.get("entity", {}).items():
        named = texts["entity"][platform]
        assert set(entities) <= set(named), platform
        for key, entity in entities.items():
            if "state" in named[key]:
                assert set(entity.get("state", {})) <= set(named[key]["state"]), key


def test_each_action_has_an_icon(services: Node, icons: Node) -> None:
    assert set(icons["services"]) == set(services)
    for name, icon in icons["services"].items():
        assert set(icon) <= {"service", "sections"}, name
        assert ICON.fullmatch(icon["service"]), name
