"""Polls: one request in the steady state, and what becomes of partial answers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from custom_components.octopus_powerwall.domain.model import Dispatch, DispatchType, Poll
from custom_components.octopus_powerwall.octopus import (
    DEFAULT_BASE_URL,
    OctopusAccountNotFoundError,
    OctopusClient,
    OctopusError,
    OctopusRateLimitedError,
    OctopusResponseError,
    OctopusUnauthorisedError,
    OctopusUnavailableError,
    normalise_account_number,
)

from .server import (
    CAR,
    KEY,
    SLOT,
    WALLBOX,
    Clock,
    Handler,
    OctopusServer,
    device,
    fault,
    faults,
    json_answer,
    text_answer,
)

PLANNED = Dispatch(
    datetime(2026, 9, 12, 21, tzinfo=UTC), datetime(2026, 9, 12, 21, 30, tzinfo=UTC), DispatchType.SMART, 3.25
)
METER = device("meter", __typename="SmartFlexDevice", deviceType="ELECTRICITY_METERS")


def plans(poll: Poll) -> dict[str, int | None]:
    """How many rows each usable device's plan has; ``None`` unanswered."""
    return {
        read.device.id: None if read.dispatches is None else len(read.dispatches) + 100 * read.skipped
        for read in poll.reads
    }


@pytest.fixture
def two_cars(octopus: OctopusServer) -> OctopusServer:
    octopus.devices = [device(), device(WALLBOX, __typename="SmartFlexChargePoint"), METER]
    octopus.plans = {CAR: [SLOT], WALLBOX: [SLOT, SLOT]}
    return octopus


@pytest.mark.parametrize("text", ["A-12A34A99", " a-12a34a99 ", "A-AAAA1111\n", "a-zzzzzzzz"])
def test_an_account_number(text: str) -> None:
    assert normalise_account_number(text) == text.strip().upper()


@pytest.mark.parametrize("text", ["", "12B34B99", "A-12B34B9", "A-12B34B999", "B-12B34B99", "A-12B34B9/", "A-١٢٣٤٥٦٧٨"])
def test_what_is_no_account_number(text: str) -> None:
    with pytest.raises(ValueError, match="looks like") as caught:
        normalise_account_number(text)
    assert not text or text not in str(caught.value)


async def test_a_client_refuses_what_it_could_not_use(session: aiohttp.ClientSession, clock: Clock) -> None:
    for account_number, base_url in (("?", DEFAULT_BASE_URL), ("A-12A34A99", "http://api.octopus.energy")):
        with pytest.raises(ValueError):  # noqa: PT011
            OctopusClient(session, KEY, account_number, base_url=base_url, now=clock, user_agent="x")
    OctopusClient(session, KEY, "A-12A34A99", now=clock, user_agent="x")


async def test_the_first_poll_takes_two_requests_and_every_further_one_takes_one(
    client: OctopusClient, two_cars: OctopusServer, clock: Clock
) -> None:
    assert plans(await client.async_poll()) == {CAR: 1, WALLBOX: 2}
    assert two_cars.kinds == ["token", "poll", "plans"]
    for _ in range(3):
        clock.advance(minutes=3)
        assert plans(await client.async_poll()) == {CAR: 1, WALLBOX: 2}
    assert two_cars.kinds == ["token", "poll", "plans", "poll", "poll", "poll"]


async def test_what_a_poll_holds(client: OctopusClient, two_cars: OctopusServer, clock: Clock) -> None:
    two_cars.skew = timedelta(minutes=4)
    two_cars.completed = [
        {"start": "2026-09-12T18:00:00Z", "end": "2026-09-12T18:30:00Z", "delta": "-3.61", "meta": None},
        None,
    ]
    poll = await client.async_poll()
    assert poll.at == clock.at
    assert poll.clock_skew == timedelta(minutes=4)
    assert [found.id for found in poll.devices] == [CAR, WALLBOX, "meter"]
    assert poll.reads[0].dispatches == (PLANNED,)
    assert poll.completed is not None
    assert [row.energy_kwh for row in poll.completed] == [3.61]
    assert poll.skipped == 0


async def test_without_a_car_one_request_is_enough(client: OctopusClient, octopus: OctopusServer) -> None:
    octopus.devices = [METER, device(status={"isSuspended": True}), device("old", status={"current": "RETIRED"})]
    poll = await client.async_poll()
    assert (len(poll.devices), poll.reads) == (3, ())
    assert octopus.kinds == ["token", "poll"]


async def test_a_car_that_comes_is_asked_for_at_once_and_one_that_goes_no_more(
    client: OctopusClient, two_cars: OctopusServer, clock: Clock
) -> None:
    listed = two_cars.devices
    two_cars.devices = listed[:1]
    await client.async_poll()
    two_cars.devices = listed
    clock.advance(minutes=3)
    assert plans(await client.async_poll()) == {CAR: 1, WALLBOX: 2}
    assert two_cars.kinds[-2:] == ["poll", "plans"]
    assert two_cars.last("plans").variables == {"device0": WALLBOX}
    two_cars.devices = [device(status={"isSuspended": True}), listed[1]]
    clock.advance(minutes=3)
    assert plans(await client.async_poll()) == {WALLBOX: 2}
    clock.advance(minutes=3)
    await client.async_poll()
    assert WALLBOX in two_cars.last("poll").variables.values()
    assert CAR not in two_cars.last("poll").variables.values()


async def test_six_cars_take_turns(client: OctopusClient, octopus: OctopusServer, clock: Clock) -> None:
    octopus.devices = [device(name) for name in "abcdef"]
    octopus.plans = {name: [SLOT] for name in "abcdef"}
    answered = []
    for _ in range(3):
        read = plans(await client.async_poll())
        assert list(read) == list("abcdef")
        answered.append("".join(name for name, rows in read.items() if rows is not None))
        clock.advance(minutes=3)
    assert answered == ["abcd", "abef", "cdef"]
    assert octopus.kinds == ["token", "poll", "plans", "poll", "poll"]


@pytest.mark.parametrize("code", ["KT-CT-4340", "KT-CT-4301", "KT-CT-1111", "KT-CT-7899", None])
async def test_a_device_that_fails_costs_no_other(
    client: OctopusClient, two_cars: OctopusServer, clock: Clock, code: str | None
) -> None:
    await client.async_poll()
    two_cars.plans[CAR] = None
    if code:
        two_cars.errors["poll"] = [fault(code, "plan0")]
    clock.advance(minutes=3)
    poll = await client.async_poll()
    assert plans(poll) == {CAR: None, WALLBOX: 2}
    assert poll.skipped == 0
    assert two_cars.kinds.count("token") == 1


async def test_rows_that_cannot_be_read_are_counted_with_their_device(
    client: OctopusClient, two_cars: OctopusServer
) -> None:
    two_cars.plans[WALLBOX] = [SLOT, {"start": None}, "row"]
    two_cars.devices.append(None)
    poll = await client.async_poll()
    assert plans(poll) == {CAR: 1, WALLBOX: 201}
    assert poll.skipped == 1


async def test_completed_dispatches_that_fail_are_unknown(client: OctopusClient, octopus: OctopusServer) -> None:
    octopus.completed = None
    octopus.errors["poll"] = [fault("KT-CT-4341", "completedDispatches")]
    poll = await client.async_poll()
    assert poll.completed is None
    assert plans(poll) == {CAR: 1}


async def test_while_the_devices_fail_those_known_stand_in_and_the_poll_is_not_whole(
    client: OctopusClient, octopus: OctopusServer, clock: Clock
) -> None:
    await client.async_poll()
    octopus.devices = None
    octopus.errors["poll"] = [fault("KT-CT-4360", "devices")]
    for _ in range(2):
        clock.advance(minutes=3)
        poll = await client.async_poll()
        assert plans(poll) == {CAR: 1}
        assert poll.skipped == 1
    assert octopus.kinds == ["token", "poll", "plans", "poll", "poll"]


ALL_FAIL: list[tuple[Handler, type[OctopusError], str | None]] = [
    (faults("KT-CT-7899"), OctopusUnavailableError, "KT-CT-7899"),
    (faults("KT-CT-4340", "KT-CT-4341"), OctopusUnavailableError, "KT-CT-4340"),
    (faults("KT-CT-1188"), OctopusResponseError, "KT-CT-1188"),
    (faults("KT-CT-1113"), OctopusResponseError, "KT-CT-1113"),
    (faults("KT-CT-4123"), OctopusUnauthorisedError, "KT-CT-4123"),
    (faults("OE-0103"), OctopusUnauthorisedError, "OE-0103"),
    (faults("KT-CT-1145"), OctopusAccountNotFoundError, "KT-CT-1145"),
    (faults("KT-CT-1188", "KT-CT-1199"), OctopusRateLimitedError, "KT-CT-1199"),
    (faults("sk_live_secret"), OctopusResponseError, None),
    (json_answer({"errors": "many"}), OctopusResponseError, None),
    (json_answer({"errors": [None, 7, {}, {"extensions": []}, {"path": {}}]}), OctopusResponseError, None),
    (json_answer({"data": {"devices": "none", "completedDispatches": 7}}), OctopusResponseError, None),
    (json_answer({"data": {"devices": {}, "plan0": {}}}), OctopusResponseError, None),
    (text_answer("", 502), OctopusUnavailableError, None),
]


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize(("answer", "error", "code"), ALL_FAIL)
async def test_an_answer_of_no_use(
    client: OctopusClient,
    octopus: OctopusServer,
    clock: Clock,
    *,
    known: bool,
    answer: Handler,
    error: type[OctopusError],
    code: str | None,
) -> None:
    if known:
        await client.async_poll()
        clock.advance(minutes=3)
    octopus.answer("poll", answer)
    with pytest.raises(OctopusError) as caught:
        await client.async_poll()
    assert type(caught.value) is error
    assert caught.value.error_code == code
    assert octopus.kinds.count("token") == 1


async def test_devices_that_fail_at_the_first_poll_are_an_error_even_beside_completed_dispatches(
    client: OctopusClient, octopus: OctopusServer
) -> None:
    octopus.devices = None
    octopus.errors["poll"] = [fault("KT-CT-7899", "devices")]
    with pytest.raises(OctopusUnavailableError):
        await client.async_poll()


@pytest.mark.parametrize("path", [("plan0",), ()])
async def test_a_limit_that_leaves_no_plan_is_a_limit(
    client: OctopusClient, octopus: OctopusServer, clock: Clock, path: tuple[Any, ...]
) -> None:
    await client.async_poll()
    octopus.errors["poll"] = [fault("KT-CT-1199", *path)]
    octopus.plans = {}
    clock.advance(minutes=3)
    with pytest.raises(OctopusRateLimitedError):
        await client.async_poll()
    octopus.errors.clear()
    octopus.plans = {CAR: [SLOT]}
    clock.advance(minutes=5)
    assert plans(await client.async_poll()) == {CAR: 1}
    assert octopus.kinds.count("token") == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (text_answer("", 502), OctopusUnavailableError),
        (text_answer("<html>"), OctopusResponseError),
        (faults("KT-CT-1199"), OctopusRateLimitedError),
    ],
)
async def test_without_any_plan_a_failing_second_request_fails_the_poll(
    client: OctopusClient, octopus: OctopusServer, answer: Handler, error: type[OctopusError]
) -> None:
    octopus.answer("plans", answer)
    with pytest.raises(error):
        await client.async_poll()


async def test_beside_another_plan_a_failing_second_request_costs_the_new_device_only(
    client: OctopusClient, two_cars: OctopusServer, clock: Clock
) -> None:
    listed = two_cars.devices
    two_cars.devices = listed[:1]
    await client.async_poll()
    two_cars.devices = listed
    two_cars.answer("plans", text_answer("", 502))
    clock.advance(minutes=3)
    assert plans(await client.async_poll()) == {CAR: 1, WALLBOX: None}


async def test_one_device_that_is_not_the_owners_any_more_costs_no_token(
    client: OctopusClient, octopus: OctopusServer, clock: Clock
) -> None:
    octopus.plans = {}
    octopus.errors["plans"] = [fault("KT-CT-1111", "plan0")]
    octopus.errors["poll"] = [fault("KT-CT-1111", "plan0")]
    for _ in range(3):
        assert plans(await client.async_poll()) == {CAR: None}
        clock.advance(minutes=3)
    assert octopus.kinds.count("token") == 1


@pytest.mark.parametrize("path", [("devices", 0, "status", "activePower"), ()])
async def test_a_part_that_is_refused_costs_no_token(
    client: OctopusClient, octopus: OctopusServer, path: tuple[Any, ...]
) -> None:
    octopus.errors["poll"] = [fault("KT-CT-1111", *path)]
    assert plans(await client.async_poll()) == {CAR: 1}
    assert octopus.kinds.count("token") == 1


async def test_devices_that_come_and_go_leave_nothing_behind(
    client: OctopusClient, octopus: OctopusServer, clock: Clock
) -> None:
    for number in range(5):
        octopus.devices = [device(f"car {number}")]
        await client.async_poll()
        clock.advance(minutes=3)
    octopus.devices = []
    await client.async_poll()
    assert client._turns._last_turn == {}
