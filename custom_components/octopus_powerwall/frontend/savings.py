"""What today and this month have brought: the totals as they are, less what they were when day and month began.

Those come from the recorder's long-term statistics; without it only the totals can be told. The entities are found in
the registry, and a figure whose entity is not there, is disabled or has no state is left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..powerwall.reading import number

KEYS: Final = ("savings", "energy_charged", "energy_kept")
# Long enough that a total of before the month began is among the days that are read.
_LOOK_BACK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Marks:
    """The totals at the begin of a day and of its month, by entity id: those of which the recorder knows anything."""

    day: datetime | None = None
    at_day: Mapping[str, float] = field(default_factory=dict)
    at_month: Mapping[str, float] = field(default_factory=dict)


def total_ids(hass: HomeAssistant, entry_id: str) -> dict[str, str]:
    """The entities that carry the totals, by key."""
    registry = er.async_get(hass)
    found = {key: registry.async_get_entity_id(Platform.SENSOR, DOMAIN, f"{entry_id}_{key}") for key in KEYS}
    return {key: entity_id for key, entity_id in found.items() if entity_id is not None}


async def async_read_marks(hass: HomeAssistant, entity_ids: set[str], now: datetime) -> Marks:
    """Read the totals of before today and before this month, by Home Assistant's local calendar."""
    today = dt_util.start_of_local_day(now)
    if "recorder" not in hass.config.components or not entity_ids:
        return Marks(today)
    month = dt_util.start_of_local_day(today.replace(day=1))
    rows = await get_instance(hass).async_add_executor_job(_daily(hass, month - _LOOK_BACK, entity_ids))
    return Marks(today, _before(rows, today), _before(rows, month))


def gains(hass: HomeAssistant, entry_id: str, marks: Marks) -> dict[str, dict[str, float | None]]:
    """For each total what today, this month and all time have brought; ``None`` for what nobody has kept."""
    found: dict[str, dict[str, float | None]] = {}
    for key, entity_id in total_ids(hass, entry_id).items():
        state = hass.states.get(entity_id)
        total = number(state.state) if state is not None else None
        if total is not None:
            found[key] = {
                "today": _gained(total, marks.at_day.get(entity_id)),
                "month": _gained(total, marks.at_month.get(entity_id)),
                "total": round(total, 3),
            }
    return found


def _gained(total: float, before: float | None) -> float | None:
    return None if before is None else round(total - before, 3)


def _before(rows: Mapping[str, list[Any]], edge: datetime) -> dict[str, float]:
    """The last total of each entity before an instant; 0 for one that began later."""
    return {
        entity_id: next(
            (
                float(day["state"])
                for day in reversed(days)
                if day["start"] < edge.timestamp() and day.get("state") is not None
            ),
            0.0,
        )
        for entity_id, days in rows.items()
    }


def _daily(hass: HomeAssistant, since: datetime, entity_ids: set[str]) -> Callable[[], dict[str, list[Any]]]:
    """What reads the statistics, in a thread of its own."""
    from homeassistant.components.recorder.statistics import statistics_during_period

    def read() -> dict[str, list[Any]]:
        return {**statistics_during_period(hass, since, None, entity_ids, "day", None, {"state"})}

    return read
