"""London's clock. Slots at night move nothing, so by night the demo needs a London in which it is day.

Every other clock stays as it is: Home Assistant, the browser, tokens and graphs live in real time. Only the time zone
``Europe/London``, in which the off-peak window is defined, is replaced by one of another offset: a file of our own in
front of the time zone database (``PYTHONTZPATH``). Home Assistant then shows times in ``GB``, which is London's true
zone under its other name.
"""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
import struct
import zoneinfo

LONDON = "Europe/London"
TRUE_LONDON = "GB"
DAYTIME = time(14)
_OFF_PEAK = (time(23, 30), time(5, 30))


def is_night(at: datetime, lasting: timedelta) -> bool:
    """Whether the off-peak window touches a span of at most some hours, by London's true clock."""
    start, end = (moment.astimezone(zoneinfo.ZoneInfo(LONDON)) for moment in (at, at + lasting))
    evening, morning = _OFF_PEAK
    return start.date() != end.date() or not (morning <= start.time() and end.time() < evening)


def offset_for(wanted: time, at: datetime) -> timedelta:
    """How far from UTC London has to be for it to be this time there, to the minute, between -12 h and 12 h."""
    utc = at.astimezone(UTC)
    minutes = (wanted.hour * 60 + wanted.minute - utc.hour * 60 - utc.minute) % (24 * 60)
    return timedelta(minutes=minutes - 24 * 60 if minutes > 12 * 60 else minutes)


def by_day(at: datetime) -> tuple[timedelta, str]:
    """An offset of whole hours with which it is two in the afternoon, and the time zone that has it (POSIX' sign)."""
    hours = round(offset_for(DAYTIME.replace(minute=at.minute), at) / timedelta(hours=1))
    return timedelta(hours=hours), f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"


def write_zone(folder: Path, offset: timedelta) -> Path:
    """Put a London of a fixed offset into a folder of time zones; returns the folder."""
    path = folder / LONDON
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_tzif(offset))
    return folder


def use_zone(folder: Path) -> None:
    """Let this process take London from a folder, too."""
    zoneinfo.reset_tzpath([folder])
    zoneinfo.ZoneInfo.clear_cache()


def _tzif(offset: timedelta) -> bytes:
    """A time zone file (RFC 9636, version 2) with one offset and no changes."""
    seconds = int(offset.total_seconds())
    name = b"DEMO\0"
    block = struct.pack(">lbb", seconds, 0, 0) + name
    header = b"TZif2" + bytes(15) + struct.pack(">6l", 0, 0, 0, 0, 1, len(name))
    # POSIX counts offsets west of Greenwich as positive.
    hours, rest = divmod(abs(seconds), 3600)
    footer = f"\n<DEMO>{'-' if seconds > 0 else '+'}{hours:02}:{rest // 60:02}\n".encode()
    return header + block + header + block + footer
