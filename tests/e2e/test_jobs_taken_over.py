"""Workers are killed and paused in the middle of their jobs: others go on, where they were."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from api import clock
from loyalty import jobs, migrations
from loyalty.engine import Engine, open_engine
from loyalty.jobs import Job, Status
from loyalty.mongo import Mongo
from tests.e2e.job_worker import KIND, MIDDLE, STEP_COUNT, STEPS
from tests.engines import patient
from tests.processes import POLL_SECONDS, ROOT, environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

DEADLINE_SECONDS = 60.0


@pytest.fixture
async def engine(mongo_url: str, database_name: str) -> AsyncIterator[Engine]:
    mongo = Mongo(patient(mongo_url, database_name))
    opened = open_engine(mongo, clock.now, clock.new_id)
    await migrations.prepare(opened)
    yield opened
    await mongo.close()


@contextmanager
def worker(engine: Engine, mode: str) -> Iterator[subprocess.Popen[str]]:
    """Run a worker, and never leave it behind."""
    known = engine.mongo.options
    command = [sys.executable, "-m", "tests.e2e.job_worker", known.url, known.database, mode]
    process = subprocess.Popen(
        command, env=environment(), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


async def find(engine: Engine, name: str) -> Job:
    found = await jobs.find(engine.mongo, name)
    assert found is not None
    return found


async def until_at(engine: Engine, name: str, step: int) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while (await find(engine, name)).data.get("at", STEP_COUNT) < step:
        assert time.monotonic() < deadline, f"{name} is not at {step} in {DEADLINE_SECONDS} s"
        await asyncio.sleep(POLL_SECONDS)


async def test_jobs_of_workers_that_were_killed_or_paused_are_ended_by_another(
    engine: Engine,
) -> None:
    with contextlib.ExitStack() as stack:
        waiters = {}
        for name in ("killed", "paused"):
            await jobs.enqueue(engine.mongo, [Job(name, KIND, clock.now(), {"at": 0})])
            waiters[name] = stack.enter_context(worker(engine, "waiter"))
            await until_at(engine, name, MIDDLE)
        waiters["killed"].send_signal(signal.SIGKILL)
        waiters["paused"].send_signal(signal.SIGSTOP)
        stack.enter_context(worker(engine, "other"))
        for name in waiters:
            await until_at(engine, name, STEP_COUNT)
        waiters["paused"].send_signal(signal.SIGCONT)
        said = waiters["paused"].stdout
        assert said is not None
        assert said.readline() == "paused lost\n"
    for name in waiters:
        job = await find(engine, name)
        assert (job.status, job.fence) == (Status.DONE, 2)
    rows = await engine.mongo.find(STEPS, {}, sort=[("_id", 1)])
    halves = [("waiter", 1)] * MIDDLE + [("other", 2)] * MIDDLE
    assert [(row["by"], row["fence"]) for row in rows] == halves * 2
