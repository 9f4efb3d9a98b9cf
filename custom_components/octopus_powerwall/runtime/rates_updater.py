"""Knows what the house pays and gets: asks Octopus at set-up, daily, and when the agreement changes (design 9.1)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
import logging

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..domain.price.rates import Contract, HouseRates, TariffRates, choose_export, choose_import
from ..domain.settings import TypedRates
from ..octopus.errors import OctopusError
from ..sources.octopus import AccountPoller

_LOGGER = logging.getLogger(__name__)

RATES_READ_EVERY = timedelta(hours=24)
RATES_READ_AGAIN_AFTER = timedelta(minutes=30)
# Prices that change by the half hour are published a day ahead, in the afternoon.
BEFORE_THE_END = timedelta(hours=6)
HOURLY = timedelta(hours=1)


class RatesUpdater:
    """The rates of one home. ``known`` is what was read before a restart; ``on_change`` is called with new ones."""

    def __init__(
        self,
        hass: HomeAssistant,
        poller: AccountPoller,
        home: Callable[[], str | None],
        typed: Callable[[], TypedRates],
        known: HouseRates,
        on_change: Callable[[], None],
    ) -> None:
        self._hass = hass
        self._poller = poller
        self._home = home
        self._on_change = on_change
        self._typed = typed
        self.rates = replace(known, typed=typed())
        self._product: str | None = None
        self._due_at: datetime | None = None
        self._asking = False
        self._stopped = False

    @callback
    def async_stop(self) -> None:
        """Ask no more."""
        self._stopped = True

    @callback
    def async_update_if_due(self, now: datetime, product_code: str | None) -> None:
        """Ask Octopus if that is due; ``product_code`` is that of the import agreement in force."""
        if self._asking or self._stopped:
            return
        is_due = self._due_at is None or now >= self._due_at or self._due_at - now > RATES_READ_EVERY
        if not is_due and product_code == self._product:
            return
        self._asking = True
        self._product = product_code
        self._hass.async_create_background_task(
            self._async_ask(now, product_code), "octopus_powerwall rates", eager_start=True
        )

    async def _async_ask(self, now: datetime, product_code: str | None) -> None:
        self._due_at = now + RATES_READ_AGAIN_AFTER
        try:
            contracts = await self._poller.async_contracts()
            home = self._home()
            imported = await self._async_rates(choose_import(contracts, now, product_code, home))
            sold = choose_export(contracts, now, home)
            exported = await self._async_rates(sold)
        except OctopusError as err:
            _LOGGER.debug("The rates could not be read: %s", err)
            return
        finally:
            self._asking = False
        self.rates = HouseRates(imported, exported, sold is not None, self._typed())
        self._due_at = _due_after(dt_util.utcnow(), self.rates)
        if not self._stopped:
            self._on_change()

    async def _async_rates(self, contract: Contract | None) -> TariffRates | None:
        return await self._poller.async_rates(contract) if contract is not None else None


def _due_after(now: datetime, rates: HouseRates) -> datetime:
    """When to ask again: in a day, or sooner where what is published ends."""
    due = now + RATES_READ_EVERY
    for tariff in (rates.imported, rates.exported):
        if tariff is not None and tariff.ends_at is not None:
            due = min(due, max(tariff.ends_at - BEFORE_THE_END, now + HOURLY))
    return due
