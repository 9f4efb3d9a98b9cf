"""The running demo: two simulated clouds, a real Home Assistant between them, and a story that is played to both."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from tests.simulators.octopus import Device, LoggedRequest, OctopusSimulator, charge_point
from tests.simulators.ohme import OhmeSimulator, add_to_config_dir
from tests.simulators.tesla import Mode, PowerwallSite, TeslaSimulator

from . import config_dir, london
from .hass_api import DOMAIN, ActionError, HassApi, SetUp, keep_edges
from .hass_process import HassError, HassProcess
from .narrator import Narrator
from .stories import BATTERY_LEVEL, USUAL_RESERVE, Beat, Charger, Owner, Story
from .verdict import Verdict, judge

_CAR_KW = 7.4
_LOAD_KW = 0.6
_POLLS_APART = timedelta(seconds=61)
_TESLA_READY_S = 60.0
_BROWSER_S = 30.0
# How long after a story's end something unwanted may still come.
_AFTERMATH_S = 3.0
_METER_EVERY_S = 30.0


class Stage:
    """What runs. ``entry_id`` is that of the integration once it is set up."""

    def __init__(
        self,
        story: Story,
        narrator: Narrator,
        octopus: OctopusSimulator,
        tesla: TeslaSimulator,
        ohme: OhmeSimulator,
        process: HassProcess,
        api: HassApi,
    ) -> None:
        self.story = story
        self.octopus = octopus
        self.tesla = tesla
        self.ohme = ohme
        self.api = api
        self.entry_id: str | None = None
        self._narrator = narrator
        self._process = process
        self._zero = datetime.now(UTC)
        self._told_writes = 0
        self._entities: dict[str, str] = {}
        self._last_told = ""

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Tell meanwhile what reaches the Powerwall and what the integration says."""
        await self.api.hear("state_changed", self._heard_state)
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.wait({watching})

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            self.octopus.advance()
            for write in self.tesla.writes[self._told_writes :]:
                self._told_writes += 1
                text = f"{_setting(write.endpoint)} is set to {write.value}"
                self._narrator.tell("Powerwall", text, write.received_at)

    async def set_up(
        self,
        beats: tuple[Beat, ...] = (),
        *,
        charging_entity: str | None = config_dir.CAR_ENTITY,
        as_proposed: bool = False,
    ) -> None:
        """Set the integration up through its flows. ``beats`` happen before it asks for a plan with its options set.

        ``as_proposed`` leaves the options as a new owner has them.
        """
        flow = await SetUp.begin(self.api, api_key=self.octopus.api_key, account_number=self.octopus.account_number)
        self.entry_id = await flow.finish(charging_entity)
        # Octopus' times are whole seconds.
        self._zero = datetime.now(UTC).replace(microsecond=0)
        self._narrator.zero = self._zero
        for beat in beats:
            await self._perform(beat)
        if not as_proposed:
            await keep_edges(self.api, self.entry_id)
        self._entities = await self.api.our_entities()
        status = (await self.api.states()).get(self._entities.get("status", ""))
        if status is None:
            raise HassError("the integration is set up but shows no status")
        self._tell_status(status)

    async def until_set_up(self) -> None:
        """Wait until somebody has set the integration up in a browser; raises TimeoutError after a while."""
        async with asyncio.timeout(_BROWSER_S):
            while "status" not in self._entities:
                self._entities = await self.api.our_entities()
                await asyncio.sleep(0.5)

    async def begin(self) -> None:
        """Set up, with what the story has planned from its first second on."""
        await self.set_up(tuple(beat for beat in self.story.beats if beat.at_s <= 0))

    async def play(self) -> None:
        """Play the story to its end; set up first, unless that is done."""
        if self.entry_id is None:
            await self.begin()
        meter = asyncio.create_task(self._read_meter())
        try:
            for beat in self.story.beats:
                if beat.at_s > 0:
                    await self._until(beat.at_s)
                    await self._perform(beat)
            await self._until(self.story.length_s)
        finally:
            meter.cancel()

    def entity(self, key: str) -> str:
        """One of the integration's entities, by its key."""
        return self._entities[key]

    async def device_id(self) -> str:
        """The integration's device in Home Assistant's registry."""
        devices = await self.api.ask("config/device_registry/list")
        return next(str(device["id"]) for device in devices if self.entry_id in device["config_entries"])

    async def judged(self) -> Verdict:
        """Wait a little for what must not come, and compare."""
        await asyncio.sleep(_AFTERMATH_S)
        return judge(
            self.story,
            self._zero,
            writes=self.tesla.writes,
            polls=[poll.at for poll in self.octopus.polls],
            ohme_reads=self.ohme.session_reads,
            reserve_pct=self.tesla.site.reserve_pct,
            log=self._process.log,
            repairs=await self.api.our_repairs(),
        )

    async def _until(self, second: float) -> None:
        await asyncio.sleep(max(0.0, (self._zero + timedelta(seconds=second) - datetime.now(UTC)).total_seconds()))
        self._process.check_alive()

    async def _perform(self, beat: Beat) -> None:
        if beat.say:
            self._narrator.tell("Owner" if beat.owner else "Ohme" if beat.ohme else "Octopus", beat.say)
        if beat.do:
            arguments = {
                name: self._zero + timedelta(seconds=value) if name in {"start", "end"} else value
                for name, value in beat.arguments.items()
            }
            getattr(self.octopus, beat.do)(**arguments)
        if beat.ohme is not None:
            beat.ohme(self.ohme.charger, self._zero)
        if beat.car is not None:
            if self.story.charger is Charger.OHME_UNSEEN:
                self.tesla.site.car_power_kw = _CAR_KW if beat.car else 0.0
            await self.api.act("input_boolean", f"turn_{'on' if beat.car else 'off'}", entity_id=config_dir.CAR_HELPER)
        match beat.owner:
            case Owner.REFRESH:
                await self._refresh(refused=beat.refused)
            case Owner.PRESERVE:
                select = self._entities["slot_action"]
                await self.api.act("select", "select_option", entity_id=select, option=beat.owner.value)

    async def _refresh(self, *, refused: bool) -> None:
        """Ask Octopus, not sooner than the integration may."""
        if self.octopus.polls:
            wait = self.octopus.polls[-1].at + _POLLS_APART - datetime.now(UTC)
            await asyncio.sleep(max(0.0, wait.total_seconds()) if not refused else 0.0)
        try:
            await self.api.act(DOMAIN, "refresh", config_entry_id=self.entry_id)
        except ActionError as error:
            if not refused:
                raise
            self._narrator.tell("Home Assistant", f"“{error}”")
        else:
            if refused:
                raise HassError("the action refresh succeeded although Octopus was down")

    def _heard_state(self, data: dict[str, Any]) -> None:
        new = data["new_state"]
        if new is None:
            return
        if data["entity_id"] == self._entities.get("status"):
            self._tell_status(new)

    def _tell_status(self, state: dict[str, Any]) -> None:
        if state["state"] == "unavailable":
            return  # the entry is being loaded again with its options
        text = self._narrator.status(state)
        if text != self._last_told:
            self._last_told = text
            self._narrator.tell("Home Assistant", text)

    async def _read_meter(self) -> None:
        while True:
            await asyncio.sleep(_METER_EVERY_S)
            flows, site = self.tesla.site.flows, self.tesla.site
            doing = f"charging at {-flows.battery_kw:.1f} kW" if flows.battery_kw < -0.05 else "resting"
            doing = f"discharging at {flows.battery_kw:.1f} kW" if flows.battery_kw > 0.05 else doing
            self._narrator.tell(
                "Demo",
                f"Powerwall {site.soc_pct:.1f} %, {doing}, reserve {site.reserve_pct} %;"
                f" house and car draw {flows.load_kw:.1f} kW",
            )


@asynccontextmanager
async def raised(
    story: Story,
    narrator: Narrator,
    folder: Path,
    *,
    port: int,
    zones: Path | None,
    fresh: bool,
    time_zone: str | None = None,
) -> AsyncIterator[Stage]:
    """Start everything, in a folder that does not exist yet, and stop it in order: Home Assistant first.

    Home Assistant shows times in ``time_zone``; where that is not given, in London's true one.
    """

    def told_poll(request: LoggedRequest) -> None:
        if request.is_poll or request.status >= 500:
            failed = "" if request.status == 200 and not request.errors else f": {request.status or 'no answer'}"
            narrator.tell("Octopus", f"is asked for the plan{failed}", request.at)

    octopus = OctopusSimulator(product_code=story.product, on_request=told_poll)
    car, ohme = octopus.world.device(), OhmeSimulator()
    if story.charger is not Charger.OCTOPUS:
        octopus.world.account().devices = [charge_point("charger", provider="OHME_V2")]
    site = PowerwallSite(
        reserve_pct=USUAL_RESERVE,
        soc_pct=BATTERY_LEVEL,
        # A self-powered system is asked about its nights, which the flow has a form for.
        mode=Mode.SELF_CONSUMPTION if fresh else Mode.AUTONOMOUS,
        load_kw=_LOAD_KW,
        car_power_kw=lambda at: _car_kw(story, car, ohme, at),
    )
    time_zone = time_zone or (london.LONDON if zones is None else london.TRUE_LONDON)
    config_dir.prepare(folder, port=port, time_zone=time_zone, fresh=fresh)
    if story.charger is Charger.OHME:
        add_to_config_dir(folder)
    async with octopus, ohme, TeslaSimulator([site]) as tesla:
        process = HassProcess(folder, tesla_url=tesla.url, octopus_url=octopus.url, ohme_url=ohme.url, zones=zones)
        started = monotonic()
        await process.start()
        try:
            async with await HassApi.connect(f"http://127.0.0.1:{port}", process) as api:
                await _until_tesla_is_ready(api, process)
                narrator.tell("Demo", f"Home Assistant has started, in {monotonic() - started:.1f} s")
                yield Stage(story, narrator, octopus, tesla, ohme, process, api)
        except HassError:
            narrator.plain(process.log[-4000:])
            raise
        finally:
            await process.stop()
            narrator.tell("Demo", f"Home Assistant has stopped; the backup reserve is {tesla.site.reserve_pct} %")


def _car_kw(story: Story, car: Device, ohme: OhmeSimulator, at: datetime) -> float:
    """What the car draws: as Octopus has it, or as it stands at the Ohme charger."""
    if story.charger is Charger.OHME:
        return ohme.charger.watts / 1000
    return _CAR_KW if story.charger is Charger.OCTOPUS and car.is_charging(at) else 0.0


async def _until_tesla_is_ready(api: HassApi, process: HassProcess) -> None:
    """Wait for the Powerwall's entities and the end of Home Assistant's start."""
    async with asyncio.timeout(_TESLA_READY_S):
        while True:
            process.check_alive()
            config = await api.ask("get_config")
            if Path(config["config_dir"]) != process.folder:
                raise HassError(f"another Home Assistant took {api.url} meanwhile: try again")
            states = await api.states()
            known = states.get("number.my_home_backup_reserve", {}).get("state")
            if known == str(USUAL_RESERVE) and config["state"] == "RUNNING":
                return
            await asyncio.sleep(0.1)


def _setting(endpoint: str) -> str:
    return "Its backup reserve" if endpoint == "backup" else endpoint
