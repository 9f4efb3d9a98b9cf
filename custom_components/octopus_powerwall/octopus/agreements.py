"""The account's import agreements, joined from what GraphQL and REST know of them (facts/octopus.md 5.1, 5.2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
import re

from ..domain.model import Agreement
from ..domain.price.tariffs import tariff_of
from .parse import Rows
from .scalars import Json, as_id, as_object, as_text, as_time

_PRODUCT_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,63}", re.ASCII)
_TARIFF_CODE = re.compile(r"E-[0-9A-Z]+-(?P<product>.+)-[A-Z]", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Key:
    """What tells one agreement from another in both of Octopus' interfaces."""

    product_code: str
    valid_from: datetime


def import_agreements(account: dict[str, Json]) -> Rows[Agreement] | None:
    """Read the import agreements of ``account``, each once, oldest first; ``None`` if neither list was answered.

    Agreements of meter points that do not say that they import are left out. ``four_rate`` is not known yet.
    """
    current, every = account.get("current"), account.get("every")
    if not isinstance(current, list) and not isinstance(every, list):
        return None
    found: dict[tuple[str, datetime, datetime | None], Agreement] = {}
    skipped = 0
    for row in (*_of_meter_points(current), *_of_account(every)):
        agreement = _agreement(row)
        if agreement is None:
            skipped += 1
        elif agreement.valid_from != agreement.valid_to:  # otherwise it was called off before it began
            key = agreement.product_code, agreement.valid_from, agreement.valid_to
            if key not in found or found[key].display_name is None:
                found[key] = agreement
    return Rows(tuple(sorted(found.values(), key=_age)), skipped)


def product_code_of(tariff_code: str) -> str | None:
    """The product in a tariff code: ``E-1R-INTELLI-VAR-22-10-14-H`` is for ``INTELLI-VAR-22-10-14``."""
    match = _TARIFF_CODE.fullmatch(tariff_code.upper())
    return _checked(match["product"]) if match else None


def may_have_four_rates(agreement: Agreement) -> bool:
    """Whether only the product's own description tells if the agreement has a charge cap (design 2).

    That is so for the older Intelligent Octopus Go products, and for every code that is not known at all.
    """
    code, name = agreement.product_code, agreement.display_name
    return tariff_of(code, name, four_rate=True) != tariff_of(code, name)


def until_moved_out(agreements: Sequence[Agreement], rest_account: dict[str, Json]) -> tuple[Agreement, ...]:
    """End the agreements of properties at the time the owner moved out of them.

    An agreement that REST also lists for a property still lived in, or does not list at all, stays as it is.
    """
    moved_out: dict[_Key, datetime | None] = {}
    for _, left_at, key in _rest_agreements(rest_account):
        known = moved_out.get(key, left_at)
        moved_out[key] = None if left_at is None or known is None else max(left_at, known)
    ended: list[Agreement] = []
    for agreement in agreements:
        left_at = moved_out.get(_key(agreement))
        if left_at is None or (agreement.valid_to is not None and agreement.valid_to <= left_at):
            ended.append(agreement)
        elif agreement.valid_from < left_at:
            ended.append(replace(agreement, valid_to=left_at))
    return tuple(ended)


def where_charged(
    agreements: Sequence[Agreement], rest_account: dict[str, Json], homes: frozenset[str], now: datetime
) -> tuple[Agreement, ...]:
    """Leave out the agreements of other properties than those the car charges at (facts/octopus.md 5.1).

    Nothing is left out unless one of the agreements in force at ``now`` is for a property of ``homes``.
    """
    here: set[_Key] = set()
    elsewhere: set[_Key] = set()
    for home, _, key in _rest_agreements(rest_account):
        (here if home in homes else elsewhere).add(key)
    if not any(agreement.valid_at(now) and _key(agreement) in here for agreement in agreements):
        return tuple(agreements)
    return tuple(agreement for agreement in agreements if _key(agreement) not in elsewhere - here)


def _key(agreement: Agreement) -> _Key:
    return _Key(agreement.product_code, agreement.valid_from)


def _age(agreement: Agreement) -> tuple[datetime, bool, datetime, str]:
    valid_to = agreement.valid_to
    return agreement.valid_from, valid_to is None, valid_to or agreement.valid_from, agreement.product_code


def _of_meter_points(current: Json) -> Iterator[Json]:
    for entry in current if isinstance(current, list) else ():
        point = as_object((as_object(entry) or {}).get("meterPoint")) or {}
        if point.get("direction") == "IMPORT":
            listed = point.get("agreements")
            yield from listed if isinstance(listed, list) else (None,)


def _of_account(every: Json) -> Iterator[Json]:
    for entry in every if isinstance(every, list) else ():
        point = as_object((as_object(entry) or {}).get("meterPoint")) or {}
        if point.get("direction") == "IMPORT":
            yield entry


def _agreement(value: Json) -> Agreement | None:
    row = as_object(value) or {}
    tariff = as_object(row.get("tariff")) or {}
    valid_from, valid_to = as_time(row.get("validFrom")), as_time(row.get("validTo"))
    product_code = _checked(tariff.get("productCode")) or product_code_of(as_text(tariff.get("tariffCode")) or "")
    if product_code is None or valid_from is None or (valid_to is None and row.get("validTo") is not None):
        return None
    if valid_to is not None and valid_to < valid_from:
        return None
    return Agreement(product_code, valid_from, valid_to, as_text(tariff.get("displayName")))


def _checked(product_code: Json) -> str | None:
    """A product code that is safe to put in a path."""
    code = (as_text(product_code) or "").upper()
    return code if _PRODUCT_CODE.fullmatch(code) else None


def _rest_agreements(rest_account: dict[str, Json]) -> Iterator[tuple[str | None, datetime | None, _Key]]:
    """For each import agreement: the property's id, when the owner left it, and what tells the agreement."""
    for place in _objects(rest_account.get("properties")):
        left_at = as_time(place.get("moved_out_at"))
        for point in _objects(place.get("electricity_meter_points")):
            if point.get("is_export") is True:
                continue
            for row in _objects(point.get("agreements")):
                valid_from = as_time(row.get("valid_from"))
                product_code = product_code_of(as_text(row.get("tariff_code")) or "")
                if product_code is not None and valid_from is not None:
                    yield as_id(place.get("id")), left_at, _Key(product_code, valid_from)


def _objects(value: Json) -> Iterator[dict[str, Json]]:
    return (entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else iter(())
