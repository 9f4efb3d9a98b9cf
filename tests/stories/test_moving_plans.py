"""Plans that come late, move, shrink and vanish (design 3.2, 3.5, 3.6)."""

from datetime import datetime, timedelta

import pytest

from tests.simulators.octopus import CHARGE_CAP_PRODUCT, WHOLE_SLOT_PRODUCT

from .house import House

DAY = "2026-11-18 09:55:00+00:00"
LONGEST_BETWEEN_POLLS = timedelta(seconds=195)

pytestmark = [pytest.mark.freeze_time(DAY), pytest.mark.usefixtures("seldom_looked_at")]


def polls_after(house: House, at: datetime) -> list[str]:
    """When Octopus was asked from an instant on, by London's clock."""
    return [f"{poll.at:%H:%M:%S}" for poll in house.octopus.polls if poll.at >= at]


async def test_late_slot(house: House) -> None:
    """Octopus shows a slot that has already begun: it counts from the next poll on."""
    await house.move_in()
    await house.until("10:08")
    house.plan("10:00", "11:00")
    await house.until("11:05")
    assert house.told == [(polls_after(house, house.at("10:08"))[0], 100), ("11:00:00", 20)]
    assert house.at("10:08") < house.tesla.writes[0].received_at <= house.at("10:08") + LONGEST_BETWEEN_POLLS


async def test_imminent_slot(house: House) -> None:
    """A slot that appears four minutes before its start is not missed."""
    await house.move_in()
    await house.until("10:26")
    house.plan("10:30", "11:00")
    await house.until("11:05")
    assert house.told == [("10:30:00", 100), ("11:00:00", 20)]


async def test_late_slot_with_too_little_left(house: House) -> None:
    """Less than three minutes of it are not worth two writes."""
    await house.move_in(whole_half_hours="off")
    await house.until("10:08")
    house.plan("10:00", "10:10")
    await house.until("10:09:55")
    assert (house.status, house.reason) in {("idle", "too_short"), ("idle", "no_slot")}
    await house.until("10:15")
    assert house.writes == []


async def test_withdrawn_slot(house: House) -> None:
    """A running slot that two whole answers, a minute apart, no longer show is over."""
    house.plan("10:00", "12:00", name="slot")
    await house.move_in(whole_half_hours="off")
    await house.until("10:10")
    house.octopus.withdraw("slot")
    await house.until("10:30")
    second = polls_after(house, house.at("10:10"))[1]
    assert house.told == [("10:00:00", 100), (second, 20)]
    assert house.entity("planned_slots").state == "0"


async def test_skipped_slot_that_is_withdrawn_is_over(house: House) -> None:
    """Skipped, it says so as long as it is planned; once Octopus has taken it back no slot is running."""
    house.plan("10:00", "12:00", name="slot")
    await house.move_in()
    await house.until("10:05")
    await house.act("skip_slot")
    await house.until("10:10")
    assert (house.status, house.reason) == ("idle", "slot_skipped")
    house.octopus.withdraw("slot")
    await house.until("10:30")
    assert (house.status, house.reason) == ("idle", "no_slot")
    assert house.reserve == 20


async def test_one_empty_answer_is_not_a_withdrawal(house: House) -> None:
    """Octopus gives an empty plan now and then, and the whole one again a poll later."""
    house.plan("10:00", "11:00")
    await house.move_in()
    await house.until("10:10")
    house.octopus.fail("empty_plan", times=1)
    await house.until("11:05")
    assert house.told == [("10:00:00", 100), ("11:00:00", 20)]


async def test_empty_plan_of_a_car_out_of_reach(house: House) -> None:
    """While Octopus has lost the car its empty plan says nothing: the old one stays, and grows older."""
    house.plan("10:00", "11:00", name="slot")
    await house.move_in(whole_half_hours="off")
    await house.until("10:10")
    house.octopus.withdraw("slot")
    house.octopus.set_device("car", state="LOST_CONNECTION")
    await house.until("11:05")
    assert house.told == [("10:00:00", 100), ("11:00:00", 20)]


async def test_slot_ahead_that_is_withdrawn(house: House) -> None:
    """A slot that has not begun goes with the first answer that lacks it."""
    house.plan("10:30", "11:00", name="slot")
    await house.move_in(whole_half_hours="off")
    await house.until("10:20")
    house.octopus.withdraw("slot")
    await house.until("11:05")
    assert house.writes == []


async def test_shortened_slot(house: House) -> None:
    """A new end that is still ahead counts at once."""
    house.plan("10:00", "12:00", name="slot")
    await house.move_in(whole_half_hours="off")
    await house.until("10:10")
    house.octopus.reshape("slot", end=house.at("10:40"))
    await house.until("10:50")
    assert house.told == [("10:00:00", 100), ("10:40:00", 20)]


async def test_shortened_to_a_past_end(house: House) -> None:
    """Cut off at once, it looks like a withdrawn one: two answers must say so."""
    house.plan("10:00", "12:00", name="slot")
    await house.move_in(whole_half_hours="off")
    await house.until("10:10")
    house.octopus.reshape("slot", end=house.at("10:10"))
    await house.until("10:30")
    assert house.told == [("10:00:00", 100), (polls_after(house, house.at("10:10"))[1], 20)]


async def test_lengthened_slot(house: House) -> None:
    """A later end moves the restore, without another write."""
    house.plan("10:00", "10:30", name="slot")
    await house.move_in(whole_half_hours="off")
    await house.until("10:20")
    house.octopus.reshape("slot", end=house.at("11:10"))
    await house.until("11:15")
    assert house.told == [("10:00:00", 100), ("11:10:00", 20)]


async def test_restamped_slot(house: House) -> None:
    """Octopus gives a running row the present minute as its start, poll after poll: it stays one slot."""
    house.octopus.set_device("car", restamps=True)
    house.plan("10:00", "11:00")
    await house.move_in()
    await house.until("10:45")
    (slot,) = house.entity("planned_slots").attributes["slots"]
    assert slot["start"] == "2026-11-18T10:00:00+00:00"
    await house.until("11:05")
    assert house.told == [("10:00:00", 100), ("11:00:00", 20)]


async def test_whole_half_hours(house: House) -> None:
    """The option holds the half hours that a slot touches; what is shown stays what Octopus plans."""
    house.plan("10:07", "10:41")
    await house.move_in(whole_half_hours="on")
    (slot,) = house.entity("planned_slots").attributes["slots"]
    assert (slot["start"][11:16], slot["end"][11:16]) == ("10:07", "10:41")
    await house.until("11:05")
    assert house.told == [("10:00:00", 100), ("11:00:00", 20)]


@pytest.mark.parametrize(
    ("product", "choice", "told"),
    [
        (WHOLE_SLOT_PRODUCT, "automatic", [("10:00:00", 100), ("11:00:00", 20)]),
        (WHOLE_SLOT_PRODUCT, "off", [("10:07:00", 100), ("10:41:00", 20)]),
        (CHARGE_CAP_PRODUCT, "automatic", [("10:07:00", 63), ("10:41:00", 20)]),
        (CHARGE_CAP_PRODUCT, "on", [("10:00:00", 63), ("11:00:00", 20)]),
    ],
)
async def test_whole_half_hours_by_the_tariff(
    house: House, product: str, choice: str, told: list[tuple[str, int]]
) -> None:
    """On its own it widens where a slot is cheap as a whole: there the whole half hour is, whatever the car does."""
    house.octopus.set_product(product)
    house.tesla.site.load_kw = 0
    house.plan("10:07", "10:41")
    await house.move_in(whole_half_hours=choice)
    await house.until("11:05")
    assert house.told == told


async def test_whole_half_hours_withdrawn(house: House) -> None:
    """A half hour once begun is billed whole, so it is held to its end although its slot is gone."""
    house.plan("10:00", "12:00", name="slot")
    await house.move_in(whole_half_hours="on")
    await house.until("10:10")
    house.octopus.withdraw("slot")
    await house.until("10:29:59")
    assert (house.status, house.entity("smart_slot").state) == ("charging_up", "off")
    await house.until("10:35")
    assert house.told == [("10:00:00", 100), ("10:30:00", 20)]


async def test_withdrawn_by_default(house: House) -> None:
    """What an owner has who chose nothing: the slot that two answers lack is over, also in the midst of a half hour."""
    house.plan("10:00", "12:00", name="slot")
    await house.move_in()
    await house.until("10:10")
    house.octopus.withdraw("slot")
    await house.until("10:20")
    assert (house.status, house.reserve) == ("idle", 20)


async def test_slot_that_turns_into_a_boost(house: House) -> None:
    """The owner presses boost while a slot runs: the row that remains is billed at the day rate."""
    house.plan("10:00", "12:00", name="slot")
    await house.move_in(whole_half_hours="off")
    await house.until("10:10")
    house.octopus.withdraw("slot")
    house.octopus.boost(house.at("12:00"))
    await house.until("10:30")
    first, second = polls_after(house, house.at("10:10"))[:2]
    # A car that boosts proves nothing certain: held from the first answer on, put back at the second.
    assert house.told == [("10:00:00", 100), (first, 65), (second, 20)]
