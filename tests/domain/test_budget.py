"""Few writes (design 5.13): what raising and re-aiming may cost, and what is kept back of it."""

from datetime import datetime, timedelta

import pytest

from custom_components.octopus_powerwall.domain.reserve.budget import can_afford, spend

from .story import MINUTE, at

NOW = at("12:00")
IN_HOUR = tuple(NOW - count * MINUTE for count in range(10))
IN_DAY = tuple(NOW - timedelta(hours=2) - count * MINUTE for count in range(60))


@pytest.mark.parametrize(
    ("times", "may_raise_certainly", "may_raise_perhaps", "may_lower"),
    [
        pytest.param(IN_HOUR[:3], True, True, True, id="three in the hour"),
        pytest.param(IN_HOUR[:4], True, False, True, id="four: a guess leaves one for what is certain"),
        pytest.param(IN_HOUR[:5], False, False, True, id="five: the last one is for going down"),
        pytest.param(IN_HOUR[:6], False, False, False, id="six: none is left"),
        pytest.param(IN_DAY[:29], True, True, True, id="29 in the day"),
        pytest.param(IN_DAY[:30], True, False, True, id="30: a guess leaves ten"),
        pytest.param(IN_DAY[:38], True, False, True, id="38"),
        pytest.param(IN_DAY[:39], False, False, True, id="39: the last one is for going down"),
        pytest.param(IN_DAY[:40], False, False, False, id="40: none is left"),
        pytest.param(tuple(time - timedelta(days=1) for time in IN_DAY), True, True, True, id="those of yesterday"),
    ],
)
def test_what_may_be_sent(
    *, times: tuple[datetime, ...], may_raise_certainly: bool, may_raise_perhaps: bool, may_lower: bool
) -> None:
    assert can_afford(times, NOW, lowers=False, certain=True) is may_raise_certainly
    assert can_afford(times, NOW, lowers=False, certain=False) is may_raise_perhaps
    assert {can_afford(times, NOW, lowers=True, certain=certain) for certain in (True, False)} == {may_lower}


def test_what_is_counted_is_of_one_day() -> None:
    yesterday = NOW - timedelta(days=1)
    assert spend((yesterday, yesterday + MINUTE), NOW) == (yesterday + MINUTE, NOW)
