"""The form that asks in which of the account's homes the Powerwall is (design 2)."""

from collections.abc import Mapping

from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig, SelectSelectorMode
import probatio

from ..const import CONF_HOME


def home_schema(homes: Mapping[str, str]) -> probatio.Schema:
    """The list of homes; ``homes`` maps property ids to what the owner knows them by."""
    options = [SelectOptionDict(value=property_id, label=label) for property_id, label in homes.items()]
    selector = SelectSelector(SelectSelectorConfig(options=options, mode=SelectSelectorMode.LIST))
    return probatio.Schema({probatio.Required(CONF_HOME): selector})
