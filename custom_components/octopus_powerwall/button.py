"""Buttons: leave a slot alone, go on as planned, ask Octopus (design 7)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import OctopusPowerwallEntity
from .runtime.controller import Controller, OctopusPowerwallConfigEntry

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class OctopusPowerwallButtonDescription(ButtonEntityDescription):
    """A button and what it does."""

    press_fn: Callable[[Controller], Awaitable[object]]


BUTTONS = (
    OctopusPowerwallButtonDescription(
        key="skip_slot",
        press_fn=lambda controller: controller.async_skip_slot(None),
    ),
    OctopusPowerwallButtonDescription(
        key="resume",
        press_fn=lambda controller: controller.async_resume(),
    ),
    OctopusPowerwallButtonDescription(
        key="refresh",
        press_fn=lambda controller: controller.async_refresh(),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: OctopusPowerwallConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the buttons of an entry."""
    async_add_entities(OctopusPowerwallButton(entry, description) for description in BUTTONS)


class OctopusPowerwallButton(OctopusPowerwallEntity, ButtonEntity):
    """A button that asks one thing of the controller."""

    entity_description: OctopusPowerwallButtonDescription

    @override
    async def async_press(self) -> None:
        """Do it; what cannot be done is said in an error."""
        await self.entity_description.press_fn(self.controller)
