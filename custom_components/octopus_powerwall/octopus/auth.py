"""The token: minted from the API key, refreshed before it expires, re-minted once when refused (design 6)."""

import asyncio
import base64
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import json

from . import queries
from .errors import (
    OctopusError,
    OctopusInvalidKeyError,
    OctopusResponseError,
    OctopusUnauthorisedError,
    OctopusUnavailableError,
)
from .reply import Reply
from .scalars import Json, as_number, as_object
from .transport import Transport

_RENEW_BEFORE_EXPIRY = timedelta(minutes=5)
_ASSUMED_LIFETIME = timedelta(minutes=60)
_LONGEST_LIFETIME = timedelta(days=1)
_REJECTIONS_APART = timedelta(minutes=3)
_PAUSE_AFTER_VAIN_MINT = timedelta(minutes=60)
_INVALID_KEY = "KT-CT-1139"
# How long the key is not offered again after the first, second and further useless answers in a row (design 6).
_PAUSES_AFTER_USELESS = (timedelta(0), timedelta(minutes=5), timedelta(minutes=10))


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    expires_at: datetime
    refresh: str | None = field(repr=False)
    refresh_until: datetime | None


class TokenSource:
    """Holds the one token of a client, and makes sure that concurrent callers cause one exchange only."""

    def __init__(self, transport: Transport, api_key: str, now: Callable[[], datetime]) -> None:
        self._transport = transport
        self._api_key = api_key
        self._now = now
        self._lock = asyncio.Lock()
        self._token: _Token | None = None
        self._rejected_at: datetime | None = None
        self._vain_mint_at: datetime | None = None
        self._useless = 0
        self._useless_at: datetime | None = None
        self._useless_error: OctopusError | None = None

    async def async_token(self) -> str:
        """Return a token that is good for some minutes at least.

        Raises:
            OctopusInvalidKeyError: Octopus refuses the API key.
            OctopusUnauthorisedError: No token may be minted now: a new one was of no use within the last hour.
            OctopusError: Octopus could not be asked.
        """
        async with self._lock:
            token = self._token
            if token is None:
                return await self._async_mint()
            if self._now() < token.expires_at - _RENEW_BEFORE_EXPIRY:
                return token.value
            try:
                return await self._async_refresh(token)
            except OctopusUnavailableError, OctopusResponseError:
                if self._now() < token.expires_at:
                    return token.value
                raise

    async def async_renewed(self, refused: str) -> str:
        """Another token in place of one that Octopus refused, minted from the key unless somebody just did.

        Raises:
            OctopusError: As ``async_token``.
        """
        async with self._lock:
            if self._token is not None and self._token.value != refused:
                return self._token.value
            return await self._async_mint()

    def note_accepted(self) -> None:
        """Octopus answered with the token: minting is allowed again, and the key was not bad when it was refused."""
        self._vain_mint_at = None
        self._rejected_at = None

    def note_vain(self) -> None:
        """Note that a token minted for the purpose was refused as well: no other is minted for an hour (design 6)."""
        self._vain_mint_at = self._now()

    async def _async_refresh(self, token: _Token) -> str:
        lives = token.refresh_until is None or self._now() < token.refresh_until
        if token.refresh is not None and lives and not self._useless:
            try:
                reply = await self._transport.async_graphql(queries.make_refresh_query(token.refresh))
            except OctopusResponseError:
                return await self._async_mint()
            # 1134 and 1135 say that the refresh token is used up; whatever else is in the answer, the key decides.
            with suppress(OctopusError):
                return self._keep(reply)
        return await self._async_mint()

    async def _async_mint(self) -> str:
        now = self._now()
        if self._vain_mint_at is not None and abs(now - self._vain_mint_at) < _PAUSE_AFTER_VAIN_MINT:
            raise OctopusUnauthorisedError("Octopus refused the request although it accepts the API key")
        if self._useless_error is not None and self._is_pausing(now):
            raise self._useless_error.with_traceback(None)
        try:
            reply = await self._transport.async_graphql(queries.make_key_query(self._api_key))
        except OctopusResponseError as error:
            self._note_useless(error)
            raise
        if reply.has(_INVALID_KEY):
            rejection = self._rejection()
            if rejection.confirmed:
                self._note_useless(rejection)
            raise rejection
        try:
            return self._keep(reply)
        except OctopusError as error:
            self._note_useless(error)
            raise

    def _note_useless(self, error: OctopusError) -> None:
        """Octopus did answer, but with no token: to ask on and on would change nothing."""
        self._useless += 1
        self._useless_at, self._useless_error = self._now(), error

    def _is_pausing(self, now: datetime) -> bool:
        pause = _PAUSES_AFTER_USELESS[min(self._useless, len(_PAUSES_AFTER_USELESS)) - 1]
        return self._useless_at is not None and abs(now - self._useless_at) < pause

    def _rejection(self) -> OctopusInvalidKeyError:
        now = self._now()
        # A clock that was set back in between proves nothing: count from now.
        if self._rejected_at is None or now < self._rejected_at:
            self._rejected_at = now
        return OctopusInvalidKeyError(
            "Octopus does not accept the API key",
            _INVALID_KEY,
            confirmed=now - self._rejected_at >= _REJECTIONS_APART,
        )

    def _keep(self, reply: Reply) -> str:
        granted = as_object(reply.data.get("obtainKrakenToken"))
        if granted is None:
            raise reply.error()
        value = _credential(granted.get("token"))
        if value is None:
            raise OctopusResponseError("Octopus' answer holds no token")
        self._token = _Token(
            value,
            reply.at + _lifetime(value, reply.at + (reply.clock_skew or timedelta(0))),
            _credential(granted.get("refreshToken")),
            _unix_time(granted.get("refreshExpiresIn")),
        )
        self._rejected_at = None
        self._useless, self._useless_at, self._useless_error = 0, None, None
        return value


def _credential(value: Json) -> str | None:
    """Return a text that can travel in a header."""
    usable = isinstance(value, str) and 0 < len(value) <= 8_000 and value.isascii() and value.isprintable()
    return value if usable and isinstance(value, str) and " " not in value else None


def _lifetime(token: str, octopus_now: datetime) -> timedelta:
    """How long a token lives, from its ``exp`` and Octopus' own clock: ours may be wrong. Nothing is verified."""
    expires = _unix_time(_claims(token).get("exp"))
    if expires is None or not timedelta(0) < expires - octopus_now <= _LONGEST_LIFETIME:
        return _ASSUMED_LIFETIME
    return expires - octopus_now


def _claims(token: str) -> dict[str, Json]:
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        return as_object(json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))) or {}
    except ValueError, RecursionError:
        return {}


def _unix_time(value: Json) -> datetime | None:
    seconds = as_number(value, limit=1e11)
    return None if seconds is None or seconds <= 0 else datetime.fromtimestamp(seconds, UTC)
