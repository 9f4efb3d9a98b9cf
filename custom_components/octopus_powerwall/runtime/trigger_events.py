"""What automations can be started by: a signal for each event, whichever entities are enabled (design 7)."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect, async_dispatcher_send
from homeassistant.util.signal_type import SignalType

from ..const import DOMAIN
from ..domain.reserve.situation import Activity
from ..domain.status import Snapshot
from .controller import OctopusPowerwallConfigEntry
from .schedule import to_london_iso
from .texts import reason_text


class TriggerEvent(StrEnum):
    """The triggers; the value is the trigger's key."""

    SLOT_STARTED = "slot_started"
    SLOT_ENDED = "slot_ended"
    HOLD_STARTED = "hold_started"
    RESERVE_RESTORED = "reserve_restored"
    ATTENTION_NEEDED = "attention_needed"


_OF_ACTIVITY: Final = {
    Activity.SLOT_STARTED: TriggerEvent.SLOT_STARTED,
    Activity.SLOT_ENDED: TriggerEvent.SLOT_ENDED,
    Activity.RESERVE_RESTORED: TriggerEvent.RESERVE_RESTORED,
}
_SIGNAL: SignalType[str, TriggerEvent, dict[str, Any]] = SignalType(f"{DOMAIN}_trigger_event")


@callback
def async_listen(hass: HomeAssistant, listener: Callable[[str, TriggerEvent, dict[str, Any]], None]) -> CALLBACK_TYPE:
    """Listen to the events of all entries: the entry's id, the event, and its details as JSON values."""
    return async_dispatcher_connect(hass, _SIGNAL, listener)


@callback
def async_setup_trigger_events(hass: HomeAssistant, entry: OctopusPowerwallConfigEntry) -> None:
    """Signal what happens in an entry until it is unloaded. What was so at its start is no event."""
    controller = entry.runtime_data
    before = controller.snapshot

    @callback
    def tell(trigger_event: TriggerEvent, details: dict[str, Any]) -> None:
        async_dispatcher_send(hass, _SIGNAL, entry.entry_id, trigger_event, details)

    @callback
    def on_activity(activity: Activity, details: dict[str, Any]) -> None:
        if (trigger_event := _OF_ACTIVITY.get(activity)) is not None:
            tell(trigger_event, _details(hass, controller.snapshot) | _worded(hass, details))

    @callback
    def on_snapshot() -> None:
        nonlocal before
        now, earlier = controller.snapshot, before
        before = now
        if now.holding and not earlier.holding:
            tell(TriggerEvent.HOLD_STARTED, _details(hass, now))
        if set(now.attention) - set(earlier.attention):
            tell(TriggerEvent.ATTENTION_NEEDED, _details(hass, now))

    entry.async_on_unload(controller.async_add_activity_listener(on_activity))
    entry.async_on_unload(controller.async_add_listener(on_snapshot))


def _details(hass: HomeAssistant, snapshot: Snapshot) -> dict[str, Any]:
    """Return what a message needs: the value, until when, and why; and of the slot its end and length."""
    slot = snapshot.slots[0] if snapshot.smart_slot and snapshot.slots else None
    return {
        "status": snapshot.status.value,
        "reason": snapshot.reason.value,
        "reason_text": reason_text(hass, snapshot.reason),
        "until": to_london_iso(snapshot.until),
        "target": snapshot.target,
        "baseline": snapshot.baseline,
        "dry_run": snapshot.settings.dry_run,
        "slot_end": to_london_iso(slot.end) if slot else None,
        "slot_minutes": round(slot.interval.length.total_seconds() / 60) if slot else None,
        "problems": list(snapshot.attention),
    }


def _worded(hass: HomeAssistant, details: dict[str, Any]) -> dict[str, Any]:
    return {**details, "reason_text": reason_text(hass, details["reason"])}
