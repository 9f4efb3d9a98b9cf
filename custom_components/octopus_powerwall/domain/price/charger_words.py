"""The words with which chargers and cars say in Home Assistant whether the car is charging, each with its source.

A word is known to mean charging, known not to, or says nothing of it; any other is unknown and proves nothing either
(design 2). Words are compared without case, with spaces and hyphens as underscores.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The states of one kind of entity.

    Attributes:
        source: the integration; one of Home Assistant's own by its domain.
        key: the entity's translation key there, where Home Assistant's texts list its states.
        charging: the car takes power.
        idle: it does not, or not more than it needs to wait.
        silent: known, but no proof of either.
    """

    source: str
    key: str | None = None
    charging: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


VOCABULARIES: Final = (
    Vocabulary("any binary sensor, switch or template", charging=("on", "true", "yes"), idle=("off", "false", "no")),
    Vocabulary(
        "templates of owners",
        charging=("active", "in_progress", "smart_charging", "car_charging"),
        idle=("inactive", "not_charging", "notcharging", "not_active"),
    ),
    Vocabulary(
        "besen",
        "current_state",
        charging=("charging",),
        idle=(
            "charging_fault_1",
            "charging_fault_2",
            "charging_reservation",
            "completed",
            "completed_full_charge",
            "fault",
            "not_connected",
            "ready_to_charge",
            "waiting_for_button",
            "waiting_for_swipe",
        ),
    ),
    Vocabulary("blue_current", "activity", ("charging",), ("available", "error", "offline"), ("unavailable",)),
    Vocabulary(
        "greencell",
        "status",
        ("charging",),
        ("connected", "error_car", "error_evse", "finished", "idle", "waiting_for_car"),
    ),
    Vocabulary(
        "lektrico",
        "state",
        ("charging",),
        (
            "available",
            "connected",
            "error",
            "locked",
            "need_auth",
            "paused",
            "paused_by_scheduler",
            "updating_firmware",
        ),
    ),
    Vocabulary(
        "nexblue",
        "charging_state",
        ("charging",),
        ("connected", "delay_waiting", "error", "ev_waiting", "finished", "idle", "lb_waiting"),
    ),
    Vocabulary("nrgkick", "status", ("charging",), ("connected", "error", "standby", "wakeup")),
    Vocabulary(
        "ohme",
        "status",
        ("charging",),
        ("finished", "paused", "pending_approval", "plugged_in", "unplugged"),
    ),
    Vocabulary(
        "openevse",
        "status",
        ("charging",),
        (
            "connected",
            "diode_check_failed",
            "disabled",
            "gfci_fault",
            "gfci_self_test_failure",
            "no_ground",
            "not_connected",
            "over_temperature",
            "sleeping",
            "stuck_relay",
            "vent_required",
        ),
    ),
    Vocabulary("peblar", "cp_state", ("charging",), ("error", "fault", "invalid", "no_ev_connected", "suspended")),
    Vocabulary(
        "renault",
        "charge_state",
        ("charge_in_progress", "v2g_charging_normal"),
        (
            "charge_ended",
            "charge_error",
            "energy_flap_opened",
            "not_in_charge",
            "v2g_charging_waiting",
            "v2g_discharging",
            "v2l_connected",
            "waiting_for_a_planned_charge",
            "waiting_for_current_charge",
        ),
        ("unavailable",),
    ),
    Vocabulary("silla_prism", "status", ("charging",), ("idle", "paused", "waiting")),
    Vocabulary(
        "technove",
        "status",
        ("plugged_charging",),
        (
            "evse_fault",
            "ground_fault",
            "high_tariff_period",
            "out_of_activation_period",
            "pilot_fault",
            "plugged_waiting",
            "unplugged",
            "ventilation_required",
        ),
    ),
    Vocabulary(
        "tesla_fleet",
        "charge_state_charging_state",
        ("charging",),
        ("complete", "disconnected", "no_power", "starting", "stopped"),
    ),
    Vocabulary(
        "teslemetry",
        "charge_state_charging_state",
        ("charging",),
        ("complete", "disconnected", "no_power", "starting", "stopped"),
    ),
    Vocabulary(
        "tessie",
        "charge_state_charging_state",
        ("charging",),
        ("complete", "disconnected", "no_power", "starting", "stopped"),
    ),
    Vocabulary(
        "tessie",
        "wall_connector_state",
        ("charging", "charging_reduced"),
        (
            "booting",
            "charging_finished",
            "connected",
            "disconnected",
            "error",
            "negotiating",
            "scheduled",
            "waiting_car",
        ),
    ),
    Vocabulary(
        "tesla_wall_connector",
        "status",
        ("charging", "charging_reduced"),
        (
            "booting",
            "charging_finished",
            "connected",
            "error",
            "negotiating",
            "not_connected",
            "ready",
            "waiting_car",
        ),
    ),
    Vocabulary(
        "tuya",
        "charger_status",
        ("charger_charging",),
        (
            "charger_end",
            "charger_fault",
            "charger_free",
            "charger_free_fault",
            "charger_insert",
            "charger_pause",
            "charger_wait",
        ),
    ),
    Vocabulary("volvo", "charging_status", ("charging",), ("discharging", "done", "error", "idle", "scheduled")),
    Vocabulary(
        "volvo",
        "charging_power_status",
        ("providing_power",),
        ("fault", "initialization", "no_power_available", "power_available_but_not_activated"),
    ),
    Vocabulary(
        "wallbox (its states are not translated)",
        charging=("charging",),
        idle=(
            "discharging",
            "paused",
            "scheduled",
            "waiting_for_car_demand",
            "waiting",
            "disconnected",
            "error",
            "ready",
            "locked",
            "locked,_car_connected",
            "updating",
            "waiting_in_queue_by_power_sharing",
            "waiting_in_queue_by_power_boost",
            "waiting_mid_failed",
            "waiting_mid_safety_margin_exceeded",
            "waiting_in_queue_by_eco_smart",
        ),
    ),
    # Under Intelligent Octopus Octopus drives a Zappi by boosts, and it can stay on Boosting without drawing anything.
    Vocabulary(
        "CJNE/ha-myenergi, a Zappi's status",
        charging=("charging",),
        idle=("paused", "completed", "waiting_for_surplus", "waiting_for_ev", "starting", "ev_ready_to_charge"),
        silent=("boosting",),
    ),
    Vocabulary(
        "CJNE/ha-myenergi, a Zappi's plug status",
        charging=("charging",),
        idle=("ev_disconnected", "ev_connected", "waiting_for_ev", "ev_ready_to_charge", "fault"),
    ),
    Vocabulary(
        "the letters of IEC 61851, as evcc and others show them",
        charging=("c", "c2"),
        idle=("a", "a1", "a2", "b", "b1", "b2", "c1", "e", "f"),
    ),
    Vocabulary(
        "nordicopen/easee_hass",
        charging=("charging",),
        idle=(
            "awaiting_authorization",
            "awaiting_start",
            "completed",
            "de_authorizing",
            "disconnected",
            "error",
            "ready_to_charge",
        ),
    ),
    Vocabulary(
        "lbbrhzn/ocpp",
        charging=("charging",),
        idle=("available", "preparing", "suspendedev", "suspendedevse", "finishing", "reserved", "faulted"),
    ),
    Vocabulary(
        "custom-components/zaptec",
        charging=("connected_charging",),
        idle=("disconnected", "connected_requesting", "connected_finished"),
    ),
    Vocabulary(
        "mattrayner/pod-point-home-assistant-component",
        charging=("charging",),
        idle=(
            "available",
            "connected_waiting_for_schedule",
            "idle",
            "out_of_service",
            "pending",
            "suspended_ev",
            "suspended_evse",
            "waiting_for_schedule",
        ),
    ),
    Vocabulary(
        "A Better Routeplanner and cars that tell AC from DC",
        charging=("charging_ac", "charging_dc", "ac_charging", "dc_charging", "charging_hvbattery"),
        idle=("conserving", "conservation", "ready_for_charging", "not_ready_for_charging", "connect_cable"),
    ),
    Vocabulary(
        "BMW and Mini",
        charging=("charging",),
        idle=(
            "complete",
            "finished_fully_charged",
            "finished_not_full",
            "fully_charged",
            "no_charging",
            "plugged_in",
            "target_reached",
            "waiting_for_charging",
        ),
    ),
    # What Octopus schedules is not what the car does (design 2).
    Vocabulary(
        "Octopus' own states, as BottlecapDave/HomeAssistant-OctopusEnergy shows them",
        idle=("smart_control_not_available", "smart_control_off"),
        silent=("smart_control_capable", "smart_control_in_progress", "setup_complete"),
    ),
)


def _table() -> dict[str, bool | None]:
    """Every word once; one that any source calls no proof is none."""
    words: dict[str, bool | None] = {}
    for vocabulary in VOCABULARIES:
        words |= dict.fromkeys(vocabulary.idle, False)
    for vocabulary in VOCABULARIES:
        words |= dict.fromkeys(vocabulary.charging, True)
    for vocabulary in VOCABULARIES:
        words |= dict.fromkeys(vocabulary.silent)
    return words


_WORDS: Final = _table()


def normalise(state: str) -> str:
    """Return a state as the table has it."""
    return "_".join(state.strip().casefold().replace("-", " ").replace("_", " ").split())


def is_known(state: str) -> bool:
    """Whether the table has a word at all."""
    return normalise(state) in _WORDS


def meaning_of(state: str) -> bool | None:
    """Whether a word says that the car charges; ``None`` where it is unknown or says nothing of it."""
    return _WORDS.get(normalise(state))
