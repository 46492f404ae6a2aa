"""An engine on a database of its own, and more of them on the same one: each is a process."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from loyalty import migrations
from loyalty.engine import Engine
from loyalty.mongo import Driver
from tests.conftest import Databases
from tests.engines import Clock, Steppable, open_on, patient

OpenEngine = Callable[..., Awaitable[Engine]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def open_process(
    mongo_url: str, database_name: str, databases: Databases, clock: Clock
) -> AsyncIterator[OpenEngine]:
    """Open one more engine on this test's database, as another process would."""
    async with AsyncExitStack() as stack:
        opened: list[Engine] = []

        async def open_one(driver: Driver = "pymongo") -> Engine:
            mongo = Steppable(patient(mongo_url, database_name, driver))
            stack.push_async_callback(mongo.close)
            engine = open_on(mongo, clock, maker=len(opened) + 1)
            if database_name not in databases.prepared:
                await migrations.prepare(engine)
                databases.prepared.add(database_name)
            opened.append(engine)
            return engine

        yield open_one
        for engine in opened:
            await engine.commits.drain()
            assert isinstance(engine.mongo, Steppable)
            assert not engine.mongo.before | engine.mongo.after, "a step was never taken"


@pytest.fixture
async def engine(open_process: OpenEngine) -> Engine:
    return await open_process()
