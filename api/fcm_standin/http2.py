"""HTTP/2 for the stand-in, which firebase-admin's asynchronous client speaks; sends and no more."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import cast

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    DataReceived,
    Event,
    RequestReceived,
    StreamEnded,
    StreamReset,
    WindowUpdated,
)
from h2.exceptions import ProtocolError

from api.fcm_standin.answers import Answer, Ending
from api.fcm_standin.sockets import reset

Serve = Callable[[str, str, Mapping[str, str], bytes], Answer]


class Http2(asyncio.Protocol):
    """Speak HTTP/2 on one connection; FCM's limit of 100 streams at once is h2's own default."""

    def __init__(self, serve: Serve, transports: set[asyncio.Transport]) -> None:
        self._serve = serve
        self._transports = transports
        self._h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._headers: dict[int, dict[str, str]] = {}
        self._bodies: dict[int, bytearray] = {}
        self._unsent: dict[int, bytes] = {}  # of long answers, by stream

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet the client with our settings."""
        self._transport = cast("asyncio.Transport", transport)
        self._transports.add(self._transport)
        self._h2.initiate_connection()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        """Forget the connection."""
        self._transports.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        """Answer every request that has become whole."""
        try:
            events = self._h2.receive_data(data)
        except ProtocolError:
            self._transport.close()
            return
        for event in events:
            self._take(event)
        self._flush()

    def _take(self, event: Event) -> None:
        match event:
            case RequestReceived(stream_id=int(stream), headers=headers):
                self._headers[stream] = cast("dict[str, str]", dict(headers))
                self._bodies[stream] = bytearray()
            case DataReceived(stream_id=int(stream), data=bytes(data)):
                self._bodies.get(stream, bytearray()).extend(data)
                self._h2.acknowledge_received_data(event.flow_controlled_length or 0, stream)
            case StreamReset(stream_id=int(stream)):
                for of_streams in (self._headers, self._bodies, self._unsent):
                    of_streams.pop(stream, None)
            case WindowUpdated():
                for stream in list(self._unsent):
                    self._send_on(stream)
            case StreamEnded(stream_id=int(stream)) if stream in self._headers:
                self._answer(stream, self._headers.pop(stream), self._bodies.pop(stream))

    def _answer(self, stream: int, headers: dict[str, str], body: bytearray) -> None:
        answer = self._serve(headers[":method"], headers[":path"], headers, bytes(body))
        if answer.after_ms:
            loop = asyncio.get_running_loop()
            loop.call_later(answer.after_ms / 1_000, self._answer_late, stream, answer)
        else:
            self._end(stream, answer)

    def _answer_late(self, stream: int, answer: Answer) -> None:
        with suppress(ProtocolError):  # the client has given up the stream
            self._end(stream, answer)
        self._flush()

    def _end(self, stream: int, answer: Answer) -> None:
        if answer.ending is Ending.HANG or self._transport.is_closing():
            return
        if answer.ending is Ending.RESET:
            reset(self._transport)
            return
        self._h2.send_headers(stream, [(":status", str(answer.status)), *answer.headers().items()])
        self._unsent[stream] = answer.body
        self._send_on(stream)

    def _send_on(self, stream: int) -> None:
        """Send as much of an answer as the client has room for."""
        left = self._unsent.pop(stream)
        while room := min(
            self._h2.local_flow_control_window(stream), self._h2.max_outbound_frame_size
        ):
            part, left = left[:room], left[room:]
            self._h2.send_data(stream, part, end_stream=not left)
            if not left:
                return
        self._unsent[stream] = left

    def _flush(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(self._h2.data_to_send())
