"""One settlement half hour: what flowed in it, what would have without us, and what that is worth (design 9.2)."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from ..settings import Intent

# Without an export rate this much may differ before the difference has no price.
UNPRICED_EXPORT_KWH = 0.05


class Cheapness(IntEnum):
    """How cheap a half hour was, as far as was known in it; the cheapest moment names the whole half hour."""

    DEAR = 0
    PERHAPS = 1
    """In a slot that may or may not be billed at the cheap rate."""
    SLOT = 2
    """In a slot that was taken for certainly cheap."""
    NIGHT = 3
    """In the tariff's own cheap hours: no slot matters for its price."""


def is_at_slot_rate(band: Cheapness) -> bool:
    """Whether a half hour is billed at the rate of a smart slot, as far as is known in it."""
    return band is Cheapness.SLOT


@dataclass(frozen=True, slots=True)
class Prices:
    """Rates in a half hour, GBP/kWh: the tariff's own, the one in a smart slot, and what export pays."""

    import_rate: float
    slot_rate: float
    export_rate: float | None = None


@dataclass(frozen=True, slots=True)
class HalfHour:
    """What was measured in a settlement half hour. Energies are kWh, never negative.

    Attributes:
        start: its start, in UTC.
        seen_s: how many seconds of it were measured; the rest is unknown.
        imported_kwh: from the grid.
        exported_kwh: to the grid.
        stored_kwh: into the battery, from wherever.
        from_grid_kwh: into the battery from the grid.
        discharged_kwh: out of the battery.
        home_kwh: used by house and car.
        solar_kwh: from the sun.
        shadow_imported_kwh: what would have come from the grid without us.
        shadow_exported_kwh: what would have gone to the grid without us.
        charged_kwh: from the grid into the battery while it was held.
        kept_kwh: what the battery would have given without us but did not, while it was held.
        gained_kwh: how much more the real battery holds than the shadow, end against start; negative where used.
        level_pct: the battery's level at its end, ``None`` unknown.
        band: how cheap it was taken for.
        confirmed: a completed dispatch says that the car charged in it.
        is_slot_rate: it is billed as a smart slot, as far as is known now.
        intent: what was asked of the battery, the most of it.
        in_slot: a slot ran in it.
        have_met: at its end the shadow was the real battery again.
        prices: the rates, ``None`` while unknown.
        settled: nothing about its price changes any more.
    """

    start: datetime
    seen_s: float = 0.0
    imported_kwh: float = 0.0
    exported_kwh: float = 0.0
    stored_kwh: float = 0.0
    from_grid_kwh: float = 0.0
    discharged_kwh: float = 0.0
    home_kwh: float = 0.0
    solar_kwh: float = 0.0
    shadow_imported_kwh: float = 0.0
    shadow_exported_kwh: float = 0.0
    charged_kwh: float = 0.0
    kept_kwh: float = 0.0
    gained_kwh: float = 0.0
    level_pct: float | None = None
    band: Cheapness = Cheapness.DEAR
    confirmed: bool = False
    is_slot_rate: bool = False
    intent: Intent | None = None
    in_slot: bool = False
    have_met: bool = True
    prices: Prices | None = None
    settled: bool = False

    @property
    def differs(self) -> bool:
        """Whether anything would have been otherwise without us."""
        return (
            self.imported_kwh != self.shadow_imported_kwh
            or self.exported_kwh != self.shadow_exported_kwh
            or self.gained_kwh != 0
        )


def needs_confirmation(half_hour: HalfHour, *, charge_cap: bool) -> bool:
    """Whether only the completed dispatches tell what it cost (design 9.4)."""
    return half_hour.band is Cheapness.PERHAPS or (half_hour.band is Cheapness.SLOT and charge_cap)


def saved_gbp(half_hour: HalfHour) -> float | None:
    """Return what it would have cost without us, less what it cost, as far as is known.

    ``None`` where the rates are not.
    """
    prices = half_hour.prices
    if prices is None:
        return None
    rate = prices.slot_rate if half_hour.is_slot_rate else prices.import_rate
    not_exported_kwh = half_hour.shadow_exported_kwh - half_hour.exported_kwh
    export_rate = prices.export_rate
    if export_rate is None:
        if abs(not_exported_kwh) > UNPRICED_EXPORT_KWH:
            return None
        export_rate = 0.0
    return (half_hour.shadow_imported_kwh - half_hour.imported_kwh) * rate - not_exported_kwh * export_rate
