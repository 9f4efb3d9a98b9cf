"""HTTP, distrusting."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
import json
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from custom_components.octopus_powerwall.octopus import (
    OctopusError,
    OctopusRateLimitedError,
    OctopusResponseError,
    OctopusUnauthorisedError,
    OctopusUnavailableError,
    check_base_url,
    transport as transport_module,
)
from custom_components.octopus_powerwall.octopus.queries import Query
from custom_components.octopus_powerwall.octopus.transport import Transport

from .server import FIREWALL_PAGE, KEY, Clock, Handler, OctopusServer, fault, faults, json_answer, text_answer

QUERY = Query("test", "query Poll($account: String!) { x }", {"account": "A"}, "devices")


@pytest.fixture
def transport(octopus: OctopusServer, session: aiohttp.ClientSession, clock: Clock) -> Transport:
    return Transport(session, octopus.url, clock, "octopus-powerwall/0")


@pytest.mark.parametrize(
    ("url", "loopback_only", "expected"),
    [
        ("https://api.octopus.energy", False, "https://api.octopus.energy"),
        (" https://API.octopus.energy/ ", False, "https://api.octopus.energy"),
        ("https://api.octopus.energy:8443", False, "https://api.octopus.energy:8443"),
        ("http://127.0.0.1:8124", True, "http://127.0.0.1:8124"),
        ("http://127.9.8.7", True, "http://127.9.8.7"),
        ("http://localhost:8124/", True, "http://localhost:8124"),
        ("http://[::1]:8124", True, "http://[::1]:8124"),
        ("https://[::1]", True, "https://[::1]"),
    ],
)
def test_a_base_url_that_is_fine(url: str, loopback_only: bool, expected: str) -> None:
    assert check_base_url(url, loopback_only=loopback_only) == expected


@pytest.mark.parametrize(
    ("url", "loopback_only"),
    [
        ("http://api.octopus.energy", False),
        ("https://api.octopus.energy", True),
        ("http://10.0.0.1", False),
        ("http://127.0.0.1.example.com", False),
        ("http://127.1", False),
        ("http://localhost.example.com", True),
        ("http://[::ffff:127.0.0.1]", False),
        ("https://[::2]", False),
        ("http://localhost@example.com", True),
        ("http://127.0.0.1\\@example.com", True),
        ("https://user:word@api.octopus.energy", False),
        ("https://api.octopus.energy/v1", False),
        ("https://api.octopus.energy?x=1", False),
        ("https://api.octopus.energy#x", False),
        ("https://api octopus energy", False),
        ("https://", False),
        ("ftp://127.0.0.1", True),
        ("http://127.0.0.1:port", True),
        ("http://127.0.0.1:99999", True),
        ("http://[::1", True),
        ("api.octopus.energy", False),
        ("", False),
    ],
)
def test_a_base_url_that_is_refused(url: str, loopback_only: bool) -> None:
    with pytest.raises(ValueError, match="The Octopus URL") as caught:
        check_base_url(url, loopback_only=loopback_only)
    assert not url or url not in str(caught.value)


async def test_the_headers(transport: Transport, octopus: OctopusServer) -> None:
    await transport.async_graphql(QUERY, "the.token")
    headers = octopus.last("poll").headers
    assert headers["Authorization"] == "the.token"
    assert headers["User-Agent"] == "octopus-powerwall/0"
    assert headers["Ha-Integration-Context"] == "octopus-powerwall-test"
    assert octopus.last("poll").path == "/v1/graphql/"


ERRORS: list[tuple[str, Handler, type[OctopusError], str | None]] = [
    ("500", text_answer("oops", 500), OctopusUnavailableError, None),
    ("503 with JSON", json_answer({"data": {}}, 503), OctopusUnavailableError, None),
    ("429", text_answer("slow down", 429), OctopusRateLimitedError, None),
    ("firewall", text_answer(FIREWALL_PAGE, 403), OctopusRateLimitedError, None),
    ("firewall, empty", text_answer("", 403), OctopusRateLimitedError, None),
    ("1199", faults("KT-CT-1199"), OctopusRateLimitedError, "KT-CT-1199"),
    ("1199 as HTTP 400", json_answer({"errors": [fault("KT-CT-1199")]}, 400), OctopusRateLimitedError, "KT-CT-1199"),
    ("page", text_answer("<html>"), OctopusResponseError, None),
    ("404 page", text_answer("<html>", 404), OctopusResponseError, None),
    ("nothing", text_answer(""), OctopusResponseError, None),
    ("a list", json_answer([]), OctopusResponseError, None),
    ("neither data nor error", json_answer({}), OctopusResponseError, None),
    ("data of a wrong kind", json_answer({"data": [1], "errors": []}), OctopusResponseError, None),
    ("not UTF-8", text_answer(b'{"data": "\xff\xfe"}'), OctopusResponseError, None),
    ("NaN", text_answer('{"data": {"x": NaN}}'), OctopusResponseError, None),
    ("huge number", text_answer('{"data": {"x": ' + "9" * 10_000 + "}}"), OctopusResponseError, None),
    ("deep", text_answer('{"data": ' + "[" * 500_000 + "]" * 500_000 + "}"), OctopusResponseError, None),
    ("too large", text_answer(b'{"data": {"x": "' + b"x" * 2_000_000 + b'"}}'), OctopusResponseError, None),
    ("too many rows", json_answer({"data": {"x": [[]], "y": {"z": [1] * 1001}}}), OctopusResponseError, None),
    ("too many errors", json_answer({"data": {}, "errors": [{}] * 1001}), OctopusResponseError, None),
    ("redirect", text_answer("", 302, Location="http://127.0.0.1:1/elsewhere"), OctopusResponseError, None),
    ("redirect home", text_answer("", 308, Location="/v1/graphql/"), OctopusResponseError, None),
]  # fmt: skip


@pytest.mark.parametrize(("handler", "error", "code"), [row[1:] for row in ERRORS], ids=[row[0] for row in ERRORS])
async def test_errors(
    transport: Transport, octopus: OctopusServer, handler: Handler, error: type[OctopusError], code: str | None
) -> None:
    octopus.answer("poll", handler)
    with pytest.raises(OctopusError) as caught:
        await transport.async_graphql(QUERY, "token")
    assert type(caught.value) is error
    assert caught.value.error_code == code
    assert octopus.kinds == ["poll"]


async def test_a_thousand_rows_of_a_list_are_read(transport: Transport, octopus: OctopusServer) -> None:
    """Whatever other lists there are beside it: the device that they are planned for is a row too."""
    data: dict[str, Any] = {"devices": [{}], "plan0": [{}] * 1000, "completedDispatches": [{}] * 1000}
    octopus.answer("poll", json_answer({"data": data}))
    assert (await transport.async_graphql(QUERY)).data == data
    octopus.answer("poll", json_answer({"data": data | {"plan1": [{}] * 1000}}))
    with pytest.raises(OctopusResponseError, match="too many rows"):
        await transport.async_graphql(QUERY)


async def test_rest_lists_have_the_same_limit(transport: Transport, octopus: OctopusServer) -> None:
    octopus.answer("product", *(json_answer({"x": {"y": [{}] * rows}}) for rows in (1000, 1001)))
    assert len(await transport.async_rest("/v1/products/X/", "product")) == 1
    with pytest.raises(OctopusResponseError, match="too many rows"):
        await transport.async_rest("/v1/products/X/", "product")


async def test_an_endless_body_is_cut(transport: Transport, octopus: OctopusServer) -> None:
    sent = 0

    async def endless() -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(octopus.request)
        try:
            while sent < 50_000_000:
                await response.write(b"x" * 100_000)
                sent += 100_000
        except ConnectionError:
            pass
        return response

    octopus.answer("poll", endless)
    with pytest.raises(OctopusResponseError, match="too large"):
        await transport.async_graphql(QUERY)
    assert sent < 20_000_000


async def test_a_packed_answer_is_not_asked_for(transport: Transport, octopus: OctopusServer) -> None:
    await transport.async_graphql(QUERY)
    assert octopus.last("poll").headers["Accept-Encoding"] == "identity"


async def test_slowness(transport: Transport, octopus: OctopusServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport_module, "TIMEOUT_S", 0.05)
    never = asyncio.Event()

    async def hang() -> web.StreamResponse:
        await never.wait()
        return web.Response()

    octopus.answer("poll", hang)
    with pytest.raises(OctopusUnavailableError, match="in time"):
        await transport.async_graphql(QUERY)
    never.set()


async def test_nobody_there(session: aiohttp.ClientSession, octopus: OctopusServer, clock: Clock) -> None:
    with pytest.raises(OctopusUnavailableError, match="cannot be reached") as caught:
        await Transport(session, "http://127.0.0.1:1", clock, "x").async_graphql(QUERY)
    assert caught.value.__context__ is None


async def test_a_connection_that_breaks_off(transport: Transport, octopus: OctopusServer) -> None:
    async def break_off() -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(octopus.request)
        await response.write(b"{")
        assert octopus.request.transport is not None
        octopus.request.transport.close()
        return response

    octopus.answer("poll", break_off)
    with pytest.raises(OctopusUnavailableError):
        await transport.async_graphql(QUERY)


async def test_a_closed_session(octopus: OctopusServer, clock: Clock) -> None:
    async with aiohttp.ClientSession() as session:
        pass
    with pytest.raises(OctopusUnavailableError):
        await Transport(session, octopus.url, clock, "x").async_graphql(QUERY)


@pytest.mark.parametrize(
    ("date", "skew"),
    [
        ("Sat, 12 Sep 2026 19:02:30 GMT", timedelta(seconds=150)),
        ("Sat, 12 Sep 2026 18:00:00 -0000", timedelta(hours=-1)),
        ("Sat, 12 Sep 2026 19:00:00 +0100", timedelta(hours=-1)),
        ("some day", None),
        ("Sat, 12 Sep 99999 19:02:30 GMT", None),
    ],
)
async def test_the_clock_of_octopus(
    transport: Transport, octopus: OctopusServer, date: str, skew: timedelta | None
) -> None:
    octopus.answer("poll", text_answer('{"data": {}}', 200, Date=date))
    reply = await transport.async_graphql(QUERY)
    assert reply.clock_skew == skew
    assert reply.at == datetime(2026, 9, 12, 19, 0, tzinfo=UTC)


def test_without_a_date_the_clock_is_unknown() -> None:
    assert transport_module._clock_skew(None, datetime.now(UTC)) is None


async def test_refused_by_http(transport: Transport, octopus: OctopusServer) -> None:
    refusals = [json_answer({"detail": "no"}, status) for status in (401, 403)]
    for answer in (*refusals, *(text_answer(text, 401) for text in ("", "Unauthorized", "<html>", "[]"))):
        octopus.answer("poll", answer)
        reply = await transport.async_graphql(QUERY, "the.token")
        assert reply.token_rejected("devices")
        assert isinstance(reply.error(), OctopusUnauthorisedError)


async def test_faults_count_for_more_than_the_http_status(transport: Transport, octopus: OctopusServer) -> None:
    payload = {"data": None, "errors": [{"extensions": {"errorCode": "KT-CT-1188"}}]}
    for status in (400, 403):
        octopus.answer("poll", json_answer(payload, status))
        reply = await transport.async_graphql(QUERY)
        assert not reply.token_rejected("devices")
        assert reply.error().error_code == "KT-CT-1188"


async def test_rest(transport: Transport, octopus: OctopusServer) -> None:
    octopus.products["GO"] = {"code": "GO"}
    assert await transport.async_rest("/v1/products/GO/", "product") == {"code": "GO"}
    assert "Authorization" not in octopus.last("product").headers
    await transport.async_rest("/v1/accounts/x/", "account", KEY)
    scheme, credentials = octopus.last("rest_account").headers["Authorization"].split()
    assert (scheme, base64.b64decode(credentials)) == ("Basic", f"{KEY}:".encode())


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (json_answer({"detail": "Invalid API key."}, 401), OctopusUnauthorisedError),
        (json_answer({"detail": "no"}, 403), OctopusUnauthorisedError),
        (text_answer(FIREWALL_PAGE, 403), OctopusRateLimitedError),
        (text_answer("<html>", 404), OctopusResponseError),
        (json_answer({"detail": "Not found."}, 404), OctopusResponseError),
        (text_answer("", 502), OctopusUnavailableError),
        (json_answer([]), OctopusResponseError),
    ],
)
async def test_rest_errors(
    transport: Transport, octopus: OctopusServer, handler: Handler, error: type[OctopusError]
) -> None:
    octopus.answer("product", handler)
    with pytest.raises(OctopusError) as caught:
        await transport.async_rest("/v1/products/GO/", "product")
    assert type(caught.value) is error


async def test_a_key_of_any_kind_can_be_tried(transport: Transport, octopus: OctopusServer) -> None:
    await transport.async_rest("/v1/accounts/x/", "account", "k\udce4y\n:")
    assert json.dumps(octopus.kinds) == '["rest_account"]'
