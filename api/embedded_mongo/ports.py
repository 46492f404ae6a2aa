"""Ports of the loopback interface that an embedded mongod may listen on."""

import random
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PORTS = range(20_000, 32_768)  # below what systems hand out to outgoing connections
_ATTEMPTS = 10
_PATIENCE_SECONDS = 0.5
_POLL_SECONDS = 0.005


def free_ports(kept: Path) -> Iterator[int]:
    """Yield the port in the file `kept` first, if it can be had, then others at random.

    A replica set has its port in its configuration, so the same again is the quickest start.
    """
    with suppress(FileNotFoundError, ValueError):
        port = int(kept.read_text())
        if port in _PORTS and becomes_free(port):
            yield port
    yield from filter(is_free, random.sample(_PORTS, _ATTEMPTS))


def becomes_free(port: int) -> bool:
    """Tell whether `port` can be had.

    A mongod that ends gets half a second between letting go of its data and of its port.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def is_free(port: int) -> bool:
    """Tell whether a server could listen on `port` of 127.0.0.1 at this moment."""
    with socket.socket() as probe:
        if sys.platform != "win32":  # where it would mean: take the port even when it is in use
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def is_listening(port: int) -> bool:
    """Tell whether some process accepts connections on `port` of 127.0.0.1."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
    except OSError:
        return False
    return True
