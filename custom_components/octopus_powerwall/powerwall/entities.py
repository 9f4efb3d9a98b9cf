"""Which entities make up the battery at this moment, whatever they are called now (design 7)."""

from dataclasses import dataclass, fields

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .const import OTHER
from .discovery import Binding
from .registry import LEVEL, Key, reserve_of_site, siblings


@dataclass(frozen=True, slots=True)
class Entities:
    """The battery's entity ids; ``None`` where there is no such entity.

    A reserve or level that is disabled keeps its entity id. *Missing* means that Home Assistant has no such entity;
    one that is only unavailable is not missing.
    """

    reserve: str | None = None
    level: str | None = None
    battery_power: str | None = None
    grid_power: str | None = None
    island_status: str | None = None
    grid_status: str | None = None
    storm_active: str | None = None
    grid_services: str | None = None
    operation_mode: str | None = None
    reserve_disabled: bool = False
    reserve_missing: bool = True
    level_disabled: bool = False
    level_missing: bool = True

    @property
    def ids(self) -> frozenset[str]:
        """All that there are."""
        values = (getattr(self, field.name) for field in fields(self))
        return frozenset(value for value in values if isinstance(value, str))

    @property
    def reporting(self) -> frozenset[str]:
        """Those whose age counts, not only their value."""
        return frozenset(entity_id for entity_id in (self.reserve, self.level) if entity_id is not None)


@dataclass(frozen=True, slots=True)
class _Resolved:
    """One entity that must be there, as it is."""

    entity_id: str | None = None
    disabled: bool = False
    missing: bool = True


def resolve(hass: HomeAssistant, binding: Binding) -> Entities:
    """Find the entities of a battery as they are called now.

    Follows renames and, for Tesla's, a device that was removed and added again: its site stays the same.
    """
    if binding.kind == OTHER:
        return _entities(_resolved(hass, binding.reserve), _resolved(hass, binding.level))
    reserve = er.async_get(hass).async_get(binding.reserve)
    if reserve is None and binding.site_id is not None:
        reserve = reserve_of_site(hass, binding.kind, binding.site_id)
    if reserve is None:
        return Entities()
    beside = siblings(hass, reserve)
    level = beside.get(LEVEL)

    def enabled(key: Key) -> str | None:
        entry = beside.get(key)
        return entry.entity_id if entry is not None and not entry.disabled else None

    return _entities(
        _registered(reserve),
        _registered(level) if level is not None else _resolved(hass, binding.level),
        battery_power=enabled((Platform.SENSOR, "battery_power")),
        grid_power=enabled((Platform.SENSOR, "grid_power")),
        island_status=enabled((Platform.SENSOR, "island_status")),
        grid_status=enabled((Platform.BINARY_SENSOR, "grid_status")),
        storm_active=enabled((Platform.BINARY_SENSOR, "storm_mode_active")),
        grid_services=enabled((Platform.BINARY_SENSOR, "grid_services_active")),
        operation_mode=enabled((Platform.SELECT, "default_real_mode")),
    )


def _entities(reserve: _Resolved, level: _Resolved, **others: str | None) -> Entities:
    return Entities(
        reserve=reserve.entity_id,
        reserve_disabled=reserve.disabled,
        reserve_missing=reserve.missing,
        level=level.entity_id,
        level_disabled=level.disabled,
        level_missing=level.missing,
        **others,
    )


def _registered(entry: er.RegistryEntry) -> _Resolved:
    return _Resolved(entry.entity_id, disabled=entry.disabled, missing=False)


def _resolved(hass: HomeAssistant, stored: str | None) -> _Resolved:
    """Find an entity by registry id or, for one that is not registered, by the entity id itself."""
    if stored is None:
        return _Resolved()
    entry = er.async_get(hass).async_get(stored)
    if entry is not None:
        return _registered(entry)
    if "." not in stored:
        return _Resolved()
    return _Resolved(stored, missing=hass.states.get(stored) is None)
