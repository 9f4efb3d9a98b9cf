"""Why things are as they are, in one list of words; each has a sentence in the translations (design 5.12)."""

from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """The ground of a status, of a certainty, or of a write that waits."""

    TARIFF = "tariff"
    RESTORE_FAILED = "restore_failed"
    WRITTEN_BACK = "written_back"
    RESTORE_WAITS = "restore_waits"
    AUTOMATION_OFF = "automation_off"
    STORM_WATCH = "storm_watch"
    GRID_DOWN = "grid_down"
    GRID_SERVICES = "grid_services"
    BACKUP_MODE = "backup_mode"
    RESERVE_UNAVAILABLE = "reserve_unavailable"
    LEVEL_UNKNOWN = "level_unknown"
    READING_AWAITED = "reading_awaited"
    WRITES_SPENT = "writes_spent"
    TOO_LONG = "too_long"
    OWNER_CHECK = "owner_check"
    WRITE_REFUSED = "write_refused"
    NOT_SAVED = "not_saved"
    OWNER_CHANGED_RESERVE = "owner_changed_reserve"
    NOT_OBEYING = "not_obeying"
    OFF_PEAK = "off_peak"
    OWNER = "owner"
    WHOLE_SLOT = "whole_slot"
    CAR_CHARGING = "car_charging"
    CAR_GUARD = "car_guard"
    PRESERVE_CHOSEN = "preserve_chosen"
    ALLOWANCE_USED = "allowance_used"
    CAR_IDLE = "car_idle"
    CAR_NOT_CHARGING = "car_not_charging"
    CAR_UNKNOWN = "car_unknown"
    PLAN_AGED = "plan_aged"
    CLOCK_DIFFERS = "clock_differs"
    CAR_AWAY = "car_away"
    CAR_BOOSTING = "car_boosting"
    CAR_TESTING = "car_testing"
    NOT_CONTROLLED = "not_controlled"
    CAR_VANISHED = "car_vanished"
    PLAN_UNSTEADY = "plan_unsteady"
    HOME_UNKNOWN = "home_unknown"
    NO_AGREEMENT = "no_agreement"
    AGREEMENT_ENDED = "agreement_ended"
    AGREEMENT_NOT_BEGUN = "agreement_not_begun"
    NO_ELECTRICITY = "no_electricity"
    NO_CAR = "no_car"
    PLAN_UNREADABLE = "plan_unreadable"
    OCTOPUS_SILENT = "octopus_silent"
    PLAN_TOO_OLD = "plan_too_old"
    SLOT_SKIPPED = "slot_skipped"
    TOO_SHORT = "too_short"
    NIGHT_SLOT = "night_slot"
    NO_PLAN = "no_plan"
    NO_SLOT = "no_slot"


BLOCKS: Final = frozenset({Reason.STORM_WATCH, Reason.GRID_DOWN, Reason.GRID_SERVICES})
"""Why the Powerwall is left alone for now, a due restore included (design 5.8)."""

PAUSES: Final = BLOCKS | {Reason.BACKUP_MODE}
"""What ends by itself and is shown as a pause. Backup mode stops only starts."""

WAITS: Final = frozenset(
    {
        Reason.RESERVE_UNAVAILABLE,
        Reason.LEVEL_UNKNOWN,
        Reason.READING_AWAITED,
        Reason.WRITE_REFUSED,
        Reason.WRITES_SPENT,
    }
)
"""What something due waits for."""
