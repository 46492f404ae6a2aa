"""A job in hand: held by a heartbeat, run by its handler, settled by what came of it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from loyalty import leases, privacy
from loyalty.engine import Engine
from loyalty.errors import Refused, TooSlow, Unavailable
from loyalty.jobs import rules, store
from loyalty.jobs.rules import Job, JobNotDead, Lease, Status
from loyalty.leases import Asked
from loyalty.mongo import Document

OUTAGE = timedelta(seconds=1)
AGAIN_SECONDS = 0.2


class Interrupted(Exception):
    """Say that a job is given back before its end: the lease may be over, or the worker stops."""


class WorkersEnded(Exception):
    """Say that a job is not tried once more: too many workers ended while they held it."""


class Held:
    """A job in hand, until it is settled."""

    def __init__(self, engine: Engine, job: Job, lease: Lease, asked: Asked) -> None:
        self.job = job
        self._engine = engine
        self._lease = timedelta(seconds=lease.seconds)
        self._asked = asked
        self._is_over = False

    def is_sure(self) -> bool:
        """Tell whether nobody else can have taken the job, and the worker goes on."""
        return not self._is_over and self._asked.is_sure(self._lease, self._engine.clock())

    def check(self) -> None:
        """Raise Interrupted when it is not sure that the job is still held."""
        if not self.is_sure():
            raise Interrupted(self.job.id)

    def stop(self) -> None:
        """Let the handler give the job back at its next step."""
        self._is_over = True

    async def progress(self, data: Document) -> bool:
        """Keep how far the job has come; False when it is another's by now. Raises Unavailable."""
        kept = await store.progress(self._engine.mongo, self.job, data)
        if kept:
            self.job = replace(self.job, data=data, attempts=1)
        else:
            self._is_over = True
        return kept

    async def renew(self) -> None:
        """Ask for the whole lease once more. Raises Unavailable."""
        asked = leases.asked(self._engine.clock())
        if await store.renew(self._engine.mongo, self.job, asked.at + self._lease):
            self._asked = asked
        else:
            self._is_over = True

    def kept(self) -> AbstractAsyncContextManager[None]:
        """Renew the lease three times in its life for as long as the block runs."""
        return leases.kept(self._lease, self.renew)


Handler = Callable[[Engine, Held], Awaitable[datetime | None]]


class Result(StrEnum):
    """What came of running a job once."""

    DONE = "done"
    AGAIN = "again"
    FAILED = "failed"
    DEAD = "dead"
    LOST = "lost"
    INTERRUPTED = "interrupted"
    OUTAGE = "outage"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of running a job once: when it goes on, and the error where there was one."""

    result: Result
    due_at: datetime | None = None
    error: Exception | None = None


async def take(engine: Engine, kinds: Collection[str], lease: Lease, limit: int) -> list[Held]:
    """Take up to `limit` jobs of these kinds that are due. Raises Unavailable."""
    asked = leases.asked(engine.clock())
    found = await store.take(engine.mongo, kinds, asked.at, lease, limit)
    return [Held(engine, job, lease, asked) for job in found]


async def run(engine: Engine, held: Held, work: Handler) -> Outcome:
    """Let a handler work at a job that is held, and settle it.

    Raises Unavailable when that cannot be written while the job is surely held: it is then taken
    again after its lease.
    """
    async with held.kept():
        outcome = await _work(engine, held, work)
        while True:
            try:
                return await _settle(engine, held, outcome)
            except Unavailable:
                if not held.is_sure():
                    raise
                await asyncio.sleep(AGAIN_SECONDS)


async def _work(engine: Engine, held: Held, work: Handler) -> Outcome:
    """Let the handler work, and decide what comes of it."""
    if rules.is_spent(held.job):
        ended = WorkersEnded(f"{rules.ATTEMPTS} workers ended while they held it")
        return Outcome(Result.FAILED, None, ended)
    try:
        due_at = await work(engine, held)
    except Interrupted:
        return Outcome(Result.INTERRUPTED, engine.clock())
    except TooSlow as error:  # which it may be for ever
        return Outcome(Result.FAILED, None, error)
    except Unavailable as error:
        return Outcome(Result.OUTAGE, engine.clock() + OUTAGE, error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the job is tried again or dead
        return Outcome(Result.FAILED, None, error)
    return Outcome(Result.AGAIN if due_at else Result.DONE, due_at)


async def _settle(engine: Engine, held: Held, outcome: Outcome) -> Outcome:
    """Write what came of a job, unless it is another's by now."""
    mongo, job, now = engine.mongo, held.job, engine.clock()
    if outcome.error is not None and outcome.result is Result.FAILED:
        why = privacy.describe(outcome.error)
        status = await store.fail(mongo, job, why, now)
        is_mine = status is not None
        outcome = replace(outcome, result=Result.DEAD) if status is Status.DEAD else outcome
    elif outcome.due_at is not None:
        is_mine = await store.again(mongo, job, outcome.due_at)
    else:
        is_mine = await store.finish(mongo, job, now)
    return outcome if is_mine else replace(outcome, result=Result.LOST)


async def retry(engine: Engine, job_id: str, by: str) -> Job:
    """Let a dead job be tried again, with all its attempts. Raises Refused with JobNotDead."""
    return _dead_one(job_id, await store.bring_back(engine.mongo, job_id, by, engine.clock()))


async def give_up(engine: Engine, job_id: str, by: str) -> Job:
    """Count a dead job as done, though it is not. Raises Refused with JobNotDead."""
    return _dead_one(job_id, await store.give_up(engine.mongo, job_id, by, engine.clock()))


def _dead_one(job_id: str, found: Job | None) -> Job:
    if found is None:
        raise Refused(JobNotDead(job_id))
    return found


async def work_off(engine: Engine, handlers: Mapping[str, Handler], limit: int = 200) -> int:
    """Take and run, one by one, what is due until nothing is; return how many runs that took.

    For whom drives the engine by hand. Raises what a handler raised, once its job is settled.
    """
    total = 0
    while taken := await take(engine, handlers, Lease(engine.new_id()), limit):
        for held in taken:
            outcome = await run(engine, held, handlers[held.job.kind])
            if outcome.error is not None:
                raise outcome.error
        total += len(taken)
    return total
