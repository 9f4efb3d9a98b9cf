"""Ohme's API and the parts of Firebase that it logs in with, on 127.0.0.1."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from aiohttp import web
import jwt

from .charger import Clock, OhmeCharger, utc_now

EMAIL = "driver@example.com"
PASSWORD = "correct-horse-battery"
TOKEN_LIFETIME = timedelta(hours=1)
_KEY = "a signature that nobody checks, long enough for HS256"
_API = "/api.ohme.io"


@dataclass
class Trouble:
    """What answers instead: a status, or with ``None`` no answer at all until ``heal``; for so many requests."""

    status: int | None
    on: str
    times: int | None


class OhmeSimulator:
    """The simulated cloud. ``async with OhmeSimulator() as ohme`` serves at ``ohme.url``."""

    def __init__(self, charger: OhmeCharger | None = None, *, now: Clock = utc_now, port: int = 0) -> None:
        """Prepare a server with one charger; ``port`` 0 takes a free one."""
        self.now = now
        self.charger = OhmeCharger(now=now) if charger is None else charger
        self.password = PASSWORD
        self.requests: Counter[str] = Counter()
        self.session_reads: list[datetime] = []
        self.price_cap: dict[str, Any] = {"enabled": False, "value": 10.0}
        self._troubles: list[Trouble] = []
        self._let_go = asyncio.Event()
        self._revoked_before = 0
        self._issued = 0
        self._port = port
        self._runner: web.AppRunner | None = None

    # Life

    async def start(self) -> None:
        """Begin to listen on 127.0.0.1; raises OSError where the port is taken."""
        self._runner = web.AppRunner(
            self._application(), access_log=None, shutdown_timeout=1, handler_cancellation=True
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Cut off whatever hangs and stop listening."""
        self.heal()
        if self._runner is not None:
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

    # Control

    def fail(self, status: int | None = 503, *, on: str = "", times: int | None = None) -> None:
        """Answer with an error, or never (``None``), where the path contains ``on``."""
        self._troubles.append(Trouble(status, on, times))

    def heal(self) -> None:
        """Answer as usual from now on; requests that hang are cut."""
        self._troubles.clear()
        self._let_go.set()
        self._let_go = asyncio.Event()

    def revoke_tokens(self) -> None:
        """Accept none of the tokens issued so far, nor those that they would be refreshed with."""
        self._revoked_before = self._issued + 1

    # HTTP

    def _application(self) -> web.Application:
        app = web.Application(middlewares=[self._fated])
        route = app.router.add_route
        route("POST", "/www.googleapis.com/identitytoolkit/v3/relyingparty/verifyPassword", self._log_in)
        route("POST", "/securetoken.googleapis.com/v1/token", self._refresh)
        route("GET", f"{_API}/v1/chargeSessions", self._sessions)
        route("GET", f"{_API}/v1/chargeSessions/nextSessionInfo", self._next_session)
        route("GET", f"{_API}/v1/users/me/account", self._account)
        route("GET", f"{_API}/v1/users/me/settings", self._settings)
        route("PUT", f"{_API}/v1/users/me/settings", self._change_settings)
        route("POST", _API + "/v1/chargeSessions/{serial}/{what:stop|resume}", self._control)
        route("PUT", _API + "/v1/chargeSessions/{serial}/{what:approve}", self._control)
        route("PUT", _API + "/v2/charge-devices/{serial}/charge-sessions/active/{session}/max-charge", self._max_charge)
        route("PUT", _API + "/v1/chargeDevices/{serial}/appSettings", self._app_settings)
        route("PATCH", _API + "/v2/users/me/charge-rules/{rule}", self._change_rule)
        route("PUT", _API + "/v1/chargeRules/{rule}", self._change_rule)
        route("PUT", _API + "/v1/car/{car}/state-of-charge", self._state_of_charge)
        route("PUT", _API + "/v1/car/{car}/select", self._done)
        return app

    @web.middleware
    async def _fated(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Count a request, let trouble have its way, and look at the token where one is needed."""
        path = request.path
        self.requests[path] += 1
        trouble = next((trouble for trouble in self._troubles if trouble.on in path and trouble.times != 0), None)
        if trouble is not None:
            if trouble.times is not None:
                trouble.times -= 1
            if trouble.status is None:
                await self._let_go.wait()
                if request.transport is not None:
                    request.transport.abort()
                return web.Response()
            return web.Response(status=trouble.status, text="<html>simulated trouble</html>", content_type="text/html")
        if path.startswith(_API):
            kind, _, token = request.headers.get("Authorization", "").partition(" ")
            if kind != "Firebase" or not self._is_valid(token):
                return web.json_response({"message": "Unauthorized"}, status=401)
        answer: web.StreamResponse = await handler(request)
        return answer

    # Firebase

    def _token(self) -> str:
        self._issued += 1
        claims = {"user_id": "simulated-user", "n": self._issued, "exp": (self.now() + TOKEN_LIFETIME).timestamp()}
        return jwt.encode(claims, _KEY, algorithm="HS256")

    def _is_valid(self, token: str) -> bool:
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
        except jwt.InvalidTokenError:
            return False
        return int(claims["n"]) >= self._revoked_before and self.now().timestamp() < float(claims["exp"])

    async def _log_in(self, request: web.Request) -> web.Response:
        form = await request.post()
        if form.get("email") != EMAIL or form.get("password") != self.password:
            return web.json_response({"error": {"code": 400, "message": "INVALID_LOGIN_CREDENTIALS"}}, status=400)
        token = self._token()
        return web.json_response({"idToken": token, "refreshToken": f"refresh-{self._issued}", "expiresIn": "3600"})

    async def _refresh(self, request: web.Request) -> web.Response:
        form = await request.post()
        number = str(form.get("refreshToken", "")).removeprefix("refresh-")
        if form.get("grantType") != "refresh_token" or not number.isdecimal() or int(number) < self._revoked_before:
            return web.json_response({"error": {"code": 400, "message": "TOKEN_EXPIRED"}}, status=400)
        token = self._token()
        return web.json_response({"id_token": token, "refresh_token": f"refresh-{self._issued}", "expires_in": "3600"})

    # Ohme

    async def _sessions(self, request: web.Request) -> web.Response:
        self.session_reads.append(self.now())
        return web.json_response([self.charger.session()])

    async def _next_session(self, request: web.Request) -> web.Response:
        return web.json_response({"rule": self.charger.rule()})

    async def _account(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "cars": [{"id": "simulated-car", "name": "Family car"}],
                "userSettings": {"chargeSettings": [self.price_cap]},
                "chargeDevices": [self.charger.device()],
                # On a tariff that Ohme schedules for, such as Intelligent Octopus Go, there is no price cap.
                "tariff": {"dsrTariff": True},
            }
        )

    async def _settings(self, request: web.Request) -> web.Response:
        return web.json_response({"chargeSettings": [self.price_cap]})

    async def _change_settings(self, request: web.Request) -> web.Response:
        self.price_cap = (await request.json())["chargeSettings"][0]
        return web.json_response({})

    async def _control(self, request: web.Request) -> web.Response:
        match request.match_info["what"]:
            case "stop":
                self.charger.stop()
            case "resume":
                self.charger.resume()
            case "approve":
                self.charger.approve()
        return web.json_response({"ok": True})

    async def _max_charge(self, request: web.Request) -> web.Response:
        self.charger.max_charge(request.query["enabled"] == "true")
        return web.json_response({})

    async def _app_settings(self, request: web.Request) -> web.Response:
        changes = await request.json()
        self.charger.requires_approval = changes.pop("pluginsRequireApproval", self.charger.requires_approval)
        self.charger.settings |= changes
        return web.json_response({})

    async def _change_rule(self, request: web.Request) -> web.Response:
        changes = await request.json()
        self.charger.target_pct = int(changes.get("targetPercent", self.charger.target_pct))
        self.charger.target_time_s = int(changes.get("targetTime", self.charger.target_time_s))
        return web.json_response({})

    async def _state_of_charge(self, request: web.Request) -> web.Response:
        self.charger.battery_pct = int((await request.json())["currentChargePercent"])
        return web.json_response({})

    async def _done(self, request: web.Request) -> web.Response:
        return web.json_response({})
