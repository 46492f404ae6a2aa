"""Posts to one address over aiohttp's connections; what they say and how often is not known here.

aiohttp connects (names, TLS, the pool) and reads the answers. Requests, of which only the body
differs, are written here: its session makes each anew, at the cost of all the rest of a post.
"""

import asyncio
from collections.abc import Mapping
from ssl import SSLContext

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import HttpProcessingError, RawResponseMessage
from yarl import URL

from loyalty.push.fcm.answers import Outcome
from loyalty.push.fcm.credentials import TokenRefused
from loyalty.push.fcm.port import Limits
from loyalty.values import value

BROKEN = (aiohttp.ClientError, HttpProcessingError, TimeoutError, OSError)
"""What ends a post of which nobody knows whether it arrived."""

_BODY_BYTES = 65_536  # no answer of FCM's is nearly as long


class NeverWritten(Exception):
    """Say that nothing of a request had left, by the name of what went wrong."""


@value
class Answer:
    """What came back; the body is None where it broke off, or did not end."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None


class Lines:
    """Keep connections to a URL, as many as the limits say; made where the event loop runs."""

    def __init__(self, url: str, limits: Limits, trusting: SSLContext | bool) -> None:
        self._limits = limits
        self._timeout = aiohttp.ClientTimeout(connect=limits.connect_seconds)
        self._connector = aiohttp.TCPConnector(limit=limits.connections)
        self._to = aiohttp.ClientRequest("POST", URL(url), ssl=trusting)
        self._written, self._written_for = b"", ""

    async def post(self, body: bytes, token: str) -> Answer:
        """Post JSON with an access token. Raises TokenRefused, NeverWritten, or what is BROKEN."""
        request = b"%b%d\r\n\r\n%b" % (self._head(token), len(body), body)
        line = head = content = None
        try:
            async with asyncio.timeout(self._limits.total_seconds):
                line, transport, protocol = await self._line()
                transport.write(request)
                head, stream = await _answered(protocol)
                content = await _whole(stream)
        except BROKEN as error:
            if line is None:
                raise NeverWritten(type(error).__name__) from error
            if head is None:
                raise
        finally:
            if line is not None and content is None:
                line.close()
            elif line is not None:
                line.release()
        return Answer(head.code, head.headers, content)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._connector.close()

    def _head(self, token: str) -> bytes:
        """Give what each request with a token begins with, up to its length."""
        if self._written_for != token:
            if not (token.isascii() and token.isprintable()):
                raise TokenRefused(Outcome.HALT, "UNPRINTABLE_TOKEN")
            url = self._to.url
            lines = (
                f"POST {url.raw_path_qs} HTTP/1.1",
                f"host: {url.host_port_subcomponent}",
                "content-type: application/json",
                f"authorization: Bearer {token}",
                "content-length: ",
            )
            self._written, self._written_for = "\r\n".join(lines).encode("ascii"), token
        return self._written

    async def _line(self) -> tuple[Connection, asyncio.Transport, ResponseHandler]:
        """Take a connection that is free, or make one; on neither may have been said anything."""
        line = await self._connector.connect(self._to, traces=[], timeout=self._timeout)
        transport, protocol = line.transport, line.protocol
        if transport is None or protocol is None or protocol.should_close:
            line.close()
            raise NeverWritten("SpokenUnasked")
        protocol.set_response_params(read_until_eof=True)
        return line, transport, protocol


async def _answered(protocol: ResponseHandler) -> tuple[RawResponseMessage, aiohttp.StreamReader]:
    """Wait for the answer's head; those that only say that there will be one are passed over."""
    while True:
        head, stream = await protocol.read()
        if head.code >= 200 or head.upgrade:
            return head, stream


async def _whole(stream: aiohttp.StreamReader) -> bytes | None:
    """Read a body; None for one that does not end."""
    body = b""
    while block := await stream.readany():
        body += block
        if len(body) > _BODY_BYTES:
            return None
    return body
