"""What every kind of test may ask for: the event loop of the product and a real MongoDB."""

import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient

from api.embedded_mongo import EmbeddedMongo

try:
    import uvloop
except ImportError:  # on Windows, where the product does without as well
    uvloop = None  # type: ignore[assignment]

POLL_SECONDS = 0.01

Eventually = Callable[[Callable[[], bool]], Awaitable[None]]


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Run tests on asyncio, on the loop that the product uses."""
    return "asyncio", {"use_uvloop": uvloop is not None}


@pytest.fixture(scope="session")
def mongo_url() -> Iterator[str]:
    """Run one mongod for each test process, from the first test that asks to the end.

    `STAMKUND_TEST_MONGO_URL` names a replica set to use instead.
    """
    given = os.environ.get("STAMKUND_TEST_MONGO_URL")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="stamkund-tests-") as data_dir:
        mongo = EmbeddedMongo(Path(data_dir))
        yield asyncio.run(mongo.start())
        asyncio.run(mongo.stop())


@pytest.fixture(scope="session")
def _janitor(mongo_url: str) -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](mongo_url) as client:
        yield client


@pytest.fixture
def database_name(_janitor: MongoClient[dict[str, Any]]) -> Iterator[str]:
    """Name a database for one test; it is dropped afterwards."""
    name = f"test_{uuid4().hex}"
    yield name
    _janitor.drop_database(name)


@pytest.fixture(scope="session")
def eventually() -> Eventually:
    """Wait until a condition holds, for at most ten seconds: `await eventually(lambda: ...)`."""

    async def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10.0
        while not condition():
            assert time.monotonic() < deadline, "it did not happen within ten seconds"
            await asyncio.sleep(POLL_SECONDS)

    return wait
