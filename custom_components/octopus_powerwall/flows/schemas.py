"""The forms that ask for what the owner knows: the account, the reserve and the options (design 7)."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio

from ..const import (
    CONF_ACCOUNT_NUMBER,
    CONF_API_KEY,
    CONF_CAR_GUARD,
    CONF_CHARGING_ENTITY,
    CONF_DRY_RUN,
    CONF_LEAVE_ROOM_FOR_SUN,
    CONF_NIGHT_GUARD,
    CONF_OHME_ENTRY,
    CONF_POWERWALL,
    CONF_SLOT_POLICY,
    CONF_SLOT_SOURCE,
    CONF_USUAL_RESERVE,
    CONF_WHOLE_HALF_HOURS,
)
from ..domain.reserve.limits import Limits
from ..domain.settings import DEFAULT_WHOLE_HALF_HOURS, CarGuard, NightGuard, PolicyChoice, SlotSource, WholeHalfHours
from .battery import powerwall_selector
from .errors import RefusedError
from .money import RATE_FIELDS
from .ohme import car_guard_selector, ohme_entry_selector, slot_source_selector

# Tesla refuses what lies between (design 4.2).
HIGHEST_PARTIAL_RESERVE_PCT: Final = 80
FULL_RESERVE_PCT: Final = 100

# Secret: a value that a schema refuses is never printed.
_API_KEY: Final = probatio.Secret(CONF_API_KEY)
_PASSWORD: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))
_RESERVE: Final = NumberSelector(
    NumberSelectorConfig(min=0, max=FULL_RESERVE_PCT, step=1, unit_of_measurement="%", mode=NumberSelectorMode.BOX)
)

KEY_SCHEMA: Final = probatio.Schema({probatio.Required(_API_KEY): _PASSWORD})
ACCOUNT_SCHEMA: Final = probatio.Schema(
    {probatio.Required(_API_KEY): _PASSWORD, probatio.Required(CONF_ACCOUNT_NUMBER): TextSelector()}
)


def _choice(key: str, *values: str) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=[str(value) for value in values], mode=SelectSelectorMode.DROPDOWN, translation_key=key
        )
    )


_ON: Final = "on"

RESERVE_SCHEMA: Final = probatio.Schema(
    {
        probatio.Optional(CONF_USUAL_RESERVE): _RESERVE,
        probatio.Optional(CONF_NIGHT_GUARD): _choice(CONF_NIGHT_GUARD, *NightGuard),
    }
)


def powerwall_schema(hass: HomeAssistant) -> probatio.Schema:
    """Return the list of Powerwalls."""
    return probatio.Schema({probatio.Required(CONF_POWERWALL): powerwall_selector(hass)})


type Fields = dict[probatio.Marker, Any]
"""Fields of a form, put together elsewhere."""


def reconfigure_schema(hass: HomeAssistant, data: Mapping[str, Any], charger: Fields) -> probatio.Schema:
    """Everything that was asked at set-up, on one form; what is left empty stays as it is."""
    selector = powerwall_selector(hass)
    picked = data[CONF_POWERWALL]
    known = any(option["value"] == picked for option in selector.config["options"] if isinstance(option, dict))
    return probatio.Schema(
        {
            probatio.Optional(_API_KEY): _PASSWORD,
            probatio.Required(CONF_ACCOUNT_NUMBER, default=data[CONF_ACCOUNT_NUMBER]): TextSelector(),
            probatio.Required(CONF_POWERWALL, default=picked if known else probatio.UNDEFINED): selector,
            **{marker: field for marker, field in charger.items() if marker == CONF_CHARGING_ENTITY},
        }
    )


def options_schema(options: Mapping[str, Any], charger: Fields, sun: Fields) -> probatio.Schema:
    """All options. Those that always have a value keep the present one where a form leaves them out."""

    def kept(key: str, default: Any) -> probatio.Required:
        return probatio.Required(key, default=options.get(key, default))

    return probatio.Schema(
        {
            kept(CONF_SLOT_POLICY, PolicyChoice.AUTOMATIC.value): _choice(CONF_SLOT_POLICY, *PolicyChoice),
            **charger,
            kept(CONF_WHOLE_HALF_HOURS, DEFAULT_WHOLE_HALF_HOURS.value): _choice(
                CONF_WHOLE_HALF_HOURS, *WholeHalfHours
            ),
            probatio.Optional(CONF_USUAL_RESERVE): _RESERVE,
            kept(CONF_NIGHT_GUARD, NightGuard.OFF.value): _choice(CONF_NIGHT_GUARD, *NightGuard),
            kept(CONF_CAR_GUARD, CarGuard.OFF.value): car_guard_selector(),
            kept(CONF_SLOT_SOURCE, SlotSource.OCTOPUS.value): slot_source_selector(),
            probatio.Optional(CONF_OHME_ENTRY): ohme_entry_selector(),
            kept(CONF_LEAVE_ROOM_FOR_SUN, _ON): _choice(CONF_LEAVE_ROOM_FOR_SUN, _ON, "off"),
            **sun,
            kept(CONF_DRY_RUN, default=False): BooleanSelector(),
            **RATE_FIELDS,
        }
    )


def usual_reserve_options(user_input: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    """Return the option ``usual_reserve`` as a whole percentage; nothing where the field is empty.

    Raises:
        RefusedError: The battery does not accept the value.
    """
    value = user_input.get(CONF_USUAL_RESERVE)
    if value is None:
        return {}
    if not float(value).is_integer():
        raise RefusedError("reserve_not_whole", field=CONF_USUAL_RESERVE)
    if not limits.accepts(int(value)):
        raise RefusedError("reserve_81_to_99" if limits.gaps else "reserve_not_taken", field=CONF_USUAL_RESERVE)
    return {CONF_USUAL_RESERVE: int(value)}
