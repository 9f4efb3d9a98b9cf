"""What each slot has brought: its energy, and the pounds that this energy saved when it was used (design 9.3)."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..model import Interval
from ..windows import HALF_HOUR
from .half_hour import HalfHour, saved_gbp

_LEAST_KWH = 0.01


@dataclass(frozen=True, slots=True)
class SlotGain:
    """What a slot brought.

    Attributes:
        interval: the slot.
        charged_kwh: from the grid into the battery in it.
        kept_kwh: what the battery would have given in it without us.
        saved_gbp: what that has saved so far, what is still in the battery counted at the dear rate; ``None`` where
            the rates are not known.
        stored_kwh: what of it is still in the battery.
    """

    interval: Interval
    charged_kwh: float
    kept_kwh: float
    saved_gbp: float | None
    stored_kwh: float


@dataclass(slots=True)
class _Lot:
    charged_kwh: float = 0.0
    kept_kwh: float = 0.0
    gbp: float = 0.0
    is_priced: bool = True
    stored_kwh: float = 0.0
    rate: float | None = None


def share_out_gains(rows: Iterable[HalfHour], slots: Iterable[Interval]) -> tuple[SlotGain, ...]:
    """Share out the savings of the half hours ``rows`` (oldest first) among the slots, oldest first.

    What is paid in a slot is the slot's. What is saved later belongs to those whose energy is used then, each in
    proportion to what the battery still has of it.
    """
    wanted = sorted(slots)
    lots = [_Lot() for _ in wanted]
    other = _Lot()
    ahead = 0
    for row in rows:
        span = Interval(row.start, row.start + HALF_HOUR)
        while ahead < len(wanted) and wanted[ahead].end <= span.start:
            ahead += 1
        own = lots[ahead] if row.in_slot and ahead < len(wanted) and wanted[ahead].overlaps(span) else None
        _share_out(row, own or other, [*lots, other], is_in_slot=own is not None)
    return tuple(_gain(interval, lot) for interval, lot in zip(wanted, lots, strict=True))


def _share_out(row: HalfHour, own: _Lot, lots: list[_Lot], *, is_in_slot: bool) -> None:
    if is_in_slot:
        own.charged_kwh += row.charged_kwh
        own.kept_kwh += row.kept_kwh
    gbp = saved_gbp(row) if row.differs else 0.0
    stored_kwh = sum(lot.stored_kwh for lot in lots)
    if row.gained_kwh >= 0 or stored_kwh < _LEAST_KWH:
        own.stored_kwh += max(row.gained_kwh, 0.0)
        if row.prices is not None:
            own.rate = max(own.rate or 0.0, row.prices.import_rate)
        _pay(own, gbp, 1.0)
    else:
        left = max(stored_kwh + row.gained_kwh, 0.0) / stored_kwh
        for lot in lots:
            if lot.stored_kwh:
                _pay(lot, gbp, lot.stored_kwh / stored_kwh)
                lot.stored_kwh *= left
    if row.have_met:
        for lot in lots:
            lot.stored_kwh = 0.0


def _pay(lot: _Lot, gbp: float | None, share: float) -> None:
    if gbp is None:
        lot.is_priced = False
    else:
        lot.gbp += gbp * share


def _gain(interval: Interval, lot: _Lot) -> SlotGain:
    saved: float | None = None
    if lot.is_priced and (lot.rate is not None or not lot.stored_kwh):
        saved = lot.gbp + lot.stored_kwh * (lot.rate or 0.0)
    return SlotGain(interval, lot.charged_kwh, lot.kept_kwh, saved, lot.stored_kwh)
