"""The battery never feeds the car, whatever the hour: the car guard in a whole house (design 5.14)."""

from homeassistant.core import Event
import pytest

from custom_components.octopus_powerwall.logbook import sentence
from custom_components.octopus_powerwall.runtime.activity import EVENT_ACTIVITY

from .house import House
from .trouble import owner_sets_through_ha

CAR = "binary_sensor.car"
CHARGE_CAP = "IOG-SMB-TOU-25-12-12"


def car(house: House, *, charging: bool | None) -> None:
    """What the owner's charger says."""
    house.hass.states.async_set(CAR, {True: "on", False: "off", None: "unavailable"}[charging])


async def move_in(house: House, guard: str = "preserve_charge", **options: object) -> None:
    """Set up with a guard and the entity that shows the car."""
    car(house, charging=False)
    await house.move_in(charging_entity=CAR, car_guard=guard, **options)


async def test_a_car_charges_at_lunch_time(house: House) -> None:
    await move_in(house)
    await house.until("12:01")
    car(house, charging=True)
    await house.until("13:30")
    assert house.told == [("12:01:00", 63)]
    assert (house.status, house.reason) == ("preserving", "car_guard")
    assert house.entity("status").attributes["until"] is None
    assert house.entity("status").attributes["baseline"] == 20
    assert house.entity("cheap_rate").state == "off"

    car(house, charging=False)
    await house.until("13:35")
    assert house.reserve == 20
    assert house.told[1][1] == 20
    assert "13:32:00" <= house.told[1][0] <= "13:33:00"
    await house.until("13:40")
    assert house.status == "idle"


async def test_the_owner_says_that_such_charging_is_cheap(house: House) -> None:
    await move_in(house, "charge_up")
    car(house, charging=True)
    await house.wait(minutes=10)
    assert (house.status, house.reason, house.writes) == ("charging_up", "car_guard", [100])


async def test_off_is_off(house: House) -> None:
    await move_in(house, "off")
    car(house, charging=True)
    await house.wait(hours=2)
    assert house.writes == []


@pytest.mark.parametrize("action", ["preserve_charge", "charge_up"])
async def test_into_a_slot_and_out_of_it(house: House, action: str) -> None:
    house.octopus.migrate(CHARGE_CAP)
    await move_in(house)
    await house.choose(action)
    await house.until("12:50")
    house.plan("13:30", "14:30")
    await house.until("13:00")
    car(house, charging=True)
    await house.until("14:00")
    assert house.reason == ("car_charging" if action == "charge_up" else "preserve_chosen")
    await house.until("15:00")
    assert house.reason == "car_guard"
    car(house, charging=False)
    await house.until("15:10")
    raised = [value for _, value in house.told[:-1]]
    assert len(raised) == (3 if action == "charge_up" else 1)
    assert house.reserve == 20
    assert house.writes[-1] == 20


async def test_the_owner_changes_the_reserve_while_the_car_charges(house: House) -> None:
    await move_in(house)
    car(house, charging=True)
    await house.wait(minutes=10)
    await owner_sets_through_ha(house, 35)
    await house.wait(hours=3)
    assert house.status == "overridden"
    assert house.reserve == 35
    car(house, charging=False)
    await house.wait(minutes=40)
    assert house.status == "idle"
    assert house.reserve == 35


async def test_a_charger_that_goes_offline_for_a_moment(house: House) -> None:
    await move_in(house)
    car(house, charging=True)
    await house.wait(minutes=10)
    car(house, charging=None)
    await house.wait(seconds=90)
    car(house, charging=True)
    await house.wait(hours=1)
    assert house.writes == [63]
    car(house, charging=None)
    await house.wait(minutes=6)
    assert house.writes == [63, 20]


@pytest.mark.usefixtures("seldom_looked_at", "seldom_polled")
async def test_an_entity_that_is_stuck(house: House) -> None:
    await move_in(house)
    car(house, charging=True)
    await house.until("23:20")
    assert house.writes == [63]
    await house.until("00:10", days=1)
    assert house.writes == [63, 20]
    await house.until("05:00")
    assert house.writes == [63, 20]


async def test_a_storm(house: House) -> None:
    house.tesla.site.storm_mode_active = True
    await move_in(house)
    await house.wait(minutes=2)
    car(house, charging=True)
    await house.wait(minutes=30)
    assert (house.status, house.reason, house.writes) == ("paused", "storm_watch", [])


async def test_dry_run(house: House) -> None:
    await move_in(house, dry_run=True)
    car(house, charging=True)
    await house.wait(minutes=30)
    assert house.reason == "car_guard"
    assert house.entity("status").attributes["target"] == 63
    assert house.writes == []


async def test_the_record_says_what_for(house: House) -> None:
    await move_in(house)
    car(house, charging=True)
    await house.wait(hours=1)
    car(house, charging=False)
    await house.wait(minutes=10)
    answer = await house.act("get_schedule")
    assert answer["holds"] == []
    (held,) = house.entry.runtime_data.world.record.holds
    assert held.causes == ("car_guard",)


async def test_the_logbook_names_the_value_and_what_its_end_hangs_on(house: House) -> None:
    told: list[Event] = []
    house.hass.bus.async_listen(EVENT_ACTIVITY, told.append)
    await move_in(house)
    car(house, charging=True)
    await house.wait(minutes=2)
    (raised,) = [event.data for event in told if event.data["type"] == "reserve_raised"]
    said = sentence(house.hass, raised)
    assert said.startswith("raised the backup reserve to 63 % until two minutes after the car stops.")
