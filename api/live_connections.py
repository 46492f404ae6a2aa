"""Sockets and streams that stay open: counted, capped, and each ended for one reason; no protocol.

What belongs to a connection runs as its tasks, and none of them outlives it.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.types import Scope

from api.clock import now
from api.graphql_requests import BadRequest
from api.identity import ANONYMOUS, LEEWAY, Caller, Unauthenticated
from api.rate_limits import RateLimited
from api.settings import Settings
from api.visitors import Visit, Visitor
from loyalty.ending import end
from loyalty.errors import Unavailable

RECHECK_SECONDS = 60.0  # how soon a key that was revoked ends what it opened
STOP_SECONDS = 2.0  # for saying goodbye to everybody

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class End:
    """Why a connection ends: the close code of a socket, and the error that a stream ends with."""

    code: int
    said: str
    error: str | None = None


DONE = End(1000, "Done.")
GONE = End(1000, "The client has left.")
GOING_AWAY = End(1001, "The server stops: connect again.", "UNAVAILABLE")
CROWDED = End(1013, "Too many connections: try again later.", "RATE_LIMITED")
EXPIRED = End(4403, "The credentials are not valid any more.", "UNAUTHENTICATED")
BROKEN = End(4500, "A fault of the server.", "INTERNAL_SERVER_ERROR")


class Crowded(Exception):
    """Say that an address or a caller has as many connections as it may have."""


class Connection:
    """One socket or stream, until the first reason to end it."""

    def __init__(self) -> None:
        self._over: asyncio.Future[End] = asyncio.get_running_loop().create_future()
        self._tasks: set[asyncio.Task[None]] = set()

    def end(self, why: End) -> None:
        """End it, unless that has happened."""
        if not self._over.done():
            self._over.set_result(why)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something for as long as the connection lasts."""
        task = asyncio.get_running_loop().create_task(self._run(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def until_over(self) -> End:
        """Wait for the end, and until nothing of it runs any more."""
        try:
            return await self._over
        finally:
            await end(self._tasks)

    async def _run(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except OSError:  # what was sent met nobody
            self.end(GONE)
        except Exception:  # noqa: BLE001 - logged; the other connections go on
            _log.exception("connection_failed")
            self.end(BROKEN)

    async def guard(self, visit: Visit, admit: Callable[[Visitor], Awaitable[Visit]]) -> None:
        """End the connection when its credentials expire, or are found to be revoked."""
        while visit.caller is not ANONYMOUS:
            await asyncio.sleep(_next_check(visit.caller))
            try:
                visit = await admit(visit.visitor)
            except (Unauthenticated, BadRequest, RateLimited):
                self.end(EXPIRED)
                return
            except Unavailable:
                continue


def _next_check(caller: Caller) -> float:
    """Give the seconds until the credentials expire, or are looked at again."""
    if caller.expires_at is None:
        return RECHECK_SECONDS
    left = (caller.expires_at + LEEWAY - now()).total_seconds()
    return min(max(left, 0.1), RECHECK_SECONDS)


class Connections:
    """Every connection of a process that stays open."""

    def __init__(self, settings: Settings) -> None:
        self._limits = {
            "address": settings.live_per_address,
            "caller": settings.live_per_caller,
        }
        self._taken: Counter[tuple[str, str]] = Counter()
        self._open: set[Connection] = set()
        self._empty = asyncio.Event()
        self._stopping = False

    @property
    def count(self) -> int:
        """Count those that are open."""
        return len(self._open)

    @asynccontextmanager
    async def open(self, scope: Scope) -> AsyncIterator[Connection]:
        """Make room for one more. Raises Crowded."""
        with self.seat("address", address_of(scope)):
            connection = Connection()
            self._open.add(connection)
            if self._stopping:
                connection.end(GOING_AWAY)
            try:
                yield connection
            finally:
                self._open.discard(connection)
                if not self._open:
                    self._empty.set()

    @contextmanager
    def seat(self, kind: str, who: str) -> Iterator[None]:
        """Count one more of an address or a caller. Raises Crowded."""
        if self._taken[kind, who] >= self._limits[kind]:
            raise Crowded
        self._taken[kind, who] += 1
        try:
            yield
        finally:
            self._taken[kind, who] -= 1
            if not self._taken[kind, who]:
                del self._taken[kind, who]

    @contextmanager
    def seat_of(self, caller: Caller) -> Iterator[None]:
        """Count one more of who calls; of those without a token only their address counts."""
        if caller is ANONYMOUS:
            yield
            return
        with self.seat("caller", f"{caller.kind}:{caller.identity_key}"):
            yield

    async def close(self) -> None:
        """Say goodbye to everybody, and wait a moment until it is said."""
        self._stopping = True
        self._empty.clear()
        for connection in self._open:
            connection.end(GOING_AWAY)
        if self._open:
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await self._empty.wait()
            except TimeoutError:
                _log.warning("connections_cut_off", count=self.count)


def address_of(scope: Scope) -> str:
    """Give the address that a connection comes from."""
    client = scope.get("client")
    return str(client[0]) if client else ""
