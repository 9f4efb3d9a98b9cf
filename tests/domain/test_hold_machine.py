"""Arbitrary interleavings of everything that can happen to a hold, against a small model of battery, cloud and owner.

The owner's values differ from all of ours, so whatever stands in the end is known to be his or not. More examples with
``HYPOTHESIS_PROFILE=long``.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
import os

from hypothesis import HealthCheck, settings as hypothesis_settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from custom_components.octopus_powerwall.domain.codec import decode, encode
from custom_components.octopus_powerwall.domain.decide import Outcome, decide
from custom_components.octopus_powerwall.domain.model import Dispatch, Interval
from custom_components.octopus_powerwall.domain.reason import BLOCKS, Reason
from custom_components.octopus_powerwall.domain.reserve.memory import (
    note_call_by_another,
    note_write_returned,
    recover,
    release_by_owner,
)
from custom_components.octopus_powerwall.domain.reserve.phases import (
    PUTTING_BACK,
    Holding,
    Idle,
    Overridden,
    hands_off_of,
)
from custom_components.octopus_powerwall.domain.reserve.situation import Activity, Battery, OperationMode
from custom_components.octopus_powerwall.domain.reserve.target import Level
from custom_components.octopus_powerwall.domain.reserve.writing import Reading
from custom_components.octopus_powerwall.domain.settings import (
    Intent,
    Mode,
    NightGuard,
    OwnerHold,
    Settings,
    WholeHalfHours,
)
from custom_components.octopus_powerwall.domain.world import Inputs, World, with_poll
from custom_components.octopus_powerwall.powerwall.tesla import TESLA_LIMITS

from .story import CAPPED, FLAT, LEGACY, REFUSED, account, poll

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
TIMEOUT = timedelta(seconds=60)
OWNERS_VALUES = (0, 7, 20, 33, 45)
LEVELS = (63.4, 88.0, 8.0, 0.0, None, float("nan"))
STARTS = ("2026-11-18T12:03", "2026-11-18T22:20", "2026-03-29T00:10", "2026-10-25T00:10", "2026-07-15T04:10")
# A quiet moment is long: an endless retry comes every 30 min, an override lasts 30 min, a tail until 05:30.
QUIET = timedelta(hours=11)
CLOSELY = timedelta(hours=2)
"""The end of a long wait is followed minute by minute."""


class Cloud:
    """A reserve in a cloud: what really stands, what Home Assistant shows of it, and what is still on its way."""

    def __init__(self, now: datetime, reserve: int) -> None:
        self.reserve = reserve
        self.history = [(now - timedelta(hours=1), reserve)]
        self.shown = reserve
        self.reported_at = now
        self.answered_at: datetime | None = None
        self.answers = True
        self.landing: list[tuple[datetime, int]] = []
        self.returning: tuple[datetime, bool] | None = None
        self.available = True
        self.reports = True
        self.snaps = False
        self.lag = timedelta(0)

    def set(self, now: datetime, value: int) -> None:
        """The reserve changes, whoever did it."""
        self.reserve = value
        self.history.append((now, value))

    def passes(self, now: datetime) -> list[int]:
        """Time has come to ``now``: what is on its way lands; polls show what the cloud shows. Returns what landed."""
        landed = []
        for due, value in sorted(self.landing):
            if due <= now:
                self.set(now, value)
                landed.append(value)
        self.landing = [item for item in self.landing if item[0] > now]
        if self.snaps and self.reserve > 80 and now - self.history[-1][0] >= MINUTE / 2:
            self.set(now, 80)
        if self.available and now.second == 0:
            visible = [value for when, value in self.history if when <= now - self.lag][-1]
            if self.reports or visible != self.shown:
                self.reported_at = now
            self.shown = visible
        return landed

    def ask(self, now: datetime) -> None:
        """It is asked for a reading, and gives it unless it does not answer."""
        if self.available and self.answers:
            self.shown = [value for when, value in self.history if when <= now - self.lag][-1]
            self.reported_at = self.answered_at = now

    def set_back(self, now: datetime) -> None:
        """Nothing has happened in the future."""
        self.history = [(min(when, now - self.lag), value) for when, value in self.history]
        self.reported_at = min(self.reported_at, now)
        self.answered_at = min(self.answered_at, now) if self.answered_at else None
        self.landing = [(min(due, now + 8 * MINUTE), value) for due, value in self.landing]
        if self.returning is not None:
            self.returning = (min(self.returning[0], now + TIMEOUT), self.returning[1])

    def reading(self) -> Reading:
        """What the shell would read."""
        return Reading(self.shown, self.reported_at, self.answered_at) if self.available else Reading()


def happened(value: object) -> Iterator[datetime]:
    """The times in what is remembered, without those that may lie ahead: ends, and what a watch waits for."""
    for field in fields(value) if is_dataclass(value) else ():
        item = getattr(value, field.name)
        if field.name in ("ends_at", "watch"):
            continue
        if isinstance(item, datetime):
            yield item
        elif isinstance(item, tuple):
            yield from (each for each in item if isinstance(each, datetime))
        else:
            yield from happened(item)


class HoldMachine(RuleBasedStateMachine):
    """Everything may happen at any time; what is checked is in ``_look`` and ``teardown``."""

    @initialize(
        start=st.sampled_from(STARTS),
        reserve=st.sampled_from(OWNERS_VALUES),
        code=st.sampled_from((LEGACY, CAPPED)),
        busy=st.sampled_from((True, True, True, False)),
    )
    def begin(self, start: str, reserve: int, code: str, busy: bool) -> None:
        self.now = datetime.fromisoformat(start + "+00:00")
        self.cloud = Cloud(self.now, reserve)
        read = replace(
            account(code), agreements=(replace(account(code).agreements[0], valid_from=self.now - timedelta(days=9)),)
        )
        self.world = World(account=read)
        self.read = read
        self.settings = Settings()
        self.level: float | None = 63.4
        self.block: Reason | None = None
        self.backup_mode = False
        self.evidence: bool | None = None
        self.rows: tuple[Dispatch, ...] = ()
        self.online = True
        self.polled_at = self.now
        self.next_writes: list[str] = []
        self.battery_w: float | None = None
        self.fair = {reserve}
        self.moved: tuple[datetime, int] | None = None
        self.writes: list[datetime] = []
        self.stimuli: list[datetime] = []
        self.last: Outcome | None = None
        self._decide_once()
        if busy:
            self.slot_is_planned(-1, 100, keeps=False)
            self._advance(2 * MINUTE)

    # --- what may happen

    @rule(seconds=st.sampled_from((1, 20, 60, 61, 90, 130, 200, 420)))
    def time_passes(self, seconds: int) -> None:
        self._advance(timedelta(seconds=seconds))

    @rule(minutes=st.sampled_from((15, 35, 70, 130)))
    def much_time_passes(self, minutes: int) -> None:
        self._advance(timedelta(minutes=minutes))

    @precondition(lambda self: any(row.end > self.now for row in self.rows))
    @rule(seconds=st.sampled_from((-10, 0, 30, 90, 400)))
    def slot_runs_out(self, seconds: int) -> None:
        end = min(row.end for row in self.rows if row.end > self.now)
        self._advance(max(SECOND, end - self.now + seconds * SECOND))

    @rule(
        how=st.sampled_from(("lands late", "applies but raises", "raises", "ignores")), length=st.sampled_from((4, 12))
    )
    def short_slot_goes_wrong(self, how: str, length: int) -> None:
        self.next_writes = [how]
        self.rows = (Dispatch(self.now, self.now + length * MINUTE),)
        self._poll()
        self._advance(length * MINUTE)

    @rule(start=st.sampled_from((-20, -1, 0, 2, 10)), length=st.sampled_from((1, 5, 30, 55, 100)), keeps=st.booleans())
    def slot_is_planned(self, start: int, length: int, keeps: bool) -> None:
        begin = self.now + start * MINUTE
        self.rows = (*(self.rows if keeps else ()), Dispatch(begin, begin + length * MINUTE))
        self._poll()

    @rule(shorter=st.sampled_from((0, 3, 20)))
    def slot_is_shortened_and_stamped_anew(self, shorter: int) -> None:
        self.rows = tuple(
            Dispatch(
                max(row.start, min(self.now, row.end - MINUTE)),
                row.end - min(shorter * MINUTE, (row.end - row.start) / 2),
            )
            for row in self.rows
            if row.end - row.start > 4 * MINUTE
        )
        self._poll()

    @rule()
    def slots_are_withdrawn(self) -> None:
        self.rows = ()
        self._poll()

    @rule(failed=st.booleans(), skipped=st.integers(0, 1))
    def poll_is_partial(self, failed: bool, skipped: int) -> None:
        self.world = with_poll(self.world, poll(self.now, *self.rows, failed=failed, skipped=skipped))
        self._decide_once()

    @rule(online=st.booleans())
    def octopus_comes_and_goes(self, online: bool) -> None:
        self.online = online

    @rule(
        how=st.sampled_from(("lags", "ignores", "raises", "applies but raises", "hangs", "lands late")),
        times=st.sampled_from((1, 2, 6)),
    )
    def next_writes_will(self, how: str, times: int) -> None:
        self.next_writes = [how] * times

    @rule(available=st.booleans())
    def reserve_comes_and_goes(self, available: bool) -> None:
        self.cloud.available = available
        if available:
            self.cloud.shown, self.cloud.reported_at = self.cloud.reserve, self.now
        self._decide_once()

    @rule(snaps=st.booleans(), reports=st.booleans(), answers=st.sampled_from((True, True, False)))
    def battery_has_habits(self, snaps: bool, reports: bool, answers: bool) -> None:
        self.cloud.snaps, self.cloud.reports, self.cloud.answers = snaps, reports, answers

    @rule(block=st.sampled_from((None, None, *BLOCKS)), backup_mode=st.booleans())
    def grid_changes(self, block: Reason | None, backup_mode: bool) -> None:
        self.block, self.backup_mode = block, backup_mode
        self._decide_once()

    @rule(level=st.sampled_from(LEVELS), battery_w=st.sampled_from((None, 0.0, 2500.0, -2500.0)))
    def battery_changes(self, level: float | None, battery_w: float | None) -> None:
        self.level, self.battery_w = level, battery_w
        self._decide_once()

    @rule(evidence=st.sampled_from((None, True, False)))
    def car_changes(self, evidence: bool | None) -> None:
        self._stimulated()
        self.evidence = evidence
        self._decide_once()

    @rule(automation=st.sampled_from((True, True, False)))
    def automation_is_switched(self, automation: bool) -> None:
        self._stimulated()
        self.settings = replace(self.settings, automation=automation)
        self._decide_once()

    @rule(
        mode=st.sampled_from(Mode),
        charge_to=st.sampled_from((50, 80, 100)),
        guard=st.sampled_from(NightGuard),
        whole=st.sampled_from(WholeHalfHours),
        dry_run=st.sampled_from((False, False, False, False, True)),
    )
    def owner_chooses(
        self, mode: Mode, charge_to: int, guard: NightGuard, whole: WholeHalfHours, dry_run: bool
    ) -> None:
        self._stimulated()
        if mode is not self.settings.mode:
            self.world = replace(self.world, memory=release_by_owner(self.world.memory))
        self.settings = replace(
            self.settings,
            mode=mode,
            charge_target=charge_to,
            night_guard=guard,
            whole_half_hours=whole,
            dry_run=dry_run,
        )
        self._decide_once()

    @rule(minutes=st.integers(4, 90), intent=st.sampled_from(Intent))
    def owner_asks_for_a_hold(self, minutes: int, intent: Intent) -> None:
        self._stimulated()
        hold = OwnerHold(Interval(self.now, self.now + minutes * MINUTE), intent)
        memory = release_by_owner(self.world.memory)
        self.world = replace(self.world, memory=memory, wishes=replace(self.world.wishes, owner_hold=hold))
        self._decide_once()

    @rule()
    def owner_skips_what_runs(self) -> None:
        self._stimulated()
        skipped = tuple(row.interval for row in self.rows if row.end > self.now)
        self.world = replace(self.world, wishes=replace(self.world.wishes, skipped=skipped))
        self._decide_once()

    @rule(value=st.sampled_from(OWNERS_VALUES))
    def owner_moves_in_the_app(self, value: int) -> None:
        self._owner_moves(value)
        self._decide_once()

    @precondition(lambda self: self.cloud.available)
    @rule(value=st.sampled_from(OWNERS_VALUES))
    def owner_moves_in_home_assistant(self, value: int) -> None:
        self.world = replace(self.world, memory=note_call_by_another(self.world.memory, value, self.now))
        self._owner_moves(value)
        self.cloud.shown, self.cloud.reported_at = value, self.now
        self._decide_once()

    @rule(code=st.sampled_from((LEGACY, LEGACY, CAPPED, CAPPED, REFUSED, FLAT)))
    def octopus_migrates_the_account(self, code: str) -> None:
        self._stimulated()
        self.read = replace(self.read, agreements=(replace(self.read.agreements[0], product_code=code),))
        self.world = replace(self.world, account=self.read)
        self._decide_once()

    @rule(down=st.sampled_from((0, 5, 70, 1300)))
    def home_assistant_restarts(self, down: int) -> None:
        """At any instant, also with a write under way, which may still land."""
        self._stimulated()
        kept = decode(World, encode(self.world.strip_for_disk()))
        assert kept == self.world.strip_for_disk()
        self.cloud.returning = None
        for _ in range(down // 5):
            self.now += 5 * SECOND
            self._time(self.now)
        self.world = replace(kept, memory=recover(kept.memory, self.now))
        self._decide_once()

    @rule(minutes=st.sampled_from((1, 1, 45)))
    def clock_is_set_back(self, minutes: int) -> None:
        self._stimulated()
        self.now -= minutes * MINUTE
        self.cloud.set_back(self.now)
        self.polled_at = min(self.polled_at, self.now)
        self.writes = [min(when, self.now) for when in self.writes]
        self.stimuli = [min(when, self.now) for when in self.stimuli]
        self.moved = None
        self._decide_once()

    # --- how it goes on

    def _stimulated(self) -> None:
        self.stimuli.append(self.now)

    def _owner_moves(self, value: int) -> None:
        self._stimulated()
        self.cloud.set(self.now, value)
        self.fair.add(value)
        self.moved = (self.now, value)
        if self.cloud.returning is not None or self.cloud.landing:
            self.moved = None

    def _poll(self) -> None:
        self._stimulated()
        if self.online:
            self.rows = tuple(row for row in self.rows if row.end > self.now)
            self.world = with_poll(self.world, poll(self.now, *self.rows))
        self._decide_once()

    def _advance(self, span: timedelta) -> None:
        end = self.now + span
        while self.now < end:
            due = min(
                end, self.now.replace(second=0, microsecond=0) + (MINUTE if end - self.now < CLOSELY else 6 * MINUTE)
            )
            wake_at = self.last.wake_at if self.last else None
            if wake_at is not None:
                due = min(due, max(wake_at, self.now + SECOND))
            if self.cloud.returning is not None:
                due = min(due, max(self.cloud.returning[0], self.now + SECOND))
            self.now = due
            self._time(due)
            if self.online and due >= self.polled_at + 3 * MINUTE and due.second == 0:
                self.polled_at = due
                self.rows = tuple(row for row in self.rows if row.end > due)
                self.world = with_poll(self.world, poll(due, *self.rows))
            self._decide_once()

    def _time(self, now: datetime) -> None:
        if self.cloud.passes(now):
            self.moved = None
        returning = self.cloud.returning
        if returning is not None and now >= returning[0]:
            self.cloud.returning = None
            self.world = replace(self.world, memory=note_write_returned(self.world.memory, now, failed=returning[1]))
        if self.moved is not None and now - self.moved[0] >= timedelta(seconds=150) + self.cloud.lag:
            # It has stood, seen and unharmed: from now on nothing else is his will.
            if self.cloud.available:
                self.fair = {self.moved[1]}
            self.moved = None
        if not self.cloud.available:
            self.moved = None

    def _inputs(self) -> Inputs:
        battery = Battery(
            self.cloud.reading(),
            Level(self.level, self.now.replace(second=0, microsecond=0)),
            self.battery_w,
            2500.0 if self.battery_w and self.battery_w < 0 else 0.0,
            self.block,
            OperationMode.BACKUP if self.backup_mode else None,
            self.cloud.reports,
            TESLA_LIMITS,
        )
        return Inputs(settings=self.settings, battery=battery, evidence=self.evidence)

    def _decide_once(self) -> None:
        inputs = self._inputs()
        outcome = decide(self.world, self.now, inputs)
        self.world, self.last = outcome.world, outcome
        again = decide(self.world, self.now, inputs)
        assert (again.decision.write, again.activities, again.world) == (None, (), self.world), "not idempotent"
        memory = self.world.memory
        assert memory.baseline is None or memory.baseline in OWNERS_VALUES, "a value of ours was taken for a baseline"
        assert outcome.wake_at is None or outcome.wake_at > self.now
        assert [at for at in happened(memory) if at > self.now] == [], "something that happened lies ahead"
        if memory.owns_reserve:
            assert memory.baseline is not None
        write = outcome.decision.write
        if write is not None:
            self._write(write)
        if outcome.decision.refresh:
            self.cloud.ask(self.now)

    def _write(self, value: int) -> None:
        memory = self.world.memory
        assert self.block is None, "written while blocked"
        assert self.cloud.available, "written while unavailable"
        assert self.cloud.returning is None, "written while a write was under way"
        assert TESLA_LIMITS.accepts(value)
        assert memory.baseline is not None
        assert value >= memory.baseline
        assert isinstance(memory.phase, Holding) or value == memory.baseline
        assert isinstance(memory.phase, PUTTING_BACK) or (self.settings.automation and not self.settings.dry_run)
        self.moved = None
        self.writes.append(self.now)
        hour = self.now - timedelta(hours=1)
        recent = sum(1 for when in self.writes if when > hour)
        assert recent <= 14 + 3 * sum(1 for when in self.stimuli if when > hour), "a storm of writes"
        how = self.next_writes.pop() if self.next_writes else "obeys"
        self.cloud.lag = timedelta(seconds=90) if how == "lags" else timedelta(0)
        match how:
            case "obeys" | "lags":
                self._applied(value)
                self.cloud.returning = (self.now + SECOND, False)
                self.cloud.shown, self.cloud.reported_at = value, self.now
            case "applies but raises":
                self._applied(value)
                self.cloud.returning = (self.now + SECOND, True)
            case "ignores":
                self.cloud.returning = (self.now + SECOND, False)
                self.cloud.shown, self.cloud.reported_at = value, self.now
            case "raises":
                self.cloud.returning = (self.now + SECOND, True)
            case "hangs":
                self.cloud.returning = (self.now + TIMEOUT, True)
            case "lands late":
                self.cloud.returning = (self.now + TIMEOUT, True)
                self.cloud.landing.append((self.now + 8 * MINUTE, value))

    def _applied(self, value: int) -> None:
        self.cloud.set(self.now, value)

    def teardown(self) -> None:
        """All goes quiet: no slot, no fault, no owner. Then what stands is the owner's."""
        if not hasattr(self, "now"):
            return
        self.rows, self.online, self.block, self.backup_mode, self.evidence = (), True, None, False, None
        self.battery_w, self.next_writes = None, []
        self.settings = replace(self.settings, night_guard=NightGuard.OFF)
        self.world = replace(self.world, wishes=replace(self.world.wishes, owner_hold=None))
        self.cloud.available = self.cloud.answers = True
        self._poll()
        # An override keeps its end by the clock, and the clock may have been set back since.
        phase = hands_off_of(self.world.memory.phase)
        ends_at = phase.ends_at if isinstance(phase, Overridden) else self.now
        self._advance(max(ends_at, self.now) - self.now + QUIET)
        memory = self.world.memory
        assert memory.phase == Idle(), memory.phase
        assert self.cloud.reserve in self.fair, f"{self.cloud.reserve} stands, {self.fair} would be right"
        assert self.last is not None
        assert not self.last.snapshot.holding
        assert not self.last.snapshot.problems
        count = len(self.writes)
        self._advance(timedelta(minutes=30))
        assert len(self.writes) == count
        assert Activity.RESERVE_RAISED not in self.last.activities


is_long = os.environ.get("HYPOTHESIS_PROFILE") == "long"
HoldMachine.TestCase.settings = hypothesis_settings(
    max_examples=2000 if is_long else 50,
    stateful_step_count=80 if is_long else 40,
    deadline=None,
    derandomize=not is_long,
    suppress_health_check=list(HealthCheck),
)
TestHold = HoldMachine.TestCase
