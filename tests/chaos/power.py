"""The power of the computer: reloads, restarts, cuts at any instant, and what the owner does to get Tesla back."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from .model import opinion
from .owner import forget_last_restore
from .story import EPISODE, STORMY, Event
from .truth import NEWS, Choices, Disturbance, Time, Where

if TYPE_CHECKING:
    from .player import Player

ENTITY_GONE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds, and what was so when it was made."""

    at: datetime
    files: dict[str, bytes]
    choices: Choices
    wills: set[int]
    owner_hold: tuple[Time, str] | None
    skipped: int = 0
    charged: set[datetime] = field(default_factory=set)


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
        self._backups: list[Backup] = []

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
        if not stage.battery.is_set_up(computer.hass) or not stage.battery.wants_sign_in(computer.hass):
            self._signed_in(now)
            return
        if self._signed_out is None:
            self._signed_out = Disturbance("tesla_signed_out", Where.READS, now, ENTITY_GONE)
            self._truth.disturbances.append(self._signed_out)
        if not any(each.kind.startswith("tesla_tokens") and each.end is None for each in self._truth.disturbances):
            await computer.do(stage.battery.sign_in(computer.hass))
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
                await self._stage.reload_battery()
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
        if event.what == "backup_restored":
            computer.lose_power()
            await computer.power_lost()
            self._restore_backup(now - timedelta(hours=event.details["hours"]))
            self._truth.left_well = False
            self._gone(event, {})
            return
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

    def back_up(self) -> None:
        """Make a backup of Home Assistant's folder, as it does by itself every night; here every hour."""
        now, truth = datetime.now(UTC), self._truth
        if self._backups and now - self._backups[-1].at < timedelta(hours=1):
            return
        if self._stage.is_loaded:
            wills = truth.will | truth.maybe
            backup = Backup(now, self._stage.computer.back_up(), replace(truth.choices), wills, truth.owner_hold)
            self._backups.append(replace(backup, skipped=len(truth.skipped), charged=set(truth.charged)))

    def _restore_backup(self, of: datetime) -> None:
        """Put the newest backup that is so old on the disk, or the oldest; what the owner chose since is undone."""
        if not self._backups:
            return
        backup = next((each for each in reversed(self._backups) if each.at <= of), self._backups[0])
        truth, now = self._truth, datetime.now(UTC)
        self._stage.computer.restore(backup.files)
        usual = {each.usual_reserve for each in (backup.choices, truth.choices) if each.usual_reserve is not None}
        # A hold of which the backup does not know has raised the reserve: what it found is lost with it.
        stands = self._stage.tesla.site.reserve_pct
        truth.will |= truth.read_as(stands)
        truth.maybe |= backup.wills | usual | truth.read_as(stands)
        forget_last_restore(truth, stands)
        truth.choices = replace(backup.choices)
        truth.charged &= backup.charged
        if truth.owner_hold != backup.owner_hold or len(truth.skipped) != backup.skipped:
            truth.doubts.append(Time(now, now + timedelta(hours=12)))
        if truth.override is not None:
            truth.override.is_sure = False
        # Half hours that were held then, and slots that were over before the backup knew of them.
        truth.doubts.append(Time(now, now + timedelta(minutes=31)))

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
        self._truth.on_since, self._truth.stood = None, None
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
        await self._stage.boot(with_battery=late_s == 0)
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
        computer, battery = self._stage.computer, self._stage.battery
        if computer.is_on and not battery.is_set_up(computer.hass):
            await computer.do(battery.set_up(computer.hass))
        event.details["disturbance"].end = datetime.now(UTC)

    def _compare_memory(self) -> None:
        """A baseline that was on the disk must be known again."""
        before = self._before_cut
        if not self._stage.is_loaded or not before.get("phase", {}).get("claim", {}).get("written"):
            return
        memory = self._stage.entry.runtime_data.world.memory
        is_over = memory.claim is None
        if not is_over and memory.baseline != before["phase"]["claim"]["baseline"]:
            self._player.violated(f"the baseline {before['baseline']} became {memory.baseline} in a restart")
