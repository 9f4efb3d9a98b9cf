"""What wants the owner: one binary sensor that is on for as long as it does, and a status that says it in red."""

from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.runtime import issues
from custom_components.octopus_powerwall.runtime.issues import ADVICE, Issue
from tests.simulators.tesla.behaviours import Ignored

from .house import House

pytestmark = [
    pytest.mark.freeze_time("2026-11-18 12:20:00+00:00"),
    pytest.mark.usefixtures("seldom_looked_at", "seldom_polled"),
]


def attention(house: House) -> tuple[str, list[str]]:
    """What the binary sensor says and names."""
    shown = house.entity("attention")
    return shown.state, shown.attributes["problems"]


async def test_a_restore_that_does_not_come_about(house: House) -> None:
    """Ten minutes after the reserve was due back, the status says so, whatever it is waiting for."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:59")
    assert attention(house) == ("off", [])
    house.tesla.misbehave(Ignored(), times=3)
    await house.until("13:09")
    assert (house.status, attention(house)) == ("restoring", ("off", []))
    await house.until("13:11")
    assert (house.status, house.reason) == ("restore_failed", "restore_failed")
    assert attention(house) == ("on", ["restore_failed"])
    await house.until("13:25")
    assert (house.status, attention(house)) == ("idle", ("off", []))


async def test_a_restore_that_fails_after_the_automation_was_switched_off(house: House) -> None:
    house.plan("12:30", "13:30")
    await house.move_in()
    await house.until("12:40")
    house.tesla.misbehave(Ignored(), times=4)
    await house.switch(on=False)
    await house.until("12:52")
    assert house.status == "restore_failed"


async def test_a_battery_that_does_not_obey(house: House) -> None:
    """It discharges although it was told twice to keep its charge."""
    house.plan("12:30", "13:30")
    house.tesla.site.set_in_app(mode="self_consumption")  # Time-Based Control may take 45 min
    await house.move_in()
    await house.choose("preserve_charge")
    await house.until("12:29")
    house.tesla.site.obeys = False
    # It may empty the part of a percent above the reserve; five minutes below it, it is told again; ten more, reported.
    await house.until("13:05")
    assert (house.status, house.reason) == ("not_obeying", "not_obeying")
    assert attention(house) == ("on", ["not_obeying"])
    house.tesla.site.obeys = True
    await house.until("13:29")
    assert (house.status, attention(house)) == ("preserving", ("off", []))


async def test_octopus_that_does_not_answer(house: House) -> None:
    await house.move_in()
    await house.octopus.stop()
    await house.until("12:45")
    assert attention(house) == ("off", [])
    await house.until("13:05")
    assert attention(house) == ("on", ["octopus_unreachable"])


async def test_what_the_owner_has_set_aside_asks_no_more(home: House) -> None:
    issues.show(home.hass, home.entry.entry_id, Issue.STORE_DAMAGED)
    await home.settle()
    assert attention(home) == ("on", ["store_damaged"])
    ir.async_ignore_issue(home.hass, DOMAIN, issues.issue_id(home.entry.entry_id, Issue.STORE_DAMAGED), True)
    await home.settle()
    assert attention(home) == ("off", [])


async def test_advice_can_wait(home: House) -> None:
    for advice in ADVICE:
        issues.show(home.hass, home.entry.entry_id, advice, dict.fromkeys(("tariff", "why", "integrations"), "x"))
    await home.settle()
    assert attention(home) == ("off", [])


async def test_another_writer_matters_once_it_has_written(home: House) -> None:
    issues.show(home.hass, home.entry.entry_id, Issue.CONFLICTING_AUTOMATIONS, {"automations": "x"})
    home.plan("12:30", "13:30")
    await home.until("12:35")
    assert attention(home) == ("off", [])
    home.tesla.site.set_in_app(reserve_pct=40)
    issues.show(home.hass, home.entry.entry_id, Issue.CONFLICTING_AUTOMATIONS, {"automations": "x"})
    await home.until("12:39")
    issues.show(home.hass, home.entry.entry_id, Issue.CONFLICTING_AUTOMATIONS, {"automations": "x"})
    await home.settle()
    assert home.status == "overridden"
    assert attention(home) == ("on", ["conflicting_automations"])


async def test_a_reload_forgets_nothing(home: House) -> None:
    issues.show(home.hass, home.entry.entry_id, Issue.LEFT_BEHIND, {"reserve": "20"})
    await home.hass.config_entries.async_reload(home.entry.entry_id)
    await home.settle()
    assert attention(home) == ("on", ["left_behind"])
