"""Fields that leave Octopus' schema: what is only an extra is left out for a day (design 6)."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
import re

OPTIONAL = frozenset(
    {
        "activePower",
        "completedDispatches",
        "currentState",
        "delta",
        "deviceType",
        "direction",
        "displayName",
        "energyAddedKwh",
        "isChargingDurationCapped",
        "isSuspended",
        "location",
        "meta",
        "name",
        "preferences",
        "productCode",
        "propertyId",
        "provider",
        "source",
        "tariffCode",
    }
)
"""What slots can be followed without. Ids, kinds, lifecycles, agreements and plans are not among them."""

_ASKED_AGAIN_AFTER = timedelta(days=1)
# GraphQL's own wording, with either kind of quotation mark. What it offers instead of a field is of no use here.
_UNKNOWN_FIELD = re.compile(r"Cannot query field ['\"](\w{1,60})['\"] on type ['\"](\w{1,60})['\"]", re.ASCII)
_UNKNOWN_TYPE = re.compile(r"Unknown type ['\"](\w{1,60})['\"]", re.ASCII)
_REPEATED = re.compile(r"\bis repeated \d{1,6} times\b", re.ASCII)
# An extra goes as a whole with what gives it its meaning.
_WHOLES = {
    ("value", "ActivePower"): "activePower",
    ("timestamp", "ActivePower"): "activePower",
    ("start", "UpsideDispatchType"): "completedDispatches",
    ("end", "UpsideDispatchType"): "completedDispatches",
}
_TYPES = {
    "ActivePower": "activePower",
    "SmartFlexVehicleStatus": "activePower",
    "SmartFlexChargePointStatus": "activePower",
    "UpsideDispatchType": "completedDispatches",
    "UpsideDispatchMeta": "meta",
    "SmartFlexDevicePreferences": "preferences",
}


def unknown_in(message: str) -> str | None:
    """Return the extra that an error's message says is not in the schema; ``None`` if it says nothing of the kind."""
    if field := _UNKNOWN_FIELD.search(message):
        name, type_name = field.groups()
        return _WHOLES.get((name, type_name), name if name in OPTIONAL else None)
    kind = _UNKNOWN_TYPE.search(message)
    return _TYPES.get(kind[1]) if kind else None


def is_refused_as_repeated(message: str) -> bool:
    """Whether an error's message says that one field may not be asked for twice in a request."""
    return _REPEATED.search(message) is not None


class OmittedFields:
    """What is not asked for at present, each extra until its time has come."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._since: dict[str, tuple[datetime, timedelta]] = {}

    def names(self) -> frozenset[str]:
        """Return the extras to leave out now."""
        now = self._now()
        self._since = {name: (at, span) for name, (at, span) in self._since.items() if abs(now - at) < span}
        return frozenset(self._since)

    def leave(self, names: Iterable[str], span: timedelta = _ASKED_AGAIN_AFTER) -> bool:
        """Leave extras out from now on; whether any of them is news."""
        known = self.names()
        fresh = set(names) - known
        for name in fresh:
            self._since[name] = (self._now(), span)
        return bool(fresh)
