"""Sends what is meant for Ohme's servers to the simulator: the library composes its addresses itself.

Only the address of a request is replaced, in ``aiohttp``; library and integration run unchanged.
"""

from collections.abc import Callable
from typing import Any

import aiohttp
from yarl import URL

HOSTS = frozenset({"api.ohme.io", "www.googleapis.com", "securetoken.googleapis.com"})

type Request = Callable[..., Any]


def redirect(url: str, reach: Request) -> Request:
    """``ClientSession._request`` as it would be if Ohme's and Firebase's servers stood at ``url``.

    The simulator sees the host as the first part of the path. Every other host is reached as before.
    """

    async def request(session: aiohttp.ClientSession, method: str, target: Any, **more: Any) -> Any:
        wanted = URL(target)
        if wanted.host in HOSTS:
            target = URL(f"{url}/{wanted.host}{wanted.raw_path_qs}", encoded=True)
        return await reach(session, method, target, **more)

    return request


def redirect_for_good(url: str) -> None:
    """From now on, in this process, Ohme's cloud is the simulator at ``url``."""
    setattr(aiohttp.ClientSession, "_request", redirect(url, aiohttp.ClientSession._request))  # noqa: B010
