"""What every test shares: our integration is found, 127.0.0.1 is reachable, time stands still where a test asks.

The simulated Tesla cloud and Home Assistant's real Tesla integrations come from ``tests.tesla_components``.
"""

from collections.abc import Generator
from functools import cache
import gc
import inspect
import logging
import os
import sys
from typing import Any

from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from homeassistant.helpers.storage import Store
from homeassistant.util import executor
from hypothesis import HealthCheck, settings
import pytest
from pytest_homeassistant_custom_component.common import mock_storage  # type: ignore[import-untyped]

# Must be imported before Home Assistant looks for custom integrations: else it takes the test plugin's own folder.
import custom_components  # noqa: F401
from tests.former_names import make_importable
from tests.frozen_time import KeptFrozen, make_frozen_time_cheap

make_importable()

# The test plugin looks for this driver, which nothing here brings, before every test: for half a millisecond each.
sys.modules.setdefault("MySQLdb", None)  # type: ignore[arg-type]

# How long threads may take to end, in seconds, a tenth of it before Home Assistant interrupts one. On a busy machine
# the usual ten are short: a thread that is interrupted at the wrong instant never wakes the next one.
executor.EXECUTOR_SHUTDOWN_TIMEOUT = 300

make_frozen_time_cheap()

pytest_plugins = ["tests.tesla_components", "tests.ohme_components", "tests.house_fixtures"]

# A quiet winter Wednesday in London; tests that need another time use @pytest.mark.freeze_time or freezer.move_to.
DEFAULT_NOW = "2026-11-18 12:00:00+00:00"

_HEALTH = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True, suppress_health_check=_HEALTH)
settings.register_profile("long", max_examples=5000, deadline=None, suppress_health_check=_HEALTH)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

kept_frozen = KeptFrozen(DEFAULT_NOW)

# What the test plugin and this file do for every test, and only a test with an event loop needs.
_FOR_LOOPS = frozenset(
    {
        "auto_enable_custom_integrations",
        "configure_event_loop",
        "disable_http_server",
        "enable_event_loop_debug",
        "expected_lingering_tasks",
        "expected_lingering_timers",
        "reset_globals",
        "say_less",
        "skip_stop_scripts",
        "verify_cleanup",
        "wait_for_stop_scripts_after_shutdown",
    }
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Freeze time before anything else of a test exists, and give plain functions no event loop.

    Timers made before time is frozen would count on another clock. To make a loop and to end it takes longer than most
    tests of a rule.
    """
    for item in items:
        names: list[str] = getattr(item, "fixturenames", [])
        if "freezer" in names:
            names.insert(0, names.pop(names.index("freezer")))
        if isinstance(item, pytest.Function) and not _needs_loop(item):
            names[:] = [name for name in names if name not in _FOR_LOOPS]


def _needs_loop(item: pytest.Function) -> bool:
    """Whether a test, or a fixture made for it alone, is a coroutine."""
    known = item._fixtureinfo.name2fixturedefs
    made = [known[name][-1] for name in item.fixturenames if name in known and name not in _FOR_LOOPS]
    return any(
        inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
        for function in (item.function, *(fixture.func for fixture in made if fixture.scope == "function"))
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let time go on for a test that does not ask for it to stand still."""
    if "freezer" not in getattr(item, "fixturenames", ()):
        kept_frozen.end()


def pytest_sessionfinish() -> None:
    """Let time go on."""
    kept_frozen.end()


def pytest_collection_finish() -> None:
    """Leave what was imported out of every later search for garbage, and search more seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


@pytest.fixture
def freezer(request: pytest.FixtureRequest) -> Generator[FrozenDateTimeFactory]:
    """Time that stands still: at ``@pytest.mark.freeze_time("...")`` or at ``DEFAULT_NOW``."""
    marker = request.node.get_closest_marker("freeze_time")
    arguments = marker.args if marker and marker.args else (DEFAULT_NOW,)
    kept_frozen.begin()
    with freeze_time(*arguments, **(marker.kwargs if marker else {})) as factory:
        yield factory


@cache
def _stand_in_storage() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the test plugin's stand-in for the disk: what is stored, and what it puts in the place of methods."""
    with mock_storage() as stored:
        return stored, {
            name: getattr(Store, name).side_effect for name in ("_async_load", "_async_write_data", "async_remove")
        }


@pytest.fixture
def hass_storage(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Home Assistant's files in memory, as the test plugin's fixture, without a mock around every read and write."""
    stored, methods = _stand_in_storage()
    stored.clear()
    for name, method in methods.items():
        monkeypatch.setattr(Store, name, method)
    return stored


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant find ours, in tests that have one. A recorder has to come before that."""
    if "recorder_mock" in request.fixturenames:
        request.getfixturevalue("recorder_mock")
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture(autouse=True)
def say_less(request: pytest.FixtureRequest) -> None:
    """Keep Home Assistant and the recorder's database to warnings, unless a test looks at what is logged.

    Hundreds of lines a test say that a platform is set up, each formatted four times.
    """
    level = logging.NOTSET if "caplog" in request.fixturenames else logging.WARNING
    for name in ("homeassistant", "sqlalchemy.engine"):
        if (logger := logging.getLogger(name)).level != level:
            logger.setLevel(level)


@pytest.fixture(autouse=True)
async def enable_event_loop_debug() -> None:
    """Leave the loop's debug mode off, unless ``PYTHONASYNCIODEBUG`` is set.

    The test plugin's fixture of this name switches it on: it keeps the stack of every callback, which is a third of the
    time that the stories take.
    """


@pytest.fixture(autouse=True)
def sockets_to_this_machine(socket_enabled: None) -> None:
    """Allow sockets; the plugin still refuses every host but 127.0.0.1."""
