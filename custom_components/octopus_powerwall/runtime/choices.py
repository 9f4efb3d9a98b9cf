"""The owner's options as values of the core; one that this release does not know has its default (design 5.7)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from ..const import (
    CONF_CAR_GUARD,
    CONF_CHARGING_POWER_THRESHOLD,
    CONF_LEAVE_ROOM_FOR_SUN,
    CONF_NIGHT_GUARD,
    CONF_SLOT_POLICY,
    CONF_SLOT_SOURCE,
    CONF_SOLAR_FORECAST,
    CONF_USUAL_RESERVE,
    CONF_WHOLE_HALF_HOURS,
)
from ..domain.settings import CarGuard, NightGuard, SlotSource, WholeHalfHours
from ..domain.world import PolicyChoice

_CHOICES: Final[Mapping[str, type[StrEnum]]] = {
    CONF_CAR_GUARD: CarGuard,
    CONF_NIGHT_GUARD: NightGuard,
    CONF_SLOT_POLICY: PolicyChoice,
    CONF_SLOT_SOURCE: SlotSource,
    CONF_WHOLE_HALF_HOURS: WholeHalfHours,
}


def choice_of[T: StrEnum](options: Mapping[str, Any], key: str, default: T) -> T:
    """Return what was chosen of an option; its default where nothing was, or nothing that is known."""
    kind = type(default)
    chosen = options.get(key)
    return kind(chosen) if isinstance(chosen, str) and chosen in kind else default


def leaves_room(options: Mapping[str, Any]) -> bool:
    """Whether room is left for the sun where export pays less than the night (design 9.6); so it is by default."""
    return options.get(CONF_LEAVE_ROOM_FOR_SUN, "on") not in ("off", False)


def chosen_forecasts(options: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the config entries whose solar forecasts are used; ``None`` where those of the Energy dashboard are."""
    chosen = options.get(CONF_SOLAR_FORECAST)
    if isinstance(chosen, str):
        return (chosen,)
    return tuple(str(entry_id) for entry_id in chosen) if isinstance(chosen, list | tuple) else None


def usual_reserve_of(options: Mapping[str, Any]) -> int | None:
    """Return the usual reserve in whole percent; ``None`` where none was given, or none that can be one."""
    value = options.get(CONF_USUAL_RESERVE)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        return None
    return int(value)


def find_unreadable_options(options: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the options whose values this release cannot make sense of, by name, sorted."""
    bad = [key for key, kind in _CHOICES.items() if (value := options.get(key)) is not None and value not in list(kind)]
    if options.get(CONF_USUAL_RESERVE) is not None and usual_reserve_of(options) is None:
        bad.append(CONF_USUAL_RESERVE)
    threshold = options.get(CONF_CHARGING_POWER_THRESHOLD)
    if threshold is not None and (isinstance(threshold, bool) or not isinstance(threshold, int | float)):
        bad.append(CONF_CHARGING_POWER_THRESHOLD)
    return tuple(sorted(bad))
