"""Whether a key and an account number are good, and what sort of account it is (design 2, 6)."""

from dataclasses import dataclass, replace
from datetime import datetime

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.util import dt as dt_util

from ..const import API_URL_VARIABLE
from ..domain.model import Account, Device, Poll
from ..domain.plan.dispatches import Plan, take_poll
from ..domain.plan.timeline import Slot, find_slots
from ..domain.price.agreements import ChosenHome, Standing, choose_home, has_live_car, standing_at
from ..domain.price.tariffs import SlotPolicy, Tariff, Treatment
from ..octopus import (
    OctopusAccountNotFoundError,
    OctopusClient,
    OctopusError,
    OctopusInvalidKeyError,
    OctopusRateLimitedError,
    OctopusUnauthorisedError,
    normalise_account_number,
)
from ..runtime.texts import async_load_texts, tariff_text
from ..sources.octopus import POLLERS
from ..sources.octopus_client import ApiUrlRefusedError, make_client
from .errors import RefusedError

_OHME = "OHME"


@dataclass(frozen=True, slots=True)
class CheckedAccount:
    """An account that answered, as it is for one of its homes.

    Attributes:
        number: the account's number.
        account: its agreements.
        poll: Octopus' devices and plan; ``None`` where it did not answer, which is no reason to stop.
        home: the home that counts.
    """

    number: str
    account: Account
    poll: Poll | None
    home: ChosenHome

    @property
    def standing(self) -> Standing:
        """What the account buys now."""
        live_car = self.poll is None or has_live_car(self.poll.devices, self.home)
        return standing_at(self.account, dt_util.utcnow(), self.home, live_car=live_car)

    @property
    def tariff(self) -> Tariff:
        """The tariff that decides."""
        return self.standing.tariff

    @property
    def tariff_name(self) -> str:
        """What Octopus calls it, where nothing more is known of it."""
        standing = self.standing
        named = standing.agreement.display_name if standing.agreement else None
        return (named if standing.tariff.treatment is Treatment.NOTHING else None) or standing.tariff.name

    @property
    def ohme_only(self) -> bool:
        """Whether Octopus talks to Ohme chargers there and to nothing else (design 6)."""
        cars = self.cars
        return self.tariff.has_slots and bool(cars) and all(car.provider == _OHME for car in cars)

    @property
    def cars(self) -> tuple[Device, ...]:
        """The cars and chargers that Octopus plans for in this home."""
        home = self.home.property_id
        devices = self.poll.devices if self.poll else ()
        return tuple(device for device in devices if device.usable and device.is_at(home))

    def slots(self, now: datetime) -> tuple[Slot, ...]:
        """Return the slots ahead or running, in order."""
        follows = self.poll is not None and self.tariff.has_slots
        return find_slots(take_poll(Plan(), self.poll, self.home.property_id), now) if self.poll and follows else ()

    @property
    def lacks_car(self) -> bool:
        """Whether there could be slots, and no car or charger is under smart control."""
        return self.tariff.has_slots and self.poll is not None and not self.cars

    @property
    def drives_battery(self) -> bool:
        """Whether Octopus itself drives a battery of the home."""
        devices = self.poll.devices if self.poll else ()
        return any(device.is_driven_battery and device.is_at(self.home.property_id) for device in devices)

    @property
    def shows_charge_cap(self) -> bool:
        """Whether only a device shows that there is a charge cap."""
        return self.tariff.policy is SlotPolicy.WHOLE_SLOT and any(device.capped for device in self.cars)

    @property
    def has_charge_cap(self) -> bool:
        """Whether a planned slot is only cheap while the car really charges."""
        capped = self.tariff.policy is SlotPolicy.CHARGE_CAP or self.shows_charge_cap
        return capped and self.standing.agreement is not None

    @property
    def starts_dry(self) -> bool:
        """Whether an entry should begin as a dry run."""
        return self.ohme_only or self.drives_battery

    @property
    def homes(self) -> dict[str, str]:
        """The homes to choose from."""
        return homes_of(self.account)

    def at_home(self, property_id: str) -> CheckedAccount:
        """Return the same account as it is for another of its homes."""
        return replace(self, home=ChosenHome(property_id))


def refuse_foreign_battery(hass: HomeAssistant, account: CheckedAccount) -> None:
    """Stop where the terms give the battery to somebody else.

    Raises:
        RefusedError: ``not_supported_tariff``.
    """
    tariff = account.tariff
    if tariff.is_refused:
        why = tariff_text(hass, tariff.reason)
        raise RefusedError("not_supported_tariff", placeholders={"tariff": tariff.name, "why": why})


async def async_check(
    hass: HomeAssistant, api_key: str, account_number: str, *, any_tariff: bool = False
) -> CheckedAccount:
    """Log in, read the account and its devices.

    Raises:
        RefusedError: ``invalid_auth``, ``account_not_found``, ``cannot_connect``, ``rate_limited``, and unless
            ``any_tariff`` is set ``not_supported_tariff``, where the terms give the battery to somebody else.
        AbortFlow: ``OCTOPUS_POWERWALL_API_URL`` points somewhere it must not.
    """
    await async_load_texts(hass)
    try:
        client = make_client(hass, api_key, account_number)
        account = await client.async_account()
    except ApiUrlRefusedError as refused:
        raise AbortFlow("api_url_refused", {"variable": API_URL_VARIABLE}) from refused
    except ValueError:
        raise RefusedError("account_not_found") from None
    except OctopusError as error:
        raise RefusedError(_key_of(error)) from error
    checked = CheckedAccount(
        normalise_account_number(account_number), account, await _async_poll(client), choose_home(account, None)
    )
    if not any_tariff and not checked.home.is_open:
        refuse_foreign_battery(hass, checked)
    return checked


def find_known_account(hass: HomeAssistant, api_key: str, account_number: str) -> CheckedAccount | None:
    """Return the account as an entry that runs has read it, without asking again; ``None`` where it has not."""
    poller = hass.data.get(POLLERS, {}).get((account_number, api_key))
    if poller is None or poller.account is None:
        return None
    return CheckedAccount(account_number, poller.account, poller.poll, choose_home(poller.account, None))


def homes_of(account: Account) -> dict[str, str]:
    """Return the homes of an account by property id: the first line of the address, and the tariff there."""
    now = dt_util.utcnow()
    return {
        home.property_id: f"{home.address or number}, {_tariff_at(account, ChosenHome(home.property_id), now)}"
        for number, home in enumerate(account.homes, start=1)
    }


def _tariff_at(account: Account, home: ChosenHome, now: datetime) -> str:
    standing = standing_at(account, now, home)
    return (standing.agreement.display_name if standing.agreement else None) or standing.tariff.name


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
