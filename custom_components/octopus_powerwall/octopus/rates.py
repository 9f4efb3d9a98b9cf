"""What Octopus' REST says of contracts and their unit rates (facts/octopus.md 5.1, 5.3). Nothing in it is trusted."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
import logging
import re
from urllib.parse import urlencode

from ..domain.price.rates import Contract, TariffRates, UnitRate
from ..domain.price.tariffs import tariff_of
from .errors import OctopusResponseError
from .scalars import Json, as_id, as_number, as_object, as_text, as_time
from .transport import Transport

_LOGGER = logging.getLogger(__name__)

_TARIFF_CODE = re.compile(r"E-[0-9A-Z]{1,3}-(?P<product>[A-Z0-9][A-Z0-9-]{0,63})-[A-P]", re.ASCII)
_MOST_PENCE = 1_000.0
_PENCE = 100
_BEHIND, _AHEAD = timedelta(days=2), timedelta(days=2)
_PAGE_SIZE = 200
_MOST_PAGES = 5
_FOUR_RATES = "four_rate_ev_electricity_tariffs"
# In the order in which they are looked for: what somebody pays who pays by Direct Debit.
_DIRECT_DEBIT = ("direct_debit_monthly", "direct_debit_quarterly", "varying")


class RatesReader:
    """Reads the contracts of one account and the rates of their tariffs."""

    def __init__(self, transport: Transport, account_number: str, api_key: str, now: Callable[[], datetime]) -> None:
        self._transport = transport
        self._account_number = account_number
        self._api_key = api_key
        self._now = now

    async def async_contracts(self) -> tuple[Contract, ...]:
        """Every contract of the account with its region, of homes lived in, for import and export.

        Raises:
            OctopusError: The account could not be read.
        """
        account = await self._transport.async_rest(
            f"/v1/accounts/{self._account_number}/", "account-tariffs", self._api_key
        )
        return tuple(read_contracts(account))

    async def async_rates(self, contract: Contract) -> TariffRates | None:
        """Return the unit rates around now; ``None`` where Octopus publishes none that can be read.

        Raises:
            OctopusRateLimitedError: Octopus is to be left alone.
            OctopusUnavailableError: Octopus cannot be reached.
        """
        now = self._now()
        if contract.has_two_registers:
            day = await self._async_records(contract, "day", now)
            night = await self._async_records(contract, "night", now)
            return TariffRates(contract.tariff_code, now, day=day, night=night) if day and night else None
        records = await self._async_records(contract, "standard", now)
        if records:
            return TariffRates(contract.tariff_code, now, by_time=records)
        return None if contract.is_export else await self._async_four_rates(contract, now)

    async def _async_four_rates(self, contract: Contract, now: datetime) -> TariffRates | None:
        try:
            product = await self._transport.async_rest(f"/v1/products/{contract.product_code}/", "product-rates")
        except OctopusResponseError as error:
            _LOGGER.debug("The rates of product %s could not be read: %s", contract.product_code, error)
            return None
        found = read_four_rates(product, contract.region)
        if found is None:
            return None
        day, night = (UnitRate(contract.valid_from, None, rate) for rate in found)
        return TariffRates(contract.tariff_code, now, day=(day,), night=(night,))

    async def _async_records(self, contract: Contract, kind: str, now: datetime) -> tuple[UnitRate, ...]:
        """Return the records of one kind of rate.

        None where the tariff has no such rates, which Octopus answers with 400.
        """
        path = f"/v1/products/{contract.product_code}/electricity-tariffs/{contract.tariff_code}/{kind}-unit-rates/"
        records: list[UnitRate] = []
        page, is_last = 1, False
        # Octopus' own link to the next page is not followed: it could point anywhere.
        while not is_last:
            try:
                answer = await self._transport.async_rest(f"{path}?{_period(now, page)}", "unit-rates")
            except OctopusResponseError as error:
                _LOGGER.debug("The %s rates of %s could not be read: %s", kind, contract.product_code, error)
                return ()
            records += read_unit_rates(answer)
            is_last = answer.get("next") is None or page == _MOST_PAGES
            page += 1
        return tuple(sorted(set(records)))


def read_contracts(rest_account: dict[str, Json]) -> Iterator[Contract]:
    """Yield the contracts of the properties that are lived in; what cannot be read is left out."""
    for place in _objects(rest_account.get("properties")):
        left_at = as_time(place.get("moved_out_at"))
        for point in _objects(place.get("electricity_meter_points")):
            for row in _objects(point.get("agreements")):
                contract = _contract(row, is_export=point.get("is_export") is True, home=as_id(place.get("id")))
                if contract is not None and (left_at is None or contract.valid_from < left_at):
                    yield contract if left_at is None else _ended(contract, left_at)


def read_unit_rates(answer: dict[str, Json]) -> Iterator[UnitRate]:
    """Yield the records of an answer that somebody pays who pays by Direct Debit."""
    for row in _objects(answer.get("results")):
        if as_text(row.get("payment_method")) == "NON_DIRECT_DEBIT":
            continue
        start, end = as_time(row.get("valid_from")), as_time(row.get("valid_to"))
        pence = as_number(row.get("value_inc_vat"), _MOST_PENCE)
        is_open = row.get("valid_to") is None
        if pence is None or start is None or (end is None and not is_open) or (end is not None and end <= start):
            continue
        yield UnitRate(start, end, pence / _PENCE)


def read_four_rates(product: dict[str, Json], region: str) -> tuple[float, float] | None:
    """Return the house's day and night rates, GBP/kWh, of a product that has rates of its own for the car."""
    tariffs = as_object((as_object(product.get(_FOUR_RATES)) or {}).get(f"_{region}")) or {}
    for method in _DIRECT_DEBIT:
        tariff = as_object(tariffs.get(method)) or {}
        day = as_number(tariff.get("day_unit_rate_inc_vat"), _MOST_PENCE)
        night = as_number(tariff.get("night_unit_rate_inc_vat"), _MOST_PENCE)
        if day is not None and night is not None:
            return day / _PENCE, night / _PENCE
    return None


def _contract(row: dict[str, Json], *, is_export: bool, home: str | None) -> Contract | None:
    code = (as_text(row.get("tariff_code")) or "").upper()
    match = _TARIFF_CODE.fullmatch(code)
    start, end = as_time(row.get("valid_from")), as_time(row.get("valid_to"))
    if match is None or start is None or (end is None and row.get("valid_to") is not None):
        return None
    if end is not None and end <= start:
        return None
    # An export product is never the import tariff, whatever the meter point says (design 2).
    is_export = is_export or tariff_of(match["product"]).is_export
    return Contract(match["product"], code, start, end, is_export, home)


def _ended(contract: Contract, left_at: datetime) -> Contract:
    return replace(contract, valid_to=left_at if contract.valid_to is None else min(contract.valid_to, left_at))


def _period(now: datetime, page: int) -> str:
    """Return the part of the address that says what is asked for; a raw plus sign in a time would be refused."""
    asked = {
        "period_from": f"{now - _BEHIND:%Y-%m-%dT%H:%MZ}",
        "period_to": f"{now + _AHEAD:%Y-%m-%dT%H:%MZ}",
        "page_size": _PAGE_SIZE,
    }
    return urlencode(asked if page == 1 else {**asked, "page": page})


def _objects(value: Json) -> Iterator[dict[str, Json]]:
    return (entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else iter(())
