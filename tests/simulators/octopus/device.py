"""A device on the account: its plan, whether it really charges, and what of that Octopus gets to see."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from .rows import Slot, TimeStyle, written

HALF_HOUR = timedelta(minutes=30)
STALE_AFTER = timedelta(minutes=20)
LOOK_BACK = timedelta(hours=24)
ABOUT = "_about"
"""The key under which an answer's objects keep the label of the device that they are about; never sent."""


class Charging(StrEnum):
    """What the car does: ``auto`` obeys its slots while plugged in, ``on`` and ``off`` do as they say."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


class PowerReport(StrEnum):
    """Whether ``activePower`` is there: ``live`` with a fresh timestamp, ``stale`` 20 min old, or ``null``."""

    LIVE = "live"
    STALE = "stale"
    NULL = "null"


@dataclass(slots=True)
class Device:
    """A device. ``label`` is the simulator's own name for it and stays when ``id`` changes.

    ``state`` None derives ``currentState`` from plan and lifecycle, ``suspended`` None is sent as null.
    ``discharge_kw`` is what a V2G car feeds back while it does not charge. ``settled`` is the instant up to which
    charging has been worked out; ``half_hours`` holds the kWh charged under a dispatch, by the start of each half hour.
    """

    label: str
    id: str
    typename: str = "SmartFlexVehicle"
    device_type: str = "ELECTRIC_VEHICLES"
    provider: str = "TESLA_V2"
    make: str | None = "Tesla"
    model: str | None = "Model Y"
    name: str | None = None
    integration_device_id: str | None = None
    property_id: str | None = None
    lifecycle: str = "LIVE"
    state: str | None = None
    suspended: bool | None = False
    charging_cap: str = "NOT_APPLICABLE"
    plugged: bool = True
    charging: Charging = Charging.AUTO
    power_kw: float = 7.2
    discharge_kw: float = 0.0
    power_report: PowerReport = PowerReport.NULL
    soc_at_start: float = 40.0
    battery_kwh: float = 75.0
    restamps: bool = False
    plan: list[Slot] = field(default_factory=list)
    settled: datetime | None = None
    charged_kwh: float = 0.0
    half_hours: dict[datetime, float] = field(default_factory=dict)
    former_ids: set[str] = field(default_factory=set)

    @property
    def is_charger(self) -> bool:
        """Whether it is a car or a charge point."""
        return self.typename in {"SmartFlexVehicle", "SmartFlexChargePoint"}

    def is_charging(self, at: datetime) -> bool:
        """Whether the car draws power at an instant."""
        if not self.plugged or not self.is_charger:
            return False
        if self.charging is Charging.AUTO:
            return not self.suspended and any(slot.covers(at) for slot in self.plan)
        return self.charging is Charging.ON

    def settle(self, to: datetime) -> None:
        """Work out what was charged since the last time, with today's plan, and forget rows that have ended.

        Called before every change and every answer, so that the plan was constant in between.
        """
        start = self.settled
        if start is None or to > start:
            self.settled = to
        if start is not None and to > start:
            edges = {start, to}
            edges |= {edge for slot in self.plan for edge in (slot.start, slot.end) if start < edge < to}
            edges |= set(_half_hours_between(start, to))
            ordered = sorted(edges)
            for begin, end in pairwise(ordered):
                if self.is_charging(begin):
                    self._charge(begin, end)
        self.plan = [slot for slot in self.plan if slot.end > to]
        oldest = to - LOOK_BACK - timedelta(hours=2)
        self.half_hours = {at: kwh for at, kwh in self.half_hours.items() if at > oldest}

    def _charge(self, begin: datetime, end: datetime) -> None:
        kwh = self.power_kw * (end - begin).total_seconds() / 3600
        self.charged_kwh += kwh
        if any(slot.covers(begin) for slot in self.plan):
            half_hour = half_hour_of(begin)
            self.half_hours[half_hour] = self.half_hours.get(half_hour, 0.0) + kwh

    def current_state(self, at: datetime) -> str:
        """``status.currentState``: a smart session *scheduled or occurring* already counts as in progress."""
        if self.state is not None:
            return self.state
        if self.lifecycle == "RETIRED":
            return "RETIRED"
        if self.lifecycle != "LIVE":
            return "AUTHENTICATION_COMPLETE"
        if self.suspended:
            return "SMART_CONTROL_OFF"
        if any(slot.type == "BOOST" and slot.covers(at) for slot in self.plan):
            return "BOOSTING"
        if any(slot.type in {"SMART", None} and slot.end > at for slot in self.plan):
            return "SMART_CONTROL_IN_PROGRESS"
        return "SMART_CONTROL_CAPABLE"

    def listed(self, at: datetime) -> list[Slot]:
        """The plan as it is shown: in order of time, without what has ended, running rows re-stamped if it does so."""
        rows = sorted((slot for slot in self.plan if slot.end > at), key=lambda slot: (slot.start, slot.end))
        if self.restamps:
            minute = at.replace(second=0, microsecond=0)
            for slot in rows:
                if slot.start < minute < slot.end:
                    slot.start = minute
        return rows

    def as_graphql(self, at: datetime, style: TimeStyle, state: str | None = None) -> dict[str, Any]:
        """Every field that the schema may ask for; ``state`` overrides what it says of itself."""
        status: dict[str, Any] = {
            ABOUT: self.label,
            "__typename": f"{self.typename}Status" if self.is_charger else "SmartFlexDeviceStatus",
            "current": self.lifecycle,
            "currentState": state or self.current_state(at),
            "isSuspended": self.suspended,
        }
        if self.is_charger:
            status["activePower"] = self._active_power(at, style)
            soc = min(100.0, self.soc_at_start + 100 * self.charged_kwh / self.battery_kwh)
            status["stateOfCharge"] = {"value": round(soc, 1), "timestamp": written(at, style)}
        return {
            ABOUT: self.label,
            "__typename": self.typename,
            "id": self.id,
            "name": self.name,
            "deviceType": self.device_type,
            "provider": self.provider,
            "integrationDeviceId": self.integration_device_id,
            "propertyId": self.property_id,
            "make": self.make,
            "model": self.model,
            "status": status,
            "preferences": {
                ABOUT: self.label,
                "targetType": "ABSOLUTE_STATE_OF_CHARGE",
                "unit": "PERCENTAGE",
                "mode": "CHARGE",
                "isChargingDurationCapped": self.charging_cap,
            }
            if self.is_charger
            else None,
        }

    def _active_power(self, at: datetime, style: TimeStyle) -> dict[str, Any] | None:
        match self.power_report:
            case PowerReport.NULL:
                return None
            case PowerReport.LIVE:
                taken = at - timedelta(seconds=20)
            case PowerReport.STALE:
                taken = at - STALE_AFTER
        feeds_back = -self.discharge_kw if self.plugged else 0.0
        return {"value": self.power_kw if self.is_charging(at) else feeds_back, "timestamp": written(taken, style)}


def half_hour_of(at: datetime) -> datetime:
    """The start of the settlement half hour that an instant lies in, UTC."""
    at = at.astimezone(UTC)
    return at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0)


def _half_hours_between(start: datetime, end: datetime) -> Iterator[datetime]:
    at = half_hour_of(start) + HALF_HOUR
    while at < end:
        yield at
        at += HALF_HOUR
