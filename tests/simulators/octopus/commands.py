"""What can be done to the simulated Octopus: every method marked ``command`` is also a word of the script language."""

from collections.abc import Iterable, Mapping
import dataclasses
from datetime import timedelta
from typing import Any, Literal

from .account import Account, CompletedRow
from .account_commands import AccountCommands
from .device import Charging, Device, PowerReport
from .faults import Fault, fault_for
from .rows import Energy, Slot, TimeStyle
from .schema import check_enum
from .script import When, command, instant
from .world import car, charge_point, home_battery, meter_device

_ENUMS = {
    "state": "SmartFlexDeviceState",
    "lifecycle": "DeviceLifecycle",
    "charging_cap": "ChargingDurationCap",
    "device_type": "DeviceType",
}


class Commands(AccountCommands):
    """The commands. Times may be instants, ISO 8601 texts, or minutes from now.

    Called directly they raise ``LookupError`` for a device, slot or account that does not exist, and ``ValueError``.
    """

    @property
    def slots(self) -> list[Slot]:
        """All planned slots that have not ended, by start."""
        self.advance()
        return sorted((slot for device in self.world.devices for slot in device.plan), key=lambda slot: slot.start)

    @command("start", "end")
    def add_slot(
        self,
        start: When,
        end: When,
        *,
        device: str | None = None,
        type: Literal["SMART", "BOOST", "TEST"] | None = "SMART",
        energy: Energy = "auto",
        name: str | None = None,
        replace: Mapping[str, Any] | None = None,
        drop: Iterable[str] = (),
    ) -> Slot:
        """Plan a slot. ``energy``: kWh, a raw string, None, or ``auto`` for power times length."""
        now = self._begin()
        target = self.world.device(device)
        begin, finish = instant(start, now), instant(end, now)
        if type is not None:
            check_enum("SmartFlexChargingType", type)
        if energy == "auto":
            energy = round(target.power_kw * (finish - begin).total_seconds() / 3600, 3)
        self._names += 1
        slot = Slot(name or f"slot-{self._names}", begin, finish, type, energy, dict(replace or {}), frozenset(drop))
        target.plan.append(slot)
        return slot

    @command()
    def narrate(self) -> None:
        """Do nothing: a step of a scenario that only says something."""
        self._begin()

    @command()
    def withdraw(self, name: str) -> None:
        """Take a slot out of the plan."""
        self._begin()
        device, slot = self._slot(name)
        device.plan.remove(slot)

    @command()
    def clear_plan(self, device: str | None = None) -> None:
        """Take every slot out of a device's plan, or out of all plans."""
        self._begin()
        for target in self.world.devices if device is None else [self.world.device(device)]:
            target.plan.clear()

    @command("start")
    def restamp(self, name: str, start: When | None = None) -> None:
        """Give a slot a new start: now, unless told otherwise."""
        now = self._begin()
        self._slot(name)[1].start = instant(now if start is None else start, now)

    @command("start", "end")
    def reshape(self, name: str, *, start: When | None = None, end: When | None = None) -> None:
        """Move a slot's edges: shorten or lengthen it."""
        now = self._begin()
        slot = self._slot(name)[1]
        slot.start = slot.start if start is None else instant(start, now)
        slot.end = slot.end if end is None else instant(end, now)

    @command("end")
    def boost(self, end: When, *, device: str | None = None, name: str | None = None) -> Slot:
        """The owner asks for a boost from now on."""
        now = self._begin()
        target = self.world.device(device)
        self._names += 1
        slot = Slot(name or f"slot-{self._names}", instant(now, now), instant(end, now), "BOOST")
        slot.energy = round(target.power_kw * (slot.end - slot.start).total_seconds() / 3600, 3)
        target.plan.append(slot)
        return slot

    @command()
    def fail(
        self,
        kind: str,
        *,
        times: int | None = None,
        fields: Iterable[str] = (),
        device: str | None = None,
        **options: Any,
    ) -> Fault:
        """Switch a fault on: a ``FaultKind`` or an error code. Options are fields of ``Fault``."""
        self._begin()
        label = None if device is None else self.world.device(device).label
        fault = fault_for(kind, times=times, fields=fields, device=label, **options)
        self.faults.active.append(fault)
        return fault

    @command()
    def heal(self, kind: str | None = None) -> None:
        """Switch faults of a kind or code off, or all of them; the clock's skew stays."""
        self._begin()
        self.faults.heal(kind)

    @command()
    def set_clock_skew(self, seconds: float) -> None:
        """Put Octopus' clock (``Date`` header, tokens) ahead of ours, or behind if negative."""
        self._begin()
        self.faults.skew = timedelta(seconds=seconds)

    @command()
    def add_device(
        self,
        label: str,
        *,
        kind: Literal["vehicle", "charge_point", "ohme", "meter", "battery"] = "vehicle",
        account: str | None = None,
        **changes: Any,
    ) -> Device:
        """Put a device on the account; ``changes`` are fields of ``Device``."""
        now = self._begin()
        match kind:
            case "vehicle":
                device = car(label)
            case "charge_point":
                device = charge_point(label)
            case "ohme":
                device = charge_point(label, provider="OHME", make="Ohme", model="Home Pro")
            case "meter":
                device = meter_device(label)
            case "battery":
                device = home_battery(label)
            case _:
                raise ValueError(f"no kind {kind!r}; there are: vehicle, charge_point, ohme, meter, battery")
        _change(device, changes)
        device.settled = now
        self.world.account(account).devices.append(device)
        return device

    @command()
    def remove_device(self, device: str) -> None:
        """Take a device off its account; its id is then one that never was (KT-CT-1111)."""
        self._begin()
        target = self.world.device(device)
        for account in self.world.accounts:
            account.devices = [other for other in account.devices if other is not target]

    @command()
    def set_device(self, device: str | None = None, **changes: Any) -> Device:
        """Change fields of a device: ``lifecycle state suspended power_report charging_cap provider restamps``…"""
        self._begin()
        target = self.world.device(device)
        _change(target, changes)
        return target

    @command()
    def change_device_id(self, new_id: str, *, device: str | None = None) -> None:
        """Octopus lists a device under a new id, as after a re-link; the old one answers KT-CT-4301."""
        self._begin()
        target = self.world.device(device)
        target.former_ids.add(target.id)
        target.id = new_id

    @command()
    def plug(self, device: str | None = None) -> None:
        """Plug the car in."""
        self._begin()
        self.world.device(device).plugged = True

    @command()
    def unplug(self, device: str | None = None) -> None:
        """Unplug the car; its plan stays, as seen in the field."""
        self._begin()
        self.world.device(device).plugged = False

    @command()
    def drive_off(self, device: str | None = None, *, keeps_plan: bool = False) -> None:
        """The car is unplugged and goes: SMART_CONTROL_NOT_AVAILABLE, and as a rule no plan any more."""
        self._begin()
        target = self.world.device(device)
        target.plugged, target.state = False, "SMART_CONTROL_NOT_AVAILABLE"
        if not keeps_plan:
            target.plan.clear()

    @command()
    def come_home(self, device: str | None = None) -> None:
        """The car is back and plugged in; its state follows from its plan again."""
        self._begin()
        target = self.world.device(device)
        target.plugged, target.state = True, None

    @command()
    def set_charging(self, mode: Literal["auto", "on", "off"], *, device: str | None = None) -> None:
        """Let the car obey its slots, or charge, or not charge, whatever they say."""
        self._begin()
        self.world.device(device).charging = Charging(mode)

    @command()
    def suspend(self, device: str | None = None) -> None:
        """Smart charging is switched off in the app; old slots may stay listed."""
        self._begin()
        self.world.device(device).suspended = True

    @command()
    def resume(self, device: str | None = None) -> None:
        """Smart charging is switched on again."""
        self._begin()
        self.world.device(device).suspended = False

    @command("start", "end", "shown_from")
    def add_completed(
        self,
        start: When,
        end: When,
        *,
        energy: Energy = 3.5,
        location: str | None = "AT_HOME",
        source: str | None = None,
        shown_from: When | None = None,
        account: str | None = None,
    ) -> CompletedRow:
        """Write a completed dispatch beside those that follow from what the car charged."""
        now = self._begin()
        shown = None if shown_from is None else instant(shown_from, now)
        row = CompletedRow(instant(start, now), instant(end, now), energy, location, source, shown)
        self.world.account(account).completed_rows.append(row)
        return row

    @command()
    def set_completed(self, *, lag_min: float | None = None, account: str | None = None) -> None:
        """How long after each half hour its completed row appears, 0 to 60 min."""
        self._begin()
        if lag_min is not None:
            if not 0 <= lag_min <= 60:
                raise ValueError(f"the lag is 0 to 60 min, not {lag_min}")
            self.world.account(account).completed_lag = timedelta(minutes=lag_min)

    @command()
    def relabel_completed(self, location: str | None, *, source: str | None = None, account: str | None = None) -> None:
        """Give all completed rows, past ones too, another location (seen: AT_HOME turned AWAY hours later)."""
        self._begin()
        target: Account = self.world.account(account)
        target.completed_location = location
        target.completed_source = source or target.completed_source
        for row in target.completed_rows:
            row.location = location
            row.source = source or row.source

    @command()
    def set_style(self, *, times: str | None = None, energy: Literal["negative", "positive"] | None = None) -> None:
        """How planned rows write times (``Z +00:00 mixed local space``) and the sign of energies."""
        self._begin()
        if times is not None:
            self.world.time_style = TimeStyle(times)
        if energy is not None:
            self.world.energy_style = energy

    @command()
    def rotate_key(self, new_key: str) -> None:
        """The owner makes a new API key: the old one and every token stop working."""
        self._begin()
        self.world.users[0].api_keys = {new_key}
        self.tokens.revoke()

    @command()
    def revoke_tokens(self, *, refresh_tokens: bool = True, bare: bool = False) -> None:
        """A forced re-authentication: tokens in use answer KT-CT-1111 (a bare HTTP 401), refresh tokens KT-CT-1134."""
        self._begin()
        self.tokens.revoke(refresh_tokens=refresh_tokens, bare=bare)

    @command()
    def revoke_refresh_tokens(self) -> None:
        """Refresh tokens alone stop working (KT-CT-1134)."""
        self._begin()
        self.tokens.revoke_refresh()

    @command()
    def expire_tokens(self) -> None:
        """Tokens in use end before their time: KT-CT-1124 at the next request."""
        self._begin()
        self.tokens.expire()


def _change(device: Device, changes: Mapping[str, Any]) -> None:
    known = {entry.name for entry in dataclasses.fields(device)} - {"label", "settled", "plan", "half_hours"}
    for name, value in changes.items():
        if name not in known:
            raise ValueError(f"a device has no {name!r}; it has: {', '.join(sorted(known))}")
        match name:
            case "charging":
                device.charging = Charging(value)
            case "power_report":
                device.power_report = PowerReport(value)
            case _:
                if name in _ENUMS and value is not None:
                    check_enum(_ENUMS[name], value)
                setattr(device, name, value)
