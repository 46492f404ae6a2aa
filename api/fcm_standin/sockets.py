"""Sockets of the stand-in: which protocol is spoken on one, and how a network breaks it."""

import asyncio
import socket
import struct
from collections.abc import Callable, Mapping
from typing import cast

_LINGER_FOR_NOTHING = struct.pack("ii", 1, 0)


def reset(transport: asyncio.WriteTransport) -> None:
    """Send RST at once, dropping what was not sent."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_FOR_NOTHING)
    transport.abort()


class ByAlpn(asyncio.Protocol):
    """Begin a connection under TLS, and hand it to the protocol that both sides agreed on."""

    def __init__(
        self,
        agreed: Mapping[str, Callable[[], asyncio.Protocol]],
        otherwise: Callable[[], asyncio.Protocol],
    ) -> None:
        self._agreed = agreed
        self._otherwise = otherwise

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Look at what was agreed on, and step aside."""
        tls = transport.get_extra_info("ssl_object")
        protocol = self._agreed.get(tls.selected_alpn_protocol(), self._otherwise)()
        cast("asyncio.Transport", transport).set_protocol(protocol)
        protocol.connection_made(transport)
