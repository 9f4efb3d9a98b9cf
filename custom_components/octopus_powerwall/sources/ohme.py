"""Slots of an Ohme charger, from Home Assistant's own ``ohme`` integration (design 10.2).

Its action ``ohme.list_charge_slots`` answers from the integration's memory, so asking costs nothing. What it lists
stays listed after the plug is pulled: whether it counts is told by the status and the charge mode of the charger.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, STATE_UNAVAILABLE, STATE_UNKNOWN, Platform
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import (
    async_track_state_change_event,
    async_track_state_report_event,
    async_track_time_interval,
)
from homeassistant.util import dt as dt_util

from ..domain.model import Device, DeviceRead, Dispatch, DispatchType, Poll
from ..domain.price.evidence import Evidence, reading_of, steady
from ..domain.settings import Settings

_LOGGER = logging.getLogger(__name__)

OHME: Final = "ohme"
LIST_SLOTS: Final = "list_charge_slots"
READ_EVERY: Final = timedelta(seconds=60)
FOLLOWED_FOR: Final = timedelta(seconds=100)
MOST_LISTED_ROWS: Final = 1_000
MOST_KWH: Final = 1_000

_ENDED: Final = frozenset({"unplugged", "pending_approval", "finished", "paused"})
_SMART: Final = "smart_charge"
_NO_STATE: Final = frozenset({STATE_UNAVAILABLE, STATE_UNKNOWN})
# The end of an entity's unique id; what stands before it is the charger's serial number.
_STATUS: Final = (Platform.SENSOR, "_status")
_POWER: Final = (Platform.SENSOR, "_power")
_MODE: Final = (Platform.SELECT, "_charge_mode")


def find_ohme_entries(hass: HomeAssistant) -> list[ConfigEntry]:
    """Return the accounts that Home Assistant's ``ohme`` is set up for, without disabled and ignored ones."""
    return hass.config_entries.async_entries(OHME, include_ignore=False, include_disabled=False)


def find_power_entity(hass: HomeAssistant, entry_id: str) -> str | None:
    """Return the sensor that shows what an Ohme charger gives to the car."""
    return _entity(hass, entry_id, *_POWER)


async def async_read(hass: HomeAssistant, entry_id: str) -> Poll | None:
    """Return what the charger of an ``ohme`` entry plans now; ``None`` where it cannot be told.

    The answer is as old as the last report of the charger's status: while that is unavailable nothing is known.
    """
    status, mode = (_state(hass, _entity(hass, entry_id, *which)) for which in (_STATUS, _MODE))
    if status is None or (status.state not in _ENDED and mode is None):
        return None
    dispatches: tuple[Dispatch, ...] | None = ()
    skipped = 0
    if status.state not in _ENDED and mode is not None and mode.state == _SMART:
        rows = await _async_rows(hass, entry_id)
        if rows is None:
            return None
        read = [_dispatch(row) for row in rows]
        dispatches = tuple(dispatch for dispatch in read if dispatch is not None)
        skipped = len(read) - len(dispatches)
    device = Device(f"{OHME}-{entry_id}", is_charger=True, provider="OHME", lifecycle="LIVE")
    # A report that lies ahead was made before the clock was set back.
    at = min(status.last_reported, dt_util.utcnow())
    return Poll(at, (device,), (DeviceRead(device, dispatches, skipped),), completed=None)


def make_ohme_source(
    hass: HomeAssistant, settings: Settings, on_read: Callable[[Poll], None], on_power: Callable[[], None]
) -> OhmeSource | None:
    """Return the source for the ``ohme`` entry that the owner has chosen."""
    if settings.ohme_entry is None:
        return None
    return OhmeSource(hass, settings.ohme_entry, on_read=on_read, on_power=on_power)


class OhmeSource:
    """Reads an Ohme charger once a minute, and at once when its entities change."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        *,
        on_read: Callable[[Poll], None],
        on_power: Callable[[], None],
    ) -> None:
        """Prepare; ``on_read`` is called with every newer answer, ``on_power`` when the power changes."""
        self._hass = hass
        self._entry_id = entry_id
        self._on_read = on_read
        self._on_power = on_power
        self._evidence = Evidence()
        self._followed_until: datetime | None = None
        self._unsubscribes: list[CALLBACK_TYPE] = []
        self._is_reading = False
        self._reads_again = False
        self.read_at: datetime | None = None

    @callback
    def async_start(self) -> CALLBACK_TYPE:
        """Begin to read: now, once a minute, and at every change. Returns what stops it."""
        entities = [_entity(self._hass, self._entry_id, *which) for which in (_STATUS, _MODE)]
        found = [entity_id for entity_id in entities if entity_id is not None]
        power = find_power_entity(self._hass, self._entry_id)
        self._unsubscribes = [
            async_track_state_change_event(self._hass, found, self._changed),
            async_track_state_report_event(self._hass, found, self._reported),
            async_track_state_change_event(self._hass, [power] if power else [], self._power_changed),
            async_track_time_interval(self._hass, self._on_timer, READ_EVERY, cancel_on_shutdown=True),
        ]
        self._read_soon()
        return self._stop

    @callback
    def _stop(self) -> None:
        """Read no more."""
        for unsubscribe in self._unsubscribes:
            unsubscribe()
        self._unsubscribes.clear()

    def evidence(self, now: datetime) -> Evidence:
        """Whether the charger itself shows that the car is charging."""
        power = _state(self._hass, find_power_entity(self._hass, self._entry_id))
        said = None
        if power is not None:
            unit = power.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
            said = reading_of(power.state, unit, None, self._evidence.raw)
        self._evidence = steady(self._evidence, said, now)
        return self._evidence

    @callback
    def _changed(self, _event: Event[EventStateChangedData]) -> None:
        self._followed_until = dt_util.utcnow() + FOLLOWED_FOR
        self._read_soon()

    @callback
    def _reported(self, _event: Event[EventStateReportedData]) -> None:
        # After a change every report counts: what has ended is believed when it is seen again a minute later.
        if self._followed_until is not None and dt_util.utcnow() < self._followed_until:
            self._read_soon()

    @callback
    def _power_changed(self, _event: Event[EventStateChangedData]) -> None:
        self._on_power()

    @callback
    def _on_timer(self, _now: datetime) -> None:
        self._read_soon()

    @callback
    def _read_soon(self) -> None:
        if self._is_reading:
            self._reads_again = True
            return
        self._is_reading = True
        self._hass.async_create_background_task(self._async_read(), "octopus_powerwall ohme", eager_start=True)

    async def _async_read(self) -> None:
        try:
            poll = await async_read(self._hass, self._entry_id)
        finally:
            self._is_reading = False
        if not self._unsubscribes:
            return
        if poll is not None and poll.at != self.read_at:
            self.read_at = poll.at
            self._on_read(poll)
        if self._reads_again:
            self._reads_again = False
            self._read_soon()


def _entity(hass: HomeAssistant, entry_id: str, platform: Platform, ending: str) -> str | None:
    """Return an entity of the charger by what it is, whatever its owner has called it."""
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry_id):
        if entity.domain == platform and entity.platform == OHME and entity.unique_id.endswith(ending):
            return entity.entity_id
    return None


def _state(hass: HomeAssistant, entity_id: str | None) -> State | None:
    state = hass.states.get(entity_id) if entity_id is not None else None
    return None if state is None or state.state in _NO_STATE else state


async def _async_rows(hass: HomeAssistant, entry_id: str) -> list[Any] | None:
    entry = hass.config_entries.async_get_entry(entry_id)
    if entry is None or entry.state is not ConfigEntryState.LOADED:
        return None
    try:
        answer = await hass.services.async_call(
            OHME, LIST_SLOTS, {"config_entry": entry_id}, blocking=True, return_response=True
        )
    except HomeAssistantError as err:
        _LOGGER.debug("Ohme's slots could not be listed: %s", type(err).__name__)
        return None
    rows = answer.get("slots") if isinstance(answer, Mapping) else None
    if not isinstance(rows, list) or len(rows) > MOST_LISTED_ROWS:
        _LOGGER.warning("Ohme's slots came in a form that cannot be read")
        return None
    return rows


def _dispatch(row: Any) -> Dispatch | None:
    """Return a slot as a dispatch; ``None`` where it cannot be read."""
    if not isinstance(row, Mapping):
        return None
    start, end = _time(row.get("start")), _time(row.get("end"))
    if start is None or end is None or start >= end:
        return None
    return Dispatch(start, end, DispatchType.SMART, _energy(row.get("energy")))


def _energy(value: Any) -> float | None:
    """Return an energy in kWh; more than any car holds is a fault of the sender."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < MOST_KWH else None


def _time(value: Any) -> datetime | None:
    moment = dt_util.parse_datetime(value) if isinstance(value, str) else None
    return dt_util.as_utc(moment) if moment is not None and moment.tzinfo is not None else None
