"""Options as the core takes them: what is not known, or of another form, has its default."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry  # type: ignore[import-untyped]

from custom_components.octopus_powerwall.const import CONF_DRY_RUN, CONF_LEAVE_ROOM_FOR_SUN, CONF_SOLAR_FORECAST
from custom_components.octopus_powerwall.domain.settings import SlotSource
from custom_components.octopus_powerwall.runtime.choices import OptionsReader, find_unreadable_options, read_settings


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


async def test_options_are_read_once_until_they_are_replaced(hass: HomeAssistant) -> None:
    """Whoever holds a reader sees what the owner has chosen meanwhile, also before the entry is reloaded."""
    entry = MockConfigEntry(options={CONF_DRY_RUN: False})
    entry.add_to_hass(hass)
    reader = OptionsReader(entry)
    assert not reader.settings.dry_run
    assert reader.settings is reader.settings
    hass.config_entries.async_update_entry(entry, options={CONF_DRY_RUN: True})
    assert reader.settings.dry_run
