"""Asks Octopus at the right times, for one entry (design 6). An outage is not an empty plan."""

from collections.abc import Callable
from datetime import datetime, timedelta
import logging
from random import uniform
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .domain.model import Account, Poll
from .domain.plan.polling import APART, BACK_OFF, JITTER, choose_next_poll
from .octopus.errors import (
    OctopusAccountNotFoundError,
    OctopusError,
    OctopusInvalidKeyError,
    OctopusRateLimitedError,
    OctopusUnauthorisedError,
    OctopusUnavailableError,
)
from .sources.octopus import AccountPoller

_LOGGER = logging.getLogger(__name__)

# Home Assistant's coordinators count from the last full second of the loop's clock, and so wake up to a second early.
# That must not make two polls come closer than a minute, nor one fall just short of the edge that it is to follow.
WAKES_EARLY = timedelta(seconds=1)

type Edges = Callable[[], tuple[datetime, ...]]


def failure_key(err: OctopusError) -> str:
    """Return the translation key of the sentence that tells the owner what Octopus' refusal means."""
    match err:
        case OctopusInvalidKeyError():
            return "invalid_auth"
        case OctopusAccountNotFoundError():
            return "account_not_found"
        case OctopusRateLimitedError():
            return "rate_limited"
        case OctopusUnauthorisedError():
            return "octopus_rejected"
        case OctopusUnavailableError():
            return "cannot_connect"
        case _:
            return "unusable_answer"


class OctopusCoordinator(DataUpdateCoordinator[Poll]):
    """Polls the entry's account. The battery does not depend on it: the controller has timers of its own."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, poller: AccountPoller, edges: Edges) -> None:
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name="Octopus",
            update_interval=timedelta(minutes=3),
        )
        self.poller = poller
        self._edges = edges
        self._is_set_up = False
        self._unsubscribe = poller.async_listen(self._on_poll)
        self._asking = False

    @property
    def account(self) -> Account | None:
        """The account's agreements, as last read."""
        return self.poller.account

    @property
    def failure(self) -> OctopusError | None:
        """Why the newest poll brought nothing; ``None`` when it did."""
        return self.poller.failure

    @override
    async def async_shutdown(self) -> None:
        """Stop polling."""
        self._unsubscribe()
        self._unsubscribe = _nothing
        await super().async_shutdown()

    @callback
    def async_reschedule(self) -> None:
        """Work the next poll out anew: the edges have moved, or the car was plugged in."""
        self.update_interval = self._until_next()
        if self._listeners:
            self._schedule_refresh()

    @callback
    def async_poll_soon(self) -> None:
        """Poll as soon as the last poll is a minute old."""
        now = dt_util.utcnow()
        asked_at = min(self.poller.asked_at or now - APART, now)
        wait = asked_at + APART - now
        self.update_interval = wait + WAKES_EARLY if wait > timedelta(0) else timedelta(milliseconds=100)
        if self._listeners:
            self._schedule_refresh()

    @override
    async def _async_update_data(self) -> Poll:
        """Ask Octopus.

        Raises:
            ConfigEntryAuthFailed: The API key is refused for good.
            UpdateFailed: Anything else; the plan stands and grows older.
        """
        self._asking = True
        try:
            await self._async_account()
            poll = await self.poller.async_poll(now_please=not self._is_set_up)
        except OctopusError as err:
            error = UpdateFailed if not _is_bad_key(err) else ConfigEntryAuthFailed
            raise error(translation_domain=DOMAIN, translation_key=failure_key(err)) from err
        finally:
            self._asking = False
            self._is_set_up = True
            self.update_interval = self._until_next()
        return poll

    async def _async_account(self) -> None:
        """Read the account where that is due. Only a set-up needs it; later a plan is worth more than its price."""
        try:
            await self.poller.async_account(now_please=not self._is_set_up)
        except OctopusError as err:
            if not self._is_set_up or _is_bad_key(err):
                raise
            _LOGGER.debug("The account could not be read: %s", err)

    @callback
    def _on_poll(self, poll: Poll) -> None:
        """Another entry on the account has asked: its answer is ours too."""
        if not self._asking:
            self.update_interval = self._until_next()
            self.async_set_updated_data(poll)

    def _until_next(self) -> timedelta:
        now = dt_util.utcnow()
        # The sooner half of the jitter only: news is then a minute and a half old at most on average.
        jitter = timedelta(seconds=-uniform(0, JITTER.total_seconds()))  # noqa: S311 not a secret
        # A clock that was set back must not let the last poll lie ahead.
        due = choose_next_poll(min(self.poller.asked_at or now, now), self._edges(), jitter)
        if self.poller.limited_until is not None:
            due = max(due, min(self.poller.limited_until, now + BACK_OFF[-1]))
        return max(due - now, timedelta(0)) + WAKES_EARLY


def _nothing() -> None:
    """Unsubscribed already."""


def _is_bad_key(err: OctopusError) -> bool:
    return isinstance(err, OctopusInvalidKeyError) and err.confirmed
