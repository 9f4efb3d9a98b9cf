"""One GraphQL answer: its data, which may be partly filled, and its faults (facts/octopus.md 1.4)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
import re

from .errors import (
    OctopusAccountNotFoundError,
    OctopusError,
    OctopusRateLimitedError,
    OctopusResponseError,
    OctopusUnauthorisedError,
    OctopusUnavailableError,
)
from .scalars import Json, as_object
from .schema_changes import is_refused_as_repeated, unknown_in

_LONGEST_MESSAGE = 1_000
_CODE = re.compile(r"(KT-[A-Z]{2}|OE)-\d{4}", re.ASCII)

_RATE_LIMITED = "KT-CT-1199"
_UNAUTHORISED = "KT-CT-1111"
_TOKEN_CODES = {"KT-CT-1112", "KT-CT-1120", "KT-CT-1124", "KT-CT-1143"}
_FORBIDDEN_CODES = {"KT-CT-1128", "KT-CT-4123", "OE-0103"}
_ACCOUNT_MISMATCH = "KT-CT-1145"
_TOO_MUCH_CODES = {"KT-CT-1188", "KT-CT-1189"}
_OUT_OF_ORDER_CODES = {"KT-CT-4340", "KT-CT-4341", "KT-CT-4360", "KT-CT-7899"}


@dataclass(frozen=True, slots=True)
class Fault:
    """An entry of ``errors``: Octopus' code and the top-level field it is about, as far as they can be read.

    ``unknown`` is an extra of ours that is not in the schema any more; ``repeated`` that a field was asked for twice.
    """

    code: str | None
    field: str | None = field(repr=False)
    unknown: str | None = None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, when it arrived by our own clock, and Octopus' clock minus ours (``None`` unknown).

    ``refused`` means that HTTP itself said so (any 401, or a 403 with a JSON body) without giving any GraphQL fault.
    """

    data: dict[str, Json] = field(repr=False)
    faults: tuple[Fault, ...]
    at: datetime
    clock_skew: timedelta | None = None
    refused: bool = False

    def token_rejected(self, subject: str | None) -> bool:
        """Whether a new token might help.

        "Unauthorised" about anything but the query's subject, or about a part of it, is about that thing: one device
        that is not the owner's any more must not cost a new token at each poll.
        """
        missing = subject is None or self.data.get(subject) is None
        return self.refused or any(
            fault.code in _TOKEN_CODES or (fault.code == _UNAUTHORISED and fault.field in {None, subject} and missing)
            for fault in self.faults
        )

    @property
    def unknown_fields(self) -> frozenset[str]:
        """The extras that have left Octopus' schema, by what its faults say."""
        return frozenset(fault.unknown for fault in self.faults if fault.unknown is not None)

    @property
    def asked_too_much(self) -> bool:
        """Whether nothing was answered because of how much was asked for in one request."""
        return not self.answered and any(fault.repeated or fault.code in _TOO_MUCH_CODES for fault in self.faults)

    @property
    def answered(self) -> bool:
        """Whether any field was answered."""
        return any(value is not None for value in self.data.values())

    def limited_at(self) -> frozenset[str | None]:
        """Return the top-level fields at which a limit was met; ``None`` is one where that is not said."""
        return frozenset(fault.field for fault in self.faults if fault.code == _RATE_LIMITED)

    def has(self, code: str) -> bool:
        """Whether a fault with that code is among its faults."""
        return any(fault.code == code for fault in self.faults)

    def error(self) -> OctopusError:
        """Return the exception that says best why the answer is of no use."""
        codes = [fault.code for fault in self.faults if fault.code]

        def first(wanted: set[str]) -> str | None:
            return next((code for code in codes if code in wanted), None)

        if code := first({_RATE_LIMITED}):
            return OctopusRateLimitedError("Octopus says that there were too many requests", code)
        if self.refused or (code := first(_TOKEN_CODES | _FORBIDDEN_CODES | {_UNAUTHORISED})):
            return OctopusUnauthorisedError("Octopus refused the request although it accepts the API key", code)
        if code := first({_ACCOUNT_MISMATCH}):
            return OctopusAccountNotFoundError("The account does not belong to the owner of the API key", code)
        if code := first(_OUT_OF_ORDER_CODES):
            return OctopusUnavailableError("Octopus could not answer at the moment", code)
        if codes:
            return OctopusResponseError("Octopus answered with an error", codes[0])
        return OctopusResponseError("Octopus' answer does not hold what was asked for")


def read_faults(errors: Json) -> tuple[Fault, ...]:
    """Read the ``errors`` of an answer; entries that cannot be read become faults without a code."""
    if errors is None:
        return ()
    return tuple(_fault(entry) for entry in errors) if isinstance(errors, list) else (Fault(None, None),)


def _fault(entry: Json) -> Fault:
    fields = as_object(entry) or {}
    code = (as_object(fields.get("extensions")) or {}).get("errorCode")
    path = fields.get("path")
    first = path[0] if isinstance(path, list) and path else None
    message = fields.get("message")
    text = message[:_LONGEST_MESSAGE] if isinstance(message, str) else ""
    return Fault(
        code if isinstance(code, str) and _CODE.fullmatch(code) else None,
        first if isinstance(first, str) else None,
        unknown_in(text),
        is_refused_as_repeated(text),
    )
