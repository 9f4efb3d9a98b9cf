"""A clock that only tests move, a simulator on it, and a client that shows the raw answers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from tests.simulators.octopus import OctopusSimulator

NOON = datetime(2026, 7, 14, 12, 0, tzinfo=UTC)

MINT = """mutation Mint($input: ObtainJSONWebTokenInput!) {
  obtainKrakenToken(input: $input) { token refreshToken refreshExpiresIn }
}"""
PLAN = "query Plan($d: String!) { flexPlannedDispatches(deviceId: $d) { start end type energyAddedKwh } }"
DEVICES = """query Devices($a: String!) {
  devices(accountNumber: $a) {
    __typename id deviceType provider propertyId
    status {
      current currentState isSuspended
      ... on SmartFlexVehicleStatus { activePower { value timestamp } stateOfCharge { value } }
      ... on SmartFlexChargePointStatus { activePower { value timestamp } }
    }
  }
}"""
COMPLETED = """query Completed($a: String!) {
  completedDispatches(accountNumber: $a) { start end delta meta { source location } }
}"""
ACCOUNT = """query Account($a: String!) {
  account(accountNumber: $a) {
    number
    electricityAgreements(active: true) {
      validFrom validTo
      tariff { __typename ... on TariffType { productCode displayName } }
      meterPoint {
        direction
        agreements(includeInactive: true) { validFrom validTo tariff { ... on TariffType { productCode } } }
      }
    }
  }
}"""


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def move(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at


@dataclass
class Reply:
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["errorCode"] for error in self.body["errors"]]


@dataclass
class Client:
    """Asks the simulator and hands back what came."""

    sim: OctopusSimulator
    session: aiohttp.ClientSession
    header: str | None = None
    refresh_token: str = ""

    async def mint(self, **given: str) -> Reply:
        reply = await self.ask(MINT, input=given or {"APIKey": self.sim.api_key}, bare=True)
        if tokens := (reply.body.get("data") or {}).get("obtainKrakenToken"):
            self.header, self.refresh_token = tokens["token"], tokens["refreshToken"]
        return reply

    async def ask(self, query: str, *, bare: bool = False, **variables: Any) -> Reply:
        headers = {} if bare or self.header is None else {"Authorization": self.header}
        return await self.raw(json={"query": query, "variables": variables}, headers=headers)

    async def raw(self, **request: Any) -> Reply:
        async with self.session.post(f"{self.sim.url}/v1/graphql/", **request) as response:
            return Reply(response.status, dict(response.headers), await response.json(content_type=None))

    async def get(self, path: str, headers: dict[str, str] | None = None) -> Reply:
        async with self.session.get(self.sim.url + path, headers=headers) as response:
            json_body = response.content_type == "application/json"
            body = await response.json() if json_body else await response.text()
            return Reply(response.status, dict(response.headers), body)

    async def control(self, *commands: Any) -> Reply:
        async with self.session.post(f"{self.sim.url}/_control", json=list(commands)) as response:
            return Reply(response.status, dict(response.headers), await response.json())

    async def plan(self, device: str | None = None) -> Reply:
        return await self.ask(PLAN, d=self.sim.world.device(device).id)

    async def rows(self, device: str | None = None) -> Any:
        return (await self.plan(device)).body["data"]["flexPlannedDispatches"]

    async def devices(self) -> list[dict[str, Any]]:
        reply = await self.ask(DEVICES, a=self.sim.account_number)
        found: list[dict[str, Any]] = reply.body["data"]["devices"]
        return found

    async def completed(self) -> list[dict[str, Any]]:
        reply = await self.ask(COMPLETED, a=self.sim.account_number)
        found: list[dict[str, Any]] = reply.body["data"]["completedDispatches"]
        return found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sim(clock: Clock, socket_enabled: None) -> AsyncIterator[OctopusSimulator]:
    async with OctopusSimulator(now=clock) as simulator:
        simulator.planned_limit.limit = 1_000
        yield simulator


@pytest.fixture
async def stranger(sim: OctopusSimulator) -> AsyncIterator[Client]:
    """A client without a token."""
    async with aiohttp.ClientSession() as session:
        yield Client(sim, session)


@pytest.fixture
async def patient(stranger: Client) -> Client:
    """A client whose token outlasts the test, for stories of hours."""
    stranger.sim.tokens.access_life = timedelta(days=30)
    await stranger.mint()
    stranger.sim.reset_log()
    return stranger


@pytest.fixture
async def client(stranger: Client) -> Client:
    """A client with a token."""
    await stranger.mint()
    stranger.sim.reset_log()
    return stranger
