"""What a kilowatt hour costs and earns (design 9.1). Rates never decide whether power is cheap; they only price it.

Every rate is in GBP/kWh, incl. VAT, for somebody who pays by Direct Debit; every time is UTC.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Final

from ..settings import TypedRates
from ..windows import OFF_PEAK, DailyWindow
from .tariffs import Tariff

# The hours of a meter with two registers, which publish no window (facts/octopus.md 5.3).
TWO_REGISTER_NIGHT: Final = DailyWindow(time(0, 30), time(7, 30))
# The cheapest rate of a night counts for a slot a day later or sooner.
_NEAR: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, order=True)
class Contract:
    """An agreement with its tariff as Octopus' REST names it, for import or export; ``valid_to`` is ``None`` if open.

    ``tariff_code`` holds the region: ``E-1R-INTELLI-VAR-24-10-29-H``. ``property_id`` is a secret.
    """

    product_code: str
    tariff_code: str
    valid_from: datetime
    valid_to: datetime | None = None
    is_export: bool = False
    property_id: str | None = field(default=None, repr=False)

    @property
    def region(self) -> str:
        """The letter of the region."""
        return self.tariff_code[-1]

    @property
    def has_two_registers(self) -> bool:
        """Whether the meter counts day and night apart."""
        return self.tariff_code.startswith("E-2R-")

    def valid_at(self, at: datetime) -> bool:
        """Whether it is in force at an instant."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


@dataclass(frozen=True, slots=True, order=True)
class UnitRate:
    """A rate and when it holds; ``end`` is ``None`` while open."""

    start: datetime
    end: datetime | None
    gbp_per_kwh: float

    def holds_at(self, at: datetime) -> bool:
        """Whether it holds at an instant."""
        return self.start <= at and (self.end is None or at < self.end)

    def is_near(self, at: datetime) -> bool:
        """Whether it holds within a day of an instant."""
        return self.start <= at + _NEAR and (self.end is None or at - _NEAR < self.end)


@dataclass(frozen=True, slots=True)
class TariffRates:
    """The unit rates of a tariff: by time, or by day and night where Octopus publishes no hours for them.

    The same rates read again, at another ``read_at``, are equal.
    """

    tariff_code: str
    read_at: datetime = field(compare=False)
    by_time: tuple[UnitRate, ...] = ()
    day: tuple[UnitRate, ...] = ()
    night: tuple[UnitRate, ...] = ()

    @property
    def ends_at(self) -> datetime | None:
        """Until when they reach; ``None`` where one is open."""
        rates = self.by_time or self.day
        if any(rate.end is None for rate in rates):
            return None
        return max((rate.end for rate in rates if rate.end is not None), default=self.read_at)

    def rate_at(self, at: datetime) -> float | None:
        """Return the tariff's own rate at an instant, whatever slots there are."""
        if self.by_time:
            return _rate(self.by_time, at)
        window = TWO_REGISTER_NIGHT if self.tariff_code.startswith("E-2R-") else OFF_PEAK
        return _rate(self.day if window.covering(at) is None else self.night, at)

    def cheap_rate_at(self, at: datetime) -> float | None:
        """Return the rate of a smart slot at an instant: that of the night before and after it."""
        if self.by_time:
            return min((rate.gbp_per_kwh for rate in self.by_time if rate.is_near(at)), default=None)
        return _rate(self.night, at)


@dataclass(frozen=True, slots=True)
class HouseRates:
    """All that is known of what the house pays and gets.

    ``has_export`` is whether an export agreement is in force, ``None`` where Octopus could not be asked.
    """

    imported: TariffRates | None = None
    exported: TariffRates | None = None
    has_export: bool | None = None
    typed: TypedRates = field(default_factory=TypedRates)

    def import_rate_at(self, at: datetime, tariff: Tariff) -> float | None:
        """Return what imported energy costs at an instant outside a smart slot."""
        if self.typed.import_day is not None:
            night = self.typed.import_night
            return night if night is not None and tariff.cheap_window(at) is not None else self.typed.import_day
        return self.imported.rate_at(at) if self.imported else None

    def slot_rate_at(self, at: datetime) -> float | None:
        """Return what imported energy costs at an instant in a smart slot."""
        if self.typed.import_night is not None:
            return self.typed.import_night
        if self.typed.import_day is not None:
            return self.typed.import_day
        return self.imported.cheap_rate_at(at) if self.imported else None

    def export_rate_at(self, at: datetime) -> float | None:
        """Return what exported energy earns at an instant: nothing where there is certainly no agreement for it."""
        if self.typed.export is not None:
            return self.typed.export
        if self.exported is not None:
            return self.exported.rate_at(at)
        return 0.0 if self.has_export is False else None


def choose_import(
    contracts: Iterable[Contract], at: datetime, product_code: str | None, home: str | None
) -> Contract | None:
    """Return the import contract to price by: that of the product whose agreement decides, else the newest in force."""
    current = [contract for contract in _at_home(contracts, at, home) if not contract.is_export]
    of_product = [contract for contract in current if contract.product_code == product_code]
    return max(of_product or current, key=lambda contract: contract.valid_from, default=None)


def choose_export(contracts: Iterable[Contract], at: datetime, home: str | None) -> Contract | None:
    """Return the export contract in force, the newest where there are several."""
    current = (contract for contract in _at_home(contracts, at, home) if contract.is_export)
    return max(current, key=lambda contract: contract.valid_from, default=None)


def _at_home(contracts: Iterable[Contract], at: datetime, home: str | None) -> list[Contract]:
    return [
        contract
        for contract in contracts
        if contract.valid_at(at) and (home is None or contract.property_id in {None, home})
    ]


def _rate(rates: Iterable[UnitRate], at: datetime) -> float | None:
    """Return the rate that holds at an instant; of several the one that began last."""
    holding = (rate for rate in rates if rate.holds_at(at))
    found = max(holding, key=lambda rate: rate.start, default=None)
    return found.gbp_per_kwh if found else None
