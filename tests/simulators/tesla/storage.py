"""A Home Assistant configuration folder in which ``tesla_fleet``, ``tessie`` or ``teslemetry`` is already set up.

The formats are those of Home Assistant 2026.10 and 2026.11 (config entries 1.5, application credentials 1.1).
"""

import json
from pathlib import Path
import time
from typing import Any

from .tokens import access_token

_CREDENTIAL_ID = "tesla_fleet_simulated_client"
_LIFETIME_S = 10 * 365 * 86400
_CREATED = "2026-01-01T00:00:00+00:00"
TESLA_FLEET_ENTRY_ID = "01SIMULATEDTESLAFLEET00000"
TESSIE_ENTRY_ID = "01SIMULATEDTESSIE000000000"
TESLEMETRY_ENTRY_ID = "01SIMULATEDTESLEMETRY00000"


def token_data(token: str | None = None, *, now: float | None = None, lifetime_s: int = _LIFETIME_S) -> dict[str, Any]:
    """The ``token`` of a tesla_fleet entry; ``now`` is the Unix time at which it was issued."""
    return {
        "access_token": token or access_token(),
        "refresh_token": "refresh-0",
        "token_type": "Bearer",
        "expires_in": lifetime_s,
        "expires_at": (time.time() if now is None else now) + lifetime_s,
    }


def tesla_fleet_entry() -> dict[str, Any]:
    """The item of ``core.config_entries`` for tesla_fleet."""
    data = {"auth_implementation": "tesla_fleet", "token": token_data()}
    return _entry(TESLA_FLEET_ENTRY_ID, "tesla_fleet", "Tesla", "simulated-owner", data)


def tessie_entry() -> dict[str, Any]:
    """The item of ``core.config_entries`` for tessie."""
    return _entry(TESSIE_ENTRY_ID, "tessie", "Tessie", None, {"access_token": "simulated-tessie-token"})


def teslemetry_entry() -> dict[str, Any]:
    """The item of ``core.config_entries`` for teslemetry."""
    data = {"auth_implementation": "teslemetry", "token": token_data()}
    return {**_entry(TESLEMETRY_ENTRY_ID, "teslemetry", "Teslemetry", "simulated-uid", data), "version": 2}


def application_credential() -> dict[str, Any]:
    """The item of ``application_credentials`` that the tesla_fleet entry uses."""
    return {
        "id": _CREDENTIAL_ID,
        "domain": "tesla_fleet",
        "auth_domain": "tesla_fleet",
        "client_id": "simulated-client",
        "client_secret": "simulated-secret",
        "name": "Simulated",
    }


def _entry(entry_id: str, domain: str, title: str, unique_id: str | None, data: dict[str, Any]) -> dict[str, Any]:
    """A config entry as Home Assistant stores it."""
    return {
        "created_at": _CREATED,
        "modified_at": _CREATED,
        "entry_id": entry_id,
        "domain": domain,
        "title": title,
        "unique_id": unique_id,
        "data": data,
        "options": {},
        "subentries": [],
        "discovery_keys": {},
        "disabled_by": None,
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "user",
        "version": 1,
        "minor_version": 1,
    }


def storage_files(
    *, tesla_fleet: bool = True, tessie: bool = False, teslemetry: bool = False
) -> dict[str, dict[str, Any]]:
    """The contents of ``.storage`` by file name, ready to be written as JSON."""
    entries = [
        *([tesla_fleet_entry()] if tesla_fleet else []),
        *([tessie_entry()] if tessie else []),
        *([teslemetry_entry()] if teslemetry else []),
    ]
    files = {"core.config_entries": _file("core.config_entries", 5, {"entries": entries})}
    if tesla_fleet:
        files["application_credentials"] = _file("application_credentials", 1, {"items": [application_credential()]})
    return files


def http_file(port: int) -> dict[str, Any]:
    """The file ``http`` that lets Home Assistant serve on 127.0.0.1 at a port.

    ``http:`` in the YAML would be taken as a trial configuration, and reverted after five minutes.
    """
    settings = {
        "server_host": ["127.0.0.1"],
        "server_port": port,
        "cors_allowed_origins": ["https://cast.home-assistant.io"],
        "ip_ban_enabled": True,
        "login_attempts_threshold": -1,
        "ssl_profile": "modern",
        "use_x_frame_options": True,
    }
    data = {"stable": settings, "pending": None, "yaml_migration_done": True}
    return {"version": 2, "minor_version": 2, "key": "http", "data": data}


def _file(key: str, minor_version: int, data: dict[str, Any]) -> dict[str, Any]:
    """A storage file."""
    return {"version": 1, "minor_version": minor_version, "key": key, "data": data}


def seed_config_dir(
    config_dir: Path,
    *,
    tesla_fleet: bool = True,
    tessie: bool = False,
    teslemetry: bool = False,
    http_port: int | None = None,
) -> None:
    """Write ``storage_files`` into a configuration folder, and ``http_file`` where a port is given.

    Home Assistant must not be running on it. Entries of other integrations stay, and so does one of ours that is
    already there.
    """
    storage = config_dir / ".storage"
    storage.mkdir(parents=True, exist_ok=True)
    for name, ours in storage_files(tesla_fleet=tesla_fleet, tessie=tessie, teslemetry=teslemetry).items():
        path = storage / name
        content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else ours
        for kind, items in ours["data"].items():
            identity = "entry_id" if kind == "entries" else "id"
            known = {item[identity] for item in content["data"][kind]}
            content["data"][kind] += [item for item in items if item[identity] not in known]
        path.write_text(json.dumps(content, indent=2), encoding="utf-8")
    if http_port is not None:
        (storage / "http").write_text(json.dumps(http_file(http_port), indent=2), encoding="utf-8")
