"""Where slots come from: Octopus, the charger's own cloud, or both (design 10).

Every source is read into a ``Poll``: rows with their device, when they were read, and whether that was all. Each
has a ``Plan`` of its own, with its own age and its own withdrawals; what is held is held for all of them together.
"""

from ..model import join
from ..settings import SlotSource
from .dispatches import Plan


def choose_plan(source: SlotSource, octopus: Plan, charger: Plan) -> Plan:
    """Return the plan that counts: one of the two as it is, or both as one."""
    if not source.has_charger:
        return octopus
    if not source.has_octopus:
        return charger
    read = [at for at in (octopus.read_at, charger.read_at) if at is not None]
    return Plan(
        devices=octopus.devices + charger.devices,
        past=join(octopus.past + charger.past),
        boosted=octopus.boosted,
        read_at=max(read, default=None),
    )
