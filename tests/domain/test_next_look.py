"""When the next look is due without any news: at every edge and age, and never after one."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings, strategies as st

from custom_components.octopus_powerwall.domain.decide import Outcome, decide
from custom_components.octopus_powerwall.domain.model import DeviceRead, Dispatch, DispatchType, Poll
from custom_components.octopus_powerwall.domain.reserve.situation import Battery
from custom_components.octopus_powerwall.domain.reserve.target import Level
from custom_components.octopus_powerwall.domain.reserve.writing import Reading
from custom_components.octopus_powerwall.domain.settings import Settings
from custom_components.octopus_powerwall.domain.world import Inputs, World, with_poll

from .story import CAR, FLAT, MINUTE, House, account, at, row, times


def test_every_edge_and_age_is_woken_for() -> None:
    house = House().plan("12:10-12:40").see()
    assert house.last is not None
    assert house.last.wake_at == at("12:08:30"), "the battery is asked before an edge"
    assert house.until("12:09").last is not None
    assert house.last.wake_at == at("12:10")
    house.until("12:10").online = False
    woken = []
    while house.now < at("12:40"):
        assert house.last.wake_at is not None
        house.now = house.last.wake_at
        house.see()
        woken.append(house.now)
    assert at("12:30") in woken, "a half hour"
    assert at("12:24") + timedelta.resolution in woken, "the plan's age"
    assert at("12:40") in woken


def test_the_end_of_a_boost_is_woken_for() -> None:
    house = House().plan("12:10-13:10", row("12:20-12:40", DispatchType.BOOST)).until("12:30")
    assert house.reason == "car_boosting"
    house.online = False
    while house.reason == "car_boosting":
        assert house.last is not None
        assert house.last.wake_at is not None
        house.now = house.last.wake_at
        house.see()
    assert (house.now, house.reason) == (at("12:40"), "whole_slot")


_EDGES = st.integers(0, 40).map(lambda count: at("12:00") + 3 * count * MINUTE)
_ROWS = st.lists(
    st.builds(
        lambda edges, kind: Dispatch(min(edges), max(edges), kind),
        st.lists(_EDGES, min_size=2, max_size=2, unique=True),
        st.sampled_from([DispatchType.SMART, None, DispatchType.BOOST, DispatchType.TEST]),
    ),
    max_size=6,
)


@settings(max_examples=60 if settings().max_examples <= 100 else 2000)
@given(rows=_ROWS, others=_ROWS, state=st.sampled_from(["SMART_CONTROL_IN_PROGRESS", "BOOSTING"]))
def test_law_without_news_nothing_changes_before_the_next_look_is_due(
    rows: list[Dispatch], others: list[Dispatch], state: str
) -> None:
    """Of two cars with boosts, tests and rows that overlap; the look of every minute is not needed."""

    def see(world: World, now: datetime) -> tuple[Outcome, tuple[object, ...]]:
        inputs = Inputs(settings=Settings(automation=True), battery=Battery(Reading(100, now, now), Level(63.0, now)))
        outcome = decide(world, now, inputs)
        shown = outcome.snapshot
        return outcome, (shown.certainty, shown.smart_slot, shown.cheap_rate)

    now = at("12:00")
    second = replace(CAR, id="another", state=state)
    reads = (DeviceRead(CAR, tuple(rows)), DeviceRead(second, tuple(others)))
    outcome, shown = see(with_poll(World(account=account()), Poll(now, (CAR, second), reads, completed=())), now)
    while outcome.wake_at is not None and outcome.wake_at < at("14:30"):
        just_before = see(outcome.world, outcome.wake_at - timedelta.resolution)[1]
        assert just_before == shown, outcome.wake_at
        outcome, shown = see(outcome.world, outcome.wake_at)


def test_an_account_never_read_has_no_edges_but_the_nights() -> None:
    noon, soon = at("12:00"), at("12:07")
    inputs = Inputs(battery=Battery(Reading(20, noon, noon), Level(63.0, noon)))
    assert decide(World(), noon, inputs).wake_at == at("23:30")
    assert decide(World(account=account(FLAT)), noon, inputs).wake_at is None
    assert decide(World(), noon, replace(inputs, evidence_wake_at=soon)).wake_at == soon


def test_the_end_of_the_longest_hold_is_woken_for() -> None:
    house = House().plan("12:10-+1 12:09", "+1 12:09-+2 12:08").until("+1 12:07", step=7 * MINUTE)
    house.online = False
    while len(house.writes) < 2:
        assert house.last is not None
        assert house.last.wake_at is not None
        house.now = house.last.wake_at
        house.see()
    assert times(house.writes) == ["12:10:00 100", "12:10:00 20"]
