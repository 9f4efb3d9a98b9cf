"""What owners are told of each tariff, from the translations."""

import json
from pathlib import Path

from custom_components.octopus_powerwall.domain.price.tariffs import TariffReason

_TEXTS = Path(__file__).parents[1] / "custom_components" / "octopus_powerwall" / "translations" / "en.json"
_STATES = json.loads(_TEXTS.read_text(encoding="utf-8"))["entity"]["sensor"]["tariff"]["state_attributes"]["reason"]

SENTENCES: dict[TariffReason, str] = {TariffReason(key): text for key, text in _STATES["state"].items()}
