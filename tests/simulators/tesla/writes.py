"""The log of writes: what arrived, what it asks for, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What became of a write. ``*_APPLIED``: it took effect although the client was told otherwise."""

    APPLIED = "applied"
    SNAPPED = "snapped"
    IGNORED = "ignored"
    REFUSED = "refused"
    REFUSED_APPLIED = "refused_applied"
    DROPPED = "dropped"
    DROPPED_APPLIED = "dropped_applied"
    HUNG = "hung"
    HUNG_APPLIED = "hung_applied"


@dataclass(frozen=True, slots=True)
class Write:
    """A write that reached the server. ``value`` is the reserve, mode, … or the body where there is no single one."""

    received_at: datetime
    site_id: int
    endpoint: str
    value: Any
    outcome: Outcome
    status: int | None = None


# How the body of a write becomes settings of the site, and which single value the log shows.
BODY_TO_SETTINGS: dict[str, dict[str, str]] = {
    "backup": {"backup_reserve_percent": "reserve_pct"},
    "operation": {"default_real_mode": "mode"},
    "storm_mode": {"enabled": "storm_watch"},
    "grid_import_export": {
        "disallow_charge_from_grid_with_solar_installed": "grid_charging",
        "customer_preferred_export_rule": "export_rule",
    },
    "off_grid_vehicle_charging_reserve": {"off_grid_vehicle_charging_reserve_percent": "off_grid_vehicle_reserve_pct"},
    "time_of_use_settings": {"tou_settings": "tariff"},
}


def changes_of(endpoint: str, body: dict[str, Any]) -> dict[str, Any]:
    """The settings that the body of a write asks for."""
    changes = {setting: body[key] for key, setting in BODY_TO_SETTINGS[endpoint].items() if key in body}
    if "grid_charging" in changes:
        changes["grid_charging"] = not changes["grid_charging"]
    return changes


def is_legal(changes: dict[str, Any]) -> bool:
    """Whether Tesla would take these values at all."""
    percentages = [changes[key] for key in changes if key.endswith("_pct")]
    modes = ("self_consumption", "autonomous", "backup")
    return (
        all(isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100 for value in percentages)
        and changes.get("mode", modes[0]) in modes
    )
