"""The GraphQL documents this client sends. They ask for no MPAN and no serial number.

Everything that is secret or foreign (key, account number, device ids) travels as a variable, never inside a document.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .scalars import Json


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

_ACCOUNT = """
query Account($account: String!) {
  account(accountNumber: $account) {
    current: electricityAgreements(active: true) {
      meterPoint {
        direction
        agreements(includeInactive: true) { ...agreement }
      }
    }
    every: electricityAgreements {
      ...agreement
      meterPoint { direction }
    }
  }
  devices(accountNumber: $account) { __typename id deviceType propertyId status { current isSuspended } }
}
fragment agreement on ElectricityAgreement {
  validFrom
  validTo
  tariff { ... on TariffType { productCode tariffCode displayName } }
}
"""

_DEVICES = """
  devices(accountNumber: $account) {
    __typename
    id
    name
    deviceType
    provider
    status {
      current
      currentState
      isSuspended
      ... on SmartFlexVehicleStatus { activePower { value timestamp } }
      ... on SmartFlexChargePointStatus { activePower { value timestamp } }
    }
  }
"""

_COMPLETED = """
  completedDispatches(accountNumber: $account) { start end delta meta { source location } }
"""


def token_by_key(api_key: str) -> Query:
    """Exchange the API key for a token."""
    return Query("token", _EXCHANGE, {"input": {"APIKey": api_key}}, "obtainKrakenToken")


def token_by_refresh(refresh_token: str) -> Query:
    """Exchange a refresh token for a new token."""
    return Query("token-refresh", _EXCHANGE, {"input": {"refreshToken": refresh_token}}, "obtainKrakenToken")


def account(account_number: str) -> Query:
    """The account's agreements.

    ``current`` reaches past and future agreements of the meter points in use, ``every`` those of points that have no
    agreement in force; the devices tell at which of several homes the car charges. Tariffs are read through their
    interface, so that a new kind of tariff can be read too.
    """
    return Query("account", _ACCOUNT, {"account": account_number}, "account")


def poll(account_number: str, device_ids: Sequence[str]) -> Query:
    """Devices, completed dispatches, and the plans of the devices named, in one request."""
    document = (
        f"query Poll($account: String!{_plan_variables(device_ids)}) {{{_DEVICES}{_plans(device_ids)}{_COMPLETED}}}"
    )
    return Query("poll", document, {"account": account_number, **_plan_values(device_ids)}, "devices")


def plans(device_ids: Sequence[str]) -> Query:
    """The plans of the devices named, in one request."""
    document = f"query Plans({_plan_variables(device_ids).removeprefix(', ')}) {{{_plans(device_ids)}}}"
    return Query("plans", document, _plan_values(device_ids))


def plan_field(index: int) -> str:
    """The name under which the plan of a query's ``index``-th device is answered."""
    return f"plan{index}"


def _plan_variables(device_ids: Sequence[str]) -> str:
    return "".join(f", $device{index}: String!" for index in range(len(device_ids)))


def _plan_values(device_ids: Sequence[str]) -> dict[str, Json]:
    return {f"device{index}": device_id for index, device_id in enumerate(device_ids)}


def _plans(device_ids: Sequence[str]) -> str:
    return "".join(
        f"  {plan_field(index)}: flexPlannedDispatches(deviceId: $device{index}) {{ start end type energyAddedKwh }}\n"
        for index in range(len(device_ids))
    )
