"""What every kind of test may ask for: the event loop of the product and a real MongoDB."""

import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from pymongo import MongoClient

from api.embedded_mongo import EmbeddedMongo

try:
    import uvloop
except ImportError:  # on Windows, where the product does without as well
    uvloop = None  # type: ignore[assignment]

POLL_SECONDS = 0.01
SHRINKING = "shrinking"  # the profile of who wants the failing history of a machine made short
PATIENCE_SECONDS = 30.0  # for what takes milliseconds on a machine with nothing else to do

# What an example takes says more about the machine's other work than about the code
settings.register_profile(
    "patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(SHRINKING, settings.get_profile("patient"))
settings.load_profile("patient")

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
        url = asyncio.run(mongo.start())
        with MongoClient[dict[str, Any]](url) as client:  # what is old by the tests' clocks stays
            client.admin.command("setParameter", 1, ttlMonitorEnabled=False)
        yield url
        asyncio.run(mongo.stop())


@pytest.fixture(scope="session")
def _drop(mongo_url: str) -> Iterator[Callable[[str], object]]:
    """Drop databases behind the tests' back: each takes 0.1 s in which nothing is computed."""
    with MongoClient[dict[str, Any]](mongo_url) as client, ThreadPoolExecutor(1) as broom:
        yield lambda name: broom.submit(client.drop_database, name)


@pytest.fixture
def database_name(_drop: Callable[[str], object]) -> Iterator[str]:
    """Name a database for one test; it is dropped afterwards."""
    name = f"test_{uuid4().hex}"
    yield name
    _drop(name)


@pytest.fixture(scope="session")
def eventually() -> Eventually:
    """Wait until a condition holds, and not for ever: `await eventually(lambda: ...)`."""

    async def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"it did not happen within {PATIENCE_SECONDS} s"
            await asyncio.sleep(POLL_SECONDS)

    return wait
