"""HTTP/2 for the stand-in, which firebase-admin's asynchronous client speaks; sends and no more."""

import asyncio
from collections.abc import Callable, Mapping
from typing import cast

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import ProtocolError

from api.fcm_standin.answers import Answer, Ending
from api.fcm_standin.sockets import reset

Send = Callable[[str, Mapping[str, str], bytes], Answer]


class Http2(asyncio.Protocol):
    """Speak HTTP/2 on one connection; FCM's limit of 100 streams at once is h2's own default."""

    def __init__(self, send: Send, transports: set[asyncio.Transport]) -> None:
        self._send = send
        self._transports = transports
        self._h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._headers: dict[int, dict[str, str]] = {}
        self._bodies: dict[int, bytearray] = {}

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
                self._headers.pop(stream, None)
                self._bodies.pop(stream, None)
            case StreamEnded(stream_id=int(stream)) if stream in self._headers:
                self._answer(stream, self._headers.pop(stream), self._bodies.pop(stream))

    def _answer(self, stream: int, headers: dict[str, str], body: bytearray) -> None:
        answer = self._send(headers[":path"], headers, bytes(body))
        if answer.ending is Ending.HANG or self._transport.is_closing():
            return
        if answer.ending is Ending.RESET:
            reset(self._transport)
            return
        self._h2.send_headers(stream, [(":status", str(answer.status)), *answer.headers().items()])
        self._h2.send_data(stream, answer.body, end_stream=True)

    def _flush(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(self._h2.data_to_send())
