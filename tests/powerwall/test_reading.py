"""What the states of a battery's entities mean (design 4.3, 5.8)."""

from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from hypothesis import given, strategies as st
import pytest

from custom_components.octopus_powerwall.domain.reason import Reason
from custom_components.octopus_powerwall.domain.reserve.limits import Limits
from custom_components.octopus_powerwall.domain.reserve.situation import Battery, OperationMode
from custom_components.octopus_powerwall.domain.reserve.target import Level
from custom_components.octopus_powerwall.domain.reserve.writing import Reading
from custom_components.octopus_powerwall.powerwall.reading import as_percentage
from custom_components.octopus_powerwall.powerwall.tesla import TESLA_LIMITS
from tests.simulators.tesla import HttpError, IslandStatus, Mode, Override, TeslaSimulator
from tests.tesla_components import SetUpEntry, advance, set_reserve, tesla_entity_id

from .conftest import LEVEL, RESERVE, DriveFactory, Registered

MINUTE = timedelta(minutes=1)


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.parametrize(
    ("state", "value"),
    [
        ("20", 20),
        ("0", 0),
        ("-0.0", 0),
        ("100", 100),
        ("63.0", 63),
        ("63.9", 63),
        ("62.5", 62),
        ("99.99", 99),
        ("100.4", None),
        ("-0.1", None),
        ("-1", None),
        ("101", None),
        ("nan", None),
        ("inf", None),
        ("unavailable", None),
        ("unknown", None),
        ("", None),
        (None, None),
        (55, 55),
        ([], None),
    ],
)
def test_a_percentage_is_whole_and_between_nothing_and_all(state: object, value: int | None) -> None:
    assert as_percentage(state) == value


@given(st.one_of(st.text(), st.floats(), st.integers(), st.none()))
def test_a_percentage_is_never_anything_else(value: object) -> None:
    pct = as_percentage(value)
    assert pct is None or (type(pct) is int and 0 <= pct <= 100)


async def test_the_battery_of_tesla_fleet(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    tesla: TeslaSimulator,
    setup_tesla_fleet: SetUpEntry,
    drive: DriveFactory,
) -> None:
    tesla.site.car_power_kw = 4.0
    await setup_tesla_fleet()
    driver = drive.only()
    assert driver.read(_now()) == Battery(
        reserve=Reading(20, _now()),
        level=Level(63.4, _now()),
        battery_w=4500.0,
        grid_w=0.0,
        block=None,
        mode=OperationMode.SELF_POWERED,
        reports=True,
        limits=TESLA_LIMITS,
    )
    await set_reserve(hass, tesla.site, 100)
    await advance(hass, freezer, MINUTE)
    battery = driver.read(_now())
    assert battery.reserve.value == 100
    assert battery.battery_w == pytest.approx(-1800)
    assert battery.grid_w == pytest.approx(6300)


async def test_an_equal_reading_is_a_new_one(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    tesla: TeslaSimulator,
    setup_tesla_fleet: SetUpEntry,
    drive: DriveFactory,
) -> None:
    await setup_tesla_fleet()
    driver = drive.only()
    before = driver.read(_now()).reserve
    await advance(hass, freezer, 5 * MINUTE)
    after = driver.read(_now()).reserve
    assert after.value == before.value == 20
    assert before.reported_at is not None
    assert after.reported_at is not None
    assert after.reported_at - before.reported_at >= 4 * MINUTE


@pytest.mark.parametrize("platform", ["tesla_fleet", "tessie"])
@pytest.mark.parametrize(
    ("island", "storm", "services", "block"),
    [
        (IslandStatus.ON_GRID, False, False, None),
        (IslandStatus.UNKNOWN, False, False, None),
        (IslandStatus.OFF_GRID, False, False, Reason.GRID_DOWN),
        (IslandStatus.INTENTIONAL, False, True, Reason.GRID_DOWN),
        (IslandStatus.UNINTENTIONAL, False, False, Reason.GRID_DOWN),
        (IslandStatus.OFF_GRID, True, True, Reason.STORM_WATCH),
        (IslandStatus.ON_GRID, False, True, Reason.GRID_SERVICES),
    ],
)
async def test_what_blocks(
    hass: HomeAssistant,
    tesla: TeslaSimulator,
    setup_tesla_fleet: SetUpEntry,
    setup_tessie: SetUpEntry,
    drive: DriveFactory,
    platform: str,
    island: IslandStatus,
    storm: bool,
    services: bool,
    block: Reason | None,
) -> None:
    tesla.site.island_status, tesla.site.storm_mode_active, tesla.site.grid_services_active = island, storm, services
    await (setup_tesla_fleet if platform == "tesla_fleet" else setup_tessie)()
    assert drive.only().read(_now()).block is block


async def test_backup_mode(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry, drive: DriveFactory
) -> None:
    tesla.site.set_in_app(mode=Mode.BACKUP)
    await setup_tesla_fleet()
    assert drive.only().read(_now()).backup_mode


async def test_a_site_that_is_offline_says_nothing_and_blocks_nothing(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    tesla: TeslaSimulator,
    setup_tesla_fleet: SetUpEntry,
    drive: DriveFactory,
) -> None:
    tesla.site.storm_mode_active = True
    await setup_tesla_fleet()
    tesla.site.offline = True
    await advance(hass, freezer, MINUTE)
    battery = drive.only().read(_now())
    assert battery.reserve == Reading()
    assert (battery.level.value, battery.battery_w, battery.grid_w, battery.block) == (None, None, None, None)


async def test_a_missing_level_is_read_as_the_zero_it_is_shown_as(
    hass: HomeAssistant, tesla: TeslaSimulator, setup_tesla_fleet: SetUpEntry, drive: DriveFactory
) -> None:
    tesla.misbehave(Override(missing=("percentage_charged",)), "live_status")
    await setup_tesla_fleet()
    level = drive.only().read(_now()).level
    assert level.value == 0
    assert not level.is_sound()


async def test_powers_that_a_rate_limit_left_standing_are_not_believed(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    tesla: TeslaSimulator,
    setup_tesla_fleet: SetUpEntry,
    drive: DriveFactory,
) -> None:
    await setup_tesla_fleet()
    driver = drive.only()
    tesla.misbehave(HttpError(429, retry_after_s=3600), "live_status")
    await advance(hass, freezer, 9 * MINUTE)
    assert driver.read(_now()).battery_w == 500
    await advance(hass, freezer, 3 * MINUTE)
    assert driver.read(_now()).battery_w is None
    assert driver.read(_now()).reserve.value == 20


async def test_a_number_that_knows_it_is_unavailable_but_does_not_show_it(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    tesla: TeslaSimulator,
    setup_tesla_fleet: SetUpEntry,
    drive: DriveFactory,
) -> None:
    await setup_tesla_fleet(expires_in_s=600)
    driver = drive.only()
    tesla.misbehave(HttpError(401, "login_required"), "token")
    await advance(hass, freezer, 15 * MINUTE)
    state = hass.states.get(tesla_entity_id(hass, "backup_reserve_percent", tesla.site))
    assert state is not None
    assert state.state == "20"
    assert driver.read(_now()).reserve == Reading()


@pytest.mark.parametrize(
    ("state", "unit", "watts"),
    [
        ("1.5", "kW", 1500.0),
        ("-1500", "W", -1500.0),
        ("0.5", "MW", 500000.0),
        ("0", "kW", 0.0),
        ("5", None, None),
        ("5", "%", None),
        ("unknown", "kW", None),
        ("unavailable", "kW", None),
        ("nan", "kW", None),
    ],
)
def test_powers_are_watts_whatever_the_unit(
    hass: HomeAssistant, drive: DriveFactory, state: str, unit: str | None, watts: float | None
) -> None:
    site = Registered(hass).with_battery()
    site.add("sensor", "battery_power", state=state, unit=unit)
    site.add("sensor", "grid_power", state=state, unit=unit)
    battery = drive.only().read(_now())
    assert (battery.battery_w, battery.grid_w) == (watts, watts)


@pytest.mark.parametrize(
    ("island", "grid", "block"),
    [
        (None, "off", Reason.GRID_DOWN),
        (None, "on", None),
        (None, "unavailable", None),
        ("on_grid", "off", None),
        ("unavailable", "off", None),
        ("off_grid", "on", Reason.GRID_DOWN),
    ],
)
def test_the_grid_status_counts_only_where_there_is_no_island_status(
    hass: HomeAssistant, drive: DriveFactory, island: str | None, grid: str, block: Reason | None
) -> None:
    site = Registered(hass).with_battery()
    site.add("binary_sensor", "grid_status", state=grid)
    if island is not None:
        site.add("sensor", "island_status", state=island)
    assert drive.only().read(_now()).block is block


def test_an_island_status_that_never_spoke_blocks_nothing(hass: HomeAssistant, drive: DriveFactory) -> None:
    site = Registered(hass).with_battery()
    site.add("sensor", "island_status")
    assert drive.only().read(_now()).block is None


@pytest.mark.parametrize("key", ["backup_reserve_percent", "percentage_charged"])
def test_what_is_disabled_is_unknown(hass: HomeAssistant, drive: DriveFactory, key: str) -> None:
    site = Registered(hass).with_battery()
    driver = drive.only()
    entity_id = site.add("sensor" if key.startswith("percentage") else "number", key)
    er.async_get(hass).async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    hass.states.async_remove(entity_id)
    battery = driver.read(_now())
    unknown = battery.level.value if key.startswith("percentage") else battery.reserve.value
    assert unknown is None


def test_another_battery_has_a_reserve_and_a_level_and_does_not_report(
    hass: HomeAssistant, drive: DriveFactory
) -> None:
    driver = drive.other()
    assert driver.read(_now()) == Battery(reports=False, limits=Limits(tolerance=1))
    hass.states.async_set(RESERVE, "62.5")
    hass.states.async_set(LEVEL, "70.1")
    battery = driver.read(_now())
    assert (battery.reserve.value, battery.level.value, battery.reports) == (62, 70.1, False)
    hass.states.async_set(LEVEL, "inf")
    assert driver.read(_now()).level.value is None
