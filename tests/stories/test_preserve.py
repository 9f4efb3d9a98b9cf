"""Which reserve is asked for: charging up, preserving, and what Tesla takes (design 4)."""

import pytest

from tests.simulators.octopus import CHARGE_CAP_PRODUCT
from tests.simulators.tesla import Override

from .house import House

pytestmark = [
    pytest.mark.freeze_time("2026-11-18 09:55:00+00:00"),
    pytest.mark.usefixtures("seldom_looked_at", "seldom_polled"),
]

NO_LEVEL = Override(missing=("percentage_charged",))


@pytest.fixture(autouse=True)
def calm_house(house: House) -> None:
    """Let the battery keep its level until told otherwise, and plan one slot."""
    house.tesla.site.load_kw = 0
    house.plan("10:00", "11:00")


def is_perhaps_cheap(house: House) -> None:
    """Put the account on the charge cap: without evidence a slot is never certain."""
    house.octopus.set_product(CHARGE_CAP_PRODUCT)


@pytest.mark.parametrize(
    ("level", "certain", "reserve"),
    [
        (63.4, False, 63),
        (63.4, True, 63),
        (63.99, False, 63),
        (80.0, False, 80),
        (80.9, False, 80),
        (81.0, False, 80),
        (92.0, False, 80),
        (92.0, True, 100),
        (99.9, False, 80),
        (100.0, False, 100),
        (20.7, False, None),
        (11.0, False, None),
    ],
)
async def test_preserve(house: House, level: float, certain: bool, reserve: int | None) -> None:
    """The present level, rounded down; of 81 to 99 Tesla makes 80, so 100 where power is certainly cheap."""
    house.tesla.site.soc_pct = level
    if not certain:
        is_perhaps_cheap(house)
    await house.move_in()
    await house.choose("preserve_charge")
    await house.until("10:30")
    assert house.status == "preserving"
    await house.until("11:05")
    assert house.told == ([] if reserve is None else [("10:00:00", reserve), ("11:00:00", 20)])


async def test_the_value_stays(house: House) -> None:
    """Solar fills the battery during the hold: the reserve does not follow it."""
    is_perhaps_cheap(house)
    house.tesla.site.solar_kw = 4
    await house.move_in()
    await house.until("11:05")
    assert house.tesla.site.soc_pct > 80
    assert [value for _, value in house.told][1:] == [20]
    assert len(house.writes) == 2


@pytest.mark.parametrize(
    ("target", "level", "reserve"), [(50, 70.2, 70), (75, 70.2, 75), (50, 92.0, 100), (80, 30, 80)]
)
async def test_charge_target(house: House, target: int, level: float, reserve: int) -> None:
    """To charge never asks for less than to preserve would."""
    house.tesla.site.soc_pct = level
    await house.move_in()
    await house.aim(target)
    await house.until("11:05")
    assert house.told == [("10:00:00", reserve), ("11:00:00", 20)]


async def test_reserve_already_high(house: House) -> None:
    """Where the owner keeps the reserve at 100 there is nothing to write, and nothing to put back."""
    house.tesla.site.set_in_app(reserve_pct=100)
    await house.wait(minutes=2)
    await house.move_in()
    await house.until("10:30")
    assert house.status == "charging_up"
    assert house.entity("holding").state == "off"
    await house.until("11:05")
    assert house.writes == []


async def test_reserve_already_above_the_level(house: House) -> None:
    """A reserve above the level already preserves it."""
    is_perhaps_cheap(house)
    house.tesla.site.set_in_app(reserve_pct=70)
    house.tesla.site.soc_pct = 70
    await house.wait(minutes=2)
    await house.move_in()
    await house.until("11:05")
    assert house.writes == []


async def test_reserve_of_nothing(house: House) -> None:
    """0 % is a reserve like any other, and put back."""
    house.tesla.site.set_in_app(reserve_pct=0)
    await house.wait(minutes=2)
    await house.move_in()
    await house.until("11:05")
    assert house.told == [("10:00:00", 100), ("11:00:00", 0)]


async def test_usual_reserve(house: House) -> None:
    """What the owner calls usual is put back, whatever was found."""
    await house.move_in(usual_reserve=35)
    await house.until("10:30")
    assert house.entity("reserve_to_restore").state == "35"
    await house.until("11:05")
    assert house.told == [("10:00:00", 100), ("11:00:00", 35)]


@pytest.mark.usefixtures("as_often_as_usual")
async def test_unknown_level(house: House) -> None:
    """A level that was never known: nothing is written on a guess, and it goes on when the level comes back."""
    is_perhaps_cheap(house)
    house.tesla.misbehave(NO_LEVEL, on="live_status")
    await house.wait(minutes=2)
    await house.move_in()
    await house.until("10:20")
    assert (house.status, house.reason) == ("waiting", "level_unknown")
    assert house.writes == []
    house.tesla.behave()
    await house.until("10:22")
    assert (house.status, house.reason) == ("preserving", "car_unknown")
    await house.until("11:05")
    assert [value for _, value in house.told] == [63, 20]
    assert house.told[1] == ("11:00:00", 20)


async def test_unknown_level_does_not_stop_charging(house: House) -> None:
    """To charge to a target needs no level."""
    house.tesla.misbehave(NO_LEVEL, on="live_status")
    await house.wait(minutes=2)
    await house.move_in()
    await house.until("11:05")
    assert house.told == [("10:00:00", 100), ("11:00:00", 20)]


async def test_level_lost_before_the_slot(house: House) -> None:
    """The battery is asked before the edge; when it does not answer, the last level that could be trusted serves."""
    is_perhaps_cheap(house)
    await house.move_in()
    await house.until("09:58:30")
    house.tesla.misbehave(NO_LEVEL, on="live_status")
    await house.until("11:05")
    assert [value for _, value in house.told] == [63, 20]
    assert "10:00:00" <= house.told[0][0] <= "10:00:30"


async def test_level_lost_long_ago(house: House) -> None:
    """After half an hour no level can be trusted any more."""
    is_perhaps_cheap(house)
    house.octopus.clear_plan()
    house.plan("10:40", "11:30")
    await house.move_in(whole_half_hours="off")
    house.tesla.misbehave(NO_LEVEL, on="live_status")
    await house.until("11:00")
    assert (house.status, house.reason) == ("waiting", "level_unknown")
    await house.until("11:35")
    assert house.writes == []


async def test_level_lost_while_preserving(house: House) -> None:
    """A target that stands, stays."""
    is_perhaps_cheap(house)
    await house.move_in()
    await house.until("10:10")
    house.tesla.misbehave(NO_LEVEL, on="live_status")
    await house.until("10:58")
    assert house.status == "preserving"
    await house.until("11:05")
    assert house.told == [("10:00:00", 63), ("11:00:00", 20)]
