"""Nights before a bright day: where export pays nothing, room is left for the sun (design 9.6)."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from homeassistant.components.energy.data import async_get_manager
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    mock_integration,
    mock_platform,
)

from custom_components.octopus_powerwall.domain.money.half_hour import HalfHour
from custom_components.octopus_powerwall.domain.windows import HALF_HOUR

from .house import House
from .trouble import controller

EVENING = "2026-06-10 20:00:00+00:00"
pytestmark = pytest.mark.freeze_time(EVENING)

FORECAST = "sun_of_the_roof"
ASKED = "custom_components.octopus_powerwall.runtime.sun_room_planner.async_solar_forecast"


class Roof:
    """A stand-in for an integration with a solar forecast, which the Energy dashboard uses."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.hass = hass
        self.kwh: float | None = 30.0
        self.raises = False
        self.entry = MockConfigEntry(domain=FORECAST, title="The roof")

    async def set_up(self, *, in_dashboard: bool = True) -> None:
        """Put it into Home Assistant, beside an energy integration that is set up."""
        self.entry.add_to_hass(self.hass)
        mock_integration(self.hass, MockModule(FORECAST), top_level_files={"energy.py"})
        mock_platform(self.hass, f"{FORECAST}.energy", SimpleNamespace(async_get_solar_forecast=self.forecast))
        for component in ("energy", FORECAST):
            self.hass.config.components.add(component)
        source: Any = {
            "type": "solar",
            "stat_energy_from": "sensor.roof",
            "config_entry_solar_forecast": [self.entry.entry_id] if in_dashboard else None,
        }
        await (await async_get_manager(self.hass)).async_update({"energy_sources": [source]})

    async def forecast(self, _hass: HomeAssistant, entry_id: str) -> dict[str, dict[str, float]] | None:
        """From nine to five of each day the same, in the owner's own time."""
        assert entry_id == self.entry.entry_id
        if self.raises:
            raise RuntimeError("no sun today")
        if self.kwh is None:
            return None
        first = datetime.fromisoformat("2026-06-10T09:00:00+01:00")
        hours = [first + timedelta(days=day, hours=hour) for day in range(3) for hour in range(8)]
        return {"wh_hours": {hour.isoformat(): self.kwh * 125 for hour in hours}}


def has_lived_here(house: House, home_kw: float = 0.5) -> None:
    """Two weeks of a home that takes the same all day are in the books."""
    bookkeeper = controller(house).money.bookkeeper
    first = house.at("00:00") - timedelta(days=13)
    rows = tuple(
        HalfHour(first + number * HALF_HOUR, seen_s=1800, home_kwh=home_kw / 2, settled=True)
        for number in range(13 * 48)
    )
    books = bookkeeper.books
    bookkeeper.books = replace(books, ledger=replace(books.ledger, rows=rows))


async def moved_in(house: House, roof: Roof, **options: Any) -> None:
    """A house in Self-Powered mode, a quarter full, whose guard charges at night."""
    house.tesla.site.soc_pct = 25
    await roof.set_up()
    await house.move_in(night_guard="charge_up", **{"export_rate": 0.0, **options})
    has_lived_here(house)


def states(house: House) -> tuple[str, str]:
    return house.entity("room_for_the_sun").state, house.entity("charge_target_with_sun").state


async def test_no_more_is_bought_than_the_home_needs_until_the_sun_comes(house: House) -> None:
    """Four and a half hours of 0.5 kW before nine, of 13.5 kWh, above the reserve of 20 %: 33 %; what fits is less."""
    roof = Roof(house.hass)
    await moved_in(house, roof)
    await house.until("23:31")
    assert states(house)[0] == "room_left"
    target = int(float(states(house)[1]))
    assert 30 <= target <= 40
    assert house.told == [("23:30:00", target)]
    assert house.status == "charging_up"
    attributes = house.entity("room_for_the_sun").attributes
    assert (attributes["target"], attributes["sun_kwh"], attributes["home_kwh"]) == (target, 30.0, 9.0)
    assert attributes["until"] == "2026-06-11T23:30:00+01:00"
    await house.until("05:31", days=1)
    assert house.told[1:] == [("05:30:00", 20)]
    assert house.tesla.site.soc_pct == pytest.approx(target, abs=2)


async def test_a_house_without_a_forecast_is_seldom_asked(house: House) -> None:
    """Every minute at a start, when it may be set up after us, and every half hour then: most houses have none."""
    with patch(ASKED, return_value=None) as asked:
        await house.move_in()
        await house.wait(minutes=14, seconds=30)
        at_a_start = asked.call_count
        await house.wait(hours=2)
    assert at_a_start >= 13
    assert 3 <= asked.call_count - at_a_start <= 6
    roof = Roof(house.hass)
    await roof.set_up()
    await house.wait(minutes=31)
    assert states(house)[0] != "no_forecast"


async def test_what_is_above_the_target_may_be_used_at_night(house: House) -> None:
    """To keep it would take the sun's room as buying it does."""
    roof = Roof(house.hass)
    await moved_in(house, roof)
    house.tesla.site.soc_pct, house.tesla.site.load_kw = 60, 1.0
    await house.until("02:00", days=1)
    assert house.told[0][1] < 40
    assert house.tesla.site.soc_pct < 50


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"export_rate": 0.15}, "export_pays"),
        ({"leave_room_for_sun": "off"}, "off"),
        ({"solar_forecast": []}, "no_forecast"),
    ],
)
async def test_otherwise_the_owners_target_stands(house: House, options: dict[str, Any], why: str) -> None:
    await moved_in(house, Roof(house.hass), **options)
    await house.until("23:31")
    assert states(house) == (why, "unknown")
    assert house.told == [("23:30:00", 100)]


async def test_a_chosen_forecast_need_not_be_in_the_dashboard(house: House) -> None:
    roof = Roof(house.hass)
    house.tesla.site.soc_pct = 25
    await roof.set_up(in_dashboard=False)
    await house.move_in(night_guard="charge_up", export_rate=0.0, solar_forecast=[roof.entry.entry_id])
    has_lived_here(house)
    await house.until("23:31")
    assert states(house)[0] == "room_left"


async def test_a_home_of_which_too_little_is_known(house: House) -> None:
    house.tesla.site.soc_pct = 25
    await Roof(house.hass).set_up()
    await house.move_in(night_guard="charge_up", export_rate=0.0)
    await house.until("23:31")
    assert states(house) == ("no_history", "unknown")
    assert house.told == [("23:30:00", 100)]


async def test_a_forecast_that_fails_costs_nothing_but_itself(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """It is told once, and what was promised six hours ago is no forecast any more."""
    roof = Roof(house.hass)
    await moved_in(house, roof)
    await house.until("22:00")
    roof.raises = True
    await house.until("23:31")
    assert states(house)[0] == "room_left"
    await house.until("05:00", days=1)
    assert states(house) == ("no_forecast", "unknown")
    assert caplog.text.count("The solar forecast could not be read") == 1
    assert house.told[-1][1] == 100


@pytest.mark.usefixtures("seldom_looked_at", "seldom_polled")
async def test_a_slot_is_charged_no_further_either(house: House) -> None:
    """Before a bright afternoon a slot buys what the home needs until the night; the owner's word is not touched."""
    roof = Roof(house.hass)
    await moved_in(house, roof)
    house.plan("10:00", "11:00", days=1)
    await house.until("10:05", days=1)
    (at, reserve) = house.told[-1]
    assert at == "10:00:00"
    assert reserve < 60
    await house.act("charge_until", until=house.at("12:00"))
    assert house.told[-1][1] == 100


async def test_without_an_energy_dashboard_there_is_no_forecast(house: House) -> None:
    await house.move_in(night_guard="charge_up", export_rate=0.0)
    await house.until("21:05")
    assert states(house) == ("no_forecast", "unknown")


async def test_a_forecast_that_says_nothing_is_none(house: House) -> None:
    """Nor does an entry that is gone, or one of an integration that has none."""
    roof = Roof(house.hass)
    roof.kwh = None
    await moved_in(house, roof, solar_forecast=[roof.entry.entry_id, "gone"])
    await house.until("21:05")
    assert states(house)[0] == "no_forecast"


async def test_what_goes_wrong_in_the_books_stops_no_decision(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the ledger nor the sun's room may cost the owner a slot; each night is charged, and it is told once."""

    def fail(*_: object, **__: object) -> None:
        raise ArithmeticError("cannot be")

    await house.move_in(night_guard="charge_up", export_rate=0.0)
    money = controller(house).money
    monkeypatch.setattr(money.bookkeeper, "async_take", fail)
    await house.until("21:30")
    monkeypatch.setattr(money.sun_room_planner, "async_decide", fail)
    await house.until("23:31")
    assert house.told == [("23:30:00", 100)]
    assert caplog.text.count("Unexpected error while") == 1
