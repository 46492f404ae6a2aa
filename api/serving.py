"""How the API listens and stops: readiness off, running requests finished, then the end."""

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable
from types import FrameType
from typing import Any

import structlog
import uvicorn

from api import worker
from api.app import MoreRoutes, create_app
from api.health import Health
from api.installation import Installation
from api.listening import configured
from api.live_connections import Connections
from api.settings import Settings

# A balancer asks for readiness every few seconds; until it noticed, requests still come.
BALANCER_SECONDS = 3.0

_log = structlog.get_logger()


class Server(uvicorn.Server):
    """A uvicorn server that turns readiness off and waits for the balancer before it stops."""

    def __init__(
        self,
        house: Installation,
        on_ready: Callable[[], None],
        more_routes: MoreRoutes = lambda *_: (),
        **more: Any,
    ) -> None:
        app = create_app(house, more_routes)
        super().__init__(configured(app, house.settings, **more))
        self._health: Health = app.state.health
        self._connections: Connections = app.state.connections
        self._on_ready = on_ready
        self._exit_at = 0.0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        await super().startup(sockets)
        self._on_ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Begin to stop; a second signal does not wait for the balancer, a third for anything."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        wait = 0.0 if self._health.stopping else balancer_seconds(self._health.house.settings)
        self._health.stopping = True
        self._exit_at = time.monotonic() + wait
        if not wait:
            self.should_exit = True

    def stop(self) -> None:
        """Begin to stop, as after a signal."""
        self.handle_exit(signal.SIGTERM, None)

    async def on_tick(self, counter: int) -> bool:
        """Tell, ten times a second, whether it is time to stop."""
        if self._health.stopping and time.monotonic() >= self._exit_at:
            self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say goodbye to those who only listen, then finish what was requested."""
        await self._connections.close()
        await super().shutdown(sockets)


def balancer_seconds(settings: Settings) -> float:
    """Give how long to stay open after readiness is off; nobody balances on a laptop."""
    return BALANCER_SECONDS if settings.profile == "production" else 0.0


async def serve(
    house: Installation,
    listener: socket.socket,
    *,
    with_worker: bool = False,
    on_ready: Callable[[], None] = lambda: None,
    more_routes: MoreRoutes = lambda *_: (),
) -> None:
    """Serve the API, and `more_routes`, until a signal or a cancellation asks to stop.

    What is requested by then gets `shutdown_grace_seconds` to finish.
    """
    server = Server(house, on_ready, more_routes)
    host, port = listener.getsockname()[:2]
    _log.info("serving", host=host, port=port, worker=with_worker)
    async with contextlib.AsyncExitStack() as stack:
        if with_worker:
            await stack.enter_async_context(worker_inside(house))
        await worker.finish(server.serve(sockets=[listener]), server.stop)
    _log.info("stopped")


@contextlib.asynccontextmanager
async def worker_inside(house: Installation) -> AsyncIterator[None]:
    """Run a worker in this process; at the end it finishes what it holds.

    Raises NoPushCredentials.
    """
    stopping = asyncio.Event()
    async with worker.sending(house.settings) as sender:
        task = asyncio.create_task(worker.run(house, sender, stopping))
        try:
            yield
        finally:
            stopping.set()
            await task
