"""A phone that does not read: dropped in the end, and its seat is free again."""

import asyncio
import base64
import json
import os
import socket
import struct

import pytest
from structlog.testing import capture_logs

from api import wires
from loyalty import program
from tests.conftest import PATIENCE_SECONDS, Eventually
from tests.e2e.conftest import PATHS, PROGRAM, Serve, Shop
from tests.e2e.sockets import PROTOCOL, phone

BUFFER = 4_096
TYPES = "__schema { types { name description fields { name description } } }"
LONG = f"{{ {' '.join(f't{n}: {TYPES}' for n in range(10))} }}"
"""A megabyte is the answer."""
LETTER = {"type": "ping", "payload": {"text": "x" * 20_000}}


def frame(message: object) -> bytes:
    """Frame a message of 126 to 65,535 bytes, or less, under a mask of zeros."""
    text = json.dumps(message).encode()
    head = bytes([0x81]) + (
        bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + struct.pack(">H", len(text))
    )
    return head + bytes(4) + text


async def dial(shop: Shop, token: str) -> socket.socket:
    """Open a socket with little room, and be acknowledged on it."""
    loop, line = asyncio.get_running_loop(), socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    line.setblocking(False)
    url = shop.client.base_url
    await loop.sock_connect(line, (url.host, url.port))
    key = base64.b64encode(os.urandom(16)).decode()
    upgrade = (
        f"GET {PATHS['app']} HTTP/1.1\r\nHost: {url.host}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
        f"Sec-WebSocket-Protocol: {PROTOCOL}\r\n\r\n"
    )
    payload = {"authorization": f"Bearer {token}"}
    begin = frame({"type": "connection_init", "payload": payload})
    async with asyncio.timeout(PATIENCE_SECONDS):
        for said, answer in ((upgrade.encode(), b"\r\n\r\n"), (begin, b"connection_ack")):
            await loop.sock_sendall(line, said)
            found = b""
            while answer not in found:
                found += await loop.sock_recv(line, BUFFER)
    return line


async def fill(line: socket.socket) -> None:
    """Ask for answers and read none, for as long as the server takes questions."""
    while True:
        await asyncio.get_running_loop().sock_sendall(line, frame(LETTER))


async def read_until(line: socket.socket, end: bytes) -> bytes:
    """Read until these bytes have come."""
    found = b""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not found.endswith(end):
            bits = await asyncio.get_running_loop().sock_recv(line, 1 << 20)
            assert bits, found[-500:]
            found += bits
    return found


@pytest.fixture
def dropping(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Lose patience soon, leave much time to read on, and tell when somebody is dropped."""
    dropped, drop = asyncio.Event(), wires.Sockets.drop

    def drop_and_tell(protocol: wires.Sockets) -> None:
        drop(protocol)
        dropped.set()

    monkeypatch.setattr(wires, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(wires, "CLOSING_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(wires.Sockets, "drop", drop_and_tell)
    return dropped


async def test_who_reads_on_finds_what_was_sent_and_then_why_there_is_no_more(
    shop: Shop, dropping: asyncio.Event, eventually: Eventually
) -> None:
    anna, loop = await shop.enrol(), asyncio.get_running_loop()
    with capture_logs() as lines, await dial(shop, shop.issuer.member_token(anna)) as line:
        for name in range(8):  # more than the buffers of both systems hold
            asked = {"type": "subscribe", "id": str(name), "payload": {"query": LONG}}
            await loop.sock_sendall(line, frame(asked))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await dropping.wait()
        await loop.sock_sendall(line, frame(LETTER))  # which is not read, and does no harm
        found = await read_until(line, b"It reads too slowly.")
        assert found[-24:-20] == b"\x88\x16\x0f\xa8"  # a close frame of 22 bytes: 4008, and why
        assert b'"type":"next"' in found
        await loop.sock_sendall(line, b"\x88\x82" + bytes(4) + b"\x0f\xa8")
        assert await loop.sock_recv(line, 1) == b""
        await eventually(lambda: any(each["event"] == "socket_closed" for each in lines))
    noted = [each["event"] for each in lines]
    assert noted.count("client_too_slow") == 1
    assert "connection_failed" not in noted


async def test_who_does_not_read_is_dropped_and_frees_the_seat(
    serve: Serve, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wires, "PATIENCE_SECONDS", 0.2)
    shop = await serve(live_per_caller=1)
    await program.publish(shop.house.engine, PROGRAM)
    anna = await shop.enrol()
    with await dial(shop, shop.issuer.member_token(anna)) as line:
        filling = asyncio.ensure_future(fill(line))
        await eventually(lambda: "stamkund_live_connections 0.0" in metrics(shop))
        filling.cancel()
        await asyncio.gather(filling, return_exceptions=True)
        async with phone(shop, anna):  # in the only seat there is
            pass


def metrics(shop: Shop) -> str:
    return shop.house.metrics.render().decode()
