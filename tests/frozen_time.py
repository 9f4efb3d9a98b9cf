"""Makes frozen time cheaper: a tenth of what the stories took was freezegun's arithmetic in Python.

``datetime.now()`` tells the frozen time as before. What it returns is a datetime of the standard library and no longer
one of freezegun's, whose every sum and difference is a call in Python; each clock is worked out once for every frozen
moment and not at every look; who may see the real time is asked in other threads only; and modules are searched for
clocks once, as long as tests follow each other that all freeze time.
"""

from datetime import datetime, timedelta, tzinfo
import sys
from threading import get_ident
from types import FrameType, ModuleType
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
    patch_time.HAFakeDatetime.now = classmethod(_Now().now)
    patch_time.ha_should_use_real_time = _RealTime().is_seen
    patch_time.ha_get_module_attributes_hash = _hash_module
    clock = _Clock()
    api._get_fake_monotonic = clock.seconds

    def fake_time() -> float:
        return float(api.real_time()) if api._should_use_real_time() else clock.seconds()

    # Freezegun tells its own clocks by this name.
    api.fake_time = fake_time


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


def _hash_module(module: ModuleType) -> str:
    """Tell whether a module has other names than when it was searched for clocks: it only ever gains some."""
    return f"{id(module)}-{len(getattr(module, '__dict__', ()))}"


class KeptFrozen:
    """Time that stays frozen from one test to the next.

    To freeze it looks through every module for clocks, and to let it go on through the new ones; inside time that is
    frozen already, freezegun only puts another clock on top.
    """

    def __init__(self, at: str) -> None:
        self._freezing = api.freeze_time(at)
        self._is_frozen = False

    def begin(self) -> None:
        """Freeze time, unless it is."""
        if not self._is_frozen:
            self._freezing.start()
            self._is_frozen = True

    def end(self) -> None:
        """Let time go on, unless it does."""
        if self._is_frozen:
            self._freezing.stop()
            self._is_frozen = False


class _RealTime:
    """Which callers see the real time: other threads that have something of freezegun's list a few frames up.

    The thread of the tests never has: what is in the list, as what waits for threads, keeps clocks of its own there.
    """

    def __init__(self) -> None:
        self._tests = get_ident()
        self._known: dict[tuple[str, ...], dict[str, bool]] = {}

    def is_seen(self) -> bool:
        """Return whether the caller of a patched clock, two frames up, sees the real time."""
        try:
            ignored = api.ignore_lists[-1]
        except IndexError:
            # Another thread has just let time go on.
            return True
        if get_ident() == self._tests:
            return False
        known = self._known.setdefault(ignored, {})
        frame: FrameType | None = sys._getframe(2)
        for _ in range(api.call_stack_inspection_limit):
            if frame is None:
                break
            name = frame.f_globals.get("__name__") or ""
            sees = known.get(name)
            if sees is None:
                sees = known[name] = bool(name) and name.startswith(ignored)
            if sees:
                return True
            frame = frame.f_back
        return False


class _Now:
    """``datetime.now`` at the frozen time."""

    def __init__(self) -> None:
        self._last: tuple[Any, tzinfo | None, datetime] | None = None

    def now(self, _cls: type[datetime], tz: tzinfo | None = None) -> datetime:
        """Return the frozen time in a time zone."""
        frozen = api.get_current_time()
        offset: timedelta = patch_time._ha_tz_offset()
        if self._last is not None and self._last[0] is frozen and self._last[1] is tz and not offset:
            return self._last[2]
        now = tz.fromutc(frozen.replace(tzinfo=tz)) if tz is not None else frozen
        now = _as_real(now + offset if offset else now)
        self._last = (frozen, tz, now) if not offset else None
        return now


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
