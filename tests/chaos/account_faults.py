"""Mishaps of Octopus' accounts, devices and schema, of Ohme's cloud and of Teslemetry's stream.

They fall with dice of their own (``story``), so that days that were known before they existed stay as they were.
"""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from tests.simulators.octopus import PLANNED
from tests.simulators.tesla.behaviours import HttpError

from .faults import BACK_OFF, POLL, READ, Clouds, Mishap, Undo, of_octopus
from .truth import Where

_STATES = (
    "BOOSTING",
    "TEST_CHARGE_IN_PROGRESS",
    "SMART_CONTROL_NOT_AVAILABLE",
    "LOST_CONNECTION",
    "SETUP_COMPLETE",
    "AUTHENTICATION_FAILED",
)
# What slots can be followed without. Live power is evidence, and goes only where another entity has it.
_EXTRAS = ("name", "provider", "isChargingDurationCapped", "propertyId", "currentState", "completedDispatches", "meta")
# A device that was doubted or gone counts again at the next whole answer; one poll asks for one device only after a
# refusal of repeated fields.
_IN_TURN = timedelta(minutes=15)


def _state(clouds: Clouds, random: Random) -> Undo:
    clouds.octopus.set_device("car", state=random.choice(_STATES))
    return lambda: _device(clouds, state=None)


def _device(clouds: Clouds, **changes: Any) -> None:
    clouds.octopus.set_device("car", **changes)


def _changed(on: dict[str, Any], off: dict[str, Any]) -> Callable[[Clouds, Random], Undo]:
    def start(clouds: Clouds, _random: Random) -> Undo:
        _device(clouds, **on)
        return lambda: _device(clouds, **off)

    return start


def _suspension(clouds: Clouds, _random: Random) -> Undo:
    """The field is null; a suspension by the owner meanwhile stays one."""
    if clouds.octopus.world.device("car").suspended is False:
        _device(clouds, suspended=None)

    def undo() -> None:
        if clouds.octopus.world.device("car").suspended is None:
            _device(clouds, suspended=False)

    return undo


def _schema(clouds: Clouds, random: Random) -> Undo:
    field = random.choice(_EXTRAS)
    clouds.octopus.remove_field(field)
    return lambda: clouds.octopus.restore_field(field)


def _ohme(status: int | None) -> Callable[[Clouds, Random], Undo]:
    def start(clouds: Clouds, _random: Random) -> Undo:
        clouds.ohme.fail(status, on="/v1/chargeSessions")
        return clouds.ohme.heal

    return start


def _limited(clouds: Clouds, _random: Random) -> Undo:
    """Tesla's integration goes on reporting what it had, also what was only asked for."""
    rule = clouds.tesla.misbehave(HttpError(429), "reads")
    return lambda: clouds.tesla.behave(rule)


def _stream_down(clouds: Clouds, _random: Random) -> Undo:
    clouds.tesla.events.cut()
    return clouds.tesla.events.restore


def _stream_stuck(clouds: Clouds, _random: Random) -> Undo:
    clouds.tesla.events.is_polling = False

    def undo() -> None:
        clouds.tesla.events.is_polling = True

    return undo


OCTOPUS: tuple[Mishap, ...] = (
    Mishap("octopus_device_state", Where.OCTOPUS, POLL, _state, 3),
    Mishap("octopus_device_not_live", Where.OCTOPUS, POLL, _changed({"lifecycle": "RETIRED"}, {"lifecycle": "LIVE"})),
    Mishap("octopus_suspension_unknown", Where.OCTOPUS, POLL, _suspension),
    Mishap("octopus_field_left_schema", Where.OCTOPUS, POLL, _schema, 3),
    of_octopus("KT-CT-1199", BACK_OFF, name="octopus_limit_leaves_part", device="car"),
    of_octopus("KT-CT-1199", BACK_OFF, name="octopus_limit_on_completed", fields=["completedDispatches"]),
    of_octopus("KT-CT-4360", POLL, name="octopus_status_refused", path="devices.*.status"),
    of_octopus("KT-CT-4123", POLL, name="octopus_preferences_refused", path="devices.*.preferences"),
    of_octopus("KT-CT-7899", POLL, name="octopus_name_refused", path="devices.0.name"),
    of_octopus("KT-CT-4313", POLL, name="octopus_devices_refused", path="devices"),
    of_octopus("KT-CT-4123", POLL, name="octopus_meters_refused", path="account.*.*.meterPoint"),
    of_octopus("KT-CT-1113", POLL, name="octopus_plan_refused", fields=[PLANNED]),
    of_octopus("repeated_field", _IN_TURN, name="octopus_repeated_field_refused"),
    of_octopus("bare_401", POLL, name="octopus_bare_401_once", times=1),
)
OHME: tuple[Mishap, ...] = (
    Mishap("ohme_error", Where.OCTOPUS, POLL, _ohme(503), 2),
    Mishap("ohme_server_error", Where.OCTOPUS, POLL, _ohme(500)),
    Mishap("ohme_silent", Where.OCTOPUS, POLL, _ohme(None)),
)
TESLEMETRY: tuple[Mishap, ...] = (
    Mishap("teslemetry_stream_down", Where.READS, READ, _stream_down, 2),
    Mishap("teslemetry_stream_stuck", Where.READS, READ, _stream_stuck, 2),
)
TESLA_LIMITED = Mishap("tesla_limited", Where.READS, READ, _limited)
LATER: dict[str, Mishap] = {mishap.kind: mishap for mishap in (*OCTOPUS, *OHME, *TESLEMETRY, TESLA_LIMITED)}


def later_kinds(house: dict[str, Any]) -> dict[str, int]:
    """The kinds that can happen in a house, with their weights."""
    possible = [
        *OCTOPUS,
        *(OHME * 3 if house["ohme"] else ()),
        *(TESLEMETRY * 3 if house["battery"] == "teslemetry" else ()),
    ]
    kinds: dict[str, int] = {}
    for mishap in possible:
        kinds[mishap.kind] = kinds.get(mishap.kind, 0) + mishap.weight
    return kinds
