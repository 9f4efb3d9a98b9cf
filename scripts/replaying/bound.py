"""The least that any policy could pay in a year: an exact dynamic programme over the energy in the battery.

Why no policy can pay less. A policy chooses, in each five minutes, how much energy goes into the battery (at most its
power, with the loss on the way in) or comes out of it (at most its power, and at most what house and car draw: a
Powerwall does not export at night prices). Whatever it chooses, the meter then shows ``net = home + car - sun + in -
out``, which costs the import price where positive and earns the export price where negative. The bound may choose
anything within the same limits, with the whole year known in advance; every policy's year is one of its choices, so
its minimum is below every policy. What happens inside five minutes does not matter: the cost is convex in the power,
so a mean power is never dearer than the changing one (Jensen). Where export pays more than import in the same five
minutes the cost is not convex; it is replaced by its chord there, which lies below it, so the result is still a bound
and may be lower than what could really be reached.

How. ``V(e)``, the least cost from here to the end of the year with ``e`` kWh stored, is convex and piecewise linear,
and so is the cost of a step; their infimal convolution merges the pieces of both by slope. Only as many slopes exist
as there are prices, so a year of 105,120 steps takes about a second and no rounding is involved.

By the reserve only. With ``reserve_only`` the choices are those that a backup reserve can ask of a Powerwall. In
Self-Powered mode it buys at its slow power. In Time-Based Control it fills itself in the off-peak window whatever the
reserve, so that after each night only one energy is left: full. In both it stores all surplus sun that it has room
for: that is no choice, and where a full battery is worth less than the export would have earned ``V`` is not convex;
it is replaced there by its convex envelope, which is below it. So this is a bound too.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from .battery import Mode
from .clock import STEP_S
from .year import Year

_STEP_H = STEP_S / 3600


def least_cost(year: Year, *, begin_kwh: float, reserve_only: Mode | None = None) -> float:
    """The bound, in pounds: the energy left at the end counts at the price of filling it at night."""
    given = year.given
    lowest, highest = given.battery_kwh * given.reserve_pct / 100, given.battery_kwh
    value = _Value(highest - lowest, -given.night_price / given.round_trip, lowest, begin_kwh)
    most = given.battery_kw * _STEP_H
    slowest = given.slow_kw * _STEP_H if reserve_only is Mode.SELF_POWERED else most
    loads = [(home + car - sun) * _STEP_H for home, car, sun in zip(year.home, year.car_kw, year.sun, strict=True)]
    step = len(loads)
    while step:
        begin = _night_before(year, step) if reserve_only is Mode.TIME_BASED else step
        if (step - begin) * most * given.round_trip >= highest - lowest > 0:
            value.fill_back(loads[begin:step], year.price[begin:step], year.export, given.round_trip)
            step = begin
            continue
        step -= 1
        how = _How(year.price[step], year.export, most, slowest, given.round_trip, stores_sun=reserve_only is not None)
        value.step_back(loads[step], how)
    return value.at(begin_kwh) / 100


def _night_before(year: Year, step: int) -> int:
    """The step with which the night begins that ends before ``step``; ``step`` itself by day."""
    while step and year.nights.covers((step - 1) * STEP_S):
        step -= 1
    return step


@dataclass(frozen=True, slots=True)
class _How:
    """What a step may do: prices in pence, energies in kWh; ``stores_sun`` says that surplus sun has to be stored."""

    price: float
    export: float
    most: float
    slowest: float
    round_trip: float
    stores_sun: bool


class _Value:
    """A convex, piecewise linear function of the stored energy: its value at the left end, slopes and lengths."""

    def __init__(self, width: float, slope: float, lowest: float, begin_kwh: float) -> None:
        # Zero where the year ends with what it began with.
        self._left = slope * (lowest - begin_kwh)
        self._lowest = lowest
        self._slopes = [slope]
        self._lengths = [width]

    def at(self, energy: float) -> float:
        """The value at an energy within the battery's range."""
        value, left = self._left, energy - self._lowest
        for slope, length in zip(self._slopes, self._lengths, strict=True):
            part = min(left, length)
            value += slope * part
            left -= part
            if left <= 0:
                break
        return value

    def step_back(self, load: float, how: _How) -> None:
        """Go one step back in time; ``load`` is the net draw in kWh."""
        price, export, kept = how.price, how.export, how.round_trip
        if load >= 0:
            charged, discharged = min(how.most, how.slowest), min(how.most, load)
            # Everything into the battery and nothing out of it: the left end of what this step can reach.
            self._left += price * (load + charged)
            self._add(-price / kept, charged * kept)
            self._add(-price, discharged)
            self._cut(charged * kept, discharged)
            return
        surplus = -load
        from_sun = min(how.most, surplus)
        from_grid = max(how.slowest - from_sun, 0.0)
        self._left += price * from_grid - export * (surplus - from_sun)
        if how.stores_sun:
            self._add(-price / kept, from_grid * kept)
            self._cut(from_grid * kept, 0.0)
            self._cut(from_sun * kept, 0.0)
            self._append(-export / kept, from_sun * kept)
            return
        if export <= price or not from_grid:
            self._add(-price / kept, from_grid * kept)
            self._add(-export / kept, from_sun * kept)
        else:
            charged = from_sun + from_grid
            self._add(-(price * from_grid + export * from_sun) / charged / kept, charged * kept)
        self._cut((from_sun + from_grid) * kept, 0.0)

    def fill_back(self, loads: Sequence[float], prices: Sequence[float], export: float, round_trip: float) -> None:
        """Go back over a night that ends with a full battery, whatever it began with.

        What is stored costs the night's least price, and no more than export earns as far as there is surplus sun.
        """
        width, price = sum(self._lengths), min(prices)
        at_full = self._left + sum(slope * length for slope, length in zip(self._slopes, self._lengths, strict=True))
        meter = sum(rate * load if load > 0 else export * load for rate, load in zip(prices, loads, strict=True))
        spared = sum(-load for load in loads if load < 0) * max(price - export, 0.0)
        self._left = at_full + meter - spared + price * width / round_trip
        self._slopes, self._lengths = [-price / round_trip], [width]

    def _add(self, slope: float, length: float) -> None:
        if length <= 0:
            return
        index = bisect_left(self._slopes, slope)
        if index < len(self._slopes) and self._slopes[index] == slope:
            self._lengths[index] += length
        else:
            self._slopes.insert(index, slope)
            self._lengths.insert(index, length)

    def _append(self, slope: float, length: float) -> None:
        """Add a piece at the full end; where it is steeper than what is before it both become their chord."""
        slopes, lengths = self._slopes, self._lengths
        slopes.append(slope)
        lengths.append(length)
        while len(slopes) > 1 and slopes[-2] >= slopes[-1]:
            first, last = lengths[-2], lengths[-1]
            chord = (slopes[-2] * first + slopes[-1] * last) / (first + last)
            slopes[-2:], lengths[-2:] = [chord], [first + last]

    def _cut(self, left: float, right: float) -> None:
        """Back to the battery's own range: energy below empty and above full does not exist."""
        slopes, lengths = self._slopes, self._lengths
        while left > 0:
            if lengths[0] > left:
                self._left += slopes[0] * left
                lengths[0] -= left
                break
            self._left += slopes[0] * lengths[0]
            left -= lengths[0]
            del slopes[0], lengths[0]
        while right > 0:
            if lengths[-1] > right:
                lengths[-1] -= right
                break
            right -= lengths[-1]
            del slopes[-1], lengths[-1]
