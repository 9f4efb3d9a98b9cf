"""Whether the writes that reached the Powerwall are exactly those that the story calls for, and when they came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
import re

from tests.simulators.tesla import Write

from .stories import USUAL_RESERVE, Expected, Story

# A busy machine may hold a process up; a write by a 60-s tick would be far beyond this.
LATEST = timedelta(seconds=2)
_EARLIEST = timedelta(milliseconds=-20)
_LOG_LINE = re.compile(r"^\d{4}-\d\d-\d\d [\d:.+-]+ (?P<level>[A-Z]+) ")


@dataclass(frozen=True, slots=True)
class Checked:
    """An expected write, the one that came in its place, and how long after its cause, ``None`` where it did not."""

    expected: Expected
    write: Write | None
    lag: timedelta | None

    @property
    def fault(self) -> str | None:
        """What is wrong with it."""
        if self.write is None:
            return f"no write of {self.expected.value} % at {self.expected.why}"
        if self.write.value != self.expected.value:
            return f"{self.write.value} % was written at {self.expected.why}, not {self.expected.value} %"
        if self.lag is None:
            return f"{self.expected.value} % was written before {self.expected.why}"
        if not _EARLIEST <= self.lag <= LATEST:
            return f"{self.expected.value} % came {self.lag.total_seconds():.2f} s after {self.expected.why}"
        return None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything that was checked."""

    writes: tuple[Checked, ...]
    faults: tuple[str, ...]


def judge(
    story: Story,
    zero: datetime,
    *,
    writes: Sequence[Write],
    polls: Sequence[datetime],
    reserve_pct: int,
    log: str,
    repairs: Sequence[str],
    ohme_reads: Sequence[datetime] = (),
) -> Verdict:
    """Compare what happened with what the story calls for; ``zero`` is its second 0."""
    checked = tuple(
        _checked(expected, write, zero, polls if expected.ohme_read is None else ohme_reads)
        for expected, write in zip(
            story.expected, [*writes, *[None] * len(story.expected)][: len(story.expected)], strict=True
        )
    )
    faults = [fault for one in checked if (fault := one.fault)]
    faults += [
        f"{write.endpoint} {write.value} was written at {_second(write.received_at, zero)}, which nothing calls for"
        for write in writes[len(story.expected) :]
    ]
    if reserve_pct != USUAL_RESERVE:
        faults.append(f"the backup reserve is {reserve_pct} %, not the owner's {USUAL_RESERVE} %")
    faults += [f"in Home Assistant's log: {line}" for line in errors_of_ours(log, story.tolerated)]
    faults += [f"a repair issue was shown: {name}" for name in repairs]
    return Verdict(checked, tuple(faults))


def errors_of_ours(log: str, tolerated: Sequence[str] = ()) -> list[str]:
    """The errors in a log that name the integration, in their own line or in the traceback below it."""
    entries: list[list[str]] = []
    for line in log.splitlines():
        if _LOG_LINE.match(line) or not entries:
            entries.append([])
        entries[-1].append(line)
    return [
        entry[0]
        for entry in entries
        if (match := _LOG_LINE.match(entry[0])) is not None
        and match["level"] in {"ERROR", "CRITICAL"}
        and any("octopus_powerwall" in line for line in entry)
        and not any(part in entry[0] for part in tolerated)
    ]


def _checked(expected: Expected, write: Write | None, zero: datetime, reads: Sequence[datetime]) -> Checked:
    if write is None:
        return Checked(expected, None, None)
    if expected.at_s is not None:
        cause: datetime | None = zero + timedelta(seconds=expected.at_s)
    else:
        after = zero + timedelta(seconds=expected.polled_after_s)
        news = [at for at in reads if at > after]
        nth = (expected.ohme_read or 1) - 1
        cause = news[nth] if nth < len(news) else None
    return Checked(expected, write, None if cause is None else write.received_at - cause)


def _second(at: datetime, zero: datetime) -> str:
    return f"{(at - zero).total_seconds():.1f} s"
