"""Drives one battery: reads its entities, writes its reserve, and notices what changes and who else writes."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from typing import Any, Final

from homeassistant.components.homeassistant import SERVICE_UPDATE_ENTITY
from homeassistant.components.number import ATTR_VALUE
from homeassistant.components.number.const import SERVICE_SET_VALUE
from homeassistant.const import (
    ATTR_DOMAIN,
    ATTR_ENTITY_ID,
    ATTR_SERVICE,
    ATTR_SERVICE_DATA,
    EVENT_CALL_SERVICE,
)
from homeassistant.core import (
    CALLBACK_TYPE,
    DOMAIN as HOMEASSISTANT_DOMAIN,
    Context,
    Event,
    HomeAssistant,
    callback,
    split_entity_id,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event, async_track_state_report_event
from homeassistant.util import dt as dt_util

from ..domain.reserve.limits import Limits
from ..domain.reserve.situation import Battery
from .calls import TIMED_OUT, async_call
from .discovery import Binding
from .entities import Entities
from .errors import PowerwallWriteError, WriteFailure
from .kinds import kind_of
from .reading import as_percentage, coordinator_of, find_live_state, read_number_limits
from .targets import aims_at

__all__ = ["PowerwallDriver", "PowerwallWriteError", "WriteFailure"]

_LOGGER = logging.getLogger(__name__)

WRITE_TIMEOUT_S: Final = 60.0
REFRESH_TIMEOUT_S: Final = 30.0


def _nothing() -> None:
    """Nothing to unsubscribe from."""


class PowerwallDriver:
    """One battery, through Home Assistant's registries, states and services.

    ``on_change`` is called when something that ``read`` looks at may have changed, or its reserve or level was
    reported again with the same value; ``on_call_by_another`` when somebody else asks for a reserve, with the value in
    whole percent. Both are called in the event loop, between ``start`` and ``stop``.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        binding: Binding,
        *,
        on_change: Callable[[], None],
        on_call_by_another: Callable[[int], None],
    ) -> None:
        self._hass = hass
        self.binding = binding
        self._kind = kind_of(binding)
        self._on_change = on_change
        self._on_call_by_another = on_call_by_another
        self._own_calls: set[str] = set()
        self._answer: tuple[datetime, int] | None = None
        self._stop_awaiting_answer: CALLBACK_TYPE = _nothing
        self._reserve_reports = 0
        self._followed = Entities()
        self._followed_ids: frozenset[str] = frozenset()
        self._unsubscribe: list[CALLBACK_TYPE] = []
        self._unsubscribe_states: list[CALLBACK_TYPE] = []

    @property
    def entities(self) -> Entities:
        """The battery's entities as they are called now."""
        return self._kind.find_entities(self._hass, self.binding)

    @property
    def reserve_entity_id(self) -> str | None:
        """The number that holds the reserve; ``None`` while there is none."""
        return self._known_entities.reserve

    @property
    def _known_entities(self) -> Entities:
        """The same as they were last found: while it listens, it looks at every change that may be one of theirs."""
        return self._followed if self._unsubscribe else self.entities

    @property
    def limits(self) -> Limits:
        """What the battery accepts."""
        return self._kind.limits(self._hass, self.entities)

    @callback
    def start(self) -> None:
        """Begin to listen; does nothing when it listens already."""
        if self._unsubscribe:
            return
        bus = self._hass.bus
        self._unsubscribe = [
            bus.async_listen(
                er.EVENT_ENTITY_REGISTRY_UPDATED, self._registry_updated, event_filter=self._may_be_of_battery
            ),
            bus.async_listen(EVENT_CALL_SERVICE, self._value_set, event_filter=self._sets_a_value),
        ]
        self._listen_to(self.entities)

    @callback
    def stop(self) -> None:
        """Stop listening; it can be started again."""
        self._await_answer_no_more()
        for unsubscribe in (*self._unsubscribe, *self._unsubscribe_states):
            unsubscribe()
        self._unsubscribe = []
        self._unsubscribe_states = []

    @callback
    def read(self, now: datetime) -> Battery:
        """Return what the battery's entities say at ``now``; what cannot be known is ``None``, never a guess."""
        battery = self._kind.read(self._hass, self._known_entities, now)
        if not battery.reports or self._answer is None:
            # Asked or not, the number of one that does not report is only shown once more: that says nothing.
            return battery
        asked_at, answer = self._answer
        # Whatever is shown since, as what a stream has cached or what somebody asks for, is no answer any more.
        return replace(
            battery, reserve=replace(battery.reserve, answers=asked_at if battery.reserve.value == answer else None)
        )

    async def async_write(self, value: int) -> None:
        """Ask for a reserve, in whole percent, and wait up to a minute for the answer.

        Raises PowerwallWriteError whatever goes wrong. Unless it was ``refused``, the battery may have taken the value
        all the same; and to return proves nothing either (design 5.3).
        """
        entity_id = self._writable(value)
        context = Context()
        self._own_calls.add(context.id)
        try:
            failure = await self._kind.async_write(
                self._hass, entity_id, value, timeout_s=WRITE_TIMEOUT_S, context=context
            )
        finally:
            self._own_calls.discard(context.id)
        if failure is not None:
            name, _, words = failure.partition(": ")
            kind = WriteFailure.TIMED_OUT if name == TIMED_OUT else WriteFailure.FAILED
            raise PowerwallWriteError(kind, name, words or None)

    async def async_refresh(self) -> None:
        """Have reserve and level read anew, for up to half a minute. Never raises: the reading tells whether it did.

        The question counts as answered where the reserve was reported while it was being asked (design 5.3). Where a
        coordinator reads for the entity, it is the coordinator's update that counts: Home Assistant writes the state
        of the entity anew in any case, also where a poll that is under way has put the reading off: then its first
        update is the answer. What a stream sends meanwhile may be of before the question: the last word is that of
        the reading, when the call is over, and a level that takes longer is not waited for.
        """
        reserve = self._followed.reserve
        present = [entity_id for entity_id in sorted(self.entities.reporting) if self._hass.states.get(entity_id)]
        await asyncio.gather(
            *(self._async_ask_reserve(each) if each == reserve else self._async_ask(each) for each in present)
        )

    async def _async_ask_reserve(self, entity_id: str) -> None:
        asked_at, reports = dt_util.utcnow(), self._reserve_reports
        self._await_answer_no_more()
        coordinator = coordinator_of(self._hass, entity_id)
        is_asking, has_updated = True, False

        @callback
        def on_update() -> None:
            nonlocal has_updated
            has_updated = True
            if not is_asking:
                self._await_answer_no_more()
                self._note_answer(asked_at)

        if coordinator is not None:
            self._stop_awaiting_answer = coordinator.async_add_listener(on_update)
        is_read = await self._async_ask(entity_id)
        is_asking = False
        is_put_off = is_read and coordinator is not None and not has_updated
        # One that does not poll has put nothing off: what it is told later is what a stream has.
        if not is_put_off or coordinator is None or coordinator.update_interval is None:
            self._await_answer_no_more()
        if is_read and (has_updated if coordinator is not None else self._reserve_reports != reports):
            self._note_answer(asked_at)

    async def _async_ask(self, entity_id: str) -> bool:
        """Have one entity read anew; returns whether that came to an end without an error."""
        failure = await async_call(
            self._hass,
            (HOMEASSISTANT_DOMAIN, SERVICE_UPDATE_ENTITY),
            {ATTR_ENTITY_ID: [entity_id]},
            timeout_s=REFRESH_TIMEOUT_S,
        )
        if failure is not None:
            _LOGGER.debug("The battery could not be read anew: %s", failure)
        return failure is None

    def _await_answer_no_more(self) -> None:
        stop, self._stop_awaiting_answer = self._stop_awaiting_answer, _nothing
        stop()

    @callback
    def _note_answer(self, asked_at: datetime) -> None:
        """Note how a question was answered; what comes long after it is no answer any more."""
        now = dt_util.utcnow()
        answer = self._kind.read(self._hass, self.entities, now).reserve.value
        if answer is None or now - asked_at > timedelta(seconds=REFRESH_TIMEOUT_S):
            return
        self._answer = asked_at, answer
        self._on_change()

    def _writable(self, value: int) -> str:
        """Return the number to write to; raises PowerwallWriteError where Home Assistant would silently do nothing."""
        entities = self.entities
        if entities.reserve is None or entities.reserve_missing:
            raise PowerwallWriteError(WriteFailure.MISSING)
        if entities.reserve_disabled:
            raise PowerwallWriteError(WriteFailure.DISABLED)
        if (state := find_live_state(self._hass, entities.reserve)) is None:
            raise PowerwallWriteError(WriteFailure.UNAVAILABLE)
        # A baseline that the battery has taken once is put back even where it would not take it today.
        if not read_number_limits(state).accepts(value):
            raise PowerwallWriteError(WriteFailure.UNFIT_VALUE)
        return entities.reserve

    @callback
    def _listen_to(self, entities: Entities) -> None:
        for unsubscribe in self._unsubscribe_states:
            unsubscribe()
        self._followed, self._followed_ids = entities, entities.ids
        self._unsubscribe_states = [
            async_track_state_change_event(self._hass, entities.ids, self._on_state),
            async_track_state_report_event(self._hass, entities.reporting, self._on_state),
        ]

    @callback
    def _on_state(self, event: Event[Any]) -> None:
        if event.data["entity_id"] == self._followed.reserve:
            self._reserve_reports += 1
        self._on_change()

    @callback
    def _may_be_of_battery(self, event_data: er.EventEntityRegistryUpdatedData) -> bool:
        """Whether the battery may have other entities now: what is of another integration, and no part, never is.

        While Home Assistant starts there are thousands of such events, and to look for entities takes long.
        """
        entity_id, before = event_data["entity_id"], event_data.get("old_entity_id")
        if entity_id in self._followed_ids or before in self._followed_ids:
            return True
        picked = (self.binding.reserve, self.binding.level)
        entry = er.async_get(self._hass).async_get(entity_id)
        if entry is None:
            return entity_id in picked
        return entry.platform == self.binding.kind or entry.id in picked or entity_id in picked

    @callback
    def _registry_updated(self, _event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        """Follow entities that were renamed, disabled, removed or added."""
        entities, before = self.entities, self._followed
        self._followed = entities
        if entities != before:
            self._listen_to(entities)
            self._on_change()

    @callback
    def _sets_a_value(self, event_data: Mapping[str, Any]) -> bool:
        return (
            event_data[ATTR_SERVICE] == SERVICE_SET_VALUE
            and self._followed.reserve is not None
            and event_data[ATTR_DOMAIN] == split_entity_id(self._followed.reserve)[0]
        )

    @callback
    def _value_set(self, event: Event[Mapping[str, Any]]) -> None:
        """Tell of a reserve that somebody else asks for, unless Home Assistant will drop the call."""
        entity_id = self._followed.reserve
        if event.context.id in self._own_calls or entity_id is None:
            return
        if find_live_state(self._hass, entity_id) is None:
            return
        data = event.data[ATTR_SERVICE_DATA]
        value = as_percentage(data.get(ATTR_VALUE))
        if value is not None and aims_at(self._hass, data, entity_id):
            self._on_call_by_another(value)
