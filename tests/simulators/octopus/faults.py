"""What can go wrong, switched on and off at any time, for some requests or for all.

A fault strikes in one of three places: instead of an answer (``TRANSPORT``), as an error of a field (``ERROR`` with a
code), or by altering an executed answer (``ANSWER``), which is how rows arise that the schema would never allow.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from .errors import DEFAULT_FIELDS, ERRORS
from .schema import check_enum

MINT = "obtainKrakenToken"
PLANNED = "flexPlannedDispatches"
REST_ACCOUNT = "rest:account"
REST_PRODUCT = "rest:product"
REST_RATES = "rest:rates"


class FaultKind(StrEnum):
    """Every kind of failure."""

    HTTP_500 = "http_500"
    HTTP_502 = "http_502"
    HTTP_503 = "http_503"
    HTTP_429 = "http_429"
    CLOUDFRONT_403 = "cloudfront_403"
    JSON_403 = "json_403"
    BARE_401 = "bare_401"
    HANG = "hang"
    HANG_IN_BODY = "hang_in_body"
    DROP = "drop"
    TRUNCATED = "truncated"
    HUGE_BODY = "huge_body"
    NOT_JSON = "not_json"
    JSON_NOT_OBJECT = "json_not_object"
    REDIRECT = "redirect"

    ERROR = "error"
    REPEATED_FIELD = "repeated_field"

    EMPTY_PLAN = "empty_plan"
    NULL = "null"
    NUMBER_NOT_LIST = "number_not_list"
    MANY_ROWS = "many_rows"
    MISSING_START = "missing_start"
    MISSING_END = "missing_end"
    NULL_END = "null_end"
    NULL_TYPE = "null_type"
    UNKNOWN_TYPE = "unknown_type"
    REVERSED = "reversed"
    ZERO_LENGTH = "zero_length"
    WRONG_TYPES = "wrong_types"
    NAIVE_TIMES = "naive_times"
    SPACE_TIMES = "space_times"
    UNREADABLE_TIMES = "unreadable_times"
    ABSURD_TIMES = "absurd_times"
    NULL_ENERGY = "null_energy"
    UNREADABLE_ENERGY = "unreadable_energy"
    NULL_ROW = "null_row"
    STRING_ROW = "string_row"


TRANSPORT = frozenset(list(FaultKind)[: list(FaultKind).index(FaultKind.ERROR)])
ANSWER = frozenset(list(FaultKind)[list(FaultKind).index(FaultKind.NULL) :])


class FaultError(ValueError):
    """A fault that makes no sense, with the reason."""


@dataclass(slots=True, eq=False)
class Fault:
    """One failure. ``times``: how many more requests it hits (None: until healed).

    ``fields`` limits it to requests that ask for one of these fields (``MINT``, ``PLANNED``, ``devices``,
    ``isChargingDurationCapped``, ``REST_ACCOUNT``…); empty means every request for transport faults, every field but
    the mint for errors. ``device`` limits it to one device's plan, state or any other field of it. ``path`` is another
    way to say where an error arises: the answer's keys and row numbers with dots between them, ``*`` for any
    (``devices.0.status``, ``account.*.1.meterPoint``). ``rows``: ``all``, ``first``, or ``extra`` (a bad row beside the
    good ones). ``body`` is what a bare 401 says.
    """

    kind: FaultKind
    times: int | None = None
    fields: frozenset[str] = frozenset()
    device: str | None = None
    code: str | None = None
    state: str | None = None
    rows: str = "all"
    count: int = 5_000
    size: int = 50_000_000
    location: str = "https://elsewhere.example/"
    path: str | None = None
    body: str = "Unauthorized"
    hits: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.kind is FaultKind.ERROR and self.code not in ERRORS:
            raise FaultError(f"no error code {self.code!r}; there are: {', '.join(sorted(ERRORS))}")
        if self.state is not None:
            try:
                check_enum("SmartFlexDeviceState", self.state)
            except ValueError as error:
                raise FaultError(str(error)) from None
        if self.rows not in {"all", "first", "extra"}:
            raise FaultError(f"rows must be all, first or extra, not {self.rows!r}")
        if self.times is not None and self.times < 1:
            raise FaultError(f"times must be at least 1, not {self.times}")

    @property
    def label(self) -> str:
        """How the log names it."""
        return self.code or self.kind.value

    @property
    def is_about_plans(self) -> bool:
        """Whether it is about plans only, so that a device of which no plan is asked for is none of its business."""
        return self.path is None and self.fields <= {PLANNED}

    def strikes(self, names: Iterable[str]) -> bool:
        """Whether a request for these fields (at any depth) is one of those it is for."""
        asked = set(names)
        if self.path is not None:
            return any(not name.startswith("rest:") for name in asked)
        if self.fields:
            return bool(self.fields & asked)
        if self.kind in TRANSPORT:
            return True
        if self.kind is FaultKind.ERROR:
            return any(name != MINT and not name.startswith("rest:") for name in asked)
        return PLANNED in asked or (self.kind is FaultKind.EMPTY_PLAN and "devices" in asked)

    def fails_field(self, name: str, path: list[str | int], device: str | None) -> bool:
        """Whether it makes this field an error; ``device`` is the label that the field is about, if any."""
        if self.kind is not FaultKind.ERROR or (self.device is not None and self.device != device):
            return False
        if self.path is not None:
            wanted = self.path.split(".")
            return len(wanted) == len(path) and all(
                part in {"*", str(key)} for part, key in zip(wanted, path, strict=True)
            )
        return name in self.fields if self.fields else len(path) == 1 and name != MINT


def fault_for(
    kind: str,
    *,
    times: int | None = None,
    fields: Iterable[str] = (),
    device: str | None = None,
    **options: Any,
) -> Fault:
    """A fault from a kind's name or from an error code (``KT-CT-4340``); raises ``FaultError`` with the reason."""
    if isinstance(fields, str):
        fields = (fields,)
    wanted = frozenset(fields)
    if kind in ERRORS:
        options["code"] = kind
        kind = FaultKind.ERROR
    try:
        known = FaultKind(kind)
    except ValueError:
        raise FaultError(f"no fault {kind!r}; there are: {', '.join(FaultKind)}, and the error codes") from None
    if known is FaultKind.ERROR and not wanted and options.get("path") is None:
        wanted = DEFAULT_FIELDS.get(str(options.get("code")), wanted)
    if device is not None and known is FaultKind.ERROR and not wanted and options.get("path") is None:
        wanted = frozenset({PLANNED})
    try:
        return Fault(known, times, wanted, device, **options)
    except TypeError as error:
        raise FaultError(str(error)) from None


@dataclass(slots=True)
class Faults:
    """The faults now on, and how the clock and the answers are bent for everybody."""

    active: list[Fault] = field(default_factory=list)
    skew: timedelta = timedelta(0)

    def take(self, names: Iterable[str], devices: Iterable[str] = ()) -> list[Fault]:
        """The faults that strike a request; those with a number of times left lose one."""
        asked, about = list(names), set(devices)
        struck = [
            fault
            for fault in self.active
            if fault.strikes(asked)
            and (fault.device is None or not about or fault.device in about or not fault.is_about_plans)
        ]
        for fault in struck:
            fault.hits += 1
            if fault.times is not None:
                fault.times -= 1
        self.active = [fault for fault in self.active if fault.times is None or fault.times > 0]
        return struck

    def heal(self, kind: str | None = None) -> None:
        """Switch off the faults of a kind or code, or all of them."""
        self.active = [fault for fault in self.active if kind is not None and kind not in {fault.kind, fault.label}]
