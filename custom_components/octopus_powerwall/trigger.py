"""Triggers of our own, offered under the device in the automation editor (design 7)."""

from typing import Any, ClassVar, override

from homeassistant.const import CONF_OPTIONS, CONF_TARGET
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.target import TargetSelection
from homeassistant.helpers.trigger import Trigger, TriggerActionRunner, TriggerConfig, TriggerNotTriggeredReporter
from homeassistant.helpers.typing import ConfigType
import probatio

from .const import DOMAIN
from .runtime.targets import find_entries_in
from .runtime.trigger_events import TriggerEvent, async_listen

CONF_AT_LEAST = "at_least"

_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_TARGET): cv.TARGET_FIELDS,
        probatio.Optional(CONF_OPTIONS, default={}): {},
    }
)
_SLOT_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_TARGET): cv.TARGET_FIELDS,
        probatio.Optional(CONF_OPTIONS, default={}): {probatio.Optional(CONF_AT_LEAST): cv.positive_time_period},
    }
)


class SnapshotTrigger(Trigger):
    """Fires for one event of the Powerwalls in its target, through reloads of their entries.

    ``trigger`` carries ``target``, ``baseline``, ``until``, ``reason``, ``reason_text``, ``slot_end`` and more.
    """

    trigger_event: ClassVar[TriggerEvent]
    schema: ClassVar[probatio.Schema] = _SCHEMA

    @classmethod
    @override
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Check the target and the options."""
        checked: ConfigType = cls.schema(config)
        return checked

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Take over the target; who is in it is looked up when something happens."""
        super().__init__(hass, config)
        self._target = TargetSelection(config.target or {})
        self._options = config.options or {}

    @override
    async def async_attach_runner(
        self, run_action: TriggerActionRunner, did_not_trigger: TriggerNotTriggeredReporter | None = None
    ) -> CALLBACK_TYPE:
        """Run the action whenever it happens."""

        @callback
        def on_trigger_event(entry_id: str, trigger_event: TriggerEvent, details: dict[str, Any]) -> None:
            if trigger_event is not self.trigger_event or not self._suits(details):
                return
            if entry_id in find_entries_in(self._hass, self._target):
                run_action({**details, "entry_id": entry_id}, f"{DOMAIN} {trigger_event.value}")

        return async_listen(self._hass, on_trigger_event)

    def _suits(self, details: dict[str, Any]) -> bool:
        return True


class SlotStartedTrigger(SnapshotTrigger):
    """Fires when a slot begins that is long enough."""

    trigger_event = TriggerEvent.SLOT_STARTED
    schema = _SLOT_SCHEMA

    @override
    def _suits(self, details: dict[str, Any]) -> bool:
        least, minutes = self._options.get(CONF_AT_LEAST), details["slot_minutes"]
        return least is None or (minutes is not None and minutes * 60 >= least.total_seconds())


class SlotEndedTrigger(SnapshotTrigger):
    """Fires when no slot runs any more."""

    trigger_event = TriggerEvent.SLOT_ENDED


class HoldStartedTrigger(SnapshotTrigger):
    """Fires when a reserve has been changed that will be put back."""

    trigger_event = TriggerEvent.HOLD_STARTED


class ReserveRestoredTrigger(SnapshotTrigger):
    """Fires when the Powerwall has confirmed that the owner's reserve is back."""

    trigger_event = TriggerEvent.RESERVE_RESTORED


class AttentionNeededTrigger(SnapshotTrigger):
    """Fires when something more wants the owner."""

    trigger_event = TriggerEvent.ATTENTION_NEEDED


TRIGGERS: dict[str, type[Trigger]] = {
    trigger.trigger_event.value: trigger
    for trigger in (
        SlotStartedTrigger,
        SlotEndedTrigger,
        HoldStartedTrigger,
        ReserveRestoredTrigger,
        AttentionNeededTrigger,
    )
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers by their keys."""
    return TRIGGERS
