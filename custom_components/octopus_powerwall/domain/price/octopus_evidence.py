"""What Octopus itself sees of the cars: who charges, and who speaks for whom (design 2)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from ..model import Device
from ..plan.device_plan import DevicePlan, Doubt, doubt_of
from ..plan.dispatches import DeviceStatement, Plan, make_device_key

ACTIVE_POWER_AGE = timedelta(minutes=5)
CHARGING_KW = 0.5


def is_seen_charging(device: Device, at: datetime) -> bool | None:
    """Whether Octopus sees a usable car charging; ``None`` without a reading at most 5 min old."""
    reading = device.active_power
    if not device.usable or reading is None or abs(at - reading.at) > ACTIVE_POWER_AGE:
        return None
    return reading.power_kw >= CHARGING_KW


def is_any_seen_charging(devices: Iterable[Device], at: datetime) -> bool | None:
    """Whether Octopus sees any of the cars charging; ``None`` where it sees none of them."""
    seen = [charging for device in devices if (charging := is_seen_charging(device, at)) is not None]
    return any(seen) if seen else None


def evidence_for(
    statements: Iterable[DeviceStatement], picked: bool | None, devices: Iterable[Device], plan: Plan, at: datetime
) -> tuple[tuple[DeviceStatement, bool | None], ...]:
    """Return with each statement whether the car of its device charges: the picked entity, else what Octopus sees.

    The picked entity speaks for all cars, except that it cannot tell whose charging it sees while another one boosts,
    tests, or charges outside every slot of its own.
    """
    by_key = {make_device_key(device): device for device in devices}
    plans = {known.key: known for known in plan.devices}
    busy = (
        {key for key, device in by_key.items() if _charges_on_its_own(device, plans.get(key), at)} if picked else set()
    )

    def charges(statement: DeviceStatement) -> bool | None:
        if picked is False or (picked and busy <= {statement.key}):
            return picked
        own = by_key.get(statement.key or "")
        return is_seen_charging(own, at) if own is not None else None

    return tuple((statement, charges(statement)) for statement in statements)


def _charges_on_its_own(device: Device, known: DevicePlan | None, at: datetime) -> bool:
    """Whether a car charges, or may charge, for a reason that is no smart slot."""
    if not device.usable:
        return False
    doubt = known.doubt_at(at) if known is not None else doubt_of(device)
    if doubt in (Doubt.BOOSTING, Doubt.TESTING):
        return True
    in_slot = known is not None and any(at in row.dispatch.interval for row in known.all_rows)
    return is_seen_charging(device, at) is True and not in_slot
