"""REST: the account (Basic auth), products and their rates (public). Shapes from facts/octopus.md 5."""

import base64
import binascii
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from .account import REGION, tariff_typename
from .rows import LONDON, TimeStyle, written
from .world import ACCOUNT_PATTERN, World

VAT = 1.05
_KNOWN_PRODUCTS = {
    "INTELLI-VAR-24-10-29": "Intelligent Octopus Go",
    "IOG-SMB-VAR-24-10-29": "Intelligent Octopus Go",
    "IOG-SMB-FIX-12M-26-09-18": "Intelligent Octopus Go 12M (Loyal) Fixed",
    "GO-VAR-22-10-14": "Octopus Go",
    "AGILE-24-10-01": "Agile Octopus",
    "INTELLI-FLUX-IMPORT-23-07-14": "Intelligent Octopus Flux Import",
    "VAR-22-11-01": "Flexible Octopus",
}
_FOUR_RATES = {"day": 30.77, "night": 5.23, "ev_device_peak": 30.77, "ev_device_off_peak": 5.23}


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


def product_answer(world: World, code: str) -> web.Response:
    """``GET /v1/products/{code}/``: with four rates for charge-cap products, one otherwise."""
    name = _product_name(world, code)
    if name is None:
        return web.json_response({"detail": "No EnergyProduct matches the given query."}, status=404)
    four_rate = tariff_typename(code) == "FourRateEvTariff"
    tariff = {f"_{REGION}": {"direct_debit_monthly": _four_rate(code) if four_rate else _one_rate(code)}}
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
            "tariffs_active_at": "2026-10-01T00:00:00Z",
            "single_register_electricity_tariffs": {} if four_rate else tariff,
            "dual_register_electricity_tariffs": {},
            "single_register_gas_tariffs": {},
            "four_rate_ev_electricity_tariffs": tariff if four_rate else {},
        }
    )


def rates_answer(world: World, code: str, kind: str, now: datetime) -> web.Response:
    """A tariff's rates: nightly bands, one open record, or for charge-cap products nothing under the standard name."""
    if _product_name(world, code) is None:
        return web.json_response({"detail": "No EnergyProduct matches the given query."}, status=404)
    four_rate = tariff_typename(code) == "FourRateEvTariff"
    name = kind.removesuffix("-unit-rates").replace("-", "_")
    if four_rate:
        rows = [_rate(_FOUR_RATES[name], datetime(2026, 7, 5, 23, tzinfo=UTC), None)] if name in _FOUR_RATES else []
    elif name != "standard":
        return web.json_response({"detail": "This tariff has standard rates."}, status=400)
    elif tariff_typename(code) == "HalfHourlyTariff":
        rows = list(_nightly(now))
    else:
        rows = [_rate(24.5, datetime(2026, 7, 1, tzinfo=UTC), None)]
    return web.json_response({"count": len(rows), "next": None, "previous": None, "results": rows})


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


def _four_rate(code: str) -> dict[str, Any]:
    rates = {f"{name}_unit_rate_{vat}_vat": rate for name, value in _FOUR_RATES.items() for vat, rate in _vat(value)}
    return _tariff(code, [*_FOUR_RATES]) | rates


def _one_rate(code: str) -> dict[str, Any]:
    return _tariff(code, ["standard"]) | {f"standard_unit_rate_{vat}_vat": rate for vat, rate in _vat(24.5)}


def _vat(value: float) -> Iterator[tuple[str, float]]:
    yield "exc", value
    yield "inc", round(value * VAT, 4)


def _tariff(code: str, rates: list[str]) -> dict[str, Any]:
    tariff = f"E-1R-{code}-{REGION}"
    base = f"https://api.octopus.energy/v1/products/{code}/electricity-tariffs/{tariff}"
    rels = ["standing_charges", *(f"{name}_unit_rates" for name in rates)]
    return {
        "code": tariff,
        "standing_charge_exc_vat": 44.0,
        "standing_charge_inc_vat": round(44.0 * VAT, 4),
        "exit_fees_inc_vat": 0.0,
        "exit_fees_type": "NONE",
        "links": [{"href": f"{base}/{rel.replace('_', '-')}/", "method": "GET", "rel": rel} for rel in rels],
    }


def _rate(value: float, valid_from: datetime, valid_to: datetime | None) -> dict[str, Any]:
    return {
        "value_exc_vat": value,
        "value_inc_vat": round(value * VAT, 4),
        "valid_from": written(valid_from, TimeStyle.Z),
        "valid_to": None if valid_to is None else written(valid_to, TimeStyle.Z),
        "payment_method": None,
    }


def _nightly(now: datetime) -> Iterator[dict[str, Any]]:
    """Cheap 23:30 to 05:30 British time, dear in between, newest first."""
    today = now.astimezone(LONDON).replace(hour=0, minute=0, second=0, microsecond=0)
    for ahead in (1, 0, -1):
        day = today + timedelta(days=ahead)
        night_ends, night_begins = day.replace(hour=5, minute=30), day.replace(hour=23, minute=30)
        next_ends = (day + timedelta(days=1)).replace(hour=5, minute=30)
        yield _rate(7.0, night_begins, next_ends)
        yield _rate(29.0, night_ends, night_begins)
