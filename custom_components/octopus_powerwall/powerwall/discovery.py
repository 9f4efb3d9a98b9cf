"""Which Powerwalls Home Assistant has, and what is remembered of the one that was picked (design 7)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..const import CONF_BATTERY_LEVEL_ENTITY, CONF_BINDING, CONF_POWERWALL, CONF_RESERVE_ENTITY
from .const import LOCAL_PLATFORM, OTHER, TESLA_INTEGRATIONS
from .registry import LEVEL, find_reserves, find_siblings, reserve_of_site, site_id_of

_UNNAMED = "Powerwall"


class SetupObstacle(StrEnum):
    """What keeps a Powerwall that was found from being used."""

    RESERVE_DISABLED = "reserve_disabled"
    LEVEL_MISSING = "level_missing"
    LEVEL_DISABLED = "level_disabled"


@dataclass(frozen=True, slots=True)
class FoundPowerwall:
    """A Tesla energy site with a battery, as one integration offers it.

    ``device_id`` and ``reserve_registry_id`` are Home Assistant's registry ids, ``name`` is for people and differs
    from that of every other one found.
    """

    device_id: str
    name: str
    platform: str
    site_id: str
    reserve_registry_id: str
    problem: SetupObstacle | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """The battery of a config entry, kept in a form that survives renames.

    Attributes:
        kind: the integration that serves it, or ``OTHER``.
        device_id: its device in Home Assistant's registry, as it was when it was picked.
        site_id: Tesla's number for it.
        reserve: the registry id of the number that holds its reserve; an entity id where that is not registered.
        level: likewise for the sensor of its level; ``None`` where there was none yet.
    """

    kind: str
    reserve: str
    level: str | None = None
    device_id: str | None = None
    site_id: str | None = None

    @classmethod
    def from_entry_data(cls, data: Mapping[str, Any]) -> Self:
        """Read it from a config entry's data, or from what ``as_dict`` gave; raises KeyError where it is not there."""
        stored = data.get(CONF_BINDING, data)
        return cls(
            kind=stored["kind"],
            reserve=stored["reserve"],
            level=stored.get("level"),
            device_id=stored.get("device_id"),
            site_id=stored.get("site_id"),
        )

    def as_dict(self) -> dict[str, str | None]:
        """Return a form for the config entry, to stand there under ``binding``."""
        return asdict(self)

    @property
    def unique_id(self) -> str:
        """What a Powerwall is known by, whichever integration serves it: one belongs to one config entry."""
        return self.site_id or self.reserve


def find_powerwalls(hass: HomeAssistant) -> tuple[FoundPowerwall, ...]:
    """Every Powerwall whose reserve a Tesla integration can write, by name; unusable ones say why."""
    devices = dr.async_get(hass)
    found = [
        (entry, device)
        for entry in find_reserves(hass)
        if entry.device_id is not None and (device := devices.async_get(entry.device_id)) is not None
    ]
    sites = Counter(site_id_of(entry) for entry, _ in found)
    names = {entry.id: device.name_by_user or device.name or _UNNAMED for entry, device in found}
    for entry, _ in found:
        if sites[site_id_of(entry)] > 1:
            names[entry.id] += f" ({TESLA_INTEGRATIONS[entry.platform]})"
    same_name = Counter(names.values())
    return tuple(
        sorted(
            (
                FoundPowerwall(
                    device_id=device.id,
                    name=names[entry.id]
                    if same_name[names[entry.id]] == 1
                    else f"{names[entry.id]} [{site_id_of(entry)}]",
                    platform=entry.platform,
                    site_id=site_id_of(entry),
                    reserve_registry_id=entry.id,
                    problem=_problem(hass, entry),
                )
                for entry, device in found
            ),
            key=lambda powerwall: powerwall.name.casefold(),
        )
    )


def _problem(hass: HomeAssistant, reserve: er.RegistryEntry) -> SetupObstacle | None:
    if reserve.disabled:
        return SetupObstacle.RESERVE_DISABLED
    level = find_siblings(hass, reserve).get(LEVEL)
    if level is None:
        return SetupObstacle.LEVEL_MISSING
    return SetupObstacle.LEVEL_DISABLED if level.disabled else None


def find_drivers_of_site(hass: HomeAssistant, site_id: str) -> tuple[str, ...]:
    """Return the integrations that drive a site, sorted: with more than one, writes may cross."""
    reserves = (reserve_of_site(hass, platform, site_id) for platform in TESLA_INTEGRATIONS)
    return tuple(sorted(entry.platform for entry in reserves if entry is not None and not entry.disabled))


def has_local_only(hass: HomeAssistant) -> bool:
    """Whether the only Powerwall here is that of Home Assistant's local integration, which cannot write."""
    local = hass.config_entries.async_entries(LOCAL_PLATFORM, include_ignore=False, include_disabled=False)
    return bool(local) and not find_powerwalls(hass)


def bind(hass: HomeAssistant, found: FoundPowerwall) -> Binding:
    """Return what to remember of a Powerwall that was picked."""
    reserve = er.async_get(hass).async_get(found.reserve_registry_id)
    level = find_siblings(hass, reserve).get(LEVEL) if reserve else None
    return Binding(
        kind=found.platform,
        reserve=found.reserve_registry_id,
        level=level.id if level else None,
        device_id=found.device_id,
        site_id=found.site_id,
    )


def bind_other(hass: HomeAssistant, reserve_entity_id: str, level_entity_id: str) -> Binding:
    """Return what to remember of a battery that the owner described by its number and its sensor."""
    registry = er.async_get(hass)
    reserve, level = registry.async_get(reserve_entity_id), registry.async_get(level_entity_id)
    return Binding(
        kind=OTHER,
        reserve=reserve.id if reserve else reserve_entity_id,
        level=level.id if level else level_entity_id,
        device_id=reserve.device_id if reserve else None,
    )


def bind_by_entry(hass: HomeAssistant, data: Mapping[str, Any]) -> Binding | None:
    """Return the battery of an entry that only names what was picked, as other releases may write it.

    ``None`` if not here.
    """
    reserve, level = data.get(CONF_RESERVE_ENTITY), data.get(CONF_BATTERY_LEVEL_ENTITY)
    if data.get(CONF_POWERWALL) == OTHER:
        return bind_other(hass, reserve, level) if reserve and level else None
    found = (found for found in find_powerwalls(hass) if found.device_id == data.get(CONF_POWERWALL))
    return next((bind(hass, powerwall) for powerwall in found), None)
