"""Subscriptions over plain HTTP: as server-sent events, or in parts as Apollo's clients want them.

Nothing but subscriptions is streamed, whatever else a client would take.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.graph import Answer, Graph, Prepared
from api.graphql_requests import preferences
from api.live_connections import DONE, EXPIRED, GONE, Connection, Connections, End
from api.visitors import Visit

HEARTBEAT_SECONDS = 12.0  # below the time after which proxies drop what is silent

HEADERS = {
    "Cache-Control": "no-store",
    "Vary": "Accept, Authorization, Accept-Language",
    "X-Accel-Buffering": "no",  # a proxy is to pass on what it gets
}

Json = dict[str, Any]
Say = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Framing:
    """How answers follow each other: what goes before, around, and after them."""

    media: str
    start: bytes
    head: bytes
    tail: bytes
    heartbeat: bytes
    complete: bytes
    wrapped: bool

    def answer(self, body: Json) -> bytes:
        """Frame the answer to one event."""
        return self.head + orjson.dumps({"payload": body} if self.wrapped else body) + self.tail

    def last(self, end: End) -> bytes:
        """Say why there is no more.

        What the client can mend by connecting again does not complete the subscription.
        """
        if end.error is None:
            return self.complete
        errors = [{"message": end.said, "extensions": {"code": end.error}}]
        body = {"payload": None, "errors": errors} if self.wrapped else {"errors": errors}
        told = self.head + orjson.dumps(body) + self.tail
        return told + self.complete if end is EXPIRED or self.wrapped else told


# Lines end with LF alone: urql waits for ever on CRLF.
EVENTS = Framing(
    media="text/event-stream; charset=utf-8",
    start=b"",
    head=b"event: next\ndata: ",
    tail=b"\n\n",
    heartbeat=b":\n\n",
    complete=b"event: complete\ndata:\n\n",
    wrapped=False,
)
# Clients show a part when they see the delimiter after it, so that goes with the part.
PARTS = Framing(
    media='multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"',
    start=b"--graphql",
    head=b"\r\nContent-Type: application/json\r\n\r\n",
    tail=b"\r\n--graphql",
    heartbeat=b"\r\nContent-Type: application/json\r\n\r\n{}\r\n--graphql",
    complete=b"--\r\n",
    wrapped=True,
)

_PARTS = re.compile(r"multipart/mixed;(.*;)?\s*subscriptionspec=\"?1\.0\"?(;.*)?", re.IGNORECASE)


def choose_framing(accept: str | None) -> Framing | None:
    """Choose how to stream, by what is wanted most; None where no stream is wanted by name."""
    found = []
    for part in (accept or "").split(","):
        (weighed,) = preferences(part)[:1] or [("", 0.0)]
        if weighed[0].lower() == "text/event-stream":
            found.append((weighed[1], EVENTS))
        elif _PARTS.fullmatch(part.strip()):
            found.append((weighed[1], PARTS))
    wanted = [choice for choice in found if choice[0] > 0]
    return max(wanted, key=lambda choice: choice[0])[1] if wanted else None


def streamed_once(framing: Framing, answer: Answer) -> Response:
    """Answer in the form of a stream where nothing else is taken, as a refused document is."""
    body = framing.start + framing.answer(answer.body) + framing.complete
    return Response(body, headers={**HEADERS, "Content-Type": framing.media})


class Stream:
    """The answer to one subscription: an ASGI application. Raises Crowded before it begins."""

    def __init__(
        self,
        graph: Graph,
        connections: Connections,
        visit: Visit,
        prepared: Prepared,
        framing: Framing,
    ) -> None:
        self._graph = graph
        self._connections = connections
        self._visit = visit
        self._prepared = prepared
        self._framing = framing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until there is no more, or one of both sides leaves."""
        async with self._connections.open(scope) as connection:
            with self._connections.seat_of(self._visit.caller):
                await self._serve(connection, receive, send)

    async def _serve(self, connection: Connection, receive: Receive, send: Send) -> None:
        visit, framing = self._visit, self._framing
        headers = {**HEADERS, "Content-Type": framing.media}
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        say = partial(send_part, send)
        await say(framing.start)
        connection.start(notice_leaving(receive, connection))
        connection.start(connection.guard(visit, self._graph.admit))
        connection.start(keep_alive(say, framing.heartbeat))
        connection.start(self._tell(say, connection))
        end = await connection.until_over()
        await say(framing.last(end), more=False)

    async def _tell(self, say: Say, connection: Connection) -> None:
        async with aclosing(self._graph.follow(self._visit, self._prepared)) as answers:
            async for answer in answers:
                await say(self._framing.answer(answer.body))
        connection.end(DONE)


async def send_part(send: Send, text: bytes, *, more: bool = True) -> None:
    """Send a part of a stream; the last one ends it."""
    await send({"type": "http.response.body", "body": text, "more_body": more})


async def notice_leaving(receive: Receive, connection: Connection) -> None:
    """End the connection when the client leaves."""
    while (await receive())["type"] != "http.disconnect":
        pass
    connection.end(GONE)


async def keep_alive(say: Say, heartbeat: bytes) -> None:
    """Say something every now and then."""
    while True:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        await say(heartbeat)
