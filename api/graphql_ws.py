"""A door of the graph over WebSocket, as the graphql-transport-ws protocol has it.

Queries and mutations are taken as well: by the same ways, limits and deadlines as over HTTP.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack, aclosing
from typing import Any

import orjson
import structlog
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from api.documents import DocumentRefused
from api.graph import FAILURES, Answer, Graph, refused
from api.graphql_requests import (
    MALFORMED,
    BadRequest,
    Parameters,
    parameters_of,
    read_json,
)
from api.identity import Caller, Unauthenticated
from api.live_connections import CROWDED, GONE, Connection, Connections, Crowded, End
from api.origins import is_foreign
from api.rate_limits import RateLimited
from api.visitors import Visit, Visitor, visitor_of
from loyalty.errors import Unavailable

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 5.0
OPERATIONS_LIMIT = 20
ID_LIMIT = 128

BAD_MESSAGE = End(4400, "Not a message of graphql-transport-ws.")
NOT_INITIALISED = End(4401, "Send connection_init first.")
FORBIDDEN = End(4403, "The credentials are not valid here.")
WRONG_PROTOCOL = End(4406, f"Ask for the subprotocol {PROTOCOL}.")
INIT_TOO_LATE = End(4408, "No connection_init came in time.")
INIT_AGAIN = End(4429, "connection_init was sent before.")
UNAVAILABLE = End(1013, "Not possible right now: try again later.")

Message = dict[str, Any]

_log = structlog.get_logger()


class Violation(Exception):
    """Carry why a socket is closed."""

    def __init__(self, end: End) -> None:
        super().__init__(end.said)
        self.end = end


class SocketDoor:
    """The sockets of one door: an ASGI application for one path."""

    def __init__(self, graph: Graph, connections: Connections) -> None:
        self._graph = graph
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket to its end."""
        await receive()  # that somebody wants to connect
        if is_foreign(Headers(scope=scope), self._graph.house.settings.cors_origins):
            await send({"type": "websocket.close"})  # before it was accepted: an HTTP 403
            return
        started = time.perf_counter()
        is_known = PROTOCOL in scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL if is_known else None})
        end = await self._serve(scope, receive, send) if is_known else WRONG_PROTOCOL
        seconds = round(time.perf_counter() - started, 1)
        _log.info("socket_closed", door=self._graph.door, code=end.code, seconds=seconds)
        if end is not GONE:
            await send({"type": "websocket.close", "code": end.code, "reason": end.said})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> End:
        try:
            async with self._connections.open(scope) as connection:
                with ExitStack() as seats:

                    def take_seat(caller: Caller) -> None:
                        seats.enter_context(self._connections.seat_of(caller))

                    socket = Socket(self._graph, connection, take_seat, send)
                    connection.start(socket.read(receive, HTTPConnection(scope)))
                    return await connection.until_over()
        except Crowded:
            return CROWDED


class Socket:
    """One socket: reads messages one after the other, and runs operations beside each other."""

    def __init__(
        self,
        graph: Graph,
        connection: Connection,
        take_seat: Callable[[Caller], None],
        send: Send,
    ) -> None:
        self._graph = graph
        self._connection = connection
        self._take_seat = take_seat
        self._send = send
        self._visit: Visit | None = None
        self._operations: dict[str, asyncio.Task[None]] = {}

    async def read(self, receive: Receive, opening: HTTPConnection) -> None:
        """Do what the messages ask, until there are no more or one breaks the protocol."""
        end = self._connection.end
        in_time = asyncio.get_running_loop().call_later(INIT_SECONDS, end, INIT_TOO_LATE)
        try:
            while (event := await receive())["type"] == "websocket.receive":
                message = _read_message(event.get("text"))
                if message["type"] == "connection_init":
                    await self._initialise(visitor_of(opening, _told(message)))
                    in_time.cancel()
                else:
                    await self._do(message)
            end(GONE)
        except Violation as violation:
            end(violation.end)
        finally:
            in_time.cancel()

    async def _initialise(self, visitor: Visitor) -> None:
        if self._visit is not None:
            raise Violation(INIT_AGAIN)
        try:
            async with asyncio.timeout(self._graph.seconds):
                self._visit = await self._graph.admit(visitor)
            self._take_seat(self._visit.caller)
        except (BadRequest, Unauthenticated) as refusal:
            self._graph.fail(refusal)
            raise Violation(FORBIDDEN) from None
        except (Unavailable, RateLimited, TimeoutError):
            raise Violation(UNAVAILABLE) from None
        except Crowded:
            raise Violation(CROWDED) from None
        _log.info("socket_opened", door=self._graph.door, **visitor.client.noted)
        self._connection.start(self._connection.guard(self._visit, self._graph.admit))
        await self._say({"type": "connection_ack"})

    async def _do(self, message: Message) -> None:
        match message:
            case {"type": "ping"}:
                payload = {"payload": message["payload"]} if "payload" in message else {}
                await self._say({"type": "pong", **payload})
            case {"type": "pong"}:
                pass
            case {"type": "subscribe", "id": str(name), "payload": dict(payload)}:
                await self._subscribe(name, payload)
            case {"type": "complete", "id": str(name)}:
                operation = self._operations.pop(name, None)
                if operation is not None:
                    operation.cancel()
            case _:
                raise Violation(BAD_MESSAGE)

    async def _subscribe(self, name: str, payload: Message) -> None:
        if self._visit is None:
            raise Violation(NOT_INITIALISED)
        if not 0 < len(name) <= ID_LIMIT:
            raise Violation(BAD_MESSAGE)
        if name in self._operations:
            raise Violation(End(4409, f"Subscriber for {name[:64]} already exists."))
        try:
            parameters = parameters_of(payload)
        except BadRequest as bad:
            if bad.code == MALFORMED:
                raise Violation(BAD_MESSAGE) from None
            await self._say_error(name, self._graph.fail(bad))
            return
        if len(self._operations) >= OPERATIONS_LIMIT:
            said = f"At most {OPERATIONS_LIMIT} operations at once on a socket."
            await self._say_error(name, self._graph.fail(BadRequest(429, said, "RATE_LIMITED")))
            return
        work = self._operate(name, parameters, self._visit)
        self._operations[name] = self._connection.start(work)

    async def _operate(self, name: str, parameters: Parameters, visit: Visit) -> None:
        """Run one operation, and tell what comes of it."""
        async with aclosing(self._answers(parameters, visit)) as answers:
            async for answer in answers:
                if "data" not in answer.body:
                    self._operations.pop(name, None)
                    await self._say_error(name, answer)
                    return
                await self._say({"type": "next", "id": name, "payload": answer.body})
        self._operations.pop(name, None)
        await self._say({"type": "complete", "id": name})

    async def _answers(self, parameters: Parameters, visit: Visit) -> AsyncGenerator[Answer, None]:
        started, kind, graph = time.perf_counter(), "query", self._graph
        try:
            prepared = graph.prepare(visit, parameters)
            kind = prepared.operation.kind
            if kind == "subscription":
                async with aclosing(graph.follow(visit, prepared)) as answers:
                    async for answer in answers:
                        yield answer
                return
            answer = await graph.run(visit, prepared, started)
        except DocumentRefused as error:
            answer = refused(error)
        except FAILURES as failure:
            answer = graph.fail(failure)
        graph.note(visit, kind, answer, parameters, time.perf_counter() - started)
        yield answer

    async def _say_error(self, name: str, answer: Answer) -> None:
        await self._say({"type": "error", "id": name, "payload": answer.body["errors"]})

    async def _say(self, message: Message) -> None:
        await self._send({"type": "websocket.send", "text": orjson.dumps(message).decode()})


def _read_message(text: str | None) -> Message:
    """Read a message. Raises Violation."""
    try:
        message = read_json((text or "").encode("utf-8", "surrogatepass"))
    except BadRequest:
        raise Violation(BAD_MESSAGE) from None
    if not isinstance(message, dict) or "type" not in message:
        raise Violation(BAD_MESSAGE)
    return message


def _told(message: Message) -> dict[str, str]:
    """Read what is told in the place of headers, the token first of all. Raises Violation."""
    payload = message.get("payload")
    if not isinstance(payload, dict | None):
        raise Violation(BAD_MESSAGE)
    told = {name.lower(): value for name, value in (payload or {}).items()}
    if not isinstance(told.get("authorization", ""), str):
        raise Violation(BAD_MESSAGE)
    return {name: value for name, value in told.items() if isinstance(value, str)}
