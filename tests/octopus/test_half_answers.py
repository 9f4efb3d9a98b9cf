"""Half an answer is an answer: refusals and limits of single devices, entries that cannot be read, useless tokens."""

from typing import Any

from aiohttp import web
import pytest

from custom_components.octopus_powerwall.domain.model import Poll
from custom_components.octopus_powerwall.octopus import (
    OctopusClient,
    OctopusError,
    OctopusResponseError,
    OctopusUnavailableError,
)

from .server import CAR, SLOT, WALLBOX, Clock, Handler, OctopusServer, device, fault, faults, json_answer, text_answer

THIRD = "00000000-0002-4000-8020-00000000thrd"


def answered(poll: Poll) -> dict[str, int | None]:
    """How many rows each usable device's plan has; ``None`` unanswered."""
    return {read.device.id: None if read.dispatches is None else len(read.dispatches) for read in poll.reads}


@pytest.fixture
def two_cars(octopus: OctopusServer) -> OctopusServer:
    octopus.devices = [device(), device(WALLBOX, __typename="SmartFlexChargePoint")]
    octopus.plans = {CAR: [SLOT], WALLBOX: [SLOT, SLOT]}
    return octopus


# --- limits and refusals --------------------------------------------------------------------------------


async def test_a_limit_met_by_one_plan_leaves_the_other_and_from_then_on_one_is_asked_for_in_turn(
    client: OctopusClient, two_cars: OctopusServer, clock: Clock
) -> None:
    await client.async_poll()
    two_cars.plans[WALLBOX] = None
    two_cars.errors["poll"] = [fault("KT-CT-1199", "plan1")]
    clock.advance(minutes=3)
    assert answered(await client.async_poll()) == {CAR: 1, WALLBOX: None}
    two_cars.plans[WALLBOX] = [SLOT, SLOT]
    two_cars.errors.clear()
    seen = []
    for _ in range(4):
        clock.advance(minutes=3)
        seen.append(answered(await client.async_poll()))
    assert seen == [{CAR: 1, WALLBOX: None}, {CAR: None, WALLBOX: 2}] * 2
    assert two_cars.kinds == ["token", "poll", "plans", *["poll"] * 5]
    clock.advance(hours=24)
    assert answered(await client.async_poll()) == {CAR: 1, WALLBOX: 2}


REPEATED = json_answer(
    {"errors": [{"message": "Field 'flexPlannedDispatches' is repeated 2 times. Maximum allowed is 1."}]}
)


@pytest.mark.parametrize("refusal", [REPEATED, faults("KT-CT-1188"), faults("KT-CT-1189")])
@pytest.mark.parametrize("query", ["plans", "poll"])
async def test_a_refusal_for_asking_twice_is_followed_by_a_question_for_one(
    client: OctopusClient, two_cars: OctopusServer, clock: Clock, refusal: Handler, query: str
) -> None:
    if query == "poll":
        await client.async_poll()
        clock.advance(minutes=3)
    two_cars.answer(query, refusal)
    first = answered(await client.async_poll())
    clock.advance(minutes=3)
    second = answered(await client.async_poll())
    assert [first, second] == [{CAR: 1, WALLBOX: None}, {CAR: None, WALLBOX: 2}]
    assert len([name for name in two_cars.last("poll").variables if name.startswith("device")]) == 1


async def test_a_limit_met_by_the_completed_dispatches_leaves_them_out_for_half_an_hour(
    client: OctopusClient, octopus: OctopusServer, clock: Clock
) -> None:
    await client.async_poll()
    octopus.completed = None
    octopus.errors["poll"] = [fault("KT-CT-1199", "completedDispatches")]
    clock.advance(minutes=3)
    poll = await client.async_poll()
    assert (answered(poll), poll.completed) == ({CAR: 1}, None)
    octopus.completed = []
    octopus.errors.clear()
    documents = []

    def note() -> web.Response:
        documents.append(octopus.request)
        return web.json_response(octopus._payload("poll", {"device0": CAR}, octopus.request))

    for minutes in (3, 30):
        clock.advance(minutes=minutes)
        octopus.answer("poll", note)
        await client.async_poll()
    asked = ["completedDispatches" in (await request.json())["query"] for request in documents]
    assert asked == [False, True]


@pytest.mark.parametrize("code", ["KT-CT-1199", "KT-CT-4360", "KT-CT-7899"])
async def test_ids_once_known_are_asked_for_while_the_list_cannot_be_read(
    client: OctopusClient, two_cars: OctopusServer, clock: Clock, code: str
) -> None:
    await client.async_poll()
    two_cars.devices = None
    two_cars.errors["poll"] = [fault(code, "devices")]
    for _ in range(3):
        clock.advance(minutes=3)
        poll = await client.async_poll()
        assert answered(poll) == {CAR: 1, WALLBOX: 2}
        assert all(found.unread for found in poll.devices)


async def test_a_list_that_is_refused_costs_one_mint_an_hour_and_no_plan(
    client: OctopusClient, octopus: OctopusServer, clock: Clock
) -> None:
    octopus.plans = {CAR: [SLOT]}
    await client.async_poll()
    octopus.devices = None
    octopus.errors["poll"] = [fault("KT-CT-1111", "devices")]
    for _ in range(25):
        clock.advance(minutes=3)
        assert answered(await client.async_poll()) == {CAR: 1}
    assert octopus.kinds.count("token") <= 3


async def test_an_entry_that_cannot_be_read_is_asked_for_by_the_id_that_is_known(
    client: OctopusClient, two_cars: OctopusServer, clock: Clock
) -> None:
    await client.async_poll()
    two_cars.devices[0] = None
    two_cars.errors["poll"] = [fault("KT-CT-4360", "devices", 0, "status")]
    clock.advance(minutes=3)
    poll = await client.async_poll()
    assert answered(poll) == {CAR: 1, WALLBOX: 2}
    assert {found.id: found.unread for found in poll.devices} == {CAR: True, WALLBOX: False}
    assert poll.skipped == 1
    two_cars.devices = [device(THIRD), device(WALLBOX, __typename="SmartFlexChargePoint")]
    two_cars.errors.clear()
    clock.advance(minutes=3)
    assert answered(await client.async_poll()) == {THIRD: None, WALLBOX: 2}


async def test_a_list_that_stays_unreadable_does_not_grow(
    client: OctopusClient, octopus: OctopusServer, clock: Clock
) -> None:
    for number in range(60):
        octopus.devices = [device(f"car {number}"), None]
        try:
            poll = await client.async_poll()
        except OctopusError:
            continue
        clock.advance(minutes=3)
    assert len(poll.devices) <= 21


# --- fields that leave the schema -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        'Cannot query field "activePower" on type "SmartFlexVehicleStatus". Did you mean "name"?',
        'Unknown type "SmartFlexVehicleStatus".',
        "Cannot query field 'isChargingDurationCapped' on type 'SmartFlexDevicePreferences'.",
    ],
)
async def test_octopus_words_for_it(client: OctopusClient, octopus: OctopusServer, clock: Clock, message: str) -> None:
    await client.async_poll()
    octopus.answer("poll", json_answer({"errors": [{"message": message}]}, 400))
    clock.advance(minutes=3)
    assert answered(await client.async_poll()) == {CAR: 1}
    assert octopus.kinds == ["token", "poll", "plans", "poll", "poll"]


@pytest.mark.parametrize(
    "message", ["Cannot query field 'start' on type 'X'.", "Unknown type 'Y'.", "x" * 100_000, 7, None]
)
async def test_other_words_are_an_error(client: OctopusClient, octopus: OctopusServer, message: Any) -> None:
    octopus.answer("poll", json_answer({"errors": [{"message": message}]}, 400))
    with pytest.raises(OctopusResponseError):
        await client.async_poll()
    assert octopus.kinds == ["token", "poll"]


# --- tokens ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ["Unauthorized", "", "{}", "<html>401</html>"])
async def test_a_token_refused_by_http_alone_costs_one_mint(
    client: OctopusClient, octopus: OctopusServer, clock: Clock, body: str
) -> None:
    await client.async_poll()
    octopus.answer("poll", text_answer(body, 401))
    clock.advance(minutes=3)
    assert answered(await client.async_poll()) == {CAR: 1}
    assert octopus.kinds == ["token", "poll", "plans", "poll", "token", "poll"]


async def test_http_that_refuses_every_token_costs_one_mint_an_hour(
    client: OctopusClient, octopus: OctopusServer, clock: Clock
) -> None:
    await client.async_poll()
    octopus.answer("poll", *[text_answer("Unauthorized", 401)] * 60)
    for _ in range(20):
        clock.advance(minutes=3)
        with pytest.raises(OctopusError):
            await client.async_poll()
    assert octopus.kinds.count("token") + octopus.kinds.count("refresh") <= 4


USELESS = {
    "null": json_answer({"data": {"obtainKrakenToken": None}}),
    "no token": json_answer({"data": {"obtainKrakenToken": {"token": None}}}),
    "7899": faults("KT-CT-7899", path="obtainKrakenToken"),
    "1134": faults("KT-CT-1134", path="obtainKrakenToken"),
    "bad key": faults("KT-CT-1139", path="obtainKrakenToken"),
    "page": text_answer("<html>the token grant has the morning off</html>"),
}


@pytest.mark.parametrize("answer", USELESS)
async def test_a_token_service_that_is_useless_for_hours_is_not_asked_forty_times_an_hour(
    client: OctopusClient, octopus: OctopusServer, clock: Clock, answer: str
) -> None:
    await client.async_poll()
    for kind in ("token", "refresh"):
        octopus.answer(kind, *[USELESS[answer]] * 200)
    clock.advance(minutes=61)
    octopus.asked.clear()
    for _ in range(60):
        clock.advance(minutes=3)
        with pytest.raises(OctopusError):
            await client.async_poll()
    assert 12 <= octopus.kinds.count("token") + octopus.kinds.count("refresh") <= 30, "in three hours"
    octopus.instead.clear()
    for _ in range(4):
        clock.advance(minutes=3)
        try:
            assert answered(await client.async_poll()) == {CAR: 1}
        except OctopusError:
            continue
        break
    else:
        raise AssertionError("no token a quarter of an hour after the service came back")


async def test_a_token_that_still_lives_serves_while_no_other_can_be_had(
    client: OctopusClient, octopus: OctopusServer, clock: Clock
) -> None:
    await client.async_poll()
    for kind in ("token", "refresh"):
        octopus.answer(kind, USELESS["null"])
    clock.advance(minutes=56)
    assert answered(await client.async_poll()) == {CAR: 1}


async def test_a_service_out_of_order_is_asked_at_each_poll(
    client: OctopusClient, octopus: OctopusServer, clock: Clock
) -> None:
    octopus.answer("token", *[text_answer("", 503)] * 5)
    for _ in range(5):
        with pytest.raises(OctopusUnavailableError):
            await client.async_poll()
        clock.advance(minutes=3)
    assert answered(await client.async_poll()) == {CAR: 1}
