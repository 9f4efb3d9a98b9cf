"""Where Octopus publishes no slots: those of Home Assistant's ``ohme``, and a guard for the car (design 5.14, 10)."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    ConfigEntrySelector,
    ConfigEntrySelectorConfig,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from ..const import CONF_CAR_GUARD, CONF_CHARGING_ENTITY, CONF_DRY_RUN, CONF_OHME_ENTRY, CONF_SLOT_SOURCE
from ..domain.model import Dispatch
from ..domain.settings import CarGuard, SlotSource
from ..domain.windows import LONDON
from ..runtime.choices import choice_of
from ..sources.ohme import OHME, async_read, find_ohme_entries
from .errors import RefusedError
from .notes import Note

_MOST_SLOTS_SHOWN: Final = 6
_OF_OHME: Final = frozenset({SlotSource.OHME, SlotSource.BOTH})


def slot_source_selector() -> SelectSelector:
    """Octopus, Ohme, or both."""
    return _choice(CONF_SLOT_SOURCE, *SlotSource)


def car_guard_selector() -> SelectSelector:
    """Return what to do while the car charges outside every slot."""
    return _choice(CONF_CAR_GUARD, *CarGuard)


def ohme_entry_selector() -> ConfigEntrySelector:
    """Return the accounts that Home Assistant's ``ohme`` knows."""
    return ConfigEntrySelector(ConfigEntrySelectorConfig(integration=OHME))


def ohme_schema(hass: HomeAssistant) -> probatio.Schema:
    """Return the form that proposes Ohme's slots; left as it is, they are taken."""
    first = next((entry.entry_id for entry in find_ohme_entries(hass)), probatio.UNDEFINED)
    return probatio.Schema(
        {
            probatio.Optional(CONF_SLOT_SOURCE, default=SlotSource.OHME.value): slot_source_selector(),
            probatio.Optional(CONF_OHME_ENTRY, default=first): ohme_entry_selector(),
            probatio.Optional(CONF_CAR_GUARD, default=CarGuard.OFF.value): car_guard_selector(),
        }
    )


def car_guard_schema() -> probatio.Schema:
    """Return the form that offers the guard alone."""
    return probatio.Schema({probatio.Optional(CONF_CAR_GUARD, default=CarGuard.OFF.value): car_guard_selector()})


def source_options(hass: HomeAssistant, user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options for slots and guard that a form gives.

    Raises:
        RefusedError: There is no ``ohme`` to take slots from, or nothing that would show the car charging.
    """
    source = SlotSource(user_input.get(CONF_SLOT_SOURCE, SlotSource.OCTOPUS))
    guard = CarGuard(user_input.get(CONF_CAR_GUARD, CarGuard.OFF))
    options = {CONF_SLOT_SOURCE: source.value, CONF_CAR_GUARD: guard.value}
    entries = [entry.entry_id for entry in find_ohme_entries(hass)]
    picked = user_input.get(CONF_OHME_ENTRY)
    if source in _OF_OHME:
        chosen = picked if picked in entries else next(iter(entries), None)
        if chosen is None:
            raise RefusedError("ohme_missing", field=CONF_SLOT_SOURCE)
        options[CONF_OHME_ENTRY] = chosen
    elif picked:
        options[CONF_OHME_ENTRY] = picked
    if guard is not CarGuard.OFF and not source.has_charger and not user_input.get(CONF_CHARGING_ENTITY):
        raise RefusedError("car_guard_blind", field=CONF_CAR_GUARD)
    return options


def needs_dry_run(options: Mapping[str, Any]) -> bool:
    """Whether a house with nothing but Ohme chargers starts as a dry run: it has neither Ohme's slots nor a guard."""
    source = choice_of(options, CONF_SLOT_SOURCE, SlotSource.OCTOPUS)
    return not source.has_charger and options.get(CONF_CAR_GUARD, CarGuard.OFF) == CarGuard.OFF


def with_dry_run(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of such a house, as a dry run where that is needed and for real where it is not."""
    kept = {key: value for key, value in options.items() if key != CONF_DRY_RUN}
    return {**kept, CONF_DRY_RUN: True} if needs_dry_run(options) else kept


async def async_ohme_notes(hass: HomeAssistant) -> tuple[Note, ...]:
    """Return what Ohme plans now, for the account that the form proposes."""
    entry = next(iter(find_ohme_entries(hass)), None)
    poll = await async_read(hass, entry.entry_id) if entry is not None else None
    if poll is None:
        return (Note("ohme_unread"),)
    ahead = sorted(row for read in poll.reads for row in read.dispatches or () if row.end > poll.at)
    if not ahead:
        return (Note("ohme_no_slots"),)
    shown = [_span(row) for row in ahead[:_MOST_SLOTS_SHOWN]]
    rest = len(ahead) - len(shown)
    return (Note("ohme_slots", {"slots": ", ".join([*shown, *([f"+ {rest}"] if rest else [])])}),)


def _span(row: Dispatch) -> str:
    start, end = row.start.astimezone(LONDON), row.end.astimezone(LONDON)
    return f"{start:%a %H:%M} to {end:%H:%M}" if start.date() == end.date() else f"{start:%a %H:%M} to {end:%a %H:%M}"


def _choice(key: str, *values: str) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=[str(value) for value in values], mode=SelectSelectorMode.DROPDOWN, translation_key=key
        )
    )
