"""Setting up, re-authenticating and reconfiguring an entry (design 7). Every refusal shows the same form again."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
import probatio

from .const import (
    CONF_ACCOUNT_NUMBER,
    CONF_API_KEY,
    CONF_BATTERY_LEVEL_ENTITY,
    CONF_CHARGING_ENTITY,
    CONF_CHARGING_POWER_THRESHOLD,
    CONF_CHARGING_REGISTRY_ID,
    CONF_DRY_RUN,
    CONF_HOME,
    CONF_NIGHT_GUARD,
    CONF_POWERWALL,
    CONF_RESERVE_ENTITY,
    CONF_SLOT_SOURCE,
    DOMAIN,
)
from .domain.settings import SlotSource
from .flows.account import CheckedAccount, async_check, find_known_account, refuse_foreign_battery
from .flows.battery import (
    PickedBattery,
    battery_data,
    is_taken_by_another,
    other_schema,
    pick_other,
    pick_powerwall,
    propose_powerwall,
)
from .flows.charger import async_charger_fields, read_charger_options
from .flows.errors import RefusedError
from .flows.form import fill_form
from .flows.home import home_schema
from .flows.notes import account_notes, async_notes, charger_notes, powerwall_notes
from .flows.ohme import async_ohme_notes, car_guard_schema, ohme_schema, source_options, with_dry_run
from .flows.options import OctopusPowerwallOptionsFlow
from .flows.reserve import find_reserve_questions
from .flows.schemas import (
    ACCOUNT_SCHEMA,
    KEY_SCHEMA,
    RESERVE_SCHEMA,
    powerwall_schema,
    reconfigure_schema,
    usual_reserve_options,
)
from .flows.setup_summary import async_describe_found
from .powerwall.const import OTHER
from .powerwall.discovery import Binding
from .powerwall.kinds import limits_of, resolve
from .runtime.migration import MINOR_VERSION as ENTRY_MINOR_VERSION
from .sources.ohme import find_ohme_entries


class OctopusPowerwallConfigFlow(ConfigFlow, domain=DOMAIN):
    """Asks for the account, the Powerwall and, only where it matters, the charger and the reserve."""

    VERSION = 1
    MINOR_VERSION = ENTRY_MINOR_VERSION

    _account: CheckedAccount
    _battery: PickedBattery | None
    _data: dict[str, Any]
    _options: dict[str, Any]
    _title: str

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the flow that changes the options."""
        return OctopusPowerwallOptionsFlow()

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the key and the account number, and try them."""
        refused: RefusedError | None = None
        if user_input is not None:
            key = user_input[CONF_API_KEY].strip()
            try:
                self._account = await async_check(self.hass, key, user_input[CONF_ACCOUNT_NUMBER])
            except RefusedError as error:
                refused = error
            else:
                self._data = {CONF_API_KEY: key, CONF_ACCOUNT_NUMBER: self._account.number}
                self._options = {}
                if self._account.home.is_open:
                    return await self.async_step_home()
                return await self._async_go_on()
        return self.async_show_form(**fill_form(self, "user", ACCOUNT_SCHEMA, user_input, refused))

    async def async_step_home(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask in which of the account's homes the Powerwall is."""
        refused: RefusedError | None = None
        if user_input is not None:
            at_home = self._account.at_home(user_input[CONF_HOME])
            try:
                refuse_foreign_battery(self.hass, at_home)
                self._account, self._options = at_home, self._options | {CONF_HOME: user_input[CONF_HOME]}
                if self.source == SOURCE_RECONFIGURE:
                    return await self._async_reconfigured()
            except RefusedError as error:
                refused = error
            else:
                return await self._async_go_on()
        schema = home_schema(self._account.homes)
        return self.async_show_form(**fill_form(self, "home", schema, user_input or self._options, refused))

    async def _async_go_on(self) -> ConfigFlowResult:
        """Go on with an account, of which is known now which home counts."""
        if self._account.starts_dry:
            self._options |= {CONF_DRY_RUN: True}
        return await self.async_step_powerwall()

    async def async_step_powerwall(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Let one of the Powerwalls that Home Assistant has be picked, and say why one may be missing."""
        refused: RefusedError | None = None
        if user_input is not None:
            if user_input[CONF_POWERWALL] == OTHER:
                return await self.async_step_other()
            try:
                return await self._async_picked(pick_powerwall(self.hass, user_input[CONF_POWERWALL]))
            except RefusedError as error:
                refused = error
        filled_in = user_input or {CONF_POWERWALL: propose_powerwall(self.hass)}
        notes = await async_notes(self.hass, *account_notes(self.hass, self._account), *powerwall_notes(self.hass))
        return self.async_show_form(
            **fill_form(self, "powerwall", powerwall_schema(self.hass), filled_in, refused, notes)
        )

    async def async_step_other(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Let the number and the sensor be picked that stand for any other battery."""
        refused: RefusedError | None = None
        if user_input is not None:
            try:
                return await self._async_picked(pick_other(self.hass, user_input))
            except RefusedError as error:
                refused = error
        present = self._get_reconfigure_entry().data if self.source == SOURCE_RECONFIGURE else {}
        known = {key: present.get(key) for key in (CONF_RESERVE_ENTITY, CONF_BATTERY_LEVEL_ENTITY)}
        return self.async_show_form(**fill_form(self, "other", other_schema(), user_input or known, refused))

    async def _async_picked(self, picked: PickedBattery) -> ConfigFlowResult:
        """Go on with a battery, if no other entry has it.

        Raises:
            AbortFlow: Another one has.
            RefusedError: It cannot take the place of the present one yet.
        """
        if self.source == SOURCE_RECONFIGURE:
            return self._reconfigured(picked)
        if is_taken_by_another(self.hass, picked.binding):
            raise AbortFlow("already_configured")
        # The same form may be open in another tab: whoever finishes first has the battery.
        await self.async_set_unique_id(picked.binding.unique_id, raise_on_progress=False)
        self._data, self._title = battery_data(self._data, picked), picked.title
        if self._account.ohme_only and find_ohme_entries(self.hass):
            return await self.async_step_ohme()
        if self._account.tariff.has_slots:
            return await self.async_step_charger()
        return await self.async_step_reserve()

    async def async_step_ohme(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Propose the slots of Home Assistant's ohme, where Octopus talks to nothing but Ohme chargers."""
        refused: RefusedError | None = None
        if user_input is not None:
            try:
                self._options = with_dry_run(self._options | source_options(self.hass, user_input))
            except RefusedError as error:
                refused = error
            else:
                if SlotSource(self._options[CONF_SLOT_SOURCE]).has_charger:
                    return await self.async_step_reserve()
                return await self.async_step_charger()
        notes = await async_notes(self.hass, *await async_ohme_notes(self.hass))
        return self.async_show_form(**fill_form(self, "ohme", ohme_schema(self.hass), user_input, refused, notes))

    async def async_step_car_guard(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Offer the guard for the car where Octopus may publish no slots, and say what being wrong costs."""
        if user_input is not None:
            self._options = with_dry_run(self._options | user_input)
            return await self.async_step_reserve()
        return self.async_show_form(**fill_form(self, "car_guard", car_guard_schema()))

    async def async_step_charger(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what shows that the car is charging, wherever there are slots."""
        refused: RefusedError | None = None
        if user_input is not None:
            try:
                self._options |= read_charger_options(self.hass, self._data, user_input)
            except RefusedError as error:
                refused = error
            else:
                if self._account.ohme_only and CONF_CHARGING_ENTITY in self._options:
                    return await self.async_step_car_guard()
                return await self.async_step_reserve()
        notes = await async_notes(
            self.hass, *account_notes(self.hass, self._account), *charger_notes(self.hass, self._account, self._data)
        )
        schema = probatio.Schema(await async_charger_fields(self.hass, self._data))
        return self.async_show_form(**fill_form(self, "charger", schema, user_input, refused, notes))

    async def async_step_reserve(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the usual reserve and the guard, where there is a reason to."""
        refused: RefusedError | None = None
        if user_input is not None:
            try:
                usual_reserve = usual_reserve_options(user_input, limits_of(self.hass, self._data))
            except RefusedError as error:
                refused = error
            else:
                guard = {key: value for key, value in user_input.items() if key == CONF_NIGHT_GUARD}
                self._options |= usual_reserve | guard
                return await self._async_finished()
        questions = find_reserve_questions(self.hass, Binding.from_entry_data(self._data), self._account)
        if not questions.notes:
            return await self._async_finished()
        notes = await async_notes(self.hass, *questions.notes)
        filled_in = questions.proposed if user_input is None else user_input
        return self.async_show_form(**fill_form(self, "reserve", RESERVE_SCHEMA, filled_in, refused, notes))

    async def _async_finished(self) -> ConfigFlowResult:
        """Make the entry, and say what was found."""
        return self.async_create_entry(
            title=self._title,
            data=self._data,
            options=self._options,
            description="found",
            description_placeholders=await async_describe_found(self.hass, self._account, self._options),
        )

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Octopus does not accept the key any more."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a new key and try it on the same account."""
        refused: RefusedError | None = None
        entry = self._get_reauth_entry()
        if user_input is not None:
            key = user_input[CONF_API_KEY].strip()
            try:
                await async_check(self.hass, key, entry.data[CONF_ACCOUNT_NUMBER], any_tariff=True)
            except RefusedError as error:
                refused = error
            else:
                return self.async_update_reload_and_abort(entry, data_updates={CONF_API_KEY: key})
        return self.async_show_form(**fill_form(self, "reauth_confirm", KEY_SCHEMA, None, refused))

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for another key, account, Powerwall or charger; what is left empty stays."""
        refused: RefusedError | None = None
        entry = self._get_reconfigure_entry()
        if user_input is not None:
            try:
                return await self._async_reconfigure(entry, user_input)
            except RefusedError as error:
                refused = error
        schema = reconfigure_schema(self.hass, entry.data, await async_charger_fields(self.hass, entry.data))
        filled_in = entry.options if user_input is None else user_input
        notes = await async_notes(self.hass, *powerwall_notes(self.hass))
        return self.async_show_form(**fill_form(self, "reconfigure", schema, filled_in, refused, notes))

    async def _async_reconfigure(self, entry: ConfigEntry, user_input: dict[str, Any]) -> ConfigFlowResult:
        """Check everything on the form, and take it over.

        Raises:
            RefusedError: Something on it cannot be used; nothing was changed.
        """
        picked = user_input[CONF_POWERWALL]
        battery = pick_powerwall(self.hass, picked) if picked != OTHER else None
        self._options = dict(entry.options)
        if user_input.get(CONF_CHARGING_ENTITY, entry.options.get(CONF_CHARGING_ENTITY)) != entry.options.get(
            CONF_CHARGING_ENTITY
        ):
            for former in (CONF_CHARGING_POWER_THRESHOLD, CONF_CHARGING_REGISTRY_ID):
                self._options.pop(former, None)
            self._options |= read_charger_options(self.hass, entry.data, user_input)
        key = user_input.get(CONF_API_KEY, "").strip() or entry.data[CONF_API_KEY]
        number = user_input[CONF_ACCOUNT_NUMBER]
        is_same = (key, number) == (entry.data[CONF_API_KEY], entry.data[CONF_ACCOUNT_NUMBER])
        checked = find_known_account(self.hass, key, number) if is_same else await async_check(self.hass, key, number)
        self._data = {**entry.data, CONF_API_KEY: key, CONF_ACCOUNT_NUMBER: checked.number if checked else number}
        self._battery = battery
        if checked is not None and len(checked.homes) > 1:
            self._account = checked
            return await self.async_step_home()
        if checked is not None and not checked.account.homes_unread:
            self._options.pop(CONF_HOME, None)
        return await self._async_reconfigured()

    async def _async_reconfigured(self) -> ConfigFlowResult:
        """Go on with what was chosen, once it is known which home counts.

        Raises:
            RefusedError: The battery cannot take the place of the present one yet.
        """
        return await self.async_step_other() if self._battery is None else self._reconfigured(self._battery)

    def _reconfigured(self, picked: PickedBattery) -> ConfigFlowResult:
        """Put the battery, the account and the charger into the entry, which keeps its id and its other options."""
        entry = self._get_reconfigure_entry()
        is_same = picked.binding.unique_id == entry.unique_id
        if not is_same and self._must_restore_first(entry):
            raise RefusedError("restore_first")
        if is_taken_by_another(self.hass, picked.binding, entry.entry_id):
            raise AbortFlow("already_configured")
        return self.async_update_reload_and_abort(
            entry,
            unique_id=picked.binding.unique_id,
            title=entry.title if is_same else picked.title,
            data=battery_data(self._data, picked),
            options=self._options,
        )

    def _must_restore_first(self, entry: ConfigEntry) -> bool:
        """Whether a reserve of ours stands on the present battery, which is still there to be restored."""
        if entry.state is not ConfigEntryState.LOADED or not entry.runtime_data.snapshot.holding:
            return False
        return not resolve(self.hass, Binding.from_entry_data(entry.data)).reserve_missing
