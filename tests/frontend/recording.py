"""What the card was told on certain days, as it is kept in ``tests/frontend/recorded``."""

import json
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parent / "recorded"


def path_of(name: str) -> Path:
    """Where it is kept what the card is told on a day."""
    return RECORDED / f"{name.replace(' ', '_')}.json"


def recorded(name: str) -> dict[str, Any]:
    """What the card was told on a day."""
    found: dict[str, Any] = json.loads(path_of(name).read_text(encoding="utf-8"))
    return found
