"""Plays one day: lets time pass from one happening to the next, writes the truth down, and asks model and laws."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import heapq
from itertools import count
import json
import logging
from typing import Any, override

from homeassistant.helpers import issue_registry as ir

from custom_components.octopus_powerwall.const import DOMAIN

from .batteries import Kind
from .computer import PowerCutError
from .happenings import Happenings
from .laws import Laws, untidy
from .model import AT_AN_EDGE, HELD_ANYWAY, LAG, LANDS_WITHIN, UNLESS_LOST, WHOSE_HAND, opinion
from .owner import Wills
from .stage import Stage
from .story import EPISODES, Event, Story
from .stretches import half_hour_of, is_held
from .truth import LONDON, Truth, Where

_KINDS = {
    "held for": "held",
    HELD_ANYWAY: "held anyway",
    UNLESS_LOST: "held unless lost",
    "the owner's hand": "overridden",
    "as it stood": "off",
}
TICK = timedelta(minutes=5)
ARMED_STEP = timedelta(seconds=30)
PROLOGUE = timedelta(minutes=20)


@dataclass(slots=True)
class Result:
    """What a day came to.

    ``opinions`` counts the looks by what the model said, ``silences`` by why it said nothing.
    """

    number: int
    violations: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    deeds: Counter[str] = field(default_factory=Counter)
    restarts: Counter[str] = field(default_factory=Counter)
    houses: Counter[str] = field(default_factory=Counter)
    opinions: Counter[str] = field(default_factory=Counter)
    silences: Counter[str] = field(default_factory=Counter)
    writes: int = 0
    polls: int = 0
    slots: int = 0


class _Errors(logging.Handler):
    """Exceptions in our code that somebody logged because nobody caught them."""

    def __init__(self, tell: Any) -> None:
        super().__init__(logging.ERROR)
        self._tell = tell

    @override
    def emit(self, record: logging.LogRecord) -> None:
        trace = record.exc_info[2] if isinstance(record.exc_info, tuple) else None
        while trace is not None:
            if DOMAIN in trace.tb_frame.f_code.co_filename:
                self._tell(f"an exception escaped: {record.getMessage()} {record.exc_info!r}"[:400])
                return
            trace = trace.tb_next


def kinds_of(house: dict[str, Any]) -> list[str]:
    """What a house is like, in the words that the report counts."""
    words = [house["battery"], "charge cap" if house["capped"] else "whole slot"]
    return [
        *words,
        *(name.replace("_", " ") for name in ("ohme", "two_cars", "two_homes", "two_meters") if house[name]),
    ]


class Player:
    """Plays one story on a stage."""

    def __init__(self, story: Story, stage: Stage) -> None:
        self.story = story
        self.stage = stage
        house = story.house
        now = datetime.now(UTC)
        self.truth = Truth(
            set(), now - TICK, house["capped"], house["charger"], house["ohme"], battery=Kind(house["battery"])
        )
        self.truth.devices = 1 + house["two_cars"] + house["two_homes"]
        self.truth.will, self.truth.set_to = self.truth.read_as(house["reserve"]), house["reserve"]
        for name, value in house["options"].items():
            setattr(self.truth.choices, name, value)
        self.result = Result(story.number)
        self.result.houses.update(kinds_of(house))
        self.laws = Laws(self.truth)
        self.wills = Wills(self.truth)
        self.happenings = Happenings(self)
        self._queue: list[tuple[datetime, int, Event]] = []
        self._numbers = count()
        self._writes_seen = 0
        self._wrong_since: datetime | None = None
        self._watched: set[tuple[str, datetime]] = set()

    # --- time -------------------------------------------------------------------------------------------

    def push(self, event: Event) -> None:
        """Let something happen later."""
        heapq.heappush(self._queue, (event.at, next(self._numbers), event))

    async def play(self) -> Result:
        """Play the day."""
        errors = _Errors(lambda sentence: None if self.stage.computer.is_last_gasp else self.violated(sentence))
        logging.getLogger().addHandler(errors)
        try:
            await self._play()
        finally:
            logging.getLogger().removeHandler(errors)
        self.result.writes = self._writes_seen
        self.result.polls = len(self.stage.octopus.polls)
        for wrong in self._too_many_polls():
            self.violated(wrong)
        return self.result

    async def _play(self) -> None:
        await self.stage.move_in(self.story.house)
        self.truth.on_since = datetime.now(UTC)
        for event in self.story.events:
            self.push(event)
            if event.until is not None:
                self.push(Event(event.until, "over", {"event": event}))
        tick = datetime.now(UTC)
        while tick < self.story.end:
            tick += TICK
            self.push(Event(tick, "tick"))
        while self._queue:
            at, _, event = heapq.heappop(self._queue)
            if at > self.story.end:
                break
            await self._until(at)
            if event.what == "tick":
                with suppress(PowerCutError):
                    await self.happenings.power.sign_in()
                await self.happenings.power.see()
                self.happenings.power.back_up()
                self._tick()
            else:
                if event.what != "flicker":
                    self._tick(strict=False)
                await self.happenings.happen(event)
            self._see_writes()

    async def _until(self, at: datetime) -> None:
        """Let time pass, in small steps while the power may be cut at any instant."""
        computer = self.stage.computer
        while (now := datetime.now(UTC)) < at:
            step = at - now
            if self.happenings.power.is_armed:
                step = min(step, ARMED_STEP)
            await computer.wait(step)
            await self.happenings.power.see()

    # --- looking ----------------------------------------------------------------------------------------

    def _tick(self, *, strict: bool = True) -> None:
        now = datetime.now(UTC)
        site = self.stage.tesla.site
        self._settle_slots(now)
        self.truth.levels.append((now, site.soc_pct))
        self._see_car(now)
        self._see_writes()
        if self.truth.owner_hold is not None and self.truth.owner_hold[0].end < now - AT_AN_EDGE:
            self.truth.owner_hold = None
        if strict:
            self._judge(now, site.reserve_pct)

    def _judge(self, now: datetime, reserve: int) -> None:
        truth = self.truth
        right = opinion(truth, now)
        self._note_off(now, reserve)
        issues = self.issues()
        for wrong in self.laws.overdue(now, reserve, issues):
            self.violated(wrong)
        if right.values is None:
            held = is_held(truth, now)
            acts = truth.on_since is not None and truth.choices.automation and not truth.choices.dry_run
            in_hold = "whose hand" if right.why == WHOSE_HAND else "bounds in a hold"
            self.result.opinions[in_hold if held and acts else "none outside"] += 1
            if held and reserve not in self.laws.bounds(now):
                self.violated(f"the reserve is {reserve}, which neither the owner nor a hold can be the reason for")
            self.result.silences[f"{right.why}{', in a hold' if held else ''}"] += 1
            return
        kind = next((kind for word, kind in _KINDS.items() if word in right.why), "back")
        self.result.opinions[kind] += 1
        if reserve not in right.values:
            if self._wrong_since is None:
                self.violated(f"the reserve is {reserve} and not {sorted(right.values)}: {right.why}")
            self._wrong_since = now
            return
        self._wrong_since = None
        if kind == "held":
            truth.seen_held_at = now
        if kind == "back" and truth.on_since is not None:
            self.wills.settled(reserve, now)
            if self._is_calm(now):
                scales = truth.battery is Kind.SCALING
                for wrong in untidy(issues, holding=self.stage.is_holding(), scales=scales):
                    self.violated(wrong)

    def _note_off(self, now: datetime, reserve: int) -> None:
        """Note at the first look after the computer went off what stands: nobody moves it until it is on again."""
        truth = self.truth
        if truth.on_since is not None:
            truth.stood = None
        elif truth.stood is None:
            since = truth.off[-1][0]
            if now - since > LANDS_WITHIN or not truth.broken_since(since - LAG, now, Where.WRITES):
                truth.stood = reserve

    def _is_calm(self, now: datetime) -> bool:
        """Whether everything broken has been whole for long enough, and the owner has let go."""
        part = (self.story.end - self.story.start) / EPISODES
        into = (now - self.story.start) % part
        quiet = not any(each.is_felt(now) for each in self.truth.disturbances)
        over = self.truth.override
        return quiet and into > part - timedelta(minutes=10) and (over is None or over.until < now)

    def issues(self) -> set[str]:
        """The repairs of ours that are shown."""
        if not self.stage.computer.is_on:
            return set()
        registry = ir.async_get(self.stage.computer.hass)
        return {str(issue.translation_key) for (domain, _), issue in registry.issues.items() if domain == DOMAIN}

    def _see_writes(self) -> None:
        truth, tesla = self.truth, self.stage.tesla
        writes = [write for write in tesla.writes if write.endpoint == "backup"]
        for write in writes[self._writes_seen :]:
            if self.happenings.is_owners_call(write.value, write.received_at):
                continue
            is_trial = self.laws.is_trial(write.value, write.received_at)
            # First what nobody could have seen of the owner's hand yet: a write may rightly go by what was before it.
            self.wills.wrote(write.value, write.received_at, is_trial=is_trial)
            for wrong in self.laws.write(write.value, write.received_at):
                self.violated(wrong, write.received_at)
            truth.left_well = truth.left_well and truth.on_since is not None
        self._writes_seen = len(writes)

    def _see_car(self, now: datetime) -> None:
        """What the car does, and what its charger's entity says of it."""
        devices = [device for device in self.stage.octopus.world.devices if device.is_charger and device.label != "far"]
        charging = [device.is_charging(now) for device in devices]
        if any(charging):
            self.truth.charged_at_all.add(half_hour_of(now))
            if any(
                busy
                and slot.is_listed
                and slot.is_smart
                and slot.device == device.label
                and slot.start <= now < slot.end
                for busy, device in zip(charging, devices, strict=True)
                for slot in self.truth.slots
            ):
                self.truth.charged.add(half_hour_of(now))
        says = None if self.happenings.charger_silent or not self.truth.has_charger else any(charging)
        if self.truth.has_charger and not self.happenings.charger_flickers:
            self.stage.show_charger(says)
        # Where the charger says nothing, what Octopus says counts.
        known = any(charging) if says is None and (self.story.house["active_power"] or self.truth.ohme) else says
        if known != self.truth.charging:
            self.truth.charging, self.truth.charging_changed_at = known, now

    def _settle_slots(self, now: datetime) -> None:
        """Add a happening to both edges of every slot, once, so that the car is looked at there."""
        for slot in self.truth.slots:
            for edge in (slot.start, slot.end):
                at = edge + timedelta(seconds=1)
                if (slot.name, at) not in self._watched and at > now:
                    self._watched.add((slot.name, at))
                    self.push(Event(at, "edge"))

    # --- telling ----------------------------------------------------------------------------------------

    def violated(self, sentence: str, at: datetime | None = None) -> None:
        """Note a violation."""
        when = (at or datetime.now(UTC)).astimezone(LONDON).strftime("%a %H:%M:%S")
        self.result.violations.append(f"{when} {sentence}")

    def _too_many_polls(self) -> Iterator[str]:
        polls = [request.at for request in self.stage.octopus.polls]
        for number in range(5, len(polls)):
            if polls[number] - polls[number - 5] < timedelta(seconds=59):
                yield f"six polls within a minute, at {polls[number]}"
                return

    def stored_memory(self) -> dict[str, Any]:
        """The hold as it is on the disk; empty where there is none."""
        text = self.stage.stored()
        memory: dict[str, Any] = json.loads(text)["data"]["world"]["memory"] if text else {}
        return memory
