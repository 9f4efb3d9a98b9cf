"""A Tesla Fleet API on 127.0.0.1 with a Powerwall behind it, faithful down to its failures (facts/powerwall.md).

In a test::

    async with TeslaSimulator([PowerwallSite(reserve_pct=20, soc_pct=63.4)]) as tesla:
        tesla.misbehave(HttpError(429, retry_after_s=600), times=1)
        ...
        assert tesla.writes_to("backup") == [100, 20]

As a process: ``python -m tests.simulators.tesla --help``. Home Assistant's own, unchanged ``tesla_fleet`` talks to it
after ``python -m tests.simulators.tesla.hass_launcher`` or, in tests, the fixtures of ``tests/tesla_components.py``.
"""

from .behaviours import (
    Behaviour,
    BodyError,
    Dropped,
    Hang,
    HttpError,
    Ignored,
    Lag,
    NotADict,
    Override,
    Rule,
    Snap,
    Stale,
)
from .server import TeslaSimulator
from .site import IslandStatus, Mode, PowerwallSite, Settings
from .tokens import SCOPES, access_token
from .writes import Outcome, Write

__all__ = [
    "SCOPES",
    "Behaviour",
    "BodyError",
    "Dropped",
    "Hang",
    "HttpError",
    "Ignored",
    "IslandStatus",
    "Lag",
    "Mode",
    "NotADict",
    "Outcome",
    "Override",
    "PowerwallSite",
    "Rule",
    "Settings",
    "Snap",
    "Stale",
    "TeslaSimulator",
    "Write",
    "access_token",
]
