"""The savings that an owner is shown, against the difference of two bills of the replayed house (design 9.3)."""

import pytest

from scripts.replaying.battery import Mode
from scripts.replaying.policies import Case
from scripts.replaying.savings import agreements
from scripts.replaying.year import Regime


@pytest.mark.parametrize("regime", Regime)
@pytest.mark.parametrize("mode", Mode)
def test_the_savings_shown_are_those_of_the_bills(mode: Mode, regime: Regime) -> None:
    """Three weeks, in which a slot is worth more than in a year: within 5 %."""
    (found,) = agreements([Case(mode=mode, regime=regime, days=21)], workers=1)
    assert found.true_gbp > 1
    assert abs(found.error) <= 0.05, str(found)
