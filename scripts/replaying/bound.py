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

``slow_kw`` makes it the bound by the reserve only: in Self-Powered mode a reserve can make the battery charge from the
grid no faster than that. Sun may still be left unstored, which a reserve cannot ask for: with sun it is lower than
what a reserve could reach, without sun it is exact.
"""

from bisect import bisect_left

from .clock import STEP_S
from .year import Year

_STEP_H = STEP_S / 3600


def least_cost(year: Year, *, begin_kwh: float, slow_kw: float | None = None) -> float:
    """The bound, in pounds: the energy left at the end counts at the price of filling it at night."""
    given = year.given
    lowest, highest = given.battery_kwh * given.reserve_pct / 100, given.battery_kwh
    value = _Value(highest - lowest, -given.night_price / given.round_trip, lowest, begin_kwh)
    for step in range(len(year.price) - 1, -1, -1):
        load = (year.home[step] + year.car_kw[step] - year.sun[step]) * _STEP_H
        value.step_back(load, year.price[step], year.export, given.battery_kw * _STEP_H, given.round_trip, slow_kw)
    return value.at(begin_kwh) / 100


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

    def step_back(
        self, load: float, price: float, export: float, most: float, round_trip: float, slow_kw: float | None
    ) -> None:
        """Go one step back in time; ``load`` is the net draw in kWh, ``most`` what the battery can move in a step."""
        slowest = most if slow_kw is None else slow_kw * _STEP_H
        if load >= 0:
            charged, discharged = min(most, slowest), min(most, load)
            # Everything into the battery and nothing out of it: the left end of what this step can reach.
            self._left += price * (load + charged)
            self._add(-price / round_trip, charged * round_trip)
            self._add(-price, discharged)
        else:
            surplus = -load
            from_sun = min(most, surplus)
            charged = max(from_sun, min(most, slowest))
            from_grid = charged - from_sun
            self._left += price * from_grid - export * (surplus - from_sun)
            if export <= price or not from_grid:
                self._add(-price / round_trip, from_grid * round_trip)
                self._add(-export / round_trip, from_sun * round_trip)
            else:
                mean = (price * from_grid + export * from_sun) / charged
                self._add(-mean / round_trip, charged * round_trip)
            discharged = 0.0
        self._cut(charged * round_trip, discharged)

    def _add(self, slope: float, length: float) -> None:
        if length <= 0:
            return
        index = bisect_left(self._slopes, slope)
        if index < len(self._slopes) and self._slopes[index] == slope:
            self._lengths[index] += length
        else:
            self._slopes.insert(index, slope)
            self._lengths.insert(index, length)

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
