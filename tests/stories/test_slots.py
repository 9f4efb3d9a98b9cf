"""Which of Octopus' rows move the Powerwall, and at which second (design 3.1 to 3.5, 3.8)."""

from typing import Any

import pytest

from .house import House

pytestmark = pytest.mark.usefixtures("seldom_looked_at", "seldom_polled")

type Told = list[tuple[str, int]]

DAY = "2026-11-18 09:00:00+00:00"
EVENING = "2026-11-18 21:45:00+00:00"

# What Octopus plans, by the clock on London's wall, and what the Powerwall is told.
BY_DAY: dict[str, tuple[list[tuple[str, str]], Told]] = {
    "two slots": (
        [("10:00", "11:00"), ("13:00", "14:30")],
        [("10:00:00", 100), ("11:00:00", 20), ("13:00:00", 100), ("14:30:00", 20)],
    ),
    "two slots 6 min apart": (
        [("10:00", "11:00"), ("11:06", "12:00")],
        [("10:00:00", 100), ("11:00:00", 20), ("11:06:00", 100), ("12:00:00", 20)],
    ),
    "two slots 5 min apart are one": (
        [("10:00", "11:00"), ("11:05", "12:00")],
        [("10:00:00", 100), ("12:00:00", 20)],
    ),
    "slots that abut are one": (
        [("10:00", "10:30"), ("10:30", "11:00"), ("11:00", "11:30")],
        [("10:00:00", 100), ("11:30:00", 20)],
    ),
    "shorter than 3 min": ([("10:00", "10:02")], []),
    "just 3 min long": ([("10:00", "10:03")], [("10:00:00", 100), ("10:03:00", 20)]),
    "odd minutes": ([("10:07", "10:41")], [("10:07:00", 100), ("10:41:00", 20)]),
}
BY_NIGHT: dict[str, tuple[list[tuple[str, str]], Told]] = {
    "ends at 23:30": ([("22:00", "23:30")], [("22:00:00", 100), ("05:30:00", 20)]),
    "ends before 23:30": ([("22:00", "23:24")], [("22:00:00", 100), ("23:24:00", 20)]),
    "ends at 02:00": ([("22:00", "02:00")], [("22:00:00", 100), ("05:30:00", 20)]),
    "ends at 05:30": ([("22:00", "05:30")], [("22:00:00", 100), ("05:30:00", 20)]),
    "begins at night, goes over 05:30": ([("04:00", "07:00")], [("04:00:00", 100), ("07:00:00", 20)]),
    "from evening over the whole night": ([("23:00", "07:00")], [("23:00:00", 100), ("07:00:00", 20)]),
    "a slot at 05:33 goes on from the night": (
        [("22:00", "02:00"), ("05:33", "06:30")],
        [("22:00:00", 100), ("06:30:00", 20)],
    ),
    "a slot at 05:36 does not": (
        [("22:00", "02:00"), ("05:36", "06:30")],
        [("22:00:00", 100), ("05:30:00", 20), ("05:36:00", 100), ("06:30:00", 20)],
    ),
    "from 05:30 it is day": ([("05:30", "06:00")], [("05:30:00", 100), ("06:00:00", 20)]),
    "wholly at night": ([("23:30", "05:30")], []),
    "pieces of a night": ([("23:45", "00:30"), ("02:00", "03:30"), ("04:00", "05:30")], []),
}


@pytest.mark.freeze_time(DAY)
@pytest.mark.parametrize("story", BY_DAY)
async def test_by_day(house: House, story: str) -> None:
    """On a whole-slot account each day slot costs two writes, at its edges."""
    slots, told = BY_DAY[story]
    for start, end in slots:
        house.plan(start, end)
    await house.move_in(whole_half_hours="off")
    await house.until("15:00" if story == "two slots" else "12:30")
    assert house.told == told
    assert (house.reserve, house.status) == (20, "idle")


@pytest.mark.freeze_time(EVENING)
@pytest.mark.parametrize("story", BY_NIGHT)
async def test_by_night(house: House, story: str) -> None:
    """A day slot that ends off-peak is held to 05:30; what lies wholly off-peak is cheap anyway."""
    slots, told = BY_NIGHT[story]
    for start, end in slots:
        house.plan(start, end, days=0 if start > "21:45" else 1)
    await house.move_in(whole_half_hours="off")
    await house.until("07:15", days=1)
    assert house.told == told
    assert (house.reserve, house.status) == (20, "idle")


# The night between two days with other clocks: at 01:00 UTC they go an hour on in spring and an hour back in autumn.
def on(now: str, story: str, slot: tuple[str, str], told: Told, last: str | None = None) -> Any:
    """A story of a certain night; ``last`` is the instant of its last write."""
    return pytest.param(slot, told, last, marks=pytest.mark.freeze_time(now), id=story)


SPRING, AUTUMN = "2027-03-27 21:45:00+00:00", "2026-10-24 20:45:00+00:00"
SUMMER = "2026-07-15 20:30:00+00:00"


@pytest.mark.parametrize(
    ("slot", "told", "last"),
    [
        on(
            SPRING,
            "spring, slot from the evening",
            ("2027-03-27T22:00Z", "2027-03-28T00:30Z"),
            [("22:00:00", 100), ("05:30:00", 20)],
            "2027-03-28T04:30:00+00:00",
        ),
        on(
            SPRING,
            "spring, slot over 05:30",
            ("2027-03-28T03:00Z", "2027-03-28T05:00Z"),
            [("04:00:00", 100), ("06:00:00", 20)],
            "2027-03-28T05:00:00+00:00",
        ),
        on(SPRING, "spring, wholly at night", ("2027-03-27T23:30Z", "2027-03-28T04:30Z"), []),
        on(
            AUTUMN,
            "autumn, slot from the evening",
            ("2026-10-24T21:00Z", "2026-10-25T00:30Z"),
            [("22:00:00", 100), ("05:30:00", 20)],
            "2026-10-25T05:30:00+00:00",
        ),
        on(
            AUTUMN,
            "autumn, from the first 01:30 over 05:30",
            ("2026-10-25T00:30Z", "2026-10-25T06:00Z"),
            [("01:30:00", 100), ("06:00:00", 20)],
            "2026-10-25T06:00:00+00:00",
        ),
        on(AUTUMN, "autumn, wholly at night", ("2026-10-24T22:30Z", "2026-10-25T05:30Z"), []),
        on(
            SUMMER,
            "summer, ends at 23:30 BST",
            ("2026-07-15T21:00Z", "2026-07-15T22:30Z"),
            [("22:00:00", 100), ("05:30:00", 20)],
            "2026-07-16T04:30:00+00:00",
        ),
        on(
            SUMMER,
            "summer, 22:40 to 23:10 BST is day",
            ("2026-07-15T21:40Z", "2026-07-15T22:10Z"),
            [("22:40:00", 100), ("23:10:00", 20)],
            "2026-07-15T22:10:00+00:00",
        ),
        on(SUMMER, "summer, wholly at night", ("2026-07-15T22:30Z", "2026-07-16T04:30Z"), []),
    ],
)
async def test_other_clocks(house: House, slot: tuple[str, str], told: Told, last: str | None) -> None:
    """The night is 23:30 to 05:30 on London's wall, five to seven hours long, whatever the season."""
    house.octopus.add_slot(*slot)
    await house.move_in(whole_half_hours="off")
    await house.wait(hours=10)
    assert house.told == told
    assert [write.received_at.isoformat() for write in house.tesla.writes[1:]] == ([last] if last else [])
    assert house.reserve == 20


@pytest.mark.freeze_time(EVENING)
async def test_another_time_zone(house: House) -> None:
    """Off-peak hours are London's, whatever Home Assistant's own time zone is."""
    await house.hass.config.async_update(time_zone="America/New_York")
    house.plan("22:00", "02:00")
    await house.move_in()
    await house.until("06:00", days=1)
    assert house.told == [("22:00:00", 100), ("05:30:00", 20)]


@pytest.mark.freeze_time(DAY)
@pytest.mark.parametrize("row", [{"type": "BOOST"}, {"type": "TEST"}, {"replace": {"type": "SOMETHING_NEW"}}])
async def test_rows_that_do_not_count(house: House, row: dict[str, Any]) -> None:
    """A boost is billed at the day rate; what Octopus only tries out, or calls what nobody knows, is no slot either."""
    house.plan("10:00", "11:00", **row)
    await house.move_in()
    assert house.entity("planned_slots").state == "0"
    await house.until("10:30")
    assert (house.status, house.entity("smart_slot").state) == ("idle", "off")
    await house.until("11:30")
    assert house.writes == []


@pytest.mark.freeze_time(DAY)
async def test_a_row_without_type_counts(house: House) -> None:
    """Octopus leaves the type of older rows empty; those are smart."""
    house.plan("10:00", "11:00", type=None)
    await house.move_in()
    await house.until("11:30")
    assert house.told == [("10:00:00", 100), ("11:00:00", 20)]


@pytest.mark.freeze_time(DAY)
async def test_a_boost_beside_a_slot(house: House) -> None:
    """The boost is not held; the slot is, and charged as soon as an answer no longer says that the car boosts."""
    house.plan("10:00", "11:00", type="BOOST")
    house.plan("11:00", "12:00")
    await house.move_in()
    await house.until("12:30")
    assert (house.told[0][0], house.told[-1]) == ("11:00:00", ("12:00:00", 20))
    assert house.writes[1:] == [100, 20]


@pytest.mark.freeze_time(DAY)
async def test_two_cars(house: House) -> None:
    """What counts is whether any car has a slot: the union."""
    house.octopus.add_device("second car")
    house.plan("10:00", "11:00", device="car")
    house.plan("10:30", "12:00", device="second car")
    house.plan("12:04", "12:30", device="car")
    house.plan("14:00", "14:30", device="second car")
    await house.move_in(whole_half_hours="off")
    assert [slot["start"][11:16] for slot in house.entity("planned_slots").attributes["slots"]] == ["10:00", "14:00"]
    await house.until("15:00")
    assert house.told == [("10:00:00", 100), ("12:30:00", 20), ("14:00:00", 100), ("14:30:00", 20)]
