"""Why the battery could not be told a reserve."""

from enum import StrEnum


class WriteFailure(StrEnum):
    """What went wrong. The first four are refusals: nothing was sent."""

    MISSING = "missing"
    DISABLED = "disabled"
    UNAVAILABLE = "unavailable"
    UNFIT_VALUE = "unfit_value"
    TIMED_OUT = "timed_out"
    FAILED = "failed"


_REFUSALS = frozenset({WriteFailure.MISSING, WriteFailure.DISABLED, WriteFailure.UNAVAILABLE, WriteFailure.UNFIT_VALUE})


class PowerwallWriteError(Exception):
    """A reserve could not be written, or nobody knows whether it was.

    ``detail`` is the name of an error's class and nothing of its text: that may hold addresses, serials and tokens.
    ``words`` is that text for the log, with everything left out that may be a secret.
    """

    def __init__(self, failure: WriteFailure, detail: str | None = None, words: str | None = None) -> None:
        super().__init__(f"{failure} ({detail})" if detail else str(failure))
        self.failure = failure
        self.detail = detail
        self.words = words

    @property
    def refused(self) -> bool:
        """Whether it is certain that nothing was sent."""
        return self.failure in _REFUSALS
