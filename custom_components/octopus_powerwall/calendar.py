"""The slots and what is done in them, as a calendar (design 7)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import override

from homeassistant.components.calendar import CalendarEntity, CalendarEntityDescription, CalendarEvent
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .domain.model import Interval
from .domain.plan.timeline import Hold, Slot, SpanKind
from .domain.settings import Intent
from .domain.status import Snapshot
from .domain.world import Record
from .entity import SnapshotEntity, SnapshotEntityDescription
from .runtime.controller import OctopusPowerwallConfigEntry
from .runtime.schedule import best_intent
from .runtime.texts import common_text

PARALLEL_UPDATES = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """What is running or ahead; each hold with what it is for."""

    slots: tuple[Slot, ...]
    holds: tuple[tuple[Hold, Intent], ...]
    dry_run: bool


@dataclass(frozen=True, kw_only=True)
class OctopusPowerwallCalendarDescription(SnapshotEntityDescription[Shown], CalendarEntityDescription):
    """A calendar and what it shows."""


def _shown(snapshot: Snapshot) -> Shown:
    holds = snapshot.holds if snapshot.settings.automation else ()
    return Shown(
        slots=snapshot.slots,
        holds=tuple((hold, _intent(hold, snapshot)) for hold in holds),
        dry_run=snapshot.settings.dry_run,
    )


def _is_for_the_car(causes: tuple[SpanKind, ...]) -> bool:
    """Whether a hold has no other cause than a car that charges outside every slot."""
    return bool(causes) and set(causes) == {SpanKind.CAR_GUARD}


def _intent(hold: Hold, snapshot: Snapshot) -> Intent:
    # The hold that runs ends when the status says so, and what it does now is known.
    if snapshot.intent is not None and hold.end == snapshot.until:
        return snapshot.intent
    return best_intent(hold, snapshot)


SCHEDULE = OctopusPowerwallCalendarDescription(key="schedule", value_fn=_shown)


async def async_setup_entry(
    hass: HomeAssistant, entry: OctopusPowerwallConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the calendar of an entry."""
    async_add_entities([ScheduleCalendar(entry, SCHEDULE)])


class ScheduleCalendar(SnapshotEntity[Shown], CalendarEntity):
    """Slots and holds: those ahead from the plan, those of the last two weeks from the record."""

    entity_description: OctopusPowerwallCalendarDescription

    _now_shown: Shown

    @override
    def _show(self, value: Shown) -> None:
        self._now_shown = value

    @property
    @override
    def event(self) -> CalendarEvent | None:
        """What runs now, a hold before a slot; else what comes next."""
        now = dt_util.utcnow()
        shown = self._now_shown
        ahead = [(hold.interval, self._coming_hold(hold, intent)) for hold, intent in shown.holds if hold.end > now]
        ahead += [(slot.interval, self._slot(slot.interval, slot.energy_kwh)) for slot in shown.slots if slot.end > now]
        running = [event for interval, event in ahead if now in interval]
        if running:
            return running[0]
        return min(ahead, key=lambda item: item[0].start, default=(None, None))[1]

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        """What lies in a span of time at least in part, in order."""
        events = (*self._past(self.controller.world.record), *self._coming())
        asked = Interval(dt_util.as_utc(start_date), dt_util.as_utc(end_date))
        return [event for interval, event in sorted(events, key=lambda item: item[0]) if interval.overlaps(asked)]

    def _past(self, record: Record) -> Iterator[tuple[Interval, CalendarEvent]]:
        for interval in record.slots:
            # A slot that was over and then went on is one slot.
            if not any(interval.overlaps(slot.interval) for slot in self._now_shown.slots):
                yield interval, self._slot(interval, None)
        for held in record.holds:
            guards = _is_for_the_car(held.causes)
            yield held.interval, self._hold(held.interval, held.intent, held.reserve_pct, guards_car=guards)

    def _coming(self) -> Iterator[tuple[Interval, CalendarEvent]]:
        for slot in self._now_shown.slots:
            yield slot.interval, self._slot(slot.interval, slot.energy_kwh)
        for hold, intent in self._now_shown.holds:
            yield hold.interval, self._coming_hold(hold, intent)

    def _slot(self, interval: Interval, energy_kwh: float | None) -> CalendarEvent:
        description = None
        if energy_kwh is not None:
            description = common_text(self.hass, "calendar_slot_energy", energy=f"{energy_kwh:.1f}")
        return CalendarEvent(
            start=interval.start,
            end=interval.end,
            summary=common_text(self.hass, "calendar_slot"),
            description=description,
        )

    def _coming_hold(self, hold: Hold, intent: Intent) -> CalendarEvent:
        guards = _is_for_the_car(tuple(span.kind for span in hold.spans))
        return self._hold(hold.interval, intent, guards_car=guards)

    def _hold(
        self, interval: Interval, intent: Intent, reserve_pct: int | None = None, *, guards_car: bool = False
    ) -> CalendarEvent:
        description = None
        if reserve_pct is not None:
            description = common_text(self.hass, "calendar_hold_reserve", reserve=reserve_pct)
        elif self._now_shown.dry_run:
            description = common_text(self.hass, "dry_run")
        if guards_car:
            summary = common_text(self.hass, "calendar_car_guard")
        else:
            summary = common_text(self.hass, f"calendar_hold_{intent.value}")
        return CalendarEvent(
            start=interval.start,
            end=interval.end,
            summary=summary,
            description=description,
        )
