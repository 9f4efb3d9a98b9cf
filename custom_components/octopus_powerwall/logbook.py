"""A sentence in the logbook for all that happens (design 5.12)."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.components.logbook.const import LOGBOOK_ENTRY_ICON, LOGBOOK_ENTRY_MESSAGE, LOGBOOK_ENTRY_NAME
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .domain.reason import Reason
from .domain.reserve.situation import Activity
from .runtime.activity import ATTR_TYPE, EVENT_ACTIVITY
from .runtime.texts import common_text, gain_text, reason_text

# What the sentence of an activity names; where one of them is not known, its open form says the rest.
_NAMED: Mapping[str, tuple[str, ...]] = {
    Activity.SLOT_STARTED: ("slot_end",),
    Activity.RESERVE_RAISED: ("target", "until"),
    Activity.RESERVE_RESTORED: ("baseline",),
    Activity.OVERRIDDEN: ("reserve", "until", "baseline"),
    Activity.NOT_OBEYING: ("target",),
    Activity.RESTORE_FAILED: ("baseline",),
    Activity.PAUSED: ("reserve",),
}
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
    """Return what an event's data say, in words that go on from our name; times are Home Assistant's local ones."""
    activity = told[ATTR_TYPE]
    values = {
        "target": told.get("target"),
        "baseline": told.get("baseline"),
        "reserve": told.get("reserve"),
        "until": _clock(told.get("until")),
        "slot_end": _clock(told.get("slot_end")),
    }
    named = _NAMED.get(activity, ())
    is_open = any(values[name] is None for name in named)
    key = f"activity_{activity}{'_open' if is_open else ''}"
    if (
        key == "activity_reserve_raised_open"
        and told.get("reason") == Reason.CAR_GUARD
        and values["target"] is not None
    ):
        # Until when is not known, but what it depends on is.
        key = "activity_reserve_raised_car"
    parts = [common_text(hass, key, **values)]
    if activity in _WITH_REASON and (reason := told.get("reason")):
        parts.append(reason_text(hass, reason))
    if activity == Activity.SLOT_ENDED and (brought := gain_text(hass, told)):
        parts.append(brought)
    if activity == Activity.SLOT_STARTED and told.get("dry_run"):
        parts.append(common_text(hass, "dry_run"))
    return " ".join(parts)


def _clock(at: str | None) -> str | None:
    moment = dt_util.parse_datetime(at) if at else None
    return f"{dt_util.as_local(moment):%H:%M}" if moment else None
