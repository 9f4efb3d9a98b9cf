"""What the owner is told of the account, and from when (design 2, 6)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from custom_components.octopus_powerwall.domain.account_state import (
    AccountState,
    assess_account,
    find_agreement_changes,
)
from custom_components.octopus_powerwall.domain.model import Account, Agreement, Device, DeviceRead, Home, Poll
from custom_components.octopus_powerwall.domain.price.contradiction import ChargerRecord
from custom_components.octopus_powerwall.domain.reason import Reason
from custom_components.octopus_powerwall.domain.reserve.situation import Problem
from custom_components.octopus_powerwall.domain.settings import PolicyChoice, Settings
from custom_components.octopus_powerwall.domain.world import Inputs, World, with_poll

from .story import CAPPED, CAR, FLAT, LEGACY, MINUTE, REFUSED, account, at, poll

BATTERY = Device("b", is_charger=False, is_battery=True, lifecycle="LIVE")
TWO_HOMES = replace(account(), homes=(Home("1"), Home("2")))


def look(world: World, now: str | datetime = "12:00", inputs: Inputs | None = None) -> AccountState:
    return assess_account(world, inputs or Inputs(), at(now) if isinstance(now, str) else now)


def read(code: str = LEGACY, *devices: Device, home: str | None = None) -> World:
    """An account that was polled at noon."""
    answer = Poll(at("12:00"), devices, tuple(DeviceRead(device, ()) for device in devices if device.usable))
    return with_poll(World(account=account(code)), answer, home)


@pytest.mark.parametrize(
    ("world", "problems"),
    [
        pytest.param(World(), set(), id="nothing read yet"),
        pytest.param(read(LEGACY, CAR), set(), id="as it should be"),
        pytest.param(read(LEGACY, CAR, BATTERY), {Problem.BATTERY_AT_OCTOPUS}, id="a battery at Octopus"),
        pytest.param(read(FLAT, BATTERY), {Problem.BATTERY_AT_OCTOPUS}, id="on any tariff"),
        pytest.param(read(REFUSED, BATTERY), set(), id="of which the tariff says so itself"),
        pytest.param(read(LEGACY, CAR, replace(BATTERY, lifecycle="RETIRED")), set(), id="a battery of before"),
        pytest.param(read(LEGACY, replace(CAR, capped=True)), {Problem.CHARGE_CAP_SEEN}, id="a cap by the device"),
        pytest.param(read(LEGACY, replace(CAR, capped=False)), set(), id="a device without a cap"),
        pytest.param(read(CAPPED, replace(CAR, capped=True)), set(), id="a cap by the tariff as well"),
        pytest.param(read(LEGACY, CAR, replace(CAR, id="c", capped=True, suspended=True)), set(), id="of another"),
        pytest.param(replace(read(LEGACY, CAR), account=TWO_HOMES), {Problem.HOME_NEEDED}, id="two homes"),
        pytest.param(
            replace(read(LEGACY, CAR), account=Account(at("11:00"))), {Problem.NO_AGREEMENT}, id="no agreement"
        ),
    ],
)
def test_what_is_the_matter(world: World, problems: set[Problem]) -> None:
    assert look(world).problems == problems


def test_the_owners_word_on_slots_ends_the_talk_of_a_cap() -> None:
    world = read(LEGACY, replace(CAR, capped=True))
    assert look(world, inputs=Inputs(Settings(slot_policy=PolicyChoice.WHOLE_SLOT))).problems == set()


def test_a_home_that_was_chosen_is_settled() -> None:
    world = replace(read(LEGACY, CAR), account=TWO_HOMES)
    assert look(world).unsettled is Reason.HOME_UNKNOWN
    assert look(world, inputs=Inputs(Settings(home="2"))).unsettled is None
    assert look(replace(world, account=Account(at("11:00")))).unsettled is Reason.NO_AGREEMENT


@pytest.mark.parametrize(
    ("code", "devices", "hours", "told"),
    [
        (LEGACY, (), 23.9, False),
        (LEGACY, (), 24, True),
        (LEGACY, (replace(CAR, suspended=True),), 24, True),
        (LEGACY, (replace(CAR, lifecycle="PENDING_LIVE"),), 24, True),
        (LEGACY, (CAR,), 48, False),
        (FLAT, (), 48, False),
    ],
)
def test_no_car_for_a_day(code: str, devices: tuple[Device, ...], hours: float, *, told: bool) -> None:
    state = look(read(code, *devices), at("12:00") + timedelta(hours=hours))
    assert (Problem.NO_CAR in state.problems) is told


@pytest.mark.parametrize(("minutes", "told"), [(29, False), (30, True)])
def test_no_plan_that_can_be_read_for_half_an_hour(minutes: int, *, told: bool) -> None:
    world = World(account=account())
    for past in range(0, minutes + 1, 3):
        world = with_poll(world, poll(at("12:00") + past * MINUTE, failed=True))
    state = look(world, at("12:00") + minutes * MINUTE)
    assert state.unreadable_since == at("12:00")
    assert (Problem.PLAN_UNREADABLE in state.problems) is told
    assert look(with_poll(world, poll("12:33"))).unreadable_since is None


def test_one_readable_plan_of_two_is_enough() -> None:
    reads = (DeviceRead(CAR, None), DeviceRead(replace(CAR, id="c"), ()))
    world = with_poll(World(account=account()), Poll(at("12:00"), (CAR, replace(CAR, id="c")), reads))
    assert world.unreadable_since is None


@pytest.mark.parametrize(("minutes", "since"), [(6, None), (7, at("12:00"))])
def test_an_octopus_that_is_silent(minutes: int, since: datetime | None) -> None:
    assert look(read(LEGACY, CAR), at("12:00") + minutes * MINUTE).silent_since == since


@pytest.mark.parametrize(
    ("code", "key", "told"), [(LEGACY, "a", True), (CAPPED, "a", True), (LEGACY, "b", False), (FLAT, "a", False)]
)
def test_a_charger_that_reports_contradict(code: str, key: str, *, told: bool) -> None:
    record = ChargerRecord("a", contradicted=tuple(at("10:00") - timedelta(days=days) for days in (4, 2, 0)))
    world = replace(read(code, CAR), charger_record=record)
    assert (Problem.CHARGER_CONTRADICTED in look(world, inputs=Inputs(evidence_key=key)).problems) is told


def test_it_is_looked_again_when_an_agreement_begins_or_ends() -> None:
    later = Agreement(FLAT, at("18:00"))
    assert find_agreement_changes(World(account=account(LEGACY, later))) == (
        at("2026-08-01T00:00"),
        at("18:00"),
        at("18:00"),
    )
    assert find_agreement_changes(World()) == ()
