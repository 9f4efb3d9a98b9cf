"""What is published of the money: one value object for entities, card and diagnostics (design 9)."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from .books import Figures
from .sun_room import SunRoom

# What has to change before anybody is told: a recorder keeps a row for every state.
LEAST_GBP = 0.5
LEAST_KWH = 5.0


class Missing(StrEnum):
    """Why a figure is not known; each has a sentence in the translations."""

    POWERS = "no_powers"
    CAPACITY = "no_capacity"
    RATES = "no_rates"


@dataclass(frozen=True, slots=True)
class Money:
    """Rates in GBP/kWh, now; ``figures`` as last told. ``None`` is unknown, and ``missing`` says why.

    Attributes:
        import_rate: what the house pays.
        export_rate: what the house gets.
        energy_missing: what keeps energies from being counted.
        savings_missing: what keeps savings from being counted.
        sun_room: whether room is left for the sun, and why.
    """

    import_rate: float | None = None
    export_rate: float | None = None
    figures: Figures | None = None
    energy_missing: Missing | None = None
    savings_missing: Missing | None = None
    sun_room: SunRoom = field(default_factory=SunRoom)


def round_figures(figures: Figures) -> Figures:
    """Figures to the penny and to ten watt hours, as they are told."""
    return replace(
        figures,
        charged_kwh=round(figures.charged_kwh, 2),
        kept_kwh=round(figures.kept_kwh, 2),
        saved_gbp=round(figures.saved_gbp, 2),
        provisional_gbp=round(figures.provisional_gbp, 2),
        today_gbp=round(figures.today_gbp, 2),
        month_gbp=round(figures.month_gbp, 2),
        today_charged_kwh=round(figures.today_charged_kwh, 2),
        today_kept_kwh=round(figures.today_kept_kwh, 2),
        unseen_today_s=round(figures.unseen_today_s),
    )


def choose_figures_to_tell(figures: Figures, told: Figures | None, *, is_new_day: bool) -> Figures:
    """Return the figures to tell: pounds that have hardly moved wait for the end of the day, energies do not."""
    if told is None or is_new_day or abs(figures.saved_gbp - told.saved_gbp) >= LEAST_GBP:
        return figures
    if figures.is_priced is not told.is_priced or figures.unpriced != told.unpriced:
        return figures
    return replace(figures, saved_gbp=told.saved_gbp, provisional_gbp=told.provisional_gbp)


def is_news(figures: Figures, told: Figures | None) -> bool:
    """Whether figures have moved enough to be told."""
    if told is None:
        return True
    return (
        abs(figures.saved_gbp - told.saved_gbp) >= LEAST_GBP
        or figures.charged_kwh - told.charged_kwh >= LEAST_KWH
        or figures.kept_kwh - told.kept_kwh >= LEAST_KWH
    )
