"""What a hold remembers: which values are ours, what may still land, what a restart makes of it (design 5.3 to 5.5)."""

from dataclasses import replace

import pytest

from custom_components.octopus_powerwall.domain.reserve.limits import Limits
from custom_components.octopus_powerwall.domain.reserve.memory import (
    ForeignReserve,
    Memory,
    Observations,
    Watch,
    note_call_by_another,
    note_write_returned,
    put_back_by_owner,
    recover,
    release_by_owner,
)
from custom_components.octopus_powerwall.domain.reserve.phases import (
    Claim,
    Holding,
    Idle,
    Overridden,
    Phase,
    RepeatingRestore,
    Restoring,
    TooLong,
    UndoingLateLanding,
)
from custom_components.octopus_powerwall.domain.reserve.writing import Attempt, begin_attempt, mark_returned
from custom_components.octopus_powerwall.powerwall.tesla import TESLA_LIMITS

from .story import MINUTE, at

T0 = at("12:00")
CLAIM = Claim(20, 20)
OVERRIDE = Overridden(ends_at=T0, slot_seen_at=T0)


def holding(claim: Claim = CLAIM) -> Holding:
    """A hold with a claim."""
    return Holding(claim, began_at=T0, ends_at=T0)


def restoring(claim: Claim = CLAIM) -> Restoring:
    """A restore with a claim."""
    return Restoring(claim, since=T0, ends_at=T0)


def _attempted(attempt: Attempt) -> Claim:
    return replace(CLAIM, written=(attempt.value,), attempt=attempt)


@pytest.mark.parametrize(
    ("phase", "watch", "ours"),
    [
        (Idle(), None, set()),
        (OVERRIDE, None, set()),
        (holding(Claim(20, 20)), None, {20}),
        (holding(Claim(35, 20)), None, {35, 20}),
        (holding(Claim(0, 0, (63,))), None, {0, 63}),
        (holding(Claim(20, 20, (63,), raise_seen=True)), None, {63}),
        (holding(Claim(20, 20, (100,))), None, {20, 80, 100}),
        (restoring(Claim(20, 20, (100, 63), raise_seen=True)), None, {63, 80, 100}),
        (holding(Claim(85, 85)), None, {85}),
        (Idle(), Watch(T0, 20, (100,)), {80, 100}),
        (holding(Claim(20, 20, (63,), raise_seen=True)), Watch(T0, 20, (100,)), {63, 80, 100}),
    ],
)
def test_which_values_are_ours(phase: Phase, watch: Watch | None, ours: set[int]) -> None:
    assert Memory(phase=phase, watch=watch).ours(TESLA_LIMITS) == ours


def test_a_battery_without_a_gap_falls_back_to_nothing() -> None:
    assert Memory(phase=holding(Claim(20, 20, (100,), raise_seen=True))).ours(Limits()) == {100}


@pytest.mark.parametrize(
    ("claim", "watch", "expect"),
    [
        (Claim(20, 20, (100,)), None, None),
        (Claim(20, 20, (100, 20), uncertain=True), None, Watch(T0 + 10 * MINUTE, 20, (100,), (T0 + 10 * MINUTE,))),
        (Claim(20, 20, (20,), uncertain=True), None, None),
        (Claim(20, 20, (63,)), Watch(T0 + MINUTE, 33, (100,)), Watch(T0 + MINUTE, 20, (100,))),
        (
            Claim(20, 20, (63,), uncertain=True),
            Watch(T0 + MINUTE, 33, (100,)),
            Watch(T0 + 10 * MINUTE, 20, (63, 100), (T0 + 10 * MINUTE,)),
        ),
    ],
)
def test_what_may_still_land(claim: Claim, watch: Watch | None, expect: Watch | None) -> None:
    assert Memory(phase=restoring(claim), watch=watch).watch_over(20, T0) == expect


@pytest.mark.parametrize(
    ("phase", "expect"),
    [
        (holding(Claim(20, 20, (100,))), True),
        (restoring(Claim(20, 20, (100,))), True),
        (UndoingLateLanding(Claim(20, 20, (100,)), T0, OVERRIDE), True),
        (holding(), False),
        (RepeatingRestore(CLAIM, T0), False),
        (OVERRIDE, False),
        (Idle(), False),
    ],
)
def test_when_something_is_to_be_put_back(phase: Phase, expect: bool) -> None:
    memory = Memory(phase=phase)
    assert memory.owns_reserve is expect
    assert memory.baseline == (None if isinstance(phase, Idle | Overridden) else 20)


@pytest.mark.parametrize(
    "phase",
    [holding(), restoring(), UndoingLateLanding(CLAIM, T0, OVERRIDE), RepeatingRestore(CLAIM, T0)],
    ids=lambda phase: type(phase).__name__,
)
def test_a_write_that_returns(phase: Phase) -> None:
    memory = Memory(phase=phase).with_claim(_attempted(begin_attempt(100, T0)))
    good = note_write_returned(memory, T0 + MINUTE, failed=False)
    assert type(good.phase) is type(phase)
    assert good.claim is not None
    assert good.claim == replace(
        _attempted(begin_attempt(100, T0)), attempt=mark_returned(begin_attempt(100, T0), T0 + MINUTE, failed=False)
    )
    failed = note_write_returned(memory, T0, failed=True)
    assert failed.claim is not None
    assert failed.claim.uncertain
    assert note_write_returned(good, T0 + 2 * MINUTE, failed=True) is good, "it came back already"


@pytest.mark.parametrize("phase", [Idle(), OVERRIDE])
def test_where_nothing_is_ours_nothing_can_return(phase: Phase) -> None:
    memory = Memory(phase=phase)
    assert note_write_returned(memory, T0, failed=True) is memory
    assert memory.with_claim(CLAIM) is memory


def test_after_a_restart_a_write_under_way_has_an_unknown_outcome() -> None:
    memory = Memory(
        phase=holding(_attempted(begin_attempt(100, T0))), senses=Observations(foreign=ForeignReserve(50, T0))
    )
    again = recover(memory, T0 + MINUTE)
    assert again.claim is not None
    assert again.claim.attempt is not None
    assert (again.claim.attempt.failed, again.claim.uncertain, again.senses) == (True, True, Observations())


def test_after_a_restart_what_was_told_is_not_told_again() -> None:
    claim = _attempted(replace(mark_returned(begin_attempt(100, T0), T0, failed=False), confirmed_at=T0))
    assert recover(Memory(phase=holding(claim)), T0).senses.raised_to == 100
    assert recover(Memory(phase=restoring(claim)), T0).senses.raised_to is None


def test_what_is_on_disk_holds_no_senses() -> None:
    memory = Memory(phase=holding(), senses=Observations(not_obeying=True))
    assert memory.strip_for_disk() == Memory(phase=holding())


def test_a_call_of_another_is_only_noted() -> None:
    watching = Memory(watch=Watch(T0, 20, (100,)))
    assert note_call_by_another(watching, 45, T0) == replace(watching, senses=Observations(call=ForeignReserve(45, T0)))


def test_the_owner_releases_an_override_and_nothing_else() -> None:
    watch = Watch(T0, 20, (100,))
    assert release_by_owner(Memory(phase=OVERRIDE, watch=watch)) == Memory(watch=watch)
    held = Memory(phase=holding())
    assert release_by_owner(held) is held
    undoing = Memory(phase=UndoingLateLanding(CLAIM, T0, OVERRIDE))
    assert release_by_owner(undoing) == Memory(phase=UndoingLateLanding(CLAIM, T0))


@pytest.mark.parametrize(
    ("phase", "becomes"),
    [
        (Idle(), RepeatingRestore(Claim(20, 20, written=(100,), raise_seen=True), since=T0)),
        (OVERRIDE, UndoingLateLanding(Claim(20, 20, written=(100,), raise_seen=True), since=T0, then=OVERRIDE)),
        (TooLong(T0), UndoingLateLanding(Claim(20, 20, written=(100,), raise_seen=True), since=T0, then=TooLong(T0))),
        (holding(Claim(100, 100)), holding(Claim(20, 20, written=(100,), lagging=100))),
        (holding(Claim(100, 100, written=(100,))), holding(Claim(20, 20, written=(100,), lagging=100))),
    ],
)
def test_what_an_old_hold_left_raised_is_put_back_for_its_owner(phase: Phase, becomes: Phase) -> None:
    """At once where nothing is held, at the end of a hold that runs; a phase in which nothing is done goes on."""
    assert put_back_by_owner(Memory(phase=phase), 20, 100, T0).phase == becomes


def test_what_stands_as_the_owner_wants_it_is_no_value_of_ours() -> None:
    """Only another value was left raised."""
    memory = put_back_by_owner(Memory(), 20, 20, T0)
    assert memory.claim == Claim(20, 20, raise_seen=True)
