"""The books: the ledger with its sums, which outlive its half hours, and what the owner is told (design 9.2 to 9.4)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ..model import Dispatch, DispatchType
from ..price.allowance import HALF_HOURS_A_DAY, LEAST_ENERGY_KWH
from ..windows import HALF_HOUR, LONDON, half_hours_in, midday_before
from .half_hour import HalfHour, Prices, is_at_slot_rate, needs_confirmation, saved_gbp
from .ledger import Ledger, Measurement, measure

# Octopus' completed rows have all come by then (design 9.4).
CONFIRMED_WITHIN = timedelta(hours=24)
DAYS_KEPT = 62

type PricesAt = Callable[[datetime], Prices | None]


@dataclass(frozen=True, slots=True)
class Day:
    """The sums of a London day; ``settled_gbp`` without what is still open to correction."""

    date: str
    settled_gbp: float = 0.0
    charged_kwh: float = 0.0
    kept_kwh: float = 0.0


@dataclass(frozen=True, slots=True)
class Books:
    """The ledger and its sums since the beginning; energies in kWh."""

    ledger: Ledger = field(default_factory=Ledger)
    settled_gbp: float = 0.0
    charged_kwh: float = 0.0
    kept_kwh: float = 0.0
    days: tuple[Day, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """What the owner is told. Pounds may be negative: energy is paid for before it is used.

    Attributes:
        saved_gbp: since the beginning.
        is_priced: some half hour has had its rates.
        provisional_gbp: what of it Octopus has not confirmed yet.
        unpriced: half hours of the last 14 days that made a difference and have no rate.
        unseen_today_s: the seconds of today, up to the last full half hour, that were not measured.
    """

    charged_kwh: float
    kept_kwh: float
    saved_gbp: float
    is_priced: bool
    provisional_gbp: float
    today_gbp: float
    month_gbp: float
    today_charged_kwh: float
    today_kept_kwh: float
    unpriced: int
    unseen_today_s: float


def take_measurement(books: Books, look: Measurement) -> tuple[Books, tuple[HalfHour, ...]]:
    """Take in a look; also the half hours that it has closed, whose energies are in the sums now."""
    result = measure(books.ledger, look)
    if result.ledger is books.ledger:
        return books, ()
    books = replace(books, ledger=result.ledger)
    for row in result.closed:
        books = replace(
            books,
            charged_kwh=books.charged_kwh + row.charged_kwh,
            kept_kwh=books.kept_kwh + row.kept_kwh,
            days=_add_to_day(books.days, row.start, charged_kwh=row.charged_kwh, kept_kwh=row.kept_kwh),
        )
    return books, result.closed


def settle(
    books: Books, now: datetime, prices_at: PricesAt, completed: Iterable[Dispatch], *, charge_cap: bool
) -> Books:
    """Price what is over, and settle what nothing can change any more."""
    if all(row.settled for row in books.ledger.rows):
        return books
    charged_in = _charged_half_hours(completed, now)
    rows = [row if row.settled else _price(row, prices_at, charged_in) for row in books.ledger.rows]
    for index, row in enumerate(rows):
        if row.settled:
            continue
        waits = needs_confirmation(row, charge_cap=charge_cap)
        is_over = row.start + HALF_HOUR + CONFIRMED_WITHIN <= now
        is_slot_rate = is_at_slot_rate(row.band)
        if waits and (is_over or row.confirmed):
            is_slot_rate = row.confirmed and _is_within_allowance(row, rows)
        judged = replace(row, is_slot_rate=is_slot_rate)
        gbp = saved_gbp(judged)
        is_final = (is_over or not waits) and (gbp is not None or not row.differs)
        rows[index] = replace(judged, settled=is_final)
        if not is_final:
            continue
        books = replace(
            books,
            settled_gbp=books.settled_gbp + (gbp or 0.0),
            days=_add_to_day(books.days, row.start, settled_gbp=gbp or 0.0),
        )
    return replace(books, ledger=replace(books.ledger, rows=tuple(rows)))


def sum_up(books: Books, now: datetime) -> Figures:
    """Add up what the owner is told; half hours that still run are not in it."""
    today = _date(now)
    open_gbp: dict[str, float] = {}
    provisional, unpriced = 0.0, 0
    for row in books.ledger.rows:
        if row.settled or not row.differs:
            continue
        gbp = saved_gbp(row)
        if gbp is None:
            unpriced += 1
            continue
        open_gbp[_date(row.start)] = open_gbp.get(_date(row.start), 0.0) + gbp
        provisional += gbp
    by_date = {day.date: day for day in books.days}
    this_day = by_date.get(today, Day(today))
    month = sum(day.settled_gbp for day in books.days if day.date[:7] == today[:7])
    month += sum(gbp for date, gbp in open_gbp.items() if date[:7] == today[:7])
    return Figures(
        charged_kwh=books.charged_kwh,
        kept_kwh=books.kept_kwh,
        saved_gbp=books.settled_gbp + provisional,
        is_priced=books.settled_gbp != 0 or any(row.prices is not None for row in books.ledger.rows),
        provisional_gbp=provisional,
        today_gbp=this_day.settled_gbp + open_gbp.get(today, 0.0),
        month_gbp=month,
        today_charged_kwh=this_day.charged_kwh,
        today_kept_kwh=this_day.kept_kwh,
        unpriced=unpriced,
        unseen_today_s=_unseen_today_s(books.ledger, now),
    )


def _is_within_allowance(row: HalfHour, rows: Iterable[HalfHour]) -> bool:
    """Whether it is among the first twelve of its midday-to-midday in which the car charged (design 3.7)."""
    midday = midday_before(row.start)
    before = sum(1 for other in rows if other.confirmed and midday <= other.start < row.start)
    return before < HALF_HOURS_A_DAY


def _price(row: HalfHour, prices_at: PricesAt, charged_in: frozenset[datetime]) -> HalfHour:
    prices = row.prices or prices_at(row.start)
    confirmed = row.confirmed or row.start in charged_in
    return (
        row if prices is row.prices and confirmed is row.confirmed else replace(row, prices=prices, confirmed=confirmed)
    )


def _charged_half_hours(completed: Iterable[Dispatch], now: datetime) -> frozenset[datetime]:
    """Return the half hours in which Octopus says that the car charged; spill-over of a neighbour does not count."""
    oldest = now - CONFIRMED_WITHIN - CONFIRMED_WITHIN
    return frozenset(
        start
        for row in completed
        if row.type not in (DispatchType.BOOST, DispatchType.TEST)
        and oldest <= row.start
        and row.end - row.start <= CONFIRMED_WITHIN
        and (row.energy_kwh is None or row.energy_kwh >= LEAST_ENERGY_KWH)
        for start in half_hours_in(row.interval)
    )


def _add_to_day(
    days: tuple[Day, ...], at: datetime, *, settled_gbp: float = 0.0, charged_kwh: float = 0.0, kept_kwh: float = 0.0
) -> tuple[Day, ...]:
    if not (settled_gbp or charged_kwh or kept_kwh):
        return days
    date = _date(at)
    day = next((day for day in days if day.date == date), Day(date))
    day = Day(date, day.settled_gbp + settled_gbp, day.charged_kwh + charged_kwh, day.kept_kwh + kept_kwh)
    others = (other for other in days if other.date != date)
    return tuple(sorted((*others, day), key=lambda day: day.date))[-DAYS_KEPT:]


def _unseen_today_s(ledger: Ledger, now: datetime) -> float:
    """Return what was not measured of today, from the first half hour known on."""
    today = [row for row in ledger.rows if _date(row.start) == _date(now)]
    if not today or ledger.open is None:
        return 0.0
    first = min(row.start for row in today)
    return max((ledger.open.start - first).total_seconds() - sum(row.seen_s for row in today), 0.0)


def _date(at: datetime) -> str:
    return at.astimezone(LONDON).date().isoformat()
