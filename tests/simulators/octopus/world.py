"""The state behind the API: who owns which account, what its devices plan and do. Time is passed in."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import hashlib
import re
from typing import Any

from .account import Account, Agreement, MeterPoint, Property
from .device import HALF_HOUR, LOOK_BACK, Device
from .rate_card import RateCard
from .rows import TimeStyle, energy_text, written

ACCOUNT_NUMBER = "A-12345678"
API_KEY = "sk_live_simulatorsimulatorsimulator0"
WHOLE_SLOT_PRODUCT = "INTELLI-VAR-24-10-29"
CHARGE_CAP_PRODUCT = "IOG-SMB-VAR-24-10-29"
EXPORT_PRODUCT = "OUTGOING-VAR-24-10-26"
PROPERTY_ID = "1234567"

# Octopus' REST router wants hexadecimal digits (facts/octopus.md 7).
ACCOUNT_PATTERN = re.compile(r"A-[0-9A-F]{8}")

_MOVED_IN = datetime(2023, 4, 1, tzinfo=UTC)


@dataclass(slots=True)
class User:
    """Who holds a key; one key can open several accounts."""

    name: str
    api_keys: set[str]
    accounts: list[Account]


@dataclass(slots=True)
class World:
    """Everything there is. ``energy_style`` is ``negative`` (as seen in the UK) or ``positive``.

    ``gone_fields`` have left the schema (``field`` or ``Type.field``): whoever asks for one gets HTTP 400.
    """

    users: list[User] = field(default_factory=list)
    time_style: TimeStyle = TimeStyle.Z
    energy_style: str = "negative"
    gone_fields: set[str] = field(default_factory=set)
    rate_card: RateCard = field(default_factory=RateCard)

    @property
    def accounts(self) -> list[Account]:
        """All accounts."""
        return [account for user in self.users for account in user.accounts]

    @property
    def devices(self) -> list[Device]:
        """All devices."""
        return [device for account in self.accounts for device in account.devices]

    def user_with_key(self, key: str) -> User | None:
        """Whose key it is."""
        return next((user for user in self.users if key in user.api_keys), None)

    def user(self, name: str) -> User | None:
        """A user by name."""
        return next((user for user in self.users if user.name == name), None)

    def device(self, label: str | None = None) -> Device:
        """A device by label or id; without one the first charger. ``LookupError`` if there is none."""
        for device in self.devices:
            if device.is_charger if label is None else label in {device.label, device.id}:
                return device
        known = ", ".join(device.label for device in self.devices)
        raise LookupError(f"no device {label or 'that charges'!r}; there are: {known}")

    def account(self, number: str | None = None) -> Account:
        """An account by number; without one the first. ``LookupError`` if there is none."""
        for account in self.accounts:
            if number in {None, account.number}:
                return account
        raise LookupError("no such account")

    def settle(self, to: datetime) -> None:
        """Bring every device up to an instant."""
        for device in self.devices:
            device.settle(to)

    def completed(self, account: Account, at: datetime) -> list[dict[str, Any]]:
        """Completed rows of all devices together, newest first: published with their lag, a day back at most."""
        rows: list[tuple[datetime, datetime, str | None, str | None, str | None]] = []
        for device in account.devices:
            for start, kwh in device.half_hours.items():
                end = start + HALF_HOUR
                if end + account.completed_lag <= at and kwh >= 0.01:
                    energy = energy_text(kwh, self.energy_style, digits=2)
                    rows.append((start, end, energy, account.completed_location, account.completed_source))
        rows.extend(
            (row.start, row.end, energy_text(row.energy, self.energy_style, digits=2), row.location, row.source)
            for row in account.completed_rows
            if row.shown_from is None or row.shown_from <= at
        )
        recent = sorted((row for row in rows if row[1] > at - LOOK_BACK), key=lambda row: row[0], reverse=True)
        return [
            {
                "start": written(start, TimeStyle.OFFSET),
                "end": written(end, TimeStyle.OFFSET),
                "startDt": None,
                "endDt": None,
                "delta": energy,
                "deltaKwh": energy,
                "meta": {"source": source, "location": location},
            }
            for start, end, energy, location, source in recent
        ]


def car(label: str = "car", **changes: Any) -> Device:
    """A car on the account, a Tesla unless told otherwise."""
    return Device(**({"label": label, "id": device_id(label), "name": "Car", "property_id": PROPERTY_ID} | changes))


def charge_point(label: str = "charger", **changes: Any) -> Device:
    """A charge point on the account; its deviceType is ELECTRIC_VEHICLES too."""
    zappi = {"typename": "SmartFlexChargePoint", "provider": "MYENERGI", "make": "myenergi", "model": "zappi"}
    return car(label, **(zappi | {"name": "Charger"} | changes))


def meter_device(label: str = "meter") -> Device:
    """The smart meter that accounts list among their devices."""
    return Device(
        label=label,
        id=device_id(label),
        typename="SmartFlexDevice",
        device_type="ELECTRICITY_METERS",
        provider="OCTOPUS_ENERGY",
        make=None,
        model=None,
        property_id=PROPERTY_ID,
    )


def home_battery(label: str = "battery", **changes: Any) -> Device:
    """A home battery that Octopus itself drives."""
    kind = {"typename": "SmartFlexBattery", "device_type": "BATTERIES", "provider": "TESLA_ENERGY"}
    return car(label, **(kind | {"make": "Tesla", "model": "Powerwall", "name": "Battery"} | changes))


def device_id(label: str) -> str:
    """A UUID-like id that follows from the label, so that runs can be compared."""
    return f"00000000-0002-4000-8020-{hashlib.sha256(label.encode()).hexdigest()[:12]}"


def home_account(
    number: str = ACCOUNT_NUMBER,
    product_code: str = WHOLE_SLOT_PRODUCT,
    *,
    devices: list[Device] | None = None,
    display_name: str | None = None,
) -> Account:
    """An ordinary account: an export meter listed first with no tariff, import since 2024, a car and a meter device."""
    since = datetime(2024, 11, 1, tzinfo=UTC)
    exports = MeterPoint("2000000000001", [Agreement(EXPORT_PRODUCT, since)], is_export=True, null_tariff=True)
    imports = MeterPoint(
        "1000000000001",
        [
            Agreement("VAR-22-11-01", _MOVED_IN, since, "Flexible Octopus"),
            Agreement(product_code, since, None, display_name or "Intelligent Octopus Go"),
        ],
    )
    home = Property(PROPERTY_ID, [exports, imports], _MOVED_IN)
    return Account(number, [home], [car(), meter_device()] if devices is None else devices)


def former_home(moved_out_at: datetime, product_code: str = "AGILE-24-10-01") -> Property:
    """A home that was left, with an agreement that ended then."""
    since = moved_out_at - timedelta(days=400)
    point = MeterPoint("1000000000099", [Agreement(product_code, since, moved_out_at)])
    return Property("7654321", [point], since, moved_out_at)


def typical_world(number: str = ACCOUNT_NUMBER, key: str = API_KEY, product_code: str = WHOLE_SLOT_PRODUCT) -> World:
    """One user with one ordinary account, beside a neighbour whose account is out of reach."""
    neighbour = User("2", {"sk_live_neighbourneighbourneighbour0"}, [home_account("A-0BADCAFE", devices=[])])
    return World([User("1", {key}, [home_account(number, product_code)]), neighbour])
