"""A real Home Assistant, as ``hass`` starts it, that does what it is told line by line: the inner part of ``live.py``.

Each line on standard input is ``{"do": …}``, each line on standard output its answer, both JSON. Nothing of Home
Assistant or of an integration is replaced but Tesla's address; clock, timers, disk and sockets are real.
"""

import argparse
import asyncio
from datetime import timedelta
import json
import sys
from types import MappingProxyType
from typing import Any

from tests.simulators.tesla.hass_launcher import loopback_url, point_at

from .loop_meter import metered


class LiveHouse:
    """The commands."""

    def __init__(self, hass: Any) -> None:
        from custom_components.octopus_powerwall.powerwall.discovery import bind, find_powerwalls

        self._hass = hass
        self._powerwalls = {int(found.site_id): found for found in find_powerwalls(hass)}
        self._bind = bind
        self._entries: dict[int, Any] = {}
        self._timer_lags: list[float] = []
        self._watch_timers = False

    async def set_up(self, site_id: int, api_key: str, account_number: str) -> dict[str, float]:
        """Add an entry for a Powerwall; answers with what that took."""
        from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState

        from custom_components.octopus_powerwall.const import CONF_WHOLE_HALF_HOURS, DOMAIN
        from custom_components.octopus_powerwall.domain.settings import WholeHalfHours

        found = self._powerwalls[site_id]
        binding = self._bind(self._hass, found)
        entry: ConfigEntry[Any] = ConfigEntry(
            data={
                "api_key": api_key,
                "account_number": account_number,
                "powerwall": found.device_id,
                "binding": binding.as_dict(),
            },
            discovery_keys=MappingProxyType({}),
            domain=DOMAIN,
            minor_version=1,
            # Held from edge to edge, as Octopus lists a slot: half hours would take as long as they are.
            options={CONF_WHOLE_HALF_HOURS: WholeHalfHours.OFF.value},
            source=SOURCE_USER,
            subentries_data=None,
            title=found.name,
            unique_id=binding.unique_id,
            version=1,
        )
        self._entries[site_id] = entry
        with metered() as busy:
            await self._hass.config_entries.async_add(entry)
        if entry.state is not ConfigEntryState.LOADED:
            raise RuntimeError(f"the entry is {entry.state}: {entry.reason}")
        return {"loop_ms": busy.loop_s * 1000, "wall_ms": busy.wall_s * 1000}

    async def reload(self, site_id: int) -> None:
        """Load an entry anew: it polls at once, and a hold goes on."""
        await self._hass.config_entries.async_reload(self._entries[site_id].entry_id)

    async def status(self, site_id: int) -> dict[str, Any]:
        """What an entry is at, for the explanation of a failure."""
        from custom_components.octopus_powerwall.runtime.schedule import schedule_as_json

        return schedule_as_json(self._entries[site_id].runtime_data.snapshot)

    async def poll(self, site_id: int) -> dict[str, float]:
        """Poll once; answers with how long the event loop was busy with it, up to the last entity."""
        coordinator = self._entries[site_id].runtime_data.coordinator
        from homeassistant.const import EVENT_STATE_CHANGED
        from homeassistant.core import callback

        # Polls lie a minute apart, which a benchmark cannot wait for.
        coordinator.poller._asked.clear()  # noqa: SLF001
        polls, updates = coordinator.poller.polls, 0

        @callback
        def count(_event: Any) -> None:
            nonlocal updates
            updates += 1

        stop = self._hass.bus.async_listen(EVENT_STATE_CHANGED, count)
        with metered() as busy:
            await coordinator.async_refresh()
        stop()
        if coordinator.poller.polls != polls + 1 or not coordinator.last_update_success:
            raise RuntimeError("it did not poll")
        return {"loop_ms": busy.loop_s * 1000, "updates": updates}

    async def watch_timers(self, on: bool) -> list[float]:
        """Set bare timers one after another, and answer with how late they fired, in ms."""
        self._watch_timers = on
        if on:
            self._set_timer()
        return self._timer_lags

    def _set_timer(self) -> None:
        from homeassistant.core import HassJob, callback
        from homeassistant.helpers.event import async_track_point_in_utc_time
        from homeassistant.util import dt as dt_util

        due = dt_util.utcnow() + timedelta(milliseconds=97)

        @callback
        def fired(_now: Any) -> None:
            self._timer_lags.append((dt_util.utcnow() - due) / timedelta(milliseconds=1))
            if self._watch_timers:
                self._set_timer()

        async_track_point_in_utc_time(self._hass, HassJob(fired, cancel_on_shutdown=True), due)


async def _run(config_dir: str) -> None:
    from homeassistant import bootstrap
    from homeassistant.runner import RuntimeConfig

    answers = sys.stdout
    sys.stdout = sys.stderr
    hass = await bootstrap.async_setup_hass(RuntimeConfig(config_dir=config_dir, skip_pip=True, log_no_color=True))
    if hass is None:
        raise RuntimeError("Home Assistant did not start")
    await hass.async_start()
    house = LiveHouse(hass)
    print(json.dumps({"answer": "ready"}), file=answers, flush=True)
    lines = asyncio.StreamReader()
    await hass.loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        command = json.loads(line)
        answer = await getattr(house, command.pop("do"))(**command)
        print(json.dumps({"answer": answer}), file=answers, flush=True)
    await hass.async_stop(force=True)


def main() -> None:
    """Run until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tesla-url", type=loopback_url, required=True)
    parser.add_argument("--config", required=True)
    arguments = parser.parse_args()
    point_at(arguments.tesla_url)
    from homeassistant.runner import create_event_loop

    import custom_components  # noqa: F401 before Home Assistant looks for a folder of that name elsewhere

    with asyncio.Runner(loop_factory=create_event_loop) as runner:
        runner.run(_run(arguments.config))


if __name__ == "__main__":
    main()
