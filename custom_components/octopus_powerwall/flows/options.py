"""Changing the options of an entry, which reloads it (design 7)."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload

from ..const import (
    CONF_ACCOUNT_NUMBER,
    CONF_API_KEY,
    CONF_CAR_GUARD,
    CONF_CHARGER_DECLINED,
    CONF_CHARGING_ENTITY,
    CONF_CHARGING_POWER_THRESHOLD,
    CONF_GUARD_ADVICE_DECLINED,
    CONF_HOME,
    CONF_OHME_ENTRY,
    CONF_POWERWALL,
    CONF_SLOT_SOURCE,
    CONF_SOLAR_FORECAST,
    CONF_USUAL_RESERVE,
)
from ..powerwall.const import OTHER
from ..powerwall.kinds import limits_of
from ..runtime.choices import read_settings
from ..sources.solar_forecast import async_dashboard_entries
from .account import find_known_account
from .charger import async_charger_fields, read_charger_options
from .errors import RefusedError
from .form import fill_form
from .home import home_fields
from .money import POWERS_SCHEMA, forecast_fields
from .ohme import source_options
from .schemas import Fields, options_schema, usual_reserve_options

_CHECKED = (
    CONF_CHARGING_ENTITY,
    CONF_CHARGING_POWER_THRESHOLD,
    CONF_USUAL_RESERVE,
    CONF_SLOT_SOURCE,
    CONF_OHME_ENTRY,
    CONF_CAR_GUARD,
)


class OctopusPowerwallOptionsFlow(OptionsFlowWithReload):
    """One form with all options: a battery keeps what it has where a field is left out, except what can be cleared.

    For a battery that is no Powerwall another one follows, with the entities of its powers.
    """

    _chosen: dict[str, Any]

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the options and take over what was chosen."""
        refused: RefusedError | None = None
        present = self.config_entry.options
        if user_input is not None:
            try:
                checked = usual_reserve_options(
                    user_input, limits_of(self.hass, self.config_entry.data)
                ) | read_charger_options(self.hass, self.config_entry.data, user_input)
                checked |= source_options(self.hass, user_input)
            except RefusedError as error:
                refused = error
            else:
                chosen = {key: value for key, value in user_input.items() if key not in _CHECKED} | checked
                if CONF_SOLAR_FORECAST not in chosen and await async_dashboard_entries(self.hass):
                    # The field was there and was emptied: none is to be used.
                    chosen[CONF_SOLAR_FORECAST] = []
                if present.get(CONF_CHARGER_DECLINED) and CONF_CHARGING_ENTITY not in chosen:
                    chosen[CONF_CHARGER_DECLINED] = True
                # What the form does not always ask for stays as it is.
                for key in (CONF_GUARD_ADVICE_DECLINED, CONF_HOME):
                    if present.get(key):
                        chosen.setdefault(key, present[key])
                if self.config_entry.data.get(CONF_POWERWALL) == OTHER:
                    self._chosen = chosen
                    return await self.async_step_powers()
                return self.async_create_entry(data=chosen)
        filled_in = present if user_input is None else user_input
        data = self.config_entry.data
        account = find_known_account(self.hass, data[CONF_API_KEY], data[CONF_ACCOUNT_NUMBER])
        homes = home_fields(account.homes) if account is not None and len(account.homes) > 1 else {}
        charger = homes | await async_charger_fields(self.hass, data)
        schema = options_schema(present, charger, await self._async_sun_fields())
        return self.async_show_form(**fill_form(self, "init", schema, filled_in, refused))

    async def _async_sun_fields(self) -> Fields:
        """Return the field for solar forecasts: those of the Energy dashboard, which it proposes, and those chosen."""
        listed = await async_dashboard_entries(self.hass)
        chosen = read_settings(self.config_entry.options).solar_forecasts
        return forecast_fields(self.hass, (*listed, *(chosen or ())), listed if chosen is None else chosen)

    async def async_step_powers(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where the powers of a battery that is no Powerwall are to be read."""
        if user_input is not None:
            return self.async_create_entry(data=self._chosen | user_input)
        return self.async_show_form(**fill_form(self, "powers", POWERS_SCHEMA, self.config_entry.options))
