"""HTTP to Octopus, distrusting: HTTPS, limits on time and size, no redirects, and exceptions that give nothing away."""

import asyncio
import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
import ipaddress
import json
import re
from typing import NoReturn
from urllib.parse import urlsplit

import aiohttp

from .errors import (
    OctopusError,
    OctopusRateLimitedError,
    OctopusResponseError,
    OctopusUnauthorisedError,
    OctopusUnavailableError,
)
from .queries import Query
from .reply import Reply, read_faults
from .scalars import Json, as_object

TIMEOUT_S = 20.0
MAX_BODY_BYTES = 2_000_000
MAX_ROWS = 1_000
_MAX_ROWS_IN_ALL = 3_000
_CHUNK_BYTES = 64 * 1024
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", re.ASCII)


def check_base_url(url: str, *, loopback_only: bool = False) -> str:
    """Check an Octopus base URL (scheme, host and port only) and return it without a trailing slash.

    HTTPS is required, except for a literal address of 127.0.0.0/8, ``::1`` or ``localhost``, so that a simulator can
    stand in. With ``loopback_only`` every other host is refused (design 7).

    Raises:
        ValueError: The URL is refused; the message says why and does not repeat it.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("The Octopus URL cannot be read") from None
    if parts.username is not None or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError("The Octopus URL may hold a scheme, a host and a port only")
    loopback = _is_loopback(host)
    if not loopback and not _HOST.fullmatch(host):
        raise ValueError("The Octopus URL does not name a host")
    if loopback_only and not loopback:
        raise ValueError("The Octopus URL must point to this machine")
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise ValueError("The Octopus URL must use HTTPS")
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" if port is None else f"{parts.scheme}://{name}:{port}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address == ipaddress.ip_address("::1") or address in ipaddress.ip_network("127.0.0.0/8")


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes = field(repr=False)
    at: datetime
    clock_skew: timedelta | None


class Transport:
    """Sends requests to one Octopus host. Every method raises nothing but ``OctopusError`` and cancellation."""

    def __init__(
        self, session: aiohttp.ClientSession, base_url: str, now: Callable[[], datetime], user_agent: str
    ) -> None:
        self._session = session
        self._base_url = base_url
        self._now = now
        self._user_agent = user_agent

    async def async_graphql(self, query: Query, token: str | None = None) -> Reply:
        """Ask a GraphQL question; faults are in the reply.

        Raises:
            OctopusRateLimitedError: Too many requests, and no part of the question was answered.
            OctopusUnavailableError: Octopus cannot be reached or is out of order.
            OctopusResponseError: The answer is not GraphQL, or too large.
        """
        # The documented form of the header is the bare token, without a scheme (facts/octopus.md 1.3).
        headers = {"Authorization": token} if token else {}
        body = json.dumps({"query": query.document, "variables": query.variables}).encode()
        answer = await self._async_request("POST", "/v1/graphql/", query.name, headers, body)
        # A token that was revoked may be refused by HTTP alone, in any words or none (second_round.md 2).
        in_any_words = token is not None and answer.status == 401
        payload = _json_object_or_empty(answer) if in_any_words else _json_object(answer)
        _refuse_too_many_rows(payload)
        faults = read_faults(payload.get("errors"))
        data = as_object(payload.get("data"))
        refused = answer.status in {401, 403} and not faults
        reply = Reply(data or {}, faults, answer.at, answer.clock_skew, refused)
        if reply.has("KT-CT-1199") and not reply.answered:
            raise reply.error()
        if data is None and not faults and not refused:
            raise OctopusResponseError("Octopus' answer holds neither data nor an error")
        return reply

    async def async_rest(self, path: str, name: str, api_key: str | None = None) -> dict[str, Json]:
        """Get a REST resource, with HTTP Basic authentication where a key is given (facts/octopus.md 1.1).

        Raises:
            OctopusError: There is no usable answer.
        """
        headers = {}
        if api_key is not None:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{api_key}:".encode(errors="replace")).decode()
        answer = await self._async_request("GET", path, name, headers)
        payload = _json_object(answer)
        _refuse_too_many_rows(payload)
        if answer.status in {401, 403}:
            raise OctopusUnauthorisedError("Octopus refused the request")
        if answer.status != 200:
            raise OctopusResponseError(f"Octopus answered with HTTP status {answer.status}")
        return payload

    async def _async_request(
        self, method: str, path: str, name: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> _Answer:
        if body is not None:
            headers = {**headers, "Content-Type": "application/json"}
        failure: OctopusError
        try:
            async with (
                asyncio.timeout(TIMEOUT_S),
                self._session.request(
                    method,
                    self._base_url + path,
                    data=body,
                    headers={
                        **headers,
                        "Accept": "application/json",
                        # Answers are small, and what is not packed cannot unpack to something huge.
                        "Accept-Encoding": "identity",
                        "User-Agent": self._user_agent,
                        "Ha-Integration-Context": f"octopus-powerwall-{name}",
                    },
                    allow_redirects=False,
                ) as response,
            ):
                received = await _read_limited(response)
                at = self._now()
                return _judge_status(
                    _Answer(response.status, received, at, _clock_skew(response.headers.get("Date"), at))
                )
        except TimeoutError:
            failure = OctopusUnavailableError("Octopus did not answer in time")
        except aiohttp.ClientError, OSError, ValueError, RuntimeError:  # RuntimeError: the session is closed
            failure = OctopusUnavailableError("Octopus cannot be reached")
        # Raised here and not in the handler: what aiohttp raised names the URL, and with it the account number, and
        # would stay attached as context.
        raise failure


async def _read_limited(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            response.close()
            raise OctopusResponseError("Octopus' answer is too large")
    return bytes(body)


def _judge_status(answer: _Answer) -> _Answer:
    """Sort out what the status alone decides; the rest is decided by the body."""
    if answer.status >= 500:
        raise OctopusUnavailableError(f"Octopus is out of order (HTTP status {answer.status})")
    if answer.status == 429:
        raise OctopusRateLimitedError("Octopus says that there were too many requests")
    if 300 <= answer.status < 400:
        raise OctopusResponseError("Octopus' answer points to another address, which is not followed")
    return answer


def _json_object(answer: _Answer) -> dict[str, Json]:
    try:
        found = as_object(json.loads(answer.body, parse_constant=_refuse_constant))
    except ValueError, RecursionError:
        found = None
    if found is not None:
        return found
    if answer.status == 403:
        # A page of the firewall in front of Octopus, which blocks an address for asking too often. Taking it for a
        # bad key would start a storm of new tokens (facts/octopus.md 1.4).
        raise OctopusRateLimitedError("Octopus blocks requests from this address for now")
    raise OctopusResponseError("Octopus' answer is not the JSON that was expected")


def _json_object_or_empty(answer: _Answer) -> dict[str, Json]:
    try:
        return _json_object(answer)
    except OctopusResponseError:
        return {}


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _refuse_too_many_rows(payload: Json) -> None:
    """Refuse more rows, in one list or in all of them together, than anybody's account can have (design 6)."""
    ahead = [payload]
    rows = 0
    while ahead:
        match ahead.pop():
            case list() as items:
                rows += len(items)
                if len(items) > MAX_ROWS or rows > _MAX_ROWS_IN_ALL:
                    raise OctopusResponseError("Octopus' answer has too many rows")
                ahead.extend(items)
            case dict() as fields:
                ahead.extend(fields.values())
            case _:
                pass


def _clock_skew(date: str | None, at: datetime) -> timedelta | None:
    """Octopus' clock minus ours, from the ``Date`` header (whole seconds)."""
    if date is None:
        return None
    try:
        theirs = parsedate_to_datetime(date)
        return (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)) - at
    except ValueError, OverflowError:
        return None
