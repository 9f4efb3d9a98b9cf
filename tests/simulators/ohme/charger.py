"""A charger as Ohme's cloud describes it: a session with a mode, slots that outlive it, and the power that flows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

type Clock = Callable[[], datetime]
type Slot = tuple[datetime, datetime]

QUARTER = timedelta(minutes=15)
LONGEST_MAX_CHARGE = timedelta(hours=8)
_VOLTS = 240


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class SessionMode(StrEnum):
    """What the cloud says of the session."""

    DISCONNECTED = "DISCONNECTED"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    SMART_CHARGE = "SMART_CHARGE"
    MAX_CHARGE = "MAX_CHARGE"
    STOPPED = "STOPPED"
    FINISHED_CHARGE = "FINISHED_CHARGE"
    CALCULATING = "CALCULATING"
    DELIVERING = "DELIVERING"


@dataclass
class OhmeCharger:
    """One charger and the car at it.

    Attributes:
        serial: Ohme's id of the charger.
        now: the clock.
        power_w: what the car draws while it charges.
        requires_approval: a session waits until the owner approves it.
        online: the charger can be reached by the cloud.
        draws: whether the car takes what it is offered; ``None`` follows the plan.
        battery_pct: the car's level.
    """

    serial: str = "simulated-ohme-1"
    now: Clock = utc_now
    power_w: float = 7200.0
    requires_approval: bool = False
    online: bool = True
    draws: bool | None = None
    battery_pct: int = 41
    target_pct: int = 80
    target_time_s: int = 7 * 3600
    mode: SessionMode = SessionMode.DISCONNECTED
    slots: tuple[Slot, ...] = ()
    settings: dict[str, Any] = field(default_factory=lambda: {"buttonsLocked": False, "solarMode": "IGNORE"})
    _planned: tuple[Slot, ...] = ()

    # What happens at the charger and in Ohme's app

    def plug_in(self, *slots: Slot) -> None:
        """A car is plugged in: Ohme plans for it, once it is approved where that is asked for."""
        self.slots = self._planned = slots
        self.mode = SessionMode.PENDING_APPROVAL if self.requires_approval else SessionMode.SMART_CHARGE

    def replan(self, *slots: Slot) -> None:
        """Ohme changes the plan of the running session."""
        self._planned = slots
        if self.mode is not SessionMode.MAX_CHARGE:
            self.slots = slots

    def unplug(self) -> None:
        """The plug is pulled. The slots stay listed."""
        self.mode = SessionMode.DISCONNECTED

    def approve(self) -> None:
        """The owner approves the session; nothing where none waits for it."""
        if self.mode is SessionMode.PENDING_APPROVAL:
            self.mode = SessionMode.SMART_CHARGE

    def max_charge(self, enabled: bool = True) -> None:
        """Charge now whatever it costs, or go back to the plan."""
        if self.mode not in (SessionMode.SMART_CHARGE, SessionMode.MAX_CHARGE, SessionMode.STOPPED):
            return
        self.mode = SessionMode.MAX_CHARGE if enabled else SessionMode.SMART_CHARGE
        now = self.now()
        self.slots = ((now, now + LONGEST_MAX_CHARGE),) if enabled else self._planned

    def stop(self) -> None:
        """The owner pauses the session."""
        if self.mode in (SessionMode.SMART_CHARGE, SessionMode.MAX_CHARGE):
            self.mode = SessionMode.STOPPED

    def resume(self) -> None:
        """The owner lets it go on."""
        if self.mode is SessionMode.STOPPED:
            self.mode = SessionMode.SMART_CHARGE

    def finish(self) -> None:
        """The car is full. The slots stay listed."""
        self.mode = SessionMode.FINISHED_CHARGE

    def calculate(self) -> None:
        """Ohme works the plan out anew and says nothing else until ``ready``."""
        self.mode = SessionMode.CALCULATING

    def ready(self) -> None:
        """The plan is there."""
        self.mode = SessionMode.SMART_CHARGE

    # What follows

    @property
    def is_charging(self) -> bool:
        """Whether power flows into the car now."""
        match self.mode:
            case SessionMode.MAX_CHARGE:
                return self.draws is not False
            case SessionMode.SMART_CHARGE | SessionMode.CALCULATING | SessionMode.DELIVERING:
                now = self.now()
                planned = any(start <= now < end for start, end in self.slots)
                return planned if self.draws is None else self.draws
            case _:
                return False

    @property
    def watts(self) -> float:
        """The power into the car now."""
        return self.power_w if self.is_charging else 0.0

    # Documents

    def session(self) -> dict[str, Any]:
        """The document of the charge session, present or last."""
        connected = self.mode is not SessionMode.DISCONNECTED
        watts = self.watts
        document: dict[str, Any] = {
            "mode": str(self.mode),
            "chargerStatus": {"online": self.online},
            "power": {"watt": watts, "amp": round(watts / _VOLTS, 1), "volt": _VOLTS if watts else None},
            "batterySoc": {"percent": self.battery_pct, "wh": None},
            "car": {"batterySoc": {"percent": self.battery_pct}} if connected else None,
            "allSessionSlots": [self._slot(start, end) for slot in self.slots for start, end in _quarters(slot)],
        }
        if connected:
            document["appliedRule"] = self.rule()
        if self.mode is SessionMode.STOPPED:
            document["suspendedRule"] = self.rule()
        return document

    def rule(self) -> dict[str, Any]:
        """The charge rule: how full, and by when."""
        return {
            "id": "simulated-rule",
            "targetPercent": self.target_pct,
            "targetTime": self.target_time_s,
            "preconditioningEnabled": False,
            "preconditionLengthMins": 0,
        }

    def device(self) -> dict[str, Any]:
        """The charger in the account's document."""
        return {
            "id": self.serial,
            "modelTypeDisplayName": "Ohme Home Pro",
            "firmwareVersionLabel": "v2.65",
            "modelCapabilities": {
                "buttonsLockable": True,
                "pluginsRequireApprovalMode": True,
                "stealth": True,
                "solarModes": ["ZERO_EXPORT"],
            },
            "optionalSettings": {**self.settings, "pluginsRequireApproval": self.requires_approval},
        }

    def _slot(self, start: datetime, end: datetime) -> dict[str, Any]:
        return {"startTimeMs": _milliseconds(start), "endTimeMs": _milliseconds(end), "watts": self.power_w}


def _quarters(slot: Slot) -> list[Slot]:
    """A slot in the quarter hours that Ohme plans in; the library joins them again."""
    start, end = slot
    cut = datetime.fromtimestamp((start.timestamp() // QUARTER.total_seconds() + 1) * QUARTER.total_seconds(), UTC)
    pieces = []
    while cut < end:
        pieces.append((start, cut))
        start, cut = cut, cut + QUARTER
    return [*pieces, (start, end)]


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
