"""The entity that the owner picked to show whether the car is charging: found whatever it is called, and read."""

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event

from ..const import CONF_CHARGING_ENTITY, CONF_CHARGING_POWER_THRESHOLD, CONF_CHARGING_REGISTRY_ID
from ..domain.price.evidence import Evidence, StateMeaning, read_state, steady
from .choices import number_of, text_of


def find_picked_charger(hass: HomeAssistant, options: Mapping[str, Any]) -> str | None:
    """Return the entity's present id: the registry knows it by an id of its own when it was renamed."""
    registered = er.async_get(hass).async_get(text_of(options, CONF_CHARGING_REGISTRY_ID) or "")
    return registered.entity_id if registered is not None else text_of(options, CONF_CHARGING_ENTITY)


def find_registry_id(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return what the registry calls an entity for good; ``None`` for one that is not registered."""
    registered = er.async_get(hass).async_get(entity_id)
    return registered.id if registered is not None else None


def read_charger_state(state: State | None, threshold_w: float | None, *, was: bool | None = None) -> StateMeaning:
    """How a state is read; one that is not there is silent."""
    if state is None:
        return StateMeaning.SILENT
    return read_state(state.state, state.attributes.get(ATTR_UNIT_OF_MEASUREMENT), threshold_w, was=was)


class Charger:
    """Follows the picked entity of one entry. ``on_change`` is called with whether what it says is news."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, on_change: Callable[[bool], None]) -> None:
        self._hass = hass
        self._entry = entry
        self._on_change = on_change
        self._evidence = Evidence()
        self._stop_tracking: CALLBACK_TYPE | None = None
        self._stop_registry: CALLBACK_TYPE | None = None

    @callback
    def async_start(self) -> None:
        """Follow the entity, through renames too, until ``async_stop``."""
        self._follow()
        self._stop_registry = self._hass.bus.async_listen(
            er.EVENT_ENTITY_REGISTRY_UPDATED, self._on_registry, event_filter=self._is_rename
        )

    @callback
    def async_stop(self) -> None:
        """Follow it no more."""
        for stop in (self._stop_tracking, self._stop_registry):
            if stop is not None:
                stop()
        self._stop_tracking = self._stop_registry = None

    @property
    def entity_id(self) -> str | None:
        """The entity's present id; ``None`` where the owner picked none."""
        return find_picked_charger(self._hass, self._entry.options)

    @property
    def key(self) -> str | None:
        """What tells this entity, with its threshold, from another, whatever it is called; no id can be read off it."""
        entity_id, options = self.entity_id, self._entry.options
        if entity_id is None:
            return None
        known_as = options.get(CONF_CHARGING_REGISTRY_ID) or entity_id
        return sha256(f"{known_as} {options.get(CONF_CHARGING_POWER_THRESHOLD)}".encode()).hexdigest()[:16]

    @callback
    def evidence(self, now: datetime) -> Evidence:
        """Return what the entity proves, steadied; reads it anew."""
        self._evidence = steady(self._evidence, self._says().evidence, now)
        return self._evidence

    def _says(self) -> StateMeaning:
        entity_id = self.entity_id
        return read_charger_state(
            self._hass.states.get(entity_id) if entity_id else None,
            number_of(self._entry.options, CONF_CHARGING_POWER_THRESHOLD),
            was=self._evidence.raw,
        )

    @callback
    def _follow(self) -> None:
        """Track the entity under its present id, and keep that id and the registry's in the options."""
        if self._stop_tracking is not None:
            self._stop_tracking()
            self._stop_tracking = None
        entity_id = self.entity_id
        if entity_id is None:
            return
        known = {CONF_CHARGING_ENTITY: entity_id}
        if (stable := find_registry_id(self._hass, entity_id)) is not None:
            known[CONF_CHARGING_REGISTRY_ID] = stable
        options = {**self._entry.options, **known}
        if options != dict(self._entry.options):
            self._hass.config_entries.async_update_entry(self._entry, options=options)
        self._stop_tracking = async_track_state_change_event(self._hass, [entity_id], self._on_state)

    @callback
    def _is_rename(self, event_data: er.EventEntityRegistryUpdatedData) -> bool:
        """Whether the entity was given another id; most events of the registry are about others, or no renames."""
        before = event_data.get("old_entity_id")
        return before is not None and before == self._entry.options.get(CONF_CHARGING_ENTITY)

    @callback
    def _on_registry(self, _event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        self._follow()
        self._on_change(False)

    @callback
    def _on_state(self, event: Event[EventStateChangedData]) -> None:
        before = self._evidence
        raw = self._says().evidence
        self._on_change(raw != before.raw or _is_plug(event))


def _is_plug(event: Event[EventStateChangedData]) -> bool:
    """Whether the entity has changed from one word to another, as chargers do when a car is plugged in."""
    old, new = event.data["old_state"], event.data["new_state"]
    if old is None or new is None or ATTR_UNIT_OF_MEASUREMENT in new.attributes:
        return False
    return old.state != new.state
