"""Which entities make up the battery at this moment, whatever they are called now (design 7)."""

from dataclasses import dataclass, field, fields

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er


@dataclass(frozen=True, slots=True)
class Entities:
    """The battery's entity ids; ``None`` where there is no such entity.

    A reserve or level that is disabled keeps its entity id. A reserve is *missing* where Home Assistant has no such
    entity; one that is only unavailable is not missing.
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
    # What the books alone read: that it changes its name or its state is no news for anybody.
    solar_power: str | None = field(default=None, compare=False)
    home_power: str | None = field(default=None, compare=False)
    energy_left: str | None = field(default=None, compare=False)
    reserve_disabled: bool = False
    reserve_missing: bool = True

    @property
    def ids(self) -> frozenset[str]:
        """All that a decision depends on. The others only count for the books: their every change is no news."""
        values = (getattr(self, item.name) for item in fields(self) if item.compare)
        return frozenset(value for value in values if isinstance(value, str))

    @property
    def reporting(self) -> frozenset[str]:
        """Those whose age counts, not only their value."""
        return frozenset(entity_id for entity_id in (self.reserve, self.level) if entity_id is not None)


@dataclass(frozen=True, slots=True)
class ResolvedEntity:
    """One entity that must be there, as it is."""

    entity_id: str | None = None
    disabled: bool = False
    missing: bool = True


def entities_of(reserve: ResolvedEntity, level: ResolvedEntity, **others: str | None) -> Entities:
    """Put together what was found."""
    return Entities(
        reserve=reserve.entity_id,
        reserve_disabled=reserve.disabled,
        reserve_missing=reserve.missing,
        level=level.entity_id,
        **others,
    )


def resolve_registered(entry: er.RegistryEntry) -> ResolvedEntity:
    """Return a registered entity as it is called now."""
    return ResolvedEntity(entry.entity_id, disabled=entry.disabled, missing=False)


def resolve_stored(hass: HomeAssistant, stored: str | None) -> ResolvedEntity:
    """Find an entity by registry id or, for one that is not registered, by the entity id itself."""
    if stored is None:
        return ResolvedEntity()
    entry = er.async_get(hass).async_get(stored)
    if entry is not None:
        return resolve_registered(entry)
    if "." not in stored:
        return ResolvedEntity()
    return ResolvedEntity(stored, missing=hass.states.get(stored) is None)
