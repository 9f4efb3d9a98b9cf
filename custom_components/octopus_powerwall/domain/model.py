"""The values that flow through the core.

Every time is an aware ``datetime`` in UTC unless a name says otherwise. Energies are kWh and never negative, powers
are kW, percentages are whole numbers from 0 to 100.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

# Slots, and holds, that lie no farther apart are one (design 3.3).
JOIN_GAP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A half-open span of time: it holds its start and not its end."""

    start: datetime
    end: datetime

    def __contains__(self, at: datetime) -> bool:
        """Whether an instant lies in it."""
        return self.start <= at < self.end

    def overlaps(self, other: Interval) -> bool:
        """Whether the two share any time."""
        return self.start < other.end and other.start < self.end

    @property
    def length(self) -> timedelta:
        """How long it lasts in real time."""
        return self.end - self.start


def join(intervals: Iterable[Interval], gap: timedelta = timedelta(0)) -> tuple[Interval, ...]:
    """Merge intervals that overlap, abut, or lie at most ``gap`` apart; sorted, empty ones dropped."""
    return tuple(interval for interval, _ in join_groups(((interval, None) for interval in intervals), gap))


def join_groups[T](
    items: Iterable[tuple[Interval, T]], gap: timedelta = timedelta(0)
) -> tuple[tuple[Interval, tuple[T, ...]], ...]:
    """Merge intervals as ``join`` does and keep what each merged one is made of; costs n log n."""
    merged: list[tuple[Interval, list[T]]] = []
    for interval, item in sorted((pair for pair in items if pair[0].start < pair[0].end), key=_edges):
        if not merged or interval.start - merged[-1][0].end > gap:
            merged.append((interval, [item]))
            continue
        last, members = merged[-1]
        members.append(item)
        if interval.end > last.end:
            merged[-1] = (Interval(last.start, interval.end), members)
    return tuple((interval, tuple(members)) for interval, members in merged)


def _edges(pair: tuple[Interval, object]) -> tuple[datetime, datetime]:
    return pair[0].start, pair[0].end


def subtract(intervals: Iterable[Interval], removed: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return what of intervals lies in none of those removed; in the given order."""
    left = list(intervals)
    for gap in removed:
        left = [
            part
            for interval in left
            for part in (
                Interval(interval.start, min(interval.end, gap.start)),
                Interval(max(interval.start, gap.end), interval.end),
            )
            if part.start < part.end
        ]
    return tuple(left)


class DispatchType(StrEnum):
    """What Octopus says a dispatch is for. A row without a type counts as smart (facts/octopus.md 2.1)."""

    SMART = "SMART"
    BOOST = "BOOST"
    TEST = "TEST"


@dataclass(frozen=True, slots=True, order=True)
class Dispatch:
    """One row from Octopus, planned or completed; well-formed (``start < end``), not yet judged.

    ``energy_kwh`` is absolute, ``None`` when Octopus gave none. ``location`` is known for completed rows only.
    """

    start: datetime
    end: datetime
    type: DispatchType | None = DispatchType.SMART
    energy_kwh: float | None = None
    location: str | None = None

    @property
    def interval(self) -> Interval:
        """The time it covers."""
        return Interval(self.start, self.end)


@dataclass(frozen=True, slots=True)
class PowerReading:
    """A power that Octopus saw at a device, in kW (positive: charging), and when."""

    power_kw: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Device:
    """A device on the Octopus account.

    ``provider`` has its version suffix stripped (``TESLA_V2`` becomes ``TESLA``). ``id`` and ``property_id`` are
    secrets: they must not reach a log, a diagnostic or an exception.

    Attributes:
        suspended: smart charging is switched off; ``None`` where Octopus does not say.
        property_id: the home it belongs to; ``None`` where Octopus does not say.
        is_battery: a home battery.
        capped: Octopus limits its smart charging by the day (``isChargingDurationCapped``); ``None`` unknown.
        unread: its entry could not be read this time, and the rest is what was read before.
    """

    id: str = field(repr=False)
    is_charger: bool
    provider: str | None = None
    lifecycle: str | None = None
    state: str | None = None
    suspended: bool | None = False
    name: str | None = None
    active_power: PowerReading | None = None
    property_id: str | None = field(default=None, repr=False)
    is_battery: bool = False
    capped: bool | None = None
    unread: bool = False

    @property
    def usable(self) -> bool:
        """Whether its plan counts: an EV or charge point that is live and under smart control (design 3.1)."""
        return self.is_charger and self.lifecycle == "LIVE" and self.suspended is not True

    @property
    def is_driven_battery(self) -> bool:
        """Whether it is a home battery that Octopus itself drives."""
        return self.is_battery and self.lifecycle == "LIVE"

    def is_at(self, home: str | None) -> bool:
        """Whether it belongs to a home, as far as is known: without knowledge of either it does (design 2)."""
        return home is None or self.property_id in {None, home}


@dataclass(frozen=True, slots=True)
class DeviceRead:
    """What one poll learned of one usable device.

    ``dispatches`` is ``None`` when Octopus did not answer for it (KT-CT-4340 and the like): the earlier plan stands.
    ``skipped`` counts the rows that were unreadable.
    """

    device: Device
    dispatches: tuple[Dispatch, ...] | None
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Poll:
    """One answer of Octopus to one poll of an account.

    ``at`` is our own clock when the answer had arrived, ``clock_skew`` Octopus' clock minus ours (``None`` unknown).
    ``devices`` lists every device of the account, ``reads`` the usable ones. ``completed`` is ``None`` when not
    answered.
    """

    at: datetime
    devices: tuple[Device, ...] = ()
    reads: tuple[DeviceRead, ...] = ()
    completed: tuple[Dispatch, ...] | None = ()
    skipped: int = 0
    clock_skew: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """An import agreement of the account, with the product it is for; ``valid_to`` is ``None`` while open.

    ``four_rate`` is whether the product has rates of its own for the car, ``None`` where Octopus could not be asked.
    ``property_id`` is the home whose meter it is for, ``None`` where that is not known.
    """

    product_code: str
    valid_from: datetime
    valid_to: datetime | None = None
    display_name: str | None = None
    four_rate: bool | None = None
    property_id: str | None = field(default=None, repr=False)

    def is_at(self, home: str | None) -> bool:
        """Whether it is for a home, as far as is known: without knowledge of either it is (design 2)."""
        return home is None or self.property_id in {None, home}

    def is_same_contract(self, other: Agreement) -> bool:
        """Whether another one is for the same product from the same day, in whichever home."""
        return (self.product_code, self.valid_from) == (other.product_code, other.valid_from)

    def valid_at(self, at: datetime) -> bool:
        """Whether it is in force at an instant."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


@dataclass(frozen=True, slots=True)
class Home:
    """A property of the account that is lived in and buys electricity; ``address`` is its first line, for forms."""

    property_id: str = field(repr=False)
    address: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """What was read of an account: its import agreements, past and future ones too, oldest first.

    ``homes`` are listed where Octopus was asked for them, which is only where there may be several; ``homes_unread``
    that it was and did not answer.
    """

    read_at: datetime
    agreements: tuple[Agreement, ...] = ()
    skipped: int = 0
    homes: tuple[Home, ...] = ()
    homes_unread: bool = False

    def agreement_at(self, at: datetime) -> Agreement | None:
        """Return an import agreement in force at an instant, of any home: the latest to begin where several are."""
        return max(
            (agreement for agreement in self.agreements if agreement.valid_at(at)),
            key=lambda agreement: agreement.valid_from,
            default=None,
        )

    def without_addresses(self) -> Account:
        """Return the same without what only a form needs, as it is kept on disk."""
        return replace(self, homes=tuple(replace(home, address=None) for home in self.homes))

    def with_known_from(self, earlier: Account | None) -> Account:
        """Return the same, with an earlier reading's homes and rates where these could not be asked for."""
        return self if earlier is None else _with_rates_of(_with_homes_of(self, earlier), earlier)


def _with_homes_of(account: Account, earlier: Account) -> Account:
    if not account.homes_unread or not earlier.homes:
        return account
    known = [
        replace(agreement, property_id=before.property_id, valid_to=_sooner(agreement.valid_to, before.valid_to))
        for before in earlier.agreements
        for agreement in account.agreements
        if before.is_same_contract(agreement)
    ]
    fresh = (
        agreement
        for agreement in account.agreements
        if not any(before.is_same_contract(agreement) for before in earlier.agreements)
    )
    return replace(account, agreements=(*known, *fresh), homes=earlier.homes, homes_unread=False)


def _with_rates_of(account: Account, earlier: Account) -> Account:
    known = {
        agreement.product_code: agreement.four_rate
        for agreement in earlier.agreements
        if agreement.four_rate is not None
    }
    if not any(agreement.four_rate is None and agreement.product_code in known for agreement in account.agreements):
        return account
    return replace(
        account,
        agreements=tuple(
            agreement
            if agreement.four_rate is not None
            else replace(agreement, four_rate=known.get(agreement.product_code))
            for agreement in account.agreements
        ),
    )


def _sooner(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return the sooner of two ends, of which none may be known."""
    return min((end for end in (one, other) if end is not None), default=None)
