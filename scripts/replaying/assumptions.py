"""What the replay takes for granted: every number with its unit, its source, and what it may be instead."""

from dataclasses import dataclass, field, fields, replace
from typing import Any

ASSUMED = "assumed"
_SEEN = "assumed; that it happens is reported by owners"
_LAG = "assumed; that it lags is reported by owners"


def _number(default: float, unit: str, source: str, *doubts: float) -> Any:
    return field(default=default, metadata={"unit": unit, "source": source, "doubts": doubts})


@dataclass(frozen=True, slots=True)
class Assumptions:
    """One house and what surrounds it. Energies in kWh, powers in kW, prices in pence per kWh, times in seconds."""

    home_kwh: float = _number(4100, "kWh/year", "a household above the typical 2,700", 2700, 8000)
    home_swing: float = _number(0.2, "of the mean, winter over summer", ASSUMED, 0.0, 0.4)
    sun_kwp: float = _number(4.0, "kWp, where there is sun", "a common roof", 2.5, 6.0)
    sun_kwh_per_kwp: float = _number(900, "kWh/kWp/year", "assumed: a roof to the south in the Midlands", 750, 1050)
    cloud_memory: float = _number(0.45, "correlation of a day's sun with the day before", ASSUMED, 0.0, 0.7)
    forecast_error: float = _number(0.35, "of a mean day, standard deviation of a forecast", ASSUMED, 0.2, 0.5)
    car_kwh: float = _number(3060, "kWh/year", "10,000 miles", 1500, 6120)
    car_kw: float = _number(7.4, "kW", "a 32 A charger", 3.6, 11.0)
    sessions_per_week: float = _number(4.5, "plug-ins", ASSUMED, 2.5, 7.0)
    day_share: float = _number(0.3, "of the energy in slots by day", ASSUMED, 0.12, 0.55)
    bursts: float = _number(0.35, "of the slots by day last 5 to 20 min", _SEEN, 0.0, 0.8)
    on_the_half_hour: float = _number(0.6, "of the slots begin at :00 or :30", _SEEN, 0.2, 1.0)
    late_rows: float = _number(0.15, "of the slots are listed after they began", _SEEN, 0.0, 0.4)
    cancelled_rows: float = _number(0.15, "rows by day, for each slot, that go before they begin", _SEEN, 0.0, 0.5)
    cut_short: float = _number(0.08, "of the slots are withdrawn while they run", _SEEN, 0.0, 0.3)
    idle_share: float = _number(0.12, "of the slots by day in which the car stops early", _SEEN, 0.0, 0.4)
    ghost_days: float = _number(0.1, "of the days without the car have a slot", _SEEN, 0.0, 0.3, 1.0)
    state_tells: float = _number(
        0.7, "of the ghost slots come with a device state that says unplugged", ASSUMED, 0.0, 1.0
    )
    day_price: float = _number(30, "p/kWh", "Intelligent Octopus Go in 2025 and 2026", 25, 35)
    night_price: float = _number(7, "p/kWh", "Intelligent Octopus Go in 2025 and 2026", 5, 9)
    battery_kwh: float = _number(13.5, "kWh", "Tesla's data sheet of a Powerwall 2", 27.0)
    battery_kw: float = _number(5.0, "kW", "Tesla's data sheet of a Powerwall 2", 10.0)
    round_trip: float = _number(0.9, "of what goes in comes out", "Tesla's data sheet of a Powerwall 2", 0.85, 0.95)
    slow_kw: float = _number(
        1.8, "kW below the reserve in Self-Powered mode", "Netzero's help: about 1.8 kW for each Powerwall", 3.3
    )
    reserve_pct: float = _number(20, "% that the owner keeps", "Tesla's default", 0.0, 40.0)
    acts_after_s: float = _number(60, "s until a Powerwall obeys a new reserve", _LAG, 0.0, 240.0)
    shown_after_s: float = _number(60, "s until the cloud shows a new reserve", _LAG, 0.0, 240.0)
    lost_writes: float = _number(0.005, "of the writes change nothing and raise nothing", ASSUMED, 0.0, 0.03)
    entity_lag_s: float = _number(
        10, "s until the charger's entity shows what the car does", ASSUMED, 60.0, 300.0, 600.0
    )
    car_starts_after_s: float = _number(60, "s into its slot at which the car draws", ASSUMED, 0.0, 240.0)
    meter_ahead_s: float = _number(0, "s by which the meter's clock is behind ours", ASSUMED, 120.0, 300.0)

    def with_doubt(self, name: str, value: float) -> Assumptions:
        """The same with one number another."""
        return replace(self, **{name: value})


def named() -> tuple[tuple[str, float, str, str, tuple[float, ...]], ...]:
    """Every assumption: name, value, unit, source, and what it may be instead."""
    return tuple(
        (item.name, item.default, item.metadata["unit"], item.metadata["source"], item.metadata["doubts"])
        for item in fields(Assumptions)
    )
