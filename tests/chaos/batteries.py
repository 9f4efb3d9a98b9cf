"""What stands between Home Assistant and the battery: one of Tesla's integrations, or a gateway of another make.

Each is installed once, set up at every boot, and can be unloaded, loaded and signed in to again.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, override

import aiohttp
from homeassistant.components.application_credentials import ClientCredential, async_import_client_credential
from homeassistant.components.number import NumberEntity
from homeassistant.components.number.const import DATA_COMPONENT as NUMBERS
from homeassistant.components.sensor import DATA_COMPONENT as SENSORS, SensorEntity
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry  # type: ignore[import-untyped]

from custom_components.octopus_powerwall.powerwall.discovery import Binding, bind, bind_other, find_powerwalls
from tests.simulators.tesla import TeslaSimulator
from tests.simulators.tesla.storage import token_data
from tests.tesla_components import tesla_entity_id

GATEWAY_POLL = timedelta(seconds=60)
_GATEWAY_PATIENCE_S = 20


class Kind(StrEnum):
    """How the battery is reached."""

    TESLA_FLEET = "tesla_fleet"
    TESLEMETRY = "teslemetry"
    ROUNDING = "rounding"
    SCALING = "scaling"

    @property
    def is_tesla(self) -> bool:
        """Whether it is one of Tesla's integrations."""
        return self in (Kind.TESLA_FLEET, Kind.TESLEMETRY)

    def shown(self, reserve_pct: int) -> float:
        """What is read of a reserve: gateways of another make have scales of their own (facts/second_round.md 1)."""
        match self:
            case Kind.ROUNDING:
                # A scaling that gives some values back a tenth, some a whole point lower.
                return (
                    reserve_pct - 1 if reserve_pct % 4 == 3 else reserve_pct - 0.1 if reserve_pct % 4 else reserve_pct
                )
            case Kind.SCALING:
                # The lowest twentieth is kept back and not shown: 20 is read as 15.8, 80 as 78.9.
                return round(max(reserve_pct - 5, 0) / 0.95, 1)
            case _:
                return reserve_pct


class Link(ABC):
    """The way to the battery in a house."""

    @abstractmethod
    async def prepare(self, hass: HomeAssistant) -> None:
        """Do what has to be done in a new run before anything is set up."""

    @abstractmethod
    async def install(self, hass: HomeAssistant) -> None:
        """Add it for the first time, as its flow would."""

    @abstractmethod
    async def set_up(self, hass: HomeAssistant) -> None:
        """Set it up in a new run."""

    @abstractmethod
    def is_set_up(self, hass: HomeAssistant) -> bool:
        """Whether it was set up in this run."""

    @abstractmethod
    async def unload(self, hass: HomeAssistant) -> None:
        """Take its entities away for a while."""

    @abstractmethod
    async def load(self, hass: HomeAssistant) -> None:
        """Bring them back."""

    async def reload(self, hass: HomeAssistant) -> None:
        """Unload it and load it again."""
        await self.unload(hass)
        await self.load(hass)

    @abstractmethod
    def bind(self, hass: HomeAssistant) -> Binding:
        """What our entry remembers of it."""

    @abstractmethod
    def reserve_entity_id(self, hass: HomeAssistant) -> str:
        """The number that holds the reserve."""

    @abstractmethod
    def wants_sign_in(self, hass: HomeAssistant) -> bool:
        """Whether it has given up and asks for a new log-in."""

    @abstractmethod
    async def sign_in(self, hass: HomeAssistant) -> None:
        """Log in again, as its form would."""


class TeslaLink(Link):
    """``tesla_fleet`` or ``teslemetry`` with the simulated cloud."""

    def __init__(self, tesla: TeslaSimulator, domain: str) -> None:
        self._tesla = tesla
        self._domain = domain

    @override
    async def prepare(self, hass: HomeAssistant) -> None:
        if self._domain == "teslemetry":
            # Bluetooth is for cars, and there is none here.
            hass.config.components.update({"usb", "bluetooth", "bluetooth_adapters"})
        await async_setup_component(hass, "application_credentials", {})
        credential = ClientCredential("simulated-client", "simulated-secret", "Simulated")
        await async_import_client_credential(hass, "tesla_fleet", credential)

    def _token(self) -> dict[str, Any]:
        return token_data(self._tesla.issue_token(), now=datetime.now(UTC).timestamp())

    @override
    async def install(self, hass: HomeAssistant) -> None:
        data = {"auth_implementation": self._domain, "token": self._token()}
        version = 2 if self._domain == "teslemetry" else 1
        entry = MockConfigEntry(
            domain=self._domain, title="Tesla", unique_id="simulated-owner", data=data, version=version
        )
        entry.add_to_hass(hass)
        hass.config_entries._async_schedule_save()
        await hass.config_entries.async_setup(entry.entry_id)

    def entry(self, hass: HomeAssistant) -> ConfigEntry:
        """The account in the present run."""
        return hass.config_entries.async_entries(self._domain)[0]

    @override
    async def set_up(self, hass: HomeAssistant) -> None:
        await async_setup_component(hass, self._domain, {})

    @override
    def is_set_up(self, hass: HomeAssistant) -> bool:
        return self._domain in hass.config.components

    @override
    async def unload(self, hass: HomeAssistant) -> None:
        if self.entry(hass).state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(self.entry(hass).entry_id)

    @override
    async def load(self, hass: HomeAssistant) -> None:
        if self.entry(hass).state is ConfigEntryState.NOT_LOADED:
            await hass.config_entries.async_setup(self.entry(hass).entry_id)

    @override
    async def reload(self, hass: HomeAssistant) -> None:
        await hass.config_entries.async_reload(self.entry(hass).entry_id)

    @override
    def bind(self, hass: HomeAssistant) -> Binding:
        return bind(hass, find_powerwalls(hass)[0])

    @override
    def reserve_entity_id(self, hass: HomeAssistant) -> str:
        return tesla_entity_id(hass, "backup_reserve_percent", self._tesla.site, self._domain)

    @override
    def wants_sign_in(self, hass: HomeAssistant) -> bool:
        return self.entry(hass).state is ConfigEntryState.SETUP_ERROR

    @override
    async def sign_in(self, hass: HomeAssistant) -> None:
        entry = self.entry(hass)
        hass.config_entries.async_update_entry(entry, data={**entry.data, "token": self._token()})
        await hass.config_entries.async_reload(entry.entry_id)

    def disable_all_but(self, hass: HomeAssistant, kept: frozenset[str]) -> None:
        """Disable the entities that nobody here reads: their states would take a quarter of the time."""
        registry = er.async_get(hass)
        for entity in list(registry.entities.values()):
            if entity.platform == self._domain and entity.entity_id not in kept:
                registry.async_update_entity(entity.entity_id, disabled_by=er.RegistryEntryDisabler.USER)


class GatewayLink(Link):
    """A gateway in the house: a number and a sensor, read once a minute, with a scale of their own."""

    def __init__(self, tesla: TeslaSimulator, kind: Kind) -> None:
        self._tesla = tesla
        self._kind = kind
        self._token = tesla.issue_token()
        self._parts: tuple[_Reserve, _Level] | None = None
        self._of: HomeAssistant | None = None
        self._is_loaded = False

    @override
    async def prepare(self, hass: HomeAssistant) -> None:
        # Tesla's integrations bring it with them.
        await async_setup_component(hass, "network", {})

    @override
    def wants_sign_in(self, hass: HomeAssistant) -> bool:
        return False

    @override
    async def sign_in(self, hass: HomeAssistant) -> None:
        raise HomeAssistantError("there is nothing to sign in to")

    @override
    async def install(self, hass: HomeAssistant) -> None:
        await self.set_up(hass)

    @override
    async def set_up(self, hass: HomeAssistant) -> None:
        self._of, self._is_loaded = hass, True
        for domain in ("number", "sensor"):
            await async_setup_component(hass, domain, {})
        self._parts = reserve, level = _Reserve(self), _Level(self)
        await hass.data[NUMBERS].async_add_entities([reserve])
        await hass.data[SENSORS].async_add_entities([level])

        async def poll(_now: datetime) -> None:
            await self.read(hass)
            reserve.async_write_ha_state()
            level.async_write_ha_state()

        async_track_time_interval(hass, poll, GATEWAY_POLL, cancel_on_shutdown=True)
        await poll(datetime.now(UTC))

    @override
    def is_set_up(self, hass: HomeAssistant) -> bool:
        return self._of is hass

    @override
    async def unload(self, hass: HomeAssistant) -> None:
        await self._show_loaded(False)

    @override
    async def load(self, hass: HomeAssistant) -> None:
        await self._show_loaded(True)

    async def _show_loaded(self, loaded: bool) -> None:
        self._is_loaded = loaded
        assert self._of is not None
        assert self._parts is not None
        await self.read(self._of)
        for part in self._parts:
            part.async_write_ha_state()

    @override
    def bind(self, hass: HomeAssistant) -> Binding:
        assert self._parts is not None
        return bind_other(hass, self._parts[0].entity_id, self._parts[1].entity_id)

    @override
    def reserve_entity_id(self, hass: HomeAssistant) -> str:
        assert self._parts is not None
        return self._parts[0].entity_id

    async def read(self, hass: HomeAssistant) -> None:
        """Read reserve and level; where that fails they are unavailable."""
        assert self._parts is not None
        reserve, level = self._parts
        info, live = await self._get(hass, "site_info"), await self._get(hass, "live_status")
        pct, soc = info.get("backup_reserve_percent"), live.get("percentage_charged")
        reserve.show(None if pct is None else self._kind.shown(pct))
        level.show(soc)

    async def write(self, hass: HomeAssistant, value: float) -> None:
        """Ask for a reserve; raises HomeAssistantError."""
        await self._request(hass, "post", "backup", json={"backup_reserve_percent": int(value)})

    async def _get(self, hass: HomeAssistant, what: str) -> dict[str, Any]:
        if not self._is_loaded:
            return {}
        try:
            found = await self._request(hass, "get", what)
        except HomeAssistantError:
            return {}
        return found if isinstance(found, dict) else {}

    async def _request(self, hass: HomeAssistant, method: str, what: str, **more: Any) -> Any:
        url = f"{self._tesla.url}/api/1/energy_sites/{self._tesla.site.site_id}/{what}"
        headers = {"Authorization": f"Bearer {self._token}"}
        timeout = aiohttp.ClientTimeout(total=_GATEWAY_PATIENCE_S)
        ask: Callable[..., Any] = getattr(async_get_clientsession(hass), method)
        try:
            async with ask(url, headers=headers, timeout=timeout, **more) as answer:
                answer.raise_for_status()
                found = (await answer.json())["response"]
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
            raise HomeAssistantError(f"the gateway does not answer: {error!r}") from None
        if method == "post" and (not isinstance(found, dict) or found.get("code", 201) >= 400):
            raise HomeAssistantError("the gateway refuses")
        return found


class _Reserve(NumberEntity):
    """The gateway's reserve."""

    _attr_should_poll = False
    _attr_unique_id = "gateway-reserve"
    _attr_name = "Gateway reserve"
    _attr_native_unit_of_measurement = "%"
    _attr_native_min_value = 0
    _attr_native_max_value = 100
    _attr_native_step = 1

    def __init__(self, gateway: GatewayLink) -> None:
        self._gateway = gateway

    def show(self, value: float | None) -> None:
        """Show what was read."""
        self._attr_native_value, self._attr_available = value, value is not None

    async def async_update(self) -> None:
        """Read both anew, as the gateway's coordinator would."""
        await self._gateway.read(self.hass)

    @override
    async def async_set_native_value(self, value: float) -> None:
        await self._gateway.write(self.hass, value)


class _Level(SensorEntity):
    """The gateway's level."""

    _attr_should_poll = False
    _attr_unique_id = "gateway-level"
    _attr_name = "Gateway level"
    _attr_native_unit_of_measurement = "%"

    def __init__(self, gateway: GatewayLink) -> None:
        self._gateway = gateway

    def show(self, value: float | None) -> None:
        """Show what was read."""
        self._attr_native_value, self._attr_available = value, value is not None

    async def async_update(self) -> None:
        """Read both anew, as the gateway's coordinator would."""
        await self._gateway.read(self.hass)


def link_of(kind: Kind, tesla: TeslaSimulator) -> Link:
    """The way to the battery for a kind."""
    return TeslaLink(tesla, kind.value) if kind.is_tesla else GatewayLink(tesla, kind)
