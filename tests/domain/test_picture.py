"""What the card draws of a day and says about it (design 11.1)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.octopus_powerwall.domain.model import Dispatch, Interval
from custom_components.octopus_powerwall.domain.picture import (
    Band,
    BandKind,
    Bar,
    Picture,
    Sentence,
    Tone,
    When,
    draw_picture,
    frame_of,
)
from custom_components.octopus_powerwall.domain.price.certainty import Certainty
from custom_components.octopus_powerwall.domain.reason import Reason
from custom_components.octopus_powerwall.domain.reserve.situation import Problem
from custom_components.octopus_powerwall.domain.settings import Intent, Mode, NightGuard, Settings, SlotSource, Wishes
from custom_components.octopus_powerwall.domain.status import Status
from custom_components.octopus_powerwall.domain.windows import LONDON
from custom_components.octopus_powerwall.domain.world import HeldPeriod, Record, policy_of

from .story import CAPPED, COSY, FLAT, MINUTE, REFUSED, House, at, span


def drawn(house: House, **changes: object) -> Picture:
    """The picture of a house as it is now."""
    assert house.last is not None
    snapshot = replace(house.last.snapshot, **changes)  # type: ignore[arg-type]
    return draw_picture(house.world, snapshot, policy_of(snapshot.tariff, house.policy), house.now, house.shown)


def clock(interval: Interval) -> str:
    """An interval as ``12:00-12:30``."""
    return f"{interval.start:%H:%M}-{interval.end:%H:%M}"


def slots(picture: Picture) -> list[tuple[str, Certainty]]:
    """The bands of slots."""
    return [(clock(band.interval), band.certainty) for band in picture.bands if band.kind is BandKind.SLOT]


def said(sentences: Iterable[Sentence]) -> list[str]:
    """The keys of sentences."""
    return [sentence.key for sentence in sentences]


# --- the frame ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "hours"),
    [("2026-11-18T14:00", 36), ("2026-03-28T14:00", 35), ("2026-10-24T14:00", 37), ("2026-11-18T00:10", 36)],
)
def test_frame_is_from_yesterday_evening_to_tomorrow_morning(now: str, hours: int) -> None:
    frame = frame_of(at(now))
    assert (frame.start.astimezone(LONDON).hour, frame.end.astimezone(LONDON).hour) == (18, 6)
    assert frame.length == timedelta(hours=hours)


@given(st.integers(0, 2 * 365 * 24 * 60))
def test_now_always_has_a_past_and_a_night_ahead(minutes: int) -> None:
    now = at("2026-01-01T00:00") + minutes * MINUTE
    frame = frame_of(now)
    assert frame.start + timedelta(hours=5) <= now <= frame.end - timedelta(hours=5)


# --- bands --------------------------------------------------------------------------------------------------


def test_windows_and_slots_of_a_whole_slot_account_are_certain() -> None:
    picture = drawn(House().plan("14:00-15:00").until("12:30"))
    assert picture.bands == (
        Band(Interval(at("2026-11-17T23:30"), at("05:30")), BandKind.WINDOW, Certainty.CERTAIN),
        Band(Interval(at("23:30"), at("+1 05:30")), BandKind.WINDOW, Certainty.CERTAIN),
        Band(Interval(at("14:00"), at("15:00")), BandKind.SLOT, Certainty.CERTAIN, 3.5),
    )


def test_a_slot_that_is_over_stays_drawn() -> None:
    picture = drawn(House().plan("12:10-12:40").until("13:30"))
    assert slots(picture) == [("12:10-12:40", Certainty.CERTAIN)]


def test_a_plan_that_has_aged_promises_nothing() -> None:
    house = House().plan("14:00-15:00").until("12:30")
    house.online = False
    assert slots(drawn(house.until("12:50"))) == [("14:00-15:00", Certainty.PERHAPS)]


def test_on_a_charge_cap_a_slot_ahead_is_perhaps() -> None:
    picture = drawn(House(code=CAPPED).plan("14:00-15:00").until("12:30"))
    assert slots(picture) == [("14:00-15:00", Certainty.PERHAPS)]


def test_on_a_charge_cap_what_the_car_charged_in_was_certain_and_the_night_is() -> None:
    house = House(code=CAPPED).plan("12:00-13:00", "22:00-23:50")
    house.evidence = True
    house.until("12:20")
    assert slots(drawn(house))[0] == ("12:00-13:00", Certainty.CERTAIN)
    house.evidence = False
    house.until("12:45")
    assert slots(drawn(house)) == [
        ("12:00-12:30", Certainty.CERTAIN),
        ("12:30-13:00", Certainty.PERHAPS),
        ("22:00-23:30", Certainty.PERHAPS),
        ("23:30-23:50", Certainty.CERTAIN),
    ]
    assert [clock(interval) for interval in drawn(house).car] == ["12:00-12:30"]


def test_what_octopus_reports_as_charged_counts_but_for_spill_over() -> None:
    house = House(code=CAPPED).plan("13:00-13:30").until("12:30")
    done = (Dispatch(at("10:00"), at("10:30"), energy_kwh=3.0), Dispatch(at("10:30"), at("11:00"), energy_kwh=0.01))
    house.world = replace(house.world, completed=done)
    assert [clock(interval) for interval in drawn(house).car] == ["10:00-10:30"]


def test_a_skipped_slot_is_marked() -> None:
    house = House().plan("14:00-15:00")
    house.world = replace(house.world, wishes=Wishes(skipped=(span("14:00-15:00"),)))
    bands = [band for band in drawn(house.until("12:30")).bands if band.kind is BandKind.SLOT]
    assert [band.skipped for band in bands] == [True]


def test_a_band_ends_where_the_axis_does() -> None:
    picture = drawn(House().plan(Dispatch(at("+1 04:00"), at("+1 09:00"))).until("12:30"))
    assert slots(picture) == [("04:00-06:00", Certainty.CERTAIN)]


def test_other_tariffs_have_windows_only_and_a_flat_one_has_nothing() -> None:
    cosy = drawn(House(code=COSY).plan("14:00-15:00").until("12:30"))
    assert {band.kind for band in cosy.bands} == {BandKind.WINDOW}
    assert len(cosy.bands) == 5
    assert drawn(House(code=FLAT).plan("14:00-15:00").until("12:30")).bands == ()


# --- holds --------------------------------------------------------------------------------------------------


def test_bars_past_running_and_ahead() -> None:
    house = House().plan("12:10-12:40", "14:00-15:00", "16:00-17:00")
    house.settings = Settings(night_guard=NightGuard.PRESERVE_CHARGE)
    bars = drawn(house.until("14:20")).bars
    assert [(clock(bar.interval), bar.intent, bar.when, bar.reserve_pct) for bar in bars] == [
        ("12:10-12:40", Intent.CHARGE, When.PAST, 100),
        ("14:00-15:00", Intent.CHARGE, When.NOW, 100),
        ("16:00-17:00", Intent.CHARGE, When.AHEAD, 100),
        ("23:30-05:30", Intent.PRESERVE, When.AHEAD, None),
    ]
    assert all(bar.certain for bar in bars)


def test_a_hold_that_is_perhaps_is_not_certain_and_promises_no_value() -> None:
    house = House(code=CAPPED).plan("14:00-15:00").until("12:30")
    assert drawn(house).bars == (Bar(span("14:00-15:00"), Intent.CHARGE, When.AHEAD, certain=False),)
    assert drawn(house).reserve_ahead == ((at("14:00"), None), (at("15:00"), 20))


def test_where_the_owner_preserves_nothing_is_charged() -> None:
    house = House(settings=Settings(mode=Mode.PRESERVE_CHARGE)).plan("14:00-15:00").until("12:30")
    assert drawn(house).bars == (Bar(span("14:00-15:00"), Intent.PRESERVE, When.AHEAD),)


def test_the_reserve_ahead_goes_up_and_back_to_what_was_found() -> None:
    house = House().plan("12:10-13:00", "14:00-15:00").until("12:30")
    assert drawn(house).reserve_ahead == ((at("13:00"), 20), (at("14:00"), 100), (at("15:00"), 20))
    house.settings = replace(house.settings, usual_reserve=35)
    assert drawn(house.until("12:31")).reserve_ahead[0] == (at("13:00"), 35)
    house.settings = replace(house.settings, dry_run=True)
    assert drawn(house.until("12:32")).reserve_ahead == ()


def test_what_will_not_be_done_is_not_drawn() -> None:
    assert drawn(House(settings=Settings(automation=False)).plan("14:00-15:00").until("12:30")).bars == ()
    assert drawn(House(code=REFUSED).plan("14:00-15:00").until("12:30")).bars == ()
    house = House().plan("12:10-13:00", "13:10-14:00", "18:00-19:00").until("12:20").owner_sets(50).until("12:30")
    assert house.status == "overridden"
    assert [clock(bar.interval) for bar in drawn(house).bars if bar.when is When.AHEAD] == ["18:00-19:00"]


def test_a_hold_of_long_ago_is_off_the_axis() -> None:
    house = House().until("12:10")
    held = HeldPeriod(Interval(at("00:00") - timedelta(days=3), at("01:00") - timedelta(days=3)), Intent.CHARGE, 100)
    house.world = replace(house.world, record=Record(holds=(held,)))
    assert drawn(house).bars == ()


# --- what is said -------------------------------------------------------------------------------------------


def test_before_a_slot_it_says_what_comes() -> None:
    picture = drawn(House().plan("14:00-15:00").until("12:30"))
    assert picture.headline == Sentence("card_status_until", {"status": Status.IDLE, "until": at("14:00")})
    assert picture.lines == (Sentence("card_next_charge", {"start": at("14:00"), "end": at("15:00"), "target": 100}),)
    assert (picture.tone, picture.price) == (Tone.CALM, Certainty.NOT_CHEAP)
    assert picture.skippable is not None
    assert picture.skippable.start == at("14:00")


def test_without_a_slot_it_says_so() -> None:
    picture = drawn(House().until("12:30"))
    assert picture.headline == Sentence("card_status", {"status": Status.IDLE})
    assert picture.lines == (Sentence("card_reason", {"reason": Reason.NO_SLOT}),)
    assert picture.skippable is None


def test_in_a_slot_it_says_until_when_why_and_what_is_put_back() -> None:
    picture = drawn(House().plan("12:10-13:00").until("12:30"))
    assert picture.headline == Sentence("card_status_until", {"status": Status.CHARGING_UP, "until": at("13:00")})
    assert picture.lines == (
        Sentence("card_reason", {"reason": Reason.WHOLE_SLOT}),
        Sentence("card_back", {"baseline": 20}),
    )
    assert (picture.tone, picture.price) == (Tone.CHARGING, Certainty.CERTAIN)


def test_perhaps_keeps_and_says_why() -> None:
    picture = drawn(House(code=CAPPED).plan("12:10-13:00", "14:00-15:00").until("12:30"))
    assert said(picture.lines) == ["card_reason", "card_back"]
    assert (picture.tone, picture.price) == (Tone.KEEPING, Certainty.PERHAPS)


def test_what_comes_on_a_charge_cap_or_where_the_owner_preserves() -> None:
    capped = drawn(House(code=CAPPED).plan("14:00-15:00").until("12:30"))
    assert said(capped.lines) == ["card_next_perhaps"]
    keeps = drawn(House(settings=Settings(mode=Mode.PRESERVE_CHARGE)).plan("14:00-15:00").until("12:30"))
    assert said(keeps.lines) == ["card_next_preserve"]


def test_a_slot_that_octopus_has_not_confirmed_for_a_while_is_no_promise() -> None:
    house = House().plan("14:00-15:00").until("12:30")
    house.online = False
    assert said(drawn(house.until("12:50")).lines) == ["card_reason", "card_next_unconfirmed"]


def test_what_an_idle_car_keeps_from_going_on_is_not_next() -> None:
    """The slot that runs goes on only if the car does: what comes for certain is the one after it."""
    house = House().plan("12:10-13:00", "14:00-14:30").until("12:30")
    idle = drawn(house, status=Status.IDLE, reason=Reason.CAR_IDLE, intent=None, until=None)
    assert idle.headline.values["until"] == at("14:00")
    assert said(idle.lines)[0] == "card_reason"
    assert [line.values["start"] for line in idle.lines if line.key.startswith("card_next")] == [at("14:00")]


def test_an_override_stays_and_cannot_be_skipped() -> None:
    house = House().plan("12:10-13:00").until("12:20").owner_sets(50).until("12:30")
    picture = drawn(house)
    assert picture.headline.key == "card_status_until"
    assert said(picture.lines) == ["card_overridden", "card_stays"]
    assert picture.lines[0].values == {"reserve": 50, "until": at("13:30")}
    assert picture.tone is Tone.WAITING
    assert picture.skippable is None


def test_a_restore_that_is_not_confirmed_names_its_value_and_turns_red_when_it_fails() -> None:
    house = House().plan("12:10-12:40").until("12:39")
    house.applies = False
    picture = drawn(house.until("12:42"))
    assert Sentence("card_back_now", {"baseline": 20}) in picture.lines
    assert picture.tone is Tone.WAITING
    failed = drawn(house.until("12:55"))
    assert failed.tone is Tone.ALERT
    assert failed.reserve_ahead == ((at("12:55"), 20),)


def test_a_dry_run_puts_nothing_back() -> None:
    house = House(settings=Settings(dry_run=True)).plan("12:10-13:00").until("12:30")
    assert "card_back" not in said(drawn(house).lines)


def test_silence_of_octopus_is_told_after_twenty_minutes() -> None:
    house = House().until("12:30")
    house.online = False
    asked = house.polled_at
    assert asked is not None
    assert not drawn(house.until(asked + 20 * MINUTE)).stale
    picture = drawn(house.until(asked + 21 * MINUTE))
    assert picture.stale
    assert picture.lines[-1] == Sentence("card_not_heard", {"since": asked})


def test_night_slots_cannot_be_skipped() -> None:
    assert drawn(House().plan(Dispatch(at("+1 01:00"), at("+1 02:00"))).until("12:30")).skippable is None


def test_what_wants_the_owner_turns_it_red() -> None:
    house = House().plan("12:10-13:00").until("12:30")
    assert drawn(house, attention=("octopus_rejected",)).tone is Tone.ALERT
    assert drawn(house, problems=frozenset({Problem.NOT_OBEYING})).tone is Tone.ALERT


def test_off_is_off() -> None:
    picture = drawn(House(settings=Settings(automation=False)).plan("12:10-13:00").until("12:30"))
    assert picture.tone is Tone.OFF
    assert picture.headline.key == "card_status"
    assert picture.skippable is None


# --- seldom seen ------------------------------------------------------------------------------------------------


def test_ahead_of_time_nothing_of_ohmes_is_certain() -> None:
    house = House(settings=Settings(slot_source=SlotSource.BOTH)).plan("13:00-14:00").poll().until("12:00")
    assert slots(drawn(house)) == [("13:00-14:00", Certainty.CERTAIN)]
    ohme = replace(house.settings, slot_source=SlotSource.OHME)
    assert slots(drawn(house, settings=ohme)) == [("13:00-14:00", Certainty.PERHAPS)]


def test_what_was_over_and_went_on_is_one_slot_and_old_ones_lie_outside_the_frame() -> None:
    house = House().plan("11:30-13:00").poll().until("12:00")
    old = Interval(at("10:00") - timedelta(days=3), at("11:00") - timedelta(days=3))
    house.world = replace(house.world, record=Record(slots=(old, span("09:00-10:00"), span("11:30-11:50"))))
    assert {text for text, _ in slots(drawn(house))} == {"09:00-10:00", "11:30-13:00"}


def test_an_override_without_a_known_reserve_says_that_it_stays() -> None:
    house = House().poll().until("12:00")
    sentences = said(drawn(house, status=Status.OVERRIDDEN, until=None).lines)
    assert "card_stays" in sentences
    assert "card_overridden" not in sentences
