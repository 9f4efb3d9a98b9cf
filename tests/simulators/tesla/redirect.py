"""An HTTP session for which Teslemetry's servers are the simulator.

Teslemetry's library composes its addresses itself, from a region that the server names: they cannot be configured.
"""

import re
from typing import Any

import aiohttp

_TESLEMETRY = re.compile(r"^https://[a-z]+\.teslemetry\.com")
# The simulator sends no heartbeats, without which the library would take the silence for a lost connection.
_NO_LIMIT = aiohttp.ClientTimeout(total=None)


class RedirectedSession:
    """What the library uses of an ``aiohttp.ClientSession``; every other host is reached as before."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        """Redirect a session to the simulator's base URL."""
        self._session = session
        self._url = url

    def request(self, method: str, url: str, **more: Any) -> Any:
        """Send a request."""
        return self._session.request(method, _TESLEMETRY.sub(self._url, url), **more)

    def get(self, url: str, **more: Any) -> Any:
        """Send a GET request."""
        if url.endswith("/sse"):
            # The library announces a body that it does not send, which the simulator's server refuses.
            more |= {"timeout": _NO_LIMIT, "chunked": None}
        return self._session.get(_TESLEMETRY.sub(self._url, url), **more)
