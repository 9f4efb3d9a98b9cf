"""What the owner does by hand: the select, the switch, the reserve itself, and the actions (design 5.5, 5.11 and 7)."""

from typing import Any

from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events  # type: ignore[import-untyped]

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.runtime.activity import EVENT_ACTIVITY
from tests.simulators.octopus import CHARGE_CAP_PRODUCT
from tests.tesla_components import set_reserve

from .house import House

pytestmark = [
    pytest.mark.freeze_time("2026-11-18 09:55:00+00:00"),
    pytest.mark.usefixtures("seldom_looked_at", "seldom_polled"),
]


@pytest.fixture(autouse=True)
def calm_house(house: House) -> None:
    """Let the battery keep its level until told otherwise."""
    house.tesla.site.load_kw = 0


@pytest.fixture
async def slot(house: House) -> None:
    """A slot from 10:00 to 11:00 on a whole-slot account."""
    house.plan("10:00", "11:00", name="slot")
    await house.move_in()


# --- select and switch ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("as_often_as_usual")
@pytest.mark.usefixtures("slot")
async def test_select_in_a_slot(house: House) -> None:
    """To preserve keeps what is in the battery at that moment; to charge up again charges on."""
    await house.until("10:20:10")
    await house.choose("preserve_charge")
    assert (house.status, house.reason) == ("preserving", "preserve_chosen")
    kept = int(house.tesla.site.soc_pct)
    await house.until("10:40:10")
    await house.choose("charge_up")
    await house.until("11:05")
    assert house.told == [("10:00:00", 100), ("10:20:10", kept), ("10:40:10", 100), ("11:00:00", 20)]
    assert kept == 67


@pytest.mark.usefixtures("slot")
async def test_automation_off_and_on_in_a_slot(house: House) -> None:
    """Off puts the reserve back at once; on takes the slot up again, with the same reserve to put back."""
    await house.until("10:20:10")
    await house.switch(on=False)
    assert house.status == "restoring"
    await house.until("10:25")
    assert (house.status, house.reason) == ("off", "automation_off")
    await house.until("10:40")
    await house.switch(on=True)
    assert house.status == "charging_up"
    await house.until("11:05")
    assert house.told == [("10:00:00", 100), ("10:20:10", 20), ("10:40:00", 100), ("11:00:00", 20)]


@pytest.mark.usefixtures("slot")
async def test_automation_off_and_on_at_once(house: House) -> None:
    """Before the restore is confirmed the reserve that is read means nothing: the first one found is put back."""
    await house.until("10:20:10")
    await house.switch(on=False)
    await house.switch(on=True)
    await house.until("11:05")
    assert house.told == [("10:00:00", 100), ("10:20:10", 20), ("10:20:10", 100), ("11:00:00", 20)]


@pytest.mark.usefixtures("slot")
async def test_automation_off_for_the_day(house: House) -> None:
    """Off, nothing is done."""
    await house.switch(on=False)
    await house.until("11:05")
    assert (house.status, house.writes) == ("off", [])


@pytest.mark.usefixtures("slot")
async def test_charge_target_in_a_slot(house: House) -> None:
    """A new target counts at once; one that Tesla does not take is refused with the reason."""
    await house.until("10:20:10")
    await house.aim(75)
    with pytest.raises(ServiceValidationError) as refusal:
        await house.aim(90)
    assert refusal.value.translation_key == "charge_target_refused"
    await house.until("11:05")
    assert house.told == [("10:00:00", 100), ("10:20:10", 75), ("11:00:00", 20)]


# --- the owner sets the reserve -------------------------------------------------------------------------


@pytest.mark.usefixtures("slot")
async def test_override_through_home_assistant(house: House) -> None:
    """Somebody's own call is the owner's will at once: nothing is written any more, and nothing put back."""
    await house.until("10:20:10")
    await set_reserve(house.hass, house.tesla.site, 40)
    await house.settle()
    assert (house.status, house.reason) == ("overridden", "owner_changed_reserve")
    assert house.entity("status").attributes["until"] == "2026-11-18T11:30:00+00:00"
    await house.until("11:45")
    assert house.told == [("10:00:00", 100), ("10:20:10", 40)]
    assert (house.status, house.reserve) == ("idle", 40)


@pytest.mark.usefixtures("slot")
async def test_override_in_the_tesla_app(house: House) -> None:
    """What only a reading shows is believed when a second one, a minute later, shows it again."""
    await house.until("10:20:10")
    house.tesla.site.set_in_app(reserve_pct=40)
    await house.until("10:21:30")
    assert house.status != "overridden"
    await house.until("10:22:30")
    assert house.status == "overridden"
    await house.until("11:45")
    assert house.told == [("10:00:00", 100)]
    assert house.reserve == 40


@pytest.mark.usefixtures("slot")
async def test_a_passing_reading_is_no_override(house: House) -> None:
    """Tesla's cloud shows something odd once: the hold goes on."""
    await house.until("10:20:10")
    house.tesla.site.set_in_app(reserve_pct=40)
    await house.until("10:21:30")
    house.tesla.site.set_in_app(reserve_pct=100)
    await house.until("11:05")
    assert house.told == [("10:00:00", 100), ("11:00:00", 20)]


async def test_override_lasts_through_slots_that_follow(house: House) -> None:
    """It ends when no slot has run for half an hour, not with the next slot of the same session."""
    for start, end in (("10:00", "10:30"), ("10:50", "11:10"), ("12:00", "12:30")):
        house.plan(start, end)
    await house.move_in()
    await house.until("10:20")
    await set_reserve(house.hass, house.tesla.site, 40)
    await house.until("11:05")
    assert house.status == "overridden"
    await house.until("11:39")
    assert house.status == "overridden"
    await house.until("11:41")
    assert house.status == "idle"
    await house.until("12:35")
    assert house.told == [("10:00:00", 100), ("10:20:00", 40), ("12:00:00", 100), ("12:30:00", 40)]


@pytest.mark.usefixtures("slot")
@pytest.mark.parametrize("word", ["select", "switch"])
async def test_override_ended_by_a_word(house: House, word: str) -> None:
    """Choosing in the select, or switching off and on, takes the slot up again; the owner's value is put back."""
    await house.until("10:20")
    await set_reserve(house.hass, house.tesla.site, 40)
    await house.until("10:30")
    if word == "select":
        await house.choose("charge_up")
    else:
        await house.switch(on=False)
        await house.switch(on=True)
    assert house.status == "charging_up"
    await house.until("11:05")
    assert house.told == [("10:00:00", 100), ("10:20:00", 40), ("10:30:00", 100), ("11:00:00", 40)]


async def test_the_reserve_set_between_slots(house: House) -> None:
    """Outside holds the owner's value is simply what will be put back next time."""
    house.plan("10:10", "10:30")
    await house.move_in(whole_half_hours="off")
    await house.until("10:05")
    await set_reserve(house.hass, house.tesla.site, 33)
    await house.until("10:35")
    assert house.told == [("10:05:00", 33), ("10:10:00", 100), ("10:30:00", 33)]


# --- skip_slot ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("slot")
async def test_skip_the_running_slot(house: House) -> None:
    """The reserve is put back at once, and the slot stays in sight."""
    await house.until("10:20:10")
    skipped = await house.act("skip_slot")
    assert (skipped["start"], skipped["end"]) == ("2026-11-18T10:00:00+00:00", "2026-11-18T11:00:00+00:00")
    await house.until("10:30")
    assert (house.status, house.reason) == ("idle", "slot_skipped")
    assert house.entity("smart_slot").state == "on"
    house.octopus.reshape("slot", end=house.at("11:20"))
    await house.until("11:25")
    assert house.told == [("10:00:00", 100), ("10:20:10", 20)]


async def test_skip_the_next_slot(house: House) -> None:
    """With none running it is the next; the one after it is held."""
    house.plan("10:00", "10:20")
    house.plan("10:40", "11:00")
    await house.move_in(whole_half_hours="off")
    await house.act("skip_slot")
    await house.until("11:05")
    assert house.told == [("10:40:00", 100), ("11:00:00", 20)]


async def test_skip_twice(house: House) -> None:
    """Asked again while the skipped slot runs, it is the same slot: a second press costs no other one."""
    house.plan("10:00", "10:20")
    house.plan("10:40", "11:00")
    await house.move_in(whole_half_hours="off")
    await house.act("skip_slot")
    await house.until("10:10")
    await house.act("skip_slot")
    await house.until("11:05")
    assert house.told == [("10:40:00", 100), ("11:00:00", 20)]


async def test_skip_by_start(house: House) -> None:
    """A slot is named by any time in it."""
    house.plan("10:00", "10:20")
    house.plan("10:40", "11:00")
    await house.move_in(whole_half_hours="off")
    await house.act("skip_slot", start=house.at("10:40"))
    await house.until("11:05")
    assert house.told == [("10:00:00", 100), ("10:20:00", 20)]


@pytest.mark.freeze_time("2026-11-18 21:55:00+00:00")
async def test_the_tail_of_a_skipped_slot(house: House) -> None:
    """A slot that would have held the night takes its night with it."""
    house.plan("22:00", "23:45")
    await house.move_in(whole_half_hours="off")
    await house.until("22:30")
    await house.act("skip_slot")
    await house.until("02:00", days=1)
    assert house.told == [("22:00:00", 100), ("22:30:00", 20)]


async def test_nothing_to_skip(house: House) -> None:
    """There must be a slot, and one at that time."""
    await house.move_in()
    with pytest.raises(ServiceValidationError) as none:
        await house.act("skip_slot")
    house.plan("10:00", "11:00")
    await house.until("10:05")
    with pytest.raises(ServiceValidationError) as other:
        await house.act("skip_slot", start=house.at("14:00"))
    assert (none.value.translation_key, other.value.translation_key) == ("no_slot_to_skip", "no_such_slot")


# --- hold_until, charge_until ---------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "reserve"), [("hold_until", 63), ("charge_until", 100)])
async def test_hold_outside_slots(house: House, action: str, reserve: int) -> None:
    """From now to the second it was asked for; on a charge-cap account too, for it is the owner's own word."""
    house.octopus.set_product(CHARGE_CAP_PRODUCT)
    await house.move_in()
    await house.until("10:00:10")
    await house.act(action, until=house.at("10:30:30"))
    assert house.reason == "owner"
    await house.until("10:35")
    assert house.told == [("10:00:10", reserve), ("10:30:30", 20)]
    assert house.status == "idle"


async def test_hold_joined_with_a_slot(house: House) -> None:
    """A hold of the owner's that reaches to within five minutes of a slot goes on into it."""
    house.plan("10:34", "11:00")
    await house.move_in(whole_half_hours="off")
    await house.act("hold_until", until=house.at("10:30"))
    await house.until("11:05")
    assert house.told == [("09:55:00", 63), ("10:30:00", 100), ("11:00:00", 20)]


@pytest.mark.usefixtures("as_often_as_usual")
@pytest.mark.usefixtures("slot")
async def test_hold_in_a_slot_and_beyond(house: House) -> None:
    """Charge beats preserve while the slot runs; after it the owner's hold goes on."""
    await house.until("10:20")
    await house.act("hold_until", until=house.at("11:30"))
    await house.until("11:35")
    assert [at for at, _ in house.told] == ["10:00:00", "11:00:00", "11:30:00"]
    assert house.told[0][1] == 100
    assert house.told[1][1] == int(63.4 + 100 * 1.8 / 13.5)


async def test_holds_that_cannot_be(house: House) -> None:
    """Past, too far ahead, or while everything is switched off."""
    await house.move_in()
    refusals = []
    for until in (house.at("09:00"), house.at("10:00", days=1)):
        with pytest.raises(ServiceValidationError) as refusal:
            await house.act("charge_until", until=until)
        refusals.append(refusal.value.translation_key)
    await house.switch(on=False)
    with pytest.raises(ServiceValidationError) as refusal:
        await house.act("charge_until", until=house.at("11:00"))
    assert [*refusals, refusal.value.translation_key] == ["until_in_past", "until_too_far", "automation_off"]
    assert house.writes == []


async def test_switch_off_ends_an_owner_hold(house: House) -> None:
    """Switched off, it is over, and does not come back with the switch."""
    await house.move_in()
    await house.act("charge_until", until=house.at("11:00"))
    await house.until("10:20")
    await house.switch(on=False)
    await house.switch(on=True)
    await house.until("11:05")
    assert house.told == [("09:55:00", 100), ("10:20:00", 20)]


# --- refresh, test_powerwall, dry run -------------------------------------------------------------------


async def test_refresh(house: House) -> None:
    """Octopus is asked at once, though not twice within a minute."""
    await house.move_in()
    await house.until("09:56:30")
    before = len(house.octopus.polls)
    house.plan("10:30", "11:00")
    await house.act("refresh")
    assert len(house.octopus.polls) == before + 1
    assert house.entity("planned_slots").state == "1"
    await house.act("refresh")
    assert len(house.octopus.polls) == before + 1


async def test_refresh_that_is_given_the_same_answer_again(house: House) -> None:
    """One answer that lacks the running slot stays one, however often it is shown: the slot is not withdrawn."""
    house.plan("10:00", "11:00")
    await house.move_in()
    await house.until("10:09")
    house.octopus.fail("empty_plan", times=1)
    polls = len(house.octopus.polls)
    while len(house.octopus.polls) == polls:
        await house.wait(seconds=1)
    await house.wait(seconds=50)
    await house.act("refresh")
    assert len(house.octopus.polls) == polls + 1
    await house.until("11:05")
    assert house.told == [("10:00:00", 100), ("11:00:00", 20)]


async def ask_to_test(house: House) -> dict[str, Any]:
    """Use the action ``test_powerwall`` and let time pass until it answers."""
    data = {"config_entry_id": house.entry.entry_id}
    call = house.hass.services.async_call(DOMAIN, "test_powerwall", data, blocking=True, return_response=True)
    answer = house.hass.async_create_background_task(call, "test_powerwall", eager_start=True)
    for _ in range(60):
        await house.wait(seconds=20)
        if answer.done():
            return dict(answer.result() or {})
    raise AssertionError("no answer")


async def test_try_the_powerwall(house: House) -> None:
    """One point up, read back, put back, and reported; then it waits for slots as before."""
    house.plan("10:30", "11:00")
    await house.move_in()
    answer = await ask_to_test(house)
    assert answer["seconds"] < 300
    expected = {"reserve_before": 20, "reserve_raised_to": 21, "read_back": 21, "restored": True}
    assert {key: answer[key] for key in expected} == expected
    assert house.writes == [21, 20]
    await house.until("11:05")
    assert house.told[2:] == [("10:30:00", 100), ("11:00:00", 20)]


@pytest.mark.usefixtures("as_often_as_usual")
async def test_try_the_powerwall_as_a_slot_begins(house: House) -> None:
    """A slot that appears meanwhile is held, and the owner's own reserve put back after it."""
    await house.move_in(whole_half_hours="off")
    await house.wait(minutes=2, seconds=15)
    house.plan("09:56", "10:30")
    answer = await ask_to_test(house)
    assert (answer["read_back"], answer["restored"]) == (21, False)
    await house.until("10:35")
    assert house.writes[0] == 21
    assert (house.writes[-2:], house.reserve) == ([100, 20], 20)


async def test_dry_run(house: House) -> None:
    """Everything is decided and shown, nothing is written."""
    happened = async_capture_events(house.hass, EVENT_ACTIVITY)
    house.plan("10:00", "11:00")
    await house.move_in(dry_run=True)
    await house.until("10:30")
    assert (house.status, house.reason) == ("would_charge_up", "whole_slot")
    assert house.entity("status").attributes["dry_run"] is True
    assert house.entity("status").attributes["target"] == 100
    assert house.entity("holding").state == "off"
    await house.until("11:05")
    assert house.writes == []
    assert [event.data["type"] for event in happened] == ["slot_started", "slot_ended"]
    assert all(event.data["dry_run"] for event in happened)
