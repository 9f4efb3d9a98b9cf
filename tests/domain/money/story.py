"""Words for tests of the money: looks at a house with one battery, and days of it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from custom_components.octopus_powerwall.domain.money.books import Books, take_measurement
from custom_components.octopus_powerwall.domain.money.half_hour import Cheapness, HalfHour
from custom_components.octopus_powerwall.domain.money.ledger import DecidedState, Flows, Ledger, Measurement, measure
from custom_components.octopus_powerwall.domain.money.shadow import Habits, Traits
from custom_components.octopus_powerwall.domain.reserve.situation import OperationMode
from custom_components.octopus_powerwall.domain.settings import Intent

MINUTE = timedelta(minutes=1)
TRAITS = Traits()


def at(clock: str, day: int = 18) -> datetime:
    """A time in November 2026, when London's clocks show UTC."""
    return datetime.fromisoformat(f"2026-11-{day:02}T{clock}").replace(tzinfo=UTC)


def course(
    *,
    held: bool = False,
    reserve: float | None = 20,
    band: Cheapness = Cheapness.DEAR,
    in_slot: bool = False,
    mode: OperationMode = OperationMode.SELF_POWERED,
    is_night: bool = False,
) -> DecidedState:
    """What is decided: nothing, unless told otherwise."""
    habits = None if reserve is None else Habits(reserve, mode, is_night)
    return DecidedState(habits, held, Intent.CHARGE if held else None, band, in_slot)


def look(
    when: datetime,
    battery_kw: float | None = 0.0,
    grid_kw: float = 0.0,
    level: float | None = 50.0,
    decided: DecidedState | None = None,
    **flows: float,
) -> Measurement:
    """One look."""
    seen = None if battery_kw is None else Flows(battery_kw, grid_kw, **flows)
    return Measurement(when, seen, level, decided or course(), TRAITS)


def through(looks: Iterable[Measurement], ledger: Ledger | None = None) -> tuple[Ledger, list[HalfHour]]:
    """The ledger after looks, and all that they closed."""
    ledger = ledger or Ledger()
    closed: list[HalfHour] = []
    for one in looks:
        result = measure(ledger, one)
        ledger = result.ledger
        closed += result.closed
    return ledger, closed


def kept(looks: Iterable[Measurement], books: Books | None = None) -> Books:
    """The books after looks."""
    books = books or Books()
    for one in looks:
        books, _ = take_measurement(books, one)
    return books


def minutes(first: datetime, last: datetime) -> list[datetime]:
    """Every minute from one to the other, both included."""
    return [first + MINUTE * step for step in range(int((last - first) / MINUTE) + 1)]
