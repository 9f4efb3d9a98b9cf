"""Kraken tokens: access tokens live an hour, refresh tokens a week (facts/octopus.md 1.2)."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import json
import secrets
from typing import Any

from .errors import KrakenError

ACCESS_LIFE = timedelta(minutes=60)
REFRESH_LIFE = timedelta(days=7)


@dataclass(slots=True)
class TokenOffice:
    """Mints, refreshes and judges tokens; they are lost with the process. ``now`` is Octopus' clock, skew included."""

    now: Callable[[], datetime]
    access_life: timedelta = ACCESS_LIFE
    refresh_life: timedelta = REFRESH_LIFE
    _access: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _refresh: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _shut_out: set[str] = field(default_factory=set)

    def mint(self, user: str) -> dict[str, Any]:
        """A new pair for a user who has proved who he is."""
        at = self.now()
        token = self._jwt(user, at)
        refresh_token = secrets.token_hex(32)
        self._access[token] = (user, at + self.access_life)
        self._refresh[refresh_token] = (user, at + self.refresh_life)
        ends = int((at + self.refresh_life).timestamp())
        return {"token": token, "refreshToken": refresh_token, "refreshExpiresIn": ends}

    def refresh(self, refresh_token: str) -> dict[str, Any]:
        """A new pair for a refresh token; raises KT-CT-1134 (unknown, revoked) or KT-CT-1135 (too old)."""
        if refresh_token not in self._refresh:
            raise KrakenError("KT-CT-1134")
        user, ends = self._refresh[refresh_token]
        if self.now() >= ends:
            raise KrakenError("KT-CT-1135")
        return self.mint(user)

    def user_of(self, header: str | None) -> str:
        """Whose request it is: raises KT-CT-1112, 1143 (malformed), 1124 (expired) or 1111 (revoked)."""
        if header is None:
            raise KrakenError("KT-CT-1112")
        match header.split():
            case [token] | ["JWT", token] if token.count(".") == 2:
                pass
            case _:
                raise KrakenError("KT-CT-1143")
        if token not in self._access:
            raise KrakenError("KT-CT-1111")
        user, ends = self._access[token]
        if self.now() >= ends:
            raise KrakenError("KT-CT-1124")
        return user

    def is_shut_out(self, header: str | None) -> bool:
        """Whether a token was revoked so that HTTP itself refuses it, before any GraphQL is read."""
        return header is not None and header.split()[-1:] != [] and header.split()[-1] in self._shut_out

    def revoke(self, *, refresh_tokens: bool = True, bare: bool = False) -> None:
        """What a regenerated key or a forced re-authentication does.

        ``refresh_tokens=False`` spares those; ``bare`` lets the tokens be refused by HTTP 401 instead of KT-CT-1111.
        """
        if bare:
            self._shut_out |= set(self._access)
        self._access.clear()
        if refresh_tokens:
            self._refresh.clear()

    def revoke_refresh(self) -> None:
        """Forget the refresh tokens alone: the next refresh answers KT-CT-1134."""
        self._refresh.clear()

    def expire(self) -> None:
        """Let every access token be over its time at once: the next request answers KT-CT-1124."""
        at = self.now()
        self._access = {token: (user, at) for token, (user, _) in self._access.items()}

    def _jwt(self, user: str, at: datetime) -> str:
        issued = int(at.timestamp())
        claims = {
            "sub": f"kraken|account-user:{user}",
            "gty": "API-KEY",
            "tokenUse": "access",
            "iss": "https://api.octopus.energy/v1/graphql/",
            "iat": issued,
            "exp": issued + int(self.access_life.total_seconds()),
            "origIat": issued,
            "jti": secrets.token_hex(8),
        }
        head, body = (_base64url(json.dumps(part).encode()) for part in ({"alg": "RS512", "typ": "JWT"}, claims))
        return f"{head}.{body}.{_base64url(secrets.token_bytes(64))}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
