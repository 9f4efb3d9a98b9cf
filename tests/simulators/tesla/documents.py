"""The JSON documents of the Fleet API for a site: the keys that the real integrations read (facts/powerwall.md 5.1)."""

from datetime import datetime
from typing import Any

from .site import PowerwallSite


def product(site: PowerwallSite) -> dict[str, Any]:
    """One entry of ``products``."""
    return {
        "energy_site_id": site.site_id,
        "device_type": "energy",
        "resource_type": "battery" if site.has_battery else "solar",
        "site_name": site.name,
        "id": f"STE-SIMULATED-{site.site_id}",
        "components": {"battery": site.has_battery, "solar": site.has_solar, "grid": True, "load_meter": True},
    }


def site_info(site: PowerwallSite) -> dict[str, Any]:
    """What the cloud shows of a site and its settings."""
    site.advance()
    shown = site.shown
    components: dict[str, Any] = {
        "battery": site.has_battery,
        "solar": site.has_solar,
        "grid": True,
        "load_meter": True,
        "backup": site.has_battery,
        "tou_capable": True,
        "storm_mode_capable": site.has_battery,
        "off_grid_vehicle_charging_reserve_supported": site.has_battery,
        "grid_services_enabled": False,
        "set_islanding_mode_enabled": site.has_battery,
        "battery_type": "ac_powerwall",
        "gateway": "teg",
        "gateways": [{"din": f"GW-{site.site_id}", "part_name": "Tesla Backup Gateway 2", "is_active": True}],
        "batteries": [
            {"din": f"PW-{site.site_id}-{number}", "part_name": "Powerwall 2", "nameplate_energy": 13500}
            for number in range(site.powerwalls if site.has_battery else 0)
        ],
    }
    if site.has_battery and site.has_solar:
        components["customer_preferred_export_rule"] = shown.export_rule
        if not shown.grid_charging:
            # The real document has this key only where it says no.
            components["disallow_charge_from_grid_with_solar_installed"] = True
    if site.wall_connector:
        components["wall_connectors"] = [{"din": _wall_connector_din(site), "part_name": "Gen 3 Wall Connector"}]
    document: dict[str, Any] = {
        "id": f"STE-SIMULATED-{site.site_id}",
        "site_name": site.name,
        "installation_date": "2024-03-01T10:00:00+00:00",
        "installation_time_zone": site.time_zone.key,
        "version": "26.34.1 simulated",
        "components": components,
        "user_settings": {"storm_mode_enabled": shown.storm_watch},
        "battery_count": site.powerwalls if site.has_battery else 0,
        "nameplate_power": 5000 * site.powerwalls,
        "nameplate_energy": round(site.capacity_kwh * 1000),
    }
    if site.has_battery:
        document |= {
            "backup_reserve_percent": shown.reserve_pct,
            "default_real_mode": shown.mode,
            "off_grid_vehicle_charging_reserve_percent": shown.off_grid_vehicle_reserve_pct,
            "vpp_backup_reserve_percent": 0,
        }
    if shown.tariff is not None:
        document["tariff_content_v2"] = shown.tariff
    return document


def live_status(site: PowerwallSite) -> dict[str, Any]:
    """What flows now, in W and Wh. ``battery_power`` is positive while it discharges."""
    flows = site.flows
    document: dict[str, Any] = {
        "solar_power": round(flows.solar_kw * 1000),
        "load_power": round(flows.load_kw * 1000),
        "grid_power": round(flows.grid_kw * 1000),
        "grid_services_power": 0,
        "generator_power": 0,
        "grid_status": "Inactive" if site.off_grid else "Active",
        "island_status": str(site.island_status),
        "grid_services_active": site.grid_services_active,
        "storm_mode_active": site.storm_mode_active,
        "backup_capable": site.has_battery,
        "timestamp": site.now().astimezone(site.time_zone).isoformat(timespec="seconds"),
        "wall_connectors": [],
    }
    if site.has_battery:
        document |= {
            "battery_power": round(flows.battery_kw * 1000),
            "percentage_charged": site.soc_pct,
            "energy_left": site.soc_pct / 100 * site.capacity_kwh * 1000,
            "total_pack_energy": round(site.capacity_kwh * 1000),
        }
    if site.wall_connector:
        car = site.car_power_kw(site.now()) if callable(site.car_power_kw) else site.car_power_kw
        document["wall_connectors"] = [
            {
                "din": _wall_connector_din(site),
                "wall_connector_state": 1 if car else 2,
                "wall_connector_fault_state": 2,
                "wall_connector_power": round(car * 1000),
            }
        ]
    return document


def energy_history(site: PowerwallSite, now: datetime) -> dict[str, Any]:
    """Today's energy in Wh, as one period that began at local midnight."""
    site.advance()
    midnight = now.astimezone(site.time_zone).replace(hour=0, minute=0, second=0, microsecond=0)
    today = site.energies
    solar_to_battery = min(today.battery_in, today.solar)
    solar_to_grid = min(today.grid_out, today.solar - solar_to_battery)
    solar_to_load = max(today.solar - solar_to_battery - solar_to_grid, 0.0)
    from_battery = min(today.battery_out, today.load)
    energies = {
        "solar_energy_exported": today.solar,
        "generator_energy_exported": 0.0,
        "grid_energy_imported": today.grid_in,
        "grid_services_energy_imported": 0.0,
        "grid_services_energy_exported": 0.0,
        "grid_energy_exported_from_solar": solar_to_grid,
        "grid_energy_exported_from_generator": 0.0,
        "grid_energy_exported_from_battery": max(today.grid_out - solar_to_grid, 0.0),
        "battery_energy_exported": today.battery_out,
        "battery_energy_imported_from_grid": today.battery_in - solar_to_battery,
        "battery_energy_imported_from_solar": solar_to_battery,
        "battery_energy_imported_from_generator": 0.0,
        "consumer_energy_imported_from_grid": max(today.load - solar_to_load - from_battery, 0.0),
        "consumer_energy_imported_from_solar": solar_to_load,
        "consumer_energy_imported_from_battery": from_battery,
        "consumer_energy_imported_from_generator": 0.0,
        "total_home_usage": today.load,
        "total_battery_charge": today.battery_in,
        "total_battery_discharge": today.battery_out,
        "total_solar_generation": today.solar,
        "total_grid_energy_exported": today.grid_out,
    }
    entry = {"timestamp": midnight.isoformat()} | {key: round(value * 1000) for key, value in energies.items()}
    return {"period": "day", "installation_time_zone": site.time_zone.key, "time_series": [entry]}


def _wall_connector_din(site: PowerwallSite) -> str:
    """The identifier of the site's Wall Connector."""
    return f"1529455-02-D--WC{site.site_id}"
