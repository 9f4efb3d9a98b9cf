"""What the card draws of a day and says about it (design 11): bands of price, bars of holds, the reserve, sentences.

Pure: a snapshot, the world behind it and an instant go in, values come out. Times are instants in UTC; the frame is cut
by London's clock, as slots are. A sentence is a key of the translations' section ``common`` with the values that fill
it in: words stand in the translations, and how a time is written is for whoever shows it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final

from .model import Interval, join
from .plan.timeline import Slot, SpanKind, choose_best_intent, hold_at
from .price.allowance import LEAST_ENERGY_KWH
from .price.certainty import START_AGE, Certainty
from .price.tariffs import SlotPolicy
from .reason import Reason
from .settings import Intent
from .status import Snapshot, Status
from .windows import HALF_HOUR, LONDON
from .world import World

# Yesterday evening to tomorrow morning: the night before, today, and the night that the plan is for.
FRAME_FROM: Final = time(18)
FRAME_TO: Final = time(6)
# Longer without an answer than Octopus' shorter breaks last, so that the owner has to be told (design 6).
STALE_AFTER: Final = timedelta(minutes=20)

_DAY: Final = timedelta(days=1)


class BandKind(StrEnum):
    """Why a stretch of time has a band: a window of the tariff, or a slot."""

    WINDOW = "window"
    SLOT = "slot"


class When(StrEnum):
    """Whether a hold is over, runs, or is ahead."""

    PAST = "past"
    NOW = "now"
    AHEAD = "ahead"


class Tone(StrEnum):
    """What kind of news the status is; ``ALERT`` is red and means that the owner should do something."""

    ALERT = "alert"
    CHARGING = "charging"
    KEEPING = "keeping"
    WAITING = "waiting"
    CALM = "calm"
    OFF = "off"


@dataclass(frozen=True, slots=True, order=True)
class Band:
    """A stretch in which power is cheap for certain or perhaps; where there is none it is dear."""

    interval: Interval
    kind: BandKind
    certainty: Certainty
    energy_kwh: float | None = None
    skipped: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Bar:
    """A hold: what for, and whether that is certain. ``reserve_pct`` is what was asked for, where it is known."""

    interval: Interval
    intent: Intent
    when: When
    certain: bool = True
    reserve_pct: int | None = None


type PlaceholderValue = datetime | float | str | Status | Reason


@dataclass(frozen=True, slots=True)
class Sentence:
    """A key of the translations, and what fills its placeholders in."""

    key: str
    values: Mapping[str, PlaceholderValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is drawn and said.

    Attributes:
        frame: the time axis.
        reserve_ahead: steps of the reserve to come; ``None`` where the value depends on what is not known yet.
        car: when the car charged, as far as Octopus or the picked entity has shown.
        lines: the sentences below the headline.
        skippable: the slot that would be left alone next.
    """

    frame: Interval
    tone: Tone
    bands: tuple[Band, ...]
    bars: tuple[Bar, ...]
    reserve_ahead: tuple[tuple[datetime, int | None], ...]
    car: tuple[Interval, ...]
    price: Certainty
    headline: Sentence
    lines: tuple[Sentence, ...]
    skippable: Slot | None = None
    stale: bool = False


def draw_picture(
    world: World, snapshot: Snapshot, policy: SlotPolicy, now: datetime, reserve_pct: int | None = None
) -> Picture:
    """Draw the day around ``now``. ``policy`` is what a planned slot is worth, ``reserve_pct`` the reserve as read."""
    if not snapshot.settings.slot_source.has_octopus:
        # Ahead of time nothing of a charger's own cloud is certain, whatever the tariff (design 10.2).
        policy = SlotPolicy.CHARGE_CAP
    frame = frame_of(now)
    drawn = _bars(world, snapshot, policy, now)
    # What an idle car keeps from going on is not what comes next: nobody knows whether it will.
    later = (bar for bar in drawn if snapshot.reason is not Reason.CAR_IDLE or bar.interval.start > now)
    coming = min((bar for bar in later if bar.when is When.AHEAD), default=None)
    return Picture(
        frame=frame,
        tone=_tone(snapshot),
        bands=tuple(_bands(world, snapshot, policy, now, frame)),
        bars=tuple(sorted(bar for bar in drawn if bar.interval.overlaps(frame))),
        reserve_ahead=tuple(_reserve_ahead(snapshot, drawn, now, reserve_pct)),
        car=tuple(interval for interval in _car(world) if interval.overlaps(frame)),
        price=_price(snapshot),
        headline=_headline(snapshot, coming, now),
        lines=tuple(_lines(snapshot, coming, policy, now, reserve_pct)),
        skippable=_skippable(snapshot, now),
        stale=is_stale(snapshot, now),
    )


def frame_of(now: datetime) -> Interval:
    """Yesterday 18:00 to tomorrow 06:00 by London's clock."""
    today = now.astimezone(LONDON).date()
    return Interval(
        datetime.combine(today - _DAY, FRAME_FROM, LONDON).astimezone(UTC),
        datetime.combine(today + _DAY, FRAME_TO, LONDON).astimezone(UTC),
    )


def is_stale(snapshot: Snapshot, now: datetime) -> bool:
    """Whether Octopus has not answered for so long that the plan may have changed unseen."""
    return snapshot.last_poll is not None and now - snapshot.last_poll > STALE_AFTER


# --- bands ------------------------------------------------------------------------------------------------


def _bands(world: World, snapshot: Snapshot, policy: SlotPolicy, now: datetime, frame: Interval) -> Iterator[Band]:
    windows = join(
        occurrence for window in snapshot.tariff.cheap for occurrence in window.occurrences(frame.start, frame.end)
    )
    for window in windows:
        yield from _clip(Band(window, BandKind.WINDOW, Certainty.CERTAIN), frame)
    if not snapshot.tariff.has_slots:
        return
    confirmed = (*windows, *_car(world))
    running = {slot.interval for slot in snapshot.slots}
    for interval in world.record.slots:
        # A slot that was over and then went on is one slot.
        if not any(interval.overlaps(slot) for slot in running):
            yield from _slot_bands(interval, (interval,) if policy is SlotPolicy.WHOLE_SLOT else confirmed, frame)
    fresh = _is_fresh(snapshot, now)
    for slot in snapshot.slots:
        past, ahead = Interval(slot.start, now), Interval(max(slot.start, now), slot.end)
        certain = [*confirmed] if policy is not SlotPolicy.WHOLE_SLOT else [*windows, past]
        if now in slot.interval:
            if snapshot.cheap_rate and (policy is SlotPolicy.WHOLE_SLOT or snapshot.car_charging):
                certain.append(ahead)
        elif policy is SlotPolicy.WHOLE_SLOT and fresh:
            certain.append(ahead)
        skipped = any(slot.interval.overlaps(interval) for interval in world.wishes.skipped)
        yield from _slot_bands(slot.interval, certain, frame, slot.energy_kwh, skipped=skipped)


def _slot_bands(
    slot: Interval,
    certain: Iterable[Interval],
    frame: Interval,
    energy_kwh: float | None = None,
    *,
    skipped: bool = False,
) -> Iterator[Band]:
    """One slot, cut where certain becomes perhaps; its energy stands with its first piece."""
    sure = join(Interval(max(slot.start, one.start), min(slot.end, one.end)) for one in certain)
    edges = sorted({slot.start, slot.end, *(edge for one in sure for edge in (one.start, one.end))})
    for start, end in pairwise(edges):
        piece = Interval(start, end)
        certainty = Certainty.CERTAIN if any(start in one for one in sure) else Certainty.PERHAPS
        energy = energy_kwh if start == slot.start else None
        yield from _clip(Band(piece, BandKind.SLOT, certainty, energy, skipped), frame)


def _clip(band: Band, frame: Interval) -> Iterator[Band]:
    start, end = max(band.interval.start, frame.start), min(band.interval.end, frame.end)
    if start < end:
        yield Band(Interval(start, end), band.kind, band.certainty, band.energy_kwh, band.skipped)


def _car(world: World) -> tuple[Interval, ...]:
    """When the car charged: half hours in which we saw it, and what Octopus reports as done."""
    seen = (Interval(start, start + HALF_HOUR) for start in world.charged)
    done = (
        dispatch.interval
        for dispatch in world.completed
        if dispatch.energy_kwh is None or dispatch.energy_kwh >= LEAST_ENERGY_KWH
    )
    return join((*seen, *done))


def _is_fresh(snapshot: Snapshot, now: datetime) -> bool:
    """Whether what Octopus plans is known well enough to call it certain."""
    return snapshot.clock_agrees and snapshot.last_poll is not None and abs(now - snapshot.last_poll) <= START_AGE


def _price(snapshot: Snapshot) -> Certainty:
    """How cheap power is at this moment, held or not."""
    if snapshot.cheap_rate:
        return Certainty.CERTAIN
    return Certainty.PERHAPS if snapshot.smart_slot else Certainty.NOT_CHEAP


# --- holds ------------------------------------------------------------------------------------------------


def _bars(world: World, snapshot: Snapshot, policy: SlotPolicy, now: datetime) -> tuple[Bar, ...]:
    """Return the holds of the past, the one that runs, and those ahead that will be acted on."""
    past = (Bar(held.interval, held.intent, When.PAST, True, held.reserve_pct) for held in world.record.holds)
    return (*past, *_running(snapshot, now), *_ahead(snapshot, policy, now))


def _running(snapshot: Snapshot, now: datetime) -> Iterator[Bar]:
    hold = hold_at(snapshot.holds, now)
    # Where the car decides when it ends, nobody knows better than the hold itself.
    until = snapshot.until or (hold.end if hold else None)
    if snapshot.intent is None or until is None or until <= now:
        return
    start = hold.start if hold else now
    yield Bar(Interval(start, until), snapshot.intent, When.NOW, True, snapshot.target)


def _ahead(snapshot: Snapshot, policy: SlotPolicy, now: datetime) -> Iterator[Bar]:
    if not snapshot.settings.automation or snapshot.tariff.is_refused:
        return
    certain = policy is SlotPolicy.WHOLE_SLOT and _is_fresh(snapshot, now)
    for hold in snapshot.holds:
        runs = snapshot.intent is not None and now in hold.interval
        # What begins before an override is over is left as the owner set it.
        left = snapshot.status is Status.OVERRIDDEN and snapshot.until is not None and hold.start < snapshot.until
        if runs or left:
            continue
        sure = certain or all(span.kind is not SpanKind.SLOT for span in hold.spans)
        intent = choose_best_intent(hold, snapshot.settings.mode)
        target = snapshot.charge_target if intent is Intent.CHARGE and sure else None
        yield Bar(Interval(max(hold.start, now), hold.end), intent, When.AHEAD, sure, target)


def _reserve_ahead(
    snapshot: Snapshot, bars: Iterable[Bar], now: datetime, reserve_pct: int | None
) -> Iterator[tuple[datetime, int | None]]:
    """Yield the steps of the reserve that are to come, as far as they can be told. A dry run takes none."""
    if snapshot.settings.dry_run:
        return
    usual = snapshot.settings.usual_reserve
    after = usual if usual is not None else snapshot.baseline if snapshot.holding else reserve_pct
    if snapshot.holding and snapshot.status in _BACK:
        yield now, after
    for bar in bars:
        if bar.when is When.AHEAD:
            yield bar.interval.start, None if bar.reserve_pct is None else max(bar.reserve_pct, after or 0)
        if bar.when is not When.PAST:
            yield bar.interval.end, after


# Nothing but the restore is left of the hold.
_BACK: Final = frozenset({"restoring", "restore_failed"})

# --- sentences --------------------------------------------------------------------------------------------

_TONES: Final[Mapping[str, Tone]] = {
    "restore_failed": Tone.ALERT,
    "not_obeying": Tone.ALERT,
    "charging_up": Tone.CHARGING,
    "would_charge_up": Tone.CHARGING,
    "preserving": Tone.KEEPING,
    "would_preserve": Tone.KEEPING,
    "restoring": Tone.WAITING,
    "paused": Tone.WAITING,
    "waiting": Tone.WAITING,
    "overridden": Tone.WAITING,
    "off": Tone.OFF,
    "not_supported": Tone.OFF,
}


def _tone(snapshot: Snapshot) -> Tone:
    return Tone.ALERT if snapshot.problems or snapshot.attention else _TONES.get(snapshot.status.value, Tone.CALM)


def _headline(snapshot: Snapshot, coming: Bar | None, now: datetime) -> Sentence:
    until = snapshot.until
    if snapshot.status is Status.IDLE:
        until = coming.interval.start if coming else None
    if until is None or until <= now or snapshot.status is Status.OFF:
        return Sentence("card_status", {"status": snapshot.status})
    return Sentence("card_status_until", {"status": snapshot.status, "until": until})


def _lines(
    snapshot: Snapshot, coming: Bar | None, policy: SlotPolicy, now: datetime, reserve_pct: int | None
) -> Iterator[Sentence]:
    stale = is_stale(snapshot, now)
    overridden = snapshot.status is Status.OVERRIDDEN and snapshot.until is not None and reserve_pct is not None
    # What is said with its values below need not be said without them.
    said = overridden or (stale and snapshot.reason is Reason.OCTOPUS_SILENT)
    if not said and (snapshot.reason is not Reason.NO_SLOT or coming is None):
        yield Sentence("card_reason", {"reason": snapshot.reason})
    if snapshot.status is Status.OVERRIDDEN:
        if snapshot.until is not None and reserve_pct is not None:
            yield Sentence("card_overridden", {"reserve": reserve_pct, "until": snapshot.until})
        yield Sentence("card_stays")
    elif snapshot.holding and snapshot.baseline is not None and not snapshot.settings.dry_run:
        key = "card_back_now" if snapshot.status in _BACK else "card_back"
        yield Sentence(key, {"baseline": snapshot.baseline})
    if snapshot.intent is None and coming is not None:
        yield _next(coming, snapshot, policy)
    if stale and snapshot.last_poll is not None:
        yield Sentence("card_not_heard", {"since": snapshot.last_poll})


def _next(bar: Bar, snapshot: Snapshot, policy: SlotPolicy) -> Sentence:
    times = {"start": bar.interval.start, "end": bar.interval.end}
    if bar.intent is Intent.PRESERVE:
        return Sentence("card_next_preserve", times)
    if not bar.certain and policy is SlotPolicy.CHARGE_CAP:
        return Sentence("card_next_perhaps", times)
    key = "card_next_charge" if bar.certain else "card_next_unconfirmed"
    return Sentence(key, {**times, "target": snapshot.charge_target})


def _skippable(snapshot: Snapshot, now: datetime) -> Slot | None:
    """Return the day slot that runs or comes next and that the Powerwall would be held in."""
    if not snapshot.settings.automation or snapshot.status is Status.OVERRIDDEN:
        return None
    spans = [span for hold in snapshot.holds for span in hold.spans if span.kind is SpanKind.SLOT]
    return next(
        (
            slot
            for slot in snapshot.slots
            if slot.day_slot and slot.end > now and any(span.interval.overlaps(slot.interval) for span in spans)
        ),
        None,
    )
