"""Accounts as they really are: several homes and meters, states, nulls, refusals anywhere, fields that go."""

from typing import Any

import aiohttp
import pytest

from .conftest import ACCOUNT, DEVICES, PLAN, Client, Clock


async def rest(client: Client) -> list[dict[str, Any]]:
    credentials = aiohttp.encode_basic_auth(client.sim.api_key, "")
    reply = await client.get(f"/v1/accounts/{client.sim.account_number}/", {"Authorization": credentials})
    properties: list[dict[str, Any]] = reply.body["properties"]
    return properties


async def agreements(client: Client) -> list[dict[str, Any]]:
    reply = await client.ask(ACCOUNT, a=client.sim.account_number)
    found: list[dict[str, Any]] = reply.body["data"]["account"]["electricityAgreements"]
    return found


async def test_two_homes_and_three_meters(client: Client) -> None:
    client.sim.add_home("7654321", address="2 Example Lane", display_name="Cottage")
    client.sim.add_meter("GO-VAR-22-10-14", property_id="7654321", says_direction=False)
    home, cottage = await rest(client)
    assert (home["id"], cottage["id"], cottage["address_line_1"]) == (1234567, 7654321, "2 Example Lane")
    assert [point["is_export"] for point in cottage["electricity_meter_points"]] == [False, None]
    answer = await agreements(client)
    assert [row["meterPoint"]["direction"] for row in answer] == ["EXPORT", "IMPORT", "IMPORT", None]
    with pytest.raises(LookupError):
        client.sim.add_meter("GO-VAR-22-10-14", property_id="1")


async def test_a_home_that_was_left_and_one_with_gas(client: Client, clock: Clock) -> None:
    left = client.sim.add_home("7654321", left_at="2026-07-01T00:00:00Z")
    left.gas = True
    home, former = await rest(client)
    assert (home["gas_meter_points"], home["moved_out_at"]) == ([], None)
    assert former["moved_out_at"] == "2026-07-01T01:00:00+01:00"
    assert len(former["gas_meter_points"]) == 1


async def test_all_contracts_end(client: Client, clock: Clock) -> None:
    client.sim.end_agreements(at=60)
    assert await agreements(client)
    clock.move(minutes=59)
    assert await agreements(client)
    client.sim.end_agreements(at=0)
    assert await agreements(client) == []


async def test_a_car_that_drives_off_and_comes_home(client: Client) -> None:
    client.sim.add_slot(10, 60)
    client.sim.drive_off()
    assert (await client.devices())[0]["status"]["currentState"] == "SMART_CONTROL_NOT_AVAILABLE"
    assert client.sim.slots == []
    client.sim.come_home()
    client.sim.add_slot(10, 60)
    assert (await client.devices())[0]["status"]["currentState"] == "SMART_CONTROL_IN_PROGRESS"
    client.sim.drive_off(keeps_plan=True)
    assert len(client.sim.slots) == 1
    assert not client.sim.world.device().is_charging(client.sim.now())


async def test_a_car_that_feeds_the_house(client: Client) -> None:
    client.sim.set_device(power_report="live", discharge_kw=4.5)
    assert (await client.devices())[0]["status"]["activePower"]["value"] == -4.5
    client.sim.set_charging("on")
    assert (await client.devices())[0]["status"]["activePower"]["value"] == 7.2


async def test_a_battery_of_octopus_own_and_an_entry_of_which_nothing_is_known(client: Client) -> None:
    client.sim.add_device("battery", kind="battery")
    client.sim.add_device("old", kind="charge_point", lifecycle="RETIRED", suspended=None)
    battery, old = (await client.devices())[-2:]
    assert (battery["__typename"], battery["deviceType"]) == ("SmartFlexBattery", "BATTERIES")
    assert (old["status"]["current"], old["status"]["isSuspended"]) == ("RETIRED", None)


async def test_an_error_at_one_place_of_the_answer(client: Client) -> None:
    client.sim.add_device("second")
    client.sim.fail("KT-CT-4360", path="devices.0.status", times=1)
    reply = await client.ask(DEVICES, a=client.sim.account_number)
    assert reply.body["errors"][0]["path"] == ["devices", 0, "status"]
    assert [row and row["__typename"] for row in reply.body["data"]["devices"]] == [
        None,
        "SmartFlexDevice",
        "SmartFlexVehicle",
    ]
    client.sim.fail("KT-CT-1111", path="account.electricityAgreements.*.meterPoint", times=1)
    answer = (await client.ask(ACCOUNT, a=client.sim.account_number)).body["data"]["account"]
    assert [row["meterPoint"] for row in answer["electricityAgreements"]] == [None, None]


async def test_an_error_of_one_device_only(client: Client) -> None:
    client.sim.add_device("second")
    client.sim.fail("KT-CT-4360", fields=["activePower"], device="second", times=1)
    rows = (await client.ask(DEVICES, a=client.sim.account_number)).body
    assert rows["errors"][0]["path"] == ["devices", 2, "status", "activePower"]
    assert (await client.devices())[2]["status"]["activePower"] is None


async def test_fields_that_leave_the_schema_and_come_back(client: Client) -> None:
    client.sim.remove_field("SmartFlexVehicleStatus.activePower")
    reply = await client.ask(DEVICES, a=client.sim.account_number)
    assert reply.status == 400
    assert reply.body["errors"][0]["message"].startswith(
        "Cannot query field 'activePower' on type 'SmartFlexVehicleStatus'"
    )
    assert len(reply.body["errors"]) == 1
    assert (await client.plan()).status == 200
    client.sim.remove_field("activePower")
    assert len((await client.ask(DEVICES, a=client.sim.account_number)).body["errors"]) == 2
    client.sim.restore_field()
    assert (await client.ask(DEVICES, a=client.sim.account_number)).status == 200
    with pytest.raises(ValueError, match="no field"):
        client.sim.remove_field("activePowder")


@pytest.mark.parametrize("body", ["Unauthorized", "", '{"detail": "Unauthorized"}'])
async def test_a_refusal_by_http_alone(client: Client, body: str) -> None:
    client.sim.fail("bare_401", body=body, times=1)
    async with client.session.post(f"{client.sim.url}/v1/graphql/", json={"query": PLAN}) as got:
        assert (got.status, await got.text()) == (401, body)


async def test_tokens_that_are_shut_out_until_a_new_one_is_minted(client: Client) -> None:
    await client.mint()
    client.sim.revoke_tokens(bare=True)
    async with client.session.post(
        f"{client.sim.url}/v1/graphql/", json={"query": PLAN}, headers={"Authorization": client.header or ""}
    ) as got:
        assert (got.status, await got.text()) == (401, "Unauthorized")
    assert client.sim.requests[-1].status == 401
    await client.mint()
    assert (await client.plan()).status == 200
