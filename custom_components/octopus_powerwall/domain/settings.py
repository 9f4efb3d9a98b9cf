"""What the owner has chosen."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .model import JOIN_GAP, Interval
from .windows import OFF_PEAK, widen


class Mode(StrEnum):
    """What to do in a slot: the select ``slot_action``."""

    CHARGE_UP = "charge_up"
    PRESERVE_CHARGE = "preserve_charge"


class NightGuard(StrEnum):
    """Whether and how to hold through the nightly cheap window (design 5.9)."""

    OFF = "off"
    PRESERVE_CHARGE = "preserve_charge"
    CHARGE_UP = "charge_up"


class CarGuard(StrEnum):
    """Whether and how to hold outside every slot while the car charges (design 5.14)."""

    OFF = "off"
    PRESERVE_CHARGE = "preserve_charge"
    CHARGE_UP = "charge_up"


def propose_guard(*, self_powered: bool) -> NightGuard:
    """Return the guard that set-up proposes (design 5.9): a self-powered battery is filled at night by nothing else."""
    return NightGuard.CHARGE_UP if self_powered else NightGuard.OFF


class SlotSource(StrEnum):
    """The option ``slot_source``."""

    OCTOPUS = "octopus"
    OHME = "ohme"
    BOTH = "both"

    @property
    def has_octopus(self) -> bool:
        """Whether Octopus' own plan counts."""
        return self in {SlotSource.OCTOPUS, SlotSource.BOTH}

    @property
    def has_charger(self) -> bool:
        """Whether the plan of the charger's own cloud counts."""
        return self is not SlotSource.OCTOPUS


class PolicyChoice(StrEnum):
    """The option ``slot_policy``."""

    AUTOMATIC = "automatic"
    WHOLE_SLOT = "whole_slot"
    CONFIRMED_ONLY = "confirmed_only"


class WholeHalfHours(StrEnum):
    """Whether holds are widened to the half hours that their slots touch (design 3.2)."""

    AUTOMATIC = "automatic"
    ON = "on"
    OFF = "off"

    def is_wanted(self, *, whole_slot: bool) -> bool:
        """Whether to widen; automatic does where slots are cheap as a whole, and so the whole half hour is."""
        return whole_slot if self is WholeHalfHours.AUTOMATIC else self is WholeHalfHours.ON


DEFAULT_WHOLE_HALF_HOURS = WholeHalfHours.AUTOMATIC
"""What an owner has who has chosen nothing."""


class Intent(StrEnum):
    """What a hold wants of the battery at an instant."""

    CHARGE = "charge"
    PRESERVE = "preserve"


@dataclass(frozen=True, slots=True)
class OwnerHold:
    """A hold the owner asked for by ``hold_until`` or ``charge_until``."""

    interval: Interval
    intent: Intent


@dataclass(frozen=True, slots=True)
class TypedRates:
    """What the owner typed in, GBP/kWh; ``None`` where that is left to Octopus."""

    import_day: float | None = None
    import_night: float | None = None
    export: float | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The owner's options, and what is set from the dashboard. Where a field is left out, only slots are held.

    Attributes:
        automation: the main switch.
        mode: the select ``slot_action``.
        charge_target: how far to charge up, in percent: 0 to 80, or 100.
        night_guard: whether and how to hold at night.
        car_guard: whether and how to hold while the car charges outside every slot.
        slot_policy: what a planned slot is worth.
        slot_source: where slots come from.
        ohme_entry: the config entry of ``ohme`` that lists them.
        whole_half_hours: whether holds are widened to half hours.
        usual_reserve: what is put back instead of what was found, in percent: 0 to 80, or 100.
        dry_run: nothing is written.
        home: the property of the account behind whose meter the battery stands; a secret.
        charging_threshold_w: the power from which the picked sensor says that the car charges.
        leave_room_for_sun: whether room is left for the sun where export pays less than the night.
        solar_forecasts: the config entries whose forecasts count; ``None`` where those of the Energy dashboard do.
        rates: the rates that were typed in.
    """

    automation: bool = True
    mode: Mode = Mode.CHARGE_UP
    charge_target: int = 100
    night_guard: NightGuard = NightGuard.OFF
    car_guard: CarGuard = CarGuard.OFF
    slot_policy: PolicyChoice = PolicyChoice.AUTOMATIC
    slot_source: SlotSource = SlotSource.OCTOPUS
    ohme_entry: str | None = None
    whole_half_hours: WholeHalfHours = WholeHalfHours.OFF
    usual_reserve: int | None = None
    dry_run: bool = False
    home: str | None = field(default=None, repr=False)
    charging_threshold_w: float | None = None
    leave_room_for_sun: bool = False
    solar_forecasts: tuple[str, ...] | None = None
    rates: TypedRates = field(default_factory=TypedRates)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the owner asked for by hand, for a while: a hold of his own, and slots to be left alone."""

    owner_hold: OwnerHold | None = None
    skipped: tuple[Interval, ...] = field(default=())

    def at(self, now: datetime) -> Wishes:
        """Return the same without what has run out.

        A hold stays as long as it may be joined with what follows it, a skipped slot also as long as its last half hour
        may be held in full (design 3.2).
        """
        hold = self.owner_hold if self.owner_hold and self.owner_hold.interval.end > now - JOIN_GAP else None
        skipped = tuple(interval for interval in self.skipped if _skipped_until(interval) > now - JOIN_GAP)
        return self if hold is self.owner_hold and skipped == self.skipped else Wishes(hold, skipped)


def _skipped_until(interval: Interval) -> datetime:
    """Return the end of what a skipped slot takes with it: its last half hour, and the tail of that by night."""
    end = widen(interval).end
    night = OFF_PEAK.covering(end)
    return end if night is None else night.end
