"""What every kind of test may ask for: the event loop of the product and a real MongoDB."""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
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
GIVEN = "STAMKUND_TEST_MONGO_URL"
SHRINKING = "shrinking"  # the profile of who wants the failing history of a machine made short
PATIENCE_SECONDS = 30.0  # for what takes milliseconds on a machine with nothing else to do

# What an example takes says more about the machine's other work than about the code
settings.register_profile(
    "patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(SHRINKING, settings.get_profile("patient"))
settings.load_profile("patient")


Eventually = Callable[[Callable[[], bool]], Awaitable[None]]


def pytest_xdist_auto_num_workers() -> int:
    """Let one worker more than there are cores work: each often waits for its mongod's disk."""
    return (len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Run tests on asyncio, on the loop that the product uses."""
    return "asyncio", {"use_uvloop": uvloop is not None}


@pytest.fixture(scope="session")
def mongo_url() -> Iterator[str]:
    """Run one mongod for each test process, from the first test that asks to the end.

    The variable GIVEN names a replica set to use instead.
    """
    given = os.environ.get(GIVEN)
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


class Databases:
    """Lend databases to tests, one at a time: to make all indexes anew takes half a second each.

    What is `prepared` has them all, so that nobody who opens it needs to ask for each.
    """

    def __init__(self, client: MongoClient[dict[str, Any]]) -> None:
        self._client = client
        self._made: list[str] = []
        self._idle: list[str] = []
        self.prepared: set[str] = set()

    def lend(self) -> str:
        """Name an empty database, which may have the indexes that another test made."""
        if not self._idle:
            self._made.append(f"test_{uuid4().hex}")
            return self._made[-1]
        database = self._client[self._idle.pop(0)]
        collections = database.list_collection_names()
        for collection in collections:
            database[collection].delete_many({})
        if not collections:  # a test has dropped it
            self.prepared.discard(database.name)
        return database.name

    def take_back(self, name: str) -> None:
        """Keep a database for the next test that asks."""
        self._idle.append(name)

    def drop(self) -> None:
        """Leave nothing behind."""
        for name in self._made:
            self._client.drop_database(name)


@pytest.fixture(scope="session")
def databases(mongo_url: str) -> Iterator[Databases]:
    """Hold the databases of this test process."""
    with MongoClient[dict[str, Any]](mongo_url) as client:
        databases = Databases(client)
        yield databases
        if GIVEN in os.environ:  # else it goes with its mongod, and far quicker
            databases.drop()


@pytest.fixture
def database_name(databases: Databases) -> Iterator[str]:
    """Name an empty database for one test."""
    name = databases.lend()
    yield name
    databases.take_back(name)


@pytest.fixture(scope="session")
def eventually() -> Eventually:
    """Wait until a condition holds, and not for ever: `await eventually(lambda: ...)`."""

    async def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"it did not happen within {PATIENCE_SECONDS} s"
            await asyncio.sleep(POLL_SECONDS)

    return wait
