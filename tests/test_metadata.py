"""What hassfest and HACS check in a repository like this one, as far as it can be checked without them.

The real ones run on GitHub (``.github/workflows/validate.yml``). The texts are in ``test_texts.py``.
"""

import ast
from importlib.metadata import requires
import importlib.util
import json
from pathlib import Path
import re
import tomllib
from typing import Any
from urllib.parse import urlparse

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from homeassistant import components
from homeassistant.const import Platform
from homeassistant.util.yaml import load_yaml_dict
from PIL import Image, ImageChops
import pytest
import yaml

from .module_imports import COMPONENT, ROOT, SOURCES, imported_names

BRAND = COMPONENT / "brand"
GITHUB = ROOT / ".github"
REPOSITORY = "https://github.com/octopus-powerwall/octopus-powerwall"

CORE_COMPONENTS = Path(components.__file__).parent

MANIFEST: dict[str, Any] = json.loads((COMPONENT / "manifest.json").read_text())

# What an integration may import without naming it in its manifest (hassfest, dependencies).
FREELY_IMPORTED = {platform.value for platform in Platform} | {
    "alert",
    "automation",
    "device_automation",
    "frontend",
    "group",
    "homeassistant",
    "input_boolean",
    "input_button",
    "input_datetime",
    "input_number",
    "input_select",
    "input_text",
    "media_source",
    "onboarding",
    "persistent_notification",
    "person",
    "script",
    "sun",
    "system_health",
    "system_log",
    "timer",
    "webhook",
    "websocket_api",
    "zone",
}


class TestManifest:
    def test_keys(self) -> None:
        assert set(MANIFEST) == {
            "after_dependencies",
            "codeowners",
            "config_flow",
            "documentation",
            "domain",
            "integration_type",
            "iot_class",
            "issue_tracker",
            "loggers",
            "name",
            "requirements",
            "version",
        }

    def test_order(self) -> None:
        first, second, *rest = MANIFEST
        assert (first, second) == ("domain", "name")
        assert rest == sorted(rest)

    def test_domain_is_the_only_folder(self) -> None:
        folders = [path.name for path in COMPONENT.parent.iterdir() if path.is_dir() and path.name != "__pycache__"]
        assert folders == [MANIFEST["domain"]] == ["octopus_powerwall"]

    def test_version_is_the_project_s(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        assert MANIFEST["version"] == project["version"]
        AwesomeVersion(MANIFEST["version"], ensure_strategy=[AwesomeVersionStrategy.SEMVER])

    def test_links_lead_to_our_own_pages(self) -> None:
        assert MANIFEST["documentation"] == REPOSITORY
        assert MANIFEST["issue_tracker"] == f"{REPOSITORY}/issues"
        assert urlparse(MANIFEST["documentation"]).scheme == "https"
        assert MANIFEST["codeowners"] == ["@octopus-powerwall"]

    def test_kind(self) -> None:
        assert MANIFEST["name"] == "Octopus Powerwall"
        assert MANIFEST["integration_type"] == "service"
        assert MANIFEST["iot_class"] == "cloud_polling"
        assert MANIFEST["loggers"] == ["custom_components.octopus_powerwall"]

    def test_needs_nothing_but_home_assistant(self) -> None:
        assert MANIFEST["requirements"] == []
        assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"] == []

    def test_starts_after_tesla_without_needing_more_packages(self) -> None:
        """Home Assistant installs what an after-dependency requires and refuses us if that fails.

        Teslemetry would bring some thirty packages with it, Bluetooth and voice among them, even to an owner who does
        not use it; so it is not listed, and its entities turn up when they do. What the recorder requires comes with
        Home Assistant itself.
        """
        assert MANIFEST["after_dependencies"] == [
            "energy",
            "http",
            "lovelace",
            "recorder",
            "tesla_fleet",
            "tessie",
        ]
        required: set[str] = set()
        for domain in MANIFEST["after_dependencies"]:
            manifest = json.loads((CORE_COMPONENTS / domain / "manifest.json").read_text())
            required |= {requirement.partition("==")[0] for requirement in manifest.get("requirements", ())}
        own = {requirement.partition("==")[0] for requirement in requires("homeassistant") or ()}
        assert required - own == {"tesla-fleet-api", "tessie-api"}

    def test_config_flow(self) -> None:
        assert MANIFEST["config_flow"] is True


class TestHacs:
    declared: dict[str, Any] = json.loads((ROOT / "hacs.json").read_text())

    def test_keys(self) -> None:
        assert self.declared == {"name": MANIFEST["name"], "hide_default_branch": True, "homeassistant": "2026.10.0"}

    def test_floor_is_what_the_tests_run_on(self) -> None:
        groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
        assert any(dependency.startswith("pytest-homeassistant-custom-component==") for dependency in groups["test"])
        floor = self.declared["homeassistant"].rpartition(".")[0]
        blueprints = (ROOT / "blueprints").rglob("*.yaml")
        assert {load_yaml_dict(str(path))["blueprint"]["homeassistant"]["min_version"] for path in blueprints} == {
            f"{floor}.0"
        }

    def test_license(self) -> None:
        text = (ROOT / "LICENSE").read_text()
        assert re.search(r"Apache License\s+Version 2\.0, January 2004", text)
        assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"] == "Apache-2.0"

    def test_readme(self) -> None:
        readme = ROOT / "README.md"
        text = readme.read_text()
        assert text.startswith("# ")
        assert "HACS" in text
        assert re.search(r"^## .*Troubleshooting", text, re.MULTILINE | re.IGNORECASE), "the issue forms link to it"


class TestBrand:
    @pytest.mark.parametrize(("name", "size"), [("icon.png", 256), ("icon@2x.png", 512)])
    def test_image(self, name: str, size: int) -> None:
        with Image.open(BRAND / name) as image:
            assert (image.format, image.mode, image.size) == ("PNG", "RGBA", (size, size))
            assert [image.getpixel(corner)[3] for corner in ((0, 0), (size - 1, size - 1))] == [0, 0]
            assert image.getbbox() == (0, 0, size, size), "trimmed"

    def test_nothing_else_is_shipped_with_them(self) -> None:
        assert sorted(path.name for path in BRAND.iterdir()) == ["icon.png", "icon@2x.png"]

    @pytest.mark.parametrize("name", ["icon.png", "icon@2x.png"])
    def test_drawn_by_the_script(self, name: str) -> None:
        spec = importlib.util.spec_from_file_location("draw_icon", ROOT / "scripts" / "draw_icon.py")
        assert spec is not None
        assert spec.loader is not None
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        with Image.open(BRAND / name) as image:
            difference = ImageChops.difference(image, script.icon(image.width))
        assert max(high for _, high in difference.getextrema()) <= 2, "run scripts/brand"


class TestQualityScale:
    RULES: dict[str, Any] = load_yaml_dict(str(COMPONENT / "quality_scale.yaml"))["rules"]

    def test_every_rule_is_answered(self) -> None:
        core = load_yaml_dict(str(CORE_COMPONENTS / "axle_energy" / "quality_scale.yaml"))
        assert set(self.RULES) == set(core["rules"])
        assert len(self.RULES) == 54

    @pytest.mark.parametrize(("rule", "answer"), RULES.items(), ids=RULES)
    def test_answer(self, rule: str, answer: Any) -> None:
        if answer == "done":
            return
        assert set(answer) == {"status", "comment"}, rule
        assert answer["status"] == "exempt"
        assert answer["comment"].endswith(".")

    def test_no_tier_is_claimed(self) -> None:
        assert "quality_scale" not in MANIFEST

    def test_typed(self) -> None:
        assert (COMPONENT / "py.typed").read_bytes() == b""


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(COMPONENT)))
def test_imported_components_are_declared(path: Path) -> None:
    declared = set(MANIFEST.get("dependencies", [])) | set(MANIFEST["after_dependencies"]) | FREELY_IMPORTED
    for name in imported_names(path, for_typing=False):
        if name.startswith("homeassistant.components."):
            component = name.split(".")[2]
            own_platform = (COMPONENT / f"{component}.py").is_file() or (COMPONENT / component).is_dir()
            assert component in declared or own_platform, f"{path.name} imports {name}: declare it in the manifest"


def test_no_yaml_configuration() -> None:
    init = COMPONENT / "__init__.py"
    module = ast.parse(init.read_text())
    functions = {node.name for node in module.body if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)}
    assert "async_setup" in functions, "actions are registered there"
    assert re.search(
        r"^CONFIG_SCHEMA\b.*= cv\.config_entry_only_config_schema\(DOMAIN\)$", init.read_text(), re.MULTILINE
    )


def _workflows() -> dict[str, dict[Any, Any]]:
    return {path.name: yaml.safe_load(path.read_text()) for path in sorted((GITHUB / "workflows").iterdir())}


class TestGithub:
    WORKFLOWS = _workflows()

    @pytest.mark.parametrize("name", WORKFLOWS)
    def test_a_workflow_may_do_no_more_than_it_must(self, name: str) -> None:
        workflow = self.WORKFLOWS[name]
        assert workflow["permissions"] == {}
        for job in workflow["jobs"].values():
            assert set(job["permissions"]) == {"contents"}
            assert job["permissions"]["contents"] == ("write" if name == "release.yml" else "read")
            assert job["timeout-minutes"] <= 40
            for step in job["steps"]:
                if step.get("uses", "").startswith("actions/checkout@"):
                    assert step["with"]["persist-credentials"] is False

    @pytest.mark.parametrize("name", WORKFLOWS)
    def test_actions_are_pinned(self, name: str) -> None:
        for line in (GITHUB / "workflows" / name).read_text().splitlines():
            if "uses:" in line:
                assert re.search(r"uses: [\w./-]+@[0-9a-f]{40} # (v\d+\.\d+\.\d+|main|master)$", line), line

    def test_tests_are_the_readme_s_commands(self) -> None:
        ran = [step["run"] for job in self.WORKFLOWS["tests.yml"]["jobs"].values() for step in job["steps"][1:]]
        assert ran == ["./scripts/lint", "./scripts/test", "./scripts/demo --once"]

    def test_hassfest_and_hacs_run(self) -> None:
        used = [
            step["uses"].partition("@")[0]
            for job in self.WORKFLOWS["validate.yml"]["jobs"].values()
            for step in job["steps"]
        ]
        assert used[1:] == ["home-assistant/actions/hassfest", "hacs/action"]

    def test_a_bug_report_asks_for_what_is_needed(self) -> None:
        form = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE" / "bug.yml").read_text())
        required = {item["id"] for item in form["body"] if item.get("validations", {}).get("required")}
        assert required == {"what", "diagnostics", "version", "home_assistant", "tesla", "tariff"}
        ids = [item["id"] for item in form["body"] if "id" in item]
        assert len(ids) == len(set(ids))
        assert "API key" in form["body"][0]["attributes"]["value"]

    def test_links_are_neutral(self) -> None:
        for path in (*GITHUB.rglob("*.*ml"), *(ROOT / "blueprints").rglob("*.yaml")):
            for link in re.findall(r"https://github\.com/[\w.-]+/[\w.-]+", path.read_text()):
                assert link == REPOSITORY, path

    def test_dependabot(self) -> None:
        updates = {
            item["package-ecosystem"]: item
            for item in yaml.safe_load((GITHUB / "dependabot.yml").read_text())["updates"]
        }
        assert set(updates) == {"github-actions", "pip"}
        assert {"dependency-name": "homeassistant"} in updates["pip"]["ignore"]
