"""Whether an action is aimed at an entity, in any of the ways in which an action can name its target."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import (
    ATTR_AREA_ID,
    ATTR_DEVICE_ID,
    ATTR_ENTITY_ID,
    ATTR_FLOOR_ID,
    ATTR_LABEL_ID,
    ENTITY_MATCH_ALL,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids

_INDIRECT: Final = (ATTR_DEVICE_ID, ATTR_AREA_ID, ATTR_FLOOR_ID, ATTR_LABEL_ID)
TARGET_KEYS: Final = (ATTR_ENTITY_ID, *_INDIRECT)


def aims_at(hass: HomeAssistant, target: Mapping[str, Any], entity_id: str) -> bool:
    """Whether a target (``entity_id``, ``device_id``, ``area_id``, …) reaches an entity; what is malformed does not."""
    ids = _listed(target.get(ATTR_ENTITY_ID))
    if ENTITY_MATCH_ALL in ids:
        return True
    registry = er.async_get(hass)
    direct = [er.async_resolve_entity_id(registry, one) for one in ids]
    if entity_id in direct:
        return True
    selection = TargetSelection(
        {
            ATTR_ENTITY_ID: [one for one in direct if one is not None],
            **{key: _listed(target.get(key), lower=False) for key in _INDIRECT},
        }
    )
    selected = async_extract_referenced_entity_ids(hass, selection)
    return entity_id in selected.referenced or entity_id in selected.indirectly_referenced


def _listed(value: Any, *, lower: bool = True) -> list[str]:
    """One name or several; several also in one text, with commas between."""
    names = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple | set) else []
    return [name.strip().lower() if lower else name.strip() for name in names if isinstance(name, str)]
