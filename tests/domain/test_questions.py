"""How long a question and a call of somebody else count (design 4.3, 5.5)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from custom_components.octopus_powerwall.domain.reserve.memory import Memory, Observations, note_call_by_another
from custom_components.octopus_powerwall.domain.reserve.questions import is_asked
from custom_components.octopus_powerwall.domain.reserve.situation import Battery, Demand, Situation
from custom_components.octopus_powerwall.domain.settings import Settings

from .story import House, at


@pytest.mark.parametrize(
    ("ago_s", "counts"), [(None, False), (0, False), (14, False), (15, True), (60, True), (120, True), (121, False)]
)
def test_a_question_counts_once_it_had_time_to_be_answered_and_not_for_ever(ago_s: int | None, counts: bool) -> None:
    asked_at = None if ago_s is None else at("12:00") - timedelta(seconds=ago_s)
    memory = Memory(senses=Observations(asked_at=asked_at))
    assert is_asked(memory, Situation(at("12:00"), Demand(), Battery(), Settings())) is counts


@pytest.mark.parametrize(("called", "overridden_at_once"), [("12:12", True), ("12:04", False)])
def test_a_call_of_another_speaks_for_the_next_reading_five_minutes_long(called: str, overridden_at_once: bool) -> None:
    """A reading that is not ours is the owner's will at once after such a call; else it has to be read twice."""
    house = House().plan("12:00-13:00").until(called)
    house.world = replace(house.world, memory=note_call_by_another(house.world.memory, 35, house.now))
    house.until("12:15").owner_sets(45).until("12:15:30")
    assert (house.status == "overridden") is overridden_at_once
