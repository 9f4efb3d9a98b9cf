"""The form that asks in which of the account's homes the Powerwall is (design 2)."""

from collections.abc import Mapping
from typing import Any

from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig, SelectSelectorMode
import probatio

from ..const import CONF_HOME


def home_schema(homes: Mapping[str, str]) -> probatio.Schema:
    """Return the list of homes; ``homes`` maps property ids to what the owner knows them by."""
    return probatio.Schema({probatio.Required(CONF_HOME): home_selector(homes)})


def home_fields(homes: Mapping[str, str]) -> dict[probatio.Marker, Any]:
    """Return the same as a field among others, which may stay empty."""
    return {probatio.Optional(CONF_HOME): home_selector(homes)}


def home_selector(homes: Mapping[str, str]) -> SelectSelector:
    """Return a choice between homes."""
    options = [SelectOptionDict(value=property_id, label=label) for property_id, label in homes.items()]
    return SelectSelector(SelectSelectorConfig(options=options, mode=SelectSelectorMode.LIST))
