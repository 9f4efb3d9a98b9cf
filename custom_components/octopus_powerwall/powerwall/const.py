"""Names of Home Assistant's Tesla integrations, and of what they offer for a Powerwall (facts/powerwall.md 1.1)."""

from typing import Final

OTHER: Final = "other"
"""The kind of a battery that no known integration serves: any number and any sensor that the owner picked."""

TESLA_INTEGRATIONS: Final = {"tesla_fleet": "Tesla Fleet", "teslemetry": "Teslemetry", "tessie": "Tessie"}
"""The integrations that can write the reserve, with the names people know them by."""

LOCAL_PLATFORM: Final = "powerwall"
"""Home Assistant's own local integration: it only reads."""

RESERVE_KEY: Final = "backup_reserve_percent"
