"""Keys, tokens, allowances: who gets in, and how often."""

import base64
import json

import aiohttp
import pytest

from tests.simulators.octopus import OctopusSimulator
from tests.simulators.octopus.errors import ERRORS

from .conftest import ACCOUNT, DEVICES, NOON, PLAN, Client, Clock


def _claims(token: str) -> dict[str, int]:
    payload = token.split(".")[1]
    claims: dict[str, int] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


async def test_a_minted_token_is_a_jwt_of_an_hour_and_its_refresh_token_lasts_a_week(stranger: Client) -> None:
    reply = await stranger.mint()

    tokens = reply.body["data"]["obtainKrakenToken"]
    assert reply.status == 200
    assert _claims(tokens["token"])["exp"] == int(NOON.timestamp()) + 3600
    assert tokens["refreshExpiresIn"] == int(NOON.timestamp()) + 7 * 86400
    assert (await stranger.ask("{ viewer { accounts { number } } }")).body == {
        "data": {"viewer": {"accounts": [{"number": stranger.sim.account_number}]}}
    }


async def test_a_wrong_key_is_told_so_as_octopus_does(stranger: Client) -> None:
    reply = await stranger.mint(APIKey="sk_live_wrong")

    (error,) = reply.body["errors"]
    assert reply.status == 200
    assert reply.body["data"] == {"obtainKrakenToken": None}
    assert error["message"] == "Invalid data."
    assert error["path"] == ["obtainKrakenToken"]
    assert error["extensions"]["errorType"] == "VALIDATION"
    assert error["extensions"]["errorCode"] == "KT-CT-1139"
    assert error["extensions"]["errorDescription"] == "Authentication failed."
    assert error["extensions"]["validationErrors"][0]["inputPath"] == ["input", "apiKey"]


async def test_refreshing(client: Client, clock: Clock) -> None:
    first = client.header
    clock.move(minutes=30)
    assert (await client.mint(refreshToken=client.refresh_token)).status == 200
    assert client.header != first

    assert (await client.mint(refreshToken="never given")).codes == ["KT-CT-1134"]
    clock.move(days=7)
    assert (await client.mint(refreshToken=client.refresh_token)).codes == ["KT-CT-1135"]


async def test_a_token_expires_after_an_hour(client: Client, clock: Clock) -> None:
    clock.move(minutes=59, seconds=59)
    assert "errors" not in (await client.plan()).body
    clock.move(seconds=1)
    reply = await client.plan()
    assert reply.codes == ["KT-CT-1124"]
    assert reply.body["data"] == {"flexPlannedDispatches": None}


@pytest.mark.parametrize(
    ("header", "codes"),
    [
        ("{}", []),
        ("JWT {}", []),
        ("Bearer {}", ["KT-CT-1143"]),
        ("nonsense", ["KT-CT-1143"]),
        ("", ["KT-CT-1143"]),
        ("a.b.c", ["KT-CT-1111"]),
        (None, ["KT-CT-1112"]),
    ],
)
async def test_authorization_headers(client: Client, header: str | None, codes: list[str]) -> None:
    client.header = None if header is None else header.format(client.header)
    reply = await client.plan()
    assert [error["extensions"]["errorCode"] for error in reply.body.get("errors", [])] == codes


async def test_what_belongs_to_somebody_else_is_unauthorised(client: Client) -> None:
    assert (await client.ask(ACCOUNT, a="A-0BADCAFE")).codes == ["KT-CT-1111"]
    assert (await client.ask(DEVICES, a="A-FFFFFFFF")).codes == ["KT-CT-1111"]
    assert (await client.ask(PLAN, d="00000000-0000-0000-0000-000000000000")).codes == ["KT-CT-1111"]


async def test_a_new_key_ends_the_old_one_and_every_token(client: Client) -> None:
    old_key = client.sim.api_key
    client.sim.rotate_key("sk_live_new")

    assert (await client.plan()).codes == ["KT-CT-1111"]
    assert (await client.mint(refreshToken=client.refresh_token)).codes == ["KT-CT-1134"]
    assert (await client.mint(APIKey=old_key)).codes == ["KT-CT-1139"]
    assert "errors" not in (await client.mint(APIKey="sk_live_new")).body


async def test_tokens_can_be_made_to_fail_one_by_one(client: Client) -> None:
    client.sim.expire_tokens()
    assert (await client.plan()).codes == ["KT-CT-1124"]
    client.sim.revoke_refresh_tokens()
    assert (await client.mint(refreshToken=client.refresh_token)).codes == ["KT-CT-1134"]
    await client.mint()
    client.sim.revoke_tokens(refresh_tokens=False)
    assert (await client.plan()).codes == ["KT-CT-1111"]
    assert "errors" not in (await client.mint(refreshToken=client.refresh_token)).body


async def test_five_plans_a_minute_and_each_alias_counts(client: Client, clock: Clock) -> None:
    client.sim.planned_limit.limit = 5
    twice = """query Two($d: String!) {
      a: flexPlannedDispatches(deviceId: $d) { start }
      b: flexPlannedDispatches(deviceId: $d) { start }
    }"""
    car = client.sim.world.device().id

    for _ in range(2):
        assert "errors" not in (await client.ask(twice, d=car)).body
    reply = await client.ask(twice, d=car)
    assert reply.status == 200
    assert reply.body["data"] == {"a": [], "b": None}
    assert reply.codes == ["KT-CT-1199"]
    assert reply.body["errors"][0]["path"] == ["b"]
    assert reply.body["errors"][0]["message"] == "Too many requests."

    clock.move(seconds=59)
    assert (await client.plan()).codes == ["KT-CT-1199"]
    clock.move(seconds=1)
    assert "errors" not in (await client.plan()).body
    assert client.sim.counters.plans == 8


async def test_points_are_counted_and_end(patient: Client, clock: Clock) -> None:
    reply = await patient.plan()
    assert reply.headers["X-Kraken-Query-Complexity"] == "3"
    assert patient.sim.counters.points == 3

    patient.sim.points_limit.limit = 8
    assert "errors" not in (await patient.plan()).body
    assert (await patient.plan()).codes == ["KT-CT-1199"]
    clock.move(hours=1)
    assert "errors" not in (await patient.plan()).body


async def test_a_query_of_more_than_200_points_is_refused(client: Client) -> None:
    aliases = " ".join(f"a{number}: viewer {{ accounts {{ number }} }}" for number in range(67))
    reply = await client.ask(f"{{ {aliases} }}")
    assert reply.status == 200
    assert reply.body["data"] is None
    assert reply.codes == ["KT-CT-1188"]


@pytest.mark.parametrize(
    "request_body",
    [
        {"json": {"query": "{ viewer { accounts { nickname } } }"}},
        {"json": {"query": "{ viewer"}},
        {"json": {"query": "query Q($d: String!) { flexPlannedDispatches(deviceId: $d) { start } }"}},
        {"json": {"query": "{ flexPlannedDispatches { start } }"}},
        {"json": ["no query"]},
        {"json": {"query": "{ viewer { accounts { number } } }", "variables": 7}},
        {"data": b"not json"},
        {"data": b"\xff\xfe"},
    ],
)
async def test_what_the_schema_does_not_know_is_refused_with_400(
    client: Client, request_body: dict[str, object]
) -> None:
    reply = await client.raw(headers={"Authorization": str(client.header)}, **request_body)
    assert reply.status == 400
    assert reply.body["errors"][0]["message"]


async def test_rest_wants_the_key_as_a_user_name(stranger: Client) -> None:
    sim = stranger.sim
    path = f"/v1/accounts/{sim.account_number}/"
    good = {"Authorization": aiohttp.encode_basic_auth(sim.api_key, "")}

    assert (await stranger.get(path, good)).body["number"] == sim.account_number
    assert (await stranger.get("/v1/accounts/A-0BADCAFE/", good)).status == 401
    wrong = await stranger.get(path, {"Authorization": aiohttp.encode_basic_auth("sk_live_wrong", "")})
    assert (wrong.status, wrong.body) == (401, {"detail": "Invalid API key."})
    for header in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic %%%"}):
        refused = await stranger.get(path, header)
        assert (refused.status, refused.body) == (401, {"detail": "Authentication credentials were not provided."})
    malformed = await stranger.get("/v1/accounts/A-WXYZ/", good)
    assert malformed.status == 404
    assert "<html>" in malformed.body


@pytest.mark.parametrize("code", sorted(ERRORS))
async def test_every_recorded_error_can_be_produced(client: Client, code: str) -> None:
    client.sim.fail(code, times=1, fields="flexPlannedDispatches")

    reply = await client.plan()

    assert reply.status == 200
    assert reply.codes == [code]
    assert reply.body["errors"][0]["extensions"].keys() >= {"errorType", "errorCode", "errorDescription"}
    assert reply.body["errors"][0]["path"] == ["flexPlannedDispatches"]
    assert client.sim.requests[-1].errors == (code,)
    assert "errors" not in (await client.plan()).body


async def test_limits_are_each_users_own(sim: OctopusSimulator, client: Client) -> None:
    sim.planned_limit.limit = 1
    assert sim.planned_limit.take("2", 1, NOON)
    assert "errors" not in (await client.plan()).body
    assert (await client.plan()).codes == ["KT-CT-1199"]
