"""A Powerwall site as a physical thing: what its battery does, minute by minute.

A site has three views of its settings. A write changes what Tesla's cloud *shows* and what the gateway *obeys*, each
after its own delay, and sometimes only one of the two (facts/powerwall.md 3.1). The model is advanced lazily, up to
its clock, whenever something is asked of it; powers are kW, energies kWh, percentages those of the Tesla app.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from .behaviours import Lag, Snap

type Clock = Callable[[], datetime]
type Power = float | Callable[[datetime], float]

POWERWALL_KWH = 13.5
POWERWALL_MAX_KW = 5.0
_STEP = timedelta(seconds=60)
_EPSILON = 1e-9


class Mode(StrEnum):
    """The operation modes of the Fleet API."""

    SELF_CONSUMPTION = "self_consumption"
    AUTONOMOUS = "autonomous"
    BACKUP = "backup"


class IslandStatus(StrEnum):
    """The values of ``island_status``."""

    ON_GRID = "on_grid"
    OFF_GRID = "off_grid"
    INTENTIONAL = "off_grid_intentional"
    UNINTENTIONAL = "off_grid_unintentional"
    UNKNOWN = "island_status_unknown"


# Charging below the reserve, kW per Powerwall (facts/powerwall.md 3.1).
CHARGE_KW: dict[str, float] = {Mode.SELF_CONSUMPTION: 1.8, Mode.BACKUP: 3.3, Mode.AUTONOMOUS: POWERWALL_MAX_KW}


@dataclass(frozen=True, slots=True)
class Settings:
    """What the owner of a site can set."""

    reserve_pct: int = 20
    mode: str = Mode.SELF_CONSUMPTION
    storm_watch: bool = True
    grid_charging: bool = True
    export_rule: str = "pv_only"
    off_grid_vehicle_reserve_pct: int = 30
    tariff: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Flows:
    """Powers at one moment, kW. Battery: + discharges. Grid: + imports. The load contains the car."""

    battery_kw: float
    grid_kw: float
    load_kw: float
    solar_kw: float


@dataclass(slots=True)
class Energies:
    """Energy since local midnight, kWh."""

    day: str = ""
    solar: float = 0.0
    load: float = 0.0
    grid_in: float = 0.0
    grid_out: float = 0.0
    battery_in: float = 0.0
    battery_out: float = 0.0


@dataclass(slots=True)
class _Pending:
    """Something that happens to the settings later: one layer, or a whole write that lands late."""

    at: datetime
    shown: dict[str, Any] = field(default_factory=dict)
    obeyed: dict[str, Any] = field(default_factory=dict)
    landing: Callable[[], None] | None = None


def utc_now() -> datetime:
    """Return the time of the machine, or freezegun's."""
    return datetime.now(UTC)


class PowerwallSite:
    """One energy site.

    Everything that is not a setting is a plain attribute that a test may change at any time: ``load_kw``,
    ``solar_kw`` and ``car_power_kw`` (numbers or functions of the time), ``soc_pct``, ``island_status``,
    ``storm_mode_active``, ``grid_services_active``, ``offline`` (the cloud cannot reach the gateway), ``obeys``
    (whether the battery follows what the cloud shows), ``lag`` and ``snap`` (how writes normally go).
    """

    def __init__(
        self,
        site_id: int = 2252147638651,
        *,
        name: str = "My Home",
        now: Clock = utc_now,
        powerwalls: int = 1,
        soc_pct: float = 63.4,
        reserve_pct: int = 20,
        mode: str = Mode.SELF_CONSUMPTION,
        grid_charging: bool = True,
        load_kw: Power = 0.5,
        solar_kw: Power = 0.0,
        car_power_kw: Power = 0.0,
        has_battery: bool = True,
        has_solar: bool = True,
        wall_connector: bool = False,
        time_zone: str = "Europe/London",
        off_peak: tuple[time, time] | None = (time(23, 30), time(5, 30)),
    ) -> None:
        """Make a site.

        ``off_peak`` (local times) is when an ``autonomous`` battery rests instead of discharging.
        """
        self.site_id = site_id
        self.name = name
        self.now = now
        self.powerwalls = powerwalls
        self.has_battery = has_battery
        self.has_solar = has_solar
        self.wall_connector = wall_connector
        self.time_zone = ZoneInfo(time_zone)
        self.off_peak = off_peak
        self.island_status: str = IslandStatus.ON_GRID
        self.storm_mode_active = False
        self.grid_services_active = False
        self.offline = False
        self.lag = Lag()
        self.snap: Snap | None = Snap()
        self.energies = Energies()
        self._load_kw, self._solar_kw, self._car_power_kw = load_kw, solar_kw, car_power_kw
        self._soc_pct = float(soc_pct)
        self._obeys = True
        self.shown = Settings(reserve_pct=reserve_pct, mode=mode, grid_charging=grid_charging)
        self.obeyed = self.shown
        self._pending: list[_Pending] = []
        self._at = now()

    # What a test may read and set: setting first brings the past up to date.

    @property
    def capacity_kwh(self) -> float:
        """The energy of a full battery."""
        return POWERWALL_KWH * self.powerwalls

    @property
    def soc_pct(self) -> float:
        """The true state of charge now."""
        self.advance()
        return self._soc_pct

    @soc_pct.setter
    def soc_pct(self, value: float) -> None:
        self.advance()
        self._soc_pct = float(value)

    @property
    def load_kw(self) -> Power:
        """The load of the house without the car."""
        return self._load_kw

    @load_kw.setter
    def load_kw(self, value: Power) -> None:
        self.advance()
        self._load_kw = value

    @property
    def solar_kw(self) -> Power:
        """What the panels give."""
        return self._solar_kw

    @solar_kw.setter
    def solar_kw(self, value: Power) -> None:
        self.advance()
        self._solar_kw = value

    @property
    def car_power_kw(self) -> Power:
        """What the charging car takes."""
        return self._car_power_kw

    @car_power_kw.setter
    def car_power_kw(self, value: Power) -> None:
        self.advance()
        self._car_power_kw = value

    @property
    def obeys(self) -> bool:
        """Whether the battery does what the cloud shows. On return it catches up at once."""
        return self._obeys

    @obeys.setter
    def obeys(self, value: bool) -> None:
        self.advance()
        self._obeys = value
        if value:
            self.obeyed = self.shown

    @property
    def reserve_pct(self) -> int:
        """The backup reserve that the cloud shows now."""
        self.advance()
        return self.shown.reserve_pct

    @property
    def obeyed_reserve_pct(self) -> int:
        """The backup reserve that the battery follows now."""
        self.advance()
        return self.obeyed.reserve_pct

    @property
    def mode(self) -> str:
        """The operation mode that the cloud shows now."""
        self.advance()
        return self.shown.mode

    @property
    def flows(self) -> Flows:
        """The powers now."""
        self.advance()
        return self._flows()

    # Writes

    def set_in_app(self, **changes: Any) -> None:
        """Change settings as the owner does in the Tesla app: shown and obeyed at once, in no log."""
        self.write(changes, lag=Lag(), snap=None)

    def write(self, changes: dict[str, Any], *, lag: Lag | None = None, snap: Snap | None = None) -> None:
        """Take over settings (names of ``Settings``) as the cloud does, now or after a lag.

        A newer write wins over anything still under way for the same settings.
        """
        self.advance()
        lag = lag or self.lag
        reserve = changes.get("reserve_pct")
        snapped = snap is not None and reserve is not None and snap.concerns(reserve)
        if snapped and snap is not None and snap.after_s == 0:
            changes = {**changes, "reserve_pct": snap.to_pct}
        shown_at = self._at + timedelta(seconds=lag.shown_after_s)
        acts_at = self._at + timedelta(seconds=lag.acts_after_s)
        for pending in self._pending:
            for key in changes:
                if pending.at >= shown_at:
                    pending.shown.pop(key, None)
                if pending.at >= acts_at:
                    pending.obeyed.pop(key, None)
        self._pending.append(_Pending(shown_at, shown=dict(changes)))
        self._pending.append(_Pending(acts_at, obeyed=dict(changes)))
        if snapped and snap is not None and snap.after_s > 0:
            later = {"reserve_pct": snap.to_pct}
            self._pending.append(_Pending(self._at + timedelta(seconds=snap.after_s), dict(later), dict(later)))
        self._settle()

    def land_later(self, delay_s: float, landing: Callable[[], None]) -> None:
        """Let a write that was received now take effect after ``delay_s``, whatever was written in between."""
        self.advance()
        self._pending.append(_Pending(self._at + timedelta(seconds=delay_s), landing=landing))

    def _settle(self) -> None:
        """Apply what is due, oldest first."""
        while due := [pending for pending in self._pending if pending.at <= self._at]:
            pending = min(due, key=lambda pending: pending.at)
            self._pending.remove(pending)
            self.shown = replace(self.shown, **pending.shown)
            if self._obeys:
                self.obeyed = replace(self.obeyed, **pending.obeyed)
            if pending.landing:
                pending.landing()

    # Physics

    def advance(self) -> None:
        """Bring the site up to its clock. A clock that went backwards changes nothing."""
        now = self.now()
        while self._at < now:
            until = min([now, *(pending.at for pending in self._pending)])
            while self._at < until:
                self._flow(until)
            self._settle()

    @property
    def off_grid(self) -> bool:
        """Whether the house hangs on the battery alone."""
        return self.island_status in (IslandStatus.OFF_GRID, IslandStatus.INTENTIONAL, IslandStatus.UNINTENTIONAL)

    @property
    def _floor_pct(self) -> float:
        """The level that the battery keeps."""
        if self.off_grid:
            return 0.0
        if self.storm_mode_active:
            return 100.0
        if self.obeyed.mode == Mode.BACKUP:
            # Without leave to charge from the grid it keeps what it has and takes solar only.
            return 100.0 if self.obeyed.grid_charging or not self.has_solar else self._soc_pct
        return float(self.obeyed.reserve_pct)

    def _rests(self) -> bool:
        """Whether an autonomous battery has no reason to discharge at this time of day."""
        if self.obeyed.mode != Mode.AUTONOMOUS or self.off_peak is None:
            return False
        start, end = self.off_peak
        local = self._at.astimezone(self.time_zone).time()
        return start <= local < end if start <= end else local >= start or local < end

    def _flows(self) -> Flows:
        """The powers at the present instant of the model."""
        solar = _at(self._solar_kw, self._at) if self.has_solar else 0.0
        load = _at(self._load_kw, self._at) + _at(self._car_power_kw, self._at)
        battery = self._battery_kw(load - solar) if self.has_battery else 0.0
        return Flows(battery, 0.0 if self.off_grid else load - solar - battery, load, solar)

    def _battery_kw(self, wanted_kw: float) -> float:
        """What the battery gives (+) or takes (-) while house, car and panels together want ``wanted_kw``."""
        limit = POWERWALL_MAX_KW * self.powerwalls
        surplus = min(max(-wanted_kw, 0.0), limit) if self._soc_pct < 100 - _EPSILON else 0.0
        if self._soc_pct < self._floor_pct - _EPSILON:
            rate = POWERWALL_MAX_KW if self.storm_mode_active else CHARGE_KW.get(self.obeyed.mode, 1.8)
            return -max(rate * self.powerwalls, surplus)
        if surplus:
            return -surplus
        if self._soc_pct <= self._floor_pct + _EPSILON or (self._rests() and not self.off_grid):
            return 0.0
        return min(max(wanted_kw, 0.0), limit)

    def _flow(self, until: datetime) -> None:
        """Move the model on, to ``until`` or to the level at which the battery changes its mind."""
        flows = self._flows()
        until = min(until, self._at.replace(second=0, microsecond=0) + _STEP)
        hours = (until - self._at) / timedelta(hours=1)
        floor = self._floor_pct
        if abs(flows.battery_kw) > _EPSILON:
            edge = floor if flows.battery_kw > 0 or self._soc_pct < floor - _EPSILON else 100.0
            points_per_hour = -flows.battery_kw / self.capacity_kwh * 100
            hours_to_edge = (edge - self._soc_pct) / points_per_hour
            if hours_to_edge <= hours:
                hours = hours_to_edge
                until = min(until, self._at + timedelta(hours=hours) + timedelta.resolution)
                self._soc_pct = edge
            else:
                self._soc_pct += points_per_hour * hours
        self._count(flows, hours)
        self._at = until

    def _count(self, flows: Flows, hours: float) -> None:
        """Add to the day's energies."""
        day = self._at.astimezone(self.time_zone).date().isoformat()
        if day != self.energies.day:
            self.energies = Energies(day)
        energies = self.energies
        energies.solar += flows.solar_kw * hours
        energies.load += flows.load_kw * hours
        energies.grid_in += max(flows.grid_kw, 0.0) * hours
        energies.grid_out += max(-flows.grid_kw, 0.0) * hours
        energies.battery_in += max(-flows.battery_kw, 0.0) * hours
        energies.battery_out += max(flows.battery_kw, 0.0) * hours


def _at(power: Power, at: datetime) -> float:
    """Evaluate a power."""
    return power(at) if callable(power) else power
