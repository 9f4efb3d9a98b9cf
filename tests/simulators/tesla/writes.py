"""The log of writes: what arrived, and what became of it."""

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
