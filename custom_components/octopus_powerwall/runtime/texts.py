"""Our own sentences in Home Assistant's language, for the places that Home Assistant does not translate itself."""

from collections.abc import Mapping
from datetime import datetime
import re
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_cached_translations, async_get_translations

from ..const import DOMAIN
from ..domain.price.tariffs import TariffReason
from ..domain.reason import Reason
from ..domain.windows import LONDON

_REASONS = f"component.{DOMAIN}.entity.sensor.reason.state"
_TARIFF_REASONS = f"component.{DOMAIN}.entity.sensor.tariff.state_attributes.reason.state"


@callback
def common_text(hass: HomeAssistant, key: str, **placeholders: object) -> str:
    """Return a text of the section ``common`` with its placeholders filled in.

    The key itself where there is no such text.
    """
    texts = async_get_cached_translations(hass, hass.config.language, "common", DOMAIN)
    text = texts.get(f"component.{DOMAIN}.common.{key}")
    return text.format(**placeholders) if text else key


async def async_load_texts(hass: HomeAssistant) -> None:
    """Have the sentences at hand also before an entry of ours is set up, as in its flow."""
    await async_get_translations(hass, hass.config.language, "entity", {DOMAIN})


@callback
def tariff_text(hass: HomeAssistant, reason: TariffReason) -> str:
    """Return the sentence of what is done on a tariff, and why; the reason itself where the texts are not loaded."""
    texts = async_get_cached_translations(hass, hass.config.language, "entity", DOMAIN)
    return texts.get(f"{_TARIFF_REASONS}.{reason}", reason.value)


@callback
def reason_text(hass: HomeAssistant, reason: Reason | str) -> str:
    """Return the sentence of a reason.

    The reason itself where there is none, as one of a later release in an old record.
    """
    texts = async_get_cached_translations(hass, hass.config.language, "entity", DOMAIN)
    return texts.get(f"{_REASONS}.{reason}", str(reason))


def plain_text(text: str) -> str:
    """Return a text from Octopus as it is shown where Markdown is understood: never as Markdown."""
    return re.sub(r"([\\`*_\[\]<>#|~!&@:])", r"\\\1", text).replace("www.", "www\\.")


def date_text(at: datetime) -> str:
    """Return a day in London as one writes it: 18 November 2026."""
    return f"{at.astimezone(LONDON):%-d %B %Y}"


@callback
def gain_text(hass: HomeAssistant, gain: Mapping[str, Any]) -> str:
    """Return what a slot brought, as a sentence; empty where it made no difference.

    ``gain`` has what ``schedule.gain_as_json`` says: kWh, and pounds that are ``None`` while rates are unknown.
    """
    charged_kwh, kept_kwh = gain.get("energy_charged_kwh"), gain.get("energy_kept_kwh")
    if not charged_kwh and not kept_kwh:
        return ""
    charged, kept = f"{charged_kwh or 0:.1f}", f"{kept_kwh or 0:.1f}"
    saved_gbp = gain.get("savings_gbp")
    if saved_gbp is None:
        return common_text(hass, "calendar_slot_brought", charged=charged, kept=kept)
    pounds = f"{'-' if saved_gbp < 0 else ''}£{abs(saved_gbp):.2f}"
    return common_text(hass, "calendar_slot_saved", charged=charged, kept=kept, pounds=pounds)
