"""The ways in which Tesla's cloud treats a request other than politely (facts/powerwall.md 2.2, 3.1, 3.2).

Every behaviour is a small value; ``Rules`` keeps those that are switched on, each for a number of requests or until
it is removed. All durations are seconds of the simulator's clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

WRITES = frozenset(
    {
        "backup",
        "operation",
        "storm_mode",
        "grid_import_export",
        "off_grid_vehicle_charging_reserve",
        "time_of_use_settings",
    }
)
READS = frozenset({"site_info", "live_status"})
OTHERS = frozenset({"calendar_history", "metadata", "products", "region", "token", "vehicles", "tesla_scopes"})
ENDPOINTS = WRITES | READS | OTHERS
GROUPS = {"writes": WRITES, "reads": READS, "all": ENDPOINTS}


@dataclass(frozen=True, slots=True)
class Lag:
    """A write becomes visible in site_info, and moves the battery, only after a while."""

    shown_after_s: float = 0.0
    acts_after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Snap:
    """A reserve of 81 to 99 becomes ``to_pct``, at once or later; 100 too with ``hundred``."""

    after_s: float = 0.0
    hundred: bool = False
    to_pct: int = 80

    def concerns(self, reserve_pct: int) -> bool:
        """Whether this reserve is one that Tesla does not keep."""
        return self.to_pct < reserve_pct < 100 or (self.hundred and reserve_pct == 100)


@dataclass(frozen=True, slots=True)
class HttpError:
    """An HTTP status instead of an answer; nothing is applied unless ``applied``.

    ``error`` is the body's error text (Tesla's library tells some errors apart by it). Without ``json`` the body is
    HTML, as from a proxy.
    """

    status: int = 500
    error: str = "simulated"
    retry_after_s: int | None = None
    applied: bool = False
    json: bool = True


@dataclass(frozen=True, slots=True)
class BodyError:
    """HTTP 200 whose body says that it failed: ``{"response": {"code": 400, ...}}``, or a null response."""

    code: int | None = 400
    message: str = "simulated failure"
    applied: bool = False


@dataclass(frozen=True, slots=True)
class Ignored:
    """200, "Updated", and nothing happens."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """The connection is cut without an answer, before or after applying."""

    applied: bool = False


@dataclass(frozen=True, slots=True)
class Hang:
    """No answer, or one after ``answers_after_s``; a write takes effect after ``lands_after_s``, or never."""

    answers_after_s: float | None = None
    lands_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Stale:
    """A read answers with the document as it was when this was switched on."""


@dataclass(frozen=True, slots=True)
class Override:
    """A read answers with some keys changed (``components.solar`` reaches inside) or missing."""

    values: dict[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    def apply(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return the changed document; the given one stays as it is."""
        result = dict(document)
        for path, value in self.values.items():
            _inside(result, path)[path.rsplit(".", 1)[-1]] = value
        for path in self.missing:
            _inside(result, path).pop(path.rsplit(".", 1)[-1], None)
        return result


@dataclass(frozen=True, slots=True)
class NotADict:
    """A read answers with ``{"response": value}`` where the value is no document at all."""

    value: Any = None


def _inside(document: dict[str, Any], path: str) -> dict[str, Any]:
    """Return the dictionary that holds a dotted path's last key, copying what lies on the way."""
    for key in path.split(".")[:-1]:
        document[key] = dict(document.get(key) or {})
        document = document[key]
    return document


type Behaviour = Lag | Snap | HttpError | BodyError | Ignored | Dropped | Hang | Stale | Override | NotADict

KINDS: dict[str, type[Behaviour]] = {
    "lag": Lag,
    "snap": Snap,
    "http_error": HttpError,
    "body_error": BodyError,
    "ignored": Ignored,
    "dropped": Dropped,
    "hang": Hang,
    "stale": Stale,
    "override": Override,
    "not_a_dict": NotADict,
}


def behaviour_from_json(data: dict[str, Any]) -> Behaviour:
    """Build a behaviour from ``{"kind": "http_error", "status": 429, ...}``; raises ValueError with the reason."""
    values = dict(data)
    kind = values.pop("kind", None)
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}: one of {', '.join(KINDS)}")
    known = {item.name for item in fields(KINDS[kind])}
    if unknown := sorted(set(values) - known):
        raise ValueError(f"{kind} has no {', '.join(unknown)}: it has {', '.join(sorted(known)) or 'no options'}")
    for name, value in values.items():
        if not _fits(name, value):
            raise ValueError(f"{kind}: {value!r} is no {name}")
    if "missing" in values:
        values["missing"] = tuple(values["missing"])
    return KINDS[kind](**values)


def _fits(name: str, value: Any) -> bool:
    """Whether a JSON value has the type of the option of this name."""
    match name:
        case "applied" | "hundred" | "json":
            return isinstance(value, bool)
        case "error" | "message":
            return isinstance(value, str)
        case "values":
            return isinstance(value, dict)
        case "missing":
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case "value":
            return True
        case "code" | "retry_after_s" | "status" | "to_pct":
            return (isinstance(value, int) and not isinstance(value, bool)) or (value is None and name != "status")
        case _:
            return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and value >= 0)


@dataclass(slots=True, eq=False)
class Rule:
    """A behaviour that is switched on; ``remaining`` counts down, ``None`` is without end."""

    behaviour: Behaviour
    endpoints: frozenset[str]
    site_id: int | None
    remaining: int | None
    documents: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)

    @property
    def spent(self) -> bool:
        """Whether it has no requests left."""
        return self.remaining is not None and self.remaining <= 0


class Rules:
    """The behaviours that are switched on, in the order in which they were."""

    def __init__(self) -> None:
        """Start polite."""
        self._rules: list[Rule] = []

    def __len__(self) -> int:
        """How many are switched on and not spent."""
        return sum(not rule.spent for rule in self._rules)

    def add(
        self, behaviour: Behaviour, on: str | Iterable[str], *, times: int | None = None, site_id: int | None = None
    ) -> Rule:
        """Switch a behaviour on for endpoints (or a group), for ``times`` requests, at one site or all."""
        endpoints = frozenset(
            name for entry in ([on] if isinstance(on, str) else on) for name in GROUPS.get(entry, [entry])
        )
        if unknown := sorted(endpoints - ENDPOINTS):
            raise ValueError(
                f"unknown endpoint {', '.join(unknown)}: one of {', '.join(sorted(ENDPOINTS | set(GROUPS)))}"
            )
        rule = Rule(behaviour, endpoints, site_id, times)
        self._rules = [*(kept for kept in self._rules if not kept.spent), rule]
        return rule

    def remove(self, rule: Rule) -> None:
        """Switch one off; one that is off already stays so."""
        if rule in self._rules:
            self._rules.remove(rule)

    def clear(self) -> None:
        """Switch all off."""
        self._rules.clear()

    def concern(self, endpoint: str, site_id: int) -> bool:
        """Whether any rule concerns a request."""
        return any(
            endpoint in rule.endpoints and rule.site_id in (None, site_id) and not rule.spent for rule in self._rules
        )

    def take(self, endpoint: str, site_id: int | None, *kinds: type[Behaviour]) -> Rule | None:
        """Return the oldest rule of these kinds that concerns a request, and count the request."""
        for rule in self._rules:
            if (
                isinstance(rule.behaviour, kinds)
                and endpoint in rule.endpoints
                and rule.site_id in (None, site_id)
                and not rule.spent
            ):
                if rule.remaining is not None:
                    rule.remaining -= 1
                return rule
        return None
