"""Options as the core takes them: what is not known, or of another form, has its default."""

from typing import Any

import pytest

from custom_components.octopus_powerwall.const import CONF_LEAVE_ROOM_FOR_SUN, CONF_SOLAR_FORECAST
from custom_components.octopus_powerwall.domain.settings import SlotSource
from custom_components.octopus_powerwall.runtime.choices import find_unreadable_options, read_settings


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
    assert read_settings({CONF_SOLAR_FORECAST: stored}).solar_forecasts == chosen


@pytest.mark.parametrize(
    ("options", "is_left"),
    [({}, True), ({CONF_LEAVE_ROOM_FOR_SUN: "on"}, True), ({CONF_LEAVE_ROOM_FOR_SUN: False}, False)],
)
def test_room_for_the_sun(options: dict[str, Any], is_left: bool) -> None:
    """It is left unless the owner said otherwise."""
    assert read_settings(options).leave_room_for_sun is is_left


@pytest.mark.parametrize(
    ("stored", "source"), [("ohme", SlotSource.OHME), (None, SlotSource.OCTOPUS), ("tesla", SlotSource.OCTOPUS)]
)
def test_a_source_that_this_release_does_not_know_is_octopus(stored: Any, source: SlotSource) -> None:
    assert read_settings({"slot_source": stored}).slot_source is source


@pytest.mark.parametrize("stored", ["much", True, float("nan"), [1]])
@pytest.mark.parametrize(
    "option", ["charging_power_threshold", "import_day_rate", "import_night_rate", "export_rate", "battery_capacity"]
)
def test_a_number_that_is_none_counts_as_not_given(option: str, stored: Any) -> None:
    assert read_settings({option: stored}) == read_settings({})
    assert find_unreadable_options({option: stored}) == (option,)
    assert find_unreadable_options({option: 1}) == ()
