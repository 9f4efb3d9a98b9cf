"""Makes the Octopus client, for the flows and for the coordinator alike."""

import os

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.loader import async_get_loaded_integration
from homeassistant.util import dt as dt_util

from ..const import API_URL_VARIABLE, DOMAIN
from ..octopus import DEFAULT_BASE_URL, OctopusClient, check_base_url


class ApiUrlRefusedError(ConfigEntryError):
    """The environment variable that replaces Octopus' address does not point to this machine (design 7)."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"{API_URL_VARIABLE}: {reason}",
            translation_domain=DOMAIN,
            translation_key="api_url_refused",
            translation_placeholders={"variable": API_URL_VARIABLE},
        )


def make_client(hass: HomeAssistant, api_key: str, account_number: str) -> OctopusClient:
    """Return a client for one account, on Home Assistant's own session and clock.

    Raises:
        ValueError: The account number does not look like one; the message does not repeat it.
        ApiUrlRefusedError: ``OCTOPUS_POWERWALL_API_URL`` is set to anything but a loopback address.
    """
    version = async_get_loaded_integration(hass, DOMAIN).version
    return OctopusClient(
        async_get_clientsession(hass),
        api_key,
        account_number,
        base_url=_base_url(),
        now=dt_util.utcnow,
        user_agent=f"octopus-powerwall/{version}",
    )


def _base_url() -> str:
    replaced = os.environ.get(API_URL_VARIABLE)
    if not replaced:
        return DEFAULT_BASE_URL
    try:
        return check_base_url(replaced, loopback_only=True)
    except ValueError as error:
        raise ApiUrlRefusedError(str(error)) from None
