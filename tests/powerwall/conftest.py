"""A driver that remembers what it told, and batteries that exist in the registries only."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.octopus_powerwall.powerwall.discovery import Binding, bind, bind_other, find_powerwalls
from custom_components.octopus_powerwall.powerwall.driver import PowerwallDriver

SITE = "1234567"
RESERVE = "number.my_reserve"
LEVEL = "sensor.my_level"


@dataclass
class Witness:
    """What a driver told its owner."""

    changes: int = 0
    calls: list[int] = field(default_factory=list)

    def changed(self) -> None:
        self.changes += 1


@pytest.fixture
def witness() -> Witness:
    return Witness()


@dataclass
class DriveFactory:
    hass: HomeAssistant
    witness: Witness
    drivers: list[PowerwallDriver] = field(default_factory=list)

    def __call__(self, binding: Binding) -> PowerwallDriver:
        driver = PowerwallDriver(
            self.hass, binding, on_change=self.witness.changed, on_call_by_another=self.witness.calls.append
        )
        driver.start()
        self.drivers.append(driver)
        return driver

    def only(self) -> PowerwallDriver:
        """Drive the only Powerwall there is."""
        (found,) = find_powerwalls(self.hass)
        return self(bind(self.hass, found))

    def other(self) -> PowerwallDriver:
        """Drive a number and a sensor that nobody knows."""
        return self.of(RESERVE)

    def of(self, reserve: str) -> PowerwallDriver:
        """Drive something of another domain."""
        return self(bind_other(self.hass, reserve, LEVEL))


@pytest.fixture
def drive(hass: HomeAssistant, witness: Witness) -> Iterator[DriveFactory]:
    """Drive what is bound, listening, until the test is over."""
    factory = DriveFactory(hass, witness)
    yield factory
    for driver in factory.drivers:
        driver.stop()


@dataclass
class Registered:
    """A Tesla energy site in the registries, with no integration behind it."""

    hass: HomeAssistant
    platform: str = "teslemetry"
    site_id: str = SITE
    name: str = "My Home"
    entry: MockConfigEntry = field(init=False)
    device: dr.DeviceEntry = field(init=False)

    def __post_init__(self) -> None:
        self.entry = MockConfigEntry(domain=self.platform)
        self.entry.add_to_hass(self.hass)
        self.device = dr.async_get(self.hass).async_get_or_create(
            config_entry_id=self.entry.entry_id, identifiers={(self.platform, self.site_id)}, name=self.name
        )

    def add(
        self,
        domain: str,
        key: str,
        *,
        state: str | None = None,
        unit: str | None = None,
        disabled_by: er.RegistryEntryDisabler | None = None,
        with_device: bool = True,
    ) -> str:
        """Register an entity of it, with a state if given; return its entity id."""
        entity = er.async_get(self.hass).async_get_or_create(
            domain,
            self.platform,
            f"{self.site_id}-{key}",
            config_entry=self.entry,
            device_id=self.device.id if with_device else None,
            disabled_by=disabled_by,
            translation_key=key,
            suggested_object_id=f"{self.platform}_{self.site_id}_{key}",
        )
        if state is not None:
            self.hass.states.async_set(entity.entity_id, state, {"unit_of_measurement": unit} if unit else {})
        return entity.entity_id

    def with_battery(self) -> Registered:
        """Add a reserve of 20 % and a level of 63.4 %."""
        self.add("number", "backup_reserve_percent", state="20")
        self.add("sensor", "percentage_charged", state="63.4")
        return self
