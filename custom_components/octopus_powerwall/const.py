"""Names that are a contract with Home Assistant, the owner's automations and the store (design 7)."""

from typing import Final

DOMAIN: Final = "octopus_powerwall"
NAME: Final = "Octopus Powerwall"
API_URL_VARIABLE: Final = "OCTOPUS_POWERWALL_API_URL"
HOMEPAGE: Final = "https://github.com/octopus-powerwall/octopus-powerwall"

CONF_API_KEY: Final = "api_key"
CONF_ACCOUNT_NUMBER: Final = "account_number"
CONF_POWERWALL: Final = "powerwall"
CONF_BINDING: Final = "binding"
CONF_RESERVE_ENTITY: Final = "reserve_entity"
CONF_BATTERY_LEVEL_ENTITY: Final = "battery_level_entity"

CONF_SLOT_POLICY: Final = "slot_policy"
CONF_CHARGING_ENTITY: Final = "charging_entity"
CONF_CHARGING_POWER_THRESHOLD: Final = "charging_power_threshold"
CONF_WHOLE_HALF_HOURS: Final = "whole_half_hours"
CONF_USUAL_RESERVE: Final = "usual_reserve"
CONF_SLOT_SOURCE: Final = "slot_source"
CONF_OHME_ENTRY: Final = "ohme_entry"
CONF_CAR_GUARD: Final = "car_guard"
CONF_NIGHT_GUARD: Final = "night_guard"
CONF_DRY_RUN: Final = "dry_run"
CONF_CHARGING_REGISTRY_ID: Final = "charging_registry_id"
CONF_CHARGER_DECLINED: Final = "charger_declined"
