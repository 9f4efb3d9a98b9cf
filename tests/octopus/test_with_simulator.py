"""The client against the Octopus simulator, which executes its queries for real."""

from collections.abc import AsyncGenerator
from datetime import datetime, timedelta

import aiohttp
import pytest

from custom_components.octopus_powerwall.domain.model import DispatchType, Poll
from custom_components.octopus_powerwall.octopus import (
    OctopusAccountNotFoundError,
    OctopusClient,
    OctopusError,
    OctopusInvalidKeyError,
    OctopusRateLimitedError,
    OctopusResponseError,
    OctopusUnauthorisedError,
    OctopusUnavailableError,
    transport as transport_module,
)
from tests.simulators.octopus import (
    CHARGE_CAP_PRODUCT,
    ERRORS,
    MINT,
    WHOLE_SLOT_PRODUCT,
    FaultKind,
    OctopusSimulator,
    PowerReport,
    TimeStyle,
    former_home,
)

from .server import Clock


@pytest.fixture
async def sim(clock: Clock, socket_enabled: None) -> AsyncGenerator[OctopusSimulator]:
    async with OctopusSimulator(now=clock) as simulator:
        simulator.add_slot(10, 50)
        yield simulator


@pytest.fixture
def client(sim: OctopusSimulator, session: aiohttp.ClientSession, clock: Clock) -> OctopusClient:
    return OctopusClient(
        session, sim.api_key, sim.account_number, base_url=sim.url, now=clock, user_agent="octopus-powerwall/0"
    )


def answered(poll: Poll) -> int:
    return sum(read.dispatches is not None for read in poll.reads)


async def test_a_plan(client: OctopusClient, sim: OctopusSimulator, clock: Clock) -> None:
    poll = await client.async_poll()
    (read,) = poll.reads
    assert read.device.provider == "TESLA"
    assert read.dispatches is not None
    (dispatch,) = read.dispatches
    assert (dispatch.start - clock.at, dispatch.end - clock.at) == (timedelta(minutes=10), timedelta(minutes=50))
    assert dispatch.type is DispatchType.SMART
    assert len(poll.devices) == 2
    assert poll.skipped == 0
    assert sim.counters.requests == 3
    clock.advance(minutes=3)
    await client.async_poll()
    assert sim.counters.requests == 4


async def test_a_charging_car_and_what_it_charged(client: OctopusClient, sim: OctopusSimulator, clock: Clock) -> None:
    sim.set_device(power_report=PowerReport.LIVE)
    await client.async_poll()
    clock.advance(minutes=20)
    (car, _) = (await client.async_poll()).devices
    assert car.active_power is not None
    assert car.active_power.power_kw > 1
    assert clock.at - car.active_power.at < timedelta(minutes=5)
    clock.advance(minutes=120)
    completed = (await client.async_poll()).completed
    assert completed
    assert all(row.energy_kwh for row in completed)


@pytest.mark.parametrize("style", TimeStyle)
async def test_every_way_to_write_a_time(
    client: OctopusClient, sim: OctopusSimulator, clock: Clock, style: TimeStyle
) -> None:
    sim.set_style(times=style)
    (read,) = (await client.async_poll()).reads
    assert read.dispatches
    assert read.dispatches[0].start == clock.at + timedelta(minutes=10)


async def test_six_cars_stay_within_the_limit(client: OctopusClient, sim: OctopusSimulator, clock: Clock) -> None:
    for number in range(5):
        sim.add_device(f"car{number}")
    for _ in range(6):
        assert answered(await client.async_poll()) == 4
        clock.advance(minutes=1)
    assert sim.counters.errors == 0


async def test_a_token_that_expires_or_is_revoked(client: OctopusClient, sim: OctopusSimulator, clock: Clock) -> None:
    for spoil in (sim.expire_tokens, sim.revoke_tokens, lambda: clock.advance(hours=2)):
        await client.async_poll()
        spoil()
        clock.advance(minutes=3)
        assert answered(await client.async_poll()) == 1
        clock.advance(minutes=3)


async def test_a_key_that_was_replaced(client: OctopusClient, sim: OctopusSimulator, clock: Clock) -> None:
    await client.async_poll()
    sim.rotate_key("sk_live_anotheranotheranotheranother")
    confirmed = []
    for _ in range(2):
        clock.advance(minutes=3)
        with pytest.raises(OctopusInvalidKeyError) as caught:
            await client.async_poll()
        confirmed.append(caught.value.confirmed)
    assert confirmed == [False, True]


@pytest.mark.parametrize("number", ["A-0BADCAFE", "A-00000000"])
async def test_the_account_of_somebody_else(
    sim: OctopusSimulator, session: aiohttp.ClientSession, clock: Clock, number: str
) -> None:
    client = OctopusClient(session, sim.api_key, number, base_url=sim.url, now=clock, user_agent="x")
    with pytest.raises(OctopusAccountNotFoundError):
        await client.async_account()


def in_force(agreements: object, at: datetime) -> tuple[str, bool | None]:
    agreement = agreements.agreement_at(at)  # type: ignore[attr-defined]
    return agreement.product_code, agreement.four_rate


async def test_a_migration(client: OctopusClient, sim: OctopusSimulator, clock: Clock) -> None:
    before = await client.async_account()
    assert in_force(before, clock.at) == (WHOLE_SLOT_PRODUCT, False)
    assert before.agreements[0].product_code == "VAR-22-11-01"
    assert before.skipped == 0
    sim.migrate(CHARGE_CAP_PRODUCT, at=clock.at + timedelta(days=2))
    after = await client.async_account()
    assert in_force(after, clock.at)[0] == WHOLE_SLOT_PRODUCT
    assert in_force(after, clock.at + timedelta(days=2))[0] == CHARGE_CAP_PRODUCT


async def test_a_home_that_was_left(client: OctopusClient, sim: OctopusSimulator, clock: Clock) -> None:
    home = former_home(clock.at - timedelta(days=30))
    home.meter_points[0].agreements[0].valid_from = clock.at - timedelta(days=90)
    home.meter_points[0].agreements[0].valid_to = None
    sim.world.account().properties.append(home)
    assert in_force(await client.async_account(), clock.at)[0] == WHOLE_SLOT_PRODUCT
    assert sim.counters.rest == 2


async def test_two_homes_on_the_same_contract(client: OctopusClient, sim: OctopusSimulator, clock: Clock) -> None:
    sim.add_home("7654321", since="2024-11-01T00:00:00Z", address="2 Example Lane")
    account = await client.async_account()
    assert [(home.property_id, home.address) for home in account.homes] == [
        ("1234567", "1 Example Street"),
        ("7654321", "2 Example Lane"),
    ]
    valid = [found for found in account.agreements if found.valid_at(clock.at)]
    assert [(found.product_code, found.property_id) for found in valid] == [
        (WHOLE_SLOT_PRODUCT, "1234567"),
        (WHOLE_SLOT_PRODUCT, "7654321"),
    ]


async def test_a_car_at_another_home_than_the_one_that_buys(client: OctopusClient, sim: OctopusSimulator) -> None:
    sim.add_device("cottage", property_id="7654321")
    assert [home.property_id for home in (await client.async_account()).homes] == ["1234567"]
    found = {device.property_id for device in (await client.async_poll()).devices if device.usable}
    assert found == {"1234567", "7654321"}


TRANSPORT: dict[FaultKind, type[OctopusError]] = {
    FaultKind.HTTP_500: OctopusUnavailableError,
    FaultKind.HTTP_502: OctopusUnavailableError,
    FaultKind.HTTP_503: OctopusUnavailableError,
    FaultKind.HTTP_429: OctopusRateLimitedError,
    FaultKind.CLOUDFRONT_403: OctopusRateLimitedError,
    FaultKind.JSON_403: OctopusUnauthorisedError,
    FaultKind.HANG: OctopusUnavailableError,
    FaultKind.HANG_IN_BODY: OctopusUnavailableError,
    FaultKind.DROP: OctopusUnavailableError,
    FaultKind.TRUNCATED: OctopusUnavailableError,
    FaultKind.HUGE_BODY: OctopusResponseError,
    FaultKind.NOT_JSON: OctopusResponseError,
    FaultKind.JSON_NOT_OBJECT: OctopusResponseError,
    FaultKind.REDIRECT: OctopusResponseError,
}


@pytest.mark.parametrize("kind", TRANSPORT)
@pytest.mark.parametrize("begun", [False, True])
async def test_an_answer_that_fails(
    client: OctopusClient,
    sim: OctopusSimulator,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    kind: FaultKind,
    *,
    begun: bool,
) -> None:
    if begun:
        await client.async_poll()
        clock.advance(minutes=3)
    if kind in {FaultKind.HANG, FaultKind.HANG_IN_BODY}:
        monkeypatch.setattr(transport_module, "TIMEOUT_S", 0.05)
    sim.fail(kind)
    with pytest.raises(OctopusError) as caught:
        await client.async_poll()
    assert type(caught.value) is TRANSPORT[kind]
    monkeypatch.undo()
    sim.heal()
    clock.advance(minutes=60)
    assert answered(await client.async_poll()) == 1


@pytest.mark.parametrize("kind", list(FaultKind)[list(FaultKind).index(FaultKind.ERROR) + 1 :])
@pytest.mark.parametrize("rows", ["all", "extra"])
async def test_a_plan_that_is_odd_costs_rows_and_never_the_client(
    client: OctopusClient, sim: OctopusSimulator, clock: Clock, kind: FaultKind, rows: str
) -> None:
    await client.async_poll()
    clock.advance(minutes=1)
    sim.fail(kind, rows=rows)
    if kind is FaultKind.MANY_ROWS:
        with pytest.raises(OctopusResponseError):
            await client.async_poll()
    else:
        (read,) = (await client.async_poll()).reads
        if rows == "extra" and read.skipped:
            assert read.dispatches
    sim.heal()
    clock.advance(minutes=1)
    assert answered(await client.async_poll()) == 1


@pytest.mark.parametrize("code", ERRORS)
@pytest.mark.parametrize("fields", [(), (MINT,), ("devices",), ("completedDispatches",), ("flexPlannedDispatches",)])
async def test_every_error_anywhere(
    client: OctopusClient, sim: OctopusSimulator, clock: Clock, code: str, fields: tuple[str, ...]
) -> None:
    sim.fail(code, fields=fields)
    codes = set()
    for call in (client.async_poll, client.async_account, client.async_poll):
        clock.advance(minutes=1)
        try:
            await call()
        except OctopusError as error:
            codes.add(error.error_code)
    assert codes <= {code}
    sim.heal()
    clock.advance(minutes=61)
    assert answered(await client.async_poll()) == 1
    assert sim.counters.mints <= 6


async def test_a_clock_that_differs(client: OctopusClient, sim: OctopusSimulator, clock: Clock) -> None:
    sim.set_clock_skew(-600)
    poll = await client.async_poll()
    assert poll.clock_skew == timedelta(minutes=-10)
    assert sim.counters.mints == 1
