"""What the tests of the frontend share."""

from collections.abc import AsyncGenerator, Generator
import logging
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from .browser import KeptBrowser


@pytest.fixture(scope="package", autouse=True)
def quiet_database() -> Generator[None]:
    """Do not write every statement of the recorder into the log, as the test plugin asks for: it takes long."""
    logger = logging.getLogger("sqlalchemy.engine")
    level = logger.level
    logger.setLevel(logging.WARNING)
    yield
    logger.setLevel(level)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kept_browser() -> AsyncGenerator[KeptBrowser]:
    """The browser of all tests; to launch one for each takes longer than most of them."""
    from .browser import KeptBrowser

    kept = KeptBrowser()
    yield kept
    await kept.close()
