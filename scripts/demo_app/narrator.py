"""Tells the story in the terminal, one line for each thing that happens, with the story's own clock in front."""

from datetime import UTC, datetime
import json
import os
import shutil
import sys
from textwrap import wrap
from typing import Any

from .config_dir import ROOT

_TEXTS = ROOT / "custom_components" / "octopus_powerwall" / "translations" / "en.json"
_COLOURS = {"Octopus": "35", "Home Assistant": "36", "Powerwall": "33", "Ohme": "34", "Owner": "32", "Demo": "2"}
_WHO_WIDTH = 15


class Narrator:
    """Prints to a terminal, or plainly to anything else. ``zero`` is the story's second 0."""

    def __init__(self) -> None:
        self.zero: datetime | None = None
        self._colourful = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self._texts = json.loads(_TEXTS.read_text(encoding="utf-8"))["entity"]["sensor"]

    def tell(self, who: str, text: str, at: datetime | None = None) -> None:
        """Print one thing, at now or another instant."""
        at = at or datetime.now(UTC)
        clock = "" if self.zero is None else f"{(at - self.zero).total_seconds():+6.1f} s"
        name = f"{who:{_WHO_WIDTH}}"
        if self._colourful:
            name = f"\033[{_COLOURS.get(who, '0')}m{name}\033[0m"
        indent = 10 + _WHO_WIDTH + 1
        width = max(40, shutil.get_terminal_size((120, 24)).columns - indent)
        lines = wrap(text, width) or [""]
        print(f"{clock:>9} {name} {lines[0]}", *(" " * indent + line for line in lines[1:]), sep="\n", flush=True)

    def plain(self, text: str = "") -> None:
        """Print a line as it is."""
        print(text, flush=True)

    def status(self, state: dict[str, Any]) -> str:
        """A state of the status sensor in the words that the owner reads."""
        reasons = self._texts["reason"]["state"]
        name = self._texts["status"]["state"].get(state["state"], state["state"])
        reason = state["attributes"].get("reason")
        return f"{name}. {reasons.get(reason, reason)}" if reason else f"{name}."
