"""What Octopus itself sees of the cars: who charges, and who speaks for whom (design 2)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from ..model import Device
from ..plan.device_plan import Doubt, doubt_of
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
    statement: DeviceStatement, picked: bool | None, devices: Iterable[Device], plan: Plan, at: datetime
) -> bool | None:
    """Whether the car of one device charges at an instant: the picked entity, else what Octopus sees of it.

    The picked entity speaks for all cars, except that it cannot tell whose charging it sees while another one boosts,
    tests, or charges outside every slot of its own.
    """
    devices = tuple(devices)
    others = (device for device in devices if make_device_key(device) != statement.key)
    if picked is False or (picked and not any(_charges_on_its_own(device, plan, at) for device in others)):
        return picked
    own = next((device for device in devices if make_device_key(device) == statement.key), None)
    return is_seen_charging(own, at) if own is not None else None


def _charges_on_its_own(device: Device, plan: Plan, at: datetime) -> bool:
    """Whether a car charges, or may charge, for a reason that is no smart slot."""
    if not device.usable:
        return False
    known = next((found for found in plan.devices if found.key == make_device_key(device)), None)
    doubt = known.doubt_at(at) if known is not None else doubt_of(device)
    if doubt in (Doubt.BOOSTING, Doubt.TESTING):
        return True
    in_slot = known is not None and any(at in row.dispatch.interval for row in known.all_rows)
    return is_seen_charging(device, at) is True and not in_slot
