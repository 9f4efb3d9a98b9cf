"""What the house draws and what its roof gives, in kW, for every five minutes of the year."""

from math import asin, cos, exp, pi, radians, sin
from random import Random

from .assumptions import Assumptions
from .clock import DAY_S, STEP_S, instant

STEPS_A_DAY = DAY_S // STEP_S
# A day's use by the hour, relative: low at night, a morning and an evening peak. Assumed after the shape of an ordinary
# British household without electric heating.
_BY_HOUR = (
    0.55, 0.48, 0.45, 0.44, 0.45, 0.52, 0.75, 1.05, 1.10, 1.00, 0.95, 0.97,
    1.05, 1.00, 0.95, 1.00, 1.20, 1.60, 1.80, 1.75, 1.60, 1.40, 1.10, 0.78,
)  # fmt: skip
_LATITUDE = radians(52.5)
_TILT = radians(35)


def home_kw(given: Assumptions, days: int, seed: int) -> list[float]:
    """The house without its car. A year of it sums up to ``home_kwh`` exactly, whatever the seed."""
    random = Random(f"home {seed}")
    powers: list[float] = []
    for day in range(days):
        season = 1 + given.home_swing * cos(2 * pi * (day - 15) / 365)
        level = season * exp(random.gauss(0, 0.15))
        appliances = [0.0] * STEPS_A_DAY
        for _ in range(random.choice((3, 4, 5, 6))):
            # An oven, a kettle, a machine: 2 kW over the others for some minutes, when people are up.
            begin = int(random.choice((random.gauss(7.5, 1), random.gauss(13, 2.5), random.gauss(18, 1.3))) * 12)
            for step in range(begin, begin + random.choice((1, 2, 3, 6, 9))):
                appliances[step % STEPS_A_DAY] += 4.0
        hours_ahead = instant(day * DAY_S).hour
        for step in range(STEPS_A_DAY):
            hour = (step // 12 + hours_ahead) % 24
            powers.append(level * (_BY_HOUR[hour] * random.uniform(0.8, 1.2) + appliances[step]))
    return _scaled(powers, given.home_kwh * days / 365)


def clear_sky(day: int, step: int) -> float:
    """How much a roof that faces south gets of the brightest sun, 0 to 1."""
    tilt_of_earth = radians(-23.44) * cos(2 * pi * (day + 10) / 365)
    turn = radians(15 * (step / 12 - 12))
    elevation = asin(sin(_LATITUDE) * sin(tilt_of_earth) + cos(_LATITUDE) * cos(tilt_of_earth) * cos(turn))
    if elevation <= 0:
        return 0.0
    flat = _LATITUDE - _TILT
    on_the_roof = sin(flat) * sin(tilt_of_earth) + cos(flat) * cos(tilt_of_earth) * cos(turn)
    return max(0.0, on_the_roof) * (1 - exp(-4 * sin(elevation)))


def sun_kw(given: Assumptions, days: int, seed: int) -> list[float]:
    """The roof's power. The mean year gives ``sun_kwh_per_kwp``; a part of a year what that part gets of it."""
    random = Random(f"sun {seed}")
    whole_year = sum(clear_sky(day, step) for day in range(365) for step in range(0, STEPS_A_DAY, 6)) / 2
    mean_clearness = 0.55
    peak = given.sun_kwh_per_kwp * given.sun_kwp / (whole_year * mean_clearness)
    weather = random.gauss(0, 1)
    powers: list[float] = []
    for day in range(days):
        memory = given.cloud_memory
        weather = memory * weather + (1 - memory**2) ** 0.5 * random.gauss(0, 1)
        clearness = mean_clearness + 0.27 * max(-1.6, min(1.4, weather))
        cloud = 1.0
        for step in range(STEPS_A_DAY):
            cloud = max(0.3, min(1.5, 1 + 0.8 * (cloud - 1) + random.gauss(0, 0.15)))
            powers.append(min(given.sun_kwp, peak * clear_sky(day, step) * clearness * cloud))
    return powers


def forecasts(given: Assumptions, sun: list[float], seed: int) -> list[float]:
    """For each day how many times the true sun its forecast promises, as made the evening before.

    Half of the error is of the day's own size and half of the weather's mean, so that dull days err up and bright
    ones down, as forecasts do.
    """
    random = Random(f"forecast {seed}")
    totals = [sum(sun[begin : begin + STEPS_A_DAY]) for begin in range(0, len(sun), STEPS_A_DAY)]
    factors: list[float] = []
    for day, total in enumerate(totals):
        around = totals[max(0, day - 15) : day + 16]
        mean = sum(around) / len(around)
        seen = 0.7 * total + 0.3 * mean + random.gauss(0, given.forecast_error * 0.8) * mean
        factors.append(max(0.05 * mean, seen) / total if total else 1.0)
    return factors


def _scaled(powers: list[float], total_kwh: float) -> list[float]:
    factor = total_kwh / (sum(powers) * STEP_S / 3600)
    return [power * factor for power in powers]
