"""The savings that an owner is shown, against the difference of two bills of the replayed house (design 9.3)."""

import pytest

from scripts.replaying.assumptions import Assumptions
from scripts.replaying.battery import Mode
from scripts.replaying.policies import Case
from scripts.replaying.savings import agreement, agreements
from scripts.replaying.year import Regime


@pytest.mark.parametrize("regime", Regime)
@pytest.mark.parametrize("mode", Mode)
def test_the_savings_shown_are_those_of_the_bills(mode: Mode, regime: Regime) -> None:
    """Three weeks, in which a slot is worth more than in a year: within 5 %."""
    found = agreement(Case(mode=mode, regime=regime, days=21))
    assert found.true_gbp > 1
    assert abs(found.error) <= 0.05, str(found)


def test_where_octopus_is_not_doubted_it_is_within_a_hundredth() -> None:
    """Four weeks without slots for an absent car: nothing is left but what a reading a minute cannot tell."""
    given = Assumptions(ghost_days=0)
    (found,) = agreements([Case(days=28, given=given)], workers=1)
    assert abs(found.error) <= 0.01, str(found)
