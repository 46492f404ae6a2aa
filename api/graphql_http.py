"""Both doors of the graph over HTTP: who asks, what, and how the answer is sent; no subscriptions.

Which status an answer has is said by `statuses`, which pages may ask by `origins`.
"""

import asyncio
import time

import orjson
import strawberry
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from api.documents import DocumentRefused
from api.explorer import Door, explorer_page
from api.graph import FAILURES, Answer, Graph, refused
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
from api.installation import Installation
from api.origins import refuse_foreign
from api.reception import Reception
from api.statuses import media_to_send, status_of
from api.visitors import visitor_of
from schema import app_schema, staff_schema
from schema.context import MemberCodes

PATHS: dict[Door, str] = {"app": "/graphql", "staff": "/staff/graphql"}


def graph_routes(
    house: Installation, reception: Reception, codes: MemberCodes | None = None
) -> list[BaseRoute]:
    """List the two doors."""
    schemas: dict[Door, strawberry.Schema] = {"app": app_schema, "staff": staff_schema}
    return [
        Route(PATHS[door], GraphDoor(Graph(door, house, reception, schema, codes)))
        for door, schema in schemas.items()
    ]


class GraphDoor:
    """One door: an ASGI application for one path."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._settings = settings = graph.house.settings
        self._favourite = JSON if settings.http_statuses == "compat" else RESPONSE_JSON

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        accept, media = request.headers.get("accept"), JSON
        try:
            if self._is_for_the_explorer(request):
                return explorer_page(request)
            media = choose_media_type(accept, self._favourite)
            parameters = await self._read(request)
            async with asyncio.timeout(self._graph.seconds):
                answer = await self._answer(request, parameters)
        except FAILURES as failure:
            answer = self._graph.fail(failure)
        return self._response(answer, media)

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
        except TimeoutError:
            raise BadRequest(
                408, "The request came too slowly.", headers={"Connection": "close"}
            ) from None

    async def _answer(self, request: Request, parameters: Parameters) -> Answer:
        """Admit, prepare, execute."""
        started = time.perf_counter()
        visit = await self._graph.admit(visitor_of(request))
        kind = "query"
        try:
            prepared = self._graph.prepare(visit, parameters)
            kind = prepared.operation.kind
            _check_method(request, kind)
            answer = await self._graph.execute(prepared, self._graph.context(visit))
        except DocumentRefused as error:
            answer = refused(error)
        self._graph.note(visit, kind, answer, parameters, time.perf_counter() - started)
        return answer


def _check_method(request: Request, kind: str) -> None:
    if request.method == "GET" and kind != "query":
        raise BadRequest(405, "Send a mutation as a POST.", headers={"Allow": "POST"})
