"""One poller for each Octopus account: entries on the same account share its client, its answers and its limits."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
import logging
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..domain.model import Account, Poll
from ..domain.plan.polling import APART, BACK_OFF, back_off
from ..domain.price.rates import Contract, TariffRates
from ..octopus.client import OctopusClient
from ..octopus.errors import OctopusError, OctopusRateLimitedError
from .octopus_client import make_client

_LOGGER = logging.getLogger(__name__)

ACCOUNT_EVERY = timedelta(hours=6)
ACCOUNT_RETRY = timedelta(minutes=30)
MOST_POLLS_A_MINUTE = 4


class AccountPoller:
    """Asks Octopus for one account, as often as is polite and no matter how many entries want to know."""

    def __init__(self, client: OctopusClient) -> None:
        self._client = client
        self._lock = asyncio.Lock()
        self._listeners: list[Callable[[Poll], None]] = []
        self._asked: deque[datetime] = deque(maxlen=MOST_POLLS_A_MINUTE)
        self._account_asked_at: datetime | None = None
        self._account_again_after = ACCOUNT_EVERY
        self._limited = 0
        self.limited_until: datetime | None = None
        self.account: Account | None = None
        self.poll: Poll | None = None
        self.failure: OctopusError | None = None
        self.polls = 0
        self.failed_polls = 0
        self.skipped_rows = 0

    @property
    def asked_at(self) -> datetime | None:
        """When Octopus was last asked, in UTC."""
        return self._asked[-1] if self._asked else None

    async def async_contracts(self) -> tuple[Contract, ...]:
        """Return the account's contracts for import and export.

        Raises:
            OctopusError: They could not be read, or Octopus is to be left alone for now.
        """
        return await self._async_extra(self._client.rates.async_contracts())

    async def async_rates(self, contract: Contract) -> TariffRates | None:
        """Return the unit rates of a contract; ``None`` where Octopus publishes none that can be read.

        Raises:
            OctopusError: They could not be read, or Octopus is to be left alone for now.
        """
        return await self._async_extra(self._client.rates.async_rates(contract))

    async def _async_extra[T](self, asked: Coroutine[Any, Any, T]) -> T:
        """Ask for what no decision needs: it waits its turn, and a limit that it meets counts for every poll."""
        async with self._lock:
            if self._is_limited(dt_util.utcnow()):
                asked.close()
                raise self.failure or OctopusRateLimitedError("Octopus is to be left alone for now")
            try:
                return await asked
            except OctopusRateLimitedError as err:
                self._failed(err)
                raise

    @callback
    def async_listen(self, listener: Callable[[Poll], None]) -> Callable[[], None]:
        """Be called with every answer, whoever asked for it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def async_poll(self, *, now_please: bool = False) -> Poll:
        """Poll, or give the last outcome again where it is less than a minute old.

        ``now_please`` is for a set-up, which may ask sooner than that, though never more than 4 times a minute.

        Raises:
            OctopusError: Octopus could not be asked, or is to be left alone for now.
        """
        async with self._lock:
            now = dt_util.utcnow()
            if not self._may_ask(now, now_please=now_please):
                if self.failure is not None:
                    raise self.failure
                if self.poll is not None:
                    return self.poll
            self._asked.append(now)
            self.polls += 1
            try:
                poll = await self._client.async_poll()
            except OctopusError as err:
                self._failed(err)
                raise
        self._limited, self.limited_until, self.failure, self.poll = 0, None, None, poll
        self.skipped_rows += poll.skipped + sum(read.skipped for read in poll.reads)
        for listener in tuple(self._listeners):
            listener(poll)
        return poll

    async def async_account(self, *, now_please: bool = False) -> Account | None:
        """Return the account, read anew every six hours; the last one known where that fails, ``None`` if never read.

        ``now_please`` is for a set-up, which reads it again unless it was asked for within the last minute (design 2).

        An answer whose agreement in force is unreadable says nothing: as after a failure, the account known before
        stands, and Octopus is asked again in half an hour.

        Raises:
            OctopusError: It has never been read, and cannot be now.
        """
        async with self._lock:
            now = dt_util.utcnow()
            asked_at = self._account_asked_at
            due = asked_at is None or abs(now - asked_at) >= (APART if now_please else self._account_again_after)
            if not due or self._is_limited(now):
                return self.account
            # Until it was read: asked again sooner than in six hours, but not at every poll.
            self._account_asked_at, self._account_again_after = now, ACCOUNT_RETRY
            try:
                account = await self._client.async_account()
            except OctopusError as err:
                if isinstance(err, OctopusRateLimitedError):
                    self._failed(err)
                if self.account is None:
                    self._account_asked_at = None
                    raise
                _LOGGER.debug("The account could not be read again: %s", err)
                return self.account
            if account.skipped and account.agreement_at(now) is None:
                # The agreement in force is one of those that could not be read (design 2).
                _LOGGER.debug("The account's agreement in force could not be read")
                return self.account
            self.account, self._account_again_after = account, ACCOUNT_EVERY
        return self.account

    def _may_ask(self, now: datetime, *, now_please: bool) -> bool:
        if self._is_limited(now):
            return False
        if len(self._asked) == MOST_POLLS_A_MINUTE and abs(now - self._asked[0]) < APART:
            return False
        return now_please or self.asked_at is None or abs(now - self.asked_at) >= APART

    def _is_limited(self, now: datetime) -> bool:
        """Whether Octopus is to be left alone. A clock that was set back does not make that longer than it ever is."""
        return self.limited_until is not None and self.limited_until - BACK_OFF[-1] <= now < self.limited_until

    def _failed(self, err: OctopusError) -> None:
        self.failed_polls += 1
        self.failure = err
        if isinstance(err, OctopusRateLimitedError):
            self._limited += 1
            self.limited_until = dt_util.utcnow() + back_off(self._limited)


POLLERS: HassKey[dict[tuple[str, str], AccountPoller]] = HassKey(f"{DOMAIN}.pollers")


@callback
def async_get_poller(hass: HomeAssistant, api_key: str, account_number: str) -> AccountPoller:
    """Return the poller of an account. It outlives a failed set-up: what Octopus has refused must not be forgotten."""
    pollers = hass.data.setdefault(POLLERS, {})
    key = (account_number, api_key)
    if key not in pollers:
        pollers[key] = AccountPoller(make_client(hass, api_key, account_number))
    return pollers[key]
