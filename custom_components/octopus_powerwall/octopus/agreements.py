"""The account's import agreements, joined from what GraphQL and REST know of them (facts/octopus.md 5.1, 5.2)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
import re

from ..domain.model import Agreement, Home
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


@dataclass(frozen=True, slots=True)
class ReadAgreements:
    """The import agreements of an account, and for how many meters at once there are some in force."""

    agreements: Rows[Agreement]
    meters: int


def read_import_agreements(account: dict[str, Json], now: datetime) -> ReadAgreements | None:
    """Read the import agreements of ``account``, each once, oldest first; ``None`` if neither list was answered.

    A meter point that does not say whether it imports does, unless the product is one for export; an export product is
    never the import tariff, whatever direction Octopus gives it (design 2). ``four_rate`` is not known yet.
    """
    current, every = account.get("current"), account.get("every")
    if not isinstance(current, list) and not isinstance(every, list):
        return None
    found: dict[tuple[str, datetime, datetime | None], Agreement] = {}
    skipped = meters = 0
    for point in _objects(current):
        of_point = _read(_of_meter_point(point))
        skipped += of_point.skipped
        meters += any(agreement.valid_at(now) for agreement in of_point.rows)
        _add(found, of_point.rows)
    of_account = _read(_of_account(every))
    _add(found, of_account.rows)
    return ReadAgreements(Rows(tuple(sorted(found.values(), key=_age)), skipped + of_account.skipped), meters)


def _read(rows: Iterable[Json]) -> Rows[Agreement]:
    """Read agreements; export products and those called off before they began are left out."""
    read: list[Agreement] = []
    skipped = 0
    for row in rows:
        agreement = _agreement(row)
        if agreement is None:
            skipped += 1
        elif agreement.valid_from != agreement.valid_to and not _is_export(agreement):
            read.append(agreement)
    return Rows(tuple(read), skipped)


def _add(found: dict[tuple[str, datetime, datetime | None], Agreement], agreements: Iterable[Agreement]) -> None:
    for agreement in agreements:
        key = agreement.product_code, agreement.valid_from, agreement.valid_to
        if key not in found or found[key].display_name is None:
            found[key] = agreement


def _is_export(agreement: Agreement) -> bool:
    return tariff_of(agreement.product_code, agreement.display_name).is_export


def product_code_of(tariff_code: str) -> str | None:
    """Return the product in a tariff code: ``E-1R-INTELLI-VAR-22-10-14-H`` is for ``INTELLI-VAR-22-10-14``."""
    match = _TARIFF_CODE.fullmatch(tariff_code.upper())
    return _checked(match["product"]) if match else None


def may_have_four_rates(agreement: Agreement) -> bool:
    """Whether only the product's own description tells if the agreement has a charge cap (design 2).

    That is so for the older Intelligent Octopus Go products, and for every code that is not known at all.
    """
    code, name = agreement.product_code, agreement.display_name
    return tariff_of(code, name, four_rate=True) != tariff_of(code, name)


def assign_homes(agreements: Sequence[Agreement], rest_account: dict[str, Json]) -> tuple[Agreement, ...]:
    """Tell for each agreement which home it is for, ended at the time the owner left that home; oldest first.

    One that is in force in two homes becomes two. One that only REST knows is added, one that REST does not list stays
    as it is.
    """
    known = {_key(agreement): agreement for agreement in agreements}
    found: dict[tuple[str | None, _Key], Agreement] = {}
    for home, left_at, row in _rest_agreements(rest_account):
        agreement = known.get(_key(row), row)
        if left_at is not None and (agreement.valid_to is None or left_at < agreement.valid_to):
            agreement = replace(agreement, valid_to=left_at)
        if agreement.valid_to is None or agreement.valid_from < agreement.valid_to:
            found.setdefault((home, _key(row)), replace(agreement, property_id=home))
    listed = {_key(row) for _, _, row in _rest_agreements(rest_account)}
    rest = (agreement for agreement in agreements if _key(agreement) not in listed)
    return tuple(sorted((*found.values(), *rest), key=_age))


def read_homes(rest_account: dict[str, Json], now: datetime) -> tuple[Home, ...]:
    """Return the properties lived in that have an import agreement in force or to come, as REST lists them."""
    buying = {
        home
        for home, left_at, agreement in _rest_agreements(rest_account)
        if (left_at is None or left_at > now) and (agreement.valid_to is None or agreement.valid_to > now)
    }
    found: dict[str, Home] = {}
    for place in _objects(rest_account.get("properties")):
        home = as_id(place.get("id"))
        if home is not None and home in buying:
            found.setdefault(home, Home(home, as_text(place.get("address_line_1"))))
    return tuple(found.values())


def _key(agreement: Agreement) -> _Key:
    return _Key(agreement.product_code, agreement.valid_from)


def _age(agreement: Agreement) -> tuple[datetime, bool, datetime, str]:
    valid_to = agreement.valid_to
    return agreement.valid_from, valid_to is None, valid_to or agreement.valid_from, agreement.product_code


def _of_meter_point(entry: dict[str, Json]) -> Iterator[Json]:
    point = as_object(entry.get("meterPoint")) or {}
    if point.get("direction") != "EXPORT":
        listed = point.get("agreements")
        yield from listed if isinstance(listed, list) else (None,)


def _of_account(every: Json) -> Iterator[Json]:
    for entry in _objects(every):
        point = as_object(entry.get("meterPoint")) or {}
        if point.get("direction") != "EXPORT":
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
    """Return a product code that is safe to put in a path."""
    code = (as_text(product_code) or "").upper()
    return code if _PRODUCT_CODE.fullmatch(code) else None


def _rest_agreements(rest_account: dict[str, Json]) -> Iterator[tuple[str | None, datetime | None, Agreement]]:
    """For each import agreement: the property's id, when the owner left it, and the agreement as REST knows it."""
    for place in _objects(rest_account.get("properties")):
        left_at = as_time(place.get("moved_out_at"))
        for point in _objects(place.get("electricity_meter_points")):
            if point.get("is_export") is True:
                continue
            for row in _objects(point.get("agreements")):
                valid_from, valid_to = as_time(row.get("valid_from")), as_time(row.get("valid_to"))
                product_code = product_code_of(as_text(row.get("tariff_code")) or "")
                if product_code is None or valid_from is None or (valid_to is None and row.get("valid_to") is not None):
                    continue
                agreement = Agreement(product_code, valid_from, valid_to)
                if not _is_export(agreement):
                    yield as_id(place.get("id")), left_at, agreement


def _objects(value: Json) -> Iterator[dict[str, Json]]:
    return (entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else iter(())
