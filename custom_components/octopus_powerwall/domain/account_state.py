"""What is the matter with the account, apart from any slot: no car, no agreement, no readable plan (design 2, 6)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .price.agreements import ChosenHome, Standing, choose_home, has_live_car, standing_at
from .price.tariffs import SlotPolicy
from .reason import Reason
from .reserve.situation import Problem
from .settings import PolicyChoice
from .world import Inputs, World

NO_CAR_TOLD_AFTER = timedelta(hours=24)
UNREADABLE_TOLD_AFTER = timedelta(minutes=30)
# Two polls in a row that brought nothing (design 6, 7).
SILENT_AFTER = timedelta(minutes=7)


@dataclass(frozen=True, slots=True)
class AccountState:
    """The home and the agreement that count now, and since when something is amiss."""

    home: ChosenHome
    standing: Standing
    without_car_since: datetime | None
    unreadable_since: datetime | None
    silent_since: datetime | None
    problems: frozenset[Problem]

    @property
    def unsettled(self) -> Reason | None:
        """Why nothing is certainly cheap but what the owner says."""
        if self.home.is_open:
            return Reason.HOME_UNKNOWN
        return None if self.standing.in_force else Reason.NO_AGREEMENT


def assess_account(world: World, inputs: Inputs, now: datetime) -> AccountState:
    """Work out what is the matter with the account at an instant."""
    home = choose_home(world.account, inputs.settings.home)
    standing = standing_at(world.account, now, home, live_car=has_live_car(world.devices, home))
    follows = standing.tariff.has_slots
    without_car_since = world.without_car_since if follows else None
    unreadable_since = world.unreadable_since if follows else None
    read_at = world.plan.read_at
    silent_since = read_at if read_at is not None and now - read_at >= SILENT_AFTER else None
    found = {
        Problem.HOME_NEEDED: home.is_open,
        Problem.NO_AGREEMENT: not standing.in_force,
        Problem.NO_CAR: _lasts(without_car_since, NO_CAR_TOLD_AFTER, now),
        Problem.PLAN_UNREADABLE: _lasts(unreadable_since, UNREADABLE_TOLD_AFTER, now),
        Problem.BATTERY_AT_OCTOPUS: not standing.tariff.is_refused and _drives_battery(world, home),
        Problem.CHARGER_CONTRADICTED: follows
        and world.charger_record.key == inputs.evidence_key
        and world.charger_record.is_contradicted(now),
        Problem.CHARGE_CAP_SEEN: world.cap_seen
        and standing.tariff.policy is SlotPolicy.WHOLE_SLOT
        and inputs.settings.slot_policy is PolicyChoice.AUTOMATIC,
    }
    problems = frozenset(problem for problem, is_there in found.items() if is_there)
    return AccountState(home, standing, without_car_since, unreadable_since, silent_since, problems)


def find_agreement_changes(world: World) -> tuple[datetime, ...]:
    """When an agreement begins or ends. All else about the account can wait for the next look, a minute away."""
    changes = (
        at
        for agreement in (world.account.agreements if world.account else ())
        for at in (agreement.valid_from, agreement.valid_to)
    )
    return tuple(at for at in changes if at is not None)


def _lasts(since: datetime | None, span: timedelta, now: datetime) -> bool:
    return since is not None and now - since >= span


def _drives_battery(world: World, home: ChosenHome) -> bool:
    """Whether Octopus itself drives a battery of the home."""
    return any(device.is_driven_battery and device.is_at(home.property_id) for device in world.devices)
