"""One look at everything: what comes together in it, and what the owner sees (design 2, 4, 5 and 7)."""

from dataclasses import replace
from datetime import timedelta
import re

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.octopus_powerwall.domain.decide import is_raised_before_start
from custom_components.octopus_powerwall.domain.model import (
    Account,
    Agreement,
    Dispatch,
    DispatchType,
)
from custom_components.octopus_powerwall.domain.price.agreements import standing_at
from custom_components.octopus_powerwall.domain.price.certainty import Certainty
from custom_components.octopus_powerwall.domain.reason import Reason
from custom_components.octopus_powerwall.domain.reserve.limits import Limits
from custom_components.octopus_powerwall.domain.reserve.phases import Claim, Holding
from custom_components.octopus_powerwall.domain.reserve.situation import Activity
from custom_components.octopus_powerwall.domain.settings import (
    Intent,
    Mode,
    NightGuard,
    OwnerHold,
    PolicyChoice,
    Settings,
    WholeHalfHours,
    Wishes,
)
from custom_components.octopus_powerwall.domain.snapshot import show_unsaved
from custom_components.octopus_powerwall.domain.status import Snapshot, Status
from custom_components.octopus_powerwall.domain.world import World, with_poll
from custom_components.octopus_powerwall.powerwall.tesla import TESLA_LIMITS

from .story import CAPPED, CAR, COSY, FLAT, LEGACY, MINUTE, REFUSED, House, account, at, poll, power, row, span, times


def snapshot(house: House) -> Snapshot:
    assert house.last is not None
    return house.last.snapshot


def asks(house: House, interval: str, intent: Intent) -> House:
    house.world = replace(house.world, wishes=Wishes(OwnerHold(span(interval), intent)))
    return house


# --- what the owner sees


def test_what_is_shown_in_a_hold() -> None:
    shown = snapshot(House().plan("12:10-12:40", "14:00-14:30").until("12:20"))
    assert (shown.status, shown.reason) == (Status.CHARGING_UP, Reason.WHOLE_SLOT)
    assert (shown.baseline, shown.target, shown.until) == (20, 100, at("12:40"))
    assert (shown.certainty, shown.intent, shown.holding) == (Certainty.CERTAIN, Intent.CHARGE, True)
    assert (shown.smart_slot, shown.cheap_rate, shown.car_charging) == (True, True, None)
    assert [slot.interval for slot in shown.slots] == [span("12:10-12:40"), span("14:00-14:30")]
    assert [slot.energy_kwh for slot in shown.slots] == [3.5, 3.5]
    assert (shown.last_poll, shown.tariff_name, shown.allowance_used_h) == (at("12:19"), "Intelligent Octopus Go", 0.0)


@pytest.mark.parametrize(
    ("code", "plan", "when", "cheap"),
    [
        (LEGACY, ("12:10-12:40",), "12:05", None),
        (LEGACY, ("12:10-12:40", "12:40-13:10", "14:00-14:30"), "12:20", "12:10-13:10"),
        (LEGACY, ("12:10-12:40", "12:40-13:10"), "12:50", "12:10-13:10"),
        (LEGACY, ("22:30-23:45",), "22:40", "22:30-05:30"),
        (LEGACY, ("22:30-23:45",), "23:55", "22:30-05:30"),
        (LEGACY, (), "23:45", "23:30-05:30"),
        (CAPPED, ("22:30-23:45",), "22:40", None),
        (CAPPED, ("22:30-23:45",), "23:40", "22:30-05:30"),
        (COSY, (), "13:10", "13:00-16:00"),
    ],
)
def test_since_when_and_how_long_it_is_cheap(code: str, plan: tuple[str, ...], when: str, cheap: str | None) -> None:
    """Slots and windows that follow one another count as one: what is ahead as far as it is certain, the past whole."""
    shown = snapshot(House(now=at(when) - 45 * MINUTE, code=code).plan(*plan).until(when))
    assert shown.cheap_time == (span(cheap) if cheap else None)
    assert shown.cheap_rate is (cheap is not None)


def test_what_is_shown_when_nothing_is_written() -> None:
    shown = snapshot(House(reserve=100).plan("12:10-12:40").until("12:20"))
    assert (shown.status, shown.baseline, shown.target, shown.holding) == (Status.CHARGING_UP, None, None, False)


@pytest.mark.parametrize(
    ("house", "when", "status", "reason"),
    [
        (House(online=False), "12:00", "idle", "no_plan"),
        (House(), "12:00", "idle", "no_slot"),
        (House(now=at("23:50")).plan("23:45-+1 02:00"), "23:55", "idle", "night_slot"),
        (House(now=at("12:38")).plan("12:00-12:40"), "12:38", "idle", "too_short"),
        (House(code=FLAT).plan("12:00-13:00"), "12:10", "not_supported", "tariff"),
        (House(code=REFUSED).plan("12:00-13:00"), "12:10", "not_supported", "tariff"),
        (House(code=COSY), "14:00", "idle", "no_slot"),
        (House(settings=Settings(automation=False)).plan("12:00-13:00"), "12:10", "off", "automation_off"),
        (House(code=CAPPED, evidence=False).plan("12:00-13:00"), "12:10", "preserving", "car_not_charging"),
        (House(code=CAPPED, evidence=True).plan("12:00-13:00"), "12:10", "charging_up", "car_charging"),
        (House(policy=PolicyChoice.CONFIRMED_ONLY).plan("12:00-13:00"), "12:10", "preserving", "car_unknown"),
        (House(code=CAPPED, policy=PolicyChoice.WHOLE_SLOT).plan("12:00-13:00"), "12:10", "charging_up", "whole_slot"),
        (House(now=at("22:00")).plan("22:00-23:45"), "+1 01:00", "charging_up", "off_peak"),
        (asks(House(), "12:00-12:30", Intent.CHARGE), "12:10", "charging_up", "owner"),
        (asks(House(code=FLAT), "12:00-12:30", Intent.PRESERVE), "12:10", "preserving", "owner"),
    ],
)  # fmt: skip
def test_status_and_reason(house: House, when: str, status: str, reason: str) -> None:
    house.until(when)
    assert (house.status, house.reason) == (status, reason)


def test_a_charge_target_waits_for_a_level_that_is_not_fresh() -> None:
    house = House(level=70, settings=Settings(charge_target=50)).plan("12:10-13:00").until("12:00")
    house.level_reports = False
    house.settings = Settings(charge_target=50, automation=False)
    house.until("12:10:10")
    house.settings = Settings(charge_target=50)
    house.until("12:10:20", step=timedelta(seconds=5))
    assert house.writes == []
    house.level_reports = True
    assert times(house.until("12:11").writes) == ["12:10:20 70"]


def test_a_charge_target_does_not_wait_for_a_level_for_ever() -> None:
    house = House(level=None, settings=Settings(charge_target=50)).plan("12:10-13:00").until("12:20")
    assert times(house.writes) == ["12:10:00 50"]


def test_a_dry_run_shows_what_would_be_asked_for() -> None:
    house = House(settings=Settings(dry_run=True)).plan("12:10-12:40").until("12:20")
    shown = snapshot(house)
    assert (shown.status, shown.target, shown.baseline, house.writes) == (Status.WOULD_CHARGE_UP, 100, None, [])
    house.settings = Settings(dry_run=True, mode=Mode.PRESERVE_CHARGE)
    shown = snapshot(house.until("12:25"))
    assert (shown.status, shown.target) == (Status.WOULD_PRESERVE, 63)
    house.block = Reason.STORM_WATCH
    assert snapshot(house.until("12:26")).target is None
    assert snapshot(house.until("12:50")).target is None


def test_off_tells_what_keeps_the_reserve_from_being_put_back() -> None:
    house = House().plan("12:10-13:00").until("12:20")
    house.block, house.settings = Reason.STORM_WATCH, Settings(automation=False)
    shown = snapshot(house.until("12:25"))
    assert (shown.status, shown.reason, shown.baseline) == (Status.OFF, Reason.STORM_WATCH, 20)
    house.block = None
    shown = snapshot(house.until("12:30"))
    assert (shown.status, shown.reason, shown.until) == (Status.OFF, Reason.AUTOMATION_OFF, None)
    assert house.values == [100, 20]


@pytest.mark.parametrize(
    ("rows", "moved", "until"),
    [
        (["12:10-13:00"], "12:20", "13:30"),
        (["12:10-12:14", "12:10-12:14"], "12:11", "12:44"),
    ],
)
def test_when_an_override_ends(rows: list[str], moved: str, until: str) -> None:
    house = House().plan(*rows).until(moved).owner_sets(40)
    house.until(at(moved) + 3 * MINUTE)
    assert (house.status, snapshot(house).until) == ("overridden", at(until))
    house.until(at(until) - MINUTE)
    assert house.status == "overridden"
    assert house.until(at(until)).status == "idle"


def test_an_override_where_no_slot_ran_ends_with_the_hold() -> None:
    house = asks(House(), "12:00-12:30", Intent.CHARGE).until("12:10").owner_sets(40)
    house.until("12:15")
    assert (house.status, snapshot(house).until) == ("overridden", at("12:30"))
    assert house.until("12:30").status == "idle"


def test_an_override_in_a_tail_ends_with_the_night() -> None:
    house = House(now=at("22:00")).plan("22:00-23:45").until("+1 05:20").owner_sets(40)
    assert house.until("+1 05:25").status == "overridden"
    assert house.until("+1 05:30").status == "idle"


def test_preserve_by_choice_is_said_to_be_so() -> None:
    guard = House(now=at("23:30"), settings=Settings(night_guard=NightGuard.PRESERVE_CHARGE)).until("+1 01:00")
    assert (guard.status, guard.reason) == ("preserving", "preserve_chosen")
    chosen = House(settings=Settings(mode=Mode.PRESERVE_CHARGE)).plan("12:00-13:00").until("12:10")
    assert (chosen.status, chosen.reason) == ("preserving", "preserve_chosen")


@pytest.mark.parametrize("end", ["23:21", "23:30", "23:45"])
@pytest.mark.parametrize("whole", [WholeHalfHours.AUTOMATIC, WholeHalfHours.OFF])
def test_a_skipped_slot_takes_its_night_with_it(whole: WholeHalfHours, end: str) -> None:
    """Its last half hour may reach 23:30, and what follows that by night is skipped as long as it lasts."""
    house = House(settings=Settings(whole_half_hours=whole), now=at("21:00")).plan(f"21:50-{end}").until("23:10")
    assert house.values == [100]
    house.world = replace(house.world, wishes=Wishes(skipped=(span(f"21:50-{end}"),)))
    house.until("+1 06:00")
    assert (house.values, house.status) == ([100, 20], "idle")


def test_a_skipped_slot_is_said_to_be_so() -> None:
    house = House().plan("12:00-13:00").until("12:10")
    house.world = replace(house.world, wishes=Wishes(skipped=(span("12:00-13:00"),)))
    house.until("12:20")
    assert (house.status, house.reason, house.values) == ("idle", "slot_skipped", [100, 20])


def test_the_owners_check_is_shown_while_a_restore_waits_for_it() -> None:
    house = House().plan("12:10-12:40").until("12:39:40").owner_sets(50)
    house.until("12:40")
    assert (house.status, house.reason) == ("restoring", "owner_check")


def test_a_restore_that_waits_for_a_call_is_said_to_be_so() -> None:
    house = House(hangs=True).plan("12:10-12:40").until("12:10:30")
    house.settings = Settings(automation=False)
    house.until("12:10:40")
    assert (house.status, house.reason) == ("restoring", "restore_waits")


def test_what_could_not_be_saved() -> None:
    house = House().plan("12:10-12:40").until("12:09:59")
    before = house.world.memory
    shown = show_unsaved(snapshot(house.until("12:10")), before)
    assert (shown.status, shown.reason) == (Status.WAITING, Reason.NOT_SAVED)
    assert (shown.holding, shown.baseline, shown.target) == (False, None, None)
    held = house.world.memory
    shown = show_unsaved(snapshot(house), held)
    assert (shown.holding, shown.baseline, shown.target) == (True, 20, 100)


@pytest.mark.parametrize(
    ("house", "when", "expect"),
    [
        (House(), "12:00", False),
        (House(now=at("23:30")), "23:30", True),
        (House().plan("12:00-13:00"), "12:10", True),
        (House(code=CAPPED).plan("12:00-13:00"), "12:10", False),
        (House(code=CAPPED, evidence=True).plan("12:00-13:00"), "12:10", True),
        (House(code=COSY), "13:00", True),
        (House(code=COSY), "12:59", False),
        (asks(House(), "12:00-12:30", Intent.CHARGE), "12:10", False),
    ],
)
def test_when_power_is_shown_to_be_cheap(house: House, when: str, expect: bool) -> None:
    assert snapshot(house.until(when)).cheap_rate is expect


# --- the plan's age in a hold


def test_a_plan_that_ages_within_a_hold_lowers_it_step_by_step() -> None:
    house = House().plan("12:10-18:00").until("12:21")
    house.online = False
    house.until("16:00")
    assert times(house.writes) == ["12:10:00 100", "13:19:00 63", "14:19:00 20"]
    assert (house.status, house.reason) == ("idle", "plan_too_old")
    house.online = True
    house.polled_at = None
    assert house.until("16:05").values == [100, 63, 20, 100]


def test_a_slot_met_with_an_old_plan_is_only_held() -> None:
    house = House(now=at("12:00")).plan("12:20-13:30").until("12:03")
    house.online = False
    house.until("13:40")
    assert times(house.writes) == ["12:20:00 63", "13:30:00 20"]
    house = House(now=at("12:00")).plan("14:30-15:30").until("12:03")
    house.online = False
    assert house.until("15:40").writes == []


@pytest.mark.parametrize(
    ("house", "rows", "offline_from", "when", "expect"),
    [
        (House(), ["12:10-18:00"], "13:00", "13:40", "charging_up"),
        (asks(House(), "12:00-18:00", Intent.PRESERVE), ["15:00-16:30"], "14:30", "15:10", "preserving"),
        (
            House(now=at("23:00"), settings=Settings(night_guard=NightGuard.CHARGE_UP)),
            ["+1 05:30-+1 07:00"],
            "+1 04:45",
            "+1 05:40",
            "preserving",
        ),
        (House(now=at("22:00")), ["22:00-+1 00:00", "+1 05:30-+1 07:00"], "+1 04:45", "+1 05:40", "preserving"),
        (House(now=at("22:00")), ["22:00-+1 00:00", "+1 05:30-+1 07:00"], "+1 05:35", "+1 05:55", "charging_up"),
    ],
    ids=["begun", "owner", "guard", "tail", "begun_anew"],
)
def test_only_a_slot_that_began_certain_may_age_longer(
    house: House, rows: list[str], offline_from: str, when: str, expect: str
) -> None:
    house.plan(*(dispatch(text) for text in rows)).until(offline_from)
    house.online = False
    assert house.until(when).status == expect


def dispatch(text: str) -> Dispatch:
    """A row whose edges may lie on the next day."""
    start, end = (at(part) for part in re.split(r"-(?=[+\d])", text))
    return Dispatch(start, end, DispatchType.SMART, 3.5)


def test_clocks_that_differ_make_every_slot_uncertain() -> None:
    for skew, status in ((timedelta(minutes=2), "charging_up"), (timedelta(minutes=-2, seconds=-1), "preserving")):
        house = House(online=False, now=at("12:00"))
        house.world = with_poll(house.world, poll("12:00", "12:00-12:30", clock_skew=skew))
        assert house.until("12:05").status == status


# --- the regimes and their change


def test_the_allowance_is_counted_everywhere_and_enforced_with_a_charge_cap() -> None:
    for code, status in ((LEGACY, "charging_up"), (CAPPED, "preserving")):
        house = House(code=code, evidence=True).plan("12:00-19:00").until("17:59", step=5 * MINUTE)
        assert (house.status, snapshot(house).allowance_used_h) == ("charging_up", 6.0)
        assert house.until("18:10").status == status
        assert snapshot(house).allowance_used_h == 6.0
    assert house.reason == "allowance_used"


@pytest.mark.parametrize(
    ("code", "policy", "cap_seen", "binds"),
    [
        (LEGACY, PolicyChoice.AUTOMATIC, False, False),
        (LEGACY, PolicyChoice.AUTOMATIC, True, True),
        (LEGACY, PolicyChoice.CONFIRMED_ONLY, False, True),
        (CAPPED, PolicyChoice.AUTOMATIC, False, True),
        (CAPPED, PolicyChoice.WHOLE_SLOT, True, False),
        (COSY, PolicyChoice.AUTOMATIC, False, False),
        (COSY, PolicyChoice.CONFIRMED_ONLY, True, False),
    ],
)
def test_where_the_six_hours_bind(*, code: str, policy: PolicyChoice, cap_seen: bool, binds: bool) -> None:
    """As the tariff or the device says, but for an owner who says otherwise; without slots there are no six hours."""
    house = House(code=code, policy=policy)
    house.world = replace(house.world, cap_seen=cap_seen)
    assert snapshot(house.see()).allowance_binds is binds


def test_a_half_hour_of_slot_and_boost_uses_the_allowance() -> None:
    house = House().plan("12:00-12:12", row("12:15-12:30", DispatchType.BOOST)).until("12:40")
    house.world = replace(house.world, completed=(row("12:00-12:30", kind=None),))
    assert snapshot(house.see()).allowance_used_h == 0.5


def test_at_midday_the_allowance_begins_anew() -> None:
    house = House(code=CAPPED, evidence=True, now=at("05:00")).plan("05:00-13:00").until("11:59", step=5 * MINUTE)
    assert house.reason == "allowance_used"
    assert house.until("12:00").reason == "car_charging"


def test_octopus_own_sight_of_the_car_counts_where_no_entity_says_anything() -> None:
    house = House(code=CAPPED, online=False)
    seen = replace(CAR, active_power=power(7.0, "12:00"))
    house.world = with_poll(house.world, poll("12:00", "12:00-13:00", device=seen))
    assert house.until("12:05").status == "charging_up"
    assert house.until("12:06").status == "preserving"
    house.evidence = False
    house.world = with_poll(
        house.world, poll("12:06", "12:00-13:00", device=replace(CAR, active_power=power(7.0, "12:06")))
    )
    assert house.until("12:07").reason == "car_not_charging"


def test_a_migration_to_a_charge_cap_changes_the_policy_at_its_instant() -> None:
    later = Agreement(CAPPED, at("12:20"))
    house = House(world=World(account=account(LEGACY, later))).plan("12:10-12:40").until("12:19")
    assert house.status == "charging_up"
    assert times(house.until("12:30").writes) == ["12:10:00 100", "12:20:00 63"]


def test_a_migration_into_a_refused_tariff_puts_back_first_and_then_touches_nothing() -> None:
    later = Agreement(REFUSED, at("12:20"))
    house = House(world=World(account=account(LEGACY, later)), settings=Settings(night_guard=NightGuard.CHARGE_UP))
    house.plan("12:10-12:40").until("12:20")
    assert house.status == "restoring"
    house = asks(house, "12:30-13:30", Intent.CHARGE)
    assert times(house.until("+1 06:00").writes) == ["12:10:00 100", "12:20:00 20"]
    assert house.status == "not_supported"


def test_an_account_never_read_counts_as_charge_cap() -> None:
    house = House().plan("12:10-12:40")
    house.world = World()
    house.until("12:20")
    assert (house.status, house.reason, snapshot(house).tariff_name) == ("preserving", "car_unknown", None)


@pytest.mark.parametrize(
    ("code", "hours", "tariff"),
    [
        (LEGACY, 47, "intelligent_go_capped"),
        (LEGACY, 49, "not_begun"),
        (CAPPED, 47, "intelligent_go_capped"),
        (COSY, 47, "cosy"),
        (REFUSED, 47, "intelligent_flux"),
        (REFUSED, 49, "not_begun"),
    ],
)
def test_a_gap_between_agreements_is_bridged_for_two_days_on_no_promise(code: str, hours: int, tariff: str) -> None:
    gone = Agreement(code, at("2026-08-01T00:00"), at("12:00") - timedelta(hours=hours))
    read = replace(account(), agreements=(gone, Agreement(LEGACY, at("+2 12:00"))))
    assert standing_at(read, at("12:00")).tariff.key == tariff


def test_an_agreement_that_ends_in_a_slot_leaves_it_perhaps_cheap() -> None:
    read = replace(account(), agreements=(Agreement(LEGACY, at("2026-08-01T00:00"), at("12:20")),))
    house = House(world=World(account=read)).plan("12:00-12:40").until("12:20")
    assert (house.status, house.reason) == ("preserving", "car_unknown")


# --- wishes


def test_an_owners_hold_and_the_slot_after_it_are_one_hold() -> None:
    house = asks(House().plan("12:33-13:00"), "12:00-12:30", Intent.PRESERVE).until("13:10")
    assert times(house.writes) == ["12:00:00 63", "12:30:00 100", "13:00:00 20"]


def test_an_owners_hold_needs_no_plan() -> None:
    house = asks(House(online=False), "12:00-12:30", Intent.CHARGE).until("12:40")
    assert times(house.writes) == ["12:00:00 100", "12:30:00 20"]


def test_charge_beats_preserve_within_a_hold() -> None:
    house = asks(House().plan("12:10-12:40"), "12:00-13:00", Intent.PRESERVE).until("13:10")
    assert times(house.writes) == ["12:00:00 63", "12:10:00 100", "12:40:00 63", "13:00:00 20"]


# --- the record


def test_the_record_tells_slots_and_holds() -> None:
    record = House().plan("12:10-12:40").until("13:00").world.record
    assert record.slots == (span("12:10-12:40"),)
    assert [(held.interval, held.intent, held.reserve_pct) for held in record.holds] == [
        (span("12:10-12:40"), Intent.CHARGE, 100)
    ]


def test_the_record_of_a_hold_in_which_nothing_was_written() -> None:
    house = House(level=None, settings=Settings(mode=Mode.PRESERVE_CHARGE)).plan("12:10-12:40").until("13:00")
    assert [held.reserve_pct for held in house.world.record.holds] == [None]


def test_the_record_is_kept_for_fourteen_days() -> None:
    house = House().plan("12:10-12:40").until("13:00")
    house.now = at("2026-12-02T12:39")
    assert len(house.see().world.record.slots) == 1
    house.now = at("2026-12-02T12:40")
    record = house.see().world.record
    assert (record.slots, record.holds) == ((), ())


def test_a_hold_that_is_over_at_its_first_instant_leaves_no_record() -> None:
    house = House().plan("12:00-12:40").see()
    house.settings = Settings(automation=False)
    assert house.see().world.record.holds == ()
    house.world = replace(
        house.world,
        memory=replace(house.world.memory, phase=Holding(Claim(20, 20), began_at=house.now, ends_at=house.now)),
    )
    assert house.see().world.record.holds == ()


# --- laws of a day


def test_slot_events_tell_night_slots_too() -> None:
    house = House(now=at("23:50")).plan("+1 00:00-+1 01:00").until("+1 01:10")
    assert house.told == [Activity.SLOT_STARTED, Activity.SLOT_ENDED]


MINUTES = st.integers(0, 1500)


@settings(max_examples=20 if settings().max_examples <= 100 else 2000)
@given(
    rows=st.lists(st.tuples(MINUTES, st.integers(1, 240)), max_size=4),
    day=st.sampled_from(["2026-03-28T12:00", "2026-10-24T12:00", "2026-07-01T12:00"]),
    code=st.sampled_from([LEGACY, CAPPED]),
    level=st.none() | st.floats(0, 100),
    guard=st.sampled_from(NightGuard),
)
def test_law_a_day_with_an_obedient_battery_ends_as_it_began(
    rows: list[tuple[int, int]], day: str, code: str, level: float | None, guard: NightGuard
) -> None:
    start = at(day)
    read = Account(start, (Agreement(code, start - timedelta(days=9)),))
    house = House(now=start, world=World(account=read), level=level, settings=Settings(night_guard=guard))
    house.plan(
        *(replace(row("12:00-12:30"), start=start + it * MINUTE, end=start + (it + n) * MINUTE) for it, n in rows)
    )
    house.until(start + timedelta(hours=44), step=15 * MINUTE)
    assert (house.reserve, house.status) == (20, "idle")
    assert Activity.OVERRIDDEN not in house.told
    assert len(house.writes) <= 3 * (len(rows) + 2)
    assert all(held.interval.start < held.interval.end for held in house.world.record.holds)


@settings(max_examples=20 if settings().max_examples <= 100 else 2000)
@given(start=st.integers(0, 600), minutes=st.integers(3, 90))
def test_law_a_normal_day_slot_costs_exactly_two_writes_at_its_edges(start: int, minutes: int) -> None:
    begin = at("12:00") + start * MINUTE
    end = begin + minutes * MINUTE
    house = House().plan(replace(row("12:00-12:30"), start=begin, end=end)).until(end + 10 * MINUTE, step=3 * MINUTE)
    assert house.writes == [(begin, 100), (end, 20)]


@pytest.mark.parametrize(
    ("before", "found", "target", "expect"),
    [
        (20, 100, 100, True),
        (20, 80, 100, True),
        (20, 80, 80, True),
        (20, 100, 80, False),
        (20, 63, 100, False),
        (20, 20, 100, False),
        (20, 10, 10, False),
        (100, 100, 100, False),
        (100, 80, 100, False),
        (None, 100, 100, False),
        (20, None, 100, False),
    ],
)
def test_what_a_backup_of_before_a_hold_would_look_like(
    before: int | None, found: int | None, target: int, *, expect: bool
) -> None:
    assert is_raised_before_start(before, found, target, TESLA_LIMITS) is expect


def test_the_owners_reserve_is_what_is_read_while_nothing_of_ours_stands() -> None:
    house = House(reserve=35).plan("12:10-12:40")
    assert house.until("12:05").world.owners_reserve == 35
    assert house.until("12:39").world.owners_reserve == 35
    assert house.owner_sets(50).until("12:50").world.owners_reserve == 35
    assert house.until("13:20").world.owners_reserve == 50
    house.available = False
    assert house.until("13:30").world.owners_reserve == 50


def test_a_reserve_that_flickers_is_no_news_for_the_disk() -> None:
    house = House(reserve=20, reports=False, limits=Limits(tolerance=1)).until("12:01")
    house.owner_sets(19).until("12:02")
    assert house.world.owners_reserve == 20
    assert house.owner_sets(18).until("12:03").world.owners_reserve == 18
