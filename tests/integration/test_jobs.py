"""Jobs: enqueued once, held by one worker at a time, tried again, dead, and brought back."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from loyalty import jobs
from loyalty.engine import Engine
from loyalty.errors import Refused, Unavailable
from loyalty.jobs import Held, Job, Lease, Result, Status
from loyalty.jobs.rules import ATTEMPTS
from loyalty.walks import Walk
from tests.engines import START, Clock, steppable
from tests.integration.conftest import OpenEngine

LEASE_SECONDS = 60
KIND = "chunk"


async def add(engine: Engine, *names: str, due_at: timedelta = timedelta(0)) -> int:
    return await jobs.enqueue(
        engine.mongo, [Job(name, KIND, START + due_at, {"at": 0}) for name in names]
    )


async def take(engine: Engine, limit: int = 10, seconds: float = LEASE_SECONDS) -> list[Held]:
    return await jobs.take(engine, [KIND], Lease(engine.new_id(), seconds), limit)


async def take_one(engine: Engine, seconds: float = LEASE_SECONDS) -> Held:
    (held,) = await take(engine, 1, seconds)
    return held


async def find(engine: Engine, name: str = "a") -> Job:
    found = await jobs.find(engine.mongo, name)
    assert found is not None
    return found


def ids(found: Sequence[Held | Job]) -> list[str]:
    return sorted(one.job.id if isinstance(one, Held) else one.id for one in found)


async def do_nothing(engine: Engine, held: Held) -> None:
    return None


async def break_down(engine: Engine, held: Held) -> None:
    raise RuntimeError("it broke")


async def test_a_job_enqueued_twice_is_one_also_after_it_is_done(engine: Engine) -> None:
    assert await add(engine, "a", "b") == 2
    assert await add(engine, "b", "c") == 1
    for held in await take(engine):
        assert (await jobs.run(engine, held, do_nothing)).result is Result.DONE
    assert await add(engine, "a") == 0
    assert await take(engine) == []
    done = await find(engine)
    assert (done.status, done.data, done.due_at) == (Status.DONE, {}, None)


async def test_jobs_are_taken_when_due_the_oldest_first_and_only_of_the_kinds_asked_for(
    engine: Engine, clock: Clock
) -> None:
    await add(engine, "late", due_at=timedelta(seconds=2))
    await add(engine, "soon", due_at=timedelta(seconds=1))
    await add(engine, "now")
    await jobs.enqueue(engine.mongo, [Job("other", "other", START)])
    assert ids(await take(engine)) == ["now"]
    clock.advance(seconds=2)
    assert ids(await take(engine, 1)) == ["soon"]
    assert ids(await take(engine)) == ["late"]


async def test_two_takers_never_hold_the_same_job(engine: Engine, open_process: OpenEngine) -> None:
    await add(engine, *(f"{n:03}" for n in range(60)))
    takers = [engine, *[await open_process() for _ in range(3)]]
    taken: list[str] = []
    while len(taken) < 60:
        for found in await asyncio.gather(*(take(taker, 7) for taker in takers)):
            taken += ids(found)
    assert len(taken) == len(set(taken)) == 60


async def test_what_is_not_renewed_is_anothers_and_its_first_holder_can_write_nothing(
    engine: Engine, clock: Clock
) -> None:
    await add(engine, "a")
    first = await take_one(engine)
    clock.advance(seconds=LEASE_SECONDS)
    second = await take_one(engine)
    assert (first.job.fence, second.job.fence) == (1, 2)
    assert not await first.progress({"at": 7})
    assert (await jobs.run(engine, first, do_nothing)).result is Result.LOST
    assert (await jobs.run(engine, first, break_down)).result is Result.LOST
    assert (await find(engine)).data == {"at": 0}
    assert await second.progress({"at": 8})
    assert (await find(engine)).data == second.job.data == {"at": 8}
    assert (await jobs.run(engine, second, do_nothing)).result is Result.DONE


async def test_a_holder_knows_by_itself_that_its_lease_may_be_over(
    engine: Engine, clock: Clock
) -> None:
    await add(engine, "a")
    held = await take_one(engine)
    assert held.is_sure()
    clock.advance(seconds=LEASE_SECONDS - 1)  # before the end: clocks may not agree
    assert not held.is_sure()
    await held.renew()
    assert held.is_sure()
    clock.advance(seconds=LEASE_SECONDS)
    await take_one(engine)
    await held.renew()
    clock.present = START
    assert not held.is_sure()
    with pytest.raises(jobs.Interrupted):
        held.check()


async def test_the_heartbeat_keeps_a_job_for_as_long_as_it_is_worked_at(
    engine: Engine, clock: Clock
) -> None:
    await add(engine, "a")
    held = await take_one(engine, seconds=0.03)
    beaten = asyncio.Event()

    async def beat() -> None:
        beaten.set()

    async def work(engine: Engine, held: Held) -> None:
        clock.advance(seconds=1)
        steppable(engine).after["update_one", "jobs"] = beat
        await beaten.wait()
        assert await take(engine) == []

    assert (await jobs.run(engine, held, work)).result is Result.DONE


async def test_a_job_that_fails_is_tried_again_later_and_dead_after_its_last_attempt(
    engine: Engine, clock: Clock
) -> None:
    await add(engine, "a")
    results = []
    for _ in range(ATTEMPTS):
        outcome = await jobs.run(engine, await take_one(engine), break_down)
        assert str(outcome.error) == "it broke"
        results.append(outcome.result)
        assert await take(engine) == []
        clock.advance(hours=2)
    assert results == [Result.FAILED] * (ATTEMPTS - 1) + [Result.DEAD]
    assert await take(engine) == []
    (dead,) = await jobs.dead(engine.mongo, Walk(10))
    assert (dead.id, dead.status, dead.error) == ("a", Status.DEAD, "RuntimeError: it broke")
    assert dead.data == {"at": 0}


async def test_an_error_is_kept_short_and_as_text(engine: Engine) -> None:
    async def break_badly(engine: Engine, held: Held) -> None:
        raise RuntimeError("\ud800" + "x" * 10_000)

    await add(engine, "a")
    assert (await jobs.run(engine, await take_one(engine), break_badly)).result is Result.FAILED
    assert (await find(engine)).error == f"RuntimeError: ?{'x' * 485}"


async def test_an_error_is_kept_without_what_may_be_personal(engine: Engine) -> None:
    async def read_badly(engine: Engine, held: Held) -> None:
        raise ValueError("of anna@example.com, +45 12 34 56 78: input_value='Anna'\nnext line")

    await add(engine, "a")
    await jobs.run(engine, await take_one(engine), read_badly)
    kept = "ValueError: of [removed], [removed]: input_value='…'"
    assert (await find(engine)).error == kept


async def test_what_is_always_too_slow_is_dead_in_the_end(engine: Engine, clock: Clock) -> None:
    numbers = {"$range": [0, 20_000]}
    summed = {"input": numbers, "initialValue": 0, "in": {"$add": ["$$value", "$$this", "$$n"]}}
    sums = {"$map": {"input": numbers, "as": "n", "in": {"$reduce": summed}}}

    async def take_long(engine: Engine, held: Held) -> None:
        heavy = {"$match": {"$expr": {"$gt": [{"$sum": [sums, "$due_at"]}, 0]}}}
        await engine.mongo.aggregate("jobs", [heavy], seconds=1)

    await add(engine, "a")
    assert (await jobs.run(engine, await take_one(engine), take_long)).result is Result.FAILED
    waiting = await find(engine)
    assert (waiting.attempts, str(waiting.error)[:8]) == (1, "TooSlow:")
    assert (await jobs.tallies(engine.mongo, [KIND]))[0].failing == 1


async def test_coming_further_starts_the_attempts_anew(engine: Engine, clock: Clock) -> None:
    async def one_step(engine: Engine, held: Held) -> None:
        assert await held.progress({"at": held.job.data["at"] + 1})
        raise RuntimeError("after a step")

    await add(engine, "a")
    for _ in range(ATTEMPTS + 2):
        assert (await jobs.run(engine, await take_one(engine), one_step)).result is Result.FAILED
        clock.advance(seconds=7)
    assert (await find(engine)).data == {"at": ATTEMPTS + 2}


async def test_a_job_that_ends_its_workers_is_dead_in_the_end(engine: Engine, clock: Clock) -> None:
    await add(engine, "a")
    for _ in range(ATTEMPTS):
        await take_one(engine)
        clock.advance(seconds=LEASE_SECONDS)
    outcome = await jobs.run(engine, await take_one(engine), do_nothing)
    assert outcome.result is Result.DEAD  # which is told as any other death
    dead = await find(engine)
    why = "WorkersEnded: 8 workers ended while they held it"
    assert (dead.status, dead.error) == (Status.DEAD, why)


async def test_waiting_giving_back_and_an_outage_are_no_attempts(
    engine: Engine, clock: Clock
) -> None:
    async def wait(engine: Engine, held: Held) -> datetime:
        return clock() + timedelta(hours=1)

    async def give_back(engine: Engine, held: Held) -> None:
        held.stop()
        held.check()

    async def meet_outage(engine: Engine, held: Held) -> None:
        raise Unavailable("for a moment")

    await add(engine, "a")
    steps: list[tuple[jobs.Handler, Result, int]] = [
        (wait, Result.AGAIN, 3_600),
        (give_back, Result.INTERRUPTED, 0),
        (meet_outage, Result.OUTAGE, 1),
    ]
    for work, result, seconds in steps:
        assert (await jobs.run(engine, await take_one(engine), work)).result is result
        waiting = await find(engine)
        assert (waiting.status, waiting.attempts) == (Status.WAITING, 0)
        assert waiting.due_at == clock() + timedelta(seconds=seconds)
        clock.advance(seconds=seconds)


async def test_a_dead_job_is_brought_back_once_with_all_its_attempts(
    engine: Engine, clock: Clock
) -> None:
    await add(engine, "a", "b")
    for _ in range(ATTEMPTS):
        for held in await take(engine):
            await jobs.run(engine, held, break_down)
        clock.advance(hours=2)
    assert await jobs.count_dead(engine.mongo) == 2
    first = await jobs.dead(engine.mongo, Walk(1))
    assert first[0].died_at is not None
    place = (first[0].died_at, first[0].id)
    assert ids(await jobs.dead(engine.mongo, Walk(9, place))) == ["a"]
    assert ids(await jobs.dead(engine.mongo, Walk(9, place, back=True))) == []
    assert ids(await jobs.dead(engine.mongo, Walk(9), KIND)) == ["a", "b"]
    assert await jobs.dead(engine.mongo, Walk(9), "other") == []
    assert (await jobs.retry(engine, "a", "staff:eva")).status is Status.WAITING
    for unknown in ("a", "unknown"):
        for verb in (jobs.retry, jobs.give_up):
            with pytest.raises(Refused, check=is_not_dead(unknown)):
                await verb(engine, unknown, "staff:eva")
    held = await take_one(engine)
    assert (held.job.id, held.job.attempts, held.job.data) == ("a", 1, {"at": 0})
    assert await jobs.count_dead(engine.mongo) == 1


def is_not_dead(name: str) -> Callable[[Refused], bool]:
    return lambda refused: refused.refusal == jobs.JobNotDead(name)


async def test_a_dead_job_that_is_given_up_is_never_done_and_never_comes_again(
    engine: Engine, clock: Clock
) -> None:
    await add(engine, "a")
    await engine.mongo.update_one("jobs", {"_id": "a"}, {"$set": {"attempts": ATTEMPTS - 1}})
    assert (await jobs.run(engine, await take_one(engine), break_down)).result is Result.DEAD
    assert (await jobs.give_up(engine, "a", "staff:eva")).status is Status.DONE
    assert await jobs.count_dead(engine.mongo) == 0
    assert (await add(engine, "a"), await take(engine)) == (0, [])


async def test_jobs_made_together_are_released_and_counted_together(
    engine: Engine, clock: Clock
) -> None:
    later = timedelta(days=1)
    await add(engine, "c1:0", "c1:1", "c10:0", due_at=later)
    assert await take(engine) == []
    assert await jobs.release(engine.mongo, "c1:", clock()) == 2
    assert await jobs.left(engine.mongo, "c1:") == 2
    for held in await take(engine):
        await jobs.run(engine, held, do_nothing)
    assert [await jobs.left(engine.mongo, prefix) for prefix in ("c1:", "c10:")] == [0, 1]


async def test_jobs_are_counted_by_kind_and_where_they_stand(engine: Engine, clock: Clock) -> None:
    await add(engine, "a", "b", "c")
    await jobs.enqueue(engine.mongo, [Job("x", "unknown", START)])
    (failing,) = await take(engine, 1)
    await jobs.run(engine, failing, break_down)
    await take_one(engine)
    tallies = {t.status: t for t in await jobs.tallies(engine.mongo, [KIND])}
    assert set(tallies) == {Status.WAITING, Status.RUNNING}
    waiting = tallies[Status.WAITING]
    assert (waiting.kind, waiting.count, waiting.failing) == (KIND, 2, 1)
    assert waiting.oldest_due_at == START


async def test_a_recurring_job_begins_once_and_keeps_when_it_is_due(
    engine: Engine, clock: Clock
) -> None:
    async def tick(engine: Engine, held: Held) -> datetime:
        return clock() + timedelta(seconds=2)

    job = Job("sweep", KIND, clock(), recurs=True)
    await jobs.begin_recurring(engine.mongo, [job])
    assert (await jobs.run(engine, await take_one(engine), tick)).result is Result.AGAIN
    await jobs.begin_recurring(engine.mongo, [job])
    assert await take(engine) == []
    clock.advance(seconds=2)
    for _ in range(ATTEMPTS + 1):
        held = await take_one(engine)
        assert (await jobs.run(engine, held, break_down)).result is Result.FAILED
        clock.advance(minutes=2)
