"""The ``ohme`` entry of a Home Assistant configuration folder, in the format of Home Assistant 2026.10 and 2026.11."""

import json
from pathlib import Path
from typing import Any

from .server import EMAIL, PASSWORD

OHME_ENTRY_ID = "01SIMULATEDOHME00000000000"
_CREATED = "2026-01-01T00:00:00+00:00"


def ohme_entry() -> dict[str, Any]:
    """The item of ``core.config_entries``."""
    return {
        "created_at": _CREATED,
        "modified_at": _CREATED,
        "entry_id": OHME_ENTRY_ID,
        "domain": "ohme",
        "title": EMAIL,
        "unique_id": None,
        "data": {"email": EMAIL, "password": PASSWORD},
        "options": {},
        "subentries": [],
        "discovery_keys": {},
        "disabled_by": None,
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "user",
        "version": 1,
        "minor_version": 1,
    }


def add_to_config_dir(config_dir: Path) -> None:
    """Add the entry to a folder that has some already. Home Assistant must not be running on it."""
    path = config_dir / ".storage" / "core.config_entries"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["data"]["entries"].append(ohme_entry())
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")
