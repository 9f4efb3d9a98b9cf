"""The slots and what is done in them, as a calendar (design 7)."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import override

from homeassistant.components.calendar import CalendarEntity, CalendarEntityDescription, CalendarEvent
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .domain.model import Interval
from .domain.plan.timeline import Hold, Slot, SpanKind, choose_best_intent
from .domain.settings import Intent
from .domain.status import Snapshot, Status
from .domain.world import HeldPeriod, Record
from .entity import SnapshotEntity, SnapshotEntityDescription
from .runtime.controller import OctopusPowerwallConfigEntry
from .runtime.schedule import gain_as_json
from .runtime.texts import common_text, gain_text

PARALLEL_UPDATES = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """What is running or ahead; each hold with what it is for. ``left_alone``: the owner has overridden what runs."""

    slots: tuple[Slot, ...]
    holds: tuple[tuple[Hold, Intent], ...]
    dry_run: bool
    left_alone: bool


@dataclass(frozen=True, kw_only=True)
class OctopusPowerwallCalendarDescription(SnapshotEntityDescription[Shown], CalendarEntityDescription):
    """A calendar and what it shows."""


def _shown(snapshot: Snapshot) -> Shown:
    holds = snapshot.holds if snapshot.settings.automation else ()
    return Shown(
        slots=snapshot.slots,
        holds=tuple((hold, _intent(hold, snapshot)) for hold in holds),
        dry_run=snapshot.settings.dry_run,
        left_alone=snapshot.status is Status.OVERRIDDEN,
    )


def _is_for_the_car(causes: tuple[SpanKind, ...]) -> bool:
    """Whether a hold has no other cause than a car that charges outside every slot."""
    return bool(causes) and set(causes) == {SpanKind.CAR_GUARD}


def _intent(hold: Hold, snapshot: Snapshot) -> Intent:
    # The hold that runs ends when the status says so, and what it does now is known.
    if snapshot.intent is not None and hold.end == snapshot.until:
        return snapshot.intent
    return choose_best_intent(hold, snapshot.settings.mode)


SCHEDULE = OctopusPowerwallCalendarDescription(key="schedule", value_fn=_shown)
HOLDS = OctopusPowerwallCalendarDescription(key="holds", value_fn=_shown, entity_registry_enabled_default=False)
CALENDARS = (SCHEDULE, HOLDS)

type Dated = tuple[Interval, CalendarEvent]


async def async_setup_entry(
    hass: HomeAssistant, entry: OctopusPowerwallConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the calendars of an entry."""
    async_add_entities([ScheduleCalendar(entry, SCHEDULE), HoldsCalendar(entry, HOLDS)])


class SnapshotCalendar(SnapshotEntity[Shown], CalendarEntity):
    """A calendar of what is ahead, from the plan, and of the last two weeks, from the record."""

    entity_description: OctopusPowerwallCalendarDescription

    _now_shown: Shown

    @override
    def _show(self, value: Shown) -> None:
        self._now_shown = value

    @property
    @override
    def event(self) -> CalendarEvent | None:
        """What runs now, else what comes next."""
        now = dt_util.utcnow()
        ahead = [dated for dated in self._coming() if dated[0].end > now]
        if not ahead:
            return None
        interval, event = min(ahead, key=lambda dated: dated[0].start)
        if interval.start <= now and _wall_clock(now) < _wall_clock(interval.start):
            # The clocks have gone back since it began. Home Assistant compares what the clock on the wall shows: it
            # would take the start for ahead, and its timer for that is due at once, again and again.
            return replace(event, start=interval.start - timedelta(hours=1))
        return event

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        """Return what lies in a span of time at least in part, in order."""
        events = (*self._past(self.controller.world.record), *self._coming())
        asked = Interval(dt_util.as_utc(start_date), dt_util.as_utc(end_date))
        return [event for interval, event in sorted(events, key=lambda item: item[0]) if interval.overlaps(asked)]

    @abstractmethod
    def _past(self, record: Record) -> Iterator[Dated]:
        """Yield what was."""

    @abstractmethod
    def _coming(self) -> Iterator[Dated]:
        """Yield what is running or ahead."""

    def _is_left_alone(self, interval: Interval) -> bool:
        """Whether the owner has overridden what runs in this span."""
        return self._now_shown.left_alone and dt_util.utcnow() in interval


def _wall_clock(at: datetime) -> datetime:
    return dt_util.as_local(at).replace(tzinfo=None)


class ScheduleCalendar(SnapshotCalendar):
    """Octopus' slots, one event for each: its energy, and what the Powerwall does or did in it."""

    @override
    def _past(self, record: Record) -> Iterator[Dated]:
        for interval in record.slots:
            # A slot that was over and then went on is one slot.
            if not any(interval.overlaps(slot.interval) for slot in self._now_shown.slots):
                held = next((held for held in record.holds if held.interval.overlaps(interval)), None)
                told = (self._did(held), self._brought(interval))
                yield interval, self._event(interval, "\n".join(text for text in told if text))

    @override
    def _coming(self) -> Iterator[Dated]:
        for slot in self._now_shown.slots:
            told = []
            if slot.energy_kwh is not None:
                told.append(common_text(self.hass, "calendar_slot_energy", energy=f"{slot.energy_kwh:.1f}"))
            yield slot.interval, self._event(slot.interval, " ".join((*told, *self._does(slot))))

    def _did(self, held: HeldPeriod | None) -> str:
        if held is None or held.reserve_pct is None:
            return ""
        return common_text(self.hass, "calendar_hold_reserve", reserve=held.reserve_pct)

    def _brought(self, interval: Interval) -> str:
        (gain,) = self.controller.money.bookkeeper.gains((interval,))
        return gain_text(self.hass, gain_as_json(gain))

    def _does(self, slot: Slot) -> Iterator[str]:
        if self._is_left_alone(slot.interval):
            yield common_text(self.hass, "calendar_left_alone")
            return
        held = (intent for hold, intent in self._now_shown.holds if hold.interval.overlaps(slot.interval))
        intent = next(held, None)
        if intent is not None:
            prefix = "calendar_would" if self._now_shown.dry_run else "calendar_hold"
            yield f"{common_text(self.hass, f'{prefix}_{intent.value}')}."

    def _event(self, interval: Interval, description: str) -> CalendarEvent:
        return CalendarEvent(
            start=interval.start,
            end=interval.end,
            summary=common_text(self.hass, "calendar_slot"),
            description=description or None,
        )


class HoldsCalendar(SnapshotCalendar):
    """The periods in which the Powerwall is held. One that the owner has overridden is none."""

    @override
    def _past(self, record: Record) -> Iterator[Dated]:
        for held in record.holds:
            guards = _is_for_the_car(held.causes)
            yield held.interval, self._event(held.interval, held.intent, held.reserve_pct, guards_car=guards)

    @override
    def _coming(self) -> Iterator[Dated]:
        for hold, intent in self._now_shown.holds:
            if not self._is_left_alone(hold.interval):
                guards = _is_for_the_car(tuple(span.kind for span in hold.spans))
                yield hold.interval, self._event(hold.interval, intent, guards_car=guards)

    def _event(
        self, interval: Interval, intent: Intent, reserve_pct: int | None = None, *, guards_car: bool = False
    ) -> CalendarEvent:
        if reserve_pct is None and self._now_shown.dry_run:
            key, description = f"calendar_would_{intent.value}", common_text(self.hass, "dry_run")
        else:
            key, description = f"calendar_hold_{intent.value}", None
        if reserve_pct is not None:
            description = common_text(self.hass, "calendar_hold_reserve", reserve=reserve_pct)
        return CalendarEvent(
            start=interval.start,
            end=interval.end,
            summary=common_text(self.hass, "calendar_car_guard" if guards_car else key),
            description=description,
        )
