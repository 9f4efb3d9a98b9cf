"""Makes frozen time cheaper: a tenth of what the stories took was freezegun's arithmetic in Python.

``datetime.now()`` tells the frozen time as before. What it returns is a datetime of the standard library and no longer
one of freezegun's, whose every sum and difference is a call in Python; the loop's clock is worked out once for every
frozen moment and not at every look.
"""

from datetime import datetime
from typing import Any

from aiohttp import TCPConnector
from freezegun import api
from pytest_homeassistant_custom_component import patch_time  # type: ignore[import-untyped]

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  freezegun's own times are naive, in UTC
_SECOND_US = 1_000_000
_KEPT_S = 86_400.0


def make_frozen_time_cheap() -> None:
    """Have freezegun hand out datetimes of the standard library, and keep connections; in the whole process.

    A connection that is not used for 15 s is closed, and half a minute of frozen time passes in a moment: every request
    would open one of its own.
    """
    TCPConnector.__init__.__kwdefaults__["keepalive_timeout"] = _KEPT_S
    # The test plugin hands its own to freezegun at the begin of every test.
    patch_time.ha_datetime_to_fakedatetime = _as_real
    api._get_fake_monotonic = _Clock().seconds


def _as_real(value: datetime) -> datetime:
    """Return a datetime as one of the standard library's."""
    real: type[datetime] = api.real_datetime
    if type(value) is real:
        return value
    return real(
        value.year,
        value.month,
        value.day,
        value.hour,
        value.minute,
        value.second,
        value.microsecond,
        value.tzinfo,
        fold=value.fold,
    )


class _Clock:
    """The frozen time in seconds since 1970."""

    def __init__(self) -> None:
        self._last: tuple[Any, float] = (None, 0.0)

    def seconds(self) -> float:
        """Return the frozen time."""
        now = api.get_current_time()
        frozen, seconds = self._last
        if now is not frozen:
            since = now.replace(microsecond=0) - _EPOCH
            seconds = since.days * 86400 + since.seconds + now.microsecond / _SECOND_US
            self._last = (now, seconds)
        return seconds
