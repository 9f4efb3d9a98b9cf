"""Start a real Home Assistant whose Tesla integrations talk to the simulator instead of to Tesla, and ohme likewise.

``python -m tests.simulators.tesla.hass_launcher --tesla-url http://127.0.0.1:8125 -c CONFIG_DIR --skip-pip``

Only addresses are replaced (Tesla's server table and token URL, Tessie's server, and with ``--ohme-url`` Ohme's hosts);
the integrations run unchanged. Everything but the two URLs is handed to ``hass``. ``storage.seed_config_dir`` prepares
the folder.
"""

import argparse
import ipaddress
import sys
from urllib.parse import urlsplit

from tests.simulators.ohme.redirect import redirect_for_good

from .redirect import RedirectedSession
from .server import TOKEN_PATH


def loopback_url(text: str) -> str:
    """Accept an http URL of this machine; raises argparse's error for anything else."""
    parts = urlsplit(text)
    try:
        loopback = parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        loopback = False
    if parts.scheme != "http" or not loopback:
        raise argparse.ArgumentTypeError(f"{text!r} is no http URL of this machine, such as http://127.0.0.1:8125")
    return text.rstrip("/")


def point_at(url: str) -> None:
    """Replace the addresses of Tesla and Tessie in this process."""
    import homeassistant  # noqa: F401  # first: it puts its own modules in place of some libraries
    from tesla_fleet_api.const import SERVERS
    from tesla_fleet_api.tessie import Tessie

    SERVERS["eu"] = url
    Tessie.server = url

    from homeassistant.components.tesla_fleet import const, oauth

    # oauth took its own reference when it was imported.
    for module in (const, oauth):
        setattr(module, "TOKEN_URL", url + TOKEN_PATH)  # noqa: B010


def point_teslemetry_at(url: str) -> None:
    """Replace the addresses of Teslemetry in this process; it is loaded without Bluetooth, which is for cars only."""
    from homeassistant import loader
    from homeassistant.components import teslemetry
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.aiohttp_client import async_get_clientsession

    def redirected(hass: HomeAssistant) -> RedirectedSession:
        return RedirectedSession(async_get_clientsession(hass), url)

    def without_bluetooth(integration: loader.Integration) -> list[str]:
        return [name for name in integration.manifest.get("dependencies", []) if name != "bluetooth_adapters"]

    setattr(teslemetry, "async_get_clientsession", redirected)  # noqa: B010
    setattr(loader.Integration, "dependencies", property(without_bluetooth))  # noqa: B010


def main() -> int:
    """Point at the simulator and run Home Assistant; returns its exit code."""
    parser = argparse.ArgumentParser(prog="hass_launcher", description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--tesla-url", type=loopback_url, default="http://127.0.0.1:8125", metavar="URL")
    parser.add_argument("--ohme-url", type=loopback_url, metavar="URL")
    parser.add_argument("--teslemetry", action="store_true", help="Teslemetry too is the simulator")
    arguments, rest = parser.parse_known_args()
    point_at(arguments.tesla_url)
    if arguments.teslemetry:
        point_teslemetry_at(arguments.tesla_url)
    if arguments.ohme_url is not None:
        redirect_for_good(arguments.ohme_url)
    from homeassistant.__main__ import main as hass_main

    sys.argv = ["hass", *rest]
    return hass_main()


if __name__ == "__main__":
    sys.exit(main())
