"""The stand-in's server: accepts messages, keeps what it accepted; delivers nothing to anybody.

aiohttp serves HTTP/1.1 because it hands the handler its transport, which a reset needs.
"""

import asyncio
import datetime as dt
import itertools
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self, cast
from urllib.parse import urlsplit

import orjson
from aiohttp import web

from api.fcm_standin import answers, messages
from api.fcm_standin.answers import Answer, Ending, Faults
from api.fcm_standin.certificates import Certificate
from api.fcm_standin.http2 import Http2
from api.fcm_standin.sockets import reset

_SEND = re.compile(r"/v1/projects/(?P<project>[^/]+)/messages:send\Z")
_HOST = "127.0.0.1"
_BODY_LIMIT_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Delivery:
    """One accepted message; `sequence` counts from one, `token` is its target of any kind."""

    sequence: int
    received_at: dt.datetime
    name: str
    token: str
    message: dict[str, Any]


class FcmStandin:
    """Serve FCM's v1 REST shape on loopback: `async with FcmStandin() as standin`.

    `port` 0 takes a free one. `access_token` is the only bearer accepted. The newest
    `keep_count` deliveries are kept in memory, and every one is a line of `log_file`.
    With a `certificate` it speaks TLS and HTTP/2, and no `GET /deliveries`.
    """

    def __init__(
        self,
        port: int = 0,
        access_token: str = "standin",  # noqa: S107 - not a secret: the stand-in guards nothing
        keep_count: int = 10_000,
        log_file: Path | None = None,
        certificate: Certificate | None = None,
    ) -> None:
        self.port = port
        self._bearer = f"Bearer {access_token}"
        self._kept: deque[Delivery] = deque(maxlen=keep_count)
        self._log_file = log_file
        self._certificate = certificate
        self._faults = Faults()
        self._sequence = itertools.count(1)
        self._arrived = asyncio.Event()
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._http2: asyncio.Server | None = None
        self._transports: set[asyncio.Transport] = set()

    async def __aenter__(self) -> Self:
        if self._certificate:
            await self._start_http2(self._certificate)
        else:
            await self._start_http1()
        return self

    async def _start_http1(self) -> None:
        app = web.Application(client_max_size=_BODY_LIMIT_BYTES)
        app.router.add_get("/deliveries", self._list)
        app.router.add_route("*", "/{path:.*}", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, _HOST, self.port).start()
        self.port = self._runner.addresses[0][1]

    async def _start_http2(self, certificate: Certificate) -> None:
        self._http2 = await asyncio.get_running_loop().create_server(
            lambda: Http2(self._send, self._transports), _HOST, self.port, ssl=certificate.context
        )
        self.port = self._http2.sockets[0].getsockname()[1]

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        if self._runner:
            await self._runner.cleanup()
        if self._http2:
            self._http2.close()
            for transport in list(self._transports):
                transport.abort()
            await self._http2.wait_closed()

    @property
    def url(self) -> str:
        """Return the base address, without a slash at its end."""
        return f"{'https' if self._certificate else 'http'}://{_HOST}:{self.port}"

    def deliveries(self, since: int = 0, token: str | None = None) -> list[Delivery]:
        """Return what was accepted after sequence `since`, oldest first, for one token or all."""
        return [
            delivery
            for delivery in self._kept
            if delivery.sequence > since and token in (None, delivery.token)
        ]

    async def wait_for(
        self, token: str | None = None, count: int = 1, deadline_s: float = 5.0
    ) -> list[Delivery]:
        """Return the deliveries once there are `count` of them; TimeoutError after the deadline."""
        async with asyncio.timeout(deadline_s):
            while len(found := self.deliveries(token=token)) < count:
                self._arrived.clear()
                await self._arrived.wait()
        return found

    def _send(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request of any method and path; what is accepted is kept."""
        found = _SEND.match(urlsplit(path).path)
        if not found:
            return answers.refused(404, "NOT_FOUND", "Method not found.")
        if headers.get("authorization") != self._bearer:
            return answers.unauthenticated()
        try:
            request = messages.read(body)
        except messages.BadMessage as bad:
            return answers.bad_request(bad.fields)
        fault = self._faults.of(request.message.target)
        if fault and not fault.accepted:
            return fault.answer
        name = self._accept(found["project"], request)
        return fault.answer if fault else answers.accepted(name)

    def _accept(self, project: str, request: messages.SendRequest) -> str:
        sequence, now = next(self._sequence), dt.datetime.now(dt.UTC)
        name = f"projects/{project}/messages/0:{int(now.timestamp() * 1e6)}%{sequence:08x}"
        if request.validate_only:
            return name
        message = request.message.model_dump(exclude_unset=True)
        delivery = Delivery(sequence, now, name, request.message.target, message)
        self._kept.append(delivery)
        if self._log_file:
            with self._log_file.open("ab") as log:
                log.write(orjson.dumps(asdict(delivery), option=orjson.OPT_APPEND_NEWLINE))
        self._arrived.set()
        return name

    async def _take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = self._send(request.path, headers, await request.read())
        if answer.ending is Ending.HANG:
            await self._closing.wait()
        if answer.ending is not Ending.ANSWER and request.transport is not None:
            # uvloop's transports are no subclass of asyncio's: nothing to check, only to say.
            reset(cast("asyncio.WriteTransport", request.transport))
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers())

    async def _list(self, request: web.Request) -> web.Response:
        since = request.query.get("since", "0")
        if not since.isdigit():
            return web.json_response({"error": "since is a whole number"}, status=400)
        found = self.deliveries(int(since), request.query.get("token"))
        body = orjson.dumps({"deliveries": [asdict(delivery) for delivery in found]})
        return web.Response(body=body, content_type="application/json")
