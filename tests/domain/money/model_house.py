"""A house with a battery, minute by minute: the truth that the ledger and its shadow battery are measured against.

It is written from facts/powerwall.md 3.1 alone and shares no code with the shadow battery.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
STEP = timedelta(minutes=1)


@dataclass
class ModelBattery:
    """A battery that follows a reserve: energies in kWh, powers in kW, discharging positive."""

    kwh: float
    capacity_kwh: float = 13.5
    power_kw: float = 5.0
    refill_kw: float = 1.8
    round_trip: float = 0.9
    autonomous: bool = False

    @property
    def level_pct(self) -> float:
        """Its level."""
        return 100 * self.kwh / self.capacity_kwh

    def run(self, net_kw: float, reserve_pct: float, *, night: bool, hours: float) -> float:
        """Live through a step; returns the power it gave (negative: took)."""
        floor = self.capacity_kwh * reserve_pct / 100
        loss = self.round_trip
        room_kw = (self.capacity_kwh - self.kwh) / loss / hours
        if self.autonomous and night:
            power = -min(self.power_kw, room_kw)
        elif self.kwh < floor - 1e-6:
            rate = self.power_kw if self.autonomous else self.refill_kw
            power = -min(
                max(rate, min(-net_kw, self.power_kw)), room_kw, max((floor - self.kwh) / loss / hours, -net_kw)
            )
        elif net_kw < 0:
            power = -min(-net_kw, self.power_kw, room_kw)
        else:
            power = min(net_kw, self.power_kw, (self.kwh - floor) / hours)
        self.kwh -= power * hours if power > 0 else power * hours * loss
        return power


@dataclass(frozen=True)
class Minute:
    """A minute of the house: its grid and battery powers, in kW, and the level after it."""

    at: datetime
    net_kw: float
    battery_kw: float
    level_pct: float

    @property
    def grid_kw(self) -> float:
        """What comes from the grid."""
        return self.net_kw - self.battery_kw


def is_night(at: datetime) -> bool:
    """Whether Intelligent Octopus Go is cheap for everybody."""
    local = at.astimezone(LONDON)
    clock = local.hour * 60 + local.minute
    return clock >= 23 * 60 + 30 or clock < 5 * 60 + 30


def run(
    battery: ModelBattery,
    start: datetime,
    days: float,
    net_kw: Callable[[datetime], float],
    reserve_pct: Callable[[datetime], float],
) -> list[Minute]:
    """Let a house run."""
    minutes = []
    at = start.astimezone(UTC)
    for _ in range(int(days * 1440)):
        net = net_kw(at)
        power = battery.run(net, reserve_pct(at), night=is_night(at), hours=STEP / timedelta(hours=1))
        minutes.append(Minute(at, net, power, battery.level_pct))
        at += STEP
    return minutes


def bill_gbp(minutes: list[Minute], rate: Callable[[datetime], float], export: float) -> float:
    """What the minutes cost."""
    hours = STEP / timedelta(hours=1)
    return sum(
        (minute.grid_kw * rate(minute.at) if minute.grid_kw > 0 else minute.grid_kw * export) * hours
        for minute in minutes
    )
