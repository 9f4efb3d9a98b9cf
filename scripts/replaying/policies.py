"""Every policy by its name, and the columns of the table: mode, regime and sun."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from custom_components.octopus_powerwall.domain.settings import propose_guard

from . import rivals
from .assumptions import Assumptions
from .battery import Mode
from .bound import least_cost
from .core import Product, Setup
from .simulate import Outcome, Policy, Simulation
from .year import Ghosts, Regime, Year, make_year

OURS = "this integration"
NOTHING = "do nothing"
ALWAYS_FULL = f"{OURS}, no room for the sun"
OFF_IN_SUMMER = f"{OURS}, no room for the sun, off from April to September"
BOUND = "clairvoyant"
RESERVE_BOUND = "clairvoyant, by the reserve only"


@dataclass(frozen=True, slots=True)
class Case:
    """One year of one house: everything but the policy."""

    mode: Mode = Mode.TIME_BASED
    regime: Regime = Regime.WHOLE_SLOT
    sun: bool = False
    export: float = 15.0
    ghosts: Ghosts = Ghosts.CHEAP
    days: int = 365
    seed: int = 1
    given: Assumptions = field(default_factory=Assumptions)

    @property
    def column(self) -> str:
        """What stands over its figures."""
        mode = "TBC" if self.mode is Mode.TIME_BASED else "Self-P."
        return f"{mode} {self.regime.replace('_', ' ')}{' +sun' if self.sun else ''}"


def columns(case: Case) -> tuple[Case, ...]:
    """The eight of every table: both modes, both regimes, without and with sun."""
    return tuple(
        Case(mode, regime, sun, case.export, case.ghosts, case.days, case.seed, case.given)
        for mode in Mode
        for regime in Regime
        for sun in (False, True)
    )


def _ours(**options: object) -> Callable[[Case], Policy]:
    def make(case: Case) -> Policy:
        guard = propose_guard(self_powered=case.mode is Mode.SELF_POWERED)
        setup = Setup(**{"night_guard": guard.value, **options})  # type: ignore[arg-type]
        return Product(setup, case.seed)

    return make


def _rival(make: Callable[[Year], Policy]) -> Callable[[Case], Policy]:
    return lambda case: make(year_of(case))


RIVALS: dict[str, Callable[[Case], Policy]] = {
    NOTHING: _rival(rivals.nothing),
    "reserve 100 at night only": _rival(rivals.night_only),
    "Netzero, car not linked, with its night automation": _rival(rivals.netzero),
    "Netzero of August 2026, car linked, with its night automation": _rival(rivals.netzero_following),
    "an automation on a dispatching sensor": _rival(rivals.dispatching),
    "half hours held, night filled": _rival(rivals.half_hours_held),
    "like Predbat: fills nights and slots": _rival(rivals.predbat_like),
}
VARIANTS: dict[str, Callable[[Case], Policy]] = {
    f"{OURS}, no charger entity": _ours(charger=False),
    f"{OURS}, guard: keep its charge": _ours(night_guard="preserve_charge"),
    f"{OURS}, guard: off": _ours(night_guard="off"),
    f"{OURS}, whole half hours: off": _ours(whole_half_hours="off"),
    f"{OURS}, whole half hours: on": _ours(whole_half_hours="on"),
    f"{OURS}, only while the car charges": _ours(slot_policy="confirmed_only"),
    f"{OURS}, all through the slot": _ours(slot_policy="whole_slot"),
    OFF_IN_SUMMER: _ours(off_in_summer=True, room_for_sun=False),
    ALWAYS_FULL: _ours(room_for_sun=False),
}
POLICIES: dict[str, Callable[[Case], Policy]] = {**RIVALS, OURS: _ours(), **VARIANTS}
BOUNDS = (BOUND, RESERVE_BOUND)


@cache
def _year(given: Assumptions, days: int, seed: int, regime: Regime, sun: bool, export: float, ghosts: Ghosts) -> Year:
    return make_year(given, days=days, seed=seed, regime=regime, sun=sun, export=export, ghosts=ghosts)


def year_of(case: Case) -> Year:
    """The year of a case; the last one is kept, since many policies are tried in it."""
    if _year.cache_info().currsize > 1:
        _year.cache_clear()
    return _year(case.given, case.days, case.seed, case.regime, case.sun, case.export, case.ghosts)


def play(case: Case, policy: str) -> Outcome:
    """One year under one policy, or its bound.

    Raises:
        KeyError: There is no such policy.
    """
    year = year_of(case)
    if policy in BOUNDS:
        begin = case.given.battery_kwh * max(0.5, case.given.reserve_pct / 100)
        reserve_only = case.mode if policy == RESERVE_BOUND else None
        return Outcome(least_cost(year, begin_kwh=begin, reserve_only=reserve_only), 0.0, 0.0, 0)
    return Simulation(year, case.mode, case.seed).play(POLICIES[policy](case))
