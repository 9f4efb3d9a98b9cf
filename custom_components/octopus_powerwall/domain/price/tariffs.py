"""The tariffs of Octopus Energy: their hours, what is done on each of them, and why.

Hours and reasons come from the terms (seeds 001 and 002), product codes from facts/octopus.md 5.2 and 5.4. Two errors
are possible and they do not weigh the same: a tariff that gives the battery to somebody else, taken for an ordinary
one, breaks the owner's contract; an ordinary one, taken for such a tariff, only annoys. A tariff that is not recognised
has no cheap hours at all.
"""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from functools import lru_cache
import re
from typing import Final

from ..model import Interval
from ..windows import OFF_PEAK, DailyWindow


class Treatment(StrEnum):
    """What the integration does on a tariff."""

    SLOTS = "slots"
    """It follows the smart charging slots."""
    WINDOWS = "windows"
    """It offers the guard in each fixed cheap window (design 5.9)."""
    NOTHING = "nothing"
    """Nothing is known to be cheap."""
    REFUSED = "refused"
    """The terms give the battery to somebody else: the Powerwall is never touched."""
    ADD_ON = "add_on"
    """It stands beside an import tariff, and that one decides."""
    EXPORT = "export"
    """It pays for what is sent out; the import tariff decides."""


class SlotPolicy(StrEnum):
    """How certain a planned slot is to be cheap (design 2); the values are those of the option ``slot_policy``."""

    WHOLE_SLOT = "whole_slot"
    """For the whole house, all through the slot."""
    CHARGE_CAP = "confirmed_only"
    """Only while the car really charges, six hours from midday to midday."""


class TariffReason(StrEnum):
    """Why a tariff is treated as it is: the key of a sentence for the owner in the translations."""

    PLANNED_SLOTS = "planned_slots"
    CONFIRMED_SLOTS = "confirmed_slots"
    FIXED_WINDOWS = "fixed_windows"
    CHANGING_PRICES = "changing_prices"
    NO_CHEAP_HOURS = "no_cheap_hours"
    OCTOPUS_RUNS_BATTERY = "octopus_runs_battery"
    TESLA_RUNS_BATTERY = "tesla_runs_battery"
    SETTINGS_LOCKED = "settings_locked"
    ADD_ON = "add_on"
    EXPORT = "export"
    AGREEMENT_ENDED = "agreement_ended"
    AGREEMENT_NOT_BEGUN = "agreement_not_begun"
    NO_ELECTRICITY = "no_electricity"


@dataclass(frozen=True, slots=True)
class Tariff:
    """One tariff. ``key`` is a slug for translations, ``name`` what Octopus calls it, both fit to be shown.

    ``cheap`` are its fixed hours in Europe/London, where it has any. ``policy`` is set exactly on tariffs
    with slots.
    """

    key: str
    name: str
    treatment: Treatment
    reason: TariffReason
    cheap: tuple[DailyWindow, ...] = ()
    policy: SlotPolicy | None = None

    @property
    def has_slots(self) -> bool:
        """Whether it has smart charging slots to follow."""
        return self.treatment is Treatment.SLOTS

    @property
    def is_refused(self) -> bool:
        """Whether the battery belongs to somebody else by its terms."""
        return self.treatment is Treatment.REFUSED

    @property
    def is_export(self) -> bool:
        """Whether Octopus lists it as an export product, so that it says nothing about what electricity costs."""
        return self.treatment in {Treatment.EXPORT, Treatment.ADD_ON}

    def cheap_window(self, at: datetime) -> Interval | None:
        """Return the fixed cheap window, in UTC, that an instant lies in; ``None`` outside all of them."""
        return next((covering for window in self.cheap if (covering := window.covering(at))), None)


_BOOST_PERIODS: Final = (
    DailyWindow(time(4), time(7)),
    DailyWindow(time(13), time(16)),
    DailyWindow(time(22), time(0)),
)

INTELLIGENT_GO: Final = Tariff(  # 2.4.1
    "intelligent_go",
    "Intelligent Octopus Go",
    Treatment.SLOTS,
    TariffReason.PLANNED_SLOTS,
    cheap=(OFF_PEAK,),
    policy=SlotPolicy.WHOLE_SLOT,
)
INTELLIGENT_GO_CAPPED: Final = Tariff(  # facts/octopus.md 6.2
    "intelligent_go_capped",
    "Intelligent Octopus Go with charge cap",
    Treatment.SLOTS,
    TariffReason.CONFIRMED_SLOTS,
    cheap=(OFF_PEAK,),
    policy=SlotPolicy.CHARGE_CAP,
)
GO: Final = Tariff(  # 2.1.1
    "go", "Octopus Go", Treatment.WINDOWS, TariffReason.FIXED_WINDOWS, cheap=(DailyWindow(time(0, 30), time(5, 30)),)
)
COSY: Final = Tariff(  # 2.7.1
    "cosy", "Cosy Octopus", Treatment.WINDOWS, TariffReason.FIXED_WINDOWS, cheap=_BOOST_PERIODS
)
AIRA_ZERO: Final = Tariff(  # 2.11.1
    "aira_zero", "Aira Zero", Treatment.WINDOWS, TariffReason.FIXED_WINDOWS, cheap=_BOOST_PERIODS
)
FLUX: Final = Tariff(  # 2.8.2
    "flux",
    "Octopus Flux",
    Treatment.WINDOWS,
    TariffReason.FIXED_WINDOWS,
    cheap=(DailyWindow(time(2), time(5)),),
)
SNUG: Final = Tariff(  # 2.14.1
    "snug",
    "Snug Octopus",
    Treatment.WINDOWS,
    TariffReason.FIXED_WINDOWS,
    cheap=(DailyWindow(time(0, 30), time(6, 30)),),
)
AGILE: Final = Tariff("agile", "Agile Octopus", Treatment.NOTHING, TariffReason.CHANGING_PRICES)  # 2.3.1
TRACKER: Final = Tariff("tracker", "Octopus Tracker", Treatment.NOTHING, TariffReason.CHANGING_PRICES)  # 2.9.1
FLAT: Final = Tariff("flat", "Flexible, fixed or any other tariff", Treatment.NOTHING, TariffReason.NO_CHEAP_HOURS)
INTELLIGENT_FLUX: Final = Tariff(  # 2.4.2
    "intelligent_flux",
    "Intelligent Octopus Flux",
    Treatment.REFUSED,
    TariffReason.OCTOPUS_RUNS_BATTERY,
)
TESLA: Final = Tariff("tesla", "Tesla tariff", Treatment.REFUSED, TariffReason.TESLA_RUNS_BATTERY)  # 2.5.1
ZERO: Final = Tariff("zero", "Octopus Zero", Treatment.REFUSED, TariffReason.SETTINGS_LOCKED)  # 2.6.2 c
ZERO_BILLS_5: Final = Tariff(  # 2.12.2
    "zero_bills_5", "Octopus Zero Bills (5 years)", Treatment.REFUSED, TariffReason.SETTINGS_LOCKED
)
ZERO_BILLS_10: Final = Tariff(  # 2.13.2
    "zero_bills_10", "Octopus Zero Bills (10 years)", Treatment.REFUSED, TariffReason.SETTINGS_LOCKED
)
ZERO_BILLS_UPGRADE: Final = Tariff(  # 2.15.2
    "zero_bills_upgrade", "Octopus Zero Bills (Upgrade)", Treatment.REFUSED, TariffReason.SETTINGS_LOCKED
)
POWER_PACK: Final = Tariff(
    "power_pack", "Octopus Power Pack", Treatment.ADD_ON, TariffReason.ADD_ON
)  # 2.10.1, seed 001
ENDED: Final = Tariff("ended", "No agreement in force", Treatment.NOTHING, TariffReason.AGREEMENT_ENDED)
NOT_BEGUN: Final = Tariff("not_begun", "No agreement in force yet", Treatment.NOTHING, TariffReason.AGREEMENT_NOT_BEGUN)
NO_ELECTRICITY: Final = Tariff(
    "no_electricity", "No electricity agreement", Treatment.NOTHING, TariffReason.NO_ELECTRICITY
)
OUTGOING: Final = Tariff("outgoing", "Outgoing Octopus", Treatment.EXPORT, TariffReason.EXPORT)
AGILE_OUTGOING: Final = Tariff("agile_outgoing", "Agile Outgoing Octopus", Treatment.EXPORT, TariffReason.EXPORT)
OUTGOING_SEG: Final = Tariff(
    "outgoing_seg", "Octopus Outgoing Smart Export Guarantee", Treatment.EXPORT, TariffReason.EXPORT
)
FLUX_EXPORT: Final = Tariff("flux_export", "Octopus Flux Export", Treatment.EXPORT, TariffReason.EXPORT)
OTHER_EXPORT: Final = Tariff("other_export", "Any other export tariff", Treatment.EXPORT, TariffReason.EXPORT)

CATALOGUE: Final = (
    INTELLIGENT_GO,
    INTELLIGENT_GO_CAPPED,
    GO,
    COSY,
    AIRA_ZERO,
    FLUX,
    SNUG,
    AGILE,
    TRACKER,
    FLAT,
    INTELLIGENT_FLUX,
    TESLA,
    ZERO,
    ZERO_BILLS_5,
    ZERO_BILLS_10,
    ZERO_BILLS_UPGRADE,
    POWER_PACK,
    OUTGOING,
    AGILE_OUTGOING,
    OUTGOING_SEG,
    FLUX_EXPORT,
    OTHER_EXPORT,
)

# What follows "zero" where it is not the tariff's name but a quantity, as in "Zero standing charge".
_ZERO_OF_SOMETHING: Final = (
    r"(?! (?:standing|exit|upfront|unit|rated?|charges?|fees?|costs?|interest|deposit|vat|gas"
    r"|carbon|emissions?|hidden|commitment|hassle)\b)"
)
_INTELLIGENT_FLUX: Final = re.compile(r"\bintelligent (?:octopus )?flux\b")
_ZERO_BILLS: Final = re.compile(r"\bzero ?bills?\b")
_ZERO_CODE: Final = re.compile(r"(?<!\bnet )(?<!\baira )\bzero\b" + _ZERO_OF_SOMETHING)
_ZERO_NAME: Final = re.compile(r"^(?:the )?(?:octopus )?zero\b" + _ZERO_OF_SOMETHING)
_TESLA_NAME: Final = re.compile(r"^(?:the )?(?:octopus )?tesla\b|\btesla (?:energy|tariff|plan|powerwall)\b")


@lru_cache(maxsize=64)
def tariff_of(product_code: str | None, display_name: str | None = None, four_rate: bool = False) -> Tariff:
    """Return the tariff of an agreement.

    ``product_code`` may be in the full form of a tariff code (``E-1R-…-H``), in any case, with white space around it.
    ``display_name`` serves only to find tariffs that give the battery to somebody else, whose codes are partly unknown:
    Intelligent Flux and Zero even against the code; Tesla, which could also be the name of a car in the name of an
    ordinary tariff, only where the code is unknown. ``four_rate`` says that the product has rates of its own for the
    car, which makes an Intelligent Octopus Go, or an unknown product, one with the charge cap (facts/octopus.md 5.2).
    """
    code, name = _product(product_code), _words(display_name)
    known = _by_code(code.split(), four_rate)
    if _INTELLIGENT_FLUX.search(name):
        return INTELLIGENT_FLUX
    if _ZERO_CODE.search(code) or _ZERO_NAME.search(name) or _ZERO_BILLS.search(f"{code} {name}"):
        return _zero(f"{code} {name}")
    if known is not None:
        return known
    if "tesla" in code.split() or _TESLA_NAME.search(name):
        return TESLA
    return INTELLIGENT_GO_CAPPED if four_rate else FLAT


def _words(text: str | None) -> str:
    """Lower-case words with single spaces between them, whatever separated them."""
    return " ".join(re.split(r"[\W_]+", text or "")).strip().casefold()


def _product(code: str | None) -> str:
    """Return the words of a product code, without what makes it a tariff code or marks former Bulb customers."""
    words = _words(code).split()
    if words[:1] == ["e"]:
        words = words[2:]
    return " ".join(word for word in words if word != "bb")


def _by_code(words: list[str], four_rate: bool) -> Tariff | None:
    """Return the tariff that a product code names by its first words; ``None`` for one that is not known.

    Older Octopus Go products (``GO-4H-0030`` and the like) had other hours and do not count as Go.
    """
    match words:
        case ["intelli", *kind]:
            if "flux" in kind:
                return INTELLIGENT_FLUX
            return INTELLIGENT_GO_CAPPED if four_rate else INTELLIGENT_GO
        case ["iog", "kdp", *_] if not four_rate:
            return INTELLIGENT_GO
        case ["iog", *_]:
            return INTELLIGENT_GO_CAPPED
        case ["tesla", *_]:
            return TESLA
        case ["power", "pack", *_]:
            return POWER_PACK
        case ["agile", *kind]:
            return AGILE_OUTGOING if "outgoing" in kind else AGILE
        case ["outgoing", *kind]:
            return OUTGOING_SEG if "seg" in kind else OUTGOING
        case ["flux", *kind]:
            return FLUX_EXPORT if "export" in kind else FLUX
        case [*kind] if "export" in kind or "outgoing" in kind or "seg" in kind:
            return OTHER_EXPORT
        case ["go", "var" | "fix", *_]:
            return GO
        case ["cosy", *_]:
            return COSY
        case ["aira", "zero", *_]:
            return AIRA_ZERO
        case ["snug", *_]:
            return SNUG
        case ["silver" | "tracker", *_]:
            return TRACKER
    return None


def _zero(text: str) -> Tariff:
    """Which of the Zero tariffs code and name speak of; Octopus Zero where they do not say."""
    if re.search(r"\bupgrade\b", text):
        return ZERO_BILLS_UPGRADE
    if re.search(r"\b(?:120m|10 ?years?)\b", text):
        return ZERO_BILLS_10
    if re.search(r"\b(?:60m|5 ?years?)\b", text):
        return ZERO_BILLS_5
    return ZERO
