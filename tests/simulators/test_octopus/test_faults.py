"""Every failure, over real HTTP."""

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.simulators.octopus import MINT, PLANNED, REST_ACCOUNT, FaultError, FaultKind, OctopusSimulator

from .conftest import COMPLETED, DEVICES, PLAN, Client, Clock

BOTH = """query Both($a: String!, $b: String!) {
  a: flexPlannedDispatches(deviceId: $a) { start end type }
  b: flexPlannedDispatches(deviceId: $b) { start end type }
}"""


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("http_500", 500, "Internal Server Error"),
        ("http_502", 502, "Bad Gateway"),
        ("http_503", 503, "Unavailable"),
        ("http_429", 429, "Too Many Requests"),
        ("cloudfront_403", 403, "The request could not be satisfied"),
        ("json_403", 403, '{"detail": "Forbidden."}'),
        ("not_json", 200, "<html>"),
        ("json_not_object", 200, "[1, 2, 3]"),
    ],
)
async def test_a_bad_answer_instead_of_the_good_one(client: Client, kind: str, status: int, words: str) -> None:
    client.sim.fail(kind, times=1)
    async with client.session.post(f"{client.sim.url}/v1/graphql/", json={"query": "{ viewer { __typename } }"}) as got:
        assert got.status == status
        assert words in await got.text()
        assert got.headers["Date"] == "Tue, 14 Jul 2026 12:00:00 GMT"
    assert (client.sim.requests[-1].status, client.sim.requests[-1].fault) == (status, (kind,))
    assert str(status) in str(client.sim.requests[-1])
    assert client.sim.counters.errors == (status != 200)
    assert (await client.plan()).status == 200


async def test_a_redirect_to_another_host(client: Client) -> None:
    client.sim.fail("redirect", location="https://elsewhere.example/v1/graphql/")
    async with client.session.post(f"{client.sim.url}/v1/graphql/", json={}, allow_redirects=False) as got:
        assert (got.status, got.headers["Location"]) == (307, "https://elsewhere.example/v1/graphql/")


@pytest.mark.parametrize("kind", ["hang", "hang_in_body"])
async def test_a_hanging_request_is_never_answered_and_does_not_keep_the_simulator_alive(
    clock: Clock, socket_enabled: None, kind: str
) -> None:
    async with aiohttp.ClientSession() as session:
        sim = OctopusSimulator(now=clock)
        await sim.start()
        sim.fail(kind)
        asking = asyncio.create_task(Client(sim, session).mint())
        await sim.until(lambda: len(sim.requests) == 1)
        done, _ = await asyncio.wait([asking], timeout=0.05)
        assert not done
        async with asyncio.timeout(5):
            await sim.stop()
        with pytest.raises(aiohttp.ClientError):
            await asking
        assert sim.requests[0].status == 0


@pytest.mark.parametrize("kind", ["drop", "truncated"])
async def test_a_connection_that_breaks(client: Client, kind: str) -> None:
    client.sim.fail(kind, times=1)
    # A body, so that the client does not silently try again on another connection.
    with pytest.raises(aiohttp.ClientError):
        await client.plan()
    assert (await client.plan()).status == 200
    assert [request.status for request in client.sim.requests] == [0, 200]


async def test_a_huge_body_is_streamed_and_may_be_cut_short(client: Client) -> None:
    client.sim.fail("huge_body", size=3_000_000)
    async with client.session.post(f"{client.sim.url}/v1/graphql/", json={}) as got:
        assert len(await got.read()) > 3_000_000
    assert len((await client.plan()).body["data"][PLANNED]) > 10_000

    client.sim.heal()
    client.sim.fail("huge_body", times=1)
    async with client.session.post(f"{client.sim.url}/v1/graphql/", json={}) as got:
        assert await got.content.read(1_000)
    assert (await client.plan()).status == 200


async def test_faults_end_after_their_times_or_when_healed(client: Client) -> None:
    fault = client.sim.fail("http_503", times=2)
    client.sim.fail("KT-CT-1199")
    assert [(await client.get("/_control")).status, (await client.get("/v1/products/X/")).status] == [200, 503]
    assert client.sim.faults.active[0] is fault
    async with client.session.post(f"{client.sim.url}/v1/graphql/", json={}) as got:
        assert got.status == 503
    assert fault.hits == 2
    assert (await client.plan()).codes == ["KT-CT-1199"]
    client.sim.heal("http_500")
    assert (await client.plan()).codes == ["KT-CT-1199"]
    client.sim.heal("KT-CT-1199")
    assert "errors" not in (await client.plan()).body


async def test_faults_may_be_for_some_fields_only(client: Client) -> None:
    client.sim.fail("http_500", fields=REST_ACCOUNT)
    client.sim.fail("http_503", fields=[MINT])
    assert (await client.get("/v1/accounts/A-12345678/")).status == 500
    async with client.session.post(
        f"{client.sim.url}/v1/graphql/",
        json={"query": 'mutation { obtainKrakenToken(input: { APIKey: "x" }) { token } }'},
    ) as got:
        assert got.status == 503
    assert (await client.plan()).status == 200


async def test_an_error_everywhere_spares_the_mint_unless_it_is_named(client: Client) -> None:
    client.sim.fail("KT-CT-1111")
    assert (await client.plan()).codes == ["KT-CT-1111"]
    assert (await client.ask(DEVICES, a=client.sim.account_number)).codes == ["KT-CT-1111"]
    assert "errors" not in (await client.mint()).body
    client.sim.fail("KT-CT-1199", fields=MINT)
    reply = await client.mint()
    assert (reply.status, reply.codes) == (200, ["KT-CT-1199"])


async def test_one_device_fails_and_the_other_answers(client: Client) -> None:
    client.sim.add_device("second")
    client.sim.add_slot(10, 40)
    client.sim.add_slot(20, 50, device="second")
    client.sim.fail("KT-CT-4340", device="second")
    first, second = (client.sim.world.device(label).id for label in ("car", "second"))

    reply = await client.ask(BOTH, a=first, b=second)

    assert reply.status == 200
    assert len(reply.body["data"]["a"]) == 1
    assert reply.body["data"]["b"] is None
    assert reply.codes == ["KT-CT-4340"]
    assert reply.body["errors"][0]["path"] == ["b"]


async def test_a_deep_error_nulls_what_cannot_be_null(client: Client) -> None:
    client.sim.fail("KT-CT-4360", fields="isChargingDurationCapped")
    query = "query Cap($a: String!) { devices(accountNumber: $a) { id preferences { isChargingDurationCapped } } }"
    reply = await client.ask(query, a=client.sim.account_number)
    assert reply.body["data"]["devices"][0]["preferences"] is None
    assert reply.body["errors"][0]["path"] == ["devices", 0, "preferences", "isChargingDurationCapped"]


async def test_an_empty_plan_beside_a_lost_connection(client: Client) -> None:
    client.sim.add_slot(-5, 40)
    client.sim.fail("empty_plan", state="LOST_CONNECTION")
    assert await client.rows() == []
    assert [device["status"]["currentState"] for device in await client.devices()] == [
        "LOST_CONNECTION",
        "SMART_CONTROL_CAPABLE",
    ]
    client.sim.heal()
    client.sim.fail("empty_plan")
    assert await client.rows() == []
    assert (await client.devices())[0]["status"]["currentState"] == "SMART_CONTROL_IN_PROGRESS"


async def test_a_field_asked_for_twice_may_be_refused(client: Client) -> None:
    client.sim.fail("repeated_field")
    car = client.sim.world.device().id
    reply = await client.ask(BOTH, a=car, b=car)
    assert reply.body == {
        "errors": [{"message": "Field 'flexPlannedDispatches' is repeated 2 times. Maximum allowed is 1."}]
    }
    assert "errors" not in (await client.plan()).body


GOOD = {
    "start": "2026-07-14T12:10:00Z",
    "end": "2026-07-14T12:40:00Z",
    "type": "SMART",
    "energyAddedKwh": "-3.600",
}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("missing_start", {key: GOOD[key] for key in ("end", "type", "energyAddedKwh")}),
        ("missing_end", {key: GOOD[key] for key in ("start", "type", "energyAddedKwh")}),
        ("null_end", GOOD | {"end": None}),
        ("null_type", GOOD | {"type": None}),
        ("unknown_type", GOOD | {"type": "TURBO"}),
        ("reversed", GOOD | {"start": GOOD["end"], "end": GOOD["start"]}),
        ("zero_length", GOOD | {"end": GOOD["start"]}),
        (
            "wrong_types",
            {"start": 1_700_000_000, "end": ["2026"], "type": 7, "energyAddedKwh": {"value": True}},
        ),
        ("naive_times", GOOD | {"start": "2026-07-14T12:10:00", "end": "2026-07-14T12:40:00"}),
        ("space_times", GOOD | {"start": "2026-07-14 12:10:00+00:00", "end": "2026-07-14 12:40:00+00:00"}),
        ("unreadable_times", GOOD | {"start": "tomorrow", "end": "2026-13-45T99:99:99Z"}),
        ("absurd_times", GOOD | {"start": "0001-01-01T00:00:00Z", "end": "9999-12-31T23:59:59Z"}),
        ("null_energy", GOOD | {"energyAddedKwh": None}),
        ("unreadable_energy", GOOD | {"energyAddedKwh": "NaN"}),
        ("null_row", None),
        ("string_row", "row"),
    ],
)
async def test_malformed_rows(client: Client, kind: str, expected: object) -> None:
    client.sim.fail(kind, times=1)
    (made_up,) = await client.rows()
    assert made_up != GOOD, "an empty plan gets a bad row too"

    client.sim.add_slot(10, 40)
    client.sim.add_slot(60, 90)
    client.sim.fail(kind, times=1, rows="first")
    first, second = await client.rows()
    assert first == expected
    assert second["start"] == "2026-07-14T13:00:00Z"

    client.sim.fail(kind, times=1, rows="extra")
    assert (await client.rows())[:2] == [GOOD, second]
    client.sim.fail(kind, times=1)
    everything = await client.rows()
    assert everything[0] == expected
    assert everything[1] != second
    assert await client.rows() == [GOOD, second]


async def test_malformed_rows_stand_under_the_keys_that_were_asked_for(client: Client) -> None:
    client.sim.add_slot(10, 40)
    client.sim.fail("missing_end")
    query = "query P($d: String!) { plan: flexPlannedDispatches(deviceId: $d) { from: start to: end } }"
    reply = await client.ask(query, d=client.sim.world.device().id)
    assert reply.body["data"] == {"plan": [{"from": "2026-07-14T12:10:00Z"}]}


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [("null", {}, None), ("number_not_list", {}, 42), ("many_rows", {"count": 5_000}, 5_000)],
)
async def test_lists_that_are_none(client: Client, kind: str, options: dict[str, Any], expected: object) -> None:
    client.sim.fail(kind, **options)
    rows = await client.rows()
    assert (len(rows) if isinstance(rows, list) else rows) == expected


async def test_other_answers_can_be_malformed_too(client: Client) -> None:
    client.sim.fail("wrong_types", fields="devices", times=1)
    assert (await client.devices())[0]["status"]["isSuspended"] == {"value": "?"}
    client.sim.fail("null_row", fields="devices", rows="first", times=1)
    assert [device is None for device in await client.devices()] == [True, False]
    client.sim.fail("null", fields="account", times=1)
    reply = await client.ask("query A($a: String!) { account(accountNumber: $a) { number } }", a="A-12345678")
    assert reply.body == {"data": {"account": None}}
    client.sim.add_completed(-60, -30)
    client.sim.fail("missing_end", fields="completedDispatches", times=1)
    assert [sorted(row) for row in await client.completed()] == [["delta", "meta", "start"]]
    client.sim.fail("wrong_types", fields="completedDispatches", rows="extra")
    good, bad = await client.completed()
    assert good["delta"] == "-3.50"
    assert (bad["start"], bad["delta"]) == (1_700_000_000, {"value": True})


async def test_completed_rows_can_be_unavailable_while_the_plan_is_not(client: Client) -> None:
    client.sim.fail("KT-CT-4341")
    assert (await client.ask(COMPLETED, a=client.sim.account_number)).codes == ["KT-CT-4341"]
    assert (await client.ask(PLAN, d=client.sim.world.device().id)).status == 200


def test_a_fault_that_makes_no_sense_is_refused(clock: Clock) -> None:
    sim = OctopusSimulator(now=clock)
    with pytest.raises(FaultError, match="no fault 'fire'"):
        sim.fail("fire")
    with pytest.raises(FaultError, match="no error code"):
        sim.fail("error", code="KT-CT-0000")
    with pytest.raises(FaultError, match="at least 1"):
        sim.fail("hang", times=0)
    with pytest.raises(FaultError, match="all, first or extra"):
        sim.fail("null_type", rows="some")
    with pytest.raises(FaultError, match="colour"):
        sim.fail("hang", colour="red")
    with pytest.raises(LookupError, match="no device"):
        sim.fail("KT-CT-4340", device="bicycle")
    assert sim.faults.active == []


@pytest.mark.parametrize("kind", [kind for kind in FaultKind if kind is not FaultKind.ERROR])
async def test_every_fault_can_be_switched_on_and_off(clock: Clock, socket_enabled: None, kind: FaultKind) -> None:
    async with OctopusSimulator(now=clock) as sim, aiohttp.ClientSession() as session:
        client = Client(sim, session)
        await client.mint()
        sim.add_slot(10, 40)
        sim.fail(kind, size=200_000)
        fault = sim.faults.active[0]
        task = asyncio.create_task(client.ask(BOTH, a=sim.world.device().id, b=sim.world.device().id))
        await sim.until(lambda: fault.hits == 1)
        await asyncio.wait([task], timeout=0.2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        sim.heal(kind)
        clock.move(minutes=1)
        assert len(await client.rows()) == 1
        assert sim.requests[1].fault == (kind,)


async def test_it_starts_again_on_the_same_port(clock: Clock, socket_enabled: None) -> None:
    sim = OctopusSimulator(now=clock)
    await sim.start()
    url = sim.url
    await sim.stop()
    with pytest.raises(RuntimeError, match="not running"):
        _ = sim.url
    async with sim, aiohttp.ClientSession() as session:
        assert sim.url == url
        assert (await Client(sim, session).mint()).status == 200
        with pytest.raises(OSError, match="address already in use"):
            await OctopusSimulator(port=sim.server.port).start()
