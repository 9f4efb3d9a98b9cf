"""The main job: up exactly at a slot's start, back exactly at its end."""

import pytest

from .house import House


@pytest.mark.freeze_time("2026-11-18 09:00:00+00:00")
async def test_day_slot(house: House) -> None:
    """A slot from 12:30 to 14:00 on a whole-slot account: two writes, each at its edge."""
    house.plan("12:30", "14:00")
    await house.move_in()
    assert (house.status, house.reason) == ("idle", "no_slot")
    await house.until("12:29:59")
    assert house.writes == []
    await house.until("12:45")
    assert (house.status, house.reason) == ("charging_up", "whole_slot")
    assert house.entity("status").attributes["baseline"] == 20
    await house.until("14:10")
    assert house.told == [("12:30:00", 100), ("14:00:00", 20)]
    assert house.reserve == 20
    assert house.status == "idle"


@pytest.mark.freeze_time("2026-11-18 09:00:00+00:00")
async def test_edges_between_two_ticks(house: House) -> None:
    """Octopus' slots begin and end at any second; a look once a minute would come late to both."""
    house.plan("12:30:17", "14:00:43")
    await house.move_in(whole_half_hours="off")
    await house.until("14:10")
    assert house.told == [("12:30:17", 100), ("14:00:43", 20)]
