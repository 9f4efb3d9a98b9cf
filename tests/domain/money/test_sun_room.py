"""How far to charge while the sun is still to come (design 9.6)."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.octopus_powerwall.domain.money.half_hour import HalfHour
from custom_components.octopus_powerwall.domain.money.shadow import Traits
from custom_components.octopus_powerwall.domain.money.sun_room import (
    HALF_HOURS_OF_DAY,
    Outlook,
    SunReason,
    SunRoom,
    Terms,
    average_use,
    choose_room,
    find_dear_hours,
    outlook_of,
    steady_room,
)
from custom_components.octopus_powerwall.domain.price.tariffs import FLAT, tariff_of
from custom_components.octopus_powerwall.domain.reserve.limits import Limits
from custom_components.octopus_powerwall.domain.windows import HALF_HOUR

MORNING = datetime(2026, 6, 10, 4, 30, tzinfo=UTC)
IOG = tariff_of("INTELLI-VAR-22-10-14")
POWERWALL = Limits(gaps=((81, 99),))
TRAITS = Traits(10.0, 5.0, 1.8, 0.9)
UNPAID = Terms(cheap=0.07, dear=0.30, export=0.0)


def outlook(use: float, sun: float, halves: int = 36) -> Outlook:
    """The house takes the same all day, the sun comes in the third quarter of it. All in kWh."""
    shining = range(halves // 2, halves * 3 // 4)
    return Outlook(
        MORNING,
        (use / halves,) * halves,
        tuple(sun / len(shining) if half in shining else 0.0 for half in range(halves)),
    )


def room(use: float, sun: float, terms: Terms = UNPAID, reserve_pct: float = 20) -> SunRoom:
    return choose_room(outlook(use, sun), terms, TRAITS, reserve_pct, POWERWALL)


def test_what_the_home_needs_before_the_sun_is_charged_and_no_more() -> None:
    """12 kWh of use, half of it before the sun comes: 6 kWh above the reserve."""
    found = room(use=12, sun=40)
    assert (found.why, found.target_pct, found.sun_kwh, found.use_kwh) == (SunReason.ROOM_LEFT, 80, 40.0, 12.0)
    assert found.until == MORNING + 18 * timedelta(hours=1)
    assert room(use=6, sun=40).target_pct == 50


def test_a_sun_that_fits_changes_nothing() -> None:
    assert room(use=12, sun=5).why is SunReason.FITS
    assert room(use=12, sun=0).target_pct is None


@pytest.mark.parametrize("export", [0.0778, 0.12, 0.15])
def test_where_export_pays_the_owners_target_stands(export: float) -> None:
    found = room(6, 40, Terms(0.07, 0.30, export))
    assert (found.why, found.target_pct) == (SunReason.EXPORT_PAYS, None)


def test_where_the_night_is_as_dear_as_the_day_nothing_is_lost_by_filling() -> None:
    assert room(6, 40, Terms(0.30, 0.30, 0.0)).why is SunReason.FITS


def test_the_less_a_mistake_costs_the_weaker_a_sun_is_reckoned_with() -> None:
    """A kWh too few costs 22 p; the less is lost by one too many, the more is bought."""
    assert (room(7, 6).target_pct or 100) <= (room(7, 6, Terms(0.07, 0.30, 0.06)).target_pct or 100)


def test_a_powerwall_takes_nothing_between_80_and_100() -> None:
    """7 kWh are needed, and the reserve: 90 %, for which it must be full."""
    assert room(use=14, sun=40).why is SunReason.FITS
    assert choose_room(outlook(14, 40), UNPAID, TRAITS, 20, Limits()).target_pct == 90


@settings(max_examples=200)
@given(
    use=st.lists(st.floats(0, 4), min_size=48, max_size=48),
    sun=st.lists(st.floats(0, 4), min_size=48, max_size=48),
    export=st.floats(0, 0.2),
    reserve_pct=st.integers(0, 100),
)
def test_laws(use: list[float], sun: list[float], export: float, reserve_pct: int) -> None:
    """A target is a value that the battery takes, not below the reserve, and there is one only where export pays less.

    With a careful sun the battery that starts with it lasts; with the sun as forecast, what overflows would have done
    so as well from a battery that starts at the reserve, but for what is needed or what the battery does not take.
    """
    expected = Outlook(MORNING, tuple(use), tuple(sun))
    found = choose_room(expected, Terms(0.07, 0.30, export), TRAITS, reserve_pct, POWERWALL)
    if found.target_pct is None:
        return
    assert POWERWALL.accepts(found.target_pct)
    assert reserve_pct <= found.target_pct < 100
    assert export < 0.07 / 0.9
    more = choose_room(expected, Terms(0.07, 0.30, export), TRAITS, min(reserve_pct + 10, 100), POWERWALL)
    assert (more.target_pct or 100) >= found.target_pct


def test_more_sun_never_asks_for_more() -> None:
    targets = [room(9, sun).target_pct or 100 for sun in range(60)]
    assert targets == sorted(targets, reverse=True)


def test_it_lasts_from_the_end_of_the_cheap_hours_to_the_next() -> None:
    night = datetime(2026, 6, 10, 1, tzinfo=UTC)
    assert find_dear_hours(IOG, night) == (MORNING, datetime(2026, 6, 10, 22, 30, tzinfo=UTC))
    noon = datetime(2026, 6, 10, 12, tzinfo=UTC)
    assert find_dear_hours(IOG, noon) == (noon, datetime(2026, 6, 10, 22, 30, tzinfo=UTC))
    assert find_dear_hours(FLAT, noon) is None


def history(days: int, home_kwh: float = 0.4, **changes: object) -> list[HalfHour]:
    first = MORNING - days * timedelta(days=1)
    return [
        HalfHour(first + number * HALF_HOUR, seen_s=1800, home_kwh=home_kwh, **changes)  # type: ignore[arg-type]
        for number in range(days * HALF_HOURS_OF_DAY)
    ]


def test_the_homes_own_use_by_the_clock_on_the_wall() -> None:
    rows = history(5)
    busy = [HalfHour(row.start, 900, home_kwh=9.0) for row in rows[:40]]
    charging = [HalfHour(row.start, 1800, home_kwh=9.0, in_slot=True) for row in rows[:40]]
    ahead = [HalfHour(MORNING + HALF_HOUR, 1800, home_kwh=9.0)]
    assert average_use([*rows, *busy, *charging, *ahead], MORNING) == pytest.approx((0.4,) * HALF_HOURS_OF_DAY)
    at_eight = [HalfHour(row.start, 1620, home_kwh=0.9) for row in rows if (row.start.hour, row.start.minute) == (7, 0)]
    quiet = [row for row in rows if (row.start.hour, row.start.minute) != (7, 0)]
    use = average_use([*quiet, *at_eight], MORNING)
    assert use is not None
    assert [index for index, kwh in enumerate(use) if kwh != pytest.approx(0.4)] == [16]
    assert use[16] == pytest.approx(1.0)


def test_a_half_hour_that_was_never_seen_is_taken_for_an_average_one() -> None:
    rows = [row for row in history(5) if row.start.hour != 12]
    assert average_use(rows, MORNING) == pytest.approx((0.4,) * HALF_HOURS_OF_DAY)


def test_a_few_days_tell_too_little() -> None:
    assert average_use(history(2), MORNING) is None
    assert average_use([], MORNING) is None


def test_a_forecast_of_several_roofs_by_the_quarter_of_an_hour() -> None:
    """Home Assistant's platforms give Wh by the time at which they begin; parts of an hour are added up."""
    span = (MORNING, MORNING + timedelta(hours=2))
    noon = MORNING.replace(minute=0)
    sun = [(noon, 400.0), (noon + timedelta(minutes=15), 600.0), (noon, 200.0), (noon + timedelta(hours=1), -5.0)]
    found = outlook_of(span, (0.2,) * HALF_HOURS_OF_DAY, sun)
    assert found is not None
    assert found.sun_kwh == (0.6, 0.0, 0.0, 0.0)
    assert found.end == span[1]
    assert outlook_of(span, (0.2,) * HALF_HOURS_OF_DAY, [(noon - timedelta(days=1), 400.0)]) is None


def test_what_has_hardly_moved_stays() -> None:
    """Half an hour later the same hours are looked at with another forecast: writes and news are few."""
    before = SunRoom(SunReason.ROOM_LEFT, 50, 20.0, 8.0, MORNING)
    assert steady_room(before, SunRoom(SunReason.ROOM_LEFT, 54, 21.0, 8.0, MORNING)) is before
    for other in (
        SunRoom(SunReason.ROOM_LEFT, 55, 21.0, 8.0, MORNING),
        SunRoom(SunReason.ROOM_LEFT, 51, 21.0, 8.0, MORNING + HALF_HOUR),
        SunRoom(SunReason.FITS, None, 21.0, 8.0, MORNING),
    ):
        assert steady_room(before, other) is other
