"""Is the process alive, is it ready for work, and how much has it done; for machines only."""

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from api.installation import Installation
from api.metrics import CONTENT_TYPE, JOBS
from loyalty import jobs, outbox
from loyalty.errors import Unavailable

PATIENCE_SECONDS = 0.4


@dataclass(slots=True)
class Health:
    """Answer the probes; `stopping` turns readiness off while running requests are finished."""

    house: Installation
    stopping: bool = False

    def routes(self) -> list[BaseRoute]:
        """List the three routes."""
        return [
            Route("/livez", self.livez),
            Route("/readyz", self.readyz),
            Route("/metrics", self.metrics),
        ]

    async def livez(self, _request: Request) -> Response:
        """Answer 200 as long as the event loop turns; never asks the database."""
        return PlainTextResponse("alive\n")

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
