"""Is the process alive, is it ready for work, and how much has it done; for machines only."""

import asyncio
import time
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from api.installation import Installation
from api.metrics import CONTENT_TYPE, JOBS, Metrics
from loyalty import jobs, outbox
from loyalty.errors import Unavailable

PATIENCE_SECONDS = 0.4
STUCK_SECONDS = 120.0  # a turn waits for the database and for Firebase, which all have their limits


@dataclass(slots=True)
class Pulse:
    """Know when each loop of a worker last turned."""

    metrics: Metrics
    _turned: dict[str, float] = field(default_factory=dict)

    def turn(self, loop: str) -> None:
        """Note that a loop turns."""
        self._turned[loop] = time.monotonic()
        self.metrics.worker_turned(loop)

    def stuck(self) -> str:
        """Name the loops that have not turned for two minutes; '' while all do."""
        since = time.monotonic() - STUCK_SECONDS
        return ", ".join(sorted(loop for loop, at in self._turned.items() if at < since))


@dataclass(slots=True)
class Health:
    """Answer the probes; `stopping` turns readiness off while running requests are finished.

    Of a worker by itself `pulse` tells whether it is alive.
    """

    house: Installation
    pulse: Pulse | None = None
    stopping: bool = False

    def routes(self) -> list[BaseRoute]:
        """List the three routes."""
        return [
            Route("/livez", self.livez),
            Route("/readyz", self.readyz),
            Route("/metrics", self.metrics),
        ]

    async def livez(self, _request: Request) -> Response:
        """Answer 200 as long as the event loop turns, and a worker's own; asks no database."""
        stuck = self.pulse.stuck() if self.pulse else ""
        said = f"does not go on: {stuck}" if stuck else "alive"
        return PlainTextResponse(f"{said}\n", status_code=503 if stuck else 200)

    async def readyz(self, _request: Request) -> Response:
        """Answer 200 while a writable primary answers within half a second, else 503."""
        reason = await self._why_not_ready()
        return PlainTextResponse(f"{reason or 'ready'}\n", status_code=503 if reason else 200)

    async def _why_not_ready(self) -> str:
        if self.stopping:
            return "stopping"
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                writable = await self.house.mongo.ping_primary()
        except (Unavailable, TimeoutError):
            return "the database does not answer"
        return "" if writable else "the database has no writable primary"

    async def metrics(self, _request: Request) -> Response:
        """Answer with every value in Prometheus' text form."""
        await self._note_what_waits()
        return Response(self.house.metrics.render(), media_type=CONTENT_TYPE)

    async def _note_what_waits(self) -> None:
        """Ask for the facts and jobs that wait; during an outage what was last known stays."""
        mongo, metrics = self.house.mongo, self.house.metrics
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                since = await outbox.oldest_waiting(mongo)
                tallies = await jobs.tallies(mongo, JOBS)
        except (Unavailable, TimeoutError):
            return
        now = self.house.engine.clock()
        metrics.outbox_lag((now - since).total_seconds() if since else 0)
        metrics.jobs(tallies, now)
