"""The world to disk and back; what comes back is trusted no more than the network."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
import json

from hypothesis import given, strategies as st
import pytest

from custom_components.octopus_powerwall.domain.codec import decode, encode
from custom_components.octopus_powerwall.domain.model import Account, Agreement, Dispatch, Interval, PowerReading
from custom_components.octopus_powerwall.domain.plan.dispatches import Plan
from custom_components.octopus_powerwall.domain.reserve.memory import ForeignReserve, Memory, Watch
from custom_components.octopus_powerwall.domain.reserve.phases import (
    Claim,
    FrozenLevel,
    Holding,
    Idle,
    Overridden,
    RepeatingRestore,
    Restoring,
    TooLong,
    UndoingLateLanding,
)
from custom_components.octopus_powerwall.domain.reserve.writing import Attempt
from custom_components.octopus_powerwall.domain.settings import Intent, OwnerHold, Wishes
from custom_components.octopus_powerwall.domain.world import HeldPeriod, Record, World

from .story import House, at, span

NEARLY_RIGHT = st.sampled_from(["2026-11-18T12:00:00+00:00", "Holding", "0001-01-01T00:00:00+14:00"])
KINDS = (
    World,
    Memory,
    Holding,
    Restoring,
    Claim,
    Attempt,
    Plan,
    Wishes,
    Account,
    Record,
    Interval,
    Dispatch,
    Agreement,
    FrozenLevel,
    Watch,
)
KEYS = st.sampled_from(sorted({field.name for kind in KINDS for field in fields(kind)}))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | NEARLY_RIGHT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)
TIMES = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001
    datetime(2190, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=1))]),
)
INTERVALS = st.builds(Interval, TIMES, TIMES)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
PERCENT = st.integers(0, 100)
PERCENTS = st.lists(PERCENT, max_size=3).map(tuple)
ATTEMPTS = st.builds(Attempt, PERCENT, TIMES, TIMES, returned_at=st.none() | TIMES)
CLAIMS = st.builds(
    Claim, PERCENT, PERCENT, PERCENTS, raise_seen=st.booleans(), uncertain=st.booleans(), attempt=st.none() | ATTEMPTS
)
FROZEN = st.builds(FrozenLevel, st.sampled_from(Intent), FLOATS)
OVERRIDDEN = st.builds(Overridden, TIMES, TIMES)
PHASES = st.one_of(
    st.just(Idle()),
    st.builds(Holding, CLAIMS, TIMES, TIMES, st.none() | FROZEN, st.booleans()),
    st.builds(Restoring, CLAIMS, TIMES, TIMES),
    st.builds(UndoingLateLanding, CLAIMS, TIMES, st.none() | OVERRIDDEN | st.builds(TooLong, TIMES)),
    st.builds(RepeatingRestore, CLAIMS, TIMES),
    OVERRIDDEN,
    st.builds(TooLong, TIMES),
)
MEMORIES = st.builds(Memory, phase=PHASES, watch=st.none() | st.builds(Watch, TIMES, PERCENT, PERCENTS))
WORLDS = st.builds(
    World,
    memory=MEMORIES,
    wishes=st.builds(
        Wishes,
        st.none() | st.builds(OwnerHold, INTERVALS, st.sampled_from(Intent)),
        st.lists(INTERVALS, max_size=2).map(tuple),
    ),
    account=st.none()
    | st.builds(
        Account, TIMES, st.lists(st.builds(Agreement, st.text(), TIMES, st.none() | TIMES), max_size=2).map(tuple)
    ),
    completed=st.lists(st.builds(Dispatch, TIMES, TIMES, energy_kwh=st.none() | FLOATS), max_size=2).map(tuple),
    charged=st.lists(TIMES, max_size=2).map(tuple),
    record=st.builds(
        Record,
        st.lists(INTERVALS, max_size=2).map(tuple),
        st.lists(
            st.builds(HeldPeriod, INTERVALS, st.sampled_from(Intent), st.none() | st.integers(0, 100)), max_size=2
        ).map(tuple),
    ),
)


@given(world=WORLDS)
def test_law_the_world_survives_the_disk(world: World) -> None:
    assert decode(World, json.loads(json.dumps(encode(world)))) == world


@given(value=JSON)
def test_law_nonsense_raises_value_error_and_nothing_else(value: object) -> None:
    for kind in KINDS:
        try:
            decode(kind, value)
        except ValueError:
            continue


def test_a_world_in_the_middle_of_a_hold_survives() -> None:
    house = House(level=63.4).plan("12:10-12:40").until("12:20")
    world = house.world.strip_for_disk()
    assert decode(World, json.loads(json.dumps(encode(world)))) == world
    assert isinstance(world.memory.phase, Holding)


def test_how_values_are_written() -> None:
    assert encode(timedelta(minutes=1)) == 60.0
    assert encode(Interval(at("12:00"), at("12:30"))) == {
        "start": "2026-11-18T12:00:00+00:00",
        "end": "2026-11-18T12:30:00+00:00",
    }
    assert encode((Intent.CHARGE, None, True, 0)) == ["charge", None, True, 0]
    assert decode(World, encode(replace(World(), clock_skew=timedelta(seconds=3)))).clock_skew == timedelta(seconds=3)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Interval, {"start": "2026-11-18T12:00:00+00:00"}),
        (Interval, {"start": "2026-11-18T12:00:00", "end": "2026-11-18T12:30:00+00:00"}),
        (Interval, {"start": 1, "end": 2}),
        (Interval, {"start": "0001-01-01T00:00:00+14:00", "end": "2026-11-18T12:30:00+00:00"}),
        (Interval, {"start": "1999-12-31T23:59:59+00:00", "end": "2026-11-18T12:30:00+00:00"}),
        (Interval, {"start": "2026-11-18T12:00:00+00:00", "end": "9999-12-31T23:59:59+00:00"}),
        (Interval, []),
        (FrozenLevel, {"intent": "charge", "level_pct": float("nan")}),
        (FrozenLevel, {"intent": "charge", "level_pct": 10**400}),
        (FrozenLevel, {"intent": "charge", "level_pct": True}),
        (FrozenLevel, {"intent": "dance", "level_pct": 1.0}),
        (FrozenLevel, {"intent": [], "level_pct": 1.0}),
        (ForeignReserve, {"value": 20.0, "at": "2026-11-18T12:00:00+00:00"}),
        (ForeignReserve, {"value": True, "at": "2026-11-18T12:00:00+00:00"}),
        (Claim, {"found": 20, "baseline": 20, "written": {"a": 1}}),
        (Claim, {"found": 20, "baseline": 20, "raise_seen": 1}),
        (Claim, {"found": 20}),
        (Claim, {"found": 20, "baseline": 101}),
        (Claim, {"found": -1, "baseline": 20}),
        (Memory, {"phase": "holding"}),
        (Memory, {"phase": {"case": "Dancing"}}),
        (Memory, {"phase": {"case": ["Idle"]}}),
        (Memory, {"phase": {"claim": {"found": 20, "baseline": 20}}}),
        (Memory, {"phase": {"case": "Restoring", "since": "2026-11-18T12:00:00+00:00"}}),
        (Memory, None),
        (World, {"clock_skew": float("inf")}),
        (World, {"clock_skew": float("nan")}),
        (World, {"clock_skew": "3"}),
        (Agreement, {"product_code": None, "valid_from": "2026-11-18T12:00:00+00:00"}),
    ],
)
def test_what_does_not_fit_is_refused(kind: type, value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(kind, value)


def test_unknown_fields_are_passed_over_and_missing_ones_have_their_default() -> None:
    assert decode(World, {"from_a_newer_version": 1}) == World()
    assert decode(PowerReading, {"power_kw": 7, "at": "2026-11-18T13:00:00+01:00"}) == PowerReading(7.0, at("12:00"))
    assert decode(Wishes, {"skipped": [encode(span("12:00-12:30"))]}) == Wishes(skipped=(span("12:00-12:30"),))
