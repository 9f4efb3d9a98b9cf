"""Whether a key and an account number are good, and what sort of account it is (design 2, 6)."""

from dataclasses import dataclass
from datetime import datetime

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.util import dt as dt_util

from ..const import API_URL_VARIABLE
from ..domain.model import Device, Poll
from ..domain.plan.dispatches import Plan, polled
from ..domain.plan.timeline import Slot, slots
from ..domain.price.tariffs import SlotPolicy, Tariff, Treatment
from ..domain.world import agreement_at, tariff_at
from ..octopus import (
    OctopusAccountNotFoundError,
    OctopusClient,
    OctopusError,
    OctopusInvalidKeyError,
    OctopusRateLimitedError,
    OctopusUnauthorisedError,
    normalise_account_number,
)
from ..sources.octopus_client import ApiUrlRefusedError, make_client
from .errors import RefusedError

_OHME = "OHME"


@dataclass(frozen=True, slots=True)
class CheckedAccount:
    """An account that answered.

    Attributes:
        number: the account number.
        tariff: the import tariff in force.
        tariff_name: what the owner knows it by.
        poll: Octopus' devices and plan; ``None`` where there are no slots, or it did not answer.
    """

    number: str
    tariff: Tariff
    tariff_name: str
    poll: Poll | None = None

    @property
    def ohme_only(self) -> bool:
        """Whether Octopus talks to Ohme chargers there and to nothing else (design 6)."""
        cars = self.cars
        return bool(cars) and all(car.provider == _OHME for car in cars)

    @property
    def cars(self) -> tuple[Device, ...]:
        """The cars and chargers that Octopus plans for."""
        return tuple(device for device in self.poll.devices if device.usable) if self.poll else ()

    def slots(self, now: datetime) -> tuple[Slot, ...]:
        """The slots ahead or running, in order."""
        return slots(polled(Plan(), self.poll), now) if self.poll else ()

    @property
    def has_charge_cap(self) -> bool:
        """Whether a planned slot is only cheap while the car really charges."""
        return self.tariff.policy is SlotPolicy.CHARGE_CAP


async def async_check(
    hass: HomeAssistant, api_key: str, account_number: str, *, any_tariff: bool = False
) -> CheckedAccount:
    """Log in, read the account and, where there are slots, its devices.

    Raises:
        RefusedError: ``invalid_auth``, ``account_not_found``, ``cannot_connect``, ``rate_limited``, and unless
            ``any_tariff`` is set ``not_supported_tariff``, where the terms give the battery to somebody else.
        AbortFlow: ``OCTOPUS_POWERWALL_API_URL`` points somewhere it must not.
    """
    try:
        client = make_client(hass, api_key, account_number)
        account = await client.async_account()
    except ApiUrlRefusedError as refused:
        raise AbortFlow("api_url_refused", {"variable": API_URL_VARIABLE}) from refused
    except ValueError:
        raise RefusedError("account_not_found") from None
    except OctopusError as error:
        raise RefusedError(_key_of(error)) from error
    now = dt_util.utcnow()
    tariff, agreement = tariff_at(account, now), agreement_at(account, now)
    named = agreement.display_name if agreement and tariff.treatment is Treatment.NOTHING else None
    if tariff.is_refused and not any_tariff:
        raise RefusedError("not_supported_tariff", placeholders={"tariff": tariff.name, "why": tariff.why})
    return CheckedAccount(
        normalise_account_number(account_number),
        tariff,
        named or tariff.name,
        await _async_poll(client) if tariff.has_slots else None,
    )


def _key_of(error: OctopusError) -> str:
    match error:
        case OctopusInvalidKeyError() | OctopusUnauthorisedError():
            return "invalid_auth"
        case OctopusAccountNotFoundError():
            return "account_not_found"
        case OctopusRateLimitedError():
            return "rate_limited"
        case _:
            return "cannot_connect"


async def _async_poll(client: OctopusClient) -> Poll | None:
    """Ask for devices and plan; a poll that fails here is no reason to stop."""
    try:
        return await client.async_poll()
    except OctopusError:
        return None
