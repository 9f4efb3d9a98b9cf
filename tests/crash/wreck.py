"""A real ``hass`` between two simulated clouds that can be killed with SIGKILL and started again from its folder."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
import json
from pathlib import Path
import socket
from time import monotonic, sleep
from typing import Any

from scripts.demo_app import london
from scripts.demo_app.hass_process import HassError, HassProcess
from tests.simulators.octopus import OctopusSimulator
from tests.simulators.tesla import PowerwallSite, TeslaSimulator
from tests.simulators.tesla.storage import seed_config_dir

OWNERS_RESERVE = 20
ENTRY_ID = "01CRASHOCTOPUSPOWERWALL000"
# On a busy machine Home Assistant boots after the slot has ended, and then two polls have to miss it (design 3.6).
PATIENCE_S = 600.0
_NOON = time(13)
_GLANCE_S = 0.001
_CONFIGURATION = """\
homeassistant:
  name: Crash
  time_zone: Europe/London
  country: GB
  currency: GBP
logger:
  default: warning
"""


class Wreck:
    """One house. ``start`` and ``kill`` its Home Assistant as often as wanted; the folder stays."""

    def __init__(
        self, folder: Path, octopus: OctopusSimulator, tesla: TeslaSimulator, zones: Path, platform: str
    ) -> None:
        self.octopus = octopus
        self.tesla = tesla
        self.folder = folder
        self._zones = zones
        self.platform = platform
        self._more = ("--teslemetry",) if platform == "teslemetry" else ()
        self._process: HassProcess | None = None
        self._is_shot = False

    # --- the process ------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start Home Assistant and wait for nothing."""
        self._process = HassProcess(
            self.folder,
            tesla_url=self.tesla.url,
            octopus_url=self.octopus.url,
            zones=self._zones,
            more=self._more,
        )
        await self._process.start()

    async def kill(self) -> None:
        """SIGKILL; one that is dead already is only buried."""
        process = self._process
        assert process is not None
        if not self._is_shot:
            self._check_alive()
            process.kill()
        await process.stop()
        self._process, self._is_shot = None, False

    async def kill_when(self, condition: Callable[[], bool], what: str) -> None:
        """SIGKILL as soon as something is so, from a thread that does nothing but look: a matter of a millisecond."""
        process = self._process
        assert process is not None

        def watch() -> bool:
            ends = monotonic() + PATIENCE_S
            while monotonic() < ends:
                if condition():
                    process.kill()
                    return True
                sleep(_GLANCE_S / 2)
            return False

        self._is_shot = await asyncio.to_thread(watch)
        assert self._is_shot, f"{what} did not happen; writes {self.writes}, store {self.memory}\n{self.log[-2000:]}"

    def _check_alive(self) -> None:
        try:
            if self._process is not None:
                self._process.check_alive()
        except HassError as error:
            console = (self.folder / "console.log").read_text(encoding="utf-8", errors="replace")
            raise AssertionError(f"{error}\n{console[-2000:]}\n{self.log[-2000:]}") from None

    async def clear(self) -> None:
        """End whatever still runs."""
        if self._process is not None:
            self._process.kill()
            await self._process.stop()

    @property
    def log(self) -> str:
        """What Home Assistant logged."""
        path = self.folder / "home-assistant.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    # --- looking ----------------------------------------------------------------------------------------

    async def until(self, condition: Callable[[], bool], what: str, within_s: float = PATIENCE_S) -> None:
        """Wait for something, looking every millisecond; raises AssertionError if it does not come in time."""
        try:
            async with asyncio.timeout(within_s):
                while not condition():
                    self._check_alive()
                    await asyncio.sleep(_GLANCE_S)
        except TimeoutError:
            seen = f"writes {self.writes}, store {self.memory}\n{self.log[-2000:]}"
            raise AssertionError(f"{what} did not happen in {within_s:.0f} s; {seen}") from None

    @property
    def writes(self) -> list[int]:
        """What reached Tesla."""
        return self.tesla.writes_to("backup")

    @property
    def reserve(self) -> int:
        """The reserve as the battery has it."""
        return self.tesla.site.reserve_pct

    @property
    def memory(self) -> dict[str, Any]:
        """The hold as it is on the disk; empty where nothing is."""
        path = self.folder / ".storage" / f"octopus_powerwall.{ENTRY_ID}"
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["data"]["world"]["memory"]
        except FileNotFoundError, ValueError:
            return {}
        return found

    @property
    def phase(self) -> str | None:
        """The phase of that hold."""
        name: str | None = self.memory.get("phase", {}).get("case")
        return name

    def has_saved(self, *values: int) -> bool:
        """Whether the disk says that one of these reserves is being written: it is saved before it is sent."""
        claim = self.memory.get("phase", {}).get("claim") or {}
        attempt = claim.get("attempt") or {}
        return attempt.get("value") in values and attempt.get("returned_at") is None

    # --- Octopus ----------------------------------------------------------------------------------------

    def plan(self, minutes: float) -> str:
        """Let a slot run from just now on; returns its name."""
        now = datetime.now(UTC).replace(microsecond=0)
        return self.octopus.add_slot(now - timedelta(seconds=5), now + timedelta(minutes=minutes)).name

    def end(self, name: str, in_s: float) -> None:
        """Let a slot end in some seconds. One that is over already goes on until then: only a poll can tell of it."""
        now = datetime.now(UTC).replace(microsecond=0)
        end = now + timedelta(seconds=in_s)
        if any(slot.name == name for slot in self.octopus.slots):
            self.octopus.reshape(name, end=end)
        else:
            self.octopus.add_slot(now - timedelta(minutes=1), end, name=name)


@asynccontextmanager
async def wrecked(folder: Path, platform: str) -> AsyncGenerator[Wreck]:
    """A house with ours and the battery's integration installed, not started yet. It is day there at any hour."""
    zones = london.write_zone(folder / "zones", london.offset_for(_NOON, datetime.now(UTC)))
    config = folder / "config"
    config.mkdir()
    (config / "configuration.yaml").write_text(_CONFIGURATION, encoding="utf-8")
    is_fleet = platform == "tesla_fleet"
    seed_config_dir(config, tesla_fleet=is_fleet, teslemetry=not is_fleet, http_port=_free_port())
    site = PowerwallSite(reserve_pct=OWNERS_RESERVE)
    async with OctopusSimulator() as octopus, TeslaSimulator([site]) as tesla:
        _install(config, octopus, site, platform)
        wreck = Wreck(config, octopus, tesla, zones, platform)
        try:
            yield wreck
        finally:
            await wreck.clear()


def _install(config: Path, octopus: OctopusSimulator, site: PowerwallSite, platform: str) -> None:
    """Put our entry beside Tesla's, as if the owner had gone through the flow; its Powerwall is found by its site."""
    (config / "custom_components").symlink_to(Path(__file__).parents[2] / "custom_components")
    path = config / ".storage" / "core.config_entries"
    content = json.loads(path.read_text(encoding="utf-8"))
    tesla = content["data"]["entries"][0]
    binding = {"kind": platform, "reserve": "none", "level": None, "device_id": None, "site_id": str(site.site_id)}
    ours = {
        "entry_id": ENTRY_ID,
        "domain": "octopus_powerwall",
        "title": site.name,
        "unique_id": str(site.site_id),
        "version": 1,
        "data": {
            "api_key": octopus.api_key,
            "account_number": octopus.account_number,
            "powerwall": "none",
            "binding": binding,
        },
        # The slots of a round are no half hours, and are held as they are listed.
        "options": {"whole_half_hours": "off"},
    }
    content["data"]["entries"].append({**tesla, **ours})
    path.write_text(json.dumps(content), encoding="utf-8")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
