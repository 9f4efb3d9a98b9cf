"""One poller for an account: shared, polite, and not to be confused by a clock that jumps (design 6)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.octopus_powerwall.domain.model import Account, Agreement, Poll
from custom_components.octopus_powerwall.octopus.errors import (
    OctopusError,
    OctopusRateLimitedError,
    OctopusUnavailableError,
)
from custom_components.octopus_powerwall.sources.octopus import AccountPoller, async_get_poller


class Client:
    """Octopus as the poller sees it: an answer, or what ``errors`` says first."""

    def __init__(self) -> None:
        self.polls = 0
        self.accounts = 0
        self.errors: list[OctopusError] = []
        self.answers: list[Account] = []

    async def async_poll(self) -> Poll:
        """Answer."""
        self.polls += 1
        if self.errors:
            raise self.errors.pop(0)
        return Poll(dt_util.utcnow())

    async def async_account(self) -> Account:
        """Answer."""
        self.accounts += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.answers.pop(0) if self.answers else Account(dt_util.utcnow())


@pytest.fixture
def client(freezer: FrozenDateTimeFactory) -> Client:
    """Octopus, on frozen time."""
    return Client()


@pytest.fixture
def poller(client: Client) -> AccountPoller:
    """The poller under test."""
    fake: Any = client
    return AccountPoller(fake)


async def test_a_poll_serves_for_a_minute(
    poller: AccountPoller, client: Client, freezer: FrozenDateTimeFactory
) -> None:
    """Whoever asks again sooner gets the same answer, and so do all who listen."""
    heard: list[Poll] = []
    stop = poller.async_listen(heard.append)
    first = await poller.async_poll()
    freezer.tick(timedelta(seconds=59.9))
    assert await poller.async_poll() is first
    freezer.tick(timedelta(seconds=0.1))
    assert await poller.async_poll() is not first
    assert (client.polls, len(heard)) == (2, 2)
    stop()
    freezer.tick(timedelta(seconds=60))
    await poller.async_poll()
    assert len(heard) == 2


async def test_set_ups_may_ask_sooner_but_only_four_times_a_minute(poller: AccountPoller, client: Client) -> None:
    """A row of reloads does not become a storm."""
    for _ in range(10):
        await poller.async_poll(now_please=True)
    assert client.polls == 4


async def test_failure_is_given_again_within_the_minute(poller: AccountPoller, client: Client) -> None:
    """Two entries on one account do not ask twice for the same refusal."""
    client.errors = [OctopusUnavailableError("away")]
    for _ in range(2):
        with pytest.raises(OctopusUnavailableError):
            await poller.async_poll()
    assert (client.polls, poller.polls, poller.failed_polls) == (1, 1, 1)


async def test_back_off_grows_and_ends_with_an_answer(
    poller: AccountPoller, client: Client, freezer: FrozenDateTimeFactory
) -> None:
    """5, 10, 20, 30, 30 minutes, and after an answer 5 again."""
    waits = []
    for _ in range(5):
        client.errors = [OctopusRateLimitedError("slow down")]
        with pytest.raises(OctopusRateLimitedError):
            await poller.async_poll()
        assert poller.limited_until is not None
        waits.append((poller.limited_until - dt_util.utcnow()) / timedelta(minutes=1))
        freezer.move_to(poller.limited_until - timedelta(seconds=1))
        asked = client.polls
        with pytest.raises(OctopusRateLimitedError):
            await poller.async_poll(now_please=True)
        assert client.polls == asked
        freezer.tick(timedelta(seconds=1))
    assert waits == [5, 10, 20, 30, 30]
    await poller.async_poll()
    assert poller.limited_until is None
    assert poller.failure is None


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=3000)])
async def test_clock_set_back_silences_nothing(
    poller: AccountPoller, client: Client, freezer: FrozenDateTimeFactory, back: timedelta
) -> None:
    """Neither the last poll nor a back-off that lies ahead now keeps us from asking."""
    await poller.async_account()
    await poller.async_poll()
    freezer.tick(timedelta(seconds=60))
    client.errors = [OctopusRateLimitedError("slow down")]
    with pytest.raises(OctopusRateLimitedError):
        await poller.async_poll()
    freezer.move_to(dt_util.utcnow() - back)
    await poller.async_poll()
    assert poller.failure is None
    if back > timedelta(hours=6):
        await poller.async_account()
        assert client.accounts == 2


async def test_account_is_read_every_six_hours(
    poller: AccountPoller, client: Client, freezer: FrozenDateTimeFactory
) -> None:
    """And after half an hour where that failed; the last one known serves meanwhile."""
    account = await poller.async_account()
    freezer.tick(timedelta(hours=5, minutes=59))
    assert await poller.async_account() is account
    freezer.tick(timedelta(minutes=1))
    client.errors = [OctopusUnavailableError("away")]
    assert await poller.async_account() is account
    freezer.tick(timedelta(minutes=29))
    assert await poller.async_account() is account
    assert client.accounts == 2
    freezer.tick(timedelta(minutes=1))
    assert await poller.async_account() is not account


async def test_set_up_reads_the_account_unless_another_just_did(
    poller: AccountPoller, client: Client, freezer: FrozenDateTimeFactory
) -> None:
    """A reload sees a new tariff at once; entries that start together share one reading; a limit is a limit."""
    account = await poller.async_account(now_please=True)
    freezer.tick(timedelta(seconds=59))
    assert await poller.async_account(now_please=True) is account
    freezer.tick(timedelta(seconds=1))
    assert await poller.async_account() is account
    assert (newer := await poller.async_account(now_please=True)) is not account
    freezer.tick(timedelta(minutes=1))
    client.errors = [OctopusRateLimitedError("slow down")]
    for _ in range(2):
        assert await poller.async_account(now_please=True) is newer
        freezer.tick(timedelta(minutes=1))
    assert client.accounts == 3


@pytest.mark.parametrize("read_before", [True, False])
async def test_agreement_in_force_that_is_unreadable_is_no_answer(
    poller: AccountPoller, client: Client, freezer: FrozenDateTimeFactory, read_before: bool
) -> None:
    """The account keeps what it was, and one never read stays so; asked again in half an hour (design 2)."""
    known = await poller.async_account() if read_before else None
    freezer.tick(timedelta(hours=6))
    now = dt_util.utcnow()
    asked = client.accounts
    ended = Agreement("INTELLI-VAR-22-10-14", now - timedelta(days=9), now - timedelta(days=1))
    for _ in range(2):
        client.answers = [Account(dt_util.utcnow(), (ended,), skipped=1)]
        for _ in range(2):
            assert await poller.async_account() is known
            freezer.tick(timedelta(minutes=15))
    assert client.accounts == asked + 2
    client.answers = [Account(dt_util.utcnow(), (replace(ended, valid_to=None),), skipped=1)]
    assert (account := await poller.async_account()) is not None
    assert account.skipped == 1
    freezer.tick(timedelta(hours=5, minutes=59))
    assert await poller.async_account() is account


async def test_account_never_read_is_asked_for_again_at_once(poller: AccountPoller, client: Client) -> None:
    """A set-up that failed can be tried again."""
    client.errors = [OctopusUnavailableError("away")]
    with pytest.raises(OctopusUnavailableError):
        await poller.async_account()
    assert await poller.async_account() is not None


async def test_limited_account_leaves_octopus_alone(poller: AccountPoller, client: Client) -> None:
    """1199 on the account counts for the plan as well."""
    client.errors = [OctopusRateLimitedError("slow down")]
    with pytest.raises(OctopusRateLimitedError):
        await poller.async_account()
    with pytest.raises(OctopusRateLimitedError):
        await poller.async_poll(now_please=True)
    assert await poller.async_account() is None
    assert (client.polls, client.accounts) == (0, 1)


async def test_entries_on_one_account_share_a_poller(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """By account and key."""
    monkeypatch.setattr("custom_components.octopus_powerwall.sources.octopus.make_client", lambda *_: Client())
    one = async_get_poller(hass, "key", "A-12345678")
    assert async_get_poller(hass, "key", "A-12345678") is one
    assert async_get_poller(hass, "another", "A-12345678") is not one
    assert async_get_poller(hass, "key", "A-87654321") is not one
