"""A Powerwall as it behaves: what it does with a house's load under a backup reserve, and what the meter then shows."""

from collections.abc import Callable
from enum import StrEnum

from .assumptions import Assumptions

# Called with start and end in seconds, and in kW: battery (discharging is positive), grid (import is positive), home
# with car, sun. It is called for every stretch of time in which these powers stay the same.
type Watcher = Callable[[float, float, float, float, float, float], None]

_TINY_KWH = 1e-9


class Mode(StrEnum):
    """The operation modes that the replay knows."""

    TIME_BASED = "tbc"
    SELF_POWERED = "self_powered"


class Battery:
    """The stored energy, moved through time piece by piece.

    Below its reserve it charges, from sun and grid; at the reserve it stands still; above it serves house and car. In
    Time-Based Control it fills itself in the off-peak window and does not discharge there.
    """

    def __init__(self, given: Assumptions, mode: Mode, watcher: Watcher | None = None) -> None:
        self.capacity_kwh = given.battery_kwh
        self.energy_kwh = given.battery_kwh * max(0.5, given.reserve_pct / 100)
        self.begin_kwh = self.energy_kwh
        self.reserve_kwh = given.battery_kwh * given.reserve_pct / 100
        self._fills_itself = mode is Mode.TIME_BASED
        self._most_kw = given.battery_kw
        self._grid_kw = given.slow_kw if mode is Mode.SELF_POWERED else given.battery_kw
        self._kept = given.round_trip
        self._watcher = watcher

    @property
    def level_pct(self) -> float:
        """How full it is."""
        return 100 * self.energy_kwh / self.capacity_kwh

    def set_reserve(self, percent: float) -> None:
        """Obey a reserve from now on."""
        self.reserve_kwh = self.capacity_kwh * percent / 100

    def advance(self, start_s: float, end_s: float, load_kw: float, sun_kw: float, night: bool) -> tuple[float, float]:
        """Let time pass with the same load and sun; returns what was imported and exported, in kWh."""
        imported = exported = 0.0
        left = (end_s - start_s) / 3600
        net = load_kw - sun_kw
        floor = self.capacity_kwh if night and self._fills_itself else self.reserve_kwh
        while left > 1e-12:
            power, lasts = self._power(net, floor, left)
            grid = net - power
            if power > 0:
                self.energy_kwh -= power * lasts
            else:
                self.energy_kwh -= power * lasts * self._kept
            if grid > 0:
                imported += grid * lasts
            else:
                exported -= grid * lasts
            if self._watcher is not None:
                begin = end_s - left * 3600
                self._watcher(begin, begin + lasts * 3600, power, grid, load_kw, sun_kw)
            left -= lasts
        return imported, exported

    def _power(self, net: float, floor: float, left: float) -> tuple[float, float]:
        """The battery's power (discharging is positive) and how long it stays so, in hours, at most ``left``."""
        energy = self.energy_kwh
        if energy < floor - _TINY_KWH:
            power = max(self._grid_kw, min(-net, self._most_kw))
            return -power, min(left, (floor - energy) / (power * self._kept))
        if net > 0:
            room = energy - floor
            if room <= _TINY_KWH:
                return 0.0, left
            power = min(net, self._most_kw)
            return power, min(left, room / power)
        room = self.capacity_kwh - energy
        if net == 0 or room <= _TINY_KWH:
            return 0.0, left
        power = min(-net, self._most_kw)
        return -power, min(left, room / (power * self._kept))
