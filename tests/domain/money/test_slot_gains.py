"""What a slot brought: its energy, and the pounds that were saved with it, whenever it was used."""

from dataclasses import replace
from datetime import timedelta

import pytest

from custom_components.octopus_powerwall.domain.model import Interval
from custom_components.octopus_powerwall.domain.money.half_hour import Cheapness, HalfHour, Prices
from custom_components.octopus_powerwall.domain.money.slot_gains import share_out_gains

from .story import at

DAY = Prices(0.30, 0.07, 0.12)
FIRST = Interval(at("10:00"), at("10:30"))
SECOND = Interval(at("13:10"), at("13:30"))


def slot_row(clock: str, gained: float = 2.0) -> HalfHour:
    """A half hour of a slot, in which 2 kWh more were bought at 7 p."""
    return HalfHour(
        at(clock),
        1800,
        imported_kwh=3.0,
        shadow_imported_kwh=1.0,
        charged_kwh=1.5,
        kept_kwh=0.5,
        gained_kwh=gained,
        band=Cheapness.SLOT,
        in_slot=True,
        is_slot_rate=True,
        have_met=False,
        prices=DAY,
    )


def used_row(clock: str, kwh: float, *, met: bool = False) -> HalfHour:
    """A dear half hour, in which energy of ours was used instead of the grid's."""
    return HalfHour(at(clock), 1800, shadow_imported_kwh=kwh, gained_kwh=-kwh, have_met=met, prices=DAY)


def test_at_its_end_it_is_worth_what_it_will_save() -> None:
    (gain,) = share_out_gains([slot_row("10:00")], [FIRST])
    assert (gain.charged_kwh, gain.kept_kwh, gain.stored_kwh) == (1.5, 0.5, 2.0)
    assert gain.saved_gbp == pytest.approx(-0.14 + 2.0 * 0.30)


def test_once_used_it_is_worth_what_it_saved() -> None:
    rows = [slot_row("10:00"), used_row("18:00", 1.5), used_row("18:30", 0.3, met=True)]
    (gain,) = share_out_gains(rows, [FIRST])
    assert gain.stored_kwh == 0
    assert gain.saved_gbp == pytest.approx(-0.14 + 1.8 * 0.30)


def test_two_slots_share_what_is_saved_with_both() -> None:
    rows = [slot_row("10:00", gained=3.0), slot_row("13:00", gained=1.0), used_row("18:00", 4.0, met=True)]
    first, second = share_out_gains(rows, [SECOND, FIRST])
    assert first.saved_gbp == pytest.approx(-0.14 + 0.9)
    assert second.saved_gbp == pytest.approx(-0.14 + 0.3)


def test_what_another_hold_bought_is_no_slots() -> None:
    """The guard's night, and a slot that used what was there before."""
    night = replace(slot_row("02:00"), in_slot=False, prices=Prices(0.07, 0.07, 0.12), is_slot_rate=False)
    rows = [night, slot_row("10:00", gained=2.0), used_row("18:00", 4.0, met=True)]
    (gain,) = share_out_gains(rows, [FIRST])
    assert gain.saved_gbp == pytest.approx(-0.14 + 0.6)


def test_without_rates_its_energy_is_known_all_the_same() -> None:
    (gain,) = share_out_gains([replace(slot_row("10:00"), prices=None)], [FIRST])
    assert (gain.charged_kwh, gain.saved_gbp) == (1.5, None)


def test_a_slot_that_nobody_saw_brought_nothing() -> None:
    later = Interval(at("15:00"), at("15:00") + timedelta(hours=1))
    (gain,) = share_out_gains([slot_row("10:00")], [later])
    assert (gain.charged_kwh, gain.saved_gbp) == (0, 0)
