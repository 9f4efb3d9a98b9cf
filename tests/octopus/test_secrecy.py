"""Nothing secret reaches a log or an exception, whatever goes wrong."""

import logging
import traceback

import aiohttp
import pytest

from custom_components.octopus_powerwall.octopus import OctopusClient, OctopusError, errors, queries
from custom_components.octopus_powerwall.octopus.auth import TokenSource

from .conftest import MakeClient
from .server import (
    ACCOUNT,
    CAR,
    FIREWALL_PAGE,
    KEY,
    SIGNATURE,
    WALLBOX,
    Clock,
    Handler,
    OctopusServer,
    agreement,
    device,
    fault,
    json_answer,
    meter_point,
    text_answer,
)

SECRETS = [KEY, ACCOUNT, CAR, WALLBOX, SIGNATURE, "ThatNobodyMaySee", ACCOUNT.removeprefix("A-")]

MESSAGE = f"{KEY} {ACCOUNT} {CAR} {SIGNATURE}"
CODES = ["1111", "1113", "1124", "1134", "1139", "1143", "1145", "1188", "1199", "4301", "4340", "4341", "7899"]
FAILURES: dict[str, Handler] = {
    **{code: json_answer({"data": None, "errors": [fault(f"KT-CT-{code}", CAR, message=MESSAGE)]}) for code in CODES},
    "code that tells": json_answer({"data": None, "errors": [fault(MESSAGE, message=MESSAGE)]}),
    "page that tells": text_answer(MESSAGE),
    "firewall": text_answer(FIREWALL_PAGE + MESSAGE, 403),
    "refused": json_answer({"detail": MESSAGE}, 401),
    "limit": text_answer(MESSAGE, 429),
    "outage": text_answer(MESSAGE, 503),
    "redirect": text_answer("", 302, Location=f"http://127.0.0.1:1/{ACCOUNT}/{KEY}"),
    "not HTTP": text_answer("", 200, **{"Content-Encoding": "gzip"}),
    "odd": json_answer({"data": {"devices": [MESSAGE], "account": MESSAGE, "obtainKrakenToken": {"token": MESSAGE}}}),
}


def told(error: BaseException) -> str:
    """Everything an exception could tell: itself, what it came from, and its traceback."""
    parts = []
    chain: BaseException | None = error
    while chain is not None:
        parts += [str(chain), repr(chain), repr(chain.args), *traceback.format_exception(chain)]
        chain = chain.__cause__ or chain.__context__
    return "\n".join(parts)


def assert_nothing_secret(text: str) -> None:
    for secret in SECRETS:
        assert secret.lower() not in text.lower()


async def provoke(client: OctopusClient) -> list[OctopusError]:
    caught = []
    for call in (client.async_poll, client.async_account):
        try:
            await call()
        except OctopusError as error:
            caught.append(error)
    return caught


@pytest.mark.parametrize("kind", ["token", "refresh", "poll", "plans", "account", "rest_account", "product"])
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
async def test_failures_tell_nothing(
    make_client: MakeClient,
    octopus: OctopusServer,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    kind: str,
    failure: Handler,
) -> None:
    caplog.set_level(logging.DEBUG)
    octopus.account["current"].append(meter_point(agreement("INTELLI-VAR-24-10-29")))
    octopus.devices = [device(), device(WALLBOX, status={"isSuspended": MESSAGE}), MESSAGE]
    client = make_client()
    if kind == "refresh":
        await client.async_poll()
        clock.advance(minutes=56)
    octopus.answer(kind, *[failure] * 9)
    for error in await provoke(client):
        assert_nothing_secret(told(error))
    assert kind in octopus.kinds
    assert_nothing_secret(caplog.text)
    assert_nothing_secret("\n".join(str(vars(record)) for record in caplog.records))


async def test_an_unreachable_host_tells_nothing(make_client: MakeClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    failures = await provoke(make_client(base_url="http://127.0.0.1:1"))
    assert len(failures) == 2
    for error in failures:
        assert_nothing_secret(told(error))
    assert_nothing_secret(caplog.text)


async def test_a_rest_call_that_breaks_off_tells_nothing(make_client: MakeClient, octopus: OctopusServer) -> None:
    """The account number is in that path, and aiohttp's exceptions name it."""
    transport = make_client(base_url="http://127.0.0.1:1")._transport
    with pytest.raises(OctopusError) as caught:
        await transport.async_rest(f"/v1/accounts/{ACCOUNT}/", "account", KEY)
    assert_nothing_secret(told(caught.value))


async def test_nothing_shows_itself(make_client: MakeClient, octopus: OctopusServer) -> None:
    client = make_client()
    poll = await client.async_poll()
    decision_loop = client._token
    assert isinstance(decision_loop, TokenSource)
    reply = await client._transport.async_graphql(queries.make_key_query(KEY))
    for value in (client, decision_loop, decision_loop._token, client._transport, poll, reply):
        assert_nothing_secret(repr(value))


async def test_a_success_logs_nothing_secret(
    client: OctopusClient, octopus: OctopusServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    octopus.devices.append(None)
    assert await provoke(client) == []
    assert "Skipped 1 unreadable devices" in caplog.text
    assert_nothing_secret(caplog.text)


async def test_a_redirect_is_not_followed(
    client: OctopusClient, octopus: OctopusServer, session: aiohttp.ClientSession
) -> None:
    octopus.answer("token", text_answer("", 307, Location=f"{octopus.url}/elsewhere"))
    assert isinstance((await provoke(client))[0], errors.OctopusResponseError)
    assert all(asked.path != "/elsewhere" for asked in octopus.asked)
