"""``python -m tests.simulators.tesla``: the simulated Tesla cloud as a process of its own."""

import argparse
import asyncio
import contextlib
import logging
from pathlib import Path
import signal
import sys

from .behaviours import Lag, Snap
from .server import TeslaSimulator
from .site import Mode, PowerwallSite
from .storage import seed_config_dir


def percentage(text: str) -> float:
    """A number from 0 to 100."""
    value = float(text)
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 100")
    return value


def whole_percentage(text: str) -> int:
    """A whole number from 0 to 100."""
    value = percentage(text)
    if value != int(value):
        raise argparse.ArgumentTypeError(f"{text} is not a whole number")
    return int(value)


def amount(text: str) -> float:
    """A number that is not negative."""
    value = float(text)
    if not value >= 0:
        raise argparse.ArgumentTypeError(f"{text} is negative")
    return value


def count(text: str) -> int:
    """A whole number from 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return value


def port_number(text: str) -> int:
    """A TCP port."""
    value = int(text)
    if not 0 <= value <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulators.tesla",
        description="A Tesla Fleet API (and Tessie's) on 127.0.0.1 with a Powerwall behind it.",
        epilog="While it runs: GET /_state is the truth about the sites, GET /_log every write that arrived, and "
        'POST /_control changes things, e.g. {"set": {"car_power_kw": 7.4}, "add": [{"kind": "http_error", '
        '"status": 500, "on": "backup", "times": 2}]}.',
    )
    parser.add_argument("--port", type=port_number, default=8125, help="0 takes a free one (default 8125)")
    parser.add_argument(
        "--reserve", type=whole_percentage, default=20, metavar="PCT", help="backup reserve (default 20)"
    )
    parser.add_argument("--soc", type=percentage, default=63.4, metavar="PCT", help="state of charge (default 63.4)")
    parser.add_argument("--mode", choices=[str(mode) for mode in Mode], default=str(Mode.SELF_CONSUMPTION))
    parser.add_argument("--load", type=amount, default=0.5, metavar="KW", help="the house without the car")
    parser.add_argument("--car", type=amount, default=0.0, metavar="KW", help="the charging car")
    parser.add_argument("--solar", type=amount, default=0.0, metavar="KW", help="the panels")
    parser.add_argument("--no-solar", action="store_true", help="a site without panels")
    parser.add_argument("--no-grid-charging", action="store_true", help="charging from the grid switched off")
    parser.add_argument("--wall-connector", action="store_true", help="with a Tesla Wall Connector")
    parser.add_argument("--powerwalls", type=count, default=1, metavar="N", help="batteries at the site")
    parser.add_argument("--sites", type=count, default=1, metavar="N", help="sites in the account, all alike")
    parser.add_argument("--site-id", type=count, default=2252147638651, metavar="ID", help="of the first site")
    parser.add_argument("--name", default="My Home", help="of the first site")
    parser.add_argument("--lag-shown", type=amount, default=0, metavar="S", help="until site_info shows a write")
    parser.add_argument("--lag-acts", type=amount, default=0, metavar="S", help="until the battery follows it")
    parser.add_argument("--snap-after", type=amount, default=0, metavar="S", help="81 to 99 becomes 80 after")
    parser.add_argument("--seed", type=Path, metavar="DIR", help="set tesla_fleet up in this Home Assistant folder")
    parser.add_argument("--verbose", action="store_true", help="print every write")
    return parser


async def _serve(arguments: argparse.Namespace) -> int:
    sites = []
    for number in range(arguments.sites):
        site = PowerwallSite(
            arguments.site_id + number,
            name=arguments.name if number == 0 else f"{arguments.name} {number + 1}",
            powerwalls=arguments.powerwalls,
            soc_pct=arguments.soc,
            reserve_pct=arguments.reserve,
            mode=arguments.mode,
            grid_charging=not arguments.no_grid_charging,
            load_kw=arguments.load,
            solar_kw=arguments.solar,
            car_power_kw=arguments.car,
            has_solar=not arguments.no_solar,
            wall_connector=arguments.wall_connector,
        )
        site.lag = Lag(arguments.lag_shown, arguments.lag_acts)
        site.snap = Snap(arguments.snap_after)
        sites.append(site)
    if arguments.seed is not None:
        seed_config_dir(arguments.seed)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    simulator = TeslaSimulator(sites, port=arguments.port)
    try:
        await simulator.start()
    except OSError as error:
        print(f"cannot listen on 127.0.0.1:{arguments.port}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"Tesla simulator at {simulator.url}", flush=True)
    await stop.wait()
    await simulator.stop()
    return 0


def main() -> int:
    """Parse the arguments and serve until SIGINT or SIGTERM."""
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO if arguments.verbose else logging.WARNING, format="%(message)s")
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(_serve(arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main())
