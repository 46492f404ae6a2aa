"""The page that shows phones receiving: its files, and the deliveries as they come.

Who the members are, and what they buy, the page asks and says at the staff door, as anybody else.
"""

import secrets
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from api.fcm_standin import Delivery
from api.fcm_standin.deliveries import Deliveries
from api.graphql_requests import BadRequest
from api.graphql_stream import EVENTS, HEADERS, Say, keep_alive, notice_leaving, send_part
from api.identity import Unauthenticated
from api.live_connections import Connection, Connections, Crowded
from api.rate_limits import RateLimited
from api.reception import Reception
from api.visitors import Visit, visitor_of
from loyalty import push
from loyalty.engine import Engine
from loyalty.errors import Unavailable
from schema.permissions import READ_MEMBERS

PHONES = "/demo/phones"
FILES = Path(__file__).parent / "page"
BACKLOG = 200  # of what came before the page was opened
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class Files(StaticFiles):
    """What the page is made of, under the page's own policy."""

    def file_response(self, *arguments: Any, **options: Any) -> Response:
        """Answer with one file."""
        response = super().file_response(*arguments, **options)
        response.headers.update(PAGE_HEADERS)
        return response


def phones_routes(
    taken: Deliveries, engine: Engine, reception: Reception, connections: Connections
) -> list[BaseRoute]:
    """List the page, its files, and what the stand-in takes as it takes it."""

    def page(_request: Request) -> Response:
        return FileResponse(FILES / "index.html", media_type="text/html", headers=PAGE_HEADERS)

    return [
        Route(PHONES, page),
        Route(f"{PHONES}/deliveries", DeliveriesDoor(taken, engine, reception, connections)),
        Mount(PHONES, Files(directory=FILES)),
    ]


class DeliveriesDoor:
    """Stream deliveries, as server-sent events, to staff who may read members.

    `?run=…&since=41` goes on after the 41st of that run of the stand-in; without it, or in another
    run, the stream begins with the last BACKLOG. Every stream begins by naming its run.
    """

    def __init__(
        self, taken: Deliveries, engine: Engine, reception: Reception, connections: Connections
    ) -> None:
        self._taken = taken
        self._engine = engine
        self._reception = reception
        self._connections = connections
        self._run = secrets.token_hex(8)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            visit = await self._reception.admit("staff", visitor_of(request))
            READ_MEMBERS.check(visit.caller)
            async with self._connections.open(scope) as connection:
                with self._connections.seat_of(visit.caller):
                    await self._serve(connection, visit, request, send)
        except (Unauthenticated, BadRequest, GraphQLError):
            refused = PlainTextResponse("Staff who may read members only.\n", status_code=403)
            await refused(scope, receive, send)
        except (RateLimited, Unavailable, Crowded):
            crowded = PlainTextResponse("Later.\n", status_code=503, headers={"Retry-After": "1"})
            await crowded(scope, receive, send)

    async def _serve(
        self, connection: Connection, visit: Visit, request: Request, send: Send
    ) -> None:
        headers = {**HEADERS, "Content-Type": EVENTS.media, "X-Content-Type-Options": "nosniff"}
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        say: Say = partial(send_part, send)
        connection.start(notice_leaving(request.receive, connection))
        connection.start(connection.guard(visit, partial(self._reception.admit, "staff")))
        connection.start(keep_alive(say, EVENTS.heartbeat))
        connection.start(self._tell(say, self._since(request)))
        await connection.until_over()
        await say(b"", more=False)

    def _since(self, request: Request) -> int:
        """Tell after which delivery to go on."""
        since = request.query_params.get("since", "")
        if request.query_params.get("run") == self._run and since.isdecimal():
            return min(int(since), self._taken.last)
        return max(0, self._taken.last - BACKLOG)

    async def _tell(self, say: Say, since: int) -> None:
        await say(_event("run", self._run))
        async for delivery in self._taken.follow(since):
            await say(_event("delivery", await self._shown(delivery)))

    async def _shown(self, delivery: Delivery) -> dict[str, Any]:
        """Give a delivery with the device that the staff door knows; the token stays here."""
        message = delivery.message
        for target in ("token", "fid"):
            message.pop(target, None)
        device = await push.devices.holding(self._engine, delivery.token)
        return {
            "sequence": delivery.sequence,
            "receivedAt": delivery.received_at,
            "deviceId": device and device.id,
            "message": message,
        }


def _event(name: str, data: Any) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), orjson.dumps(data))
