"""Break a connection the way a network does; not how a server closes one."""

import asyncio
import socket
import struct

_LINGER_FOR_NOTHING = struct.pack("ii", 1, 0)


def reset(transport: asyncio.WriteTransport) -> None:
    """Send RST at once, dropping what was not sent."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_FOR_NOTHING)
    transport.abort()
