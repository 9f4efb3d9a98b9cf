"""The Fleet API on 127.0.0.1: routes, authentication, and what goes wrong on the way (facts/powerwall.md 5.1)."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict
import logging
import re
from typing import Any, Self

from aiohttp import web

from . import documents
from .behaviours import (
    Behaviour,
    BodyError,
    Dropped,
    Hang,
    HttpError,
    Ignored,
    Lag,
    NotADict,
    Override,
    Rule,
    Rules,
    Snap,
    Stale,
)
from .event_stream import EventStream
from .responses import body_error, cut, error_response, http_error, offline_response
from .site import Clock, PowerwallSite, utc_now
from .tokens import SCOPES, access_token, generation_of
from .writes import BODY_TO_SETTINGS, Outcome, Write, changes_of, is_legal

_LOGGER = logging.getLogger(__name__)
_OUTCOMES = (HttpError, BodyError, Ignored, Dropped, Hang)
TOKEN_PATH = "/oauth2/v3/token"
_READING = re.compile(r"/api/1/energy_sites/(?P<site_id>\d+)/(?P<endpoint>site_info|live_status)")


class TeslaSimulator:
    """The simulated cloud with its sites. ``async with TeslaSimulator(...) as tesla`` serves at ``tesla.url``."""

    def __init__(
        self,
        sites: Iterable[PowerwallSite] | None = None,
        *,
        now: Clock = utc_now,
        port: int = 0,
        scopes: tuple[str, ...] = SCOPES,
        token_lifetime_s: int = 10 * 365 * 86400,
    ) -> None:
        """Prepare a server; without sites it has one. ``port`` 0 takes a free one."""
        self.now = now
        self.sites = {site.site_id: site for site in (sites if sites is not None else [PowerwallSite(now=now)])}
        self.scopes = scopes
        self.token_lifetime_s = token_lifetime_s
        self.rules = Rules()
        self.writes: list[Write] = []
        self.requests: Counter[str] = Counter()
        self.hanging = 0
        self.events = EventStream(lambda: list(self.sites.values()), self._document)
        self._generation = 0
        self._oldest_generation = 0
        self._port = port
        self._runner: web.AppRunner | None = None
        self._let_go = asyncio.Event()

    # Life

    async def start(self) -> None:
        """Begin to listen on 127.0.0.1; raises OSError where the port is taken."""
        self._runner = web.AppRunner(
            self._application(), access_log=None, shutdown_timeout=1, handler_cancellation=True
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Let go of hanging requests and stop listening. It can be started again, on the same port."""
        self.let_go()
        self.events.stop()
        if self._runner is not None:
            # Cut off whoever is still connected: under a clock that stands still aiohttp's patience has no end.
            for connection in self._runner.server.connections if self._runner.server else ():
                if connection.transport is not None:
                    connection.transport.abort()
            await asyncio.sleep(0)
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def token_url(self) -> str:
        """Where tokens are refreshed."""
        return self.url + TOKEN_PATH

    @property
    def site(self) -> PowerwallSite:
        """The first site."""
        return next(iter(self.sites.values()))

    # Control

    def add_site(self, site: PowerwallSite) -> PowerwallSite:
        """Add another site to the account, before an integration reads the products."""
        self.sites[site.site_id] = site
        return site

    def misbehave(
        self,
        behaviour: Behaviour,
        on: str | Iterable[str] = "backup",
        *,
        times: int | None = None,
        site: PowerwallSite | None = None,
    ) -> Rule:
        """Switch a behaviour on, for ``times`` requests or until ``behave``.

        ``on`` is an endpoint (the last part of its path; ``token`` for the token URL), several, or one of the groups
        ``writes``, ``reads`` (site_info and live_status), ``all``. Raises ValueError for an unknown one.
        """
        rule = self.rules.add(behaviour, on, times=times, site_id=site.site_id if site else None)
        if isinstance(behaviour, Stale):
            rule.documents = {
                (endpoint, each.site_id): self._document(endpoint, each)
                for endpoint in rule.endpoints & {"site_info", "live_status", "calendar_history"}
                for each in self.sites.values()
            }
        return rule

    def behave(self, rule: Rule | None = None) -> None:
        """Switch one behaviour off, or all."""
        if rule is None:
            self.rules.clear()
        else:
            self.rules.remove(rule)

    def expire_tokens(self) -> None:
        """Answer 401 to every access token issued so far."""
        self._oldest_generation = self._generation + 1

    def let_go(self) -> None:
        """Cut the connections of all requests that hang."""
        self._let_go.set()
        self._let_go = asyncio.Event()

    def issue_token(self) -> str:
        """Make an access token that is valid now."""
        self._generation = max(self._generation + 1, self._oldest_generation)
        return access_token(self._generation, scopes=self.scopes)

    def writes_to(self, endpoint: str = "backup", site: PowerwallSite | None = None) -> list[Any]:
        """The values written to an endpoint, oldest first, whatever became of them."""
        return [
            write.value
            for write in self.writes
            if write.endpoint == endpoint and (site is None or write.site_id == site.site_id)
        ]

    def state(self) -> list[dict[str, Any]]:
        """The present truth about every site: what is shown, what is obeyed, what flows."""
        return [
            {
                "site_id": site.site_id,
                "name": site.name,
                "at": site.now().isoformat(),
                "soc_pct": site.soc_pct,
                "shown": asdict(site.shown),
                "obeyed": asdict(site.obeyed),
                **asdict(site.flows),
                "island_status": str(site.island_status),
                "storm_mode_active": site.storm_mode_active,
                "grid_services_active": site.grid_services_active,
                "offline": site.offline,
                "obeys": site.obeys,
            }
            for site in self.sites.values()
        ]

    # The short way of a reading (short_way.py)

    def is_in_order(self, path: str, authorization: str) -> bool:
        """Whether a GET of this path is a reading that nothing is in the way of: it gets ``reading`` as its answer."""
        if self._runner is None or (match := _READING.fullmatch(path)) is None or self._is_refused(authorization):
            return False
        site = self.sites.get(int(match["site_id"]))
        return site is not None and not site.offline and not self.rules.concern(match["endpoint"], site.site_id)

    def reading(self, path: str) -> dict[str, Any]:
        """Answer a reading that is in order, and count it; ValueError for another path."""
        if (match := _READING.fullmatch(path)) is None:
            raise ValueError(f"{path} is no reading")
        self.requests[match["endpoint"]] += 1
        return {"response": self._document(match["endpoint"], self.sites[int(match["site_id"])])}

    # HTTP

    def _application(self) -> web.Application:
        """The routes."""
        from .control import add_control_routes

        app = web.Application()
        site_path = r"/api/1/energy_sites/{site_id:\d+}/"
        app.router.add_get("/api/1/products", self._products)
        app.router.add_get("/api/1/users/region", self._region)
        for endpoint in ("site_info", "live_status", "calendar_history"):
            app.router.add_get(site_path + endpoint, self._read)
        for endpoint in BODY_TO_SETTINGS:
            app.router.add_post(site_path + endpoint, self._write)
        app.router.add_post(TOKEN_PATH, self._token)
        app.router.add_get("/vehicles", self._vehicles)
        app.router.add_get("/auth/tesla_scopes", self._tesla_scopes)
        app.router.add_get("/api/metadata", self._metadata)
        app.router.add_get("/sse", self.events.serve)
        add_control_routes(app, self)
        return app

    def _refusal(self, request: web.Request) -> web.Response | None:
        """401 for a missing or expired token."""
        if self._is_refused(request.headers.get("Authorization", "")):
            return error_response(401, "token expired (401)")
        return None

    def _is_refused(self, authorization: str) -> bool:
        """Whether an Authorization header has no token, or one that has expired."""
        token = authorization.removeprefix("Bearer ")
        generation = generation_of(token)
        return not token or (generation if generation is not None else 0) < self._oldest_generation

    async def _fate(self, request: web.Request, endpoint: str, answer: Callable[[], Any]) -> web.StreamResponse:
        """Answer a request that reads something, unless a behaviour is in the way."""
        self.requests[endpoint] += 1
        site_id = int(request.match_info["site_id"]) if "site_id" in request.match_info else None
        if rule := self.rules.take(endpoint, site_id, *_OUTCOMES):
            match rule.behaviour:
                case HttpError() as error:
                    return http_error(error)
                case BodyError() as error:
                    return body_error(error)
                case Dropped():
                    return cut(request)
                case Hang() as hang:
                    if not await self._hang(hang.answers_after_s):
                        return cut(request)
        if endpoint != "token" and (refusal := self._refusal(request)):
            return refusal
        body = answer()
        return body if isinstance(body, web.Response) else web.json_response(body)

    async def _hang(self, seconds: float | None) -> bool:
        """Wait without an answer; whether one is due now, or else the connection is to be cut."""
        self.hanging += 1
        try:
            async with asyncio.timeout(seconds):
                await self._let_go.wait()
        except TimeoutError:
            return True
        finally:
            self.hanging -= 1
        return False

    async def _products(self, request: web.Request) -> web.StreamResponse:
        def answer() -> dict[str, Any]:
            products: Any = [documents.product(site) for site in self.sites.values()]
            return {"response": products, "count": len(products)}

        return await self._fate(request, "products", answer)

    async def _region(self, request: web.Request) -> web.StreamResponse:
        region = {"region": "eu", "fleet_api_base_url": self.url}
        return await self._fate(request, "region", lambda: {"response": region})

    async def _vehicles(self, request: web.Request) -> web.StreamResponse:
        return await self._fate(request, "vehicles", lambda: {"results": []})

    async def _tesla_scopes(self, request: web.Request) -> web.StreamResponse:
        return await self._fate(request, "tesla_scopes", lambda: {"scopes": list(self.scopes)})

    async def _metadata(self, request: web.Request) -> web.StreamResponse:
        sites = {str(site_id): {"access": True} for site_id in self.sites}
        account = {"uid": "simulated", "region": "EU", "scopes": list(self.scopes), "vehicles": {}}
        return await self._fate(request, "metadata", lambda: {**account, "energy_sites": sites})

    async def _token(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()

        def answer() -> web.Response | dict[str, Any]:
            if form.get("grant_type") != "refresh_token" or not form.get("refresh_token"):
                return error_response(400, "invalid_request")
            return {
                "access_token": self.issue_token(),
                "refresh_token": f"refresh-{self._generation}",
                "expires_in": self.token_lifetime_s,
                "token_type": "Bearer",
            }

        return await self._fate(request, "token", answer)

    def _document(self, endpoint: str, site: PowerwallSite) -> dict[str, Any]:
        """The true document of a read endpoint."""
        match endpoint:
            case "site_info":
                return documents.site_info(site)
            case "live_status":
                return documents.live_status(site)
            case _:
                return documents.energy_history(site, self.now())

    async def _read(self, request: web.Request) -> web.StreamResponse:
        endpoint = request.path.rsplit("/", 1)[-1]

        def answer() -> web.Response | dict[str, Any]:
            site = self.sites.get(int(request.match_info["site_id"]))
            if site is None:
                return error_response(404, "not_found")
            if site.offline:
                return offline_response()
            if rule := self.rules.take(endpoint, site.site_id, NotADict):
                assert isinstance(rule.behaviour, NotADict)
                return {"response": rule.behaviour.value}
            stale = self.rules.take(endpoint, site.site_id, Stale)
            document = stale.documents[endpoint, site.site_id] if stale else self._document(endpoint, site)
            if (rule := self.rules.take(endpoint, site.site_id, Override)) and isinstance(rule.behaviour, Override):
                document = rule.behaviour.apply(document)
            return {"response": document}

        return await self._fate(request, endpoint, answer)

    async def _write(self, request: web.Request) -> web.StreamResponse:
        endpoint = request.path.rsplit("/", 1)[-1]
        self.requests[endpoint] += 1
        received_at = self.now()
        if refusal := self._refusal(request):
            return refusal
        site = self.sites.get(int(request.match_info["site_id"]))
        if site is None:
            return error_response(404, "not_found")
        try:
            body: dict[str, Any] = dict(await request.json())
        except ValueError, TypeError:
            return error_response(400, "invalid_request")
        changes = changes_of(endpoint, body)
        value = next(iter(body.values())) if len(BODY_TO_SETTINGS[endpoint]) == 1 and len(body) == 1 else body

        def log(outcome: Outcome, status: int | None) -> None:
            self.writes.append(Write(received_at, site.site_id, endpoint, value, outcome, status))
            _LOGGER.info("%s %s %s=%s: %s", received_at.isoformat(), site.name, endpoint, value, outcome)

        if site.offline:
            log(Outcome.REFUSED, 502)
            return offline_response()
        if not changes or not is_legal(changes):
            log(Outcome.REFUSED, 400)
            return error_response(400, "invalid_request")
        lag, snap = self._way_of(endpoint, site)

        def apply() -> None:
            site.write(changes, lag=lag, snap=snap)

        rule = self.rules.take(endpoint, site.site_id, *_OUTCOMES)
        match rule.behaviour if rule else None:
            case HttpError() as error:
                if error.applied:
                    apply()
                log(Outcome.REFUSED_APPLIED if error.applied else Outcome.REFUSED, error.status)
                return http_error(error)
            case BodyError() as error:
                if error.applied:
                    apply()
                log(Outcome.REFUSED_APPLIED if error.applied else Outcome.REFUSED, 200)
                return body_error(error)
            case Dropped(applied=applied):
                if applied:
                    apply()
                log(Outcome.DROPPED_APPLIED if applied else Outcome.DROPPED, None)
                return cut(request)
            case Hang() as hang:
                if hang.lands_after_s is not None:
                    site.land_later(hang.lands_after_s, apply)
                log(Outcome.HUNG if hang.lands_after_s is None else Outcome.HUNG_APPLIED, None)
                if not await self._hang(hang.answers_after_s):
                    return cut(request)
            case Ignored():
                log(Outcome.IGNORED, 200)
            case _:
                apply()
                snaps = snap is not None and "reserve_pct" in changes and snap.concerns(changes["reserve_pct"])
                log(Outcome.SNAPPED if snaps else Outcome.APPLIED, 200)
        return web.json_response({"response": {"code": 201, "message": "Updated"}})

    def _way_of(self, endpoint: str, site: PowerwallSite) -> tuple[Lag, Snap | None]:
        """How this write goes: the site's usual lag and snap unless a behaviour says otherwise."""
        lag, snap = site.lag, site.snap
        if (rule := self.rules.take(endpoint, site.site_id, Lag)) and isinstance(rule.behaviour, Lag):
            lag = rule.behaviour
        if (rule := self.rules.take(endpoint, site.site_id, Snap)) and isinstance(rule.behaviour, Snap):
            snap = rule.behaviour
        return lag, snap
