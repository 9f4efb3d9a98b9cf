"""A battery of a third kind is one class and one entry in the list of kinds: here one that steps by five."""

from dataclasses import replace
from typing import override

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.octopus_powerwall.domain.reserve.limits import Limits
from custom_components.octopus_powerwall.flows.battery import pick_other
from custom_components.octopus_powerwall.powerwall import kinds
from custom_components.octopus_powerwall.powerwall.entities import Entities
from custom_components.octopus_powerwall.powerwall.other import OtherBattery


class SteppedBattery(OtherBattery):
    """It takes every fifth percent, and is told through a service of its own."""

    @override
    def limits(self, hass: HomeAssistant, entities: Entities) -> Limits:
        return replace(super().limits(hass, entities), step=5)

    @override
    async def async_write(
        self, hass: HomeAssistant, entity_id: str, value: int, *, timeout_s: float, context: Context
    ) -> str | None:
        await hass.services.async_call("stepped", "keep", {"percent": value}, blocking=True, context=context)
        return None


@pytest.fixture
def picked(hass: HomeAssistant) -> dict[str, str]:
    reserve = er.async_get(hass).async_get_or_create("number", "stepped", "1")
    shown = {"unit_of_measurement": "%", "min": 10, "max": 100, "step": 5}
    hass.states.async_set(reserve.entity_id, "20", shown)
    hass.states.async_set("sensor.level", "63", {"unit_of_measurement": "%"})
    return {"reserve_entity": reserve.entity_id, "battery_level_entity": "sensor.level"}


async def test_it_is_picked_like_any_other(
    hass: HomeAssistant, picked: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinds, "KINDS", {**kinds.KINDS, "stepped": SteppedBattery()})
    binding = pick_other(hass, picked).binding
    assert binding.kind == "stepped"
    kind = kinds.kind_of(binding)
    entities = kind.find_entities(hass, binding)
    limits = kind.limits(hass, entities)
    assert (limits.highest_up_to(63), limits.lowest_from(63)) == (60, 65)
    told: list[int] = []

    async def keep(call: object) -> None:
        told.append(call.data["percent"])  # type: ignore[attr-defined]

    hass.services.async_register("stepped", "keep", keep)
    assert await kind.async_write(hass, picked["reserve_entity"], 65, timeout_s=60, context=Context()) is None
    assert told == [65]


async def test_of_no_known_kind_it_is_too_coarse(hass: HomeAssistant, picked: dict[str, str]) -> None:
    with pytest.raises(Exception, match="reserve_range"):
        pick_other(hass, picked)
