"""Octopus fails in every way it was ever seen to fail: the battery goes by what is known, and is put back on time.

(design 6; facts/octopus.md 1.4 and 8)
"""

from datetime import timedelta
from itertools import pairwise
from typing import Any

from homeassistant.config_entries import ConfigEntryState
import pytest

from custom_components.octopus_powerwall.domain.price.tariffs import INTELLIGENT_GO_CAPPED
from custom_components.octopus_powerwall.sources.octopus import POLLERS
from tests.simulators.octopus.faults import MINT, REST_PRODUCT, FaultKind

from .house import House
from .trouble import activities, controller, repair, repairs

pytestmark = [pytest.mark.freeze_time("2026-11-18 12:20:00+00:00"), pytest.mark.usefixtures("seldom_looked_at")]

# What leaves the plan as it is: no answer, or one that says nothing about it.
_KEEPS: dict[str, dict[str, Any]] = {
    **{
        kind.value: {"kind": kind}
        for kind in (
            FaultKind.HTTP_500,
            FaultKind.HTTP_502,
            FaultKind.HTTP_503,
            FaultKind.HTTP_429,
            FaultKind.CLOUDFRONT_403,
            FaultKind.JSON_403,
            FaultKind.HANG,
            FaultKind.HANG_IN_BODY,
            FaultKind.DROP,
            FaultKind.TRUNCATED,
            FaultKind.NOT_JSON,
            FaultKind.JSON_NOT_OBJECT,
            FaultKind.REDIRECT,
            FaultKind.NULL,
            FaultKind.NUMBER_NOT_LIST,
            FaultKind.MANY_ROWS,
            FaultKind.MISSING_START,
            FaultKind.MISSING_END,
            FaultKind.NULL_END,
            FaultKind.WRONG_TYPES,
            FaultKind.UNREADABLE_TIMES,
            FaultKind.ABSURD_TIMES,
            FaultKind.NULL_ROW,
            FaultKind.STRING_ROW,
            FaultKind.NULL_TYPE,
            FaultKind.NULL_ENERGY,
            FaultKind.UNREADABLE_ENERGY,
            FaultKind.SPACE_TIMES,
            FaultKind.NAIVE_TIMES,
            FaultKind.REVERSED,
            FaultKind.ZERO_LENGTH,
        )
    },
    "huge_body_of_50_mb": {"kind": FaultKind.HUGE_BODY, "times": 3},
    **{
        code: {"kind": code}
        for code in (
            "KT-CT-1111",
            "KT-CT-1112",
            "KT-CT-1120",
            "KT-CT-1124",
            "KT-CT-1143",
            "KT-CT-1145",
            "KT-CT-1188",
            "KT-CT-1199",
            "KT-CT-4301",
            "KT-CT-4340",
            "KT-CT-4341",
            "KT-CT-7899",
            "OE-0103",
        )
    },
    "empty_beside_LOST_CONNECTION": {"kind": FaultKind.EMPTY_PLAN, "state": "LOST_CONNECTION"},
}


@pytest.mark.parametrize("fault", _KEEPS)
async def test_fault_in_the_middle_of_a_hold(house: House, fault: str) -> None:
    """From ten minutes into the slot until it is over: the hold goes on, and ends to the second."""
    house.plan("12:30", "13:20")
    await house.move_in(whole_half_hours="off")
    await house.until("12:40")
    house.octopus.fail(**_KEEPS[fault])
    await house.until("13:19:59")
    assert house.told == [("12:30:00", 100)]
    assert house.status in {"charging_up", "preserving"}
    house.octopus.heal()
    await house.until("13:30")
    assert house.told == [("12:30:00", 100), ("13:20:00", 20)]
    assert house.reserve == 20
    await house.until("14:10")
    assert house.status == "idle"
    assert controller(house).coordinator.last_update_success
    assert repairs(house) == set()


async def test_a_plan_that_is_empty_because_the_car_is_away(house: House) -> None:
    """Away or unplugged, or Octopus' own muddle: nothing is bought from then on, and held half an hour at most."""
    house.plan("12:30", "13:20")
    await house.move_in(whole_half_hours="off")
    await house.until("12:40")
    house.octopus.fail(kind=FaultKind.EMPTY_PLAN, state="SMART_CONTROL_NOT_AVAILABLE")
    await house.until("13:19:59")
    assert house.writes == [100, 65, 20]
    assert "12:40" < house.told[1][0] < "12:44"
    assert "13:10" < house.told[2][0] < "13:17"


@pytest.mark.parametrize("fault", ["hang", "cloudfront_403", "KT-CT-1199", "KT-CT-4340"])
async def test_fault_over_the_whole_slot(house: House, fault: str) -> None:
    """Octopus is away from before the start to long after the end: what was planned is done, to the second."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:25")
    house.octopus.fail(**_KEEPS[fault])
    await house.until("14:00")
    assert house.told == [("12:30:00", 100), ("13:00:00", 20)]
    assert house.reserve == 20


async def test_hanging_octopus_delays_nothing_and_is_given_up_after_20_s(house: House) -> None:
    """A poll that hangs across both edges; the next goes out as if nothing had been."""
    house.plan("12:30", "13:00")
    await house.move_in()
    house.octopus.fail(FaultKind.HANG)
    await house.until("13:05")
    assert house.told == [("12:30:00", 100), ("13:00:00", 20)]
    asked = [request.at for request in house.octopus.polls]
    assert all(later - sooner >= timedelta(seconds=60) for sooner, later in pairwise(asked[1:]))
    assert len(asked) > 8


@pytest.mark.parametrize(
    ("kind", "fields"),
    [("KT-CT-1199", ()), ("KT-CT-1199", (MINT,)), ("http_429", ()), ("cloudfront_403", ())],
    ids=["1199_on_a_poll", "1199_on_the_mint", "429", "403_html"],
)
async def test_back_off(house: House, kind: str, fields: tuple[str, ...]) -> None:
    """Left alone for 5, 10, 20, 30 and 30 min; the token is kept; the owner is told, and told no more after it."""
    await house.move_in()
    await house.until("12:24")
    if fields:
        house.octopus.revoke_tokens()
    house.octopus.reset_log()
    house.octopus.fail(kind, fields=fields)
    await house.until("14:20")
    struck = [request.at for request in house.octopus.requests if request.fault]
    waits = [round((later - sooner).total_seconds() / 60) for sooner, later in pairwise(struck)]
    assert waits[:4] == [5, 10, 20, 30]
    # In two hours the token is renewed as usual, and no more than that.
    assert house.octopus.counters.mints <= (len(struck) if fields else 2)
    assert "rate_limited" in repairs(house)
    assert "octopus_unreachable" not in repairs(house)
    house.octopus.heal()
    await house.until("15:00")
    assert repairs(house) == set()
    assert house.octopus.counters.mints <= (len(struck) + 2 if fields else 3)


async def test_unreachable_is_told_after_half_an_hour(house: House) -> None:
    """Less than that is not told."""
    await house.move_in()
    house.octopus.fail(FaultKind.HTTP_503)
    await house.until("12:50")
    assert repairs(house) == set()
    await house.until("13:00")
    assert repairs(house) == {"octopus_unreachable"}
    house.octopus.heal()
    await house.until("13:10")
    assert repairs(house) == set()


async def test_request_that_is_rejected_with_a_good_key(house: House) -> None:
    """1111 although the token is fresh: told, and the next mint an hour later (design 6)."""
    await house.move_in()
    await house.until("12:24")
    house.octopus.fail("KT-CT-1111", fields=("devices", "flexPlannedDispatches", "account"))
    house.octopus.reset_log()
    await house.until("13:20")
    assert repairs(house) == {"octopus_rejected"}
    assert house.octopus.counters.mints == 1
    house.octopus.heal()
    await house.until("14:40")
    assert repairs(house) == set()


async def test_bad_key_is_asked_for_again(house: House) -> None:
    """The owner makes a new key: after two refusals 3 min apart re-authentication starts; a hold goes on and ends."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:40")
    house.octopus.rotate_key("sk_live_anotheranotheranotheranother0")
    await house.until("12:42")
    assert house.hass.config_entries.flow.async_progress_by_handler("octopus_powerwall") == []
    await house.until("12:50")
    flows = house.hass.config_entries.flow.async_progress_by_handler("octopus_powerwall")
    assert [flow["context"]["source"] for flow in flows] == ["reauth"]
    await house.until("13:30")
    assert house.told == [("12:30:00", 100), ("13:00:00", 20)]
    assert repairs(house) == set(), "being asked for a key says it all"


async def test_one_refused_mint_is_a_hiccup(house: House) -> None:
    """1139 once, when the token has run out: no re-authentication."""
    await house.move_in()
    await house.until("12:40")
    house.octopus.revoke_tokens()
    house.octopus.fail("KT-CT-1139", fields=(MINT,), times=1)
    await house.until("13:00")
    assert house.hass.config_entries.flow.async_progress_by_handler("octopus_powerwall") == []
    assert controller(house).coordinator.last_update_success


@pytest.mark.parametrize("fault", ["http_503", "KT-CT-1199", "hang", "cloudfront_403", "not_json"])
async def test_octopus_is_away_at_the_first_set_up(house: House, fault: str) -> None:
    """An entry that knows nothing waits for Octopus, and then does its work."""
    house.plan("13:10", "13:40")
    house.octopus.fail(fault)
    await house.add_entry(whole_half_hours="off")
    setting_up = house.hass.async_create_task(house.hass.config_entries.async_setup(house.entry.entry_id))
    await house.wait(seconds=42)
    assert setting_up.done()
    assert house.entry.state is ConfigEntryState.SETUP_RETRY
    house.octopus.heal()
    await house.until("13:50")
    assert house.entry.state is ConfigEntryState.LOADED
    assert house.told == [("13:10:00", 100), ("13:40:00", 20)]


async def test_empty_plan_is_a_withdrawal_only_when_it_was_whole_twice(house: House) -> None:
    """Two whole empty answers a minute apart end a hold; a healthy device with nothing planned has no slot."""
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    house.octopus.fail(FaultKind.EMPTY_PLAN)
    await house.until("12:43")
    assert house.writes == [100]
    await house.until("12:50")
    assert house.writes == [100, 20]
    assert house.reserve == 20


async def test_plan_lost_for_hours_ends_in_hands_off(house: House) -> None:
    """A slot of four hours, Octopus away all the while: charge for 60 min, hold for 2 h, then everything put back."""
    house.plan("12:30", "16:30")
    await house.move_in()
    await house.until("12:31")
    house.octopus.fail(FaultKind.HTTP_503)
    await house.until("13:20")
    assert house.status == "charging_up"
    await house.until("13:40")
    assert (house.status, house.reason) == ("preserving", "plan_aged")
    await house.until("14:40")
    assert house.reserve == 20
    assert (house.status, house.reason) == ("idle", "plan_too_old")


@pytest.mark.parametrize("seconds", [150, -150, 86_400])
async def test_clocks_that_differ(house: House, seconds: float) -> None:
    """More than 2 min off: every slot is only perhaps cheap, a repair says so, and goes away."""
    house.octopus.set_clock_skew(seconds)
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:40")
    assert (house.status, house.reason) == ("preserving", "clock_differs")
    assert "clock_differs" in repairs(house)
    house.octopus.set_clock_skew(0)
    await house.until("12:50")
    assert house.status == "charging_up"
    assert repairs(house) == set()
    await house.until("13:10")
    assert house.reserve == 20


async def test_migration_to_a_refused_tariff_restores_first(house: House) -> None:
    """In the middle of a hold the account becomes Intelligent Flux: put back, and never touched again."""
    house.plan("12:30", "13:30")
    house.octopus.migrate("INTELLI-FLUX-IMPORT-23-07-14", at=house.at("13:00"))
    await house.move_in()
    told = activities(house)
    await house.until("12:59")
    assert house.reserve == 100
    await house.until("13:10")
    assert house.told == [("12:30:00", 100), ("13:00:00", 20)]
    assert "reserve_restored" in told
    assert (house.status, house.reason) == ("not_supported", "tariff")
    assert "tariff_refused" in repairs(house)
    assert repair(house, "tariff_refused").translation_placeholders["tariff"] == "Intelligent Octopus Flux"
    house.plan("14:00", "14:30")
    await house.until("14:20")
    assert len(house.writes) == 2


async def test_product_that_cannot_be_read_after_a_restart_keeps_its_charge_cap(
    house: House, hass_storage: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the product's description tells that it has four rates, and only the store remembers what that said."""
    monkeypatch.setattr("tests.simulators.octopus.rest.tariff_typename", lambda _: "FourRateEvTariff")
    house.plan("12:30", "13:00")
    await house.move_in()
    assert controller(house).snapshot.tariff == INTELLIGENT_GO_CAPPED
    house.octopus.fail(FaultKind.HTTP_503, fields=[REST_PRODUCT])
    await house.hass.config_entries.async_unload(house.entry.entry_id)
    house.hass.data.pop(POLLERS)
    await house.hass.config_entries.async_setup(house.entry.entry_id)
    await house.settle()
    assert any(request.fault for request in house.octopus.requests)
    assert controller(house).coordinator.account is not None
    assert controller(house).snapshot.tariff == INTELLIGENT_GO_CAPPED
    await house.until("12:40")
    assert (house.status, house.reason) == ("preserving", "car_unknown")
