"""The battery as it would be without this integration: the shadow battery (design 9.3).

It has the level of the real one until a hold begins. From then on it follows the owner's reserve and operation mode by
itself, until the two meet again: both full, both at the reserve, or nearly no energy between them.
"""

from dataclasses import dataclass

from ..reserve.situation import OperationMode

# A battery counts as full, or as down at its reserve, within half a point: levels are told in such steps.
SAME_LEVEL_POINTS = 0.5
SAME_ENERGY_KWH = 0.02
RESTS_BELOW_KW = 0.05


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of a battery.

    Attributes:
        capacity_kwh: what it gives between 100 and 0 %, as Tesla's data sheet counts: what is lost is lost in charging.
        power_kw: the most it gives or takes.
        refill_kw: what it takes from the grid below its reserve outside Time-Based Control.
        round_trip: what comes out of 1 kWh put in; Tesla states 90 % for a Powerwall 2.
    """

    capacity_kwh: float = 13.5
    power_kw: float = 5.0
    refill_kw: float = 1.8
    round_trip: float = 0.9

    def energy_kwh(self, level_pct: float) -> float:
        """Return the energy at a level."""
        return self.capacity_kwh * level_pct / 100


@dataclass(frozen=True, slots=True)
class Habits:
    """What the owner's settings make of a battery that nobody else touches.

    ``is_night`` says that Time-Based Control fills it from the grid now, as it does in the tariff's cheap hours.
    """

    reserve_pct: float
    mode: OperationMode = OperationMode.SELF_POWERED
    is_night: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time as it really was. Powers in kW.

    Attributes:
        hours: how long it lasted.
        net_kw: what house and car took beyond what the sun gave; negative where the sun gave more.
        battery_kw: what the real battery gave; negative where it took.
        level_pct: the real level at its end, ``None`` unknown.
        held: the reserve was ours: only then is the real battery no model for the shadow.
    """

    hours: float
    net_kw: float
    battery_kw: float
    level_pct: float | None
    held: bool


@dataclass(frozen=True, slots=True)
class ShadowStretch:
    """What the shadow did in a step: its energy after it, what it gave (negative: took), and what the meter counted."""

    stored_kwh: float
    given_kwh: float
    imported_kwh: float
    exported_kwh: float


def advance_shadow(stored_kwh: float, step: Stretch, habits: Habits, traits: Traits) -> ShadowStretch:
    """Work out a stretch for the shadow, from an energy of ``stored_kwh``."""
    wanted_kwh = _wanted_kw(stored_kwh, step, habits, traits) * step.hours
    if wanted_kwh > 0:
        floor_kwh = traits.energy_kwh(habits.reserve_pct)
        given_kwh = min(wanted_kwh, max(stored_kwh - floor_kwh, 0.0))
        after_kwh = stored_kwh - given_kwh
    else:
        room_kwh = max(traits.capacity_kwh - stored_kwh, 0.0)
        given_kwh = -min(-wanted_kwh, room_kwh / traits.round_trip)
        after_kwh = stored_kwh - given_kwh * traits.round_trip
    from_grid_kwh = step.net_kw * step.hours - given_kwh
    return ShadowStretch(after_kwh, given_kwh, max(from_grid_kwh, 0.0), max(-from_grid_kwh, 0.0))


def have_met(stored_kwh: float, step: Stretch, habits: Habits, traits: Traits) -> bool:
    """Whether the shadow is the real battery again after a step without a hold."""
    if step.held or step.level_pct is None:
        return False
    if abs(stored_kwh - traits.energy_kwh(step.level_pct)) <= SAME_ENERGY_KWH:
        return True
    if abs(step.battery_kw) >= RESTS_BELOW_KW:
        return False
    level_pct = stored_kwh / traits.capacity_kwh * 100
    both = (level_pct, step.level_pct)
    return all(map(_is_full, both)) or all(_is_down(pct, habits) for pct in both)


def bought_to_meet_kwh(stored_kwh: float, step: Stretch, traits: Traits) -> float:
    """Return what the shadow takes from the grid besides, where the two meet: no energy is lost between them.

    Negative where the shadow has more. A full battery has charged what is missing, with its losses; on the way down the
    real one still has it to give.
    """
    if step.level_pct is None:
        return 0.0
    missing_kwh = traits.energy_kwh(step.level_pct) - stored_kwh
    return missing_kwh / traits.round_trip if _is_full(step.level_pct) else missing_kwh


def _wanted_kw(stored_kwh: float, step: Stretch, habits: Habits, traits: Traits) -> float:
    """Return what the shadow would give (negative: take), as far as its energy allows."""
    if step.held:
        return _by_itself_kw(stored_kwh, step, habits, traits)
    if abs(step.battery_kw) >= RESTS_BELOW_KW or step.level_pct is None:
        # Unheld, the real battery shows best what one with these settings does now.
        return step.battery_kw
    # At rest because it is full, or down at the reserve: the shadow, which is neither, would not be.
    if _is_full(step.level_pct) and (step.net_kw < 0 or _fills(habits)):
        return _by_itself_kw(stored_kwh, step, habits, traits)
    if _is_down(step.level_pct, habits) and step.net_kw > 0:
        return _by_itself_kw(stored_kwh, step, habits, traits)
    return step.battery_kw


def _by_itself_kw(stored_kwh: float, step: Stretch, habits: Habits, traits: Traits) -> float:
    surplus_kw = min(max(-step.net_kw, 0.0), traits.power_kw)
    if _fills(habits):
        return -traits.power_kw
    if stored_kwh < traits.energy_kwh(habits.reserve_pct) - SAME_ENERGY_KWH:
        rate_kw = traits.power_kw if habits.mode is OperationMode.TIME_BASED else traits.refill_kw
        return -max(rate_kw, surplus_kw)
    return -surplus_kw if surplus_kw else min(max(step.net_kw, 0.0), traits.power_kw)


def _fills(habits: Habits) -> bool:
    """Whether it fills itself from the grid now, whatever its reserve."""
    if habits.mode is OperationMode.TIME_BASED:
        return habits.is_night
    return habits.mode is OperationMode.BACKUP


def _is_full(level_pct: float) -> bool:
    return level_pct >= 100 - SAME_LEVEL_POINTS


def _is_down(level_pct: float, habits: Habits) -> bool:
    return level_pct <= habits.reserve_pct + SAME_LEVEL_POINTS
