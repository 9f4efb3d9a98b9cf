"""When figures are news: pounds that have hardly moved wait for the end of the day (design 9.3)."""

from dataclasses import replace

import pytest

from custom_components.octopus_powerwall.domain.money.books import Figures
from custom_components.octopus_powerwall.domain.money.view import choose_figures_to_tell, is_news

TOLD = Figures(
    charged_kwh=10.0,
    kept_kwh=10.0,
    saved_gbp=5.0,
    is_priced=True,
    provisional_gbp=0.0,
    today_gbp=1.0,
    month_gbp=5.0,
    today_charged_kwh=1.0,
    today_kept_kwh=1.0,
    unpriced=0,
    unseen_today_s=0.0,
)


@pytest.mark.parametrize(
    ("now", "pounds"),
    [
        (replace(TOLD, saved_gbp=5.49, charged_kwh=15.0), 5.0),
        (replace(TOLD, saved_gbp=5.5), 5.5),
        (replace(TOLD, saved_gbp=5.1, is_priced=False), 5.1),
        (replace(TOLD, saved_gbp=5.1, unpriced=1), 5.1),
    ],
)
def test_pounds_wait_until_they_have_moved_or_their_prices_are_known_otherwise(now: Figures, pounds: float) -> None:
    told = choose_figures_to_tell(now, TOLD, is_new_day=False)
    assert told == replace(now, saved_gbp=pounds)
    assert (
        choose_figures_to_tell(now, TOLD, is_new_day=True) == choose_figures_to_tell(now, None, is_new_day=False) == now
    )


def test_what_is_news() -> None:
    assert is_news(TOLD, None)
    assert not is_news(TOLD, TOLD)
    assert is_news(replace(TOLD, saved_gbp=4.5), TOLD)
    assert is_news(replace(TOLD, charged_kwh=15.0), TOLD)
    assert is_news(replace(TOLD, kept_kwh=15.0), TOLD)
