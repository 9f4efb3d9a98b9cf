"""Whose plan is asked for next: Octopus answers five plans a minute and user (facts/octopus.md 2.1, 2.5)."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta

# One less than Octopus allows, because the owner's app asks too. Each plan in a request is taken to count.
PLANS_A_MINUTE = 4
# Polls lie at least 60 s apart (design 6); a timer that fires a little early must not go without a plan.
_MINUTE = timedelta(seconds=55)


class DeviceTurns:
    """Hands out turns: at most four a minute, to those whose last turn is longest ago."""

    def __init__(self) -> None:
        self._given_at: deque[datetime] = deque()
        self._last_turn: dict[str, int] = {}
        self._turn = 0

    def take(self, device_ids: Iterable[str], now: datetime, at_most: int = PLANS_A_MINUTE) -> tuple[str, ...]:
        """Give turns to as many of the devices as may be asked now, and to ``at_most`` of them."""
        # A time ahead of now was given by a clock that has been set back since.
        while self._given_at and not now - _MINUTE < self._given_at[0] <= now:
            self._given_at.popleft()
        waiting = sorted(device_ids, key=lambda device_id: self._last_turn.get(device_id, 0))
        chosen = tuple(waiting[: max(0, min(at_most, PLANS_A_MINUTE - len(self._given_at)))])
        for device_id in chosen:
            self._turn += 1
            self._last_turn[device_id] = self._turn
            self._given_at.append(now)
        return chosen

    def give_back(self, device_ids: Iterable[str]) -> None:
        """Devices that were not asked after all come first the next time."""
        for device_id in device_ids:
            self._last_turn.pop(device_id, None)

    def keep_only(self, device_ids: Iterable[str]) -> None:
        """Forget every other device."""
        self._last_turn = {key: self._last_turn[key] for key in device_ids if key in self._last_turn}
