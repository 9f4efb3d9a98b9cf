"""What every entity shares: one look at the controller's snapshot, and a state written only when it shows news."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription

from .const import DOMAIN, NAME
from .domain.status import Snapshot
from .runtime.controller import OctopusPowerwallConfigEntry


def is_always_known(_: Snapshot) -> bool:
    """Status, settings and the clock are known whatever Octopus answers."""
    return True


def is_plan_known(snapshot: Snapshot) -> bool:
    """Whether Octopus' plan is known, from a poll or from before a restart."""
    return snapshot.last_poll is not None


def no_attributes(_: Snapshot) -> Mapping[str, Any]:
    """Nothing beside the state."""
    return {}


@dataclass(frozen=True, kw_only=True)
class SnapshotEntityDescription[T](EntityDescription):
    """What an entity shows of a snapshot. Attributes are fit for JSON: times as ISO 8601 in UTC."""

    value_fn: Callable[[Snapshot], T]
    attributes_fn: Callable[[Snapshot], Mapping[str, Any]] = no_attributes
    available_fn: Callable[[Snapshot], bool] = is_always_known


class OctopusPowerwallEntity(Entity):
    """An entity of the service that drives one Powerwall, named and identified by its key (design 7)."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, entry: OctopusPowerwallConfigEntry, description: EntityDescription) -> None:
        self.entity_description = description
        self._entry = entry
        self.controller = entry.runtime_data
        self._attr_translation_key = description.key
        self._attr_unique_id = f"{entry.entry_id}_{description.key}"

    @property
    @override
    def device_info(self) -> DeviceInfo:
        """One service for each Powerwall. Where there is one only, its entities need not be told apart by its name."""
        entry = self._entry
        first = self.hass.config_entries.async_entries(DOMAIN)[0]
        return DeviceInfo(
            identifiers={(DOMAIN, entry.entry_id)},
            entry_type=DeviceEntryType.SERVICE,
            name=NAME if entry.entry_id == first.entry_id else f"{NAME} {entry.title}",
            model=entry.title,
        )


class SnapshotEntity[T](OctopusPowerwallEntity):
    """An entity whose description is a view of the snapshot."""

    entity_description: SnapshotEntityDescription[T]
    _shown: tuple[bool, T, Mapping[str, Any]] | None = None

    def __init__(self, entry: OctopusPowerwallConfigEntry, description: SnapshotEntityDescription[T]) -> None:
        super().__init__(entry, description)
        self._take_in()

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the controller from now on."""
        await super().async_added_to_hass()
        self.async_on_remove(self.controller.async_add_listener(self._on_news))
        self._take_in()

    @callback
    def _on_news(self) -> None:
        if self._take_in():
            self.async_write_ha_state()

    @callback
    def _take_in(self) -> bool:
        """Look at the snapshot; whether what is shown has changed."""
        snapshot = self.controller.snapshot
        view = self.entity_description
        shown = (view.available_fn(snapshot), view.value_fn(snapshot), view.attributes_fn(snapshot))
        if shown == self._shown:
            return False
        self._shown = shown
        self._attr_available, value, self._attr_extra_state_attributes = shown[0], shown[1], dict(shown[2])
        self._show(value)
        return True

    @abstractmethod
    def _show(self, value: T) -> None:
        """Set the entity's own ``_attr_`` for its state."""
