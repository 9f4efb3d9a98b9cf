"""REST: the account (Basic auth), products and their rates (public). Shapes from facts/octopus.md 5."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
import re
from typing import Any

from aiohttp import web

from .account import tariff_typename
from .rate_card import FOUR_RATES, REGIONS, TWO_REGISTERS, Record, is_four_rate, vat_at
from .rows import TimeStyle, written
from .world import ACCOUNT_PATTERN, World

PAGE_SIZE, LARGEST_PAGE = 100, 1500
_HOST = "https://api.octopus.energy"
_SMART_METERS = datetime(2026, 7, 5, 23, tzinfo=UTC)
_TARIFF = re.compile(r"E-(?P<registers>[12])R-(?P<product>[A-Z0-9-]+)-(?P<region>[A-P])")
_KNOWN_PRODUCTS = {
    "INTELLI-VAR-24-10-29": "Intelligent Octopus Go",
    "IOG-SMB-VAR-24-10-29": "Intelligent Octopus Go",
    "IOG-SMB-FIX-12M-26-09-18": "Intelligent Octopus Go 12M (Loyal) Fixed",
    "GO-VAR-22-10-14": "Octopus Go",
    "AGILE-24-10-01": "Agile Octopus",
    "COSY-22-12-08": "Cosy Octopus",
    "FLUX-IMPORT-23-02-14": "Octopus Flux Import",
    "FLUX-EXPORT-23-02-14": "Octopus Flux Export",
    "INTELLI-FLUX-IMPORT-23-07-14": "Intelligent Octopus Flux Import",
    "OUTGOING-VAR-24-10-26": "Outgoing Octopus",
    "AGILE-OUTGOING-19-05-13": "Agile Outgoing Octopus",
    "OE-FIX-12M-26-06-01": "Octopus 12M Fixed",
    "VAR-22-11-01": "Flexible Octopus",
}


def account_answer(world: World, number: str, authorization: str | None) -> web.Response:
    """``GET /v1/accounts/{number}/``: HTML 404 for a malformed number, 401 for a bad key or another's account."""
    if not ACCOUNT_PATTERN.fullmatch(number):
        return web.Response(status=404, text="<html><body><h1>Not Found</h1></body></html>", content_type="text/html")
    key = _basic_user(authorization)
    if key is None:
        return web.json_response({"detail": "Authentication credentials were not provided."}, status=401)
    user = world.user_with_key(key)
    if user is None:
        return web.json_response({"detail": "Invalid API key."}, status=401)
    for account in user.accounts:
        if account.number == number:
            return web.json_response(account.as_rest())
    return web.json_response({"detail": "Unauthorized."}, status=401)


def product_answer(world: World, code: str, now: datetime) -> web.Response:
    """``GET /v1/products/{code}/``: every region; four rates for charge-cap products, one otherwise."""
    name = _product_name(world, code)
    if name is None:
        return _no_product()
    four_rate = is_four_rate(code) or tariff_typename(code) == "FourRateEvTariff"
    silent = code in world.rate_card.silent
    tariffs = {
        f"_{region}": {
            "direct_debit_monthly": _four_rate(code, region, now) if four_rate else _one_rate(world, code, region, now)
        }
        for region in REGIONS
    }
    tariffs = {} if silent else tariffs
    return web.json_response(
        {
            "code": code,
            "full_name": name,
            "display_name": name,
            "description": name,
            "is_variable": "-VAR-" in code,
            "is_green": False,
            "is_tracker": False,
            "is_prepay": False,
            "is_business": False,
            "is_restricted": False,
            "term": 12 if "-12M-" in code else None,
            "available_from": "2024-10-29T00:00:00Z",
            "available_to": None,
            "brand": "OCTOPUS_ENERGY",
            "tariffs_active_at": written(now, TimeStyle.Z),
            "single_register_electricity_tariffs": {} if four_rate else tariffs,
            "dual_register_electricity_tariffs": {},
            "single_register_gas_tariffs": {},
            "four_rate_ev_electricity_tariffs": tariffs if four_rate else {},
        }
    )


def rates_answer(
    world: World, code: str, tariff: str, kind: str, now: datetime, query: Mapping[str, str], raw_query: str
) -> web.Response:
    """A tariff's rates, a page of them; for charge-cap products nothing under the standard name.

    A plus sign in a time that was not encoded reads as a blank, and is no time any more.
    """
    if _product_name(world, code) is None:
        return _no_product()
    match = _TARIFF.fullmatch(tariff)
    if match is None or match["product"] != code or match["region"] not in REGIONS:
        return web.json_response({"detail": "No tariff matches the given query."}, status=404)
    try:
        since, until = (_time(query.get(name)) for name in ("period_from", "period_to"))
        page, size = int(query.get("page", "1")), min(int(query.get("page_size", PAGE_SIZE)), LARGEST_PAGE)
    except ValueError:
        return web.json_response({"period_from": ["Enter a valid date/time."]}, status=400)
    records = list(_records(world, code, match["registers"], kind, now))
    if not records and kind != "standard-unit-rates":
        return web.json_response({"detail": "This tariff has standard rates."}, status=400)
    wanted = [
        record
        for record in records
        if (record.end is None or since is None or record.end > since) and (until is None or record.start < until)
    ]
    first = (page - 1) * size
    if page < 1 or (page > 1 and first >= len(wanted)):
        return web.json_response({"detail": "Invalid page."}, status=404)
    address = f"{_HOST}/v1/products/{code}/electricity-tariffs/{tariff}/{kind}/"
    factor = vat_at(code, now), REGIONS[match["region"]]
    return web.json_response(
        {
            "count": len(wanted),
            "next": f"{address}?{_paged(raw_query, page + 1)}" if first + size < len(wanted) else None,
            "previous": f"{address}?{_paged(raw_query, page - 1)}" if page > 1 else None,
            "results": [_rate(record, *factor) for record in wanted[first : first + size]],
        }
    )


def _records(world: World, code: str, registers: str, kind: str, now: datetime) -> Iterator[Record]:
    name = kind.removesuffix("-unit-rates").replace("-", "_")
    if registers == "2":
        if name in TWO_REGISTERS and code not in world.rate_card.silent:
            yield Record(TWO_REGISTERS[name], _SMART_METERS, None)
    elif name == "standard":
        yield from world.rate_card.standard(code, now)
    elif is_four_rate(code) and (pence := world.rate_card.by_register(code, name)) is not None:
        yield Record(pence, _SMART_METERS, None)


def _time(text: str | None) -> datetime | None:
    """A time as Octopus takes it; raises ``ValueError`` for one it does not."""
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _paged(raw_query: str, page: int) -> str:
    parts = [part for part in raw_query.split("&") if part and not part.startswith("page=")]
    return "&".join([*parts, f"page={page}"])


def _no_product() -> web.Response:
    return web.json_response({"detail": "No EnergyProduct matches the given query."}, status=404)


def _basic_user(authorization: str | None) -> str | None:
    scheme, _, payload = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(payload, validate=True).decode().partition(":")[0]
    except binascii.Error, UnicodeDecodeError:
        return None


def _product_name(world: World, code: str) -> str | None:
    for account in world.accounts:
        for _, agreement in account.agreements():
            if agreement.product_code == code:
                return agreement.display_name or code
    return _KNOWN_PRODUCTS.get(code)


def _four_rate(code: str, region: str, now: datetime) -> dict[str, Any]:
    rates = {
        f"{name}_unit_rate_{vat}_vat": rate
        for name, value in FOUR_RATES.items()
        for vat, rate in _with_vat(value * REGIONS[region], vat_at(code, now))
    }
    return _tariff(code, region, [*FOUR_RATES], now) | rates


def _one_rate(world: World, code: str, region: str, now: datetime) -> dict[str, Any]:
    record = next(world.rate_card.standard(code, now), None)
    value = (record.pence if record else 0.0) * REGIONS[region]
    rates = {f"standard_unit_rate_{vat}_vat": rate for vat, rate in _with_vat(value, vat_at(code, now))}
    return _tariff(code, region, ["standard"], now) | rates


def _with_vat(value: float, factor: float) -> Iterator[tuple[str, float]]:
    yield "exc", round(value, 4)
    yield "inc", round(value * factor, 4)


def _tariff(code: str, region: str, rates: list[str], now: datetime) -> dict[str, Any]:
    tariff = f"E-1R-{code}-{region}"
    base = f"{_HOST}/v1/products/{code}/electricity-tariffs/{tariff}"
    rels = ["standing_charges", *(f"{name}_unit_rates" for name in rates)]
    return {
        "code": tariff,
        "standing_charge_exc_vat": 44.0,
        "standing_charge_inc_vat": round(44.0 * vat_at(code, now), 4),
        "exit_fees_inc_vat": 0.0,
        "exit_fees_type": "NONE",
        "links": [{"href": f"{base}/{rel.replace('_', '-')}/", "method": "GET", "rel": rel} for rel in rels],
    }


def _rate(record: Record, vat: float, region: float) -> dict[str, Any]:
    """A record; the VAT of today is told for all of its time."""
    return {
        "value_exc_vat": round(record.pence * region, 4),
        "value_inc_vat": round(record.pence * region * vat, 4),
        "valid_from": written(record.start, TimeStyle.Z),
        "valid_to": None if record.end is None else written(record.end, TimeStyle.Z),
        "payment_method": record.payment,
    }
