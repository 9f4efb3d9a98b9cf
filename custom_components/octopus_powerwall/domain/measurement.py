"""From what is decided and read to what the ledger takes in (design 9.2)."""

from datetime import datetime
from math import isfinite

from .money.half_hour import Cheapness
from .money.ledger import DecidedState, Flows, Measurement
from .money.shadow import Habits, Traits
from .reserve.situation import Battery, OperationMode
from .status import Snapshot

_KW = 1000
POWERWALL_KWH = 13.5
POWERWALL_KW = 5.0
REFILL_KW = 1.8
# Below this level the energy that is left tells too little of the whole.
_LEAST_TELLING_PCT = 15


def make_measurement(
    now: datetime, snapshot: Snapshot, battery: Battery, flows: Flows | None, traits: Traits | None
) -> Measurement:
    """Return what one look saw.

    ``flows`` and ``traits`` are those of the battery, or the owner's own for another kind.
    """
    level = battery.level.value if battery.level.is_sound() else None
    return Measurement(now, flows, level, course_of(now, snapshot, battery), traits, battery.level.reported_at)


def course_of(now: datetime, snapshot: Snapshot, battery: Battery) -> DecidedState:
    """Return what is decided and known at ``now``."""
    reserve = snapshot.baseline if snapshot.holding else battery.reserve.value
    # Power is cheap outside a slot in the tariff's own hours only, which saves looking for them.
    is_night = snapshot.cheap_rate and (not snapshot.smart_slot or snapshot.tariff.cheap_window(now) is not None)
    mode = OperationMode.SELF_POWERED if battery.mode is None else battery.mode
    return DecidedState(
        habits=None if reserve is None else Habits(reserve, mode, is_night),
        held=snapshot.holding and battery.block is None,
        intent=snapshot.intent,
        band=_band(snapshot, is_night=is_night),
        in_slot=snapshot.smart_slot,
    )


def flows_of(battery: Battery) -> Flows | None:
    """Return the powers that the battery's own integration shows; ``None`` unless battery and grid are known."""
    if battery.battery_w is None or battery.grid_w is None:
        return None
    return Flows(
        battery.battery_w / _KW,
        battery.grid_w / _KW,
        None if battery.solar_w is None else battery.solar_w / _KW,
        None if battery.home_w is None else battery.home_w / _KW,
    )


def traits_of(battery: Battery, highest_kw: float, known: Traits | None) -> Traits:
    """Return what is known of a Powerwall: its size by what is left at its level, its power by the highest seen."""
    capacity_kwh = known.capacity_kwh if known is not None else POWERWALL_KWH
    level_pct = battery.level.value
    if battery.energy_left_kwh is not None and level_pct is not None and level_pct >= _LEAST_TELLING_PCT:
        told_kwh = battery.energy_left_kwh / level_pct * 100
        if isfinite(told_kwh) and told_kwh > 1 and (known is None or abs(told_kwh - capacity_kwh) > capacity_kwh / 50):
            capacity_kwh = round(told_kwh, 1)
    units = max(round(capacity_kwh / POWERWALL_KWH), 1)
    return Traits(
        capacity_kwh=capacity_kwh, power_kw=max(POWERWALL_KW * units, highest_kw), refill_kw=REFILL_KW * units
    )


def _band(snapshot: Snapshot, *, is_night: bool) -> Cheapness:
    if is_night:
        return Cheapness.NIGHT
    if not snapshot.smart_slot:
        return Cheapness.DEAR
    return Cheapness.SLOT if snapshot.billed_cheap else Cheapness.PERHAPS
