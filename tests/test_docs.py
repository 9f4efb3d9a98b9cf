"""The reference calls everything by the name that the owner reads in Home Assistant."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.components.automation.config import async_validate_config_item
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.script import async_validate_actions_config
from homeassistant.helpers.template import Template
import pytest
import yaml

ROOT = Path(__file__).parents[1]
COMPONENT = ROOT / "custom_components" / "octopus_powerwall"
TEXTS = json.loads((COMPONENT / "translations" / "en.json").read_text(encoding="utf-8"))
PAGES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))}
REFERENCE = PAGES["reference.md"]


def _rows() -> Iterator[tuple[str, str]]:
    """What has to stand in the first cell of a row, with what it is for the test's name."""
    for key, label in TEXTS["options"]["step"]["init"]["data"].items():
        yield f"option {key}", label
    for key, issue in TEXTS["issues"].items():
        title = issue["title"].replace("{powerwall}", "the Powerwall")
        yield f"repair {key}", title[0].upper() + title[1:]
    for key in yaml.safe_load((COMPONENT / "services.yaml").read_text(encoding="utf-8")):
        yield f"action {key}", f"`octopus_powerwall.{key}`"


@pytest.mark.parametrize(("what", "name"), _rows(), ids=lambda cell: cell if " " in cell else "")
def test_reference_has_a_row(what: str, name: str) -> None:
    assert f"\n| {name} |" in REFERENCE, what


@pytest.mark.parametrize(
    ("key", "name"),
    [(key, entity["name"]) for entities in TEXTS["entity"].values() for key, entity in entities.items()],
)
def test_reference_has_the_entity(key: str, name: str) -> None:
    rows = [row for row in REFERENCE.splitlines() if row.startswith("|") and f"`{key}`" in row]
    assert any(f"*{name}*" in row for row in rows)


@pytest.mark.parametrize("state", TEXTS["entity"]["sensor"]["status"]["state"].items(), ids=lambda state: state[0])
def test_reference_shows_the_status_as_home_assistant_does(state: tuple[str, str]) -> None:
    key, shown = state
    assert f"\n| `{key}` | {shown} |" in REFERENCE


@pytest.mark.parametrize("page", PAGES)
def test_links_and_pictures_are_there(page: str) -> None:
    folder = ROOT if page == "README.md" else ROOT / "docs"
    for target in re.findall(r"\]\(([^)#]+)", PAGES[page]):
        if not target.startswith("https://"):
            assert (folder / target).exists(), target


EXAMPLES = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGES["examples.md"], re.DOTALL)]


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
async def test_example_is_one_that_home_assistant_takes(hass: HomeAssistant, example: dict[str, Any]) -> None:
    if "triggers" in example:
        automation = await async_validate_config_item(hass, "example", {"alias": "Example", **example})
        assert automation is not None
        assert automation.validation_error is None
    elif "sequence" in example:
        await async_validate_actions_config(hass, cv.SCRIPT_SCHEMA(example["sequence"]))
    else:
        assert Template(example["content"], hass).async_render() == ""


def test_examples_use_what_is_ours() -> None:
    used = set(re.findall(r"\b(?:\w+)\.octopus_powerwall_(\w+)", PAGES["examples.md"]))
    assert used <= {key for entities in TEXTS["entity"].values() for key in entities}
    named = set(re.findall(r"\boctopus_powerwall\.(\w+)", PAGES["examples.md"]))
    offered = [
        yaml.safe_load((COMPONENT / f"{kind}.yaml").read_text(encoding="utf-8"))
        for kind in ("services", "triggers", "conditions")
    ]
    assert named <= {name for kind in offered for name in kind}


RULES_PAGE = PAGES["design.md"]
CODE = {
    path.relative_to(ROOT): path.read_text(encoding="utf-8")
    for folder in (COMPONENT, ROOT / "tests", ROOT / "scripts")
    for path in sorted(folder.rglob("*.py"))
}


def _rules() -> Iterator[str]:
    """Yield the number of every section and of every rule in it; the rules of a section are numbered without a gap."""
    for section, text in re.findall(r"^## (\d+) (.*?)(?=^## |\Z)", RULES_PAGE, re.MULTILINE | re.DOTALL):
        yield section
        numbers = [int(number) for number in re.findall(r"^(\d+)\. ", text, re.MULTILINE)]
        assert numbers == list(range(1, len(numbers) + 1)), f"section {section}"
        yield from (f"{section}.{number}" for number in numbers)


def test_every_rule_that_the_code_names_is_written_down() -> None:
    written = set(_rules())
    named = {
        number: path
        for path, text in CODE.items()
        for numbers in re.findall(r"\bdesign ((?:\d+(?:\.\d+)?(?:, | and | to )?)+)", text)
        for number in re.findall(r"\d+(?:\.\d+)?", numbers)
    }
    assert len(named) > 40
    assert {number: path for number, path in named.items() if number not in written} == {}


def test_the_architecture_names_what_there_is() -> None:
    """Files, folders, and whatever is written as code or stands in a diagram as a class."""
    page = PAGES["architecture.md"]
    quoted = set(re.findall(r"`([^`\n]+)`", page))
    for name in quoted:
        if name.endswith((".py", ".json", ".md", "/")):
            found = (COMPONENT / name, ROOT / name, COMPONENT / "runtime" / name, COMPONENT / "domain" / name)
            assert any(path.exists() for path in found), name
    drawn = "\n".join(re.findall(r"```mermaid\n(.*?)```", page, re.DOTALL))
    classes = set(re.findall(r"\b(?:[A-Z][a-z]+){1,}[A-Za-z]*\b", re.sub(r": .*", "", drawn)))
    classes |= {name for name in quoted if re.fullmatch(r"_?[A-Za-z]+", name) and name != name.lower()}
    own = "\n".join(text for path, text in CODE.items() if "scripts" not in path.parts)
    assert "UndoingLateLanding" in classes
    assert {name for name in classes if not re.search(rf"\b{name}\b", own)} == set()
