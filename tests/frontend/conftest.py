"""What the tests of the frontend share."""

from collections.abc import Generator
import logging

import pytest


@pytest.fixture(scope="package", autouse=True)
def quiet_database() -> Generator[None]:
    """Do not write every statement of the recorder into the log, as the test plugin asks for: it takes long."""
    logger = logging.getLogger("sqlalchemy.engine")
    level = logger.level
    logger.setLevel(logging.WARNING)
    yield
    logger.setLevel(level)
