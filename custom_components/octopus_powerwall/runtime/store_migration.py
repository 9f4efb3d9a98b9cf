"""What earlier releases wrote to disk, in the form of today: plain data in, plain data out, nothing trusted.

Version 1 (0.1.0) kept a hold as one flat mapping with the name of its phase; version 2 keeps each phase as a case of
its own with a claim. What cannot be made sense of stays as it is, and is refused when it is decoded.
"""

from collections.abc import Mapping
from typing import Any

from ..domain.codec import CASE

_ATTEMPT_DROPPED = frozenset({"uncertain"})


def migrate(version: int, data: dict[str, Any]) -> dict[str, Any]:
    """Bring the contents of a store to the form of today.

    Raises:
        ValueError: The contents are none of ours.
    """
    if version != 1:
        return data
    world = data.get("world")
    memory = world.get("memory") if isinstance(world, Mapping) else None
    if not isinstance(world, Mapping) or not isinstance(memory, Mapping):
        raise ValueError("a world without a memory")  # noqa: TRY004
    return {**data, "world": {**world, "memory": {"phase": _phase(memory), "watch": memory.get("watch")}}}


def _phase(memory: Mapping[str, Any]) -> dict[str, Any]:
    match memory.get("phase"):
        case "idle" | None:
            return {CASE: "Idle"}
        case "holding":
            return {
                CASE: "Holding",
                "claim": _claim(memory),
                "began_at": memory.get("began_at"),
                "ends_at": memory.get("ends_at") or memory.get("began_at"),
                "frozen": memory.get("frozen"),
                "begun_certain": memory.get("begun_certain", False),
            }
        case "restoring" if memory.get("slot_seen_at") is not None:
            return {
                CASE: "UndoingLateLanding",
                "claim": _claim(memory),
                "since": memory.get("restoring_since"),
                "then": {CASE: "Overridden", **_override(memory)},
            }
        case "restoring":
            since = memory.get("restoring_since")
            return {
                CASE: "Restoring",
                "claim": _claim(memory),
                "since": since,
                "ends_at": memory.get("ends_at") or since,
            }
        case "overridden":
            return {CASE: "Overridden", **_override(memory)}
        case _:
            raise ValueError("an unknown phase")


def _claim(memory: Mapping[str, Any]) -> dict[str, Any]:
    attempt = memory.get("attempt")
    if isinstance(attempt, Mapping):
        attempt = {name: value for name, value in attempt.items() if name not in _ATTEMPT_DROPPED}
    # A hold that began before the last restore was confirmed kept that one's values apart.
    earlier = memory.get("stale") or [] if not memory.get("proven") else []
    written = memory.get("written", [])
    if not isinstance(earlier, list) or not isinstance(written, list):
        raise ValueError("not a list")  # noqa: TRY004
    baseline = memory.get("baseline")
    return {
        "found": baseline if memory.get("found") is None else memory.get("found"),
        "baseline": baseline,
        "written": [value for value in earlier if written and value not in (*written, baseline)] + written,
        # A poll proved it then; today it takes the answer to a question.
        "raise_seen": False,
        "uncertain": memory.get("uncertain", False),
        "attempt": attempt,
    }


def _override(memory: Mapping[str, Any]) -> dict[str, Any]:
    seen = memory.get("slot_seen_at")
    return {"ends_at": memory.get("ends_at") or seen, "slot_seen_at": seen}
