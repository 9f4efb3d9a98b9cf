"""Decides how much room is left for the sun, anew in every half hour (design 9.6)."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
import logging

from homeassistant.core import HomeAssistant, callback

from ..domain.money.half_hour import HalfHour
from ..domain.money.shadow import Traits
from ..domain.money.sun_room import (
    SunReason,
    SunRoom,
    Terms,
    average_use,
    choose_room,
    find_dear_hours,
    outlook_of,
    steady_room,
)
from ..domain.price.rates import HouseRates
from ..domain.price.tariffs import Tariff
from ..domain.reserve.limits import Limits
from ..domain.settings import Settings
from ..domain.windows import half_hour_of
from ..sources.solar_forecast import Forecast, async_dashboard_entries, async_solar_forecast

_LOGGER = logging.getLogger(__name__)

# Forecasts are made anew once an hour, seldom twice.
FORECAST_READ_EVERY = timedelta(minutes=30)
# At a start the forecast may be set up after us. Most houses have none, and are not asked every minute for ever.
FORECAST_READ_AGAIN_AFTER = timedelta(minutes=1)
QUICK_TRIES = 15
FORECAST_TIMEOUT_S = 60
# What was promised so long ago is no forecast any more.
FORECAST_AGE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class SunRoomInputs:
    """What a house brings along for the decision. ``reserve_pct`` is the owner's own reserve, where it is known."""

    tariff: Tariff
    rates: HouseRates
    traits: Traits | None
    reserve_pct: float | None
    limits: Limits


class SunRoomPlanner:
    """The forecast of one entry, and what is decided by it. ``on_change`` is called with the first forecast."""

    def __init__(self, hass: HomeAssistant, settings: Callable[[], Settings], on_change: Callable[[], None]) -> None:
        self._hass = hass
        self._settings = settings
        self._on_change = on_change
        self._forecast: Forecast | None = None
        self.read_at: datetime | None = None
        self._due_at: datetime | None = None
        self._tries = 0
        self._asking = False
        self._stopped = False
        self._has_failed = False
        self._known: tuple[object, ...] = ()
        self.room = SunRoom()

    @callback
    def async_stop(self) -> None:
        """Ask no more."""
        self._stopped = True

    @callback
    def async_update_if_due(self, now: datetime) -> None:
        """Read the forecast if that is due."""
        if self._asking or self._stopped or not self._settings().leave_room_for_sun:
            return
        if self._due_at is not None and now < self._due_at and self._due_at - now <= FORECAST_READ_EVERY:
            return
        self._asking = True
        self._hass.async_create_background_task(
            self._async_read(now), "octopus_powerwall solar forecast", eager_start=True
        )

    async def _async_read(self, now: datetime) -> None:
        forecast = None
        try:
            chosen = self._settings().solar_forecasts
            async with asyncio.timeout(FORECAST_TIMEOUT_S):
                entries = await async_dashboard_entries(self._hass) if chosen is None else chosen
                forecast = await async_solar_forecast(self._hass, entries)
        except Exception as error:  # noqa: BLE001
            # Whatever another integration's forecast brings about, the battery is charged without it. Its message
            # is not ours to log: the address of a forecast may hold a key and a place.
            if not self._has_failed:
                _LOGGER.warning("The solar forecast could not be read (%s)", type(error).__name__)
            self._has_failed = True
        finally:
            self._asking = False
        self._tries = 0 if forecast is not None else self._tries + 1
        self._due_at = now + (FORECAST_READ_AGAIN_AFTER if 0 < self._tries < QUICK_TRIES else FORECAST_READ_EVERY)
        is_first = self._forecast is None and forecast is not None
        if forecast is not None:
            self._forecast, self.read_at = forecast, now
        if is_first and not self._stopped:
            self._on_change()

    @callback
    def async_decide(self, now: datetime, house: SunRoomInputs, rows: Iterable[HalfHour]) -> SunRoom:
        """How far to charge now; the same answer throughout a half hour unless something else is known."""
        known = (half_hour_of(now).start, house, self.read_at)
        if known != self._known:
            self._known = known
            self.room = steady_room(self.room, self._decided(now, house, rows))
        return self.room

    def _decided(self, now: datetime, house: SunRoomInputs, rows: Iterable[HalfHour]) -> SunRoom:
        if not self._settings().leave_room_for_sun:
            return SunRoom(SunReason.OFF)
        is_old = self.read_at is None or abs(now - self.read_at) > FORECAST_AGE
        if self._forecast is None or is_old:
            return SunRoom(SunReason.NO_FORECAST)
        span = find_dear_hours(house.tariff, now)
        if span is None:
            return SunRoom(SunReason.NO_WINDOW)
        start, end = span
        terms = _terms(house.rates, house.tariff, start, end)
        if terms is None:
            return SunRoom(SunReason.NO_RATES)
        use = average_use(rows, now)
        if use is None or house.traits is None or house.reserve_pct is None:
            return SunRoom(SunReason.NO_HISTORY)
        outlook = outlook_of(span, use, self._forecast)
        if outlook is None:
            return SunRoom(SunReason.NO_FORECAST)
        return choose_room(outlook, terms, house.traits, house.reserve_pct, house.limits)


def _terms(rates: HouseRates, tariff: Tariff, start: datetime, end: datetime) -> Terms | None:
    """Return what is paid in the hours that the battery has to last through, and in the cheap ones that follow."""
    cheap, dear, export = (
        rates.import_rate_at(end, tariff),
        rates.import_rate_at(start, tariff),
        rates.export_rate_at(start),
    )
    if cheap is None:
        # What is published ends before the next cheap hours.
        cheap = rates.slot_rate_at(start)
    return None if cheap is None or dear is None or export is None else Terms(cheap, dear, export)
