"""A small stand-in for Octopus on 127.0.0.1: it answers well unless a test tells it what to answer instead."""

import base64
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
import json
from typing import Any

from aiohttp import web

KEY = "sk_live_KeyThatNobodyMaySee00000000"
ACCOUNT = "A-5EC2E700"
CAR = "00000000-0002-4000-8020-0000000car01"
WALLBOX = "00000000-0002-4000-8020-000000wall02"
SIGNATURE = "signatureThatNobodyMaySee"

FIREWALL_PAGE = "<html><h1>403 ERROR</h1>The request could not be satisfied. Request blocked.</html>"


@dataclass
class Clock:
    """Our own clock."""

    at: datetime = datetime(2026, 9, 12, 19, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Asked:
    """One request as it arrived."""

    kind: str
    variables: dict[str, Any]
    headers: dict[str, str]
    path: str


type Handler = Callable[[], Awaitable[web.StreamResponse] | web.StreamResponse]


def jwt(expires_at: datetime, number: int = 0) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": expires_at.timestamp(), "n": number}).encode()).decode()
    return f"eyJhbGciOiJub25lIn0.{claims.rstrip('=')}.{SIGNATURE}"


def fault(code: str, *path: str | int, message: str = "No.") -> dict[str, Any]:
    return {"message": message, "path": list(path), "extensions": {"errorType": "APPLICATION", "errorCode": code}}


def device(device_id: str = CAR, **changes: Any) -> dict[str, Any]:
    status = {"current": "LIVE", "currentState": "SMART_CONTROL_CAPABLE", "isSuspended": False}
    status |= changes.pop("status", {})
    return {
        "__typename": "SmartFlexVehicle",
        "id": device_id,
        "name": "Car",
        "deviceType": "ELECTRIC_VEHICLES",
        "provider": "TESLA_V2",
        "status": status,
    } | changes


def slot(start: str, end: str, kind: str | None = "SMART", energy: Any = "-3.25") -> dict[str, Any]:
    return {"start": start, "end": end, "type": kind, "energyAddedKwh": energy}


def agreement(code: str, valid_from: str = "2024-01-01T00:00:00Z", valid_to: str | None = None) -> dict[str, Any]:
    return {
        "validFrom": valid_from,
        "validTo": valid_to,
        "tariff": {"productCode": code, "tariffCode": f"E-1R-{code}-H", "displayName": f"Name of {code}"},
    }


def meter_point(*agreements: Any, direction: str | None = "IMPORT") -> dict[str, Any]:
    return {"meterPoint": {"direction": direction, "agreements": list(agreements)}}


SLOT = slot("2026-09-12T21:00:00Z", "2026-09-12T21:30:00Z")


@dataclass
class OctopusServer:
    """Answers by kind of request: token, refresh, poll, plans, account, rest_account, product."""

    clock: Clock
    skew: timedelta = timedelta(0)
    devices: Any = field(default_factory=lambda: [device()])
    plans: dict[str, Any] = field(default_factory=lambda: {CAR: [SLOT]})
    completed: Any = field(default_factory=list)
    account: Any = field(
        default_factory=lambda: {"current": [meter_point(agreement("INTELLI-VAR-22-10-14"))], "every": []}
    )
    properties: Any = field(default_factory=list)
    products: dict[str, Any] = field(default_factory=lambda: defaultdict(dict))
    errors: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    instead: dict[str, deque[Handler]] = field(default_factory=lambda: defaultdict(deque))
    asked: list[Asked] = field(default_factory=list)
    token_lifetime: timedelta = timedelta(minutes=60)
    tokens: list[str] = field(default_factory=list)
    url: str = ""
    request: web.Request = field(init=False)

    @property
    def kinds(self) -> list[str]:
        return [asked.kind for asked in self.asked]

    def last(self, kind: str) -> Asked:
        return next(asked for asked in reversed(self.asked) if asked.kind == kind)

    def answer(self, kind: str, *handlers: Handler) -> None:
        """Answer the next requests of a kind with these."""
        self.instead[kind].extend(handlers)

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._handle)
        return application

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.request = request
        kind, variables = await self._kind(request)
        self.asked.append(Asked(kind, variables, dict(request.headers), request.path))
        if self.instead[kind]:
            response = self.instead[kind].popleft()()
            return response if isinstance(response, web.StreamResponse) else await response
        response = web.json_response(self._payload(kind, variables, request))
        response.headers["Date"] = format_datetime(self.clock() + self.skew)
        return response

    async def _kind(self, request: web.Request) -> tuple[str, dict[str, Any]]:
        if request.method == "GET":
            return ("product" if "/products/" in request.path else "rest_account"), {}
        body = await request.json()
        variables = body["variables"]
        if "input" in variables:
            return ("token" if "APIKey" in variables["input"] else "refresh"), variables
        return body["query"].split("(")[0].split()[1].lower(), variables

    def _payload(self, kind: str, variables: dict[str, Any], request: web.Request) -> Any:
        plans = {
            f"plan{name.removeprefix('device')}": self.plans.get(device_id)
            for name, device_id in variables.items()
            if name.startswith("device")
        }
        match kind:
            case "token" | "refresh":
                return {"data": {"obtainKrakenToken": self.new_token()}}
            case "poll":
                data = {"devices": self.devices, **plans, "completedDispatches": self.completed}
            case "plans":
                data = plans
            case "account":
                data = {"account": self.account, "devices": self.devices}
            case "rest_account":
                return {"number": ACCOUNT, "properties": self.properties}
            case _:
                return self.products[request.path.split("/")[-2]]
        return {"data": data} | ({"errors": self.errors[kind]} if self.errors[kind] else {})

    def new_token(self) -> dict[str, Any]:
        octopus_now = self.clock() + self.skew
        self.tokens.append(jwt(octopus_now + self.token_lifetime, len(self.tokens)))
        return {
            "token": self.tokens[-1],
            "refreshToken": f"refreshThatNobodyMaySee{len(self.tokens)}",
            "refreshExpiresIn": int((octopus_now + timedelta(days=7)).timestamp()),
        }


def json_answer(payload: Any, status: int = 200) -> Handler:
    return lambda: web.json_response(payload, status=status)


def faults(*codes: str, path: str | None = None) -> Handler:
    """An answer that holds nothing but faults."""
    return json_answer({"data": None, "errors": [fault(code, *([path] if path else [])) for code in codes]})


def text_answer(text: str | bytes, status: int = 200, **headers: str) -> Handler:
    body = text.encode() if isinstance(text, str) else text
    return lambda: web.Response(body=body, status=status, headers=headers)
