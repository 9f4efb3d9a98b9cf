"""The simulated Tesla cloud from another process: control, log, state, command line."""

import asyncio
from pathlib import Path
import sys
from typing import Any

from aiohttp import ClientSession
import pytest

from tests.simulators.tesla import (
    BodyError,
    Dropped,
    Hang,
    HttpError,
    Ignored,
    Outcome,
    PowerwallSite,
    TeslaSimulator,
    access_token,
)

ROOT = Path(__file__).parents[2]
HEADERS = {"Authorization": f"Bearer {access_token()}"}


async def post(session: ClientSession, url: str, body: Any) -> tuple[int, Any]:
    async with session.post(url, json=body, headers=HEADERS) as response:
        return response.status, await response.json()


async def get(session: ClientSession, url: str) -> tuple[int, Any]:
    async with session.get(url, headers=HEADERS) as response:
        return response.status, await response.json()


def backup_url(tesla: TeslaSimulator) -> str:
    return f"{tesla.url}/api/1/energy_sites/{tesla.site.site_id}/backup"


@pytest.mark.parametrize(
    ("entry", "status", "outcome", "reserve"),
    [
        ({"kind": "ignored"}, 200, "ignored", 20),
        ({"kind": "http_error", "status": 500}, 500, "refused", 20),
        ({"kind": "http_error", "status": 500, "applied": True}, 500, "refused_applied", 60),
        ({"kind": "http_error", "status": 429, "retry_after_s": 60}, 429, "refused", 20),
        ({"kind": "body_error"}, 200, "refused", 20),
        ({"kind": "body_error", "code": None, "applied": True}, 200, "refused_applied", 60),
        ({"kind": "lag", "shown_after_s": 60, "acts_after_s": 0}, 200, "applied", 20),
        ({"kind": "snap", "to_pct": 50}, 200, "snapped", 50),
        ({"kind": "hang", "answers_after_s": 0, "lands_after_s": 0}, 200, "hung_applied", 60),
    ],
)
async def test_every_kind_of_behaviour_can_be_switched_on_from_outside(
    entry: dict[str, Any], status: int, outcome: str, reserve: int
) -> None:
    async with TeslaSimulator() as tesla, ClientSession() as session:
        body = {"add": [{**entry, "on": "backup", "times": 1}]}
        assert (await post(session, f"{tesla.url}/_control", body))[0] == 200
        assert (await post(session, backup_url(tesla), {"backup_reserve_percent": 60}))[0] == status
        _, log = await get(session, f"{tesla.url}/_log")
        assert [write["outcome"] for write in log["writes"]] == [outcome]
        assert log["requests"] == {"backup": 1}
        _, state = await get(session, f"{tesla.url}/_state")
        assert state["sites"][0]["shown"]["reserve_pct"] == reserve
        assert (await post(session, backup_url(tesla), {"backup_reserve_percent": 30}))[0] == 200
        assert tesla.writes[-1].outcome is Outcome.APPLIED


async def test_the_truth_about_a_site_can_be_changed_from_outside() -> None:
    barn = PowerwallSite(4711)
    async with TeslaSimulator([PowerwallSite(), barn]) as tesla, ClientSession() as session:
        changes = {"soc_pct": 40, "reserve_pct": 55, "car_power_kw": 7.4, "island_status": "off_grid", "obeys": False}
        status, answer = await post(session, f"{tesla.url}/_control", {"site": 4711, "set": changes})
        assert status == 200
        assert answer["state"][1]["shown"]["reserve_pct"] == 55
        assert (barn.reserve_pct, barn.car_power_kw, barn.off_grid, barn.obeys) == (55, 7.4, True, False)
        assert tesla.site.reserve_pct == 20
        assert tesla.writes == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ({"sett": {}}, "unknown key sett"),
        ({"site": 1}, "no site 1"),
        ({"set": {"colour": 1}}, "cannot set colour"),
        ({"set": {"soc_pct": "full"}}, "'full' is no soc_pct"),
        ({"set": {"reserve_pct": 120}}, "120 is no reserve_pct"),
        ({"set": {"obeys": 1}}, "1 is no obeys"),
        ({"set": {"mode": "sport"}}, "'sport' is not a valid Mode"),
        ({"add": [{"kind": "magic"}]}, "unknown kind 'magic'"),
        ({"add": [{"kind": "hang", "status": 1}]}, "hang has no status"),
        ({"add": [{"kind": "http_error", "status": "x"}]}, "'x' is no status"),
        ({"add": [{"kind": "ignored", "on": "door"}]}, "unknown endpoint door"),
        ([], "'list' object"),
    ],
)
async def test_a_bad_command_is_refused_with_the_reason(command: Any, said: str) -> None:
    async with TeslaSimulator() as tesla, ClientSession() as session:
        before = tesla.state()[0]["shown"]
        status, answer = await post(session, f"{tesla.url}/_control", command)
        assert status == 400
        assert said in answer["error"]
        assert tesla.state()[0]["shown"] == before
        assert len(tesla.rules) == 0


@pytest.mark.parametrize("body", [{}, [], "x", {"backup_reserve_percent": "60"}, {"backup_reserve_percent": 101}])
async def test_a_write_that_makes_no_sense_is_refused(body: Any) -> None:
    async with TeslaSimulator() as tesla, ClientSession() as session:
        assert (await post(session, backup_url(tesla), body))[0] == 400
        assert tesla.site.reserve_pct == 20


async def test_without_a_token_or_with_an_old_one_it_is_401() -> None:
    async with TeslaSimulator() as tesla, ClientSession() as session:
        async with session.get(f"{tesla.url}/api/1/products") as response:
            assert response.status == 401
        assert (await get(session, f"{tesla.url}/api/1/products"))[0] == 200
        tesla.expire_tokens()
        assert (await get(session, f"{tesla.url}/api/1/products"))[0] == 401
        form = {"grant_type": "refresh_token", "refresh_token": "refresh-0"}
        async with session.post(tesla.token_url, data=form) as response:
            fresh = (await response.json())["access_token"]
        async with session.get(f"{tesla.url}/api/1/products", headers={"Authorization": f"Bearer {fresh}"}) as response:
            assert response.status == 200


async def test_an_unknown_site_is_404() -> None:
    async with TeslaSimulator() as tesla, ClientSession() as session:
        assert (await get(session, f"{tesla.url}/api/1/energy_sites/1/site_info"))[0] == 404
        assert (await post(session, f"{tesla.url}/api/1/energy_sites/1/backup", {"backup_reserve_percent": 1}))[
            0
        ] == 404


async def test_a_behaviour_can_be_for_one_site_and_one_request() -> None:
    tesla = TeslaSimulator([PowerwallSite(1), PowerwallSite(2)])
    tesla.misbehave(Ignored(), "writes", times=1, site=tesla.sites[2])
    tesla.misbehave(HttpError(503), ["site_info"])
    assert tesla.rules.take("backup", 1, Ignored) is None
    assert tesla.rules.take("site_info", 2, Ignored, Hang, BodyError, Dropped) is None
    assert tesla.rules.take("backup", 2, Ignored) is not None
    assert tesla.rules.take("backup", 2, Ignored) is None
    assert len(tesla.rules) == 1
    tesla.behave()
    assert len(tesla.rules) == 0


async def test_it_can_go_away_and_come_back_on_the_same_port() -> None:
    tesla = TeslaSimulator()
    await tesla.start()
    url = tesla.url
    await tesla.stop()
    await tesla.start()
    assert tesla.url == url
    await tesla.stop()


async def run(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.simulators.tesla", *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_it_runs_as_a_process_of_its_own(tmp_path: Path) -> None:
    process = await run("--port", "0", "--reserve", "35", "--sites", "2", "--seed", str(tmp_path))
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().split()[-1]
    async with ClientSession() as session:
        _, state = await get(session, f"{url}/_state")
    assert [site["shown"]["reserve_pct"] for site in state["sites"]] == [35, 35]
    assert {path.name for path in (tmp_path / ".storage").iterdir()} == {
        "core.config_entries",
        "application_credentials",
    }
    process.terminate()
    assert await process.wait() == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--reserve", "120"], "120 is not between 0 and 100"),
        (["--reserve", "1.5"], "1.5 is not a whole number"),
        (["--car", "-1"], "-1 is negative"),
        (["--port", "70000"], "70000 is no port"),
        (["--sites", "0"], "0 is not at least 1"),
        (["--mode", "sport"], "invalid choice: 'sport'"),
    ],
)
async def test_a_bad_argument_is_named(arguments: list[str], said: str) -> None:
    process = await run(*arguments)
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert said in errors.decode()


async def test_a_port_that_is_taken_is_named() -> None:
    async with TeslaSimulator() as tesla:
        process = await run("--port", tesla.url.rsplit(":", 1)[-1])
        _, errors = await process.communicate()
    assert process.returncode == 1
    assert "cannot listen" in errors.decode()
