"""The Octopus client: one account, read only (design 6)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
import logging
import re

import aiohttp

from ..domain.model import Account, Agreement, Device, DeviceRead, Dispatch, Home, Poll
from . import agreements as agreement_rows, parse, queries
from .auth import TokenSource
from .device_turns import PLANS_A_MINUTE, DeviceTurns
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
from .schema_changes import OmittedFields
from .transport import Transport, check_base_url

_LOGGER = logging.getLogger(__name__)

DEFAULT_BASE_URL = "https://api.octopus.energy"

_ACCOUNT_NUMBER = re.compile(r"A-[0-9A-Z]{8}", re.ASCII)
_ACCOUNT_NOT_FOUND = "This Octopus account does not exist, or does not belong to the owner of the API key"
_MOST_PRODUCTS_ASKED = 4
# Far more cars than anybody has: a list that stays unreadable must not let strangers' entries pile up.
_MOST_UNREAD = 20
_ONE_BY_ONE_FOR = timedelta(days=1)
_LIMITED_EXTRA_FOR = timedelta(minutes=30)

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
        self._transport = Transport(session, check_base_url(base_url), now, user_agent)
        self._token = TokenSource(self._transport, self._api_key, now)
        self._turns = DeviceTurns()
        self.rates = RatesReader(self._transport, self._account_number, self._api_key, now)
        self._left_out = OmittedFields(now)
        self._one_by_one_since: datetime | None = None
        self._devices: tuple[Device, ...] = ()
        self._four_rate: dict[str, bool] = {}

    async def async_account(self) -> Account:
        """Read the account's import agreements: past, present and future, oldest first.

        Raises:
            OctopusAccountNotFoundError: No such account for this key.
            OctopusRateLimitedError: Any of the requests for it met a limit, which is not to be asked against.
            OctopusError: The account could not be read.
        """
        reply = await self._async_ask(lambda left_out: queries.make_account_query(self._account_number, left_out))
        account = reply.data.get("account")
        if account is None and not reply.faults:
            raise OctopusAccountNotFoundError(_ACCOUNT_NOT_FOUND)
        read = agreement_rows.read_import_agreements(account, reply.at) if isinstance(account, dict) else None
        if read is None:
            raise reply.error()
        found = read.agreements.rows
        homes: tuple[Home, ...] = ()
        homes_unread = False
        if read.meters > 1 or len(parse.read_homes_of_devices(reply.data.get("devices"))) > 1:
            by_home = await self._async_by_home(found, reply.at)
            homes_unread = by_home is None
            found, homes = by_home or (found, ())
        found = await self._async_with_four_rates(found, reply.at)
        _log_skipped("agreements", read.agreements.skipped)
        return Account(reply.at, found, read.agreements.skipped, homes, homes_unread)

    async def async_poll(self) -> Poll:
        """Read devices, planned and completed dispatches; one request, and one more while a device is new.

        Half an answer is an answer (design 6): what was refused or limited is missing from it, and nothing else.
        ``Poll.skipped`` counts the entries of the list of devices that could not be read, or 1 where the list was not
        answered; the cars known from before stand in for them, marked as unread. Unreadable rows of a plan are counted
        in its ``DeviceRead``, those of the completed dispatches in the log only: they say nothing about how whole the
        plan is (design 3.6). With more than four usable devices they take turns, one a poll for a day after Octopus
        would not answer for two in one request, and those whose turn it is not have ``dispatches=None``.

        Raises:
            OctopusError: Nothing usable was learned.
        """
        known = [device.id for device in self._devices if device.usable]
        turns = self._turns.take(known, self._now(), self._most_plans())
        reply, asked = await self._async_ask_for_plans(
            turns, lambda ids, left_out: queries.make_poll_query(self._account_number, ids, left_out)
        )
        plans = _plans(reply, asked)
        completed = parse.read_completed_dispatches(reply.data.get("completedDispatches"))
        listed = parse.read_devices(reply.data.get("devices"))
        if listed is None and (not known or (completed is None and not any(plans.values()))):
            raise reply.error()
        if asked and reply.has("KT-CT-1199") and not any(plan is not None for plan in plans.values()):
            raise reply.error()
        skipped = 1 if listed is None else listed.skipped
        self._devices = self._with_unread(() if listed is None else listed.rows, skipped)
        usable = [device for device in self._devices if device.usable]
        self._turns.keep_only(device.id for device in usable)

        unasked = (device.id for device in usable if device.id not in plans)
        further = self._turns.take(unasked, self._now(), self._most_plans() - len(asked))
        if further:
            plans |= await self._async_further_plans(further, needed=not plans)
        reads = tuple(_device_read(device, plans.get(device.id)) for device in usable)
        _log_skipped("devices", skipped)
        _log_skipped("planned dispatches", sum(read.skipped for read in reads))
        _log_skipped("completed dispatches", completed.skipped if completed else 0)
        return Poll(
            at=self._now(),
            devices=self._devices,
            reads=reads,
            completed=completed.rows if completed else None,
            skipped=skipped,
            clock_skew=reply.clock_skew,
        )

    def _with_unread(self, listed: tuple[Device, ...], skipped: int) -> tuple[Device, ...]:
        """Return the devices listed, and where entries were unreadable those known from before beside them."""
        if not skipped:
            return listed
        ids = {device.id for device in listed}
        unread = (replace(device, unread=True) for device in self._devices if device.id not in ids)
        return (*listed, *tuple(unread)[:_MOST_UNREAD])

    def _most_plans(self) -> int:
        """How many plans may be asked for in one request."""
        since = self._one_by_one_since
        return 1 if since is not None and abs(self._now() - since) < _ONE_BY_ONE_FOR else PLANS_A_MINUTE

    async def _async_further_plans(self, device_ids: Sequence[str], *, needed: bool) -> _Plans:
        try:
            reply, asked = await self._async_ask_for_plans(device_ids, queries.make_plans_query)
        except OctopusUnavailableError, OctopusResponseError, OctopusRateLimitedError:
            if needed:
                raise
            return {}
        return _plans(reply, asked)

    async def _async_ask_for_plans(
        self, device_ids: Sequence[str], query: Callable[[Sequence[str], frozenset[str]], Query]
    ) -> tuple[Reply, Sequence[str]]:
        """Ask for plans; a refusal for asking for too many at once is followed by a question for one of them."""
        reply = await self._async_ask(lambda left_out: query(device_ids, left_out))
        limited = reply.limited_at()
        if len(device_ids) > 1 and (reply.asked_too_much or any((at or "").startswith("plan") for at in limited)):
            self._one_by_one_since = self._now()
        if "completedDispatches" in limited:
            self._left_out.leave({"completedDispatches"}, _LIMITED_EXTRA_FOR)
        if len(device_ids) > 1 and reply.asked_too_much:
            self._turns.give_back(device_ids[1:])
            device_ids = device_ids[:1]
            reply = await self._async_ask(lambda left_out: query(device_ids, left_out))
        return reply, device_ids

    async def _async_ask(self, query: Callable[[frozenset[str]], Query]) -> Reply:
        """Ask, and once more without the extras that have left Octopus' schema since."""
        reply = await self._async_ask_with_token(query(self._left_out.names()))
        if self._left_out.leave(reply.unknown_fields):
            _LOGGER.debug("Octopus does not know any more, left out for a day: %s", ", ".join(reply.unknown_fields))
            if not reply.answered:
                reply = await self._async_ask_with_token(query(self._left_out.names()))
        return reply

    async def _async_ask_with_token(self, query: Query) -> Reply:
        """Ask with the token, and once more with another one if that token is refused.

        Plans that are answered although the devices are refused are half an answer, and no refusal.
        """
        token = await self._token.async_token()
        reply = await self._transport.async_graphql(query, token)
        if reply.token_rejected(query.subject):
            try:
                token = await self._token.async_renewed(token)
            except OctopusUnauthorisedError:
                if _has_plans(reply):
                    return reply
                raise self._refusal(query, reply) from None
            reply = await self._transport.async_graphql(query, token)
            if reply.token_rejected(query.subject):
                self._token.note_vain()
                if _has_plans(reply):
                    return reply
                raise self._refusal(query, reply)
        self._token.note_accepted()
        return reply

    def _refusal(self, query: Query, reply: Reply) -> OctopusError:
        """Return what a refusal means that a fresh token did not cure: of an account, that it is somebody else's."""
        if query.subject == "account" and reply.has("KT-CT-1111"):
            return OctopusAccountNotFoundError(_ACCOUNT_NOT_FOUND, "KT-CT-1111")
        return reply.error()

    async def _async_by_home(
        self, found: tuple[Agreement, ...], now: datetime
    ) -> tuple[tuple[Agreement, ...], tuple[Home, ...]] | None:
        """Where there may be several homes: which agreement is for which of them, and which were left. REST knows.

        ``None`` where it does not answer.
        """
        try:
            rest = await self._transport.async_rest(
                f"/v1/accounts/{self._account_number}/", "account-properties", self._api_key
            )
        except OctopusRateLimitedError:
            raise
        except OctopusError as error:
            _LOGGER.debug("The account's properties could not be read: %s", error)
            return None
        return agreement_rows.assign_homes(found, rest), agreement_rows.read_homes(rest, now)

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


def _has_plans(reply: Reply) -> bool:
    """Whether the plan of any device was answered."""
    return any(value is not None for name, value in reply.data.items() if name.startswith("plan"))


def _plans(reply: Reply, device_ids: Sequence[str]) -> _Plans:
    return {
        device_id: parse.read_planned_dispatches(reply.data.get(queries.name_plan_field(index)))
        for index, device_id in enumerate(device_ids)
    }


def _device_read(device: Device, plan: Rows[Dispatch] | None) -> DeviceRead:
    return DeviceRead(device, plan.rows, plan.skipped) if plan else DeviceRead(device, None)


def _log_skipped(what: str, skipped: int) -> None:
    if skipped:
        _LOGGER.debug("Skipped %d unreadable %s in Octopus' answer", skipped, what)
