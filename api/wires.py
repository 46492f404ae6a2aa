"""The server's connections, and how long they wait for somebody who does not read; no protocol.

What is sent waits in a buffer of 64 KiB. While that is full nothing more is made for the client,
and after `PATIENCE_SECONDS` the connection is dropped.
"""

import asyncio
from typing import Any

import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

PATIENCE_SECONDS = 10.0
CLOSING_SECONDS = 2.0
TOO_SLOW = 4008

_log = structlog.get_logger()


class Impatient(asyncio.Protocol):
    """Drop who does not read for too long."""

    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop
    _patience: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """Begin to lose patience, as the buffer is full."""
        self._patience = self.loop.call_later(PATIENCE_SECONDS, self._lose)
        super().pause_writing()

    def resume_writing(self) -> None:
        """Be patient again."""
        self._calm()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget about it."""
        self._calm()
        super().connection_lost(exc)

    def drop(self) -> None:
        """End the connection, with all that was not sent."""
        self.transport.abort()

    def _lose(self) -> None:
        _log.info("client_too_slow")
        self.drop()

    def _calm(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


class Sockets(Impatient, WebSocketsSansIOProtocol):
    """A WebSocket: told why before it is dropped, and never waited for once it is closed."""

    def drop(self) -> None:
        """Close it behind all that was not sent, and end it soon whatever comes of that.

        Until then what comes in is read and thrown away: a line that is closed on what was not read
        loses what was sent.
        """
        self.close_timer = self.loop.call_later(CLOSING_SECONDS, self.transport.abort)
        if self.close_sent or self.transport.is_closing():
            return
        self.conn.send_close(TOO_SLOW, "It reads too slowly.")
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": TOO_SLOW})
        self.writable.set()
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    async def send(self, message: Any) -> None:
        """Send; a close is a few bytes, does not wait for room, and is said once."""
        if message["type"] == "websocket.close":
            if self.close_sent or self.disconnected:
                return
            self.writable.set()
            self.loop.call_later(CLOSING_SECONDS, self.transport.abort)
        await self.writable.wait()
        if self.close_sent:
            raise ClientDisconnected
        await super().send(message)


class PlainHttp(Impatient, H11Protocol):
    """HTTP/1.1 in Python, for Windows."""


def http_protocol() -> type[asyncio.Protocol]:
    """Choose httptools where it is installed, which is everywhere but on Windows."""
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    except ImportError:
        return PlainHttp

    class QuickHttp(Impatient, HttpToolsProtocol):
        """HTTP/1.1 by httptools."""

    return QuickHttp
