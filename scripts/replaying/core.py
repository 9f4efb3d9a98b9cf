"""This integration's own decision core as a policy. The only file of the replay that knows the core.

The core is asked when something may have changed, as in Home Assistant: after a poll, when the car begins or stops,
after a write, when a reading is due, and whenever the core itself asks to be woken. Between those nothing changes for
it, so a year takes seconds and not hours.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from custom_components.octopus_powerwall.domain.decide import decide
from custom_components.octopus_powerwall.domain.model import (
    Account,
    Agreement,
    Device,
    DeviceRead,
    Dispatch,
    DispatchType,
    Poll,
)
from custom_components.octopus_powerwall.domain.price.evidence import Evidence, steady
from custom_components.octopus_powerwall.domain.reserve.memory import note_write_returned
from custom_components.octopus_powerwall.domain.reserve.situation import Battery as BatteryReadings
from custom_components.octopus_powerwall.domain.reserve.target import Level
from custom_components.octopus_powerwall.domain.reserve.writing import Reading
from custom_components.octopus_powerwall.domain.settings import (
    DEFAULT_WHOLE_HALF_HOURS,
    NightGuard,
    PolicyChoice,
    Settings,
    WholeHalfHours,
)
from custom_components.octopus_powerwall.domain.status import Snapshot
from custom_components.octopus_powerwall.domain.world import Inputs, World, with_poll
from custom_components.octopus_powerwall.powerwall.tesla import TESLA_LIMITS

from .car import Row
from .clock import instant
from .simulate import Clockwork
from .sun_room import Room
from .year import Regime, listed_at

_POLL_S = 180.0
_EDGE_S = 30.0
_READ_S = 60.0
_ANSWER_S = 5.0
_COMPLETED_AFTER_S = 1800.0
_LOOKED_BACK_S = 43200.0
_LONGEST_CHAIN = 6
_CODES = {Regime.WHOLE_SLOT: "INTELLI-VAR-22-10-14", Regime.CHARGE_CAP: "IOG-SMB-VAR-24-10-29"}
_CAR = Device("car", is_charger=True, provider="TESLA", lifecycle="LIVE", state="SMART_CONTROL_CAPABLE")


@dataclass(frozen=True, slots=True)
class Setup:
    """How an owner has set the integration up, by the names of its options; ``None`` is the default.

    ``charger`` is whether an entity shows the car charging, ``off_in_summer`` switches everything off from April to
    September, ``room_for_sun`` is the option of that name, with a forecast.
    """

    night_guard: str | None = None
    whole_half_hours: str | None = None
    slot_policy: str = PolicyChoice.AUTOMATIC
    charger: bool = True
    off_in_summer: bool = False
    room_for_sun: bool = True

    def settings(self) -> Settings:
        """What the core is given."""
        settings = Settings(whole_half_hours=DEFAULT_WHOLE_HALF_HOURS, slot_policy=PolicyChoice(self.slot_policy))
        if self.night_guard is not None:
            settings = replace(settings, night_guard=NightGuard(self.night_guard))
        if self.whole_half_hours is not None:
            settings = replace(settings, whole_half_hours=WholeHalfHours(self.whole_half_hours))
        return settings


class Product:
    """The core in a house: it polls, reads, is looked at and writes as the integration does."""

    def __init__(self, setup: Setup, seed: int) -> None:
        self._setup = setup
        self._settings = setup.settings()
        self._random = Random(f"polls {seed}")
        self._world = World()
        self._evidence = Evidence()
        self._drawing: bool | None = None
        self._wake_s: float | None = None
        self._asked_s = 0.0
        self._rows: tuple[Row, ...] = ()
        self._next_row = 0
        self.looks = 0
        self.snapshot = Snapshot()

    def start(self, clockwork: Clockwork) -> None:
        """Move in."""
        self._clockwork = clockwork
        self._room = Room(clockwork.year) if self._setup.room_for_sun and any(clockwork.year.sun) else None
        agreement = Agreement(_CODES[clockwork.year.regime], instant(-86400.0 * 90))
        self._world = World(account=Account(instant(0), (agreement,)))
        if self._setup.charger:
            self._drawing = False
            lag = clockwork.year.given.entity_lag_s
            for start, end in clockwork.year.car.drawing():
                clockwork.at(start + lag, lambda now: self._car_seen(now, drawing=True))
                clockwork.at(end + lag, lambda now: self._car_seen(now, drawing=False))
        for when in sorted(self._poll_times()):
            clockwork.at(when, self._poll)
        clockwork.at(0.0, self._look)

    # --- Octopus ----------------------------------------------------------------------------------------

    def _poll_times(self) -> set[float]:
        """When a poll can bring news or keeps a plan fresh; polls that could not change anything are left out."""
        year, times = self._clockwork.year, {0.0}
        phase = self._random.uniform(0, _POLL_S)

        def after(at_s: float, count: int) -> None:
            first = (at_s - phase) // _POLL_S + 1
            times.update(phase + (first + number) * _POLL_S for number in range(count))

        for row in year.car.rows:
            after(row.listed_from, 1)
            if row.listed_to < row.end:
                after(row.listed_to, 3)
            if year.nights.covers(row.start) and year.nights.covers(row.end - 1):
                continue
            times.update((row.start - _EDGE_S, row.start + _EDGE_S, row.ran_to - _EDGE_S, row.ran_to + _EDGE_S))
            # A plan counts as fresh for 15 min: of the polls in a slot every third does.
            fresh_for = 3 * _POLL_S
            count = int((row.ran_to - row.start) // fresh_for)
            times.update(row.start + number * fresh_for for number in range(1, count + 1))
        return {time for time in times if time >= 0}

    def _poll(self, now: float) -> None:
        year = self._clockwork.year
        rows = year.car.rows
        while self._next_row < len(rows) and rows[self._next_row].listed_from <= now:
            self._rows += (rows[self._next_row],)
            self._next_row += 1
        self._rows = tuple(row for row in self._rows if row.end > now - _LOOKED_BACK_S)
        listed = listed_at(self._rows, now)
        away = any(not row.plugged and row.state_tells for row in listed) and not year.car.plugged.covers(now)
        device = replace(_CAR, state="SMART_CONTROL_NOT_AVAILABLE") if away else _CAR
        dispatches = tuple(_dispatch(row.start, row.end) for row in listed)
        completed = tuple(
            _dispatch(row.draws_from, row.draws_to)
            for row in self._rows
            if row.draws_to > row.draws_from and row.draws_to <= now - _COMPLETED_AFTER_S
        )
        answer = Poll(instant(now), (device,), (DeviceRead(device, dispatches),), completed=completed)
        self._world = with_poll(self._world, answer)
        self._look(now)

    # --- what is seen ----------------------------------------------------------------------------------

    def _car_seen(self, now: float, *, drawing: bool) -> None:
        self._drawing = drawing
        self._look(now)

    def _readings(self, now: float) -> BatteryReadings:
        """What the battery's entities show: read once a minute, and when somebody asks."""
        read_s = max(now // _READ_S * _READ_S, self._asked_s)
        read_at, level_pct = instant(read_s), self._clockwork.battery.level_pct
        reserve = round(self._clockwork.cloud.shown(read_s))
        return BatteryReadings(
            Reading(reserve, read_at, instant(self._asked_s) if self._asked_s else None),
            Level(round(level_pct, 1), read_at),
            limits=TESLA_LIMITS,
        )

    def _inputs(self, now: float, moment: datetime) -> Inputs:
        self._evidence = steady(self._evidence, self._drawing, moment)
        settings = self._settings
        if self._setup.off_in_summer and 4 <= moment.month <= 9:
            settings = replace(settings, automation=False)
        return Inputs(
            settings=settings,
            battery=self._readings(now),
            evidence=self._evidence.value,
            car_stopped_at=self._evidence.stopped_at,
            evidence_wake_at=self._evidence.wake_at,
            sun_target=self._room.target_at(now) if self._room else None,
        )

    # --- deciding --------------------------------------------------------------------------------------

    def _look(self, now: float) -> None:
        moment = instant(now)
        for _ in range(_LONGEST_CHAIN):
            outcome = decide(self._world, moment, self._inputs(now, moment))
            self.looks += 1
            self.snapshot = outcome.snapshot
            self._world = outcome.world
            if outcome.decision.refresh:
                self._clockwork.at(now + _ANSWER_S, self._answered)
            if outcome.decision.write is None:
                break
            self._clockwork.cloud.write(now, outcome.decision.write)
            self._world = replace(self._world, memory=note_write_returned(self._world.memory, moment, failed=False))
        else:
            raise RuntimeError(f"the core asks for one write after the other at {moment}")
        self._wake(outcome.wake_at)

    def _answered(self, now: float) -> None:
        self._asked_s = now
        self._look(now)

    def _wake(self, wake_at: datetime | None) -> None:
        if wake_at is None:
            return
        wake_s = (wake_at - instant(0)).total_seconds()
        if wake_s == self._wake_s:
            return
        self._wake_s = wake_s
        self._clockwork.at(wake_s, self._woken)

    def _woken(self, now: float) -> None:
        # Only the newest wish to be woken counts.
        if self._wake_s is not None and now >= self._wake_s:
            self._wake_s = None
            self._look(now)


def _dispatch(start: float, end: float) -> Dispatch:
    return Dispatch(instant(start), instant(end), DispatchType.SMART, 3.5)
