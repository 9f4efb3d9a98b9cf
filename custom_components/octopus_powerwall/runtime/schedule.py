"""What is planned and done, as plain JSON: for the action ``get_schedule``, for attributes and for diagnostics.

Times are ISO 8601 with London's offset, as the owner's clock shows them.
"""

from datetime import datetime
from typing import Any

from ..domain.codec import encode
from ..domain.model import JOIN_GAP, join
from ..domain.money.slot_gains import SlotGain
from ..domain.plan.timeline import Hold, Slot, choose_best_intent
from ..domain.status import Snapshot
from ..domain.windows import LONDON


def to_london_iso(at: datetime | None) -> str | None:
    """Return a time as an attribute shows it; ``None`` stays ``None``."""
    return None if at is None else at.astimezone(LONDON).isoformat()


def find_known_edges(snapshot: Snapshot) -> tuple[datetime, ...]:
    """When slots and holds begin and end, as far as Octopus knows more then: how long the car charges, nobody does."""
    slots = [edge for slot in snapshot.slots for edge in (slot.start, slot.end)]
    holds = [join((span.interval for span in hold.planned), JOIN_GAP) for hold in snapshot.holds]
    return tuple(sorted({*slots, *(edge for hold in holds for span in hold for edge in (span.start, span.end))}))


def slot_as_json(slot: Slot) -> dict[str, Any]:
    """Return a slot as Octopus has it: its joined times, never widened, without a tail."""
    return {
        "start": to_london_iso(slot.start),
        "end": to_london_iso(slot.end),
        "day_slot": slot.day_slot,
        "energy_kwh": slot.energy_kwh,
    }


def gain_as_json(gain: SlotGain) -> dict[str, Any]:
    """Return what a slot brought: kWh, and pounds that count what is still stored at the dear rate."""
    return {
        "energy_charged_kwh": round(gain.charged_kwh, 2),
        "energy_kept_kwh": round(gain.kept_kwh, 2),
        "savings_gbp": None if gain.saved_gbp is None else round(gain.saved_gbp, 2),
    }


def hold_as_json(hold: Hold, snapshot: Snapshot) -> dict[str, Any]:
    """Return a period in which the Powerwall is held, and what for."""
    return {
        "start": to_london_iso(hold.start),
        "end": to_london_iso(hold.end),
        "intent": choose_best_intent(hold, snapshot.settings.mode).value,
        "causes": [
            {
                "start": to_london_iso(span.interval.start),
                "end": to_london_iso(span.interval.end),
                "cause": span.kind.value,
            }
            for span in hold.spans
        ],
    }


def schedule_as_json(snapshot: Snapshot) -> dict[str, Any]:
    """All that the owner can see, in one answer."""
    return {
        "status": snapshot.status.value,
        "reason": snapshot.reason.value,
        "until": to_london_iso(snapshot.until),
        "intent": encode(snapshot.intent),
        "certainty": snapshot.certainty.value,
        "baseline": snapshot.baseline,
        "target": snapshot.target,
        "holding": snapshot.holding,
        "dry_run": snapshot.settings.dry_run,
        "smart_slot": snapshot.smart_slot,
        "cheap_rate": snapshot.cheap_rate,
        "car_charging": snapshot.car_charging,
        "allowance_used_h": snapshot.allowance_used_h,
        "tariff": snapshot.tariff_name,
        "last_poll": to_london_iso(snapshot.last_poll),
        "slots": [slot_as_json(slot) for slot in snapshot.slots],
        "holds": [hold_as_json(hold, snapshot) for hold in snapshot.holds],
    }


def slot_span_as_json(snapshot: Snapshot) -> dict[str, Any]:
    """When the slot that runs began and will end, where one runs."""
    slot = snapshot.slots[0] if snapshot.smart_slot and snapshot.slots else None
    return {"slot_start": to_london_iso(slot.start), "slot_end": to_london_iso(slot.end)} if slot else {}


def activity_as_json(snapshot: Snapshot) -> dict[str, Any]:
    """Return what every activity tells beside its type."""
    return {
        "status": snapshot.status.value,
        "reason": snapshot.reason.value,
        "until": to_london_iso(snapshot.until),
        "target": snapshot.target,
        "baseline": snapshot.baseline,
        "dry_run": snapshot.settings.dry_run,
    }
