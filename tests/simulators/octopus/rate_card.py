"""What Octopus' products cost: the bands of their rates (facts/octopus.md 5.3 and 5.4), in pence before VAT."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from .rows import LONDON

# Domestic electricity: 5 % until October 2026, then none for half a year.
_VAT_FREE = (datetime(2026, 9, 30, 23, tzinfo=UTC), datetime(2027, 3, 31, 23, tzinfo=UTC))
_EXPORT_CUT = datetime(2026, 3, 1, tzinfo=UTC)
_SUMMER = datetime(2026, 7, 1, tzinfo=UTC)
_HALF_HOUR = timedelta(minutes=30)
DIRECT_DEBIT, NO_DIRECT_DEBIT = "DIRECT_DEBIT", "NON_DIRECT_DEBIT"
FOUR_RATES = {"day": 30.77, "night": 5.23, "ev_device_peak": 30.77, "ev_device_off_peak": 5.23}
TWO_REGISTERS = {"day": 28.0, "night": 14.0}
# What a kilowatt hour costs elsewhere than in the simulator's own region, against there.
REGIONS = {"A": 1.1, "H": 1.0, "P": 0.9}


@dataclass(frozen=True, slots=True)
class Record:
    """One published rate; ``end`` ``None`` is open."""

    pence: float
    start: datetime
    end: datetime | None
    payment: str | None = None


@dataclass(slots=True)
class RateCard:
    """What is published. ``pence`` replaces a product's rates by one for all hours; ``silent`` ones publish none."""

    pence: dict[str, float] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)

    def standard(self, product: str, now: datetime) -> Iterator[Record]:
        """The records under the standard name, newest first; none where the product has none."""
        if product in self.silent or is_four_rate(product):
            return
        if product in self.pence:
            yield Record(self.pence[product], _SUMMER, None)
            return
        match product.split("-"):
            case ["INTELLI", "FLUX", *_] | ["FLUX", *_]:
                export = "EXPORT" in product
                yield from _daily(now, _FLUX_EXPORT if export else _FLUX_IMPORT)
            case ["INTELLI", *_] | ["IOG", "KDP", *_]:
                yield from _daily(now, (("05:30", 29.0), ("23:30", 7.0)))
            case ["GO", *_]:
                yield from _daily(now, (("00:30", 8.5), ("05:30", 28.0)))
            case ["SNUG", *_]:
                yield from _daily(now, (("00:30", 12.0), ("06:30", 28.0)))
            case ["COSY", *_]:
                yield from _daily(now, _COSY)
            case ["AGILE", *kind]:
                yield from _half_hourly(now, 8.0 if "OUTGOING" in kind else 18.0)
            case ["OUTGOING", *_]:
                yield Record(12.0, _EXPORT_CUT, None)
                yield Record(15.0, datetime(2024, 10, 26, tzinfo=UTC), _EXPORT_CUT)
            case ["OE", "FIX", *_]:
                yield Record(24.5, _SUMMER, None, NO_DIRECT_DEBIT)
                yield Record(23.0, _SUMMER, None, DIRECT_DEBIT)
            case _:
                yield Record(24.5, _SUMMER, None)

    def by_register(self, product: str, register: str) -> float | None:
        """The open rate of a product that names its rates instead of their hours."""
        return None if product in self.silent else FOUR_RATES.get(register)


def is_four_rate(product: str) -> bool:
    """Whether a product has rates of its own for the car."""
    return product.startswith("IOG-SMB-")


def vat_at(product: str, at: datetime) -> float:
    """The factor of VAT, which exported energy never bears."""
    free = "OUTGOING" in product or "EXPORT" in product or _VAT_FREE[0] <= at < _VAT_FREE[1]
    return 1.0 if free else 1.05


_FLUX_IMPORT = (("02:00", 16.0), ("05:00", 27.0), ("16:00", 38.0), ("19:00", 27.0))
_FLUX_EXPORT = (("02:00", 5.0), ("05:00", 10.0), ("16:00", 30.0), ("19:00", 10.0))
_COSY = (
    ("00:00", 27.0),
    ("04:00", 13.0),
    ("07:00", 27.0),
    ("13:00", 13.0),
    ("16:00", 40.0),
    ("19:00", 27.0),
    ("22:00", 13.0),
)


def _daily(now: datetime, bands: tuple[tuple[str, float], ...]) -> Iterator[Record]:
    """The same bands every day, by the clock in London, from a week ago to the end of tomorrow."""
    today = now.astimezone(LONDON).date()
    edges = [(_at(today + timedelta(days=days), clock), pence) for days in range(-7, 3) for clock, pence in bands]
    ends = [start for start, _ in edges[1:]]
    for (start, pence), end in reversed(list(zip(edges, ends, strict=False))):
        if start < _at(today + timedelta(days=2), "00:00"):
            yield Record(pence, start, end)


def _half_hourly(now: datetime, middle: float) -> Iterator[Record]:
    """A price for each half hour; tomorrow's are out at four in the afternoon."""
    local = now.astimezone(LONDON)
    last = _at(local.date() + timedelta(days=2 if local.hour >= 16 else 1), "00:00") - timedelta(hours=1)
    start = _at(local.date() - timedelta(days=7), "00:00")
    starts = [start + _HALF_HOUR * step for step in range(int((last - start) / _HALF_HOUR))]
    for at in reversed(starts):
        yield Record(_wave(middle, at), at, at + _HALF_HOUR)


def _wave(middle: float, at: datetime) -> float:
    local = at.astimezone(LONDON)
    return round(middle + 12.0 * ((local.hour + local.minute / 60 - 12) / 12) ** 3, 2)


def _at(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), LONDON).astimezone(UTC)
