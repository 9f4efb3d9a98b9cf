"""An account: properties, meter points and the agreements on them (facts/octopus.md 5.1, 5.2)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .device import Device
from .rows import TimeStyle, written

REGION = "H"


@dataclass(slots=True)
class Agreement:
    """A contract for a product; ``valid_to`` None is open."""

    product_code: str
    valid_from: datetime
    valid_to: datetime | None = None
    display_name: str | None = None

    @property
    def tariff_code(self) -> str:
        """The product in a region, as REST gives it."""
        return f"E-1R-{self.product_code}-{REGION}"

    def valid_at(self, at: datetime) -> bool:
        """Whether it is in force."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


@dataclass(slots=True)
class MeterPoint:
    """A meter point.

    ``null_tariff``: GraphQL says nothing of its tariff, as seen on export points. ``says_direction`` False: neither
    interface says whether it imports or exports.
    """

    mpan: str
    agreements: list[Agreement]
    is_export: bool = False
    null_tariff: bool = False
    says_direction: bool = True


@dataclass(slots=True)
class Property:
    """A home; ``moved_out_at`` None: lived in. ``gas``: it has a gas meter."""

    id: str
    meter_points: list[MeterPoint]
    moved_in_at: datetime
    moved_out_at: datetime | None = None
    postcode: str = "AA1 1AA"
    address: str = "1 Example Street"
    gas: bool = False


@dataclass(slots=True)
class CompletedRow:
    """A completed dispatch that a test wrote itself; shown from ``shown_from`` on (None: at once)."""

    start: datetime
    end: datetime
    energy: float | str | None
    location: str | None = "AT_HOME"
    source: str | None = None
    shown_from: datetime | None = None


@dataclass(slots=True)
class Account:
    """An account. ``completed_lag`` (0 to 60 min) is how long after a half hour its completed row appears."""

    number: str
    properties: list[Property]
    devices: list[Device] = field(default_factory=list)
    completed_lag: timedelta = timedelta(minutes=30)
    completed_location: str | None = "AT_HOME"
    completed_source: str | None = None
    completed_rows: list[CompletedRow] = field(default_factory=list)

    def import_points(self, at: datetime) -> list[MeterPoint]:
        """The import meter points of homes not moved out of."""
        return [
            point
            for home in self.properties
            if home.moved_out_at is None or home.moved_out_at > at
            for point in home.meter_points
            if not point.is_export
        ]

    def agreements(self) -> list[tuple[MeterPoint, Agreement]]:
        """All agreements with their meter points, in the account's order."""
        return [
            (point, agreement)
            for home in self.properties
            for point in home.meter_points
            for agreement in point.agreements
        ]

    def migrate(self, product_code: str, at: datetime, display_name: str | None = None) -> None:
        """End the import agreements of lived-in homes at an instant (past or future) and begin new ones."""
        for point in self.import_points(at):
            for agreement in point.agreements:
                if agreement.valid_at(at):
                    agreement.valid_to = at
            point.agreements.append(Agreement(product_code, at, None, display_name))

    def as_graphql(self, now: datetime, style: TimeStyle) -> dict[str, Any]:
        """The ``Account`` object; nested arguments are answered by callables, as graphql-core resolves them."""

        def agreements(_info: object, *, active: bool | None = None) -> list[dict[str, Any]]:
            return [
                _agreement(agreement, point, now, style)
                for point, agreement in self.agreements()
                if not active or agreement.valid_at(now)
            ]

        return {"__typename": "Account", "number": self.number, "electricityAgreements": agreements}

    def as_rest(self) -> dict[str, Any]:
        """The REST account; like Octopus it mixes ``Z`` and British offsets."""
        return {
            "number": self.number,
            "properties": [
                {
                    "id": int(home.id) if home.id.isdigit() else home.id,
                    "moved_in_at": _rest(home.moved_in_at),
                    "moved_out_at": _rest(home.moved_out_at),
                    "address_line_1": home.address,
                    "address_line_2": "",
                    "address_line_3": "",
                    "town": "EXAMPLE",
                    "county": "",
                    "postcode": home.postcode,
                    "electricity_meter_points": [_rest_point(point) for point in home.meter_points],
                    "gas_meter_points": [{"mprn": "3000000001", "meters": [], "agreements": []}] if home.gas else [],
                }
                for home in self.properties
            ],
        }


def tariff_typename(product_code: str) -> str:
    """The GraphQL type that a product's tariff has."""
    match product_code.split("-"):
        case ["IOG", "SMB", *_]:
            return "FourRateEvTariff"
        case ["INTELLI" | "IOG" | "AGILE" | "GO" | "COSY" | "FLUX" | "SNUG" | "SILVER", *_]:
            return "HalfHourlyTariff"
        case _:
            return "StandardTariff"


def _agreement(agreement: Agreement, point: MeterPoint, now: datetime, style: TimeStyle) -> dict[str, Any]:
    def of_point(_info: object, *, includeInactive: bool | None = None) -> list[dict[str, Any]]:
        return [
            _agreement(other, point, now, style) for other in point.agreements if includeInactive or other.valid_at(now)
        ]

    name = agreement.display_name or agreement.product_code
    return {
        "__typename": "ElectricityAgreement",
        "validFrom": written(agreement.valid_from, TimeStyle.LOCAL),
        "validTo": None if agreement.valid_to is None else written(agreement.valid_to, style),
        "meterPoint": {
            "mpan": point.mpan,
            "direction": ("EXPORT" if point.is_export else "IMPORT") if point.says_direction else None,
            "agreements": of_point,
        },
        "tariff": None
        if point.null_tariff
        else {
            "__typename": tariff_typename(agreement.product_code),
            "displayName": name,
            "fullName": name,
            "productCode": agreement.product_code,
            "tariffCode": agreement.tariff_code,
        },
    }


def _rest(at: datetime | None, style: TimeStyle = TimeStyle.LOCAL) -> str | None:
    return None if at is None else written(at, style)


def _rest_point(point: MeterPoint) -> dict[str, Any]:
    return {
        "mpan": point.mpan,
        "profile_class": 0 if point.is_export else 1,
        "consumption_standard": 2900,
        "meters": [{"serial_number": f"S{point.mpan[-8:]}", "registers": []}],
        "agreements": [
            {
                "tariff_code": agreement.tariff_code,
                "valid_from": _rest(agreement.valid_from),
                "valid_to": _rest(agreement.valid_to, TimeStyle.Z),
            }
            for agreement in point.agreements
        ],
        "is_export": point.is_export if point.says_direction else None,
    }
