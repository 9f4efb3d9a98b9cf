"""Choosing the entity that shows whether the car is charging, and the power from which it does (design 2, 7)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
import re
from typing import Any, Final

from homeassistant.const import ATTR_DEVICE_CLASS, ATTR_UNIT_OF_MEASUREMENT, Platform, UnitOfPower
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.helpers.translation import async_get_translations
import probatio

from ..const import (
    CONF_BINDING,
    CONF_CHARGING_ENTITY,
    CONF_CHARGING_POWER_THRESHOLD,
    CONF_CHARGING_REGISTRY_ID,
    CONF_RESERVE_ENTITY,
    DOMAIN,
)
from ..domain.price.charger_words import meaning_of
from ..domain.price.evidence import DEFAULT_THRESHOLD_W, POWER_UNITS, StateMeaning
from ..powerwall.discovery import Binding, find_powerwalls
from ..runtime.charger import find_registry_id, read_charger_state
from .errors import RefusedError

CHARGER_KEYS: Final = frozenset({CONF_CHARGING_ENTITY, CONF_CHARGING_POWER_THRESHOLD, CONF_CHARGING_REGISTRY_ID})
"""The options about the picked entity."""

# With a threshold of nothing the car would charge always.
_LEAST_THRESHOLD: Final = 0.1
# No car charges with so few watts: who types less means kilowatts.
_LEAST_WATTS: Final = 50
_NAMED_LIKE_A_CHARGER: Final = re.compile(
    r"charg|zappi|wall_?box|evse|easee|ohme|hypervolt|pod_?point|tesla_wall|(^|[._])(ev|car)([._]|$)"
)
# Home Assistant's own integration for a Powerwall in the same network; it can only read.
_LOCAL_POWERWALL: Final = "powerwall"
_PHONES: Final = frozenset({"mobile_app", "companion"})
_PLAIN: Final = frozenset({"battery_charging", "plug", "power", "running", "moving", "connectivity"})


class Likelihood(IntEnum):
    """How much an entity looks like one that shows a charging car."""

    POSSIBLE = 0
    POWER = 1
    WORD = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entity that could show it: what it says now, with its unit, how that is read, and how likely it is."""

    entity_id: str
    name: str
    shown: str
    says: StateMeaning
    likelihood: Likelihood


def find_candidates(hass: HomeAssistant, data: Mapping[str, Any]) -> list[Candidate]:
    """Return what can be chosen, the likeliest first; none of our own entities or the battery's device (``data``)."""
    excluded = _excluded(hass, data)
    found = [
        candidate
        for state in hass.states.async_all((Platform.BINARY_SENSOR, Platform.SENSOR))
        if state.entity_id not in excluded and (candidate := _candidate(hass, state)) is not None
    ]
    return sorted(found, key=lambda candidate: (-candidate.likelihood, candidate.name.casefold(), candidate.entity_id))


def is_zappi_here(hass: HomeAssistant) -> bool:
    """Whether a myenergi charger is among the entities: what its status says needs a word of advice."""
    platforms = {entry.platform for entry in er.async_get(hass).entities.values()}
    return "myenergi" in platforms or any(
        "zappi" in state.entity_id for state in hass.states.async_all(Platform.SENSOR)
    )


async def async_charger_fields(
    hass: HomeAssistant, data: Mapping[str, Any], *, required: bool = False
) -> dict[probatio.Marker, Any]:
    """Return the two fields of the form: both may stay empty, unless an entity is ``required``."""
    texts = await async_get_translations(hass, hass.config.language, "selector", {DOMAIN})
    prefix = f"component.{DOMAIN}.selector.charger_says.options."
    options = [
        SelectOptionDict(
            value=candidate.entity_id,
            label=texts[prefix + candidate.says].format(
                name=candidate.name, entity=candidate.entity_id, state=candidate.shown
            ),
        )
        for candidate in find_candidates(hass, data)
    ]
    marker = probatio.Required if required else probatio.Optional
    entity = SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN, custom_value=True)
    threshold = NumberSelectorConfig(
        min=_LEAST_THRESHOLD, step="any", mode=NumberSelectorMode.BOX, unit_of_measurement=UnitOfPower.WATT
    )
    return {
        marker(CONF_CHARGING_ENTITY): SelectSelector(entity),
        probatio.Optional(CONF_CHARGING_POWER_THRESHOLD): NumberSelector(threshold),
    }


def read_charger_options(hass: HomeAssistant, data: Mapping[str, Any], user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that the form gives: nothing where no entity was picked, a threshold in W only for a power.

    Raises:
        RefusedError: There is no such entity, it is one of ours or of the battery (``data``), or it shows neither a
            state nor a power.
    """
    entity_id = user_input.get(CONF_CHARGING_ENTITY)
    if not entity_id:
        return {}
    registered = er.async_get(hass).async_get(entity_id)
    if registered is not None and registered.platform == DOMAIN:
        raise RefusedError("own_entity", field=CONF_CHARGING_ENTITY)
    if entity_id in _of_battery(hass, data):
        raise RefusedError("battery_entity", field=CONF_CHARGING_ENTITY)
    options = {CONF_CHARGING_ENTITY: entity_id}
    if (stable := find_registry_id(hass, entity_id)) is not None:
        options[CONF_CHARGING_REGISTRY_ID] = stable
    unit = _unit(hass, entity_id)
    if unit is None:
        return options
    if unit not in POWER_UNITS:
        raise RefusedError("no_charging_entity", field=CONF_CHARGING_ENTITY)
    return {**options, CONF_CHARGING_POWER_THRESHOLD: _in_watts(user_input.get(CONF_CHARGING_POWER_THRESHOLD))}


def _in_watts(typed: float | None) -> float:
    if typed is None:
        return DEFAULT_THRESHOLD_W
    return typed * 1000 if typed < _LEAST_WATTS else typed


def _excluded(hass: HomeAssistant, data: Mapping[str, Any]) -> set[str]:
    """Our own entities, and those of the battery: they say what is planned, or what the battery does."""
    registry = er.async_get(hass)
    own = {entry.entity_id for entry in registry.entities.values() if entry.platform == DOMAIN}
    return own | _of_battery(hass, data)


def _of_battery(hass: HomeAssistant, data: Mapping[str, Any]) -> set[str]:
    """Return the entities of the battery's device and of every Powerwall: their powers rise while they feed the car."""
    registry = er.async_get(hass)
    reserve = Binding.from_entry_data(data).reserve if CONF_BINDING in data else data.get(CONF_RESERVE_ENTITY)
    battery = registry.async_get(reserve) if reserve else None
    devices = {found.device_id for found in find_powerwalls(hass)}
    if battery is not None and battery.device_id is not None:
        devices.add(battery.device_id)
    of_devices = {
        entry.entity_id for device in devices for entry in registry.entities.get_entries_for_device_id(device)
    }
    local = {entry.entity_id for entry in registry.entities.values() if entry.platform == _LOCAL_POWERWALL}
    return of_devices | local


def _candidate(hass: HomeAssistant, state: State) -> Candidate | None:
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    read = read_charger_state(state, None)
    if unit is not None:
        can_show = unit in POWER_UNITS
    elif state.domain == Platform.BINARY_SENSOR:
        can_show = state.attributes.get(ATTR_DEVICE_CLASS, "plug") in _PLAIN
    else:
        says_a_word = read in (StateMeaning.CHARGING, StateMeaning.NOT_CHARGING) and _is_named_like_a_charger(
            hass, state.entity_id
        )
        can_show = read is StateMeaning.CHARGING or says_a_word or _has_charging_words(state)
    if not can_show:
        return None
    return Candidate(
        state.entity_id,
        state.name,
        f"{state.state} {unit}" if unit else state.state,
        read,
        _likelihood(hass, state, unit),
    )


def _likelihood(hass: HomeAssistant, state: State, unit: str | None) -> Likelihood:
    registered = er.async_get(hass).async_get(state.entity_id)
    is_phone = registered is not None and registered.platform in _PHONES
    if is_phone or not _is_named_like_a_charger(hass, state.entity_id):
        return Likelihood.POSSIBLE
    return Likelihood.WORD if unit is None else Likelihood.POWER


def _is_named_like_a_charger(hass: HomeAssistant, entity_id: str) -> bool:
    registered = er.async_get(hass).async_get(entity_id)
    names = f"{entity_id} {registered.platform if registered else ''}".casefold()
    return _NAMED_LIKE_A_CHARGER.search(names) is not None


def _has_charging_words(state: State) -> bool:
    options = state.attributes.get("options")
    return isinstance(options, list) and any(meaning_of(str(option)) for option in options)


def find_charging_now(hass: HomeAssistant, data: Mapping[str, Any]) -> Iterator[Candidate]:
    """Yield what likely shows a car, and says that it is charging now."""
    for candidate in find_candidates(hass, data):
        if candidate.likelihood > Likelihood.POSSIBLE and candidate.says is StateMeaning.CHARGING:
            yield candidate


def _unit(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the unit of an entity, from its state or, while it has none, from the registry."""
    state, entry = hass.states.get(entity_id), er.async_get(hass).async_get(entity_id)
    if state is None and entry is None:
        raise RefusedError("entity_not_found", field=CONF_CHARGING_ENTITY)
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if state else None
    return unit or (entry.unit_of_measurement if entry else None)
