"""Options as the core takes them: what is not known, or of another form, has its default."""

from typing import Any

import pytest

from custom_components.octopus_powerwall.const import CONF_LEAVE_ROOM_FOR_SUN, CONF_SOLAR_FORECAST
from custom_components.octopus_powerwall.runtime.choices import chosen_forecasts, leaves_room


@pytest.mark.parametrize(
    ("stored", "chosen"),
    [
        (["south", "west"], ("south", "west")),
        (("south",), ("south",)),
        ("south", ("south",)),
        ([], ()),
        (None, None),
        (7, None),
    ],
)
def test_forecasts(stored: Any, chosen: tuple[str, ...] | None) -> None:
    """One entry or several; nothing, or nonsense, means those of the Energy dashboard."""
    assert chosen_forecasts({CONF_SOLAR_FORECAST: stored}) == chosen


@pytest.mark.parametrize(
    ("options", "is_left"),
    [({}, True), ({CONF_LEAVE_ROOM_FOR_SUN: "on"}, True), ({CONF_LEAVE_ROOM_FOR_SUN: False}, False)],
)
def test_room_for_the_sun(options: dict[str, Any], is_left: bool) -> None:
    """It is left unless the owner said otherwise."""
    assert leaves_room(options) is is_left
