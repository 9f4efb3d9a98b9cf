"""Who else writes the reserve: automations and scripts that are to be paused (design 7, seeds/000)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.components.automation.const import DOMAIN as AUTOMATION_DOMAIN
from homeassistant.components.number.const import SERVICE_SET_VALUE
from homeassistant.components.script.const import DOMAIN as SCRIPT_DOMAIN
from homeassistant.const import (
    ATTR_ENTITY_ID,
    CONF_ACTION,
    CONF_DOMAIN,
    CONF_ENABLED,
    CONF_SERVICE_DATA,
    CONF_SERVICE_DATA_TEMPLATE,
    CONF_SERVICE_TEMPLATE,
    CONF_TARGET,
    CONF_TYPE,
)
from homeassistant.core import HomeAssistant, callback, split_entity_id
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_component import DATA_INSTANCES
from homeassistant.helpers.script import Script
from homeassistant.helpers.template import Template

from .targets import TARGET_KEYS, aims_at

_TARGETS: Final = (CONF_TARGET, CONF_SERVICE_DATA, CONF_SERVICE_DATA_TEMPLATE)


@dataclass(frozen=True, slots=True)
class Conflict:
    """An automation or script that writes the reserve; ``edit_link`` is a path within Home Assistant."""

    name: str
    entity_id: str
    edit_link: str


@callback
def find_automations_writing(hass: HomeAssistant, reserve_entity_id: str) -> tuple[Conflict, ...]:
    """Return the automations that are on, and the scripts, that write a reserve, by name.

    One that only reads it does not count. Where a template decides what is written to, mentioning the reserve counts.
    """
    conflicts = [
        Conflict(_name(hass, entity_id), entity_id, link)
        for entity_id, link, script in _running(hass)
        if _writes(hass, script, reserve_entity_id)
    ]
    return tuple(sorted(conflicts, key=lambda conflict: (conflict.name.casefold(), conflict.entity_id)))


def _running(hass: HomeAssistant) -> Iterator[tuple[str, str, Script]]:
    """Every automation that is on and every script: entity id, where to edit it, and what it does."""
    for automation in _entities(hass, AUTOMATION_DOMAIN):
        actions = getattr(automation, "action_script", None)
        if isinstance(actions, Script) and automation.is_on:
            yield automation.entity_id, _edit_link("automation", automation.unique_id), actions
    for script in _entities(hass, SCRIPT_DOMAIN):
        actions = getattr(script, "script", None)
        if isinstance(actions, Script):
            yield script.entity_id, _edit_link("script", script.unique_id), actions


def _entities(hass: HomeAssistant, domain: str) -> Iterator[Any]:
    """Return the automations or the scripts.

    Their classes moved between 2026.10 and 2026.11, so nothing imports them.
    """
    component = hass.data.get(DATA_INSTANCES, {}).get(domain)
    yield from component.entities if component is not None else ()


def _edit_link(kind: str, unique_id: str | None) -> str:
    return f"/config/{kind}/edit/{unique_id}" if unique_id else f"/config/{kind}/dashboard"


def _name(hass: HomeAssistant, entity_id: str) -> str:
    state = hass.states.get(entity_id)
    return state.name if state is not None else entity_id


def _writes(hass: HomeAssistant, script: Script, reserve_entity_id: str) -> bool:
    mentioned = reserve_entity_id in script.referenced_entities
    return any(_step_writes(hass, step, reserve_entity_id, mentioned=mentioned) for step in _steps(script.sequence))


def _steps(config: Any) -> Iterator[Mapping[str, Any]]:
    """Every part of a sequence that is not disabled, however deep in choices and repeats."""
    match config:
        case Mapping():
            if config.get(CONF_ENABLED) is False:
                return
            yield config
            for part in config.values():
                yield from _steps(part)
        case list() | tuple():
            for part in config:
                yield from _steps(part)


def _step_writes(hass: HomeAssistant, step: Mapping[str, Any], reserve_entity_id: str, *, mentioned: bool) -> bool:
    domain = split_entity_id(reserve_entity_id)[0]
    if step.get(CONF_TYPE) == SERVICE_SET_VALUE and step.get(CONF_DOMAIN) == domain:
        return _same(hass, step.get(ATTR_ENTITY_ID), reserve_entity_id)
    action = step.get(CONF_ACTION, step.get(CONF_SERVICE_TEMPLATE))
    if isinstance(action, Template):
        return mentioned
    if action != f"{domain}.{SERVICE_SET_VALUE}":
        return False
    for target in (step, *(step.get(key) for key in _TARGETS)):
        if isinstance(target, Template) or (isinstance(target, Mapping) and _has_template(target)):
            if mentioned:
                return True
        elif isinstance(target, Mapping) and aims_at(hass, target, reserve_entity_id):
            return True
    return False


def _same(hass: HomeAssistant, entity_id: Any, reserve_entity_id: str) -> bool:
    return isinstance(entity_id, str) and (
        er.async_resolve_entity_id(er.async_get(hass), entity_id) == reserve_entity_id
    )


def _has_template(target: Mapping[str, Any]) -> bool:
    """Whether a template decides what is written to; one that decides on the value does not matter."""
    for key in TARGET_KEYS:
        names = target.get(key)
        if any(isinstance(name, Template) for name in (names if isinstance(names, list) else [names])):
            return True
    return False
