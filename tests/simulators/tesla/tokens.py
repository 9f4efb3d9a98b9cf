"""Access tokens such as Tesla's: JWTs, which the integration reads without checking their signature."""

from functools import lru_cache

import jwt

_KEY = "a signature that nobody checks, long enough for HS256"
SCOPES = (
    "openid",
    "offline_access",
    "vehicle_device_data",
    "vehicle_location",
    "vehicle_cmds",
    "vehicle_charging_cmds",
    "energy_device_data",
    "energy_cmds",
)


def access_token(generation: int = 0, *, scopes: tuple[str, ...] = SCOPES, region: str = "eu") -> str:
    """Make an access token; ``generation`` tells the simulator whether it has expired."""
    claims = {"sub": "simulated-owner", "scp": list(scopes), "ou_code": region.upper(), "generation": generation}
    return jwt.encode(claims, _KEY, algorithm="HS256")


@lru_cache(maxsize=64)
def generation_of(token: str) -> int | None:
    """Return a token's generation, ``None`` for one that is no JWT of ours (Tessie's are opaque)."""
    try:
        generation = jwt.decode(token, options={"verify_signature": False}).get("generation")
    except jwt.InvalidTokenError:
        return None
    return generation if isinstance(generation, int) else None
