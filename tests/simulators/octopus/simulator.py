"""The simulator that tests, the demo and the benchmarks use: the commands with a server around them."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from .commands import Commands
from .server import HOST, Server
from .traffic import Counters, LoggedRequest, Window
from .world import ACCOUNT_NUMBER, API_KEY, WHOLE_SLOT_PRODUCT, World, typical_world


class OctopusSimulator(Commands):
    """Octopus on 127.0.0.1. ``world`` replaces the typical one that the next three arguments describe."""

    def __init__(
        self,
        world: World | None = None,
        *,
        account: str = ACCOUNT_NUMBER,
        key: str = API_KEY,
        product_code: str = WHOLE_SLOT_PRODUCT,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        port: int = 0,
        on_request: Callable[[LoggedRequest], None] | None = None,
    ) -> None:
        super().__init__(typical_world(account, key, product_code) if world is None else world, now)
        self.server = Server(self, port, on_request)

    async def start(self) -> None:
        """Listen; a port in use raises ``OSError``."""
        await self.server.start()

    async def stop(self) -> None:
        """Stop listening and cut off whatever hangs; the world stays, and ``start`` uses the same port again."""
        await self.server.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """The base URL: scheme, host and port."""
        return f"http://{HOST}:{self.server.port}"

    @property
    def account_number(self) -> str:
        """The first account's number."""
        return self.world.account().number

    @property
    def api_key(self) -> str:
        """A key that opens the first account."""
        return min(self.world.users[0].api_keys)

    @property
    def requests(self) -> list[LoggedRequest]:
        """Every request so far, newest last."""
        return self.server.traffic.requests

    @property
    def polls(self) -> list[LoggedRequest]:
        """The requests that asked for a plan."""
        return [request for request in self.requests if request.is_poll]

    @property
    def counters(self) -> Counters:
        """Totals since the start or the last ``reset_log``."""
        return self.server.traffic.counters

    @property
    def planned_limit(self) -> Window:
        """The allowance of plans a minute; its ``limit`` may be changed."""
        return self.server.planned_limit

    @property
    def points_limit(self) -> Window:
        """The allowance of points an hour; its ``limit`` may be changed."""
        return self.server.points_limit

    def reset_log(self) -> None:
        """Forget the requests so far."""
        self.server.traffic.reset()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition that only requests can make true, such as ``lambda: len(sim.polls) > 2``."""
        while not condition():
            self.server.traffic.arrived.clear()
            await self.server.traffic.arrived.wait()
