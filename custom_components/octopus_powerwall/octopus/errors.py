"""What can go wrong when talking to Octopus, in the words of facts/octopus.md 1.4.

Every message is a plain sentence for the owner. None holds the API key, a token, the account number, a device id, a
URL, or text that came from the network; ``error_code`` is kept only where it looks like one of Octopus' own codes.
"""


class OctopusError(Exception):
    """Octopus could not be asked, or did not give a usable answer.

    ``error_code`` is Octopus' code (``KT-CT-1199``) where it gave one.
    """

    def __init__(self, message: str, error_code: str | None = None) -> None:
        super().__init__(message)
        self.error_code = error_code


class OctopusInvalidKeyError(OctopusError):
    """Octopus refused to exchange the API key for a token (KT-CT-1139).

    One refusal may be a hiccup of Octopus' token service. ``confirmed`` is true when an earlier exchange was refused
    too, at least three minutes before, with no success in between (design 6): only then is the key really bad.
    """

    def __init__(self, message: str, error_code: str | None = None, *, confirmed: bool = False) -> None:
        super().__init__(message, error_code)
        self.confirmed = confirmed


class OctopusUnauthorisedError(OctopusError):
    """Octopus accepts the key but not the request, even with a token minted for it."""


class OctopusAccountNotFoundError(OctopusError):
    """There is no such account, or it does not belong to the owner of the key."""


class OctopusRateLimitedError(OctopusError):
    """Too many requests (KT-CT-1199, HTTP 429, or Octopus' firewall). Wait before asking again; the token is good."""


class OctopusUnavailableError(OctopusError):
    """Octopus could not be reached, answered too slowly, or is out of order. Ask again at the next normal poll."""


class OctopusResponseError(OctopusError):
    """Octopus answered, but with something that cannot be used."""
