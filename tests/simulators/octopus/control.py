"""The control endpoint: drives a running simulator from another process on the same machine.

``GET /_control`` shows its state. ``POST /_control`` takes one JSON object or a list of them: any command of the script
language (``{"do": "add_slot", "start": 5, "end": 45}``, times in minutes from now), ``{"do": "play", "scenario": NAME,
"speed": 30}`` (or ``"speed": "demo"``), ``{"do": "prepare", "scenario": NAME}``, ``{"do": "stop"}`` (the scenario),
``{"do": "reset_log"}``. It answers ``{"done": n, "state": …}``, or 400 with ``error``.
"""

from collections.abc import Mapping
from dataclasses import asdict
import json
from typing import Any

from .director import Director
from .rows import written
from .scenarios import scenario_named
from .script import Scenario, ScriptError
from .traffic import Traffic


def control_answer(director: Director, traffic: Traffic, text: str) -> tuple[int, dict[str, Any]]:
    """Do what the body says, in order, up to the first mistake; status and body of the answer."""
    done = 0
    try:
        data = json.loads(text)
        for entry in data if isinstance(data, list) else [data]:
            if not isinstance(entry, dict):
                raise ScriptError(f"a command is an object with do, not {entry!r}")
            _do(director, traffic, entry)
            done += 1
    except (TypeError, ValueError) as error:
        return 400, {"error": str(error), "done": done}
    return 200, {"done": done, "state": snapshot(director, traffic)}


def _do(director: Director, traffic: Traffic, entry: Mapping[str, Any]) -> None:
    match entry.get("do"):
        case "play":
            scenario = _scenario(entry)
            speed = entry.get("speed", 1.0)
            director.play(scenario, speed=scenario.demo_speed if speed == "demo" else float(speed))
        case "prepare":
            director.prepare(_scenario(entry))
        case "stop":
            director.playback = None
        case "reset_log":
            traffic.reset()
        case _:
            director.run_command(entry)


def _scenario(entry: Mapping[str, Any]) -> Scenario:
    found = entry.get("scenario")
    return Scenario.from_mapping(found) if isinstance(found, dict) else scenario_named(found)


def snapshot(director: Director, traffic: Traffic) -> dict[str, Any]:
    """The state as JSON: clock, playback, plans, faults, counters, narration, the latest requests."""
    now = director.advance()
    playback = director.playback
    return {
        "now": written(now),
        "scenario": None
        if playback is None
        else {
            "name": playback.scenario.name,
            "start": written(playback.start),
            "end": written(playback.end),
            "speed": playback.speed,
            "steps_left": len(playback.pending),
        },
        "narration": [{"at": written(told.at), "text": told.text} for told in director.narration],
        "devices": [
            {
                "label": device.label,
                "lifecycle": device.lifecycle,
                "state": device.current_state(now),
                "suspended": device.suspended,
                "plugged": device.plugged,
                "charging": device.is_charging(now),
                "charged_kwh": round(device.charged_kwh, 3),
                "plan": [
                    {"name": slot.name, "start": written(slot.start), "end": written(slot.end), "type": slot.type}
                    for slot in device.listed(now)
                ],
            }
            for device in director.world.devices
        ],
        "faults": [{"kind": fault.label, "times": fault.times, "hits": fault.hits} for fault in director.faults.active],
        "clock_skew_s": director.faults.skew.total_seconds(),
        "counters": asdict(traffic.counters),
        "requests": [str(request) for request in traffic.requests[-50:]],
    }
