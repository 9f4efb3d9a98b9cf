"""What the owner has to know or do, as issues under Settings, Repairs: shown and taken away from data alone.

Every text stands in the translations under ``issues``. Each may use ``{powerwall}``, the entry's title, and what
``PLACEHOLDERS`` lists. None holds a key, an account number or a device id.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import CONF_CHARGER_DECLINED, DOMAIN

CONF_ENTRY_ID: Final = "entry_id"


class Issue(StrEnum):
    """The kinds; the value is the translation key."""

    RESTORE_FAILED = "restore_failed"
    RESTORE_BY_HAND = "restore_by_hand"
    LEFT_BEHIND = "left_behind"
    NOT_OBEYING = "not_obeying"
    NOT_DECIDING = "not_deciding"
    OLD_HOLD = "old_hold"
    RAISED_MEANWHILE = "raised_meanwhile"
    OPTIONS_UNREADABLE = "options_unreadable"
    POWERWALL_MISSING = "powerwall_missing"
    CONFLICTING_AUTOMATIONS = "conflicting_automations"
    TWO_INTEGRATIONS = "two_integrations"
    OCTOPUS_UNREACHABLE = "octopus_unreachable"
    OCTOPUS_REJECTED = "octopus_rejected"
    RATE_LIMITED = "rate_limited"
    CLOCK_DIFFERS = "clock_differs"
    STORE_DAMAGED = "store_damaged"
    CHARGER_CONTRADICTED = "charger_contradicted"
    CHARGER_RECOMMENDED = "charger_recommended"
    TARIFF_CHANGED = "tariff_changed"
    TARIFF_REFUSED = "tariff_refused"
    GUARD_ADVICE = "guard_advice"
    BATTERY_AT_OCTOPUS = "battery_at_octopus"
    CHARGE_CAP_SEEN = "charge_cap_seen"
    HOME_NEEDED = "home_needed"
    NO_AGREEMENT = "no_agreement"
    NO_CAR = "no_car"
    PLAN_UNREADABLE = "plan_unreadable"
    OHME_UNREADABLE = "ohme_unreadable"


PLACEHOLDERS: Final[Mapping[Issue, frozenset[str]]] = {
    Issue.RESTORE_FAILED: frozenset({"reserve"}),
    Issue.RESTORE_BY_HAND: frozenset({"reserve"}),
    Issue.LEFT_BEHIND: frozenset({"reserve"}),
    Issue.NOT_OBEYING: frozenset(),
    Issue.NOT_DECIDING: frozenset({"reserve"}),
    Issue.OLD_HOLD: frozenset({"reserve"}),
    Issue.RAISED_MEANWHILE: frozenset({"reserve", "shown"}),
    Issue.OPTIONS_UNREADABLE: frozenset({"options"}),
    Issue.POWERWALL_MISSING: frozenset(),
    Issue.CONFLICTING_AUTOMATIONS: frozenset({"automations"}),
    Issue.TWO_INTEGRATIONS: frozenset({"integrations"}),
    Issue.OCTOPUS_UNREACHABLE: frozenset(),
    Issue.OCTOPUS_REJECTED: frozenset(),
    Issue.RATE_LIMITED: frozenset(),
    Issue.CLOCK_DIFFERS: frozenset(),
    Issue.STORE_DAMAGED: frozenset(),
    Issue.CHARGER_CONTRADICTED: frozenset({"entity"}),
    Issue.CHARGER_RECOMMENDED: frozenset(),
    Issue.TARIFF_CHANGED: frozenset({"tariff", "why"}),
    Issue.TARIFF_REFUSED: frozenset({"tariff", "why"}),
    Issue.GUARD_ADVICE: frozenset(),
    Issue.BATTERY_AT_OCTOPUS: frozenset(),
    Issue.CHARGE_CAP_SEEN: frozenset(),
    Issue.HOME_NEEDED: frozenset(),
    Issue.NO_AGREEMENT: frozenset({"state"}),
    Issue.NO_CAR: frozenset(),
    Issue.PLAN_UNREADABLE: frozenset(),
    Issue.OHME_UNREADABLE: frozenset(),
}

_ERRORS: Final = frozenset(
    {
        Issue.RESTORE_FAILED,
        Issue.RESTORE_BY_HAND,
        Issue.LEFT_BEHIND,
        Issue.OLD_HOLD,
        Issue.NOT_DECIDING,
        Issue.POWERWALL_MISSING,
        Issue.OCTOPUS_REJECTED,
        Issue.TARIFF_REFUSED,
    }
)
# Those with a form of their own (repairs.py), and those that the owner closes, because nothing else does.
_FIXABLE: Final = frozenset(
    {
        Issue.POWERWALL_MISSING,
        Issue.CHARGER_CONTRADICTED,
        Issue.CHARGER_RECOMMENDED,
        Issue.GUARD_ADVICE,
        Issue.RESTORE_BY_HAND,
        Issue.LEFT_BEHIND,
        Issue.OLD_HOLD,
        Issue.RAISED_MEANWHILE,
        Issue.STORE_DAMAGED,
        Issue.TARIFF_CHANGED,
        Issue.HOME_NEEDED,
    }
)
ADVICE: Final = frozenset({Issue.CHARGER_RECOMMENDED, Issue.GUARD_ADVICE, Issue.TARIFF_CHANGED, Issue.TWO_INTEGRATIONS})
"""Those that can wait: nothing goes wrong while nobody reads them, so they do not ask for attention."""

_LASTING: Final = frozenset(
    {
        Issue.RESTORE_BY_HAND,
        Issue.LEFT_BEHIND,
        Issue.OLD_HOLD,
        Issue.RAISED_MEANWHILE,
        Issue.STORE_DAMAGED,
        Issue.TARIFF_CHANGED,
    }
)


def issue_id(entry_id: str, issue: Issue) -> str:
    """Return the id of an issue of one config entry."""
    return f"{issue}_{entry_id}"


@callback
def show(
    hass: HomeAssistant,
    entry_id: str,
    issue: Issue,
    placeholders: Mapping[str, str] | None = None,
    *,
    data: Mapping[str, str | int | float | None] | None = None,
    persistent: bool = False,
    learn_more: str | None = None,
) -> None:
    """Show an issue, or bring what it says up to date; nothing happens when it already says so.

    ``persistent`` lets it outlive a restart of Home Assistant, as those always do that the owner has to close.
    Does not ask for a charger again once the owner has declined.
    """
    entry = hass.config_entries.async_get_entry(entry_id)
    if issue is Issue.CHARGER_RECOMMENDED and entry is not None and entry.options.get(CONF_CHARGER_DECLINED):
        clear(hass, entry_id, issue)
        return
    powerwall = {"powerwall": entry.title} if entry is not None else {}
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id(entry_id, issue),
        data={**(data or {}), CONF_ENTRY_ID: entry_id},
        is_fixable=issue in _FIXABLE,
        is_persistent=persistent or issue in _LASTING,
        learn_more_url=learn_more,
        severity=ir.IssueSeverity.ERROR if issue in _ERRORS else ir.IssueSeverity.WARNING,
        translation_key=issue.value,
        translation_placeholders={**powerwall, **(placeholders or {})},
    )


@callback
def clear(hass: HomeAssistant, entry_id: str, issue: Issue) -> None:
    """Take an issue away, if it is there."""
    ir.async_delete_issue(hass, DOMAIN, issue_id(entry_id, issue))


@callback
def clear_removed(hass: HomeAssistant, entry_id: str, title: str) -> None:
    """Take away the issues of an entry that is removed.

    What it still says of a reserve that nobody has put back stays: of a former Powerwall as it is, of the one of an old
    hold as what is to be done by hand, since the button of that one is gone.
    """
    old_hold = ir.async_get(hass).async_get_issue(DOMAIN, issue_id(entry_id, Issue.OLD_HOLD))
    for issue in set(Issue) - {Issue.LEFT_BEHIND}:
        clear(hass, entry_id, issue)
    if old_hold is not None:
        said = {**(old_hold.translation_placeholders or {}), "powerwall": title}
        show(hass, entry_id, Issue.RESTORE_BY_HAND, said)
