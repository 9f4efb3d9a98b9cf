"""The websocket command ``octopus_powerwall/timeline``: all that the card shows, anew whenever something has changed.

A subscription: ``{"type": "octopus_powerwall/timeline", "config_entry_id": …, "language": "en"}``; without
``language`` it is Home Assistant's own. It outlives a reload of the entry and ends with the connection. What a message
holds stands in ``message``.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components.websocket_api import async_register_command
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.const import ERR_NOT_FOUND
from homeassistant.components.websocket_api.decorators import async_response, websocket_command
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import ATTR_CONFIG_ENTRY_ID, Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util
import probatio

from ..const import DOMAIN
from ..domain.picture import frame_of
from ..powerwall.registry import find_siblings
from ..runtime.controller import Controller
from .card_texts import CardTexts
from .history import History, Sources
from .message import Message, describe_not_loaded, find_enabled_entity, make_message, to_seconds

LOOK_EVERY: Final = timedelta(minutes=1)


@callback
def async_setup_timeline(hass: HomeAssistant) -> None:
    """Register the command, once, whether or not an entry is loaded."""
    async_register_command(hass, subscribe_timeline)


@websocket_command(
    {
        probatio.Required("type"): f"{DOMAIN}/timeline",
        probatio.Required(ATTR_CONFIG_ENTRY_ID): str,
        probatio.Optional("language"): str,
    }
)
@async_response
async def subscribe_timeline(hass: HomeAssistant, connection: ActiveConnection, msg: Message) -> None:
    """Follow one entry's day. Whoever may see the entry's status may see it."""
    entry = hass.config_entries.async_get_entry(msg[ATTR_CONFIG_ENTRY_ID])
    if entry is None or entry.domain != DOMAIN:
        connection.send_error(msg["id"], ERR_NOT_FOUND, "Config entry not found")
        return
    if not _may_see(hass, connection, entry):
        raise Unauthorized(config_entry_id=entry.entry_id, permission=POLICY_READ)
    texts = await CardTexts.async_load(hass, msg.get("language", hass.config.language))
    follower = Follower(hass, entry, texts, lambda told: connection.send_event(msg["id"], told))
    connection.subscriptions[msg["id"]] = follower.async_stop
    connection.send_result(msg["id"])
    follower.async_start()


def _may_see(hass: HomeAssistant, connection: ActiveConnection, entry: ConfigEntry) -> bool:
    user, status = connection.user, find_enabled_entity(hass, entry.entry_id, Platform.SENSOR, "status")
    return bool(user.permissions.check_entity(status, POLICY_READ) if status else user.is_admin)


class Follower:
    """Tells one card of one entry, from now until it is stopped; what it follows may come and go meanwhile."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, texts: CardTexts, tell: Callable[[Message], None]
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._texts = texts
        self._tell = tell
        self._told: Message | None = None
        self._history: History | None = None
        self._frame = frame_of(dt_util.utcnow())
        self._always: list[CALLBACK_TYPE] = []
        self._while_loaded: list[CALLBACK_TYPE] = []

    @callback
    def async_start(self) -> None:
        """Send what there is at once; the past follows as soon as the recorder has given it."""
        self._always = [
            self._entry.async_on_state_change(self._entry_changed),
            async_track_time_interval(self._hass, self._look_again, LOOK_EVERY, cancel_on_shutdown=True),
        ]
        self._entry_changed()

    @callback
    def async_stop(self) -> None:
        """Stop: the card is closed."""
        self._let_go()
        for unsubscribe in self._always:
            unsubscribe()
        self._always.clear()

    @callback
    def _entry_changed(self) -> None:
        self._let_go()
        if self._entry.state is ConfigEntryState.LOADED:
            controller: Controller = self._entry.runtime_data
            history = History(self._hass, self._sources(controller), frame_of(dt_util.utcnow()).start)
            self._history = history
            self._while_loaded = [controller.async_add_listener(self._look), history.async_follow()]
            self._hass.async_create_background_task(self._read_past(history), f"{DOMAIN} timeline: the past")
        self._look()

    def _let_go(self) -> None:
        self._history = None
        for unsubscribe in self._while_loaded:
            unsubscribe()
        self._while_loaded.clear()

    async def _read_past(self, history: History) -> None:
        await history.async_read_past()
        if self._history is history:
            self._look()

    @callback
    def _look_again(self, now: datetime) -> None:
        """Tell anew after a minute: lines have grown, and a day may have begun."""
        if self._history is None:
            return
        frame = frame_of(now)
        if frame != self._frame:
            self._frame = frame
            self._history.forget_before(frame.start)
        self._look()

    @callback
    def _look(self) -> None:
        now = dt_util.utcnow()
        if self._history is None:
            told = describe_not_loaded(self._entry, self._texts)
        else:
            told = make_message(self._hass, self._entry, self._texts, self._history, now)
        if told != self._told:
            self._told = told
            self._tell({**told, "now": to_seconds(now)})

    def _sources(self, controller: Controller) -> Sources:
        entities = controller.driver.entities
        return Sources(
            level=entities.level,
            reserve=entities.reserve,
            sun=_beside(self._hass, entities.reserve, "solar_power"),
            charger=controller.charger.entity_id,
            threshold_w=controller.snapshot.settings.charging_threshold_w,
        )


def _beside(hass: HomeAssistant, reserve_id: str | None, key: str) -> str | None:
    """Return a sensor that the battery's integration offers on the same device as the reserve, where it is enabled."""
    reserve = er.async_get(hass).async_get(reserve_id) if reserve_id else None
    found = find_siblings(hass, reserve).get((Platform.SENSOR, key)) if reserve else None
    return found.entity_id if found is not None and not found.disabled else None
