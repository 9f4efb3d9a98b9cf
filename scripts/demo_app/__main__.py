"""``scripts/demo``: reads the command line, raises the stage, plays the story, and tells how it went."""

import asyncio
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
import shutil
import signal
import sys
import tempfile
from time import monotonic

from . import london
from .arguments import Options, listing, parse
from .config_dir import ROOT
from .hass_process import HassError, free_port
from .narrator import Narrator
from .stage import Stage, raised
from .stories import STORIES
from .verdict import Verdict

# Start, story and what is planned beyond its end.
_SPAN = timedelta(minutes=20)


def main() -> int:
    """Run the demo; returns the process's exit code."""
    options = parse()
    if options.only_list:
        print(listing())
        return 0
    home = ROOT / ".demo"
    home.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=home))
    try:
        return asyncio.run(_run(options, folder))
    except KeyboardInterrupt, asyncio.CancelledError:
        print("\nStopped.")
        return 130 if options.once else 0
    except (HassError, TimeoutError) as error:
        print(f"scripts/demo: {error or 'Home Assistant took too long'}", file=sys.stderr)
        return 1
    finally:
        if options.keep:
            print(f"Home Assistant's folder is {folder / 'hass'}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


async def _run(options: Options, folder: Path) -> int:
    _stop_on_signals()
    started = monotonic()
    narrator, story = Narrator(), STORIES[options.story]
    zones = _zones(options, folder, narrator)
    with free_port(options.port, ROOT / ".cache" / "demo") as port:
        if port != options.port:
            narrator.tell("Demo", f"Port {options.port} is in use, so Home Assistant gets {port}")
        narrator.tell("Demo", f"Starting Home Assistant {version('homeassistant')}: {story.name}, {story.summary}")
        async with (
            raised(story, narrator, folder / "hass", port=port, zones=zones, fresh=options.fresh) as stage,
            stage.watched(),
        ):
            if not options.fresh:
                await stage.begin()
            if not options.once:
                narrator.plain(_invitation(stage, options))
            if not options.fresh:
                await stage.play()
            if not options.once:
                await asyncio.Event().wait()
            verdict = await stage.judged()
    narrator.plain(_summary(stage, verdict, monotonic() - started))
    return 1 if verdict.faults else 0


def _stop_on_signals() -> None:
    """Let Ctrl-C end the present task, so that everything is stopped in order."""
    if (task := asyncio.current_task()) is not None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)


def _zones(options: Options, folder: Path, narrator: Narrator) -> Path | None:
    """Move London's clock where it was asked for, or where it is night there."""
    now = datetime.now(UTC)
    if options.london is None and not london.is_night(now, _SPAN):
        return None
    wanted = options.london or london.DAYTIME
    zones = london.write_zone(folder / "zoneinfo", london.offset_for(wanted, now))
    london.use_zone(zones)
    why = "" if options.london is not None else " It is night in London, when slots leave the Powerwall alone."
    narrator.tell("Demo", f"For this demo it is {wanted:%H:%M} in London; all clocks you see show the real time.{why}")
    return zones


def _invitation(stage: Stage, options: Options) -> str:
    lines = [f"\n  Open {stage.api.url} in your browser: you are logged in there. Ctrl-C stops everything.\n"]
    if options.fresh:
        lines.append(
            "  Add the integration: Settings, Devices & services, Add integration, Octopus Powerwall.\n"
            f"  API key         {stage.octopus.api_key}\n"
            f"  Account number  {stage.octopus.account_number}\n"
        )
    return "\n".join(lines)


def _summary(stage: Stage, verdict: Verdict, seconds: float) -> str:
    """What happened, on one screen."""
    lines = ["", f"  {stage.story.name}: {stage.story.summary}", ""]
    lines += [
        f"  {'!' if one.fault else '✓'} reserve {one.expected.value:3} %   {_lag(one.lag):>12} after {one.expected.why}"
        for one in verdict.writes
    ]
    if not stage.story.expected:
        lines.append(f"  {'!' if stage.tesla.writes else '✓'} nothing was written to the Powerwall")
    counters = stage.octopus.counters
    totals = (
        f"  {len(stage.tesla.writes)} writes to the Powerwall, {counters.polls} polls of Octopus;"
        f" the reserve is {stage.tesla.site.reserve_pct} %; {seconds:.0f} s in all"
    )
    lines += [
        "",
        totals,
        *(f"  WRONG: {fault}" for fault in verdict.faults),
        "",
        "  Something is off." if verdict.faults else "  As it should be.",
    ]
    return "\n".join(lines)


def _lag(lag: timedelta | None) -> str:
    return "never" if lag is None else f"{lag.total_seconds() * 1000:.0f} ms"


if __name__ == "__main__":
    sys.exit(main())
