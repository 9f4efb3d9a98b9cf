"""Words for tests of what the owner sees.

``publish`` shows entities a picture that would take hours of a story to come about.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from custom_components.octopus_powerwall.domain.model import Interval
from custom_components.octopus_powerwall.domain.plan.timeline import Hold, Slot, Span, SpanKind
from custom_components.octopus_powerwall.runtime.controller import Controller
from tests.stories.house import House

KEYS = {
    "automation": "switch",
    "slot_action": "select",
    "charge_target": "number",
    "status": "sensor",
    "reason": "sensor",
    "hold_end": "sensor",
    "current_slot_end": "sensor",
    "next_slot_start": "sensor",
    "next_slot_end": "sensor",
    "planned_slots": "sensor",
    "planned_energy": "sensor",
    "allowance_used": "sensor",
    "tariff": "sensor",
    "last_poll": "sensor",
    "reserve_to_restore": "sensor",
    "import_rate": "sensor",
    "export_rate": "sensor",
    "energy_charged": "sensor",
    "energy_kept": "sensor",
    "room_for_the_sun": "sensor",
    "charge_target_with_sun": "sensor",
    "savings": "sensor",
    "smart_slot": "binary_sensor",
    "cheap_rate": "binary_sensor",
    "car_charging": "binary_sensor",
    "holding": "binary_sensor",
    "attention": "binary_sensor",
    "skip_slot": "button",
    "resume": "button",
    "refresh": "button",
    "schedule": "calendar",
    "holds": "calendar",
    "activity": "event",
}


def at(clock: str, day: int = 18) -> datetime:
    """A time in November 2026, when London's clocks show UTC."""
    return datetime.fromisoformat(f"2026-11-{day}T{clock}").replace(tzinfo=UTC)


def slot(start: str, end: str, energy_kwh: float | None = 7.5, *, day_slot: bool = True, day: int = 18) -> Slot:
    """A slot of that day."""
    return Slot(Interval(at(start, day), at(end, day)), energy_kwh, day_slot)


def hold(start: str, end: str, kind: SpanKind = SpanKind.SLOT) -> Hold:
    """A hold of that day with one cause."""
    interval = Interval(at(start), at(end))
    return Hold(interval, (Span(interval, kind),))


def controller_of(house: House) -> Controller:
    """The controller of the house's entry."""
    controller: Controller = house.entry.runtime_data
    return controller


async def publish(house: House, **changes: Any) -> None:
    """Publish the snapshot with some of its fields changed."""
    controller = controller_of(house)
    controller.snapshot = replace(controller.snapshot, **changes)
    for listener in tuple(controller._listeners):
        listener()
    await house.settle()
