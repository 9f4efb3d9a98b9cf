"""From slots to holds (design 3.2 to 3.5 and 5.9), across both clock changes."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.octopus_powerwall.domain.model import Interval
from custom_components.octopus_powerwall.domain.plan.timeline import (
    NIGHT_GUARD,
    Hold,
    Span,
    SpanKind,
    hold_at,
    intent_of,
    is_day_slot,
    plan_holds,
    tail_of,
)
from custom_components.octopus_powerwall.domain.price.tariffs import tariff_of
from custom_components.octopus_powerwall.domain.settings import Intent, Mode, NightGuard, OwnerHold, Settings, Wishes
from custom_components.octopus_powerwall.domain.windows import LONDON, OFF_PEAK
from custom_components.octopus_powerwall.domain.world import find_guarded_windows, grow_skips

from .story import COSY, MINUTE, at, plan_of, poll, row, span


def timeline(
    rows: list[str],
    now: str = "12:00",
    *,
    settings: Settings | None = None,
    wishes: Wishes | None = None,
    has_slots: bool = True,
    widens: bool = False,
) -> tuple[Hold, ...]:
    plan = plan_of(poll(now, *rows))
    wishes = grow_skips(wishes or Wishes(), plan, ())
    return plan_holds(
        plan, at(now), settings or Settings(), wishes, has_slots=has_slots, guarded=(NIGHT_GUARD,), widens=widens
    )


def spans(found: tuple[Hold, ...]) -> list[Interval]:
    return [hold.interval for hold in found]


@pytest.mark.parametrize(
    ("rows", "expect"),
    [
        (["13:00-13:30"], ["13:00-13:30"]),
        (["13:00-13:30", "13:35-14:00"], ["13:00-14:00"]),
        (["13:00-13:30", "13:36-14:00"], ["13:00-13:30", "13:36-14:00"]),
        # wholly inside the off-peak window: not touched
        (["+1 01:00-+1 04:00"], []),
        (["23:30-+1 05:30"], []),
        (["23:30-+1 02:00", "+1 02:00-+1 05:30"], []),
        # reaching out of it
        (["23:29-+1 05:30"], ["23:29-+1 05:30"]),
        (["23:30-+1 05:31"], ["23:30-+1 05:31"]),
        (["22:00-+1 07:00"], ["22:00-+1 07:00"]),
        # the tail
        (["22:00-23:29"], ["22:00-23:29"]),
        (["22:00-23:30"], ["22:00-+1 05:30"]),
        (["22:00-+1 02:00"], ["22:00-+1 05:30"]),
        (["22:00-+1 05:30"], ["22:00-+1 05:30"]),
        (["22:00-23:00", "+1 01:00-+1 02:00"], ["22:00-23:00"]),
        (["22:00-23:45", "+1 01:00-+1 02:00"], ["22:00-+1 05:30"]),
        # another slot that reaches 05:30 or begins within 5 min of it
        (["22:00-23:45", "+1 05:00-+1 06:00"], ["22:00-+1 06:00"]),
        (["22:00-23:45", "+1 05:35-+1 06:00"], ["22:00-+1 06:00"]),
        (["22:00-23:45", "+1 05:36-+1 06:00"], ["22:00-+1 05:30", "+1 05:36-+1 06:00"]),
        (["+1 05:30-+1 06:00"], ["+1 05:30-+1 06:00"]),
    ],
)
def test_from_rows_to_holds(rows: list[str], expect: list[str]) -> None:
    assert spans(timeline(rows)) == [span(text) for text in expect]


@pytest.mark.parametrize(
    ("rows", "expect"),
    [
        (["13:10-13:20"], ["13:00-13:30"]),
        (["13:10-13:31"], ["13:00-14:00"]),
        (["13:00-13:30"], ["13:00-13:30"]),
        (["13:10-13:20", "13:50-13:55"], ["13:00-14:00"]),
        (["23:10-23:20"], ["23:00-+1 05:30"]),
        (["23:35-23:40"], []),
    ],
)
def test_whole_half_hours_widen_holds(rows: list[str], expect: list[str]) -> None:
    found = timeline(rows, widens=True)
    assert spans(found) == [span(text) for text in expect]


def test_a_half_hour_once_begun_is_kept_although_its_slot_is_withdrawn() -> None:
    plan = plan_of(poll("12:00", "12:00-14:00"), poll("12:09"), poll("12:12"))
    found = plan_holds(plan, at("12:12"), Settings(), Wishes(), has_slots=True, guarded=(), widens=True)
    assert spans(found) == [span("12:00-12:30")]
    assert plan_holds(plan, at("12:12"), Settings(), Wishes(), has_slots=True, guarded=()) == ()


def test_nobody_has_seen_the_half_hour_of_a_withdrawn_slot_billed_as_cheap() -> None:
    """Automatic widens what Octopus lists and what has run to its end; a withdrawal ends at once."""
    withdrawn = plan_of(poll("12:00", "12:00-14:00"), poll("12:09"), poll("12:12"))
    over = plan_of(poll("12:00", "12:00-12:10"), poll("12:12"))
    for plan, expect in ((withdrawn, []), (over, [span("12:00-12:30")])):
        found = plan_holds(
            plan,
            at("12:12"),
            Settings(),
            Wishes(),
            has_slots=True,
            guarded=(),
            widens=True,
            keeps_withdrawn=False,
        )
        assert spans(found) == expect


def test_the_tail_of_a_slot_withdrawn_at_night_stays() -> None:
    plan = plan_of(poll("22:00", "22:00-+1 02:00"), poll("23:45"), poll("23:48"))
    found = plan_holds(plan, at("23:48"), Settings(), Wishes(), has_slots=True, guarded=())
    assert spans(found) == [span("22:00-+1 05:30")]


def test_a_slot_withdrawn_before_the_night_has_no_tail() -> None:
    plan = plan_of(poll("22:00", "22:00-+1 02:00"), poll("23:20"), poll("23:23"))
    assert plan_holds(plan, at("23:23"), Settings(), Wishes(), has_slots=True, guarded=()) == ()


# --- the guard


def test_the_guard_holds_each_night() -> None:
    found = timeline([], "22:00", settings=Settings(night_guard=NightGuard.PRESERVE_CHARGE))
    assert spans(found)[0] == span("23:30-+1 05:30")
    assert found[0].spans[0].intent is Intent.PRESERVE
    assert (
        timeline([], "22:00", settings=Settings(night_guard=NightGuard.CHARGE_UP))[0].spans[0].intent is Intent.CHARGE
    )
    assert timeline([], "22:00") == ()


def test_the_guard_is_joined_with_slots() -> None:
    settings = Settings(night_guard=NightGuard.PRESERVE_CHARGE)
    assert spans(timeline(["22:00-23:36"], settings=settings))[0] == span("22:00-+1 05:30")
    assert spans(timeline(["22:00-23:20"], settings=settings))[:2] == [span("22:00-23:20"), span("23:30-+1 05:30")]
    assert spans(timeline(["+1 05:33-+1 06:00"], settings=settings))[0] == span("23:30-+1 06:00")


def test_on_fixed_windows_the_guard_begins_with_the_window_and_slots_do_not_count() -> None:
    plan = plan_of(poll("03:00", "10:00-11:00"))
    guarded = find_guarded_windows(tariff_of(COSY))
    settings = Settings(night_guard=NightGuard.CHARGE_UP)
    found = plan_holds(plan, at("03:00"), settings, Wishes(), has_slots=False, guarded=guarded)
    assert spans(found)[:3] == [span("04:00-07:00"), span("13:00-16:00"), span("22:00-00:00")]
    assert find_guarded_windows(tariff_of("VAR-22-11-01")) == ()


# --- the owner's wishes


def test_an_owners_hold_is_joined_with_slots() -> None:
    wishes = Wishes(OwnerHold(span("12:00-13:10"), Intent.CHARGE))
    assert spans(timeline(["13:13-13:40"], wishes=wishes)) == [span("12:00-13:40")]
    assert spans(timeline([], wishes=wishes, has_slots=False)) == [span("12:00-13:10")]


def test_wishes_run_out() -> None:
    hold = OwnerHold(span("12:00-13:00"), Intent.CHARGE)
    wishes = Wishes(hold, (span("12:00-12:30"), span("14:00-14:30")))
    assert wishes.at(at("12:10")) is wishes
    assert wishes.at(at("13:05")) == Wishes(None, (span("14:00-14:30"),))
    assert wishes.at(at("13:04")).owner_hold is hold, "it may still be joined with what follows"


def test_a_skipped_slot_is_left_alone_with_its_tail() -> None:
    wishes = Wishes(skipped=(span("22:00-23:45"),))
    assert timeline(["22:00-23:45"], wishes=wishes) == ()
    assert spans(timeline(["20:00-21:00", "22:00-23:45"], wishes=wishes)) == [span("20:00-21:00")]


def test_a_skipped_slot_stays_skipped_when_it_is_stamped_anew_or_stretched() -> None:
    skipped = Wishes(skipped=(span("12:00-12:30"),))
    plan = plan_of(poll("12:00", "12:00-12:30"), poll("12:09", "12:09-12:50"))
    grown = grow_skips(skipped, plan, ())
    assert grown.skipped == (span("12:00-12:50"),)
    assert grow_skips(grown, plan, ()) is grown
    later = plan_of(poll("12:00", "12:00-12:30"), poll("12:09", "12:09-12:50"), poll("12:30", "12:40-13:30"))
    assert grow_skips(grown, later, ()).skipped == (span("12:00-13:30"),)
    assert grow_skips(Wishes(), plan, ()) == Wishes()


# --- what is in force at an instant


def test_spans_in_force() -> None:
    wishes = Wishes(OwnerHold(span("12:00-13:10"), Intent.PRESERVE))
    hold = timeline(["13:00-13:30"], wishes=wishes)[0]
    assert [found.kind for found in hold.spans_at(at("12:30"))] == [SpanKind.OWNER]
    assert {found.kind for found in hold.spans_at(at("13:05"))} == {SpanKind.OWNER, SpanKind.SLOT}
    assert [found.kind for found in hold.spans_at(at("13:10"))] == [SpanKind.SLOT]


def test_in_a_gap_after_the_night_it_is_the_morning_slot_that_speaks() -> None:
    hold = timeline(["22:00-23:45", "+1 05:34-+1 06:00"])[0]
    assert [found.kind for found in hold.spans_at(at("+1 05:29"))] == [SpanKind.TAIL]
    assert [found.kind for found in hold.spans_at(at("+1 05:31"))] == [SpanKind.SLOT]


@pytest.mark.parametrize(
    ("intent", "mode", "certain", "expect"),
    [
        (None, Mode.CHARGE_UP, True, Intent.CHARGE),
        (None, Mode.CHARGE_UP, False, Intent.PRESERVE),
        (None, Mode.PRESERVE_CHARGE, True, Intent.PRESERVE),
        (None, Mode.PRESERVE_CHARGE, False, Intent.PRESERVE),
        (Intent.PRESERVE, Mode.CHARGE_UP, True, Intent.PRESERVE),
        (Intent.CHARGE, Mode.PRESERVE_CHARGE, True, Intent.CHARGE),
        (Intent.CHARGE, Mode.PRESERVE_CHARGE, False, Intent.PRESERVE),
    ],
)
def test_what_a_span_asks_for(intent: Intent | None, mode: Mode, certain: bool, expect: Intent) -> None:
    assert intent_of(Span(span("12:00-13:00"), SpanKind.GUARD, intent), mode, certain=certain) is expect


def test_finding_holds() -> None:
    found = timeline(["13:00-13:30", "14:00-14:30"])
    assert hold_at(found, at("13:00")) is found[0]
    assert hold_at(found, at("13:30")) is None


# --- laws, across both clock changes

AROUND = st.sampled_from(
    [
        datetime.fromisoformat(f"{day}T12:00:00+00:00")
        for day in ("2026-03-27", "2026-10-23", "2026-07-01", "2026-12-30")
    ]
)
ROWS = st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 900)), max_size=8)
SETTINGS = st.builds(Settings, night_guard=st.sampled_from(NightGuard))


def _interval(base: datetime, minutes: tuple[int, int]) -> Interval:
    start = base + minutes[0] * MINUTE
    return Interval(start, start + minutes[1] * MINUTE)


def _planned(base: datetime, rows: list[tuple[int, int]]) -> tuple[Interval, ...]:
    return tuple(_interval(base, item) for item in rows)


def _holds(
    base: datetime, rows: list[tuple[int, int]], settings: Settings, *, widens: bool = False
) -> tuple[Hold, ...]:
    dispatches = [replace(row("12:00-12:30"), start=it.start, end=it.end) for it in _planned(base, rows)]
    plan = plan_of(poll(base, *dispatches))
    return plan_holds(plan, base, settings, Wishes(), has_slots=True, guarded=(NIGHT_GUARD,), widens=widens)


@given(base=AROUND, rows=ROWS, settings=SETTINGS, widens=st.booleans())
def test_law_the_timeline_is_sorted_and_never_overlaps_itself(
    base: datetime, rows: list[tuple[int, int]], settings: Settings, widens: bool
) -> None:
    found = _holds(base, rows, settings, widens=widens)
    for earlier, later in pairwise(found):
        assert later.start - earlier.end > 5 * MINUTE
    for hold in found:
        assert hold.start < hold.end
        assert hold.spans_at(hold.start)
        assert hold.spans_at(hold.end - timedelta.resolution)


@given(base=AROUND, rows=ROWS)
def test_law_night_slots_yield_no_hold_and_day_slots_are_held_to_the_end(
    base: datetime, rows: list[tuple[int, int]]
) -> None:
    found = _holds(base, rows, Settings())
    for hold in found:
        assert is_day_slot(hold.interval)
        local = hold.end.astimezone(LONDON)
        assert OFF_PEAK.covering(hold.end) is None or hold.end == local.replace(hour=5, minute=30)
    for interval in _planned(base, rows):
        if is_day_slot(interval):
            assert any(hold.start <= interval.start and interval.end <= hold.end for hold in found)


@given(base=AROUND, minutes=st.tuples(st.integers(0, 5000), st.integers(1, 900)))
def test_law_tails_end_at_half_past_five_local_exactly(base: datetime, minutes: tuple[int, int]) -> None:
    slot = _interval(base, minutes)
    tail = tail_of(slot)
    local = slot.end.astimezone(LONDON)
    night = (local.hour, local.minute) >= (23, 30) or (local.hour, local.minute) < (5, 30)
    assert (tail is not None) is night
    if tail is not None:
        assert tail.start == slot.end
        assert f"{tail.end.astimezone(LONDON):%H:%M:%S.%f}" == "05:30:00.000000"
        assert tail.length <= timedelta(hours=7)
