"""The card's texts: our translations in the viewer's language, with their placeholders still open.

The card fills them in, for it knows how its viewer wants times and numbers written. In a message a sentence is
``{"text": "Then {baseline} % is put back.", "values": {"baseline": 20}}``; an instant among the values is
``{"at": seconds since 1970}``.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations

from ..const import DOMAIN
from ..domain.picture import PlaceholderValue, Sentence
from ..domain.reason import Reason
from ..domain.status import Status

_PREFIX = f"component.{DOMAIN}"
_SENSOR = f"{_PREFIX}.entity.sensor"
_LABEL = f"{_PREFIX}.common.card_label_"


class CardTexts:
    """All texts of the integration in one language."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self.labels = {key.removeprefix(_LABEL): text for key, text in texts.items() if key.startswith(_LABEL)}

    @classmethod
    async def async_load(cls, hass: HomeAssistant, language: str) -> Self:
        """Read them; what a language lacks is English."""
        texts: dict[str, str] = {}
        for category in ("common", "entity", "issues"):
            texts |= await async_get_translations(hass, language, category, [DOMAIN])
        return cls(texts)

    def say(self, sentence: Sentence) -> dict[str, Any]:
        """Return a sentence as it goes into a message."""
        return {
            "text": self.common(sentence.key) or sentence.key,
            "values": {name: self._value(value) for name, value in sentence.values.items()},
        }

    def common(self, key: str) -> str | None:
        """Return a text of the section ``common``."""
        return self._texts.get(f"{_PREFIX}.common.{key}")

    def issue(self, issue: ir.IssueEntry) -> dict[str, Any]:
        """Return the title of a repair."""
        title = self._texts.get(f"{_PREFIX}.issues.{issue.translation_key}.title") or str(issue.translation_key)
        return {"text": title, "values": dict(issue.translation_placeholders or {})}

    def _value(self, value: PlaceholderValue) -> Any:
        match value:
            case datetime():
                return {"at": round(value.timestamp())}
            case Status():
                return self._texts.get(f"{_SENSOR}.status.state.{value}", str(value))
            case Reason():
                return self._texts.get(f"{_SENSOR}.reason.state.{value}", str(value))
            case _:
                return value
