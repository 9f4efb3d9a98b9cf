"""Octopus' application errors: HTTP 200, ``errors[]`` with ``extensions`` (facts/octopus.md 1.4)."""

from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError


@dataclass(frozen=True, slots=True)
class ErrorText:
    """What Octopus says beside a code."""

    message: str
    type: str
    description: str


_RELATED = "The account or user is not the one that was authorised."

ERRORS: dict[str, ErrorText] = {
    "KT-CT-1111": ErrorText("Unauthorized.", "AUTHORIZATION", "Unauthorized."),
    "KT-CT-1112": ErrorText("'Authorization' header not provided", "AUTHORIZATION", "No authorization header."),
    "KT-CT-1113": ErrorText("Disabled GraphQL field requested.", "APPLICATION", "This field is disabled."),
    "KT-CT-1120": ErrorText("The Kraken Token has expired.", "APPLICATION", "The token has expired."),
    "KT-CT-1124": ErrorText("Signature of the JWT has expired.", "APPLICATION", "The JWT has expired."),
    "KT-CT-1128": ErrorText("Unauthorized.", "AUTHORIZATION", "Unauthorized."),
    "KT-CT-1134": ErrorText("Invalid data.", "VALIDATION", "The refresh token is not valid."),
    "KT-CT-1135": ErrorText("Invalid data.", "VALIDATION", "The refresh token has expired or was revoked."),
    "KT-CT-1138": ErrorText("Invalid data.", "VALIDATION", "Email or password is wrong."),
    "KT-CT-1139": ErrorText("Invalid data.", "VALIDATION", "Authentication failed."),
    "KT-CT-1143": ErrorText("Invalid authorization header.", "AUTHORIZATION", "The header cannot be read."),
    "KT-CT-1145": ErrorText("Account/user mismatch.", "AUTHORIZATION", _RELATED),
    "KT-CT-1188": ErrorText("Query is too complex.", "VALIDATION", "The query is more complex than is allowed."),
    "KT-CT-1189": ErrorText("Too many nodes requested.", "VALIDATION", "The query asks for too many nodes."),
    "KT-CT-1199": ErrorText(
        "Too many requests.", "AUTHORIZATION", "There were too many requests. Please try again later."
    ),
    "KT-CT-4123": ErrorText("Unauthorized.", "AUTHORIZATION", "Unauthorized."),
    "KT-CT-4301": ErrorText("Unable to find device.", "NOT_FOUND", "There is no such device."),
    "KT-CT-4313": ErrorText("No KrakenFlex device.", "NOT_FOUND", "The account has no such device."),
    "KT-CT-4340": ErrorText(
        "Unable to fetch planned dispatches.", "APPLICATION", "Planned dispatches are not available now."
    ),
    "KT-CT-4341": ErrorText(
        "Unable to fetch completed dispatches.", "APPLICATION", "Completed dispatches are not available now."
    ),
    "KT-CT-4360": ErrorText("Unable to fetch device status.", "APPLICATION", "The status is not available now."),
    "KT-CT-4382": ErrorText("Unable to fetch charging sessions.", "APPLICATION", "Sessions are not available now."),
    "KT-CT-7899": ErrorText("An internal error occurred.", "APPLICATION", "Something went wrong."),
    "OE-0103": ErrorText("Invalid authorization.", "AUTHORIZATION", "The backend did not accept the credentials."),
}

# What carries each of these codes when nobody says which field should.
DEFAULT_FIELDS: dict[str, frozenset[str]] = {
    "KT-CT-4340": frozenset({"flexPlannedDispatches"}),
    "KT-CT-4341": frozenset({"completedDispatches"}),
    "KT-CT-1134": frozenset({"obtainKrakenToken"}),
    "KT-CT-1135": frozenset({"obtainKrakenToken"}),
    "KT-CT-1138": frozenset({"obtainKrakenToken"}),
    "KT-CT-1139": frozenset({"obtainKrakenToken"}),
}

_REJECTED_INPUT = {"KT-CT-1139": "apiKey", "KT-CT-1134": "refreshToken", "KT-CT-1135": "refreshToken"}


def extensions(code: str) -> dict[str, Any]:
    """The ``extensions`` of an error."""
    text = ERRORS[code]
    found: dict[str, Any] = {
        "errorType": text.type,
        "errorCode": code,
        "errorDescription": text.description,
        "errorClass": text.type,
        "validationErrors": None,
    }
    if (field := _REJECTED_INPUT.get(code)) is not None:
        found["validationErrors"] = [{"message": text.description, "inputPath": ["input", field]}]
    return found


class KrakenError(GraphQLError):
    """An error that Octopus gives a code; raised in a resolver it lands in ``errors[]`` with that field's path."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(ERRORS[code].message, extensions=extensions(code))


def whole_request_error(code: str) -> dict[str, Any]:
    """The body that refuses a request altogether: no path, no data."""
    return {"data": None, "errors": [{"message": ERRORS[code].message, "extensions": extensions(code)}]}
