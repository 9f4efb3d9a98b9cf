"""The owner's options as settings of the core; one that this release does not know has its default (design 5.7)."""

from collections.abc import Mapping
from enum import StrEnum
from math import isfinite
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry

from ..const import (
    CONF_BATTERY_CAPACITY,
    CONF_BATTERY_POWER_ENTITY,
    CONF_CAR_GUARD,
    CONF_CHARGING_ENTITY,
    CONF_CHARGING_POWER_THRESHOLD,
    CONF_CHARGING_REGISTRY_ID,
    CONF_DRY_RUN,
    CONF_EXPORT_RATE,
    CONF_GRID_POWER_ENTITY,
    CONF_HOME,
    CONF_IMPORT_DAY_RATE,
    CONF_IMPORT_NIGHT_RATE,
    CONF_LEAVE_ROOM_FOR_SUN,
    CONF_NIGHT_GUARD,
    CONF_OHME_ENTRY,
    CONF_SLOT_POLICY,
    CONF_SLOT_SOURCE,
    CONF_SOLAR_FORECAST,
    CONF_SOLAR_POWER_ENTITY,
    CONF_USUAL_RESERVE,
    CONF_WHOLE_HALF_HOURS,
)
from ..domain.settings import (
    DEFAULT_WHOLE_HALF_HOURS,
    CarGuard,
    NightGuard,
    PolicyChoice,
    Settings,
    SlotSource,
    TypedRates,
    WholeHalfHours,
)

_CHOICES: Final[Mapping[str, type[StrEnum]]] = {
    CONF_CAR_GUARD: CarGuard,
    CONF_NIGHT_GUARD: NightGuard,
    CONF_SLOT_POLICY: PolicyChoice,
    CONF_SLOT_SOURCE: SlotSource,
    CONF_WHOLE_HALF_HOURS: WholeHalfHours,
}
_NUMBERS: Final = (
    CONF_BATTERY_CAPACITY,
    CONF_CHARGING_POWER_THRESHOLD,
    CONF_EXPORT_RATE,
    CONF_IMPORT_DAY_RATE,
    CONF_IMPORT_NIGHT_RATE,
)
_TEXTS: Final = (
    CONF_BATTERY_POWER_ENTITY,
    CONF_CHARGING_ENTITY,
    CONF_CHARGING_REGISTRY_ID,
    CONF_GRID_POWER_ENTITY,
    CONF_HOME,
    CONF_OHME_ENTRY,
    CONF_SOLAR_POWER_ENTITY,
)


def read_settings(options: Mapping[str, Any]) -> Settings:
    """Return what the owner has chosen in the options; what is set from the dashboard has its defaults."""
    return Settings(
        night_guard=choice_of(options, CONF_NIGHT_GUARD, NightGuard.OFF),
        car_guard=choice_of(options, CONF_CAR_GUARD, CarGuard.OFF),
        slot_policy=choice_of(options, CONF_SLOT_POLICY, PolicyChoice.AUTOMATIC),
        slot_source=choice_of(options, CONF_SLOT_SOURCE, SlotSource.OCTOPUS),
        ohme_entry=text_of(options, CONF_OHME_ENTRY),
        whole_half_hours=choice_of(options, CONF_WHOLE_HALF_HOURS, DEFAULT_WHOLE_HALF_HOURS),
        usual_reserve=_usual_reserve_of(options),
        dry_run=bool(options.get(CONF_DRY_RUN)),
        home=text_of(options, CONF_HOME),
        charging_threshold_w=number_of(options, CONF_CHARGING_POWER_THRESHOLD),
        leave_room_for_sun=options.get(CONF_LEAVE_ROOM_FOR_SUN, "on") not in ("off", False),
        solar_forecasts=_solar_forecasts_of(options),
        rates=TypedRates(
            import_day=number_of(options, CONF_IMPORT_DAY_RATE),
            import_night=number_of(options, CONF_IMPORT_NIGHT_RATE),
            export=number_of(options, CONF_EXPORT_RATE),
        ),
    )


class OptionsReader:
    """What the owner has chosen in the options of an entry; read anew when Home Assistant has replaced them."""

    def __init__(self, entry: ConfigEntry) -> None:
        self._entry = entry
        self._read = entry.options, read_settings(entry.options)

    @property
    def settings(self) -> Settings:
        """What is chosen now."""
        options, settings = self._read
        if self._entry.options is not options:
            settings = read_settings(self._entry.options)
            self._read = self._entry.options, settings
        return settings


def choice_of[T: StrEnum](options: Mapping[str, Any], key: str, default: T) -> T:
    """Return what was chosen of an option; its default where nothing was, or nothing that is known."""
    kind = type(default)
    chosen = options.get(key)
    return kind(chosen) if isinstance(chosen, str) and chosen in kind else default


def number_of(options: Mapping[str, Any], key: str) -> float | None:
    """Return the number in an option; ``None`` where there is none."""
    value = options.get(key)
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    return float(value) if is_number and value is not None else None


def text_of(options: Mapping[str, Any], key: str) -> str | None:
    """Return the text in an option, as the id of an entity is one; ``None`` where there is none."""
    value = options.get(key)
    return value if value and isinstance(value, str) else None


def find_unreadable_options(options: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the options whose values this release cannot make sense of, by name, sorted."""
    bad = [key for key, kind in _CHOICES.items() if (value := options.get(key)) is not None and value not in list(kind)]
    bad += [key for key in _NUMBERS if options.get(key) is not None and number_of(options, key) is None]
    bad += [key for key in _TEXTS if not isinstance(options.get(key) or "", str)]
    if options.get(CONF_USUAL_RESERVE) is not None and _usual_reserve_of(options) is None:
        bad.append(CONF_USUAL_RESERVE)
    return tuple(sorted(bad))


def _solar_forecasts_of(options: Mapping[str, Any]) -> tuple[str, ...] | None:
    chosen = options.get(CONF_SOLAR_FORECAST)
    if isinstance(chosen, str):
        return (chosen,)
    return tuple(str(entry_id) for entry_id in chosen) if isinstance(chosen, list | tuple) else None


def _usual_reserve_of(options: Mapping[str, Any]) -> int | None:
    """Return the usual reserve in whole percent; ``None`` where none was given, or none that can be one."""
    value = number_of(options, CONF_USUAL_RESERVE)
    return int(value) if value is not None and 0 <= value <= 100 else None
