"""Octopus on 127.0.0.1 and a client that talks to it."""

from collections.abc import AsyncGenerator, Callable

import aiohttp
from aiohttp.test_utils import TestServer
import pytest

from custom_components.octopus_powerwall.octopus import OctopusClient

from .server import ACCOUNT, KEY, Clock, OctopusServer

type MakeClient = Callable[..., OctopusClient]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def octopus(clock: Clock, socket_enabled: None) -> AsyncGenerator[OctopusServer]:
    stand_in = OctopusServer(clock)
    server = TestServer(stand_in.application(), host="127.0.0.1")
    await server.start_server(access_log=None)
    stand_in.url = f"http://127.0.0.1:{server.port}"
    yield stand_in
    await server.close()


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def make_client(octopus: OctopusServer, session: aiohttp.ClientSession, clock: Clock) -> MakeClient:
    def make(account_number: str = ACCOUNT, base_url: str | None = None) -> OctopusClient:
        return OctopusClient(
            session, KEY, account_number, base_url=base_url or octopus.url, now=clock, user_agent="octopus-powerwall/0"
        )

    return make


@pytest.fixture
def client(make_client: MakeClient) -> OctopusClient:
    return make_client()
