"""The forms behind "Repair": choose another Powerwall, choose a charger, or close what has been read (design 7)."""

from typing import Any

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
import probatio

from .const import (
    CONF_ACCOUNT_NUMBER,
    CONF_API_KEY,
    CONF_CHARGER_DECLINED,
    CONF_GUARD_ADVICE_DECLINED,
    CONF_HOME,
    CONF_NIGHT_GUARD,
    CONF_POWERWALL,
)
from .domain.settings import NightGuard
from .flows.account import find_known_account
from .flows.battery import (
    PickedBattery,
    battery_data,
    is_taken_by_another,
    other_schema,
    pick_other,
    pick_powerwall,
    propose_powerwall,
)
from .flows.charger import CHARGER_KEYS, async_charger_fields, read_charger_options
from .flows.errors import RefusedError
from .flows.form import fill_form
from .flows.home import home_schema
from .flows.notes import async_notes, powerwall_notes
from .flows.schemas import powerwall_schema
from .powerwall.const import OTHER
from .runtime.charger import find_picked_charger
from .runtime.issues import CONF_ENTRY_ID, Issue, issue_id as id_of


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow for an issue; those of an entry that has gone can only be closed."""
    entry = hass.config_entries.async_get_entry(str((data or {}).get(CONF_ENTRY_ID)))
    if entry is not None and issue_id == id_of(entry.entry_id, Issue.POWERWALL_MISSING):
        return PowerwallMissingFlow(entry)
    if entry is not None and issue_id == id_of(entry.entry_id, Issue.CHARGER_RECOMMENDED):
        return ChargerRecommendedFlow(entry)
    if entry is not None and issue_id == id_of(entry.entry_id, Issue.CHARGER_CONTRADICTED):
        return ChargerContradictedFlow(entry)
    if entry is not None and issue_id == id_of(entry.entry_id, Issue.GUARD_ADVICE):
        return GuardAdviceFlow(entry)
    if entry is not None and issue_id == id_of(entry.entry_id, Issue.HOME_NEEDED):
        return HomeNeededFlow(entry)
    reserve = (data or {}).get("reserve")
    may_put_back = entry is not None and issue_id in {
        id_of(entry.entry_id, issue) for issue in (Issue.OLD_HOLD, Issue.RAISED_MEANWHILE)
    }
    if entry is not None and may_put_back and isinstance(reserve, int):
        return OldHoldFlow(entry, reserve, (data or {}).get("shown"))
    return ConfirmRepairFlow()


class OldHoldFlow(RepairsFlow):
    """Asks whether the reserve of a hold of days ago, or of a lost one, is to be put back, or left as it is."""

    def __init__(self, entry: ConfigEntry, reserve_pct: int, shown: str | float | None) -> None:
        self._entry = entry
        self._reserve_pct = reserve_pct
        self._placeholders = {"powerwall": entry.title, "reserve": str(reserve_pct)}
        if shown is not None:
            self._placeholders["shown"] = str(shown)

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Let the owner choose between the two."""
        return self.async_show_menu(
            step_id="init",
            menu_options=["put_back", "leave"],
            description_placeholders=self._placeholders,
        )

    async def async_step_put_back(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Put it back now."""
        if self._entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        await self._entry.runtime_data.async_put_back(self._reserve_pct)
        return self.async_create_entry(data={})

    async def async_step_leave(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Leave the reserve as it is."""
        return self.async_create_entry(data={})


class HomeNeededFlow(RepairsFlow):
    """Asks in which of the account's homes the Powerwall is."""

    def __init__(self, entry: ConfigEntry) -> None:
        self._entry = entry

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Begin with the list."""
        return await self.async_step_home()

    async def async_step_home(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Let one of the homes be picked."""
        if user_input is not None:
            options = {**self._entry.options, CONF_HOME: user_input[CONF_HOME]}
            self.hass.config_entries.async_update_entry(self._entry, options=options)
            self.hass.config_entries.async_schedule_reload(self._entry.entry_id)
            return self.async_create_entry(data={})
        data = self._entry.data
        account = find_known_account(self.hass, data[CONF_API_KEY], data[CONF_ACCOUNT_NUMBER])
        homes = account.homes if account else {}
        if not homes:
            return self.async_abort(reason="homes_unknown")
        title = {"powerwall": self._entry.title}
        return self.async_show_form(**fill_form(self, "home", home_schema(homes), None, None, title))


class PowerwallMissingFlow(RepairsFlow):
    """Lets another Powerwall, or the same one through another integration, take the place of one that has gone."""

    def __init__(self, entry: ConfigEntry) -> None:
        self._entry = entry

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Begin with the list."""
        return await self.async_step_powerwall()

    async def async_step_powerwall(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Let one of the Powerwalls that Home Assistant has be picked."""
        refused: RefusedError | None = None
        if user_input is not None:
            if user_input[CONF_POWERWALL] == OTHER:
                return await self.async_step_other()
            try:
                return self._mended(pick_powerwall(self.hass, user_input[CONF_POWERWALL]))
            except RefusedError as error:
                refused = error
        filled_in = user_input or {CONF_POWERWALL: propose_powerwall(self.hass)}
        notes = await async_notes(self.hass, *powerwall_notes(self.hass)) | {"powerwall": self._entry.title}
        return self.async_show_form(
            **fill_form(self, "powerwall", powerwall_schema(self.hass), filled_in, refused, notes)
        )

    async def async_step_other(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Let the number and the sensor of any other battery be picked."""
        refused: RefusedError | None = None
        if user_input is not None:
            try:
                return self._mended(pick_other(self.hass, user_input))
            except RefusedError as error:
                refused = error
        return self.async_show_form(**fill_form(self, "other", other_schema(), user_input, refused))

    def _mended(self, picked: PickedBattery) -> RepairsFlowResult:
        """Put the battery into the entry and start it again.

        Raises:
            RefusedError: Another entry has the battery.
        """
        if is_taken_by_another(self.hass, picked.binding, self._entry.entry_id):
            raise RefusedError("already_used")
        is_same = picked.binding.unique_id == self._entry.unique_id
        self.hass.config_entries.async_update_entry(
            self._entry,
            unique_id=picked.binding.unique_id,
            title=self._entry.title if is_same else picked.title,
            data=battery_data(self._entry.data, picked),
        )
        self.hass.config_entries.async_schedule_reload(self._entry.entry_id)
        return self.async_create_entry(data={})


class ChargerFlow(RepairsFlow):
    """Asks what shows that the car is charging."""

    def __init__(self, entry: ConfigEntry) -> None:
        self._entry = entry

    async def async_step_charger(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Ask for the entity."""
        refused: RefusedError | None = None
        if user_input is not None:
            try:
                options = read_charger_options(self.hass, self._entry.data, user_input)
            except RefusedError as error:
                refused = error
            else:
                kept = {key: value for key, value in self._entry.options.items() if key not in CHARGER_KEYS}
                self.hass.config_entries.async_update_entry(self._entry, options=kept | options)
                self.hass.config_entries.async_schedule_reload(self._entry.entry_id)
                return self.async_create_entry(data={})
        schema = probatio.Schema(await async_charger_fields(self.hass, self._entry.data, required=True))
        filled_in = self._entry.options if user_input is None else user_input
        named = {"powerwall": self._entry.title, "entity": find_picked_charger(self.hass, self._entry.options) or ""}
        return self.async_show_form(**fill_form(self, "charger", schema, filled_in, refused, named))


class ChargerContradictedFlow(ChargerFlow):
    """Asks for another entity where Octopus' reports contradict the one that was picked."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Begin with the list."""
        return await self.async_step_charger()


class ChargerRecommendedFlow(ChargerFlow):
    """Asks what shows that the car is charging, or takes note that nothing does."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Let the owner choose between the two."""
        return self.async_show_menu(
            step_id="init",
            menu_options=["charger", "decline"],
            description_placeholders={"powerwall": self._entry.title},
        )

    async def async_step_decline(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Leave it so, and never ask again; the options still offer the choice."""
        options = {**self._entry.options, CONF_CHARGER_DECLINED: True}
        self.hass.config_entries.async_update_entry(self._entry, options=options)
        return self.async_create_entry(data={})


class GuardAdviceFlow(RepairsFlow):
    """Has the guard fill the battery at night instead of only keeping its charge, or takes note that it shall not."""

    def __init__(self, entry: ConfigEntry) -> None:
        self._entry = entry

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Let the owner choose between the two."""
        return self.async_show_menu(
            step_id="init",
            menu_options=["charge_up", "decline"],
            description_placeholders={"powerwall": self._entry.title},
        )

    async def async_step_charge_up(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Change the option, which starts the entry again."""
        self._take(CONF_NIGHT_GUARD, NightGuard.CHARGE_UP.value)
        self.hass.config_entries.async_schedule_reload(self._entry.entry_id)
        return self.async_create_entry(data={})

    async def async_step_decline(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Leave it so, and never ask again; the options still offer the choice."""
        self._take(CONF_GUARD_ADVICE_DECLINED, True)
        return self.async_create_entry(data={})

    def _take(self, key: str, value: Any) -> None:
        self.hass.config_entries.async_update_entry(self._entry, options={**self._entry.options, key: value})
