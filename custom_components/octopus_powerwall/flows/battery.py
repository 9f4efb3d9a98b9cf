"""Choosing the battery: the list, what was picked, and who else has it already (design 7)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from homeassistant.components.number import ATTR_MAX, ATTR_MIN, ATTR_STEP
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, PERCENTAGE
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from ..const import CONF_BATTERY_LEVEL_ENTITY, CONF_BINDING, CONF_POWERWALL, CONF_RESERVE_ENTITY, DOMAIN
from ..powerwall.const import OTHER
from ..powerwall.discovery import Binding, bind, bind_by_entry, bind_other, find_powerwalls
from ..powerwall.kinds import kind_serving
from .errors import RefusedError

# The reserve is moved between what was found and 100, so the number must reach that far (design 4.2).
_FULL_PCT = 100
_HIGHEST_MINIMUM_PCT = 80


@dataclass(frozen=True, slots=True)
class PickedBattery:
    """A battery that can be used. ``data`` is what the config entry keeps of it, ``title`` names the entry."""

    binding: Binding
    title: str
    data: dict[str, Any]


def powerwall_selector(hass: HomeAssistant) -> SelectSelector:
    """Return a list of the Powerwalls found, and ``other``."""
    options = [SelectOptionDict(value=found.device_id, label=found.name) for found in find_powerwalls(hass)]
    return SelectSelector(
        SelectSelectorConfig(
            options=[*options, SelectOptionDict(value=OTHER, label=OTHER)],
            mode=SelectSelectorMode.LIST,
            translation_key="powerwall",
        )
    )


def propose_powerwall(hass: HomeAssistant) -> str | None:
    """Return the only Powerwall that could be meant; ``other`` where there is none at all."""
    found = find_powerwalls(hass)
    usable = [powerwall.device_id for powerwall in found if powerwall.problem is None]
    if not found:
        return OTHER
    return usable[0] if len(usable) == 1 else None


def pick_powerwall(hass: HomeAssistant, device_id: str) -> PickedBattery:
    """Return the Powerwall of a device.

    Raises:
        RefusedError: It has gone in the meantime, or something about it has to be mended first.
    """
    for found in find_powerwalls(hass):
        if found.device_id == device_id:
            if found.problem is not None:
                raise RefusedError(found.problem.value, field=CONF_POWERWALL)
            return PickedBattery(bind(hass, found), found.name, {CONF_POWERWALL: device_id})
    raise RefusedError("powerwall_gone", field=CONF_POWERWALL)


def other_schema() -> probatio.Schema:
    """Return the form for a battery that no known integration serves."""
    return probatio.Schema(
        {
            probatio.Required(CONF_RESERVE_ENTITY): _percentage_selector("number"),
            probatio.Required(CONF_BATTERY_LEVEL_ENTITY): _percentage_selector("sensor"),
        }
    )


def _percentage_selector(domain: str) -> EntitySelector:
    wanted = EntityWithDeviceFilterSelectorConfig(domain=domain, unit_of_measurement=PERCENTAGE)
    return EntitySelector(EntitySelectorConfig(filter=[wanted]))


def pick_other(hass: HomeAssistant, user_input: Mapping[str, Any]) -> PickedBattery:
    """Return the battery that a number and a sensor stand for.

    Raises:
        RefusedError: One of the two is not there or is no percentage, or the number cannot be set to 100 %.
    """
    reserve = _percentage(hass, user_input, CONF_RESERVE_ENTITY)
    _percentage(hass, user_input, CONF_BATTERY_LEVEL_ENTITY)
    lowest, highest = reserve.attributes.get(ATTR_MIN), reserve.attributes.get(ATTR_MAX)
    kind = kind_serving(hass, reserve.entity_id)
    # A kind of its own says itself what it takes.
    too_coarse = kind == OTHER and (reserve.attributes.get(ATTR_STEP) or 0) > 1
    too_high = lowest is not None and lowest > _HIGHEST_MINIMUM_PCT
    if too_coarse or too_high or (highest is not None and highest != _FULL_PCT):
        raise RefusedError("reserve_range", field=CONF_RESERVE_ENTITY)
    entities = {key: user_input[key] for key in (CONF_RESERVE_ENTITY, CONF_BATTERY_LEVEL_ENTITY)}
    binding = bind_other(hass, entities[CONF_RESERVE_ENTITY], entities[CONF_BATTERY_LEVEL_ENTITY])
    return PickedBattery(replace(binding, kind=kind), reserve.name, {CONF_POWERWALL: OTHER, **entities})


def _percentage(hass: HomeAssistant, user_input: Mapping[str, Any], field: str) -> State:
    state = hass.states.get(user_input[field])
    if state is None:
        raise RefusedError("entity_not_found", field=field)
    if state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) != PERCENTAGE:
        raise RefusedError("not_a_percentage", field=field)
    return state


def is_taken_by_another(hass: HomeAssistant, binding: Binding, entry_id: str | None = None) -> bool:
    """Whether another entry than the given one has the battery already, by its site or by its reserve entity."""
    return any(
        entry.unique_id == binding.unique_id or _reserve_of(hass, entry.data) == binding.reserve
        for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False)
        if entry.entry_id != entry_id
    )


def _reserve_of(hass: HomeAssistant, data: Mapping[str, Any]) -> str | None:
    """Return the reserve of an entry, also of one that only names its battery so far.

    ``None`` where that is not here.
    """
    bound = Binding.from_entry_data(data) if CONF_BINDING in data else bind_by_entry(hass, data)
    return bound.reserve if bound is not None else None


def battery_data(data: Mapping[str, Any], picked: PickedBattery) -> dict[str, Any]:
    """Return a config entry's data with another battery in it."""
    replaced = {CONF_POWERWALL, CONF_BINDING, CONF_RESERVE_ENTITY, CONF_BATTERY_LEVEL_ENTITY}
    kept = {key: value for key, value in data.items() if key not in replaced}
    return {**kept, **picked.data, CONF_BINDING: picked.binding.as_dict()}
