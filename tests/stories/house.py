"""What stories are told with: a clock on the wall, what reached the Powerwall, and what the owner sees and does."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry  # type: ignore[import-untyped]

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.powerwall.discovery import bind, find_powerwalls
from tests.simulators.octopus import OctopusSimulator
from tests.simulators.tesla import PowerwallSite, TeslaSimulator
from tests.tesla_components import advance, settle

LONDON = ZoneInfo("Europe/London")


class House:
    """An owner's house. Times of day are London's, on the day of the frozen clock unless a date is given."""

    def __init__(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        octopus: OctopusSimulator,
        tesla: TeslaSimulator,
        *,
        platform: str = "tesla_fleet",
    ) -> None:
        self.hass = hass
        self.freezer = freezer
        self.octopus = octopus
        self.tesla = tesla
        self.platform = platform
        self.entry: ConfigEntry

    # --- setting up -------------------------------------------------------------------------------------

    async def move_in(
        self, *, platform: str | None = None, site: PowerwallSite | None = None, **options: Any
    ) -> ConfigEntry:
        """Add this integration for a Powerwall, as the flow would, and let it settle.

        ``platform`` is the integration that serves the Powerwall, by default the house's own.
        """
        await self.add_entry(platform=platform, site=site, **options)
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        await settle(self.hass)
        return self.entry

    async def add_entry(
        self, *, platform: str | None = None, site: PowerwallSite | None = None, **options: Any
    ) -> None:
        """Add the entry without setting it up."""
        site_id = str((site or self.tesla.site).site_id)
        found = next(
            powerwall
            for powerwall in find_powerwalls(self.hass)
            if powerwall.platform == (platform or self.platform) and powerwall.site_id == site_id
        )
        binding = bind(self.hass, found)
        entry = MockConfigEntry(
            domain=DOMAIN,
            title=found.name,
            unique_id=binding.unique_id,
            data={
                "api_key": self.octopus.api_key,
                "account_number": self.octopus.account_number,
                "powerwall": found.device_id,
                "binding": binding.as_dict(),
            },
            options=options,
        )
        entry.add_to_hass(self.hass)
        self.entry = entry

    # --- time -------------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """The frozen time, in London."""
        return dt_util.utcnow().astimezone(LONDON)

    def at(self, clock: str, *, days: int = 0) -> datetime:
        """A time of day, today or so many days ahead, in UTC; "01:30" in the autumn night is the first of the two."""
        hour, minute, *second = (int(part) for part in clock.split(":"))
        local = datetime.combine(
            self.now.date() + timedelta(days=days), datetime.min.time().replace(hour=hour, minute=minute), LONDON
        )
        return local.replace(second=second[0] if second else 0).astimezone(dt_util.UTC)

    async def until(self, clock: str | datetime, *, days: int = 0) -> None:
        """Let time pass up to a time of day."""
        await advance(self.hass, self.freezer, clock if isinstance(clock, datetime) else self.at(clock, days=days))

    async def off_until(self, clock: str | datetime, *, days: int = 0) -> None:
        """Let time pass in one leap, as while the computer is off: what falls due meanwhile does so afterwards."""
        self.freezer.move_to(clock if isinstance(clock, datetime) else self.at(clock, days=days))
        await self.settle()

    async def wait(self, **duration: float) -> None:
        """Let time pass."""
        await advance(self.hass, self.freezer, timedelta(**duration))

    async def settle(self) -> None:
        """Let everything happen that can happen at this moment."""
        await settle(self.hass)

    # --- Octopus ----------------------------------------------------------------------------------------

    def plan(self, start: str, end: str, *, days: int = 0, end_days: int | None = None, **more: Any) -> None:
        """Have Octopus plan a slot between two times of day; an end before its start is on the next day."""
        begins = self.at(start, days=days)
        ends = self.at(end, days=days if end_days is None else end_days)
        if ends <= begins:
            ends = self.at(end, days=days + 1)
        self.octopus.add_slot(begins, ends, **more)

    # --- the Powerwall ----------------------------------------------------------------------------------

    @property
    def writes(self) -> list[int]:
        """The reserves that reached Tesla, in order."""
        return self.tesla.writes_to("backup")

    @property
    def told(self) -> list[tuple[str, int]]:
        """The reserves that reached Tesla, each with London's time of day to the second."""
        return [
            (write.received_at.astimezone(LONDON).strftime("%H:%M:%S"), write.value)
            for write in self.tesla.writes
            if write.endpoint == "backup"
        ]

    @property
    def reserve(self) -> int:
        """The reserve as the battery really has it."""
        return self.tesla.site.reserve_pct

    # --- what the owner sees and does -------------------------------------------------------------------

    def entity_id(self, key: str) -> str:
        """The id of one of our entities by its key; KeyError where there is none."""
        unique_id = f"{self.entry.entry_id}_{key}"
        for entity in er.async_get(self.hass).entities.values():
            if entity.platform == DOMAIN and entity.unique_id == unique_id:
                return entity.entity_id
        raise KeyError(key)

    def entity(self, key: str) -> State:
        """One of our entities by its key; KeyError where it has no state."""
        state = self.hass.states.get(self.entity_id(key))
        if state is None:
            raise KeyError(key)
        return state

    @property
    def status(self) -> str:
        """The status sensor."""
        return self.entity("status").state

    @property
    def reason(self) -> str:
        """Why the status is what it is."""
        reason: str = self.entity("status").attributes["reason"]
        return reason

    async def switch(self, on: bool) -> None:
        """Turn the automation on or off."""
        await self._call("switch", f"turn_{'on' if on else 'off'}", "automation")

    async def choose(self, slot_action: str) -> None:
        """Choose charge up or preserve."""
        await self._call("select", "select_option", "slot_action", option=slot_action)

    async def aim(self, charge_target: int) -> None:
        """Set the charge target."""
        await self._call("number", "set_value", "charge_target", value=charge_target)

    async def act(self, action: str, **data: Any) -> Any:
        """Use one of our actions; returns its answer where it has one."""
        response = self.hass.services.supports_response(DOMAIN, action)
        answer = await self.hass.services.async_call(
            DOMAIN,
            action,
            {"config_entry_id": self.entry.entry_id, **data},
            blocking=True,
            return_response=response.value != "none",
        )
        await self.settle()
        return answer

    async def _call(self, domain: str, service: str, key: str, **data: Any) -> None:
        target = {"entity_id": self.entity_id(key), **data}
        await self.hass.services.async_call(domain, service, target, blocking=True)
        await self.settle()
