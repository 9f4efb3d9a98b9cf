"""Modules of 0.1.0 under their former names, for tests outside this repository that import them (design 8).

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


def make_importable() -> None:
    """Let the former names lead to the modules of today."""
    for former, today in _MOVED.items():
        sys.modules[f"{_PACKAGE}.{former}"] = import_module(f"{_PACKAGE}.{today}")
    decide = import_module(f"{_PACKAGE}.domain.decide")
    decide.look = decide.decide  # type: ignore[attr-defined]
    world = import_module(f"{_PACKAGE}.domain.world")
    agreements = import_module(f"{_PACKAGE}.domain.price.agreements")
    world.tariff_at = lambda account, now: agreements.standing_at(account, now).tariff  # type: ignore[attr-defined]
