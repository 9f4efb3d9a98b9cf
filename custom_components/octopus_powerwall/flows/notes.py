"""What a form tells the owner about this very account and this very Home Assistant, in translated paragraphs.

A form has one description; what only some owners have to know is put together here and goes into it as ``{notes}``.
The paragraphs stand in the translations under ``selector.note.options``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..domain.price.tariffs import Treatment
from ..powerwall.const import TESLA_INTEGRATIONS
from ..powerwall.discovery import (
    FoundPowerwall,
    SetupObstacle,
    bind,
    find_drivers_of_site,
    find_powerwalls,
    has_local_only,
)
from ..powerwall.kinds import resolve
from ..runtime.texts import date_text, plain_text, tariff_text
from ..sources.ohme import find_ohme_entries
from .account import CheckedAccount
from .charger import find_charging_now, is_zappi_here


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph: its key in the translations and what goes into it."""

    key: str
    placeholders: dict[str, str] = field(default_factory=dict)


async def async_notes(hass: HomeAssistant, *notes: Note) -> dict[str, str]:
    """Return the placeholder ``notes``: the paragraphs in Home Assistant's language, each after a blank line."""
    texts = await async_get_translations(hass, hass.config.language, "selector", {DOMAIN})
    prefix = f"component.{DOMAIN}.selector.note.options."
    return {"notes": "".join(f"\n\n{texts[prefix + note.key].format(**note.placeholders)}" for note in notes)}


def account_notes(hass: HomeAssistant, account: CheckedAccount) -> Iterator[Note]:
    """Yield what is unusual about the account."""
    standing = account.standing
    if standing.agreement is None:
        date = date_text(standing.changes_at) if standing.changes_at else ""
        yield Note(standing.tariff.reason.value, {"date": date} if date else {})
    elif account.tariff.treatment not in {Treatment.SLOTS, Treatment.WINDOWS}:
        why = tariff_text(hass, account.tariff.reason)
        yield Note("tariff_without_slots", {"tariff": plain_text(account.tariff_name), "why": why})
    if account.lacks_car and standing.agreement is not None:
        yield Note("no_car")
    if account.ohme_only:
        yield Note("ohme" if find_ohme_entries(hass) else "ohme_missing")
    if account.drives_battery:
        yield Note("battery_at_octopus")
    if account.shows_charge_cap:
        yield Note("charge_cap_seen")


def charger_notes(hass: HomeAssistant, account: CheckedAccount, data: Mapping[str, Any]) -> Iterator[Note]:
    """Yield what an entity that shows the car is worth on this tariff, and what to beware of."""
    if account.standing.agreement is not None:
        yield Note("charger_capped" if account.has_charge_cap else "charger_whole_slot")
    if is_zappi_here(hass):
        yield Note("zappi")
    now = dt_util.utcnow()
    if account.poll is not None and not any(now in slot.interval for slot in account.slots(now)):
        for candidate in find_charging_now(hass, data):
            yield Note("charging_without_a_slot", {"name": plain_text(candidate.name), "entity": candidate.entity_id})


def powerwall_notes(hass: HomeAssistant) -> Iterator[Note]:
    """Yield why a Powerwall that the owner has may be missing from the list, or cannot be used, or is there twice."""
    found = find_powerwalls(hass)
    if has_local_only(hass):
        yield Note("local_only")
    elif not found:
        yield Note("none_found")
    for powerwall in found:
        if powerwall.problem is not None:
            yield problem_note(hass, powerwall, powerwall.problem)
    for site_id in sorted({powerwall.site_id for powerwall in found}):
        drivers = find_drivers_of_site(hass, site_id)
        if len(drivers) > 1:
            yield Note(
                "two_integrations", {"integrations": " + ".join(TESLA_INTEGRATIONS[driver] for driver in drivers)}
            )


def problem_note(hass: HomeAssistant, powerwall: FoundPowerwall, problem: SetupObstacle) -> Note:
    """Return what keeps a Powerwall from being used, with the entity that it is about."""
    entities = resolve(hass, bind(hass, powerwall))
    entity_id = entities.reserve if problem is SetupObstacle.RESERVE_DISABLED else entities.level
    return Note(problem.value, {"powerwall": powerwall.name, "entity": entity_id or ""})
