"""What the integration's rule of the sun's room (design 9.6) is given in the replay: forecast, habits and prices."""

from datetime import datetime

from custom_components.octopus_powerwall.domain.money.shadow import Traits
from custom_components.octopus_powerwall.domain.money.sun_room import (
    HALF_HOURS_OF_DAY,
    SunRoom,
    Terms,
    choose_room,
    find_dear_hours,
    outlook_of,
    steady_room,
)
from custom_components.octopus_powerwall.domain.price.tariffs import tariff_of
from custom_components.octopus_powerwall.powerwall.tesla import TESLA_LIMITS

from .clock import DAY_S, HALF_HOUR_S, LONDON, STEP_S, instant
from .house import STEPS_A_DAY
from .year import Year

_REMEMBERED_DAYS = 14
_LEAST_DAYS = 4
_STEPS = HALF_HOUR_S // STEP_S


class Room:
    """The target that leaves room for the sun, worked out anew in every half hour in which somebody asks."""

    def __init__(self, year: Year) -> None:
        given = year.given
        self._year = year
        self._terms = Terms(given.night_price / 100, given.day_price / 100, year.export / 100)
        self._traits = Traits(given.battery_kwh, given.battery_kw, given.slow_kw, given.round_trip)
        self._tariff = tariff_of("INTELLI-VAR-22-10-14")
        self._use_of: dict[int, tuple[float, ...]] = {}
        self._half = -1
        self.room = SunRoom()

    def target_at(self, at_s: float) -> int | None:
        """How far to charge at most."""
        half = int(at_s // HALF_HOUR_S)
        if half != self._half:
            self._half = half
            self.room = steady_room(self.room, self._worked_out(half * HALF_HOUR_S))
        return self.room.target_pct

    def _worked_out(self, at_s: float) -> SunRoom:
        span = find_dear_hours(self._tariff, instant(at_s))
        day = int(at_s // DAY_S)
        if span is None or day < _LEAST_DAYS:
            return SunRoom()
        outlook = outlook_of(span, self._use(day), self._forecast(at_s))
        if outlook is None:
            return SunRoom()
        return choose_room(outlook, self._terms, self._traits, self._year.given.reserve_pct, TESLA_LIMITS)

    def _use(self, day: int) -> tuple[float, ...]:
        """The mean of the last fourteen days in kWh, by London's clock of that day."""
        if day not in self._use_of:
            hours_ahead = instant(day * DAY_S).astimezone(LONDON).hour
            days = range(max(0, day - _REMEMBERED_DAYS), day)
            means = [self._mean_kwh(days, half) for half in range(HALF_HOURS_OF_DAY)]
            shift = 2 * hours_ahead
            self._use_of = {day: tuple(means[(half - shift) % HALF_HOURS_OF_DAY] for half in range(HALF_HOURS_OF_DAY))}
        return self._use_of[day]

    def _mean_kwh(self, days: range, half: int) -> float:
        firsts = (day * STEPS_A_DAY + half * _STEPS for day in days)
        return sum(sum(self._year.home[first : first + _STEPS]) for first in firsts) * STEP_S / 3600 / len(days)

    def _forecast(self, at_s: float) -> list[tuple[datetime, float]]:
        """Today and tomorrow by the hour, each day as wrong as the evening before made it."""
        year = self._year
        begin = int(at_s // DAY_S) * DAY_S
        found = []
        for hour in range(48):
            first = int(begin + hour * 3600) // STEP_S
            day = first // STEPS_A_DAY
            if day >= len(year.forecast):
                break
            true_kwh = sum(year.sun[first : first + 12]) * STEP_S / 3600
            found.append((instant(begin + hour * 3600), true_kwh * year.forecast[day] * 1000))
        return found
