"""The Octopus client: one account, read only (design 6)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
import logging
import re

import aiohttp

from ..domain.model import Account, Agreement, Device, DeviceRead, Dispatch, Poll
from . import agreements as agreement_rows, parse, queries
from .auth import TokenSource
from .device_turns import DeviceTurns
from .errors import (
    OctopusAccountNotFoundError,
    OctopusError,
    OctopusRateLimitedError,
    OctopusResponseError,
    OctopusUnauthorisedError,
    OctopusUnavailableError,
)
from .parse import Rows
from .queries import Query
from .rates import RatesReader
from .reply import Reply
from .transport import Transport, checked_base_url

_LOGGER = logging.getLogger(__name__)

DEFAULT_BASE_URL = "https://api.octopus.energy"

_ACCOUNT_NUMBER = re.compile(r"A-[0-9A-Z]{8}", re.ASCII)
_ACCOUNT_NOT_FOUND = "This Octopus account does not exist, or does not belong to the owner of the API key"
_MOST_PRODUCTS_ASKED = 4

type _Plans = dict[str, Rows[Dispatch] | None]


def normalise_account_number(text: str) -> str:
    """Trim and upper-case an account number such as ``A-12A34A99`` (facts/octopus.md 7).

    Raises:
        ValueError: It does not look like one; the message does not repeat it.
    """
    number = text.strip().upper()
    if not _ACCOUNT_NUMBER.fullmatch(number):
        raise ValueError("An Octopus account number looks like A-12A34A99")
    return number


class OctopusClient:
    """Reads one Octopus account. Entries on one account should share one client, which holds the token.

    Raises:
        ValueError: The account number or the base URL is refused.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        api_key: str,
        account_number: str,
        *,
        base_url: str = DEFAULT_BASE_URL,
        now: Callable[[], datetime],
        user_agent: str,
    ) -> None:
        self._api_key = api_key.strip()
        self._account_number = normalise_account_number(account_number)
        self._now = now
        self._transport = Transport(session, checked_base_url(base_url), now, user_agent)
        self._token = TokenSource(self._transport, self._api_key, now)
        self._turns = DeviceTurns()
        self.rates = RatesReader(self._transport, self._account_number, self._api_key, now)
        self._devices: tuple[Device, ...] = ()
        self._four_rate: dict[str, bool] = {}

    async def async_account(self) -> Account:
        """Read the account's import agreements: past, present and future, oldest first.

        Raises:
            OctopusAccountNotFoundError: No such account for this key.
            OctopusRateLimitedError: Any of the requests for it met a limit, which is not to be asked against.
            OctopusError: The account could not be read.
        """
        reply = await self._async_ask(queries.account(self._account_number))
        account = reply.data.get("account")
        if account is None and not reply.faults:
            raise OctopusAccountNotFoundError(_ACCOUNT_NOT_FOUND)
        read = agreement_rows.import_agreements(account) if isinstance(account, dict) else None
        if read is None:
            raise reply.error()
        found = read.rows
        if sum(agreement.valid_at(reply.at) for agreement in found) > 1:
            homes = parse.homes_with_charger(reply.data.get("devices"))
            found = await self._async_of_the_right_home(found, homes, reply.at)
        found = await self._async_with_four_rates(found, reply.at)
        _log_skipped("agreements", read.skipped)
        return Account(reply.at, found, read.skipped)

    async def async_poll(self) -> Poll:
        """Read devices, planned and completed dispatches; one request, and one more while a device is new.

        ``Poll.skipped`` counts the unreadable devices, and a list of devices that was not answered, for which the
        devices known from before stand in. Unreadable rows of a plan are counted in its ``DeviceRead``, those of the
        completed dispatches in the log only: they say nothing about how whole the plan is (design 3.6). With more than
        four usable devices they take turns, and those whose turn it is not have ``dispatches=None``.

        Raises:
            OctopusError: Nothing usable was learned.
        """
        known = [device.id for device in self._devices if device.usable]
        asked = self._turns.take(known, self._now())
        reply = await self._async_ask(queries.poll(self._account_number, asked))
        plans = _plans(reply, asked)
        completed = parse.completed_dispatches(reply.data.get("completedDispatches"))
        listed = parse.devices(reply.data.get("devices"))
        if listed is None:
            if not known or (completed is None and not any(plans.values())):
                raise reply.error()
            listed = Rows(self._devices, skipped=1)
        self._devices = listed.rows
        usable = [device for device in listed.rows if device.usable]
        self._turns.keep_only(device.id for device in usable)

        further = self._turns.take((device.id for device in usable if device.id not in plans), self._now())
        if further:
            plans |= await self._async_further_plans(further, needed=not plans)
        reads = tuple(_device_read(device, plans.get(device.id)) for device in usable)
        _log_skipped("devices", listed.skipped)
        _log_skipped("planned dispatches", sum(read.skipped for read in reads))
        _log_skipped("completed dispatches", completed.skipped if completed else 0)
        return Poll(
            at=self._now(),
            devices=listed.rows,
            reads=reads,
            completed=completed.rows if completed else None,
            skipped=listed.skipped,
            clock_skew=reply.clock_skew,
        )

    async def _async_further_plans(self, device_ids: Sequence[str], *, needed: bool) -> _Plans:
        try:
            reply = await self._async_ask(queries.plans(device_ids))
        except OctopusUnavailableError, OctopusResponseError:
            if needed:
                raise
            return {}
        return _plans(reply, device_ids)

    async def _async_ask(self, query: Query) -> Reply:
        """Ask with the token, and once more with another one if that token is refused."""
        token = await self._token.async_token()
        reply = await self._transport.async_graphql(query, token)
        if reply.token_rejected(query.subject):
            try:
                token = await self._token.async_renewed(token)
            except OctopusUnauthorisedError:
                raise self._refusal(query, reply) from None
            reply = await self._transport.async_graphql(query, token)
            if reply.token_rejected(query.subject):
                self._token.note_vain()
                raise self._refusal(query, reply)
        self._token.note_accepted()
        return reply

    def _refusal(self, query: Query, reply: Reply) -> OctopusError:
        """What a refusal means that a fresh token did not cure: of an account, that it is somebody else's."""
        if query.subject == "account" and reply.has("KT-CT-1111"):
            return OctopusAccountNotFoundError(_ACCOUNT_NOT_FOUND, "KT-CT-1111")
        return reply.error()

    async def _async_of_the_right_home(
        self, found: tuple[Agreement, ...], homes: frozenset[str], now: datetime
    ) -> tuple[Agreement, ...]:
        """Where several agreements are in force, leave out those of homes left or without the car: REST knows."""
        try:
            rest = await self._transport.async_rest(
                f"/v1/accounts/{self._account_number}/", "account-properties", self._api_key
            )
        except OctopusRateLimitedError:
            raise
        except OctopusError as error:
            _LOGGER.debug("The account's properties could not be read: %s", error)
            return found
        return agreement_rows.where_charged(agreement_rows.until_moved_out(found, rest), rest, homes, now)

    async def _async_with_four_rates(self, found: tuple[Agreement, ...], now: datetime) -> tuple[Agreement, ...]:
        """Ask, once for each product in force or to come, whether it has the four rates of a charge cap.

        What could not be asked is not known, which is not the same as no.
        """
        wanted = {
            agreement.product_code: None
            for agreement in found
            if agreement_rows.may_have_four_rates(agreement)
            and (agreement.valid_to is None or now < agreement.valid_to)
            and agreement.product_code not in self._four_rate
        }
        for product_code in list(wanted)[:_MOST_PRODUCTS_ASKED]:
            try:
                product = await self._transport.async_rest(f"/v1/products/{product_code}/", "product")
            except OctopusRateLimitedError:
                raise
            except OctopusError as error:
                _LOGGER.debug("Product %s could not be read: %s", product_code, error)
            else:
                self._four_rate[product_code] = bool(product.get("four_rate_ev_electricity_tariffs"))
        return tuple(
            replace(
                agreement,
                four_rate=agreement_rows.may_have_four_rates(agreement) and self._four_rate.get(agreement.product_code),
            )
            for agreement in found
        )


def _plans(reply: Reply, device_ids: Sequence[str]) -> _Plans:
    return {
        device_id: parse.planned_dispatches(reply.data.get(queries.plan_field(index)))
        for index, device_id in enumerate(device_ids)
    }


def _device_read(device: Device, plan: Rows[Dispatch] | None) -> DeviceRead:
    return DeviceRead(device, plan.rows, plan.skipped) if plan else DeviceRead(device, None)


def _log_skipped(what: str, skipped: int) -> None:
    if skipped:
        _LOGGER.debug("Skipped %d unreadable %s in Octopus' answer", skipped, what)
