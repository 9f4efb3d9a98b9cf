"""Conditions of our own, offered under the device in the automation editor (design 7)."""

from abc import abstractmethod
from typing import Unpack, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_OPTIONS, CONF_TARGET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.condition import (
    ATTR_BEHAVIOR,
    BEHAVIOR_ALL,
    BEHAVIOR_ANY,
    Condition,
    ConditionCheckParams,
    ConditionConfig,
)
from homeassistant.helpers.target import TargetSelection
from homeassistant.helpers.typing import ConfigType
import probatio

from .domain.status import Snapshot
from .runtime.targets import find_entries_in

_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_TARGET): cv.TARGET_FIELDS,
        probatio.Optional(CONF_OPTIONS, default={}): {
            probatio.Optional(ATTR_BEHAVIOR, default=BEHAVIOR_ANY): probatio.In([BEHAVIOR_ANY, BEHAVIOR_ALL]),
        },
    }
)


class SnapshotCondition(Condition):
    """True while something is so of any, or of all, of the Powerwalls in its target. One that is not loaded is not."""

    @classmethod
    @override
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Check the target and the options."""
        checked: ConfigType = _SCHEMA(config)
        return checked

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Take over the target; who is in it is looked up at each check."""
        super().__init__(hass, config)
        self._target = TargetSelection(config.target or {})
        self._behavior = (config.options or {}).get(ATTR_BEHAVIOR, BEHAVIOR_ANY)

    @override
    def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
        answers = [self._holds(entry_id) for entry_id in find_entries_in(self._hass, self._target)]
        return any(answers) if self._behavior == BEHAVIOR_ANY else bool(answers) and all(answers)

    def _holds(self, entry_id: str) -> bool:
        entry = self._hass.config_entries.async_get_entry(entry_id)
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return False
        return self._is_so(entry.runtime_data.snapshot)

    @abstractmethod
    def _is_so(self, snapshot: Snapshot) -> bool:
        """Whether it is so of one Powerwall."""


class SlotRunningCondition(SnapshotCondition):
    """Whether any slot runs, by day or night."""

    @override
    def _is_so(self, snapshot: Snapshot) -> bool:
        return snapshot.smart_slot


class HoldingCondition(SnapshotCondition):
    """Whether a reserve is to be put back."""

    @override
    def _is_so(self, snapshot: Snapshot) -> bool:
        return snapshot.holding


class CheapRateCondition(SnapshotCondition):
    """Whether electricity is certainly cheap for the house."""

    @override
    def _is_so(self, snapshot: Snapshot) -> bool:
        return snapshot.cheap_rate


CONDITIONS: dict[str, type[Condition]] = {
    "slot_running": SlotRunningCondition,
    "holding": HoldingCondition,
    "cheap_rate": CheapRateCondition,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions by their keys."""
    return CONDITIONS
