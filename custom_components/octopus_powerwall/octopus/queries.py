"""The GraphQL documents this client sends. They ask for no MPAN and no serial number.

Everything that is secret or foreign (key, account number, device ids) travels as a variable, never inside a document.
Fields that have left Octopus' schema are left out (``left_out``, names from ``schema_changes.OPTIONAL``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .scalars import Json

type _Field = str | tuple[str, tuple[_Field, ...]]

NOTHING_LEFT_OUT: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Query:
    """A document with its variables.

    ``name`` is told to Octopus so that traffic can be attributed. ``subject`` is the field the whole query is about:
    a refusal of that field is a refusal of the query.
    """

    name: str
    document: str
    variables: dict[str, Json] = field(repr=False)
    subject: str | None = None


_EXCHANGE = """
mutation Token($input: ObtainJSONWebTokenInput!) {
  obtainKrakenToken(input: $input) { token refreshToken refreshExpiresIn }
}
"""

_AGREEMENT: tuple[_Field, ...] = (
    "validFrom",
    "validTo",
    ("tariff", (("... on TariffType", ("productCode", "tariffCode", "displayName")),)),
)

_ACCOUNT: tuple[_Field, ...] = (
    (
        "account(accountNumber: $account)",
        (
            (
                "current: electricityAgreements(active: true)",
                (("meterPoint", ("direction", ("agreements(includeInactive: true)", _AGREEMENT))),),
            ),
            ("every: electricityAgreements", (*_AGREEMENT, ("meterPoint", ("direction",)))),
        ),
    ),
    ("devices(accountNumber: $account)", ("propertyId",)),
)

_POWER: tuple[_Field, ...] = (("activePower", ("value", "timestamp")),)

_DEVICES: _Field = (
    "devices(accountNumber: $account)",
    (
        "__typename",
        "id",
        "name",
        "deviceType",
        "provider",
        "propertyId",
        ("preferences", ("isChargingDurationCapped",)),
        (
            "status",
            (
                "current",
                "currentState",
                "isSuspended",
                ("... on SmartFlexVehicleStatus", _POWER),
                ("... on SmartFlexChargePointStatus", _POWER),
            ),
        ),
    ),
)

_COMPLETED: _Field = (
    "completedDispatches(accountNumber: $account)",
    ("start", "end", "delta", ("meta", ("source", "location"))),
)

_PLAN: tuple[_Field, ...] = ("start", "end", "type", "energyAddedKwh")


def make_key_query(api_key: str) -> Query:
    """Exchange the API key for a token."""
    return Query("token", _EXCHANGE, {"input": {"APIKey": api_key}}, "obtainKrakenToken")


def make_refresh_query(refresh_token: str) -> Query:
    """Exchange a refresh token for a new token."""
    return Query("token-refresh", _EXCHANGE, {"input": {"refreshToken": refresh_token}}, "obtainKrakenToken")


def make_account_query(account_number: str, left_out: frozenset[str] = NOTHING_LEFT_OUT) -> Query:
    """Return the account's agreements.

    ``current`` reaches past and future agreements of the meter points in use, ``every`` those of points that have no
    agreement in force; the devices tell whether several homes have cars. Tariffs are read through their interface, so
    that a new kind of tariff can be read too.
    """
    document = f"query Account($account: String!) {{ {_selection(_ACCOUNT, left_out)} }}"
    return Query("account", document, {"account": account_number}, "account")


def make_poll_query(
    account_number: str, device_ids: Sequence[str], left_out: frozenset[str] = NOTHING_LEFT_OUT
) -> Query:
    """Devices, completed dispatches, and the plans of the devices named, in one request."""
    asked = _selection((_DEVICES, *_plans(device_ids), _COMPLETED), left_out)
    document = f"query Poll($account: String!{_plan_variables(device_ids)}) {{ {asked} }}"
    return Query("poll", document, {"account": account_number, **_plan_values(device_ids)}, "devices")


def make_plans_query(device_ids: Sequence[str], left_out: frozenset[str] = NOTHING_LEFT_OUT) -> Query:
    """Return the plans of the devices named, in one request."""
    asked = _selection(_plans(device_ids), left_out)
    document = f"query Plans({_plan_variables(device_ids).removeprefix(', ')}) {{ {asked} }}"
    return Query("plans", document, _plan_values(device_ids))


def name_plan_field(index: int) -> str:
    """Return the name under which the plan of a query's ``index``-th device is answered."""
    return f"plan{index}"


def _plan_variables(device_ids: Sequence[str]) -> str:
    return "".join(f", $device{index}: String!" for index in range(len(device_ids)))


def _plan_values(device_ids: Sequence[str]) -> dict[str, Json]:
    return {f"device{index}": device_id for index, device_id in enumerate(device_ids)}


def _plans(device_ids: Sequence[str]) -> tuple[_Field, ...]:
    return tuple(
        (f"{name_plan_field(index)}: flexPlannedDispatches(deviceId: $device{index})", _PLAN)
        for index in range(len(device_ids))
    )


def _selection(fields: tuple[_Field, ...], left_out: frozenset[str]) -> str:
    """Return the fields as GraphQL, without those left out and without objects of which nothing would be asked."""
    written: list[str] = []
    for entry in fields:
        name, inner = (entry, ()) if isinstance(entry, str) else entry
        if name.partition("(")[0].split()[-1] in left_out:
            continue
        if not inner:
            written.append(name)
        elif asked := _selection(inner, left_out):
            written.append(f"{name} {{ {asked} }}")
    return " ".join(written)
