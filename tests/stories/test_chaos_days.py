"""Days that the chaos run found (tests/chaos), each as a story of its own."""

import pytest

from tests.simulators.octopus import CHARGE_CAP_PRODUCT

from .house import House


@pytest.mark.usefixtures("seldom_looked_at", "seldom_polled")
async def test_a_slot_in_the_owners_hold_is_judged_for_itself(house: House) -> None:
    """Seed 4242, day 22: the owner keeps the level; a slot that may be dear joins, and buys nothing."""
    house.octopus.set_product(CHARGE_CAP_PRODUCT)
    house.plan("13:00", "13:30")
    await house.move_in()
    await house.act("hold_until", until=house.at("14:00").isoformat())
    await house.until("13:10")
    assert (house.status, house.reserve) == ("preserving", 63)
    await house.until("14:05")
    assert house.told == [("12:00:00", 63), ("14:00:00", 20)]


@pytest.mark.freeze_time("2026-11-18 09:00:00+00:00")
@pytest.mark.usefixtures("seldom_looked_at", "seldom_polled")
async def test_a_skipped_slot_stays_skipped_to_the_end_of_its_half_hour(house: House) -> None:
    """With whole half hours, a slot of ten minutes is held for thirty; skipped, it must not come back after its ten."""
    house.plan("12:30", "12:40")
    await house.move_in(whole_half_hours="on")
    await house.until("12:32")
    await house.act("skip_slot")
    await house.until("13:10")
    assert house.told == [("12:30:00", 100), ("12:32:00", 20)]


@pytest.mark.freeze_time("2026-11-18 09:00:00+00:00")
async def test_a_skipped_slot_takes_with_it_what_is_joined_to_it_after_its_end(house: House) -> None:
    """A row that comes late and lies three minutes after a skipped slot is part of the same slot (design 3.3)."""
    house.plan("12:30", "13:00")
    await house.move_in(whole_half_hours="off")
    await house.until("12:40")
    await house.act("skip_slot")
    await house.until("13:01")
    house.plan("13:03", "13:30")
    await house.until("13:40")
    assert house.told == [("12:30:00", 100), ("12:40:00", 20)]
