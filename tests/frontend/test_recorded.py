"""What the browser's tests show is what the card is told today; ``RECORD=1`` writes it anew.

Words may change without that, and when Octopus is asked is left to chance by some seconds.
"""

import json
import os
from typing import Any

import pytest

from tests.stories.house import House

from .days import DAYS
from .recording import path_of, recorded

# What is seen of a day, whatever it is called and however many points a line has.
TOLD = ("loaded", "from", "to", "time_zone", "dry_run", "tone", "price", "bands", "bars", "ahead", "car")


def shape(value: Any) -> Any:
    """The names of all that a message holds."""
    match value:
        case dict():
            return {key: shape(child) for key, child in value.items() if key != "texts"}
        case list():
            return [shape(value[0])] if value else []
        case _:
            return None


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.freeze_time(day.begins)) for name, day in DAYS.items()]
)
async def test_day(house: House, name: str) -> None:
    told = await DAYS[name].live(house)
    seen: dict[str, Any] = json.loads(json.dumps(told[-1]).replace(house.entry.entry_id, "the_entry"))
    if os.environ.get("RECORD"):
        path_of(name).write_text(json.dumps(seen, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    before = recorded(name)
    assert {key: seen[key] for key in TOLD} == {key: before[key] for key in TOLD}
    assert shape(seen) == shape(before)
    assert [action["key"] for action in seen["actions"]] == [action["key"] for action in before["actions"]]
