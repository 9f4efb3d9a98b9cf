"""The token: minted, refreshed, re-minted once."""

import asyncio
import base64
from datetime import timedelta
import json
from typing import Any

import pytest

from custom_components.octopus_powerwall.octopus import (
    OctopusClient,
    OctopusError,
    OctopusInvalidKeyError,
    OctopusRateLimitedError,
    OctopusResponseError,
    OctopusUnauthorisedError,
    OctopusUnavailableError,
)

from .server import FIREWALL_PAGE, KEY, SIGNATURE, Clock, Handler, OctopusServer, faults, json_answer, text_answer

REMINTED = ["KT-CT-1111", "KT-CT-1112", "KT-CT-1120", "KT-CT-1124", "KT-CT-1143"]
bad_key = faults("KT-CT-1139", path="obtainKrakenToken")


async def test_the_key_travels_as_a_variable_and_the_token_bare(client: OctopusClient, octopus: OctopusServer) -> None:
    await client.async_poll()
    minted = octopus.last("token")
    assert minted.variables == {"input": {"APIKey": KEY}}
    assert "Authorization" not in minted.headers
    assert octopus.last("poll").headers["Authorization"] == octopus.tokens[0]


async def test_a_token_serves_until_five_minutes_before_it_expires(
    client: OctopusClient, octopus: OctopusServer, clock: Clock
) -> None:
    await client.async_poll()
    clock.advance(minutes=54)
    await client.async_poll()
    assert octopus.kinds.count("token") == 1
    assert "refresh" not in octopus.kinds
    clock.advance(minutes=1)
    await client.async_poll()
    assert octopus.last("refresh").variables == {"input": {"refreshToken": "refreshThatNobodyMaySee1"}}
    assert octopus.last("poll").headers["Authorization"] == octopus.tokens[1]
    assert octopus.kinds.count("token") == 1


@pytest.mark.parametrize("skew_min", [-180, -30, 30, 180])
async def test_our_own_clock_may_be_wrong(
    client: OctopusClient, octopus: OctopusServer, clock: Clock, skew_min: float
) -> None:
    octopus.skew = timedelta(minutes=skew_min)
    await client.async_poll()
    clock.advance(minutes=54)
    await client.async_poll()
    assert "refresh" not in octopus.kinds
    clock.advance(minutes=2)
    await client.async_poll()
    assert octopus.kinds.count("refresh") == 1


def token_with(claims: Any) -> str:
    text = claims if isinstance(claims, str) else json.dumps(claims)
    return f"x.{base64.urlsafe_b64encode(text.encode()).decode()}.{SIGNATURE}"


@pytest.mark.parametrize(
    "token",
    [
        "opaque",
        "x.!!!!.y",
        "x.a.y",
        token_with("no JSON"),
        token_with("[" * 4000),
        token_with([]),
        token_with({}),
        token_with({"exp": "soon"}),
        token_with({"exp": 0}),
        token_with({"exp": 10**12}),
        token_with({"exp": True}),
    ],
)
async def test_a_token_that_does_not_tell_is_renewed_after_55_minutes(
    client: OctopusClient, octopus: OctopusServer, clock: Clock, token: str
) -> None:
    octopus.answer("token", json_answer({"data": {"obtainKrakenToken": {"token": token, "refreshToken": "again"}}}))
    await client.async_poll()
    clock.advance(minutes=54, seconds=50)
    await client.async_poll()
    assert "refresh" not in octopus.kinds
    clock.advance(seconds=20)
    await client.async_poll()
    assert octopus.kinds.count("refresh") == 1


@pytest.mark.parametrize(
    "refusal",
    [
        faults("KT-CT-1134"),
        faults("KT-CT-1135"),
        bad_key,
        json_answer({"detail": "no"}, 401),
        json_answer({"data": {"obtainKrakenToken": {"token": None}}}),
        text_answer("<html>"),
    ],
)
async def test_where_a_refresh_is_refused_the_key_decides(
    client: OctopusClient, octopus: OctopusServer, clock: Clock, refusal: Handler
) -> None:
    await client.async_poll()
    clock.advance(minutes=56)
    octopus.answer("refresh", refusal)
    await client.async_poll()
    assert octopus.kinds[-3:] == ["refresh", "token", "poll"]


@pytest.mark.parametrize("grant", [{"refreshToken": None}, {"refreshToken": "two words"}, {"refreshExpiresIn": 1}])
async def test_without_a_good_refresh_token_the_key_is_used(
    client: OctopusClient, octopus: OctopusServer, clock: Clock, grant: dict[str, Any]
) -> None:
    octopus.answer("token", json_answer({"data": {"obtainKrakenToken": octopus.new_token() | grant}}))
    await client.async_poll()
    clock.advance(minutes=56)
    await client.async_poll()
    assert octopus.kinds.count("token") == 2
    assert "refresh" not in octopus.kinds


async def test_while_the_token_service_is_down_the_old_token_serves_to_its_end(
    client: OctopusClient, octopus: OctopusServer, clock: Clock
) -> None:
    await client.async_poll()
    octopus.answer("refresh", *[text_answer("", 503)] * 2)
    clock.advance(minutes=56)
    await client.async_poll()
    assert octopus.last("poll").headers["Authorization"] == octopus.tokens[0]
    clock.advance(minutes=4)
    with pytest.raises(OctopusUnavailableError):
        await client.async_poll()


@pytest.mark.parametrize("limit", [faults("KT-CT-1199"), text_answer(FIREWALL_PAGE, 403), text_answer("", 429)])
async def test_a_limited_refresh_backs_off_instead_of_minting(
    client: OctopusClient, octopus: OctopusServer, clock: Clock, limit: Handler
) -> None:
    await client.async_poll()
    clock.advance(minutes=56)
    octopus.answer("refresh", limit)
    with pytest.raises(OctopusRateLimitedError):
        await client.async_poll()
    assert octopus.kinds[-1] == "refresh"


@pytest.mark.parametrize("code", REMINTED)
@pytest.mark.parametrize("path", [None, "devices"])
async def test_a_refused_token_is_replaced_once(
    client: OctopusClient, octopus: OctopusServer, code: str, path: str | None
) -> None:
    await client.async_poll()
    octopus.answer("poll", faults(code, path=path))
    poll = await client.async_poll()
    assert octopus.kinds[-3:] == ["poll", "token", "poll"]
    assert octopus.last("poll").headers["Authorization"] == octopus.tokens[1]
    assert poll.reads[0].dispatches


@pytest.mark.parametrize("code", REMINTED)
async def test_if_a_new_token_is_refused_too_the_next_mint_is_in_an_hour(
    client: OctopusClient, octopus: OctopusServer, clock: Clock, code: str
) -> None:
    octopus.answer("poll", *[faults(code)] * 30)
    for minutes in (0, 3, 20, 36):
        clock.advance(minutes=minutes)
        with pytest.raises(OctopusUnauthorisedError) as caught:
            await client.async_poll()
        assert caught.value.error_code == code
    assert octopus.kinds.count("token") == 2
    clock.advance(minutes=2)
    with pytest.raises(OctopusUnauthorisedError):
        await client.async_poll()
    assert octopus.kinds.count("token") == 3


async def test_in_that_hour_a_used_up_refresh_token_is_not_replaced_either(
    client: OctopusClient, octopus: OctopusServer, clock: Clock
) -> None:
    octopus.answer("poll", *[faults("KT-CT-1111")] * 2)
    with pytest.raises(OctopusUnauthorisedError):
        await client.async_poll()
    clock.advance(minutes=56)
    octopus.answer("refresh", faults("KT-CT-1134"))
    with pytest.raises(OctopusUnauthorisedError):
        await client.async_poll()
    assert octopus.kinds.count("token") == 2


async def test_once_octopus_answers_again_minting_is_allowed_again(
    client: OctopusClient, octopus: OctopusServer, clock: Clock
) -> None:
    octopus.answer("poll", *[faults("KT-CT-1111")] * 2)
    with pytest.raises(OctopusUnauthorisedError):
        await client.async_poll()
    clock.advance(minutes=3)
    await client.async_poll()
    clock.advance(minutes=3)
    octopus.answer("poll", faults("KT-CT-1124"))
    await client.async_poll()
    assert octopus.kinds.count("token") == 3


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (faults("KT-CT-1199"), OctopusRateLimitedError, "KT-CT-1199"),
        (text_answer(FIREWALL_PAGE, 403), OctopusRateLimitedError, None),
        (text_answer("", 503), OctopusUnavailableError, None),
        (faults("KT-CT-7899"), OctopusUnavailableError, "KT-CT-7899"),
        (faults("KT-CT-1143"), OctopusUnauthorisedError, "KT-CT-1143"),
        (json_answer({"detail": "no"}, 401), OctopusUnauthorisedError, None),
        (json_answer({"data": {}}), OctopusResponseError, None),
        (json_answer({"data": {"obtainKrakenToken": "x"}}), OctopusResponseError, None),
        (json_answer({"data": {"obtainKrakenToken": {"token": ""}}}), OctopusResponseError, None),
        (json_answer({"data": {"obtainKrakenToken": {"token": "a\r\nX-Evil: b"}}}), OctopusResponseError, None),
        (json_answer({"data": {"obtainKrakenToken": {"token": "é"}}}), OctopusResponseError, None),
        (json_answer({"data": {"obtainKrakenToken": {"token": "x" * 9000}}}), OctopusResponseError, None),
        (json_answer({"data": {"obtainKrakenToken": {"token": 7}}}), OctopusResponseError, None),
    ],
)
async def test_a_mint_that_fails_says_nothing_about_the_key(
    client: OctopusClient, octopus: OctopusServer, answer: Handler, error: type[OctopusError], code: str | None
) -> None:
    octopus.answer("token", answer)
    with pytest.raises(OctopusError) as caught:
        await client.async_poll()
    assert type(caught.value) is error
    assert caught.value.error_code == code
    assert octopus.kinds == ["token"]


async def rejected(client: OctopusClient) -> bool:
    with pytest.raises(OctopusInvalidKeyError) as caught:
        await client.async_poll()
    assert caught.value.error_code == "KT-CT-1139"
    return caught.value.confirmed


async def test_a_key_is_bad_after_two_refusals_three_minutes_apart(
    client: OctopusClient, octopus: OctopusServer, clock: Clock
) -> None:
    octopus.answer("token", *[bad_key] * 3)
    assert not await rejected(client)
    clock.advance(minutes=2, seconds=59)
    assert not await rejected(client)
    clock.advance(seconds=1)
    assert await rejected(client)


async def test_a_success_in_between_starts_the_count_again(
    client: OctopusClient, octopus: OctopusServer, clock: Clock
) -> None:
    octopus.answer("token", bad_key)
    assert not await rejected(client)
    clock.advance(minutes=3)
    await client.async_poll()
    octopus.answer("poll", faults("KT-CT-1124"))
    octopus.answer("token", bad_key)
    clock.advance(minutes=3)
    assert not await rejected(client)


async def test_a_refresh_that_succeeds_starts_the_count_again(
    client: OctopusClient, octopus: OctopusServer, clock: Clock
) -> None:
    await client.async_poll()
    for hours in (1, 20):
        clock.advance(hours=hours)
        octopus.answer("refresh", faults("KT-CT-1134"))
        octopus.answer("token", bad_key)
        assert not await rejected(client)
        # The poll meets a limit, so that only the token speaks for the key.
        octopus.answer("poll", faults("KT-CT-1199"))
        with pytest.raises(OctopusRateLimitedError):
            await client.async_poll()
    assert octopus.kinds.count("token") == 3


async def test_a_token_that_is_accepted_starts_the_count_again(
    client: OctopusClient, octopus: OctopusServer, clock: Clock
) -> None:
    await client.async_poll()
    for _ in range(2):
        clock.advance(minutes=4)
        octopus.answer("poll", faults("KT-CT-1124"))
        octopus.answer("token", bad_key)
        assert not await rejected(client)
        clock.advance(minutes=1)
        await client.async_poll()


async def test_a_clock_that_is_set_back_proves_nothing(
    client: OctopusClient, octopus: OctopusServer, clock: Clock
) -> None:
    octopus.answer("token", *[bad_key] * 3)
    assert not await rejected(client)
    clock.advance(hours=-1)
    assert not await rejected(client)
    clock.advance(minutes=3)
    assert await rejected(client)


async def test_concurrent_calls_mint_once(client: OctopusClient, octopus: OctopusServer, clock: Clock) -> None:
    await asyncio.gather(client.async_poll(), client.async_account(), client.async_poll())
    assert octopus.kinds.count("token") == 1
    octopus.answer("poll", faults("KT-CT-1124"), faults("KT-CT-1124"))
    octopus.answer("account", faults("KT-CT-1124"))
    clock.advance(minutes=1)
    await asyncio.gather(client.async_poll(), client.async_account(), client.async_poll())
    assert octopus.kinds.count("token") == 2


async def test_a_caller_that_gives_up_does_not_block_the_others(client: OctopusClient, octopus: OctopusServer) -> None:
    asked, never = asyncio.Event(), asyncio.Event()

    async def hang() -> Any:
        asked.set()
        await never.wait()

    octopus.answer("token", hang)
    impatient = asyncio.create_task(client.async_poll())
    await asked.wait()
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert (await client.async_poll()).reads
    never.set()
