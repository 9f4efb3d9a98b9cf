"""What is remembered when the account or the home is another one, and whose completed rows count (design 2)."""

from dataclasses import replace

import pytest

from custom_components.octopus_powerwall.domain.model import Account, Agreement, Device, DeviceRead, Home, Poll
from custom_components.octopus_powerwall.domain.world import Record, World, with_poll

from .story import CAR, CAR_2, LEGACY, account, at, row, span


@pytest.mark.parametrize(("known", "kept"), [(None, True), ("a", True), ("b", False)])
def test_of_another_account_nothing_is_known(known: str | None, *, kept: bool) -> None:
    record = Record(slots=(span("08:00-09:00"),))
    world = World(account=account(), completed=(row("08:00-09:00"),), account_key=known, record=record)
    now = world.of_account("a")
    assert now.account_key == "a"
    assert (now.account is not None, bool(now.completed)) == (kept, kept)
    assert now.record == record


def test_of_several_agreements_in_force_the_latest_to_begin() -> None:
    older, younger, later = (Agreement(LEGACY, at(f"2026-{month}-01T00:00")) for month in ("01", "05", "12"))
    assert Account(at("12:00"), (younger, later, older)).agreement_at(at("12:00")) == younger
    assert Account(at("12:00")).agreement_at(at("12:00")) is None


HERE, THERE = replace(CAR, property_id="1"), replace(CAR_2, property_id="2")
COMPLETED = (row("10:00-10:30"), row("11:00-11:30"))


@pytest.mark.parametrize(
    ("devices", "home", "expect"),
    [
        pytest.param((HERE, THERE), "1", COMPLETED[:1], id="those in slots of ours"),
        pytest.param((HERE, THERE), None, COMPLETED, id="nobody knows which home is ours"),
        pytest.param((HERE,), "1", COMPLETED, id="all cars are here"),
        pytest.param((HERE, replace(THERE, is_charger=False)), "1", COMPLETED, id="what is there is no car"),
        pytest.param((HERE, replace(THERE, property_id=None)), "1", COMPLETED, id="one of no home"),
    ],
)
def test_whose_completed_rows_count(devices: tuple[Device, ...], home: str | None, expect: tuple[object, ...]) -> None:
    homes = (Home("1"), Home("2"))
    world = World(account=replace(account(), homes=homes))
    plans = tuple(
        DeviceRead(device, (row("10:00-10:30" if device.id == CAR.id else "11:00-11:30"),))
        for device in devices
        if device.usable
    )
    world = with_poll(world, Poll(at("09:00"), devices, plans), home)
    world = with_poll(world, Poll(at("11:40"), devices, (), completed=COMPLETED), home)
    assert world.completed == expect
