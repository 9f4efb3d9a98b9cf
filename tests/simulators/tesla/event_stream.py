"""Teslemetry's server-sent events for the simulated sites, with the real server's silences (facts/second_round.md 1).

The server reads every site once a minute. It sends ``live_status`` after each read and ``site_info``, which holds the
reserve, only after a read that differs from the one before. Who connects gets the last documents, of whatever age,
marked as cached.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
import json
from typing import Any

from aiohttp import web

from .site import PowerwallSite

type Documents = Callable[[str, PowerwallSite], dict[str, Any]]
type Sites = Callable[[], list[PowerwallSite]]

TOPICS = ("live_status", "site_info")
_ALWAYS_SENT = "live_status"


class EventStream:
    """The server's end of the stream. It reads nothing until somebody connects for the first time.

    Plain attributes that a test may change: ``poll_every_s``; ``is_polling`` (whether it reads the sites at all);
    ``sends_on_connect``. ``cut`` and ``restore`` take the stream down and bring it back.
    """

    def __init__(self, sites: Sites, document: Documents) -> None:
        """Prepare for sites, each document of which is made when it is read."""
        self.poll_every_s = 60.0
        self.is_polling = True
        self.sends_on_connect = True
        self.connects = 0
        self.sent: list[tuple[datetime, str]] = []
        self._sites = sites
        self._document = document
        self._is_down = False
        self._known: dict[tuple[int, str], dict[str, Any]] = {}
        self._listeners: dict[asyncio.Queue[str], web.Request] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_heard(self) -> bool:
        """Whether anybody is connected."""
        return bool(self._listeners)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer ``GET /sse``: events until one of the two ends goes away."""
        self.connects += 1
        if self._is_down:
            return web.Response(status=503)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        if self._timer is None:
            self._read_sites(send=False)
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._listeners[queue] = request
        if self.sends_on_connect:
            for (site_id, topic), document in self._known.items():
                queue.put_nowait(_event(topic, site_id, document, is_cached=True))
        try:
            while True:
                await response.write((await queue.get()).encode())
        finally:
            del self._listeners[queue]

    def cut(self) -> None:
        """Cut every connection and refuse new ones until ``restore``."""
        self._is_down = True
        for request in self._listeners.values():
            if request.transport is not None:
                request.transport.abort()

    def restore(self) -> None:
        """Accept connections again."""
        self._is_down = False

    def stop(self) -> None:
        """Read nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def send(self, topic: str, site: PowerwallSite, document: dict[str, Any] | None = None) -> None:
        """Send a document now, by default the one that was read last; raises KeyError where none was read."""
        event = _event(topic, site.site_id, self._known[site.site_id, topic] if document is None else document)
        self.sent.append((datetime.now(UTC), topic))
        for queue in self._listeners:
            queue.put_nowait(event)

    def _read_sites(self, *, send: bool = True) -> None:
        for site in self._sites() if self.is_polling else []:
            if site.offline:
                continue
            for topic in TOPICS:
                document = self._document(topic, site)
                # The stream has the tariff as a topic of its own.
                document.pop("tariff_content_v2", None)
                has_changed = self._known.get((site.site_id, topic)) != document
                self._known[site.site_id, topic] = document
                if send and (has_changed or topic == _ALWAYS_SENT):
                    self.send(topic, site)
        self._timer = asyncio.get_running_loop().call_later(self.poll_every_s, self._read_sites)


def _event(topic: str, site_id: int, document: dict[str, Any], *, is_cached: bool = False) -> str:
    """One event as it goes over the wire."""
    created_at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = {topic: document, "site_id": site_id, "createdAt": created_at} | ({"isCache": True} if is_cached else {})
    return f"data: {json.dumps(body)}\n\n"
