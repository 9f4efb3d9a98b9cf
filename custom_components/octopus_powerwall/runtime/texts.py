"""Our own sentences in Home Assistant's language, for the places that Home Assistant does not translate itself."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_cached_translations

from ..const import DOMAIN
from ..domain.reason import Reason

_REASONS = f"component.{DOMAIN}.entity.sensor.reason.state"


@callback
def common_text(hass: HomeAssistant, key: str, **placeholders: object) -> str:
    """A text of the section ``common`` with its placeholders filled in; the key itself where there is no such text."""
    texts = async_get_cached_translations(hass, hass.config.language, "common", DOMAIN)
    text = texts.get(f"component.{DOMAIN}.common.{key}")
    return text.format(**placeholders) if text else key


@callback
def reason_text(hass: HomeAssistant, reason: Reason | str) -> str:
    """The sentence of a reason; the reason itself where there is none, as one of a later release in an old record."""
    texts = async_get_cached_translations(hass, hass.config.language, "entity", DOMAIN)
    return texts.get(f"{_REASONS}.{reason}", str(reason))
