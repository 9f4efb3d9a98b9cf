"""Six hours of cheap charging from midday to midday, and the day that crosses them (design 3.7)."""

from datetime import timedelta

import pytest

from tests.simulators.octopus import CHARGE_CAP_PRODUCT, WHOLE_SLOT_PRODUCT

from .house import House

pytestmark = pytest.mark.usefixtures("seldom_looked_at", "seldom_polled")

CAR = "binary_sensor.car_charging"


async def charging_all_day(house: House, product: str) -> None:
    """A car that charges whenever it may, seen by an entity of the owner's."""
    house.octopus.set_product(product)
    house.tesla.site.load_kw = 0
    house.hass.states.async_set(CAR, "on")
    await house.move_in(charging_entity=CAR)


async def shortly_before(house: House, moment: str, *, days: int = 0) -> None:
    """Let time pass; the battery has got to 40 % by then, for a full one is charged and preserved by the same 100."""
    at = house.at(moment, days=days)
    await house.until(at - timedelta(minutes=5))
    house.tesla.site.soc_pct = 40
    await house.until(at - timedelta(minutes=1))


def used(house: House) -> float:
    """Hours of the allowance that are gone."""
    return float(house.entity("allowance_used").state)


@pytest.mark.freeze_time("2026-11-18 11:55:00+00:00")
async def test_seven_hours_on_a_charge_cap(house: House) -> None:
    """After twelve half hours the seventh hour is only held; the next midday begins anew."""
    house.plan("12:00", "19:00")
    await charging_all_day(house, CHARGE_CAP_PRODUCT)
    await shortly_before(house, "18:00")
    assert (house.status, house.reason, used(house)) == ("charging_up", "car_charging", 6.0)
    await house.until("18:10")
    assert (house.status, house.reason, used(house)) == ("preserving", "allowance_used", 6.0)
    assert house.entity("cheap_rate").state == "off"
    await house.until("19:05")
    assert house.told == [("12:00:00", 100), ("18:00:00", 40), ("19:00:00", 20)]


@pytest.mark.freeze_time("2026-11-18 11:55:00+00:00")
async def test_seven_hours_on_whole_slots(house: House) -> None:
    """The same day on a whole-slot account: counted, and not enforced."""
    house.plan("12:00", "19:00")
    await charging_all_day(house, WHOLE_SLOT_PRODUCT)
    await house.until("19:05")
    assert used(house) == 6.0
    assert house.told == [("12:00:00", 100), ("19:00:00", 20)]


@pytest.mark.freeze_time("2026-11-18 05:25:00+00:00")
async def test_midday_begins_anew(house: House) -> None:
    """A slot over midday: twelve half hours before it, and twelve more after it."""
    house.plan("05:30", "12:40")
    await charging_all_day(house, CHARGE_CAP_PRODUCT)
    await shortly_before(house, "11:30")
    await house.until("11:45")
    assert (house.reason, used(house)) == ("allowance_used", 6.0)
    await house.until("12:10")
    assert (house.reason, used(house)) == ("car_charging", 0.5)
    await house.until("12:45")
    assert [at for at, _ in house.told] == ["05:30:00", "11:30:00", "12:00:00", "12:40:00"]


@pytest.mark.freeze_time("2026-11-18 18:25:00+00:00")
async def test_night_and_day_count_together(house: House) -> None:
    """Half hours of the night count as well: two in the evening and ten at night leave nothing for the morning."""
    for start, end in (("18:30", "19:30"), ("23:30", "04:30")):
        house.plan(start, end)
    house.plan("07:00", "08:00", days=1)
    await charging_all_day(house, CHARGE_CAP_PRODUCT)
    await house.until("23:00")
    assert used(house) == 1.0
    await house.until("07:30", days=1)
    assert (house.reason, used(house)) == ("allowance_used", 6.0)
    await house.until("08:05")
    assert [at for at, _ in house.told] == ["18:30:00", "19:30:00", "07:00:00", "08:00:00"]
    assert house.told[0][1] == 100
    assert house.told[2][1] < 80


@pytest.mark.freeze_time("2026-11-18 18:55:00+00:00")
async def test_completed_dispatches_are_joined(house: House) -> None:
    """What Octopus reports as done counts too, once: own evidence and completed rows of the same half hour are one."""
    for hour in range(12, 17):
        house.octopus.add_completed(house.at(f"{hour}:00"), house.at(f"{hour}:59"))
    house.plan("19:00", "21:00")
    await charging_all_day(house, CHARGE_CAP_PRODUCT)
    assert used(house) == 5.0
    await house.until("19:59")
    assert (house.status, used(house)) == ("charging_up", 6.0)
    await house.until("21:05")
    assert used(house) == 6.0
    assert [at for at, _ in house.told] == ["19:00:00", "20:00:00", "21:00:00"]


@pytest.mark.freeze_time("2026-11-18 18:55:00+00:00")
async def test_a_car_that_does_not_charge_uses_nothing(house: House) -> None:
    """Only half hours in which the car really charged count."""
    house.plan("19:00", "21:00")
    house.octopus.set_charging("off")
    await charging_all_day(house, CHARGE_CAP_PRODUCT)
    house.hass.states.async_set(CAR, "off")
    await house.until("20:10")
    assert used(house) == 0
    house.hass.states.async_set(CAR, "on")
    await house.until("20:40")
    assert used(house) == 1.0


@pytest.mark.freeze_time("2026-11-18 11:00:00+00:00")
async def test_what_was_before_midday_is_over(house: House) -> None:
    """Completed rows of the day before do not count."""
    house.octopus.add_completed(house.at("06:00"), house.at("11:00"))
    await house.move_in()
    assert used(house) == 5.0
    await house.until("12:01")
    assert used(house) == 0.0


@pytest.mark.parametrize(
    ("slot", "ends", "held_from"),
    [
        # The clocks go back at 01:00 UTC on 25 October 2026: midday to midday has 25 hours.
        pytest.param(
            ("2026-10-24T22:00Z", "2026-10-25T07:00Z"),
            "2026-10-25T07:05Z",
            "2026-10-25T05:30:00+00:00",
            marks=pytest.mark.freeze_time("2026-10-24 21:55:00+00:00"),
            id="25 hours",
        ),
        # And on 28 March 2027 they go on: 23 hours, and a night of five.
        pytest.param(
            ("2027-03-27T22:00Z", "2027-03-28T07:00Z"),
            "2027-03-28T07:05Z",
            "2027-03-28T04:30:00+00:00",
            marks=pytest.mark.freeze_time("2027-03-27 21:55:00+00:00"),
            id="23 hours",
        ),
    ],
)
async def test_clock_changes(house: House, slot: tuple[str, str], ends: str, held_from: str) -> None:
    """A slot through the night when the clocks change: off-peak is certain anyway, the morning is beyond six hours."""
    house.octopus.add_slot(*slot)
    await charging_all_day(house, CHARGE_CAP_PRODUCT)
    await shortly_before(house, "05:30", days=1)
    await house.wait(hours=3)
    assert used(house) == 6.0
    received = [write.received_at.isoformat() for write in house.tesla.writes]
    assert received[1:] == [held_from, ends.replace(":05Z", ":00:00+00:00")]
    assert house.writes[0] == 100
    assert house.writes[-1] == 20


@pytest.mark.freeze_time("2027-03-28 09:55:00+00:00")
async def test_a_day_of_23_hours_ends_at_midday(house: House) -> None:
    """The midday after the clocks went on is 11:00 UTC."""
    house.octopus.add_completed("2027-03-27T12:00Z", "2027-03-27T13:00Z")
    house.octopus.add_slot("2027-03-28T10:00Z", "2027-03-28T12:00Z")
    await charging_all_day(house, CHARGE_CAP_PRODUCT)
    await house.until("11:45")
    assert used(house) == 2.0
    await house.until("12:15")
    assert used(house) == 0.5
