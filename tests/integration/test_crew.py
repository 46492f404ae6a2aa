"""A worker's crew: as many jobs at once as it has places, given back at the end, counted."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from api.crew import Crew
from api.metrics import Metrics
from loyalty import jobs
from loyalty.engine import Engine
from loyalty.jobs import Handler, Held, Job, Status
from tests.conftest import Eventually
from tests.engines import START, Clock

KIND = "offers.sweep"  # one that the metrics know


def crew_of(engine: Engine, work: Handler, places: int = 2) -> Crew:
    return Crew(engine, Metrics(), {KIND: work}, places, lease_seconds=60)


async def add(engine: Engine, count: int) -> None:
    await jobs.enqueue(engine.mongo, [Job(f"{n}", KIND, START) for n in range(count)])


async def statuses(engine: Engine) -> Sequence[tuple[Status, int]]:
    found = [await jobs.find(engine.mongo, f"{n}") for n in range(3)]
    return [(job.status, job.attempts) for job in found if job]


async def test_no_more_jobs_run_at_once_than_there_are_places(
    engine: Engine, eventually: Eventually
) -> None:
    go_on = asyncio.Event()

    async def work(engine: Engine, held: Held) -> None:
        await go_on.wait()

    await add(engine, 3)
    crew = crew_of(engine, work)
    assert [await crew.take(), await crew.take()] == [2, 0]
    waiting = asyncio.create_task(crew.wait(asyncio.Event(), seconds=0))
    go_on.set()
    await waiting  # for a job to end, as there is no place
    assert len(crew.running) < 2
    assert await crew.take() == 1
    await eventually(lambda: not crew.running)
    assert await statuses(engine) == [(Status.DONE, 1)] * 3
    assert 'stamkund_jobs_run_total{kind="offers.sweep",result="done"} 3' in told(crew)


def told(crew: Crew) -> str:
    return crew.metrics.render().decode()


@pytest.mark.parametrize("grace_seconds", [30, 0])
async def test_at_the_end_jobs_are_given_back_or_left_to_their_lease(
    engine: Engine, grace_seconds: int
) -> None:
    started = asyncio.Event()
    never = asyncio.Event()

    async def step_by_step(engine: Engine, held: Held) -> None:
        started.set()
        while True:
            held.check()
            await asyncio.sleep(0)

    async def in_one_go(engine: Engine, held: Held) -> None:
        started.set()
        await never.wait()

    await add(engine, 1)
    crew = crew_of(engine, step_by_step if grace_seconds else in_one_go)
    assert await crew.take() == 1
    await started.wait()
    await crew.drain(grace_seconds)
    assert not crew.running
    left = (Status.WAITING, 0) if grace_seconds else (Status.RUNNING, 1)
    assert await statuses(engine) == [left]


async def test_jobs_that_wait_fail_and_are_dead_are_counted(engine: Engine, clock: Clock) -> None:
    async def work(engine: Engine, held: Held) -> None:
        raise RuntimeError("it broke")

    await add(engine, 2)
    crew = crew_of(engine, work, places=1)
    await crew.take()
    await crew.wait(asyncio.Event(), seconds=0)
    clock.advance(seconds=3)
    crew.metrics.jobs(await jobs.tallies(engine.mongo, [KIND]), clock())
    said = told(crew)
    for series in (
        'stamkund_jobs_run_total{kind="offers.sweep",result="failed"} 1.0',
        'stamkund_jobs{kind="offers.sweep",status="WAITING"} 2.0',
        'stamkund_jobs_failing{kind="offers.sweep"} 1.0',
        'stamkund_jobs_overdue_seconds{kind="offers.sweep"} 3.0',
    ):
        assert series in said
    crew.metrics.jobs([], clock() + timedelta(days=1))
    assert "stamkund_jobs{" not in told(crew)
