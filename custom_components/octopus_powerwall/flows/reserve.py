"""Whether a new owner has to be asked about the reserve, why, and what is proposed (design 5.9, 7)."""

from dataclasses import dataclass, field
from typing import Any

from homeassistant.core import HomeAssistant

from ..const import CONF_NIGHT_GUARD, CONF_USUAL_RESERVE
from ..domain.price.tariffs import Treatment
from ..domain.reserve.situation import OperationMode
from ..domain.settings import propose_guard
from ..powerwall.conflicts import find_automations_writing
from ..powerwall.discovery import Binding
from ..powerwall.kinds import resolve
from .account import CheckedAccount
from .notes import Note
from .schemas import HIGHEST_PARTIAL_RESERVE_PCT

# What Tesla delivers a Powerwall with; the owner sees it on the form and can say otherwise.
_PROPOSED_RESERVE_PCT = 20


@dataclass(frozen=True, slots=True)
class ReserveQuestions:
    """Why the form is shown; it is not where there is no reason. ``proposed`` is filled in already."""

    notes: tuple[Note, ...] = ()
    proposed: dict[str, Any] = field(default_factory=dict)


def find_reserve_questions(hass: HomeAssistant, binding: Binding, account: CheckedAccount) -> ReserveQuestions:
    """Return what there is to ask: of a reserve that looks like a passing one, and of the nights."""
    tariff = account.tariff
    if tariff.treatment not in {Treatment.SLOTS, Treatment.WINDOWS}:
        return ReserveQuestions()
    entities = resolve(hass, binding)
    notes: list[Note] = []
    others = find_automations_writing(hass, entities.reserve) if entities.reserve else ()
    if others:
        listed = "\n".join(f"- [{other.name}]({other.edit_link})" for other in others)
        notes.append(Note("automations", {"automations": listed}))
    proposed: dict[str, Any] = {}
    reserve_pct = _number(hass, entities.reserve)
    if reserve_pct is not None and reserve_pct > HIGHEST_PARTIAL_RESERVE_PCT:
        notes.append(Note("reserve_high", {"reserve": f"{reserve_pct:.0f}"}))
        proposed[CONF_USUAL_RESERVE] = _PROPOSED_RESERVE_PCT
    if tariff.treatment is Treatment.WINDOWS:
        hours = ", ".join(str(window) for window in tariff.cheap)
        notes.append(Note("fixed_windows", {"tariff": account.tariff_name, "hours": hours}))
    mode = hass.states.get(entities.operation_mode) if entities.operation_mode else None
    self_powered = mode is not None and mode.state == OperationMode.SELF_POWERED
    if self_powered:
        notes.append(Note("self_powered" if tariff.has_slots else "self_powered_windows"))
    if notes:
        proposed[CONF_NIGHT_GUARD] = propose_guard(self_powered=self_powered).value
    return ReserveQuestions(tuple(notes), proposed)


def _number(hass: HomeAssistant, entity_id: str | None) -> float | None:
    state = hass.states.get(entity_id) if entity_id else None
    try:
        return float(state.state) if state else None
    except ValueError:
        return None
