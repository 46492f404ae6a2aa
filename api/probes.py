"""The port of a worker by itself: the probes of `serve`, and nothing else."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import structlog
import uvicorn
from starlette.applications import Starlette

from api.health import Health
from api.listening import configured

_log = structlog.get_logger()


class _Server(uvicorn.Server):
    """A server that leaves signals to the worker, which goes on while it drains."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@contextlib.asynccontextmanager
async def answered(health: Health, listener: socket.socket | None) -> AsyncIterator[None]:
    """Answer the probes of a worker for as long as the block runs; without a listener nobody."""
    if listener is None:
        yield
        return
    host, port = listener.getsockname()[:2]
    _log.info("answering_probes", host=host, port=port)
    app = Starlette(routes=health.routes())
    server = _Server(configured(app, health.house.settings, lifespan="off", ws="none"))
    answering = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await answering
