"""What battery, sun and car did in the hours that the card shows: from the recorder, and as it happens.

Without the recorder the lines begin when the card was opened. Nothing of it is kept once nobody looks.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, UnitOfPower
from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import PowerConverter

from ..domain.price.evidence import reading_of
from ..powerwall.reading import as_number

# A line of 36 hours on 400 pixels shows no more than this.
LEVEL_EVERY_S: Final = 300
LEVEL_STEP_PCT: Final = 2
SUN_EVERY_S: Final = 900

type Row = tuple[float, str]
"""Seconds since 1970, and a state."""
type Point = list[float | None]
"""Seconds since 1970, and a value; ``None`` from where on nothing is known."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The entities that are watched, and from which power on the car counts as charging."""

    level: str | None = None
    reserve: str | None = None
    sun: str | None = None
    charger: str | None = None
    threshold_w: float | None = None

    @property
    def ids(self) -> list[str]:
        """All that there are."""
        return [one for one in (self.level, self.reserve, self.sun, self.charger) if one is not None]


class History:
    """The states of some entities since an instant, and on."""

    def __init__(self, hass: HomeAssistant, sources: Sources, since: datetime) -> None:
        self.sources = sources
        self._hass = hass
        self._since = since
        self._past: dict[str, list[Row]] = {}
        self._seen: dict[str, list[Row]] = {}
        for entity_id in sources.ids:
            self._see(hass.states.get(entity_id), dt_util.utcnow())

    @callback
    def async_follow(self) -> CALLBACK_TYPE:
        """Take in what changes from now on."""
        return async_track_state_change_event(self._hass, self.sources.ids, self._changed)

    async def async_read_past(self) -> None:
        """Take in what the recorder has, where there is one."""
        if "recorder" not in self._hass.config.components or not self.sources.ids:
            return
        found = await get_instance(self._hass).async_add_executor_job(_recorded(self._hass, self._since, self.sources))
        self._past = {
            entity_id: [(state.last_updated_timestamp, state.state) for state in states]
            for entity_id, states in found.items()
        }

    def forget_before(self, since: datetime) -> None:
        """Drop what lies before the time axis, but for the value that it begins with."""
        self._since, begin = since, since.timestamp()
        for kept in (self._past, self._seen):
            for entity_id, rows in kept.items():
                before = [row for row in rows if row[0] <= begin][-1:]
                kept[entity_id] = [(begin, state) for _, state in before] + [row for row in rows if row[0] > begin]

    @property
    def level(self) -> list[Point]:
        """The battery's level in %. A level of 0 is what Tesla's integrations report for none (design 4.3)."""
        points = (
            (at, value if value is not None and 0 < value <= 100 else None) for at, value in self._values("level")
        )
        return list(thin_out(points, LEVEL_EVERY_S, LEVEL_STEP_PCT))

    @property
    def reserve(self) -> list[Point]:
        """The steps of the backup reserve in %."""
        return list(thin_out(self._values("reserve"), 0, 0))

    @property
    def sun(self) -> list[Point]:
        """The mean power of the sun in kW, quarter of an hour by quarter."""
        state = self._hass.states.get(self.sources.sun) if self.sources.sun else None
        unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if state else None
        if unit not in PowerConverter.VALID_UNITS:
            return []
        factor = PowerConverter.convert(1, unit, UnitOfPower.KILO_WATT)
        return list(_means(self._values("sun"), SUN_EVERY_S, factor))

    @property
    def car(self) -> list[tuple[int, int]]:
        """From when to when the picked entity showed the car charging; the end of the last may be now."""
        entity_id = self.sources.charger
        state = self._hass.states.get(entity_id) if entity_id else None
        unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if state else None
        spans: list[tuple[int, int]] = []
        began, was = None, None
        for at, said in self._rows(entity_id):
            reading = reading_of(said, unit, self.sources.threshold_w, was)
            was = was if reading is None else reading
            if was and began is None:
                began = round(at)
            elif not was and began is not None:
                spans.append((began, round(at)))
                began = None
        if began is not None:
            spans.append((began, round(dt_util.utcnow().timestamp())))
        return spans

    def _values(self, name: str) -> Iterator[tuple[float, float | None]]:
        return ((at, as_number(state)) for at, state in self._rows(getattr(self.sources, name)))

    def _rows(self, entity_id: str | None) -> Iterator[Row]:
        """Return what is known of an entity, in order; what was seen by ourselves goes before what was recorded."""
        if entity_id is None:
            return
        seen = self._seen.get(entity_id, [])
        yield from (row for row in self._past.get(entity_id, []) if not seen or row[0] < seen[0][0])
        yield from seen

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        self._see(event.data["new_state"], event.time_fired)

    def _see(self, state: State | None, at: datetime) -> None:
        if state is not None:
            self._seen.setdefault(state.entity_id, []).append((at.timestamp(), state.state))


def thin_out(points: Iterable[tuple[float, float | None]], every_s: int, step: float) -> Iterator[Point]:
    """Leave out what a line does not need: what repeats the value before, and what is close to it in time and value."""
    kept: tuple[float, float | None] | None = None
    last: tuple[float, float | None] | None = None
    for at, value in points:
        last = (at, value)
        if kept is not None:
            before, was = kept
            if value == was:
                continue
            if value is not None and was is not None and at - before < every_s and abs(value - was) < step:
                continue
        yield _point(at, value)
        kept = last
    if last is not None and last != kept:
        yield _point(*last)


def _point(at: float, value: float | None) -> Point:
    return [round(at), None if value is None else round(value, 1)]


def _means(points: Iterable[tuple[float, float | None]], every_s: int, factor: float) -> Iterator[Point]:
    """Yield the mean of what was reported in each part of time; a part without any power is left out."""
    sums: dict[int, tuple[float, int]] = {}
    for at, value in points:
        if value is not None and value > 0:
            start = int(at // every_s) * every_s
            total, count = sums.get(start, (0.0, 0))
            sums[start] = (total + value, count + 1)
    for at, (total, count) in sorted(sums.items()):
        yield [at, round(total / count * factor, 2)]


def _recorded(hass: HomeAssistant, since: datetime, sources: Sources) -> Callable[[], dict[str, list[Any]]]:
    """Return what reads the recorder's history, in a thread of its own."""
    from homeassistant.components.recorder.history import get_significant_states

    def read() -> dict[str, list[Any]]:
        return get_significant_states(
            hass, since, None, sources.ids, significant_changes_only=False, no_attributes=True
        )

    return read
