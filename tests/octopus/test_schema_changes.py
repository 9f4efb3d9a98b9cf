"""Fields that leave the schema of the simulated Octopus, which executes every query for real (design 6)."""

from collections.abc import AsyncGenerator

import aiohttp
import pytest

from custom_components.octopus_powerwall.octopus import OctopusClient, OctopusResponseError
from custom_components.octopus_powerwall.octopus.schema_changes import OPTIONAL
from tests.simulators.octopus import OctopusSimulator

from .server import Clock


@pytest.fixture
async def sim(clock: Clock, socket_enabled: None) -> AsyncGenerator[OctopusSimulator]:
    async with OctopusSimulator(now=clock) as simulator:
        yield simulator


@pytest.fixture
def sim_client(sim: OctopusSimulator, session: aiohttp.ClientSession, clock: Clock) -> OctopusClient:
    return OctopusClient(
        session, sim.api_key, sim.account_number, base_url=sim.url, now=clock, user_agent="octopus-powerwall/0"
    )


@pytest.mark.parametrize("field", sorted(OPTIONAL - {"direction", "displayName", "tariffCode", "productCode"}))
async def test_an_extra_that_leaves_the_schema_costs_one_more_request_and_no_plan(
    sim_client: OctopusClient,
    sim: OctopusSimulator,
    clock: Clock,
    field: str,
) -> None:
    sim.add_slot(10, 60)
    sim.boost(5)
    await sim_client.async_poll()
    sim.remove_field(field)
    sim.reset_log()
    for _ in range(3):
        clock.advance(minutes=3)
        poll = await sim_client.async_poll()
        (read,) = poll.reads
        assert read.dispatches
        assert read.device.lifecycle == "LIVE"
    assert [request.status for request in sim.requests] == [400, 200, 200, 200]
    sim.restore_field()
    clock.advance(hours=24)
    await sim_client.async_poll()
    clock.advance(minutes=3)
    sim.remove_field(field)
    sim.reset_log()
    await sim_client.async_poll()
    assert [request.status for request in sim.requests if "obtainKrakenToken" not in request.fields] == [400, 200]


@pytest.mark.parametrize("field", ["direction", "displayName", "tariffCode", "productCode", "propertyId"])
async def test_an_account_can_be_read_without_any_one_extra(
    sim_client: OctopusClient,
    sim: OctopusSimulator,
    clock: Clock,
    field: str,
) -> None:
    sim.remove_field(field)
    account = await sim_client.async_account()
    agreement = account.agreement_at(clock.at)
    assert agreement is not None
    assert agreement.product_code == "INTELLI-VAR-24-10-29"


@pytest.mark.parametrize(
    "fields", [("activePower", "name", "propertyId"), ("ActivePower.value",), ("UpsideDispatchType.end",)]
)
async def test_several_extras_may_go_at_once_and_a_part_takes_its_whole_along(
    sim_client: OctopusClient,
    sim: OctopusSimulator,
    fields: tuple[str, ...],
) -> None:
    sim.add_slot(10, 60)
    for field in fields:
        sim.remove_field(field)
    (read,) = (await sim_client.async_poll()).reads
    assert read.dispatches


@pytest.mark.parametrize(
    "field", ["SmartFlexDispatch.start", "SmartFlexDispatch.type", "status", "id", "flexPlannedDispatches"]
)
async def test_without_what_slots_need_nothing_is_known(
    sim_client: OctopusClient,
    sim: OctopusSimulator,
    field: str,
) -> None:
    await sim_client.async_poll()
    sim.remove_field(field)
    sim.reset_log()
    with pytest.raises(OctopusResponseError):
        await sim_client.async_poll()
    assert len(sim.requests) == 1
