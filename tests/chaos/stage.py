"""The stage of a day: frozen time, both clouds, a computer with a disk, and this integration installed on it."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
import random
import tempfile
from typing import Any

import aiohttp
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import teslemetry
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import pytest
from pytest_homeassistant_custom_component import plugins  # type: ignore[import-untyped]
from pytest_homeassistant_custom_component.common import MockConfigEntry  # type: ignore[import-untyped]
import pytest_socket
from tesla_fleet_api.const import SERVERS

from custom_components.octopus_powerwall.const import DOMAIN
from tests.frozen_time import make_frozen_time_cheap
from tests.simulators.octopus import (
    CHARGE_CAP_PRODUCT,
    WHOLE_SLOT_PRODUCT,
    OctopusSimulator,
)
from tests.simulators.octopus.short_way import with_short_way as with_short_way_to_octopus
from tests.simulators.octopus.world import EXPORT_PRODUCT, PROPERTY_ID
from tests.simulators.ohme import OhmeSimulator, redirect
from tests.simulators.tesla import PowerwallSite
from tests.simulators.tesla.redirect import RedirectedSession
from tests.simulators.tesla.short_way import with_short_way
from tests.stories.house import House
from tests.tesla_components import TESLA_TOKEN_URL

from .batteries import Kind, Link, TeslaLink, link_of
from .computer import Computer, WatchedTesla
from .mirrored import Mirrored

CHARGER = "binary_sensor.charger"
FAR_HOME = "7654321"
SETTLED = timedelta(minutes=5)


class Stage:
    """Where a day is played."""

    def __init__(
        self,
        freezer: FrozenDateTimeFactory,
        octopus: OctopusSimulator,
        tesla: WatchedTesla,
        ohme: OhmeSimulator,
        battery: Link,
        disk: Path,
    ) -> None:
        self.octopus = octopus
        self.tesla = tesla
        self.ohme = ohme
        self.battery = battery
        self.computer = Computer(freezer, battery, disk)
        self.freezer = freezer
        self.house: House
        self._entry_id = ""

    async def move_in(self, house: dict[str, Any]) -> None:
        """Boot for the first time and install both integrations."""
        computer = self.computer
        await computer.boot(with_battery=False, with_ours=False)
        await computer.do(self.battery.install(computer.hass))
        self.house = House(computer.hass, self.freezer, self.octopus, self.tesla)
        ohme = {}
        if house["ohme"]:
            ohme = {"slot_source": "ohme", "ohme_entry": await computer.install_ohme()}
        home = {"home": PROPERTY_ID} if house["two_homes"] else {}
        options = {**house["options"], **home, **ohme, **({"charging_entity": CHARGER} if house["charger"] else {})}
        self._add_entry(options)
        computer.hass.config_entries._async_schedule_save()
        self.show_charger(False if house["charger"] else None)
        await computer.do(computer.hass.config_entries.async_setup(self._entry_id))
        await self._keep_what_counts()
        # The registries are on the disk some time after they changed.
        await computer.wait(SETTLED)

    def _add_entry(self, options: dict[str, Any]) -> None:
        """Add our entry, as the flow would."""
        hass = self.computer.hass
        binding = self.battery.bind(hass)
        data = {
            "api_key": self.octopus.api_key,
            "account_number": self.octopus.account_number,
            "powerwall": binding.device_id or "other",
            "binding": binding.as_dict(),
        }
        entry = MockConfigEntry(
            domain=DOMAIN, title="Powerwall", unique_id=binding.unique_id, data=data, options=options
        )
        entry.add_to_hass(hass)
        self.house.entry, self._entry_id = entry, entry.entry_id

    async def _keep_what_counts(self) -> None:
        computer, battery = self.computer, self.battery
        if isinstance(battery, TeslaLink):
            kept = self.entry.runtime_data.driver.entities.ids
            computer.call(lambda: battery.disable_all_but(computer.hass, kept))
            await self.reload_battery()

    async def reload_battery(self) -> None:
        """Unload the battery's integration and load it again."""
        await self.computer.do(self.battery.reload(self.computer.hass))

    async def boot(self, *, with_battery: bool) -> None:
        """Boot again, from the disk."""
        await self.computer.boot(with_battery=with_battery)
        self.house.hass = self.computer.hass
        self.house.entry = self.entry

    @property
    def entry(self) -> ConfigEntry:
        """Our entry in the present run."""
        return self.computer.hass.config_entries.async_entries(DOMAIN)[0]

    @property
    def is_loaded(self) -> bool:
        """Whether our entry works."""
        return self.computer.is_on and self.entry.state is ConfigEntryState.LOADED

    def is_holding(self) -> bool:
        """Whether the integration says that it still has something to put back."""
        return self.is_loaded and bool(self.entry.runtime_data.snapshot.holding)

    def stored(self) -> str | None:
        """The text of our store on the disk."""
        return self.computer.stored(self._entry_id)

    async def call(self, domain: str, service: str, key: str, **data: Any) -> None:
        """Use one of our entities."""
        target = {"entity_id": self.house.entity_id(key), **data}
        await self.computer.hass.services.async_call(domain, service, target, blocking=True)

    async def act(self, action: str, **data: Any) -> None:
        """Use one of our actions."""
        services = self.computer.hass.services
        answers = services.supports_response(DOMAIN, action).value != "none"
        data = {"config_entry_id": self.entry.entry_id, **data}
        await services.async_call(DOMAIN, action, data, blocking=True, return_response=answers)

    def show_charger(self, charging: bool | None) -> None:
        """Let the charger's entity say so, or nothing."""
        if self.computer.is_on:
            said = "unavailable" if charging is None else "on" if charging else "off"
            self.computer.call(self.computer.hass.states.async_set, CHARGER, said)


@asynccontextmanager
async def staged(start: datetime, house: dict[str, Any], freezer: FrozenDateTimeFactory) -> AsyncGenerator[Stage]:
    """Build the stage, and clear it away."""
    site = PowerwallSite(
        reserve_pct=house["reserve"],
        soc_pct=house["level"],
        load_kw=house["load_kw"],
        solar_kw=house["solar_kw"],
        mode=house["mode"],
    )
    product = CHARGE_CAP_PRODUCT if house["capped"] else WHOLE_SLOT_PRODUCT
    with (
        tempfile.TemporaryDirectory(prefix="chaos-", dir=_memory()) as folder,
        pytest.MonkeyPatch.context() as monkeypatch,
    ):
        async with (
            OctopusSimulator(product_code=product) as octopus,
            WatchedTesla([site]) as tesla,
            OhmeSimulator(Mirrored(octopus)) as ohme,
        ):
            _shape(octopus, house)
            battery = link_of(Kind(house["battery"]), tesla)
            if not Kind(house["battery"]).is_tesla:
                # What Tesla's cloud makes of 81 to 99 is no matter of another battery's.
                site.snap = None
            reach = with_short_way(redirect(ohme.url, aiohttp.ClientSession._request), tesla)
            monkeypatch.setattr(aiohttp.ClientSession, "_request", with_short_way_to_octopus(reach, octopus))
            monkeypatch.setenv("OCTOPUS_POWERWALL_API_URL", octopus.url)
            monkeypatch.setitem(SERVERS, "eu", tesla.url)

            def redirected(hass: HomeAssistant) -> RedirectedSession:
                return RedirectedSession(async_get_clientsession(hass), tesla.url)

            monkeypatch.setattr(TESLA_TOKEN_URL, tesla.token_url)
            monkeypatch.setattr("homeassistant.components.tesla_fleet.coordinator.randint", lambda low, _high: low)
            for what in ("async_bind", "start"):
                monkeypatch.setattr(f"homeassistant.components.http.HomeAssistantHTTP.{what}", _no_server)
            monkeypatch.setattr(teslemetry, "async_get_clientsession", redirected)
            stage = Stage(freezer, octopus, tesla, ohme, battery, Path(folder))
            stage.computer.watch_disk(monkeypatch)
            try:
                yield stage
            finally:
                stage.computer.lose_power()
                tesla.let_go()
                await stage.computer.power_lost()


def _memory() -> Path | None:
    """A folder in memory where there is one: Home Assistant waits for the disk with every save."""
    shared = Path("/dev/shm")  # noqa: S108  only a folder of its own inside
    return shared if shared.is_dir() else None


async def _no_server(*_: Any) -> None:
    """Nobody looks at this Home Assistant over HTTP."""


def _shape(octopus: OctopusSimulator, house: dict[str, Any]) -> None:
    report = "live" if house["active_power"] else "null"
    octopus.set_device("car", restamps=house["restamps"], power_report=report)
    if house["two_cars"]:
        octopus.add_device("car2", power_report=report)
    if house["two_homes"]:
        # The far one is lived in as well, and its car charges there.
        octopus.add_home(FAR_HOME)
        octopus.set_device("car", property_id=PROPERTY_ID)
        if house["two_cars"]:
            octopus.set_device("car2", property_id=PROPERTY_ID)
        octopus.add_device("far", property_id=FAR_HOME)
    if house["two_meters"]:
        octopus.add_meter("VAR-22-11-01")
        octopus.add_meter(EXPORT_PRODUCT, is_export=True)
    octopus.set_completed(lag_min=house["completed_lag_min"])
    octopus.set_style(times=house["times"])


@contextmanager
def frozen(start: datetime) -> Generator[FrozenDateTimeFactory]:
    """Time that stands still, as in the tests; dice that always fall alike."""
    make_frozen_time_cheap()
    plugins.pytest_runtest_setup()
    pytest_socket.enable_socket()
    with freeze_time(start) as freezer:
        random.seed(str(start))
        yield freezer
