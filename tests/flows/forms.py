"""A form as its owner sees it, checked for texts that are missing or say nothing."""

from collections.abc import Awaitable, Callable, Mapping
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.selector import SelectSelector
import probatio

import custom_components.octopus_powerwall as component

TEXTS: dict[str, Any] = json.loads((Path(component.__file__).parent / "translations" / "en.json").read_text())

NOT_ALWAYS_ASKED = {"home"}
"""Fields that a form has for some owners only."""

type Result = Mapping[str, Any]


class Flow:
    """A flow under way. ``texts`` is the part of the translations that it uses."""

    def __init__(self, result: Result, submit: Callable[[str, dict[str, Any]], Awaitable[Result]], *path: str) -> None:
        self._submit = submit
        self._texts: dict[str, Any] = TEXTS
        for key in path:
            self._texts = self._texts[key]
        self.result = result
        self._check()

    async def submit(self, **user_input: Any) -> Result:
        """Fill in the form, press the button, and look at what comes."""
        self.result = await self._submit(self.result["flow_id"], user_input)
        self._check()
        return self.result

    async def without_charger(self) -> Result:
        """Leave the question for the charger empty, where it is asked."""
        return await self.submit() if self.step == "charger" else self.result

    @property
    def step(self) -> str:
        """The form that is shown; ``create_entry`` or ``abort`` at the end."""
        if self.result["type"] in {FlowResultType.FORM, FlowResultType.MENU}:
            return str(self.result["step_id"])
        return str(self.result["type"].value)

    @property
    def errors(self) -> dict[str, str]:
        """What the form complains about."""
        return dict(self.result["errors"] or {})

    @property
    def notes(self) -> str:
        """The paragraphs for this owner alone."""
        return str(self.result["description_placeholders"]["notes"])

    @property
    def fields(self) -> dict[str, Any]:
        """The fields, each with what it is filled with."""
        return {
            str(marker.schema): (marker.description or {}).get("suggested_value", _default(marker))
            for marker in self.result["data_schema"].schema
        }

    def choices(self, field: str) -> dict[str, str]:
        """What can be chosen in a field: value and label."""
        selector = self.result["data_schema"].schema[field]
        return {option["value"]: option["label"] for option in selector.config["options"]}

    def _check(self) -> None:
        match self.result["type"]:
            case FlowResultType.FORM:
                self._check_form()
            case FlowResultType.MENU:
                assert set(self.result["menu_options"]) == set(self._texts["step"][self.step]["menu_options"])
            case FlowResultType.ABORT:
                domain = self.result.get("translation_domain")
                assert domain == "homeassistant" or self.result["reason"] in self._texts["abort"]

    def _check_form(self) -> None:
        step = self._texts["step"][self.step]
        schema = self.result["data_schema"]
        assert set(step.get("data", {})) == set(step.get("data_description", {}))
        assert set(self.fields) <= set(step.get("data", {})) <= set(self.fields) | NOT_ALWAYS_ASKED
        given = set(self.result["description_placeholders"])
        assert placeholders(step["title"]) | placeholders(step["description"]) <= given
        for error in self.errors.values():
            assert placeholders(self._texts["error"][error]) <= given
        for selector in schema.schema.values():
            if isinstance(selector, SelectSelector) and "translation_key" in selector.config:
                named = TEXTS["selector"][selector.config["translation_key"]]["options"]
                options = selector.config["options"]
                assert all(option in named for option in options if isinstance(option, str))


def placeholders(text: str) -> set[str]:
    """The names in braces."""
    return set(re.findall(r"\{(\w+)\}", text))


def _default(marker: probatio.Marker) -> Any:
    default = getattr(marker, "default", probatio.UNDEFINED)
    return None if isinstance(default, probatio.Undefined) else default()
