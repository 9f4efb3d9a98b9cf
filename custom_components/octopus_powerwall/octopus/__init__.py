"""The Octopus client: HTTP, tokens, errors and parsing. Knows no Home Assistant."""

from .client import DEFAULT_BASE_URL, OctopusClient, normalise_account_number
from .errors import (
    OctopusAccountNotFoundError,
    OctopusError,
    OctopusInvalidKeyError,
    OctopusRateLimitedError,
    OctopusResponseError,
    OctopusUnauthorisedError,
    OctopusUnavailableError,
)
from .transport import check_base_url

__all__ = [
    "DEFAULT_BASE_URL",
    "OctopusAccountNotFoundError",
    "OctopusClient",
    "OctopusError",
    "OctopusInvalidKeyError",
    "OctopusRateLimitedError",
    "OctopusResponseError",
    "OctopusUnauthorisedError",
    "OctopusUnavailableError",
    "check_base_url",
    "normalise_account_number",
]
