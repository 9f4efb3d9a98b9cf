"""The HTTP face: routes, the ``Date`` header, the request log, and the control endpoint."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from email.utils import format_datetime
import json

from aiohttp import web
from yarl import URL

from .control import control_answer, snapshot
from .director import Director
from .faults import REST_ACCOUNT, REST_PRODUCT, REST_RATES, Fault, FaultKind
from .graphql import Answer, Endpoint, Query, read_query
from .rest import account_answer, product_answer, rates_answer
from .traffic import PLANNED_PER_MINUTE, POINTS_PER_HOUR, LoggedRequest, Traffic, Window
from .transport import bare_refusal, misbehave, transport_fault

HOST = "127.0.0.1"
GRAPHQL_PATH = "/v1/graphql/"
REST_PATHS = (
    "/v1/accounts/{number}/",
    "/v1/products/{code}/",
    "/v1/products/{code}/electricity-tariffs/{tariff}/{kind}/",
)
type Resource = Callable[[], web.Response]
type Handler = Callable[[web.Request, LoggedRequest], Awaitable[web.StreamResponse]]


class Server:
    """Serves a director's world on 127.0.0.1; ``port`` 0 takes a free one."""

    def __init__(self, director: Director, port: int, on_request: Callable[[LoggedRequest], None] | None) -> None:
        self.traffic = Traffic()
        self.planned_limit = Window(PLANNED_PER_MINUTE, timedelta(minutes=1))
        self.points_limit = Window(POINTS_PER_HOUR, timedelta(hours=1))
        self._director = director
        self._endpoint = Endpoint(director.world, director.tokens, director.now, self.planned_limit, self.points_limit)
        self._on_request = on_request
        self._port = port
        self._runner: web.AppRunner | None = None
        self._closing = asyncio.Event()
        self._transports: set[asyncio.Transport] = set()

    @property
    def port(self) -> int:
        """The port it listens on; ``RuntimeError`` unless it runs."""
        if self._runner is None:
            raise RuntimeError("the simulator is not running")
        port: int = self._runner.addresses[0][1]
        return port

    async def start(self) -> None:
        """Listen. A port in use raises ``OSError``."""
        app = web.Application(client_max_size=4_000_000)
        app.router.add_post(GRAPHQL_PATH, self._serving(self._graphql))
        for path in REST_PATHS:
            app.router.add_get(path, self._serving(self._rest))
        app.router.add_route("*", "/_control", self._control)
        self._closing = asyncio.Event()
        # aiohttp's access log does arithmetic with the clock, which fails where tests freeze it.
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, handler_cancellation=True)
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, self._port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self._port = self.port

    async def stop(self) -> None:
        """Stop at once: hanging requests are cut off. ``start`` listens on the same port again."""
        runner, self._runner = self._runner, None
        self._closing.set()
        for transport in list(self._transports):
            transport.abort()
        await asyncio.sleep(0)
        if runner is not None:
            await runner.cleanup()

    @property
    def is_in_order(self) -> bool:
        """Whether it runs and nothing is broken."""
        return self._runner is not None and not self._director.faults.active

    def ask(self, headers: Mapping[str, str], body: bytes) -> web.Response:
        """Answer a GraphQL question as over the wire, where all is in order."""
        entry = self._entry("POST", GRAPHQL_PATH, headers)
        response = self._answer(self._read(body, entry), headers.get("Authorization"), [], entry)
        response.headers.update(self._date())
        return response

    def get(self, url: URL, headers: Mapping[str, str]) -> web.Response:
        """Answer a REST request as over the wire, where all is in order."""
        entry = self._entry("GET", url.path, headers)
        name, answer = self._resource(url, headers, entry)
        entry.fields = (name,)
        response = answer()
        self._log(entry, response)
        response.headers.update(self._date())
        return response

    def _entry(self, method: str, path: str, headers: Mapping[str, str]) -> LoggedRequest:
        return LoggedRequest(
            self._director.advance(),
            method,
            path,
            user_agent=headers.get("User-Agent", ""),
            context=headers.get("Ha-Integration-Context", ""),
        )

    def _serving(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            entry = self._entry(request.method, request.path, request.headers)
            transport = request.transport
            if transport is not None:
                self._transports.add(transport)
            try:
                response = await handler(request, entry)
            finally:
                if transport is not None:
                    self._transports.discard(transport)
            if not response.prepared:
                response.headers.update(self._date())
            return response

        return serve

    def _date(self) -> dict[str, str]:
        return {"Date": format_datetime(self._director.octopus_now().replace(microsecond=0), usegmt=True)}

    def _log(self, entry: LoggedRequest, response: web.StreamResponse | None = None) -> None:
        if response is not None:
            entry.status = response.status
            body = response.body if isinstance(response, web.Response) else None
            entry.size = len(body) if isinstance(body, bytes) else 0
        self.traffic.add(entry)
        if self._on_request is not None:
            self._on_request(entry)

    async def _misbehave(self, fault: Fault, request: web.Request, entry: LoggedRequest) -> web.StreamResponse:
        hangs = fault.kind in {FaultKind.HANG, FaultKind.HANG_IN_BODY}
        if hangs:
            # It is not over before the simulator is, and those who wait for it must see it now.
            self._log(entry)
        response = await misbehave(fault, request, self._closing, self._date())
        if not hangs:
            cut_off = request.transport is None or request.transport.is_closing()
            self._log(entry, None if cut_off else response)
        return response

    async def _graphql(self, request: web.Request, entry: LoggedRequest) -> web.StreamResponse:
        read = self._read(await request.read(), entry)
        names: set[str] = set()
        devices: list[str] = []
        if isinstance(read, Query):
            names = read.names
            asked = {root.device_id for root in read.roots if root.device_id}
            devices = [device.label for device in self._director.world.devices if device.id in asked]
        faults = self._director.faults.take(names, devices)
        entry.fault = tuple(fault.label for fault in faults)
        if (fault := transport_fault(faults)) is not None:
            return await self._misbehave(fault, request, entry)
        return self._answer(read, request.headers.get("Authorization"), faults, entry)

    def _read(self, body: bytes, entry: LoggedRequest) -> Query | Answer:
        try:
            read = read_query(json.loads(body), frozenset(self._director.world.gone_fields))
        except ValueError:
            read = read_query(None)
        if isinstance(read, Query):
            entry.operations, entry.complexity = read.operations, read.complexity
            entry.fields = tuple(root.name for root in read.roots)
        return read

    def _answer(
        self, read: Query | Answer, authorization: str | None, faults: list[Fault], entry: LoggedRequest
    ) -> web.Response:
        if self._director.tokens.is_shut_out(authorization):
            refusal = bare_refusal()
            self._log(entry, refusal)
            return refusal
        answer = self._endpoint.run(read, authorization, faults) if isinstance(read, Query) else read
        response = web.json_response(answer.body, status=answer.status)
        response.headers["X-Kraken-Query-Complexity"] = str(entry.complexity)
        entry.errors = answer.codes
        self._log(entry, response)
        return response

    async def _rest(self, request: web.Request, entry: LoggedRequest) -> web.StreamResponse:
        name, answer = self._resource(request.rel_url, request.headers, entry)
        entry.fields = (name,)
        faults = self._director.faults.take({name})
        entry.fault = tuple(fault.label for fault in faults)
        if (fault := transport_fault(faults)) is not None:
            return await self._misbehave(fault, request, entry)
        response = answer()
        self._log(entry, response)
        return response

    def _resource(self, url: URL, headers: Mapping[str, str], entry: LoggedRequest) -> tuple[str, Resource]:
        world = self._director.world
        match url.path.split("/"):
            case ["", "v1", "accounts", number, ""]:
                return REST_ACCOUNT, lambda: account_answer(world, number, headers.get("Authorization"))
            case ["", "v1", "products", code, ""]:
                return REST_PRODUCT, lambda: product_answer(world, code, entry.at)
            case ["", "v1", "products", code, "electricity-tariffs", tariff, kind, ""]:
                return REST_RATES, lambda: rates_answer(
                    world, code, tariff, kind, entry.at, url.query, url.raw_query_string
                )
            case _:
                return "nothing", lambda: web.Response(status=404)

    async def _control(self, request: web.Request) -> web.Response:
        if request.remote not in {"127.0.0.1", "::1"}:
            return web.json_response({"error": "only from this machine"}, status=403)
        match request.method:
            case "GET":
                return web.json_response(snapshot(self._director, self.traffic))
            case "POST":
                status, body = control_answer(self._director, self.traffic, await request.text())
                return web.json_response(body, status=status)
            case _:
                return web.json_response({"error": "GET or POST"}, status=405)
