"""How long the import of all our modules takes in a fresh interpreter that has Home Assistant imported already.

Home Assistant imports what belongs to the entity platforms itself, before it asks for ours; so does this.
"""

import json
import os
from pathlib import Path
from statistics import median
import subprocess
import sys

from .figures import Figures

ROOT = Path(__file__).parents[2]
MEASURED = """
import importlib, json, pathlib, time
import homeassistant.bootstrap
for name in ("binary_sensor", "calendar", "event", "number", "select", "sensor", "switch", "diagnostics", "repairs",
             "system_health", "logbook", "recorder", "automation", "homeassistant"):
    importlib.import_module(f"homeassistant.components.{name}")
import homeassistant.helpers.selector, homeassistant.helpers.update_coordinator
import custom_components
files = sorted(pathlib.Path("custom_components/octopus_powerwall").rglob("*.py"))
names = [".".join(file.with_suffix("").parts).removesuffix(".__init__") for file in files]
begun = time.perf_counter()
for name in names:
    importlib.import_module(name)
spent = time.perf_counter() - begun
print(json.dumps(spent * 1000))
"""


def measure(*, quick: bool) -> Figures:
    """The median of 5 or 15 interpreters, after one that leaves the byte code behind."""
    runs = [imported() for _ in range(6 if quick else 16)][1:]
    return {"import_ms": round(median(runs), 1)}


def imported() -> float:
    """One fresh interpreter, in milliseconds."""
    # With byte code on disk, as in every Home Assistant after its first start.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", MEASURED]
    result = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE)
    spent: float = json.loads(result.stdout)
    return spent
