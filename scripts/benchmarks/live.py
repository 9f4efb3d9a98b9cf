"""What needs a running Home Assistant with a real clock and real sockets: edges, set-up, and the cost of a poll.

Home Assistant runs in a process of its own (``live_house.py``), both simulators in this one. Each Powerwall has an
entry with an account of its own and its own slot, so that every edge comes at another moment: its start is known from
the poll at set-up; then Octopus shortens the slot, the entry is loaded anew, and its end is known likewise. The lag is
the time from the edge to the write's arrival at the simulated Tesla, on the clock that both processes share. Octopus'
times are whole seconds; where several edges share one (``quick``), the lag of all but the first holds the work of those
before it.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
import json
import os
from pathlib import Path
import socket
from statistics import median
import sys
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from tests.simulators.octopus import OctopusSimulator, User, World, car, home_account
from tests.simulators.tesla import PowerwallSite, TeslaSimulator
from tests.simulators.tesla.storage import seed_config_dir

from .figures import Figures, p50_p99

ROOT = Path(__file__).parents[2]
CONFIGURATION = """
homeassistant: {name: Home, latitude: 51.5, longitude: -0.1, time_zone: Europe/London, country: GB, currency: GBP}
recorder:
history:
logbook:
logger: {default: error}
"""
FIRST_SITE = 2252147638000
LENGTH = timedelta(minutes=30)
TARGET, BASELINE = 100, 20
PATIENCE = timedelta(seconds=15)


class Process:
    """The process with Home Assistant in it."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a process without pipes")
        self._stdin, self._stdout = process.stdin, process.stdout
        self._log = log

    async def answer(self) -> Any:
        """Wait for its next line; raises RuntimeError when it has ended instead."""
        line = await asyncio.wait_for(self._stdout.readline(), 120)
        if not line:
            raise RuntimeError(f"Home Assistant has ended:\n{self._log.read_text(encoding='utf-8')[-3000:]}")
        return json.loads(line)["answer"]

    async def do(self, command: str, **arguments: Any) -> Any:
        """Have a command carried out."""
        self._stdin.write(json.dumps({"do": command, **arguments}).encode() + b"\n")
        return await self.answer()


@asynccontextmanager
async def _started(octopus: OctopusSimulator, tesla: TeslaSimulator) -> AsyncGenerator[Process]:
    with TemporaryDirectory(prefix="bench-") as folder:
        (Path(folder) / "configuration.yaml").write_text(CONFIGURATION, encoding="utf-8")
        seed_config_dir(Path(folder), http_port=_free_port())
        onboarding = {"version": 4, "minor_version": 1, "key": "onboarding"}
        done = {"data": {"done": ["user", "core_config", "analytics", "integration"]}}
        (Path(folder) / ".storage" / "onboarding").write_text(json.dumps(onboarding | done), encoding="utf-8")
        log = Path(folder) / "bench.log"
        with log.open("wb") as errors:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "scripts.benchmarks.live_house", "--tesla-url", tesla.url, "--config", folder),
                cwd=ROOT,
                env=os.environ | {"OCTOPUS_POWERWALL_API_URL": octopus.url},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
            )
        try:
            house = Process(process, log)
            await house.answer()
            yield house
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Street:
    """So many houses, each with a Powerwall and an account; and what is measured in them."""

    def __init__(self, houses: int, edges_per_second: int) -> None:
        self._edges_per_second = edges_per_second
        self._numbers = range(houses)
        self._keys = [f"sk_live_{number:032d}" for number in self._numbers]
        accounts = [
            home_account(f"A-{number:08d}", devices=[car(f"car-{number}", plugged=False)]) for number in self._numbers
        ]
        users = [User(str(number), {self._keys[number]}, [accounts[number]]) for number in self._numbers]
        self.octopus = OctopusSimulator(World(users))
        self.tesla = TeslaSimulator(
            PowerwallSite(FIRST_SITE + number, name=f"Home {number}", reserve_pct=BASELINE) for number in self._numbers
        )
        self._accounts = [account.number for account in accounts]
        self._slots: list[str] = []
        self._edges: dict[tuple[int, int], datetime] = {}
        self._first = datetime.now(UTC)

    async def measure(self) -> Figures:
        """Everything, in one run of Home Assistant."""
        async with self.octopus, self.tesla, _started(self.octopus, self.tesla) as house:
            setups = await self._set_up(house)
            await house.do("watch_timers", on=True)
            await self._arrived(house, TARGET)
            await self._shorten(house)
            await self._arrived(house, BASELINE)
            timer_lags = await house.do("watch_timers", on=False)
            with_news, without = await self._poll(house)
        lags = self._lags()
        (edge_p50, edge_p99), (timer_p50, timer_p99) = p50_p99(lags), p50_p99(timer_lags)
        return {
            "edge_lag_ms_p50": round(edge_p50, 1),
            "edge_lag_ms_p99": round(edge_p99, 1),
            "edges": len(lags),
            "timer_lag_ms_p50": round(timer_p50, 2),
            "timer_lag_ms_p99": round(timer_p99, 2),
            # The first one also loads what the others share.
            "setup_ms": round(median(setup["loop_ms"] for setup in setups[1:]), 1),
            "setup_wall_ms": round(median(setup["wall_ms"] for setup in setups[1:]), 1),
            "refresh_loop_ms_p50": round(p50_p99(with_news)[0], 2),
            "refresh_loop_ms_p50_no_news": round(p50_p99(without)[0], 2),
        }

    async def _set_up(self, house: Process) -> list[dict[str, float]]:
        """Plan a slot for every house and add its entry, which learns of it at once."""
        setups = [await self._added(house, 0)]
        self._edges_from(setups[0]["wall_ms"] * len(self._numbers))
        for number in self._numbers:
            start = self._edge(number)
            self._edges[FIRST_SITE + number, TARGET] = start
            slot = self.octopus.add_slot(start, start + LENGTH, device=f"car-{number}")
            self._slots.append(slot.name)
            if number == 0:
                await house.do("reload", site_id=FIRST_SITE)
            else:
                setups.append(await self._added(house, number))
        self._check_in_time()
        return setups

    async def _added(self, house: Process, number: int) -> Any:
        return await house.do(
            "set_up",
            site_id=FIRST_SITE + number,
            api_key=self._keys[number],
            account_number=self._accounts[number],
        )

    async def _shorten(self, house: Process) -> None:
        """Octopus gives every slot a new end, and each entry learns of it by being loaded anew."""
        begun = perf_counter()
        await house.do("reload", site_id=FIRST_SITE)
        self._edges_from((perf_counter() - begun) * 1000 * len(self._numbers))
        for number, name in enumerate(self._slots):
            self._edges[FIRST_SITE + number, BASELINE] = end = self._edge(number)
            self.octopus.reshape(name, end=end)
            await house.do("reload", site_id=FIRST_SITE + number)
        self._check_in_time()

    def _edges_from(self, work_ms: float) -> None:
        """Let the first edge come when so much work is surely done: at a whole second, as Octopus' times are.

        Each entry takes longer than the one before it, since all others look at what it registers.
        """
        self._first = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3, milliseconds=3 * work_ms)
        self._first = self._first.replace(microsecond=0)

    def _edge(self, number: int) -> datetime:
        return self._first + timedelta(seconds=number // self._edges_per_second)

    def _check_in_time(self) -> None:
        if datetime.now(UTC) > self._first:
            raise RuntimeError("this machine is too busy: the first edge came before everything was set up")

    async def _arrived(self, house: Process, value: int) -> None:
        """Wait until every Powerwall was told a value; RuntimeError tells what the others are at."""
        last = max(edge for (_, wanted), edge in self._edges.items() if wanted == value)
        while missing := self._not_told(value):
            if datetime.now(UTC) > last + PATIENCE:
                statuses = [await house.do("status", site_id=site_id) for site_id in missing]
                raise RuntimeError(f"{len(missing)} Powerwalls were not told {value}: {statuses}")
            await asyncio.sleep(0.1)

    def _not_told(self, value: int) -> list[int]:
        told = {write.site_id for write in self.tesla.writes if write.value == value}
        return sorted(self.tesla.sites.keys() - told)

    def _lags(self) -> list[float]:
        """Milliseconds from each edge to its write. Only one write may have come of each edge."""
        if len(self.tesla.writes) != len(self._edges):
            raise RuntimeError(f"{len(self.tesla.writes)} writes at {len(self._edges)} edges")
        return [
            (write.received_at - self._edges[write.site_id, write.value]) / timedelta(milliseconds=1)
            for write in self.tesla.writes
        ]

    async def _poll(self, house: Process) -> tuple[list[float], list[float]]:
        """Poll for each house, for every other one after its plan has changed: the costs with news and without."""
        with_news, without = [], []
        # Octopus answers five plans a minute; the first house has had its share.
        for number in self._numbers[1:]:
            has_news = number % 2 == 1
            if has_news:
                begins = datetime.now(UTC) + timedelta(hours=2)
                self.octopus.add_slot(begins, begins + timedelta(hours=2), device=f"car-{number}")
            cost = await house.do("poll", site_id=FIRST_SITE + number)
            # The time of the last poll is an update at every one.
            if has_news == (cost["updates"] > 1):
                (with_news if has_news else without).append(cost["loop_ms"])
        return with_news, without


def measure(*, quick: bool) -> Figures:
    """Run it all: 52 edges, three in each second, or 120, each in a second of its own."""
    street = Street(26, edges_per_second=3) if quick else Street(60, edges_per_second=1)
    return asyncio.run(street.measure())
