"""What the states of the battery's entities mean (design 4.3, 5.8; facts/powerwall.md 1.1)."""

from datetime import datetime, timedelta
from math import floor, isfinite
from typing import Any, Final

from homeassistant.components.number import ATTR_MAX, ATTR_MIN, ATTR_STEP, DEFAULT_MAX_VALUE, DEFAULT_MIN_VALUE
from homeassistant.components.number.const import DATA_COMPONENT as NUMBERS
from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    UnitOfEnergy,
    UnitOfPower,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.update_coordinator import CoordinatorEntity, DataUpdateCoordinator
from homeassistant.util.unit_conversion import EnergyConverter, PowerConverter

from ..domain.reason import Reason
from ..domain.reserve.limits import FULL, Limits
from ..domain.reserve.situation import Battery, OperationMode
from ..domain.reserve.target import Level
from ..domain.reserve.writing import Reading
from .entities import Entities

# A rate limit leaves the last powers standing as if they were new (facts/powerwall.md 1.1).
POWER_AGE: Final = timedelta(minutes=10)
# Nothing else means an outage: "unknown" does not.
_OFF_GRID: Final = frozenset({"off_grid", "off_grid_intentional", "off_grid_unintentional"})


def read_battery(hass: HomeAssistant, entities: Entities, now: datetime) -> Battery:
    """Read the battery as it is at ``now``; what is unknown blocks nothing and is ``None``, never a guess."""
    reserve, level = find_live_state(hass, entities.reserve), _state(hass, entities.level)
    return Battery(
        reserve=Reading(as_percentage(reserve.state), reserve.last_reported) if reserve else Reading(),
        level=Level(as_number(level.state), level.last_reported) if level else Level(),
        battery_w=read_power_w(_state(hass, entities.battery_power), now),
        grid_w=read_power_w(_state(hass, entities.grid_power), now),
        block=_block(hass, entities),
        solar_w=read_power_w(_state(hass, entities.solar_power), now),
        home_w=read_power_w(_state(hass, entities.home_power), now),
        mode=_mode(_state(hass, entities.operation_mode)),
        energy_left_kwh=_energy_kwh(_state(hass, entities.energy_left)),
    )


def find_live_state(hass: HomeAssistant, entity_id: str | None) -> State | None:
    """Return the state of a number that would take a value now.

    ``None`` where Home Assistant would drop the call without a word.

    After Tesla has refused a token, tesla_fleet's states stay as they were while its entities already know that they
    are not available.
    """
    state = _state(hass, entity_id)
    if state is None or state.state == STATE_UNAVAILABLE:
        return None
    numbers = hass.data.get(NUMBERS)
    entity = numbers.get_entity(state.entity_id) if numbers is not None else None
    return state if entity is None or entity.available else None


def coordinator_of(hass: HomeAssistant, entity_id: str | None) -> DataUpdateCoordinator[Any] | None:
    """Return the coordinator that reads for a number; ``None`` where none does."""
    numbers = hass.data.get(NUMBERS)
    entity = numbers.get_entity(entity_id) if numbers is not None and entity_id is not None else None
    return entity.coordinator if isinstance(entity, CoordinatorEntity) else None


def as_percentage(value: Any) -> int | None:
    """Return a whole percentage from a state or from an action's data; ``None`` for what is none.

    Tesla's are whole numbers. Another number may hold 62.5: it counts as 62, for Tesla's own integrations drop the
    fraction too.
    """
    pct = as_number(value)
    return floor(pct) if pct is not None and 0 <= pct <= FULL else None


def as_number(value: Any) -> float | None:
    """Return a finite number, or ``None``."""
    try:
        result = float(value)
    except TypeError, ValueError:
        return None
    return result if isfinite(result) else None


def read_number_limits(state: State) -> Limits:
    """Return what a number in Home Assistant lets pass; nothing where its bounds cannot be read."""
    lowest = as_number(state.attributes.get(ATTR_MIN, DEFAULT_MIN_VALUE))
    highest = as_number(state.attributes.get(ATTR_MAX, DEFAULT_MAX_VALUE))
    if lowest is None or highest is None:
        return Limits(maximum=-1)
    return Limits(minimum=lowest, maximum=highest, step=as_number(state.attributes.get(ATTR_STEP)) or 0)


def _state(hass: HomeAssistant, entity_id: str | None) -> State | None:
    return hass.states.get(entity_id) if entity_id is not None else None


def _is(hass: HomeAssistant, entity_id: str | None, value: str) -> bool:
    return entity_id is not None and hass.states.is_state(entity_id, value)


def read_power_w(state: State | None, now: datetime, oldest: timedelta = POWER_AGE) -> float | None:
    """Return a power in W that was reported lately; ``None`` for what is none."""
    if state is None or abs(now - state.last_reported) > oldest:
        return None
    power = as_number(state.state)
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    if power is None or unit not in PowerConverter.VALID_UNITS:
        return None
    return PowerConverter.convert(power, unit, UnitOfPower.WATT)


def _energy_kwh(state: State | None) -> float | None:
    energy = as_number(state.state) if state is not None else None
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if state is not None else None
    if energy is None or unit not in EnergyConverter.VALID_UNITS:
        return None
    return EnergyConverter.convert(energy, unit, UnitOfEnergy.KILO_WATT_HOUR)


def _mode(state: State | None) -> OperationMode | None:
    return OperationMode(state.state) if state is not None and state.state in OperationMode else None


def _block(hass: HomeAssistant, entities: Entities) -> Reason | None:
    if _is(hass, entities.storm_active, STATE_ON):
        return Reason.STORM_WATCH
    if _grid_down(hass, entities):
        return Reason.GRID_DOWN
    if _is(hass, entities.grid_services, STATE_ON):
        return Reason.GRID_SERVICES
    return None


def _grid_down(hass: HomeAssistant, entities: Entities) -> bool:
    island = _state(hass, entities.island_status)
    if entities.island_status is not None:
        return island is not None and island.state in _OFF_GRID
    return _is(hass, entities.grid_status, STATE_OFF)
