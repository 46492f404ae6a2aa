"""The ASGI application: both doors, probes, the explorer, and a log line per request."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import memory
from api.explorer import assets_route
from api.graphql_http import PATHS, graph_routes
from api.greeting import greeting_route
from api.health import Health
from api.identity import Identity, configured_issuers
from api.installation import Installation
from api.integration_keys import find_key
from api.live_connections import Connections
from api.local_issuer import open_local_issuer
from api.logs import bound, request_id
from api.member_codes import open_member_codes
from api.metrics import Metrics
from api.origins import cors
from api.reception import Reception
from api.visitors import client_of, headers_of

DOORS = {
    "/graphql": "app",
    "/staff": "staff",
    "/livez": "health",
    "/readyz": "health",
    "/metrics": "health",
    "/explorer-assets": "explorer",
    "/demo": "demo",
    "/.well-known": "keys",
}

MoreRoutes = Callable[[Reception, Connections], Sequence[BaseRoute]]

_log = structlog.get_logger()


def create_app(house: Installation, more_routes: MoreRoutes = lambda *_: ()) -> Starlette:
    """Build the application on an open installation, with `more_routes` beside its own.

    `app.state` has its `health` and its `connections`.
    """
    settings = house.settings
    local = open_local_issuer(settings.data_dir) if settings.dev_issuer else None
    codes = open_member_codes(settings)
    issuers = [*configured_issuers(settings), *([local.issuer()] if local else [])]
    identity = Identity(issuers, partial(find_key, house.mongo))
    reception = Reception(house, identity)
    health = Health(house)
    connections = Connections(settings)
    house.metrics.watch_connections(lambda: connections.count)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        memory.settle()
        yield
        await reception.limits.settled()
        await identity.close()

    routes = [
        *health.routes(),
        *graph_routes(house, reception, codes, connections),
        *(_explorer_routes(house, reception) if settings.graphiql else []),
        *([_keys_route("/dev/jwks.json", local.jwks())] if local else []),
        _keys_route("/.well-known/member-codes.json", codes.jwks() if codes else {"keys": []}),
        *more_routes(reception, connections),
    ]
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[Middleware(RequestLog, metrics=house.metrics), *cors(settings.cors_origins)],
        exception_handlers={HTTPException: _refused, 500: _masked},
    )
    app.state.health = health
    app.state.connections = connections
    return app


def _explorer_routes(house: Installation, reception: Reception) -> list[BaseRoute]:
    """List what the explorer needs beside its page, which the doors themselves answer with."""
    greetings = [greeting_route(path, door, house, reception) for door, path in PATHS.items()]
    return [assets_route(), *greetings]


def _keys_route(path: str, document: dict[str, Any]) -> BaseRoute:
    """Publish public keys."""

    async def keys(_request: Request) -> Response:
        return JSONResponse(document)

    return Route(path, keys)


async def _refused(_request: Request, error: Exception) -> Response:
    """Answer an address where nothing is, or where nothing is to be had by this method."""
    assert isinstance(error, HTTPException)
    code = "NOT_FOUND" if error.status_code == 404 else "BAD_USER_INPUT"
    said = {"message": f"{error.detail}.", "extensions": {"code": code}}
    return JSONResponse({"errors": [said]}, error.status_code, error.headers)


async def _masked(request: Request, _error: Exception) -> Response:
    """Answer a bug with the id under which it was logged, and nothing of it."""
    reference = request.scope["state"]["request_id"]
    error = {
        "message": f"internal error, reference {reference}",
        "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": reference},
    }
    headers = {"X-Request-Id": reference, "X-Content-Type-Options": "nosniff"}
    return JSONResponse({"errors": [error]}, status_code=500, headers=headers)


class RequestLog:
    """Give every request an id (`request_id` in its state, `X-Request-Id`), a line and a count."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = headers_of(scope)
        reference = request_id(headers.get("x-request-id"))
        door, client = door_of(scope["path"]), client_of(headers)
        scope.setdefault("state", {})["request_id"] = reference
        status = 500
        started = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", [])
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = reference
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        with bound(request_id=reference):
            try:
                await self._app(scope, receive, send_with_id)
            except Exception:
                _log.exception("request_failed", door=door)
                raise
            finally:
                if scope["type"] == "http":
                    self._metrics.request(door, status)
                    ms = round((time.perf_counter() - started) * 1_000, 1)
                    note = _log.debug if door == "health" else _log.info
                    done = {"method": scope["method"], "status": status, "ms": ms}
                    note("request", door=door, **done, **client.noted)


def door_of(path: str) -> str:
    """Name the door of a path, from a closed list: a path may hold what must not be logged."""
    if path.endswith("/examples.json"):
        return "explorer"
    first = "/" + path.lstrip("/").partition("/")[0]
    return DOORS.get(first, "other")
