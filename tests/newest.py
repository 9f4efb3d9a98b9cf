"""Runs pytest on a Home Assistant that is newer than the one the test plugin was made for.

``.venv-newest/bin/python -m tests.newest tests/stories/test_teslemetry.py``; ``scripts/test --newest`` does so.
"""

import sys

# First of all: it puts its own modules in place of some libraries, which the plugin would import before it.
import homeassistant  # noqa: F401
from homeassistant.components import logger
from homeassistant.components.logger import helpers
import pytest


def main() -> int:
    """Give the plugin the one name that has moved since, and run pytest; returns its exit code."""
    setattr(logger, "_clear_logger_overwrites", helpers._clear_logger_overwrites)  # noqa: B010
    return int(pytest.main(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
