"""What happens on a day, carried out: on the clouds, by the owner's hand, to the computer; and noted in the truth."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from homeassistant.exceptions import HomeAssistantError

from tests.simulators.tesla.behaviours import Ignored

from .account_faults import LATER
from .computer import PowerCutError
from .faults import MISHAPS, PHANTOMS, Clouds, Undo
from .model import DEED
from .power import ENTITY_GONE, Power
from .story import Event
from .stretches import half_hour_of, is_held
from .truth import NEWS, Disturbance, PlanChange, Time, TrueSlot, Where, united

if TYPE_CHECKING:
    from .player import Player

_TRIAL = timedelta(minutes=15)
FLICKERS_EVERY = timedelta(seconds=40)


class Happenings:
    """Carries events out."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self._truth = player.truth
        self._stage = player.stage
        self._undo: dict[int, tuple[Undo | None, list[Disturbance]]] = {}
        self._calls: list[tuple[datetime, int]] = []
        self.power = Power(player)
        self.charger_silent = False
        self.charger_flickers = False
        self._flickered_on = False

    def is_owners_call(self, value: int, at: datetime) -> bool:
        """Whether a write is the owner's own, through Home Assistant."""
        return any(value == said and timedelta(0) <= at - when <= timedelta(minutes=2) for when, said in self._calls)

    async def happen(self, event: Event) -> None:
        """Let one event happen; the power may go in its midst."""
        self.power.disarm()
        with suppress(PowerCutError):
            await self._happen(event)
        await self.power.see()

    async def _happen(self, event: Event) -> None:
        match event.what:
            case "edge":
                return
            case "flicker":
                if self.charger_flickers:
                    self._flickered_on = not self._flickered_on
                    self._stage.show_charger(self._flickered_on)
            case "far_plan":
                self._stage.octopus.add_slot(event.details["start"], event.details["end"], device="far")
            case "plan" | "reshape" | "withdraw" | "plan_again" | "suspend" | "resume" | "car":
                self._octopus(event)
            case "mishap":
                await self._break(event)
            case "over":
                await self._mend(event.details["event"])
            case "boot":
                await self.power.boot(event)
            case "tesla_late":
                await self.power.tesla_late(event)
            case "app_reserve":
                self._count_deed(event)
                self._player.wills.set(event.details["value"], datetime.now(UTC))
                self._stage.tesla.site.set_in_app(reserve_pct=event.details["value"])
            case (
                "reload"
                | "restart"
                | "stop"
                | "sleep"
                | "crash"
                | "crash_at_save"
                | "crash_at_write"
                | "reload_tesla"
                | "backup_restored"
            ):
                if self._stage.computer.is_on:
                    await self.power.restart(event)
            case _ if self._stage.is_loaded:
                self._count_deed(event)
                try:
                    await self._deed(event)
                except HomeAssistantError:
                    pass
                except PowerCutError:
                    self._interrupted(event)
                    raise

    def _interrupted(self, event: Event) -> None:
        """The power went in the midst of a deed: it may be on the disk or not. The owner does it once more."""
        now = datetime.now(UTC)
        self._truth.doubts.append(Time(now, now + timedelta(hours=3)))
        if event.what in ("switch", "choose", "aim", "option"):
            again = now + self.power.off_for + timedelta(minutes=5)
            self._player.push(replace(event, at=again))

    def _count_deed(self, event: Event) -> None:
        deeds = self._player.result.deeds
        deeds[event.what] += 1
        if event.what == "option" and is_held(self._truth, event.at):
            deeds["option_in_a_hold"] += 1
        self._player.laws.events.append(event.at)

    # --- Octopus and the car ----------------------------------------------------------------------------

    def _octopus(self, event: Event) -> None:
        octopus, truth, details = self._stage.octopus, self._truth, event.details
        now = datetime.now(UTC)
        times = [time for slot in self._concerned(event) for time in slot.all_times()]
        match event.what:
            case "plan":
                octopus.add_slot(
                    details["start"],
                    details["end"],
                    device=details["device"],
                    type=details["type"],
                    name=details["name"],
                )
                slot = TrueSlot(listed_at=now, **details)
                truth.slots.append(slot)
                if octopus.world.device(details["device"]).suspended:
                    slot.is_listed = False
                self._player.result.slots += 1
            case "reshape":
                self._reshape(details)
            case "withdraw":
                self._withdraw(details["name"], now)
            case "plan_again":
                slot = truth.slot(details["name"])
                if slot is not None and not slot.is_listed and slot.end > now:
                    octopus.add_slot(slot.start, slot.end, device=slot.device, type=slot.type, name=slot.name)
                    if not octopus.world.device(slot.device).suspended:
                        slot.back(now)
            case "suspend" | "resume":
                self._suspend(details["device"], now, on=event.what == "suspend")
            case "car":
                self._count_deed(event)
                octopus.set_charging(details["charging"])
        if event.what != "car":
            self._player.laws.events.append(now)
        times += [time for slot in self._concerned(event) for time in slot.all_times()]
        # Where no entity shows the car, what Octopus says of it counts in every slot.
        is_any = event.what == "car" and not truth.has_charger
        truth.plan_changes.append(PlanChange(now, None if is_any else tuple(times)))

    def _concerned(self, event: Event) -> list[TrueSlot]:
        """The slots that an event of Octopus' changes."""
        name, device = event.details.get("name"), event.details.get("device")
        of_device = event.what in ("suspend", "resume")
        return [slot for slot in self._truth.slots if (slot.device == device if of_device else slot.name == name)]

    def _reshape(self, details: dict[str, Any]) -> None:
        slot = self._truth.slot(details["name"])
        if slot is None or not any(each.name == slot.name for each in self._stage.octopus.slots):
            return
        start, end = details.get("start", slot.start), details.get("end", slot.end)
        self._stage.octopus.reshape(slot.name, **{key: details[key] for key in ("start", "end") if key in details})
        slot.moved(start, end, datetime.now(UTC))

    def _withdraw(self, name: str, now: datetime) -> None:
        slot = self._truth.slot(name)
        if slot is None or not any(each.name == name for each in self._stage.octopus.slots):
            return
        self._stage.octopus.withdraw(name)
        if slot.is_listed:
            self._gone_from_plan(slot, now)

    def _gone_from_plan(self, slot: TrueSlot, now: datetime) -> None:
        """A slot is withdrawn; until that is known its next half hour may have begun, which is kept (design 3.2)."""
        if self._truth.widens:
            self._truth.doubts.append(Time(now, half_hour_of(now + self._truth.news(now)) + timedelta(minutes=30)))
        slot.gone(now)

    def _suspend(self, device: str, now: datetime, *, on: bool) -> None:
        octopus = self._stage.octopus
        if octopus.world.device(device).suspended == on:
            return
        (octopus.suspend if on else octopus.resume)(device)
        for slot in self._truth.slots:
            if slot.device == device and slot.end > now and on and slot.is_listed:
                self._gone_from_plan(slot, now)
            elif slot.device == device and not on and any(each.name == slot.name for each in octopus.slots):
                slot.back(now)

    # --- mishaps ----------------------------------------------------------------------------------------

    async def _break(self, event: Event) -> None:
        kind, now = event.details["kind"], datetime.now(UTC)
        self._player.result.faults[kind] += 1
        self._player.laws.events.append(now)
        undo: Undo | None = None
        more: list[Disturbance] = []
        match kind:
            case "entity_unavailable":
                await self._reach_battery(False)
                disturbance = Disturbance(kind, Where.READS, now, ENTITY_GONE)
            case "charger_silent":
                self.charger_silent = True
                disturbance = Disturbance(kind, Where.EVIDENCE, now, NEWS)
            case "charger_flickers":
                self.charger_flickers = self._truth.has_charger
                self._flicker_until(event.until or now, now)
                disturbance = Disturbance(kind, Where.EVIDENCE, now, NEWS)
            case _:
                mishap = MISHAPS.get(kind) or LATER[kind]
                dice = Random(event.details["dice"])  # noqa: S311  no secret
                undo = mishap.start(Clouds(self._stage.octopus, self._stage.tesla, self._stage.ohme), dice)
                disturbance = Disturbance(kind, mishap.where, now, mishap.recovery)
                more = [Disturbance(kind, where, now, mishap.recovery) for where in mishap.also]
        self._truth.disturbances += [disturbance, *more]
        self._undo[id(event)] = (undo, [disturbance, *more])
        if kind in PHANTOMS and event.until is not None:
            self._truth.phantoms.append(Time(now, event.until + timedelta(hours=2)))

    async def _mend(self, event: Event) -> None:
        undo, disturbances = self._undo.pop(id(event))
        if undo is not None:
            undo()
        match disturbances[0].kind:
            case "entity_unavailable":
                await self._reach_battery(True)
            case "charger_silent":
                self.charger_silent = False
            case "charger_flickers":
                self.charger_flickers = False
        for disturbance in disturbances:
            disturbance.end = datetime.now(UTC)

    def _flicker_until(self, until: datetime, now: datetime) -> None:
        """Turn the charger's entity on and off, every forty seconds, as one with weak Wi-Fi does."""
        while (now := now + FLICKERS_EVERY) < until:
            self._player.push(Event(now, "flicker"))

    async def _reach_battery(self, reach: bool) -> None:
        """Take the battery's entities away, or bring them back."""
        computer, battery = self._stage.computer, self._stage.battery
        if computer.is_on and battery.is_set_up(computer.hass):
            await computer.do((battery.load if reach else battery.unload)(computer.hass))

    # --- the owner --------------------------------------------------------------------------------------

    async def _deed(self, event: Event) -> None:
        truth, stage, now, details = self._truth, self._stage, datetime.now(UTC), event.details
        computer = self._stage.computer
        match event.what:
            case "ha_reserve":
                self._set_through_home_assistant(details["value"], now)
                return
            case "lost_call":
                await self._set_in_vain(details["value"], now)
            case "let_us_act":
                truth.owner_hold = None
                if truth.skipped:
                    truth.doubts.append(Time(now, now + timedelta(hours=8)))
                self._player.wills.release(now)
                await computer.do(stage.call("button", "press", "resume"))
            case "switch":
                if not details["on"]:
                    truth.owner_hold = None
                truth.choices.automation = details["on"]
                self._player.wills.release(now)
                await computer.do(stage.call("switch", "turn_on" if details["on"] else "turn_off", "automation"))
            case "choose":
                truth.choices.charge_up = details["action"] == "charge_up"
                self._player.wills.release(now)
                await computer.do(stage.call("select", "select_option", "slot_action", option=details["action"]))
            case "aim":
                truth.choices.charge_target = details["target"]
                await computer.do(stage.call("number", "set_value", "charge_target", value=details["target"]))
            case "option":
                await self._option(details["name"], details["value"])
            case "skip_slot":
                await self._skip(now)
            case "hold":
                await computer.do(stage.act(details["action"], until=details["until"].isoformat()))
                intent = "charge" if details["action"] == "charge_until" else "preserve"
                truth.owner_hold = (Time(now, details["until"]), intent)
                self._player.wills.release(now)
            case "refresh":
                computer.begin(_quietly(stage.act("refresh")))
            case "test_powerwall":
                self._player.laws.trials.append(now)
                trial = Disturbance("trial", Where.WRITES, now, DEED, now + _TRIAL)
                truth.disturbances.append(trial)
                computer.begin(_quietly(stage.act("test_powerwall")))
        truth.owner_changed_at = datetime.now(UTC)

    async def _set_in_vain(self, value: int, now: datetime) -> None:
        """Call it, and let the battery's cloud lose the value."""
        if self._truth.felt(now, Where.READS):
            return
        self._truth.disturbances.append(Disturbance("lost_call", Where.WRITES, now, NEWS, now))
        rule = self._stage.tesla.misbehave(Ignored(), "backup", times=1)
        before = self._truth.set_to
        self._set_through_home_assistant(value, now)
        await self._stage.computer.wait(timedelta(seconds=1))
        self._stage.tesla.behave(rule)
        # What stands is still what the owner had set before, on which a scale has not taken effect yet.
        self._truth.set_to, self._truth.set_in_vain = before, value

    def _set_through_home_assistant(self, value: int, now: datetime) -> None:
        """Call ``number.set_value`` as a person or an automation does; nothing comes of it while nothing is read."""
        stage = self._stage
        if self._truth.felt(now, Where.READS):
            return
        self._player.wills.set(value, now)
        self._calls.append((now, value))
        entity_id = stage.battery.reserve_entity_id(stage.computer.hass)
        call = stage.computer.hass.services.async_call(
            "number", "set_value", {"entity_id": entity_id, "value": value}, blocking=True
        )
        stage.computer.begin(_quietly(call))

    async def _option(self, name: str, value: Any) -> None:
        truth, stage = self._truth, self._stage
        if name == "usual_reserve":
            truth.maybe |= truth.will | (
                {truth.choices.usual_reserve} if truth.choices.usual_reserve is not None else set()
            )
        setattr(truth.choices, name, value)
        options = {**stage.entry.options, name: value}
        if value is None:
            del options[name]
        computer = stage.computer
        computer.call(lambda: computer.hass.config_entries.async_update_entry(stage.entry, options=options))
        await computer.do(computer.hass.config_entries.async_reload(stage.entry.entry_id))

    async def _skip(self, now: datetime) -> None:
        truth = self._truth
        news = [each for each in truth.plan_changes if now - each.at < truth.news(now)]
        unsure = bool(news or truth.felt(now, Where.OCTOPUS))
        slots = united([time for slot in truth.slots if slot.is_smart for time in slot.times()])
        coming = next((slot for slot in slots if slot.end > now), None)
        await self._stage.computer.do(self._stage.act("skip_slot"))
        if unsure or coming is None:
            truth.doubts.append(Time(now, now + timedelta(hours=8)))
        if coming is not None:
            truth.skipped.append(coming)


async def _quietly(call: Any) -> None:
    """Do something that may fail, as a person would who shrugs."""
    with suppress(Exception):
        await call
