"""``/_control``, ``/_log`` and ``/_state``: the simulator from another process, over loopback."""

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .behaviours import behaviour_from_json
from .site import IslandStatus, Mode

if TYPE_CHECKING:
    from .server import TeslaSimulator

# What "set" may change: attributes of the site, and settings as if in the Tesla app.
ATTRIBUTES: dict[str, type] = {
    "car_power_kw": float,
    "grid_services_active": bool,
    "has_battery": bool,
    "has_solar": bool,
    "island_status": IslandStatus,
    "load_kw": float,
    "name": str,
    "obeys": bool,
    "offline": bool,
    "soc_pct": float,
    "solar_kw": float,
    "storm_mode_active": bool,
}
SETTINGS: dict[str, type] = {
    "export_rule": str,
    "grid_charging": bool,
    "mode": Mode,
    "off_grid_vehicle_reserve_pct": int,
    "reserve_pct": int,
    "storm_watch": bool,
    "tariff": dict,
}


def apply_control(simulator: TeslaSimulator, command: dict[str, Any]) -> None:
    """Carry out one command; raises ValueError with the reason.

    ``{"site": id, "set": {"soc_pct": 40, "reserve_pct": 30}, "clear": true, "expire_tokens": true,
    "add": [{"kind": "http_error", "status": 429, "on": "backup", "times": 2}]}``: every part is optional, they are
    carried out in this order, and without ``site`` they concern the first one (``set``) or all (``add``).
    """
    if unknown := sorted(set(command) - {"site", "set", "clear", "expire_tokens", "add"}):
        raise ValueError(f"unknown key {', '.join(unknown)}: use site, set, clear, expire_tokens, add")
    site = simulator.site
    if "site" in command:
        if command["site"] not in simulator.sites:
            raise ValueError(f"no site {command['site']!r}: one of {', '.join(map(str, simulator.sites))}")
        site = simulator.sites[command["site"]]
    changes = command.get("set", {})
    if unknown := sorted(set(changes) - set(ATTRIBUTES) - set(SETTINGS)):
        raise ValueError(f"cannot set {', '.join(unknown)}: one of {', '.join(sorted({*ATTRIBUTES, *SETTINGS}))}")
    changes = {name: _typed(name, value) for name, value in changes.items()}
    behaviours = []
    for entry in command.get("add", []):
        options = dict(entry)
        on, times = options.pop("on", "backup"), options.pop("times", None)
        behaviours.append((behaviour_from_json(options), on, times))
    for name in ATTRIBUTES:
        if name in changes:
            setattr(site, name, changes[name])
    if settings := {name: changes[name] for name in SETTINGS if name in changes}:
        site.set_in_app(**settings)
    if command.get("clear"):
        simulator.behave()
    if command.get("expire_tokens"):
        simulator.expire_tokens()
    for behaviour, on, times in behaviours:
        simulator.misbehave(behaviour, on, times=times, site=site if "site" in command else None)


def _typed(name: str, value: Any) -> Any:
    """Check a value to set; raises ValueError where it has the wrong type or is out of range."""
    wanted = (ATTRIBUTES | SETTINGS)[name]
    if issubclass(wanted, StrEnum):
        return wanted(value)
    types = (int, float) if wanted is float else (wanted,)
    fits = isinstance(value, types) and isinstance(value, bool) == (wanted is bool)
    if not fits or (name.endswith("_pct") and not 0 <= value <= 100):
        raise ValueError(f"{value!r} is no {name}")
    return value


def add_control_routes(app: web.Application, simulator: TeslaSimulator) -> None:
    """Add the three routes."""

    async def control(request: web.Request) -> web.Response:
        try:
            apply_control(simulator, await request.json())
        except (ValueError, TypeError, AttributeError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"state": simulator.state()})

    async def log(_: web.Request) -> web.Response:
        writes = [asdict(write) | {"received_at": write.received_at.isoformat()} for write in simulator.writes]
        return web.json_response({"writes": writes, "requests": dict(simulator.requests)})

    async def state(_: web.Request) -> web.Response:
        return web.json_response({"sites": simulator.state()})

    app.router.add_post("/_control", control)
    app.router.add_get("/_log", log)
    app.router.add_get("/_state", state)
