"""The stand-in's server: speaks FCM's HTTP v1 API and tells what it took; delivers to nobody.

aiohttp serves HTTP/1.1 because it hands the handler its transport, which a reset needs.
"""

import asyncio
import itertools
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self, cast
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from api.fcm_standin import answers, messages
from api.fcm_standin.answers import Answer, Ending
from api.fcm_standin.certificates import Certificate
from api.fcm_standin.deliveries import LISTED_AT_MOST, Deliveries, Delivery
from api.fcm_standin.faults import FaultPlan, Faults
from api.fcm_standin.http2 import Http2
from api.fcm_standin.sockets import ByAlpn, reset

_SEND = re.compile(r"POST /v1/projects/(?P<project>[^/]+)/messages:send\Z")
_HOST = "127.0.0.1"
_BEARER = "Bearer standin"  # no secret: the stand-in guards nothing
_ONLY_VALIDATED = "projects/{}/messages/fake_message_id"


class FcmStandin:
    """Serve FCM's v1 REST shape on loopback: `async with FcmStandin() as standin`.

    `port` 0 takes a free one. The newest `keep_count` deliveries are kept in memory, and every one
    is a line of `log_file`. With a `certificate` it speaks TLS, and HTTP/1.1 or HTTP/2 as the
    client likes; without one, HTTP/1.1 in the clear. `GET /deliveries` and `GET /counts` tell what
    was accepted.
    """

    def __init__(
        self,
        port: int = 0,
        keep_count: int = 10_000,
        log_file: Path | None = None,
        certificate: Certificate | None = None,
        faults: FaultPlan | None = None,
    ) -> None:
        self.port = port
        self.taken = Deliveries(keep_count, log_file)
        self._certificate = certificate
        self._faults = Faults(faults or FaultPlan())
        self._names = itertools.count(1)
        self._answered: Counter[str] = Counter()
        self._closing = asyncio.Event()
        self._http1: web.Server | None = None
        self._listener: asyncio.Server | None = None
        self._http2_transports: set[asyncio.Transport] = set()

    async def __aenter__(self) -> Self:
        http1 = self._http1 = web.Server(self._serve_http1, access_log=None)

        def by_alpn() -> asyncio.Protocol:
            return ByAlpn({"h2": lambda: Http2(self._serve, self._http2_transports)}, http1)

        self._listener = await asyncio.get_running_loop().create_server(
            by_alpn if self._certificate else http1,
            _HOST,
            self.port,
            ssl=self._certificate.context if self._certificate else None,
            backlog=1_024,
        )
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        if self._listener is None or self._http1 is None:
            return
        self._listener.close()
        self._http1.pre_shutdown()
        await self._http1.shutdown(timeout=1)
        for transport in list(self._http2_transports):
            transport.abort()
        await self._listener.wait_closed()

    @property
    def url(self) -> str:
        """Return the base address, without a slash at its end."""
        return f"{'https' if self._certificate else 'http'}://{_HOST}:{self.port}"

    def deliveries(self, since: int = 0, token: str | None = None) -> list[Delivery]:
        """Return what was accepted after sequence `since`, oldest first, for one token or all."""
        return list(self.taken.listed(since, token))

    async def wait_for(
        self, token: str | None = None, count: int = 1, deadline_s: float = 5.0
    ) -> list[Delivery]:
        """Return the deliveries once there are `count` of them; TimeoutError after the deadline."""
        async with asyncio.timeout(deadline_s):
            while len(found := self.deliveries(token=token)) < count:
                await self.taken.wait()
        return found

    def counts(self, *, by_target: bool = False) -> dict[str, Any]:
        """Count what was accepted, and `answers` by their status, or `reset` or `hang`."""
        return self.taken.counts(by_target=by_target) | {"answers": dict(self._answered)}

    def _serve(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request of any method and path; what is accepted is kept."""
        address = urlsplit(path)
        match method, address.path:
            case "GET", "/deliveries":
                return self._list(dict(parse_qsl(address.query)))
            case "GET", "/counts":
                return answers.found(self.counts(by_target="by=target" in address.query))
        answer = self._send(f"{method} {address.path}", headers, body)
        answered = answer.ending is Ending.ANSWER
        self._answered[str(answer.status) if answered else answer.ending.value] += 1
        return answer

    def _list(self, query: Mapping[str, str]) -> Answer:
        since, limit = query.get("since", "0"), query.get("limit", str(LISTED_AT_MOST))
        if not since.isdecimal() or not limit.isdecimal():
            return answers.bad_request({"since": "since and limit are whole numbers"})
        listed = self.taken.listed(int(since), query.get("token"))
        first = itertools.islice(listed, min(int(limit), LISTED_AT_MOST))
        return answers.found({"deliveries": [delivery.as_document() for delivery in first]})

    def _send(self, asked: str, headers: Mapping[str, str], body: bytes) -> Answer:
        found = _SEND.match(asked)
        if not found:
            return answers.refused(404, "NOT_FOUND", "Method not found.")
        if headers.get("authorization") != _BEARER:
            return answers.unauthenticated()
        try:
            request = messages.read(body)
        except messages.BadMessage as bad:
            return answers.bad_request(bad.fields)
        fault = self._faults.of(request.message.target)
        if fault and fault.answer and not fault.accepted:
            return fault.answer
        name = self._accept(found["project"], request, body)
        if fault is None:
            return answers.accepted(name)
        return fault.answer or answers.accepted(name, fault.after_ms)

    def _accept(self, project: str, request: messages.SendRequest, body: bytes) -> str:
        if request.validate_only:
            return _ONLY_VALIDATED.format(project)
        name = f"projects/{project}/messages/0:{next(self._names):016x}"
        self.taken.take(name, request, body)
        return name

    async def _serve_http1(self, request: web.BaseRequest) -> web.StreamResponse:
        # aiohttp finds a header in any case of letters
        body = await request.read()
        answer = self._serve(request.method, request.path_qs, request.headers, body)
        if answer.after_ms:
            await asyncio.sleep(answer.after_ms / 1_000)
        if answer.ending is Ending.HANG:
            await self._closing.wait()
        if answer.ending is not Ending.ANSWER and request.transport is not None:
            # uvloop's transports are no subclass of asyncio's: nothing to check, only to say.
            reset(cast("asyncio.WriteTransport", request.transport))
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers())
