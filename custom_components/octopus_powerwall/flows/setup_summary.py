"""What a set-up has found, told at its end: tariff, cars, slots ahead, the rate now, and what will happen tonight."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..const import CONF_CHARGING_ENTITY, CONF_CHARGING_POWER_THRESHOLD, CONF_DRY_RUN, CONF_NIGHT_GUARD
from ..domain.price.evidence import StateMeaning
from ..domain.price.tariffs import Treatment
from ..domain.settings import NightGuard
from ..runtime.charger import read_charger_state
from ..runtime.texts import plain_text
from .account import CheckedAccount
from .notes import Note, async_notes


async def async_describe_found(
    hass: HomeAssistant, account: CheckedAccount, options: Mapping[str, Any]
) -> dict[str, str]:
    """Return the placeholder ``found`` of the last page: paragraphs in Home Assistant's language."""
    notes = await async_notes(hass, *_notes(hass, account, options, dt_util.utcnow()))
    return {"found": notes["notes"].strip()}


def _notes(hass: HomeAssistant, account: CheckedAccount, options: Mapping[str, Any], now: datetime) -> Iterator[Note]:
    yield Note("found_tariff", {"tariff": plain_text(account.tariff_name)})
    slots = account.slots(now)
    if account.tariff.has_slots:
        cars = plain_text(", ".join(dict.fromkeys(car.name or car.provider or "?" for car in account.cars)))
        yield Note("found_cars", {"cars": cars}) if cars else Note("found_no_car")
        first = next(iter(slots), None)
        if first is None:
            yield Note("found_no_slot")
        else:
            yield Note(
                "found_slots",
                {"count": str(len(slots)), "start": _clock(first.start, now), "end": _clock(first.end, now)},
            )
    if account.tariff.treatment in {Treatment.SLOTS, Treatment.WINDOWS}:
        in_slot = any(now in slot.interval for slot in slots)
        cheap = account.tariff.cheap_window(now) is not None or (in_slot and not account.has_charge_cap)
        yield Note("found_cheap_now" if cheap else "found_perhaps_cheap_now" if in_slot else "found_day_rate_now")
        yield Note(f"found_nights_{options.get(CONF_NIGHT_GUARD, NightGuard.OFF.value)}")
    if _is_charging(hass, options) and not any(now in slot.interval for slot in slots):
        yield Note("found_charging_without_a_slot")
    if options.get(CONF_DRY_RUN):
        yield Note("found_dry_run")


def _is_charging(hass: HomeAssistant, options: Mapping[str, Any]) -> bool:
    entity_id = options.get(CONF_CHARGING_ENTITY)
    if entity_id is None:
        return False
    return (
        read_charger_state(hass.states.get(entity_id), options.get(CONF_CHARGING_POWER_THRESHOLD))
        is StateMeaning.CHARGING
    )


def _clock(at: datetime, now: datetime) -> str:
    """Return a time as a clock shows it, with the day where that is not today."""
    local = dt_util.as_local(at)
    return f"{local:%H:%M}" if local.date() == dt_util.as_local(now).date() else f"{local:%a %H:%M}"
