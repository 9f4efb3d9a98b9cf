"""Home Assistant's folder for the demo: configuration, a user, the dashboard, and Tesla already set up."""

import json
from pathlib import Path
import shutil
from typing import Any

from tests.simulators.tesla.storage import seed_config_dir

ROOT = Path(__file__).parents[2]
CAR_HELPER = "input_boolean.demo_car_charging"
CAR_ENTITY = "binary_sensor.car_charging"
_USER_ID = "0d5eedde7ec7ab1e0d5eedde7ec7ab1e"
_DASHBOARD_PATH = "octopus-powerwall"
# What "Add dashboard" makes of ours.
_DASHBOARD = "strategy:\n  type: custom:octopus-powerwall\n"

_CONFIGURATION = """\
homeassistant:
  name: Demo
  latitude: 51.48
  longitude: 0.0
  elevation: 30
  unit_system: metric
  currency: GBP
  country: GB
  language: en
  time_zone: {time_zone}
  auth_providers:
    - type: trusted_networks
      trusted_networks: [127.0.0.1/32]
      allow_bypass_login: true
frontend:
config:
recorder:
  commit_interval: 1
history:
logbook:
energy:
system_health:
repairs:
diagnostics:
automation: !include automations.yaml
logger:
  default: warning
  logs:
    custom_components.octopus_powerwall: info
lovelace:
  dashboards:
    {dashboard}:
      mode: yaml
      title: Octopus Powerwall
      icon: mdi:home-battery
      filename: dashboard.yaml
input_boolean:
  demo_car_charging:
    name: The car charges (for the demo)
template:
  - binary_sensor:
      - name: Car charging
        unique_id: demo_car_charging
        device_class: battery_charging
        state: "{{{{ is_state('{helper}', 'on') }}}}"
"""


def prepare(folder: Path, *, port: int, time_zone: str, fresh: bool = False) -> None:
    """Fill a folder that does not exist yet. Home Assistant will listen on 127.0.0.1 at the port.

    It opens on the dashboard, unless it is ``fresh``: what draws that comes with the integration's first entry.
    """
    folder.mkdir(parents=True)
    text = _CONFIGURATION.format(time_zone=time_zone, dashboard=_DASHBOARD_PATH, helper=CAR_HELPER)
    (folder / "configuration.yaml").write_text(text, encoding="utf-8")
    (folder / "automations.yaml").write_text("[]\n", encoding="utf-8")
    (folder / "dashboard.yaml").write_text(_DASHBOARD, encoding="utf-8")
    (folder / "custom_components").symlink_to(ROOT / "custom_components")
    shutil.copytree(ROOT / "blueprints", folder / "blueprints")
    seed_config_dir(folder, http_port=port)
    stored: list[tuple[str, int, dict[str, Any]]] = [
        ("auth", 1, _auth()),
        ("onboarding", 4, {"done": ["user", "core_config", "analytics", "integration"]}),
    ]
    if not fresh:
        stored.append(("frontend.system_data", 1, {"core": {"default_panel": _DASHBOARD_PATH}}))
    for name, version, data in stored:
        content = {"version": version, "minor_version": 1, "key": name, "data": data}
        (folder / ".storage" / name).write_text(json.dumps(content, indent=2), encoding="utf-8")


def _auth() -> dict[str, Any]:
    """One owner, whom everybody on this machine is taken for: nothing secret is needed."""
    user = {
        "id": _USER_ID,
        "group_ids": ["system-admin"],
        "is_owner": True,
        "is_active": True,
        "name": "Owner",
        "system_generated": False,
        "local_only": True,
    }
    return {"users": [user], "groups": [], "credentials": [], "refresh_tokens": []}
