"""The power of the computer: reloads, restarts, cuts at any instant, and what the owner does to get Tesla back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.setup import async_setup_component

from .model import NEWS, opinion
from .story import EPISODE, STORMY, Event
from .truth import Disturbance, Where

if TYPE_CHECKING:
    from .player import Player

ENTITY_GONE = timedelta(minutes=10)


class Power:
    """Switches the computer off and on."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self._truth = player.truth
        self._stage = player.stage
        self._armed: tuple[str, Event, datetime] | None = None
        self._cut_by: Event | None = None
        self._before_cut: dict[str, Any] = {}
        self._signed_out: Disturbance | None = None

    @property
    def is_armed(self) -> bool:
        """Whether the power may be cut at any instant."""
        return self._armed is not None

    @property
    def off_for(self) -> timedelta:
        """How long the computer stays off after a cut that nobody has seen to yet."""
        return timedelta(seconds=self._cut_by.details["off_s"] if self._cut_by else 0)

    async def sign_in(self) -> None:
        """Where Tesla's integration has given up and asks for a new log-in, the owner gives it, once tokens work."""
        now = datetime.now(UTC)
        stage, computer = self._stage, self._stage.computer
        if not computer.is_on:
            return
        if stage.tesla_entry.state is not ConfigEntryState.SETUP_ERROR:
            self._signed_in(now)
            return
        if self._signed_out is None:
            self._signed_out = Disturbance("tesla_signed_out", Where.READS, now, ENTITY_GONE)
            self._truth.disturbances.append(self._signed_out)
        if not any(each.kind.startswith("tesla_tokens") and each.end is None for each in self._truth.disturbances):
            await stage.sign_in()
            self._signed_in(datetime.now(UTC))

    def _signed_in(self, now: datetime) -> None:
        if self._signed_out is not None:
            self._signed_out.end, self._signed_out = now, None

    async def restart(self, event: Event) -> None:
        """Reload, stop, or cut the power."""
        player, computer = self._player, self._stage.computer
        player.result.restarts[event.what] += 1
        player.laws.events.append(event.at)
        match event.what:
            case "reload":
                await computer.do(computer.hass.config_entries.async_reload(self._stage.entry.entry_id))
                return
            case "reload_tesla":
                now = datetime.now(UTC)
                await computer.do(computer.hass.config_entries.async_reload(self._stage.tesla_entry.entry_id))
                end = datetime.now(UTC)
                self._truth.disturbances.append(Disturbance("reload_tesla", Where.READS, now, ENTITY_GONE, end))
                return
            case "sleep":
                await self._sleep(timedelta(seconds=event.details["off_s"]))
                return
            case "crash_at_save" | "crash_at_write":
                self._arm(event)
                return
        before = self._player.stored_memory()
        now = datetime.now(UTC)
        undisturbed = not self._truth.felt(now, Where.WRITES, Where.READS, Where.BLOCK)
        was_on_for = now - (self._truth.on_since or now)
        if event.what == "crash":
            computer.lose_power()
            await computer.power_lost()
        else:
            await computer.stop(for_good=event.what == "stop")
            before = self._player.stored_memory()
        quiet = opinion(self._truth, now).is_strict and was_on_for > NEWS
        self._truth.left_well = event.what == "stop" and undisturbed and quiet
        self._gone(event, before)

    async def _sleep(self, how_long: timedelta) -> None:
        """Let the clock go on without the computer: no timer fires before it wakes, and then all that are due."""
        start = datetime.now(UTC)
        self._stage.freezer.move_to(start + how_long)
        woken = datetime.now(UTC)
        self._truth.off.append((start, woken))
        self._truth.on_since = woken
        await self._stage.computer.wait(timedelta(0))

    def _gone(self, event: Event, before: dict[str, Any]) -> None:
        """The computer is off; let it boot in a while."""
        now = datetime.now(UTC)
        self._truth.on_since = None
        self._truth.off.append((now, None))
        self._before_cut = before
        self._player.push(replace(event, at=now + timedelta(seconds=event.details["off_s"]), what="boot"))

    def _arm(self, event: Event) -> None:
        """Cut the power at the next save or write, within the next two hours of the storm."""
        computer, tesla = self._stage.computer, self._stage.tesla
        episode = (event.at - self._player.story.start) // EPISODE
        limit = self._player.story.start + episode * EPISODE + STORMY - timedelta(minutes=10)
        self._armed = (event.what, event, limit)

        def cut() -> None:
            if computer.is_on and self._cut_by is None:
                self._cut_by = event
                computer.lose_power()

        if event.what == "crash_at_save":
            computer.on_save = cut
        else:
            tesla.on_write = lambda moment: cut() if moment == event.details["moment"] else None

    def disarm(self) -> None:
        """Cut nothing any more once the storm is over."""
        if self._armed is not None and datetime.now(UTC) >= self._armed[2]:
            self._no_arms()

    def _no_arms(self) -> None:
        self._armed = None
        self._stage.computer.on_save = None
        self._stage.tesla.on_write = None

    async def see(self) -> None:
        """See whether the power was cut meanwhile."""
        if self._cut_by is None:
            return
        event, self._cut_by = self._cut_by, None
        self._no_arms()
        await self._stage.computer.power_lost()
        self._player.result.restarts[f"{event.what}_struck"] += 1
        self._gone(event, self._player.stored_memory())

    async def boot(self, event: Event) -> None:
        """Start again."""
        late_s = event.details["tesla_late_s"]
        now = datetime.now(UTC)
        off = self._truth.off
        off[-1] = (off[-1][0], now)
        await self._stage.boot(with_tesla=late_s == 0)
        self._stage.show_charger(None)
        self._truth.on_since = datetime.now(UTC)
        self._truth.left_well = False
        self._player.laws.events.append(now)
        if late_s:
            late = Disturbance("tesla_late", Where.READS, now, ENTITY_GONE)
            self._truth.disturbances.append(late)
            self._player.push(Event(now + timedelta(seconds=late_s), "tesla_late", {"disturbance": late}))
        self._compare_memory()

    async def tesla_late(self, event: Event) -> None:
        """Set Tesla's integration up, which was not ready at the boot."""
        computer = self._stage.computer
        if computer.is_on and "tesla_fleet" not in computer.hass.config.components:
            await computer.do(async_setup_component(computer.hass, "tesla_fleet", {}))
        event.details["disturbance"].end = datetime.now(UTC)

    def _compare_memory(self) -> None:
        """A baseline that was on the disk must be known again."""
        before = self._before_cut
        if not self._stage.is_loaded or not before["phase"].get("claim", {}).get("written"):
            return
        memory = self._stage.entry.runtime_data.world.memory
        is_over = memory.claim is None
        if not is_over and memory.baseline != before["phase"]["claim"]["baseline"]:
            self._player.violated(f"the baseline {before['baseline']} became {memory.baseline} in a restart")
