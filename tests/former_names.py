"""Names of 0.1.0 for tests outside this repository that import them (design 8): modules, and what is in them.

Tests in this repository use the names of today.
"""

from importlib import import_module
import sys

_PACKAGE = "custom_components.octopus_powerwall"
_MOVED = {
    "controller": "runtime.controller",
    "domain.allowance": "domain.price.allowance",
    "domain.certainty": "domain.price.certainty",
    "domain.evidence": "domain.price.evidence",
    "domain.look": "domain.decide",
    "domain.tariffs": "domain.price.tariffs",
    "domain.timeline": "domain.plan.timeline",
    "flow_powerwalls": "flows.battery",
    "issues": "runtime.issues",
    "store": "runtime.store",
}
# Each former name of a function, by the module that it is in today.
_RENAMED = {
    "domain.codec": {"encoded": "encode", "decoded": "decode"},
    "domain.decide": {"look": "decide"},
    "domain.model": {"joined": "join"},
    "domain.plan.dispatches": {"advanced": "advance", "polled": "take_poll"},
    "domain.plan.timeline": {"slots": "find_slots", "holds": "plan_holds"},
    "domain.price.allowance": {
        "hours_used": "count_hours_used",
        "used_half_hours": "find_used_half_hours",
        "within_allowance": "is_within_allowance",
    },
    "domain.price.evidence": {"steadied": "steady"},
    "domain.windows": {"half_hour": "half_hour_of", "half_hours": "half_hours_in", "widened": "widen"},
    "flows.battery": {"picked_other": "pick_other", "picked_powerwall": "pick_powerwall"},
    "octopus": {"checked_base_url": "check_base_url"},
    "octopus.parse": {
        "completed_dispatches": "read_completed_dispatches",
        "devices": "read_devices",
        "planned_dispatches": "read_planned_dispatches",
    },
}


def make_importable() -> None:
    """Let the former names lead to those of today."""
    for former, today in _MOVED.items():
        sys.modules[f"{_PACKAGE}.{former}"] = import_module(f"{_PACKAGE}.{today}")
    for name, renamed in _RENAMED.items():
        module = import_module(f"{_PACKAGE}.{name}")
        for former, today in renamed.items():
            setattr(module, former, getattr(module, today))
    world = import_module(f"{_PACKAGE}.domain.world")
    agreements = import_module(f"{_PACKAGE}.domain.price.agreements")
    world.tariff_at = lambda account, now: agreements.standing_at(account, now).tariff  # type: ignore[attr-defined]
