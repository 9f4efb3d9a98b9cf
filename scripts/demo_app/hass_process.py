"""Home Assistant as a process of its own, which ends with the demo."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
import fcntl
import os
from pathlib import Path
import socket
import sys

from .config_dir import ROOT

_STOP_S = 30.0


class HassError(Exception):
    """Home Assistant did not do what the demo needs, with the reason."""


@contextmanager
def free_port(wanted: int, locks: Path) -> Iterator[int]:
    """The wanted port of 127.0.0.1, or another one if somebody listens there or another demo is about to.

    ``locks`` is a folder that all demos of this checkout share. Raises ``HassError`` if there is none.
    """
    locks.mkdir(parents=True, exist_ok=True)
    for port in (wanted, *[0] * 20):
        if (found := _bindable(port)) is None:
            continue
        with (locks / f"port-{found}").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            yield found
            return
    raise HassError("this machine has no free port")


def _bindable(port: int) -> int | None:
    """The port itself, or for 0 one that is free; ``None`` if somebody listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return None
        found: int = probe.getsockname()[1]
        return found


class HassProcess:
    """Starts ``hass`` on a folder and stops it. Its log is ``home-assistant.log`` there."""

    def __init__(
        self,
        folder: Path,
        *,
        tesla_url: str,
        octopus_url: str,
        ohme_url: str | None = None,
        zones: Path | None = None,
        more: tuple[str, ...] = (),
    ) -> None:
        """``more`` are further words for the launcher."""
        self.folder = folder
        ohme = () if ohme_url is None else ("--ohme-url", ohme_url)
        self._urls = ("--tesla-url", tesla_url, *ohme, *more)
        self._environment = {**os.environ, "OCTOPUS_POWERWALL_API_URL": octopus_url}
        if zones is not None:
            self._environment["PYTHONTZPATH"] = str(zones)
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, in a session of its own: Ctrl-C is for the demo, which then stops it in order."""
        with (self.folder / "console.log").open("ab") as console:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "scripts.demo_app.hass", *self._urls),
                *("-c", str(self.folder), "--skip-pip", "--log-no-color"),
                cwd=ROOT,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )

    def check_alive(self) -> None:
        """Raise ``HassError`` with the end of its log if it has stopped by itself."""
        if self._process is None or self._process.returncode is None:
            return
        raise HassError(f"Home Assistant stopped with code {self._process.returncode}")

    async def stop(self) -> None:
        """Ask it to stop, and see to it that it does."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_STOP_S):
                    await process.wait()
        finally:
            # It hangs, or Ctrl-C was pressed once more.
            if process.returncode is None:
                process.kill()
                await process.wait()

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    @property
    def log(self) -> str:
        """What it has logged so far, or printed where it has logged nothing."""
        for name in ("home-assistant.log", "console.log"):
            path = self.folder / name
            if path.exists() and path.stat().st_size:
                return path.read_text(encoding="utf-8", errors="replace")
        return ""
