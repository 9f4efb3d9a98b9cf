"""Octopus Energy on 127.0.0.1: GraphQL (really executed), REST, tokens, limits, faults, and scenarios.

Use in a test::

    async with OctopusSimulator() as sim:
        sim.add_slot(10, 50)                       # minutes from now, or instants
        sim.fail("KT-CT-4340", times=2)
        ...                                        # point the client at sim.url, sim.account_number, sim.api_key
        assert sim.counters.polls == 3

Nothing runs in the background: plans, charging and scenarios are worked out from the injected clock at every request
and command, so it follows freezegun as well as a running clock. ``sim.advance()`` brings it up to date by hand.

**The simulator** - ``OctopusSimulator(world=None, *, account, key, product_code, now, port=0, on_request=None)``;
``start() stop()`` or ``async with``; ``url account_number api_key world faults slots narration requests polls counters
planned_limit points_limit tokens reset_log() until(condition)``.

**Commands** (``commands.py``) are its methods, the words of scenarios, and what ``POST /_control`` takes:

* plan: ``add_slot(start, end, *, device, type, energy, name, replace, drop) -> Slot``, ``withdraw(name)``,
  ``clear_plan(device)``, ``restamp(name, start)``, ``reshape(name, *, start, end)``, ``boost(end, *, device, name)``;
* car: ``plug(device)``, ``unplug(device)`` (its plan stays), ``drive_off(device, *, keeps_plan)`` and
  ``come_home(device)`` (with the state that Octopus then shows), ``set_charging("auto"|"on"|"off", *, device)``,
  ``suspend(device)``, ``resume(device)``;
* devices: ``add_device(label, *, kind, account, **changes)``, ``set_device(device, **changes)``,
  ``change_device_id(new_id, *, device)``, ``remove_device(device)``; a device is named by label (``car``) or id;
* completed rows: ``add_completed(start, end, *, energy, location, source, shown_from)``, ``set_completed(lag_min=)``,
  ``relabel_completed(location, *, source)``; all others follow from what the car charged inside its slots;
* account: ``migrate(product_code, *, at, account, display_name)``, ``set_product(product_code, …)``,
  ``add_home(property_id, product_code, *, since, left_at, address)``, ``add_meter(product_code, *, since, …)``,
  ``end_agreements(at=)``;
* schema: ``remove_field(name)``, ``restore_field(name)``;
* access: ``rotate_key(new_key)``, ``revoke_tokens(refresh_tokens=, bare=)``, ``revoke_refresh_tokens()``,
  ``expire_tokens()``, ``set_clock_skew(seconds)``;
* faults: ``fail(kind, *, times, fields, device, **options) -> Fault``, ``heal(kind)``; kinds are ``FaultKind`` and all
  codes in ``ERRORS``; ``fields`` are ``MINT``, ``PLANNED``, ``REST_ACCOUNT``, or any GraphQL field's name, ``path`` is
  one place of the answer (``devices.0.status``);
* ``set_style(times=, energy=)``, ``narrate()``.

**Scenarios** - ``SCENARIOS[name]``; ``sim.prepare(scenario)`` shapes the account, ``sim.play(scenario, start=None,
speed=1.0) -> Playback`` starts it, ``scenario.demo_speed`` lets it be over within two minutes, ``sim.narration`` tells
what has happened. ``Scenario.from_mapping`` reads JSON, ``step(at, do, say, **arguments)`` writes one in Python.

**World** (``world.py account.py device.py``) - ``typical_world``, ``home_account``, ``former_home``, ``car``,
``charge_point``, ``home_battery``, ``meter_device`` build accounts with several properties, keys and devices.
"""

from .account import Account, Agreement, CompletedRow, MeterPoint, Property
from .device import Charging, Device, PowerReport
from .errors import ERRORS
from .faults import MINT, PLANNED, REST_ACCOUNT, REST_PRODUCT, REST_RATES, Fault, FaultError, FaultKind
from .rows import Slot, TimeStyle
from .scenarios import SCENARIOS, scenario_named
from .script import Playback, Scenario, ScriptError, Step, step
from .simulator import OctopusSimulator
from .traffic import Counters, LoggedRequest
from .world import (
    ACCOUNT_NUMBER,
    API_KEY,
    CHARGE_CAP_PRODUCT,
    WHOLE_SLOT_PRODUCT,
    User,
    World,
    car,
    charge_point,
    former_home,
    home_account,
    home_battery,
    meter_device,
    typical_world,
)

__all__ = [
    "ACCOUNT_NUMBER",
    "API_KEY",
    "CHARGE_CAP_PRODUCT",
    "ERRORS",
    "MINT",
    "PLANNED",
    "REST_ACCOUNT",
    "REST_PRODUCT",
    "REST_RATES",
    "SCENARIOS",
    "WHOLE_SLOT_PRODUCT",
    "Account",
    "Agreement",
    "Charging",
    "CompletedRow",
    "Counters",
    "Device",
    "Fault",
    "FaultError",
    "FaultKind",
    "LoggedRequest",
    "MeterPoint",
    "OctopusSimulator",
    "Playback",
    "PowerReport",
    "Property",
    "Scenario",
    "ScriptError",
    "Slot",
    "Step",
    "TimeStyle",
    "User",
    "World",
    "car",
    "charge_point",
    "former_home",
    "home_account",
    "home_battery",
    "meter_device",
    "scenario_named",
    "step",
    "typical_world",
]
