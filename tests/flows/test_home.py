"""Several homes on one account: when it is asked which one has the Powerwall, and what follows from it."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.octopus_powerwall.sources.octopus import POLLERS, async_get_poller
from tests.powerwall.conftest import SITE, Registered
from tests.simulators.octopus import CHARGE_CAP_PRODUCT, REST_ACCOUNT, OctopusSimulator, User, home_account

from .conftest import AddEntry
from .forms import Flow

type Begin = Callable[[], Awaitable[Flow]]

FIRST, COTTAGE = "1234567", "7654321"
NEW_KEY = "sk_live_newnewnewnewnewnewnewnew0"
FIXED, FLUX, GO = "OE-FIX-12M-26-09-11", "INTELLI-FLUX-IMPORT-23-07-14", "GO-VAR-22-10-14"

pytestmark = [pytest.mark.freeze_time("2026-11-18 12:00:00+00:00"), pytest.mark.usefixtures("setup_entry")]


def cottage(octopus: OctopusSimulator, *, with_car: bool = False, **more: Any) -> None:
    """A second home, at a lane of its own."""
    octopus.add_home(COTTAGE, **more)
    if with_car:
        octopus.add_device("second", property_id=COTTAGE, name="Leaf")


# --- at set-up ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_car", [False, True])
async def test_two_homes_are_told_apart_by_address_and_tariff(
    log_in: Begin, octopus: OctopusSimulator, powerwall: Registered, *, with_car: bool
) -> None:
    """Also where no car says to which home it belongs: the meters do."""
    cottage(octopus, with_car=with_car, product_code=CHARGE_CAP_PRODUCT, display_name="Octopus Go Capped")
    flow = await log_in()
    assert flow.step == "home"
    assert flow.choices("home") == {
        FIRST: "1 Example Street, Intelligent Octopus Go",
        COTTAGE: "2 Example Lane, Octopus Go Capped",
    }
    await flow.submit(home=COTTAGE)
    assert flow.step == "powerwall"
    await flow.submit(powerwall=powerwall.device.id)
    assert "six hours" in flow.notes
    await flow.submit()
    assert flow.step == "create_entry"
    assert flow.result["result"].options == {"home": COTTAGE}


async def test_two_homes_with_one_car_each(log_in: Begin, octopus: OctopusSimulator, powerwall: Registered) -> None:
    octopus.set_device("car", property_id=FIRST, name="Model Y")
    cottage(octopus, with_car=True)
    octopus.add_slot(datetime(2026, 11, 18, 14, tzinfo=UTC), datetime(2026, 11, 18, 15, tzinfo=UTC), device="second")
    flow = await log_in()
    await flow.submit(home=FIRST)
    await flow.submit(powerwall=powerwall.device.id)
    await flow.submit()
    found = flow.result["description_placeholders"]["found"]
    assert "Octopus plans for Model Y." in found
    assert "No slot is planned" in found
    assert "Leaf" not in found


@pytest.mark.parametrize(
    ("product", "step", "note"),
    [(FIXED, "create_entry", "Your tariff is"), (GO, "reserve", "cheap every day at fixed hours")],
)
async def test_a_home_without_slots(
    log_in: Begin, octopus: OctopusSimulator, powerwall: Registered, product: str, step: str, note: str
) -> None:
    """The car is at the other one; nothing of it is said here."""
    octopus.set_device("car", property_id=FIRST)
    cottage(octopus, product_code=product)
    flow = await log_in()
    await flow.submit(home=COTTAGE)
    told = flow.notes
    await flow.submit(powerwall=powerwall.device.id)
    assert flow.step == step
    assert note in (told if step == "create_entry" else flow.notes)


async def test_a_home_whose_battery_is_somebody_elses_is_refused_and_the_other_can_be_chosen(
    log_in: Begin, octopus: OctopusSimulator
) -> None:
    cottage(octopus, product_code=FLUX)
    flow = await log_in()
    await flow.submit(home=COTTAGE)
    assert (flow.step, flow.errors) == ("home", {"base": "not_supported_tariff"})
    assert flow.fields["home"] == COTTAGE
    await flow.submit(home=FIRST)
    assert flow.step == "powerwall"


@pytest.mark.parametrize(
    ("change", "more"),
    [
        ("left", {"left_at": "2026-03-01T00:00:00Z"}),
        ("sold", {"product_code": "OUTGOING-VAR-24-10-26"}),
        ("gas", {}),
        ("ended", {}),
    ],
)
async def test_a_home_that_buys_no_electricity_is_not_asked_about(
    log_in: Begin, octopus: OctopusSimulator, change: str, more: dict[str, Any]
) -> None:
    octopus.add_home(COTTAGE, **more)
    place = octopus.world.account().properties[-1]
    octopus.add_device("second", property_id=COTTAGE)
    if change == "gas":
        place.meter_points.clear()
        place.gas = True
    if change == "ended":
        place.meter_points[0].agreements[0].valid_to = datetime(2026, 3, 1, tzinfo=UTC)
    assert (await log_in()).step == "powerwall"


async def test_a_home_that_is_moved_into_later_is_asked_about(log_in: Begin, octopus: OctopusSimulator) -> None:
    octopus.add_device("second", property_id=COTTAGE)
    cottage(octopus, since="2027-01-01T00:00:00Z")
    assert (await log_in()).step == "home"


async def test_homes_that_cannot_be_read_are_asked_for_later(
    log_in: Begin, octopus: OctopusSimulator, powerwall: Registered
) -> None:
    cottage(octopus)
    octopus.fail("http_503", fields=[REST_ACCOUNT])
    flow = await log_in()
    assert flow.step == "powerwall"


# --- later --------------------------------------------------------------------------------------------------------


@pytest.fixture
async def entry(
    hass: HomeAssistant, powerwall: Registered, add_entry: AddEntry, setup_entry: AsyncMock
) -> MockConfigEntry:
    """An entry from before there was a second home."""
    entry = add_entry(SITE, night_guard="charge_up")

    async def start(hass: HomeAssistant, entry: MockConfigEntry) -> bool:
        entry.runtime_data = SimpleNamespace(snapshot=SimpleNamespace(holding=False))
        return True

    setup_entry.side_effect = start
    assert await hass.config_entries.async_setup(entry.entry_id)
    return entry


@pytest.fixture
def as_read(hass: HomeAssistant, entry: MockConfigEntry, octopus: OctopusSimulator) -> Iterator[Callable[[], Any]]:
    """The account as a running entry has read it."""

    async def read() -> None:
        await async_get_poller(hass, octopus.api_key, octopus.account_number).async_account(now_please=True)

    yield read
    hass.data.pop(POLLERS, None)


async def reconfigure(hass: HomeAssistant, entry: MockConfigEntry, **changes: Any) -> Flow:
    flow = Flow(await entry.start_reconfigure_flow(hass), hass.config_entries.flow.async_configure, "config")
    known = {key: entry.data[key] for key in ("account_number", "powerwall")}
    await flow.submit(**{**known, **changes})
    return flow


async def test_reconfigure_asks_where_there_are_several(
    hass: HomeAssistant, entry: MockConfigEntry, octopus: OctopusSimulator, as_read: Callable[[], Any]
) -> None:
    cottage(octopus, with_car=True)
    await as_read()
    requests = len(octopus.requests)
    flow = await reconfigure(hass, entry)
    assert flow.step == "home"
    await flow.submit(home=COTTAGE)
    assert (flow.step, flow.result["reason"]) == ("abort", "reconfigure_successful")
    assert entry.options == {"night_guard": "charge_up", "home": COTTAGE}
    assert len(octopus.requests) == requests
    await hass.async_block_till_done()
    assert (await reconfigure(hass, entry)).fields["home"] == COTTAGE


async def test_reconfigure_asks_nothing_where_there_is_one(
    hass: HomeAssistant, entry: MockConfigEntry, as_read: Callable[[], Any]
) -> None:
    hass.config_entries.async_update_entry(entry, options={"home": COTTAGE})
    await as_read()
    flow = await reconfigure(hass, entry)
    assert flow.step == "abort"
    assert entry.options == {}


async def test_reconfigure_to_an_account_with_several(
    hass: HomeAssistant, entry: MockConfigEntry, octopus: OctopusSimulator
) -> None:
    octopus.world.users.append(User("3", {NEW_KEY}, [home_account("A-0000BEEF")]))
    octopus.add_home(COTTAGE, account="A-0000BEEF", product_code=FLUX)
    octopus.add_device("second", account="A-0000BEEF", property_id=COTTAGE)
    flow = await reconfigure(hass, entry, api_key=NEW_KEY, account_number="A-0000BEEF")
    assert flow.step == "home"
    await flow.submit(home=COTTAGE)
    assert flow.errors == {"base": "not_supported_tariff"}
    assert entry.data["account_number"] == octopus.account_number
    await flow.submit(home=FIRST)
    assert flow.step == "abort"
    assert (entry.data["account_number"], entry.options["home"]) == ("A-0000BEEF", FIRST)


async def test_reconfigure_goes_on_to_another_battery(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    octopus: OctopusSimulator,
    as_read: Callable[[], Any],
    other_battery: tuple[str, str],
) -> None:
    cottage(octopus)
    await as_read()
    flow = await reconfigure(hass, entry, powerwall="other")
    await flow.submit(home=FIRST)
    assert flow.step == "other"
    reserve, level = other_battery
    await flow.submit(reserve_entity=reserve, battery_level_entity=level)
    assert (entry.unique_id, entry.options["home"]) == (reserve, FIRST)


async def test_the_options_offer_the_home_and_keep_it(
    hass: HomeAssistant, entry: MockConfigEntry, octopus: OctopusSimulator, as_read: Callable[[], Any]
) -> None:
    async def options() -> Flow:
        result = await hass.config_entries.options.async_init(entry.entry_id)
        return Flow(result, hass.config_entries.options.async_configure, "options")

    flow = await options()
    assert "home" not in flow.fields
    cottage(octopus)
    await as_read()
    flow = await options()
    assert set(flow.choices("home")) == {FIRST, COTTAGE}
    await flow.submit(home=COTTAGE)
    assert entry.options["home"] == COTTAGE
    hass.data.pop(POLLERS)
    await (await options()).submit(dry_run=True)
    assert (entry.options["home"], entry.options["dry_run"]) == (COTTAGE, True)
