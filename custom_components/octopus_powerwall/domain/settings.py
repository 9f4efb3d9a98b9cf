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

    @classmethod
    def from_option(cls, value: object) -> SlotSource:
        """Return what an owner has chosen; Octopus where nothing was, or what another release knew."""
        return next((source for source in cls if source == value), cls.OCTOPUS)

    @property
    def has_charger(self) -> bool:
        """Whether the plan of the charger's own cloud counts."""
        return self is not SlotSource.OCTOPUS


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
class Settings:
    """The owner's options and knobs. ``charge_target`` and ``usual_reserve`` are percentages: 0 to 80, or 100.

    Where a field is left out, nothing is done beyond the slot itself.
    """

    automation: bool = True
    mode: Mode = Mode.CHARGE_UP
    charge_target: int = 100
    night_guard: NightGuard = NightGuard.OFF
    car_guard: CarGuard = CarGuard.OFF
    slot_source: SlotSource = SlotSource.OCTOPUS
    whole_half_hours: WholeHalfHours = WholeHalfHours.OFF
    usual_reserve: int | None = None
    dry_run: bool = False


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
