"""Both doors of the graph over HTTP: who asks, what, and how the answer is sent; no subscriptions.

Status codes: 400 and its neighbours for what cannot be executed, 200 for everything that was.
"""

import asyncio
import hashlib
import time
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any

import orjson
import strawberry
import structlog
from graphql import execute
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from api.documents import Document, DocumentRefused, Documents
from api.explorer import Door, explorer_page
from api.graphql_requests import (
    JSON,
    RESPONSE_JSON,
    BadRequest,
    Parameters,
    best_language,
    choose_media_type,
    read_parameters,
    wants_page,
)
from api.identity import ANONYMOUS, Caller, Identity, Unauthenticated
from api.installation import Installation
from api.limits import Limits
from api.logs import request_id
from loyalty.errors import Unavailable
from schema import app_schema, core_schema, staff_schema
from schema.context import Context, MemberCodes
from schema.errors import INTERNAL, Shown, show

PATHS: dict[Door, str] = {"app": "/graphql", "staff": "/staff/graphql"}
COSTS: dict[Door, int] = {"app": 5_000, "staff": 20_000}
RETRY_AFTER = {"Retry-After": "1"}

_log = structlog.get_logger()


def graph_routes(
    house: Installation, identity: Identity, codes: MemberCodes | None = None
) -> list[BaseRoute]:
    """List the two doors."""
    schemas: dict[Door, strawberry.Schema] = {"app": app_schema, "staff": staff_schema}
    return [
        Route(PATHS[door], GraphDoor(door, house, identity, schema, codes))
        for door, schema in schemas.items()
    ]


@dataclass(slots=True)
class Answer:
    """What is sent: a body, its status, and what it comes to in one word for the metrics."""

    body: dict[str, Any]
    code: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class GraphDoor:
    """One door: an ASGI application for one path."""

    def __init__(
        self,
        door: Door,
        house: Installation,
        identity: Identity,
        schema: strawberry.Schema,
        codes: MemberCodes | None,
    ) -> None:
        settings = house.settings
        self._door = door
        self._house = house
        self._identity = identity
        self._codes = codes
        self._schema = core_schema(schema)
        self._executor = schema.execution_context_class
        self._documents = Documents(
            self._schema, introspection=settings.introspection, limits=Limits(cost=COSTS[door])
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        accept, media = request.headers.get("accept"), JSON
        try:
            if self._is_for_the_explorer(request):
                return explorer_page(request)
            media = choose_media_type(accept)
            parameters = await self._read(request)
            async with asyncio.timeout(self._house.settings.request_timeout_ms / 1_000):
                answer = await self._answer(request, parameters, media)
        except BadRequest as bad:
            answer = _failure(bad.status, bad.message, bad.code, bad.headers)
        except Unauthenticated as refused:
            self._house.metrics.sign_in_refused(self._door, refused.reason)
            _log.info("sign_in_refused", door=self._door, reason=refused.reason)
            headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            answer = _failure(401, "The credentials are not valid.", "UNAUTHENTICATED", headers)
        except (Unavailable, TimeoutError):
            answer = _failure(503, "Not possible right now.", "UNAVAILABLE", RETRY_AFTER)
        except ClientDisconnect:
            answer = _failure(400, "The request ended early.", "BAD_USER_INPUT", {})
        headers = {"Vary": "Accept, Authorization, Accept-Language", "Cache-Control": "no-store"}
        return Response(
            orjson.dumps(answer.body),
            status_code=answer.status,
            headers={**headers, **answer.headers},
            media_type=f"{media}; charset=utf-8",
        )

    def _is_for_the_explorer(self, request: Request) -> bool:
        return (
            request.method == "GET"
            and self._house.settings.graphiql
            and "query" not in request.query_params
            and wants_page(request.headers.get("accept"))
        )

    async def _read(self, request: Request) -> Parameters:
        """Read what is asked, in the time that a request has."""
        settings = self._house.settings
        try:
            async with asyncio.timeout(settings.request_timeout_ms / 1_000):
                return await read_parameters(request, settings.body_limit_bytes)
        except TimeoutError:
            raise BadRequest(
                408, "The request came too slowly.", headers={"Connection": "close"}
            ) from None

    async def _answer(self, request: Request, parameters: Parameters, media: str) -> Answer:
        """Admit, prepare, execute."""
        started = time.perf_counter()
        caller = await self._admit(request)
        kind = "query"
        try:
            document = self._documents.prepare(parameters.query)
            operation = document.operation(parameters.operation_name)
            kind = operation.kind
            _check_method(request, kind)
            operation.check_cost(parameters.variables)
            context = self._context(request, caller)
            answer = await self._execute(document, parameters, context)
        except DocumentRefused as refused:
            answer = _not_executed([show(error, "") for error in refused.errors])
        if "data" not in answer.body and media == RESPONSE_JSON:
            answer.status = 400
        self._note(kind, answer, parameters, time.perf_counter() - started)
        return answer

    async def _admit(self, request: Request) -> Caller:
        """Tell who asks. At the staff door nobody else is shown anything, not even the schema."""
        caller = await self._identity.authenticate(request.headers.get("authorization"))
        if self._door == "staff" and caller is ANONYMOUS:
            headers = {"WWW-Authenticate": "Bearer"}
            raise BadRequest(401, "Sign in first.", "UNAUTHENTICATED", headers)
        if self._door == "staff" and caller.kind == "member":
            raise BadRequest(403, "This door is for staff.", "FORBIDDEN")
        return caller

    def _context(self, request: Request, caller: Caller) -> Context:
        state = request.scope.get("state") or {}
        return Context(
            engine=self._house.engine,
            caller=caller,
            now=self._house.engine.clock(),
            request_id=state.get("request_id") or request_id(),
            locale=best_language(request.headers.get("accept-language")),
            codes=self._codes,
        )

    async def _execute(
        self, document: Document, parameters: Parameters, context: Context
    ) -> Answer:
        done = execute(
            self._schema,
            document.node,
            context_value=context,
            variable_values=parameters.variables,
            operation_name=parameters.operation_name,
            executor_class=self._executor,
            hide_suggestions=not self._house.settings.introspection,
        )
        result = await done if isawaitable(done) else done
        errors = [show(e, context.request_id, context.locale) for e in result.errors or ()]
        for shown in errors:
            if shown.bug is not None:
                _log.error("graph_field_failed", door=self._door, exc_info=shown.bug)
        if result.data is None and all(error.path is None for error in result.errors or ()):
            return _not_executed(errors)
        body: dict[str, Any] = {"data": result.data}
        if errors:
            body["errors"] = [shown.body for shown in errors]
        return Answer(body, errors[0].code if errors else _outcome(result.data))

    def _note(self, kind: str, answer: Answer, parameters: Parameters, seconds: float) -> None:
        """Count it; a document that is refused is logged by its hash alone."""
        self._house.metrics.operation(self._door, kind, answer.code, seconds)
        if answer.code not in ("OK", "REFUSED", INTERNAL):
            digest = hashlib.sha256(parameters.query.encode("utf-8", "replace")).hexdigest()
            _log.info("graph_error", door=self._door, code=answer.code, hash=digest[:12])


def _check_method(request: Request, kind: str) -> None:
    if request.method == "GET" and kind != "query":
        raise BadRequest(405, "Send a mutation as a POST.", headers={"Allow": "POST"})


def _failure(status: int, message: str, code: str, headers: dict[str, str]) -> Answer:
    extensions: dict[str, Any] = {"code": code}
    if code == "UNAVAILABLE":
        extensions["retryAfterMs"] = 1_000
    return Answer(
        {"errors": [{"message": message, "extensions": extensions}]}, code, status, headers
    )


def _not_executed(errors: list[Shown]) -> Answer:
    return Answer({"errors": [shown.body for shown in errors]}, errors[0].code)


def _outcome(data: Any) -> str:
    """Tell a mutation that the rules refused from one that was done."""
    payloads = [value for value in data.values() if isinstance(value, dict)]
    return "REFUSED" if any(payload.get("userErrors") for payload in payloads) else "OK"
