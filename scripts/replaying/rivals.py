"""Other ways to run a Powerwall, as their owners describe them. They write without reading back, as those do."""

from collections.abc import Iterable
from dataclasses import dataclass

from .car import Row
from .clock import Spans, nights, widened
from .simulate import Clockwork
from .year import Regime, Year

_POLL_S = 180.0
_NETZERO_POLL_S = 300.0
_SENT_AGAIN_S = 180.0


@dataclass(frozen=True, slots=True)
class Want:
    """A stretch of time in which a rival raises the reserve; ``percent`` is ``None`` for the level found then."""

    start: float
    end: float
    percent: float | None = 100.0


class Scheduled:
    """Raises the reserve over spans that are known in the end, and puts the owner's back after each.

    ``sent_again`` sends every value a second time after three minutes, as Netzero does.
    """

    def __init__(self, wants: Iterable[Want], *, sent_again: bool = False) -> None:
        self._wants = tuple(wants)
        self._sent_again = sent_again

    def start(self, clockwork: Clockwork) -> None:
        """Put all spans on the clock."""
        self._clockwork = clockwork
        raised = Spans.of([(want.start, want.end) for want in self._wants])
        for want in self._wants:
            clockwork.at(want.start, lambda now, want=want: self._raise(now, want))
        for end in raised.ends:
            clockwork.at(end, lambda now: self._write(now, clockwork.year.given.reserve_pct))

    def _raise(self, now: float, want: Want) -> None:
        battery = self._clockwork.battery
        self._write(now, max(float(int(battery.level_pct)), self._owners) if want.percent is None else want.percent)

    @property
    def _owners(self) -> float:
        return self._clockwork.year.given.reserve_pct

    def _write(self, now: float, percent: float) -> None:
        self._clockwork.cloud.write(now, percent)
        if self._sent_again:
            self._clockwork.at(now + _SENT_AGAIN_S, lambda then: self._clockwork.cloud.write(then, percent))


def nothing(_year: Year) -> Scheduled:
    """The owner's reserve all year."""
    return Scheduled(())


def night_only(year: Year) -> Scheduled:
    """Reserve 100 from 23:40 to 05:30, as seed 000 advises for nights."""
    return Scheduled(_nights(year))


def netzero(year: Year) -> Scheduled:
    """Netzero as of seed 000 with its night automation: 100 in listed slots by day, each poll five minutes apart."""
    slots = [Want(start, end) for row in _by_day(year) for start, end in _noticed(row, _NETZERO_POLL_S)]
    return _merged([*slots, *_tails(year, slots), *_nights(year)], sent_again=True)


def netzero_following(year: Year) -> Scheduled:
    """Netzero since August 2026 with the car linked: on a charge cap 100 only while the car draws, a minute late."""
    if year.regime is Regime.WHOLE_SLOT:
        return netzero(year)
    slots = [
        Want(row.draws_from + 60, row.draws_to + 60) for row in _by_day(year) if row.draws_to - row.draws_from > 120
    ]
    return _merged([*slots, *_tails(year, slots), *_nights(year)], sent_again=True)


def dispatching(year: Year) -> Scheduled:
    """An automation on BottlecapDave's off-peak sensor: whole half hours, listed three minutes late at most."""
    slots = [
        Want(start, widened(row.start, row.ran_to)[1]) for row in _by_day(year) for start, _ in _noticed(row, _POLL_S)
    ]
    whole_nights = [Want(start, end) for start, end in nights(year.days)]
    return _merged([*slots, *whole_nights])


def half_hours_held(year: Year) -> Scheduled:
    """100 at night; in every half hour that a slot by day touches the level is held, and nothing is bought."""
    slots = [
        Want(start, widened(row.start, row.ran_to)[1], None)
        for row in _by_day(year)
        for start, _ in _noticed(row, _POLL_S)
    ]
    return _merged([*slots, *_nights(year)])


def predbat_like(year: Year) -> Scheduled:
    """Fills the night and every half hour that a listed slot touches, as planned ahead, every two minutes."""
    slots = []
    for row in _by_day(year):
        for start, _ in _noticed(row, 120.0):
            first, last = widened(row.start, row.ran_to)
            slots.append(Want(start if row.listed_from > first else first, last))
    whole_nights = [Want(start, end) for start, end in nights(year.days)]
    return _merged([*slots, *whole_nights])


def _nights(year: Year) -> list[Want]:
    return [Want(start + 600, end) for start, end in nights(year.days)]


def _by_day(year: Year) -> list[Row]:
    """The rows that were slots and reach out of the night."""
    return [
        row
        for row in year.car.rows
        if row.is_run and not (year.nights.covers(row.start) and year.nights.covers(row.ran_to - 1))
    ]


def _noticed(row: Row, poll_s: float) -> list[tuple[float, float]]:
    """When somebody who polls every ``poll_s`` takes a row for running; half a poll late where it is news."""
    start = max(row.start, row.listed_from + poll_s / 2)
    end = row.end if row.listed_to >= row.end else row.listed_to + poll_s / 2
    return [(start, end)] if start < end else []


def _tails(year: Year, slots: list[Want]) -> list[Want]:
    """A slot that ends in the night is held to its end."""
    return [
        Want(slot.end, end)
        for slot in slots
        for start, end in nights(year.days)
        if start <= slot.end < end and slot.start < start
    ]


def _merged(wants: list[Want], *, sent_again: bool = False) -> Scheduled:
    """Charging spans joined, so that nothing is written between two that abut."""
    full = Spans.of([(want.start, want.end) for want in wants if want.percent is not None])
    held = [want for want in wants if want.percent is None and not full.covers(want.start)]
    spans = [Want(start, end) for start, end in full.pairs()]
    return Scheduled([*spans, *held], sent_again=sent_again)
