"""A sentence in the logbook for all that happens (design 5.12)."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.components.logbook.const import LOGBOOK_ENTRY_ICON, LOGBOOK_ENTRY_MESSAGE, LOGBOOK_ENTRY_NAME
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .domain.reserve.situation import Activity
from .runtime.activity import ATTR_TYPE, EVENT_ACTIVITY
from .runtime.texts import common_text, reason_text

_WITH_REASON = frozenset({Activity.SLOT_STARTED, Activity.RESERVE_RAISED, Activity.PAUSED})


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[Event], dict[str, Any]]], None],
) -> None:
    """Describe our events to the logbook."""

    @callback
    def describe(event: Event) -> dict[str, Any]:
        # The event's data name an entity, by which the logbook finds it. Named here too, the sentence would begin
        # with that entity's name instead of ours.
        return {
            LOGBOOK_ENTRY_NAME: common_text(hass, "logbook_name"),
            LOGBOOK_ENTRY_MESSAGE: sentence(hass, event.data),
            LOGBOOK_ENTRY_ICON: "mdi:home-battery-outline",
        }

    async_describe_event(DOMAIN, EVENT_ACTIVITY, describe)


def sentence(hass: HomeAssistant, told: Mapping[str, Any]) -> str:
    """What an event's data say, in words that go on from our name; times are Home Assistant's local ones."""
    activity, target, until = told[ATTR_TYPE], told.get("target"), _clock(told.get("until"))
    key = f"activity_{activity}"
    if activity == Activity.RESERVE_RAISED and (target is None or until is None):
        key = "activity_reserve_raised_open"
    if activity == Activity.RESERVE_RESTORED and told.get("baseline") is None:
        key = "activity_reserve_restored_open"
    parts = [common_text(hass, key, target=target, until=until, baseline=told.get("baseline"))]
    if activity in _WITH_REASON and (reason := told.get("reason")):
        parts.append(reason_text(hass, reason))
    if activity == Activity.SLOT_STARTED and told.get("dry_run"):
        parts.append(common_text(hass, "dry_run"))
    return " ".join(parts)


def _clock(at: str | None) -> str | None:
    moment = dt_util.parse_datetime(at) if at else None
    return f"{dt_util.as_local(moment):%H:%M}" if moment else None
