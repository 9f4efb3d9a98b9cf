"""What a hold remembers: which values are ours, what may still land, what a restart makes of it (design 5.3 to 5.5)."""

from dataclasses import replace

import pytest

from custom_components.octopus_powerwall.domain.reserve.memory import (
    Foreign,
    Memory,
    Phase,
    Senses,
    Watch,
    called_by_another,
    recovered,
    released_by_owner,
    write_returned,
)
from custom_components.octopus_powerwall.domain.reserve.writing import begun, returned

from .story import MINUTE, at

T0 = at("12:00")


@pytest.mark.parametrize(
    ("memory", "ours"),
    [
        (Memory(), set()),
        (Memory(found=20, baseline=20), {20}),
        (Memory(found=35, baseline=20), {35, 20}),
        (Memory(found=0, baseline=0, written=(63,)), {0, 63}),
        (Memory(found=20, baseline=20, written=(63,), proven=True), {63}),
        (Memory(found=20, baseline=20, written=(100,)), {20, 80, 100}),
        (Memory(found=20, baseline=20, written=(100, 63), proven=True), {63, 80, 100}),
        (Memory(found=85, baseline=85), {85}),
        (Memory(found=20, baseline=20, stale=(100, 20)), {20, 80, 100}),
        (Memory(found=20, baseline=20, written=(63,), stale=(100, 20), proven=True), {63}),
        (Memory(written=(63,), proven=True, watch=Watch(T0, 20, (100,))), {63, 80, 100}),
    ],
)
def test_which_values_are_ours(memory: Memory, ours: set[int]) -> None:
    assert memory.ours() == ours


@pytest.mark.parametrize(
    ("memory", "expect"),
    [
        (Memory(written=(100,)), None),
        (Memory(written=(100, 20), uncertain=True), Watch(T0 + 10 * MINUTE, 20, (100,))),
        (Memory(written=(20,), uncertain=True), None),
        (Memory(written=(63,), watch=Watch(T0 + MINUTE, 33, (100,))), Watch(T0 + MINUTE, 20, (100,))),
        (
            Memory(written=(63,), uncertain=True, watch=Watch(T0 + MINUTE, 33, (100,))),
            Watch(T0 + 10 * MINUTE, 20, (63, 100)),
        ),
    ],
)
def test_what_may_still_land(memory: Memory, expect: Watch | None) -> None:
    assert memory.watch_over(20, T0) == expect


@pytest.mark.parametrize(
    ("phase", "written", "expect"),
    [
        (Phase.HOLDING, (100,), True),
        (Phase.RESTORING, (100,), True),
        (Phase.HOLDING, (), False),
        (Phase.OVERRIDDEN, (100,), False),
        (Phase.IDLE, (), False),
    ],
)
def test_when_something_is_to_be_put_back(phase: Phase, written: tuple[int, ...], expect: bool) -> None:
    assert Memory(phase=phase, written=written).owns_reserve is expect


def test_a_write_that_returns() -> None:
    memory = Memory(phase=Phase.HOLDING, attempt=begun(100, T0))
    good = write_returned(memory, T0 + MINUTE, failed=False)
    assert good.attempt is not None
    assert (good.attempt.returned_at, good.uncertain) == (T0 + MINUTE, False)
    assert write_returned(memory, T0, failed=True).uncertain
    assert write_returned(good, T0 + 2 * MINUTE, failed=True) is good, "it came back already"
    assert write_returned(Memory(), T0, failed=True) == Memory()


def test_after_a_restart_a_write_under_way_has_an_unknown_outcome() -> None:
    memory = Memory(phase=Phase.HOLDING, attempt=begun(100, T0), senses=Senses(foreign=Foreign(50, T0)))
    again = recovered(memory, T0 + MINUTE)
    assert again.attempt is not None
    assert (again.attempt.failed, again.uncertain, again.senses) == (True, True, Senses())


def test_after_a_restart_what_was_told_is_not_told_again() -> None:
    attempt = replace(returned(begun(100, T0), T0, failed=False), confirmed_at=T0)
    assert recovered(Memory(phase=Phase.HOLDING, attempt=attempt), T0).senses.raised_to == 100
    assert recovered(Memory(phase=Phase.RESTORING, attempt=attempt), T0).senses.raised_to is None


def test_what_is_on_disk_holds_no_senses() -> None:
    memory = Memory(phase=Phase.HOLDING, senses=Senses(not_obeying=True))
    assert memory.durable() == Memory(phase=Phase.HOLDING)


def test_a_call_of_another_changes_what_a_late_landing_is_undone_to() -> None:
    watching = Memory(watch=Watch(T0, 20, (100,)))
    assert called_by_another(watching, 45, T0).watch == Watch(T0, 45, (100,))
    assert called_by_another(watching, 100, T0).watch is None
    assert called_by_another(Memory(), 45, T0).senses.call == Foreign(45, T0)


def test_the_owner_releases_an_override_and_nothing_else() -> None:
    watch = Watch(T0, 20, (100,))
    over = Memory(phase=Phase.OVERRIDDEN, ends_at=T0, slot_seen_at=T0, watch=watch)
    assert released_by_owner(over) == Memory(watch=watch)
    holding = Memory(phase=Phase.HOLDING, written=(100,))
    assert released_by_owner(holding) is holding
    undoing = Memory(phase=Phase.RESTORING, slot_seen_at=T0, written=(100,))
    assert released_by_owner(undoing) == Memory(phase=Phase.RESTORING, written=(100,))
