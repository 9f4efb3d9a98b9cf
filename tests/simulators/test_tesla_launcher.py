"""A real ``hass`` process, its own tesla_fleet component, and the simulator: nothing else is replaced."""

import asyncio
import json
from pathlib import Path
import socket
import sys

import pytest

from tests.simulators.tesla import PowerwallSite, TeslaSimulator
from tests.simulators.tesla.storage import application_credential, seed_config_dir, storage_files

ROOT = Path(__file__).parents[2]
CONFIGURATION = """
homeassistant:
  time_zone: Europe/London
automation:
  - triggers:
      - {trigger: homeassistant, event: start}
      - {trigger: state, entity_id: number.my_home_backup_reserve}
    conditions: {condition: state, entity_id: number.my_home_backup_reserve, state: "35"}
    actions:
      - action: number.set_value
        target: {entity_id: number.my_home_backup_reserve}
        data: {value: 100}
"""


def free_port() -> int:
    """Find a port for Home Assistant."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_a_real_home_assistant_reads_and_writes(tmp_path: Path) -> None:
    (tmp_path / "configuration.yaml").write_text(CONFIGURATION, encoding="utf-8")
    seed_config_dir(tmp_path, http_port=free_port())
    entries = tmp_path / ".storage" / "core.config_entries"
    content = json.loads(entries.read_text(encoding="utf-8"))
    content["data"]["entries"][0]["data"]["token"]["expires_at"] = 0
    entries.write_text(json.dumps(content), encoding="utf-8")
    async with TeslaSimulator([PowerwallSite(reserve_pct=35)]) as tesla:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.simulators.tesla.hass_launcher", "--tesla-url", tesla.url),
            *("-c", str(tmp_path), "--skip-pip", "--log-no-color"),
            cwd=ROOT,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(60):
                while tesla.site.reserve_pct != 100:
                    assert process.returncode is None, (tmp_path / "home-assistant.log").read_text(encoding="utf-8")
                    await asyncio.sleep(0.05)
        finally:
            if process.returncode is None:
                # What it would do to stop is not looked at.
                process.kill()
            await process.wait()
    assert tesla.writes_to("backup") == [100]
    assert tesla.requests["live_status"] >= 1
    assert tesla.requests["token"] == 1


@pytest.mark.parametrize("url", ["http://example.com", "https://127.0.0.1:1", "nonsense"])
async def test_only_this_machine_is_accepted(url: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.simulators.tesla.hass_launcher", "--tesla-url", url),
        cwd=ROOT,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert "no http URL of this machine" in errors.decode()


def test_seeding_twice_keeps_what_is_there(tmp_path: Path) -> None:
    seed_config_dir(tmp_path)
    entries = tmp_path / ".storage" / "core.config_entries"
    content = json.loads(entries.read_text(encoding="utf-8"))
    content["data"]["entries"].append({"entry_id": "somebody else's"})
    entries.write_text(json.dumps(content), encoding="utf-8")
    seed_config_dir(tmp_path, tessie=True)
    content = json.loads(entries.read_text(encoding="utf-8"))
    assert [entry.get("domain") for entry in content["data"]["entries"]] == ["tesla_fleet", None, "tessie"]


def test_the_entry_names_its_credential() -> None:
    entry = storage_files()["core.config_entries"]["data"]["entries"][0]
    assert entry["data"]["auth_implementation"] == application_credential()["auth_domain"]
