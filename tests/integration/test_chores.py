"""Recurring jobs: of many workers one does each sweep, a part at a time, at the local time."""

from datetime import datetime, time, timedelta
from functools import partial

import pytest

from loyalty import chores, jobs, program
from loyalty.engine import Engine
from loyalty.jobs import Daily, Every, Handler, Job, Schedule
from tests.engines import PLAIN, START, Clock

KIND = "sweep"
ZONED = PLAIN.replace("America/New_York", "Europe/Copenhagen")


def handlers(schedule: Schedule, counts: list[int]) -> dict[str, Handler]:
    """Sweep what the list says, one number each time."""

    async def sweep(engine: Engine, limit: int) -> int:
        return counts.pop(0)

    return {KIND: partial(chores._sweep, schedule=schedule, sweep=sweep)}


@pytest.fixture(autouse=True)
async def _job(engine: Engine) -> None:
    await jobs.begin_recurring(engine.mongo, [Job(KIND, KIND, START, recurs=True)])


async def due_at(engine: Engine) -> datetime | None:
    job = await jobs.find(engine.mongo, KIND)
    assert job is not None
    return job.due_at


async def test_a_sweep_that_found_its_limit_comes_back_at_once(
    engine: Engine, clock: Clock
) -> None:
    counts = [chores.SWEEP_LIMIT, chores.SWEEP_LIMIT - 1]
    assert await jobs.work_off(engine, handlers(Every(30), counts)) == 1
    assert await due_at(engine) == START + chores.MORE_AFTER
    clock.advance(seconds=1)
    assert await jobs.work_off(engine, handlers(Every(30), counts)) == 1
    assert await due_at(engine) == START + timedelta(seconds=31)


async def test_what_is_due_at_a_local_time_waits_for_it_and_moves_with_the_program(
    engine: Engine, clock: Clock
) -> None:
    daily = handlers(Daily(time(10)), [7])
    assert await jobs.work_off(engine, daily) == 1
    assert await due_at(engine) == datetime(2026, 3, 3, 10)  # there is no program: UTC
    await program.publish(engine, ZONED)
    clock.present = datetime(2026, 3, 3, 10)
    assert await jobs.work_off(engine, daily) == 1
    assert await due_at(engine) == datetime(2026, 3, 4, 9)
    clock.present = datetime(2026, 3, 28, 9)
    assert await jobs.work_off(engine, daily) == 1
    assert await due_at(engine) == datetime(2026, 3, 29, 8)  # the clocks went forward


async def test_every_chore_is_a_job_and_done_by_whoever_comes_first(
    engine: Engine, clock: Clock
) -> None:
    await program.publish(engine, PLAIN)
    assert await chores.begin(engine) == len(chores.recurring())
    assert await chores.begin(engine) == 0
    assert {*chores.SWEEPS} < {*chores.handlers(None)} <= {*chores.kinds()}
    assert await jobs.work_off(engine, chores.handlers(None)) == len(chores.recurring())
    assert await jobs.work_off(engine, chores.handlers(None)) == 0
