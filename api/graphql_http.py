"""Both doors of the graph over HTTP: who asks, what, and how the answer is sent.

Which status an answer has is said by `statuses`, which pages may ask by `origins`.
"""

import asyncio
import time
from dataclasses import dataclass

import orjson
import strawberry
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from api.documents import DocumentRefused
from api.explorer import Door, explorer_page
from api.graph import FAILURES, RETRY_AFTER, Answer, Graph, refused
from api.graphql_requests import (
    JSON,
    PARAMETERS,
    RESPONSE_JSON,
    BadRequest,
    Parameters,
    choose_media_type,
    read_parameters,
    wants_page,
)
from api.graphql_stream import Framing, Stream, choose_framing, streamed_once
from api.graphql_ws import SocketDoor
from api.installation import Installation
from api.live_connections import CROWDED, Connections, Crowded
from api.origins import refuse_foreign
from api.reception import Reception
from api.statuses import media_to_send, status_of
from api.visitors import visitor_of
from schema import app_schema, staff_schema
from schema.context import MemberCodes

PATHS: dict[Door, str] = {"app": "/graphql", "staff": "/staff/graphql"}
UNREAD = (405, 415)  # refused before anything was read, so that costs nothing
WAYS = "text/event-stream, multipart/mixed;subscriptionSpec=1.0 or a WebSocket"


def graph_routes(
    house: Installation,
    reception: Reception,
    codes: MemberCodes | None,
    connections: Connections,
) -> list[BaseRoute]:
    """List the ways into the two doors."""
    schemas: dict[Door, strawberry.Schema] = {"app": app_schema, "staff": staff_schema}
    graphs = [Graph(door, house, reception, schema, codes) for door, schema in schemas.items()]
    return [
        *(Route(PATHS[graph.door], GraphDoor(graph, connections)) for graph in graphs),
        *(WebSocketRoute(PATHS[graph.door], SocketDoor(graph, connections)) for graph in graphs),
    ]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client takes: answers of a media type, and streams; None for none."""

    media: str | None
    framing: Framing | None


class GraphDoor:
    """One door: an ASGI application for one path."""

    def __init__(self, graph: Graph, connections: Connections) -> None:
        self._graph = graph
        self._connections = connections
        self._settings = settings = graph.house.settings
        self._favourite = JSON if settings.http_statuses == "compat" else RESPONSE_JSON

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self._respond(Request(scope, receive))
        try:
            await response(scope, receive, send)
        except Crowded:
            crowded = BadRequest(429, CROWDED.said, "RATE_LIMITED", RETRY_AFTER)
            await self._response(self._graph.fail(crowded), JSON)(scope, receive, send)

    async def _respond(self, request: Request) -> ASGIApp:
        media = JSON
        try:
            if self._is_for_the_explorer(request):
                return explorer_page(request)
            wanted = self._wanted(request.headers.get("accept"))
            media = wanted.media or JSON
            parameters = await self._read(request)
            answer = await self._answer(request, parameters, wanted)
        except FAILURES as failure:
            answer = self._graph.fail(failure)
        return self._response(answer, media) if isinstance(answer, Answer) else answer

    def _wanted(self, accept: str | None) -> Wanted:
        """Read what a client takes. Raises BadRequest for nothing of ours."""
        framing = choose_framing(accept)
        try:
            return Wanted(choose_media_type(accept, self._favourite), framing)
        except BadRequest:
            if framing is None:
                raise
            return Wanted(None, framing)

    def _response(self, answer: Answer, media: str) -> Response:
        profile = self._settings.http_statuses
        status = status_of(
            profile, media, answer.status, code=answer.code, is_request=answer.is_request
        )
        headers = {"Vary": "Accept, Authorization, Accept-Language", "Cache-Control": "no-store"}
        return Response(
            orjson.dumps(answer.body),
            status_code=status,
            headers={**headers, **answer.headers},
            media_type=f"{media_to_send(profile, media, status)}; charset=utf-8",
        )

    def _is_for_the_explorer(self, request: Request) -> bool:
        return (
            request.method == "GET"
            and self._graph.has_explorer
            and not any(name in request.query_params for name in PARAMETERS)
            and wants_page(request.headers.get("accept"))
        )

    async def _read(self, request: Request) -> Parameters:
        """Read what is asked, in the time that a request has."""
        if request.method == "GET":
            refuse_foreign(request.headers, self._settings.cors_origins)
        try:
            async with asyncio.timeout(self._graph.seconds):
                return await read_parameters(request, self._settings.body_limit_bytes)
        except BadRequest as refusal:
            if refusal.status not in UNREAD:
                self._graph.charge_unread(visitor_of(request))
            raise
        except TimeoutError:
            raise BadRequest(
                408, "The request came too slowly.", headers={"Connection": "close"}
            ) from None

    async def _answer(
        self, request: Request, parameters: Parameters, wanted: Wanted
    ) -> Answer | ASGIApp:
        """Admit, prepare, execute."""
        started = time.perf_counter()
        async with asyncio.timeout(self._graph.seconds):
            visit = await self._graph.admit(visitor_of(request))
        kind = "query"
        try:
            prepared = self._graph.prepare(visit, parameters)
            kind = prepared.operation.kind
            _check_way(request, kind, wanted)
            if kind == "subscription" and wanted.framing is not None:
                return Stream(self._graph, self._connections, visit, prepared, wanted.framing)
            answer = await self._graph.run(visit, prepared, started)
        except DocumentRefused as error:
            answer = refused(error)
        self._graph.note(visit, kind, answer, parameters, time.perf_counter() - started)
        if wanted.media is None and wanted.framing is not None:
            return streamed_once(wanted.framing, answer)
        return answer


def _check_way(request: Request, kind: str, wanted: Wanted) -> None:
    """Refuse what does not come, or cannot be answered, in this way. Raises BadRequest."""
    if kind == "mutation" and request.method == "GET":
        raise BadRequest(405, "Send a mutation as a POST.", headers={"Allow": "POST"})
    if kind == "subscription" and wanted.framing is None:
        raise BadRequest(406, f"A subscription is answered over {WAYS}.")
    if kind != "subscription" and wanted.media is None:
        raise BadRequest(406, f"Only subscriptions are streamed: take {JSON} as well.")
