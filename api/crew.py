"""A worker's hands: jobs of some kinds done at once, never more than it has places for."""

import asyncio
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from api.metrics import Metrics
from loyalty import jobs
from loyalty.ending import end
from loyalty.engine import Engine
from loyalty.errors import Unavailable
from loyalty.jobs import Handler, Held, Lease, Outcome, Result

BUSY_SECONDS = 10.0  # without a place there is nothing to do but to show that it goes on

_log = structlog.get_logger()


@dataclass(slots=True)
class Crew:
    """Take jobs while there are places, and run them beside each other."""

    engine: Engine
    metrics: Metrics
    handlers: Mapping[str, Handler]
    places: int
    lease_seconds: int
    running: dict[asyncio.Task[None], Held] = field(default_factory=dict)

    async def take(self) -> int:
        """Begin jobs that are due, as many as there are places; count them. Raises Unavailable."""
        free = self.places - len(self.running)
        if free <= 0 or not self.handlers:
            return 0
        holder = f"{socket.gethostname()}:{os.getpid()}:{self.engine.new_id()}"
        lease = Lease(holder, self.lease_seconds)
        taken = await jobs.take(self.engine, self.handlers, lease, free)
        for held in taken:
            task = asyncio.create_task(self._run(held))
            self.running[task] = held
            task.add_done_callback(self.running.pop)
        return len(taken)

    async def wait(self, stopping: asyncio.Event, seconds: float) -> None:
        """Wait until a job ends or the worker stops; while there are places, not for longer."""
        stop = asyncio.create_task(stopping.wait())
        limit = seconds if len(self.running) < self.places else BUSY_SECONDS
        try:
            await asyncio.wait(
                [stop, *self.running], timeout=limit, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            stop.cancel()

    async def drain(self, seconds: float) -> None:
        """Let every job come to its next step and be given back; end those that take too long."""
        for held in self.running.values():
            held.stop()
        if self.running:
            await asyncio.wait(self.running, timeout=seconds)
        await end(self.running)

    async def _run(self, held: Held) -> None:
        try:
            outcome = await jobs.run(self.engine, held, self.handlers[held.job.kind])
        except Unavailable as error:
            outcome = Outcome(Result.OUTAGE, error=error)
        except Exception as error:  # noqa: BLE001 - what cannot be settled must not end the crew
            outcome = Outcome(Result.FAILED, error=error)
        self.metrics.job(held.job.kind, outcome.result)
        _tell(held, outcome)


def _tell(held: Held, outcome: Outcome) -> None:
    """Log what somebody may want to look into."""
    told = {"kind": held.job.kind, "job": held.job.id, "attempt": held.job.attempts}
    match outcome.result:
        case Result.OUTAGE:  # of which the worker tells, and when it is over
            _log.info("job_waits", reason=str(outcome.error), **told)
        case Result.LOST:
            _log.warning("job_lost", **told)
        case Result.FAILED:
            _log.warning("job_failed", exc_info=outcome.error, **told)
        case Result.DEAD:
            _log.error("job_dead", exc_info=outcome.error, **told)
