"""What the pure core costs: from a poll's dispatches to timeline and decision, per slot (``plan_us_per_slot_*``).

Slots lie ten minutes apart, so that none are joined: the worst case, since every one of them stays a slot of its own.
That many fit into the seven days Octopus plans ahead only up to a thousand or so; beyond, the rows of the poll are put
closer together, and the look is given a plan that no poll could have brought.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
import gc
from statistics import median
from time import perf_counter

from custom_components.octopus_powerwall.domain.decide import decide
from custom_components.octopus_powerwall.domain.model import Account, Agreement, Device, DeviceRead, Dispatch, Poll
from custom_components.octopus_powerwall.domain.plan.dispatches import DevicePlan, Plan, PlannedRow
from custom_components.octopus_powerwall.domain.reserve.situation import Battery
from custom_components.octopus_powerwall.domain.reserve.writing import Reading
from custom_components.octopus_powerwall.domain.world import Inputs, World, with_poll

from .figures import Figures

SIZES = (10, 100, 10_000)
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
CAR = Device("car", is_charger=True, lifecycle="LIVE", state="SMART_CONTROL_IN_PROGRESS")
ACCOUNT = Account(NOW, (Agreement("INTELLI-VAR-24-10-29", NOW - timedelta(days=400)),))
INPUTS = Inputs(battery=Battery(reserve=Reading(20, NOW)))
EVERY = timedelta(minutes=10)
HORIZON = timedelta(days=6, hours=12)


def measure(*, quick: bool) -> Figures:
    """Microseconds per slot for each size."""
    return {
        f"plan_us_per_slot_{size}": round(us_per_slot(size, max(3, (10_000 if quick else 50_000) // size)), 2)
        for size in SIZES
    }


def us_per_slot(size: int, rounds: int) -> float:
    """The median of so many rounds, each a minute after the one before."""
    listed = _dispatches(size, min(EVERY, HORIZON / size))
    rows = tuple(PlannedRow(dispatch, NOW) for dispatch in _dispatches(size, EVERY))
    read = DeviceRead(CAR, listed)
    world = World(account=ACCOUNT, plan=Plan(devices=(DevicePlan("car", rows),), read_at=NOW))
    asked = World(account=ACCOUNT)
    costs = []
    gc.collect()
    gc.disable()
    try:
        for turn in range(1, rounds + 1):
            now = NOW + timedelta(minutes=turn)
            poll = Poll(at=now, devices=(CAR,), reads=(read,))
            begun = perf_counter()
            asked = with_poll(asked, poll)
            world = decide(world, now, INPUTS).world
            costs.append((perf_counter() - begun) * 1e6 / size)
            world = replace(world, plan=replace(world.plan, read_at=now))
    finally:
        gc.enable()
    return median(costs)


def _dispatches(size: int, every: timedelta) -> tuple[Dispatch, ...]:
    starts = (NOW + timedelta(hours=3) + every * index for index in range(size))
    return tuple(Dispatch(start, start + every / 10, energy_kwh=1.0) for start in starts)
