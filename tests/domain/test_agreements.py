"""Which home and which agreement decide (design 2)."""

from datetime import timedelta

import pytest

from custom_components.octopus_powerwall.domain.model import Account, Agreement, Device, Home
from custom_components.octopus_powerwall.domain.price.agreements import (
    ChosenHome,
    choose_home,
    has_live_car,
    standing_at,
)
from custom_components.octopus_powerwall.domain.price.tariffs import SlotPolicy

from .story import CAPPED, CAR, COSY, FLAT, LEGACY, REFUSED, at

DAY = timedelta(days=1)
HERE, THERE = "home-1", "home-2"


def agreement(code: str, *, since: int = -700, until: int | None = None, home: str | None = None) -> Agreement:
    """An agreement that began and ends so many days from noon."""
    noon = at("12:00")
    return Agreement(code, noon + since * DAY, None if until is None else noon + until * DAY, None, None, home)


def account(*agreements: Agreement, homes: tuple[str, ...] = (), unread: bool = False) -> Account:
    return Account(at("11:00"), agreements, homes=tuple(Home(home) for home in homes), homes_unread=unread)


@pytest.mark.parametrize(
    ("found", "option", "expect"),
    [
        pytest.param(None, None, ChosenHome(), id="never read"),
        pytest.param(None, HERE, ChosenHome(HERE), id="never read and chosen"),
        pytest.param(account(), None, ChosenHome(), id="not asked for"),
        pytest.param(account(), THERE, ChosenHome(), id="a home of an account of before"),
        pytest.param(account(homes=(HERE,)), None, ChosenHome(HERE), id="one"),
        pytest.param(account(homes=(HERE,)), THERE, ChosenHome(HERE), id="one, another chosen"),
        pytest.param(account(homes=(HERE, THERE)), THERE, ChosenHome(THERE), id="two and chosen"),
        pytest.param(account(homes=(HERE, THERE)), None, ChosenHome(None, is_open=True), id="two"),
        pytest.param(account(homes=(HERE, THERE)), "gone", ChosenHome(None, is_open=True), id="two, neither chosen"),
        pytest.param(account(homes=(HERE, THERE), unread=True), THERE, ChosenHome(THERE), id="unread"),
    ],
)
def test_the_home_that_counts(found: Account | None, option: str | None, expect: ChosenHome) -> None:
    assert choose_home(found, option) == expect


@pytest.mark.parametrize(
    ("devices", "home", "expect"),
    [
        ((), HERE, True),
        ((CAR,), HERE, True),
        ((Device("a", is_charger=True, lifecycle="LIVE", suspended=True),), HERE, True),
        ((Device("a", is_charger=True, lifecycle="RETIRED"),), HERE, False),
        ((Device("a", is_charger=False, is_battery=True, lifecycle="LIVE"),), HERE, False),
        ((Device("a", is_charger=True, lifecycle="LIVE", property_id=THERE),), HERE, False),
        ((Device("a", is_charger=True, lifecycle="LIVE", property_id=THERE),), None, True),
    ],
)
def test_whether_there_is_a_live_car(devices: tuple[Device, ...], home: str | None, *, expect: bool) -> None:
    assert has_live_car(devices, ChosenHome(home)) is expect


@pytest.mark.parametrize(
    ("agreements", "live_car", "code"),
    [
        pytest.param((LEGACY, FLAT), True, LEGACY, id="a second meter with a younger contract"),
        pytest.param((LEGACY, COSY), True, LEGACY, id="one with cheap hours"),
        pytest.param((LEGACY, REFUSED), True, LEGACY, id="one that gives a battery away"),
        pytest.param((LEGACY, FLAT), False, FLAT, id="no car"),
        pytest.param((LEGACY, CAPPED), True, CAPPED, id="two on Intelligent Go: the youngest"),
        pytest.param((FLAT, COSY), True, COSY, id="none on Intelligent Go"),
    ],
)
def test_of_several_meters_the_one_for_the_car_decides(
    agreements: tuple[str, ...], code: str, *, live_car: bool
) -> None:
    found = account(*(agreement(code, since=-700 + 300 * number) for number, code in enumerate(agreements)))
    standing = standing_at(found, at("12:00"), live_car=live_car)
    assert standing.in_force
    assert standing.agreement is not None
    assert standing.agreement.product_code == code


def test_until_the_home_is_known_a_battery_given_away_decides() -> None:
    found = account(agreement(LEGACY, home=HERE), agreement(REFUSED, home=THERE), homes=(HERE, THERE))
    assert standing_at(found, at("12:00"), ChosenHome(None, is_open=True)).tariff.is_refused
    assert standing_at(found, at("12:00"), ChosenHome(HERE)).tariff.has_slots
    assert standing_at(found, at("12:00"), ChosenHome(THERE)).tariff.is_refused


@pytest.mark.parametrize(
    ("agreements", "live_car", "reason", "has_slots", "changes"),
    [
        pytest.param((), False, "no_electricity", False, None, id="gas only"),
        pytest.param((), True, "no_electricity", True, None, id="gas only, with a car"),
        pytest.param((agreement(LEGACY, until=-3),), False, "agreement_ended", False, -3, id="ended"),
        pytest.param((agreement(LEGACY, until=-3),), True, "agreement_ended", True, -3, id="ended, slots still come"),
        pytest.param((agreement(LEGACY, since=5),), False, "agreement_not_begun", False, 5, id="not begun"),
        pytest.param(
            (agreement(LEGACY, until=-3), agreement(FLAT, since=5)), True, "agreement_not_begun", True, 5, id="a gap"
        ),
        pytest.param(
            (agreement(LEGACY, until=-9), agreement(FLAT, until=-4)), False, "agreement_ended", False, -4, id="the last"
        ),
        pytest.param((agreement(LEGACY, home=THERE),), False, "no_electricity", False, None, id="of the other home"),
    ],
)
def test_an_account_without_an_agreement_in_force(
    agreements: tuple[Agreement, ...], reason: str, changes: int | None, *, live_car: bool, has_slots: bool
) -> None:
    standing = standing_at(account(*agreements), at("12:00"), ChosenHome(HERE), live_car=live_car)
    assert not standing.in_force
    assert standing.agreement is None
    assert standing.tariff.reason == reason
    assert standing.tariff.has_slots is has_slots
    assert standing.tariff.policy is (SlotPolicy.CHARGE_CAP if has_slots else None)
    assert standing.changes_at == (None if changes is None else at("12:00") + changes * DAY)


@pytest.mark.parametrize(("code", "capped"), [(LEGACY, True), (FLAT, False)])
def test_in_the_gap_between_two_agreements_the_last_one_goes_on_and_its_slots_are_perhaps(
    code: str, *, capped: bool
) -> None:
    found = account(agreement(code, until=-1), agreement(LEGACY, since=1))
    standing = standing_at(found, at("12:00"))
    assert not standing.in_force
    assert standing.agreement is not None
    assert standing.agreement.product_code == code
    assert (standing.tariff.policy is SlotPolicy.CHARGE_CAP) is capped
    assert standing.changes_at == at("12:00") + DAY


def test_an_account_that_was_never_read_counts_as_charge_cap() -> None:
    standing = standing_at(None, at("12:00"))
    assert standing.in_force
    assert standing.tariff.policy is SlotPolicy.CHARGE_CAP
